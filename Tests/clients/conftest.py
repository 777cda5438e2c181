"""One server on a manual clock serves most tests; it is reset before each of them."""
from __future__ import annotations

import os
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from browser import browser  # noqa: F401 - offered to every test
from server import ROOT, Clock, Server

ACCOUNT = "123456789012"
REGION = "us-east-1"
CHURN = ROOT / "Fixtures" / "churn"

# Nothing of the user's own set-up may reach a test: no profile, no real key, no real endpoint.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ.update(
    AWS_ACCESS_KEY_ID="AKIACOLDFRAMETEST000", AWS_SECRET_ACCESS_KEY="secret", AWS_DEFAULT_REGION=REGION,
    AWS_EC2_METADATA_DISABLED="true", AWS_CONFIG_FILE="/dev/null", AWS_SHARED_CREDENTIALS_FILE="/dev/null",
    AWS_PAGER="", NO_PROXY="127.0.0.1,localhost", no_proxy="127.0.0.1,localhost",
)


@pytest.fixture(scope="session")
def manual_server(tmp_path_factory):
    """The shared server, whose time stands still until a test advances it."""
    log = tmp_path_factory.mktemp("coldframe") / "server.log"
    with Server("--ephemeral", "--clock", "manual", "--seed", "1", log=log) as running:
        yield running


@pytest.fixture
def server(manual_server, monkeypatch) -> Server:
    """The shared server, empty, and the SDKs pointed at it."""
    if manual_server.process.poll() is not None:  # a test before this one brought it down: do not fail them all
        manual_server.start()
    manual_server.reset()
    manual_server.clock.manual()
    point_sdks_at(manual_server, monkeypatch)
    return manual_server


@pytest.fixture
def start_server(tmp_path, monkeypatch):
    """Starts servers of a test's own, with the given arguments, and ends them after it."""
    started: list[Server] = []

    def start(*arguments: str) -> Server:
        running = Server(*arguments, log=tmp_path / f"server{len(started)}.log")
        started.append(running)  # before it starts: one whose start is broken off is ended all the same
        running.start()
        point_sdks_at(running, monkeypatch)
        return running

    yield start
    for running in started:
        running.kill()


def point_sdks_at(server: Server, monkeypatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)


@pytest.fixture
def clock(server) -> Clock:
    return server.clock


def client(service: str, **options):
    """An SDK client that fails at once instead of trying again: a retry would hide a wrong answer."""
    config = Config(retries={"total_max_attempts": 1}).merge(options.pop("config", Config()))
    return boto3.session.Session().client(service, config=config, **options)


@pytest.fixture
def sagemaker(server):
    return client("sagemaker")


@pytest.fixture
def runtime(server):
    return client("sagemaker-runtime")


@pytest.fixture
def cloudwatch(server):
    return client("cloudwatch")


@pytest.fixture
def s3(server):
    return client("s3")


@pytest.fixture
def iam(server):
    return client("iam")


@pytest.fixture
def sts(server):
    return client("sts")


@pytest.fixture(scope="session")
def churn() -> Path:
    return CHURN


@pytest.fixture(scope="session")
def rows() -> list[str]:
    return (CHURN / "test-sample.csv").read_text().splitlines()
