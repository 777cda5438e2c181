"""Who users are: names, aliases and case; attributes, lists and filters, groups, earlier passwords."""
from __future__ import annotations

import json

import jwt
import pytest

from conftest import client
from hosting import refused
from test_cognito import FLOWS, PASSWORD, app, idp, last_code, make_user, messages, pool, sign_in  # noqa: F401  (fixtures)

UNWRITABLE = "A client attempted to write unauthorized attribute"


def attributes(idp, pool, name="alice"):
    return {item["Name"]: item["Value"] for item in idp.admin_get_user(UserPoolId=pool, Username=name)["UserAttributes"]}


def given(**values):
    return [{"Name": key.replace("__", ":"), "Value": value} for key, value in values.items()]


def an_app(idp, pool, **more):
    return idp.create_user_pool_client(UserPoolId=pool, ClientName="a", ExplicitAuthFlows=FLOWS, **more)["UserPoolClient"]["ClientId"]


def test_aliases_count_once_they_are_verified(server, idp):
    pool = idp.create_user_pool(PoolName="a", AliasAttributes=["email", "phone_number", "preferred_username"],
                                AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
    app = an_app(idp, pool)
    with refused("InvalidParameterException",
                 "Username cannot be of email format, since user pool is configured for email alias.", status=400):
        idp.sign_up(ClientId=app, Username="a@example.com", Password=PASSWORD)
    with refused("InvalidParameterException", status=400):
        idp.sign_up(ClientId=app, Username="+4915112345678", Password=PASSWORD)
    with refused("InvalidParameterException", status=400):
        idp.sign_up(ClientId=app, Username="jane", Password=PASSWORD, UserAttributes=given(preferred_username="j"))
    for name in ("jane", "june"):  # an unverified address belongs to nobody
        idp.sign_up(ClientId=app, Username=name, Password=PASSWORD, UserAttributes=given(email="j@example.com"))
    idp.confirm_sign_up(ClientId=app, Username="jane", ConfirmationCode=last_code(server, user="jane"))
    sign_in(idp, app, "j@example.com")
    with refused("UserNotFoundException", status=400):
        sign_in(idp, app, "J@example.com")  # the pool tells cases apart
    code = last_code(server, user="june")
    with refused("AliasExistsException", "An account with the email already exists.", status=400):
        idp.confirm_sign_up(ClientId=app, Username="june", ConfirmationCode=code)
    idp.confirm_sign_up(ClientId=app, Username="june", ConfirmationCode=code, ForceAliasCreation=True)
    token = sign_in(idp, app, "j@example.com")["AuthenticationResult"]["AccessToken"]
    assert idp.get_user(AccessToken=token)["Username"] == "june" and attributes(idp, pool, "jane")["email_verified"] == "false"
    idp.update_user_attributes(AccessToken=token, UserAttributes=given(preferred_username="jj"))
    sign_in(idp, app, "jj")
    jane = sign_in(idp, app, "jane")["AuthenticationResult"]["AccessToken"]
    with refused("AliasExistsException", "An account with the preferred_username already exists.", status=400):
        idp.update_user_attributes(AccessToken=jane, UserAttributes=given(preferred_username="jj"))
    idp.delete_user_attributes(AccessToken=token, UserAttributeNames=["preferred_username"])
    with refused("UserNotFoundException", status=400):
        sign_in(idp, app, "jj")
    idp.update_user_attributes(AccessToken=jane, UserAttributes=given(preferred_username="jj"))


@pytest.mark.parametrize("sensitive", [True, False])
def test_case_matters_where_the_pool_says_so(idp, sensitive):
    pool = idp.create_user_pool(PoolName="c", AliasAttributes=["email"], UsernameConfiguration={"CaseSensitive": sensitive})["UserPool"]["Id"]
    app = an_app(idp, pool)
    make_user(idp, pool, "Alice", email="Alice@Example.com", email_verified="true")
    for name in ("ALICE", "alice@example.com"):
        if sensitive:
            with refused("UserNotFoundException", status=400):
                sign_in(idp, app, name)
        else:
            token = sign_in(idp, app, name)["AuthenticationResult"]
            assert idp.get_user(AccessToken=token["AccessToken"])["Username"] == "Alice"
    if sensitive:
        make_user(idp, pool, "alice")
    else:
        with refused("UsernameExistsException", "User account already exists", status=400):
            idp.admin_create_user(UserPoolId=pool, Username="alice")
        with refused("UsernameExistsException", "User already exists", status=400):
            idp.sign_up(ClientId=app, Username="alice", Password=PASSWORD)
    assert attributes(idp, pool, "Alice")["email"] == "Alice@Example.com"
    with refused("InvalidParameterException", status=400):
        idp.create_user_pool(PoolName="x", AliasAttributes=["email"], UsernameAttributes=["email"])


def test_phone_and_email_as_user_names(idp):
    pool = idp.create_user_pool(PoolName="n", UsernameAttributes=["email", "phone_number"],
                                UsernameConfiguration={"CaseSensitive": False})["UserPool"]["Id"]
    app = an_app(idp, pool)
    for name in ("alice@example.com", "+4915112345678"):
        make_user(idp, pool, name)
        token = sign_in(idp, app, name)["AuthenticationResult"]["AccessToken"]
        me = idp.get_user(AccessToken=token)
        shown = {item["Name"]: item["Value"] for item in me["UserAttributes"]}
        assert me["Username"] == shown["sub"] and name in shown.values()
    with refused("InvalidParameterException", status=400):
        idp.admin_create_user(UserPoolId=pool, Username="alice")
    with refused("UsernameExistsException", "An account with the given email already exists.", status=400):
        idp.admin_create_user(UserPoolId=pool, Username="ALICE@example.com")
    # Other calls than those that create users know no UsernameExistsException.
    with refused("AliasExistsException", "An account with the given email already exists.", status=400):
        idp.update_user_attributes(AccessToken=token, UserAttributes=given(email="Alice@example.com"))
    with refused("AliasExistsException", status=400):
        idp.admin_update_user_attributes(UserPoolId=pool, Username="+4915112345678", UserAttributes=given(email="alice@example.com"))
    idp.update_user_attributes(AccessToken=token, UserAttributes=given(email="bea@example.com"))
    assert idp.get_user(AccessToken=sign_in(idp, app, "bea@example.com")["AuthenticationResult"]["AccessToken"])["Username"] == me["Username"]
    idp.admin_update_user_attributes(UserPoolId=pool, Username="bea@example.com", UserAttributes=given(phone_number="+4915100000000"))
    with refused("UserNotFoundException", status=400):
        sign_in(idp, app, "+4915112345678")
    sign_in(idp, app, "+4915100000000")


def test_nobody_vouches_for_oneself(server, idp, pool, app):
    for name in ("email_verified", "phone_number_verified"):
        with refused("NotAuthorizedException", UNWRITABLE, status=400):
            idp.sign_up(ClientId=app, Username="eve", Password=PASSWORD, UserAttributes=given(email="boss@example.com", **{name: "true"}))
    idp.admin_create_user(UserPoolId=pool, Username="ann", TemporaryPassword="Temp0rary!", MessageAction="SUPPRESS",
                          UserAttributes=given(email="ann@example.com"))
    challenge = sign_in(idp, app, "ann", "Temp0rary!")
    with refused("NotAuthorizedException", UNWRITABLE, status=400):
        idp.respond_to_auth_challenge(
            ClientId=app, ChallengeName="NEW_PASSWORD_REQUIRED", Session=challenge["Session"], ChallengeResponses={
                "USERNAME": "ann", "NEW_PASSWORD": PASSWORD, "userAttributes.email_verified": "true"})
    make_user(idp, pool, email="alice@example.com")
    token = sign_in(idp, app)["AuthenticationResult"]["AccessToken"]
    with refused("NotAuthorizedException", UNWRITABLE, status=400):
        idp.update_user_attributes(AccessToken=token, UserAttributes=given(email_verified="true"))
    assert "email_verified" not in attributes(idp, pool)


def test_the_service_makes_up_who_is_who(idp, pool, app):
    refusal = "Attributes did not conform to the schema: sub: Attribute cannot be updated.\n"
    with refused("InvalidParameterException", refusal, status=400):
        idp.sign_up(ClientId=app, Username="eve", Password=PASSWORD, UserAttributes=given(sub="x"))
    with refused("InvalidParameterException", refusal, status=400):
        idp.admin_create_user(UserPoolId=pool, Username="eve", UserAttributes=given(sub="x"))


def test_a_client_that_hides_users_hides_who_cannot_be_reached(server, idp, pool, app):
    hides = an_app(idp, pool, PreventUserExistenceErrors="ENABLED")
    make_user(idp, pool, "lost")
    make_user(idp, pool, email="alice@example.com", email_verified="true")
    idp.admin_disable_user(UserPoolId=pool, Username="alice")
    details = {name: idp.forgot_password(ClientId=hides, Username=name)["CodeDeliveryDetails"] for name in ("lost", "alice", "nobody")}
    assert {name: told["Destination"] for name, told in details.items()} == {"lost": "l***@l***.com", "alice": "a***@a***.com", "nobody": "n***@n***.com"}
    assert messages(server, pool=pool) == []
    with refused("NotAuthorizedException", "User is disabled.", status=400):
        idp.forgot_password(ClientId=app, Username="alice")
    with refused("UserNotFoundException", status=400):
        idp.forgot_password(ClientId=app, Username="nobody")


def test_what_a_client_may_write_and_read(idp):
    pool = idp.create_user_pool(PoolName="w", Schema=[
        {"Name": "plan", "AttributeDataType": "String", "Mutable": True}, {"Name": "born", "AttributeDataType": "String", "Mutable": False},
        {"Name": "score", "AttributeDataType": "Number", "Mutable": True, "NumberAttributeConstraints": {"MinValue": "1", "MaxValue": "5"}},
        {"Name": "staff", "AttributeDataType": "String", "Mutable": True, "DeveloperOnlyAttribute": True}])["UserPool"]["Id"]
    app = an_app(idp, pool, WriteAttributes=["name", "custom:plan", "custom:born"], ReadAttributes=["name"])
    free = an_app(idp, pool)
    with refused("NotAuthorizedException", UNWRITABLE, status=400):
        idp.sign_up(ClientId=app, Username="x", Password=PASSWORD, UserAttributes=given(nickname="x"))
    with refused("NotAuthorizedException", UNWRITABLE, status=400):
        idp.sign_up(ClientId=free, Username="x", Password=PASSWORD, UserAttributes=[{"Name": "dev:custom:staff", "Value": "yes"}])
    make_user(idp, pool, **{"nickname": "ally", "custom:born": "1999"})
    idp.admin_update_user_attributes(UserPoolId=pool, Username="alice", UserAttributes=given(name="Alice"))
    token = sign_in(idp, app)["AuthenticationResult"]
    assert {item["Name"] for item in idp.get_user(AccessToken=token["AccessToken"])["UserAttributes"]} == {"sub", "name"}
    assert "nickname" not in jwt.decode(token["IdToken"], options={"verify_signature": False})
    update = lambda **values: idp.update_user_attributes(AccessToken=token["AccessToken"], UserAttributes=given(**values))
    update(name="Al", custom__plan="gold")
    with refused("NotAuthorizedException", UNWRITABLE, status=400):
        update(nickname="x")
    with refused("NotAuthorizedException", UNWRITABLE, status=400):
        idp.delete_user_attributes(AccessToken=token["AccessToken"], UserAttributeNames=["nickname"])
    schema = "Attributes did not conform to the schema: "
    for values, words in [({"custom__born": "2000"}, "user.custom:born: Attribute cannot be updated.\n"), ({"sub": "x"}, "user.sub: Attribute cannot be updated.\n"),
                          ({"custom__none": "x"}, schema + "custom:none: Attribute does not exist in the schema.\n")]:
        with refused("InvalidParameterException", words, status=400):
            update(**values)
    for score in ("0", "6", "many"):
        with refused("InvalidParameterException", containing=schema + "custom:score: ", status=400):
            idp.admin_update_user_attributes(UserPoolId=pool, Username="alice", UserAttributes=given(custom__score=score))
    idp.admin_update_user_attributes(UserPoolId=pool, Username="alice", UserAttributes=[
        {"Name": "custom:score", "Value": "5"}, {"Name": "dev:custom:staff", "Value": "yes"}])
    idp.delete_user_attributes(AccessToken=token["AccessToken"], UserAttributeNames=["custom:plan"])
    assert attributes(idp, pool).keys() == {"sub", "name", "nickname", "custom:born", "custom:score", "dev:custom:staff"}


def test_an_update_waits_for_its_verification(server, idp, pool, app):
    idp.update_user_pool(UserPoolId=pool, AutoVerifiedAttributes=["email"],
                         UserAttributeUpdateSettings={"AttributesRequireVerificationBeforeUpdate": ["email"]})
    make_user(idp, pool, email="old@example.com", email_verified="true")
    token = sign_in(idp, app)["AuthenticationResult"]["AccessToken"]
    told = idp.update_user_attributes(AccessToken=token, UserAttributes=given(email="new@example.com", name="Alice"))
    assert told["CodeDeliveryDetailsList"] == [{"Destination": "n***@e***.com", "DeliveryMedium": "EMAIL", "AttributeName": "email"}]
    assert attributes(idp, pool) == {"sub": attributes(idp, pool)["sub"], "email": "old@example.com", "email_verified": "true", "name": "Alice"}
    assert messages(server, user="alice")[-1]["destination"] == "new@example.com"
    idp.forgot_password(ClientId=app, Username="alice")  # the old one still serves
    assert messages(server, user="alice")[-1]["destination"] == "old@example.com"
    code = [message["code"] for message in messages(server, user="alice") if message["destination"] == "new@example.com"][-1]
    with refused("ExpiredCodeException", status=400):
        idp.verify_user_attribute(AccessToken=token, AttributeName="phone_number", Code=code)
    idp.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)
    assert (attributes(idp, pool)["email"], attributes(idp, pool)["email_verified"]) == ("new@example.com", "true")
    with refused("ExpiredCodeException", status=400):
        idp.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)
    idp.update_user_attributes(AccessToken=token, UserAttributes=given(email="late@example.com"))
    server.clock.advance(86400)
    token = sign_in(idp, app)["AuthenticationResult"]["AccessToken"]
    with refused("ExpiredCodeException", status=400):
        idp.verify_user_attribute(AccessToken=token, AttributeName="email", Code=last_code(server, user="alice"))
    idp.admin_update_user_attributes(UserPoolId=pool, Username="alice", UserAttributes=given(email="third@example.com"))
    assert attributes(idp, pool)["email"] == "new@example.com"
    idp.admin_update_user_attributes(UserPoolId=pool, Username="alice", UserAttributes=given(email="third@example.com", email_verified="true"))
    assert (attributes(idp, pool)["email"], attributes(idp, pool)["email_verified"]) == ("third@example.com", "true")


