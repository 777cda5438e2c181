"""Studio with stock clients: the custom-image flow with the AWS CLI and skopeo, waiters and paginators of boto3,
what survives a power cut, and the state as a file."""
from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, WaiterError

from conftest import ACCOUNT, REGION, client
from test_ecr_registry import Layout, layer

AWS = str(Path(sys.executable).with_name("aws"))
ROLE = f"arn:aws:iam::{ACCOUNT}:role/StudioRole"
PUBLIC_IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch:2"
# Stock waiters look every 60 seconds; a test on a manual clock settles first and needs one look.
ONCE = {"Delay": 0, "MaxAttempts": 1}


def make_domain(sagemaker, clock, name="lab", **more) -> str:
    made = sagemaker.create_domain(
        DomainName=name, AuthMode="IAM", VpcId="vpc-1", SubnetIds=["subnet-1"],
        DefaultUserSettings={"ExecutionRole": ROLE}, **more)
    clock.advance(2)
    clock.advance(2)
    return made["DomainArn"].split("/")[1]


def make_profile(sagemaker, clock, domain, name):
    sagemaker.create_user_profile(DomainId=domain, UserProfileName=name)
    clock.advance(2)


def rstudio_settings() -> dict:
    return {"RStudioServerProDomainSettings": {"DomainExecutionRoleArn": ROLE}}


def code_of(error) -> str:
    return error.value.response["Error"]["Code"]


@pytest.fixture
def cli(server):
    """The AWS CLI: answers what it prints, as JSON where it is JSON."""
    def run(*words: str, folder: Path | None = None):
        done = subprocess.run(
            [AWS, "--endpoint-url", server.url, "--output", "json", *words], capture_output=True, text=True, timeout=60, cwd=folder)
        assert done.returncode == 0, f"{' '.join(words)}\n{done.stderr}"
        return json.loads(done.stdout) if done.stdout.lstrip().startswith("{") else done.stdout.strip()
    return run


@pytest.mark.skipif(shutil.which("skopeo") is None, reason="skopeo is not installed")
def test_the_custom_image_flow_of_rstudio(server, sagemaker, clock, cli, tmp_path):
    """create-repository … delete-app/create-app of the shared app, in the order a person types it."""
    domain = make_domain(sagemaker, clock, DomainSettings=rstudio_settings())
    name = "r-4.1.3-rstudio-1.4.1717-3"
    repository = cli("ecr", "create-repository", "--repository-name", "smstudio-custom")["repository"]["repositoryUri"]
    password = cli("ecr", "get-login-password")
    layout = Layout(tmp_path / "layout")
    image = layout.image(layer("r", b"R 4.1.3"))
    pushed = subprocess.run(
        ["skopeo", "copy", "--dest-tls-verify=false", "--dest-creds", f"AWS:{password}", layout.name(image, "r"),
         f"docker://localhost:{server.port}/smstudio-custom:{name}"], capture_output=True, text=True, timeout=60)
    assert pushed.returncode == 0, pushed.stderr

    made = cli("sagemaker", "create-image", "--image-name", name, "--role-arn", ROLE, "--display-name", "R 4.1.3")
    assert made["ImageArn"] == f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:image/{name}"
    clock.advance(2)
    assert cli("sagemaker", "describe-image", "--image-name", name)["ImageStatus"] == "CREATED"
    cli("sagemaker", "create-image-version", "--image-name", name, "--base-image", f"{repository}:{name}")
    clock.advance(2)
    version = cli("sagemaker", "describe-image-version", "--image-name", name)
    assert (version["Version"], version["ImageVersionStatus"]) == (1, "CREATED")
    assert version["ContainerImage"] == f"{repository}@{image['digest']}"
    config = name.replace(".", "-")
    cli("sagemaker", "create-app-image-config", "--app-image-config-name", config)

    update = {"DomainId": domain, "DefaultUserSettings": {"RSessionAppSettings": {"CustomImages": [
        {"ImageName": name, "AppImageConfigName": config}]}}}
    (tmp_path / "update.json").write_text(json.dumps(update))
    cli("sagemaker", "update-domain", "--cli-input-json", "file://update.json", folder=tmp_path)
    clock.advance(2)
    shown = cli("sagemaker", "describe-domain", "--domain-id", domain)
    assert shown["Status"] == "InService"
    assert shown["DefaultUserSettings"]["RSessionAppSettings"] == update["DefaultUserSettings"]["RSessionAppSettings"]

    app = ["--domain-id", domain, "--user-profile-name", "domain-shared", "--app-type", "RStudioServerPro", "--app-name", "default"]
    cli("sagemaker", "delete-app", *app)
    clock.advance(2)
    assert cli("sagemaker", "describe-app", *app)["Status"] == "Deleted"
    cli("sagemaker", "create-app", *app)
    clock.advance(2)
    assert cli("sagemaker", "describe-app", *app)["Status"] == "InService"

    update["DefaultUserSettings"]["RSessionAppSettings"]["CustomImages"] = []
    (tmp_path / "update.json").write_text(json.dumps(update))
    cli("sagemaker", "update-domain", "--cli-input-json", "file://update.json", folder=tmp_path)
    clock.advance(2)
    shown = cli("sagemaker", "describe-domain", "--domain-id", domain)
    assert shown["DefaultUserSettings"]["RSessionAppSettings"]["CustomImages"] == []
    cli("sagemaker", "delete-app-image-config", "--app-image-config-name", config)
    cli("sagemaker", "delete-image", "--image-name", name)
    clock.advance(2)
    assert cli("sagemaker", "list-images")["Images"] == []
    # The container image is the registry's, and stays.
    assert cli("ecr", "list-images", "--repository-name", "smstudio-custom")["imageIds"][0]["imageDigest"] == image["digest"]


