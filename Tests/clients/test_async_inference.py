"""Asynchronous inference with boto3: input and output in S3, failures, and a queue that a restart does not lose."""
from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from conftest import client
from hosting import ENDPOINT, make_endpoint, make_model, points, refused, variant

RESULTS = "results"


def make_async(sagemaker, name: str = "async", **options) -> None:
    make_model(sagemaker, f"{name}-model")
    sagemaker.create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=[variant(f"{name}-model", count=1)],
        AsyncInferenceConfig={
            "OutputConfig": {"S3OutputPath": f"s3://{RESULTS}/out", "S3FailurePath": f"s3://{RESULTS}/failed"},
            "ClientConfig": {"MaxConcurrentInvocationsPerInstance": 2}, **options})


def split(uri: str) -> dict:
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    return {"Bucket": bucket, "Key": key}


@pytest.fixture
def endpoint(server, sagemaker, s3, clock, rows):
    s3.create_bucket(Bucket=RESULTS)
    s3.put_object(Bucket=RESULTS, Key="in.csv", Body=rows[0].encode())
    make_async(sagemaker)
    make_endpoint(sagemaker, clock, "async")
    return ENDPOINT


def invoke(runtime, **options) -> dict:
    return runtime.invoke_endpoint_async(
        EndpointName=ENDPOINT, InputLocation=f"s3://{RESULTS}/in.csv", ContentType="text/csv", **options)


def test_the_result_is_in_s3(endpoint, runtime, s3, clock):
    answer = invoke(runtime)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    clock.advance(5)
    result = s3.get_object(**split(answer["OutputLocation"]))
    assert 0 <= float(result["Body"].read()) <= 1
    assert result["ContentType"].startswith("text/csv")
    s3.get_waiter("object_exists").wait(**split(answer["OutputLocation"]))


def test_a_name_and_a_folder_of_ones_own(endpoint, runtime, s3, clock):
    answer = invoke(runtime, S3OutputPathExtension="team/one", Filename="score.csv")
    assert answer["OutputLocation"] == f"s3://{RESULTS}/out/team/one/score.csv"
    clock.advance(5)
    assert s3.get_object(**split(answer["OutputLocation"]))


def test_a_failure_is_told_in_s3(endpoint, server, runtime, s3, clock):
    server.control("PUT", "behaviors/bad", {"respond": {"status": 400, "body": "bad row"}})
    answer = invoke(runtime)
    clock.advance(5)
    told = s3.get_object(**split(answer["FailureLocation"]))["Body"].read().decode()
    assert told.startswith('Received client error (400) from primary with message "bad row"')
    with pytest.raises(ClientError):
        s3.get_object(**split(answer["OutputLocation"]))


def test_a_request_that_expires_without_a_machine_is_counted(endpoint, sagemaker, runtime, clock):
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=ENDPOINT, DesiredWeightsAndCapacities=[{"VariantName": "AllTraffic", "DesiredInstanceCount": 0}])
    clock.advance(60)
    invoke(runtime, RequestTTLSeconds=60)
    clock.advance(180)
    assert sum(count for _, count in points("ExpiredRequests", "Sum")) == 1


def test_what_is_refused(endpoint, sagemaker, runtime):
    with refused("ValidationError"):
        runtime.invoke_endpoint(EndpointName=endpoint, Body=b"1")
    make_model(sagemaker, "m")
    sagemaker.create_endpoint_config(EndpointConfigName="plain", ProductionVariants=[variant("m", count=1)])
    with refused("ValidationException"):
        sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName="plain")
    assert sagemaker.describe_endpoint(EndpointName=endpoint)["AsyncInferenceConfig"]["OutputConfig"]["S3OutputPath"]


def test_a_restart_loses_nothing_accepted(start_server, tmp_path, rows):
    running = start_server("--data", str(tmp_path / "data"), "--clock", "manual")
    sagemaker, runtime, s3 = client("sagemaker"), client("sagemaker-runtime"), client("s3")
    s3.create_bucket(Bucket=RESULTS)
    s3.put_object(Bucket=RESULTS, Key="in.csv", Body=rows[0].encode())
    make_async(sagemaker)
    make_endpoint(sagemaker, running.clock, "async")
    running.control("PUT", "behaviors/slow", {"respond": {"latencyMilliseconds": {"p50": 60000}}})
    answers = [invoke(runtime) for _ in range(5)]
    running.clock.advance(30)
    running.kill()
    running.start()
    client_of_new = client("s3", endpoint_url=running.url)
    running.clock.advance(240)
    for answer in answers:
        assert client_of_new.get_object(**split(answer["OutputLocation"]))["Body"].read()
