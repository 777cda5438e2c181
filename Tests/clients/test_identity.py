"""Who is asking: STS, IAM roles and users, and the account behind an access key."""
from __future__ import annotations

import json

import boto3
import pytest

from conftest import client
from hosting import make_model, refused

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com", "AWS": "123456789012"},
    "Action": "sts:AssumeRole"}]})


def session(key: str, token: str | None = None, secret: str = "s") -> boto3.Session:
    return boto3.Session(aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=token)


def test_the_default_caller_is_the_root_of_the_default_account(sts):
    identity = sts.get_caller_identity()
    assert (identity["Account"], identity["UserId"], identity["Arn"]) == (
        "123456789012", "123456789012", "arn:aws:iam::123456789012:root")


def test_twelve_digits_are_an_account(server, sagemaker):
    other = session("210987654321")
    assert other.client("sts").get_caller_identity()["Account"] == "210987654321"
    arn = make_model(other.client("sagemaker"), "theirs")
    assert arn == "arn:aws:sagemaker:us-east-1:210987654321:model/theirs"
    assert sagemaker.list_models()["Models"] == []


def test_regions_are_apart(server, sagemaker):
    make_model(client("sagemaker", region_name="eu-central-1"), "there")
    assert sagemaker.list_models()["Models"] == []
    assert make_model(sagemaker, "there").split(":")[3] == "us-east-1"


def test_a_role(iam):
    made = iam.create_role(RoleName="Execution", Path="/service-role/", AssumeRolePolicyDocument=TRUST)["Role"]
    assert made["Arn"] == "arn:aws:iam::123456789012:role/service-role/Execution"
    assert made["RoleId"].startswith("AROA") and len(made["RoleId"]) == 21
    assert "MaxSessionDuration" not in made
    got = iam.get_role(RoleName="Execution")["Role"]
    assert got["AssumeRolePolicyDocument"] == json.loads(TRUST)
    assert (got["MaxSessionDuration"], got["RoleId"]) == (3600, made["RoleId"])
    with refused("EntityAlreadyExists", "Role with name execution already exists.", status=409):
        iam.create_role(RoleName="execution", AssumeRolePolicyDocument=TRUST)
    with refused("NoSuchEntity", "The role with name None cannot be found.", status=404):
        iam.get_role(RoleName="None")
    with refused("MalformedPolicyDocument", "This policy contains invalid Json", status=400):
        iam.create_role(RoleName="Bad", AssumeRolePolicyDocument="{not json")


@pytest.mark.parametrize("words", ["a+b %20 c", "ümlaut 🌱", "<&>'\""])
def test_a_trust_policy_survives_url_encoding(iam, words):
    document = {**json.loads(TRUST), "Id": words}
    iam.create_role(RoleName="R", AssumeRolePolicyDocument=json.dumps(document))
    assert iam.get_role(RoleName="R")["Role"]["AssumeRolePolicyDocument"] == document


def test_an_assumed_role_is_its_session(iam, sts, server):
    role = iam.create_role(RoleName="Deployer", AssumeRolePolicyDocument=TRUST)["Role"]
    answer = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="ci")
    arn = "arn:aws:sts::123456789012:assumed-role/Deployer/ci"
    assert answer["AssumedRoleUser"] == {"Arn": arn, "AssumedRoleId": f"{role['RoleId']}:ci"}
    credentials = answer["Credentials"]
    assert credentials["AccessKeyId"].startswith("ASIA") and len(credentials["SecretAccessKey"]) == 40
    acting = session(credentials["AccessKeyId"], credentials["SessionToken"], credentials["SecretAccessKey"])
    identity = acting.client("sts").get_caller_identity()
    assert (identity["Arn"], identity["UserId"]) == (arn, f"{role['RoleId']}:ci")


def test_roles_of_another_account_lead_to_that_account(server):
    there = session("210987654321")
    trust = TRUST.replace("123456789012", "210987654321")
    role = there.client("iam").create_role(RoleName="Theirs", AssumeRolePolicyDocument=trust)["Role"]
    assert role["Arn"] == "arn:aws:iam::210987654321:role/Theirs"
    credentials = there.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="s2")["Credentials"]
    acting = session(credentials["AccessKeyId"], credentials["SessionToken"])
    assert make_model(acting.client("sagemaker"), "m").split(":")[4] == "210987654321"


@pytest.mark.parametrize("arguments, code, words", [
    ({"RoleSessionName": "Session1:2"}, "ValidationError",
     "1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: "
     "Member must satisfy regular expression pattern: [\\w+=,.@-]*"),
    ({"DurationSeconds": 43201}, "ValidationError", "durationSeconds"),
    ({"DurationSeconds": 7200}, "ValidationError",
     "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."),
    ({"RoleArn": "arn:aws:iam::123456789012:role/Missing"}, "AccessDenied",
     "User: arn:aws:iam::123456789012:root is not authorized to perform: sts:AssumeRole on resource: "
     "arn:aws:iam::123456789012:role/Missing"),
])
def test_roles_that_cannot_be_assumed(iam, sts, arguments, code, words):
    arn = iam.create_role(RoleName="R", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    with refused(code, containing=words, status=403 if code == "AccessDenied" else 400):
        sts.assume_role(**{"RoleArn": arn, "RoleSessionName": "s2", **arguments})


def test_an_access_key_is_its_user(iam, server):
    user = iam.create_user(UserName="gardener")["User"]
    assert user["Arn"] == "arn:aws:iam::123456789012:user/gardener"
    key = iam.create_access_key(UserName="gardener")["AccessKey"]
    assert key["AccessKeyId"].startswith("AKIA") and len(key["AccessKeyId"]) == 20
    identity = session(key["AccessKeyId"], secret=key["SecretAccessKey"]).client("sts").get_caller_identity()
    assert (identity["Arn"], identity["UserId"]) == (user["Arn"], user["UserId"])


def test_an_unsigned_call_to_iam_is_the_default_account(server):
    answer = server.request("POST", "/", "Action=GetCallerIdentity&Version=2011-06-15",
                            {"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status == 200
    assert "<Account>123456789012</Account>" in answer.text
    assert '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">' in answer.text


def test_an_expired_session_is_refused_by_every_protocol(iam, sts, clock):
    """A key the server issued must not turn into somebody else when it is over."""
    role = iam.create_role(RoleName="Short", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    credentials = sts.assume_role(RoleArn=role, RoleSessionName="ci", DurationSeconds=900)["Credentials"]
    theirs = session(credentials["AccessKeyId"], credentials["SessionToken"], credentials["SecretAccessKey"])
    theirs.client("sagemaker").list_models()
    clock.advance(901)
    with refused("ExpiredTokenException", "The security token included in the request is expired", status=400):
        theirs.client("sagemaker").list_models()
    with refused("ExpiredToken", "The security token included in the request is expired", status=403):
        theirs.client("sts").get_caller_identity()
    with refused("ExpiredToken", "The provided token has expired.", status=400):
        theirs.client("s3").list_buckets()


def test_a_key_that_is_switched_off_is_refused(iam):
    iam.create_user(UserName="ci")
    key = iam.create_access_key(UserName="ci")["AccessKey"]
    theirs = session(key["AccessKeyId"], secret=key["SecretAccessKey"])
    theirs.client("sagemaker").list_models()
    iam.update_access_key(UserName="ci", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    with refused("UnrecognizedClientException", "The security token included in the request is invalid.", status=400):
        theirs.client("sagemaker").list_models()
    with refused("InvalidAccessKeyId", status=403):
        theirs.client("s3").list_buckets()
