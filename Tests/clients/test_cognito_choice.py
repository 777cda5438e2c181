"""USER_AUTH: the user chooses the first factor; passkeys really sign."""
from __future__ import annotations

import json

import pytest

from authenticator import Authenticator
from conftest import client
from hosting import refused
from test_cognito import PASSWORD, idp, last_code, make_user, sign_in  # noqa: F401  (fixtures)

PARTY = "auth.garden.example"
FLOWS = ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


@pytest.fixture
def pool(idp):
    pool = idp.create_user_pool(
        PoolName="choice", AutoVerifiedAttributes=["email"],
        Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]}})["UserPool"]["Id"]
    idp.set_user_pool_mfa_config(
        UserPoolId=pool, MfaConfiguration="OFF", WebAuthnConfiguration={"RelyingPartyId": PARTY, "UserVerification": "preferred"})
    return pool


@pytest.fixture
def app(idp, pool):
    return idp.create_user_pool_client(UserPoolId=pool, ClientName="app", ExplicitAuthFlows=FLOWS)["UserPoolClient"]["ClientId"]


@pytest.fixture
def alice(idp, pool, app):
    make_user(idp, pool, email="alice@example.com", email_verified="true")
    return sign_in(idp, app)["AuthenticationResult"]["AccessToken"]


def begin(idp, app, **more):
    return idp.initiate_auth(ClientId=app, AuthFlow="USER_AUTH", AuthParameters={"USERNAME": "alice", **more})


def respond(idp, app, challenge, name=None, **answers):
    return idp.respond_to_auth_challenge(
        ClientId=app, ChallengeName=name or challenge["ChallengeName"], Session=challenge["Session"],
        ChallengeResponses={"USERNAME": "alice", **answers})


def register(idp, token, key, **more):
    options = idp.start_web_authn_registration(AccessToken=token)["CredentialCreationOptions"]
    idp.complete_web_authn_registration(AccessToken=token, Credential=key.create(options, **more))
    return options


