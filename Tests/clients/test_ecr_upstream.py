"""Pull-through caches: from Debian's docker-registry, and from another Coldframe that wants a login."""
from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from conftest import ACCOUNT, client, point_sdks_at
from server import READY_WITHIN_SECONDS, Server, free_port
from test_ecr import put_image
from test_ecr_registry import Layout, Registry, digest_of, layer, run, skopeo_needed

HUB_SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:ecr-pullthroughcache/hub-AbCdEf"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"

registry_needed = pytest.mark.skipif(shutil.which("docker-registry") is None, reason="docker-registry is not installed")


class Upstream:
    """Debian's docker-registry on a port of its own."""

    def __init__(self, folder):
        self.port = free_port()
        self.folder = folder
        self.config = folder / "registry.yml"
        self.config.write_text(json.dumps({
            "version": 0.1, "log": {"level": "error"}, "http": {"addr": f"127.0.0.1:{self.port}"},
            "storage": {"filesystem": {"rootdirectory": str(folder / "storage")}, "delete": {"enabled": True}},
        }))
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            ["docker-registry", "serve", str(self.config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        began = time.monotonic()
        while self.process.poll() is None and time.monotonic() - began < READY_WITHIN_SECONDS:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/v2/").close()
                return
            except OSError:
                time.sleep(0.02)
        self.stop()
        raise RuntimeError("docker-registry did not start")

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def push(self, image: str, reference: str, *options: str) -> None:
        run("skopeo", "copy", *options, "--dest-tls-verify=false", image, f"docker://localhost:{self.port}/{reference}")


@pytest.fixture
def upstream(tmp_path):
    made = Upstream(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def cached(start_server, upstream, tmp_path):
    """A server whose `public.ecr.aws` and `registry-1.docker.io` are the docker-registry."""
    settings = tmp_path / "coldframe.yaml"
    address = f"http://127.0.0.1:{upstream.port}"
    settings.write_text(json.dumps({"ecr": {"upstreams": {
        "public.ecr.aws": address, "registry-1.docker.io": {"url": address, "username": "u", "password": "p"},
        "registry.example": address, "quay.io": "http://127.0.0.1:9",
    }}}))
    return start_server("--ephemeral", "--clock", "manual", "--config", str(settings))


@registry_needed
@skopeo_needed
def test_images_of_docker_registry_are_cached(cached, upstream, tmp_path):
    ecr = client("ecr")
    layout = Layout(tmp_path / "layout")
    image = layout.image(layer("a", random.Random(1).randbytes(3 << 20)), layer("b", b"second"))
    upstream.push(layout.name(image, "v1"), "library/churn:v1")
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="public", upstreamRegistryUrl="public.ecr.aws")
    assert ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix="public")["isValid"]
    registry = Registry(cached, ecr)
    run("skopeo", "copy", *registry.source, registry.name("public/library/churn:v1"), f"oci:{tmp_path / 'out'}:v1")
    for blob in (layout.folder / "blobs/sha256").iterdir():
        assert (tmp_path / "out/blobs/sha256" / blob.name).read_bytes() == blob.read_bytes()
    detail = ecr.describe_images(repositoryName="public/library/churn")["imageDetails"][0]
    assert (detail["imageDigest"], detail["imageTags"]) == (image["digest"], ["v1"])

    # What is cached is served without upstream, for a day unasked and after it because nothing answers.
    upstream.stop()
    for _ in range(2):
        run("skopeo", "inspect", "--tls-verify=false", "--creds", f"AWS:{registry.password}", registry.name("public/library/churn:v1"))
        cached.clock.advance(25 * 3600)
        registry = Registry(cached, ecr)
    assert registry.request("GET", "/v2/public/library/churn/manifests/v2").status == 404
    assert registry.request("GET", "/v2/public/library/none/manifests/v1").json()["errors"][0]["code"] == "NAME_UNKNOWN"


@registry_needed
@skopeo_needed
def test_upstream_is_asked_again_after_a_day(cached, upstream, tmp_path):
    ecr = client("ecr")
    layout = Layout(tmp_path / "layout")
    old, new = layout.image(layer("a", b"old")), layout.image(layer("a", b"new"))
    ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix="hub", upstreamRegistryUrl="registry-1.docker.io", credentialArn=HUB_SECRET)
    name = {"repositoryName": "hub/churn", "imageIds": [{"imageTag": "latest"}]}

    def pulled() -> str:
        return ecr.batch_get_image(**name)["images"][0]["imageId"]["imageDigest"]

    upstream.push(layout.name(old, "old"), "churn:latest")
    assert pulled() == old["digest"]
    upstream.push(layout.name(new, "new"), "churn:latest")
    assert pulled() == old["digest"]
    cached.clock.advance(24 * 3600)
    assert pulled() == new["digest"]
    assert ecr.batch_get_image(repositoryName="hub/churn", imageIds=[{"imageDigest": old["digest"]}])["images"]


