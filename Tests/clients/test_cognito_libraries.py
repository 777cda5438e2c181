"""Login libraries of others against user pools: pycognito's SRP, Authlib's OpenID Connect, PyJWT's JWKS client."""
from __future__ import annotations

import base64
import json
import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from conftest import client
from test_cognito import FLOWS, PASSWORD, app, idp, last_code, make_user, pool, verified  # noqa: F401  (fixtures)
from hosting import refused

import pycognito
import authlib.integrations.requests_client as authlib
import jwt
import pyotp

CALLBACK = "http://localhost:9999/callback"


@pytest.fixture
def cognito(server, pool, app):
    def make(name: str, secret: str | None = None, client_id: str | None = None):
        from pycognito.aws_srp import AWSSRP
        return AWSSRP(username=name, password=PASSWORD, pool_id=pool, client_id=client_id or app, client=client("cognito-idp"),
                      client_secret=secret)
    return make


@pytest.mark.parametrize("round", range(8))
def test_srp(server, idp, pool, app, cognito, round):
    """Salts and public numbers of every padding: short ones, high first bits."""
    make_user(idp, pool, f"user{round}")
    result = cognito(f"user{round}").authenticate_user()["AuthenticationResult"]
    assert verified(server, pool, result["IdToken"], audience=app)["cognito:username"] == f"user{round}"


def test_srp_refuses_what_is_not_proven(server, idp, pool, app, cognito):
    make_user(idp, pool)
    wrong = cognito("alice")
    wrong.password = "Wr0ng-password"
    with refused("NotAuthorizedException", "Incorrect username or password.", status=400):
        wrong.authenticate_user()
    right = cognito("alice")
    begun = idp.initiate_auth(ClientId=app, AuthFlow="USER_SRP_AUTH", AuthParameters=right.get_auth_params())
    assert begun["ChallengeName"] == "PASSWORD_VERIFIER" and "Session" not in begun
    assert set(begun["ChallengeParameters"]) == {"SALT", "SECRET_BLOCK", "SRP_B", "USERNAME", "USER_ID_FOR_SRP"}
    answers = right.process_challenge(begun["ChallengeParameters"], {"USERNAME": "alice"})
    respond = lambda given: idp.respond_to_auth_challenge(ClientId=app, ChallengeName="PASSWORD_VERIFIER", ChallengeResponses=given)
    with refused("NotAuthorizedException", status=400):
        respond({**answers, "PASSWORD_CLAIM_SECRET_BLOCK": base64.b64encode(b"x" * 96).decode()})
    assert "AccessToken" in respond(answers)["AuthenticationResult"]
    with refused("NotAuthorizedException", "Invalid session for the user.", status=400):
        respond(answers)
    with refused("InvalidParameterException", status=400):
        idp.initiate_auth(ClientId=app, AuthFlow="USER_SRP_AUTH", AuthParameters={"USERNAME": "alice", "SRP_A": "0"})


def test_srp_of_a_user_who_does_not_exist_looks_the_same(idp, pool):
    from pycognito.aws_srp import AWSSRP
    app = idp.create_user_pool_client(
        UserPoolId=pool, ClientName="quiet", PreventUserExistenceErrors="ENABLED")["UserPoolClient"]["ClientId"]
    ghost = AWSSRP(username="ghost", password=PASSWORD, pool_id=pool, client_id=app, client=idp)
    salts = {idp.initiate_auth(ClientId=app, AuthFlow="USER_SRP_AUTH", AuthParameters=ghost.get_auth_params())
             ["ChallengeParameters"]["SALT"] for _ in range(2)}
    assert len(salts) == 1
    with refused("NotAuthorizedException", "Incorrect username or password.", status=400):
        ghost.authenticate_user()


def test_srp_with_a_client_secret(idp, pool, cognito):
    made = idp.create_user_pool_client(UserPoolId=pool, ClientName="s", GenerateSecret=True)["UserPoolClient"]
    make_user(idp, pool)
    assert "AuthenticationResult" in cognito("alice", made["ClientSecret"], made["ClientId"]).authenticate_user()


def test_new_password_challenge(idp, pool, cognito):
    from pycognito.exceptions import ForceChangePasswordException
    idp.admin_create_user(UserPoolId=pool, Username="alice", TemporaryPassword=PASSWORD, MessageAction="SUPPRESS")
    with pytest.raises(ForceChangePasswordException):
        cognito("alice").authenticate_user()
    result = cognito("alice").set_new_password_challenge("N3w-Passw0rd")
    assert "AccessToken" in result["AuthenticationResult"]
    changed = cognito("alice")
    changed.password = "N3w-Passw0rd"
    changed.authenticate_user()
    assert idp.admin_get_user(UserPoolId=pool, Username="alice")["UserStatus"] == "CONFIRMED"


