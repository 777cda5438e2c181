"""The control-plane half of the main job with the AWS command line, version 1 from PyPI and version 2 from Debian."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hosting import ENDPOINT, IMAGE, ROLE, ROLLED_BACK, make_config, make_endpoint

V1 = Path(sys.executable).parent / "aws"
V2 = Path("/usr/bin/aws")


def version(path: Path) -> str:
    if not path.exists():
        return ""
    found = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=60, env=bare())
    return (found.stdout + found.stderr).strip()


def bare() -> dict[str, str]:
    """The environment without this interpreter's virtual one, which would change what Debian's CLI imports."""
    return {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}


@pytest.fixture(params=[(V1, "aws-cli/1"), (V2, "aws-cli/2")], ids=["v1", "v2"])
def aws(request, server):
    """Runs one command: `aws("sagemaker", "list-models")` answers its JSON, or its text."""
    path, wanted = request.param
    if not version(path).startswith(wanted):
        pytest.skip(f"{path} is not {wanted}: {'apt-get install awscli' if path == V2 else 'run make test'} "
                    f"({version(path) or 'nothing is there'})")

    # Debian's version 2 is older than AWS_ENDPOINT_URL and must be told each time.
    endpoint = ["--endpoint-url", server.url] if path == V2 else []

    def run(*arguments, fails: str | None = None):
        words = [json.dumps(word) if isinstance(word, (dict, list)) else str(word) for word in arguments]
        done = subprocess.run([path, *endpoint, *words], capture_output=True, text=True, timeout=60,
                              env={**bare(), "AWS_DEFAULT_OUTPUT": "json"})
        if fails is not None:
            assert done.returncode != 0 and fails in done.stderr, done.stderr
            return done.stderr
        assert done.returncode == 0, f"aws {' '.join(words)}: {done.stderr}"
        try:
            return json.loads(done.stdout) if done.stdout.strip() else None
        except json.JSONDecodeError:
            return done.stdout

    return run


def deployment(*alarms: str) -> dict:
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {
                "Type": "CANARY", "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1}, "WaitIntervalInSeconds": 300},
            "TerminationWaitInSeconds": 120, "MaximumExecutionTimeoutInSeconds": 1800},
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in alarms]},
    }


@pytest.mark.timeout(300)
def test_a_canary_from_the_command_line(aws, server, clock):
    for number, tag in ((1, "0.90-1-cpu-py3"), (2, "1.2-1"), (3, "0.90-2-cpu-py3")):
        made = aws("sagemaker", "create-model", "--model-name", f"m{number}", "--execution-role-arn", ROLE,
                   "--primary-container", {"Image": IMAGE.format(tag), "ModelDataUrl": f"s3://b/{number}.tar.gz"})
        assert made["ModelArn"].endswith(f":model/m{number}")
        aws("sagemaker", "create-endpoint-config", "--endpoint-config-name", f"c{number}", "--production-variants",
            f"VariantName=AllTraffic,ModelName=m{number},InstanceType=ml.m5.xlarge,InitialInstanceCount=3")
    aws("sagemaker", "create-endpoint", "--endpoint-name", ENDPOINT, "--endpoint-config-name", "c1")
    clock.advance_until_idle()
    aws("sagemaker", "wait", "endpoint-in-service", "--endpoint-name", ENDPOINT)

    aws("cloudwatch", "put-metric-alarm", "--alarm-name", "errors", "--namespace", "AWS/SageMaker", "--metric-name",
        "Invocation5XXErrors", "--statistic", "Average", "--period", 60, "--evaluation-periods", 1, "--threshold", 1,
        "--comparison-operator", "GreaterThanOrEqualToThreshold", "--treat-missing-data", "ignore",
        "--no-actions-enabled", "--dimensions", f"Name=EndpointName,Value={ENDPOINT}",
        "Name=VariantName,Value=AllTraffic")
    alarm = aws("cloudwatch", "describe-alarms", "--alarm-names", "errors")["MetricAlarms"][0]
    assert (alarm["StateValue"], alarm["ActionsEnabled"], alarm["Threshold"]) == ("INSUFFICIENT_DATA", False, 1.0)

    aws("sagemaker", "update-endpoint", "--endpoint-name", ENDPOINT, "--endpoint-config-name", "c2",
        "--deployment-config", deployment("errors"))
    clock.advance(60)
    described = aws("sagemaker", "describe-endpoint", "--endpoint-name", ENDPOINT)
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("Updating", "c1")
    green = described["PendingDeploymentSummary"]["ProductionVariants"][0]
    assert green["VariantStatus"][0]["Status"] == "Baking"
    aws("sagemaker", "delete-endpoint", "--endpoint-name", ENDPOINT, fails="Cannot update in-progress endpoint")

    aws("cloudwatch", "set-alarm-state", "--alarm-name", "errors", "--state-value", "ALARM", "--state-reason", "by hand")
    clock.advance(120)
    described = aws("sagemaker", "describe-endpoint", "--endpoint-name", ENDPOINT)
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("InService", "c1")
    assert described["FailureReason"] == ROLLED_BACK.format("errors")

    aws("cloudwatch", "set-alarm-state", "--alarm-name", "errors", "--state-value", "OK", "--state-reason", "by hand")
    aws("sagemaker", "update-endpoint", "--endpoint-name", ENDPOINT, "--endpoint-config-name", "c3",
        "--retain-deployment-config")
    clock.advance_until_idle()
    config = aws("sagemaker", "describe-endpoint", "--endpoint-name", ENDPOINT, "--query", "EndpointConfigName")
    assert config == "c3"

    aws("sagemaker", "delete-endpoint", "--endpoint-name", ENDPOINT)
    clock.advance_until_idle()
    aws("sagemaker", "wait", "endpoint-deleted", "--endpoint-name", ENDPOINT)
    aws("sagemaker", "describe-endpoint", "--endpoint-name", ENDPOINT, fails="Could not find endpoint")
    aws("sagemaker", "describe-endpoint", "--endpoint-name", "x" * 64, fails="ValidationException")


def test_invoking_from_the_command_line(aws, server, sagemaker, clock, tmp_path, rows):
    make_config(sagemaker, "blue")
    make_endpoint(sagemaker, clock, "blue")
    answer, body = tmp_path / "answer", tmp_path / "row.csv"
    body.write_text(rows[0])
    found = aws("sagemaker-runtime", "invoke-endpoint", "--endpoint-name", ENDPOINT, "--content-type", "text/csv",
                "--body", f"fileb://{body}", answer)
    assert found["InvokedProductionVariant"] == "AllTraffic"
    assert 0 <= float(answer.read_text()) <= 1


@pytest.mark.timeout(300)
def test_files_from_the_command_line(aws, server, tmp_path):
    folder, back = tmp_path / "folder", tmp_path / "back"
    (folder / "sub dir").mkdir(parents=True)
    (folder / "a+b.txt").write_bytes(b"a")
    (folder / "sub dir" / "c.bin").write_bytes(os.urandom(20 << 20))
    aws("s3", "mb", "s3://seeds")
    aws("s3", "cp", folder / "a+b.txt", "s3://seeds/one/", "--quiet")
    aws("s3", "sync", folder, "s3://seeds/all/", "--quiet")
    assert "a+b.txt" in aws("s3", "ls", "s3://seeds/one/")
    listing = aws("s3", "ls", "s3://seeds/all/")
    assert "PRE sub dir/" in listing and str(20 << 20) not in listing
    assert "seeds" in aws("s3", "ls")
    aws("s3", "sync", "s3://seeds/all/", back, "--quiet")
    assert (back / "sub dir" / "c.bin").read_bytes() == (folder / "sub dir" / "c.bin").read_bytes()
    aws("s3", "cp", "s3://seeds/one/a+b.txt", "s3://seeds/two/x", "--quiet")
    assert aws("s3", "cp", "s3://seeds/two/x", "-") == "a"
    aws("s3", "rm", "s3://seeds/all/", "--recursive", "--quiet")
    assert aws("s3api", "list-objects-v2", "--bucket", "seeds", "--query", "Contents[].Key") == ["one/a+b.txt", "two/x"]
    aws("s3", "rb", "s3://seeds", fails="BucketNotEmpty")
    aws("s3", "rb", "s3://seeds", "--force")
    aws("s3", "ls", "s3://seeds", fails="NoSuchBucket")


def test_who_am_i_from_the_command_line(aws, server):
    assert aws("sts", "get-caller-identity")["Account"] == "123456789012"
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}]}
    role = aws("iam", "create-role", "--role-name", "R", "--assume-role-policy-document", trust)["Role"]
    assert role["Arn"] == "arn:aws:iam::123456789012:role/R"
    assert aws("iam", "get-role", "--role-name", "R")["Role"]["AssumeRolePolicyDocument"] == trust
    answer = aws("sts", "assume-role", "--role-arn", role["Arn"], "--role-session-name", "cli")
    assert answer["AssumedRoleUser"]["Arn"] == "arn:aws:sts::123456789012:assumed-role/R/cli"