def request(challenge):
    return json.loads(challenge["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])


def test_a_passkey_signs_in(idp, app, alice):
    key = Authenticator(f"https://{PARTY}")
    options = register(idp, alice, key)
    assert options["rp"]["id"] == PARTY and {p["alg"] for p in options["pubKeyCredParams"]} == {-7, -257}
    listed = idp.list_web_authn_credentials(AccessToken=alice)["Credentials"]
    assert [(c["RelyingPartyId"], c["AuthenticatorTransports"]) for c in listed] == [(PARTY, ["internal"])]
    challenge = begin(idp, app, PREFERRED_CHALLENGE="WEB_AUTHN")
    assert challenge["ChallengeName"] == "WEB_AUTHN"
    wanted = request(challenge)
    assert wanted["rpId"] == PARTY and wanted["allowCredentials"][0]["id"] == listed[0]["CredentialId"]
    assert "AccessToken" in respond(idp, app, challenge, CREDENTIAL=json.dumps(key.get(wanted)))["AuthenticationResult"]
    with refused("NotAuthorizedException", "Invalid session for the user.", status=400):
        respond(idp, app, challenge, CREDENTIAL=json.dumps(key.get(wanted)))
    idp.delete_web_authn_credential(AccessToken=alice, CredentialId=listed[0]["CredentialId"])
    assert "WEB_AUTHN" not in begin(idp, app)["AvailableChallenges"]
    register(idp, alice, Authenticator(f"https://{PARTY}"), attestation="packed")


@pytest.mark.parametrize("attestation", ["none", "packed"])
def test_a_passkey_may_be_of_rsa(idp, app, alice, attestation):
    key = Authenticator(f"https://{PARTY}", algorithm=-257)
    register(idp, alice, key, attestation=attestation)
    for _ in range(2):
        challenge = begin(idp, app, PREFERRED_CHALLENGE="WEB_AUTHN")
        assert "AccessToken" in respond(idp, app, challenge, CREDENTIAL=json.dumps(key.get(request(challenge))))["AuthenticationResult"]
    stranger = Authenticator(f"https://{PARTY}", algorithm=-257)
    stranger.id, stranger.count = key.id, key.count
    challenge = begin(idp, app, PREFERRED_CHALLENGE="WEB_AUTHN")
    with refused("NotAuthorizedException", "Incorrect username or password.", status=400):
        respond(idp, app, challenge, CREDENTIAL=json.dumps(stranger.get(request(challenge))))


def test_passkeys_of_other_algorithms_are_not_taken(idp, alice):
    start = lambda: idp.start_web_authn_registration(AccessToken=alice)["CredentialCreationOptions"]
    with refused("WebAuthnCredentialNotSupportedException", status=400):  # RSASSA-PSS
        idp.complete_web_authn_registration(
            AccessToken=alice, Credential=Authenticator(f"https://{PARTY}", algorithm=-37).create(start()))
    key = Authenticator(f"https://{PARTY}", algorithm=-257)
    forged = Authenticator(f"https://{PARTY}", algorithm=-257)
    forged.sign = key.sign  # an attestation that another key made
    with refused("WebAuthnCredentialNotSupportedException", status=400):
        idp.complete_web_authn_registration(AccessToken=alice, Credential=forged.create(start(), attestation="packed"))
    assert idp.list_web_authn_credentials(AccessToken=alice)["Credentials"] == []


@pytest.mark.parametrize("algorithm", [-7, -257])
def test_an_assertion_is_good_once(idp, app, alice, algorithm):
    key = Authenticator(f"https://{PARTY}", algorithm=algorithm)
    register(idp, alice, key)
    first, second = (begin(idp, app, PREFERRED_CHALLENGE="WEB_AUTHN") for _ in range(2))
    assert request(first)["challenge"] != request(second)["challenge"]
    assertion = json.dumps(key.get(request(first)))
    respond(idp, app, first, CREDENTIAL=assertion)
    with refused("NotAuthorizedException", "Invalid session for the user.", status=400):
        respond(idp, app, first, CREDENTIAL=assertion)
    with refused("NotAuthorizedException", "Incorrect username or password.", status=400):
        respond(idp, app, second, CREDENTIAL=assertion)
    # The challenge of a session that is spent is no good in another, however it is signed.
    third = begin(idp, app, PREFERRED_CHALLENGE="WEB_AUTHN")
    with refused("NotAuthorizedException", "Incorrect username or password.", status=400):
        respond(idp, app, third, CREDENTIAL=json.dumps(key.get({**request(third), "challenge": request(second)["challenge"]})))


def test_a_registration_is_no_sign_in_and_the_other_way_round(idp, app, alice):
    key = Authenticator(f"https://{PARTY}")
    options = register(idp, alice, key)
    challenge = begin(idp, app, PREFERRED_CHALLENGE="WEB_AUTHN")
    wanted = request(challenge)
    key.client_data, sound = (lambda kind, text: sound("webauthn.create", text)), key.client_data
    with refused("NotAuthorizedException", "Incorrect username or password.", status=400):
        respond(idp, app, challenge, CREDENTIAL=json.dumps(key.get(wanted)))
    key.client_data = sound
    challenge = begin(idp, app, PREFERRED_CHALLENGE="WEB_AUTHN")
    with refused("NotAuthorizedException", "Incorrect username or password.", status=400):
        respond(idp, app, challenge, CREDENTIAL=json.dumps(key.get({**request(challenge), "rpId": "evil.example"})))
    other = Authenticator(f"https://{PARTY}")
    with refused("WebAuthnChallengeNotFoundException", status=400):  # its registration is done
        idp.complete_web_authn_registration(AccessToken=alice, Credential=other.create(options))


def test_passkeys_that_prove_nothing(idp, app, alice):
    key = Authenticator(f"https://{PARTY}")
    register(idp, alice, key)

    def attempt(change=lambda given: given, signer=key, origin=None):
        challenge = begin(idp, app, PREFERRED_CHALLENGE="WEB_AUTHN")
        signer.origin, before = origin or signer.origin, signer.origin
        given = change(signer.get(request(challenge)))
        signer.origin = before
        return respond(idp, app, challenge, CREDENTIAL=json.dumps(given))

    stranger = Authenticator(f"https://{PARTY}")
    stranger.id = key.id
    old = key.get({"rpId": PARTY, "challenge": "b2xk"})
    for case in (dict(signer=stranger), dict(origin="https://evil.example"), dict(origin=f"http://{PARTY}"),
                 dict(origin=f"https://evil{PARTY}"), dict(change=lambda given: old), dict(change=lambda given: {"id": "x"}),
                 dict(change=lambda given: {**given, "response": {**given["response"], "signature": "AAAA"}})):
        with refused("NotAuthorizedException", "Incorrect username or password.", status=400):
            attempt(**case)
    key.count = 0  # a copy of the authenticator
    with refused("NotAuthorizedException", "Incorrect username or password.", status=400):
        attempt()
    key.count = 50
    assert "AccessToken" in attempt()["AuthenticationResult"]


def test_registrations_that_are_refused(server, idp, pool, alice):
    start = lambda: idp.start_web_authn_registration(AccessToken=alice)["CredentialCreationOptions"]
    finish = lambda credential: idp.complete_web_authn_registration(AccessToken=alice, Credential=credential)
    options = start()
    with refused("WebAuthnOriginNotAllowedException", status=400):
        finish(Authenticator("https://evil.example").create(options))
    with refused("WebAuthnRelyingPartyMismatchException", status=400):
        finish(Authenticator(f"https://{PARTY}").create({**options, "rp": {"id": "evil.example"}}))
    with refused("WebAuthnChallengeNotFoundException", status=400):
        finish(Authenticator(f"https://{PARTY}").create({**options, "challenge": "b2xk"}))
    with refused("InvalidParameterException", status=400):
        finish({"id": "x"})
    late = Authenticator(f"https://{PARTY}").create(start())
    server.clock.advance(180)
    with refused("WebAuthnChallengeNotFoundException", status=400):
        finish(late)
    idp.set_user_pool_mfa_config(
        UserPoolId=pool, MfaConfiguration="OFF", WebAuthnConfiguration={"RelyingPartyId": PARTY, "UserVerification": "required"})
    with refused("WebAuthnCredentialNotSupportedException", status=400):
        finish(Authenticator(f"https://{PARTY}", verifies=False).create(start()))
    idp.update_user_pool(UserPoolId=pool, Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]}})
    with refused("WebAuthnNotEnabledException", status=400):
        start()


