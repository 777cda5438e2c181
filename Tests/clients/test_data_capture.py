"""Data capture with boto3: JSON Lines in S3, as Model Monitor reads them."""
from __future__ import annotations

import base64
import json
import re

import pytest

from hosting import ENDPOINT, make_endpoint, make_model, variant

BUCKET = "captured"


def make_captured(sagemaker, clock, AsyncInferenceConfig=None, **options) -> None:
    more = {"AsyncInferenceConfig": AsyncInferenceConfig} if AsyncInferenceConfig else {}
    make_model(sagemaker, "m")
    capture = {
        "EnableCapture": True, "InitialSamplingPercentage": 100, "DestinationS3Uri": f"s3://{BUCKET}/data/",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]}}
    sagemaker.create_endpoint_config(
        EndpointConfigName="captured", ProductionVariants=[variant("m", count=1)],
        DataCaptureConfig={**capture, **options}, **more)
    make_endpoint(sagemaker, clock, "captured")


@pytest.fixture
def bucket(server, s3):
    s3.create_bucket(Bucket=BUCKET)
    return BUCKET


def lines(s3) -> list[dict]:
    found = []
    for entry in s3.list_objects_v2(Bucket=BUCKET, Prefix="data/").get("Contents", []):
        assert re.fullmatch(
            r"data/churn/AllTraffic/\d{4}/\d\d/\d\d/\d\d/\d\d-\d\d-\d{3}-[0-9a-f-]{36}\.jsonl", entry["Key"])
        body = s3.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"].read().decode()
        found += [json.loads(line) for line in body.splitlines()]
    return found


def test_requests_and_answers_are_captured(bucket, sagemaker, runtime, s3, clock, rows):
    make_captured(sagemaker, clock)
    described = sagemaker.describe_endpoint(EndpointName=ENDPOINT)["DataCaptureConfig"]
    assert described == {"EnableCapture": True, "CaptureStatus": "Started", "CurrentSamplingPercentage": 100,
                         "DestinationS3Uri": f"s3://{BUCKET}/data", "KmsKeyId": ""}
    answer = runtime.invoke_endpoint(
        EndpointName=ENDPOINT, ContentType="text/csv", Body=rows[0], InferenceId="one", CustomAttributes="trace")
    said = answer["Body"].read().decode()
    runtime.invoke_endpoint(EndpointName=ENDPOINT, ContentType="application/x-bytes", Body=b"\xff\x00")
    clock.advance(120)
    first, second = lines(s3)
    assert first["captureData"]["endpointInput"] == {
        "observedContentType": "text/csv", "mode": "INPUT", "data": rows[0], "encoding": "CSV"}
    assert first["captureData"]["endpointOutput"] == {
        "observedContentType": "text/csv; charset=utf-8", "mode": "OUTPUT", "data": said, "encoding": "CSV"}
    assert first["eventVersion"] == "0"
    assert first["eventMetadata"]["inferenceId"] == "one"
    assert first["eventMetadata"]["customAttributes"] == ["trace"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", first["eventMetadata"]["inferenceTime"])
    assert second["captureData"]["endpointInput"]["encoding"] == "BASE64"
    assert base64.b64decode(second["captureData"]["endpointInput"]["data"]) == b"\xff\x00"


@pytest.mark.parametrize("options, expected", [
    ({"CaptureOptions": [{"CaptureMode": "Input"}]}, {"endpointInput"}),
    ({"CaptureOptions": [{"CaptureMode": "InputAndOutput"}]}, {"endpointInput", "endpointOutput"}),
])
def test_which_side_is_captured(bucket, sagemaker, runtime, s3, clock, rows, options, expected):
    make_captured(sagemaker, clock, **options)
    runtime.invoke_endpoint(EndpointName=ENDPOINT, ContentType="text/csv", Body=rows[0])
    clock.advance(60)
    assert [set(line["captureData"]) for line in lines(s3)] == [expected]


def test_the_sample(bucket, sagemaker, runtime, s3, clock, rows):
    make_captured(sagemaker, clock, InitialSamplingPercentage=30)
    for _ in range(200):
        runtime.invoke_endpoint(EndpointName=ENDPOINT, ContentType="text/csv", Body=rows[0])
    clock.advance(60)
    assert 30 <= len(lines(s3)) <= 90


def test_a_stream_is_one_line(bucket, server, sagemaker, runtime, s3, clock):
    make_captured(sagemaker, clock)
    server.control("PUT", "behaviors/stream", {
        "respond": {"contentType": "application/json", "stream": {"chunks": ['{"text":', '"one"}']}}})
    answer = runtime.invoke_endpoint_with_response_stream(
        EndpointName=ENDPOINT, ContentType="application/json", Body=b"{}", InferenceId="one")
    assert [event["PayloadPart"]["Bytes"] for event in answer["Body"]] == [b'{"text":', b'"one"}']
    clock.advance(120)
    line, = lines(s3)
    assert line["captureData"] == {
        "endpointInput": {"observedContentType": "application/json", "mode": "INPUT", "data": "{}", "encoding": "JSON"},
        "endpointOutput": {"observedContentType": "application/json", "mode": "OUTPUT", "data": '{"text":"one"}',
                           "encoding": "JSON"}}
    assert line["eventMetadata"]["inferenceId"] == "one"


def test_an_asynchronous_request_is_captured(bucket, sagemaker, runtime, s3, clock, rows):
    s3.put_object(Bucket=BUCKET, Key="in.csv", Body=rows[0].encode())
    make_captured(sagemaker, clock, AsyncInferenceConfig={"OutputConfig": {"S3OutputPath": f"s3://{BUCKET}/out"}})
    answer = runtime.invoke_endpoint_async(
        EndpointName=ENDPOINT, InputLocation=f"s3://{BUCKET}/in.csv", ContentType="text/csv")
    clock.advance(120)
    said = s3.get_object(Bucket=BUCKET, Key=answer["OutputLocation"].split("/", 3)[3])["Body"].read().decode()
    line, = lines(s3)
    assert line["captureData"]["endpointInput"]["data"] == rows[0]
    assert line["captureData"]["endpointOutput"]["data"] == said
    assert line["eventMetadata"]["inferenceId"] == answer["InferenceId"]


def test_failures_and_stopped_captures_leave_nothing(bucket, server, sagemaker, runtime, s3, clock, rows):
    make_captured(sagemaker, clock, EnableCapture=False)
    runtime.invoke_endpoint(EndpointName=ENDPOINT, ContentType="text/csv", Body=rows[0])
    clock.advance(60)
    assert lines(s3) == []
    assert sagemaker.describe_endpoint(EndpointName=ENDPOINT)["DataCaptureConfig"]["CaptureStatus"] == "Stopped"
