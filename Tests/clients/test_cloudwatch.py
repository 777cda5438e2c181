"""Metrics and alarms, in each of the three protocols the service speaks."""
from __future__ import annotations

import gzip
import json
import re
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode

import cbor2
import pytest
from botocore.config import Config

from conftest import client
from hosting import refused, set_state

TARGET = "GraniteServiceVersion20100801"


def now() -> datetime:
    return datetime.now(timezone.utc)


def put(cloudwatch, name: str = "metric1", **datum) -> None:
    cloudwatch.put_metric_data(Namespace="Test", MetricData=[{"MetricName": name, **datum}])


def statistics(cloudwatch, name: str = "metric1", wanted: tuple = ("SampleCount", "Sum"), period: int = 60, **options):
    return cloudwatch.get_metric_statistics(**{
        "Namespace": "Test", "MetricName": name, "Period": period, "Statistics": list(wanted),
        "StartTime": now() - timedelta(hours=1), "EndTime": now() + timedelta(minutes=1), **options})


def alarm(cloudwatch, name: str = "a", **options) -> dict:
    cloudwatch.put_metric_alarm(**{
        "AlarmName": name, "Namespace": "Test", "MetricName": "metric1", "Statistic": "Average", "Period": 60,
        "EvaluationPeriods": 1, "Threshold": 21, "ComparisonOperator": "GreaterThanThreshold", **options})
    return described(cloudwatch, name)


def described(cloudwatch, name: str = "a") -> dict:
    return cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]


# Metrics.

def test_values_and_counts(cloudwatch):
    put(cloudwatch, Values=[1.5, 4], Counts=[2, 3], Unit="Seconds")
    answer = statistics(cloudwatch, wanted=("SampleCount", "Sum", "Minimum", "Maximum", "Average"))
    assert answer["Label"] == "metric1"
    point, = answer["Datapoints"]
    assert (point["SampleCount"], point["Sum"], point["Minimum"], point["Maximum"], point["Average"]) == (5, 15, 1.5, 4, 3)
    assert point["Unit"] == "Seconds"
    assert point["Timestamp"].second == 0


def test_statistic_sets_and_dimensions(cloudwatch):
    dimensions = [{"Name": "E", "Value": "1"}]
    put(cloudwatch, Dimensions=dimensions, StatisticValues={"SampleCount": 4, "Sum": 10, "Minimum": 1, "Maximum": 4})
    put(cloudwatch, Value=7)
    assert statistics(cloudwatch, Dimensions=dimensions)["Datapoints"][0]["Sum"] == 10
    assert statistics(cloudwatch)["Datapoints"][0]["Sum"] == 7
    assert statistics(cloudwatch, Dimensions=[{"Name": "E", "Value": "2"}])["Datapoints"] == []


def test_an_hour_of_minutes(cloudwatch):
    minutes = [now() - timedelta(minutes=10 * number) for number in range(6)]
    for number, moment in enumerate(minutes):
        put(cloudwatch, Value=number, Timestamp=moment)
    points = sorted((p["Timestamp"], p["Sum"]) for p in statistics(cloudwatch)["Datapoints"])
    assert points == sorted((moment.replace(second=0, microsecond=0), float(n)) for n, moment in enumerate(minutes))
    hourly = statistics(cloudwatch, period=7200)["Datapoints"]
    assert sum(point["Sum"] for point in hourly) == 15


@pytest.mark.parametrize("datum, code, message", [
    ({"Value": 1, "Values": [1]}, "InvalidParameterCombination",
     "The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive "
     "and you have specified both."),
    ({"Value": 1, "StatisticValues": {"SampleCount": 1, "Sum": 1, "Minimum": 1, "Maximum": 1}},
     "InvalidParameterCombination",
     "The parameters MetricData.member.1.Value and MetricData.member.1.StatisticValues are mutually exclusive "
     "and you have specified both."),
    ({"Values": [1, 2], "Counts": [1]}, "InvalidParameterValue",
     "The parameters MetricData.member.1.Values and MetricData.member.1.Counts must be of the same size."),
])
def test_a_datum_is_one_kind_of_value(cloudwatch, datum, code, message):
    with refused(code, message, status=400):
        put(cloudwatch, **datum)


