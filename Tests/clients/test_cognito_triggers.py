"""Lambda triggers as local hooks: what pools send to functions, and what becomes of the answers."""
from __future__ import annotations

import base64
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
import pytest

from conftest import client
from hosting import refused
from test_cognito import FLOWS, PASSWORD, make_user, sign_in

ARN = "arn:aws:lambda:us-east-1:123456789012:function:"
CUSTOM = FLOWS + ["ALLOW_CUSTOM_AUTH"]


class Functions:
    """Functions behind an HTTP address: a test says what each event is answered."""

    def __init__(self):
        self.events, self.answers, outer = [], {}, self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.events.append(event)
                answer = outer.answers.get(event["triggerSource"], {})
                status, body = 200, b"this is not JSON"
                if isinstance(answer, Exception):
                    status, body = 500, json.dumps({"errorMessage": str(answer), "errorType": "Error"}).encode()
                elif answer != "garbage":
                    made = answer(event) if callable(answer) else answer
                    body = json.dumps({**event, "response": made}).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *ignored):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.http.server_port}/"

    def seen(self):
        return [event["triggerSource"] for event in self.events]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A server whose settings map functions to an address, to a command, and to nothing that answers."""
    from server import Server

    functions = Functions()
    folder = tmp_path_factory.mktemp("triggers")
    command = "import json,sys; e=json.load(sys.stdin); e['response']['autoConfirmUser']=True; print(json.dumps(e))"
    commands = {
        "command": command, "number": "print(5)", "list": "print('[1, 2]')", "null": "print('null')", "silent": "pass",
        "half": "print('{\"response\": ')", "bare": "print('{}')", "text": "print('{\"response\": \"yes\"}')",
        "binary": "import sys; sys.stdout.buffer.write(bytes(range(128, 256)))",
        "complains": "import sys; sys.exit('no roses')", "fails": "raise SystemExit(3)",
        "lambda": "import sys; print('{\"errorMessage\": \"no tulips\", \"errorType\": \"Error\"}', file=sys.stderr); sys.exit(1)",
        "killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    }
    settings = {"functions": {f"{ARN}web": functions.url, f"{ARN}away": "http://127.0.0.1:9/", f"{ARN}missing": ["/nowhere/function"],
                              **{ARN + name: [sys.executable, "-c", text] for name, text in commands.items()}}}
    (folder / "coldframe.yaml").write_text(json.dumps(settings))
    with Server("--ephemeral", "--clock", "manual", "--config", str(folder / "coldframe.yaml"), log=folder / "log") as running:
        yield running, functions
    functions.http.shutdown()


@pytest.fixture
def functions(served, monkeypatch):
    server, functions = served
    server.reset()
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    functions.events.clear()
    functions.answers.clear()
    return functions


def make(config, **pool):
    idp = client("cognito-idp")
    made = idp.create_user_pool(PoolName="p", AutoVerifiedAttributes=["email"], LambdaConfig=config, **pool)["UserPool"]["Id"]
    app = idp.create_user_pool_client(UserPoolId=made, ClientName="a", ExplicitAuthFlows=CUSTOM)["UserPoolClient"]["ClientId"]
    return idp, made, app


def sign_up(idp, app, name="jane", **more):
    return idp.sign_up(ClientId=app, Username=name, Password=PASSWORD, UserAttributes=[{"Name": "email", "Value": f"{name}@example.com"}], **more)


def inbox(served):
    return served[0].control("GET", "cognito/messages")["messages"]


def test_a_command_is_a_function_too(functions):
    idp, pool, app = make({"PreSignUp": f"{ARN}command"})
    assert sign_up(idp, app)["UserConfirmed"] is True


def test_the_events_of_a_life(functions, served):
    kinds = ["PreSignUp", "PostConfirmation", "PreAuthentication", "PostAuthentication", "CustomMessage", "PreTokenGeneration"]
    idp, pool, app = make({kind: f"{ARN}web" for kind in kinds})
    functions.answers["CustomMessage_SignUp"] = {"emailSubject": "Hello", "emailMessage": "Use {####} please"}
    sign_up(idp, app, ClientMetadata={"from": "test"})
    event = functions.events[0]
    assert {key: event[key] for key in ("version", "triggerSource", "region", "userPoolId", "userName", "callerContext")} == {
        "version": "1", "triggerSource": "PreSignUp_SignUp", "region": "us-east-1", "userPoolId": pool, "userName": "jane",
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": app}}
    assert event["request"]["clientMetadata"] == {"from": "test"} and event["response"]["autoConfirmUser"] is False
    wording = functions.events[1]
    assert wording["request"]["codeParameter"] == "{####}" and wording["callerContext"]["clientId"] == app
    message = inbox(served)[-1]
    assert (message["subject"], message["body"]) == ("Hello", f"Use {message['code']} please")
    idp.confirm_sign_up(ClientId=app, Username="jane", ConfirmationCode=message["code"])
    sign_in(idp, app, "jane")
    idp.forgot_password(ClientId=app, Username="jane")
    assert functions.seen() == [
        "PreSignUp_SignUp", "CustomMessage_SignUp", "PostConfirmation_ConfirmSignUp", "PreAuthentication_Authentication",
        "TokenGeneration_Authentication", "PostAuthentication_Authentication", "CustomMessage_ForgotPassword"]


def test_functions_that_fail(functions):
    idp, pool, app = make({"PreSignUp": f"{ARN}web"})
    functions.answers["PreSignUp_SignUp"] = ValueError("no roses")
    with refused("UserLambdaValidationException", "PreSignUp failed with error no roses.", status=400):
        sign_up(idp, app)
    functions.answers["PreSignUp_SignUp"] = "garbage"
    with refused("InvalidLambdaResponseException", "Unrecognizable lambda output", status=400):
        sign_up(idp, app)
    functions.answers["PreSignUp_SignUp"] = lambda event: 5
    with refused("InvalidLambdaResponseException", "Unrecognizable lambda output", status=400):
        sign_up(idp, app)
    with refused("UserNotFoundException", status=400):
        idp.admin_get_user(UserPoolId=pool, Username="jane")
    for name in ("away", "unknown"):
        idp.update_user_pool(UserPoolId=pool, LambdaConfig={"PreSignUp": ARN + name})
        with refused("UnexpectedLambdaException", status=400):
            sign_up(idp, app)


@pytest.mark.parametrize("name", ["number", "list", "null", "silent", "half", "bare", "text", "binary"])
def test_answers_that_are_no_event(functions, name):
    idp, pool, app = make({"PreSignUp": ARN + name})
    with refused("InvalidLambdaResponseException", "Unrecognizable lambda output", status=400):
        sign_up(idp, app)
    assert idp.list_users(UserPoolId=pool)["Users"] == []


@pytest.mark.parametrize("name, words", [
    ("complains", "no roses"), ("lambda", "no tulips"), ("fails", "Error: Runtime exited without providing a reason"),
    ("killed", "Error: Runtime exited without providing a reason")])
def test_commands_that_fail(functions, name, words):
    idp, pool, app = make({"PreSignUp": ARN + name})
    with refused("UserLambdaValidationException", f"PreSignUp failed with error {words}.", status=400):
        sign_up(idp, app)
    assert idp.list_users(UserPoolId=pool)["Users"] == []


def test_a_command_that_is_not_there(functions):
    idp, pool, app = make({"PreSignUp": ARN + "missing"})
    with refused("UnexpectedLambdaException", containing="/nowhere/function", status=400):
        sign_up(idp, app)


def test_users_are_migrated(functions):
    idp, pool, app = make({"UserMigration": f"{ARN}web"})
    functions.answers["UserMigration_Authentication"] = lambda event: {
        "userAttributes": {"email": "old@example.com", "email_verified": "true"}, "finalUserStatus": "CONFIRMED", "messageAction": "SUPPRESS"}
    assert "AuthenticationResult" in sign_in(idp, app, "old")
    assert functions.events[0]["request"]["password"] == PASSWORD and functions.events[0]["userName"] == "old"
    assert idp.admin_get_user(UserPoolId=pool, Username="old")["UserStatus"] == "CONFIRMED"
    sign_in(idp, app, "old")
    assert functions.seen() == ["UserMigration_Authentication"]
    functions.answers["UserMigration_Authentication"] = ValueError("Bad password")
    with refused("UserNotFoundException", f"Exception migrating user in app client {app}", status=400):
        sign_in(idp, app, "other")
    functions.answers["UserMigration_ForgotPassword"] = {"userAttributes": {"email": "lost@example.com", "email_verified": "true"}}
    assert idp.forgot_password(ClientId=app, Username="lost")["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"


def test_versions_of_the_token_trigger(functions):
    idp, pool, app = make({"PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": f"{ARN}web"}})
    make_user(idp, pool)
    functions.answers["TokenGeneration_Authentication"] = {"claimsAndScopeOverrideDetails": {
        "idTokenGeneration": {"claimsToAddOrOverride": {"beds": {"roses": 3}, "sub": "evil"}, "claimsToSuppress": ["email"]},
        "accessTokenGeneration": {"claimsToAddOrOverride": {"tier": ["a", 1]}, "scopesToAdd": ["garden/water"],
                                  "scopesToSuppress": ["aws.cognito.signin.user.admin"]},
        "groupOverrideDetails": {"groupsToOverride": ["keepers"]}}}
    tokens = sign_in(idp, app)["AuthenticationResult"]
    read = lambda kind: jwt.decode(tokens[kind], options={"verify_signature": False})
    assert read("IdToken")["beds"] == {"roses": 3} and read("IdToken")["sub"] != "evil" and read("IdToken")["cognito:groups"] == ["keepers"]
    assert read("AccessToken")["tier"] == ["a", 1] and read("AccessToken")["scope"] == "garden/water"
    assert functions.events[0]["version"] == "2" and functions.events[0]["request"]["scopes"] == ["aws.cognito.signin.user.admin"]
    with refused("NotAuthorizedException", "Access Token does not have required scopes", status=400):
        idp.get_user(AccessToken=tokens["AccessToken"])


def test_messages_of_ones_own_sender(functions, served):
    idp, pool, app = make({"CustomEmailSender": {"LambdaVersion": "V1_0", "LambdaArn": f"{ARN}web"},
                           "KMSKeyID": "arn:aws:kms:us-east-1:123456789012:key/1"})
    sign_up(idp, app)
    event = functions.events[-1]
    assert event["triggerSource"] == "CustomEmailSender_SignUp" and event["request"]["type"] == "customEmailSenderRequestV1"
    assert base64.b64decode(event["request"]["code"]).decode() == inbox(served)[-1]["code"]
    with refused("InvalidParameterException", status=400):
        idp.create_user_pool(PoolName="x", LambdaConfig={"CustomSMSSender": {"LambdaVersion": "V1_0", "LambdaArn": f"{ARN}web"}})


SENDERS = {"CustomSMSSender": {"LambdaVersion": "V1_0", "LambdaArn": f"{ARN}web"},
           "CustomEmailSender": {"LambdaVersion": "V1_0", "LambdaArn": f"{ARN}web"},
           "KMSKeyID": "arn:aws:kms:us-east-1:123456789012:key/1"}


def sent(functions):
    """What senders were asked to send since the last look: source and code."""
    events = [event for event in functions.events if "Sender" in event["triggerSource"]]
    functions.events.clear()
    return [(event["triggerSource"], base64.b64decode(event["request"]["code"]).decode()) for event in events]


def test_every_message_goes_through_the_senders(functions, served):
    idp, pool, app = make(SENDERS, SmsConfiguration={"SnsCallerArn": "arn:aws:iam::123456789012:role/sns"})
    idp.update_user_pool(UserPoolId=pool, AutoVerifiedAttributes=["phone_number"], LambdaConfig=SENDERS,
                         SmsConfiguration={"SnsCallerArn": "arn:aws:iam::123456789012:role/sns"})
    jane = [{"Name": "phone_number", "Value": "+4915112345678"}, {"Name": "email", "Value": "jane@example.com"}]
    idp.sign_up(ClientId=app, Username="jane", Password=PASSWORD, UserAttributes=jane, ClientMetadata={"from": "test"})
    event = functions.events[-1]
    assert event["triggerSource"] == "CustomSMSSender_SignUp" and event["userName"] == "jane" and event["version"] == "1"
    assert event["request"]["type"] == "customSMSSenderRequestV1" and event["request"]["clientMetadata"] == {"from": "test"}
    assert event["request"]["userAttributes"]["phone_number"] == "+4915112345678" and event["callerContext"]["clientId"] == app
    assert sent(functions) == [("CustomSMSSender_SignUp", inbox(served)[-1]["code"])]
    idp.resend_confirmation_code(ClientId=app, Username="jane")
    code = inbox(served)[-1]["code"]
    assert sent(functions) == [("CustomSMSSender_ResendCode", code)]
    idp.confirm_sign_up(ClientId=app, Username="jane", ConfirmationCode=code)
    idp.forgot_password(ClientId=app, Username="jane")
    assert sent(functions) == [("CustomSMSSender_ForgotPassword", inbox(served)[-1]["code"])]
    token = sign_in(idp, app, "jane")["AuthenticationResult"]["AccessToken"]
    idp.update_user_attributes(AccessToken=token, UserAttributes=[{"Name": "phone_number", "Value": "+4915187654321"}])
    idp.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")
    assert [source for source, _ in sent(functions)] == ["CustomSMSSender_UpdateUserAttribute", "CustomEmailSender_VerifyUserAttribute"]
    idp.admin_update_user_attributes(UserPoolId=pool, Username="jane", UserAttributes=[{"Name": "phone_number_verified", "Value": "true"}])
    idp.set_user_pool_mfa_config(UserPoolId=pool, MfaConfiguration="ON", SmsMfaConfiguration={
        "SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::123456789012:role/sns"}})
    challenge = sign_in(idp, app, "jane")
    [(source, code)] = sent(functions)
    assert (challenge["ChallengeName"], source) == ("SMS_MFA", "CustomSMSSender_Authentication")
    assert "AuthenticationResult" in idp.respond_to_auth_challenge(
        ClientId=app, ChallengeName="SMS_MFA", Session=challenge["Session"], ChallengeResponses={"USERNAME": "jane", "SMS_MFA_CODE": code})
    idp.admin_create_user(UserPoolId=pool, Username="ann", TemporaryPassword="Temp0rary!", DesiredDeliveryMediums=["EMAIL"],
                          UserAttributes=[{"Name": "email", "Value": "ann@example.com"}])
    idp.admin_create_user(UserPoolId=pool, Username="eva", TemporaryPassword="Temp0rary?", UserAttributes=[
        {"Name": "phone_number", "Value": "+4915111111111"}])
    assert sent(functions) == [("CustomEmailSender_AdminCreateUser", "Temp0rary!"), ("CustomSMSSender_AdminCreateUser", "Temp0rary?")]


def test_a_sender_that_fails(functions, served):
    idp, pool, app = make(SENDERS)
    functions.answers["CustomEmailSender_SignUp"] = ValueError("no post today")
    with refused("UserLambdaValidationException", "CustomEmailSender failed with error no post today.", status=400):
        sign_up(idp, app)
    # The user is there all the same, and may ask again.
    assert idp.admin_get_user(UserPoolId=pool, Username="jane")["UserStatus"] == "UNCONFIRMED"
    idp.resend_confirmation_code(ClientId=app, Username="jane")
    idp.confirm_sign_up(ClientId=app, Username="jane", ConfirmationCode=inbox(served)[-1]["code"])


def test_custom_challenges(functions):
    idp, pool, app = make({kind: f"{ARN}web" for kind in ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")})
    make_user(idp, pool)

    def define(event):
        done = event["request"]["session"]
        return {"issueTokens": True} if done and done[-1]["challengeResult"] else {"challengeName": "CUSTOM_CHALLENGE"}

    functions.answers.update({
        "DefineAuthChallenge_Authentication": define,
        "CreateAuthChallenge_Authentication": {"publicChallengeParameters": {"riddle": "2+2"}, "privateChallengeParameters": {"answer": "4"}},
        "VerifyAuthChallengeResponse_Authentication": lambda event: {
            "answerCorrect": event["request"]["challengeAnswer"] == event["request"]["privateChallengeParameters"]["answer"]}})
    begun = idp.initiate_auth(ClientId=app, AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": "alice"})
    assert begun["ChallengeParameters"]["riddle"] == "2+2"
    answer = lambda session, text: idp.respond_to_auth_challenge(
        ClientId=app, ChallengeName="CUSTOM_CHALLENGE", Session=session, ChallengeResponses={"USERNAME": "alice", "ANSWER": text})
    again = answer(begun["Session"], "5")
    assert "AccessToken" in answer(again["Session"], "4")["AuthenticationResult"]
    functions.answers["CreateAuthChallenge_Authentication"] = KeyError("challengeMetaData")
    with refused("UserLambdaValidationException", "CreateAuthChallenge failed with error 'challengeMetaData'.", status=400):
        idp.initiate_auth(ClientId=app, AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": "alice"})


def test_nothing_secret_reaches_the_log(start_server, tmp_path):
    running = start_server("--ephemeral", "--log-level", "trace")
    idp = client("cognito-idp")
    pool = idp.create_user_pool(PoolName="p", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
    made = idp.create_user_pool_client(UserPoolId=pool, ClientName="a", ExplicitAuthFlows=CUSTOM, GenerateSecret=True)["UserPoolClient"]
    app = made["ClientId"]
    from test_cognito import last_code, secret_hash
    mark = secret_hash("jane", app, made["ClientSecret"])
    idp.sign_up(ClientId=app, Username="jane", Password=PASSWORD, SecretHash=mark, UserAttributes=[{"Name": "email", "Value": "jane@example.com"}])
    code = last_code(running, user="jane")
    with refused("NotAuthorizedException", status=400):
        idp.initiate_auth(ClientId=app, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "jane", "PASSWORD": "Wr0ng-secret!", "SECRET_HASH": mark})
    idp.confirm_sign_up(ClientId=app, Username="jane", ConfirmationCode=code, SecretHash=mark)
    tokens = sign_in(idp, app, "jane", SECRET_HASH=mark)["AuthenticationResult"]
    idp.get_user(AccessToken=tokens["AccessToken"])
    log = (tmp_path / "server0.log").read_text()
    assert log
    for secret in (PASSWORD, "Wr0ng-secret!", made["ClientSecret"], mark, tokens["AccessToken"], tokens["IdToken"], tokens["RefreshToken"]):
        assert secret not in log
    assert f'"{code}"' not in log and f"={code}" not in log and f" {code} " not in log
