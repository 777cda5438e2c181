"""Metric math, composite alarms and the resources around them; one table of cases through each of the three protocols."""
from __future__ import annotations

import json
import re
import struct
import xml.etree.ElementTree as ElementTree
import zlib
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode

import cbor2
import pytest

from conftest import client
from hosting import refused, set_state

TARGET = "GraniteServiceVersion20100801"
NAMESPACE = "{http://monitoring.amazonaws.com/doc/2010-08-01/}"
ACCOUNT = "123456789012"


def this_minute() -> datetime:
    return datetime.now(timezone.utc).replace(second=0, microsecond=0)


@pytest.fixture(autouse=True)
def newest(monkeypatch) -> None:
    """The minute that a test counts back from: another one may begin between its putting data and its asking for them."""
    monkeypatch.setattr(f"{__name__}.NEWEST", this_minute())


NEWEST = this_minute()


def minute(ago: int) -> datetime:
    return NEWEST - timedelta(minutes=ago)


def put(cloudwatch, name: str, values: dict[int, float], **options) -> None:
    """Datapoints by how many minutes ago they were."""
    cloudwatch.put_metric_data(Namespace="Test", MetricData=[
        {"MetricName": name, "Value": value, "Timestamp": minute(ago), **options} for ago, value in values.items()])


def metric(id: str, name: str, **options) -> dict:
    return {"Id": id, "MetricStat": {
        "Metric": {"Namespace": "Test", "MetricName": name}, "Stat": "Sum", "Period": 60}, **options}


def ask(cloudwatch, *queries: dict, **options) -> list[tuple[str, str, list[float]]]:
    answer = cloudwatch.get_metric_data(**{
        "MetricDataQueries": list(queries), "StartTime": minute(5), "EndTime": minute(0), "ScanBy": "TimestampAscending",
        **options})
    return [(result["Id"], result["Label"], result["Values"]) for result in answer["MetricDataResults"]]


# Metric math.

def test_an_error_rate(cloudwatch):
    put(cloudwatch, "errors", {5: 1, 4: 2, 3: 3, 2: 4, 1: 5})
    put(cloudwatch, "requests", {5: 10, 4: 10, 2: 40, 1: 0})
    assert ask(cloudwatch, metric("m1", "errors", ReturnData=False), metric("m2", "requests", ReturnData=False),
               {"Id": "rate", "Expression": "100 * m1 / m2"},
               {"Id": "filled", "Expression": "FILL(m2, LINEAR)", "Label": "requests, filled"}) == [
        ("rate", "rate", [10, 20, 10]), ("filled", "requests, filled", [10, 10, 25, 40, 0])]


def test_searches_and_queries(cloudwatch):
    for endpoint, value in (("blue", 1), ("green", 2)):
        put(cloudwatch, "Invocations", {2: value, 1: value * 10}, Dimensions=[{"Name": "Endpoint", "Value": endpoint}])
    assert ask(cloudwatch, {"Id": "s", "Expression": "SEARCH('{Test,Endpoint} Invocations', 'Sum', 60)"}) == [
        ("s", "blue Invocations", [1, 10]), ("s", "green Invocations", [2, 20])]
    assert ask(cloudwatch, {"Id": "q", "Period": 60, "Expression":
               "SELECT SUM(Invocations) FROM SCHEMA(Test, Endpoint) GROUP BY Endpoint ORDER BY MAX() DESC LIMIT 1"}) == [
        ("q", "green", [2, 20])]


def test_mistakes_are_named(cloudwatch):
    with refused("ValidationError", "Error in expression 'e': Undefined variable 'm2'"):
        ask(cloudwatch, metric("m1", "errors"), {"Id": "e", "Expression": "m1 + m2"})
    with refused("ValidationError", "Error in expression 'e': Unexpected end of expression"):
        ask(cloudwatch, metric("m1", "errors"), {"Id": "e", "Expression": "m1 +"})


