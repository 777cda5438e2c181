"""User pools as boto3 sees them: directories, sign-in, tokens and what ends them."""
from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest

from conftest import client
from hosting import refused

import jwt
import pyotp

FLOWS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"]
PASSWORD = "Passw0rd!"


@pytest.fixture
def idp(server):
    return client("cognito-idp")


@pytest.fixture
def pool(idp):
    return idp.create_user_pool(PoolName="users", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]


@pytest.fixture
def app(idp, pool):
    return idp.create_user_pool_client(UserPoolId=pool, ClientName="app", ExplicitAuthFlows=FLOWS)["UserPoolClient"]["ClientId"]


def make_user(idp, pool, name="alice", password=PASSWORD, **attributes):
    idp.admin_create_user(
        UserPoolId=pool, Username=name, MessageAction="SUPPRESS",
        UserAttributes=[{"Name": key, "Value": value} for key, value in attributes.items()])
    idp.admin_set_user_password(UserPoolId=pool, Username=name, Password=password, Permanent=True)


def sign_in(idp, app, name="alice", password=PASSWORD, **more):
    return idp.initiate_auth(
        ClientId=app, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": name, "PASSWORD": password, **more})


def messages(server, **query):
    text = "&".join(f"{key}={value}" for key, value in query.items())
    return server.control("GET", f"cognito/messages?{text}")["messages"]


def last_code(server, **query):
    return messages(server, **query)[-1]["code"]


def verified(server, pool, token, **options):
    keys = jwt.PyJWKClient(f"{server.url}/{pool}/.well-known/jwks.json")
    return jwt.decode(token, keys.get_signing_key_from_jwt(token).key, algorithms=["RS256"],
                      issuer=f"https://cognito-idp.us-east-1.amazonaws.com/{pool}", **options)


def test_three_commands_lead_to_tokens_a_library_trusts(server, idp, pool, app):
    made = idp.admin_create_user(
        UserPoolId=pool, Username="alice", MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": "alice@example.com"}, {"Name": "email_verified", "Value": "true"}])["User"]
    assert (made["UserStatus"], made["Enabled"], made["Attributes"][0]["Name"]) == ("FORCE_CHANGE_PASSWORD", True, "sub")
    idp.admin_set_user_password(UserPoolId=pool, Username="alice", Password=PASSWORD, Permanent=True)
    answer = sign_in(idp, app)
    assert answer["ChallengeParameters"] == {}
    result = answer["AuthenticationResult"]
    assert (result["ExpiresIn"], result["TokenType"]) == (3600, "Bearer")
    assert result["RefreshToken"].count(".") == 4
    access = verified(server, pool, result["AccessToken"], options={"verify_iat": False})
    identity = verified(server, pool, result["IdToken"], audience=app)
    assert (access["client_id"], access["username"], access["token_use"]) == (app, "alice", "access")
    assert access["scope"] == "aws.cognito.signin.user.admin" and "aud" not in access
    assert (identity["cognito:username"], identity["email"], identity["email_verified"]) == ("alice", "alice@example.com", True)
    assert identity["exp"] - identity["iat"] == 3600 and identity["origin_jti"] == access["origin_jti"]
    heads = [jwt.get_unverified_header(result[kind]) for kind in ("AccessToken", "IdToken")]
    assert heads[0]["kid"] != heads[1]["kid"] and all(set(head) == {"kid", "alg"} for head in heads)
    assert idp.get_user(AccessToken=result["AccessToken"])["Username"] == "alice"


def test_discovery(server, pool):
    document = server.request("GET", f"/{pool}/.well-known/openid-configuration").json()
    assert document["issuer"] == f"https://cognito-idp.us-east-1.amazonaws.com/{pool}"
    assert document["jwks_uri"].endswith(f"/{pool}/.well-known/jwks.json")
    keys = server.request("GET", f"/{pool}/.well-known/jwks.json").json()["keys"]
    assert len(keys) == 2 and all(key["e"] == "AQAB" and len(key["kid"]) == 44 for key in keys)
    missing = server.request("GET", "/us-east-1_ZZZZZZZZZ/.well-known/jwks.json")
    assert (missing.status, missing.json()["message"]) == (404, "User pool us-east-1_ZZZZZZZZZ does not exist.")


def test_tampered_tokens_are_refused(server, idp, pool, app):
    make_user(idp, pool)
    result = sign_in(idp, app)["AuthenticationResult"]
    head, body, signature = result["AccessToken"].split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    kid = jwt.get_unverified_header(result["AccessToken"])["kid"]
    encode = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
    key = next(k for k in server.request("GET", f"/{pool}/.well-known/jwks.json").json()["keys"] if k["kid"] == kid)
    public = jwt.PyJWK(key).key
    from cryptography.hazmat.primitives import serialization
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    hs_head = encode({"kid": kid, "alg": "HS256"})
    mac = base64.urlsafe_b64encode(hmac.new(pem, f"{hs_head}.{body}".encode(), hashlib.sha256).digest()).rstrip(b"=").decode()
    forged = [
        f"{encode({'kid': kid, 'alg': 'none'})}.{body}.", f"{hs_head}.{body}.{mac}",
        f"{head}.{encode({**claims, 'username': 'root'})}.{signature}", f"{head}.{body}.{signature[:-4]}AAAA",
        result["IdToken"], result["RefreshToken"], "abc", "a.b.c",
    ]
    for token in forged:
        with refused("NotAuthorizedException", "Invalid Access Token", status=400):
            idp.get_user(AccessToken=token)


def test_another_pools_token_is_its_own(server, idp, pool, app):
    other = idp.create_user_pool(PoolName="other")["UserPool"]["Id"]
    there = idp.create_user_pool_client(UserPoolId=other, ClientName="x", ExplicitAuthFlows=FLOWS)["UserPoolClient"]["ClientId"]
    make_user(idp, other, "bob")
    token = sign_in(idp, there, "bob")["AuthenticationResult"]
    with refused("NotAuthorizedException", "Invalid Refresh Token.", status=400):
        idp.initiate_auth(ClientId=app, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": token["RefreshToken"]})
    claims = jwt.decode(token["AccessToken"], options={"verify_signature": False})
    assert claims["iss"].endswith(other)


def test_refreshing_and_what_ends_it(server, idp, pool, app):
    make_user(idp, pool)
    first = sign_in(idp, app)["AuthenticationResult"]
    refresh = lambda token: idp.initiate_auth(
        ClientId=app, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": token})["AuthenticationResult"]
    server.clock.advance(120)
    second = refresh(first["RefreshToken"])
    assert "RefreshToken" not in second
    old, new = (jwt.decode(t["AccessToken"], options={"verify_signature": False}) for t in (first, second))
    assert old["auth_time"] == new["auth_time"] and old["origin_jti"] == new["origin_jti"] and old["jti"] != new["jti"]
    with refused("NotAuthorizedException", "Invalid Refresh Token.", status=400):
        refresh("nonsense")
    with refused("UnsupportedTokenTypeException", status=400):
        idp.revoke_token(Token=first["AccessToken"], ClientId=app)
    idp.revoke_token(Token=first["RefreshToken"], ClientId=app)
    idp.revoke_token(Token=first["RefreshToken"], ClientId=app)
    with refused("NotAuthorizedException", "Refresh Token has been revoked", status=400):
        refresh(first["RefreshToken"])
    for tokens in (first, second):
        with refused("NotAuthorizedException", "Access Token has been revoked", status=400):
            idp.get_user(AccessToken=tokens["AccessToken"])


def test_global_sign_out(idp, pool, app):
    make_user(idp, pool)
    tokens = [sign_in(idp, app)["AuthenticationResult"] for _ in range(2)]
    idp.global_sign_out(AccessToken=tokens[0]["AccessToken"])
    for token in tokens:
        with refused("NotAuthorizedException", "Access Token has been revoked", status=400):
            idp.get_user(AccessToken=token["AccessToken"])
        with refused("NotAuthorizedException", "Refresh Token has been revoked", status=400):
            idp.initiate_auth(ClientId=app, AuthFlow="REFRESH_TOKEN", AuthParameters={"REFRESH_TOKEN": token["RefreshToken"]})
    assert idp.get_user(AccessToken=sign_in(idp, app)["AuthenticationResult"]["AccessToken"])["Username"] == "alice"


def test_tokens_end_in_simulated_time(server, idp, pool, app):
    make_user(idp, pool)
    token = sign_in(idp, app)["AuthenticationResult"]
    server.clock.advance(3599)
    idp.get_user(AccessToken=token["AccessToken"])
    server.clock.advance(1)
    with refused("NotAuthorizedException", "Access Token has expired", status=400):
        idp.get_user(AccessToken=token["AccessToken"])
    # What a client is shown lies in its own present: a fresh token is not issued in the future.
    fresh = sign_in(idp, app)["AuthenticationResult"]
    verified(server, pool, fresh["IdToken"], audience=app)
    server.clock.advance(31 * 86400)
    with refused("NotAuthorizedException", "Refresh Token has expired", status=400):
        idp.initiate_auth(ClientId=app, AuthFlow="REFRESH_TOKEN", AuthParameters={"REFRESH_TOKEN": fresh["RefreshToken"]})


def test_rotation(idp, pool):
    app = idp.create_user_pool_client(
        UserPoolId=pool, ClientName="r", ExplicitAuthFlows=FLOWS[:2],
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0})["UserPoolClient"]["ClientId"]
    make_user(idp, pool)
    first = sign_in(idp, app)["AuthenticationResult"]["RefreshToken"]
    second = idp.get_tokens_from_refresh_token(RefreshToken=first, ClientId=app)["AuthenticationResult"]["RefreshToken"]
    assert second != first
    with refused("RefreshTokenReuseException", status=400):
        idp.get_tokens_from_refresh_token(RefreshToken=first, ClientId=app)
    idp.get_tokens_from_refresh_token(RefreshToken=second, ClientId=app)


@pytest.mark.parametrize("hides, code, words", [
    ("LEGACY", "UserNotFoundException", "User does not exist."),
    ("ENABLED", "NotAuthorizedException", "Incorrect username or password."),
])
def test_refusals_of_sign_in(server, idp, pool, hides, code, words):
    app = idp.create_user_pool_client(
        UserPoolId=pool, ClientName="c", ExplicitAuthFlows=FLOWS, PreventUserExistenceErrors=hides)["UserPoolClient"]["ClientId"]
    make_user(idp, pool)
    with refused(code, words, status=400):
        sign_in(idp, app, "nobody")
    with refused("NotAuthorizedException", "Incorrect username or password.", status=400):
        sign_in(idp, app, password="wrong")
    with refused("InvalidParameterException", "Missing required parameter PASSWORD", status=400):
        idp.initiate_auth(ClientId=app, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "alice"})
    with refused("InvalidParameterException", "Initiate Auth method not supported.", status=400):
        idp.initiate_auth(ClientId=app, AuthFlow="ADMIN_NO_SRP_AUTH", AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD})
    with refused("ResourceNotFoundException", "User pool client 5cj9ag4nvskjkv0dg3sade5fd5 does not exist.", status=400):
        sign_in(idp, "5cj9ag4nvskjkv0dg3sade5fd5")
    admin = idp.admin_initiate_auth(
        UserPoolId=pool, ClientId=app, AuthFlow="ADMIN_USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD})
    assert "AccessToken" in admin["AuthenticationResult"]


def test_five_failures_lock(server, idp, pool, app):
    make_user(idp, pool)
    for _ in range(5):
        with refused("NotAuthorizedException", "Incorrect username or password.", status=400):
            sign_in(idp, app, password="wrong")
    with refused("NotAuthorizedException", "Password attempts exceeded", status=400):
        sign_in(idp, app)
    server.clock.advance(1)
    assert "AuthenticationResult" in sign_in(idp, app)


def test_the_error_on_the_wire(server, idp, pool, app):
    answer = server.request("POST", "/", json.dumps({
        "ClientId": app, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": {"USERNAME": "x", "PASSWORD": "y"}}), {
        "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth"})
    assert answer.status == 400
    assert answer.json() == {"__type": "UserNotFoundException", "message": "User does not exist."}
    assert answer.headers["x-amzn-ErrorType"] == "UserNotFoundException:"
    assert answer.headers["x-amzn-ErrorMessage"] == "User does not exist."


def secret_hash(name, app, secret):
    return base64.b64encode(hmac.new(secret.encode(), (name + app).encode(), hashlib.sha256).digest()).decode()


def test_clients_with_a_secret(idp, pool):
    made = idp.create_user_pool_client(
        UserPoolId=pool, ClientName="s", ExplicitAuthFlows=FLOWS, GenerateSecret=True)["UserPoolClient"]
    app, secret = made["ClientId"], made["ClientSecret"]
    make_user(idp, pool)
    missing = f"Client {app} is configured with secret but SECRET_HASH was not received"
    wrong = f"Unable to verify secret hash for client {app}"
    with refused("NotAuthorizedException", missing, status=400):
        sign_in(idp, app)
    with refused("NotAuthorizedException", wrong, status=400):
        sign_in(idp, app, SECRET_HASH="x")
    answer = sign_in(idp, app, SECRET_HASH=secret_hash("alice", app, secret))["AuthenticationResult"]
    for call in (lambda **more: idp.sign_up(ClientId=app, Username="bob", Password=PASSWORD, **more),
                 lambda **more: idp.forgot_password(ClientId=app, Username="alice", **more),
                 lambda **more: idp.resend_confirmation_code(ClientId=app, Username="alice", **more),
                 lambda **more: idp.confirm_sign_up(ClientId=app, Username="alice", ConfirmationCode="1", **more)):
        with refused("NotAuthorizedException", missing, status=400):
            call()
        with refused("NotAuthorizedException", wrong, status=400):
            call(SecretHash="x")
    refresh = lambda given: idp.initiate_auth(
        ClientId=app, AuthFlow="REFRESH_TOKEN", AuthParameters={"REFRESH_TOKEN": answer["RefreshToken"], **given})
    with refused("NotAuthorizedException", missing, status=400):
        refresh({})
    refresh({"SECRET_HASH": secret_hash("alice", app, secret)})


def test_sign_up_confirm_and_recover(server, idp, pool, app):
    made = idp.sign_up(ClientId=app, Username="jane", Password=PASSWORD, UserAttributes=[{"Name": "email", "Value": "jane@example.com"}])
    assert made["UserConfirmed"] is False
    assert made["CodeDeliveryDetails"] == {"Destination": "j***@e***.com", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    with refused("UserNotConfirmedException", "User is not confirmed.", status=400):
        sign_in(idp, app, "jane")
    with refused("NotAuthorizedException", "Incorrect username or password.", status=400):
        sign_in(idp, app, "jane", "wrong")
    with refused("UsernameExistsException", "User already exists", status=400):
        idp.sign_up(ClientId=app, Username="jane", Password=PASSWORD)
    code = last_code(server, user="jane")
    with refused("CodeMismatchException", "Invalid verification code provided, please try again.", status=400):
        idp.confirm_sign_up(ClientId=app, Username="jane", ConfirmationCode="000000" if code != "000000" else "111111")
    server.clock.advance(86400)
    with refused("ExpiredCodeException", "Invalid code provided, please request a code again.", status=400):
        idp.confirm_sign_up(ClientId=app, Username="jane", ConfirmationCode=code)
    idp.resend_confirmation_code(ClientId=app, Username="jane")
    idp.confirm_sign_up(ClientId=app, Username="jane", ConfirmationCode=last_code(server, user="jane"))
    with refused("NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED", status=400):
        idp.confirm_sign_up(ClientId=app, Username="jane", ConfirmationCode=code)
    with refused("InvalidParameterException", "User is already confirmed.", status=400):
        idp.resend_confirmation_code(ClientId=app, Username="jane")
    sign_in(idp, app, "jane")
    idp.forgot_password(ClientId=app, Username="jane")
    idp.confirm_forgot_password(ClientId=app, Username="jane", Password="N3w-Passw0rd", ConfirmationCode=last_code(server, user="jane"))
    with refused("NotAuthorizedException", "Incorrect username or password.", status=400):
        sign_in(idp, app, "jane")
    sign_in(idp, app, "jane", "N3w-Passw0rd")
    with refused("ExpiredCodeException", status=400):
        idp.confirm_forgot_password(ClientId=app, Username="jane", Password=PASSWORD, ConfirmationCode="123456")


@pytest.mark.parametrize("password, text", [
    ("Passwrd!", "Password did not conform with password policy: Password must have numeric characters"),
    ("passw0rd!", "Password did not conform with password policy: Password must have uppercase characters"),
    ("Pass0!", "Password did not conform with password policy: Password not long enough"),
])
def test_weak_passwords(idp, pool, app, password, text):
    with refused("InvalidPasswordException", text, status=400):
        idp.admin_create_user(UserPoolId=pool, Username="x", TemporaryPassword=password)
    with refused("InvalidPasswordException", text, status=400):
        idp.sign_up(ClientId=app, Username="x", Password=password)
    with refused("UserNotFoundException", status=400):
        idp.admin_get_user(UserPoolId=pool, Username="x")


def test_software_tokens(server, idp, pool, app):
    make_user(idp, pool)
    tokens = sign_in(idp, app)["AuthenticationResult"]
    with refused("SoftwareTokenMFANotFoundException", "Software Token MFA has not been enabled by the userPool", status=400):
        idp.associate_software_token(AccessToken=tokens["AccessToken"])
    idp.set_user_pool_mfa_config(UserPoolId=pool, MfaConfiguration="OPTIONAL", SoftwareTokenMfaConfiguration={"Enabled": True})
    secret = idp.associate_software_token(AccessToken=tokens["AccessToken"])["SecretCode"]
    assert len(secret) == 52
    now = lambda: int(server.clock.seconds())
    totp = pyotp.TOTP(secret)
    with refused("EnableSoftwareTokenMFAException", "Code mismatch", status=400):
        idp.verify_software_token(AccessToken=tokens["AccessToken"], UserCode="000000")
    assert idp.verify_software_token(AccessToken=tokens["AccessToken"], UserCode=totp.at(now()))["Status"] == "SUCCESS"
    idp.set_user_mfa_preference(AccessToken=tokens["AccessToken"], SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True})
    challenge = sign_in(idp, app)
    assert challenge["ChallengeName"] == "SOFTWARE_TOKEN_MFA" and challenge["Session"].startswith("AYABe")
    respond = lambda code, session=challenge["Session"]: idp.respond_to_auth_challenge(
        ClientId=app, ChallengeName="SOFTWARE_TOKEN_MFA", Session=session,
        ChallengeResponses={"USERNAME": "alice", "SOFTWARE_TOKEN_MFA_CODE": code})
    with refused("CodeMismatchException", "Invalid code received for user", status=400):
        respond("000000")
    server.clock.advance(30)
    assert "AccessToken" in respond(totp.at(now()))["AuthenticationResult"]
    with refused("NotAuthorizedException", "Invalid session for the user.", status=400):
        respond(totp.at(now()))
    late = sign_in(idp, app)
    server.clock.advance(180)
    with refused("NotAuthorizedException", "Invalid session for the user, session is expired.", status=400):
        respond(totp.at(now()), late["Session"])
    with refused("NotAuthorizedException", "Invalid session provided for the user.", status=400):
        respond(totp.at(now()), "x" * 30)
    assert idp.get_user(AccessToken=tokens["AccessToken"])["PreferredMfaSetting"] == "SOFTWARE_TOKEN_MFA"


def test_mfa_has_to_be_set_up_where_it_is_required(server, idp, pool, app):
    make_user(idp, pool)
    idp.set_user_pool_mfa_config(UserPoolId=pool, MfaConfiguration="ON", SoftwareTokenMfaConfiguration={"Enabled": True})
    challenge = sign_in(idp, app)
    assert challenge["ChallengeName"] == "MFA_SETUP"
    assert json.loads(challenge["ChallengeParameters"]["MFAS_CAN_SETUP"]) == ["SOFTWARE_TOKEN_MFA"]
    associated = idp.associate_software_token(Session=challenge["Session"])
    code = pyotp.TOTP(associated["SecretCode"]).at(int(server.clock.seconds()))
    proven = idp.verify_software_token(Session=associated["Session"], UserCode=code)
    answer = idp.respond_to_auth_challenge(
        ClientId=app, ChallengeName="MFA_SETUP", Session=proven["Session"], ChallengeResponses={"USERNAME": "alice"})
    assert "AccessToken" in answer["AuthenticationResult"]
    assert sign_in(idp, app)["ChallengeName"] == "SOFTWARE_TOKEN_MFA"


def test_list_users(idp, pool):
    for name, mail in [("bob", "bob@example.com"), ("alice", "alice@example.com"), ("o\"neil", "x@example.org")]:
        make_user(idp, pool, name, email=mail)
    names = lambda **more: [user["Username"] for user in idp.list_users(UserPoolId=pool, **more)["Users"]]
    assert names() == ["alice", "bob", 'o"neil']
    assert names(Filter='email = "bob@example.com"') == ["bob"]
    assert names(Filter='email ^= "a"') == ["alice"]
    assert names(Filter='username = "o\\"neil"') == ['o"neil']
    assert names(Filter='cognito:user_status = "confirmed"', Limit=2) == ["alice", "bob"]
    assert names(Filter='status = "Disabled"') == []
    first = idp.list_users(UserPoolId=pool, Limit=2)
    assert names(PaginationToken=first["PaginationToken"]) == ['o"neil']
    shown = idp.list_users(UserPoolId=pool, AttributesToGet=["email"], Limit=1)["Users"][0]
    assert shown["Attributes"] == [{"Name": "email", "Value": "alice@example.com"}]
    with refused("InvalidParameterException", "Error while parsing filter", status=400):
        names(Filter="email = bob")
    with refused("InvalidParameterException", "Invalid search attribute: custom:x", status=400):
        names(Filter='custom:x = "1"')


def test_groups_reach_the_tokens(server, idp, pool, app):
    make_user(idp, pool)
    role = "arn:aws:iam::123456789012:role/admin"
    idp.create_group(UserPoolId=pool, GroupName="ops", Precedence=5)
    idp.create_group(UserPoolId=pool, GroupName="admin", Precedence=1, RoleArn=role)
    for group in ("ops", "admin"):
        idp.admin_add_user_to_group(UserPoolId=pool, Username="alice", GroupName=group)
    claims = verified(server, pool, sign_in(idp, app)["AuthenticationResult"]["IdToken"], audience=app)
    assert claims["cognito:groups"] == ["admin", "ops"] and claims["cognito:preferred_role"] == role
    assert [user["Username"] for user in idp.list_users_in_group(UserPoolId=pool, GroupName="ops")["Users"]] == ["alice"]
    with refused("GroupExistsException", "A group with the name already exists.", status=400):
        idp.create_group(UserPoolId=pool, GroupName="ops")
    with refused("ResourceNotFoundException", "Group not found.", status=400):
        idp.get_group(UserPoolId=pool, GroupName="none")


def test_email_as_user_name(server, idp):
    pool = idp.create_user_pool(PoolName="mail", UsernameAttributes=["email"], AutoVerifiedAttributes=["email"],
                                UsernameConfiguration={"CaseSensitive": False})["UserPool"]["Id"]
    app = idp.create_user_pool_client(UserPoolId=pool, ClientName="m", ExplicitAuthFlows=FLOWS)["UserPoolClient"]["ClientId"]
    with refused("InvalidParameterException", "Username should be an email.", status=400):
        idp.sign_up(ClientId=app, Username="jane", Password=PASSWORD)
    made = idp.sign_up(ClientId=app, Username="Jane@example.com", Password=PASSWORD)
    with refused("UsernameExistsException", "An account with the given email already exists.", status=400):
        idp.sign_up(ClientId=app, Username="jane@example.com", Password=PASSWORD)
    idp.admin_confirm_sign_up(UserPoolId=pool, Username="jane@EXAMPLE.com")
    claims = verified(server, pool, sign_in(idp, app, "jane@example.com")["AuthenticationResult"]["IdToken"], audience=app)
    assert claims["cognito:username"] == claims["sub"] == made["UserSub"]


def test_schema(idp):
    pool = idp.create_user_pool(PoolName="s", Schema=[
        {"Name": "name", "Required": True}, {"Name": "plan", "AttributeDataType": "String", "Mutable": True}])["UserPool"]
    assert len(pool["SchemaAttributes"]) == 21 and pool["SchemaAttributes"][-1]["Name"] == "custom:plan"
    assert pool["SchemaAttributes"][0]["StringAttributeConstraints"] == {"MinLength": "1", "MaxLength": "2048"}
    app = idp.create_user_pool_client(UserPoolId=pool["Id"], ClientName="a")["UserPoolClient"]["ClientId"]
    with refused("InvalidParameterException",
                 "Attributes did not conform to the schema: custom:firstName: Attribute does not exist in the schema.\n"
                 "name: The attribute is required\n", status=400):
        idp.sign_up(ClientId=app, Username="x", Password=PASSWORD, UserAttributes=[{"Name": "custom:firstName", "Value": "a"}])
    with refused("InvalidParameterException", "Required custom attributes are not supported currently.", status=400):
        idp.create_user_pool(PoolName="s", Schema=[{"Name": "plan", "AttributeDataType": "String", "Required": True}])


def test_keys_and_users_survive_a_restart(start_server, tmp_path):
    running = start_server("--data", str(tmp_path / "data"))
    idp = client("cognito-idp")
    pool = idp.create_user_pool(PoolName="users")["UserPool"]["Id"]
    app = idp.create_user_pool_client(UserPoolId=pool, ClientName="app", ExplicitAuthFlows=FLOWS)["UserPoolClient"]["ClientId"]
    make_user(idp, pool)
    tokens = sign_in(idp, app)["AuthenticationResult"]
    keys = running.request("GET", f"/{pool}/.well-known/jwks.json").json()
    running.kill()
    running.start()
    assert running.request("GET", f"/{pool}/.well-known/jwks.json").json() == keys
    assert idp.get_user(AccessToken=tokens["AccessToken"])["Username"] == "alice"
    sign_in(idp, app)
    stored = b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file())
    assert PASSWORD.encode() not in stored and tokens["RefreshToken"].split(".")[1].encode() not in stored


def test_the_command_line_reads_messages_and_both_aws_clis_sign_in(server, idp, pool, app):
    """coldframe cognito messages; aws cognito-idp of both versions."""
    import subprocess
    import sys
    from pathlib import Path
    idp.sign_up(ClientId=app, Username="jane", Password=PASSWORD, UserAttributes=[{"Name": "email", "Value": "jane@example.com"}])
    shown = subprocess.run([str(server.binary), "cognito", "messages", "--user", "jane", "--url", server.url],
                           capture_output=True, text=True, timeout=20)
    assert shown.returncode == 0, shown.stderr
    assert last_code(server, user="jane") in shown.stdout and "jane@example.com" in shown.stdout
    for aws in (str(Path(sys.executable).with_name("aws")), "/usr/bin/aws"):
        run = lambda *given: json.loads(subprocess.run(
            [aws, "--endpoint-url", server.url, "cognito-idp", *given, "--output", "json"], capture_output=True, text=True, timeout=60, check=True).stdout or "{}")
        name = f"user{aws.count('/')}"
        run("admin-create-user", "--user-pool-id", pool, "--username", name, "--message-action", "SUPPRESS")
        run("admin-set-user-password", "--user-pool-id", pool, "--username", name, "--password", PASSWORD, "--permanent")
        tokens = run("initiate-auth", "--client-id", app, "--auth-flow", "USER_PASSWORD_AUTH",
                     "--auth-parameters", f"USERNAME={name},PASSWORD={PASSWORD}")["AuthenticationResult"]
        assert run("get-user", "--access-token", tokens["AccessToken"])["Username"] == name
