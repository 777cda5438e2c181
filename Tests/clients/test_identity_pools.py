"""Identity pools as boto3 sees them: identities, credentials for roles, rules, developer identities."""
from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from conftest import client
from hosting import refused
from test_cognito import FLOWS, app, idp, make_user, pool, sign_in  # noqa: F401  (fixtures)

import jwt

UNKNOWN = "us-east-1:11111111-2222-3333-4444-555555555555"


@pytest.fixture
def identities(server):
    return client("cognito-identity")


@pytest.fixture
def public(server):
    """A browser: it has no credentials."""
    return client("cognito-identity", config=Config(signature_version=UNSIGNED))


def trust(pool_id, kind, **more):
    return json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"},
        "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
        "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": pool_id},
                      "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": kind}, **more}}]})


def role(iam, name, document):
    return iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]


@pytest.fixture
def directory(identities, iam, pool, app):
    """An identity pool for the users of `app`, with guests and a role for each kind of visitor."""
    provider = f"cognito-idp.us-east-1.amazonaws.com/{pool}"
    made = identities.create_identity_pool(
        IdentityPoolName="garden", AllowUnauthenticatedIdentities=True, AllowClassicFlow=True,
        DeveloperProviderName="login.garden", CognitoIdentityProviders=[{"ProviderName": provider, "ClientId": app}])
    pool_id = made["IdentityPoolId"]
    assert made["CognitoIdentityProviders"][0]["ServerSideTokenCheck"] is False
    roles = {kind: role(iam, kind, trust(pool_id, kind)) for kind in ("authenticated", "unauthenticated")}
    identities.set_identity_pool_roles(IdentityPoolId=pool_id, Roles=roles)
    return pool_id, provider


def id_token(idp, app, name="alice"):
    return sign_in(idp, app, name)["AuthenticationResult"]["IdToken"]


def caller(credentials):
    return boto3.client(
        "sts", aws_access_key_id=credentials["AccessKeyId"], aws_secret_access_key=credentials["SecretKey"],
        aws_session_token=credentials["SessionToken"]).get_caller_identity()["Arn"]


def test_a_user_comes_to_credentials(idp, public, directory, pool, app, server):
    pool_id, provider = directory
    make_user(idp, pool)
    logins = {provider: id_token(idp, app)}
    identity = public.get_id(IdentityPoolId=pool_id, AccountId="123456789012", Logins=logins)["IdentityId"]
    assert identity.startswith("us-east-1:") and public.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"] == identity
    answer = public.get_credentials_for_identity(IdentityId=identity, Logins=logins)
    credentials = answer["Credentials"]
    assert answer["IdentityId"] == identity and credentials["AccessKeyId"].startswith("ASIA")
    assert caller(credentials) == "arn:aws:sts::123456789012:assumed-role/authenticated/CognitoIdentityCredentials"
    with refused("NotAuthorizedException", f"Access to Identity '{identity}' is forbidden.", status=400):
        public.get_credentials_for_identity(IdentityId=identity)
    server.clock.advance(3600)
    with refused("ExpiredToken", status=403):
        caller(credentials)


def test_guests(public, identities, directory):
    pool_id, _ = directory
    first, second = (public.get_id(IdentityPoolId=pool_id)["IdentityId"] for _ in range(2))
    assert first != second
    credentials = public.get_credentials_for_identity(IdentityId=first)["Credentials"]
    assert caller(credentials).endswith(":assumed-role/unauthenticated/CognitoIdentityCredentials")
    identities.update_identity_pool(IdentityPoolId=pool_id, IdentityPoolName="garden", AllowUnauthenticatedIdentities=False)
    for call in (lambda: public.get_id(IdentityPoolId=pool_id), lambda: public.get_credentials_for_identity(IdentityId=first)):
        with refused("NotAuthorizedException", "Unauthenticated access is not supported for this identity pool.", status=400):
            call()
    with refused("ResourceNotFoundException", f"IdentityPool '{UNKNOWN}' not found.", status=400):
        public.get_id(IdentityPoolId=UNKNOWN)
    with refused("ResourceNotFoundException", f"Identity '{UNKNOWN}' not found.", status=400):
        public.get_credentials_for_identity(IdentityId=UNKNOWN)


