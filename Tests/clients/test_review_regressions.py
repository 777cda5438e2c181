"""What a review found wrong once, seen from a client: each must stay mended."""
from __future__ import annotations

import http.client
import json
import math
import signal
import threading
import time
from datetime import datetime, timezone
from pathlib import Path

import pytest

from conftest import client
from hosting import (
    ENDPOINT, ENDPOINT_ARN, canary, invocations, make_config, make_endpoint, points, refused, settle, variant,
)

RESPOND = {"match": {"modelName": "*"}}
DAY = 86_400.0


def behave(server, **respond) -> None:
    server.control("PUT", "behaviors/scripted", {**RESPOND, "respond": respond})


def send_traffic(server, rate: float, seed: int = 7, endpoint: str = ENDPOINT) -> None:
    server.control("PUT", f"traffic/{endpoint}", {"requestsPerSecond": rate, "seed": seed})


def to_next_minute(clock) -> None:
    now = clock.seconds()
    clock.advance(round(math.ceil(now / 60) * 60 - now, 3))


@pytest.fixture
def served(server, sagemaker, clock):
    """An endpoint of three instances, in service."""
    make_config(sagemaker, "blue")
    make_endpoint(sagemaker, clock, "blue")
    return server


class Advance:
    """An advance that runs while the test goes on; `end` answers what the server said."""

    def __init__(self, server, seconds: float):
        self.answer = None

        def run() -> None:
            self.answer = server.request("POST", "/_coldframe/clock/advance", json.dumps({"seconds": seconds}),
                                         timeout=30)

        before = server.clock.seconds()
        self.thread = threading.Thread(target=run)
        self.thread.start()
        began = time.perf_counter()
        while server.clock.seconds() == before:  # it is on its way
            assert self.thread.is_alive() and time.perf_counter() - began < 10

    def end(self):
        self.thread.join(timeout=30)
        assert not self.thread.is_alive()
        return self.answer


def test_a_reset_ends_a_running_advance(served, clock):
    send_traffic(served, 500)
    clock.advance(3600)
    advance = Advance(served, 30 * DAY)
    served.reset()
    answer = advance.end()
    assert answer.status == 409 and answer.json()["error"]
    assert abs(clock.seconds() - time.time()) < 10
    assert clock.read()["shownBehindSeconds"] == 0
    before = clock.seconds()
    clock.advance(60)
    assert clock.seconds() == pytest.approx(before + 60, abs=5)


def test_traffic_is_told_while_a_gap_is_filled(served):
    send_traffic(served, 10_000)
    advance = Advance(served, 2 * DAY)
    taken = []
    for _ in range(10):
        began = time.perf_counter()
        assert served.control("GET", f"traffic/{ENDPOINT}")["requestsPerSecond"] == 10_000
        taken.append(time.perf_counter() - began)
    assert max(taken) < 1, taken
    served.reset()
    assert advance.end().status == 409


@pytest.mark.parametrize("scale, allowed", [
    (0.001, True), (1, True), (1_000_000, True), (0.000999, False), (1e-300, False), (0, False), (-1, False),
    (1_000_000.5, False), (1e300, False),
])
def test_scales_have_bounds(server, clock, scale, allowed):
    answer = server.request("POST", "/_coldframe/clock", json.dumps({"scale": scale}))
    assert answer.status == (200 if allowed else 400), answer.text
    if not allowed:
        assert "scale" in answer.json()["error"]
        assert clock.read()["scale"] != scale
    clock.follow(1)
    clock.manual()


@pytest.mark.parametrize("scale", ["0.0001", "2000000", "0", "-1", "nan"])
def test_a_scale_out_of_bounds_starts_no_server(start_server, scale):
    with pytest.raises(RuntimeError, match="coldframe ended"):
        start_server("--ephemeral", f"--time-scale={scale}")


@pytest.mark.parametrize("latency", [1, 59_000, 3_600_000, 1e9])
def test_the_slowest_clock_bears_any_latency(served, clock, latency):
    """The wait is a thousand times the latency: nobody waits for the answer, but the server must live."""
    document = {**RESPOND, "respond": {"latencyMilliseconds": {"p50": latency, "p99": latency}}}
    answer = served.request("PUT", "/_coldframe/behaviors/slow", json.dumps(document))
    assert answer.status in (200, 201, 204, 400), answer.text
    clock.follow(0.001)
    if answer.status != 400:
        with pytest.raises(TimeoutError):
            served.request("POST", f"/endpoints/{ENDPOINT}/invocations", b"1", timeout=0.3)
    assert served.is_healthy()
    clock.follow(1)
    clock.manual()


