"""Links to Studio through the private API, and the source policy of three statements: at creation and at opening."""
from __future__ import annotations

import http.client
import json
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError

from conftest import client
from server import Server
from test_private_api import get

ACCOUNT = "123456789012"


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """An enforcing server with a domain, the profile alice, and the role whose policy has the three statements."""
    folder = tmp_path_factory.mktemp("studio")
    config = folder / "coldframe.yaml"
    config.write_text("""
iam: enforce
networkHeader: true
networks:
  vpc: {vpc: vpc-1, vpcSourceIp: 10.16.0.0/16, vpcEndpoints: {execute-api: vpce-0exec, sagemaker.api: vpce-0x, studio: vpce-0y}}
  premises: {sourceIp: 192.168.10.0/24}
  endpoints: {vpc: vpc-1, vpcSourceIp: 10.99.0.1, vpcEndpoints: {sagemaker.api: vpce-0api, studio: vpce-0studio}}
  elsewhere: {sourceIp: 203.0.113.5}
  othervpc: {vpc: vpc-9, vpcSourceIp: 10.99.0.1, vpcEndpoint: vpce-0other}
privateApi: {vpcEndpoints: [vpce-0exec], userPool: SageMakerPool, domain: lab, role: Presign}
""")
    with Server("--ephemeral", "--config", str(config), log=folder / "server.log") as running:
        sagemaker = client("sagemaker", endpoint_url=running.url)
        iam = client("iam", endpoint_url=running.url)
        trust = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}]}
        role = iam.create_role(RoleName="Presign", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        common = {"Effect": "Allow", "Action": "sagemaker:CreatePresignedDomainUrl",
                  "Resource": f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:user-profile/*/*"}
        iam.put_role_policy(RoleName="Presign", PolicyName="source", PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [
                {**common, "Condition": {"IpAddress": {"aws:VpcSourceIp": "10.16.0.0/16"}}},
                {**common, "Condition": {"IpAddress": {"aws:SourceIp": "192.168.10.0/24"}}},
                {**common, "Condition": {"StringEquals": {"aws:sourceVpce": ["vpce-0api", "vpce-0studio"]}}}]}))
        running.domain = sagemaker.create_domain(
            DomainName="lab", AuthMode="IAM", VpcId="vpc-1", SubnetIds=["subnet-1"],
            DefaultUserSettings={"ExecutionRole": role})["DomainArn"].split("/")[-1]
        wait(lambda: sagemaker.describe_domain(DomainId=running.domain))
        sagemaker.create_user_profile(DomainId=running.domain, UserProfileName="alice")
        wait(lambda: sagemaker.describe_user_profile(DomainId=running.domain, UserProfileName="alice"))
        made = client("sts", endpoint_url=running.url).assume_role(RoleArn=role, RoleSessionName="lambda")["Credentials"]
        running.session = boto3.Session(
            made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"], region_name="us-east-1")
        yield running


def wait(describe):
    while describe()["Status"] != "InService":
        pass


def link(server, network):
    """A link made by the role from a network."""
    sagemaker = server.session.client("sagemaker", endpoint_url=server.url)
    sagemaker.meta.events.register(
        "before-call.sagemaker", lambda params, **_: params["headers"].update({"X-Coldframe-Network": network}))
    return sagemaker.create_presigned_domain_url(DomainId=server.domain, UserProfileName="alice")["AuthorizedUrl"]


def visit(server, url, network, cookie=None):
    """What a browser on that network meets: status and cookie."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    headers = {"Host": parts.netloc, "X-Coldframe-Network": network, **({"Cookie": cookie} if cookie else {})}
    connection.request("GET", f"{parts.path}?{parts.query}" if parts.query else parts.path, headers=headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    found = response.headers["Set-Cookie"]
    return response.status, found.split(";")[0] if found else None, response.headers["Location"]


ALLOWED = ["vpc", "premises", "endpoints"]
REFUSED = ["elsewhere", "othervpc"]


@pytest.mark.parametrize("network", ALLOWED)
def test_allowed_at_creation_and_at_opening(studio, network):
    url = link(studio, network)
    status, cookie, place = visit(studio, url, network)
    assert status == 302 and cookie, (status, place)
    landing = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}{urlsplit(place).path}"
    assert visit(studio, landing, network, cookie)[0] == 200
    # The same session from elsewhere is asked again, and refused.
    assert visit(studio, landing, "elsewhere", cookie)[0] == 403


@pytest.mark.parametrize("network", REFUSED)
def test_refused_at_creation(studio, network):
    with pytest.raises(ClientError) as error:
        link(studio, network)
    assert error.value.response["Error"] == {
        "Code": "AccessDeniedException",
        "Message": f"User: arn:aws:sts::{ACCOUNT}:assumed-role/Presign/lambda is not authorized to perform: "
                   "sagemaker:CreatePresignedDomainUrl on resource: "
                   f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:user-profile/{studio.domain}/alice because no identity-based "
                   "policy allows the sagemaker:CreatePresignedDomainUrl action"}


@pytest.mark.parametrize("network", REFUSED)
def test_refused_at_opening(studio, network):
    url = link(studio, "vpc")
    assert visit(studio, url, network)[0] == 403


def test_the_login_flow_leads_to_a_link_that_opens(studio):
    """admin-create-user, admin-set-user-password, initiate-auth, GET with the bearer token, the link."""
    idp = client("cognito-idp", endpoint_url=studio.url)
    pool = idp.create_user_pool(PoolName="SageMakerPool")["UserPool"]["Id"]
    app = idp.create_user_pool_client(
        UserPoolId=pool, ClientName="app", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]["ClientId"]
    tokens = {}
    for name in ["alice", "bob"]:
        idp.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
        idp.admin_set_user_password(UserPoolId=pool, Username=name, Password="Passw0rd!", Permanent=True)
        tokens[name] = idp.initiate_auth(
            ClientId=app, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": name, "PASSWORD": "Passw0rd!"},
        )["AuthenticationResult"]["AccessToken"]
    status, body, _ = get(studio, "/dev/alice", tokens["alice"])
    assert status == 200 and body["AuthorizedUrl"].startswith(f"https://{studio.domain}.studio.us-east-1.sagemaker.aws/auth?")
    assert body["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert visit(studio, body["AuthorizedUrl"], "vpc")[0] == 302
    assert get(studio, "/dev/alice", tokens["bob"])[0] == 403
    # bob may ask for his own, and has no profile: the sample tells it as text.
    status, body, _ = get(studio, "/dev/bob", tokens["bob"])
    assert status == 200 and "CreatePresignedDomainUrl operation" in body["error"]