def test_pages_of_expressions(cloudwatch):
    put(cloudwatch, "m", {5: 1, 4: 2, 3: 3, 2: 4, 1: 5})
    pages = list(cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[metric("m1", "m", ReturnData=False), {"Id": "e", "Expression": "m1 * 2"}],
        StartTime=minute(5), EndTime=minute(0), MaxDatapoints=2, ScanBy="TimestampAscending"))
    assert [page["MetricDataResults"][0]["Values"] for page in pages] == [[2, 4], [6, 8], [10]]


# Alarms.

def test_a_math_alarm_rings(cloudwatch, clock):
    queries = [metric("errors", "errors", ReturnData=False), metric("requests", "requests", ReturnData=False),
               {"Id": "rate", "Expression": "100 * errors / requests", "Label": "error rate", "ReturnData": True}]
    cloudwatch.put_metric_alarm(AlarmName="rate", Metrics=queries, EvaluationPeriods=1, Threshold=10,
                                ComparisonOperator="GreaterThanThreshold")
    found = cloudwatch.describe_alarms(AlarmNames=["rate"])["MetricAlarms"][0]
    assert found["Metrics"] == queries and "MetricName" not in found
    for name, value in (("errors", 30), ("requests", 60)):
        cloudwatch.put_metric_data(Namespace="Test", MetricData=[{"MetricName": name, "Value": value}])
    clock.advance(120)
    found = cloudwatch.describe_alarms(AlarmNames=["rate"])["MetricAlarms"][0]
    assert found["StateValue"] == "ALARM"
    assert re.fullmatch(r"Threshold Crossed: 1 datapoint \[50\.0 \(.*\)\] was greater than the threshold \(10\.0\)\.",
                        found["StateReason"])


def simple_alarm(cloudwatch, name: str) -> None:
    cloudwatch.put_metric_alarm(AlarmName=name, Namespace="Test", MetricName="none", Statistic="Sum", Period=60,
                                EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
                                TreatMissingData="ignore")


