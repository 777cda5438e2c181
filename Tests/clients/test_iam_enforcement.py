"""What policies refuse, with the SDK: --iam enforce and --iam soft, across services and protocols."""
from __future__ import annotations

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from conftest import client

ACCOUNT = "123456789012"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """One enforcing server for the module; names are not shared between tests."""
    from server import Server

    folder = tmp_path_factory.mktemp("iam")
    config = folder / "coldframe.yaml"
    config.write_text("""
iam: enforce
networkHeader: true
networks:
  office: {sourceIp: 192.168.10.0/24}
  vpc: {vpc: vpc-1, vpcSourceIp: 10.16.0.0/16, vpcEndpoints: {sagemaker.api: vpce-api, s3: vpce-s3}, natIp: 203.0.113.9}
""")
    with Server("--ephemeral", "--clock", "manual", "--config", str(config), log=folder / "server.log") as running:
        yield running


def admin(server, service):
    return client(service, endpoint_url=server.url)


def as_user(server, name, *statements):
    """A new user with one inline policy; answers a function that makes its clients."""
    iam = admin(server, "iam")
    iam.create_user(UserName=name)
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*statements))
    key = iam.create_access_key(UserName=name)["AccessKey"]

    def make(service, **options):
        return client(
            service, endpoint_url=server.url, aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"], **options)

    return make


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **condition):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **({"Condition": condition} if condition else {})}