def test_limits_of_what_is_put(cloudwatch):
    with refused("InvalidParameterValue", "The collection MetricData must not have a size greater than 1000."):
        cloudwatch.put_metric_data(Namespace="Test", MetricData=[{"MetricName": "m", "Value": 1}] * 1001)
    with refused("InvalidParameterValue", "The collection MetricData.member.1.Values must not have a size greater than 150."):
        put(cloudwatch, Values=list(range(151)))
    with refused("ValidationError", containing="at 'metricData.1.member.dimensions' failed to satisfy constraint"):
        put(cloudwatch, Value=1, Dimensions=[{"Name": f"d{number}", "Value": "v"} for number in range(31)])
    big = [{"MetricName": f"m{number}", "Value": 1, "Dimensions": [{"Name": "n", "Value": "v" * 1024}]} for number in range(1000)]
    with pytest.raises(cloudwatch.exceptions.ClientError) as caught:  # over a megabyte
        client("cloudwatch", config=Config(disable_request_compression=True)).put_metric_data(Namespace="Test", MetricData=big)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
    client("cloudwatch").put_metric_data(Namespace="Test", MetricData=big)  # a few kilobytes once it is compressed


def test_limits_of_what_is_asked(cloudwatch):
    many = [("metric1", "Sum", 60)] * 501
    with refused("InvalidParameterValue", "The collection MetricDataQueries must not have a size greater than 500."):
        metric_data(cloudwatch, *many)
    assert len(metric_data(cloudwatch, *many[:500])["MetricDataResults"]) == 500
    with refused("InvalidParameterValue"):
        metric_data(cloudwatch, many[0], MaxDatapoints=100_801)


def test_too_many_points_and_a_reversed_range(cloudwatch):
    with refused("InvalidParameterCombination",
                 "You have requested up to 86400 datapoints, which exceeds the limit of 1440. You may reduce the "
                 "datapoints requested by increasing Period, or decreasing the time range."):
        end = now()
        statistics(cloudwatch, period=1, StartTime=end - timedelta(days=1), EndTime=end)
    with refused("InvalidParameterValue", "The parameter StartTime must be less than the parameter EndTime."):
        statistics(cloudwatch, StartTime=now(), EndTime=now() - timedelta(minutes=5))


def queries(*stats: tuple[str, str, int]) -> list[dict]:
    return [{"Id": f"q{number}", "MetricStat": {
        "Metric": {"Namespace": "Test", "MetricName": name}, "Stat": stat, "Period": period}}
        for number, (name, stat, period) in enumerate(stats)]


def metric_data(cloudwatch, *stats, **options) -> dict:
    return cloudwatch.get_metric_data(MetricDataQueries=queries(*stats), StartTime=now() - timedelta(hours=1),
                                      EndTime=now() + timedelta(minutes=1), **options)


def test_metric_data_newest_first_and_empty_series(cloudwatch):
    for minutes, value in ((3, 3), (2, 0), (1, 1)):
        put(cloudwatch, Value=value, Timestamp=now() - timedelta(minutes=minutes))
    answer = metric_data(cloudwatch, ("metric1", "Sum", 60), ("none", "Sum", 60))
    found, empty = answer["MetricDataResults"]
    assert found["Values"] == [1, 0, 3]
    assert found["Timestamps"] == sorted(found["Timestamps"], reverse=True)
    assert (empty["Label"], empty["Values"], empty["StatusCode"]) == ("none", [], "Complete")
    assert answer["Messages"] == []
    ascending = metric_data(cloudwatch, ("metric1", "Sum", 60), ScanBy="TimestampAscending")
    assert ascending["MetricDataResults"][0]["Values"] == [3, 0, 1]


@pytest.mark.parametrize("stats, labels", [
    ([("metric1", "Sum", 60)], ["metric1"]),
    ([("metric1", "Sum", 60), ("metric2", "Sum", 60)], ["metric1", "metric2"]),
    ([("metric1", "Sum", 60), ("metric1", "Minimum", 60)], ["metric1 Sum", "metric1 Minimum"]),
    ([("metric1", "Sum", 60), ("metric1", "Minimum", 300)], ["metric1 Sum 60", "metric1 Minimum 300"]),
])
def test_default_labels(cloudwatch, stats, labels):
    assert [result["Label"] for result in metric_data(cloudwatch, *stats)["MetricDataResults"]] == labels


def test_five_hundred_and_one_metrics_are_two_pages(cloudwatch):
    for start in range(0, 501, 100):
        cloudwatch.put_metric_data(Namespace="Test", MetricData=[
            {"MetricName": f"m{number}", "Value": 1} for number in range(start, min(start + 100, 501))])
    first = cloudwatch.list_metrics(Namespace="Test")
    assert len(first["Metrics"]) == 500
    second = cloudwatch.list_metrics(Namespace="Test", NextToken=first["NextToken"])
    assert len(second["Metrics"]) == 1 and "NextToken" not in second


# Alarms.

def test_a_fresh_alarm(cloudwatch):
    fresh = alarm(cloudwatch)
    assert fresh["StateValue"] == "INSUFFICIENT_DATA"
    assert fresh["StateReason"] == "Unchecked: Initial alarm creation"
    assert fresh["AlarmArn"] == "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a"
    assert not {"StateReasonData", "TreatMissingData", "DatapointsToAlarm", "Unit", "AlarmDescription"} & set(fresh)
    assert (fresh["ActionsEnabled"], fresh["AlarmActions"], fresh["Dimensions"]) == (True, [], [])


