"""The private API in front of Studio: login, addressing, refusals, and the same API made as a template would make it."""
from __future__ import annotations

import base64
import http.client
import json
import sys
import textwrap

import pytest
from botocore.exceptions import ClientError

from conftest import client
from server import Server

ACCOUNT = "123456789012"
OWN = "privateapi.execute-api.us-east-1.amazonaws.com"


@pytest.fixture(scope="module")
def private(tmp_path_factory):
    """A server with a VPC, an office, the private API of coldframe.yaml, a pool with two users, and hooks."""
    folder = tmp_path_factory.mktemp("private")
    hook = folder / "hook.py"
    hook.write_text(textwrap.dedent(HOOK))
    functions = "\n".join(
        f'  "arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}": [{sys.executable}, {hook}, {name}]'
        for name in ["auth", "work"])
    config = folder / "coldframe.yaml"
    config.write_text(f"""
networkHeader: true
networks:
  vpc: {{vpc: vpc-1, vpcSourceIp: 10.16.3.4, vpcEndpoints: {{execute-api: vpce-0exec, sagemaker.api: vpce-0api}}}}
  other: {{vpc: vpc-2, vpcSourceIp: 10.9.0.1, vpcEndpoint: vpce-0other}}
  office: {{sourceIp: 192.168.10.7}}
privateApi: {{vpcEndpoints: [vpce-0exec], userPool: SageMakerPool}}
functions:
{functions}
""")
    with Server("--ephemeral", "--clock", "manual", "--config", str(config), log=folder / "server.log") as running:
        running.hook_mode = folder / "mode.json"
        running.hook_seen = folder / "seen.json"
        yield running


HOOK = '''
import json, pathlib, sys
folder = pathlib.Path(__file__).parent
event = json.load(sys.stdin)
mode = json.loads((folder / "mode.json").read_text()).get(sys.argv[1], {})
seen = folder / "seen.json"
seen.write_text(json.dumps({**(json.loads(seen.read_text()) if seen.exists() else {}), sys.argv[1]: event}))
if "raise" in mode:
    sys.stderr.write(mode["raise"])
    sys.exit(1)
print(json.dumps(mode.get("answer")) if "answer" in mode else mode["text"])
'''


@pytest.fixture(scope="module")
def people(private):
    """Two users with passwords, and their tokens."""
    idp = client("cognito-idp", endpoint_url=private.url)
    pool = idp.create_user_pool(PoolName="SageMakerPool")["UserPool"]["Id"]
    app = idp.create_user_pool_client(
        UserPoolId=pool, ClientName="app",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])["UserPoolClient"]["ClientId"]

    def login(name):
        return idp.initiate_auth(
            ClientId=app, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": name, "PASSWORD": "Passw0rd!"},
        )["AuthenticationResult"]

    for name in ["alice", "bob"]:
        idp.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
        idp.admin_set_user_password(UserPoolId=pool, Username=name, Password="Passw0rd!", Permanent=True)
    return login