def test_an_update_that_waits_is_sent_again_or_given_up(server, idp, pool, app):
    idp.update_user_pool(UserPoolId=pool, AutoVerifiedAttributes=["email"],
                         UserAttributeUpdateSettings={"AttributesRequireVerificationBeforeUpdate": ["email"]})
    make_user(idp, pool, email="old@example.com", email_verified="true")
    token = sign_in(idp, app)["AuthenticationResult"]["AccessToken"]
    update = lambda address: idp.update_user_attributes(AccessToken=token, UserAttributes=given(email=address))["CodeDeliveryDetailsList"]
    verify = lambda code: idp.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)
    code = lambda: last_code(server, user="alice")
    shown = lambda: [attributes(idp, pool).get(name) for name in ("email", "email_verified")]
    update("new@example.com")
    idp.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")
    assert messages(server, user="alice")[-1]["destination"] == "new@example.com" and shown() == ["old@example.com", "true"]
    verify(code())
    assert shown() == ["new@example.com", "true"]
    update("third@example.com")
    late = code()
    assert update("new@example.com") == []  # the value it has: nothing waits any more
    with refused("ExpiredCodeException", status=400):
        verify(late)
    idp.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")
    assert messages(server, user="alice")[-1]["destination"] == "new@example.com"
    update("third@example.com")
    late, count = code(), len(messages(server, user="alice"))
    assert update("") == [] and shown() == [None, None] and len(messages(server, user="alice")) == count
    with refused("ExpiredCodeException", status=400):
        verify(late)
    assert shown() == [None, None]


