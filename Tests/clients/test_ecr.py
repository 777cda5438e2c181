"""ECR's control plane through boto3: every operation parses, pages, and refuses in ECR's words."""
from __future__ import annotations

import base64
import hashlib
import json

import pytest
from botocore.exceptions import ClientError

from conftest import ACCOUNT, client

CONFIG = b"{}"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
PRINCIPAL = f"arn:aws:iam::{ACCOUNT}:role/puller"
POLICY = json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Sid": "pull", "Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}],
})
LIFECYCLE = json.dumps({"rules": [{
    "rulePriority": 1, "description": "keep one", "action": {"type": "expire"},
    "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1},
}]})


@pytest.fixture
def ecr(server):
    return client("ecr")


def digest_of(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def put_layer(ecr, repository: str, data: bytes) -> str:
    upload = ecr.initiate_layer_upload(repositoryName=repository)
    name = {"repositoryName": repository, "uploadId": upload["uploadId"]}
    for start in range(0, len(data), upload["partSize"]):
        part = data[start:start + upload["partSize"]]
        sent = ecr.upload_layer_part(**name, partFirstByte=start, partLastByte=start + len(part) - 1, layerPartBlob=part)
        assert sent["lastByteReceived"] == start + len(part) - 1
    try:
        return ecr.complete_layer_upload(**name, layerDigests=[digest_of(data)])["layerDigest"]
    except ecr.exceptions.LayerAlreadyExistsException:
        return digest_of(data)


def put_image(ecr, repository: str, data: bytes, tag: str) -> str:
    config, layer = put_layer(ecr, repository, CONFIG), put_layer(ecr, repository, data)
    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": OCI_MANIFEST,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": config, "size": len(CONFIG)},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": layer, "size": len(data)}],
    })
    image = ecr.put_image(repositoryName=repository, imageManifest=manifest, imageTag=tag)["image"]
    assert image["imageId"] == {"imageDigest": digest_of(manifest.encode()), "imageTag": tag}
    return image["imageId"]["imageDigest"]


def error(call, **arguments) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


@pytest.fixture
def churn(ecr) -> dict:
    ecr.create_repository(repositoryName="churn", tags=[{"Key": "team", "Value": "ml"}])
    return {"repositoryName": "churn"}


def test_repositories(ecr):
    made = ecr.create_repository(repositoryName="churn", imageScanningConfiguration={"scanOnPush": True})["repository"]
    assert made["repositoryUri"] == f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/churn"
    assert error(ecr.create_repository, repositoryName="churn") == (
        "RepositoryAlreadyExistsException",
        f"The repository with name 'churn' already exists in the registry with id '{ACCOUNT}'")
    code, message = error(ecr.create_repository, repositoryName="Churn")
    assert (code, message) == (
        "InvalidParameterException",
        r"Invalid parameter at 'repositoryName' failed to satisfy constraint: "
        r"'must satisfy regular expression '[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*''")
    assert ecr.put_image_scanning_configuration(
        repositoryName="churn", imageScanningConfiguration={"scanOnPush": False})["imageScanningConfiguration"] == {"scanOnPush": False}
    changed = ecr.put_image_tag_mutability(
        repositoryName="churn", imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters=[{"filterType": "WILDCARD", "filter": "dev*"}])
    assert changed["imageTagMutabilityExclusionFilters"] == [{"filterType": "WILDCARD", "filter": "dev*"}]
    assert ecr.delete_repository(repositoryName="churn")["repository"]["repositoryName"] == "churn"
    assert error(ecr.describe_repositories, repositoryNames=["churn"])[0] == "RepositoryNotFoundException"


@pytest.mark.parametrize("name, valid", [
    ("a", False), ("ab", True), ("a" * 256, True), ("a" * 257, False), ("a--b", True), ("a..b", False), ("/ab", False),
])
def test_repository_names(ecr, name, valid):
    if valid:
        ecr.create_repository(repositoryName=name)
    else:
        # The SDK itself would refuse some of these.
        from botocore.config import Config
        loose = client("ecr", config=Config(parameter_validation=False))
        assert error(loose.create_repository, repositoryName=name)[0] == "InvalidParameterException"


