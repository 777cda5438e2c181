"""Tokens that are forged, foreign, rotated, revoked or late, and secrets proven under other names."""
from __future__ import annotations

import base64
import hashlib
import hmac
import json

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from hosting import refused
from test_cognito import FLOWS, PASSWORD, app, idp, make_user, pool, secret_hash, sign_in  # noqa: F401  (fixtures)

INVALID = "Invalid Access Token"


def encode(value) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_forged_tokens(server, idp, pool, app):
    make_user(idp, pool)
    token = sign_in(idp, app)["AuthenticationResult"]["AccessToken"]
    head, body, mark = token.split(".")
    header, claims = jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})
    jwks = {key["kid"]: key for key in server.request("GET", f"/{pool}/.well-known/jwks.json").json()["keys"]}
    public = jwt.PyJWK(jwks[header["kid"]]).key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    other_key = next(kid for kid in jwks if kid != header["kid"])
    stranger = rsa.generate_private_key(65537, 2048)
    text = lambda changed: f"{encode(changed)}.{body}"
    symmetric = text({**header, "alg": "HS256"})
    forged = {
        "none": f"{text({**header, 'alg': 'none'})}.", "None": f"{text({**header, 'alg': 'None'})}.{mark}",
        "no signature": f"{head}.{body}.", "another header": f"{text({**header, 'typ': 'JWT'})}.{mark}",
        "HS256 of the public key": f"{symmetric}.{encode(hmac.new(public, symmetric.encode(), hashlib.sha256).digest())}",
        "RS512": f"{text({**header, 'alg': 'RS512'})}.{mark}",
        "a stranger's key": jwt.encode(claims, stranger, "RS256", {"kid": header["kid"]}),
        "a key in the header": jwt.encode(claims, stranger, "RS256", {
            "kid": "mine", "jwk": json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(stranger.public_key()))}),
        "the other key's id": f"{text({**header, 'kid': other_key})}.{mark}",
        "another user": f"{head}.{encode({**claims, 'username': 'bob', 'sub': 'b' * 8})}.{mark}",
        "more scopes": f"{head}.{encode({**claims, 'scope': 'openid'})}.{mark}",
        "a later end": f"{head}.{encode({**claims, 'exp': claims['exp'] + 9999})}.{mark}",
        "a changed signature": f"{head}.{body}.{mark[:20]}{'A' if mark[20] != 'A' else 'B'}{mark[21:]}",
        "another pool": f"{head}.{encode({**claims, 'iss': claims['iss'][:-1] + 'Z'})}.{mark}",
        "two parts": f"{head}.{body}", "four parts": f"{token}.{mark}", "nothing": "..", "not base64": f"{head}.{body}.=",
    }
    for what, fake in forged.items():
        with pytest.raises(idp.exceptions.NotAuthorizedException) as refusal:
            idp.get_user(AccessToken=fake)
        assert refusal.value.response["Error"]["Message"] == INVALID, what
    assert idp.get_user(AccessToken=token)["Username"] == "alice"


def test_a_token_of_another_kind_or_pool(idp, pool, app):
    make_user(idp, pool)
    tokens = sign_in(idp, app)["AuthenticationResult"]
    for token in (tokens["IdToken"], tokens["RefreshToken"]):
        with refused("NotAuthorizedException", INVALID, status=400):
            idp.get_user(AccessToken=token)
    other = idp.create_user_pool(PoolName="other")["UserPool"]["Id"]
    there = idp.create_user_pool_client(UserPoolId=other, ClientName="x", ExplicitAuthFlows=FLOWS)["UserPoolClient"]["ClientId"]
    make_user(idp, other, "alice")
    foreign = sign_in(idp, there)["AuthenticationResult"]
    # It is good in its own pool: it changes the namesake there, not the user here.
    idp.update_user_attributes(AccessToken=foreign["AccessToken"], UserAttributes=[{"Name": "name", "Value": "Another"}])
    names = [attribute["Name"] for attribute in idp.admin_get_user(UserPoolId=pool, Username="alice")["UserAttributes"]]
    assert "name" not in names
    with refused("UnauthorizedException", status=400):
        idp.revoke_token(Token=foreign["RefreshToken"], ClientId=app)
    idp.delete_user_pool(UserPoolId=other)
    with refused("NotAuthorizedException", INVALID, status=400):
        idp.get_user(AccessToken=foreign["AccessToken"])