@pytest.mark.parametrize("status, client_errors, server_errors", [
    (301, 0, 0), (304, 0, 0), (302, 0, 0), (404, 1, 0), (500, 0, 1), (503, 0, 1),
])
def test_every_answer_but_success_is_a_model_error(served, runtime, clock, status, client_errors, server_errors):
    to_next_minute(clock)
    behave(served, status=status, body="elsewhere")
    with refused("ModelError", status=424) as caught:
        runtime.invoke_endpoint(EndpointName=ENDPOINT, Body=b"1")
    assert caught.value.response["OriginalStatusCode"] == status
    assert caught.value.response["OriginalMessage"] == "elsewhere"
    served.control("DELETE", "behaviors/scripted")
    runtime.invoke_endpoint(EndpointName=ENDPOINT, Body=b"1")
    clock.advance(60)
    counted = {metric: sum(value for _, value in points(metric, "Sum"))
               for metric in ("Invocations", "InvocationModelErrors", "Invocation4XXErrors", "Invocation5XXErrors")}
    assert counted == {"Invocations": 2, "InvocationModelErrors": 1, "Invocation4XXErrors": client_errors,
                       "Invocation5XXErrors": server_errors}
    assert [value for _, value in points("InvocationModelErrors", "Average")] == [0.5]


# Events.

def instants(value, path: str = "") -> list[tuple[str, float]]:
    """Every instant in an event, in seconds since 1970, with where it stands."""
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in instants(inner, f"{path}.{key}")]
    if isinstance(value, list):
        return [found for inner in value for found in instants(inner, path)]
    if not path.lower().endswith("time") or value is None:
        return []
    if isinstance(value, str):
        return [(path, datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp())]
    return [(path, value / 1000 if value > 1e11 else value)]


def test_no_event_tells_the_future(served, sagemaker, clock):
    clock.advance(3 * 3600 + 17)
    make_config(sagemaker, "green")
    sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="green", DeploymentConfig=canary())
    settle(sagemaker, clock)
    clock.advance(2 * DAY)
    events = served.control("GET", f"events?endpoint={ENDPOINT}")["events"]
    found = [instant for event in events for instant in instants(event)]
    names = {path.rsplit(".", 1)[1] for path, _ in found}
    assert {"time", "CreationTime", "LastModifiedTime", "StartTime"} <= names, names
    late = [(path, seconds) for path, seconds in found if seconds > time.time() + 1]
    assert late == []
    # And none further back than the simulated past itself: shifted once, not twice.
    assert min(seconds for _, seconds in found) > time.time() - 3 * DAY


def test_an_event_and_a_description_show_the_same_instants(served, sagemaker, clock):
    clock.advance(7200)
    described = sagemaker.describe_endpoint(EndpointName=ENDPOINT)
    detail = served.control("GET", f"events?endpoint={ENDPOINT}")["events"][-1]["detail"]
    for member in ("CreationTime", "LastModifiedTime"):
        assert detail[member] / 1000 == pytest.approx(described[member].timestamp(), abs=0.002)


# Access.

def test_a_get_resets_nothing(served, sagemaker):
    for path in ("/moto-api/reset", "/_coldframe/reset"):
        answer = served.request("GET", path)
        assert answer.status == 405, path
    assert len(sagemaker.list_endpoints()["Endpoints"]) == 1
    assert served.request("POST", "/moto-api/reset").status in (200, 204)
    assert sagemaker.list_endpoints()["Endpoints"] == []


@pytest.mark.parametrize("path", ["/_coldframe/reset", "/moto-api/reset"])
@pytest.mark.parametrize("origin", ["null", "NULL", "", "file://", "https://localhost.evil.example", "http://evil"])
def test_pages_without_a_site_of_ours_are_refused(served, sagemaker, path, origin):
    assert served.request("POST", path, headers={"Origin": origin}).status == 403
    assert len(sagemaker.list_endpoints()["Endpoints"]) == 1


def test_a_page_of_our_own_is_not(served, sagemaker):
    assert served.request("POST", "/_coldframe/reset", headers={"Origin": served.url}).status in (200, 204)
    assert sagemaker.list_endpoints()["Endpoints"] == []


# What ends with an endpoint, and what does not.

