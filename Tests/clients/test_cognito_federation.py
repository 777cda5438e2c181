"""Sign-in by social providers that answer on this machine, and by identity pools with logins of foreign providers."""
from __future__ import annotations

import json
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from conftest import client
from hosting import refused
from providers import Provider
from test_cognito import FLOWS, make_user, verified
from test_identity_pools import caller, role, trust

CALLBACK = "http://localhost:9999/cb"
SOCIAL = ["Google", "Facebook", "LoginWithAmazon", "SignInWithApple"]
APPLE_KEY = ec.generate_private_key(ec.SECP256R1())
APPLE_PEM = APPLE_KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
USERS = {
    "Google": {"sub": "1077", "email": "ann@gmail.example", "email_verified": True, "given_name": "Ann", "name": "Ann Lee"},
    "Facebook": {"id": "5005", "email": "ann@face.example", "name": "Ann Lee"},
    "LoginWithAmazon": {"user_id": "amzn1.account.X", "email": "ann@river.example", "name": "Ann Lee", "postal_code": "10115"},
    "SignInWithApple": {"sub": "0011.aa", "email": "ann@orchard.example"},
}
DETAILS = {
    "Google": {"client_id": "app", "client_secret": "s3cret", "authorize_scopes": "openid email profile"},
    "Facebook": {"client_id": "app", "client_secret": "s3cret", "authorize_scopes": "public_profile,email", "api_version": "v17.0"},
    "LoginWithAmazon": {"client_id": "app", "client_secret": "s3cret", "authorize_scopes": "profile postal_code"},
    "SignInWithApple": {"client_id": "app", "team_id": "TEAM", "key_id": "KEY1", "private_key": APPLE_PEM, "authorize_scopes": "email name"},
}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A server that knows local addresses of all social providers but none at first asked."""
    from server import Server

    folder = tmp_path_factory.mktemp("federation")
    providers = {kind: Provider(kind, secret=None if kind == "SignInWithApple" else "s3cret") for kind in SOCIAL}
    (folder / "coldframe.yaml").write_text(json.dumps({"identityProviders": {kind: one.url for kind, one in providers.items()}}))
    with Server("--ephemeral", "--clock", "manual", "--config", str(folder / "coldframe.yaml"), log=folder / "log") as running:
        yield running, providers
    for one in providers.values():
        one.stop()


@pytest.fixture
def server(world, monkeypatch):
    running, providers = world
    running.reset()
    monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
    for kind, one in providers.items():
        one.user = dict(USERS[kind])
        one.requests.clear()
        one.changes.clear()
    return running


@pytest.fixture
def providers(world):
    return world[1]


@pytest.fixture
def idp(server):
    return client("cognito-idp")


def hub(idp, kind, mapping=None):
    pool = idp.create_user_pool(PoolName="hub")["UserPool"]["Id"]
    idp.create_identity_provider(
        UserPoolId=pool, ProviderName=kind, ProviderType=kind, ProviderDetails=DETAILS[kind],
        AttributeMapping=mapping or {"email": "email", "name": "name"})
    app = idp.create_user_pool_client(
        UserPoolId=pool, ClientName="app", ExplicitAuthFlows=FLOWS, AllowedOAuthFlowsUserPoolClient=True, AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email", "profile"], CallbackURLs=[CALLBACK], SupportedIdentityProviders=[kind])["UserPoolClient"]["ClientId"]
    return pool, app


def walk(server, app, kind, browser=None, **form):
    """As a browser goes: to the provider, back with a code (Apple: by a form), and on to the application. Answers what the application gets."""
    browser = browser or requests.Session()
    query = {"response_type": "code", "client_id": app, "redirect_uri": CALLBACK, "state": "s1", "identity_provider": kind, "nonce": "n1"}
    there = browser.get(f"{server.url}/oauth2/authorize?{urlencode(query)}", allow_redirects=False)
    assert there.status_code == 302, there.text
    back = browser.get(there.headers["Location"], allow_redirects=False)
    if kind == "SignInWithApple":
        page = back.json()
        home = browser.post(page["action"], {"code": page["code"], "state": page["state"], **form}, allow_redirects=False)
    else:
        home = browser.get(back.headers["Location"], allow_redirects=False)
    assert home.status_code == 302, home.text
    assert home.headers["Location"].startswith(CALLBACK)
    return {key: value[0] for key, value in parse_qs(urlsplit(home.headers["Location"]).query).items()}


def tokens(server, app, given):
    return requests.post(f"{server.url}/oauth2/token", {
        "grant_type": "authorization_code", "code": given["code"], "redirect_uri": CALLBACK, "client_id": app}).json()


@pytest.mark.parametrize("kind", SOCIAL)
def test_users_come_by_social_providers(server, idp, providers, kind):
    pool, app = hub(idp, kind)
    user = USERS[kind]
    subject = user.get("sub") or user.get("id") or user["user_id"]
    given = walk(server, app, kind, user=json.dumps({"name": {"firstName": "Ann", "lastName": "Lee"}}))
    assert given["state"] == "s1"
    claims = verified(server, pool, tokens(server, app, given)["id_token"], audience=app)
    assert (claims["cognito:username"], claims["email"], claims["name"], claims["nonce"]) == (f"{kind}_{subject}", user["email"], "Ann Lee", "n1")
    assert [(i["providerName"], i["providerType"], i["userId"]) for i in claims["identities"]] == [(kind, kind, subject)]
    assert idp.admin_get_user(UserPoolId=pool, Username=f"{kind}_{subject}")["UserStatus"] == "EXTERNAL_PROVIDER"
    if kind == "SignInWithApple":  # names come once
        providers[kind].user["email"] = "new@orchard.example"
    else:
        providers[kind].user["name"] = "Ann Smith"
    again = verified(server, pool, tokens(server, app, walk(server, app, kind))["id_token"], audience=app)
    assert again["sub"] == claims["sub"] and len(idp.list_users(UserPoolId=pool)["Users"]) == 1
    assert (again["name"], again["email"]) == (("Ann Lee", "new@orchard.example") if kind == "SignInWithApple" else ("Ann Smith", user["email"]))
    assert tokens(server, app, given) == {"error": "invalid_grant"}


def test_what_providers_are_asked(server, idp, providers):
    for kind in SOCIAL:
        walk(server, hub(idp, kind, {"email": "email", "given_name": "first_name"})[1], kind)
    asked = {kind: {path: (method, given, headers) for method, path, given, headers in one.requests} for kind, one in providers.items()}
    google = asked["Google"]["/auth"][1]
    assert (google["scope"], google["response_type"], google["client_id"]) == ("openid email profile", "code", "app")
    assert google["redirect_uri"] == f"{server.url}/oauth2/idpresponse"
    assert asked["Google"]["/token"][0] == "POST" and "Authorization" in asked["Google"]["/userinfo"][2]
    assert asked["Facebook"]["/v17.0/oauth/access_token"][0] == "GET"
    assert asked["Facebook"]["/v17.0/me"][1]["fields"] == "email,first_name,id"
    assert asked["LoginWithAmazon"]["/user/profile"][2]["Authorization"].startswith("Bearer ")
    assert asked["SignInWithApple"]["/auth"][1]["response_mode"] == "form_post"
    proof = asked["SignInWithApple"]["/token"][1]["client_secret"]
    assert jwt.get_unverified_header(proof) == {"alg": "ES256", "kid": "KEY1"}
    claims = jwt.decode(proof, APPLE_KEY.public_key(), algorithms=["ES256"], audience="https://appleid.apple.com", options={"verify_iat": False})
    assert (claims["iss"], claims["sub"]) == ("TEAM", "app")


def test_providers_are_described_as_they_are_known(server, idp):
    pool, _ = hub(idp, "SignInWithApple")
    shown = idp.describe_identity_provider(UserPoolId=pool, ProviderName="SignInWithApple")["IdentityProvider"]["ProviderDetails"]
    assert shown == {"attributes_url_add_attributes": "false", "authorize_scopes": "email name", "authorize_url": "https://appleid.apple.com/auth/authorize",
                     "client_id": "app", "key_id": "KEY1", "oidc_issuer": "https://appleid.apple.com", "team_id": "TEAM",
                     "token_request_method": "POST", "token_url": "https://appleid.apple.com/auth/token"}
    pool, app = hub(idp, "Facebook")
    shown = idp.describe_identity_provider(UserPoolId=pool, ProviderName="Facebook")["IdentityProvider"]["ProviderDetails"]
    assert shown["token_url"] == "https://graph.facebook.com/v17.0/oauth/access_token" and shown["client_secret"] == "s3cret"
    idp.update_identity_provider(UserPoolId=pool, ProviderName="Facebook", ProviderDetails=shown)  # as tools do that read, change and write
    bare = {key: value for key, value in DETAILS["Facebook"].items() if key != "api_version"}
    idp.update_identity_provider(UserPoolId=pool, ProviderName="Facebook", ProviderDetails=bare)
    there = requests.get(f"{server.url}/oauth2/authorize?{urlencode({'response_type': 'code', 'client_id': app, 'redirect_uri': CALLBACK, 'identity_provider': 'Facebook'})}", allow_redirects=False)
    assert urlsplit(there.headers["Location"]).path == "/v17.0/dialog/oauth"  # what a description shows without a version
    assert "code" in walk(server, app, "Facebook")


def test_sign_ins_that_are_not_believed(server, idp, providers):
    pool, app = hub(idp, "Google")
    google = providers["Google"]
    stranger = rsa.generate_private_key(65537, 2048)
    denied = lambda words: (lambda given: given["error"] == "invalid_request" and words in given["error_description"])(walk(server, app, "Google"))
    for change in ({"audience": "another"}, {"iss": "https://evil.example"}, {"nonce": "replayed"}, {"nonce": None}, {"nonce": 7}, {"exp": 1}):
        google.changes = change
        assert denied("not for this sign-in"), change
    for change in ({"key": stranger}, {"headers": {"kid": "k2"}}):
        google.changes = change
        assert denied("not signed by one of its keys"), change
    for nobody in (None, ""):
        google.changes = {"sub": nobody}
        assert denied("does not say who the user is")
    google.changes = {"sub": "somebody else"}  # the id token and the profile disagree
    assert denied("another user")
    google.changes = {"iss": "https://accounts.google.com"}  # as the real one names itself
    assert "code" in walk(server, app, "Google")
    google.secret, right = "changed", google.secret
    assert denied("status 400")
    google.secret = right
    browser = requests.Session()
    assert requests.get(f"{server.url}/oauth2/idpresponse?state=x&code=y").status_code == 400
    query = {"response_type": "code", "client_id": app, "redirect_uri": CALLBACK, "identity_provider": "Google"}
    there = browser.get(f"{server.url}/oauth2/authorize?{urlencode(query)}", allow_redirects=False)
    back = browser.get(there.headers["Location"], allow_redirects=False).headers["Location"]
    assert requests.get(back).status_code == 400  # in another browser
    assert browser.get(back, allow_redirects=False).status_code == 302
    assert browser.get(back, allow_redirects=False).status_code == 400  # a second time
    there = browser.get(f"{server.url}/oauth2/authorize?{urlencode(query)}", allow_redirects=False)
    state = parse_qs(urlsplit(there.headers["Location"]).query)["state"][0]
    away = browser.get(f"{server.url}/oauth2/idpresponse?{urlencode({'state': state, 'error': 'access_denied'})}", allow_redirects=False)
    assert parse_qs(urlsplit(away.headers["Location"]).query)["error_description"] == ["access_denied"]
    there = browser.get(f"{server.url}/oauth2/authorize?{urlencode(query)}", allow_redirects=False)
    back = browser.get(there.headers["Location"], allow_redirects=False).headers["Location"]
    server.clock.advance(600)
    assert browser.get(back, allow_redirects=False).status_code == 400  # too late


def test_a_deleted_user_leaves_no_link_to_a_namesake(server, idp, providers):
    pool, app = hub(idp, "Google")
    make_user(idp, pool, "ann")
    link = lambda: idp.admin_link_provider_for_user(
        UserPoolId=pool, DestinationUser={"ProviderName": "Cognito", "ProviderAttributeValue": "ann"},
        SourceUser={"ProviderName": "Google", "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": "1077"})
    link()
    name = lambda: jwt.decode(tokens(server, app, walk(server, app, "Google"))["id_token"], options={"verify_signature": False})["cognito:username"]
    assert name() == "ann"
    idp.admin_delete_user(UserPoolId=pool, Username="ann")
    make_user(idp, pool, "ann")
    assert name() == "Google_1077"


def test_a_name_is_no_proof_of_who_comes_by_a_provider(server, idp, providers):
    pool, app = hub(idp, "Google")
    calls = (lambda: make_user(idp, pool, "Google_1077"), lambda: idp.sign_up(ClientId=app, Username="Google_1", Password="Passw0rd!"))
    for call in calls:
        with refused("InvalidParameterException", containing="identity provider Google", status=400):
            call()
    make_user(idp, pool, "Googler_1")
    idp.delete_identity_provider(UserPoolId=pool, ProviderName="Google")
    make_user(idp, pool, "Google_1077")  # before there is a provider of that name
    idp.create_identity_provider(
        UserPoolId=pool, ProviderName="Google", ProviderType="Google", ProviderDetails=DETAILS["Google"], AttributeMapping={"email": "email"})
    given = walk(server, app, "Google")
    assert given["error"] == "invalid_request" and "not linked to the provider Google" in given["error_description"]
    idp.admin_delete_user(UserPoolId=pool, Username="Google_1077")
    assert "code" in walk(server, app, "Google") and "code" in walk(server, app, "Google")
    idp.admin_disable_provider_for_user(UserPoolId=pool, User={
        "ProviderName": "Google", "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": "1077"})
    assert "error" in walk(server, app, "Google")


@pytest.mark.parametrize("kind", SOCIAL)
def test_without_an_address_they_are_refused_by_name(start_server, kind):
    running = start_server("--ephemeral")
    _, app = hub(client("cognito-idp"), kind)
    query = {"response_type": "code", "client_id": app, "redirect_uri": CALLBACK, "identity_provider": kind}
    page = requests.get(f"{running.url}/oauth2/authorize?{urlencode(query)}")
    assert page.status_code == 400 and f"does not emulate sign-in by {kind} unless identityProviders" in page.text


# Identity pools


@pytest.fixture
def public(server):
    from botocore import UNSIGNED
    from botocore.config import Config
    return client("cognito-identity", config=Config(signature_version=UNSIGNED))


def identity_pool(**more):
    identities, iam = client("cognito-identity"), client("iam")
    pool = identities.create_identity_pool(IdentityPoolName="p", AllowUnauthenticatedIdentities=False, **more)["IdentityPoolId"]
    identities.set_identity_pool_roles(IdentityPoolId=pool, Roles={"authenticated": role(iam, f"r{pool[-12:]}", trust(pool, "authenticated"))})
    return pool


def test_logins_of_an_open_id_provider(server, public):
    away, stranger = Provider("OIDC"), rsa.generate_private_key(65537, 2048)
    try:
        away.user = {"sub": "u1", "email": "ann@example.com"}
        pool = identity_pool(OpenIdConnectProviderARNs=[f"arn:aws:iam::123456789012:oidc-provider/{away.host}"])
        get = lambda token, provider=away.host: public.get_id(IdentityPoolId=pool, Logins={provider: token})["IdentityId"]
        identity = get(away.id_token())
        assert get(away.id_token(audience="another")) == identity and get(away.id_token(sub="u2")) != identity
        credentials = public.get_credentials_for_identity(IdentityId=identity, Logins={away.host: away.id_token()})["Credentials"]
        assert caller(credentials).endswith(f"/r{pool[-12:]}/CognitoIdentityCredentials")
        head, body, mark = away.id_token().split(".")
        for token, words in [
            ("abc", "Not a valid OpenId Connect identity token."), (away.id_token(iss="http://127.0.0.1:9"), "Issuer doesn't match providerName"), (f"{head}.{body}.{'A' * len(mark)}", "Couldn't verify signed token."),
            (away.id_token(key=stranger), "Couldn't verify signed token."), (away.id_token(headers={"kid": "k2"}), "Couldn't verify signed token."),
            (away.id_token(exp=1), None)]:
            with pytest.raises(public.exceptions.ClientError) as refusal:
                get(token)
            error = refusal.value.response["Error"]
            assert error["Code"] == "NotAuthorizedException", error
            assert words is None or error["Message"] == f"Invalid login token. {words}"
        before = len(away.requests)
        with refused("NotImplementedException", status=501):  # an issuer with TLS: nobody is asked
            get(away.id_token(iss=f"https://{away.host}"))
        with refused("NotAuthorizedException", "Token is not from a supported provider of this identity pool.", status=400):
            get(away.id_token(), "127.0.0.1:9")
        assert len(away.requests) == before
        token = away.id_token()
    finally:
        away.stop()
    with refused("ExternalServiceException", status=400):
        get(token)


def test_logins_of_social_providers(server, public, providers):
    pool = identity_pool(SupportedLoginProviders={
        "accounts.google.com": "app", "appleid.apple.com": "app", "graph.facebook.com": "1", "www.amazon.com": "2"})
    get = lambda provider, token: public.get_id(IdentityPoolId=pool, Logins={provider: token})["IdentityId"]
    google = providers["Google"]
    identity = get("accounts.google.com", google.id_token(iss="https://accounts.google.com"))
    assert get("accounts.google.com", google.id_token()) == identity
    with refused("NotAuthorizedException", "Invalid login token. Incorrect token audience.", status=400):
        get("accounts.google.com", google.id_token(audience="another"))
    with refused("NotAuthorizedException", "Invalid login token. Issuer doesn't match providerName", status=400):
        get("accounts.google.com", google.id_token(iss="https://appleid.apple.com"))
    with refused("NotAuthorizedException", "Invalid login token. Couldn't verify signed token.", status=400):
        get("appleid.apple.com", google.id_token(iss="https://appleid.apple.com"))
    get("appleid.apple.com", providers["SignInWithApple"].id_token())
    for nobody in (None, "", 7):
        with refused("NotAuthorizedException", "Invalid login token. Not a valid OpenId Connect identity token.", status=400):
            get("accounts.google.com", google.id_token(sub=nobody))
    for kind, domain in (("Facebook", "graph.facebook.com"), ("LoginWithAmazon", "www.amazon.com")):
        providers[kind].tokens["good"] = USERS[kind]
        assert get(domain, "good") == get(domain, "good")
        providers[kind].tokens["nobody"] = {**USERS[kind], "id": "", "user_id": ""}
        for text in ("bad", "nobody", "good\r\nX-Injected: yes", "good\n"):
            with refused("NotAuthorizedException", f"Invalid login token. Couldn't verify the token with {domain}.", status=400):
                get(domain, text)
        assert not any("X-Injected" in headers for _, _, _, headers in providers[kind].requests)
    assert "Credentials" in public.get_credentials_for_identity(IdentityId=identity, Logins={"accounts.google.com": google.id_token()})
    other = identity_pool(SupportedLoginProviders={"api.twitter.com": "1;2"})
    with refused("NotImplementedException", containing="api.twitter.com", status=501):
        public.get_id(IdentityPoolId=other, Logins={"api.twitter.com": "x"})
