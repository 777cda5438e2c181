"""How often, and how long: failed sign-ins, wrong codes, sessions and temporary passwords, in simulated time."""
from __future__ import annotations

import pytest

from hosting import refused
from test_cognito import FLOWS, PASSWORD, app, idp, last_code, make_user, pool, sign_in  # noqa: F401  (fixtures)

INCORRECT = "Incorrect username or password."
EXCEEDED = "Password attempts exceeded"
LIMIT = "Attempt limit exceeded, please try after some time."


def fail(idp, app):
    with refused("NotAuthorizedException", INCORRECT, status=400):
        sign_in(idp, app, password="wrong")


def locked(idp, app):
    with refused("NotAuthorizedException", EXCEEDED, status=400):
        sign_in(idp, app)


def test_locks_double_up_to_a_quarter_of_an_hour(server, idp, pool, app):
    make_user(idp, pool)
    for _ in range(4):
        fail(idp, app)
    for seconds in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900):
        fail(idp, app)
        locked(idp, app)
        server.clock.advance(seconds - 0.5)
        locked(idp, app)  # an attempt inside a lock does not lengthen it
        server.clock.advance(0.5)
    sign_in(idp, app)
    fail(idp, app)
    sign_in(idp, app)  # a success begins anew


def test_a_quarter_of_an_hour_without_an_attempt_begins_anew(server, idp, pool, app):
    make_user(idp, pool)
    for seconds in (0, 0, 0, 0, 1, 2):
        fail(idp, app)
        server.clock.advance(seconds)
    server.clock.advance(899)
    fail(idp, app)  # the seventh: four seconds
    server.clock.advance(3)
    locked(idp, app)
    server.clock.advance(1 + 900)
    for _ in range(4):
        fail(idp, app)
    sign_in(idp, app)


