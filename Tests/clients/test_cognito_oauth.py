"""The OAuth endpoints as a hostile or careless client meets them: codes, proofs, scopes, secrets, sessions."""
from __future__ import annotations

import base64
import hashlib
import re
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
import requests

from hosting import refused
from test_cognito import FLOWS, PASSWORD, idp, make_user, sign_in  # noqa: F401  (fixtures)

CALLBACK = "http://localhost:9999/cb"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture
def pool(idp):
    pool = idp.create_user_pool(PoolName="o")["UserPool"]["Id"]
    idp.create_user_pool_domain(UserPoolId=pool, Domain="garden")
    idp.create_resource_server(UserPoolId=pool, Identifier="beds", Name="b", Scopes=[
        {"ScopeName": "read", "ScopeDescription": "r"}, {"ScopeName": "dig", "ScopeDescription": "d"}])
    make_user(idp, pool, email="alice@example.com", email_verified="true", phone_number="+4915112345678")
    return pool


def an_app(idp, pool, secret=False, flows=("code", "implicit"), scopes=("openid", "email", "beds/read"), **more):
    return idp.create_user_pool_client(
        UserPoolId=pool, ClientName="web", GenerateSecret=secret, AllowedOAuthFlows=list(flows), AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthScopes=list(scopes), CallbackURLs=[CALLBACK, "myapp://done"], LogoutURLs=["http://localhost:9999/bye"],
        SupportedIdentityProviders=["COGNITO"], ExplicitAuthFlows=FLOWS, **more)["UserPoolClient"]


@pytest.fixture
def app(idp, pool):
    return an_app(idp, pool)["ClientId"]


class Browser:
    def __init__(self, server):
        self.url, self.session = server.url, requests.Session()

    def authorize(self, app, **more):
        query = {"response_type": "code", "client_id": app, "redirect_uri": CALLBACK, "state": "s", **more}
        return self.session.get(f"{self.url}/oauth2/authorize?{urlencode({k: v for k, v in query.items() if v is not None})}", allow_redirects=False)

    def sign_in(self, app, password=PASSWORD, **more):
        """Where the browser is sent in the end."""
        answer = self.authorize(app, **more)
        if answer.headers.get("Location", "").startswith("/login"):
            page = self.session.get(self.url + answer.headers["Location"])
            action = unescape(re.search(r'action="([^"]+)"', page.text)[1])
            csrf = re.search(r'name="_csrf" value="([^"]+)"', page.text)[1]
            answer = self.session.post(self.url + action, {"username": "alice", "password": password, "_csrf": csrf}, allow_redirects=False)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def code(self, app, **more):
        return parse_qs(urlsplit(self.sign_in(app, **more)).query)["code"][0]


@pytest.fixture
def browser(server):
    return Browser(server)


def token(server, app, auth=None, **form):
    body = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, **({} if auth else {"client_id": app}), **form}
    answer = requests.post(f"{server.url}/oauth2/token", {k: v for k, v in body.items() if v is not None}, auth=auth)
    return answer.status_code, answer.json()


def claims(text):
    return jwt.decode(text, options={"verify_signature": False})


def test_a_code_is_its_clients_own_for_five_minutes(server, idp, pool, app, browser):
    code = browser.code(app)
    server.clock.advance(300)
    assert token(server, app, code=code) == (400, {"error": "invalid_grant"})
    code = browser.code(app)
    server.clock.advance(299)
    status, given = token(server, app, code=code)
    assert status == 200 and {"access_token", "id_token", "refresh_token", "expires_in", "token_type"} == given.keys()
    assert token(server, app, code=code) == (400, {"error": "invalid_grant"})
    other = an_app(idp, pool)["ClientId"]
    assert token(server, other, code=browser.code(app)) == (400, {"error": "invalid_grant"})
    for change in ({"redirect_uri": "myapp://done"}, {"redirect_uri": None}, {"code": "nonsense"}, {"code_verifier": VERIFIER}):
        assert token(server, app, **{"code": browser.code(app), **change}) == (400, {"error": "invalid_grant"}), change
    assert token(server, app) == (400, {"error": "invalid_request"})
    code = browser.code(app)
    idp.admin_disable_user(UserPoolId=pool, Username="alice")
    assert token(server, app, code=code) == (400, {"error": "invalid_grant"})