def test_it_rings_and_says_why(cloudwatch, clock):
    alarm(cloudwatch)
    put(cloudwatch, Value=21.5)
    clock.advance(180)
    ringing = described(cloudwatch)
    assert ringing["StateValue"] == "ALARM"
    assert re.fullmatch(r"Threshold Crossed: 1 datapoint \[21\.5 \(\d\d/\d\d/\d\d \d\d:\d\d:00\)\] "
                        r"was greater than the threshold \(21\.0\)\.", ringing["StateReason"]), ringing["StateReason"]
    data = json.loads(ringing["StateReasonData"])
    assert list(data) == ["version", "queryDate", "startDate", "statistic", "period", "recentDatapoints", "threshold",
                          "evaluatedDatapoints"]
    assert (data["recentDatapoints"], data["threshold"], data["statistic"], data["period"]) == ([21.5], 21.0, "Average", 60)


def test_missing_data_that_breaches(cloudwatch, clock):
    alarm(cloudwatch, Period=10, EvaluationPeriods=2, TreatMissingData="breaching")
    clock.advance(60)
    ringing = described(cloudwatch)
    assert (ringing["StateValue"], ringing["StateReason"]) == (
        "ALARM", "Threshold Crossed: no datapoints were received for 2 periods and "
                 "2 missing datapoints were treated as [Breaching].")
    data = json.loads(ringing["StateReasonData"])
    assert "startDate" not in data and data["recentDatapoints"] == []
    assert [list(point) for point in data["evaluatedDatapoints"]] == [["timestamp"], ["timestamp"]]


@pytest.mark.parametrize("missing, state", [
    ("missing", "INSUFFICIENT_DATA"), ("ignore", "ALARM"), ("breaching", "ALARM"), ("notBreaching", "OK"),
])
def test_when_the_data_stop(cloudwatch, clock, missing, state):
    alarm(cloudwatch, TreatMissingData=missing)
    put(cloudwatch, Value=22)
    clock.advance(120)
    assert described(cloudwatch)["StateValue"] == "ALARM"
    clock.advance(600)
    assert described(cloudwatch)["StateValue"] == state


def test_a_state_set_by_hand(cloudwatch):
    alarm(cloudwatch, TreatMissingData="ignore")
    set_state(cloudwatch, "a", "ALARM")
    ringing = described(cloudwatch)
    assert (ringing["StateValue"], ringing["StateReason"]) == ("ALARM", "set by a test")
    assert "StateReasonData" not in ringing
    history = cloudwatch.describe_alarm_history(AlarmName="a")["AlarmHistoryItems"]
    assert [item["HistorySummary"] for item in history] == [
        "Alarm updated from INSUFFICIENT_DATA to ALARM", 'Alarm "a" created']
    with refused("ResourceNotFound", status=404):
        set_state(cloudwatch, "none", "OK")


def test_the_same_name_again_keeps_the_state(cloudwatch):
    alarm(cloudwatch, TreatMissingData="ignore", AlarmDescription="before")
    set_state(cloudwatch, "a", "ALARM")
    again = alarm(cloudwatch, Threshold=99)
    assert (again["StateValue"], again["StateReason"], again["Threshold"]) == ("ALARM", "set by a test", 99)
    assert not {"AlarmDescription", "TreatMissingData"} & set(again)


def test_switching_actions_and_deleting(cloudwatch):
    alarm(cloudwatch)
    cloudwatch.disable_alarm_actions(AlarmNames=["a", "unknown"])
    assert described(cloudwatch)["ActionsEnabled"] is False
    cloudwatch.enable_alarm_actions(AlarmNames=["a"])
    assert described(cloudwatch)["ActionsEnabled"] is True
    cloudwatch.delete_alarms(AlarmNames=["a", "unknown"])
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []


# The protocols. Each by hand, so that nothing depends on which one an SDK release prefers.

def by_json(server, operation: str, document, **headers) -> tuple:
    answer = server.request("POST", "/", json.dumps(document), {
        "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"{TARGET}.{operation}",
        "Authorization": "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/monitoring/aws4_request, "
                         "SignedHeaders=host, Signature=0", **headers})
    return answer, answer.json() if answer.body else {}


def by_cbor(server, operation: str, document, **headers) -> tuple:
    answer = server.request("POST", f"/service/{TARGET}/operation/{operation}", cbor2.dumps(document), {
        "Content-Type": "application/cbor", "Accept": "application/cbor", "smithy-protocol": "rpc-v2-cbor", **headers})
    return answer, cbor2.loads(answer.body) if answer.body else {}


