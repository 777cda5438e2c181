"""Containers of models that name an emulated repository: resolved to digests, and refused when they are missing."""
from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from conftest import ACCOUNT, REGION, client
from test_ecr import put_image

ROLE = f"arn:aws:iam::{ACCOUNT}:role/sagemaker"
URI = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/churn"
XGBOOST = f"683313688378.dkr.ecr.{REGION}.amazonaws.com/sagemaker-xgboost:1.7-1"


@pytest.fixture
def ecr(server):
    made = client("ecr")
    made.create_repository(repositoryName="churn")
    return made


def create_model(sagemaker, name: str, *images: str) -> None:
    containers = [{"Image": image, "ModelDataUrl": "s3://models/model.tar.gz"} for image in images]
    chosen = {"PrimaryContainer": containers[0]} if len(containers) == 1 else {"Containers": containers}
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, **chosen)


def create_endpoint(sagemaker, name: str, model: str) -> None:
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[{
        "VariantName": "AllTraffic", "ModelName": model, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)


def deployed(sagemaker, name: str) -> list[dict]:
    return sagemaker.describe_endpoint(EndpointName=name)["ProductionVariants"][0]["DeployedImages"]


def refusal(sagemaker, *images: str) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        create_model(sagemaker, "refused", *images)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_an_endpoint_shows_the_digest_its_tag_meant(ecr, sagemaker, clock):
    first = put_image(ecr, "churn", b"first", "1")
    create_model(sagemaker, "m", f"{URI}:1", XGBOOST, f"{URI}@{first}")
    asked = clock.seconds() - 60  # as it is shown once the clock is a minute ahead
    create_endpoint(sagemaker, "e", "m")
    clock.advance(60)
    second = put_image(ecr, "churn", b"second", "1")
    images = deployed(sagemaker, "e")
    assert [one["SpecifiedImage"] for one in images] == [f"{URI}:1", XGBOOST, f"{URI}@{first}"]
    assert [images[0]["ResolvedImage"], images[2]["ResolvedImage"]] == [f"{URI}@{first}"] * 2
    assert images[1]["ResolvedImage"].startswith(XGBOOST.removesuffix(":1.7-1") + "@sha256:")
    assert 0 <= images[0]["ResolutionTime"].timestamp() - asked < 2
    # An update resolves the tag anew.
    sagemaker.create_endpoint_config(EndpointConfigName="e2", ProductionVariants=[{
        "VariantName": "AllTraffic", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}])
    sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="e2")
    clock.advance_until_idle()
    assert deployed(sagemaker, "e")[0]["ResolvedImage"] == f"{URI}@{second}"


def test_a_model_needs_its_images(ecr, sagemaker):
    put_image(ecr, "churn", b"first", "1")
    for image in (f"{URI}:2", URI, f"{URI}@sha256:{'0' * 64}"):
        assert refusal(sagemaker, image) == ("ValidationException", f"Requested image {image} not found.")
        assert refusal(sagemaker, f"{URI}:1", image)[1] == f"Requested image {image} not found."
    assert sagemaker.list_models()["Models"] == []
    create_model(sagemaker, "elsewhere", f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/not-emulated:1")


def test_an_image_deleted_after_its_model_fails_the_endpoint(ecr, sagemaker, clock):
    put_image(ecr, "churn", b"first", "1")
    create_model(sagemaker, "m", f"{URI}:1")
    create_endpoint(sagemaker, "good", "m")
    clock.advance(60)
    ecr.batch_delete_image(repositoryName="churn", imageIds=[{"imageTag": "1"}])
    reason = (
        "Please make sure all images included in the model for the production variant AllTraffic exist, and that the "
        "execution role used to create the model has permissions to access them")
    create_endpoint(sagemaker, "bad", "m")
    clock.advance(60)
    bad = sagemaker.describe_endpoint(EndpointName="bad")
    assert (bad["EndpointStatus"], bad["FailureReason"]) == ("Failed", reason)
    # An update rolls back to the fleet that serves.
    sagemaker.update_endpoint(EndpointName="good", EndpointConfigName="bad")
    clock.advance_until_idle()
    good = sagemaker.describe_endpoint(EndpointName="good")
    assert (good["EndpointStatus"], good["FailureReason"]) == ("InService", reason)
    assert good["EndpointConfigName"] == "good"


@pytest.mark.parametrize("check, own, amazon", [("known", True, True), ("own", False, True), ("all", False, False)])
def test_how_strict_the_server_is_about_images(start_server, check, own, amazon):
    start_server("--ephemeral", "--clock", "manual", "--ecr-images", check)
    sagemaker = client("sagemaker")
    for image, is_taken in ((f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/none:1", own), (XGBOOST, amazon)):
        if is_taken:
            create_model(sagemaker, f"m{len(image)}", image)
        else:
            assert refusal(sagemaker, image) == ("ValidationException", f"Requested image {image} not found.")
    create_model(sagemaker, "hub", "quay.io/team/churn:1")