def test_every_way_in_counts_and_is_locked(server, idp, pool, app):
    make_user(idp, pool)
    token = sign_in(idp, app)["AuthenticationResult"]["AccessToken"]
    admin = lambda password: idp.admin_initiate_auth(
        UserPoolId=pool, ClientId=app, AuthFlow="ADMIN_USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "alice", "PASSWORD": password})
    change = lambda: idp.change_password(AccessToken=token, PreviousPassword="Wr0ng-one!", ProposedPassword="N3w-Passw0rd")
    for attempt in (lambda: admin("wrong"), change, lambda: sign_in(idp, app, password="wrong"), change, change):
        with refused("NotAuthorizedException", INCORRECT, status=400):
            attempt()
    locked(idp, app)
    with refused("NotAuthorizedException", EXCEEDED, status=400):
        admin(PASSWORD)
    with refused("NotAuthorizedException", EXCEEDED, status=400):
        idp.initiate_auth(ClientId=app, AuthFlow="USER_SRP_AUTH", AuthParameters={"USERNAME": "alice", "SRP_A": "abcdef"})
    with refused("LimitExceededException", LIMIT, status=400):
        change()
    # Whose password is set anew is let in.
    idp.admin_set_user_password(UserPoolId=pool, Username="alice", Password=PASSWORD, Permanent=True)
    sign_in(idp, app)


def wrong(code):
    return "000000" if code != "000000" else "111111"


def test_five_wrong_codes_are_enough(server, idp, pool, app):
    idp.sign_up(ClientId=app, Username="jane", Password=PASSWORD, UserAttributes=[{"Name": "email", "Value": "jane@example.com"}])
    code = last_code(server, user="jane")
    confirm = lambda given: idp.confirm_sign_up(ClientId=app, Username="jane", ConfirmationCode=given)
    for _ in range(5):
        with refused("CodeMismatchException", status=400):
            confirm(wrong(code))
    for given in (wrong(code), code):
        with refused("LimitExceededException", LIMIT, status=400):
            confirm(given)
    server.clock.advance(3600)
    confirm(code)
    idp.forgot_password(ClientId=app, Username="jane")
    code = last_code(server, user="jane")
    reset = lambda given, password="N3w-Passw0rd": idp.confirm_forgot_password(
        ClientId=app, Username="jane", ConfirmationCode=given, Password=password)
    for _ in range(4):
        with refused("CodeMismatchException", status=400):
            reset(wrong(code))
    with refused("InvalidPasswordException", status=400):
        reset(code, "alllowercase")  # the right code is not spent by a weak password
    reset(code)
    token = sign_in(idp, app, "jane", "N3w-Passw0rd")["AuthenticationResult"]["AccessToken"]
    idp.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")
    code = last_code(server, user="jane")
    verify = lambda given: idp.verify_user_attribute(AccessToken=token, AttributeName="email", Code=given)
    for _ in range(5):  # the right code before has forgiven the wrong ones
        with refused("CodeMismatchException", status=400):
            verify(wrong(code))
    with refused("LimitExceededException", LIMIT, status=400):
        verify(code)
    server.clock.advance(1800)
    idp.forgot_password(ClientId=app, Username="jane")
    with refused("LimitExceededException", LIMIT, status=400):  # a new code does not open the door earlier
        reset(last_code(server, user="jane"))


def test_codes_of_a_session_are_tried_five_times(server, idp, pool, app):
    make_user(idp, pool, email="alice@example.com", email_verified="true")
    idp.set_user_pool_mfa_config(UserPoolId=pool, MfaConfiguration="ON", EmailMfaConfiguration={})
    challenge = sign_in(idp, app)
    assert challenge["ChallengeName"] == "EMAIL_OTP"
    answer = lambda code: idp.respond_to_auth_challenge(
        ClientId=app, ChallengeName="EMAIL_OTP", Session=challenge["Session"], ChallengeResponses={"USERNAME": "alice", "EMAIL_OTP_CODE": code})
    code = last_code(server, user="alice")
    for _ in range(5):
        with refused("CodeMismatchException", "Invalid code received for user", status=400):
            answer(wrong(code))
    with refused("NotAuthorizedException", "Invalid session for the user.", status=400):
        answer(code)


def test_a_code_proves_the_address_it_went_to(server, idp, pool, app):
    make_user(idp, pool, email="alice@example.com", email_verified="true")
    token = sign_in(idp, app)["AuthenticationResult"]["AccessToken"]
    move = lambda address, **more: idp.admin_update_user_attributes(UserPoolId=pool, Username="alice", UserAttributes=[
        {"Name": "email", "Value": address}] + [{"Name": key, "Value": value} for key, value in more.items()])
    mark = lambda name="alice": {item["Name"]: item["Value"] for item in idp.admin_get_user(UserPoolId=pool, Username=name)["UserAttributes"]}["email_verified"]
    # Of a password that is reset, whether the address was left for good or for a while.
    for addresses in (["away@example.com"], ["away@example.com", "alice@example.com"]):
        move("alice@example.com", email_verified="true")
        idp.forgot_password(ClientId=app, Username="alice")
        code = last_code(server, user="alice")
        for address in addresses:
            move(address)
        with refused("ExpiredCodeException", status=400):
            idp.confirm_forgot_password(ClientId=app, Username="alice", ConfirmationCode=code, Password=PASSWORD)
        assert mark() == "false"
    # Of an attribute.
    idp.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")
    code = last_code(server, user="alice")
    idp.update_user_pool(UserPoolId=pool)  # nothing verifies by itself any more
    move("elsewhere@example.com")
    with refused("ExpiredCodeException", status=400):
        idp.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)
    assert mark() == "false"
    # Of a sign-up.
    idp.update_user_pool(UserPoolId=pool, AutoVerifiedAttributes=["email"])
    idp.sign_up(ClientId=app, Username="jane", Password=PASSWORD, UserAttributes=[{"Name": "email", "Value": "jane@example.com"}])
    code = last_code(server, user="jane")
    idp.admin_update_user_attributes(UserPoolId=pool, Username="jane", UserAttributes=[{"Name": "email", "Value": "june@example.com"}])
    with refused("ExpiredCodeException", status=400):
        idp.confirm_sign_up(ClientId=app, Username="jane", ConfirmationCode=code)
    idp.resend_confirmation_code(ClientId=app, Username="jane")
    idp.confirm_sign_up(ClientId=app, Username="jane", ConfirmationCode=last_code(server, user="jane"))
    assert mark("jane") == "true"
    # Of a sign-in.
    move("alice@example.com", email_verified="true")
    idp.set_user_pool_mfa_config(UserPoolId=pool, MfaConfiguration="ON", EmailMfaConfiguration={})
    challenge = sign_in(idp, app)
    assert challenge["ChallengeName"] == "EMAIL_OTP"
    code = last_code(server, user="alice")
    move("away@example.com")
    with refused("ExpiredCodeException", status=400):
        idp.respond_to_auth_challenge(ClientId=app, ChallengeName="EMAIL_OTP", Session=challenge["Session"],
                                      ChallengeResponses={"USERNAME": "alice", "EMAIL_OTP_CODE": code})
    assert mark() == "false"