def test_without_waiting_an_update_loses_its_mark(server, idp, pool, app):
    make_user(idp, pool, email="old@example.com", email_verified="true")
    token = sign_in(idp, app)["AuthenticationResult"]["AccessToken"]
    idp.update_user_attributes(AccessToken=token, UserAttributes=given(email="new@example.com"))
    assert (attributes(idp, pool)["email"], attributes(idp, pool)["email_verified"]) == ("new@example.com", "false")
    with refused("InvalidParameterException", "Cannot reset password for the user as there is no registered/verified email or phone_number", status=400):
        idp.forgot_password(ClientId=app, Username="alice")
    code = last_code(server, user="alice")
    idp.update_user_attributes(AccessToken=token, UserAttributes=given(email="newer@example.com"))
    with refused("CodeMismatchException", status=400):  # the code went to the address before
        idp.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)
    idp.verify_user_attribute(AccessToken=token, AttributeName="email", Code=last_code(server, user="alice"))
    assert attributes(idp, pool)["email_verified"] == "true"


@pytest.mark.parametrize("text", [
    'email', 'email =', 'email = x', 'email = "x', 'email "x"', '= "x"', 'email == "x"', 'email ^ "x"', 'email = "x" and name = "y"',
    'email = "x"y', 'email <> "x"', "email = 'x'", 'email = "x\\'])
