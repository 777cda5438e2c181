"""Second factors, first factors of choice, and devices: who is asked what, and what is refused."""
from __future__ import annotations

import json

import pyotp
import pytest
from pycognito.aws_srp import AWSSRP, generate_hash_device

from hosting import refused
from test_cognito import FLOWS, PASSWORD, app, idp, last_code, make_user, messages, pool, sign_in  # noqa: F401  (fixtures)

SMS = {"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::123456789012:role/sms"}}
CHOICE = ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


def respond(idp, app, challenge, name=None, user="alice", **answers):
    return idp.respond_to_auth_challenge(
        ClientId=app, ChallengeName=name or challenge["ChallengeName"], Session=challenge["Session"],
        ChallengeResponses={"USERNAME": user, **answers})


def options(challenge, key):
    return json.loads(challenge["ChallengeParameters"][key])


# Second factors


def test_what_can_be_set_up_is_what_the_pool_has(server, idp, pool, app):
    make_user(idp, pool)
    idp.set_user_pool_mfa_config(UserPoolId=pool, MfaConfiguration="ON", SmsMfaConfiguration=SMS, SoftwareTokenMfaConfiguration={"Enabled": True})
    challenge = sign_in(idp, app)
    assert (challenge["ChallengeName"], options(challenge, "MFAS_CAN_SETUP")) == ("MFA_SETUP", ["SMS_MFA", "SOFTWARE_TOKEN_MFA"])
    with refused("InvalidParameterException", status=400):
        respond(idp, app, challenge)
    with refused("EnableSoftwareTokenMFAException", "Code mismatch", status=400):
        idp.verify_software_token(Session=challenge["Session"], UserCode="123456")
    # A number is set up outside the sign-in: with one, it is asked for.
    idp.admin_update_user_attributes(UserPoolId=pool, Username="alice", UserAttributes=[
        {"Name": "phone_number", "Value": "+14325551212"}, {"Name": "phone_number_verified", "Value": "true"}])
    assert sign_in(idp, app)["ChallengeName"] == "SMS_MFA"


def test_where_only_messages_are_on_nothing_can_be_associated(idp, pool, app):
    make_user(idp, pool)
    idp.set_user_pool_mfa_config(UserPoolId=pool, MfaConfiguration="ON", SmsMfaConfiguration=SMS)
    challenge = sign_in(idp, app)
    assert (challenge["ChallengeName"], options(challenge, "MFAS_CAN_SETUP")) == ("MFA_SETUP", ["SMS_MFA"])
    with refused("SoftwareTokenMFANotFoundException", "Software Token MFA has not been enabled by the userPool", status=400):
        idp.associate_software_token(Session=challenge["Session"])


def test_a_temporary_password_comes_before_the_second_factor(server, idp, pool, app):
    idp.set_user_pool_mfa_config(UserPoolId=pool, MfaConfiguration="ON", SoftwareTokenMfaConfiguration={"Enabled": True})
    idp.admin_create_user(UserPoolId=pool, Username="alice", TemporaryPassword="Temp0rary!", MessageAction="SUPPRESS")
    first = sign_in(idp, app, password="Temp0rary!")
    second = respond(idp, app, first, NEW_PASSWORD=PASSWORD)
    assert (first["ChallengeName"], second["ChallengeName"]) == ("NEW_PASSWORD_REQUIRED", "MFA_SETUP")
    with refused("NotAuthorizedException", "Invalid session for the user.", status=400):
        respond(idp, app, first, NEW_PASSWORD=PASSWORD)
    with refused("NotAuthorizedException", "Invalid session for the user.", status=400):  # a challenge that was not put
        respond(idp, app, second, "SOFTWARE_TOKEN_MFA", SOFTWARE_TOKEN_MFA_CODE="123456")
    associated = idp.associate_software_token(Session=second["Session"])
    with refused("NotAuthorizedException", "Invalid session for the user.", status=400):
        idp.associate_software_token(Session=second["Session"])
    totp = pyotp.TOTP(associated["SecretCode"])
    proven = idp.verify_software_token(Session=associated["Session"], UserCode=totp.at(int(server.clock.seconds())), FriendlyDeviceName="phone")
    assert "AuthenticationResult" in respond(idp, app, proven, "MFA_SETUP")
    challenge = sign_in(idp, app)
    assert challenge["ChallengeParameters"]["FRIENDLY_DEVICE_NAME"] == "phone"