def get(server, path, token=None, host=OWN, network="vpc", method="GET", scheme="Bearer", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", host)
        if token is not None:
            connection.putheader("Authorization", f"{scheme} {token}" if scheme else token)
        if network:
            connection.putheader("X-Coldframe-Network", network)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        response = connection.getresponse()
        return response.status, json.loads(response.read() or b"null"), response.headers
    finally:
        connection.close()


DENIED = {"Message": "User is not authorized to access this resource with an explicit deny"}


def test_own_path_passes_the_authorizer(private, people):
    status, body, headers = get(private, "/dev/alice", people("alice")["AccessToken"])
    assert status == 200, body
    assert headers["x-amzn-RequestId"] and headers["x-amz-apigw-id"] and headers["X-Amzn-Trace-Id"].startswith("Root=1-")
    assert headers["Access-Control-Allow-Origin"] == "*"
    # Without a domain the sample answers the SDK's error as text, and 200 all the same.
    assert set(body) <= {"AuthorizedUrl", "ResponseMetadata", "error"}


@pytest.mark.parametrize("what, path, change", [
    ("another user's path", "/dev/bob", lambda t: t["AccessToken"]),
    ("another case", "/dev/Alice", lambda t: t["AccessToken"]),
    ("an id token", "/dev/alice", lambda t: t["IdToken"]),
    ("a changed payload", "/dev/bob", lambda t: tampered(t["AccessToken"])),
    ("a cut signature", "/dev/alice", lambda t: t["AccessToken"][:-8]),
    ("no token at all", "/dev/alice", lambda t: "garbage"),
    ("two spaces", "/dev/alice", lambda t: " " + t["AccessToken"]),
])
def test_what_the_authorizer_refuses(private, people, what, path, change):
    status, body, headers = get(private, path, change(people("alice")))
    assert (status, body, headers["x-amzn-ErrorType"]) == (403, DENIED, "AccessDeniedException"), what


def test_lower_case_bearer_is_refused(private, people):
    assert get(private, "/dev/alice", people("alice")["AccessToken"], scheme="bearer")[:2] == (403, DENIED)


def tampered(token):
    head, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["username"] = "bob"
    return ".".join([head, base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("="), signature])


def test_a_kept_result_is_asked_again_for_another_path(private, people):
    token = people("alice")["AccessToken"]
    assert get(private, "/dev/alice", token)[0] == 200
    assert get(private, "/dev/bob", token)[:2] == (403, DENIED)
    assert get(private, "/dev/alice", token)[0] == 200


def test_an_expired_token_is_refused_once_the_kept_result_is_over(private, people):
    token = people("alice")["AccessToken"]
    private.clock.advance(3600 - 60)
    assert get(private, "/dev/alice", token)[0] == 200
    private.clock.advance(90)
    assert get(private, "/dev/alice", token)[0] == 200  # kept for 120 seconds of simulated time
    private.clock.advance(60)
    assert get(private, "/dev/alice", token)[:2] == (403, DENIED)


@pytest.mark.parametrize("host, headers", [
    (OWN, {}),
    ("privateapi-vpce-0exec.execute-api.us-east-1.amazonaws.com", {}),
    ("vpce-0exec-abcd1234.execute-api.us-east-1.vpce.amazonaws.com", {"x_apigw_api_id": "privateapi"}),
    ("privateapi.execute-api.us-east-1.localhost", {}),
])
def test_three_ways_of_addressing(private, people, host, headers):
    network = None if "vpce" in host else "vpc"
    assert get(private, "/dev/alice", people("alice")["AccessToken"], host=host, network=network, **headers)[0] == 200


@pytest.mark.parametrize("what, options, expected", [
    ("no identity", {"token": None}, (401, {"message": "Unauthorized"}, "UnauthorizedException")),
    ("an empty identity", {"token": "", "scheme": ""}, (401, {"message": "Unauthorized"}, "UnauthorizedException")),
    ("another method", {"method": "POST"},
     (403, {"message": "Missing Authentication Token"}, "MissingAuthenticationTokenException")),
    ("no path", {"path": "/dev"}, (403, {"message": "Missing Authentication Token"}, "MissingAuthenticationTokenException")),
    ("another stage", {"path": "/prod/alice"}, (403, {"message": "Forbidden"}, "ForbiddenException")),
    ("another API", {"host": OWN.replace("privateapi", "aaaaaaaaaa")}, (403, {"message": "Forbidden"}, "ForbiddenException")),
    ("from outside", {"network": "office"}, (403, {"message": "Forbidden"}, "ForbiddenException")),
    ("an endpoint without an API", {"host": "vpce-0exec.execute-api.us-east-1.vpce.amazonaws.com", "network": None},
     (403, {"message": "Forbidden"}, "ForbiddenException")),
    ("another endpoint", {"network": "other"},
     (403, {"Message": "User is not authorized to access this resource"}, "AccessDeniedException")),
    ("a long path", {"path": "/dev/" + "a" * 1700}, (414, {"message": "Request-URI Too Long"}, "RequestTooLargeException")),
])
def test_the_gateways_own_answers(private, people, what, options, expected):
    options = {"path": "/dev/alice", "token": people("alice")["AccessToken"], **options}
    status, body, headers = get(private, **options)
    assert (status, body, headers["x-amzn-ErrorType"]) == expected, what


def test_names_by_network(private):
    answer = private.control("GET", f"dns?name={OWN}")
    assert {n["network"]: n["resolvesTo"] for n in answer["networks"]} == {
        "vpc": "endpoint", "other": "endpoint", "office": "nothing"}
    answer = private.control("GET", "dns?name=api.sagemaker.us-east-1.amazonaws.com")
    assert {n["network"]: n.get("vpcEndpoint", n["resolvesTo"]) for n in answer["networks"]} == {
        "vpc": "vpce-0api", "other": "vpce-0other", "office": "public"}


# ---------------------------------------------------------------- as a template makes it


@pytest.fixture(scope="module")
def made(private):
    """A private API with a hook for its authorizer and one for its integration."""
    api = client("apigateway", endpoint_url=private.url)
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*",
         "Condition": {"StringEquals": {"aws:sourceVpce": ["vpce-0exec"]}}},
        {"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/dev/GET/closed*"}]}
    rest = api.create_rest_api(
        name="made", endpointConfiguration={"types": ["PRIVATE"], "vpcEndpointIds": ["vpce-0exec"]},
        policy=json.dumps(policy))
    identity = dict(restApiId=rest["id"])
    with pytest.raises(ClientError, match="doesn't contain any methods"):
        api.create_deployment(**identity, stageName="dev")
    resource = api.create_resource(**identity, parentId=rest["rootResourceId"], pathPart="{user_id+}")["id"]
    open_path = api.create_resource(**identity, parentId=rest["rootResourceId"], pathPart="open")["id"]

    def uri(name):
        return ("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
                f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}/invocations")

    authorizer = api.create_authorizer(
        **identity, name="auth", type="REQUEST", authorizerUri=uri("auth"),
        identitySource="method.request.header.Authorization", authorizerResultTtlInSeconds=0)["id"]
    api.put_method(
        **identity, resourceId=resource, httpMethod="GET", authorizationType="CUSTOM", authorizerId=authorizer,
        requestParameters={"method.request.path.user_id": True})
    with pytest.raises(ClientError, match="No integration defined for method"):
        api.create_deployment(**identity, stageName="dev")
    for target in [resource, open_path]:
        if target == open_path:
            api.put_method(**identity, resourceId=target, httpMethod="GET", authorizationType="NONE")
        api.put_integration(
            **identity, resourceId=target, httpMethod="GET", type="AWS_PROXY", integrationHttpMethod="POST", uri=uri("work"))
    api.put_method(**identity, resourceId=open_path, httpMethod="OPTIONS", authorizationType="NONE")
    api.put_integration(
        **identity, resourceId=open_path, httpMethod="OPTIONS", type="MOCK",
        requestTemplates={"application/json": '{"statusCode": 200}'})
    api.put_method_response(**identity, resourceId=open_path, httpMethod="OPTIONS", statusCode="200")
    api.put_integration_response(
        **identity, resourceId=open_path, httpMethod="OPTIONS", statusCode="200",
        responseParameters={"method.response.header.Access-Control-Allow-Origin": "'*'"})
    api.put_method(**identity, resourceId=open_path, httpMethod="PUT", authorizationType="NONE")
    api.put_integration(
        **identity, resourceId=open_path, httpMethod="PUT", type="AWS_PROXY", integrationHttpMethod="GET", uri=uri("work"))
    api.create_deployment(**identity, stageName="dev", variables={"color": "red"})
    return rest["id"]


