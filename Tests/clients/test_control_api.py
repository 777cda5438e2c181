"""The control API other tools rely on: DESIGN §5, call by call."""
from __future__ import annotations

import http.client
import json
import time

import pytest

from conftest import client
from hosting import ENDPOINT, canary, make_config, make_endpoint, make_model, refused, stage, variant, watch
from machine import is_quick


def test_health(server):
    answer = server.control("GET", "health")
    assert answer["status"] == "ok" and answer["version"]


@pytest.mark.parametrize("path", ["/_coldframe/reset", "/moto-api/reset"])
def test_reset_forgets_everything(server, sagemaker, s3, cloudwatch, iam, clock, path):
    make_config(sagemaker, "blue")
    make_endpoint(sagemaker, clock, "blue")
    s3.create_bucket(Bucket="seeds")
    s3.put_object(Bucket="seeds", Key="k", Body=b"x" * 100_000)
    cloudwatch.put_metric_data(Namespace="N", MetricData=[{"MetricName": "m", "Value": 1}])
    cloudwatch.put_metric_alarm(AlarmName="a", Namespace="N", MetricName="m", Statistic="Sum", Period=60,
                                EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold")
    iam.create_user(UserName="u")
    server.control("PUT", "behaviors/b", {"match": {"modelName": "*"}, "respond": {"status": 500, "body": ""}})
    server.control("PUT", f"traffic/{ENDPOINT}", {"requestsPerSecond": 5, "body": "1", "contentType": "text/csv"})
    sagemaker.delete_endpoint(EndpointName=ENDPOINT)
    assert server.request("POST", path).status in (200, 204)

    assert sagemaker.list_endpoints()["Endpoints"] == []
    assert sagemaker.list_endpoint_configs()["EndpointConfigs"] == []
    assert sagemaker.list_models()["Models"] == []
    assert s3.list_buckets()["Buckets"] == []
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []
    assert cloudwatch.list_metrics()["Metrics"] == []
    assert server.control("GET", "events") == {"events": []}
    with refused("NoSuchEntity"):
        iam.get_user(UserName="u")
    make_config(sagemaker, "blue")  # and no timer of the old endpoint touches the new one
    server.clock.manual()
    make_endpoint(sagemaker, clock, "blue")
    clock.advance(60)
    assert sagemaker.describe_endpoint(EndpointName=ENDPOINT)["EndpointStatus"] == "InService"


def test_reset_is_quick(server, sagemaker, s3):
    """Test suites call it between tests. The fastest of five, so that a busy machine does not decide."""
    taken = []
    for _ in range(5):
        make_model(sagemaker, "m")
        s3.create_bucket(Bucket="seeds")
        s3.put_object(Bucket="seeds", Key="k", Body=b"x" * 100_000)
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.connect()
        began = time.perf_counter()
        connection.request("POST", "/_coldframe/reset")
        assert connection.getresponse().read() is not None
        taken.append(time.perf_counter() - began)
        connection.close()
    assert is_quick(min(taken), 0.010), taken


# The clock.

def test_the_clock_stands_still_until_advanced(server, clock):
    before = clock.seconds()
    assert clock.read()["mode"] == "manual"
    assert clock.seconds() == before
    answer = clock.advance(90)
    assert clock.seconds() == pytest.approx(before + 90, abs=0.001)
    assert isinstance(answer["events"], int)


def test_a_clock_that_follows(server, clock):
    clock.follow(3600)
    state = clock.read()
    assert (state["mode"], state["scale"]) == ("follow", 3600)
    began, simulated = time.perf_counter(), clock.seconds()
    while clock.seconds() < simulated + 60:
        assert time.perf_counter() - began < 5
    clock.manual()
    assert clock.read()["mode"] == "manual"


def test_advance_until_idle_stops_when_nothing_is_due(server, sagemaker, clock):
    make_config(sagemaker, "blue")
    make_config(sagemaker, "green")
    make_endpoint(sagemaker, clock, "blue")
    sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="green", DeploymentConfig=canary())
    before = clock.seconds()
    assert clock.advance_until_idle()["events"] > 0
    assert sagemaker.describe_endpoint(EndpointName=ENDPOINT)["EndpointConfigName"] == "green"
    assert 420 <= clock.seconds() - before <= 600
    sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="blue", DeploymentConfig=canary())
    clock.advance_until_idle(max_seconds=100)
    assert stage(sagemaker.describe_endpoint(EndpointName=ENDPOINT))[4] == "1/3"


@pytest.mark.parametrize("document", [
    {"seconds": -1}, {"seconds": "ten"}, {"seconds": 1e300}, {"until": "never"}, {}, [], {"seconds": None},
])
def test_advances_that_make_no_sense(server, clock, document):
    before = clock.seconds()
    answer = server.request("POST", "/_coldframe/clock/advance", json.dumps(document),
                            {"Content-Type": "application/json"})
    assert answer.status == 400 and answer.json()
    assert clock.seconds() == before