def test_a_code_of_an_app_is_good_once_and_for_a_step_around_now(server, idp, pool, app):
    make_user(idp, pool)
    idp.set_user_pool_mfa_config(UserPoolId=pool, MfaConfiguration="OPTIONAL", SoftwareTokenMfaConfiguration={"Enabled": True})
    token = sign_in(idp, app)["AuthenticationResult"]["AccessToken"]
    with refused("InvalidParameterException", "User has not verified software token mfa", status=400):
        idp.set_user_mfa_preference(AccessToken=token, SoftwareTokenMfaSettings={"Enabled": True})
    server.clock.advance(86400 * 3)  # far from the machine's clock, which counts as well
    token = sign_in(idp, app)["AuthenticationResult"]["AccessToken"]
    now = lambda: int(server.clock.seconds())
    totp = pyotp.TOTP(idp.associate_software_token(AccessToken=token)["SecretCode"])
    idp.verify_software_token(AccessToken=token, UserCode=totp.at(now()))
    idp.set_user_mfa_preference(AccessToken=token, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True})
    for steps in (-2, 2):
        with refused("CodeMismatchException", status=400):
            respond(idp, app, sign_in(idp, app), SOFTWARE_TOKEN_MFA_CODE=totp.at(now() + 30 * steps))
    for steps in (-1, 1):
        assert "AuthenticationResult" in respond(idp, app, sign_in(idp, app), SOFTWARE_TOKEN_MFA_CODE=totp.at(now() + 30 * steps))
    with refused("CodeMismatchException", status=400):
        respond(idp, app, sign_in(idp, app), SOFTWARE_TOKEN_MFA_CODE=totp.at(now() + 30))


def test_the_user_selects_among_second_factors(server, idp, pool, app):
    make_user(idp, pool, email="alice@example.com", email_verified="true", phone_number="+14325551212", phone_number_verified="true")
    idp.set_user_pool_mfa_config(UserPoolId=pool, MfaConfiguration="OPTIONAL", SmsMfaConfiguration=SMS, EmailMfaConfiguration={})
    assert "AuthenticationResult" in sign_in(idp, app)
    prefer = lambda **settings: idp.admin_set_user_mfa_preference(UserPoolId=pool, Username="alice", **settings)
    prefer(SMSMfaSettings={"Enabled": True}, EmailMfaSettings={"Enabled": True})
    challenge = sign_in(idp, app)
    assert (challenge["ChallengeName"], options(challenge, "MFAS_CAN_CHOOSE")) == ("SELECT_MFA_TYPE", ["SMS_MFA", "EMAIL_OTP"])
    for choice in ("SOFTWARE_TOKEN_MFA", "CARRIER_PIGEON"):
        with refused("InvalidParameterException", status=400):
            respond(idp, app, sign_in(idp, app), ANSWER=choice)
    mail = respond(idp, app, challenge, ANSWER="EMAIL_OTP")
    assert mail["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"] == "a***@e***.com"
    assert "AuthenticationResult" in respond(idp, app, mail, EMAIL_OTP_CODE=last_code(server, user="alice"))
    prefer(SMSMfaSettings={"Enabled": True, "PreferredMfa": True})
    assert sign_in(idp, app)["ChallengeName"] == "SMS_MFA"
    assert idp.admin_get_user(UserPoolId=pool, Username="alice")["PreferredMfaSetting"] == "SMS_MFA"
    with refused("InvalidParameterException", status=400):
        prefer(SMSMfaSettings={"Enabled": True, "PreferredMfa": True}, EmailMfaSettings={"Enabled": True, "PreferredMfa": True})
    prefer(SMSMfaSettings={"Enabled": False})
    assert sign_in(idp, app)["ChallengeName"] == "EMAIL_OTP"
    prefer(EmailMfaSettings={"Enabled": False})
    assert "AuthenticationResult" in sign_in(idp, app)


