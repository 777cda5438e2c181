"""InvokeEndpointWithResponseStream with boto3: chunk by chunk, and errors in mid-stream."""
from __future__ import annotations

import time

import pytest
from botocore.exceptions import EventStreamError

from conftest import client
from hosting import ENDPOINT, make_config, make_endpoint, refused


@pytest.fixture
def endpoint(server, sagemaker, clock):
    make_config(sagemaker, "blue")
    make_endpoint(sagemaker, clock, "blue")
    return ENDPOINT


def behave(server, **respond) -> None:
    server.control("PUT", "behaviors/stream", {"respond": respond})


def parts(answer) -> list[bytes]:
    return [event["PayloadPart"]["Bytes"] for event in answer["Body"]]


def test_parts_and_headers(endpoint, server, runtime):
    behave(server, contentType="text/event-stream", stream={"chunks": ["one ", "two ", "three"]})
    answer = runtime.invoke_endpoint_with_response_stream(
        EndpointName=endpoint, Body=b"{}", Accept="text/event-stream", CustomAttributes="trace")
    assert answer["ContentType"] == "text/event-stream"
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    assert answer["CustomAttributes"] == "trace"
    assert parts(answer) == [b"one ", b"two ", b"three"]


def test_the_synthetic_model_answers_in_one_part(endpoint, runtime, rows):
    whole = runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body=rows[0])["Body"].read()
    answer = runtime.invoke_endpoint_with_response_stream(EndpointName=endpoint, ContentType="text/csv", Body=rows[0])
    assert parts(answer) == [whole]


@pytest.mark.parametrize("code, shape, words", [
    ("StreamBroken", "ModelStreamError", "the worker died"),
    ("ModelInvocationTimeExceeded", "ModelStreamError", "the worker died"),
    ("InternalStreamFailure", "InternalStreamFailure", "the worker died"),
])
def test_an_error_in_mid_stream(endpoint, server, runtime, code, shape, words):
    behave(server, stream={"chunks": ["a", "b"], "error": {"afterChunks": 1, "code": code, "message": words}})
    answer = runtime.invoke_endpoint_with_response_stream(EndpointName=endpoint, Body=b"")
    received = []
    with pytest.raises(EventStreamError) as caught:
        for event in answer["Body"]:
            received.append(event["PayloadPart"]["Bytes"])
    assert received == [b"a"]
    assert caught.value.response["Error"]["Code"] == shape
    assert words in str(caught.value)


def test_an_error_before_the_stream(endpoint, server, runtime):
    behave(server, status=503, body="busy")
    with refused("ModelError"):
        runtime.invoke_endpoint_with_response_stream(EndpointName=endpoint, Body=b"")
    with refused("ValidationError", "Endpoint none of account 123456789012 not found."):
        runtime.invoke_endpoint_with_response_stream(EndpointName="none", Body=b"")


def test_chunks_arrive_one_by_one(start_server):
    """The one live stream: a chunk is with the client long before the last one is made."""
    running = start_server("--ephemeral")
    sagemaker, runtime = client("sagemaker"), client("sagemaker-runtime")
    make_config(sagemaker, "blue", count=1)
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="blue")
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=ENDPOINT)
    running.control("PUT", "behaviors/stream", {
        "respond": {"stream": {"chunks": ["a", "b", "c", "d"], "delayMilliseconds": 250}}})
    for _ in range(5):  # chunks pile up before a client that is late, so a busy machine gets other tries
        arrivals = []
        for event in runtime.invoke_endpoint_with_response_stream(EndpointName=ENDPOINT, Body=b"")["Body"]:
            arrivals.append((event["PayloadPart"]["Bytes"], time.monotonic()))
        assert [part for part, _ in arrivals] == [b"a", b"b", b"c", b"d"]
        if arrivals[-1][1] - arrivals[0][1] > 0.5:
            return
    pytest.fail("the chunks of three quarters of a second came together, five times")
