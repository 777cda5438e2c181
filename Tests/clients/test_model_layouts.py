"""Multi-model endpoints, pipelines and direct invocation with boto3."""
from __future__ import annotations

import pytest

from hosting import ENDPOINT, ROLE, make_config, make_endpoint, refused, variant


def make(sagemaker, clock, **containers) -> None:
    sagemaker.create_model(ModelName="m", ExecutionRoleArn=ROLE, **containers)
    make_config(sagemaker, "c", variant("m", count=2))
    make_endpoint(sagemaker, clock, "c")


def invoke(runtime, **target) -> str:
    return runtime.invoke_endpoint(
        EndpointName=ENDPOINT, ContentType="text/csv", Body="1,2,3", **target)["Body"].read().decode()


def test_models_below_a_prefix(server, sagemaker, runtime, s3, clock):
    s3.create_bucket(Bucket="models")
    for name in ("a", "b"):
        s3.put_object(Bucket="models", Key=f"churn/{name}.tar.gz", Body=name.encode())
        server.control("PUT", f"behaviors/{name}", {
            "match": {"modelDataUrl": f"s3://models/churn/{name}.tar.gz"}, "respond": {"body": name}})
    make(sagemaker, clock, PrimaryContainer={
        "Image": "images/mme:1", "Mode": "MultiModel", "ModelDataUrl": "s3://models/churn/"})
    assert [invoke(runtime, TargetModel=f"{name}.tar.gz") for name in "abab"] == ["a", "b", "a", "b"]
    with refused("ValidationError", containing="Failed to download model data(bucket: models, key: churn/c.tar.gz)"):
        invoke(runtime, TargetModel="c.tar.gz")
    s3.put_object(Bucket="models", Key="churn/c.tar.gz", Body=b"c")
    server.control("PUT", "behaviors/c", {
        "match": {"modelDataUrl": "*/c.tar.gz"}, "models": {"loadMilliseconds": 120000}})
    with refused("ModelNotReadyException", status=429):
        invoke(runtime, TargetModel="c.tar.gz")
    clock.advance(121)
    assert invoke(runtime, TargetModel="c.tar.gz")
    with refused("ValidationError", containing="requires target model header"):
        invoke(runtime)


def test_a_pipeline_and_its_errors(server, sagemaker, runtime, clock):
    make(sagemaker, clock, Containers=[{"Image": f"images/{name}:1"} for name in ("scale", "predict")])
    server.control("PUT", "behaviors/scale", {
        "match": {"image": "*scale*"}, "respond": {"body": "1\n2", "contentType": "text/csv"}})
    assert len(invoke(runtime).split()) == 2
    server.control("PUT", "behaviors/predict", {"match": {"image": "*predict*"}, "respond": {"status": 500, "body": "oh"}})
    with refused("ModelError", containing='Received server error (500) from container-2 with message "oh".', status=424):
        invoke(runtime)


def test_direct_invocation(server, sagemaker, runtime, clock):
    make(sagemaker, clock, InferenceExecutionConfig={"Mode": "Direct"}, Containers=[
        {"Image": f"images/{name}:1", "ContainerHostname": name} for name in ("tree", "net")])
    server.control("PUT", "behaviors/net", {"match": {"image": "*net*"}, "respond": {"body": "net"}})
    assert invoke(runtime, TargetContainerHostname="net") == "net"
    assert invoke(runtime, TargetContainerHostname="tree") != "net"
    for target in ({}, {"TargetContainerHostname": "forest"}):
        with refused("ValidationError", status=400):
            invoke(runtime, **target)


@pytest.mark.parametrize("mode", ["Serial", "Direct"])
def test_what_describe_says(server, sagemaker, mode):
    containers = [{"Image": f"i{number}", "ContainerHostname": f"c{number}"} for number in (1, 2)]
    sagemaker.create_model(
        ModelName="m", ExecutionRoleArn=ROLE, Containers=containers, InferenceExecutionConfig={"Mode": mode})
    described = sagemaker.describe_model(ModelName="m")
    assert described["InferenceExecutionConfig"] == {"Mode": mode}
    assert [entry["ContainerHostname"] for entry in described["Containers"]] == ["c1", "c2"]