def test_traffic_ends_with_its_endpoint(served, sagemaker, clock):
    send_traffic(served, 10)
    clock.advance(60)
    assert invocations() > 0
    sagemaker.delete_endpoint(EndpointName=ENDPOINT)
    clock.advance(120)
    assert served.request("GET", f"/_coldframe/traffic/{ENDPOINT}").status == 404
    assert served.request("DELETE", f"/_coldframe/traffic/{ENDPOINT}").status == 404
    before = invocations()
    make_endpoint(sagemaker, clock, "blue")
    clock.advance(300)
    assert invocations() == before
    assert served.request("GET", f"/_coldframe/traffic/{ENDPOINT}").status == 404


@pytest.mark.parametrize("arn", [
    ENDPOINT_ARN.replace("endpoint/churn", "endpoint/CHURN"),
    ENDPOINT_ARN.replace("123456789012", "210987654321"),
    ENDPOINT_ARN.replace("us-east-1", "eu-west-1"),
    ENDPOINT_ARN.replace("/churn", "/churn/more"),
])
def test_tags_go_to_the_endpoint_that_is_named(served, sagemaker, arn):
    with refused("ValidationException", status=400):
        sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "k", "Value": "v"}])
    with refused("ValidationException", status=400):
        sagemaker.list_tags(ResourceArn=arn)
    assert sagemaker.list_tags(ResourceArn=ENDPOINT_ARN)["Tags"] == []


def test_an_endpoint_without_instances(served, sagemaker, runtime, clock):
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=ENDPOINT, DesiredWeightsAndCapacities=[{"VariantName": "AllTraffic", "DesiredInstanceCount": 0}])
    described = settle(sagemaker, clock)
    assert described["EndpointStatus"] == "InService"
    assert described["ProductionVariants"][0]["CurrentInstanceCount"] == 0
    with refused("ServiceUnavailable", status=503):
        runtime.invoke_endpoint(EndpointName=ENDPOINT, Body=b"1")
    to_next_minute(clock)
    since = datetime.fromtimestamp(clock.seconds() - clock.read()["shownBehindSeconds"], timezone.utc)
    clock.advance(240)
    lead = since.timestamp() - 240  # shown earlier by what was advanced meanwhile
    zeros = [value for instant, value in points("Invocations", "Sum") if instant.timestamp() >= lead - 1]
    assert zeros == [0, 0, 0, 0]
    assert points("ModelLatency", "SampleCount") == []
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=ENDPOINT, DesiredWeightsAndCapacities=[{"VariantName": "AllTraffic", "DesiredInstanceCount": 1}])
    settle(sagemaker, clock)
    assert runtime.invoke_endpoint(EndpointName=ENDPOINT, Body=b"1,2")["Body"].read()


# Members without effect are refused by name, and nothing is kept of the call.

CONFIGS = [
    ("ShapBaselineUri", {"ExplainerConfig": {"ClarifyExplainerConfig": {
        "ShapConfig": {"ShapBaselineConfig": {"ShapBaselineUri": "s3://b/baseline.csv"}}}}}),
]


def raw_call(server, operation: str, document) -> tuple[int, dict]:
    """Past the SDK: its model is older than some members."""
    answer = server.request("POST", "/", json.dumps(document), {
        "X-Amz-Target": f"SageMaker.{operation}", "Content-Type": "application/x-amz-json-1.1"})
    return answer.status, answer.json()


@pytest.mark.parametrize("member, extra", CONFIGS)
def test_configuration_members_that_are_not_emulated(served, sagemaker, member, extra):
    status, error = raw_call(served, "CreateEndpointConfig", {
        "EndpointConfigName": "refused", "ProductionVariants": [variant("blue-model")], **extra})
    assert (status, error["__type"].split("#")[-1]) == (501, "NotImplementedException"), error
    assert member in error["message"]
    assert [c["EndpointConfigName"] for c in sagemaker.list_endpoint_configs()["EndpointConfigs"]] == ["blue"]


@pytest.mark.parametrize("member, document", [
    ("ModelPackageName", {"PrimaryContainer": {"ModelPackageName": "p"}}),
])
def test_model_members_that_are_not_emulated(served, sagemaker, member, document):
    status, error = raw_call(served, "CreateModel", {
        "ModelName": "refused", "ExecutionRoleArn": "arn:aws:iam::123456789012:role/r", **document})
    assert (status, error["__type"].split("#")[-1]) == (501, "NotImplementedException"), error
    assert member in error["message"]
    assert [model["ModelName"] for model in sagemaker.list_models()["Models"]] == ["blue-model"]


