"""Shadow variants with boto3: copies are counted, answers are dropped, and an update promotes the shadow."""
from __future__ import annotations

import pytest

from hosting import (
    ENDPOINT, canary, make_config, make_endpoint, make_model, points, refused, rolling, settle, variant,
)


def test_a_shadow_is_watched_and_then_promoted(server, sagemaker, runtime, clock, rows):
    make_model(sagemaker, "old")
    make_model(sagemaker, "new")
    sagemaker.create_endpoint_config(
        EndpointConfigName="shadowed", ProductionVariants=[variant("old", "main", count=1)],
        ShadowProductionVariants=[variant("new", "candidate", count=1)])
    make_endpoint(sagemaker, clock, "shadowed")
    server.control("PUT", "behaviors/new", {
        "match": {"modelName": "new"},
        "respond": {"status": 500, "body": "never seen", "latencyMilliseconds": {"p50": 70}}})
    for _ in range(10):
        answer = runtime.invoke_endpoint(EndpointName=ENDPOINT, ContentType="text/csv", Body=rows[0])
        assert answer["InvokedProductionVariant"] == "main"
    clock.advance(120)
    assert sum(value for _, value in points("Invocations", "Sum", variant="candidate")) == 10
    assert [value for _, value in points("Invocation5XXErrors", "Average", variant="candidate")] == [1]
    assert [value for _, value in points("Invocation5XXErrors", "Average", variant="main")] == [0]

    described = sagemaker.describe_endpoint(EndpointName=ENDPOINT)
    assert described["ShadowProductionVariants"][0]["VariantName"] == "candidate"
    config = sagemaker.describe_endpoint_config(EndpointConfigName="shadowed")
    assert config["ShadowProductionVariants"][0]["InitialVariantWeight"] == 1.0

    server.control("DELETE", "behaviors/new")
    sagemaker.create_endpoint_config(
        EndpointConfigName="promoted", ProductionVariants=[variant("new", "candidate", count=1)])
    sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="promoted")
    assert settle(sagemaker, clock)["EndpointConfigName"] == "promoted"
    answer = runtime.invoke_endpoint(EndpointName=ENDPOINT, ContentType="text/csv", Body=rows[0])
    assert answer["InvokedProductionVariant"] == "candidate"


@pytest.mark.parametrize("deployment, says", [
    (canary(), "the same shadow variants in both configurations: [] are deployed, [shadow] are requested."),
    (rolling(("INSTANCE_COUNT", 1)), "takes one production variant and no shadow variants"),
])
def test_a_guarded_update_adds_no_shadow(server, sagemaker, clock, deployment, says):
    make_config(sagemaker, "alone")
    make_endpoint(sagemaker, clock, "alone")
    sagemaker.create_endpoint_config(
        EndpointConfigName="shadowed", ProductionVariants=[variant("alone-model")],
        ShadowProductionVariants=[variant("alone-model", "shadow")])
    with refused("ValidationException", containing=says):
        sagemaker.update_endpoint(
            EndpointName=ENDPOINT, EndpointConfigName="shadowed", DeploymentConfig=deployment)
