"""Models, configurations and endpoints as resources: their texts when absent, present or busy; lists; tags."""
from __future__ import annotations

from datetime import timedelta

import pytest

from hosting import (
    ENDPOINT, ENDPOINT_ARN, IMAGE, ROLE, canary, make_config, make_endpoint, make_model, refused, settle, variant,
)

ARN = "arn:aws:sagemaker:us-east-1:123456789012:"


def test_what_describe_says_is_what_create_was_told(server, sagemaker):
    assert make_model(sagemaker, "Churn-Model") == ARN + "model/Churn-Model"
    model = sagemaker.describe_model(ModelName="Churn-Model")
    assert model["ModelArn"] == ARN + "model/Churn-Model"
    assert model["ExecutionRoleArn"] == ROLE
    container = {"Image": IMAGE.format("0.90-1-cpu-py3"), "ModelDataUrl": "s3://models/Churn-Model.tar.gz"}
    assert container.items() <= model["PrimaryContainer"].items()

    assert make_config(sagemaker, "C1", variant("Churn-Model")) == ARN + "endpoint-config/C1"
    config = sagemaker.describe_endpoint_config(EndpointConfigName="C1")
    assert variant("Churn-Model").items() <= config["ProductionVariants"][0].items()


@pytest.mark.parametrize("call, message", [
    (lambda c: c.describe_model(ModelName="none"), f'Could not find model "{ARN}model/none".'),
    (lambda c: c.delete_model(ModelName="none"), f'Could not find model "{ARN}model/none".'),
    (lambda c: c.describe_endpoint_config(EndpointConfigName="none"),
     f'Could not find endpoint configuration "{ARN}endpoint-config/none".'),
    (lambda c: c.delete_endpoint_config(EndpointConfigName="none"),
     f'Could not find endpoint configuration "{ARN}endpoint-config/none".'),
    (lambda c: c.create_endpoint(EndpointName="e", EndpointConfigName="none"),
     f'Could not find endpoint configuration "{ARN}endpoint-config/none".'),
    (lambda c: c.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant("none")]),
     f'Could not find model "{ARN}model/none".'),
    (lambda c: c.describe_endpoint(EndpointName="none"), f'Could not find endpoint "{ARN}endpoint/none".'),
    (lambda c: c.delete_endpoint(EndpointName="none"), f'Could not find endpoint "{ARN}endpoint/none".'),
    (lambda c: c.update_endpoint(EndpointName="none", EndpointConfigName="none"),
     f'Could not find endpoint "{ARN}endpoint/none".'),
    (lambda c: c.update_endpoint_weights_and_capacities(
        EndpointName="none", DesiredWeightsAndCapacities=[{"VariantName": "A", "DesiredWeight": 1}]),
     f'Could not find endpoint "{ARN}endpoint/none".'),
])
def test_not_found(server, sagemaker, call, message):
    with refused("ValidationException", message, status=400):
        call(sagemaker)


def test_names_are_taken_once(server, sagemaker, clock):
    make_config(sagemaker, "blue")
    make_endpoint(sagemaker, clock, "blue")
    with refused("ValidationException", f'Cannot create already existing model "{ARN}model/blue-model".'):
        make_model(sagemaker, "blue-model")
    with refused("ValidationException",
                 f'Cannot create already existing endpoint configuration "{ARN}endpoint-config/blue".'):
        make_config(sagemaker, "blue", variant("blue-model"))
    with refused("ValidationException", f'Cannot create already existing endpoint "{ENDPOINT_ARN}".'):
        sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="blue")
    with refused("ValidationException", containing="Cannot create already existing endpoint"):
        sagemaker.create_endpoint(EndpointName=ENDPOINT.upper(), EndpointConfigName="blue")