def test_mfa_challenges(start_server):
    """pycognito checks the issuer against the address it calls: here that is the local one."""
    from pycognito import Cognito
    from pycognito.exceptions import SMSMFAChallengeException, SoftwareTokenMFAChallengeException
    server = start_server("--ephemeral", "--clock", "manual", "--cognito-issuer", "local")
    idp = client("cognito-idp")
    pool = idp.create_user_pool(PoolName="users")["UserPool"]["Id"]
    app = idp.create_user_pool_client(UserPoolId=pool, ClientName="app", ExplicitAuthFlows=FLOWS)["UserPoolClient"]["ClientId"]
    make_user(idp, pool, phone_number="+14325551212", phone_number_verified="true")
    user = Cognito(pool, app, username="alice", user_pool_region="us-east-1",
                   boto3_client_kwargs={"endpoint_url": server.url})
    idp.set_user_pool_mfa_config(
        UserPoolId=pool, MfaConfiguration="OPTIONAL", SoftwareTokenMfaConfiguration={"Enabled": True},
        SmsMfaConfiguration={"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::123456789012:role/sms"}})
    user.authenticate(PASSWORD)
    totp = pyotp.TOTP(user.associate_software_token())
    assert user.verify_software_token(totp.at(int(server.clock.seconds())))
    user.set_user_mfa_preference(sms_mfa=False, software_token_mfa=True, preferred="SOFTWARE_TOKEN")
    with pytest.raises(SoftwareTokenMFAChallengeException):
        user.authenticate(PASSWORD)
    server.clock.advance(30)
    user.respond_to_software_token_mfa_challenge(totp.at(int(server.clock.seconds())))
    assert user.access_token
    user.set_user_mfa_preference(sms_mfa=True, software_token_mfa=True, preferred="SMS")
    with pytest.raises(SMSMFAChallengeException):
        user.authenticate(PASSWORD)
    user.respond_to_sms_mfa_challenge(last_code(server, user="alice"))
    assert user.access_token
    idp.admin_set_user_mfa_preference(
        UserPoolId=pool, Username="alice", SMSMfaSettings={"Enabled": True}, SoftwareTokenMfaSettings={"Enabled": True})
    choice = idp.initiate_auth(ClientId=app, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD})
    assert choice["ChallengeName"] == "SELECT_MFA_TYPE"
    assert json.loads(choice["ChallengeParameters"]["MFAS_CAN_CHOOSE"]) == ["SMS_MFA", "SOFTWARE_TOKEN_MFA"]
    chosen = idp.respond_to_auth_challenge(
        ClientId=app, ChallengeName="SELECT_MFA_TYPE", Session=choice["Session"],
        ChallengeResponses={"USERNAME": "alice", "ANSWER": "SMS_MFA"})
    assert chosen["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"] == "+*******1212"


def test_a_remembered_device_stands_in_for_the_second_factor(server, idp, app):
    from pycognito.aws_srp import AWSSRP, generate_hash_device
    pool = idp.create_user_pool(
        PoolName="d", DeviceConfiguration={"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": False})["UserPool"]["Id"]
    app = idp.create_user_pool_client(UserPoolId=pool, ClientName="a", ExplicitAuthFlows=FLOWS)["UserPoolClient"]["ClientId"]
    make_user(idp, pool, phone_number="+14325551212", phone_number_verified="true")
    srp = AWSSRP(username="alice", password=PASSWORD, pool_id=pool, client_id=app, client=idp)
    first = srp.authenticate_user()["AuthenticationResult"]
    device = first["NewDeviceMetadata"]
    secret, config = generate_hash_device(device["DeviceGroupKey"], device["DeviceKey"])
    confirmed = idp.confirm_device(
        AccessToken=first["AccessToken"], DeviceKey=device["DeviceKey"], DeviceName="laptop", DeviceSecretVerifierConfig=config)
    assert confirmed["UserConfirmationNecessary"] is False
    idp.set_user_pool_mfa_config(
        UserPoolId=pool, MfaConfiguration="ON",
        SmsMfaConfiguration={"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::123456789012:role/sms"}})
    known = AWSSRP(username="alice", password=PASSWORD, pool_id=pool, client_id=app, client=idp, device_key=device["DeviceKey"],
                   device_group_key=device["DeviceGroupKey"], device_password=secret)
    assert "AccessToken" in known.authenticate_user()["AuthenticationResult"]
    stranger = AWSSRP(username="alice", password=PASSWORD, pool_id=pool, client_id=app, client=idp, device_key=device["DeviceKey"],
                      device_group_key=device["DeviceGroupKey"], device_password="guess")
    with refused("NotAuthorizedException", status=400):
        stranger.authenticate_user()


