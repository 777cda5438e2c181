"""Containers that are processes: started for each instance, invoked, crashed, and never left behind."""
from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from conftest import client
from server import binary_path, free_port

SCRIPT = str(Path(__file__).with_name("model_server.py"))
ENDPOINT = "real"


def model(sagemaker, name: str, data: str | None = None, **environment: str) -> None:
    container = {"Image": f"images/{name}:1", "Environment": environment} | ({"ModelDataUrl": data} if data else {})
    sagemaker.create_model(
        ModelName=name, ExecutionRoleArn="arn:aws:iam::123456789012:role/r", PrimaryContainer=container)
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[{
        "VariantName": "AllTraffic", "ModelName": name, "InstanceType": "ml.m5.xlarge", "InitialInstanceCount": 2}])


def run(server, name: str = "script", match: dict | None = None, **more) -> None:
    server.control("PUT", f"behaviors/{name}", {
        "match": match or {}, "run": {"command": [sys.executable, SCRIPT, "--port", "{port}"], "graceSeconds": 2, **more}})


def settled(sagemaker, server, seconds: float = 15) -> dict:
    """Health checks take real time, whatever the clock does."""
    server.clock.advance(5)
    until = time.monotonic() + seconds
    while (found := sagemaker.describe_endpoint(EndpointName=ENDPOINT))["EndpointStatus"] in ("Creating", "Updating"):
        assert time.monotonic() < until, found
        time.sleep(0.1)
        server.clock.advance(5)
    return found


def deploy(sagemaker, server, name: str = "m", **environment: str) -> dict:
    model(sagemaker, name, **environment)
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName=name)
    return settled(sagemaker, server)


def invoke(runtime, body: str):
    return runtime.invoke_endpoint(EndpointName=ENDPOINT, ContentType="text/csv", Body=body)


