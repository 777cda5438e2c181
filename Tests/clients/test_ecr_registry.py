"""Real docker clients against the registry: skopeo, buildah, the AWS CLI; and what a power cut leaves behind."""
from __future__ import annotations

import base64
import gzip
import hashlib
import http.client
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tarfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from conftest import ACCOUNT, REGION, client
from server import Server

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"

skopeo_needed = pytest.mark.skipif(shutil.which("skopeo") is None, reason="skopeo is not installed")
buildah_needed = pytest.mark.skipif(shutil.which("buildah") is None, reason="buildah is not installed")


def digest_of(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def layer(name: str, content: bytes) -> bytes:
    """A gzipped tar of one file, the same bytes every time."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    return gzip.compress(plain.getvalue(), mtime=0)


class Layout:
    """An OCI image layout on disk, which skopeo reads."""

    def __init__(self, folder: Path):
        self.folder = folder
        (folder / "blobs" / "sha256").mkdir(parents=True)
        (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
        self.entries: list[dict] = []

    def blob(self, data: bytes) -> dict:
        digest = digest_of(data)
        (self.folder / "blobs" / "sha256" / digest[7:]).write_bytes(data)
        return {"digest": digest, "size": len(data)}

    def image(self, *layers: bytes, architecture: str = "amd64") -> dict:
        config = json.dumps({
            "architecture": architecture, "os": "linux", "config": {},
            "rootfs": {"type": "layers", "diff_ids": [digest_of(gzip.decompress(one)) for one in layers]},
        }).encode()
        manifest = json.dumps({
            "schemaVersion": 2, "mediaType": OCI_MANIFEST,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **self.blob(config)},
            "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", **self.blob(one)} for one in layers],
        }).encode()
        return {"mediaType": OCI_MANIFEST, **self.blob(manifest), "platform": {"architecture": architecture, "os": "linux"}}

    def index(self, *images: dict) -> dict:
        data = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": list(images)}).encode()
        return {"mediaType": OCI_INDEX, **self.blob(data)}

    def name(self, descriptor: dict, tag: str) -> str:
        """Gives an image a tag in the layout and answers how skopeo names it."""
        entry = {key: value for key, value in descriptor.items() if key != "platform"}
        self.entries.append({**entry, "annotations": {"org.opencontainers.image.ref.name": tag}})
        (self.folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": self.entries}))
        return f"oci:{self.folder}:{tag}"


def password(ecr) -> str:
    token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    return base64.b64decode(token).decode().removeprefix("AWS:")


def run(*command: str, **options) -> subprocess.CompletedProcess:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, **options)
    assert done.returncode == 0, f"{' '.join(command)[:300]}\n{done.stdout}\n{done.stderr}"
    return done


class Registry:
    """The registry of a server as skopeo and plain HTTP reach it."""

    def __init__(self, server: Server, ecr):
        self.server = server
        self.password = password(ecr)

    def name(self, reference: str) -> str:
        return f"docker://localhost:{self.server.port}/{reference}"

    @property
    def source(self) -> list[str]:
        return ["--src-tls-verify=false", "--src-creds", f"AWS:{self.password}"]

    @property
    def target(self) -> list[str]:
        return ["--dest-tls-verify=false", "--dest-creds", f"AWS:{self.password}"]

    def push(self, image: str, reference: str, *options: str) -> None:
        run("skopeo", "copy", *options, *self.target, image, self.name(reference))

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str):
        pair = base64.b64encode(f"AWS:{self.password}".encode()).decode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.server.request(method, path, body, {"Authorization": f"Basic {pair}", **named})

    def put_blob(self, repository: str, data: bytes) -> str:
        answer = self.request("POST", f"/v2/{repository}/blobs/uploads/?digest={digest_of(data)}", data)
        assert answer.status == 201, answer.text
        return digest_of(data)

    def blob(self, repository: str, digest: str) -> bytes:
        link = self.request("GET", f"/v2/{repository}/blobs/{digest}")
        assert link.status == 307, link.text
        answer = self.server.request("GET", link.headers["Location"])
        assert answer.status == 200
        return answer.body


@pytest.fixture
def ecr(server):
    return client("ecr")


@pytest.fixture
def registry(server, ecr) -> Registry:
    ecr.create_repository(repositoryName="team/churn")
    return Registry(server, ecr)


@pytest.fixture
def layout(tmp_path) -> Layout:
    return Layout(tmp_path / "layout")


@skopeo_needed
def test_skopeo_pushes_and_pulls_byte_for_byte(registry, ecr, layout, tmp_path):
    image = layout.image(layer("a", b"1" * 1000), layer("b", random.Random(1).randbytes(300_000)))
    registry.push(layout.name(image, "v1"), "team/churn:v1")
    detail = ecr.describe_images(repositoryName="team/churn")["imageDetails"][0]
    assert detail["imageDigest"] == image["digest"]
    assert detail["imageTags"] == ["v1"]
    manifest = json.loads((layout.folder / "blobs/sha256" / image["digest"][7:]).read_text())
    assert detail["imageSizeInBytes"] == manifest["config"]["size"] + sum(one["size"] for one in manifest["layers"])

    run("skopeo", "copy", *registry.source, registry.name("team/churn:v1"), f"oci:{tmp_path / 'out'}:v1")
    for blob in (layout.folder / "blobs/sha256").iterdir():
        assert (tmp_path / "out/blobs/sha256" / blob.name).read_bytes() == blob.read_bytes()
    raw = run("skopeo", "inspect", "--raw", "--tls-verify=false", "--creds", f"AWS:{registry.password}", registry.name("team/churn:v1"))
    assert digest_of(raw.stdout.encode()) == image["digest"]
    tags = run("skopeo", "list-tags", "--tls-verify=false", "--creds", f"AWS:{registry.password}", registry.name("team/churn"))
    assert json.loads(tags.stdout)["Tags"] == ["v1"]


@skopeo_needed
def test_skopeo_converts_and_keeps_schema_two(registry, ecr, layout, tmp_path):
    image = layout.image(layer("a", b"schema two"))
    registry.push(layout.name(image, "v1"), "team/churn:s2", "--format", "v2s2")
    detail = ecr.describe_images(repositoryName="team/churn")["imageDetails"][0]
    assert detail["imageManifestMediaType"] == "application/vnd.docker.distribution.manifest.v2+json"
    assert detail["artifactMediaType"] == "application/vnd.docker.container.image.v1+json"
    run("skopeo", "copy", *registry.source, registry.name("team/churn:s2"), f"dir:{tmp_path / 'out'}")
    assert digest_of((tmp_path / "out/manifest.json").read_bytes()) == detail["imageDigest"]


@skopeo_needed
def test_a_multi_arch_index_goes_there_and_back(registry, ecr, layout, tmp_path):
    shared = layer("shared", b"both")
    images = [layout.image(shared, layer("own", arch.encode()), architecture=arch) for arch in ("amd64", "arm64")]
    index = layout.index(*images)
    registry.push(layout.name(index, "multi"), "team/churn:multi", "--all")
    details = {one["imageDigest"]: one for one in ecr.describe_images(repositoryName="team/churn")["imageDetails"]}
    assert set(details) == {index["digest"], *(image["digest"] for image in images)}
    children = [details[image["digest"]]["imageSizeInBytes"] for image in images]
    assert details[index["digest"]]["imageSizeInBytes"] == max(children)
    run("skopeo", "copy", "--all", *registry.source, registry.name("team/churn:multi"), f"oci:{tmp_path / 'out'}:multi")
    assert (tmp_path / "out/blobs/sha256" / index["digest"][7:]).exists()

    failures = ecr.batch_delete_image(repositoryName="team/churn", imageIds=[{"imageDigest": images[0]["digest"]}])["failures"]
    assert failures[0]["failureCode"] == "ImageReferencedByManifestList"
    assert failures[0]["failureReason"] == f"Requested image referenced by manifest list: [{index['digest']}]"
    run("skopeo", "delete", "--tls-verify=false", "--creds", f"AWS:{registry.password}", registry.name("team/churn:multi"))
    left = ecr.list_images(repositoryName="team/churn")["imageIds"]
    assert {one["imageDigest"] for one in left} == {image["digest"] for image in images}


@skopeo_needed
def test_copies_between_repositories_share_blobs(registry, ecr, layout):
    ecr.create_repository(repositoryName="team/copy")
    image = layout.image(layer("a", b"x" * 5000))
    registry.push(layout.name(image, "v1"), "team/churn:v1")
    for setting in ("DISABLED", "ENABLED"):
        ecr.put_account_setting(name="BLOB_MOUNTING", value=setting)
        run("skopeo", "copy", *registry.source, *registry.target,
            registry.name("team/churn:v1"), registry.name(f"team/copy:{setting.lower()}"))
    found = ecr.describe_images(repositoryName="team/copy")["imageDetails"]
    assert [(one["imageDigest"], one["imageTags"]) for one in found] == [(image["digest"], ["disabled", "enabled"])]


@skopeo_needed
def test_the_cli_password_logs_clients_in(registry, server, layout, tmp_path):
    aws = Path(sys.executable).with_name("aws")
    if not aws.exists():
        pytest.skip("the AWS CLI is not installed")
    text = run(str(aws), "ecr", "get-login-password", "--region", REGION).stdout.strip()
    assert len(text) > 1024
    environment = {**os.environ, "REGISTRY_AUTH_FILE": str(tmp_path / "auth.json")}
    host = f"localhost:{server.port}"
    run("skopeo", "login", "--tls-verify=false", "--username", "AWS", "--password-stdin", host, input=text, env=environment)
    image = layout.image(layer("a", b"login"))
    run("skopeo", "copy", "--dest-tls-verify=false", layout.name(image, "v1"), registry.name("team/churn:v1"), env=environment)
    refused = subprocess.run(
        ["skopeo", "login", "--tls-verify=false", "--username", "AWS", "--password-stdin", host],
        input="wrong", capture_output=True, text=True, env=environment)
    assert refused.returncode != 0


@buildah_needed
def test_buildah_commits_and_pushes(registry, ecr, tmp_path):
    storage = ["--storage-driver", "vfs", "--root", str(tmp_path / "root"), "--runroot", str(tmp_path / "run")]
    probe = subprocess.run(["buildah", *storage, "from", "scratch"], capture_output=True, text=True)
    if probe.returncode != 0:
        pytest.skip(f"buildah does not work here: {probe.stderr.strip()[-200:]}")
    container = probe.stdout.strip()
    (tmp_path / "file").write_text("hello")
    run("buildah", *storage, "copy", container, str(tmp_path / "file"), "/file")
    run("buildah", *storage, "commit", "--disable-compression", container, "made:1")
    run("buildah", *storage, "push", "--tls-verify=false", "--creds", f"AWS:{registry.password}", "made:1", registry.name("team/churn:built"))
    assert ecr.describe_images(repositoryName="team/churn")["imageDetails"][0]["imageTags"] == ["built"]
    run("buildah", *storage, "pull", "--tls-verify=false", "--creds", f"AWS:{registry.password}", registry.name("team/churn:built"))


def test_sagemaker_seed_tag_is_a_tag(registry, ecr):
    config, data = registry.put_blob("team/churn", b"{}"), registry.put_blob("team/churn", b"layer")
    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": OCI_MANIFEST,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": config, "size": 2},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": data, "size": 5}],
    }).encode()
    answer = registry.request("PUT", "/v2/team/churn/manifests/r-4.1.3-rstudio-1.4.1717-3", manifest, Content_Type=OCI_MANIFEST)
    assert answer.status == 201
    got = registry.request("GET", "/v2/team/churn/manifests/r-4.1.3-rstudio-1.4.1717-3")
    assert (got.status, got.body) == (200, manifest)


def test_a_large_layer_streams_in_and_out(registry):
    data = random.Random(7).randbytes(24 << 20)
    location = registry.request("POST", "/v2/team/churn/blobs/uploads/").headers["Location"]
    step = 9 << 20
    for start in range(0, len(data), step):
        part = data[start:start + step]
        answer = registry.request("PATCH", location, part, Content_Range=f"{start}-{start + len(part) - 1}")
        assert (answer.status, answer.headers["Range"]) == (202, f"0-{start + len(part) - 1}")
    done = registry.request("PUT", f"{location}?digest={digest_of(data)}")
    assert done.status == 201, done.text
    assert registry.blob("team/churn", digest_of(data)) == data


def test_twenty_pushes_of_overlapping_layers(registry, ecr):
    chance = random.Random(3)
    shared = [chance.randbytes(200_000) for _ in range(5)]

    def push(number: int) -> str:
        own = random.Random(number).randbytes(50_000)
        layers = [*random.Random(number).sample(shared, 4), own]
        config = registry.put_blob("team/churn", b"{}")
        descriptors = [
            {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": registry.put_blob("team/churn", one), "size": len(one)}
            for one in layers
        ]
        manifest = json.dumps({
            "schemaVersion": 2, "mediaType": OCI_MANIFEST, "layers": descriptors,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": config, "size": 2},
        }).encode()
        for tag in (f"n{number}", "latest"):
            answer = registry.request("PUT", f"/v2/team/churn/manifests/{tag}", manifest, Content_Type=OCI_MANIFEST)
            assert answer.status == 201, answer.text
        return digest_of(manifest)

    with ThreadPoolExecutor(20) as pool:
        digests = list(pool.map(push, range(20)))
    details = ecr.describe_images(repositoryName="team/churn")["imageDetails"]
    assert {one["imageDigest"] for one in details} == set(digests)
    tags = {tag: one["imageDigest"] for one in details for tag in one["imageTags"]}
    assert {tags[f"n{number}"] for number in range(20)} == set(digests)
    assert tags["latest"] in digests
    for one in shared:
        assert registry.blob("team/churn", digest_of(one)) == one


@pytest.mark.parametrize("seed", range(3))
def test_a_kill_in_mid_push_leaves_nothing_half_visible(start_server, tmp_path, seed):
    folder = tmp_path / "data"
    running = start_server("--data", str(folder))
    ecr = client("ecr")
    ecr.create_repository(repositoryName="team/churn")
    registry = Registry(running, ecr)
    chance = random.Random(seed)
    kept = registry.put_blob("team/churn", b"kept")
    acknowledged: list[bytes] = []
    torn = chance.randbytes(8 << 20)

    def push_layers() -> None:
        try:
            for _ in range(500):
                data = chance.randbytes(100_000)
                registry.put_blob("team/churn", data)
                acknowledged.append(data)
        except (OSError, http.client.HTTPException):
            pass  # the power cut

    def push_slowly() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", running.port)
        pair = base64.b64encode(f"AWS:{registry.password}".encode()).decode()
        try:
            connection.putrequest("POST", f"/v2/team/churn/blobs/uploads/?digest={digest_of(torn)}")
            connection.putheader("Authorization", f"Basic {pair}")
            connection.putheader("Content-Length", str(len(torn)))
            connection.endheaders(torn[: 6 << 20])
            connection.getresponse()
        except (OSError, http.client.HTTPException):
            pass

    threads = [threading.Thread(target=push_layers), threading.Thread(target=push_slowly)]
    for thread in threads:
        thread.start()
    while len(acknowledged) < 5 + seed * 7 and threads[0].is_alive():
        pass
    running.kill()
    for thread in threads:
        thread.join(20)

    again = start_server("--data", str(folder))
    after = Registry(again, client("ecr"))
    assert len(acknowledged) >= 5
    for data in acknowledged:
        assert after.blob("team/churn", digest_of(data)) == data
    assert after.blob("team/churn", kept) == b"kept"
    assert after.request("HEAD", f"/v2/team/churn/blobs/{digest_of(torn)}").status == 404
    assert list((folder / "ecr-blobs" / "staging").iterdir()) == []
    assert after.put_blob("team/churn", torn) == digest_of(torn)


def test_hosts_and_expiry(registry, ecr, clock):
    own = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
    assert registry.request("GET", "/v2/", Host=own).status == 200
    assert registry.request("GET", "/v2/", Host=f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com").status == 401
    anonymous = registry.server.request("GET", "/v2/", headers={"Host": own})
    assert (anonymous.status, anonymous.body) == (401, b"Not Authorized\n")
    assert anonymous.headers["Www-Authenticate"] == f'Basic realm="https://{own}/",service="ecr.amazonaws.com"'
    assert anonymous.headers["Content-Length"] == "15"
    clock.advance(12 * 3600)
    expired = registry.request("GET", "/v2/")
    assert (expired.status, expired.json()["errors"][0]["code"]) == (403, "DENIED")


@skopeo_needed
def test_the_long_name_pulls_with_an_unmodified_client(registry, ecr, server, layout, tmp_path):
    """As the README says: registries.conf sends the name AWS gives here."""
    own = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
    settings = tmp_path / "registries.conf"
    settings.write_text(f'[[registry]]\nprefix = "{own}"\nlocation = "localhost:{server.port}"\ninsecure = true\n')
    skopeo = ["skopeo", "--registries-conf", str(settings)]
    environment = {**os.environ, "REGISTRY_AUTH_FILE": str(tmp_path / "auth.json")}
    run("skopeo", "login", "--tls-verify=false", "--username", "AWS", "--password-stdin", f"localhost:{server.port}",
        input=registry.password, env=environment)
    uri = ecr.describe_repositories()["repositories"][0]["repositoryUri"]
    image = layout.image(layer("a", b"long name"))
    registry.push(layout.name(image, "v1"), "team/churn:v1")
    raw = run(*skopeo, "inspect", "--raw", f"docker://{uri}:v1", env=environment)
    assert digest_of(raw.stdout.encode()) == image["digest"]
    run(*skopeo, "copy", f"docker://{uri}:v1", f"oci:{tmp_path / 'out'}:v1", env=environment)


@buildah_needed
def test_buildah_copies_between_repositories(registry, ecr, tmp_path):
    ecr.create_repository(repositoryName="team/second")
    storage = ["--storage-driver", "vfs", "--root", str(tmp_path / "root"), "--runroot", str(tmp_path / "run")]
    probe = subprocess.run(["buildah", *storage, "from", "scratch"], capture_output=True, text=True)
    if probe.returncode != 0:
        pytest.skip(f"buildah does not work here: {probe.stderr.strip()[-200:]}")
    login = ["--tls-verify=false", "--creds", f"AWS:{registry.password}"]
    run("buildah", *storage, "commit", "--format", "docker", probe.stdout.strip(), "made:1")
    run("buildah", *storage, "push", "--format", "v2s2", *login, "made:1", registry.name("team/churn:1"))
    run("buildah", *storage, "pull", *login, registry.name("team/churn:1"))
    pulled = registry.name("team/churn:1").removeprefix("docker://")
    run("buildah", *storage, "push", "--format", "v2s2", *login, pulled, registry.name("team/second:1"))
    found = [ecr.describe_images(repositoryName=name)["imageDetails"][0] for name in ("team/churn", "team/second")]
    assert {one["imageManifestMediaType"] for one in found} == {"application/vnd.docker.distribution.manifest.v2+json"}
    manifests = [
        json.loads(registry.request("GET", f"/v2/{name}/manifests/1").body) for name in ("team/churn", "team/second")]
    assert manifests[0]["config"]["digest"] == manifests[1]["config"]["digest"]
