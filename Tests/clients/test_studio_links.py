"""Presigned links in a real browser: opened, used again, expired, altered; RStudio by the redirect; without DNS."""
from __future__ import annotations

import json

import pytest

from browser import at, text_of
from conftest import client
from server import Server
from test_studio import ACCOUNT, make_domain, make_profile, rstudio_settings


def cell(driver, name: str) -> str:
    return driver.find_element("id", name).text


def link(sagemaker, domain: str, profile: str = "alice", **more) -> str:
    return sagemaker.create_presigned_domain_url(DomainId=domain, UserProfileName=profile, **more)["AuthorizedUrl"]


@pytest.fixture
def domain(sagemaker, clock) -> str:
    made = make_domain(sagemaker, clock, DomainSettings=rstudio_settings())
    make_profile(sagemaker, clock, made, "alice")
    return made


def test_a_link_opens_once_in_a_browser(server, sagemaker, clock, domain, browser):
    url = link(sagemaker, domain, SessionExpirationDurationInSeconds=1800)
    assert url.startswith(f"https://{domain}.studio.us-east-1.sagemaker.aws/auth?token=")
    browser.get(at(server, url))
    assert browser.current_url.endswith("/jupyter/default/lab")
    assert "token" not in browser.current_url
    assert cell(browser, "profile") == "alice"
    assert (cell(browser, "app-type"), cell(browser, "app-name")) == ("JupyterServer", "default")
    assert cell(browser, "principal") == f"arn:aws:iam::{ACCOUNT}:root"
    clock.advance(2)
    browser.refresh()
    assert cell(browser, "app-status") == "InService"

    # The cookie is no script's business, and belongs to the browser that opened the link.
    assert browser.execute_script("return document.cookie") == ""
    (cookie,) = browser.get_cookies()
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax"
    browser.delete_all_cookies()
    browser.get(at(server, url))
    assert "The URL has been used" in text_of(browser)
    assert browser.get_cookies() == []

    # With its cookie it comes back in, until the session ends.
    browser.add_cookie({"name": cookie["name"], "value": cookie["value"], "path": "/"})
    browser.get(at(server, f"https://{domain}.studio.us-east-1.sagemaker.aws/"))
    assert cell(browser, "profile") == "alice"
    clock.advance(1800)
    browser.refresh()
    assert "Your session has expired" in text_of(browser)


def test_an_expired_or_altered_link_is_refused(server, sagemaker, clock, domain, browser):
    url = link(sagemaker, domain, ExpiresInSeconds=5)
    browser.get(at(server, url[:-4] + "AAAA"))
    assert "The URL is not valid" in text_of(browser)
    clock.advance(5)
    browser.get(at(server, url))
    assert "The URL has expired" in text_of(browser)
    assert browser.get_cookies() == []
    assert sagemaker.list_apps(UserProfileNameEquals="alice")["Apps"] == []


