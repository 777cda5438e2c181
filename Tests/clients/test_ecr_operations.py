"""Every one of ECR's 58 operations, by boto3, in one story; every paginator with pages of one; both waiters."""
from __future__ import annotations

import json

import pytest

from conftest import ACCOUNT, REGION, client
from test_ecr import LIFECYCLE, POLICY, PRINCIPAL, error, put_image, put_layer

PROFILE = f"arn:aws:signer:{REGION}:{ACCOUNT}:/signing-profiles/profile"
SECOND = "210987654321"


class Story:
    """A client that notes which operations were called and answered."""

    def __init__(self, region: str = REGION):
        self.ecr = client("ecr", region_name=region)
        self.called: set[str] = set()
        self.ecr.meta.events.register("after-call.ecr", self.note)

    def note(self, model, http_response, **_) -> None:
        if http_response.status_code == 200:
            self.called.add(model.name)

    def pages(self, operation: str, member: str, **arguments) -> list:
        """All entries of a listing, one a page."""
        pages = list(self.ecr.get_paginator(operation).paginate(**arguments, PaginationConfig={"PageSize": 1}))
        entries = []
        for page in pages:
            found = page
            for part in member.split("."):
                found = found[part]
            assert len(found) <= 1
            entries += found
        assert len(pages) == max(1, len(entries))
        return entries


@pytest.fixture
def story(server):
    return Story()


def test_the_story_of_all_operations(story, clock):
    ecr = story.ecr
    churn = {"repositoryName": "churn"}
    v1 = {"imageId": {"imageTag": "v1"}}

    # Repositories and their settings.
    ecr.create_repository(**churn, tags=[{"Key": "team", "Value": "ml"}])
    ecr.create_repository(repositoryName="other")
    assert [one["repositoryName"] for one in story.pages("describe_repositories", "repositories")] == ["churn", "other"]
    ecr.put_image_tag_mutability(**churn, imageTagMutability="IMMUTABLE")
    ecr.put_image_tag_mutability(**churn, imageTagMutability="MUTABLE")
    arn = {"resourceArn": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/churn"}
    ecr.tag_resource(**arn, tags=[{"Key": "stage", "Value": "dev"}])
    ecr.untag_resource(**arn, tagKeys=["team"])
    assert ecr.list_tags_for_resource(**arn)["tags"] == [{"Key": "stage", "Value": "dev"}]
    ecr.set_repository_policy(**churn, policyText=POLICY)
    assert ecr.get_repository_policy(**churn)["policyText"] == POLICY
    ecr.delete_repository_policy(**churn)

    # The registry, before anything is pushed.
    ecr.put_account_setting(name="BLOB_MOUNTING", value="ENABLED")
    assert ecr.get_account_setting(name="BLOB_MOUNTING")["value"] == "ENABLED"
    registry_policy = json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": ["ecr:ReplicateImage", "ecr:CreateRepository"],
        "Resource": "*"}]})
    ecr.put_registry_policy(policyText=registry_policy)
    assert ecr.get_registry_policy()["policyText"] == registry_policy
    ecr.delete_registry_policy()
    rules = [{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "ch*", "filterType": "WILDCARD"}]}]
    ecr.put_registry_scanning_configuration(scanType="BASIC", rules=rules)
    assert ecr.get_registry_scanning_configuration()["scanningConfiguration"]["rules"] == rules
    scanned = ecr.batch_get_repository_scanning_configuration(repositoryNames=["churn", "other"])
    assert [one["scanFrequency"] for one in scanned["scanningConfigurations"]] == ["SCAN_ON_PUSH", "MANUAL"]
    ecr.put_registry_scanning_configuration(scanType="BASIC", rules=[])
    ecr.put_replication_configuration(replicationConfiguration={"rules": [{
        "destinations": [{"region": "us-west-2", "registryId": ACCOUNT}]}]})
    assert ecr.describe_registry()["replicationConfiguration"]["rules"][0]["destinations"][0]["region"] == "us-west-2"
    ecr.put_signing_configuration(signingConfiguration={"rules": [{"signingProfileArn": PROFILE}]})
    assert ecr.get_signing_configuration()["signingConfiguration"]["rules"][0]["signingProfileArn"] == PROFILE
    for prefix in ("auto", "cached"):
        ecr.create_repository_creation_template(prefix=prefix, appliedFor=["CREATE_ON_PUSH", "PULL_THROUGH_CACHE"])
    ecr.update_repository_creation_template(prefix="cached", description="x", imageTagMutability="IMMUTABLE")
    found = story.pages("describe_repository_creation_templates", "repositoryCreationTemplates")
    assert [(one["prefix"], one.get("description")) for one in found] == [("auto", None), ("cached", "x")]
    ecr.delete_repository_creation_template(prefix="auto")
    ecr.register_pull_time_update_exclusion(principalArn=PRINCIPAL)
    assert ecr.list_pull_time_update_exclusions()["pullTimeUpdateExclusions"] == [PRINCIPAL]
    ecr.deregister_pull_time_update_exclusion(principalArn=PRINCIPAL)

    # Layers and images.
    assert ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    layer = put_layer(ecr, "churn", b"layer 1")  # InitiateLayerUpload, UploadLayerPart, CompleteLayerUpload
    digests = [put_image(ecr, "churn", b"layer 1", "v1"), put_image(ecr, "churn", b"layer 2", "v2")]
    assert ecr.batch_check_layer_availability(**churn, layerDigests=[layer])["layers"][0]["layerAvailability"] == "AVAILABLE"
    assert ecr.get_download_url_for_layer(**churn, layerDigest=layer)["layerDigest"] == layer
    assert [one["imageDigest"] for one in story.pages("describe_images", "imageDetails", **churn)] == digests
    assert [one["imageTag"] for one in story.pages("list_images", "imageIds", **churn)] == ["v1", "v2"]
    got = ecr.batch_get_image(**churn, imageIds=[{"imageTag": "v1"}])["images"][0]
    assert got["imageId"]["imageDigest"] == digests[0]

    # What follows a push.
    clock.advance(60)
    assert ecr.describe_image_replication_status(**churn, **v1)["replicationStatuses"][0]["status"] == "COMPLETE"
    west = client("ecr", region_name="us-west-2")
    assert {one["imageTag"] for one in west.list_images(**churn)["imageIds"] if "imageTag" in one} == {"v1", "v2"}
    assert ecr.describe_image_signing_status(**churn, **v1)["signingStatuses"] == [
        {"signingProfileArn": PROFILE, "status": "COMPLETE"}]
    signature = ecr.list_image_referrers(**churn, subjectId={"imageDigest": digests[0]})["referrers"]
    assert [one["artifactType"] for one in signature] == ["application/vnd.cncf.notary.signature"]
    ecr.delete_signing_configuration()
    assert ecr.start_image_scan(**churn, **v1)["imageScanStatus"]["status"] == "IN_PROGRESS"
    ecr.put_image_scanning_configuration(**churn, imageScanningConfiguration={"scanOnPush": True})
    clock.advance(60)
    ecr.get_waiter("image_scan_complete").wait(**churn, **v1)
    assert story.pages("describe_image_scan_findings", "imageScanFindings.findings", **churn, **v1) == []

    # Policies of age and storage.
    assert ecr.update_image_storage_class(**churn, **v1, targetStorageClass="ARCHIVE")["imageStatus"] == "ARCHIVED"
    ecr.update_image_storage_class(**churn, **v1, targetStorageClass="STANDARD")
    clock.advance(60)
    ecr.start_lifecycle_policy_preview(**churn, lifecyclePolicyText=LIFECYCLE)
    ecr.get_waiter("lifecycle_policy_preview_complete").wait(**churn)
    assert story.pages("get_lifecycle_policy_preview", "previewResults", **churn) != []
    ecr.put_lifecycle_policy(**churn, lifecyclePolicyText=LIFECYCLE)
    assert ecr.get_lifecycle_policy(**churn)["lifecyclePolicyText"] == LIFECYCLE
    ecr.delete_lifecycle_policy(**churn)

    # Pull-through from another account of this emulator.
    for prefix in ("one", "two"):
        ecr.create_pull_through_cache_rule(
            ecrRepositoryPrefix=prefix, upstreamRegistryUrl=f"{SECOND}.dkr.ecr.{REGION}.amazonaws.com",
            customRoleArn=f"arn:aws:iam::{ACCOUNT}:role/cache")
    assert ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix="one")["isValid"]
    ecr.update_pull_through_cache_rule(ecrRepositoryPrefix="two", customRoleArn=f"arn:aws:iam::{ACCOUNT}:role/other")
    found = story.pages("describe_pull_through_cache_rules", "pullThroughCacheRules")
    assert [one["ecrRepositoryPrefix"] for one in found] == ["one", "two"]
    ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix="one")

    # The end.
    assert ecr.batch_delete_image(**churn, imageIds=[{"imageTag": "v2"}])["imageIds"][0]["imageDigest"] == digests[1]
    assert error(ecr.delete_repository, **churn)[0] == "RepositoryNotEmptyException"
    ecr.delete_repository(**churn, force=True)
    assert ecr.describe_repositories()["repositories"][0]["repositoryName"] == "other"

    assert set(ecr.meta.service_model.operation_names) - story.called == set()