@pytest.mark.parametrize("document", [
    {"mode": "sideways"}, {"mode": "follow", "scale": 0}, {"mode": "follow", "scale": -3}, {"scale": "fast"}, [],
])
def test_clocks_that_make_no_sense(server, clock, document):
    answer = server.request("POST", "/_coldframe/clock", json.dumps(document), {"Content-Type": "application/json"})
    assert answer.status == 400
    assert clock.read()["mode"] == "manual"


def test_no_client_sees_the_future(server, sagemaker, clock):
    """Advancing makes the past older: what was made just now was made two hours ago, and nothing lies ahead."""
    make_model(sagemaker, "m")
    first = sagemaker.describe_model(ModelName="m")["CreationTime"].timestamp()
    clock.advance(7200)
    second = sagemaker.describe_model(ModelName="m")["CreationTime"].timestamp()
    assert first - second == pytest.approx(7200, abs=2)
    make_model(sagemaker, "n")
    assert sagemaker.describe_model(ModelName="n")["CreationTime"].timestamp() == pytest.approx(time.time(), abs=5)


# Behaviours and traffic.

def test_behaviors_are_kept_by_name(server):
    behavior = {"match": {"modelName": "a*", "image": "*:1.2-1"},
                "respond": {"status": 200, "body": "x", "contentType": "text/plain",
                            "latencyMilliseconds": {"p50": 5, "p99": 20}, "errorRate": 0.5}}
    server.control("PUT", "behaviors/mine", behavior)
    assert behavior.items() <= server.control("GET", "behaviors/mine").items()
    server.control("DELETE", "behaviors/mine")
    assert server.request("GET", "/_coldframe/behaviors/mine").status == 404


@pytest.mark.parametrize("document", [
    {"respond": {"status": 99}}, {"respond": {"status": "ok"}}, {"match": {"colour": "blue"}}, [], "x",
    {"respond": {"errorRate": 2}}, {"respond": {"latencyMilliseconds": {"p50": -1, "p99": 2}}},
    {}, {"match": {"image": "*"}},
])
def test_behaviors_that_make_no_sense(server, document):
    answer = server.request("PUT", "/_coldframe/behaviors/b", json.dumps(document), {"Content-Type": "application/json"})
    assert answer.status == 400, answer.text
    assert server.request("GET", "/_coldframe/behaviors/b").status == 404


def test_the_latest_match_wins(server, sagemaker, runtime, clock):
    make_config(sagemaker, "blue")
    make_endpoint(sagemaker, clock, "blue")
    for name, pattern in (("wide", "*"), ("narrow", "blue-*"), ("elsewhere", "green-*")):
        server.control("PUT", f"behaviors/{name}", {
            "match": {"modelName": pattern}, "respond": {"status": 200, "body": name, "contentType": "text/plain"}})
    assert runtime.invoke_endpoint(EndpointName=ENDPOINT, Body=b"")["Body"].read() == b"narrow"


def test_an_error_rate_is_a_share_of_the_calls(server, sagemaker, runtime, clock):
    make_model(sagemaker, "m")
    make_config(sagemaker, "blue", variant("m", count=1))
    make_endpoint(sagemaker, clock, "blue")
    server.control("PUT", "behaviors/flaky", {
        "match": {"modelName": "m"}, "respond": {"status": 500, "body": "no", "errorRate": 0.25}})
    failed = 0
    for _ in range(200):
        answer = server.request("POST", f"/endpoints/{ENDPOINT}/invocations", b"1")
        failed += answer.status == 424
    assert 25 <= failed <= 80


def test_traffic_needs_an_endpoint(server):
    answer = server.request("PUT", "/_coldframe/traffic/none",
                            json.dumps({"requestsPerSecond": 1, "body": "", "contentType": "text/csv"}))
    assert answer.status == 404
    assert server.request("DELETE", "/_coldframe/traffic/none").status == 404


# Events.

def test_events_tell_the_rollout(server, sagemaker, clock):
    make_config(sagemaker, "blue")
    make_config(sagemaker, "green")
    make_endpoint(sagemaker, clock, "blue")
    sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="green", DeploymentConfig=canary())
    watch(sagemaker, clock)
    events = server.control("GET", f"events?endpoint={ENDPOINT}")["events"]
    assert {event["source"] for event in events} == {"aws.sagemaker"}
    assert {event["detail-type"] for event in events} == {
        "SageMaker Endpoint State Change", "SageMaker Endpoint Deployment State Change"}
    states = [event["detail"]["EndpointStatus"] for event in events
              if event["detail-type"] == "SageMaker Endpoint State Change"]
    assert [now for before, now in zip([None, *states], states) if now != before] == [
        "CREATING", "IN_SERVICE", "UPDATING", "IN_SERVICE"]
    last = events[-1]["detail"]
    assert (last["EndpointName"], last["EndpointConfigName"]) == (ENDPOINT, "green")
    assert last["LastModifiedTime"] > 1_600_000_000_000
    assert server.control("GET", "events?endpoint=other") == {"events": []}