@pytest.mark.parametrize("minutes", [3, 15])
def test_sessions_last_as_long_as_the_client_says(server, idp, pool, minutes):
    app = idp.create_user_pool_client(
        UserPoolId=pool, ClientName="s", ExplicitAuthFlows=FLOWS, AuthSessionValidity=minutes)["UserPoolClient"]["ClientId"]
    idp.admin_create_user(UserPoolId=pool, Username="ann", TemporaryPassword="Temp0rary!", MessageAction="SUPPRESS")
    answer = lambda challenge: idp.respond_to_auth_challenge(
        ClientId=app, ChallengeName="NEW_PASSWORD_REQUIRED", Session=challenge["Session"],
        ChallengeResponses={"USERNAME": "ann", "NEW_PASSWORD": PASSWORD})
    late = sign_in(idp, app, "ann", "Temp0rary!")
    server.clock.advance(minutes * 60)
    with refused("NotAuthorizedException", "Invalid session for the user, session is expired.", status=400):
        answer(late)
    early = sign_in(idp, app, "ann", "Temp0rary!")
    server.clock.advance(minutes * 60 - 1)
    assert "AuthenticationResult" in answer(early)


def test_temporary_passwords_end(server, idp, app, pool):
    idp.update_user_pool(UserPoolId=pool, Policies={"PasswordPolicy": {"MinimumLength": 8, "TemporaryPasswordValidityDays": 2}})
    idp.admin_create_user(UserPoolId=pool, Username="ann", TemporaryPassword="Temp0rary!", MessageAction="SUPPRESS")
    server.clock.advance(2 * 86400 - 1)
    assert sign_in(idp, app, "ann", "Temp0rary!")["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    server.clock.advance(1)
    with refused("NotAuthorizedException", INCORRECT, status=400):  # who does not know it learns nothing
        sign_in(idp, app, "ann", "wrong")
    with refused("NotAuthorizedException", "Temporary password has expired and must be reset by an administrator.", status=400):
        sign_in(idp, app, "ann", "Temp0rary!")
    idp.admin_create_user(UserPoolId=pool, Username="ann", TemporaryPassword="An0ther-one", MessageAction="RESEND")
    assert sign_in(idp, app, "ann", "An0ther-one")["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    server.clock.advance(2 * 86400)
    idp.admin_set_user_password(UserPoolId=pool, Username="ann", Password="Th1rd-one!", Permanent=False)
    assert sign_in(idp, app, "ann", "Th1rd-one!")["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    make_user(idp, pool, "bea")
    with refused("UnsupportedUserStateException", "Resend not possible. bea status is not FORCE_CHANGE_PASSWORD", status=400):
        idp.admin_create_user(UserPoolId=pool, Username="bea", MessageAction="RESEND")
    with refused("UserNotFoundException", status=400):
        idp.admin_create_user(UserPoolId=pool, Username="nobody", MessageAction="RESEND")
