#!/usr/bin/env python3
"""Pushes and pulls of one large layer: Coldframe's registry against Debian's docker-registry, in one run.

    Benchmarks/registry_bench.py [--mebibytes 64] [--rounds 7] [--binary .build/release/coldframe]

Needs docker-registry (apt-get install docker-registry) and boto3. The client is plain HTTP in this process, the same
for both; rounds alternate between the two servers, and the median of each is compared. Every push is of fresh bytes.
Ends with status 1 when Coldframe is slower than docker-registry or its memory grows by 16 MiB or more.
"""
from __future__ import annotations

import argparse
import base64
import hashlib
import http.client
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
REPOSITORY = "bench/layers"
GROWTH_MIB_MAX = 16.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Contestant:
    """A registry process and a connection to it."""

    def __init__(self, name: str, command: list[str], port: int, health: str, environment: dict[str, str] | None = None):
        self.name = name
        self.port = port
        self.authorization: dict[str, str] = {}
        self.pushes: list[float] = []
        self.pulls: list[float] = []
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **(environment or {})})
        for _ in range(500):
            try:
                if self.request("GET", health).status < 500:
                    break
            except OSError:
                time.sleep(0.02)
        else:
            raise RuntimeError(f"{name} did not start")

    def request(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body, {**self.authorization, **(headers or {})})
        response = connection.getresponse()
        response.data = response.read()
        connection.close()
        return response

    def memory_mib(self, field: str = "VmRSS") -> float:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) / 1024
        raise RuntimeError(f"no {field}")

    def push(self, data: bytes, digest: str) -> float:
        """POST, one PATCH with everything, PUT: what docker clients do."""
        began = time.perf_counter()
        started = self.request("POST", f"/v2/{REPOSITORY}/blobs/uploads/")
        assert started.status == 202, started.data
        patched = self.request("PATCH", self.path(started), data, {"Content-Type": "application/octet-stream"})
        assert patched.status == 202, patched.data
        location = self.path(patched)
        done = self.request("PUT", f"{location}{'&' if '?' in location else '?'}digest={digest}")
        assert done.status == 201, done.data
        return time.perf_counter() - began

    def pull(self, digest: str, size: int) -> float:
        """GET, following a redirect, reading in pieces and throwing them away."""
        began = time.perf_counter()
        path = f"/v2/{REPOSITORY}/blobs/{digest}"
        for _ in range(2):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            connection.request("GET", path, headers=self.authorization)
            response = connection.getresponse()
            if response.status == 307:
                path = self.path(response)
                connection.close()
                continue
            assert response.status == 200, response.read()
            received = 0
            while piece := response.read(1 << 20):
                received += len(piece)
            connection.close()
            assert received == size
            return time.perf_counter() - began
        raise RuntimeError("too many redirects")

    @staticmethod
    def path(response) -> str:
        parts = urlsplit(response.getheader("Location"))
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


def start_coldframe(binary: str, folder: Path) -> Contestant:
    import boto3

    port = free_port()
    contestant = Contestant(
        "coldframe", [binary, "serve", "--port", str(port), "--data", str(folder / "coldframe")], port, "/_coldframe/health")
    ecr = boto3.client(
        "ecr", region_name="us-east-1", endpoint_url=f"http://127.0.0.1:{port}", aws_access_key_id="bench",
        aws_secret_access_key="bench")
    ecr.create_repository(repositoryName=REPOSITORY)
    token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    assert base64.b64decode(token).startswith(b"AWS:")
    contestant.authorization = {"Authorization": f"Basic {token}"}
    return contestant


def start_docker_registry(folder: Path) -> Contestant:
    port = free_port()
    configuration = folder / "registry.yml"
    configuration.write_text(
        f"version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\n"
        f"storage: {{filesystem: {{rootdirectory: {folder / 'registry'}}}}}\nhttp: {{addr: '127.0.0.1:{port}'}}\n")
    return Contestant("docker-registry", ["docker-registry", "serve", str(configuration)], port, "/v2/")


@dataclass
class Outcome:
    """MiB/s of both by name, and by how much Coldframe's memory grew."""
    pushes: dict[str, float]
    pulls: dict[str, float]
    growth_mib: float
    resting_mib: float


def measure(binary: str, mebibytes: int = 64, rounds: int = 7) -> Outcome:
    size = mebibytes << 20
    with tempfile.TemporaryDirectory(prefix="registry-bench-") as name:
        own, other = start_coldframe(binary, Path(name)), start_docker_registry(Path(name))
        try:
            resting = own.memory_mib()
            for number in range(rounds):
                data = random.Random(number).randbytes(size)
                digest = "sha256:" + hashlib.sha256(data).hexdigest()
                for contestant in (own, other) if number % 2 == 0 else (other, own):
                    contestant.pushes.append(contestant.push(data, digest))
                    contestant.pulls.append(contestant.pull(digest, size))
            growth = own.memory_mib("VmHWM") - resting
        finally:
            own.stop()
            other.stop()
    both = (own, other)
    return Outcome(
        {one.name: mebibytes / statistics.median(one.pushes) for one in both},
        {one.name: mebibytes / statistics.median(one.pulls) for one in both}, growth, resting)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mebibytes", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--binary", default=str(ROOT / ".build/release/coldframe"))
    arguments = parser.parse_args()
    if shutil.which("docker-registry") is None:
        print("docker-registry is not installed: apt-get install docker-registry", file=sys.stderr)
        return 2
    outcome = measure(arguments.binary, arguments.mebibytes, arguments.rounds)
    print(f"one layer of {arguments.mebibytes} MiB, {arguments.rounds} rounds, medians")
    is_good = outcome.growth_mib < GROWTH_MIB_MAX
    for label, speeds in (("pushes", outcome.pushes), ("pulls", outcome.pulls)):
        ratio = speeds["coldframe"] / speeds["docker-registry"]
        is_good = is_good and ratio >= 1
        print(f"  {label:6} " + "   ".join(f"{name} {speed:7.0f} MiB/s" for name, speed in speeds.items()) + f"   ratio {ratio:.2f}")
    print(f"  coldframe's peak resident memory grew by {outcome.growth_mib:.1f} MiB over {outcome.resting_mib:.1f} MiB "
          f"at rest (limit {GROWTH_MIB_MAX:.0f})")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
