"""The server when its process has run out of descriptors. Linux only: another process's limit is set."""
import resource
import socket
import time

import pytest

pytestmark = pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of other processes are Linux's")

TOLD = "cannot accept a connection"


def times_told(log) -> int:
    return log.read_text(errors="replace").count(TOLD)


def test_a_listener_without_descriptors_neither_spins_nor_stays_deaf(start_server):
    server = start_server("--ephemeral")
    log, pid = server.log, server.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    # Fewer than are open already: what is given up cannot be had again.
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, before[1]))
    try:
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as waiting:
            began = time.monotonic()
            while times_told(log) < 6 and time.monotonic() - began < 20:
                time.sleep(0.005)
            told_in = time.monotonic() - began
            assert times_told(log) >= 6, "the listener looks again"
            assert told_in > 0.3, "it rests in between"
            resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
            waiting.sendall(b"GET /_coldframe/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert waiting.recv(12) == b"HTTP/1.1 200"
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
    assert server.is_healthy()