def test_choice_based_sign_in(server, idp):
    pool = idp.create_user_pool(
        PoolName="c", Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}})["UserPool"]["Id"]
    app = idp.create_user_pool_client(UserPoolId=pool, ClientName="a", ExplicitAuthFlows=["ALLOW_USER_AUTH"])["UserPoolClient"]["ClientId"]
    make_user(idp, pool, email="alice@example.com", email_verified="true")
    begin = lambda **more: idp.initiate_auth(ClientId=app, AuthFlow="USER_AUTH", AuthParameters={"USERNAME": "alice", **more})
    choice = begin()
    assert (choice["ChallengeName"], choice["AvailableChallenges"]) == ("SELECT_CHALLENGE", ["PASSWORD", "PASSWORD_SRP", "EMAIL_OTP"])
    respond = lambda name, session, **given: idp.respond_to_auth_challenge(
        ClientId=app, ChallengeName=name, Session=session, ChallengeResponses={"USERNAME": "alice", **given})
    sent = respond("SELECT_CHALLENGE", choice["Session"], ANSWER="EMAIL_OTP")
    assert sent["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"] == "a***@e***.com"
    assert "AuthenticationResult" in respond("EMAIL_OTP", sent["Session"], EMAIL_OTP_CODE=last_code(server, user="alice"))
    assert "AuthenticationResult" in respond("SELECT_CHALLENGE", begin()["Session"], ANSWER="PASSWORD", PASSWORD=PASSWORD)
    asked = begin(PREFERRED_CHALLENGE="PASSWORD")
    assert asked["ChallengeName"] == "PASSWORD"
    assert "AuthenticationResult" in respond("PASSWORD", asked["Session"], PASSWORD=PASSWORD)


@pytest.fixture
def hosted(idp, pool):
    idp.create_user_pool_domain(UserPoolId=pool, Domain="garden")
    idp.create_resource_server(UserPoolId=pool, Identifier="beds", Name="beds", Scopes=[{"ScopeName": "read", "ScopeDescription": "r"}])
    make_user(idp, pool, email="alice@example.com", email_verified="true")
    return idp.create_user_pool_client(
        UserPoolId=pool, ClientName="web", AllowedOAuthFlows=["code", "implicit"], AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthScopes=["openid", "email", "beds/read"], CallbackURLs=[CALLBACK], LogoutURLs=["http://localhost:9999/bye"],
        SupportedIdentityProviders=["COGNITO"])["UserPoolClient"]["ClientId"]


def log_in(session: requests.Session, address: str, password: str = PASSWORD) -> requests.Response:
    """What a browser does: the page, then its form."""
    page = session.get(address)
    assert page.status_code == 200, page.text
    action = unescape(re.search(r'action="([^"]+)"', page.text)[1])
    csrf = re.search(r'name="_csrf" value="([^"]+)"', page.text)[1]
    base = "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
    return session.post(base + action, {"username": "alice", "password": password, "_csrf": csrf}, allow_redirects=False)


def test_code_flow_with_pkce(server, idp, pool, hosted):
    discovered = requests.get(f"{server.url}/{pool}/.well-known/openid-configuration").json()
    oauth = authlib.OAuth2Session(hosted, redirect_uri=CALLBACK, scope="openid email beds/read", code_challenge_method="S256")
    verifier = "v" * 64
    address, state = oauth.create_authorization_url(discovered["authorization_endpoint"], code_verifier=verifier, nonce="n-1")
    browser = requests.Session()
    assert "Incorrect username or password." in log_in(browser, address, "wrong").text
    landed = log_in(browser, address)
    assert landed.status_code == 302 and landed.headers["Location"].startswith(CALLBACK)
    with pytest.raises(authlib.OAuthError):
        oauth.fetch_token(discovered["token_endpoint"], authorization_response=landed.headers["Location"], code_verifier="w" * 64, state=state)
    again = browser.get(address, allow_redirects=False)  # the browser is signed in: no page
    token = oauth.fetch_token(
        discovered["token_endpoint"], authorization_response=again.headers["Location"], code_verifier=verifier, state=state)
    claims = verified(server, pool, token["id_token"], audience=hosted)
    assert (claims["nonce"], claims["email"]) == ("n-1", "alice@example.com") and "at_hash" in claims
    access = verified(server, pool, token["access_token"])
    assert (access["scope"], access["version"]) == ("openid email beds/read", 2)
    with pytest.raises(authlib.OAuthError):  # a code is good once
        oauth.fetch_token(discovered["token_endpoint"], authorization_response=again.headers["Location"], code_verifier=verifier, state=state)
    info = oauth.get(discovered["userinfo_endpoint"]).json()
    assert (info["username"], info["email_verified"], info["sub"]) == ("alice", "true", claims["sub"])
    with refused("NotAuthorizedException", "Access Token does not have required scopes", status=400):
        idp.get_user(AccessToken=token["access_token"])
    renewed = oauth.refresh_token(discovered["token_endpoint"], refresh_token=token["refresh_token"])
    assert "id_token" in renewed
    assert requests.post(discovered["revocation_endpoint"], {"token": token["refresh_token"], "client_id": hosted}).status_code == 200
    gone = requests.get(discovered["userinfo_endpoint"], headers={"Authorization": f"Bearer {token['access_token']}"})
    assert gone.status_code == 401 and 'error="invalid_token"' in gone.headers["WWW-Authenticate"]