def test_the_verifier_proves_who_asked(server, app, browser):
    asked = dict(code_challenge=CHALLENGE, code_challenge_method="S256")
    for proof in (None, "", "w" * 64, CHALLENGE):
        assert token(server, app, code=browser.code(app, **asked), code_verifier=proof) == (400, {"error": "invalid_grant"}), proof
    assert token(server, app, code=browser.code(app, **asked), code_verifier=VERIFIER)[0] == 200
    for wrong in ({"code_challenge_method": "plain"}, {"code_challenge_method": None}, {"code_challenge": "short"}, {"code_challenge": None}):
        assert "error=invalid_request" in browser.authorize(app, **{**asked, **wrong}).headers["Location"], wrong


def test_grants_and_secrets(server, idp, pool, app, browser):
    assert token(server, app, grant_type="password", username="alice", password=PASSWORD) == (400, {"error": "unsupported_grant_type"})
    assert token(server, app, grant_type=None) == (400, {"error": "invalid_request"})
    assert token(server, "5cj9ag4nvskjkv0dg3sade5fd5", code="x") == (400, {"error": "invalid_client"})
    assert token(server, None, code="x", client_id=None) == (400, {"error": "invalid_request"})
    assert token(server, app, grant_type="client_credentials") == (400, {"error": "unauthorized_client"})
    made = an_app(idp, pool, secret=True)
    name, secret = made["ClientId"], made["ClientSecret"]
    for auth, form in (((name, "wrong"), {}), (None, {}), (None, {"client_secret": "wrong"}), (("x", secret), {})):
        assert token(server, name, auth=auth, code=browser.code(name), **form) == (400, {"error": "invalid_client"})
    assert token(server, name, auth=(name, secret), code=browser.code(name))[0] == 200
    assert token(server, name, client_secret=secret, code=browser.code(name))[0] == 200
    assert token(server, app, auth=(app, "made up"), code=browser.code(app)) == (400, {"error": "invalid_client"})
    machine = an_app(idp, pool, secret=True, flows=["client_credentials"], scopes=["beds/read", "beds/dig"])
    auth = (machine["ClientId"], machine["ClientSecret"])
    ask = lambda scope=None: token(server, None, auth=auth, grant_type="client_credentials", redirect_uri=None, scope=scope)
    assert claims(ask()[1]["access_token"])["scope"] == "beds/read beds/dig"
    assert claims(ask("beds/dig")[1]["access_token"])["scope"] == "beds/dig"
    assert ask("beds/dig beds/water") == (400, {"error": "invalid_scope"})
    idp.update_resource_server(UserPoolId=pool, Identifier="beds", Name="b", Scopes=[{"ScopeName": "read", "ScopeDescription": "r"}])
    assert claims(ask()[1]["access_token"])["scope"] == "beds/read"  # what is gone is dropped without a word
    assert requests.get(f"{server.url}/oauth2/token").status_code == 405


def test_refresh_tokens_stay_with_their_client(server, idp, pool, app, browser):
    first = token(server, app, code=browser.code(app, scope="openid beds/read"))[1]
    renew = lambda text, client=app: token(server, client, grant_type="refresh_token", redirect_uri=None, refresh_token=text)
    status, second = renew(first["refresh_token"])
    assert status == 200 and "refresh_token" not in second and claims(second["access_token"])["scope"] == "openid beds/read"
    assert claims(second["id_token"])["auth_time"] == claims(first["id_token"])["auth_time"]
    other = an_app(idp, pool)["ClientId"]
    for text, client in ((first["refresh_token"], other), ("nonsense", app), (first["access_token"], app)):
        assert renew(text, client) == (400, {"error": "invalid_grant"})
    assert renew(None) == (400, {"error": "invalid_request"})
    revoke = lambda client=app, **form: requests.post(f"{server.url}/oauth2/revoke", {"client_id": client, **form})
    assert (revoke().status_code, revoke().json()) == (400, {"error": "invalid_request"})
    assert revoke(token=first["access_token"]).json() == {"error": "unsupported_token_type"}
    assert (revoke("nobody", token=first["refresh_token"]).status_code, revoke("nobody", token="x").json()) == (401, {"error": "invalid_client"})
    assert revoke(other, token=first["refresh_token"]).status_code == 400
    for _ in range(2):
        answer = revoke(token=first["refresh_token"])
        assert (answer.status_code, answer.text) == (200, "")
    assert renew(first["refresh_token"]) == (400, {"error": "invalid_grant"})
    rotating = an_app(idp, pool, RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0})["ClientId"]
    first = token(server, rotating, code=browser.code(rotating))[1]["refresh_token"]
    second = renew(first, rotating)[1]["refresh_token"]
    assert second != first and renew(first, rotating) == (400, {"error": "invalid_grant"}) and renew(second, rotating)[0] == 200


