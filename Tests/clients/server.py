"""A Coldframe server as a child process, and its control API. Used by the tests, the demo and the benchmark."""
from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_SECONDS = 20.0


def binary_path() -> Path:
    """The binary under test: COLDFRAME_BIN, else the newest build in this checkout."""
    if named := os.environ.get("COLDFRAME_BIN"):
        return Path(named)
    built = [ROOT / ".build" / flavour / "coldframe" for flavour in ("release", "debug")]
    found = sorted((path for path in built if path.exists()), key=lambda path: path.stat().st_mtime)
    if not found:
        raise FileNotFoundError("no coldframe binary: run `swift build`, or set COLDFRAME_BIN")
    return found[-1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self):
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


class Server:
    """One server process. `start` answers when /_coldframe/health does."""

    def __init__(self, *arguments: str, log: Path | None = None, binary: Path | None = None):
        self.binary = binary or binary_path()
        self.arguments = list(arguments)
        self.port = free_port()
        self.log = log
        self.process: subprocess.Popen | None = None
        self.ready_seconds = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "Server":
        sink = open(self.log, "ab") if self.log else subprocess.DEVNULL
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [str(self.binary), "serve", "--port", str(self.port), *self.arguments],
            stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT)
        if self.log:
            sink.close()
        while not self.is_healthy():
            if self.process.poll() is not None:
                raise RuntimeError(f"coldframe ended with {self.process.returncode}{self.log_tail()}")
            if time.perf_counter() - began > READY_WITHIN_SECONDS:
                self.kill()
                raise RuntimeError(f"coldframe was not ready within {READY_WITHIN_SECONDS:.0f} s{self.log_tail()}")
            time.sleep(0.001)
        self.ready_seconds = time.perf_counter() - began
        return self

    def is_healthy(self) -> bool:
        try:
            return self.request("GET", "/_coldframe/health", timeout=1).status == 200
        except (OSError, http.client.HTTPException):
            return False

    def stop(self) -> int:
        """SIGTERM: drains, flushes, ends. Answers the exit status."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self) -> None:
        """SIGKILL: what a power cut looks like from the inside."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> "Server":
        return self.start()

    def __exit__(self, *_) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop()

    def log_tail(self, lines: int = 15) -> str:
        if not self.log or not self.log.exists():
            return ""
        return "\n" + "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    # Plain HTTP and the control API.

    def request(
        self, method: str, path: str, body: bytes | str | None = None, headers: dict[str, str] | None = None,
        timeout: float = 60,
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def control(self, method: str, path: str, document=None):
        """A control call that must succeed; answers its JSON, or None for an empty body."""
        body = None if document is None else json.dumps(document)
        headers = {} if body is None else {"Content-Type": "application/json"}
        answer = self.request(method, "/_coldframe/" + path, body, headers)
        assert answer.status in (200, 201, 204), f"{method} {path}: {answer.status} {answer.text}"
        return answer.json() if answer.body.strip() else None

    def reset(self) -> None:
        self.control("POST", "reset")

    @property
    def clock(self) -> "Clock":
        return Clock(self)


class Clock:
    """The simulated clock, over /_coldframe/clock."""

    def __init__(self, server: Server):
        self.server = server

    def read(self) -> dict:
        return self.server.control("GET", "clock")

    def manual(self) -> None:
        self.server.control("POST", "clock", {"mode": "manual"})

    def follow(self, scale: float = 1) -> None:
        self.server.control("POST", "clock", {"mode": "follow", "scale": scale})

    def advance(self, seconds: float) -> dict:
        return self.server.control("POST", "clock/advance", {"seconds": seconds})

    def advance_until_idle(self, max_seconds: float = 7200) -> dict:
        return self.server.control("POST", "clock/advance", {"until": "idle", "maxSeconds": max_seconds})

    def seconds(self) -> float:
        """Simulated time, in seconds since 1970. The server shows it in milliseconds."""
        return datetime.fromisoformat(self.read()["now"].replace("Z", "+00:00")).timestamp()