def test_a_guest_becomes_a_user(idp, public, identities, directory, pool, app):
    pool_id, provider = directory
    for name in ("alice", "bob"):
        make_user(idp, pool, name)
    guest, other = (public.get_id(IdentityPoolId=pool_id)["IdentityId"] for _ in range(2))
    public.get_credentials_for_identity(IdentityId=guest, Logins={provider: id_token(idp, app)})
    assert identities.describe_identity(IdentityId=guest)["Logins"] == [provider]
    mismatch = "Logins don't match. Please include at least one valid login for this identity or identity pool."
    with refused("NotAuthorizedException", mismatch, status=400):
        public.get_credentials_for_identity(IdentityId=guest, Logins={provider: id_token(idp, app, "bob")})
    with refused("NotAuthorizedException", mismatch, status=400):
        public.get_credentials_for_identity(IdentityId=other, Logins={provider: id_token(idp, app)})
    public.unlink_identity(IdentityId=guest, Logins={provider: id_token(idp, app)}, LoginsToRemove=[provider])
    assert public.get_id(IdentityPoolId=pool_id, Logins={provider: id_token(idp, app)})["IdentityId"] != guest
    assert guest not in [item["IdentityId"] for item in identities.list_identities(
        IdentityPoolId=pool_id, MaxResults=60, HideDisabled=True)["Identities"]]


def test_tokens_that_are_not_believed(idp, public, directory, pool, app, server):
    pool_id, provider = directory
    make_user(idp, pool)
    tokens = sign_in(idp, app)["AuthenticationResult"]
    elsewhere = idp.create_user_pool(PoolName="other")["UserPool"]["Id"]
    there = idp.create_user_pool_client(UserPoolId=elsewhere, ClientName="x", ExplicitAuthFlows=FLOWS)["UserPoolClient"]["ClientId"]
    make_user(idp, elsewhere, "bob")
    stranger = id_token(idp, there, "bob")
    second = idp.create_user_pool_client(UserPoolId=pool, ClientName="y", ExplicitAuthFlows=FLOWS)["UserPoolClient"]["ClientId"]
    head, body, mark = tokens["IdToken"].split(".")
    unsupported = "Token is not from a supported provider of this identity pool."
    for logins, words in [
        ({provider: stranger}, "Invalid login token. Issuer doesn't match providerName"),
        ({f"cognito-idp.us-east-1.amazonaws.com/{elsewhere}": stranger}, unsupported),
        ({provider: id_token(idp, second)}, unsupported),
        ({provider: f"{head}.{body}.{mark[:-6]}AAAAAA"}, "Invalid login token. Couldn't verify signed token."),
        ({provider: tokens["AccessToken"]}, "Invalid login token. Not a valid OpenId Connect identity token."),
        ({provider: "abc"}, "Invalid login token. Not a valid OpenId Connect identity token."),
        ({"graph.facebook.com": "abc"}, unsupported),
    ]:
        with refused("NotAuthorizedException", words, status=400):
            public.get_id(IdentityPoolId=pool_id, Logins=logins)
    server.clock.advance(3700)
    end = jwt.decode(tokens["IdToken"], options={"verify_signature": False})["exp"]
    with refused("NotAuthorizedException", containing="Invalid login token. Token expired: ", status=400) as error:
        public.get_id(IdentityPoolId=pool_id, Logins={provider: tokens["IdToken"]})
    now, said_end = map(int, error.value.response["Error"]["Message"].removeprefix("Invalid login token. Token expired: ").split(" >= "))
    assert said_end == end and end + 95 <= now <= end + 160