def test_the_event_stream(server, sagemaker, clock):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", "/_coldframe/events/stream")
    response = connection.getresponse()
    assert response.headers["Content-Type"].startswith("text/event-stream")
    make_config(sagemaker, "blue")
    make_endpoint(sagemaker, clock, "blue")
    found = []
    while not any(event["detail"]["EndpointStatus"] == "IN_SERVICE" for event in found):
        line = response.readline().decode()
        assert line, "the stream ended"
        if line.startswith("data:"):
            found.append(json.loads(line.removeprefix("data:")))
    assert found[0]["detail"]["EndpointName"] == ENDPOINT
    connection.close()
    assert server.is_healthy()


# Coverage, snapshots, who may call.

def test_coverage_names_every_operation(server):
    coverage = server.control("GET", "coverage")
    operations = {(row["service"], row["operation"]): row for row in coverage["operations"]}
    assert operations["sagemaker", "UpdateEndpoint"]["coverage"] in ("full", "partial")
    assert operations["sagemaker", "CreateTrainingJob"]["coverage"] == "none"
    assert operations["sts", "GetCallerIdentity"]["coverage"] == "full"
    assert all(row["missing"] for row in operations.values() if row["coverage"] == "partial")
    for service, counts in coverage["services"].items():
        rows = [row["coverage"] for (name, _), row in operations.items() if name == service]
        assert counts == {kind: rows.count(kind) for kind in ("full", "partial", "none")}
    assert sum(coverage["services"]["sagemaker"].values()) > 390


def test_a_snapshot_brings_everything_back(server, sagemaker, s3, cloudwatch, runtime, clock, rows):
    make_config(sagemaker, "blue")
    make_endpoint(sagemaker, clock, "blue")
    s3.create_bucket(Bucket="seeds")
    s3.put_object(Bucket="seeds", Key="k", Body=b"seed" * 50_000)
    cloudwatch.put_metric_data(Namespace="N", MetricData=[{"MetricName": "m", "Value": 1}])
    exported = server.request("POST", "/_coldframe/state/export")
    assert exported.status == 200 and exported.body
    server.reset()
    assert sagemaker.list_endpoints()["Endpoints"] == []
    imported = server.request("POST", "/_coldframe/state/import", exported.body,
                              {"Content-Type": exported.headers["Content-Type"]})
    assert imported.status in (200, 204), imported.text
    assert sagemaker.describe_endpoint(EndpointName=ENDPOINT)["EndpointStatus"] == "InService"
    assert s3.get_object(Bucket="seeds", Key="k")["Body"].read() == b"seed" * 50_000
    assert len(cloudwatch.list_metrics(Namespace="N")["Metrics"]) == 1
    assert runtime.invoke_endpoint(EndpointName=ENDPOINT, ContentType="text/csv", Body=rows[0])["Body"].read()


@pytest.mark.parametrize("body", [b"", b"not a snapshot", b"{}", b"\x00" * 1000, b"SQLite format 3\x00" + b"\xff" * 500])
def test_a_broken_snapshot_changes_nothing(server, sagemaker, body):
    make_model(sagemaker, "m")
    assert server.request("POST", "/_coldframe/state/import", body).status == 400
    assert [model["ModelName"] for model in sagemaker.list_models()["Models"]] == ["m"]


@pytest.mark.parametrize("headers, allowed", [
    ({"Host": "localhost:4566"}, True),
    ({"Host": "127.0.0.1:9"}, True),
    ({"Host": "[::1]:4566"}, True),
    ({"Host": "evil.example"}, False),
    ({"Host": "localhost.evil.example"}, False),
    ({"Host": "127.0.0.1.evil.example:4566"}, False),
    ({"Origin": "https://evil.example"}, False),
    ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, False),
    ({"Sec-Fetch-Site": "cross-site"}, False),
])
def test_only_local_pages_may_call(server, sagemaker, headers, allowed):
    make_model(sagemaker, "m")
    answer = server.request("POST", "/_coldframe/reset", headers=headers)
    assert (answer.status in (200, 204)) == allowed, answer.status
    if not allowed:
        assert answer.status == 403
    assert bool(sagemaker.list_models()["Models"]) == (not allowed)


def test_a_path_that_is_not_there(server):
    for method, path in (("GET", "/_coldframe/none"), ("GET", "/_coldframe/"), ("DELETE", "/_coldframe/reset")):
        assert server.request(method, path).status in (404, 405)


def test_reset_forgets_images_and_layers(server):
    ecr = client("ecr")
    ecr.create_repository(repositoryName="seeds")
    upload = ecr.initiate_layer_upload(repositoryName="seeds")["uploadId"]
    server.request("POST", "/_coldframe/reset")
    assert ecr.describe_repositories()["repositories"] == []
    ecr.create_repository(repositoryName="seeds")
    with refused("UploadNotFoundException"):
        ecr.complete_layer_upload(repositoryName="seeds", uploadId=upload, layerDigests=["sha256:" + "0" * 64])
