"""The hosted pages in a real browser, and what they promise about safety."""
from __future__ import annotations

import base64
import hashlib
import re
import secrets
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pyotp
import pytest
import requests
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from browser import browser, text_of  # noqa: F401  (a fixture)
from conftest import client
from test_cognito import FLOWS, PASSWORD, idp, last_code, make_user, verified  # noqa: F401  (fixtures)


@pytest.fixture
def callback(server):
    """An address that answers, so that the browser comes to rest on it."""
    return f"{server.url.replace('127.0.0.1', 'localhost')}/_coldframe/health"


@pytest.fixture
def pool(idp):
    pool = idp.create_user_pool(PoolName="pages", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
    idp.create_user_pool_domain(UserPoolId=pool, Domain="pages")
    return pool


@pytest.fixture
def app(idp, pool, callback):
    return idp.create_user_pool_client(
        UserPoolId=pool, ClientName="app", GenerateSecret=True, ExplicitAuthFlows=FLOWS, AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code", "implicit"], AllowedOAuthScopes=["openid", "email"], CallbackURLs=[callback],
        LogoutURLs=[callback], SupportedIdentityProviders=["COGNITO"])["UserPoolClient"]


def authorize(server, app, callback, **more):
    given = {"response_type": "code", "client_id": app["ClientId"], "redirect_uri": callback, "state": "s1", "nonce": "n1", **more}
    return f"{server.url}/oauth2/authorize?{urlencode(given)}"


def fill(browser, **fields):
    for name, value in fields.items():
        field = browser.find_element(By.NAME, name.replace("__", "."))
        field.clear()
        field.send_keys(value)
    follow(browser, By.CSS_SELECTOR, "button.submitButton-customizable")


def forget(server, browser):
    """Deletes the cookies of the server's own name: the browser rests on another one."""
    browser.get(f"{server.url}/_coldframe/health")
    browser.delete_all_cookies()


def follow(browser, by, what):
    """Clicks, and waits until the page has made room for the next one: that has no mark, and is complete."""
    browser.execute_script("window.isFollowed = true")
    browser.find_element(by, what).click()
    # In the middle of the change the driver has errors of several kinds.
    WebDriverWait(browser, 10, poll_frequency=0.02, ignored_exceptions=[WebDriverException]).until(
        lambda browser: browser.execute_script("return !window.isFollowed && document.readyState === 'complete'"))


def answer(browser, separator="?"):
    address = browser.current_url
    assert "/_coldframe/health" in address, text_of(browser)
    return {key: value[0] for key, value in parse_qs(address.split(separator, 1)[1]).items()}


def exchange(server, app, callback, code, **more):
    return requests.post(f"{server.url}/oauth2/token", data={
        "grant_type": "authorization_code", "code": code, "redirect_uri": callback, **more},
        auth=(app["ClientId"], app["ClientSecret"])).json()


def test_from_sign_up_to_tokens(server, idp, browser, pool, app, callback):
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    browser.get(authorize(server, app, callback, code_challenge=challenge, code_challenge_method="S256"))
    follow(browser, By.LINK_TEXT, "Sign up")
    fill(browser, username="jane", attribute__email="jane@example.com", password="weak")
    assert "Member must have length greater than or equal to 6" in text_of(browser)
    fill(browser, password=PASSWORD)
    assert browser.find_element(By.TAG_NAME, "h1").text == "Confirm your account"
    fill(browser, code="000000")
    assert "Invalid verification code provided" in text_of(browser)
    follow(browser, By.NAME, "resend")
    fill(browser, code=last_code(server, user="jane"))
    assert "Your account is confirmed" in text_of(browser)
    fill(browser, username="jane", password="Wr0ng-password")
    assert "Incorrect username or password." in text_of(browser)
    fill(browser, username="jane", password=PASSWORD)
    given = answer(browser)
    assert given["state"] == "s1"
    assert exchange(server, app, callback, given["code"])["error"] == "invalid_grant"  # no verifier: and the code is spent
    browser.get(authorize(server, app, callback, code_challenge=challenge, code_challenge_method="S256"))
    tokens = exchange(server, app, callback, answer(browser)["code"], code_verifier=verifier)
    claims = verified(server, pool, tokens["id_token"], audience=app["ClientId"])
    assert (claims["nonce"], claims["email"], claims["email_verified"]) == ("n1", "jane@example.com", True)
    browser.get(f"{server.url}/logout?{urlencode({'client_id': app['ClientId'], 'logout_uri': callback})}")
    browser.get(authorize(server, app, callback))
    assert browser.find_element(By.TAG_NAME, "h1").text == "Sign in"


def test_new_password_and_second_factor(server, idp, browser, pool, app, callback):
    idp.admin_create_user(UserPoolId=pool, Username="ann", TemporaryPassword="Temp0rary!", MessageAction="SUPPRESS")
    idp.set_user_pool_mfa_config(UserPoolId=pool, MfaConfiguration="ON", SoftwareTokenMfaConfiguration={"Enabled": True})
    browser.get(authorize(server, app, callback, response_type="token", scope="openid"))
    fill(browser, username="ann", password="Temp0rary!")
    fill(browser, new_password="alllowercase")
    assert "Password must have uppercase characters" in text_of(browser)
    fill(browser, new_password=PASSWORD)
    secret = browser.find_element(By.ID, "secret").text
    code = lambda: pyotp.TOTP(secret).at(int(server.clock.seconds()))
    fill(browser, code="000000")
    assert "Code mismatch" in text_of(browser)
    fill(browser, code=code())
    given = answer(browser, "#")
    assert (given["token_type"], given["state"]) == ("bearer", "s1")
    claims = verified(server, pool, given["id_token"], audience=app["ClientId"])
    assert claims["nonce"] == "n1" and "at_hash" in claims
    forget(server, browser)
    browser.get(authorize(server, app, callback))
    fill(browser, username="ann", password=PASSWORD)
    server.clock.advance(30)
    fill(browser, code="000000")
    assert "Invalid code received for user" in text_of(browser)
    fill(browser, code=code())
    assert "code" in answer(browser)


def test_a_forgotten_password(server, idp, browser, pool, app, callback):
    make_user(idp, pool, email="alice@example.com", email_verified="true")
    browser.get(authorize(server, app, callback))
    follow(browser, By.LINK_TEXT, "Forgot your password?")
    fill(browser, username="alice")
    fill(browser, code="000000", password="N3w-Passw0rd")
    assert "Invalid verification code provided" in text_of(browser)
    fill(browser, code=last_code(server, user="alice"), password="N3w-Passw0rd")
    fill(browser, username="alice", password="N3w-Passw0rd")
    assert "code" in answer(browser)
    forget(server, browser)
    browser.get(authorize(server, app, callback).replace("/oauth2/authorize", "/forgotPassword"))
    fill(browser, username="nobody")
    assert browser.find_element(By.TAG_NAME, "h1").text == "Reset your password"


def test_pages_are_safe(server, idp, pool, app, callback):
    make_user(idp, pool)
    session = requests.Session()
    page = session.get(authorize(server, app, callback, state='"><script>alert(1)</script>', login_hint='"><b>'))
    assert "<script" not in page.text and "<b>" not in page.text
    policy = page.headers["Content-Security-Policy"]
    style = re.search(r"<style>(.*?)</style>", page.text, re.S).group(1)
    assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in policy and "default-src 'none'" in policy
    assert app["ClientSecret"] not in page.text and page.headers["X-Frame-Options"] == "DENY"
    cookies = [value for key, value in page.raw.headers.items() if key == "Set-Cookie"]
    assert cookies and all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)
    form = {"username": "alice", "password": PASSWORD}
    forged = requests.post(page.url, data={**form, "_csrf": "x"}, allow_redirects=False)
    assert forged.status_code == 400 and "Location" not in forged.headers
    csrf = re.search(r'name="_csrf" value="(\w+)"', page.text).group(1)
    accepted = session.post(page.url, data={**form, "_csrf": csrf}, allow_redirects=False)
    assert accepted.status_code == 302 and parse_qs(urlsplit(accepted.headers["Location"]).query)["state"] == ['"><script>alert(1)</script>']