def test_the_user_chooses(server, idp, app, alice):
    challenge = begin(idp, app)
    assert challenge["ChallengeName"] == "SELECT_CHALLENGE"
    assert set(challenge["AvailableChallenges"]) == {"PASSWORD", "PASSWORD_SRP", "EMAIL_OTP"}
    mail = respond(idp, app, challenge, ANSWER="EMAIL_OTP")
    assert mail["ChallengeName"] == "EMAIL_OTP"
    with refused("CodeMismatchException", status=400):
        respond(idp, app, mail, EMAIL_OTP_CODE="12345")
    assert "AccessToken" in respond(idp, app, mail, EMAIL_OTP_CODE=last_code(server, user="alice"))["AuthenticationResult"]
    assert "AccessToken" in respond(idp, app, begin(idp, app), ANSWER="PASSWORD", PASSWORD=PASSWORD)["AuthenticationResult"]
    with refused("InvalidParameterException", status=400):
        respond(idp, app, begin(idp, app), ANSWER="WEB_AUTHN")


def test_a_new_user_goes_on_without_signing_in_again(server, idp, app):
    made = idp.sign_up(ClientId=app, Username="jane", Password=PASSWORD, UserAttributes=[{"Name": "email", "Value": "jane@example.com"}])
    confirmed = idp.confirm_sign_up(
        ClientId=app, Username="jane", ConfirmationCode=last_code(server, user="jane"), Session=made["Session"])
    answer = idp.initiate_auth(
        ClientId=app, AuthFlow="USER_AUTH", Session=confirmed["Session"], AuthParameters={"USERNAME": "jane"})
    assert "AccessToken" in answer["AuthenticationResult"]
    with refused("NotAuthorizedException", status=400):
        idp.initiate_auth(ClientId=app, AuthFlow="USER_AUTH", Session=confirmed["Session"], AuthParameters={"USERNAME": "jane"})


def test_without_a_password_at_all(server, idp, app):
    idp.sign_up(ClientId=app, Username="alice", UserAttributes=[{"Name": "email", "Value": "alice@example.com"}])
    idp.confirm_sign_up(ClientId=app, Username="alice", ConfirmationCode=last_code(server, user="alice"))
    challenge = begin(idp, app, PREFERRED_CHALLENGE="EMAIL_OTP")
    assert "AccessToken" in respond(idp, app, challenge, EMAIL_OTP_CODE=last_code(server, user="alice"))["AuthenticationResult"]


def test_a_passkey_can_be_both_factors(idp, pool, app, alice):
    key = Authenticator(f"https://{PARTY}")
    register(idp, alice, key)
    idp.set_user_pool_mfa_config(
        UserPoolId=pool, MfaConfiguration="ON", SoftwareTokenMfaConfiguration={"Enabled": True},
        WebAuthnConfiguration={"RelyingPartyId": PARTY, "UserVerification": "preferred"})
    assert set(begin(idp, app)["AvailableChallenges"]) == {"PASSWORD", "PASSWORD_SRP"}
    idp.set_user_pool_mfa_config(
        UserPoolId=pool, MfaConfiguration="ON", SoftwareTokenMfaConfiguration={"Enabled": True}, WebAuthnConfiguration={
            "RelyingPartyId": PARTY, "UserVerification": "preferred", "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"})
    challenge = begin(idp, app, PREFERRED_CHALLENGE="WEB_AUTHN")
    key.verifies = False
    with refused("NotAuthorizedException", status=400):
        respond(idp, app, challenge, CREDENTIAL=json.dumps(key.get(request(challenge))))
    key.verifies = True
    challenge = begin(idp, app, PREFERRED_CHALLENGE="WEB_AUTHN")
    assert "AccessToken" in respond(idp, app, challenge, CREDENTIAL=json.dumps(key.get(request(challenge))))["AuthenticationResult"]
