"""What a user pool has besides users and sign-in: imports, secrets, terms, branding, risk, links to providers."""
from __future__ import annotations

import csv
import io
import json
import urllib.request

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding
import base64

from conftest import client
from hosting import refused
from test_cognito import FLOWS, PASSWORD, app, idp, make_user, messages, pool, secret_hash, sign_in  # noqa: F401  (fixtures)

ROLE = "arn:aws:iam::123456789012:role/logs"


def test_what_no_pool_may_be_is_refused(idp, pool):
    """Templates that pass here are to pass there."""
    unarmed = "SMS configuration and Auto verification for phone_number are required when MFA is required/optional"
    for mode in ("ON", "OPTIONAL"):
        with refused("InvalidParameterException", unarmed, status=400):
            idp.create_user_pool(PoolName="p", MfaConfiguration=mode)
        with refused("InvalidParameterException", unarmed, status=400):
            idp.update_user_pool(UserPoolId=pool, MfaConfiguration=mode)
        with refused("InvalidParameterException", "Invalid MFA configuration given, can't disable all MFAs with a required or optional configuration.", status=400):
            idp.set_user_pool_mfa_config(UserPoolId=pool, MfaConfiguration=mode)
    assert idp.describe_user_pool(UserPoolId=pool)["UserPool"]["MfaConfiguration"] == "OFF"
    sms = {"SnsCallerArn": "arn:aws:iam::123456789012:role/sms"}
    assert idp.create_user_pool(PoolName="sms", MfaConfiguration="ON", SmsConfiguration=sms)["UserPool"]["MfaConfiguration"] == "ON"
    idp.set_user_pool_mfa_config(UserPoolId=pool, MfaConfiguration="ON", SoftwareTokenMfaConfiguration={"Enabled": True})
    idp.update_user_pool(UserPoolId=pool, MfaConfiguration="OPTIONAL")
    for other in ({"AttributeDataType": "Number"}, {"DeveloperOnlyAttribute": True}):
        with refused("InvalidParameterException", "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email", status=400):
            idp.create_user_pool(PoolName="p", Schema=[{"Name": "email", **other}])
    for domain, word in (("mycognito", "cognito"), ("amazon-garden", "amazon"), ("laws", "aws")):
        with refused("InvalidParameterException", f"Domain cannot contain reserved word: {word}", status=400):
            idp.create_user_pool_domain(UserPoolId=pool, Domain=domain)


def test_what_no_client_may_be_is_refused(idp, pool):
    def refuse(code, words, **settings):
        with refused(code, words, status=400):
            idp.create_user_pool_client(UserPoolId=pool, ClientName="x", **settings)

    refuse("InvalidParameterException", f"The provider Nope does not exist for User Pool {pool}.", SupportedIdentityProviders=["COGNITO", "Nope"])
    for name in ("email_verified", "phone_number_verified", "sub", "custom:none"):
        refuse("InvalidParameterException", "Invalid write attributes specified while creating a client", WriteAttributes=["email", name])
    refuse("InvalidParameterException", "Invalid read attributes specified while creating a client", ReadAttributes=["custom:none"])
    oauth = dict(AllowedOAuthFlowsUserPoolClient=True, CallbackURLs=["https://a.example/b"])
    both = "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows."
    refuse("InvalidParameterException", both, AllowedOAuthFlows=["code"], **oauth)
    refuse("InvalidParameterException", both, AllowedOAuthScopes=["openid"], **oauth)
    for scope, words in (("Cognito", "Invalid scope requested: Cognito"), ("api/none", "Custom scope does not exist: api/none")):
        refuse("ScopeDoesNotExistException", words, AllowedOAuthFlows=["code"], AllowedOAuthScopes=[scope], **oauth)
    assert idp.list_user_pool_clients(UserPoolId=pool)["UserPoolClients"] == []
    idp.create_user_pool_client(UserPoolId=pool, ClientName="x", ReadAttributes=["sub", "email_verified"], WriteAttributes=["email"])


