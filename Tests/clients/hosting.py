"""Words for the hosting tests: the resources of a rollout, and what a poller of DescribeEndpoint sees."""
from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

import boto3
import pytest
from botocore.exceptions import ClientError

from server import Clock

ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:{}"
ENDPOINT = "churn"
ENDPOINT_ARN = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/churn"
ROLLED_BACK = "One or more configured alarm for automatic rollback deployment is in ALARM state: [{}]."


def make_model(sagemaker, name: str, image: str = IMAGE.format("0.90-1-cpu-py3")) -> str:
    return sagemaker.create_model(
        ModelName=name, ExecutionRoleArn=ROLE,
        PrimaryContainer={"Image": image, "ModelDataUrl": f"s3://models/{name}.tar.gz"})["ModelArn"]


def variant(model: str, name: str = "AllTraffic", count: int = 3, weight: float = 1.0) -> dict:
    return {"VariantName": name, "ModelName": model, "InstanceType": "ml.m5.xlarge",
            "InitialInstanceCount": count, "InitialVariantWeight": weight}


def make_config(sagemaker, name: str, *variants: dict, count: int = 3) -> str:
    """An endpoint configuration; without variants, one `AllTraffic` of a model of the same name."""
    if not variants:
        make_model(sagemaker, f"{name}-model")
        variants = (variant(f"{name}-model", count=count),)
    return sagemaker.create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=list(variants))["EndpointConfigArn"]


def make_endpoint(sagemaker, clock: Clock, config: str, name: str = ENDPOINT, **options) -> None:
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config, **options)
    settle(sagemaker, clock, name)


def settle(sagemaker, clock: Clock, name: str = ENDPOINT, limit: int = 9000) -> dict:
    """Advances in steps of five seconds until the endpoint is neither Creating nor Updating."""
    for _ in range(limit // 5):
        described = sagemaker.describe_endpoint(EndpointName=name)
        if described["EndpointStatus"] not in ("Creating", "Updating", "RollingBack"):
            return described
        clock.advance(5)
    raise AssertionError(f"{name} still {described['EndpointStatus']} after {limit} simulated seconds")


def ignoring_alarm(cloudwatch, name: str) -> None:
    """An alarm whose metric never has data, so that only set_alarm_state moves it."""
    cloudwatch.put_metric_alarm(
        AlarmName=name, Namespace="Test", MetricName=name, Statistic="Average", Period=60, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanOrEqualToThreshold", TreatMissingData="ignore",
        ActionsEnabled=False)
    set_state(cloudwatch, name, "OK")


def set_state(cloudwatch, name: str, state: str) -> None:
    cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="set by a test")


def blue_green(kind: str, wait: int = 300, size: tuple[str, int] | None = None, termination: int = 120,
               alarms: tuple[str, ...] = (), limit: int = 1800) -> dict:
    routing: dict = {"Type": kind, "WaitIntervalInSeconds": wait}
    if size:
        routing["CanarySize" if kind == "CANARY" else "LinearStepSize"] = {"Type": size[0], "Value": size[1]}
    policy = {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": termination,
              "MaximumExecutionTimeoutInSeconds": limit}
    return with_alarms({"BlueGreenUpdatePolicy": policy}, alarms)


def canary(**options) -> dict:
    return blue_green("CANARY", size=("INSTANCE_COUNT", 1), **options)


def rolling(batch: tuple[str, int], wait: int = 60, alarms: tuple[str, ...] = (),
            rollback: tuple[str, int] | None = None) -> dict:
    policy: dict = {"MaximumBatchSize": {"Type": batch[0], "Value": batch[1]}, "WaitIntervalInSeconds": wait,
                    "MaximumExecutionTimeoutInSeconds": 3600}
    if rollback:
        policy["RollbackMaximumBatchSize"] = {"Type": rollback[0], "Value": rollback[1]}
    return with_alarms({"RollingUpdatePolicy": policy}, alarms)


def with_alarms(deployment: dict, alarms: tuple[str, ...]) -> dict:
    if alarms:
        deployment["AutoRollbackConfiguration"] = {"Alarms": [{"AlarmName": name} for name in alarms]}
    return deployment


def stage(described: dict) -> tuple:
    """What changes from stage to stage: status, config; current/desired instances and message of blue, then of green."""
    blue = described["ProductionVariants"][0]
    pending = described.get("PendingDeploymentSummary")
    green = pending["ProductionVariants"][0] if pending else None
    return (described["EndpointStatus"], described["EndpointConfigName"], counts(blue), message(blue),
            counts(green) if green else "-", message(green) if green else "-")


def by_name(described: dict) -> dict[str, dict]:
    """The production variants, by name."""
    return {summary["VariantName"]: summary for summary in described["ProductionVariants"]}


def counts(summary: dict) -> str:
    return f"{summary['CurrentInstanceCount']}/{summary['DesiredInstanceCount']}"


def message(summary: dict) -> str:
    return "; ".join(f"{entry['Status']}: {entry['StatusMessage']}" for entry in summary.get("VariantStatus", [])) or "-"


FINE = 0.05


def watch(sagemaker, clock: Clock, *, limit: float = 9000, name: str = ENDPOINT,
          at=lambda elapsed, described: None) -> list[tuple[float, dict]]:
    """Advances poll by poll until the endpoint is InService again; answers (simulated seconds, description)
    of the first poll of every stage. `at` is called at every poll and may act."""
    seen: list[tuple[float, dict]] = []
    elapsed = 0.0
    while elapsed <= limit:
        described = sagemaker.describe_endpoint(EndpointName=name)
        if not seen or stage(seen[-1][1]) != stage(described):
            seen.append((elapsed, described))
        if described["EndpointStatus"] not in ("Updating", "RollingBack"):
            return seen
        at(elapsed, described)
        step = pace(described, elapsed - seen[-1][0])
        clock.advance(step)
        elapsed += step
    raise AssertionError(f"still {stage(described)} after {limit} simulated seconds")


def pace(described: dict, in_stage: float) -> float:
    """The step to the next poll: the shortest stage lasts a tenth of a second, only a bake has a long middle."""
    baking = re.search(r"Baking for (\d+) seconds", stage(described)[5])
    return max(FINE, min(10, int(baking[1]) - in_stage - 1)) if baking else FINE


def points(metric: str, statistic: str, *, endpoint: str = ENDPOINT, variant: str = "AllTraffic",
           config: str | None = None) -> list[tuple[datetime, float]]:
    """One metric of an endpoint, minute by minute, from an hour ago to now."""
    dimensions = {"EndpointName": endpoint, "VariantName": variant}
    if config:
        dimensions["EndpointConfigName"] = config
    now = datetime.now(timezone.utc)
    answer = boto3.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/SageMaker", MetricName=metric, Period=60, Statistics=[statistic],
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=now - timedelta(hours=1), EndTime=now + timedelta(minutes=1))
    return sorted((point["Timestamp"], point[statistic]) for point in answer["Datapoints"])


def invocations(**which) -> float:
    return sum(value for _, value in points("Invocations", "Sum", **which))


@contextmanager
def refused(code: str, message: str | None = None, containing: str | None = None, status: int | None = None):
    """The calls inside must fail with exactly this AWS error."""
    with pytest.raises(ClientError) as caught:
        yield caught
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    if message is not None:
        assert error["Message"] == message
    if containing is not None:
        assert containing in error["Message"], error
    if status is not None:
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
