"""Instance pools with boto3: the next type helps out when the preferred one runs short."""
from __future__ import annotations

import pytest

from hosting import ENDPOINT, make_endpoint, make_model, refused, settle

POOLS = [{"InstanceType": "ml.g6e.2xlarge", "Priority": 2}, {"InstanceType": "ml.g6.2xlarge", "Priority": 1}]


def make_pooled(sagemaker, name: str, count: int = 3, **more) -> None:
    make_model(sagemaker, f"{name}-model")
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[{
        "VariantName": "AllTraffic", "ModelName": f"{name}-model", "InitialInstanceCount": count,
        "InstancePools": POOLS, **more}])


def pools(described: dict) -> dict[str, int]:
    return {pool["InstanceType"]: pool["CurrentInstanceCount"] for pool in described["ProductionVariants"][0]["InstancePools"]}


def test_falling_back(server, sagemaker, runtime, clock, rows):
    server.control("PUT", "capacity/ml.g6.2xlarge", {"instances": 2})
    make_pooled(sagemaker, "pooled", VariantInstanceProvisionTimeoutInSeconds=600)
    config = sagemaker.describe_endpoint_config(EndpointConfigName="pooled")["ProductionVariants"][0]
    assert config["InstancePools"] == POOLS and config["VariantInstanceProvisionTimeoutInSeconds"] == 600
    make_endpoint(sagemaker, clock, "pooled")
    described = sagemaker.describe_endpoint(EndpointName=ENDPOINT)
    assert described["EndpointStatus"] == "InService"
    assert pools(described) == {"ml.g6.2xlarge": 2, "ml.g6e.2xlarge": 1}
    assert runtime.invoke_endpoint(EndpointName=ENDPOINT, ContentType="text/csv", Body=rows[0])["Body"].read()
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=ENDPOINT, DesiredWeightsAndCapacities=[{"VariantName": "AllTraffic", "DesiredInstanceCount": 2}])
    assert pools(settle(sagemaker, clock)) == {"ml.g6.2xlarge": 2, "ml.g6e.2xlarge": 0}


def test_all_pools_exhausted(server, sagemaker, clock):
    for kind in ("ml.g6.2xlarge", "ml.g6e.2xlarge"):
        server.control("PUT", f"capacity/{kind}", {"instances": 1})
    make_pooled(sagemaker, "pooled")
    make_endpoint(sagemaker, clock, "pooled")
    described = sagemaker.describe_endpoint(EndpointName=ENDPOINT)
    assert described["EndpointStatus"] == "Failed"
    assert "InsufficientInstanceCapacity" in described["FailureReason"]


@pytest.mark.parametrize("more, words", [
    ({"InstanceType": "ml.m5.xlarge"}, "InstanceType and InstancePools cannot both be specified"),
    ({"InstancePools": POOLS + [POOLS[0]]}, "used more than once"),
])
def test_refusals(server, sagemaker, more, words):
    with refused("ValidationException", containing=words):
        make_pooled(sagemaker, "pooled", **more)