def test_a_composite_alarm_follows_its_children(cloudwatch):
    for name in ("a", "b"):
        simple_alarm(cloudwatch, name)
    cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule="ALARM(a) AND NOT ALARM(b)", Tags=[{"Key": "k", "Value": "v"}])

    def described() -> dict:
        return cloudwatch.describe_alarms(AlarmNames=["both"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"][0]

    arn = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:both"
    assert (described()["StateValue"], described()["StateReason"]) == (
        "OK", f"{arn} was created and its alarm rule evaluates to OK")
    set_state(cloudwatch, "a", "ALARM")
    assert described()["StateValue"] == "ALARM"
    assert described()["StateReason"].startswith(f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:a transitioned to ALARM at ")
    triggering, = json.loads(described()["StateReasonData"])["triggeringAlarms"]
    assert triggering["arn"].endswith(":alarm:a") and triggering["state"]["value"] == "ALARM"
    set_state(cloudwatch, "b", "ALARM")
    assert described()["StateValue"] == "OK"
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "k", "Value": "v"}]
    with refused("ValidationError", "Cannot delete a as there are composite alarm(s) depending on it."):
        cloudwatch.delete_alarms(AlarmNames=["a"])
    with refused("ValidationError",
                 "Could not save the composite alarm as alarms [x] in the alarm rule do not exist"):
        cloudwatch.put_composite_alarm(AlarmName="other", AlarmRule="OK(x)")
    cloudwatch.get_waiter("composite_alarm_exists").wait(AlarmNames=["both"], AlarmTypes=["CompositeAlarm"])
    cloudwatch.delete_alarms(AlarmNames=["both"])
    cloudwatch.delete_alarms(AlarmNames=["a", "b"])


# Resources.

def test_a_dashboard(cloudwatch):
    body = json.dumps({"widgets": [{"type": "text", "x": 0, "y": 0, "width": 6, "height": 3, "properties": {"markdown": "# hi"}}]})
    assert cloudwatch.put_dashboard(DashboardName="main", DashboardBody=body)["DashboardValidationMessages"] == []
    found = cloudwatch.get_dashboard(DashboardName="main")
    assert (found["DashboardBody"], found["DashboardArn"]) == (body, f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/main")
    entry, = cloudwatch.list_dashboards(DashboardNamePrefix="ma")["DashboardEntries"]
    assert (entry["DashboardName"], entry["Size"]) == ("main", len(body))
    with refused("InvalidParameterValue",
                 "The value for field DashboardName contains invalid characters. "
                 "It can only contain alphanumerics, dash (-) and underscore (_).\n"):
        cloudwatch.put_dashboard(DashboardName="no way", DashboardBody=body)
    with pytest.raises(cloudwatch.exceptions.ClientError) as refusal:
        cloudwatch.put_dashboard(DashboardName="bad", DashboardBody='{"widgets": [{"type": "pie"}]}')
    assert refusal.value.response["Error"]["Code"] == "InvalidParameterInput"
    cloudwatch.delete_dashboards(DashboardNames=["main"])
    with refused("ResourceNotFound"):
        cloudwatch.get_dashboard(DashboardName="main")


def test_a_metric_stream(cloudwatch):
    arn = cloudwatch.put_metric_stream(
        Name="s", OutputFormat="json", FirehoseArn=f"arn:aws:firehose:us-east-1:{ACCOUNT}:deliverystream/d",
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/r", IncludeFilters=[{"Namespace": "AWS/SageMaker"}])["Arn"]
    assert arn == f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:metric-stream/s"
    cloudwatch.stop_metric_streams(Names=["s"])
    found = cloudwatch.get_metric_stream(Name="s")
    assert (found["State"], found["IncludeFilters"]) == ("stopped", [{"Namespace": "AWS/SageMaker"}])
    assert [entry["Name"] for entry in cloudwatch.list_metric_streams()["Entries"]] == ["s"]
    cloudwatch.delete_metric_stream(Name="s")
    assert cloudwatch.list_metric_streams()["Entries"] == []


def test_insight_rules_detectors_and_mute_rules(cloudwatch):
    definition = json.dumps({"Schema": {"Name": "CloudWatchLogRule", "Version": 1}, "LogGroupNames": ["g"],
                             "Contribution": {"Keys": ["$.ip"]}, "AggregateOn": "Count"})
    cloudwatch.put_insight_rule(RuleName="r", RuleDefinition=definition)
    rule, = cloudwatch.describe_insight_rules()["InsightRules"]
    assert (rule["State"], rule["Schema"], rule["ManagedRule"]) == ("ENABLED", "CloudWatchLogRule/1", False)
    assert cloudwatch.disable_insight_rules(RuleNames=["r"])["Failures"] == []
    assert cloudwatch.delete_insight_rules(RuleNames=["r", "x"])["Failures"][0]["FailureResource"] == "x"

    cloudwatch.put_anomaly_detector(SingleMetricAnomalyDetector={"Namespace": "Test", "MetricName": "m", "Stat": "Average"})
    detector, = cloudwatch.describe_anomaly_detectors(Namespace="Test")["AnomalyDetectors"]
    assert (detector["StateValue"], detector["MetricName"], detector["Configuration"]) == (
        "PENDING_TRAINING", "m", {"ExcludedTimeRanges": []})
    put(cloudwatch, "m", {ago: ago % 7 for ago in range(1, 30)})
    assert cloudwatch.describe_anomaly_detectors()["AnomalyDetectors"][0]["StateValue"] == "TRAINED"
    cloudwatch.delete_anomaly_detector(SingleMetricAnomalyDetector={"Namespace": "Test", "MetricName": "m", "Stat": "Average"})

    simple_alarm(cloudwatch, "a")
    cloudwatch.put_alarm_mute_rule(Name="always", MuteTargets={"AlarmNames": ["a"]},
                                   Rule={"Schedule": {"Expression": "cron(0 0 * * *)", "Duration": "P1D"}})
    assert cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName="always")["Status"] == "ACTIVE"
    assert len(cloudwatch.list_alarm_mute_rules(AlarmName="a")["AlarmMuteRuleSummaries"]) == 1
    cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName="always")


# Pictures.

class Picture:
    """A PNG of eight-bit RGB, read back with nothing but zlib."""

    def __init__(self, file: bytes):
        assert file[:8] == b"\x89PNG\r\n\x1a\n"
        chunks, offset = {}, 8
        while offset < len(file):
            size, kind = struct.unpack_from(">I4s", file, offset)
            body = file[offset + 8:offset + 8 + size]
            assert struct.unpack_from(">I", file, offset + 8 + size)[0] == zlib.crc32(kind + body)
            chunks[kind] = body
            offset += size + 12
        assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
        self.width, self.height = struct.unpack(">II", chunks[b"IHDR"][:8])
        data, stride = zlib.decompress(chunks[b"IDAT"]), self.width * 3 + 1
        assert len(data) == stride * self.height
        self.rows, above = [], bytes(self.width * 3)
        for y in range(self.height):
            assert data[y * stride] == 2  # each byte less the one above
            above = bytes((a + b) & 0xff for a, b in zip(data[y * stride + 1:(y + 1) * stride], above))
            self.rows.append(above)

    def color(self, x: int, y: int) -> str:
        return "#" + self.rows[y][x * 3:x * 3 + 3].hex()

    def spots(self, color: str) -> list[tuple[int, int]]:
        return [(x, y) for y in range(self.height) for x in range(self.width) if self.color(x, y) == color]


def picture(cloudwatch, **widget) -> Picture:
    return Picture(cloudwatch.get_metric_widget_image(MetricWidget=json.dumps(widget))["MetricWidgetImage"])


@pytest.fixture
def drawn(cloudwatch):
    put(cloudwatch, "saw", {ago: ago % 10 for ago in range(1, 61)})
    put(cloudwatch, "flat", {ago: 100 for ago in range(1, 61)})
    return cloudwatch


HOUR = {"start": "-PT1H", "period": 60, "width": 400, "height": 250}
SAW, FLAT = ["Test", "saw", {"color": "#0000ff"}], ["Test", "flat", {"color": "#00ff00"}]


def test_a_picture_has_lines_thresholds_and_moments(drawn):
    marks = {"horizontal": [{"label": "limit", "value": 8, "color": "#ff00ff", "fill": "above"}],
             "vertical": [{"value": minute(30).strftime("%Y-%m-%dT%H:%M:%SZ"), "color": "#00ffff"}]}
    found = picture(drawn, metrics=[SAW, ["Test", "flat", {"color": "#00ff00", "yAxis": "right"}]], annotations=marks,
                    title="Pictures", **HOUR)
    assert (found.width, found.height, found.color(0, 0)) == (400, 250, "#ffffff")
    assert len(found.spots("#0000ff")) > 300
    # A flat line keeps to a row or three, softened at its edges.
    green = {y for x in range(60, 340) for y in range(215)
             if found.rows[y][x * 3 + 1] > 200 > max(found.rows[y][x * 3], found.rows[y][x * 3 + 2])}
    assert 1 <= len(green) <= 3
    limit = {y for _, y in found.spots("#ff00ff")}
    assert max(y for y in limit if len([1 for x in range(400) if found.color(x, y) == "#ff00ff"]) > 200) in range(40, 90)
    moment = {x for x, _ in found.spots("#00ffff")}
    assert len(moment) == 1 and 180 <= moment.pop() <= 230
    # The area above the limit is tinted.
    assert found.color(200, 30) not in ("#ffffff", "#ff00ff")
    assert len(found.spots("#16191f")) > 50


def test_stacked_pictures_fill_their_areas(drawn):
    plain = picture(drawn, metrics=[SAW, FLAT], **HOUR)
    stacked = picture(drawn, metrics=[SAW, FLAT], stacked=True, **HOUR)
    assert len(plain.spots("#ffffff")) > len(stacked.spots("#ffffff")) + 20_000


def test_the_time_zone_moves_the_labels_and_nothing_else(drawn):
    here, there = (picture(drawn, metrics=[SAW], timezone=zone, start=minute(60).strftime("%Y-%m-%dT%H:%M:%SZ"),
                           end=minute(0).strftime("%Y-%m-%dT%H:%M:%SZ"), period=60, width=400, height=250)
                   for zone in ("+0000", "+0200"))
    changed = {y for y in range(250) if here.rows[y] != there.rows[y]}
    assert changed and max(changed) - min(changed) < 7 and min(changed) > 200  # one row of letters, below the axis


def test_the_legend_has_its_place(drawn):
    def swatch(position: str) -> list[tuple[int, int]]:
        found = picture(drawn, metrics=[SAW, FLAT], legend={"position": position}, **HOUR)
        blue = set(found.spots("#0000ff"))
        return [(x, y) for x, y in blue if all((x + dx, y + dy) in blue for dx in range(8) for dy in range(8))]

    (x, y), = swatch("bottom")
    assert x < 30 and y > 220
    (x, y), = swatch("right")
    assert x > 250 and y < 60
    assert swatch("hidden") == []


def test_pictures_of_numbers_alarms_and_expressions(drawn):
    number = picture(drawn, metrics=[FLAT], view="singleValue", width=200, height=100, period=60)
    assert len(number.spots("#00ff00")) > 100
    drawn.put_metric_alarm(AlarmName="a", Namespace="Test", MetricName="saw", Statistic="Sum", Period=60,
                           EvaluationPeriods=1, Threshold=5, ComparisonOperator="GreaterThanThreshold")
    alarm = picture(drawn, annotations={"alarms": [f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:a"]})
    assert (alarm.width, alarm.height) == (600, 400) and len(alarm.spots("#d13212")) > 400
    math = picture(drawn, metrics=[[{"expression": "m1 * 2", "id": "e1", "color": "#123456"}],
                                   ["Test", "saw", {"id": "m1", "visible": False, "color": "#0000ff"}]], **HOUR)
    assert len(math.spots("#123456")) > 100 and not math.spots("#0000ff")


def test_a_picture_that_cannot_be_drawn(cloudwatch):
    with refused("ValidationError", "The metric widget has no metrics."):
        cloudwatch.get_metric_widget_image(MetricWidget="{}")


# One table, three protocols: every case answers the same in Query-XML, JSON and CBOR.

def flat(document, prefix: str = "") -> dict[str, str]:
    """A document as Query parameters."""
    if isinstance(document, dict):
        parts = ((f"{prefix}.{key}" if prefix else key, value) for key, value in document.items())
    elif isinstance(document, list):
        parts = ((f"{prefix}.member.{index}", value) for index, value in enumerate(document, 1))
    else:
        if isinstance(document, datetime):
            document = document.strftime("%Y-%m-%dT%H:%M:%SZ")
        return {prefix: str(document).lower() if isinstance(document, bool) else str(document)}
    return {name: text for key, value in parts for name, text in flat(value, key).items()}


def jsonable(document):
    if isinstance(document, dict):
        return {key: jsonable(value) for key, value in document.items()}
    if isinstance(document, list):
        return [jsonable(value) for value in document]
    return document.timestamp() if isinstance(document, datetime) else document


class Query:
    @staticmethod
    def call(server, operation, document):
        answer = server.request("POST", "/", urlencode({"Action": operation, "Version": "2010-08-01", **flat(document)}),
                                {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"})
        root = ElementTree.fromstring(answer.body)
        if answer.status != 200:
            error = root.find(f"{NAMESPACE}Error")
            return answer.status, (error.findtext(f"{NAMESPACE}Code"), error.findtext(f"{NAMESPACE}Message"))
        result = root.find(f"{NAMESPACE}{operation}Result")
        return 200, {} if result is None else Query.value(result)

    @staticmethod
    def value(element):
        children = [(child.tag.removeprefix(NAMESPACE), child) for child in element]
        if not children:
            return element.text or ""
        if all(name == "member" for name, _ in children):
            return [Query.value(child) for _, child in children]
        return {name: Query.value(child) for name, child in children}


class Json:
    @staticmethod
    def call(server, operation, document):
        answer = server.request("POST", "/", json.dumps(jsonable(document)), {
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"{TARGET}.{operation}",
            "x-amzn-query-mode": "true",
            "Authorization": "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/monitoring/aws4_request, "
                             "SignedHeaders=host, Signature=0"})
        return shown(answer, answer.json() if answer.body else {})


class Cbor:
    @staticmethod
    def call(server, operation, document):
        answer = server.request("POST", f"/service/{TARGET}/operation/{operation}", cbor2.dumps(document, datetime_as_timestamp=True), {
            "Content-Type": "application/cbor", "Accept": "application/cbor", "smithy-protocol": "rpc-v2-cbor",
            "x-amzn-query-mode": "true"})
        return shown(answer, cbor2.loads(answer.body) if answer.body else {})


def shown(answer, body):
    if answer.status == 200:
        return 200, body
    code = answer.headers["x-amzn-query-error"].split(";")[0] if "x-amzn-query-error" in answer.headers else body["__type"]
    return answer.status, (code, body.get("message") or body.get("Message"))


def comparable(value):
    """What protocols write differently: numbers, instants, empty lists and members, an unmodelled member."""
    if isinstance(value, dict):
        parts = {key: comparable(part) for key, part in value.items() if key != "LogAlarms"}
        return {key: part for key, part in parts.items() if part not in ("", [], {})}
    if isinstance(value, list):
        return [comparable(part) for part in value]
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, str):
        if re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", value):
            return datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()
        try:
            return float(value)
        except ValueError:
            return value
    return float(value) if isinstance(value, (int, float)) else value


# The cases are made when this file is read, minutes before their data is put, if many tests come before them.
SPAN = {"StartTime": minute(10), "EndTime": minute(0) + timedelta(minutes=1)}
M1 = {"Id": "m1", "ReturnData": False, "MetricStat": {
    "Metric": {"Namespace": "Three", "MetricName": "m", "Dimensions": [{"Name": "E", "Value": "<1> & \"2\""}]},
    "Stat": "Sum", "Period": 60}}
CASES = [
    ("ListMetrics", {"Namespace": "Three"}),
    ("ListMetrics", {"Namespace": "Nothing"}),
    ("GetMetricStatistics", {"Namespace": "Three", "MetricName": "m", "Period": 60, "Statistics": ["Sum", "Maximum"],
                             "Dimensions": M1["MetricStat"]["Metric"]["Dimensions"], **SPAN}),
    ("GetMetricStatistics", {"Namespace": "Three", "MetricName": "m", "Period": 7, "Statistics": ["Sum"], **SPAN}),
    ("GetMetricData", {"MetricDataQueries": [M1, {"Id": "e", "Expression": "FILL(m1 * 2, 0)", "Label": "doubled"}], **SPAN}),
    ("GetMetricData", {"MetricDataQueries": [M1, {"Id": "e", "Expression": "m1 * m3"}], **SPAN}),
    ("GetMetricData", {"MetricDataQueries": [M1, {"Id": "e", "Expression": "[m1, m1] - 1"}], "MaxDatapoints": 1, **SPAN}),
    ("DescribeAlarms", {"AlarmNames": ["metric", "math"]}),
    ("DescribeAlarms", {"AlarmTypes": ["CompositeAlarm", "MetricAlarm"], "StateValue": "OK"}),
    ("DescribeAlarms", {"ChildrenOfAlarmName": "composite"}),
    ("DescribeAlarms", {"MaxRecords": 0}),
    ("DescribeAlarmsForMetric", {"Namespace": "Three", "MetricName": "m"}),
    ("DescribeAlarmHistory", {"AlarmName": "metric", "ScanBy": "TimestampAscending"}),
    ("SetAlarmState", {"AlarmName": "nobody", "StateValue": "OK", "StateReason": "r"}),
    ("SetAlarmState", {"AlarmName": "metric", "StateValue": "BAD", "StateReason": "r"}),
    ("DeleteAlarms", {"AlarmNames": ["metric"]}),
    ("GetDashboard", {"DashboardName": "nobody"}),
    ("GetDashboard", {"DashboardName": "d"}),
    ("ListDashboards", {}),
    ("PutDashboard", {"DashboardName": "x", "DashboardBody": "{"}),
    ("ListTagsForResource", {"ResourceARN": f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:composite"}),
    ("TagResource", {"ResourceARN": f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:nobody", "Tags": [{"Key": "k", "Value": "v"}]}),
    ("PutCompositeAlarm", {"AlarmName": "x", "AlarmRule": "ALARM(nobody)"}),
    ("GetOTelEnrichment", {}),
    ("DescribeInsightRules", {}),
]


@pytest.fixture(scope="module")
def prepared(manual_server):
    """One server with something of everything; the cases only read."""
    manual_server.reset()
    manual_server.clock.manual()
    cloudwatch = client("cloudwatch", endpoint_url=manual_server.url)
    cloudwatch.put_metric_data(Namespace="Three", MetricData=[{
        "MetricName": "m", "Dimensions": M1["MetricStat"]["Metric"]["Dimensions"], "Value": value,
        "Timestamp": SPAN["EndTime"] - timedelta(minutes=ago), "Unit": "Count"} for ago, value in ((4, 1.5), (2, 1e9))])
    cloudwatch.put_metric_alarm(AlarmName="metric", Namespace="Three", MetricName="m", Statistic="Sum", Period=60,
                                EvaluationPeriods=2, DatapointsToAlarm=1, Threshold=0.1, AlarmDescription="<&>",
                                ComparisonOperator="GreaterThanThreshold", OKActions=[f"arn:aws:sns:us-east-1:{ACCOUNT}:t"])
    cloudwatch.put_metric_alarm(AlarmName="math", Metrics=[M1, {"Id": "e", "Expression": "m1 / 2", "ReturnData": True}],
                                EvaluationPeriods=1, Threshold=5, ComparisonOperator="LessThanThreshold")
    cloudwatch.put_composite_alarm(AlarmName="composite", AlarmRule="ALARM(metric) OR ALARM(math)",
                                   Tags=[{"Key": "team", "Value": "ml"}])
    cloudwatch.set_alarm_state(AlarmName="metric", StateValue="OK", StateReason="test", StateReasonData='{"a": 1}')
    cloudwatch.put_dashboard(DashboardName="d", DashboardBody='{"widgets": []}')
    return manual_server


def datapoints(answer: dict) -> list:
    return answer.get("Datapoints") or [value for result in answer["MetricDataResults"] for value in result["Values"]]


@pytest.mark.parametrize("operation, document", CASES, ids=[f"{n}-{case[0]}" for n, case in enumerate(CASES)])
def test_three_protocols_agree(prepared, operation, document):
    status, expected = Json.call(prepared, operation, document)
    assert status in (200, 400, 404), expected
    if status == 200 and operation in ("GetMetricStatistics", "GetMetricData"):
        assert datapoints(expected), "nothing is equal to nothing in every protocol"
    for protocol in (Query, Cbor):
        other, found = protocol.call(prepared, operation, document)
        assert other == status
        assert comparable(found) == comparable(expected) if status == 200 else found == expected