def test_no_operation_is_left(server):
    coverage = server.control("GET", "coverage")["services"]
    assert coverage["cognito-idp"]["none"] == 0 and coverage["cognito-identity"] == {"full": 23, "partial": 0, "none": 0}


def test_users_are_imported(server, idp, pool, app):
    header = idp.get_csv_header(UserPoolId=pool)["CSVHeader"]
    assert header[0] == "name" and header[-2:] == ["cognito:mfa_enabled", "cognito:username"]
    make_user(idp, pool, "old", email="old@example.com")
    job = idp.create_user_import_job(JobName="j", UserPoolId=pool, CloudWatchLogsRoleArn=ROLE)["UserImportJob"]
    assert job["Status"] == "Created" and job["JobId"].startswith("import-")
    start = lambda: idp.start_user_import_job(UserPoolId=pool, JobId=job["JobId"])
    with refused("PreconditionNotMetException", status=400):
        start()
    text = io.StringIO()
    table = csv.DictWriter(text, header)
    table.writeheader()
    row = lambda username, **more: table.writerow({"cognito:username": username, "cognito:mfa_enabled": "false", "phone_number_verified": "false",
                                               "email_verified": "true", **more})
    row("ann", email="ann@example.com", name='Ann "the Rose", of York')
    row("old", email="old@example.com")
    row("bob", email="bob@example.com", email_verified="false")
    row("eve", email="not an address")
    put = lambda url: urllib.request.urlopen(urllib.request.Request(
        url, text.getvalue().encode(), {"x-amz-server-side-encryption": "aws:kms"}, method="PUT")).status
    with pytest.raises(urllib.error.HTTPError):
        put(job["PreSignedUrl"][:-4] + "0000")
    assert put(job["PreSignedUrl"]) == 200
    assert start()["UserImportJob"]["Status"] == "Pending"
    server.clock.advance(1)
    assert idp.describe_user_import_job(UserPoolId=pool, JobId=job["JobId"])["UserImportJob"]["Status"] == "InProgress"
    server.clock.advance(1)
    done = idp.describe_user_import_job(UserPoolId=pool, JobId=job["JobId"])["UserImportJob"]
    assert (done["Status"], done["ImportedUsers"], done["SkippedUsers"], done["FailedUsers"]) == ("Succeeded", 1, 1, 2)
    log = server.control("GET", f"cognito/imports?pool={pool}")["jobs"][0]["log"]
    assert log[:2] == ["[SUCCEEDED] Line Number 2 - The import succeeded.", "[SKIPPED] Line Number 3 - The user already exists."]
    assert log[2].startswith("[FAILED] Line Number 4 - The User Record does not set any of the auto verified attributes to true.")
    ann = idp.admin_get_user(UserPoolId=pool, Username="ann")
    assert ann["UserStatus"] == "RESET_REQUIRED" and {"Name": "name", "Value": 'Ann "the Rose", of York'} in ann["UserAttributes"]
    idp.forgot_password(ClientId=app, Username="ann")
    second = idp.create_user_import_job(JobName="k", UserPoolId=pool, CloudWatchLogsRoleArn=ROLE)["UserImportJob"]
    assert put(second["PreSignedUrl"]) == 200
    idp.start_user_import_job(UserPoolId=pool, JobId=second["JobId"])
    assert idp.stop_user_import_job(UserPoolId=pool, JobId=second["JobId"])["UserImportJob"]["Status"] == "Stopping"
    server.clock.advance(1)
    assert [job["Status"] for job in idp.list_user_import_jobs(UserPoolId=pool, MaxResults=10)["UserImportJobs"]] == ["Stopped", "Succeeded"]