def test_a_late_code(server, idp, pool):
    app = idp.create_user_pool_client(UserPoolId=pool, ClientName="l", ExplicitAuthFlows=FLOWS, AuthSessionValidity=15)["UserPoolClient"]["ClientId"]
    make_user(idp, pool, email="alice@example.com", email_verified="true")
    idp.set_user_pool_mfa_config(UserPoolId=pool, MfaConfiguration="ON", EmailMfaConfiguration={})
    challenge = sign_in(idp, app)
    server.clock.advance(180)
    with refused("ExpiredCodeException", status=400):
        respond(idp, app, challenge, EMAIL_OTP_CODE=last_code(server, user="alice"))


# The first factor of choice


@pytest.fixture
def chooser(idp):
    pool = idp.create_user_pool(PoolName="c", AutoVerifiedAttributes=["email"], Policies={"SignInPolicy": {
        "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"]}})["UserPool"]["Id"]
    app = idp.create_user_pool_client(UserPoolId=pool, ClientName="c", ExplicitAuthFlows=CHOICE)["UserPoolClient"]["ClientId"]
    return pool, app


def begin(idp, app, user="alice", **more):
    return idp.initiate_auth(ClientId=app, AuthFlow="USER_AUTH", AuthParameters={"USERNAME": user, **more})


def test_what_is_preferred_is_asked_if_the_user_has_it(server, idp, chooser):
    pool, app = chooser
    make_user(idp, pool, email="alice@example.com", email_verified="true", phone_number="+14325551212")
    usable = ["PASSWORD", "PASSWORD_SRP", "EMAIL_OTP"]
    assert begin(idp, app)["AvailableChallenges"] == usable
    for lacking in ("SMS_OTP", "WEB_AUTHN"):  # no verified number, no passkey
        challenge = begin(idp, app, PREFERRED_CHALLENGE=lacking)
        assert (challenge["ChallengeName"], challenge["AvailableChallenges"]) == ("SELECT_CHALLENGE", usable)
        with refused("InvalidParameterException", status=400):
            respond(idp, app, challenge, ANSWER=lacking)
    with refused("InvalidParameterException", status=400):
        begin(idp, app, PREFERRED_CHALLENGE="CARRIER_PIGEON")
    idp.admin_update_user_attributes(UserPoolId=pool, Username="alice", UserAttributes=[{"Name": "phone_number_verified", "Value": "true"}])
    challenge = begin(idp, app, PREFERRED_CHALLENGE="SMS_OTP")
    assert challenge["ChallengeName"] == "SMS_OTP" and messages(server, user="alice")[-1]["medium"] == "SMS"
    with refused("InvalidParameterException", "Missing required parameter SMS_OTP_CODE", status=400):
        respond(idp, app, challenge, EMAIL_OTP_CODE=last_code(server, user="alice"))
    assert "AuthenticationResult" in respond(idp, app, challenge, SMS_OTP_CODE=last_code(server, user="alice"))
    asked = begin(idp, app, PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD)
    assert "AuthenticationResult" in asked
    with refused("InvalidParameterException", "Missing required parameter SRP_A", status=400):
        begin(idp, app, PREFERRED_CHALLENGE="PASSWORD_SRP")
    srp = AWSSRP(username="alice", password=PASSWORD, pool_id=pool, client_id=app, client=idp)
    proof = begin(idp, app, PREFERRED_CHALLENGE="PASSWORD_SRP", SRP_A=srp.get_auth_params()["SRP_A"])
    assert proof["ChallengeName"] == "PASSWORD_VERIFIER"
    answers = srp.process_challenge(proof["ChallengeParameters"], {"USERNAME": "alice"})
    assert "AuthenticationResult" in idp.respond_to_auth_challenge(ClientId=app, ChallengeName="PASSWORD_VERIFIER", ChallengeResponses=answers)


def test_who_needs_two_factors_begins_with_the_password(idp, chooser):
    pool, app = chooser
    make_user(idp, pool, email="alice@example.com", email_verified="true")
    idp.set_user_pool_mfa_config(UserPoolId=pool, MfaConfiguration="ON", SoftwareTokenMfaConfiguration={"Enabled": True})
    assert begin(idp, app, PREFERRED_CHALLENGE="EMAIL_OTP")["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP"]
    assert begin(idp, app, PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD)["ChallengeName"] == "MFA_SETUP"


