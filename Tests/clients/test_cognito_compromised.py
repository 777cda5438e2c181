"""Passwords that the settings list as stolen, as threat protection meets them."""
from __future__ import annotations

import json

import pytest

from conftest import client
from hosting import refused
from test_cognito import FLOWS, PASSWORD, last_code, make_user, sign_in

STOLEN = "Winter-2024"
UNUSABLE = "Provided password cannot be used for security reasons."


@pytest.fixture
def server(start_server, tmp_path):
    (tmp_path / "coldframe.yaml").write_text(json.dumps({"compromisedPasswords": [STOLEN]}))
    return start_server("--ephemeral", "--clock", "manual", "--config", str(tmp_path / "coldframe.yaml"))


def make(idp, mode="ENFORCED", **risk):
    pool = idp.create_user_pool(PoolName="p", AutoVerifiedAttributes=["email"], UserPoolAddOns={"AdvancedSecurityMode": mode})["UserPool"]["Id"]
    app = idp.create_user_pool_client(UserPoolId=pool, ClientName="a", ExplicitAuthFlows=FLOWS)["UserPoolClient"]["ClientId"]
    if risk:
        idp.set_risk_configuration(UserPoolId=pool, CompromisedCredentialsRiskConfiguration=risk)
    make_user(idp, pool, password=STOLEN, email="alice@example.com", email_verified="true")
    return pool, app


def test_stolen_passwords_are_refused(server):
    idp = client("cognito-idp")
    pool, app = make(idp, Actions={"EventAction": "BLOCK"})
    with refused("PasswordResetRequiredException", "Password reset required for user due to security reasons", status=400):
        sign_in(idp, app, password=STOLEN)
    with refused("NotAuthorizedException", "Incorrect username or password.", status=400):
        sign_in(idp, app, password="Winter-2025")
    event = idp.admin_list_user_auth_events(UserPoolId=pool, Username="alice")["AuthEvents"][-1]
    assert event["EventRisk"] == {"RiskDecision": "Block", "CompromisedCredentialsDetected": True} and event["EventResponse"] == "Fail"
    with refused("InvalidPasswordException", UNUSABLE, status=400):
        idp.sign_up(ClientId=app, Username="jane", Password=STOLEN)
    idp.forgot_password(ClientId=app, Username="alice")
    reset = lambda password: idp.confirm_forgot_password(
        ClientId=app, Username="alice", ConfirmationCode=last_code(server, user="alice"), Password=password)
    with refused("InvalidPasswordException", UNUSABLE, status=400):
        reset(STOLEN)
    reset(PASSWORD)
    token = sign_in(idp, app)["AuthenticationResult"]["AccessToken"]
    with refused("InvalidPasswordException", UNUSABLE, status=400):
        idp.change_password(AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword=STOLEN)
    idp.admin_create_user(UserPoolId=pool, Username="ann", TemporaryPassword="Temp0rary!", MessageAction="SUPPRESS")
    challenge = sign_in(idp, app, "ann", "Temp0rary!")
    with refused("InvalidPasswordException", UNUSABLE, status=400):
        idp.respond_to_auth_challenge(ClientId=app, ChallengeName="NEW_PASSWORD_REQUIRED", Session=challenge["Session"],
                                      ChallengeResponses={"USERNAME": "ann", "NEW_PASSWORD": STOLEN})


def test_where_nobody_minds(server):
    idp = client("cognito-idp")
    for mode, risk in [("AUDIT", {"Actions": {"EventAction": "BLOCK"}}), ("ENFORCED", {}), ("ENFORCED", {"Actions": {"EventAction": "NO_ACTION"}}),
                       ("ENFORCED", {"EventFilter": ["PASSWORD_CHANGE"], "Actions": {"EventAction": "BLOCK"}})]:
        pool, app = make(idp, mode, **risk)
        token = sign_in(idp, app, password=STOLEN)["AuthenticationResult"]["AccessToken"]
        idp.sign_up(ClientId=app, Username="jane", Password=STOLEN)
    with refused("InvalidPasswordException", UNUSABLE, status=400):
        idp.change_password(AccessToken=token, PreviousPassword=STOLEN, ProposedPassword=STOLEN)


def test_a_client_may_have_its_own_rule(server):
    idp = client("cognito-idp")
    pool, app = make(idp, Actions={"EventAction": "BLOCK"})
    idp.set_risk_configuration(UserPoolId=pool, ClientId=app, CompromisedCredentialsRiskConfiguration={"Actions": {"EventAction": "NO_ACTION"}})
    sign_in(idp, app, password=STOLEN)
    other = idp.create_user_pool_client(UserPoolId=pool, ClientName="b", ExplicitAuthFlows=FLOWS)["UserPoolClient"]["ClientId"]
    with refused("PasswordResetRequiredException", status=400):
        sign_in(idp, other, password=STOLEN)