def test_secrets_change_without_interruption(idp, pool, app):
    made = idp.create_user_pool_client(UserPoolId=pool, ClientName="s", ExplicitAuthFlows=FLOWS, GenerateSecret=True)["UserPoolClient"]
    make_user(idp, pool)
    where = dict(UserPoolId=pool, ClientId=made["ClientId"])
    enter = lambda secret: sign_in(idp, made["ClientId"], SECRET_HASH=secret_hash("alice", made["ClientId"], secret))
    added = idp.add_user_pool_client_secret(**where)["ClientSecretDescriptor"]
    for secret in (made["ClientSecret"], added["ClientSecretValue"]):
        assert "AuthenticationResult" in enter(secret)
    with refused("LimitExceededException", status=400):
        idp.add_user_pool_client_secret(**where)
    listed = idp.list_user_pool_client_secrets(**where)["ClientSecrets"]
    assert len(listed) == 2 and all("ClientSecretValue" not in item for item in listed)
    first = next(item for item in listed if item["ClientSecretId"] != added["ClientSecretId"])
    idp.delete_user_pool_client_secret(**where, ClientSecretId=first["ClientSecretId"])
    with refused("NotAuthorizedException", status=400):
        enter(made["ClientSecret"])
    enter(added["ClientSecretValue"])
    with refused("InvalidParameterException", status=400):
        idp.delete_user_pool_client_secret(**where, ClientSecretId=added["ClientSecretId"])
    with refused("InvalidParameterException", status=400):
        idp.add_user_pool_client_secret(UserPoolId=pool, ClientId=app)


def test_terms(idp, pool, app):
    links = {"cognito:default": "https://garden.example/terms"}
    made = idp.create_terms(UserPoolId=pool, ClientId=app, TermsName="terms-of-use", TermsSource="LINK", Enforcement="NONE", Links=links)["Terms"]
    with refused("TermsExistsException", status=400):
        idp.create_terms(UserPoolId=pool, ClientId=app, TermsName="terms-of-use", TermsSource="LINK", Enforcement="NONE", Links=links)
    with refused("InvalidParameterException", status=400):
        idp.update_terms(UserPoolId=pool, TermsId=made["TermsId"], Links={"cognito:default": "javascript:alert(1)"})
    idp.update_terms(UserPoolId=pool, TermsId=made["TermsId"], Links={"cognito:default": "https://garden.example/2"})
    assert idp.describe_terms(UserPoolId=pool, TermsId=made["TermsId"])["Terms"]["Links"]["cognito:default"].endswith("/2")
    assert [item["TermsName"] for item in idp.list_terms(UserPoolId=pool)["Terms"]] == ["terms-of-use"]
    idp.delete_terms(UserPoolId=pool, TermsId=made["TermsId"])
    with refused("ResourceNotFoundException", status=400):
        idp.describe_terms(UserPoolId=pool, TermsId=made["TermsId"])


def test_branding(idp, pool, app):
    settings = {"components": {"primaryButton": {"lightMode": {"defaults": {"backgroundColor": "336633ff"}}}}}
    asset = {"Category": "FORM_LOGO", "ColorMode": "LIGHT", "Extension": "PNG", "Bytes": b"\x89PNG"}
    made = idp.create_managed_login_branding(UserPoolId=pool, ClientId=app, Settings=settings, Assets=[asset])["ManagedLoginBranding"]
    with refused("ManagedLoginBrandingExistsException", status=400):
        idp.create_managed_login_branding(UserPoolId=pool, ClientId=app, UseCognitoProvidedValues=True)
    shown = idp.describe_managed_login_branding_by_client(UserPoolId=pool, ClientId=app)["ManagedLoginBranding"]
    assert shown["Settings"] == settings and shown["Assets"][0]["Bytes"] == b"\x89PNG"
    where = dict(UserPoolId=pool, ManagedLoginBrandingId=made["ManagedLoginBrandingId"])
    merged = idp.describe_managed_login_branding(**where, ReturnMergedResources=True)["ManagedLoginBranding"]["Settings"]["components"]
    assert merged["primaryButton"]["lightMode"]["defaults"]["backgroundColor"] == "336633ff" and "form" in merged
    assert idp.update_managed_login_branding(**where, UseCognitoProvidedValues=True)["ManagedLoginBranding"]["UseCognitoProvidedValues"]
    idp.delete_managed_login_branding(**where)
    with refused("ResourceNotFoundException", status=400):
        idp.describe_managed_login_branding(**where)


