"""CloudWatch Logs through boto3, the AWS CLI and `coldframe logs`."""
from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from conftest import client
from server import binary_path

GROUP = "/team/training"


@pytest.fixture
def logs(server):
    return client("logs")


def put(logs, *messages: str, stream: str = "s", group: str = GROUP) -> None:
    now = int(time.time() * 1000)
    logs.put_log_events(
        logGroupName=group, logStreamName=stream,
        logEvents=[{"timestamp": now - len(messages) + i, "message": m} for i, m in enumerate(messages)])


@pytest.fixture
def stream(logs):
    logs.create_log_group(logGroupName=GROUP, tags={"team": "ml"})
    logs.create_log_stream(logGroupName=GROUP, logStreamName="s")
    return logs


def test_paginators_read_everything(stream):
    put(stream, *[f"line {i}" for i in range(25)])
    pages = stream.get_paginator("filter_log_events").paginate(logGroupName=GROUP, PaginationConfig={"PageSize": 10})
    assert [e["message"] for page in pages for e in page["events"]] == [f"line {i}" for i in range(25)]
    token, seen = None, []
    while True:  # the loop that AWS's documentation shows: until the token repeats
        more = {"nextToken": token} if token else {}
        page = stream.get_log_events(logGroupName=GROUP, logStreamName="s", startFromHead=True, limit=7, **more)
        seen += [e["message"] for e in page["events"]]
        if page["nextForwardToken"] == token:
            break
        token = page["nextForwardToken"]
    assert seen == [f"line {i}" for i in range(25)]


def test_errors_are_the_sdks_own_classes(stream):
    with pytest.raises(stream.exceptions.ResourceAlreadyExistsException):
        stream.create_log_group(logGroupName=GROUP)
    with pytest.raises(stream.exceptions.ResourceNotFoundException) as missing:
        stream.describe_log_streams(logGroupName="/aws/sagemaker/Endpoints/none")
    assert missing.value.response["Error"]["Message"] == "The specified log group does not exist."
    with pytest.raises(stream.exceptions.InvalidParameterException):
        stream.put_retention_policy(logGroupName=GROUP, retentionInDays=2)
    with pytest.raises(ClientError) as unknown:
        stream.start_query(logGroupName=GROUP, startTime=0, endTime=1, queryString="fields @message")
    assert unknown.value.response["Error"]["Code"] == "NotImplementedException"


def test_retention_passes_in_simulated_time(stream, clock):
    put(stream, "old")
    stream.put_retention_policy(logGroupName=GROUP, retentionInDays=1)
    clock.advance(25 * 3600)
    assert stream.filter_log_events(logGroupName=GROUP)["events"] == []
    stream.delete_retention_policy(logGroupName=GROUP)
    (group,) = stream.describe_log_groups(logGroupNamePrefix="/team")["logGroups"]
    assert "retentionInDays" not in group and group["storedBytes"] == 0


def test_aws_cli_filters(server, stream):
    put(stream, "INFO ready", "ERROR broken")
    cli = Path(sys.executable).with_name("aws")
    found = json.loads(subprocess.run(
        [cli, "logs", "filter-log-events", "--log-group-name", GROUP, "--filter-pattern", "ERROR", "--output", "json"],
        capture_output=True, text=True, timeout=60, check=True).stdout)
    assert [event["message"] for event in found["events"]] == ["ERROR broken"]


@pytest.mark.skipif(not Path("/usr/bin/aws").exists(), reason="`aws logs tail` is in version 2 only")
def test_aws_cli_2_tails(server, stream):
    put(stream, "INFO ready", "ERROR broken")
    bare = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    cli = ["/usr/bin/aws", "--endpoint-url", server.url, "logs", "tail", GROUP, "--since", "1h", "--filter-pattern", "ERROR"]
    found = subprocess.run(cli, capture_output=True, text=True, timeout=60, check=True, env=bare).stdout
    assert "ERROR broken" in found and "INFO" not in found


def test_coldframe_logs_follows(server, logs):
    group = "/aws/sagemaker/Endpoints/churn"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="AllTraffic/i-1")
    put(logs, "one", stream="AllTraffic/i-1", group=group)
    command = [str(binary_path()), "logs", "churn", "--url", server.url, "--json", "--follow"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as follower:
        try:
            assert json.loads(follower.stdout.readline())["message"] == "one"
            put(logs, "two", stream="AllTraffic/i-1", group=group)
            assert json.loads(follower.stdout.readline())["message"] == "two"
        finally:
            follower.kill()
    missing = subprocess.run(
        [str(binary_path()), "logs", "nobody", "--url", server.url], capture_output=True, text=True, timeout=20)
    assert missing.returncode == 1 and "no container logs" in missing.stderr
