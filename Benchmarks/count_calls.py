#!/usr/bin/env python3
"""Counts what a request costs in calls of the Swift runtime, by the function that calls.

    sudo Benchmarks/count_calls.py PORT swift_retain [wrk arguments …] URL

Times differ from minute to minute on a shared machine, and counts do not: what a change saves is seen at once. PORT is that of
a running release binary with its symbols, which has to be warm; Linux, with perf and wrk. A probe slows the server down a
hundredfold, so that a second of load is enough.
"""
from __future__ import annotations

import bisect
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

EVENTS = Path("/sys/kernel/tracing/uprobe_events")


def output(*command: str, text: str | None = None) -> str:
    return subprocess.run(command, input=text, text=True, check=True, capture_output=True).stdout


def symbols(binary: str) -> list[tuple[int, str]]:
    """Addresses and names of the functions in the binary, by address."""
    lines = (line.split() for line in output("nm", binary).splitlines())
    return sorted((int(line[0], 16), line[2]) for line in lines if len(line) == 3 and line[1] in "tTwW")


def file_offset(binary: str, address: int) -> int:
    """Where in the file the code at an address lies."""
    for line in output("readelf", "-lW", binary).splitlines():
        words = line.split()
        if words[:1] == ["LOAD"]:
            offset, start, _, size = (int(word, 16) for word in words[1:5])
            if start <= address < start + size:
                return address - start + offset
    raise SystemExit(f"{hex(address)} is in no segment of {binary}.")


def main() -> None:
    if len(sys.argv) < 4:
        raise SystemExit(__doc__)
    port, function, load = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    found = re.search(r"pid=(\d+)", output("ss", "-Hltnp", f"sport = :{port}"))
    if not found:
        raise SystemExit(f"Nothing listens on port {port}.")
    pid = int(found[1])
    binary = str(Path(f"/proc/{pid}/exe").resolve())
    base = int(next(line for line in Path(f"/proc/{pid}/maps").read_text().splitlines() if line.endswith(binary)).split("-")[0], 16)
    functions = symbols(binary)
    address = next((address for address, name in functions if name == function), None)
    if address is None:
        raise SystemExit(f"{binary} has no function {function}.")
    # The return address is on the stack when a function is entered.
    EVENTS.write_text(f"p:coldframe/call {binary}:{file_offset(binary, address)} caller=$stack0:x64\n")
    try:
        with tempfile.NamedTemporaryFile() as record:
            watched = ["-e", "coldframe:call", "-p", str(pid), "--", "sleep", "3"]
            counting = subprocess.Popen(["perf", "stat", "-x", ",", *watched], stderr=subprocess.PIPE, text=True)
            recording = subprocess.Popen(
                ["perf", "record", "-q", "-o", record.name, *watched], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(1)
            answered = int(re.search(r"(\d+) requests in", output("wrk", "-t1", "-c4", "-d1", *load))[1])
            total = int(counting.communicate()[1].split(",")[0])
            recording.wait()
            calls = output("perf", "script", "-i", record.name, "-F", "event,trace")
    finally:
        EVENTS.write_text("")
    starts = [start for start, _ in functions]
    callers: Counter[str] = Counter()
    for caller in re.findall(r"caller=0x([0-9a-f]+)", calls):
        callers[functions[bisect.bisect_right(starts, int(caller, 16) - base) - 1][1]] += 1
    top = callers.most_common(60)
    names = output("swift", "demangle", "--simplified", text="\n".join(name for name, _ in top)).splitlines()
    print(f"{answered} requests, {total / answered:.1f} calls of {function} each")
    # A record loses calls when there are too many at once: it tells the shares, and the count the whole.
    for (_, count), name in zip(top, names):
        print(f"{count / callers.total() * total / answered:8.2f}  {name[:150]}")


if __name__ == "__main__":
    main()