def test_a_choice_is_made_once(server, idp, chooser):
    pool, app = chooser
    make_user(idp, pool, email="alice@example.com", email_verified="true")
    challenge = begin(idp, app)
    with refused("NotAuthorizedException", "Incorrect username or password.", status=400):
        respond(idp, app, challenge, ANSWER="PASSWORD", PASSWORD="wrong")
    with refused("NotAuthorizedException", "Invalid session for the user.", status=400):
        respond(idp, app, challenge, ANSWER="PASSWORD", PASSWORD=PASSWORD)
    for name in ("SELECT_CHALLENGE", "EMAIL_OTP"):
        with refused("NotAuthorizedException", status=400):
            respond(idp, app, {"ChallengeName": name, "Session": "AYABe" + "x" * 40}, ANSWER="PASSWORD", EMAIL_OTP_CODE="123456")
    plain = idp.create_user_pool_client(UserPoolId=pool, ClientName="p", ExplicitAuthFlows=FLOWS)["UserPoolClient"]["ClientId"]
    with refused("InvalidParameterException", "USER_AUTH flow not enabled for this client", status=400):
        begin(idp, plain)
    with refused("NotAuthorizedException", "Invalid session for the user.", status=400):  # a session of another client
        respond(idp, plain, begin(idp, app), ANSWER="PASSWORD", PASSWORD=PASSWORD)


# Devices