def test_filters_that_cannot_be_read(idp, pool, text):
    with refused("InvalidParameterException", "Error while parsing filter", status=400):
        idp.list_users(UserPoolId=pool, Filter=text)


def test_filters(idp, pool):
    for name, mail, more in [("ann", "ann@example.com", {"given_name": "Ann", "family_name": "Lee"}), ("Bob", "bob@example.org", {}),
                             ("back\\slash", "ann@garden.example", {"phone_number": "+4915112345678"})]:
        make_user(idp, pool, name, email=mail, **more)
    idp.admin_disable_user(UserPoolId=pool, Username="Bob")
    idp.admin_create_user(UserPoolId=pool, Username="eva", MessageAction="SUPPRESS")
    sub = attributes(idp, pool, "ann")["sub"]
    names = lambda text: [user["Username"] for user in idp.list_users(UserPoolId=pool, Filter=text)["Users"]]
    for text, found in [
        ('username = "Bob"', ["Bob"]), ('username = "bob"', []), ('username ^= "back\\\\"', ["back\\slash"]), ('email ^= "ann@"', ["ann", "back\\slash"]),
        ('"email"^="ann@"', ["ann", "back\\slash"]), ('  given_name   =   "Ann"  ', ["ann"]), ('family_name = "Lee"', ["ann"]), ('family_name = "lee"', []),
        ('phone_number ^= "+49"', ["back\\slash"]), (f'sub = "{sub}"', ["ann"]), ('status = "Disabled"', ["Bob"]), ('status = "disabled"', []),
        ('cognito:user_status = "force_change_password"', ["eva"]), ('cognito:user_status ^= "FORCE"', ["eva"]), ('name = ""', []),
        ('preferred_username ^= ""', [])]:
        assert names(text) == found, text
    for attribute in ("custom:plan", "locale", "Email", "enabled"):
        with refused("InvalidParameterException", f"Invalid search attribute: {attribute}", status=400):
            names(f'{attribute} = "x"')
    with refused("InvalidParameterException", status=400):
        names('email = "' + "x" * 250 + '"')
    with refused("InvalidParameterException", status=400):
        idp.list_users(UserPoolId=pool, AttributesToGet=["family_name"])
    shown = idp.list_users(UserPoolId=pool, AttributesToGet=["family_name"], Filter='username = "ann"')["Users"][0]["Attributes"]
    assert shown == [{"Name": "family_name", "Value": "Lee"}]


