"""What leaves CloudWatch: alarm actions, metric streams, reports on logs, and alarms on several series."""
from __future__ import annotations

import json
import threading
import time
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from conftest import client
from hosting import refused, set_state

ACCOUNT = "123456789012"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:ops"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:heal"
SHELL = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:shell"
QUIET = f"arn:aws:sns:us-east-1:{ACCOUNT}:quiet"
BROKEN = f"arn:aws:sns:us-east-1:{ACCOUNT}:broken"
NOWHERE = f"arn:aws:sns:us-east-1:{ACCOUNT}:nowhere"


def now() -> datetime:
    return datetime.now(timezone.utc)


def until(found, what: str, seconds: float = 10):
    """Waits for what happens after an answer: deliveries do not hold up the clock."""
    deadline = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < deadline, what
        time.sleep(0.01)
    return result


class Receiver:
    """A subscriber: keeps what is posted, and fails the first `failures` requests to a path."""

    def __init__(self):
        self.taken: list[tuple[str, dict, dict]] = []
        self.failures = {"/flaky": 2, "/broken": 1000}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                fails = outer.failures.get(self.path, 0) > 0
                if fails:
                    outer.failures[self.path] -= 1
                else:
                    outer.taken.append((self.path, dict(self.headers), json.loads(body)))
                self.send_response(503 if fails else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.server_port}{path}"

    def at(self, path: str) -> list[tuple[dict, dict]]:
        return [(headers, body) for where, headers, body in self.taken if where == path]


@pytest.fixture
def receiver():
    running = Receiver()
    yield running
    running.server.shutdown()