def test_a_provider_nobody_can_reach_is_refused_by_name(identities, public):
    made = identities.create_identity_pool(
        IdentityPoolName="x", AllowUnauthenticatedIdentities=False, SupportedLoginProviders={"graph.facebook.com": "1"})
    with refused("NotImplementedException", status=501):
        public.get_id(IdentityPoolId=made["IdentityPoolId"], Logins={"graph.facebook.com": "abc"})


def test_the_trust_policy_decides(idp, iam, identities, public, directory, pool, app):
    pool_id, provider = directory
    broken = "Invalid identity pool configuration. Check assigned IAM roles for this pool."
    foreign = role(iam, "foreign", trust("us-east-1:other", "unauthenticated"))
    for roles in ({}, {"unauthenticated": foreign}, {"unauthenticated": "arn:aws:iam::123456789012:role/none"},
                  {"unauthenticated": "arn:aws:iam::123456789012:role/authenticated"}):
        identities.set_identity_pool_roles(IdentityPoolId=pool_id, Roles=roles)
        guest = public.get_id(IdentityPoolId=pool_id)["IdentityId"]
        with refused("InvalidIdentityPoolConfigurationException", broken, status=400):
            public.get_credentials_for_identity(IdentityId=guest)


def test_roles_by_token_and_by_rules(idp, iam, identities, public, directory, pool, app):
    pool_id, provider = directory
    names = ("strong", "weak", "ruled")
    arns = {name: role(iam, name, trust(pool_id, "authenticated")) for name in names}
    make_user(idp, pool, email="alice@garden.example")
    for precedence, name in enumerate(names[:2]):
        idp.create_group(UserPoolId=pool, GroupName=name, Precedence=precedence, RoleArn=arns[name])
        idp.admin_add_user_to_group(UserPoolId=pool, Username="alice", GroupName=name)
    logins = {provider: id_token(idp, app)}
    identity = public.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]

    def assumed(**more):
        return caller(public.get_credentials_for_identity(IdentityId=identity, Logins=logins, **more)["Credentials"]).split("/")[1]

    def use(mapping):
        roles = identities.get_identity_pool_roles(IdentityPoolId=pool_id)["Roles"]
        identities.set_identity_pool_roles(IdentityPoolId=pool_id, Roles=roles, RoleMappings={f"{provider}:{app}": mapping})
        assert identities.get_identity_pool_roles(IdentityPoolId=pool_id)["RoleMappings"] == {f"{provider}:{app}": mapping}

    assert assumed() == "authenticated"
    use({"Type": "Token", "AmbiguousRoleResolution": "AuthenticatedRole"})
    assert (assumed(), assumed(CustomRoleArn=arns["weak"])) == ("strong", "weak")
    with refused("NotAuthorizedException", status=400):
        assumed(CustomRoleArn=arns["ruled"])
    rule = {"Claim": "email", "MatchType": "StartsWith", "Value": "alice", "RoleARN": arns["ruled"]}
    use({"Type": "Rules", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": {"Rules": [rule]}})
    assert assumed() == "ruled"
    use({"Type": "Rules", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": {"Rules": [{**rule, "Value": "bob"}]}})
    with refused("NotAuthorizedException", status=400):
        assumed()
    use({"Type": "Rules", "AmbiguousRoleResolution": "AuthenticatedRole",
         "RulesConfiguration": {"Rules": [{**rule, "MatchType": "NotEqual", "Value": "alice@garden.example"}]}})
    assert assumed() == "authenticated"


def test_the_classic_flow(idp, public, directory, pool, app, sts, server):
    pool_id, provider = directory
    make_user(idp, pool)
    logins = {provider: id_token(idp, app)}
    identity = public.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
    token = public.get_open_id_token(IdentityId=identity, Logins=logins)["Token"]
    assert jwt.get_unverified_header(token)["alg"] == "RS512"
    keys = jwt.PyJWKClient(f"{server.url}/.well-known/jwks_uri")
    claims = jwt.decode(token, keys.get_signing_key_from_jwt(token).key, algorithms=["RS512"], audience=pool_id,
                        issuer="https://cognito-identity.amazonaws.com")
    assert claims["sub"] == identity and claims["amr"][:2] == ["authenticated", provider] and claims["exp"] - claims["iat"] == 900
    web = client("sts", config=Config(signature_version=UNSIGNED))
    call = dict(RoleArn="arn:aws:iam::123456789012:role/authenticated", RoleSessionName="web")
    answer = web.assume_role_with_web_identity(WebIdentityToken=token, **call)
    assert answer["SubjectFromWebIdentityToken"] == identity and answer["Audience"] == pool_id
    assert caller({"SecretKey": answer["Credentials"]["SecretAccessKey"], **answer["Credentials"]}).endswith("/authenticated/web")
    with refused("AccessDenied", status=403):
        web.assume_role_with_web_identity(WebIdentityToken=token, **{**call, "RoleArn": "arn:aws:iam::123456789012:role/unauthenticated"})
    for bad in (token[:-6] + "AAAAAA", "abcd", sign_in(idp, app)["AuthenticationResult"]["AccessToken"]):
        with refused("InvalidIdentityToken", status=400):
            web.assume_role_with_web_identity(WebIdentityToken=bad, **call)
    server.clock.advance(900)
    with refused("InvalidIdentityToken", status=400):
        web.assume_role_with_web_identity(WebIdentityToken=token, **call)


def test_developer_identities(identities, public, directory):
    pool_id, _ = directory
    first = identities.get_open_id_token_for_developer_identity(
        IdentityPoolId=pool_id, Logins={"login.garden": "ann"}, TokenDuration=60, PrincipalTags={"team": "roses"})
    claims = jwt.decode(first["Token"], options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 60 and claims["https://aws.amazon.com/tags"]["principal_tags"] == {"team": ["roses"]}
    again = identities.get_open_id_token_for_developer_identity(IdentityPoolId=pool_id, Logins={"login.garden": "ann"})
    assert again["IdentityId"] == first["IdentityId"]
    own = {"cognito-identity.amazonaws.com": again["Token"]}
    assert caller(public.get_credentials_for_identity(IdentityId=first["IdentityId"], Logins=own)["Credentials"]).split("/")[1] == "authenticated"
    second = identities.get_open_id_token_for_developer_identity(IdentityPoolId=pool_id, Logins={"login.garden": "bea"})
    with refused("NotAuthorizedException", status=400):
        public.get_credentials_for_identity(IdentityId=second["IdentityId"], Logins=own)
    with refused("DeveloperUserAlreadyRegisteredException", status=400):
        identities.get_open_id_token_for_developer_identity(
            IdentityPoolId=pool_id, IdentityId=second["IdentityId"], Logins={"login.garden": "ann"})
    look = lambda **by: identities.lookup_developer_identity(IdentityPoolId=pool_id, **by)
    assert look(DeveloperUserIdentifier="ann")["IdentityId"] == first["IdentityId"]
    with refused("ResourceConflictException", status=400):
        look(DeveloperUserIdentifier="ann", IdentityId=second["IdentityId"])
    merged = identities.merge_developer_identities(
        SourceUserIdentifier="bea", DestinationUserIdentifier="ann", DeveloperProviderName="login.garden", IdentityPoolId=pool_id)
    assert merged["IdentityId"] == first["IdentityId"]
    assert look(IdentityId=first["IdentityId"])["DeveloperUserIdentifierList"] == ["ann", "bea"]
    identities.unlink_developer_identity(
        IdentityId=first["IdentityId"], IdentityPoolId=pool_id, DeveloperProviderName="login.garden", DeveloperUserIdentifier="bea")
    with refused("ResourceNotFoundException", status=400):
        look(DeveloperUserIdentifier="bea")
    assert identities.delete_identities(IdentityIdsToDelete=[first["IdentityId"], UNKNOWN])["UnprocessedIdentityIds"] == [
        {"IdentityId": UNKNOWN, "ErrorCode": "AccessDenied"}]


def test_server_side_checks_and_tags(idp, identities, public, directory, pool, app):
    pool_id, provider = directory
    make_user(idp, pool)
    identities.update_identity_pool(
        IdentityPoolId=pool_id, IdentityPoolName="garden", AllowUnauthenticatedIdentities=True,
        CognitoIdentityProviders=[{"ProviderName": provider, "ClientId": app, "ServerSideTokenCheck": True}])
    logins = {provider: id_token(idp, app)}
    identity = public.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
    identities.set_principal_tag_attribute_map(IdentityPoolId=pool_id, IdentityProviderName=provider, UseDefaults=True)
    shown = identities.get_principal_tag_attribute_map(IdentityPoolId=pool_id, IdentityProviderName=provider)
    assert (shown["UseDefaults"], shown["PrincipalTags"]) == (True, {"username": "sub", "client": "aud"})
    public.get_credentials_for_identity(IdentityId=identity, Logins=logins)
    idp.admin_user_global_sign_out(UserPoolId=pool, Username="alice")
    with refused("NotAuthorizedException", status=400):
        public.get_credentials_for_identity(IdentityId=identity, Logins=logins)


def test_pools_are_listed_tagged_and_deleted(identities):
    made = [identities.create_identity_pool(IdentityPoolName=f"p{n}", AllowUnauthenticatedIdentities=False,
                                            IdentityPoolTags={"n": str(n)})["IdentityPoolId"] for n in range(3)]
    page = identities.list_identity_pools(MaxResults=2)
    rest = identities.list_identity_pools(MaxResults=2, NextToken=page["NextToken"])
    assert {item["IdentityPoolId"] for item in page["IdentityPools"] + rest["IdentityPools"]} == set(made)
    arn = f"arn:aws:cognito-identity:us-east-1:123456789012:identitypool/{made[0]}"
    identities.tag_resource(ResourceArn=arn, Tags={"a": "b"})
    identities.untag_resource(ResourceArn=arn, TagKeys=["n"])
    assert identities.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"a": "b"}
    assert identities.describe_identity_pool(IdentityPoolId=made[0])["IdentityPoolTags"] == {"a": "b"}
    identities.delete_identity_pool(IdentityPoolId=made[0])
    with refused("ResourceNotFoundException", status=400):
        identities.describe_identity_pool(IdentityPoolId=made[0])


def test_every_operation_of_identity_pools_is_there(server):
    coverage = server.control("GET", "coverage")
    rows = coverage["services"]["cognito-identity"]
    assert (rows["full"], rows["partial"], rows["none"]) == (23, 0, 0)


@pytest.mark.parametrize("aws", [[str(Path(sys.executable).with_name("aws"))], ["/usr/bin/aws"]], ids=["v1", "v2"])
def test_the_aws_cli(aws, server, directory, idp, pool, app):
    pool_id, provider = directory
    make_user(idp, pool)

    def run(*arguments):
        done = subprocess.run([*aws, "--endpoint-url", server.url, *arguments], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    token = run("cognito-idp", "initiate-auth", "--client-id", app, "--auth-flow", "USER_PASSWORD_AUTH",
                "--auth-parameters", "USERNAME=alice,PASSWORD=Passw0rd!")["AuthenticationResult"]["IdToken"]
    identity = run("cognito-identity", "get-id", "--identity-pool-id", pool_id, "--logins", f"{provider}={token}")["IdentityId"]
    credentials = run("cognito-identity", "get-credentials-for-identity", "--identity-id", identity, "--logins", f"{provider}={token}")
    assert caller(credentials["Credentials"]).endswith("/authenticated/CognitoIdentityCredentials")