def model(name, role):
    return {"ModelName": name, "ExecutionRoleArn": role, "PrimaryContainer": {
        "Image": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/i:1"}}


def deny(action, resource="*", **condition):
    return {**allow(action, resource, **condition), "Effect": "Deny"}


class refused:
    def __init__(self, code, message, status=None):
        self.code, self.message, self.status = code, message, status

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        assert kind is not None and issubclass(kind, ClientError), f"not refused: {error}"
        got = error.response["Error"]
        assert (got["Code"], got["Message"]) == (self.code, self.message)
        if self.status:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == self.status
        return True


def no_policy(user, action, resource, form="on resource: {}"):
    where = f" {form.format(resource)}" if resource else ""
    return (f"User: arn:aws:iam::{ACCOUNT}:user/{user} is not authorized to perform: {action}{where} "
            f"because no identity-based policy allows the {action} action")


def test_root_and_keys_of_others_may_do_everything(guarded):
    assert admin(guarded, "sagemaker").list_models()["Models"] == []
    assert admin(guarded, "sts").get_caller_identity()["Arn"].endswith(":root")


def test_sagemaker_and_its_texts(guarded):
    arn = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}"
    user = as_user(guarded, "ml", allow("sagemaker:Describe*"), allow("sagemaker:AddTags", f"{arn}:model/mine"))
    sagemaker = user("sagemaker")
    with refused("AccessDeniedException", no_policy("ml", "sagemaker:CreateModel", f"{arn}:model/m"), 400):
        sagemaker.create_model(**model("m", f"arn:aws:iam::{ACCOUNT}:role/r"))
    with refused("AccessDeniedException", no_policy("ml", "sagemaker:ListEndpoints", f"{arn}:endpoint/*"), 400):
        sagemaker.list_endpoints()
    with pytest.raises(ClientError, match="Could not find model"):
        sagemaker.describe_model(ModelName="m")
    with refused("AccessDeniedException", no_policy("ml", "sagemaker:InvokeEndpoint", f"{arn}:endpoint/e"), 403):
        user("sagemaker-runtime").invoke_endpoint(EndpointName="e", Body=b"1")
    with refused("AccessDeniedException", no_policy("ml", "sagemaker:AddTags", f"{arn}:model/other"), 400):
        sagemaker.add_tags(ResourceArn=f"{arn}:model/other", Tags=[{"Key": "a", "Value": "b"}])


def test_a_role_must_be_passed(guarded):
    role = f"arn:aws:iam::{ACCOUNT}:role/Execution"
    user = as_user(
        guarded, "passer", allow("sagemaker:CreateModel"),
        allow("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/Other"),
        allow("iam:PassRole", role, StringEquals={"iam:PassedToService": "lambda.amazonaws.com"}))
    with refused("AccessDeniedException", no_policy("passer", "iam:PassRole", role)):
        user("sagemaker").create_model(**model("m", role))
    admin(guarded, "iam").put_user_policy(
        UserName="passer", PolicyName="pass", PolicyDocument=document(
            allow("iam:PassRole", role, StringEquals={"iam:PassedToService": "sagemaker.amazonaws.com"})))
    user("sagemaker").create_model(**model("passed", role))


def test_tags_on_creation_need_add_tags(guarded):
    arn = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model"
    user = as_user(
        guarded, "tagger", allow("sagemaker:CreateModel", "*", StringEquals={"aws:RequestTag/team": "ml"}),
        allow("iam:PassRole"))
    role = f"arn:aws:iam::{ACCOUNT}:role/Execution"
    with refused("AccessDeniedException", no_policy("tagger", "sagemaker:CreateModel", f"{arn}/t1")):
        user("sagemaker").create_model(**model("t1", role))
    tags = [{"Key": "team", "Value": "ml"}]
    with refused("AccessDeniedException", no_policy("tagger", "sagemaker:AddTags", f"{arn}/t1")):
        user("sagemaker").create_model(**model("t1", role), Tags=tags)
    admin(guarded, "iam").put_user_policy(
        UserName="tagger", PolicyName="tags", PolicyDocument=document(
            allow("sagemaker:AddTags"), allow("sagemaker:DeleteModel", "*", StringEquals={"aws:ResourceTag/team": "ml"})))
    user("sagemaker").create_model(**model("t1", role), Tags=tags)
    admin(guarded, "sagemaker").create_model(**model("t2", role))
    with refused("AccessDeniedException", no_policy("tagger", "sagemaker:DeleteModel", f"{arn}/t2")):
        user("sagemaker").delete_model(ModelName="t2")
    user("sagemaker").delete_model(ModelName="t1")


def test_instance_types_are_a_condition(guarded):
    user = as_user(
        guarded, "sizes", allow("sagemaker:CreateEndpointConfig", "*", **{
            "ForAllValues:StringLike": {"sagemaker:InstanceTypes": "ml.t*"}}))
    admin(guarded, "sagemaker").create_model(**model("sized", f"arn:aws:iam::{ACCOUNT}:role/Execution"))

    def config(name, kind):
        return user("sagemaker").create_endpoint_config(EndpointConfigName=name, ProductionVariants=[
            {"VariantName": "v", "ModelName": "sized", "InstanceType": kind, "InitialInstanceCount": 1}])

    config("small", "ml.t2.medium")
    with refused("AccessDeniedException", no_policy(
            "sizes", "sagemaker:CreateEndpointConfig",
            f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:endpoint-config/large")):
        config("large", "ml.p4d.24xlarge")


def test_an_explicit_deny_wins_and_says_so(guarded):
    user = as_user(guarded, "denied", allow("*"), deny("sagemaker:DeleteModel"))
    with refused(
        "AccessDeniedException",
        f"User: arn:aws:iam::{ACCOUNT}:user/denied is not authorized to perform: sagemaker:DeleteModel on resource: "
        f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model/m with an explicit deny in an identity-based policy", 400):
        user("sagemaker").delete_model(ModelName="m")


def test_s3_by_its_own_action_names(guarded):
    s3 = admin(guarded, "s3")
    s3.create_bucket(Bucket="guarded")
    s3.put_object(Bucket="guarded", Key="in/a b.txt", Body=b"1")
    user = as_user(
        guarded, "reader", allow("s3:GetObject", "arn:aws:s3:::guarded/in/*"),
        allow("s3:ListBucket", "arn:aws:s3:::guarded", StringLike={"s3:prefix": "in/*"}))
    own = user("s3")
    assert own.get_object(Bucket="guarded", Key="in/a b.txt")["Body"].read() == b"1"
    assert own.head_object(Bucket="guarded", Key="in/a b.txt")["ContentLength"] == 1
    assert own.list_objects_v2(Bucket="guarded", Prefix="in/")["KeyCount"] == 1
    quoted = 'on resource: "{}"'
    with refused("AccessDenied", no_policy("reader", "s3:ListBucket", "arn:aws:s3:::guarded", quoted), 403):
        own.list_objects_v2(Bucket="guarded")
    with refused("AccessDenied", no_policy("reader", "s3:PutObject", "arn:aws:s3:::guarded/in/b", quoted), 403):
        own.put_object(Bucket="guarded", Key="in/b", Body=b"2")
    with refused("AccessDenied", no_policy("reader", "s3:ListAllMyBuckets", "arn:aws:s3:::*", quoted), 403):
        own.list_buckets()
    with refused("AccessDenied", no_policy("reader", "s3:PutObject", "arn:aws:s3:::guarded/in/c", quoted), 403):
        own.copy_object(Bucket="guarded", Key="in/c", CopySource="guarded/in/a b.txt")
    with pytest.raises(ClientError, match="403"):
        own.head_object(Bucket="guarded", Key="out")


@pytest.mark.parametrize("service, call, action, resource, code", [
    ("cloudwatch", lambda c: c.put_metric_data(Namespace="N", MetricData=[]), "cloudwatch:PutMetricData", "",
     "AccessDenied"),
    ("cloudwatch", lambda c: c.delete_alarms(AlarmNames=["a"]), "cloudwatch:DeleteAlarms",
     f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:a", "AccessDenied"),
    ("ecr", lambda c: c.get_authorization_token(), "ecr:GetAuthorizationToken", "*", "AccessDeniedException"),
    ("ecr", lambda c: c.describe_images(repositoryName="rr"), "ecr:DescribeImages",
     f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/rr", "AccessDeniedException"),
    ("cognito-idp", lambda c: c.admin_get_user(UserPoolId="us-east-1_a", Username="u"), "cognito-idp:AdminGetUser",
     f"arn:aws:cognito-idp:us-east-1:{ACCOUNT}:userpool/us-east-1_a", "AccessDeniedException"),
    ("iam", lambda c: c.create_role(RoleName="r", Path="/p/", AssumeRolePolicyDocument="{}"), "iam:CreateRole",
     f"arn:aws:iam::{ACCOUNT}:role/p/r", "AccessDenied"),
    ("iam", lambda c: c.list_access_keys(), "iam:ListAccessKeys", f"arn:aws:iam::{ACCOUNT}:user/nobody", "AccessDenied"),
])
def test_every_service_words_its_refusal(guarded, service, call, action, resource, code):
    try:
        user = as_user(guarded, "nobody")
        test_every_service_words_its_refusal.user = user
    except ClientError:
        user = test_every_service_words_its_refusal.user
    with refused(code, no_policy("nobody", action, resource)):
        call(user(service))


def test_assume_role_asks_both_sides(guarded):
    iam = admin(guarded, "iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    arn = iam.create_role(RoleName="Worker", AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="Worker", PolicyName="p", PolicyDocument=document(allow("s3:*"), allow("sagemaker:*")))
    user = as_user(guarded, "worker")
    text = (f"User: arn:aws:iam::{ACCOUNT}:user/worker is not authorized to perform: sts:AssumeRole on resource: {arn}")
    with refused("AccessDenied", text, 403):
        user("sts").assume_role(RoleArn=arn, RoleSessionName="s1")
    iam.put_user_policy(UserName="worker", PolicyName="p", PolicyDocument=document(allow("sts:AssumeRole", arn)))
    made = user("sts").assume_role(RoleArn=arn, RoleSessionName="s1", Policy=document(allow("s3:*")))["Credentials"]
    session = boto3.Session(
        aws_access_key_id=made["AccessKeyId"], aws_secret_access_key=made["SecretAccessKey"],
        aws_session_token=made["SessionToken"], region_name="us-east-1")
    session.client("s3", endpoint_url=guarded.url).list_buckets()
    with refused(
        "AccessDeniedException",
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/Worker/s1 is not authorized to perform: sagemaker:ListModels on "
        f"resource: arn:aws:sagemaker:us-east-1:{ACCOUNT}:model/* because no session policy allows the "
        "sagemaker:ListModels action"):
        session.client("sagemaker", endpoint_url=guarded.url).list_models()


@pytest.mark.parametrize("network, allowed", [("office", True), ("vpc", True), (None, False)])
def test_networks_feed_the_conditions(guarded, network, allowed):
    try:
        as_user(
            guarded, "anywhere", allow("sagemaker:ListModels", "*", IpAddress={"aws:SourceIp": "192.168.10.0/24"}),
            allow("sagemaker:ListModels", "*", StringEquals={"aws:sourceVpce": "vpce-api"},
                  IpAddress={"aws:VpcSourceIp": "10.16.0.0/16"}))
    except ClientError:
        pass
    key = admin(guarded, "iam").create_access_key(UserName="anywhere")["AccessKey"]
    sagemaker = client(
        "sagemaker", endpoint_url=guarded.url, aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"])
    if network:
        sagemaker.meta.events.register(
            "before-call.sagemaker", lambda params, **_: params["headers"].update({"X-Coldframe-Network": network}))
    try:
        if allowed:
            sagemaker.list_models()
        else:
            with refused("AccessDeniedException", no_policy(
                    "anywhere", "sagemaker:ListModels", f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model/*")):
                sagemaker.list_models()
    finally:
        admin(guarded, "iam").delete_access_key(UserName="anywhere", AccessKeyId=key["AccessKeyId"])


def test_simulation_and_enforcement_agree(guarded):
    user = as_user(guarded, "both", allow("sagemaker:DescribeModel", f"arn:aws:sagemaker:*:{ACCOUNT}:model/a*"))
    iam = admin(guarded, "iam")
    for name, expected in [("abc", "allowed"), ("bcd", "implicitDeny")]:
        arn = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model/{name}"
        result = iam.simulate_principal_policy(
            PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:user/both", ActionNames=["sagemaker:DescribeModel"],
            ResourceArns=[arn])["EvaluationResults"][0]["EvalDecision"]
        assert result == expected
        with pytest.raises(ClientError) as error:
            user("sagemaker").describe_model(ModelName=name)
        assert ("not authorized" in str(error.value)) == (expected != "allowed")


def test_soft_mode_records_and_lets_pass(start_server):
    server = start_server("--ephemeral", "--iam", "soft")
    user = as_user(server, "soft", allow("s3:*"))
    assert user("sagemaker").list_models()["Models"] == []
    events = [e for e in server.control("GET", "events")["events"] if e["detail-type"] == "Coldframe IAM Denial"]
    assert [e["detail"]["action"] for e in events] == ["sagemaker:ListModels"]
    assert events[0]["detail"]["message"] == no_policy(
        "soft", "sagemaker:ListModels", f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model/*")
    assert events[0]["detail"]["sourceIp"] == "127.0.0.1"


def test_off_asks_nobody(start_server):
    server = start_server("--ephemeral")
    assert as_user(server, "free")("sagemaker").list_models()["Models"] == []


def test_bucket_policies_across_accounts(guarded):
    s3 = admin(guarded, "s3")
    s3.create_bucket(Bucket="shared-bucket")
    s3.put_object(Bucket="shared-bucket", Key="k", Body=b"1")
    s3.put_object(Bucket="shared-bucket", Key="secret", Body=b"1")
    other = client("s3", endpoint_url=guarded.url, aws_access_key_id="210987654321", aws_secret_access_key="s")
    with pytest.raises(ClientError, match="AccessDenied"):
        other.get_object(Bucket="shared-bucket", Key="k")
    arn = "arn:aws:s3:::shared-bucket/*"
    s3.put_bucket_policy(Bucket="shared-bucket", Policy=document(
        {**allow("s3:GetObject", arn), "Principal": {"AWS": "210987654321"}},
        {**deny("s3:*", "arn:aws:s3:::shared-bucket/secret"), "Principal": "*"}))
    assert other.get_object(Bucket="shared-bucket", Key="k")["Body"].read() == b"1"
    with refused("AccessDenied", "Access Denied", 403):
        other.get_object(Bucket="shared-bucket", Key="secret")
    with pytest.raises(ClientError, match="AccessDenied"):
        other.put_object(Bucket="shared-bucket", Key="k", Body=b"2")
    # Within the account a bucket policy is enough for a user without a policy.
    user = as_user(guarded, "bucketuser")
    with pytest.raises(ClientError, match="no identity-based policy"):
        user("s3").get_object(Bucket="shared-bucket", Key="k")
    s3.put_bucket_policy(Bucket="shared-bucket", Policy=document(
        {**allow("s3:GetObject", arn), "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/bucketuser"}}))
    assert user("s3").get_object(Bucket="shared-bucket", Key="k")["Body"].read() == b"1"
    assert json.loads(s3.get_bucket_policy(Bucket="shared-bucket")["Policy"])["Version"] == "2012-10-17"
    with pytest.raises(ClientError, match="MalformedPolicy"):
        s3.put_bucket_policy(Bucket="shared-bucket", Policy="{")
    s3.delete_bucket_policy(Bucket="shared-bucket")
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket="shared-bucket")


def test_groups_and_boundaries(guarded):
    iam = admin(guarded, "iam")
    user = as_user(guarded, "member")
    iam.create_group(GroupName="scientists")
    iam.put_group_policy(
        GroupName="scientists", PolicyName="p", PolicyDocument=document(allow("sagemaker:*"), allow("s3:*")))
    with pytest.raises(ClientError, match="not authorized"):
        user("sagemaker").list_models()
    iam.add_user_to_group(GroupName="scientists", UserName="member")
    user("sagemaker").list_models()
    boundary = iam.create_policy(PolicyName="edge", PolicyDocument=document(allow("s3:*")))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="member", PermissionsBoundary=boundary)
    assert iam.get_user(UserName="member")["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    user("s3").list_buckets()
    with refused(
        "AccessDeniedException",
        f"User: arn:aws:iam::{ACCOUNT}:user/member is not authorized to perform: sagemaker:ListModels on resource: "
        f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model/* because no permissions boundary allows the "
        "sagemaker:ListModels action"):
        user("sagemaker").list_models()
    assert [g["GroupName"] for g in iam.list_groups_for_user(UserName="member")["Groups"]] == ["scientists"]
    assert [u["UserName"] for u in iam.get_group(GroupName="scientists")["Users"]] == ["member"]
    with pytest.raises(ClientError, match="must remove users from group first"):
        iam.delete_group(GroupName="scientists")
    iam.delete_user_permissions_boundary(UserName="member")
    iam.remove_user_from_group(GroupName="scientists", UserName="member")
    with pytest.raises(ClientError, match="no identity-based policy"):
        user("sagemaker").list_models()