def test_rstudio_shows_its_custom_images(server, sagemaker, clock, domain, browser):
    sagemaker.create_image(ImageName="r-image", RoleArn=f"arn:aws:iam::{ACCOUNT}:role/r", DisplayName="R <4.1> & more")
    clock.advance(2)
    sagemaker.create_image_version(ImageName="r-image", BaseImage="763104351884.dkr.ecr.us-east-1.amazonaws.com/r:1")
    clock.advance(2)
    sagemaker.create_app_image_config(AppImageConfigName="r-config")
    sagemaker.update_domain(DomainId=domain, DefaultUserSettings={"RSessionAppSettings": {
        "CustomImages": [{"ImageName": "r-image", "AppImageConfigName": "r-config"}],
        "DefaultResourceSpec": {"SageMakerImageArn": f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:image/r-image"}}})
    clock.advance(2)
    browser.get(at(server, link(sagemaker, domain) + "&redirect=RStudioServerPro"))
    assert browser.title == "RStudio"
    assert cell(browser, "app-type") == "RSessionGateway"
    image = sagemaker.describe_image_version(ImageName="r-image")["ContainerImage"]
    assert cell(browser, "image") == image
    shown = cell(browser, "images")
    assert "R <4.1> & more" in shown and image in shown and "r-config" in shown


def test_a_link_for_browsers_without_dns(tmp_path, start_server, browser):
    settings = tmp_path / "coldframe.yaml"
    settings.write_text("studio:\n  links: local\n")
    server: Server = start_server("--ephemeral", "--clock", "manual", "--config", str(settings))
    sagemaker = client("sagemaker")
    made = make_domain(sagemaker, server.clock)
    make_profile(sagemaker, server.clock, made, "alice")
    url = link(sagemaker, made)
    assert url.startswith(f"{server.url}/studio/{made}/auth?token=")
    browser.get(url)
    assert browser.current_url == f"{server.url}/studio/{made}/jupyter/default/lab"
    assert cell(browser, "profile") == "alice"


def test_a_notebook_instance_opens(server, sagemaker, clock, browser):
    sagemaker.create_notebook_instance(
        NotebookInstanceName="nb", InstanceType="ml.t3.medium", RoleArn=f"arn:aws:iam::{ACCOUNT}:role/nb")
    clock.advance(2)
    url = sagemaker.create_presigned_notebook_instance_url(NotebookInstanceName="nb")["AuthorizedUrl"]
    browser.get(at(server, url))
    assert browser.current_url.endswith("/lab")
    assert cell(browser, "notebook") == "nb"


def test_every_request_is_authorised_again(tmp_path, start_server):
    """The policy of whoever made the link decides when it is opened and on each later request, from where the browser is."""
    settings = tmp_path / "coldframe.yaml"
    settings.write_text(
        "iam: enforce\nnetworkHeader: true\nnetworks:\n"
        "  office: {sourceIp: 192.168.10.0/24}\n  home: {sourceIp: 198.51.100.7}\n"
        "  vpc: {vpc: vpc-1, vpcSourceIp: 10.16.0.0/16, vpcEndpoints: {sagemaker.api: vpce-api, studio: vpce-studio}}\n")
    server: Server = start_server("--ephemeral", "--clock", "manual", "--config", str(settings))
    root, iam = client("sagemaker"), client("iam")
    made = make_domain(root, server.clock)
    make_profile(root, server.clock, made, "alice")
    iam.create_user(UserName="portal")

    def allow(condition: dict) -> None:
        iam.put_user_policy(UserName="portal", PolicyName="links", PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Action": "sagemaker:CreatePresignedDomainUrl", "Condition": condition,
                "Resource": f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:user-profile/*/*"}]}))

    allow({"IpAddress": {"aws:SourceIp": ["192.168.10.0/24", "127.0.0.1"]}})
    key = iam.create_access_key(UserName="portal")["AccessKey"]
    portal = client("sagemaker", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    url = link(portal, made)
    host, target = url.removeprefix("https://").split("/", 1)

    def get(path: str, network: str, cookie: str = ""):
        return server.request("GET", path, headers={"Host": host, "X-Coldframe-Network": network, "Cookie": cookie})

    refused = get("/" + target, "home")
    assert refused.status == 403
    assert (f"User: arn:aws:iam::{ACCOUNT}:user/portal is not authorized to perform: sagemaker:CreatePresignedDomainUrl on "
            f"resource: arn:aws:sagemaker:us-east-1:{ACCOUNT}:user-profile/{made}/alice") in refused.text
    assert get("/" + target, "vpc").status == 403  # through an endpoint there is no aws:SourceIp
    opened = get("/" + target, "office")  # the refused attempts have not used the link up
    assert opened.status == 302
    cookie = opened.headers["Set-Cookie"].split(";")[0]
    assert get("/jupyter/default/lab", "office", cookie).status == 200
    assert get("/jupyter/default/lab", "home", cookie).status == 403

    # The policy of now counts, not that of when the link was made.
    allow({"StringEquals": {"aws:sourceVpce": "vpce-studio"}})
    assert get("/jupyter/default/lab", "office", cookie).status == 403
    assert get("/jupyter/default/lab", "vpc", cookie).status == 200