def test_implicit_flow_and_logout(server, pool, hosted):
    query = {"client_id": hosted, "redirect_uri": CALLBACK, "scope": "openid", "state": "s"}
    browser = requests.Session()
    address = requests.Request("GET", f"{server.url}/oauth2/authorize", params={**query, "response_type": "token"}).prepare().url
    landed = log_in(browser, address).headers["Location"]
    fragment = parse_qs(urlsplit(landed).fragment)
    assert fragment["state"] == ["s"] and fragment["token_type"] == ["bearer"] and "refresh_token" not in fragment
    verified(server, pool, fragment["id_token"][0], audience=hosted)
    out = browser.get(f"{server.url}/logout", params={"client_id": hosted, "logout_uri": "http://localhost:9999/bye"}, allow_redirects=False)
    assert (out.status_code, out.headers["Location"]) == (302, "http://localhost:9999/bye")
    assert "password" in browser.get(address).text


@pytest.mark.parametrize("change, location", [
    ({"response_type": "x"}, "invalid_request"), ({"scope": "openid nothing"}, "invalid_scope"),
])
def test_authorize_refusals(server, hosted, change, location):
    query = {"client_id": hosted, "redirect_uri": CALLBACK, "response_type": "code", "state": "s", **change}
    answer = requests.get(f"{server.url}/oauth2/authorize", params=query, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{CALLBACK}?error={location}&state=s")
    evil = requests.get(f"{server.url}/oauth2/authorize", params={**query, "redirect_uri": "https://evil.example"}, allow_redirects=False)
    assert evil.status_code == 400 and "Location" not in evil.headers


def test_client_credentials(server, idp, pool, hosted):
    machine = idp.create_user_pool_client(
        UserPoolId=pool, ClientName="m", GenerateSecret=True, AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthFlowsUserPoolClient=True, AllowedOAuthScopes=["beds/read"])["UserPoolClient"]
    oauth = authlib.OAuth2Session(machine["ClientId"], machine["ClientSecret"], token_endpoint_auth_method="client_secret_basic")
    token = oauth.fetch_token(f"{server.url}/oauth2/token", grant_type="client_credentials")
    claims = verified(server, pool, token["access_token"])
    assert (claims["sub"], claims["scope"], claims["client_id"]) == (machine["ClientId"], "beds/read", machine["ClientId"])
    assert "id_token" not in token and "refresh_token" not in token
    wrong = requests.post(f"{server.url}/oauth2/token", {"grant_type": "client_credentials"}, auth=(machine["ClientId"], "no"))
    assert (wrong.status_code, wrong.json()) == (400, {"error": "invalid_client"})


def test_a_local_issuer_is_found_by_discovery(start_server):
    running = start_server("--ephemeral", "--cognito-issuer", "local")
    idp = client("cognito-idp")
    pool = idp.create_user_pool(PoolName="p")["UserPool"]["Id"]
    document = requests.get(f"{running.url}/{pool}/.well-known/openid-configuration").json()
    assert document["issuer"] == f"{running.url}/{pool}"
    app = idp.create_user_pool_client(UserPoolId=pool, ClientName="a", ExplicitAuthFlows=FLOWS)["UserPoolClient"]["ClientId"]
    make_user(idp, pool)
    token = idp.initiate_auth(ClientId=app, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD})
    issuer = jwt.decode(token["AuthenticationResult"]["IdToken"], options={"verify_signature": False})["iss"]
    keys = jwt.PyJWKClient(requests.get(f"{issuer}/.well-known/openid-configuration").json()["jwks_uri"])
    jwt.decode(token["AuthenticationResult"]["IdToken"], keys.get_signing_key_from_jwt(token["AuthenticationResult"]["IdToken"]).key,
               algorithms=["RS256"], issuer=issuer, audience=app)