def test_customization(idp, pool, app):
    with refused("InvalidParameterException", "There has to be an existing domain associated with this user pool", status=400):
        idp.set_ui_customization(UserPoolId=pool, CSS=".banner-customizable { padding: 1px; }")
    idp.create_user_pool_domain(UserPoolId=pool, Domain="garden")
    made = idp.set_ui_customization(UserPoolId=pool, CSS=".banner-customizable { padding: 1px; }")["UICustomization"]
    assert made["ClientId"] == "ALL" and made["CSSVersion"]
    assert idp.get_ui_customization(UserPoolId=pool, ClientId=app)["UICustomization"]["CSS"] == made["CSS"]
    for css in ("</style><script>", ".banner-customizable { background: url(https://evil.example) }", "body { color: red }"):
        with refused("InvalidParameterException", status=400):
            idp.set_ui_customization(UserPoolId=pool, CSS=css)
    own = idp.create_user_pool_domain
    idp.delete_user_pool_domain(UserPoolId=pool, Domain="garden")
    certificate = "arn:aws:acm:us-east-1:123456789012:certificate/1"
    assert own(UserPoolId=pool, Domain="auth.garden.example", CustomDomainConfig={"CertificateArn": certificate})["CloudFrontDomain"].endswith(".cloudfront.net")
    assert idp.update_user_pool_domain(UserPoolId=pool, Domain="auth.garden.example", ManagedLoginVersion=2)["ManagedLoginVersion"] == 2
    described = idp.describe_user_pool_domain(Domain="auth.garden.example")["DomainDescription"]
    assert described["CustomDomainConfig"] == {"CertificateArn": certificate} and described["ManagedLoginVersion"] == 2


def test_threat_protection(server, idp, pool, app):
    make_user(idp, pool, email="alice@example.com")
    with refused("UserPoolAddOnNotEnabledException", status=400):
        idp.admin_list_user_auth_events(UserPoolId=pool, Username="alice")
    idp.update_user_pool(UserPoolId=pool, AutoVerifiedAttributes=["email"], UserPoolAddOns={"AdvancedSecurityMode": "ENFORCED"})
    notify = {"SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/a@b.example"}
    action = {"Notify": True, "EventAction": "BLOCK"}
    risk = idp.set_risk_configuration(
        UserPoolId=pool, RiskExceptionConfiguration={"BlockedIPRangeList": ["192.0.2.0/24"]},
        AccountTakeoverRiskConfiguration={"NotifyConfiguration": notify, "Actions": {"HighAction": action}})["RiskConfiguration"]
    assert risk["RiskExceptionConfiguration"]["BlockedIPRangeList"] == ["192.0.2.0/24"]
    assert idp.describe_risk_configuration(UserPoolId=pool)["RiskConfiguration"]["UserPoolId"] == pool
    enter = lambda address, password=PASSWORD: idp.initiate_auth(
        ClientId=app, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "alice", "PASSWORD": password},
        UserContextData={"IpAddress": address})
    enter("198.51.100.1")
    server.clock.advance(1)
    with refused("NotAuthorizedException", "Incorrect username or password.", status=400):
        enter("198.51.100.1", "wrong")
    server.clock.advance(1)
    with refused("NotAuthorizedException", "Unable to login because of security reasons.", status=400):
        enter("192.0.2.77")
    events = idp.admin_list_user_auth_events(UserPoolId=pool, Username="alice")["AuthEvents"]
    assert [(e["EventResponse"], e["EventRisk"]["RiskDecision"]) for e in events] == [("Fail", "Block"), ("Fail", "NoRisk"), ("Pass", "NoRisk")]
    assert events[2]["ChallengeResponses"] == [{"ChallengeName": "Password", "ChallengeResponse": "Success"}]
    about = dict(UserPoolId=pool, Username="alice", EventId=events[0]["EventId"])
    with refused("NotAuthorizedException", status=400):
        idp.update_auth_event_feedback(**about, FeedbackToken="x", FeedbackValue="Invalid")
    alert = [m for m in messages(server, user="alice") if m["kind"] == "securityAlert"][0]
    idp.update_auth_event_feedback(**about, FeedbackToken=alert["code"], FeedbackValue="Invalid")
    shown = idp.admin_list_user_auth_events(UserPoolId=pool, Username="alice", MaxResults=1)["AuthEvents"][0]["EventFeedback"]
    assert (shown["FeedbackValue"], shown["Provider"]) == ("Invalid", "User")
    idp.admin_update_auth_event_feedback(**about, FeedbackValue="Valid")