@pytest.mark.parametrize("extra", [
    {"DataCaptureConfig": {"EnableCapture": False, "InitialSamplingPercentage": 50, "DestinationS3Uri": "s3://b/p",
                           "CaptureOptions": [{"CaptureMode": "Input"}]}},
    {"MetricsConfig": {"MetricPublishFrequencyInSeconds": 60, "EnableEnhancedMetrics": False}},
    {"MetricsConfig": {"MetricPublishFrequencyInSeconds": 10, "EnableEnhancedMetrics": True}},
])
def test_members_of_a_configuration_are_kept(served, extra):
    status, answer = raw_call(served, "CreateEndpointConfig", {
        "EndpointConfigName": "kept", "ProductionVariants": [variant("blue-model")], **extra})
    assert status == 200, answer
    status, described = raw_call(served, "DescribeEndpointConfig", {"EndpointConfigName": "kept"})
    assert extra.items() <= described.items()


@pytest.mark.parametrize("extra", [
    {"AcceleratorType": "ml.eia2.medium"}, {"CoreDumpConfig": {"DestinationS3Uri": "s3://b/p"}},
    {"CapacityReservationConfig": {"CapacityReservationPreference": "capacity-reservations-only"}},
])
def test_members_of_a_variant_are_kept(served, extra):
    status, answer = raw_call(served, "CreateEndpointConfig", {
        "EndpointConfigName": "kept", "ProductionVariants": [{**variant("blue-model"), **extra}]})
    assert status == 200, answer
    status, described = raw_call(served, "DescribeEndpointConfig", {"EndpointConfigName": "kept"})
    assert extra.items() <= described["ProductionVariants"][0].items()


def test_a_publish_frequency_that_cannot_be(served):
    status, error = raw_call(served, "CreateEndpointConfig", {
        "EndpointConfigName": "refused", "ProductionVariants": [variant("blue-model")],
        "MetricsConfig": {"MetricPublishFrequencyInSeconds": 45}})
    assert (status, error["__type"].split("#")[-1]) == (400, "ValidationException"), error


# Processes.

def minds_sigterm(pid: int) -> bool:
    """Whether the process has taken SIGTERM over: Linux tells in three masks."""
    status = Path(f"/proc/{pid}/status").read_text()
    masks = [line.split()[1] for line in status.splitlines() if line.startswith(("SigBlk", "SigIgn", "SigCgt"))]
    return any(int(mask, 16) >> (signal.SIGTERM - 1) & 1 for mask in masks)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_sigterm_ends_an_open_event_stream(start_server):
    server = start_server("--ephemeral")
    began = time.perf_counter()
    while not minds_sigterm(server.process.pid):
        assert time.perf_counter() - began < 10
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", "/_coldframe/events/stream")
    response = connection.getresponse()
    assert response.readline().startswith(b":")
    sagemaker = client("sagemaker")
    make_config(sagemaker, "blue")
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="blue")
    while not response.readline().startswith(b"data:"):  # the stream is alive
        pass
    began = time.perf_counter()
    assert server.stop() == 0
    assert time.perf_counter() - began < 2.5
    connection.close()


def errors_by_minute(start_server, folder, kills: set[int], minutes: int = 6) -> list[float]:
    """The Sum of server errors of each minute of traffic that fails by chance; the power fails after some minutes."""
    server = start_server("--data", str(folder), "--clock", "manual", "--seed", "3")
    clock, sagemaker = server.clock, client("sagemaker")
    make_config(sagemaker, "blue")
    behave(server, status=500, body="", errorRate=0.3)
    make_endpoint(sagemaker, clock, "blue")
    to_next_minute(clock)
    send_traffic(server, 4)
    for minute in range(1, minutes + 1):
        clock.advance(60)
        if minute in kills:
            # Datapoints are written within half a second; an export writes them at once.
            assert server.request("POST", "/_coldframe/state/export").status == 200
            server.kill()
            server.start()
    return [value for _, value in points("Invocation5XXErrors", "Sum")][:minutes]


@pytest.mark.timeout(120)
def test_traffic_goes_on_with_the_same_draws_after_a_restart(start_server, tmp_path):
    whole = errors_by_minute(start_server, tmp_path / "whole", set())
    assert len(whole) == 6 and len(set(whole)) > 1
    assert 0.15 < sum(whole) / (6 * 240) < 0.45
    for number, kills in enumerate(({3}, {1, 2, 5})):
        assert errors_by_minute(start_server, tmp_path / f"cut{number}", kills) == whole, kills
