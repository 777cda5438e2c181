"""CloudWatch's share of `make bench`: datapoints in, queries out, alarms judged. Called by Scripts/bench."""
from __future__ import annotations

import http.client
import json
import statistics
import time
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode

TARGET = "GraniteServiceVersion20100801"
NAMESPACE = "Bench"
CREDENTIAL = "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/monitoring/aws4_request, SignedHeaders=host, Signature=0"


class Line:
    """One connection. Answers are read, not parsed: what is measured is the server."""

    def __init__(self, port: int):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def send(self, body: str, headers: dict[str, str]) -> bytes:
        self.connection.request("POST", "/", body, headers)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"status {answer.status}: {body[:300]!r}")
        return body

    def call(self, operation: str, document: dict) -> bytes:
        return self.send(json.dumps(document), {
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"{TARGET}.{operation}", "Authorization": CREDENTIAL})

    def form(self, operation: str, form: dict) -> bytes:
        return self.send(urlencode({"Action": operation, "Version": "2010-08-01", **form}), {
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "Authorization": CREDENTIAL})


def put_rate(port: int, seconds: float, data: int = 200) -> float:
    """Datums a second, in the one protocol that every rival speaks."""
    line, form = Line(port), {"Namespace": NAMESPACE}
    for number in range(1, data + 1):
        form |= {f"MetricData.member.{number}.MetricName": f"m{number}", f"MetricData.member.{number}.Value": number,
                 f"MetricData.member.{number}.Dimensions.member.1.Name": "Endpoint",
                 f"MetricData.member.{number}.Dimensions.member.1.Value": "churn"}
    line.form("PutMetricData", form)
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        line.form("PutMetricData", form)
        count += data
    return count / (time.perf_counter() - began)


def query_milliseconds(port: int, metrics: int = 500, minutes: int = 180, runs: int = 9) -> float:
    """One GetMetricData for five hundred metrics over three hours at sixty seconds."""
    line, now = Line(port), datetime.now(timezone.utc).replace(second=0, microsecond=0)
    for ago in range(minutes):
        stamp = (now - timedelta(minutes=ago)).timestamp()
        line.call("PutMetricData", {"Namespace": NAMESPACE, "MetricData": [
            {"MetricName": f"q{number}", "Timestamp": stamp, "Value": number + ago} for number in range(metrics)]})
    document = {
        "StartTime": (now - timedelta(minutes=minutes - 1)).timestamp(), "EndTime": (now + timedelta(minutes=1)).timestamp(),
        "MetricDataQueries": [{"Id": f"q{number}", "MetricStat": {
            "Metric": {"Namespace": NAMESPACE, "MetricName": f"q{number}"}, "Period": 60, "Stat": "Average"}}
            for number in range(metrics)]}
    answer = json.loads(line.call("GetMetricData", document))
    found = sum(len(result["Values"]) for result in answer["MetricDataResults"])
    if found != metrics * minutes:
        raise RuntimeError(f"{found} datapoints instead of {metrics * minutes}")
    return statistics.median(timed(lambda: line.call("GetMetricData", document)) for _ in range(runs))


def alarm_milliseconds(server, alarms: int = 5000, runs: int = 5) -> tuple[float, float]:
    """An advance by one minute that judges five thousand alarms: when none changes, and when all do."""
    line = Line(server.port)
    for number in range(alarms):
        line.call("PutMetricAlarm", {
            "AlarmName": f"a{number:05}", "Namespace": NAMESPACE, "MetricName": "m", "Statistic": "Average", "Period": 60,
            "Dimensions": [{"Name": "i", "Value": str(number)}], "EvaluationPeriods": 1, "Threshold": 10,
            "ComparisonOperator": "GreaterThanThreshold"})

    def advance(value: float) -> float:
        for first in range(0, alarms, 1000):
            line.call("PutMetricData", {"Namespace": NAMESPACE, "MetricData": [
                {"MetricName": "m", "Value": value, "Dimensions": [{"Name": "i", "Value": str(number)}]}
                for number in range(first, min(first + 1000, alarms))]})
        time.sleep(0.8)  # the flush of what was just put is not an alarm's work
        return timed(lambda: server.clock.advance(60))

    advance(1)
    still = statistics.median(advance(1) for _ in range(runs))
    return still, statistics.median(advance(20 if run % 2 == 0 else 1) for run in range(runs))


def timed(work) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000