@pytest.fixture
def tracked(idp):
    pool = idp.create_user_pool(PoolName="d", DeviceConfiguration={
        "ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True})["UserPool"]["Id"]
    app = idp.create_user_pool_client(UserPoolId=pool, ClientName="a", ExplicitAuthFlows=FLOWS)["UserPoolClient"]["ClientId"]
    make_user(idp, pool, phone_number="+14325551212", phone_number_verified="true")
    return pool, app


def confirm(idp, result):
    device = result["NewDeviceMetadata"]
    secret, config = generate_hash_device(device["DeviceGroupKey"], device["DeviceKey"])
    answer = idp.confirm_device(AccessToken=result["AccessToken"], DeviceKey=device["DeviceKey"], DeviceName="laptop", DeviceSecretVerifierConfig=config)
    return device, secret, answer


def test_a_device_is_remembered_when_the_user_wants_it(idp, tracked):
    pool, app = tracked
    result = sign_in(idp, app)["AuthenticationResult"]
    device, secret, answer = confirm(idp, result)
    token, key = result["AccessToken"], device["DeviceKey"]
    assert answer["UserConfirmationNecessary"] is True
    status = lambda: next(item["Value"] for item in idp.get_device(AccessToken=token, DeviceKey=key)["Device"]["DeviceAttributes"]
                          if item["Name"] == "dev:device_remembered_status")
    assert status() == "not_remembered"
    idp.set_user_pool_mfa_config(UserPoolId=pool, MfaConfiguration="ON", SmsMfaConfiguration=SMS)

    def begin(password=secret):
        srp = AWSSRP(username="alice", password=PASSWORD, pool_id=pool, client_id=app, client=idp, device_key=key,
                     device_group_key=device["DeviceGroupKey"], device_password=password)
        return srp.authenticate_user()

    assert sign_in(idp, app, DEVICE_KEY=key)["ChallengeName"] == "SMS_MFA"
    idp.update_device_status(AccessToken=token, DeviceKey=key, DeviceRememberedStatus="remembered")
    assert status() == "remembered"
    assert sign_in(idp, app, DEVICE_KEY=key)["ChallengeName"] == "DEVICE_SRP_AUTH"
    known = begin()["AuthenticationResult"]
    assert "NewDeviceMetadata" not in known
    assert sign_in(idp, app)["ChallengeName"] == "SMS_MFA"  # another device is asked for the second factor
    refresh = lambda **more: idp.initiate_auth(
        ClientId=app, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": known["RefreshToken"], **more})
    with refused("NotAuthorizedException", "Invalid Refresh Token.", status=400):
        refresh()
    with refused("NotAuthorizedException", "Invalid Refresh Token.", status=400):
        refresh(DEVICE_KEY=key + "x")
    assert "AccessToken" in refresh(DEVICE_KEY=key)["AuthenticationResult"]
    idp.admin_update_device_status(UserPoolId=pool, Username="alice", DeviceKey=key, DeviceRememberedStatus="not_remembered")
    assert sign_in(idp, app, DEVICE_KEY=key)["ChallengeName"] == "SMS_MFA"
    idp.admin_update_device_status(UserPoolId=pool, Username="alice", DeviceKey=key, DeviceRememberedStatus="remembered")
    idp.forget_device(AccessToken=token, DeviceKey=key)
    assert sign_in(idp, app, DEVICE_KEY=key)["ChallengeName"] == "SMS_MFA"
    for call in (lambda: idp.get_device(AccessToken=token, DeviceKey=key), lambda: idp.forget_device(AccessToken=token, DeviceKey=key),
                 lambda: idp.admin_get_device(UserPoolId=pool, Username="alice", DeviceKey=key)):
        with refused("ResourceNotFoundException", status=400):
            call()


def test_a_device_is_its_users_own(idp, tracked):
    pool, app = tracked
    make_user(idp, pool, "bob", phone_number="+14325550000", phone_number_verified="true")
    device, secret, _ = confirm(idp, sign_in(idp, app)["AuthenticationResult"])
    bob = sign_in(idp, app, "bob")["AuthenticationResult"]["AccessToken"]
    for call in (lambda: idp.get_device(AccessToken=bob, DeviceKey=device["DeviceKey"]),
                 lambda: idp.update_device_status(AccessToken=bob, DeviceKey=device["DeviceKey"], DeviceRememberedStatus="remembered"),
                 lambda: idp.admin_get_device(UserPoolId=pool, Username="bob", DeviceKey=device["DeviceKey"])):
        with refused("ResourceNotFoundException", status=400):
            call()
    idp.admin_update_device_status(UserPoolId=pool, Username="alice", DeviceKey=device["DeviceKey"], DeviceRememberedStatus="remembered")
    idp.set_user_pool_mfa_config(UserPoolId=pool, MfaConfiguration="ON", SmsMfaConfiguration=SMS)
    assert sign_in(idp, app, "bob", DEVICE_KEY=device["DeviceKey"])["ChallengeName"] == "SMS_MFA"
    for config in ({}, {"PasswordVerifier": "!", "Salt": "!"}):
        with refused("InvalidParameterException", status=400):
            idp.confirm_device(AccessToken=bob, DeviceKey=idp.list_devices(AccessToken=bob)["Devices"][0]["DeviceKey"], DeviceSecretVerifierConfig=config)


def test_devices_nobody_confirms_make_room(idp, tracked):
    _, app = tracked
    confirmed = confirm(idp, sign_in(idp, app)["AuthenticationResult"])[0]["DeviceKey"]
    results = [sign_in(idp, app)["AuthenticationResult"] for _ in range(12)]
    keys = [result["NewDeviceMetadata"]["DeviceKey"] for result in results]
    shown = idp.list_devices(AccessToken=results[-1]["AccessToken"])["Devices"]
    assert {item["DeviceKey"] for item in shown} == {confirmed, *keys[-10:]}
    with refused("ResourceNotFoundException", status=400):
        confirm(idp, results[0])
    confirm(idp, results[-1])


def test_devices_come_in_pages(idp, tracked):
    pool, app = tracked
    keys = set()
    for _ in range(3):
        result = sign_in(idp, app)["AuthenticationResult"]
        keys.add(confirm(idp, result)[0]["DeviceKey"])
    for call in (lambda **more: idp.list_devices(AccessToken=result["AccessToken"], **more),
                 lambda **more: idp.admin_list_devices(UserPoolId=pool, Username="alice", **more)):
        first = call(Limit=2)
        rest = call(Limit=2, PaginationToken=first["PaginationToken"])
        assert {item["DeviceKey"] for item in first["Devices"] + rest["Devices"]} == keys and "PaginationToken" not in rest
        with refused("InvalidParameterException", status=400):
            call(PaginationToken="forged")