def test_images_page_and_filter(ecr, churn):
    digests = [put_image(ecr, "churn", f"layer {number}".encode(), f"v{number}") for number in range(3)]
    for operation, member in (("describe_images", "imageDetails"), ("list_images", "imageIds")):
        pages = ecr.get_paginator(operation).paginate(**churn, PaginationConfig={"PageSize": 1})
        assert [one["imageDigest"] for page in pages for one in page[member]] == digests
    pages = ecr.get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": 1})
    assert [one["repositoryName"] for page in pages for one in page["repositories"]] == ["churn"]
    assert error(ecr.list_images, **churn, maxResults=1001)[1] == (
        "Invalid parameter at 'maxResults' failed to satisfy constraint: 'Member must have value less than or equal to 1000'")
    ids = [{"imageTag": f"t{number}"} for number in range(101)]
    assert error(ecr.batch_get_image, **churn, imageIds=ids)[1] == (
        "Invalid parameter at 'imageIds' failed to satisfy constraint: 'Member must have length less than or equal to 100'")
    got = ecr.batch_get_image(**churn, imageIds=[{"imageTag": "v0"}, {"imageTag": "v9"}])
    assert [one["failureCode"] for one in got["failures"]] == ["ImageNotFound"]
    ecr.put_image(**churn, imageManifest=got["images"][0]["imageManifest"], imageTag="again")
    deleted = ecr.batch_delete_image(**churn, imageIds=[{"imageDigest": digests[0]}])
    assert {one["imageTag"] for one in deleted["imageIds"]} == {"v0", "again"}
    assert error(ecr.describe_images, **churn, imageIds=[{"imageTag": "v0"}]) == (
        "ImageNotFoundException",
        f"The image with imageId {{imageDigest:'null', imageTag:'v0'}} does not exist within the repository with name 'churn' in the registry with id '{ACCOUNT}'")


def test_layers(ecr, churn):
    data = bytes(range(256)) * 50_000
    digest = put_layer(ecr, "churn", data)
    checked = ecr.batch_check_layer_availability(**churn, layerDigests=[digest, "sha256:" + "0" * 64, ""])
    assert [one["layerAvailability"] for one in checked["layers"]] == ["AVAILABLE", "UNAVAILABLE"]
    assert checked["layers"][0]["layerSize"] == len(data)
    assert [one["failureCode"] for one in checked["failures"]] == ["MissingLayerDigest"]
    assert error(ecr.get_download_url_for_layer, **churn, layerDigest=digest)[0] == "LayerInaccessibleException"
    put_image(ecr, "churn", data, "big")
    import urllib.request
    with urllib.request.urlopen(ecr.get_download_url_for_layer(**churn, layerDigest=digest)["downloadUrl"]) as answer:
        assert digest_of(answer.read()) == digest
    upload = ecr.initiate_layer_upload(**churn)["uploadId"]
    with pytest.raises(ecr.exceptions.InvalidLayerPartException) as caught:
        ecr.upload_layer_part(**churn, uploadId=upload, partFirstByte=5, partLastByte=5, layerPartBlob=b"x")
    assert caught.value.response["uploadId"] == upload
    assert "lastValidByteReceived" not in caught.value.response
    ecr.upload_layer_part(**churn, uploadId=upload, partFirstByte=0, partLastByte=4, layerPartBlob=b"12345")
    with pytest.raises(ecr.exceptions.InvalidLayerPartException, match="bytes '5' to '9' has '3' bytes instead of '5'") as caught:
        ecr.upload_layer_part(**churn, uploadId=upload, partFirstByte=5, partLastByte=9, layerPartBlob=b"678")
    assert caught.value.response["lastValidByteReceived"] == 4
    upload = ecr.initiate_layer_upload(**churn)["uploadId"]
    assert error(ecr.complete_layer_upload, **churn, uploadId=upload, layerDigests=[digest])[0] == "EmptyUploadException"