def test_a_page_session_is_no_use_to_the_api(server, idp, pool, app, callback):
    idp.admin_create_user(UserPoolId=pool, Username="ann", TemporaryPassword="Temp0rary!", MessageAction="SUPPRESS")
    session = requests.Session()
    page = session.get(authorize(server, app, callback))
    csrf = re.search(r'name="_csrf" value="(\w+)"', page.text).group(1)
    session.post(page.url, data={"username": "ann", "password": "Temp0rary!", "_csrf": csrf})
    from hosting import refused
    from test_cognito import secret_hash
    with refused("NotAuthorizedException", "Invalid session for the user.", status=400):
        idp.respond_to_auth_challenge(
            ClientId=app["ClientId"], ChallengeName="NEW_PASSWORD_REQUIRED", Session=session.cookies["cognito-progress"],
            ChallengeResponses={"USERNAME": "ann", "NEW_PASSWORD": PASSWORD, "SECRET_HASH": secret_hash("ann", app["ClientId"], app["ClientSecret"])})


def test_a_link_confirms(server, idp):
    pool = idp.create_user_pool(
        PoolName="links", AutoVerifiedAttributes=["email"], VerificationMessageTemplate={
            "DefaultEmailOption": "CONFIRM_WITH_LINK", "EmailMessageByLink": "Please {##click##}"})["UserPool"]["Id"]
    app = idp.create_user_pool_client(UserPoolId=pool, ClientName="a", ExplicitAuthFlows=FLOWS)["UserPoolClient"]["ClientId"]
    idp.sign_up(ClientId=app, Username="jane", Password=PASSWORD, UserAttributes=[{"Name": "email", "Value": "jane@example.com"}])
    message = server.control("GET", f"cognito/messages?pool={pool}")["messages"][-1]
    link = re.fullmatch(r"Please click \((.*)\)", message["body"]).group(1)
    assert requests.get(link.replace("confirmation_code=", "confirmation_code=0")).status_code == 400
    assert "Your registration has been confirmed!" in requests.get(link).text
    assert idp.admin_get_user(UserPoolId=pool, Username="jane")["UserStatus"] == "CONFIRMED"


