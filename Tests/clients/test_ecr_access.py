"""Who may push and pull: repository and registry policies across accounts, and IAM's policies when they are enforced."""
from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from conftest import ACCOUNT, REGION, client
from server import Server
from test_ecr import error, put_image
from test_ecr_registry import OCI_MANIFEST, Registry, digest_of

OTHER = "210987654321"
ARN = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/"
HOST = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"


def other(service: str = "ecr", **options):
    """A client of the other account: twelve digits are the account's root."""
    return client(service, aws_access_key_id=OTHER, aws_secret_access_key="secret", **options)


def policy(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions, principal=OTHER, **more) -> dict:
    return {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": actions, **more}


@pytest.fixture
def ecr(server):
    made = client("ecr")
    made.create_repository(repositoryName="team/churn")
    put_image(made, "team/churn", b"layer", "1")
    return made


class Stranger:
    """The other account at this account's registry, as the API and as a docker client."""

    def __init__(self, server, ecr=None):
        self.ecr = ecr or other()
        self.registry = Registry(server, self.ecr)

    def pull(self, host: str = HOST):
        return self.registry.request("GET", "/v2/team/churn/manifests/1", Host=host, Accept=OCI_MANIFEST)

    def get(self) -> dict:
        return self.ecr.batch_get_image(
            registryId=ACCOUNT, repositoryName="team/churn", imageIds=[{"imageTag": "1"}])

    def refusal(self) -> str:
        code, message = error(
            self.ecr.batch_get_image, registryId=ACCOUNT, repositoryName="team/churn", imageIds=[{"imageTag": "1"}])
        assert code == "AccessDeniedException"
        answer = self.pull()
        assert answer.status == 403
        assert answer.json()["errors"][0] == {"code": "DENIED", "message": message}
        return message


def test_other_accounts_need_a_repository_policy(server, ecr):
    stranger = Stranger(server)
    denied = f"User: arn:aws:iam::{OTHER}:root is not authorized to perform: ecr:BatchGetImage on resource: {ARN}team/churn"
    missing = f"{denied} because no resource-based policy allows the ecr:BatchGetImage action"
    assert stranger.refusal() == missing
    name = {"repositoryName": "team/churn"}
    ecr.set_repository_policy(**name, policyText=policy(allow(["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"])))
    assert stranger.get()["images"]
    pulled = stranger.pull()
    assert pulled.status == 200
    layer = json.loads(pulled.body)["layers"][0]["digest"]
    assert stranger.registry.request("GET", f"/v2/team/churn/blobs/{layer}", Host=HOST).status == 307
    # Pulling is not pushing.
    assert stranger.registry.request("POST", "/v2/team/churn/blobs/uploads/", Host=HOST).status == 403
    put = stranger.registry.request("PUT", "/v2/team/churn/manifests/2", pulled.body, Host=HOST, Content_Type=OCI_MANIFEST)
    assert (put.status, put.json()["errors"][0]["code"]) == (403, "DENIED")
    assert stranger.registry.request("GET", "/v2/_catalog", Host=HOST).status == 403
    # Denials win, and conditions are evaluated.
    ecr.set_repository_policy(**name, policyText=policy(
        allow("ecr:*"), {"Effect": "Deny", "Principal": "*", "Action": "ecr:BatchGet*"}))
    assert stranger.refusal() == f"{denied} with an explicit deny in a resource-based policy"
    for address, is_allowed in (("127.0.0.1/32", True), ("10.0.0.0/8", False)):
        ecr.set_repository_policy(**name, policyText=policy(
            allow("ecr:BatchGetImage", Condition={"IpAddress": {"aws:SourceIp": address}})))
        assert (stranger.pull().status == 200) == is_allowed
    # By its own host the caller's registry is meant, where there is no such repository.
    assert stranger.pull(f"{OTHER}.dkr.ecr.{REGION}.amazonaws.com").status == 404


def test_registry_policies_speak_for_all_repositories(server, ecr):
    stranger = Stranger(server)
    text = policy(allow("ecr:BatchGetImage", Resource=f"{ARN}team/*"))
    ecr.put_registry_policy(policyText=text)
    assert stranger.pull().status == 200
    ecr.put_account_setting(name="REGISTRY_POLICY_SCOPE", value="V1")
    stranger.refusal()
    ecr.put_account_setting(name="REGISTRY_POLICY_SCOPE", value="V2")
    ecr.put_registry_policy(policyText=policy(allow("ecr:BatchGetImage", Resource=f"{ARN}else/*")))
    stranger.refusal()


def test_replication_to_another_account_needs_its_registry_policy(server, ecr, clock):
    there = other()
    ecr.put_replication_configuration(replicationConfiguration={"rules": [{
        "destinations": [{"region": REGION, "registryId": OTHER}]}]})

    def replicate(tag: str) -> str:
        put_image(ecr, "team/churn", tag.encode(), tag)
        clock.advance(60)
        status = ecr.describe_image_replication_status(repositoryName="team/churn", imageId={"imageTag": tag})
        return status["replicationStatuses"][0]["status"]

    assert replicate("a") == "FAILED"
    there.put_registry_policy(policyText=policy(allow("ecr:ReplicateImage", ACCOUNT, Resource="*")))
    assert replicate("b") == "FAILED"  # the repository would have to be created
    both = ["ecr:ReplicateImage", "ecr:CreateRepository"]
    there.put_registry_policy(policyText=policy(
        allow(both, f"arn:aws:iam::{ACCOUNT}:root", Resource=f"arn:aws:ecr:{REGION}:{OTHER}:repository/team/*")))
    assert replicate("c") == "COMPLETE"
    assert [one["imageTag"] for one in there.list_images(repositoryName="team/churn")["imageIds"]] == ["c"]


# On a server that enforces IAM's policies.

@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    with Server("--ephemeral", "--iam", "enforce", log=tmp_path_factory.mktemp("ecr-iam") / "server.log") as running:
        yield running


def as_user(server, name: str, *actions: str, resource: str = "*"):
    """A user who may do `actions`; answers its ECR client."""
    iam = client("iam", endpoint_url=server.url)
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy(
        {"Effect": "Allow", "Action": ["ecr:GetAuthorizationToken"], "Resource": "*"},
        *([{"Effect": "Allow", "Action": list(actions), "Resource": resource}] if actions else [])))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return client(
        "ecr", endpoint_url=server.url, aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])