def processes() -> set[int]:
    """Processes that run the script, as the system sees them."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if SCRIPT.encode() in words and b"(" not in words[0] and b"sh" != words[0].rsplit(b"/")[-1]:
                state = (folder / "stat").read_text().rsplit(")")[-1].split()[0]
                if state != "Z":
                    found.add(int(folder.name))
        except OSError:
            continue
    return found


def gone(seconds: float = 8) -> bool:
    until = time.monotonic() + seconds
    while processes():
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


@pytest.fixture(autouse=True)
def nothing_left(manual_server):
    yield
    if manual_server.is_healthy():
        manual_server.reset()
    assert gone(), "the test left processes"


def test_each_instance_has_a_process_with_logs(server, sagemaker, runtime):
    run(server)
    assert deploy(sagemaker, server, SCALE="10")["EndpointStatus"] == "InService"
    assert len(processes()) == 2
    answers = [invoke(runtime, "1,2,3\n4,5,6") for _ in range(20)]
    assert {answer["Body"].read() for answer in answers} == {b"20\n50"}
    assert len({answer["CustomAttributes"] for answer in answers}) == 2
    logs = client("logs")
    group = f"/aws/sagemaker/Endpoints/{ENDPOINT}"
    said = logs.filter_log_events(logGroupName=group, filterPattern='"serving on"')["events"]
    assert len({event["logStreamName"] for event in said}) == 2 and "--port" in said[0]["message"]
    sagemaker.delete_endpoint(EndpointName=ENDPOINT)
    server.clock.advance(10)
    assert gone()


def test_failures_look_as_on_aws(server, sagemaker, runtime):
    run(server, timeoutSeconds=1)
    deploy(sagemaker, server)
    with pytest.raises(runtime.exceptions.ModelError) as teapot:
        invoke(runtime, "error")
    assert (teapot.value.response["OriginalStatusCode"], teapot.value.response["OriginalMessage"]) == (418, "I am a teapot")
    with pytest.raises(runtime.exceptions.ModelError) as hanging:
        invoke(runtime, "hang")
    assert "timed out while waiting for a response from container primary" in str(hanging.value)
    with pytest.raises(runtime.exceptions.ModelError) as crashed:
        invoke(runtime, "crash")
    assert crashed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 424
    # The instance that crashed is started again by the next call for it.
    assert {invoke(runtime, "3")["Body"].read() for _ in range(8)} == {b"3"}
    ended = client("logs").filter_log_events(
        logGroupName=f"/aws/sagemaker/Endpoints/{ENDPOINT}", filterPattern='"has ended"')["events"]
    assert len(ended) == 1


def test_a_process_that_is_gone_is_started_again(server, sagemaker, runtime):
    run(server)
    deploy(sagemaker, server)
    for _ in range(3):
        killed = processes()
        assert len(killed) == 2
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        until = time.monotonic() + 5
        while processes() & killed:
            assert time.monotonic() < until
        # At once: whether the server knows of the end already or not, the call finds a process.
        assert {invoke(runtime, "3")["Body"].read() for _ in range(12)} == {b"3"}


def test_streams_pass_chunk_by_chunk(server, sagemaker, runtime, tmp_path):
    run(server)
    deploy(sagemaker, server)
    go_on = tmp_path / "go-on"
    answer = runtime.invoke_endpoint_with_response_stream(EndpointName=ENDPOINT, Body=f"stream {go_on}")
    parts = []
    for event in answer["Body"]:
        parts.append(event["PayloadPart"]["Bytes"])
        # The model says no more before the first word has come through.
        go_on.touch()
    assert parts[0] == b"one" and b"".join(parts) == b"onetwothree"
    assert invoke(runtime, f"stream {go_on}")["Body"].read() == b"onetwothree"


def test_a_failing_ping_rolls_back(server, sagemaker, runtime):
    run(server)
    assert deploy(sagemaker, server)["EndpointStatus"] == "InService"
    run(server, "sick", match={"image": "images/sick:*"}, startupSeconds=2)
    model(sagemaker, "sick", SICK="1")
    sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="sick")
    found = settled(sagemaker, server)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "m")
    assert "ping" in found["FailureReason"]
    assert invoke(runtime, "5")["Body"].read() == b"5"
    server.clock.advance(60)
    assert len(processes()) == 2


def test_the_model_archive_is_there(server, sagemaker, runtime, s3):
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        info = tarfile.TarInfo("scale.txt")
        info.size = 1
        tar.addfile(info, io.BytesIO(b"7"))
    s3.create_bucket(Bucket="models")
    s3.put_object(Bucket="models", Key="m.tar.gz", Body=archive.getvalue())
    run(server)
    model(sagemaker, "m", data="s3://models/m.tar.gz")
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="m")
    settled(sagemaker, server)
    assert invoke(runtime, "2")["Body"].read() == b"14"


def test_a_proxy_speaks_to_a_server_that_runs_already(server, sagemaker, runtime, tmp_path):
    port = free_port()
    with subprocess.Popen(
        [sys.executable, SCRIPT], env=os.environ | {"SAGEMAKER_BIND_TO_PORT": str(port), "SM_MODEL_DIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
    ) as own:
        try:
            subprocess.run(
                [binary_path(), "behavior", "put", "proxy", "--proxy", f"http://127.0.0.1:{port}", "--url", server.url],
                check=True, capture_output=True, timeout=20)
            assert deploy(sagemaker, server)["EndpointStatus"] == "InService"
            assert invoke(runtime, "1,3")["Body"].read() == b"2"
        finally:
            own.kill()
    with pytest.raises(runtime.exceptions.ModelError):
        invoke(runtime, "1,3")
    with pytest.raises(ClientError):
        invoke(runtime, "1,3")


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_no_process_outlives_the_server(start_server, tmp_path, end):
    server = start_server("--data", str(tmp_path / "data"), "--clock", "manual")
    sagemaker, runtime = client("sagemaker"), client("sagemaker-runtime")
    run(server, graceSeconds=1)
    deploy(sagemaker, server, STUBBORN="1")
    assert len(processes()) == 2
    server.stop() if end == "stop" else server.kill()
    assert gone()
    server.start()
    assert invoke(client("sagemaker-runtime"), "4")["Body"].read() == b"4"
    assert len(processes()) == 2


def test_bad_rules_are_refused(server):
    for rule, words in [
        ({"run": {"command": []}}, "run.command needs 1 to 64 words"),
        ({"run": {"command": ["x"]}, "respond": {"status": 500}}, "one of run, proxy, and respond"),
        ({"proxy": {"url": "https://elsewhere"}}, "proxy.url must be an address"),
        ({"run": {"command": ["x"], "startupSeconds": 0}}, "above 0"),
        ({"run": {"command": "rm -rf"}}, "must be a list"),
    ]:
        answer = server.request("PUT", "/_coldframe/behaviors/bad", json.dumps(rule))
        assert answer.status == 400 and words in answer.text, answer.text


def test_requests_go_to_the_machine_that_is_less_busy(server, sagemaker, runtime, tmp_path):
    run(server)
    model(sagemaker, "least")
    sagemaker.create_endpoint_config(EndpointConfigName="busy", ProductionVariants=[{
        "VariantName": "AllTraffic", "ModelName": "least", "InstanceType": "ml.m5.xlarge", "InitialInstanceCount": 2,
        "RoutingConfig": {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"}}])
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="busy")
    assert settled(sagemaker, server)["EndpointStatus"] == "InService"
    release = tmp_path / "release"
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(invoke, runtime, f"hold {release}")
        until = time.monotonic() + 10
        while not Path(f"{release}.held").exists():
            assert time.monotonic() < until
            time.sleep(0.01)
        others = {invoke(runtime, "1")["CustomAttributes"] for _ in range(12)}
        release.touch()
        busy = held.result()["CustomAttributes"]
    assert len(others) == 1 and busy not in others


def pids(runtime, count: int, **target) -> set[str]:
    """The processes that answer so many requests."""
    return {runtime.invoke_endpoint(EndpointName=ENDPOINT, ContentType="text/csv", Body="1", **target)["CustomAttributes"]
            for _ in range(count)}


def make_layout(sagemaker, server, instances: int = 1, **containers) -> None:
    sagemaker.create_model(ModelName="layout", ExecutionRoleArn="arn:aws:iam::123456789012:role/r", **containers)
    sagemaker.create_endpoint_config(EndpointConfigName="layout", ProductionVariants=[{
        "VariantName": "AllTraffic", "ModelName": "layout", "InstanceType": "ml.m5.xlarge",
        "InitialInstanceCount": instances}])
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="layout")
    assert settled(sagemaker, server)["EndpointStatus"] == "InService"


def test_each_container_of_a_pipeline_has_its_process(server, sagemaker, runtime):
    run(server)
    make_layout(sagemaker, server, instances=2, Containers=[
        {"Image": f"images/{name}:1", "Environment": {"SCALE": scale}} for name, scale in (("a", "2"), ("b", "10"))])
    before = processes()
    assert len(before) == 4
    assert {invoke(runtime, "1")["Body"].read() for _ in range(8)} == {b"20"}
    assert processes() == before


def test_a_sick_part_of_a_pipeline_fails_the_endpoint(server, sagemaker):
    run(server, startupSeconds=1)
    sagemaker.create_model(
        ModelName="half", ExecutionRoleArn="arn:aws:iam::123456789012:role/r",
        Containers=[{"Image": "images/a:1"}, {"Image": "images/b:1", "Environment": {"SICK": "1"}}])
    sagemaker.create_endpoint_config(EndpointConfigName="half", ProductionVariants=[{
        "VariantName": "AllTraffic", "ModelName": "half", "InstanceType": "ml.m5.xlarge", "InitialInstanceCount": 1}])
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="half")
    found = settled(sagemaker, server)
    assert found["EndpointStatus"] == "Failed" and "container-2" in found["FailureReason"]


def test_containers_that_are_called_directly_stay(server, sagemaker, runtime):
    run(server)
    make_layout(sagemaker, server, InferenceExecutionConfig={"Mode": "Direct"}, Containers=[
        {"Image": f"images/{name}:1", "ContainerHostname": name} for name in ("tree", "net")])
    first = {name: pids(runtime, 1, TargetContainerHostname=name) for name in ("tree", "net")}
    assert first["tree"] != first["net"]
    assert {name: pids(runtime, 2, TargetContainerHostname=name) for name in ("tree", "net")} == first
    assert len(processes()) == 2


def test_each_model_of_a_multi_model_endpoint_has_its_process(server, sagemaker, runtime, s3):
    s3.create_bucket(Bucket="models")
    for name in "ab":
        s3.put_object(Bucket="models", Key=f"many/{name}.tar.gz", Body=name.encode())
    run(server)
    make_layout(sagemaker, server, PrimaryContainer={
        "Image": "images/mme:1", "Mode": "MultiModel", "ModelDataUrl": "s3://models/many/"})
    first = {name: pids(runtime, 1, TargetModel=f"{name}.tar.gz") for name in "ab"}
    assert first["a"] != first["b"]
    running = processes()
    assert {name: pids(runtime, 2, TargetModel=f"{name}.tar.gz") for name in "ab"} == first
    assert processes() == running


def test_a_model_that_makes_room_has_no_process(server, sagemaker, runtime, s3):
    s3.create_bucket(Bucket="models")
    for name in "ab":
        s3.put_object(Bucket="models", Key=f"many/{name}.tar.gz", Body=name.encode())
    server.control("PUT", "behaviors/script", {
        "match": {}, "run": {"command": [sys.executable, SCRIPT], "graceSeconds": 2}, "models": {"max": 1}})
    make_layout(sagemaker, server, PrimaryContainer={
        "Image": "images/mme:1", "Mode": "MultiModel", "ModelDataUrl": "s3://models/many/"})
    for name in "abab":
        assert pids(runtime, 1, TargetModel=f"{name}.tar.gz")
    until = time.monotonic() + 8
    while len(processes()) > 2:  # the container and model b
        assert time.monotonic() < until
        time.sleep(0.05)


def test_components_keep_their_processes(server, sagemaker, runtime):
    run(server)
    for name in ("one", "two"):
        model(sagemaker, name)
    sagemaker.create_endpoint_config(
        EndpointConfigName="pool", ExecutionRoleArn="arn:aws:iam::123456789012:role/r", ProductionVariants=[{
            "VariantName": "AllTraffic", "InstanceType": "ml.g5.2xlarge", "InitialInstanceCount": 1}])
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="pool")
    settled(sagemaker, server)
    for name in ("one", "two"):
        sagemaker.create_inference_component(
            InferenceComponentName=name, EndpointName=ENDPOINT, VariantName="AllTraffic", RuntimeConfig={"CopyCount": 1},
            Specification={"ModelName": name, "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024}})
    server.clock.advance_until_idle()
    first = {name: pids(runtime, 1, InferenceComponentName=name) for name in ("one", "two")}
    # Whatever publishes the endpoint anew leaves them alone.
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=ENDPOINT, DesiredWeightsAndCapacities=[{"VariantName": "AllTraffic", "DesiredInstanceCount": 2}])
    server.clock.advance_until_idle()
    assert {name: pids(runtime, 2, InferenceComponentName=name) for name in ("one", "two")} == first
    assert len(processes()) == 2
    sagemaker.delete_inference_component(InferenceComponentName="one")
    server.clock.advance_until_idle()
    until = time.monotonic() + 8
    while len(processes()) > 1:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert pids(runtime, 1, InferenceComponentName="two") == first["two"]


def test_a_rule_that_changes_during_the_health_check_counts(server, sagemaker, runtime):
    run(server, startupSeconds=600)
    model(sagemaker, "m", SICK="1")
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="m")
    server.clock.advance_until_idle()
    until = time.monotonic() + 10
    while len(processes()) < 2:
        assert time.monotonic() < until
        time.sleep(0.05)
    server.control("PUT", "behaviors/script", {"match": {}, "respond": {"body": "scripted"}})
    assert settled(sagemaker, server)["EndpointStatus"] == "InService"
    assert invoke(runtime, "1")["Body"].read() == b"scripted"
    assert gone()


def test_an_imported_health_check_goes_on(server, sagemaker, runtime, tmp_path):
    run(server, startupSeconds=600)
    model(sagemaker, "m", SICK="1")
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="m")
    server.clock.advance_until_idle()
    exported = server.request("POST", "/_coldframe/state/export").body
    server.reset()
    assert gone()
    answer = server.request(
        "POST", "/_coldframe/state/import", exported, headers={"Content-Type": "application/octet-stream"})
    assert answer.status == 200, answer.text
    server.control("PUT", "behaviors/script", {"match": {}, "respond": {"body": "scripted"}})
    assert settled(sagemaker, server)["EndpointStatus"] == "InService"


def test_a_server_that_stops_fails_no_health_check(start_server, tmp_path):
    server = start_server("--data", str(tmp_path / "data"), "--clock", "manual")
    run(server, startupSeconds=600)
    model(client("sagemaker"), "m", SICK="1")
    client("sagemaker").create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="m")
    server.clock.advance_until_idle()
    until = time.monotonic() + 10
    while len(processes()) < 2:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert server.stop() == 0
    assert gone()
    server.start()
    sagemaker = client("sagemaker")
    assert sagemaker.describe_endpoint(EndpointName=ENDPOINT)["EndpointStatus"] == "Creating"
    server.control("PUT", "behaviors/script", {"match": {}, "respond": {"body": "scripted"}})
    assert settled(sagemaker, server)["EndpointStatus"] == "InService"