def test_other_origins_may_call(server, pool, app):
    asked = requests.options(f"{server.url}/", headers={
        "Origin": "https://app.example", "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-amz-target,x-amz-user-agent"})
    assert asked.status_code == 200 and asked.headers["Access-Control-Allow-Origin"] == "*"
    assert "x-amz-target" in asked.headers["Access-Control-Allow-Headers"]
    answered = requests.post(f"{server.url}/", data="{}", headers={
        "Origin": "https://app.example", "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth"})
    assert answered.status_code == 400 and answered.headers["Access-Control-Allow-Origin"] == "*"
    assert "x-amzn-ErrorType" in answered.headers["Access-Control-Expose-Headers"]
    token = requests.options(f"{server.url}/oauth2/token", headers={
        "Origin": "https://app.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"})
    assert token.status_code == 200 and token.headers["Access-Control-Allow-Headers"] == "authorization"


def test_a_browser_calls_the_api_from_another_origin(server, browser, idp, pool):
    app = idp.create_user_pool_client(UserPoolId=pool, ClientName="b", ExplicitAuthFlows=FLOWS)["UserPoolClient"]["ClientId"]
    make_user(idp, pool)
    browser.get(f"{server.url.replace('127.0.0.1', 'localhost')}/_coldframe/health")
    told = browser.execute_async_script("""
        const [url, app, password, done] = arguments;
        fetch(url, {method: 'POST', headers: {'Content-Type': 'application/x-amz-json-1.1',
          'X-Amz-Target': 'AWSCognitoIdentityProviderService.InitiateAuth'}, body: JSON.stringify({ClientId: app,
          AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: {USERNAME: 'alice', PASSWORD: password}})})
          .then(answer => answer.json()).then(body => done(Object.keys(body)), error => done(String(error)));
        """, server.url + "/", app, PASSWORD)
    assert "AuthenticationResult" in told