def test_scopes_open_attributes(server, idp, pool, browser):
    app = an_app(idp, pool, scopes=["openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"])["ClientId"]
    info = lambda text: requests.get(f"{server.url}/oauth2/userInfo", headers={"Authorization": f"Bearer {text}"})
    for scope, known in [("openid email", {"email", "email_verified"}), ("openid phone", {"phone_number", "phone_number_verified"}),
                         ("openid profile", {"email", "email_verified", "phone_number", "phone_number_verified"})]:
        given = token(server, app, code=browser.code(app, scope=scope))[1]
        told = info(given["access_token"]).json()
        assert told.keys() - {"sub", "username"} <= known and told["username"] == "alice" and told.keys() & known, scope
    given = token(server, app, code=browser.code(app, scope="email aws.cognito.signin.user.admin"))[1]
    assert "id_token" not in given and idp.get_user(AccessToken=given["access_token"])["Username"] == "alice"
    for text in (given["access_token"], sign_in(idp, app)["AuthenticationResult"]["AccessToken"], "nonsense"):
        answer = info(text)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
        assert answer.headers["WWW-Authenticate"].startswith('error="invalid_token", error_description="Access token is expired')
    assert requests.get(f"{server.url}/oauth2/userInfo").json() == {
        "error": "invalid_request", "error_description": "Bad OAuth2 request at UserInfo Endpoint"}
    full = token(server, app, code=browser.code(app))[1]
    assert claims(full["access_token"])["scope"] == "openid email phone profile aws.cognito.signin.user.admin"
    server.clock.advance(3600)
    assert info(full["access_token"]).status_code == 401


def test_requests_that_lead_nowhere(server, idp, pool, app, browser):
    location = lambda **more: browser.authorize(app, **more).headers["Location"]
    assert location(response_type=None) == location(response_type="id_token") == f"{CALLBACK}?error=invalid_request&state=s"
    assert location(scope="openid phone") == f"{CALLBACK}?error=invalid_scope&state=s"
    plain = an_app(idp, pool, flows=["code"])["ClientId"]
    assert browser.authorize(plain, response_type="token").headers["Location"] == f"{CALLBACK}?error=unauthorized_client&state=s"
    off = idp.create_user_pool_client(UserPoolId=pool, ClientName="off", CallbackURLs=[CALLBACK])["UserPoolClient"]["ClientId"]
    for client, more in ((app, {"redirect_uri": CALLBACK + "/"}), (app, {"redirect_uri": None}), (app, {"redirect_uri": CALLBACK + "?x=1"}),
                         ("nobody", {}), (None, {}), (off, {})):
        answer = browser.authorize(client, **more)
        assert answer.status_code == 400 and "Location" not in answer.headers, (client, more)
    assert browser.sign_in(app, redirect_uri="myapp://done").startswith("myapp://done?code=")
    assert location(prompt="login").startswith("/login")
    fresh = Browser(server)
    assert parse_qs(urlsplit(fresh.authorize(app, prompt="none").headers["Location"]).query)["error"] == ["login_required"]


def test_a_browser_stays_signed_in_for_an_hour(server, idp, pool, app, browser):
    browser.sign_in(app)
    server.clock.advance(3599)
    assert browser.authorize(app).headers["Location"].startswith(CALLBACK)
    assert browser.authorize(an_app(idp, pool)["ClientId"]).headers["Location"].startswith(CALLBACK)  # for every client of the pool
    other = idp.create_user_pool(PoolName="x")["UserPool"]["Id"]
    assert browser.authorize(an_app(idp, other, scopes=["openid"])["ClientId"]).headers["Location"].startswith("/login")
    server.clock.advance(1)
    assert browser.authorize(app).headers["Location"].startswith("/login")
    browser.sign_in(app)
    out = lambda **query: browser.session.get(f"{server.url}/logout", params={"client_id": app, **query}, allow_redirects=False)
    assert out(logout_uri="https://evil.example").status_code == 400
    assert browser.authorize(app).headers["Location"].startswith("/login")  # signed out all the same
    browser.sign_in(app)
    again = out(redirect_uri=CALLBACK, response_type="code", state="s")
    assert again.status_code == 302 and again.headers["Location"].startswith("/login?")
    browser.sign_in(app)
    idp.admin_delete_user(UserPoolId=pool, Username="alice")
    assert browser.authorize(app).headers["Location"].startswith("/login")
    make_user(idp, pool)  # a namesake: neither the browser nor a code is theirs
    assert browser.authorize(app).headers["Location"].startswith("/login")
    code = browser.code(app)
    idp.admin_delete_user(UserPoolId=pool, Username="alice")
    make_user(idp, pool)
    assert token(server, app, code=code) == (400, {"error": "invalid_grant"})