def test_users_may_do_what_their_policies_say(guarded):
    admin = client("ecr", endpoint_url=guarded.url)
    admin.create_repository(repositoryName="team/churn")
    put_image(admin, "team/churn", b"layer", "1")
    reader = as_user(guarded, "reader", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", resource=f"{ARN}team/*")
    registry = Registry(guarded, reader)
    assert registry.request("GET", "/v2/").status == 200
    assert registry.request("GET", "/v2/team/churn/manifests/1", Accept=OCI_MANIFEST).status == 200
    assert reader.batch_get_image(repositoryName="team/churn", imageIds=[{"imageTag": "1"}])["images"]
    started = registry.request("POST", "/v2/team/churn/blobs/uploads/")
    assert started.status == 403
    assert started.json()["errors"] == [{"code": "DENIED", "message": (
        f"User: arn:aws:iam::{ACCOUNT}:user/reader is not authorized to perform: ecr:InitiateLayerUpload on resource: "
        f"{ARN}team/churn because no identity-based policy allows the ecr:InitiateLayerUpload action")}]
    with pytest.raises(ClientError) as caught:
        reader.initiate_layer_upload(repositoryName="team/churn")
    assert caught.value.response["Error"]["Message"] == started.json()["errors"][0]["message"]
    # Without the right nobody learns whether a repository exists.
    assert registry.request("GET", "/v2/other/none/manifests/1").status == 403
    assert registry.request("GET", "/v2/team/none/manifests/1").status == 404
    for path in ("/v2/team/churn/tags/list", "/v2/_catalog"):
        assert registry.request("GET", path).status == 403


def test_a_push_needs_each_of_its_actions(guarded):
    admin = client("ecr", endpoint_url=guarded.url)
    admin.create_repository(repositoryName="team/pushed")
    steps = ["InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload", "PutImage"]
    for count in range(len(steps) + 1):
        granted = ["ecr:BatchCheckLayerAvailability"] + [f"ecr:{step}" for step in steps[:count]]
        registry = Registry(guarded, as_user(guarded, f"pusher{count}", *granted))
        statuses = []
        started = registry.request("POST", "/v2/team/pushed/blobs/uploads/")
        statuses.append(started.status)
        if started.status == 202:
            location = started.headers["Location"]
            statuses.append(registry.request("PATCH", location, b"{}").status)
            statuses.append(registry.request("PUT", f"{location}?digest={digest_of(b'{}')}").status if statuses[-1] == 202 else 403)
            manifest = json.dumps({
                "schemaVersion": 2, "mediaType": OCI_MANIFEST, "layers": [],
                "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest_of(b"{}"), "size": 2},
            }).encode()
            if statuses[-1] == 201:
                put = registry.request("PUT", f"/v2/team/pushed/manifests/{count}", manifest, Content_Type=OCI_MANIFEST)
                statuses.append(put.status)
        assert [status for status in statuses if status < 300] == [202, 202, 201, 201][:count]
        assert (403 in statuses) == (count < len(steps))


def test_both_sides_count_across_accounts(guarded):
    admin = client("ecr", endpoint_url=guarded.url)
    admin.create_repository(repositoryName="shared/one")
    put_image(admin, "shared/one", b"layer", "1")
    stranger = Stranger(guarded, other(endpoint_url=guarded.url))

    def pull() -> int:
        return stranger.registry.request("GET", "/v2/shared/one/manifests/1", Host=HOST, Accept=OCI_MANIFEST).status

    assert pull() == 403
    admin.set_repository_policy(repositoryName="shared/one", policyText=policy(allow("ecr:BatchGetImage")))
    assert pull() == 200
    got = stranger.ecr.batch_get_image(registryId=ACCOUNT, repositoryName="shared/one", imageIds=[{"imageTag": "1"}])
    assert got["images"]


def test_templates_and_caches_need_the_right_to_create(guarded):
    admin = client("ecr", endpoint_url=guarded.url)
    admin.create_repository_creation_template(prefix="auto", appliedFor=["CREATE_ON_PUSH"])
    admin.create_repository(repositoryName="origin")
    put_image(admin, "origin", b"layer", "1")
    admin.create_pull_through_cache_rule(ecrRepositoryPrefix="cache", upstreamRegistryUrl=HOST)
    push = ["ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload"]
    for name, extra, expected in (("plain", [], 403), ("creator", ["ecr:CreateRepository", "ecr:BatchImportUpstreamImage"], 200)):
        registry = Registry(guarded, as_user(guarded, name, "ecr:BatchGetImage", *push, *extra))
        uploaded = registry.request("POST", f"/v2/auto/{name}/blobs/uploads/")
        assert uploaded.status == (202 if expected == 200 else 403), uploaded.text
        pulled = registry.request("GET", "/v2/cache/origin/manifests/1", Accept=OCI_MANIFEST)
        assert pulled.status == expected, pulled.text