def test_tokens_of_a_user_who_is_gone(idp, pool, app):
    make_user(idp, pool)
    tokens = sign_in(idp, app)["AuthenticationResult"]
    idp.admin_disable_user(UserPoolId=pool, Username="alice")
    with refused("NotAuthorizedException", status=400):
        idp.get_user(AccessToken=tokens["AccessToken"])
    idp.admin_enable_user(UserPoolId=pool, Username="alice")
    with refused("NotAuthorizedException", "Access Token has been revoked", status=400):
        idp.get_user(AccessToken=tokens["AccessToken"])
    tokens = sign_in(idp, app)["AuthenticationResult"]
    idp.admin_delete_user(UserPoolId=pool, Username="alice")
    make_user(idp, pool)  # a namesake is somebody else
    with refused("UserNotFoundException", status=400):
        idp.get_user(AccessToken=tokens["AccessToken"])
    with refused("NotAuthorizedException", "Invalid Refresh Token.", status=400):
        idp.initiate_auth(ClientId=app, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]})


def rotating(idp, pool, seconds):
    return idp.create_user_pool_client(
        UserPoolId=pool, ClientName="r", ExplicitAuthFlows=FLOWS[:2], RefreshTokenValidity=1,
        TokenValidityUnits={"RefreshToken": "days"},
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": seconds})["UserPoolClient"]["ClientId"]


def test_a_rotated_token_is_good_for_its_grace_period(server, idp, pool):
    app = rotating(idp, pool, 10)
    make_user(idp, pool)
    exchange = lambda token: idp.get_tokens_from_refresh_token(RefreshToken=token, ClientId=app)["AuthenticationResult"]
    first = sign_in(idp, app)["AuthenticationResult"]["RefreshToken"]
    second = exchange(first)["RefreshToken"]
    server.clock.advance(9)
    retried = exchange(first)  # the answer was lost, the client asks again
    assert retried["RefreshToken"] not in (first, second) and idp.get_user(AccessToken=retried["AccessToken"])["Username"] == "alice"
    server.clock.advance(1)
    with refused("RefreshTokenReuseException", status=400):
        exchange(first)
    last = exchange(retried["RefreshToken"])["RefreshToken"]
    server.clock.advance(86400 - 11)
    last = exchange(last)["RefreshToken"]
    server.clock.advance(1)  # rotation does not lengthen what the sign-in was granted
    with refused("NotAuthorizedException", "Refresh Token has expired", status=400):
        exchange(last)


def test_rotated_tokens_end_together(idp, pool):
    app = rotating(idp, pool, 60)
    make_user(idp, pool)
    exchange = lambda token: idp.get_tokens_from_refresh_token(RefreshToken=token, ClientId=app)["AuthenticationResult"]
    first = sign_in(idp, app)["AuthenticationResult"]["RefreshToken"]
    second = exchange(first)
    idp.revoke_token(Token=first, ClientId=app)
    for token in (first, second["RefreshToken"]):
        with refused("NotAuthorizedException", "Refresh Token has been revoked", status=400):
            exchange(token)
    with refused("NotAuthorizedException", "Access Token has been revoked", status=400):
        idp.get_user(AccessToken=second["AccessToken"])


def test_where_tokens_rotate_the_old_flow_is_off(idp, pool):
    app = rotating(idp, pool, 0)
    make_user(idp, pool)
    token = sign_in(idp, app)["AuthenticationResult"]["RefreshToken"]
    idp.update_user_pool_client(UserPoolId=pool, ClientId=app, ExplicitAuthFlows=FLOWS, RefreshTokenRotation={
        "Feature": "ENABLED", "RetryGracePeriodSeconds": 0})
    with refused("UnsupportedOperationException", status=400):
        idp.initiate_auth(ClientId=app, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": token})
    idp.get_tokens_from_refresh_token(RefreshToken=token, ClientId=app)


def test_a_secret_hash_is_good_for_every_name_of_the_user(idp):
    pool = idp.create_user_pool(PoolName="aliases", AliasAttributes=["email", "preferred_username"],
                                UsernameConfiguration={"CaseSensitive": False})["UserPool"]["Id"]
    made = idp.create_user_pool_client(UserPoolId=pool, ClientName="s", ExplicitAuthFlows=FLOWS, GenerateSecret=True)["UserPoolClient"]
    app, secret = made["ClientId"], made["ClientSecret"]
    make_user(idp, pool, email="alice@example.com", email_verified="true", preferred_username="ally")
    make_user(idp, pool, "bob", email="bob@example.com", email_verified="true")
    sub = idp.admin_get_user(UserPoolId=pool, Username="alice")["UserAttributes"][0]["Value"]
    mark = lambda name: secret_hash(name, app, secret)
    for name in ("alice", "ALICE", "alice@example.com", "ally", sub):
        tokens = sign_in(idp, app, name, SECRET_HASH=mark(name))["AuthenticationResult"]
        sign_in(idp, app, name, SECRET_HASH=mark("alice"))
        for proven in ("alice", sub, "alice@example.com"):
            idp.initiate_auth(ClientId=app, AuthFlow="REFRESH_TOKEN", AuthParameters={
                "REFRESH_TOKEN": tokens["RefreshToken"], "SECRET_HASH": mark(proven)})
        for proven in ("bob", "bob@example.com", ""):
            with refused("NotAuthorizedException", f"Unable to verify secret hash for client {app}", status=400):
                sign_in(idp, app, name, SECRET_HASH=mark(proven))
            with refused("NotAuthorizedException", f"Unable to verify secret hash for client {app}", status=400):
                idp.initiate_auth(ClientId=app, AuthFlow="REFRESH_TOKEN", AuthParameters={
                    "REFRESH_TOKEN": tokens["RefreshToken"], "SECRET_HASH": mark(proven)})
    idp.set_user_pool_mfa_config(UserPoolId=pool, MfaConfiguration="ON", SoftwareTokenMfaConfiguration={"Enabled": True})
    challenge = sign_in(idp, app, "alice@example.com", SECRET_HASH=mark("alice@example.com"))
    assert challenge["ChallengeName"] == "MFA_SETUP"
    answer = lambda name, proof: idp.respond_to_auth_challenge(
        ClientId=app, ChallengeName="MFA_SETUP", Session=challenge["Session"], ChallengeResponses={"USERNAME": name, "SECRET_HASH": proof})
    with refused("NotAuthorizedException", "Invalid session for the user.", status=400):
        answer("bob", mark("bob"))
    with refused("NotAuthorizedException", f"Unable to verify secret hash for client {app}", status=400):
        answer("alice", mark("bob"))
    with refused("InvalidParameterException", status=400):  # proven, in another case: what lacks is the set-up
        answer("ALICE", mark("alice"))


def test_a_client_without_a_secret_takes_no_hash(idp, pool, app):
    make_user(idp, pool)
    with refused("NotAuthorizedException", f"Client {app} is configured without secret but SECRET_HASH was received", status=400):
        sign_in(idp, app, SECRET_HASH=secret_hash("alice", app, "x" * 51))


def test_sign_out_ends_what_came_before_only(server, idp, pool, app):
    make_user(idp, pool)
    before = sign_in(idp, app)["AuthenticationResult"]
    idp.admin_user_global_sign_out(UserPoolId=pool, Username="alice")
    after = sign_in(idp, app)["AuthenticationResult"]
    assert idp.get_user(AccessToken=after["AccessToken"])["Username"] == "alice"
    with refused("NotAuthorizedException", "Access Token has been revoked", status=400):
        idp.global_sign_out(AccessToken=before["AccessToken"])
    idp.get_user(AccessToken=after["AccessToken"])
    # Elsewhere the signature still counts until the token ends.
    keys = jwt.PyJWKClient(f"{server.url}/{pool}/.well-known/jwks.json")
    jwt.decode(before["AccessToken"], keys.get_signing_key_from_jwt(before["AccessToken"]).key, algorithms=["RS256"])


def test_a_client_that_does_not_revoke(idp, pool):
    app = idp.create_user_pool_client(
        UserPoolId=pool, ClientName="n", ExplicitAuthFlows=FLOWS, EnableTokenRevocation=False)["UserPoolClient"]["ClientId"]
    make_user(idp, pool)
    tokens = sign_in(idp, app)["AuthenticationResult"]
    for kind in ("AccessToken", "IdToken"):
        assert not {"jti", "origin_jti"} & jwt.decode(tokens[kind], options={"verify_signature": False}).keys()
    with refused("UnsupportedOperationException", status=400):
        idp.revoke_token(Token=tokens["RefreshToken"], ClientId=app)
    assert idp.get_user(AccessToken=tokens["AccessToken"])["Username"] == "alice"
