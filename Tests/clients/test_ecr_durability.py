"""What a power cut leaves of pushes, and what happens to uploads nobody finishes."""
from __future__ import annotations

import base64
import http.client
import json
import random
import socket
import threading

import pytest

from conftest import client
from test_ecr_registry import OCI_MANIFEST, Registry, digest_of


def begin_patch(registry: Registry, location: str, data: bytes, sent: int, **headers: str) -> http.client.HTTPConnection:
    """Announces all of `data` and sends the first bytes of it."""
    pair = base64.b64encode(f"AWS:{registry.password}".encode()).decode()
    connection = http.client.HTTPConnection("127.0.0.1", registry.server.port, timeout=20)
    connection.putrequest("PATCH", location)
    connection.putheader("Authorization", f"Basic {pair}")
    connection.putheader("Content-Length", str(len(data)))
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders(data[:sent])
    return connection


def position(registry: Registry, location: str) -> int:
    """How many bytes the server has, as a client that resumes asks for it."""
    state = registry.request("GET", location)
    assert state.status == 204, state.text
    last = int(state.headers["Range"].removeprefix("0-"))
    return last + 1 if last else 0


@pytest.mark.parametrize("seed", range(3))
def test_a_chunked_upload_is_resumed_after_a_kill(start_server, tmp_path, seed):
    chance = random.Random(seed)
    data = chance.randbytes(12 << 20)
    folder = str(tmp_path / "data")
    running = start_server("--data", folder)
    ecr = client("ecr")
    ecr.create_repository(repositoryName="team/churn")
    registry = Registry(running, ecr)
    location = registry.request("POST", "/v2/team/churn/blobs/uploads/").headers["Location"]
    first = chance.randrange(1 << 20, 6 << 20)
    assert registry.request("PATCH", location, data[:first], Content_Range=f"0-{first - 1}").status == 202
    sent = chance.randrange(1 << 20, 4 << 20)
    connection = begin_patch(registry, location, data[first:], sent, Content_Range=f"{first}-{len(data) - 1}")
    while position(registry, location) < first + sent // 2:
        pass
    running.kill()
    connection.close()

    again = start_server("--data", folder)
    resumed = Registry(again, client("ecr"))
    resumed.password = registry.password  # the client's login holds on
    done = position(resumed, location)
    assert first <= done <= first + sent
    wrong = resumed.request("PATCH", location, data[:10], Content_Range="0-9")
    assert (wrong.status, wrong.headers["Range"]) == (416, f"0-{done - 1}")
    rest = data[done:]
    assert resumed.request("PATCH", location, rest, Content_Range=f"{done}-{len(data) - 1}").status == 202
    finished = resumed.request("PUT", f"{location}?digest={digest_of(data)}")
    assert finished.status == 201, finished.text
    assert resumed.blob("team/churn", digest_of(data)) == data
    assert resumed.request("GET", location).status == 404


def test_a_broken_connection_leaves_what_arrived(server):
    ecr = client("ecr")
    ecr.create_repository(repositoryName="team/churn")
    registry = Registry(server, ecr)
    data = random.Random(5).randbytes(3 << 20)
    location = registry.request("POST", "/v2/team/churn/blobs/uploads/").headers["Location"]
    connection = begin_patch(registry, location, data, 1 << 20)
    while position(registry, location) < 1 << 20:
        pass
    # While bytes come in, nobody else may send any.
    assert registry.request("PATCH", location, b"x").status == 429
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()
    while (answer := registry.request("PATCH", location, data[1 << 20:])).status == 429:
        pass
    assert answer.status == 202
    assert registry.request("PUT", f"{location}?digest={digest_of(data)}").status == 201


def test_uploads_expire_in_simulated_time(server, clock):
    ecr = client("ecr")
    ecr.create_repository(repositoryName="team/churn")
    registry = Registry(server, ecr)
    location = registry.request("POST", "/v2/team/churn/blobs/uploads/").headers["Location"]
    upload = ecr.initiate_layer_upload(repositoryName="team/churn")["uploadId"]
    assert registry.request("PATCH", location, b"hello").status == 202
    clock.advance(26 * 3600)
    registry.password = Registry(server, ecr).password
    gone = registry.request("PATCH", location, b"x")
    assert (gone.status, gone.json()["errors"][0]["code"]) == (404, "BLOB_UPLOAD_UNKNOWN")
    with pytest.raises(ecr.exceptions.UploadNotFoundException):
        ecr.upload_layer_part(
            repositoryName="team/churn", uploadId=upload, partFirstByte=0, partLastByte=0, layerPartBlob=b"x")


@pytest.mark.parametrize("seed", range(4))
def test_acknowledged_pushes_survive_a_kill_whole(start_server, tmp_path, seed):
    """Images whose manifest was acknowledged can be pulled byte for byte; the others can be pushed again."""
    folder = str(tmp_path / "data")
    running = start_server("--data", folder)
    ecr = client("ecr")
    ecr.create_repository(repositoryName="team/churn")
    registry = Registry(running, ecr)
    chance = random.Random(seed)
    acknowledged: dict[str, bytes] = {}
    layers: dict[str, bytes] = {}

    def push(target: Registry, number: int) -> None:
        data = random.Random(seed * 1000 + number).randbytes(40_000)
        layers[f"v{number}"] = data
        config = target.put_blob("team/churn", b"{}")
        manifest = json.dumps({
            "schemaVersion": 2, "mediaType": OCI_MANIFEST,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": config, "size": 2},
            "layers": [{
                "mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": target.put_blob("team/churn", data),
                "size": len(data)}],
        }).encode()
        answer = target.request("PUT", f"/v2/team/churn/manifests/v{number}", manifest, Content_Type=OCI_MANIFEST)
        assert answer.status == 201, answer.text
        acknowledged[f"v{number}"] = manifest

    def pushes() -> None:
        try:
            for number in range(200):
                push(registry, number)
        except (OSError, http.client.HTTPException):
            pass  # the power cut

    worker = threading.Thread(target=pushes)
    worker.start()
    goal = chance.randrange(3, 25)
    while len(acknowledged) < goal and worker.is_alive():
        pass
    running.kill()
    worker.join(20)

    again = Registry(start_server("--data", folder), client("ecr"))
    listed = {one["imageTag"] for one in client("ecr").list_images(repositoryName="team/churn")["imageIds"]}
    assert set(acknowledged) <= listed
    for tag in listed:
        got = again.request("GET", f"/v2/team/churn/manifests/{tag}", Accept=OCI_MANIFEST)
        assert acknowledged.get(tag, got.body) == got.body
        for descriptor in json.loads(got.body)["layers"]:
            assert again.blob("team/churn", descriptor["digest"]) == layers[tag]
    push(again, 500)
