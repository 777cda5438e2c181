"""InvokeEndpoint: answers, errors of models and of requests, scripted behaviours, and what each call books."""
from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from hosting import ENDPOINT, invocations, make_config, make_endpoint, make_model, points, refused, variant


@pytest.fixture
def endpoint(server, sagemaker, clock):
    make_model(sagemaker, "one")
    make_model(sagemaker, "two")
    make_config(sagemaker, "split", variant("one", "A", count=1), variant("two", "B", count=1, weight=0))
    make_endpoint(sagemaker, clock, "split")
    return ENDPOINT


def behave(server, name: str = "scripted", **behavior) -> None:
    server.control("PUT", f"behaviors/{name}", behavior)


def test_an_answer_and_who_gave_it(endpoint, runtime, rows):
    answer = runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body=rows[0])
    assert answer["InvokedProductionVariant"] == "A"
    assert 0 <= float(answer["Body"].read()) <= 1
    again = runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body=rows[0])
    first = runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body=rows[0])
    assert again["Body"].read() == first["Body"].read()


def test_target_variant_overrides_weight_zero(endpoint, runtime, rows):
    for _ in range(20):
        answer = runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body=rows[0])
        assert answer["InvokedProductionVariant"] == "A"
    answer = runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body=rows[0], TargetVariant="B")
    assert answer["InvokedProductionVariant"] == "B"


def test_a_scripted_answer(endpoint, server, runtime):
    behave(server, match={"modelName": "on*"},
           respond={"status": 200, "body": "hello", "contentType": "text/x-greeting"})
    answer = runtime.invoke_endpoint(EndpointName=endpoint, Body=b"")
    assert (answer["Body"].read(), answer["ContentType"]) == (b"hello", "text/x-greeting")
    server.control("DELETE", "behaviors/scripted")
    assert runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body=b"1,2")["Body"].read() != b"hello"


@pytest.mark.parametrize("status, code, words", [
    (400, "CLIENT_ERROR_FROM_MODEL", "Received client error (400)"),
    (500, "SERVER_ERROR_FROM_MODEL", "Received server error (500)"),
    (503, "SERVER_ERROR_FROM_MODEL", "Received server error (503)"),
])
def test_a_model_error(endpoint, server, status, code, words):
    behave(server, match={"modelName": "one"}, respond={"status": status, "body": "cannot <load>"})
    answer = server.request("POST", f"/endpoints/{endpoint}/invocations", b"1", {"Content-Type": "text/csv"})
    assert answer.status == 424
    assert answer.headers["x-amzn-ErrorType"].startswith("ModelError")
    document = answer.json()
    assert list(document) == ["ErrorCode", "LogStreamArn", "Message", "OriginalMessage", "OriginalStatusCode"]
    group = f"/aws/sagemaker/Endpoints/{endpoint}"
    assert document == {
        "ErrorCode": code,
        "LogStreamArn": f"arn:aws:logs:us-east-1:123456789012:log-group:{group}",
        "Message": f'{words} from primary with message "cannot <load>". See https://us-east-1.console.aws.amazon.com/'
                   f"cloudwatch/home?region=us-east-1#logEventViewer:group={group} in account 123456789012 "
                   "for more information.",
        "OriginalMessage": "cannot <load>",
        "OriginalStatusCode": status,
    }


def test_no_such_endpoint(server, runtime):
    with refused("ValidationError", "Endpoint none of account 123456789012 not found.", status=400):
        runtime.invoke_endpoint(EndpointName="none", Body=b"")
    answer = server.request("POST", "/endpoints/none/invocations", b"")
    assert answer.json() == {
        "ErrorCode": "NO_SUCH_ENDPOINT", "Message": "Endpoint none of account 123456789012 not found."}
    assert answer.headers["x-amzn-ErrorType"].split(":")[0] == "ValidationError"


def test_not_before_it_is_in_service_and_only_by_its_exact_name(server, sagemaker, runtime, clock):
    make_config(sagemaker, "blue")
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="blue")
    with refused("ValidationError", f"Endpoint {ENDPOINT} of account 123456789012 not found."):
        runtime.invoke_endpoint(EndpointName=ENDPOINT, Body=b"")
    clock.advance_until_idle()
    assert runtime.invoke_endpoint(EndpointName=ENDPOINT, Body=b"1")["Body"].read()
    with refused("ValidationError"):
        runtime.invoke_endpoint(EndpointName=ENDPOINT.upper(), Body=b"")


def test_a_target_model_needs_a_multi_model_endpoint(endpoint, runtime):
    with refused("ValidationError",
                 f"Endpoint {endpoint} is not a multi-model endpoint and does not support target model header."):
        runtime.invoke_endpoint(EndpointName=endpoint, Body=b"", TargetModel="m.tar.gz")


def test_six_megabytes_go_through_and_no_more(endpoint, server, runtime):
    limit = 6 * 1024 * 1024
    assert runtime.invoke_endpoint(EndpointName=endpoint, ContentType="application/octet-stream", Body=b"1" * limit)
    answer = server.request("POST", f"/endpoints/{endpoint}/invocations", b"1" * (limit + 1))
    assert answer.status in (400, 413)
    assert runtime.invoke_endpoint(EndpointName=endpoint, Body=b"1")["Body"].read()


def test_what_each_call_books(endpoint, server, runtime, clock, rows):
    """A success adds 0 to every error metric, so an average is a rate; latency is what the behaviour says."""
    behave(server, match={"modelName": "two"},
           respond={"status": 500, "body": "no", "latencyMilliseconds": {"p50": 150, "p99": 150}})
    clock.advance(60 - clock_second(server))
    for target in "AAAB":
        try:
            runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body=rows[0], TargetVariant=target)
        except ClientError as error:
            assert target == "B", error
    clock.advance(120)

    def value(metric: str, statistic: str, name: str, **more) -> list[float]:
        return [found for _, found in points(metric, statistic, variant=name, **more)]

    assert sum(value("Invocations", "Sum", "A")) == 3
    assert sum(value("Invocations", "Sum", "B")) == 1
    assert value("Invocation5XXErrors", "SampleCount", "A") == [3]
    assert value("Invocation5XXErrors", "Average", "A") == [0]
    assert value("Invocation5XXErrors", "Average", "B") == [1]
    assert value("Invocation4XXErrors", "Average", "B") == [0]
    assert value("InvocationModelErrors", "Sum", "B") == [1]
    assert value("ModelLatency", "Average", "B") == [pytest.approx(150_000, rel=0.02)]
    assert 0 < value("ModelLatency", "Average", "A")[0] < 10_000
    assert value("OverheadLatency", "SampleCount", "A") == [3]
    assert value("Invocations", "Sum", "A", config="split") == [3]
    assert sum(value("InvocationsPerInstance", "Sum", "A")) == 3


def test_an_idle_minute(endpoint, runtime, clock, rows):
    runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body=rows[0])
    clock.advance(300)
    idle = [value for _, value in points("Invocations", "Sum", variant="A")]
    assert sorted(idle, reverse=True)[:2] == [1, 0] and idle.count(0) >= 4
    assert [value for _, value in points("ModelLatency", "SampleCount", variant="A")] == [1]
    assert invocations(variant="A", config="split") == 1
    never = [value for _, value in points("Invocations", "Sum", variant="B")]
    assert never and set(never) == {0}


def clock_second(server) -> float:
    """Seconds since the last full simulated minute."""
    return server.clock.seconds() % 60