def by_query(server, operation: str, **form):
    return server.request("POST", "/", urlencode({"Action": operation, "Version": "2010-08-01", **form}),
                          {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"})


ALARM = {"AlarmName": "a", "Namespace": "N", "MetricName": "m", "Statistic": "Average", "Period": 60,
         "EvaluationPeriods": 1, "Threshold": 1.5, "ComparisonOperator": "GreaterThanThreshold"}


def test_json(server):
    answer, _ = by_json(server, "PutMetricAlarm", ALARM)
    assert answer.status == 200
    answer, found = by_json(server, "DescribeAlarms", {})
    assert answer.headers["Content-Type"] == "application/x-amz-json-1.0"
    assert found["CompositeAlarms"] == []
    assert found["MetricAlarms"][0]["Threshold"] == 1.5
    assert isinstance(found["MetricAlarms"][0]["StateUpdatedTimestamp"], float)


def test_cbor(server):
    answer, _ = by_cbor(server, "PutMetricAlarm", ALARM)
    assert answer.status == 200
    answer, found = by_cbor(server, "DescribeAlarms", {"AlarmNames": ["a"]})
    assert answer.headers["Content-Type"] == "application/cbor"
    assert answer.headers["smithy-protocol"] == "rpc-v2-cbor"
    assert found["MetricAlarms"][0]["AlarmName"] == "a"
    assert abs((found["MetricAlarms"][0]["StateUpdatedTimestamp"] - now()).total_seconds()) < 60
    assert b"\xc1\xfb" in answer.body


def test_query(server):
    answer = by_query(server, "PutMetricAlarm", **{key: str(value) for key, value in ALARM.items()},
                      **{"Dimensions.member.1.Name": "E", "Dimensions.member.1.Value": "<1>"})
    assert answer.status == 200, answer.text
    assert "PutMetricAlarmResult" not in answer.text and "<RequestId>" in answer.text
    answer = by_query(server, "DescribeAlarms", **{"AlarmNames.member.1": "a"})
    assert answer.headers["Content-Type"].startswith("text/xml")
    assert '<DescribeAlarmsResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/">' in answer.text
    assert "<Value>&lt;1&gt;</Value>" in answer.text and "<OKActions/>" in answer.text.replace("<OKActions></OKActions>", "<OKActions/>")
    assert re.search(r"<StateUpdatedTimestamp>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z<", answer.text)


def test_one_error_three_ways(server):
    document = {"AlarmName": "none", "StateValue": "OK", "StateReason": "r"}
    answer, body = by_json(server, "SetAlarmState", document)
    assert (answer.status, body["__type"]) == (400, "com.amazonaws.cloudwatch.v2010_08_01#ResourceNotFound")
    assert "x-amzn-query-error" not in answer.headers
    answer, body = by_cbor(server, "SetAlarmState", document, **{"x-amzn-query-mode": "true"})
    assert (answer.status, body["__type"]) == (404, "com.amazonaws.cloudwatch.v2010_08_01#ResourceNotFound")
    assert answer.headers["x-amzn-query-error"] == "ResourceNotFound;Sender"
    answer = by_query(server, "SetAlarmState", **document)
    assert answer.status == 404
    assert "<Type>Sender</Type>" in answer.text and "<Code>ResourceNotFound</Code>" in answer.text

    bad = {**document, "StateValue": "INVALID"}
    text = ("1 validation error detected: Value 'INVALID' at 'stateValue' failed to satisfy constraint: "
            "Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]")
    answer, body = by_json(server, "SetAlarmState", bad)
    assert (answer.status, body["__type"]) == (400, "com.amazon.coral.validate#ValidationException")
    assert (body.get("message") or body.get("Message")) == text
    answer = by_query(server, "SetAlarmState", **bad)
    assert "<Code>ValidationError</Code>" in answer.text


def test_a_compressed_request(server, cloudwatch):
    document = {"Namespace": "Test", "MetricData": [{"MetricName": f"m{n}", "Value": 1.0} for n in range(50)]}
    answer = server.request("POST", f"/service/{TARGET}/operation/PutMetricData", gzip.compress(cbor2.dumps(document)), {
        "Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor", "Content-Encoding": "gzip"})
    assert answer.status == 200, answer.body
    assert len(cloudwatch.list_metrics(Namespace="Test")["Metrics"]) == 50
    data = [{"MetricName": f"big{n}", "Value": n, "Dimensions": [{"Name": "padding", "Value": "x" * 200}]}
            for n in range(200)]
    client("cloudwatch").put_metric_data(Namespace="Big", MetricData=data)  # above 10 KB the SDK compresses
    assert len(cloudwatch.list_metrics(Namespace="Big")["Metrics"]) == 200