BUSY_CALLS = [
    lambda c: c.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="green"),
    lambda c: c.update_endpoint_weights_and_capacities(
        EndpointName=ENDPOINT, DesiredWeightsAndCapacities=[{"VariantName": "AllTraffic", "DesiredWeight": 1}]),
    lambda c: c.delete_endpoint(EndpointName=ENDPOINT),
]
IN_PROGRESS = f'Cannot update in-progress endpoint "{ENDPOINT_ARN}".'


@pytest.mark.parametrize("call", BUSY_CALLS, ids=["update", "weights", "delete"])
def test_a_busy_endpoint_refuses_every_change(server, sagemaker, clock, call):
    make_config(sagemaker, "blue")
    make_config(sagemaker, "green")
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="blue")
    with refused("ValidationException", IN_PROGRESS, status=400):  # Creating
        call(sagemaker)
    settle(sagemaker, clock)
    sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="green", DeploymentConfig=canary())
    for seconds in (0, 10, 200, 200):  # requested, provisioning or baking, final bake
        clock.advance(seconds)
        with refused("ValidationException", IN_PROGRESS):
            call(sagemaker)
    assert settle(sagemaker, clock)["EndpointConfigName"] == "green"


def test_deleted_while_in_use(server, sagemaker, runtime, clock, rows):
    """A configuration and a model may go while an endpoint serves them; the next update then has no base."""
    make_config(sagemaker, "blue")
    make_config(sagemaker, "green")
    make_endpoint(sagemaker, clock, "blue")
    with refused("ValidationException", f'Could not find endpoint configuration "{ARN}endpoint-config/none".'):
        sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="none")
    answer = sagemaker.delete_endpoint_config(EndpointConfigName="blue")
    assert answer["ResponseMetadata"]["HTTPHeaders"]["content-length"] == "0"
    sagemaker.delete_model(ModelName="blue-model")
    assert runtime.invoke_endpoint(EndpointName=ENDPOINT, ContentType="text/csv", Body=rows[0])["Body"].read()
    with refused("ValidationException", f'Could not find endpoint configuration "{ARN}endpoint-config/blue".'):
        sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="green")


def test_delete_and_make_again(server, sagemaker, clock):
    make_config(sagemaker, "blue")
    make_endpoint(sagemaker, clock, "blue")
    metadata = sagemaker.delete_endpoint(EndpointName=ENDPOINT)["ResponseMetadata"]
    assert (metadata["HTTPStatusCode"], metadata["HTTPHeaders"]["content-length"]) == (200, "0")
    assert sagemaker.describe_endpoint(EndpointName=ENDPOINT)["EndpointStatus"] == "Deleting"
    with refused("ValidationException", IN_PROGRESS):
        sagemaker.delete_endpoint(EndpointName=ENDPOINT)
    clock.advance_until_idle()
    with refused("ValidationException", f'Could not find endpoint "{ENDPOINT_ARN}".'):
        sagemaker.describe_endpoint(EndpointName=ENDPOINT)
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=ENDPOINT)
    make_endpoint(sagemaker, clock, "blue")
    assert sagemaker.describe_endpoint(EndpointName=ENDPOINT)["EndpointStatus"] == "InService"


def test_create_model_needs_an_image(server, sagemaker):
    with refused("ValidationException",
                 "Specify one of either Image and Model Data URL or ModelPackageName in container definition."):
        sagemaker.create_model(ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer={"ModelDataUrl": "s3://b/k"})


# Lists.

def test_lists_page_filter_and_sort(server, sagemaker, clock):
    names = [f"model-{letter}" for letter in "bdace"]
    for name in names:
        make_model(sagemaker, name)
        clock.advance(60)
    listed = lambda **options: [m["ModelName"] for m in sagemaker.list_models(**options)["Models"]]  # noqa: E731
    assert listed() == names[::-1]
    assert listed(SortOrder="Ascending") == names
    assert listed(SortBy="Name", SortOrder="Ascending") == sorted(names)
    assert listed(NameContains="l-a") == ["model-a"]
    pages = sagemaker.get_paginator("list_models").paginate(PaginationConfig={"PageSize": 2})
    assert [[m["ModelName"] for m in page["Models"]] for page in pages] == [names[::-1][i:i + 2] for i in (0, 2, 4)]
    third = sagemaker.describe_model(ModelName=names[2])["CreationTime"]
    assert listed(CreationTimeAfter=third + timedelta(seconds=1)) == names[:2:-1]