def test_stock_waiters_of_images(sagemaker, clock):
    sagemaker.create_image(ImageName="one", RoleArn=ROLE)
    with pytest.raises(WaiterError):
        sagemaker.get_waiter("image_created").wait(ImageName="one", WaiterConfig=ONCE)
    clock.advance(2)
    sagemaker.get_waiter("image_created").wait(ImageName="one", WaiterConfig=ONCE)
    sagemaker.create_image_version(ImageName="one", BaseImage=PUBLIC_IMAGE)
    clock.advance(2)
    sagemaker.get_waiter("image_version_created").wait(ImageName="one", WaiterConfig=ONCE)
    sagemaker.update_image(ImageName="one", DisplayName="One")
    clock.advance(2)
    sagemaker.get_waiter("image_updated").wait(ImageName="one", WaiterConfig=ONCE)
    sagemaker.delete_image(ImageName="one")
    clock.advance(2)
    # The stock waiter looks for ResourceNotFoundException, and the service says ResourceNotFound: as with AWS.
    with pytest.raises(WaiterError, match="does not exist"):
        sagemaker.get_waiter("image_deleted").wait(ImageName="one", WaiterConfig=ONCE)


def test_a_role_that_does_not_trust_sagemaker_fails_its_image(sagemaker, iam, clock):
    for service, status in (("sagemaker", "CREATED"), ("lambda", "CREATE_FAILED")):
        iam.create_role(RoleName=service, AssumeRolePolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": f"{service}.amazonaws.com"}}]}))
        sagemaker.create_image(ImageName=service, RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{service}")
        clock.advance(2)
        image = sagemaker.describe_image(ImageName=service)
        assert image["ImageStatus"] == status
        assert ("trust policy" in image.get("FailureReason", "")) == (status == "CREATE_FAILED")


def test_stock_waiters_of_notebook_instances(sagemaker, clock):
    name = {"NotebookInstanceName": "nb"}
    sagemaker.create_notebook_instance(**name, InstanceType="ml.t3.medium", RoleArn=ROLE)
    clock.advance(2)
    sagemaker.get_waiter("notebook_instance_in_service").wait(**name, WaiterConfig=ONCE)
    sagemaker.stop_notebook_instance(**name)
    clock.advance(2)
    sagemaker.get_waiter("notebook_instance_stopped").wait(**name, WaiterConfig=ONCE)
    sagemaker.delete_notebook_instance(**name)
    clock.advance(2)
    sagemaker.get_waiter("notebook_instance_deleted").wait(**name, WaiterConfig=ONCE)


def test_a_describe_is_held_so_that_waiters_succeed_at_their_first_look(start_server):
    start_server("--ephemeral")
    sagemaker = client("sagemaker")
    sagemaker.create_image(ImageName="one", RoleArn=ROLE)
    sagemaker.get_waiter("image_created").wait(ImageName="one", WaiterConfig={"MaxAttempts": 1})


def test_every_paginator(sagemaker, clock):
    domain = make_domain(sagemaker, clock)
    for name in ("p1", "p2", "p3"):
        make_profile(sagemaker, clock, domain, name)
        sagemaker.create_app(
            DomainId=domain, UserProfileName=name, AppType="JupyterServer", AppName="default")
        sagemaker.create_space(DomainId=domain, SpaceName="s-" + name)
        sagemaker.create_app_image_config(AppImageConfigName=name)
        sagemaker.create_studio_lifecycle_config(
            StudioLifecycleConfigName=name, StudioLifecycleConfigContent="ZWNobw==", StudioLifecycleConfigAppType="JupyterLab")
        sagemaker.create_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName=name)
        sagemaker.create_notebook_instance(NotebookInstanceName=name, InstanceType="ml.t3.medium", RoleArn=ROLE)
        sagemaker.create_image(ImageName=name, RoleArn=ROLE)
        clock.advance(2)
        sagemaker.create_image_version(ImageName="p1", BaseImage=PUBLIC_IMAGE, Aliases=["a-" + name])
        make_domain(sagemaker, clock, name="more-" + name)
    lists = {
        "list_domains": ("Domains", "DomainName", ["lab", "more-p1", "more-p2", "more-p3"], {}),
        "list_user_profiles": ("UserProfiles", "UserProfileName", ["p1", "p2", "p3"], {}),
        "list_spaces": ("Spaces", "SpaceName", ["s-p3", "s-p2", "s-p1"], {"SortOrder": "Descending"}),
        "list_apps": ("Apps", "UserProfileName", ["p1", "p2", "p3"], {"DomainIdEquals": domain}),
        "list_images": ("Images", "ImageName", ["p3", "p2", "p1"], {}),
        "list_image_versions": ("ImageVersions", "Version", [1, 2, 3], {"ImageName": "p1", "SortOrder": "ASCENDING"}),
        "list_app_image_configs": ("AppImageConfigs", "AppImageConfigName", ["p3", "p2", "p1"], {}),
        "list_studio_lifecycle_configs": (
            "StudioLifecycleConfigs", "StudioLifecycleConfigName", ["p1", "p2", "p3"], {"SortBy": "Name", "SortOrder": "Ascending"}),
        "list_notebook_instances": ("NotebookInstances", "NotebookInstanceName", ["p1", "p2", "p3"], {}),
        "list_notebook_instance_lifecycle_configs": (
            "NotebookInstanceLifecycleConfigs", "NotebookInstanceLifecycleConfigName", ["p3", "p2", "p1"], {}),
    }
    for operation, (member, name, expected, arguments) in lists.items():
        pages = list(sagemaker.get_paginator(operation).paginate(**arguments, PaginationConfig={"PageSize": 2}))
        assert len(pages) == 2, operation
        assert [item[name] for page in pages for item in page[member]] == expected, operation
    aliases = sagemaker.get_paginator("list_aliases").paginate(ImageName="p1", PaginationConfig={"PageSize": 2})
    assert [alias for page in aliases for alias in page["SageMakerImageVersionAliases"]] == ["a-p1", "a-p2", "a-p3"]


def test_every_violation_is_listed_in_one_message(sagemaker):
    with pytest.raises(ClientError) as refused:
        sagemaker.create_presigned_domain_url(DomainId="D!", UserProfileName="-", ExpiresInSeconds=5)
    message = refused.value.response["Error"]["Message"]
    assert message.startswith("2 validation errors detected: ")
    assert "at 'domainId' failed to satisfy constraint: Member must satisfy regular expression pattern: " in message


def test_tags_live_and_die_with_their_resource(sagemaker, clock):
    domain = make_domain(sagemaker, clock, Tags=[{"Key": "a", "Value": "1"}])
    arn = sagemaker.describe_domain(DomainId=domain)["DomainArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["a"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    sagemaker.delete_domain(DomainId=domain)
    clock.advance(2)
    with pytest.raises(ClientError) as gone:
        sagemaker.list_tags(ResourceArn=arn)
    assert code_of(gone) == "ResourceNotFound"


def test_a_power_cut_in_the_middle_of_everything(start_server, tmp_path):
    server = start_server("--data", str(tmp_path / "data"), "--clock", "manual", "--provisioning", "realistic")
    sagemaker, clock = client("sagemaker"), server.clock
    made = sagemaker.create_domain(
        DomainName="lab", AuthMode="IAM", VpcId="vpc-1", SubnetIds=["subnet-1"],
        DefaultUserSettings={"ExecutionRole": ROLE}, DomainSettings=rstudio_settings())
    domain = made["DomainArn"].split("/")[1]
    clock.advance(200)
    server.kill()
    server.start()
    assert sagemaker.describe_domain(DomainId=domain)["Status"] == "Pending"
    clock.advance(110)
    assert sagemaker.describe_domain(DomainId=domain)["Status"] == "InService"
    clock.advance(10)
    server.kill()
    server.start()
    app = {"DomainId": domain, "UserProfileName": "domain-shared", "AppType": "RStudioServerPro", "AppName": "default"}
    assert sagemaker.describe_app(**app)["Status"] == "Pending"
    clock.advance(120)
    assert sagemaker.describe_app(**app)["Status"] == "InService"

    # An export taken now is a server that knows all of it; a reset one knows nothing.
    sagemaker.create_user_profile(DomainId=domain, UserProfileName="alice")
    snapshot = server.request("POST", "/_coldframe/state/export").body
    server.reset()
    assert sagemaker.list_domains()["Domains"] == [] and sagemaker.list_apps()["Apps"] == []
    assert server.request("POST", "/_coldframe/state/import", snapshot).status == 200
    assert sagemaker.describe_user_profile(DomainId=domain, UserProfileName="alice")["Status"] == "Pending"
    clock.advance(5)
    assert sagemaker.describe_user_profile(DomainId=domain, UserProfileName="alice")["Status"] == "InService"