def test_lifecycle(ecr, churn, clock, server):
    for number in range(3):
        put_image(ecr, "churn", f"layer {number}".encode(), f"v{number}")
        clock.advance(60)
    ecr.start_lifecycle_policy_preview(**churn, lifecyclePolicyText=LIFECYCLE)
    ecr.get_waiter("lifecycle_policy_preview_complete").wait(**churn)
    pages = ecr.get_paginator("get_lifecycle_policy_preview").paginate(**churn, PaginationConfig={"PageSize": 1})
    assert [one["imageTags"] for page in pages for one in page["previewResults"]] == [["v0"], ["v1"]]
    ecr.put_lifecycle_policy(**churn, lifecyclePolicyText=LIFECYCLE)
    assert ecr.get_lifecycle_policy(**churn)["lastEvaluatedAt"].timestamp() == 0
    put_image(ecr, "churn", b"layer 3", "v3")
    clock.advance(86_400)
    assert [one["imageTag"] for one in ecr.list_images(**churn)["imageIds"]] == ["v3"]
    clock.advance(60)
    put_image(ecr, "churn", b"layer 5", "v5")
    server.control("POST", "ecr/lifecycle")
    assert [one["imageTag"] for one in ecr.list_images(**churn)["imageIds"]] == ["v5"]
    assert ecr.delete_lifecycle_policy(**churn)["lifecyclePolicyText"] == LIFECYCLE
    assert error(ecr.get_lifecycle_policy, **churn)[0] == "LifecyclePolicyNotFoundException"


def test_scanning(ecr, churn, clock):
    put_image(ecr, "churn", b"layer", "v1")
    image = {"imageId": {"imageTag": "v1"}}
    assert ecr.start_image_scan(**churn, **image)["imageScanStatus"]["status"] == "IN_PROGRESS"
    clock.advance(60)
    ecr.get_waiter("image_scan_complete").wait(**churn, **image)
    pages = list(ecr.get_paginator("describe_image_scan_findings").paginate(**churn, **image))
    assert pages[0]["imageScanFindings"]["findings"] == []
    assert error(ecr.start_image_scan, **churn, **image)[0] == "LimitExceededException"
    rules = [{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "ch*", "filterType": "WILDCARD"}]}]
    ecr.put_registry_scanning_configuration(scanType="BASIC", rules=rules)
    assert ecr.get_registry_scanning_configuration()["scanningConfiguration"] == {"scanType": "BASIC", "rules": rules}
    found = ecr.batch_get_repository_scanning_configuration(repositoryNames=["churn"])["scanningConfigurations"][0]
    assert found["scanFrequency"] == "SCAN_ON_PUSH"