def call(private, made, path="/dev/alice", token="secret", modes=None, **options):
    private.hook_mode.write_text(json.dumps({"auth": ALLOW, "work": GOOD, **(modes or {})}))
    return get(private, path, token, host=f"{made}.execute-api.us-east-1.amazonaws.com", **options)


def policy(effect, resource="arn:aws:execute-api:*:*:*/*/*"):
    return {"answer": {"principalId": "me", "context": {"n": 7, "b": True, "s": "x"}, "policyDocument": {
        "Version": "2012-10-17",
        "Statement": [{"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}]}}}


ALLOW = policy("Allow")
SILENT = policy("Allow", "arn:aws:execute-api:*:*:*/*/GET/nobody")
GOOD = {"answer": {"statusCode": 201, "headers": {"X-One": "1"}, "body": "{\"ok\": true}"}}


def test_hooks_get_the_real_events(private, made):
    status, body, headers = call(private, made, "/dev/alice%20b?x=1&x=2", User_Agent="tests")
    assert (status, body, headers["X-One"]) == (201, {"ok": True}, "1")
    seen = json.loads(private.hook_seen.read_text())
    event = seen["auth"]
    assert event["type"] == "REQUEST"
    assert event["methodArn"] == f"arn:aws:execute-api:us-east-1:{ACCOUNT}:{made}/dev/GET/alice%20b"
    assert event["headers"]["Authorization"] == "Bearer secret"
    event = seen["work"]
    assert (event["resource"], event["path"], event["httpMethod"]) == ("/{user_id+}", "/alice%20b", "GET")
    assert event["pathParameters"] == {"user_id": "alice b"}
    assert event["queryStringParameters"] == {"x": "2"} and event["multiValueQueryStringParameters"] == {"x": ["1", "2"]}
    assert event["stageVariables"] == {"color": "red"} and event["body"] is None and event["isBase64Encoded"] is False
    context = event["requestContext"]
    assert (context["path"], context["stage"], context["apiId"]) == ("/dev/alice%20b", "dev", made)
    assert context["authorizer"] == {"principalId": "me", "integrationLatency": 0, "n": "7", "b": "true", "s": "x"}
    assert (context["identity"]["sourceIp"], context["identity"]["vpceId"], context["identity"]["vpcId"]) == (
        "10.16.3.4", "vpce-0exec", "vpc-1")
    assert event["headers"]["x-amzn-vpce-id"] == "vpce-0exec"


@pytest.mark.parametrize("what, modes, status, body, kind", [
    ("authorizer denies", {"auth": policy("Deny")}, 403, DENIED, "AccessDeniedException"),
    ("authorizer silent, API allows", {"auth": SILENT}, 201, {"ok": True}, None),
    ("authorizer raises Unauthorized", {"auth": {"raise": "Unauthorized"}}, 401, {"message": "Unauthorized"},
     "UnauthorizedException"),
    ("authorizer raises something else", {"auth": {"raise": "Oops"}}, 500, {"message": None}, "AuthorizerConfigurationException"),
    ("authorizer answers no policy", {"auth": {"answer": {"principalId": "x"}}}, 500, {"message": None},
     "AuthorizerConfigurationException"),
    ("authorizer's context is deep", {"auth": {"answer": {**ALLOW["answer"], "context": {"a": {}}}}}, 500, {"message": None},
     "AuthorizerConfigurationException"),
    ("integration answers no status", {"work": {"answer": {"body": "x"}}}, 502, {"message": "Internal server error"},
     "InternalServerErrorException"),
    ("integration answers more", {"work": {"answer": {"statusCode": 200, "cookies": []}}}, 502,
     {"message": "Internal server error"}, "InternalServerErrorException"),
    ("integration's body is an object", {"work": {"answer": {"statusCode": 200, "body": {}}}}, 502,
     {"message": "Internal server error"}, "InternalServerErrorException"),
    ("integration answers no JSON", {"work": {"text": "hello"}}, 502, {"message": "Internal server error"},
     "InternalServerErrorException"),
    ("integration fails", {"work": {"raise": "boom"}}, 502, {"message": "Internal server error"}, "InternalServerErrorException"),
])
def test_contracts(private, made, what, modes, status, body, kind):
    got = call(private, made, modes=modes)
    assert (got[0], got[1], got[2]["x-amzn-ErrorType"]) == (status, body, kind), what


def test_the_resource_policy_without_an_authorizer(private, made):
    assert call(private, made, "/dev/open")[0] == 201
    arn = f"arn:aws:execute-api:us-east-1:********9012:{made}/dev/GET"
    status, body, headers = call(private, made, "/dev/open", network="other")
    assert (status, body) == (403, {
        "Message": f"User: anonymous is not authorized to perform: execute-api:Invoke on resource: {arn}/open"})
    assert headers["x-amzn-ErrorType"] == "AccessDeniedException"
    assert call(private, made, "/dev/closed")[:2] == (403, {
        "Message": f"User: anonymous is not authorized to perform: execute-api:Invoke on resource: {arn}/closed "
                   "with an explicit deny"})
    assert call(private, made, modes={"auth": SILENT}, network="other")[:2] == (
        403, {"Message": "User is not authorized to access this resource"})


def test_mock_and_an_integration_that_is_not_post(private, made):
    status, _, headers = call(private, made, "/dev/open", method="OPTIONS")
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, "*")
    assert call(private, made, "/dev/open", method="PUT")[:2] == (500, {"message": "Internal server error"})


def test_changes_reach_callers_with_the_next_deployment(private, made):
    api = client("apigateway", endpoint_url=private.url)
    resource = next(r for r in api.get_resources(restApiId=made, limit=500)["items"] if r["path"] == "/open")["id"]
    api.delete_method(restApiId=made, resourceId=resource, httpMethod="PUT")
    assert call(private, made, "/dev/open", method="PUT")[0] == 500
    deployment = api.create_deployment(restApiId=made)["id"]
    api.update_stage(restApiId=made, stageName="dev", patchOperations=[
        {"op": "replace", "path": "/deploymentId", "value": deployment}])
    assert call(private, made, "/dev/open", method="PUT")[0] == 403
    assert api.get_stage(restApiId=made, stageName="dev")["deploymentId"] == deployment
    assert len(api.get_deployments(restApiId=made)["items"]) == 2


def test_the_control_calls(private):
    api = client("apigateway", endpoint_url=private.url)
    rest = api.create_rest_api(name="plain", description="d", tags={"a": "b"})
    assert rest["endpointConfiguration"]["types"] == ["EDGE"] and len(rest["id"]) == 10
    assert api.get_rest_api(restApiId=rest["id"])["tags"] == {"a": "b"}
    assert rest["id"] in [r["id"] for r in api.get_rest_apis()["items"]]
    updated = api.update_rest_api(restApiId=rest["id"], patchOperations=[
        {"op": "replace", "path": "/name", "value": "other"},
        {"op": "replace", "path": "/endpointConfiguration/types/EDGE", "value": "REGIONAL"}])
    assert (updated["name"], updated["endpointConfiguration"]["types"]) == ("other", ["REGIONAL"])
    made = api.create_resource(restApiId=rest["id"], parentId=rest["rootResourceId"], pathPart="a")
    assert made["path"] == "/a"
    with pytest.raises(ClientError, match="already has this name"):
        api.create_resource(restApiId=rest["id"], parentId=rest["rootResourceId"], pathPart="a")
    child = api.create_resource(restApiId=rest["id"], parentId=made["id"], pathPart="{b}")
    assert child["path"] == "/a/{b}"
    api.put_method(restApiId=rest["id"], resourceId=child["id"], httpMethod="ANY", authorizationType="NONE")
    api.put_integration(restApiId=rest["id"], resourceId=child["id"], httpMethod="ANY", type="MOCK")
    assert api.get_integration(restApiId=rest["id"], resourceId=child["id"], httpMethod="ANY")["type"] == "MOCK"
    api.delete_resource(restApiId=rest["id"], resourceId=made["id"])
    assert [r["path"] for r in api.get_resources(restApiId=rest["id"])["items"]] == ["/"]
    with pytest.raises(ClientError, match="NotImplemented"):
        api.put_method(
            restApiId=rest["id"], resourceId=rest["rootResourceId"], httpMethod="GET", authorizationType="AWS_IAM")
    api.delete_rest_api(restApiId=rest["id"])
    with pytest.raises(ClientError, match="Invalid API identifier specified"):
        api.get_rest_api(restApiId=rest["id"])
