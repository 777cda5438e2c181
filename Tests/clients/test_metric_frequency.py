"""MetricPublishFrequencyInSeconds with boto3: datapoints below a minute, and alarms on them."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from hosting import ENDPOINT, make_endpoint, make_model, refused, variant

DIMENSIONS = [{"Name": "EndpointName", "Value": ENDPOINT}, {"Name": "VariantName", "Value": "AllTraffic"}]


def make_paced(sagemaker, clock, seconds: int, enhanced: bool = True) -> None:
    make_model(sagemaker, "m")
    sagemaker.create_endpoint_config(
        EndpointConfigName="paced", ProductionVariants=[variant("m", count=1)],
        MetricsConfig={"EnableEnhancedMetrics": enhanced, "MetricPublishFrequencyInSeconds": seconds})
    make_endpoint(sagemaker, clock, "paced")
    clock.advance(600)


def values(cloudwatch, metric: str, period: int, statistic: str = "Sum", namespace: str = "AWS/SageMaker") -> list[float]:
    """The newest datapoints of a quarter of an hour, oldest first."""
    now = datetime.now(timezone.utc)
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[{"Id": "m", "MetricStat": {
            "Metric": {"Namespace": namespace, "MetricName": metric, "Dimensions": DIMENSIONS},
            "Period": period, "Stat": statistic}}],
        StartTime=now - timedelta(minutes=15), EndTime=now + timedelta(minutes=1), ScanBy="TimestampAscending")
    return answer["MetricDataResults"][0]["Values"]


@pytest.mark.parametrize("seconds", [10, 30])
def test_datapoints_below_a_minute(server, sagemaker, runtime, cloudwatch, clock, rows, seconds):
    make_paced(sagemaker, clock, seconds)
    assert sagemaker.describe_endpoint(EndpointName=ENDPOINT)["MetricsConfig"] == {
        "EnableEnhancedMetrics": True, "MetricPublishFrequencyInSeconds": seconds}
    for _ in range(3):
        runtime.invoke_endpoint(EndpointName=ENDPOINT, ContentType="text/csv", Body=rows[0])
    clock.advance(seconds)
    counted = values(cloudwatch, "Invocations", seconds)
    assert sum(counted) == 3 and counted[-1] in (0, 3) and 3 in counted
    clock.advance(seconds)
    assert values(cloudwatch, "Invocations", seconds)[len(counted):] == [0]
    utilised = values(cloudwatch, "MemoryUtilization", seconds, "SampleCount", "/aws/sagemaker/Endpoints")
    assert len(utilised) >= 600 // seconds and set(utilised) == {1}


def test_an_alarm_of_ten_seconds(server, sagemaker, runtime, cloudwatch, clock):
    make_paced(sagemaker, clock, 10)
    cloudwatch.put_metric_alarm(
        AlarmName="fast", Namespace="AWS/SageMaker", MetricName="Invocation5XXErrors", Dimensions=DIMENSIONS,
        Statistic="Sum", Period=10, EvaluationPeriods=1, Threshold=0, ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching")
    clock.advance(10)
    server.control("PUT", "behaviors/broken", {"respond": {"status": 500}})
    with refused("ModelError"):
        runtime.invoke_endpoint(EndpointName=ENDPOINT, ContentType="text/csv", Body=b"1")
    clock.advance(10)
    assert cloudwatch.describe_alarms(AlarmNames=["fast"])["MetricAlarms"][0]["StateValue"] == "ALARM"


def test_a_slow_pace(server, sagemaker, runtime, cloudwatch, clock, rows):
    make_paced(sagemaker, clock, 300)
    before = values(cloudwatch, "Invocations", 60)
    runtime.invoke_endpoint(EndpointName=ENDPOINT, ContentType="text/csv", Body=rows[0])
    clock.advance(300)
    after = values(cloudwatch, "Invocations", 60)
    assert set(before) <= {0} and sum(after) == 1
    assert len(after) <= 4, "one datapoint each five minutes"