def federated(server, idp, callback, kind="OIDC"):
    """A pool whose users come from another pool of this server."""
    home = idp.create_user_pool(PoolName="home")["UserPool"]["Id"]
    pool = idp.create_user_pool(PoolName="hub")["UserPool"]["Id"]
    back = f"{server.url}/oauth2/idpresponse"
    oauth = dict(ExplicitAuthFlows=FLOWS, AllowedOAuthFlowsUserPoolClient=True, AllowedOAuthFlows=["code"], AllowedOAuthScopes=["openid", "email"])
    there = idp.create_user_pool_client(
        UserPoolId=home, ClientName="hub", GenerateSecret=True, CallbackURLs=[back.replace("127.0.0.1", "localhost"), back], **oauth)["UserPoolClient"]
    idp.create_identity_provider(
        UserPoolId=pool, ProviderName="Home", ProviderType=kind, AttributeMapping={"email": "email"}, IdpIdentifiers=["home.example"],
        ProviderDetails={"client_id": there["ClientId"], "client_secret": there["ClientSecret"], "authorize_scopes": "openid email",
                         "oidc_issuer": f"{server.url}/{home}", "attributes_request_method": "GET"})
    app = idp.create_user_pool_client(
        UserPoolId=pool, ClientName="app", GenerateSecret=True, CallbackURLs=[callback], SupportedIdentityProviders=["COGNITO", "Home"], **oauth)["UserPoolClient"]
    return home, pool, app


def test_users_come_from_another_pool(server, idp, browser, callback):
    home, pool, app = federated(server, idp, callback)
    make_user(idp, home, email="alice@example.com", email_verified="true")
    browser.get(authorize(server, app, callback))
    follow(browser, By.LINK_TEXT, "Continue with Home")
    fill(browser, username="alice", password=PASSWORD)
    tokens = exchange(server, app, callback, answer(browser)["code"])
    claims = verified(server, pool, tokens["id_token"], audience=app["ClientId"])
    sub = idp.admin_get_user(UserPoolId=home, Username="alice")["UserAttributes"][0]["Value"]
    assert claims["cognito:username"] == f"Home_{sub}" and claims["email"] == "alice@example.com"
    assert claims["identities"][0]["providerName"] == "Home" and claims["identities"][0]["userId"] == sub
    assert idp.admin_get_user(UserPoolId=pool, Username=f"Home_{sub}")["UserStatus"] == "EXTERNAL_PROVIDER"
    make_user(idp, pool, "local")
    make_user(idp, home, "bob", email="bob@example.com")
    bob = idp.admin_get_user(UserPoolId=home, Username="bob")["UserAttributes"][0]["Value"]
    idp.admin_link_provider_for_user(
        UserPoolId=pool, DestinationUser={"ProviderName": "Cognito", "ProviderAttributeValue": "local"},
        SourceUser={"ProviderName": "Home", "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": bob})
    forget(server, browser)
    browser.get(authorize(server, app, callback, idp_identifier="home.example"))
    fill(browser, username="bob", password=PASSWORD)
    tokens = exchange(server, app, callback, answer(browser)["code"])
    assert jwt.decode(tokens["id_token"], options={"verify_signature": False})["cognito:username"] == "local"


def test_providers_that_cannot_be_reached_are_named(server, idp, callback):
    _, _, app = federated(server, idp, callback, kind="SAML")
    page = requests.get(authorize(server, app, callback, identity_provider="Home"))
    assert page.status_code == 400 and "does not emulate sign-in by SAML" in page.text
    assert requests.get(f"{server.url}/oauth2/idpresponse?state=x&code=y").status_code == 400
    assert "SAML" in requests.post(f"{server.url}/saml2/idpresponse").text