@registry_needed
@skopeo_needed
def test_an_index_brings_its_images_when_they_are_pulled(cached, upstream, tmp_path):
    ecr = client("ecr")
    layout = Layout(tmp_path / "layout")
    images = [layout.image(layer("own", arch.encode()), architecture=arch) for arch in ("amd64", "arm64")]
    index = layout.index(*images)
    upstream.push(layout.name(index, "multi"), "team/multi:1", "--all")
    # A registry that only the settings know has no name in the API.
    rule = ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix="ex", upstreamRegistryUrl="registry.example", upstreamRepositoryPrefix="team")
    assert "upstreamRegistry" not in rule
    registry = Registry(cached, ecr)
    got = registry.request("GET", "/v2/ex/multi/manifests/1", Accept=OCI_INDEX)
    assert digest_of(got.body) == index["digest"]
    assert len(ecr.describe_images(repositoryName="ex/multi")["imageDetails"]) == 1
    run("skopeo", "copy", "--all", *registry.source, registry.name("ex/multi:1"), f"oci:{tmp_path / 'out'}:1")
    found = {one["imageDigest"] for one in ecr.describe_images(repositoryName="ex/multi")["imageDetails"]}
    assert found == {index["digest"], *(one["digest"] for one in images)}


def test_unreachable_and_unknown_upstreams(cached):
    ecr = client("ecr")
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io")
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="k8s", upstreamRegistryUrl="registry.k8s.io")
    for prefix, reason in (("quay", "nothing answers at http://127.0.0.1:9"), ("k8s", "ecr.upstreams in coldframe.yaml")):
        checked = ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix=prefix)
        assert not checked["isValid"]
        assert reason in checked["failure"]
        with pytest.raises(ecr.exceptions.RepositoryNotFoundException):
            ecr.batch_get_image(repositoryName=f"{prefix}/x", imageIds=[{"imageTag": "1"}])
    with pytest.raises(ClientError) as caught:
        ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="zz", upstreamRegistryUrl="nowhere.example")
    assert caught.value.response["Error"]["Code"] == "UnsupportedUpstreamRegistryException"


def test_another_coldframe_with_a_login_is_an_upstream(start_server, tmp_path, monkeypatch):
    """Its layers come by a redirect, to which the login is sent because the address is the same."""
    origin = Server("--ephemeral").start()
    try:
        point_sdks_at(origin, monkeypatch)
        there = client("ecr")
        there.create_repository(repositoryName="team/churn")
        data = random.Random(9).randbytes(2 << 20)
        digest = put_image(there, "team/churn", data, "1")
        login = Registry(origin, there).password
        settings = tmp_path / "coldframe.yaml"
        settings.write_text(json.dumps({"ecr": {"upstreams": {
            "ghcr.io": {"url": origin.url, "username": "AWS", "password": login},
            "quay.io": {"url": origin.url, "username": "AWS", "password": "wrong"},
        }}}))
        here = start_server("--ephemeral", "--config", str(settings))
        ecr = client("ecr")
        ecr.create_pull_through_cache_rule(
            ecrRepositoryPrefix="gh", upstreamRegistryUrl="ghcr.io", credentialArn=HUB_SECRET)
        ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io")
        assert "status 401" in ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix="quay")["failure"]
        got = ecr.batch_get_image(repositoryName="gh/team/churn", imageIds=[{"imageTag": "1"}])["images"][0]
        assert got["imageId"]["imageDigest"] == digest
        assert Registry(here, ecr).blob("gh/team/churn", digest_of(data)) == data
    finally:
        origin.kill()


@registry_needed
@skopeo_needed
def test_a_large_layer_passes_through_in_little_memory(cached, upstream, tmp_path):
    process = Path(f"/proc/{cached.process.pid}")

    def peak_mib() -> float:
        return int(re.search(r"VmHWM:\s+(\d+)", (process / "status").read_text())[1]) / 1024

    ecr = client("ecr")
    layout = Layout(tmp_path / "layout")
    image = layout.image(layer("big", os.urandom(96 << 20)))
    upstream.push(layout.name(image, "v1"), "big:v1")
    ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="public", upstreamRegistryUrl="public.ecr.aws")
    (process / "clear_refs").write_text("5")  # forgets the peak of the start, which would hide some of this one
    before = peak_mib()
    assert ecr.batch_get_image(repositoryName="public/big", imageIds=[{"imageTag": "v1"}])["images"]
    assert peak_mib() - before < 24