def test_replication_and_pull_through(ecr, churn, clock):
    west = client("ecr", region_name="us-west-2")
    ecr.put_replication_configuration(replicationConfiguration={"rules": [{
        "destinations": [{"region": "us-west-2", "registryId": ACCOUNT}],
        "repositoryFilters": [{"filter": "ch", "filterType": "PREFIX_MATCH"}],
    }]})
    assert len(ecr.describe_registry()["replicationConfiguration"]["rules"]) == 1
    digest = put_image(ecr, "churn", b"layer", "v1")
    clock.advance(60)
    status = ecr.describe_image_replication_status(**churn, imageId={"imageTag": "v1"})["replicationStatuses"]
    assert status == [{"region": "us-west-2", "registryId": ACCOUNT, "status": "COMPLETE"}]
    assert west.list_images(**churn)["imageIds"] == [{"imageDigest": digest, "imageTag": "v1"}]

    rule = {"ecrRepositoryPrefix": "cache"}
    west.create_pull_through_cache_rule(**rule, upstreamRegistryUrl=f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com")
    got = west.batch_get_image(repositoryName="cache/churn", imageIds=[{"imageTag": "v1"}])
    assert got["images"][0]["imageId"]["imageDigest"] == digest
    assert west.validate_pull_through_cache_rule(**rule)["isValid"]
    pages = west.get_paginator("describe_pull_through_cache_rules").paginate(PaginationConfig={"PageSize": 1})
    assert [one["ecrRepositoryPrefix"] for page in pages for one in page["pullThroughCacheRules"]] == ["cache"]
    west.update_pull_through_cache_rule(**rule, customRoleArn=f"arn:aws:iam::{ACCOUNT}:role/cache")
    west.delete_pull_through_cache_rule(**rule)


def test_policies_tags_and_templates(ecr, churn):
    ecr.set_repository_policy(**churn, policyText=POLICY)
    assert ecr.get_repository_policy(**churn)["policyText"] == POLICY
    ecr.delete_repository_policy(**churn)
    assert error(ecr.set_repository_policy, **churn, policyText="{}")[1] == (
        "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'")
    registry = json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "ecr:ReplicateImage", "Resource": "*"}]})
    ecr.put_registry_policy(policyText=registry)
    assert ecr.get_registry_policy()["policyText"] == registry
    ecr.delete_registry_policy()
    arn = {"resourceArn": f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/churn"}
    ecr.tag_resource(**arn, tags=[{"Key": "x", "Value": "y"}])
    ecr.untag_resource(**arn, tagKeys=["team"])
    assert ecr.list_tags_for_resource(**arn)["tags"] == [{"Key": "x", "Value": "y"}]
    ecr.create_repository_creation_template(prefix="auto", appliedFor=["CREATE_ON_PUSH"])
    ecr.update_repository_creation_template(prefix="auto", description="made by a push")
    pages = ecr.get_paginator("describe_repository_creation_templates").paginate()
    assert [one["description"] for page in pages for one in page["repositoryCreationTemplates"]] == ["made by a push"]
    ecr.delete_repository_creation_template(prefix="auto")


def test_registry_settings(ecr, churn, clock):
    put_image(ecr, "churn", b"layer", "v1")
    image = {"imageId": {"imageTag": "v1"}}
    ecr.put_account_setting(name="BLOB_MOUNTING", value="ENABLED")
    assert ecr.get_account_setting(name="BLOB_MOUNTING")["value"] == "ENABLED"
    ecr.register_pull_time_update_exclusion(principalArn=PRINCIPAL)
    assert ecr.list_pull_time_update_exclusions()["pullTimeUpdateExclusions"] == [PRINCIPAL]
    ecr.deregister_pull_time_update_exclusion(principalArn=PRINCIPAL)
    signing = {"rules": [{"signingProfileArn": f"arn:aws:signer:us-east-1:{ACCOUNT}:/signing-profiles/profile"}]}
    ecr.put_signing_configuration(signingConfiguration=signing)
    assert ecr.get_signing_configuration()["signingConfiguration"] == signing
    assert ecr.describe_image_signing_status(**churn, **image)["signingStatuses"] == []
    ecr.delete_signing_configuration()
    assert ecr.update_image_storage_class(**churn, **image, targetStorageClass="ARCHIVE")["imageStatus"] == "ARCHIVED"
    layer = {"layerDigests": [digest_of(b"layer")]}
    assert ecr.batch_check_layer_availability(**churn, **layer)["layers"][0]["layerAvailability"] == "ARCHIVED"
    assert ecr.batch_get_image(**churn, imageIds=[{"imageTag": "v1"}])["failures"][0]["failureCode"] == "ImageInaccessible"
    ecr.update_image_storage_class(**churn, **image, targetStorageClass="STANDARD")
    clock.advance(60)
    assert ecr.describe_images(**churn)["imageDetails"][0]["imageStatus"] == "ACTIVE"
    digest = ecr.describe_images(**churn)["imageDetails"][0]["imageDigest"]
    assert ecr.list_image_referrers(**churn, subjectId={"imageDigest": digest})["referrers"] == []


def test_tokens_expire_in_twelve_simulated_hours(ecr, clock):
    data = ecr.get_authorization_token()["authorizationData"][0]
    assert data["proxyEndpoint"] == f"https://{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com"
    assert base64.b64decode(data["authorizationToken"]).startswith(b"AWS:")
    assert abs(data["expiresAt"].timestamp() - clock.seconds() - 12 * 3600) < 2
