"""CloudWatch with the AWS command line, version 1 (CBOR or JSON, as its botocore prefers) and version 2 (Query)."""
from __future__ import annotations

import base64
from datetime import datetime, timedelta, timezone

from test_aws_cli import aws  # noqa: F401  a fixture

ACCOUNT = "123456789012"


def iso(ago: timedelta) -> str:
    return (datetime.now(timezone.utc) - ago).strftime("%Y-%m-%dT%H:%M:%SZ")


def cloudwatch(aws, *words, **options):  # noqa: F811
    return aws("cloudwatch", *words, **options)


def test_metrics_and_math(aws, server):  # noqa: F811
    for value in (1, 2, 3):
        cloudwatch(aws, "put-metric-data", "--namespace", "CLI", "--metric-name", "latency", "--value", value,
                   "--unit", "Milliseconds", "--dimensions", "Endpoint=blue,Variant=A")
    listed = cloudwatch(aws, "list-metrics", "--namespace", "CLI", "--dimensions", "Name=Endpoint,Value=blue")["Metrics"]
    assert [sorted(pair["Name"] for pair in metric["Dimensions"]) for metric in listed] == [["Endpoint", "Variant"]]
    span = ["--start-time", iso(timedelta(hours=1)), "--end-time", iso(timedelta(minutes=-2))]
    found = cloudwatch(aws, "get-metric-statistics", "--namespace", "CLI", "--metric-name", "latency", "--period", 3600,
                       "--statistics", "Sum", "SampleCount", "--dimensions", "Name=Endpoint,Value=blue",
                       "Name=Variant,Value=A", *span)
    assert (found["Label"], sum(point["Sum"] for point in found["Datapoints"])) == ("latency", 6)
    assert {point["Unit"] for point in found["Datapoints"]} == {"Milliseconds"}
    metric = {"Id": "m1", "ReturnData": False, "MetricStat": {"Period": 60, "Stat": "Sum", "Metric": {
        "Namespace": "CLI", "MetricName": "latency", "Dimensions": [
            {"Name": "Endpoint", "Value": "blue"}, {"Name": "Variant", "Value": "A"}]}}}
    answer = cloudwatch(aws, "get-metric-data", "--metric-data-queries",
                        [metric, {"Id": "e", "Expression": "m1 * 2", "Label": "twice"}], *span)
    result, = answer["MetricDataResults"]
    assert (result["Id"], result["Label"], sum(result["Values"]), result["StatusCode"]) == ("e", "twice", 12, "Complete")
    cloudwatch(aws, "get-metric-statistics", "--namespace", "CLI", "--metric-name", "latency", "--period", 1,
               "--statistics", "Sum", "--start-time", iso(timedelta(days=1)), "--end-time", iso(timedelta(0)),
               fails="exceeds the limit of 1440")


def test_alarms(aws, server, clock):  # noqa: F811
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT}:t"
    for name in ("a", "b"):
        cloudwatch(aws, "put-metric-alarm", "--alarm-name", name, "--namespace", "CLI", "--metric-name", "m",
                   "--statistic", "Average", "--period", 60, "--evaluation-periods", 1, "--threshold", 21,
                   "--comparison-operator", "GreaterThanThreshold", "--alarm-actions", topic, "--tags", "Key=team,Value=ml")
    cloudwatch(aws, "put-composite-alarm", "--alarm-name", "c", "--alarm-rule", "ALARM(a) AND ALARM(b)")
    cloudwatch(aws, "put-metric-data", "--namespace", "CLI", "--metric-name", "m", "--value", "21.5")
    clock.advance(120)
    found = cloudwatch(aws, "describe-alarms", "--alarm-types", "MetricAlarm", "CompositeAlarm", "--state-value", "ALARM")
    assert [alarm["AlarmName"] for alarm in found["MetricAlarms"]] == ["a", "b"]
    assert found["CompositeAlarms"][0]["AlarmName"] == "c"
    assert found["MetricAlarms"][0]["StateReason"].startswith("Threshold Crossed: 1 datapoint [21.5 (")
    cloudwatch(aws, "set-alarm-state", "--alarm-name", "a", "--state-value", "OK", "--state-reason", "by hand")
    history = cloudwatch(aws, "describe-alarm-history", "--alarm-name", "a", "--history-item-type", "StateUpdate")
    assert [item["HistorySummary"] for item in history["AlarmHistoryItems"]] == [
        "Alarm updated from ALARM to OK", "Alarm updated from INSUFFICIENT_DATA to ALARM"]
    tags = cloudwatch(aws, "list-tags-for-resource", "--resource-arn", f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:a")
    assert tags["Tags"] == [{"Key": "team", "Value": "ml"}]
    cloudwatch(aws, "disable-alarm-actions", "--alarm-names", "a", "b")
    assert not cloudwatch(aws, "describe-alarms", "--alarm-names", "a")["MetricAlarms"][0]["ActionsEnabled"]
    cloudwatch(aws, "delete-alarms", "--alarm-names", "a", fails="composite alarm(s) depending on it")
    cloudwatch(aws, "delete-alarms", "--alarm-names", "c")
    cloudwatch(aws, "delete-alarms", "--alarm-names", "a", "b")
    cloudwatch(aws, "set-alarm-state", "--alarm-name", "a", "--state-value", "OK", "--state-reason", "r", fails="ResourceNotFound")


def test_dashboards_and_pictures(aws, server):  # noqa: F811
    cloudwatch(aws, "put-dashboard", "--dashboard-name", "d", "--dashboard-body", {"widgets": []})
    assert cloudwatch(aws, "list-dashboards")["DashboardEntries"][0]["Size"] == len('{"widgets": []}')
    cloudwatch(aws, "delete-dashboards", "--dashboard-names", "d")
    cloudwatch(aws, "get-dashboard", "--dashboard-name", "d", fails="ResourceNotFound")
    cloudwatch(aws, "put-metric-data", "--namespace", "CLI", "--metric-name", "m", "--value", 1)
    image = cloudwatch(aws, "get-metric-widget-image", "--metric-widget", {"metrics": [["CLI", "m"]]})["MetricWidgetImage"]
    assert base64.b64decode(image).startswith(b"\x89PNG\r\n")
