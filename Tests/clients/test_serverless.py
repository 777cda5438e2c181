"""Serverless endpoints with boto3: descriptions, cold starts, and what happens above MaxConcurrency."""
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from conftest import client
from hosting import ENDPOINT, ROLE, make_config, make_endpoint, make_model, points, refused, settle


def serverless(model: str, **config) -> dict:
    return {"VariantName": "AllTraffic", "ModelName": model,
            "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 2, **config}}


def make_serverless(sagemaker, name: str = "serverless", **config) -> None:
    make_model(sagemaker, f"{name}-model")
    sagemaker.create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=[serverless(f"{name}-model", **config)])


def test_a_serverless_endpoint(server, sagemaker, runtime, clock, rows):
    make_serverless(sagemaker)
    make_endpoint(sagemaker, clock, "serverless")
    described = sagemaker.describe_endpoint(EndpointName=ENDPOINT)["ProductionVariants"][0]
    assert described["CurrentServerlessConfig"] == {"MemorySizeInMB": 2048, "MaxConcurrency": 2}
    assert "CurrentInstanceCount" not in described
    for _ in range(3):
        assert runtime.invoke_endpoint(EndpointName=ENDPOINT, ContentType="text/csv", Body=rows[0])["Body"].read()
    clock.advance(120)
    assert sum(count for _, count in points("ModelSetupTime", "SampleCount")) == 1

    make_serverless(sagemaker, "larger", MemorySizeInMB=4096, ProvisionedConcurrency=1)
    sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="larger")
    assert settle(sagemaker, clock)["EndpointConfigName"] == "larger"
    with refused("ValidationException"):
        make_serverless(sagemaker, "odd", MemorySizeInMB=1500)


def test_above_the_limit_requests_are_throttled(start_server, rows):
    """Under the following clock a scripted latency is really waited for: only then do requests overlap."""
    running = start_server("--ephemeral")
    sagemaker, runtime = client("sagemaker"), client("sagemaker-runtime")
    make_serverless(sagemaker)
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="serverless")
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=ENDPOINT)
    running.control("PUT", "behaviors/slow", {"respond": {"latencyMilliseconds": {"p50": 700}}})

    def invoke(_) -> str:
        try:
            runtime.invoke_endpoint(EndpointName=ENDPOINT, ContentType="text/csv", Body=rows[0])
            return "ok"
        except ClientError as error:
            return error.response["Error"]["Code"]

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(invoke, range(4)))
    assert outcomes == ["ThrottlingException", "ThrottlingException", "ok", "ok"]


def test_one_way_only_whatever_the_name(server, sagemaker, clock):
    make_config(sagemaker, "machines", count=1)
    make_endpoint(sagemaker, clock, "machines")
    make_model(sagemaker, "m")
    sagemaker.create_endpoint_config(
        EndpointConfigName="less", ProductionVariants=[serverless("m") | {"VariantName": "other"}])
    with refused("ValidationException", containing="cannot change from instances to the serverless"):
        sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="less")


@pytest.mark.parametrize("member, container, more", [
    ("VpcConfig", {}, {"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}}),
    ("EnableNetworkIsolation", {}, {"EnableNetworkIsolation": True}),
    ("MultiModel", {"Mode": "MultiModel", "ModelDataUrl": "s3://models/many/"}, {}),
    ("ModelDataSource", {"ModelDataSource": {"S3DataSource": {
        "S3Uri": "s3://models/one/", "S3DataType": "S3Prefix", "CompressionType": "None"}}}, {}),
])
def test_models_that_serverless_does_not_run(server, sagemaker, member, container, more):
    sagemaker.create_model(ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": "i", **container}, **more)
    with refused("ValidationException", containing=member):
        sagemaker.create_endpoint_config(EndpointConfigName="bad", ProductionVariants=[serverless("m")])