def alarm(cloudwatch, **options) -> None:
    cloudwatch.put_metric_alarm(**{
        "AlarmName": "a", "Namespace": "Test", "MetricName": "m", "Statistic": "Average", "Period": 60,
        "EvaluationPeriods": 1, "Threshold": 21, "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "ignore", **options})


def actions(cloudwatch, name: str = "a", **options) -> list[dict]:
    items = cloudwatch.describe_alarm_history(AlarmName=name, HistoryItemType="Action", ScanBy="TimestampAscending", **options)
    return items["AlarmHistoryItems"]


def test_actions_are_delivered(start_server, receiver, tmp_path):
    out = tmp_path / "event.json"
    config = tmp_path / "coldframe.yaml"
    config.write_text(f"""
alarmActions:
  "{TOPIC}": {receiver.url("/flaky")}
  "{FUNCTION}": {receiver.url("/function")}
  "{BROKEN}": {receiver.url("/broken")}
  "{QUIET}": events
functions:
  "{SHELL}": ["/bin/sh", "-c", "cat > {out}; echo null"]
""")
    server = start_server("--ephemeral", "--clock", "manual", "--config", str(config))
    cloudwatch = client("cloudwatch")
    alarm(cloudwatch, AlarmDescription="too warm", AlarmActions=[TOPIC, FUNCTION, SHELL, QUIET, NOWHERE], OKActions=[BROKEN])
    cloudwatch.put_metric_data(Namespace="Test", MetricData=[{"MetricName": "m", "Value": 22.5}])
    server.clock.advance(120)
    until(lambda: len(actions(cloudwatch)) == 5, "five actions in the history")

    # SNS's envelope, after two refusals.
    (headers, envelope), = receiver.at("/flaky")
    assert (headers["x-amz-sns-message-type"], headers["x-amz-sns-topic-arn"]) == ("Notification", TOPIC)
    assert (envelope["Type"], envelope["TopicArn"]) == ("Notification", TOPIC)
    assert envelope["MessageId"] == headers["x-amz-sns-message-id"]
    assert envelope["Subject"] == 'ALARM: "a" in US East (N. Virginia)'
    message = json.loads(envelope["Message"])
    assert (message["AlarmName"], message["NewStateValue"], message["OldStateValue"]) == ("a", "ALARM", "INSUFFICIENT_DATA")
    assert message["NewStateReason"].startswith("Threshold Crossed: 1 datapoint [22.5 (")
    assert (message["Trigger"]["Statistic"], message["Trigger"]["Threshold"]) == ("AVERAGE", 21.0)

    # What a function is invoked with, by HTTP and as a command.
    (headers, event), = receiver.at("/function")
    assert headers["Content-Type"] == "application/json"
    assert (event["source"], event["accountId"], event["region"]) == ("aws.cloudwatch", ACCOUNT, "us-east-1")
    data = event["alarmData"]
    assert (data["state"]["value"], data["previousState"]["value"]) == ("ALARM", "INSUFFICIENT_DATA")
    assert json.loads(data["state"]["reasonData"])["recentDatapoints"] == [22.5]
    assert data["configuration"]["description"] == "too warm"
    assert data["configuration"]["metrics"][0]["metricStat"]["metric"] == {"namespace": "Test", "name": "m", "dimensions": {}}
    assert json.loads(out.read_text()) == event

    said = {item["HistorySummary"] for item in actions(cloudwatch)}
    assert said == {f"Successfully executed action {arn}" for arn in (TOPIC, FUNCTION, SHELL, QUIET)} | {
        f'Failed to execute action {NOWHERE}. Received error: "No target is set for this action in alarmActions."'}
    for item in actions(cloudwatch):
        written = json.loads(item["HistoryData"])
        assert written["actionState"] == ("Failed" if written["notificationResource"] == NOWHERE else "Succeeded")
        assert len(item["HistoryData"]) <= 4095

    # One that never takes it.
    set_state(cloudwatch, "a", "OK")
    until(lambda: len(actions(cloudwatch)) == 6, "the failure in the history")
    last = actions(cloudwatch)[-1]
    assert last["HistorySummary"].startswith(f"Failed to execute action {BROKEN}. Received error: ")
    assert "503" in json.loads(last["HistoryData"])["error"]
    assert receiver.failures["/broken"] == 1000 - 4


def test_a_suppressor_holds_the_actions_of_a_composite(start_server, receiver, tmp_path):
    config = tmp_path / "coldframe.yaml"
    config.write_text(f'alarmActions: {{"{TOPIC}": "{receiver.url("/sns")}"}}')
    server = start_server("--ephemeral", "--clock", "manual", "--config", str(config))
    cloudwatch = client("cloudwatch")
    alarm(cloudwatch, AlarmName="child")
    alarm(cloudwatch, AlarmName="maintenance")
    cloudwatch.put_composite_alarm(
        AlarmName="c", AlarmRule="ALARM(child)", AlarmActions=[TOPIC], ActionsSuppressor="maintenance",
        ActionsSuppressorWaitPeriod=60, ActionsSuppressorExtensionPeriod=120)
    set_state(cloudwatch, "maintenance", "ALARM")
    set_state(cloudwatch, "child", "ALARM")

    def composite() -> dict:
        return cloudwatch.describe_alarms(AlarmNames=["c"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"][0]

    assert (composite()["StateValue"], composite()["ActionsSuppressedBy"]) == ("ALARM", "Alarm")
    server.clock.advance(600)
    assert receiver.taken == []
    set_state(cloudwatch, "maintenance", "OK")
    assert composite()["ActionsSuppressedBy"] == "ExtensionPeriod"
    server.clock.advance(120)
    assert "ActionsSuppressedBy" not in composite()
    (_, envelope), = until(lambda: receiver.at("/sns"), "the notification")
    assert json.loads(envelope["Message"])["AlarmRule"] == "ALARM(child)"


# Alarms on several series.

def test_an_alarm_on_several_series(cloudwatch, clock):
    query = "SELECT MAX(Latency) FROM SCHEMA(Test, Endpoint) GROUP BY Endpoint ORDER BY MAX() DESC"
    cloudwatch.put_metric_alarm(
        AlarmName="fleet", Metrics=[{"Id": "q", "Expression": query, "Period": 60}], EvaluationPeriods=1, Threshold=100,
        ComparisonOperator="GreaterThanThreshold")

    def put(**values: float) -> None:
        cloudwatch.put_metric_data(Namespace="Test", MetricData=[
            {"MetricName": "Latency", "Dimensions": [{"Name": "Endpoint", "Value": name}], "Value": value}
            for name, value in values.items()])

    def state() -> str:
        return cloudwatch.describe_alarms(AlarmNames=["fleet"])["MetricAlarms"][0]["StateValue"]

    def ringing() -> list[dict]:
        return cloudwatch.describe_alarm_contributors(AlarmName="fleet")["AlarmContributors"]

    put(blue=5, green=7)
    clock.advance(60)
    assert (state(), ringing()) == ("OK", [])
    put(blue=5, green=700)
    clock.advance(60)
    contributor, = ringing()
    assert state() == "ALARM"
    assert contributor["ContributorAttributes"] == {"Endpoint": "green"}
    assert len(contributor["ContributorId"]) == 16
    assert contributor["StateReason"].startswith("Threshold Crossed: 1 datapoint [700.0 (")
    put(blue=500, green=7)
    clock.advance(60)
    assert state() == "ALARM"
    assert [found["ContributorAttributes"] for found in ringing()] == [{"Endpoint": "blue"}]

    history = cloudwatch.describe_alarm_history(
        AlarmName="fleet", HistoryItemType="AlarmContributorStateUpdate", ScanBy="TimestampAscending")["AlarmHistoryItems"]
    assert sorted((item["AlarmContributorAttributes"]["Endpoint"], item["HistorySummary"]) for item in history) == [
        ("blue", "Alarm contributor updated from OK to ALARM"), ("green", "Alarm contributor updated from ALARM to OK"),
        ("green", "Alarm contributor updated from OK to ALARM")]
    own = cloudwatch.describe_alarm_history(AlarmContributorId=contributor["ContributorId"])["AlarmHistoryItems"]
    assert len(own) == 2
    with refused("ResourceNotFoundException", status=404):
        cloudwatch.describe_alarm_contributors(AlarmName="nobody")


def test_at_least_so_many(cloudwatch):
    for name in "abc":
        alarm(cloudwatch, AlarmName=name)
    for name, rule in (("two", "AT_LEAST(2, ALARM, (a, b, c))"), ("share", 'AT_LEAST(60%, NOT ALARM, ("a", "b", c))')):
        cloudwatch.put_composite_alarm(AlarmName=name, AlarmRule=rule)

    def states() -> dict:
        found = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
        return {each["AlarmName"]: each["StateValue"] for each in found}

    assert states() == {"two": "OK", "share": "ALARM"}
    set_state(cloudwatch, "a", "ALARM")
    assert states() == {"two": "OK", "share": "ALARM"}
    set_state(cloudwatch, "b", "ALARM")
    assert states() == {"two": "ALARM", "share": "OK"}
    with refused("ValidationError"):
        cloudwatch.put_composite_alarm(AlarmName="four", AlarmRule="AT_LEAST(4, ALARM, (a, b, c))")


# Metric streams.

def stream(cloudwatch, **options) -> None:
    cloudwatch.put_metric_stream(**{
        "Name": "s", "OutputFormat": "json", "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r",
        "FirehoseArn": f"arn:aws:firehose:us-east-1:{ACCOUNT}:deliverystream/metrics", **options})


def objects(s3, bucket: str = "metrics", prefix: str = "") -> list[bytes]:
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    return [s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read() for item in listed]


def put_latencies(cloudwatch) -> None:
    cloudwatch.put_metric_data(Namespace="Test", MetricData=[
        {"MetricName": "Latency", "Values": [1, 2, 3, 4, 90], "Unit": "Milliseconds", "Dimensions": [{"Name": "E", "Value": "x"}]},
        {"MetricName": "Errors", "Value": 1, "Unit": "Count"}])
    cloudwatch.put_metric_data(Namespace="Other", MetricData=[{"MetricName": "Noise", "Value": 1}])


def test_a_stream_writes_lines_of_json(cloudwatch, s3, clock):
    s3.create_bucket(Bucket="metrics")
    stream(cloudwatch, IncludeFilters=[{"Namespace": "Test", "MetricNames": ["Latency"]}, {"Namespace": "Third"}],
           StatisticsConfigurations=[{"IncludeMetrics": [{"Namespace": "Test", "MetricName": "Latency"}],
                                      "AdditionalStatistics": ["p50", "TM(:80%)"]}])
    assert cloudwatch.get_metric_stream(Name="s")["State"] == "running"
    put_latencies(cloudwatch)
    clock.advance(120)
    body, = until(lambda: objects(s3), "an object in the bucket")
    line, = map(json.loads, body.decode().splitlines())
    assert line.pop("timestamp") % 60_000 == 0
    assert line == {
        "metric_stream_name": "s", "account_id": ACCOUNT, "region": "us-east-1", "namespace": "Test",
        "metric_name": "Latency", "dimensions": {"E": "x"}, "unit": "Milliseconds",
        "value": {"count": 5.0, "sum": 100.0, "max": 90.0, "min": 1.0, "p50": 3.0, "TM(:80%)": 2.5}}
    key = s3.list_objects_v2(Bucket="metrics")["Contents"][0]["Key"]
    assert key.count("/") == 4 and key.split("/")[-1].startswith("metrics-1-")

    # Stopped, nothing is sent; started again, what comes then is.
    cloudwatch.stop_metric_streams(Names=["s"])
    put_latencies(cloudwatch)
    clock.advance(180)
    cloudwatch.start_metric_streams(Names=["s"])
    clock.advance(120)
    put_latencies(cloudwatch)
    clock.advance(120)
    until(lambda: len(objects(s3)) == 2, "a second object")


@pytest.mark.parametrize("form", ["opentelemetry1.0", "opentelemetry0.7"])
def test_a_stream_speaks_open_telemetry(cloudwatch, s3, clock, form):
    s3.create_bucket(Bucket="metrics")
    stream(cloudwatch, OutputFormat=form, ExcludeFilters=[{"Namespace": "Other"}],
           StatisticsConfigurations=[{"IncludeMetrics": [{"Namespace": "Test", "MetricName": "Latency"}],
                                      "AdditionalStatistics": ["p50"]}])
    put_latencies(cloudwatch)
    clock.advance(120)
    body, = until(lambda: objects(s3), "an object in the bucket")
    size, shift, position = 0, 0, 0
    while True:
        size |= (body[position] & 0x7f) << shift
        shift, position = shift + 7, position + 1
        if body[position - 1] < 0x80:
            break
    assert size == len(body) - position
    request = ExportMetricsServiceRequest.FromString(body[position:])
    found, = request.resource_metrics
    resource = {pair.key: pair.value.string_value for pair in found.resource.attributes}
    assert resource == {
        "cloud.provider": "aws", "cloud.account.id": ACCOUNT, "cloud.region": "us-east-1",
        "aws.exporter.arn": f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:metric-stream/s"}
    metrics = {metric.name: metric for metric in found.scope_metrics[0].metrics}
    assert set(metrics) == {"amazonaws.com/Test/Errors", "amazonaws.com/Test/Latency"}
    latency = metrics["amazonaws.com/Test/Latency"]
    point, = latency.summary.data_points
    assert (latency.unit, point.count, point.sum) == ("ms", 5, 100)
    assert [(pair.quantile, pair.value) for pair in point.quantile_values] == [(0, 1), (0.5, 3), (1, 90)]
    assert point.time_unix_nano - point.start_time_unix_nano == 60 * 10 ** 9
    attributes = {pair.key: pair.value for pair in point.attributes}
    if form == "opentelemetry1.0":
        assert attributes["MetricName"].string_value == "Latency"
        assert [(pair.key, pair.value.string_value) for pair in attributes["Dimensions"].kvlist_value.values] == [("E", "x")]
    else:  # labels are pairs of texts in field 1, which release 1.0 does not know any more
        assert attributes == {} and b"\x0a\x01E\x12\x01x" in body


def test_streams_refuse_what_they_cannot_send(cloudwatch):
    with refused("InvalidParameterCombination"):
        stream(cloudwatch, IncludeFilters=[{"Namespace": "A"}], ExcludeFilters=[{"Namespace": "B"}])
    with refused("InvalidParameterValue"):
        stream(cloudwatch, OutputFormat="opentelemetry1.0", StatisticsConfigurations=[
            {"IncludeMetrics": [{"Namespace": "A", "MetricName": "m"}], "AdditionalStatistics": ["TM(:80%)"]}])


# Contributor Insights.

def write_logs(group: str, messages: list[str]) -> None:
    logs = client("logs")
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    start = int(now().timestamp() * 1000) - 120_000
    logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=[
        {"timestamp": start + number, "message": message} for number, message in enumerate(messages)])


def report(cloudwatch, name: str = "r", **options) -> dict:
    return cloudwatch.get_insight_rule_report(**{
        "RuleName": name, "StartTime": now() - timedelta(minutes=30), "EndTime": now() + timedelta(minutes=1), "Period": 3600,
        **options})


def rule(cloudwatch, name: str = "r", *, contribution: dict, **options) -> None:
    cloudwatch.put_insight_rule(RuleName=name, RuleDefinition=json.dumps({
        "Schema": {"Name": "CloudWatchLogRule", "Version": 1}, "LogGroupNames": ["/api/*"], "LogFormat": "JSON",
        "Contribution": contribution, "AggregateOn": "Count", **options}))


def test_reports_on_json_logs(cloudwatch):
    calls = [("1.1.1.1", "PUT", 100), ("1.1.1.1", "PUT", 300), ("2.2.2.2", "PUT", 1000), ("3.3.3.3", "GET", 5000)]
    write_logs("/api/prod", [json.dumps({"ip": ip, "http": {"method": method}, "bytes": size}) for ip, method, size in calls]
               + ["no json", json.dumps({"ip": "4.4.4.4"})])
    rule(cloudwatch, contribution={"Keys": ["$.ip"], "Filters": [{"Match": "$.http.method", "In": ["PUT"]}]})
    found = report(cloudwatch, Metrics=["UniqueContributors", "SampleCount", "MaxContributorValue"])
    assert (found["KeyLabels"], found["AggregationStatistic"], found["AggregateValue"]) == (["$.ip"], "SampleCount", 3)
    assert found["ApproximateUniqueCount"] == 2
    assert [(each["Keys"], each["ApproximateAggregateValue"]) for each in found["Contributors"]] == [
        (["1.1.1.1"], 2), (["2.2.2.2"], 1)]
    assert sum(point["SampleCount"] for point in found["MetricDatapoints"]) == 3

    rule(cloudwatch, "bytes", contribution={"Keys": ["$.ip", "$.http.method"], "ValueOf": "$.bytes",
                                            "Filters": [{"Match": "$.bytes", "GreaterThan": 150}]}, AggregateOn="Sum")
    found = report(cloudwatch, "bytes", MaxContributorCount=2)
    assert [(each["Keys"], each["ApproximateAggregateValue"]) for each in found["Contributors"]] == [
        (["3.3.3.3", "GET"], 5000), (["2.2.2.2", "PUT"], 1000)]
    assert (found["AggregateValue"], found["ApproximateUniqueCount"]) == (6300, 3)

    # Metric math reads the same report.
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[{"Id": "e", "Expression": "INSIGHT_RULE_METRIC('bytes', 'Sum')", "Period": 3600}],
        StartTime=now() - timedelta(hours=1), EndTime=now() + timedelta(minutes=1))
    assert sum(answer["MetricDataResults"][0]["Values"]) == 6300


def test_reports_on_common_log_format(cloudwatch):
    write_logs("/api/web", [f'{ip} - frank [10/Oct/2000:13:55:36 -0700] "GET /{ip} HTTP/1.0" {status} 23'
                            for ip, status in (("9.9.9.9", 500), ("9.9.9.9", 503), ("8.8.8.8", 200))])
    rule(cloudwatch, LogFormat="CLF", Fields={"1": "client", "6": "status"},
         contribution={"Keys": ["client"], "Filters": [{"Match": "status", "StartsWith": ["5"]}]})
    assert [(each["Keys"], each["ApproximateAggregateValue"]) for each in report(cloudwatch)["Contributors"]] == [
        (["9.9.9.9"], 2)]


def test_rules_are_checked_and_managed(cloudwatch):
    with refused("InvalidParameterValue"):
        rule(cloudwatch, contribution={"Keys": []})
    with refused("InvalidParameterValue"):
        rule(cloudwatch, contribution={"Keys": ["$.a"]}, AggregateOn="Sum")
    with refused("ResourceNotFoundException"):
        report(cloudwatch, "none")
    service = f"arn:aws:ec2:us-east-1:{ACCOUNT}:vpc-endpoint-service/vpce-svc-1"
    listed = cloudwatch.list_managed_insight_rules(ResourceARN=service)["ManagedRules"]
    assert len(listed) == 4 and all("RuleState" not in each for each in listed)
    template = listed[0]["TemplateName"]
    assert cloudwatch.put_managed_insight_rules(ManagedRules=[{"TemplateName": template, "ResourceARN": service}])["Failures"] == []
    state = cloudwatch.list_managed_insight_rules(ResourceARN=service)["ManagedRules"][0]["RuleState"]
    assert state["State"] == "ENABLED"
    assert report(cloudwatch, state["RuleName"])["Contributors"] == []
    failure, = cloudwatch.put_managed_insight_rules(ManagedRules=[{"TemplateName": "none-v1", "ResourceARN": service}])["Failures"]
    assert failure["FailureCode"] == "404"
