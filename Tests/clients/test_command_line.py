"""The command line as a person meets it: what is misspelt is said, and nothing happens."""
from __future__ import annotations

import os
import subprocess

import pytest

from server import binary_path


def run(*words: str, port: int | None = None, cwd=None) -> subprocess.CompletedProcess:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "COLDFRAME_"))}
    if port is not None:
        environment["COLDFRAME_URL"] = f"http://127.0.0.1:{port}"
    return subprocess.run([str(binary_path()), *words], capture_output=True, text=True, timeout=60, env=environment, cwd=cwd)


@pytest.mark.parametrize("words, said", [
    (["capacity", "set", "ml.m5.xlage", "2"], "ml.m5.xlage is not an instance type of endpoints"),
    (["coverage", "sagemakr"], "there is no service sagemakr here; there are "),
    (["logs", "churn", "--account", "12"], "--account is 12; it must be 12 digits."),
    (["traffic", "delete", "churn", "--region", "Mars"], "--region is Mars"),
    (["cognito", "imports", "nope"], "There is no user pool nope."),
])
def test_what_is_misspelt_is_said(server, words, said):
    done = run(*words, port=server.port)
    assert done.returncode != 0 and said in done.stderr, (done.returncode, done.stdout, done.stderr)
    assert server.control("GET", "capacity") == {"capacity": []}


@pytest.mark.parametrize("yaml, said", [
    ("iam enforce", "has no settings in it"),
    ("networks: {office: {sourceIp: 10.0.0.0/8, prt: 4601}}", "networks.office.prt is not a setting"),
    ("ecr: {scanRules: findings.json}", "findings.json, which is no file that can be read"),
    ("port: http", 'coldframe.yaml:1: port is "http"; it must be a whole number.'),
])
def test_a_server_does_not_start_on_settings_it_does_not_understand(tmp_path, yaml, said):
    (tmp_path / "coldframe.yaml").write_text(yaml)
    done = run("serve", "--ephemeral", "--port", "0", "--config", str(tmp_path / "coldframe.yaml"), cwd="/")
    assert done.returncode != 0 and said in done.stderr, (done.returncode, done.stderr)


def test_the_services_covered(server):
    table = run("coverage", "sts", port=server.port)
    assert table.returncode == 0 and "AssumeRole" in table.stdout
