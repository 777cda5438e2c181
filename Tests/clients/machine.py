"""How fast this machine is, for the few bounds in seconds that tests hold."""
from __future__ import annotations

import re
import shutil
import subprocess


def is_quick(seconds: float, bound: float) -> bool:
    """Whether something took less than the bound, which grows with the slowness of the machine: measured if need be."""
    return seconds < bound or seconds < bound * slowness()


def slowness() -> float:
    """How many times as long as the machine that the bounds were set on this one takes to compute, 1 at least: by
    OpenSSL's RSA signatures on two cores, of which docs/benchmarks.md recorded 8,808 a second there (2026-11-23)."""
    if shutil.which("openssl") is None:
        return 1.0
    command = ["openssl", "speed", "-seconds", "1", "-multi", "2", "rsa2048"]
    done = subprocess.run(command, capture_output=True, text=True)
    found = re.search(r"^rsa\s+2048 bits\s+\S+s\s+\S+s\s+([\d.]+)", done.stdout, re.M)
    return max(1.0, 8808 / float(found[1])) if found else 1.0
