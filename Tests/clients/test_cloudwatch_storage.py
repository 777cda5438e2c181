"""A million datapoints: they survive a kill, and what is old does not fill the disk."""
from __future__ import annotations

import http.client
import sqlite3
import time
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from conftest import client
from machine import is_quick

SERIES = 1000
MINUTES = 1000
TARGET = "GraniteServiceVersion20100801"
FLUSH_WITHIN_SECONDS = 1.0


class Line:
    """One connection that speaks JSON with as little work as possible."""

    def __init__(self, port: int):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def call(self, operation: str, body: str) -> bytes:
        self.connection.request("POST", "/", body, {
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"{TARGET}.{operation}",
            "Authorization": "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/monitoring/aws4_request, "
                             "SignedHeaders=host, Signature=0"})
        answer = self.connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        return body


def minute_of_data(minute: datetime, value: int, series: int = SERIES) -> str:
    """PutMetricData with one value for each of a thousand metrics."""
    stamp = int(minute.timestamp())
    data = ",".join(f'{{"MetricName":"m{number}","Timestamp":{stamp},"Value":{value}}}' for number in range(series))
    return f'{{"Namespace":"Million","MetricData":[{data}]}}'


def bytes_on_disk(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file() and "sqlite" in path.name)


def write_datapoints(server) -> None:
    """Whatever was put is written before an advance answers, be it one of no time at all."""
    server.clock.advance(0)


def stored_samples(folder: Path) -> float:
    """How many samples are in the database of a server, as another process sees it."""
    with closing(sqlite3.connect(f"file:{folder / 'coldframe.sqlite'}?mode=ro", uri=True)) as database:
        return database.execute("SELECT total(count) FROM datapoint").fetchone()[0]


@pytest.mark.timeout(600)
def test_a_million_datapoints_survive_a_kill(start_server, tmp_path):
    data = tmp_path / "data"
    server = start_server("--data", str(data), "--clock", "manual", "--log-level", "error")
    line = Line(server.port)
    newest = datetime.now(timezone.utc).replace(second=0, microsecond=0)
    for ago in range(MINUTES - 1, -1, -1):
        line.call("PutMetricData", minute_of_data(newest - timedelta(minutes=ago), ago + 1))
    write_datapoints(server)
    line.call("PutMetricData", minute_of_data(newest, 1))  # a second sample of the newest minute, right before the end
    write_datapoints(server)
    server.kill()
    stored = bytes_on_disk(data)
    assert stored < 120 * SERIES * MINUTES  # some hundred bytes a row at the most, the write-ahead log included

    server.start()
    cloudwatch = client("cloudwatch", endpoint_url=server.url)
    found = cloudwatch.get_metric_data(
        MetricDataQueries=[{"Id": f"q{number}", "MetricStat": {
            "Metric": {"Namespace": "Million", "MetricName": f"m{number}"}, "Period": 60, "Stat": "Sum"}}
            for number in range(0, SERIES, 20)],
        StartTime=newest - timedelta(minutes=MINUTES), EndTime=newest + timedelta(minutes=1), ScanBy="TimestampDescending")
    for series in found["MetricDataResults"]:
        assert series["Values"] == [2] + list(range(2, MINUTES + 1))
    pages = cloudwatch.get_paginator("list_metrics").paginate(Namespace="Million")
    assert sum(len(page["Metrics"]) for page in pages) == SERIES

    # After fifteen days minutes become five minutes, after fifteen months nothing is left; the file does not grow.
    for _ in range(16):  # a day at a time: a slow machine may need more for all than a call is waited for
        server.clock.advance(86_400)
    after = bytes_on_disk(data)
    assert after <= stored + (8 << 20)
    line = Line(server.port)
    for round in range(3):
        for ago in range(20):
            line.call("PutMetricData", minute_of_data(datetime.now(timezone.utc) - timedelta(minutes=ago), round))
        write_datapoints(server)
    assert bytes_on_disk(data) <= after + (8 << 20)


def test_the_flush_is_at_most_a_second_away(start_server, tmp_path):
    """The fastest of five, so that a busy machine does not decide; each of them is there after a kill."""
    data = tmp_path / "data"
    server = start_server("--data", str(data), "--clock", "manual")
    cloudwatch = client("cloudwatch", endpoint_url=server.url)
    start = datetime.now(timezone.utc).replace(second=0, microsecond=0)
    taken = []
    for number in range(5):
        cloudwatch.put_metric_data(
            Namespace="Kill", MetricData=[{"MetricName": "m", "Value": number, "Timestamp": start}])
        began = time.perf_counter()
        while stored_samples(data) <= number:
            assert time.perf_counter() - began < 30, f"{stored_samples(data)} of {number + 1} samples are written"
            time.sleep(0.02)  # nothing but the server's own timer writes them
        taken.append(time.perf_counter() - began)
        server.kill()
        server.start()
        points = cloudwatch.get_metric_statistics(
            Namespace="Kill", MetricName="m", StartTime=start, EndTime=start + timedelta(minutes=1), Period=60,
            Statistics=["SampleCount", "Maximum"])["Datapoints"]
        assert [(point["SampleCount"], point["Maximum"]) for point in points] == [(number + 1, number)]
    assert is_quick(min(taken), FLUSH_WITHIN_SECONDS), taken