@pytest.mark.parametrize("operation, arguments", [
    ("describe_repositories", {}), ("describe_images", {"repositoryName": "churn"}), ("list_images", {"repositoryName": "churn"}),
    ("describe_pull_through_cache_rules", {}), ("describe_repository_creation_templates", {}),
    ("list_pull_time_update_exclusions", {}),
])
def test_changed_tokens_are_refused(story, operation, arguments):
    ecr = story.ecr
    for name in ("churn", "other"):
        ecr.create_repository(repositoryName=name)
        ecr.create_repository_creation_template(prefix=name, appliedFor=["REPLICATION"])
        ecr.create_pull_through_cache_rule(ecrRepositoryPrefix=name, upstreamRegistryUrl="public.ecr.aws")
        ecr.register_pull_time_update_exclusion(principalArn=PRINCIPAL + name)
        put_image(ecr, "churn", name.encode(), name)
    call = getattr(ecr, operation)
    first = call(**arguments, maxResults=1)
    token = first["nextToken"]
    second = call(**arguments, maxResults=1, nextToken=token)
    assert "nextToken" not in second
    for wrong in (token[:-4] + "AAAA", "x", token + token):
        code, message = error(call, **arguments, maxResults=1, nextToken=wrong)
        assert code == "InvalidParameterException"
        assert message.startswith("Invalid parameter at 'nextToken' failed to satisfy constraint:")


def test_short_policies_are_read(story):
    story.ecr.create_repository(repositoryName="churn")
    from botocore.config import Config
    loose = client("ecr", config=Config(parameter_validation=False))
    assert error(loose.put_lifecycle_policy, repositoryName="churn", lifecyclePolicyText="{}") == (
        "InvalidParameterException",
        "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: "
        'object has missing required properties (["rules"])\'')