def test_log_delivery_settings_and_certificate(idp, pool, app):
    target = {"LogGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:g"}
    given = [{"EventSource": "userNotification", "LogLevel": "ERROR", "CloudWatchLogsConfiguration": target}]
    assert idp.set_log_delivery_configuration(UserPoolId=pool, LogConfigurations=given)["LogDeliveryConfiguration"]["LogConfigurations"] == given
    assert idp.get_log_delivery_configuration(UserPoolId=pool)["LogDeliveryConfiguration"]["LogConfigurations"] == given
    with refused("InvalidParameterException", status=400):
        idp.set_log_delivery_configuration(UserPoolId=pool, LogConfigurations=[{**given[0], "LogLevel": "INFO"}])
    make_user(idp, pool, phone_number="+14325551212")
    token = sign_in(idp, app)["AuthenticationResult"]["AccessToken"]
    idp.set_user_settings(AccessToken=token, MFAOptions=[{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}])
    assert idp.get_user(AccessToken=token)["MFAOptions"] == [{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]
    idp.admin_set_user_settings(UserPoolId=pool, Username="alice", MFAOptions=[])
    assert "MFAOptions" not in idp.admin_get_user(UserPoolId=pool, Username="alice")
    certificate = x509.load_der_x509_certificate(base64.b64decode(idp.get_signing_certificate(UserPoolId=pool)["Certificate"]))
    certificate.public_key().verify(
        certificate.signature, certificate.tbs_certificate_bytes, padding.PKCS1v15(), certificate.signature_hash_algorithm)


def test_links_to_providers(idp, pool, app):
    make_user(idp, pool)
    idp.create_identity_provider(
        UserPoolId=pool, ProviderName="Other", ProviderType="OIDC", AttributeMapping={"email": "email"},
        ProviderDetails={"client_id": "x", "authorize_scopes": "openid", "oidc_issuer": "https://other.example",
                         "attributes_request_method": "GET"})
    target = {"ProviderName": "Cognito", "ProviderAttributeValue": "alice"}
    source = {"ProviderName": "Other", "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": "42"}
    idp.admin_link_provider_for_user(UserPoolId=pool, DestinationUser=target, SourceUser=source)
    identities = lambda: [json.loads(a["Value"]) for a in idp.admin_get_user(UserPoolId=pool, Username="alice")["UserAttributes"]
                          if a["Name"] == "identities"]
    assert identities()[0][0]["userId"] == "42" and identities()[0][0]["primary"] == "false"
    make_user(idp, pool, "bob")
    with refused("InvalidParameterException", "SourceUser is already linked to DestinationUser", status=400):
        idp.admin_link_provider_for_user(UserPoolId=pool, DestinationUser={**target, "ProviderAttributeValue": "bob"}, SourceUser=source)
    idp.admin_disable_provider_for_user(UserPoolId=pool, User=source)
    assert identities() == []
    with refused("UserNotFoundException", status=400):
        idp.admin_disable_provider_for_user(UserPoolId=pool, User=source)