def test_list_endpoints_by_status(server, sagemaker, clock):
    make_config(sagemaker, "blue")
    make_endpoint(sagemaker, clock, "blue", name="ready")
    sagemaker.create_endpoint(EndpointName="starting", EndpointConfigName="blue")
    every = sagemaker.list_endpoints()["Endpoints"]
    assert [(e["EndpointName"], e["EndpointStatus"]) for e in every] == [
        ("starting", "Creating"), ("ready", "InService")]
    assert set(every[0]) == {"EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus"}
    creating = sagemaker.list_endpoints(StatusEquals="Creating")["Endpoints"]
    assert [e["EndpointName"] for e in creating] == ["starting"]
    assert [c["EndpointConfigName"] for c in sagemaker.list_endpoint_configs()["EndpointConfigs"]] == ["blue"]


def test_eleven_models_are_two_default_pages(server, sagemaker):
    for number in range(11):
        make_model(sagemaker, f"m{number}")
    first = sagemaker.list_models()
    assert len(first["Models"]) == 10
    second = sagemaker.list_models(NextToken=first["NextToken"])
    assert len(second["Models"]) == 1 and "NextToken" not in second


# Tags.

def test_tags_come_with_the_resource_and_change(server, sagemaker, clock):
    make_config(sagemaker, "blue")
    make_endpoint(sagemaker, clock, "blue", Tags=[{"Key": "team", "Value": "churn"}, {"Key": "stage", "Value": "test"}])
    assert tags(sagemaker) == {"team": "churn", "stage": "test"}
    answer = sagemaker.add_tags(ResourceArn=ENDPOINT_ARN, Tags=[{"Key": "stage", "Value": "prod"}, {"Key": "x", "Value": ""}])
    assert {tag["Key"]: tag["Value"] for tag in answer["Tags"]} == {"team": "churn", "stage": "prod", "x": ""}
    sagemaker.delete_tags(ResourceArn=ENDPOINT_ARN, TagKeys=["team", "never"])
    assert tags(sagemaker) == {"stage": "prod", "x": ""}
    assert tags(sagemaker, ARN + "endpoint-config/blue") == {}


def tags(sagemaker, arn: str = ENDPOINT_ARN) -> dict[str, str]:
    pages = sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
    return {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}


def test_an_operation_that_is_not_emulated_says_so(server, sagemaker):
    with refused("NotImplementedException", containing="sagemaker:CreateTrainingJob", status=501):
        sagemaker.create_training_job(
            TrainingJobName="t", RoleArn=ROLE, AlgorithmSpecification={"TrainingInputMode": "File"},
            OutputDataConfig={"S3OutputPath": "s3://b/k"}, ResourceConfig={
                "InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1},
            StoppingCondition={"MaxRuntimeInSeconds": 60})


@pytest.mark.parametrize("keys, message", [
    (["team", "aws:owner"], "aws: prefixed tag key names are not allowed for external use."),
    (["team", "team"], "Duplicate tag key"),
])
def test_tags_that_are_refused(server, sagemaker, keys, message):
    bad = [{"Key": key, "Value": "v"} for key in keys]
    make_config(sagemaker, "blue")
    with refused("ValidationException", message):
        sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="blue", Tags=bad)
    with refused("ValidationException", message):
        sagemaker.add_tags(ResourceArn=ARN + "endpoint-config/blue", Tags=bad)
    assert tags(sagemaker, ARN + "endpoint-config/blue") == {} and sagemaker.list_endpoints()["Endpoints"] == []