def test_lists_come_in_pages(idp, pool, app):
    """Every list: all items once, whatever the size of a page, and no page for a token that no list gave out."""
    role = "arn:aws:iam::123456789012:role/r"
    for n in range(3):
        make_user(idp, pool, f"user{n}")
        idp.create_group(UserPoolId=pool, GroupName=f"group{n}", RoleArn=role)
        idp.admin_add_user_to_group(UserPoolId=pool, Username="user0", GroupName=f"group{n}")
        idp.admin_add_user_to_group(UserPoolId=pool, Username=f"user{n}", GroupName="group0")
        idp.create_user_pool(PoolName=f"pool{n}")
        idp.create_user_pool_client(UserPoolId=pool, ClientName=f"client{n}")
        idp.create_resource_server(UserPoolId=pool, Identifier=f"api{n}", Name=f"api{n}")
        idp.create_identity_provider(UserPoolId=pool, ProviderName=f"Idp{n}", ProviderType="OIDC", ProviderDetails={
            "client_id": "x", "oidc_issuer": "http://127.0.0.1:9/", "attributes_request_method": "GET", "authorize_scopes": "openid"})
        idp.create_user_import_job(JobName=f"job{n}", UserPoolId=pool, CloudWatchLogsRoleArn=role)
        idp.create_terms(UserPoolId=pool, ClientId=idp.create_user_pool_client(UserPoolId=pool, ClientName=f"t{n}")["UserPoolClient"]["ClientId"],
                         TermsName="terms-of-use", TermsSource="LINK", Enforcement="NONE", Links={"cognito:default": "https://example.com"})
    here = {"UserPoolId": pool}
    lists = {
        "list_users": ("Users", "Limit", "PaginationToken", here, 3), "list_groups": ("Groups", "Limit", "NextToken", here, 3),
        "admin_list_groups_for_user": ("Groups", "Limit", "NextToken", {**here, "Username": "user0"}, 3),
        "list_users_in_group": ("Users", "Limit", "NextToken", {**here, "GroupName": "group0"}, 3),
        "list_user_pools": ("UserPools", "MaxResults", "NextToken", {}, 4), "list_user_pool_clients": ("UserPoolClients", "MaxResults", "NextToken", here, 7),
        "list_resource_servers": ("ResourceServers", "MaxResults", "NextToken", here, 3),
        "list_identity_providers": ("Providers", "MaxResults", "NextToken", here, 3),
        "list_user_import_jobs": ("UserImportJobs", "MaxResults", "PaginationToken", here, 3),
        "list_terms": ("Terms", "MaxResults", "NextToken", here, 3),
    }
    foreign = idp.list_groups(UserPoolId=pool, Limit=1)["NextToken"]
    for name, (member, size, token, more, count) in lists.items():
        call = getattr(idp, name)
        for limit in (1, 2, count, 50):
            pages, items = 1, []
            answer = call(**more, **{size: limit})
            items += answer[member]
            while token in answer:
                answer = call(**more, **{size: limit, token: answer[token]})
                items, pages = items + answer[member], pages + 1
            assert (len(items), pages) == (count, -(-count // limit)), (name, limit)
            assert len({json.dumps(item, default=str, sort_keys=True) for item in items}) == count, name
        forged = ["forged", "a2E6", "e30=", "x" * 200] + ([foreign] if name != "list_groups" and name != "admin_list_groups_for_user" else [])
        for text in forged:
            with pytest.raises(idp.exceptions.InvalidParameterException):
                call(**more, **{size: 1, token: text})
    with refused("InvalidParameterException", status=400):
        idp.list_users(UserPoolId=pool, Limit=61)
    # Nor for one that the same list of another pool, user or filter gave out.
    there = idp.create_user_pool(PoolName="another")["UserPool"]["Id"]
    for name in ("ann", "bea"):
        make_user(idp, there, name)
        idp.create_group(UserPoolId=there, GroupName=name, RoleArn=role)
    others = [
        (idp.list_users, {"UserPoolId": there}, {"UserPoolId": pool}),
        (idp.list_users, {"UserPoolId": pool}, {"UserPoolId": pool, "Filter": 'username ^= "user"'}),
        (idp.list_groups, {"UserPoolId": there}, {"UserPoolId": pool}),
        (idp.admin_list_groups_for_user, {"UserPoolId": pool, "Username": "user0"}, {"UserPoolId": pool, "Username": "user1"}),
        (idp.list_users_in_group, {"UserPoolId": pool, "GroupName": "group0"}, {"UserPoolId": pool, "GroupName": "group1"}),
    ]
    for call, one, other in others:
        token = "PaginationToken" if call == idp.list_users else "NextToken"
        given_out = {token: call(**one, Limit=1)[token]}
        call(**one, **given_out)
        with refused("InvalidParameterException", "Invalid pagination token.", status=400):
            call(**other, **given_out)


def test_the_strongest_group_decides(idp, pool, app):
    make_user(idp, pool)
    role = lambda name: f"arn:aws:iam::123456789012:role/{name}"
    claims = lambda: jwt.decode(sign_in(idp, app)["AuthenticationResult"]["IdToken"], options={"verify_signature": False})
    for name, more in [("a", {"Precedence": 9, "RoleArn": role("weak")}), ("b", {"Precedence": 1}), ("c", {"Precedence": 5, "RoleArn": role("strong")}),
                       ("d", {"RoleArn": role("none")})]:
        idp.create_group(UserPoolId=pool, GroupName=name, **more)
        idp.admin_add_user_to_group(UserPoolId=pool, Username="alice", GroupName=name)
    assert (claims()["cognito:groups"], claims()["cognito:preferred_role"]) == (["b", "c", "a", "d"], role("strong"))
    assert claims()["cognito:roles"] == [role("strong"), role("weak"), role("none")]
    idp.update_group(UserPoolId=pool, GroupName="a", Precedence=0)
    assert claims()["cognito:preferred_role"] == role("weak")
    idp.update_group(UserPoolId=pool, GroupName="a", Precedence=5)
    assert "cognito:preferred_role" not in claims()  # two of the same strength disagree
    idp.update_group(UserPoolId=pool, GroupName="a", RoleArn=role("strong"))
    assert claims()["cognito:preferred_role"] == role("strong")
    idp.delete_group(UserPoolId=pool, GroupName="c")
    idp.admin_remove_user_from_group(UserPoolId=pool, Username="alice", GroupName="a")
    assert claims()["cognito:groups"] == ["b", "d"]
    with refused("ResourceNotFoundException", "Group not found.", status=400):
        idp.admin_add_user_to_group(UserPoolId=pool, Username="alice", GroupName="c")
    with refused("UserNotFoundException", status=400):
        idp.admin_add_user_to_group(UserPoolId=pool, Username="nobody", GroupName="b")


def test_earlier_passwords(server, idp, pool, app):
    idp.update_user_pool(UserPoolId=pool, Policies={"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 2}})
    words = [f"Passw0rd-{n}" for n in range(5)]
    make_user(idp, pool, password=words[0], email="alice@example.com", email_verified="true")
    token = sign_in(idp, app, password=words[0])["AuthenticationResult"]["AccessToken"]
    change = lambda old, new: idp.change_password(AccessToken=token, PreviousPassword=old, ProposedPassword=new)
    change(words[0], words[1])
    change(words[1], words[2])
    for known in words[:3]:
        with refused("PasswordHistoryPolicyViolationException", status=400):
            change(words[2], known)
    idp.forgot_password(ClientId=app, Username="alice")
    with refused("PasswordHistoryPolicyViolationException", status=400):
        idp.confirm_forgot_password(ClientId=app, Username="alice", ConfirmationCode=last_code(server, user="alice"), Password=words[1])
    idp.confirm_forgot_password(ClientId=app, Username="alice", ConfirmationCode=last_code(server, user="alice"), Password=words[3])
    change(words[3], words[4])
    change(words[4], words[0])  # long enough ago
