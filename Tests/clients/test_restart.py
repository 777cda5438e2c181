"""Power cuts: kill -9 in the middle of a rollout or of a write. Nothing acknowledged is lost, the ending is the same."""
from __future__ import annotations

import json
import random
import threading
import time
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException

import pytest

from conftest import client
from hosting import (
    ENDPOINT, ENDPOINT_ARN, FINE, ROLLED_BACK, canary, ignoring_alarm, make_config, make_endpoint, make_model,
    set_state, settle,
)
from server import Server

BAKE = 300


def play(start_server, folder, alarm_at: float | None, kills: list[float], cuts: Cuts | None = None) -> dict:
    """A canary on a fresh server; the alarm rings and the power fails at the given simulated seconds after the
    request, or with `cuts` while time moves there. Answers what is left to see at the end."""
    server = start_server("--data", str(folder), "--clock", "manual")
    clock, sagemaker, cloudwatch = server.clock, client("sagemaker"), client("cloudwatch")
    for config in ("blue", "green"):
        make_config(sagemaker, config)
    make_endpoint(sagemaker, clock, "blue")
    ignoring_alarm(cloudwatch, "errors")
    sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="green",
                              DeploymentConfig=canary(wait=BAKE, alarms=("errors",)))
    began = clock.seconds()
    steps = [(at, "kill") for at in kills] + ([(alarm_at, "ring")] if alarm_at is not None else [])
    for at, step in sorted(steps):
        seconds = max(0, began + at - clock.seconds())
        if step == "kill" and cuts:
            cuts.advance(server, seconds)
            continue
        clock.advance(seconds)
        if step == "ring":
            set_state(cloudwatch, "errors", "ALARM")
            continue
        server.kill()
        server.start()
    return ending(settle(sagemaker, clock))


class Cuts:
    """Power cuts during advances, each at a moment that chance chooses."""

    def __init__(self, chance: random.Random):
        self.chance = chance
        self.in_the_middle = 0

    def advance(self, server: Server, seconds: float) -> None:
        """Has the server advance, kills it meanwhile and starts it again."""
        before = server.clock.seconds()
        began = time.perf_counter()
        server.clock.advance(0)
        one_call = time.perf_counter() - began  # a slow machine gets more time than a fast one
        connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.request("POST", "/_coldframe/clock/advance", json.dumps({"seconds": seconds}),
                           {"Content-Type": "application/json"})
        time.sleep(self.chance.uniform(0, 2 * one_call))
        server.kill()
        answer = None
        with suppress(OSError, HTTPException), closing(connection):  # it died under the request: that is the point
            answer = json.loads(connection.getresponse().read())
        server.start()
        moved = server.clock.seconds() - before
        if answer:
            assert "events" in answer, answer
            assert moved == pytest.approx(seconds, abs=FINE)  # whoever is told that time has passed may count on it
        else:
            assert -FINE < moved < seconds + FINE
            self.in_the_middle += moved > FINE


def ending(described: dict) -> dict:
    """A description without what differs from run to run: times and digests."""
    summary = {key: value for key, value in described["ProductionVariants"][0].items() if key != "DeployedImages"}
    kept = ("EndpointName", "EndpointArn", "EndpointConfigName", "EndpointStatus", "FailureReason",
            "LastDeploymentConfig", "PendingDeploymentSummary")
    return {**{key: described[key] for key in kept if key in described}, "variant": summary}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("alarm_at, config, reason", [
    (None, "green", None),
    (150, "blue", ROLLED_BACK.format("errors")),
    (350, "blue", ROLLED_BACK.format("errors")),
], ids=["succeeds", "rolls back from the canary", "rolls back from the final bake"])
def test_a_rollout_ends_the_same_wherever_it_is_cut(start_server, tmp_path, alarm_at, config, reason):
    expected = play(start_server, tmp_path / "whole", alarm_at, [])
    assert (expected["EndpointStatus"], expected["EndpointConfigName"]) == ("InService", config)
    assert expected.get("FailureReason") == reason
    chance = random.Random(f"cuts {alarm_at}")
    cuts = Cuts(chance)
    run = 0
    while run < 8 or cuts.in_the_middle < 3:
        assert run < 50, "hardly any power cut fell into an advance"
        early = [chance.uniform(0, 2) for _ in range(2)]          # among the short stages at the start
        late = [chance.uniform(0, 430) for _ in range(3)]
        kills = sorted(early + late)
        found = play(start_server, tmp_path / f"cut{run}", alarm_at, kills, cuts if run % 2 else None)
        assert found == expected, kills
        run += 1


@pytest.mark.timeout(120)
def test_what_was_acknowledged_is_there(start_server, tmp_path):
    """Writers make models and tags until the power fails; every acknowledged one survives."""
    server = start_server("--data", str(tmp_path / "data"))
    sagemaker = client("sagemaker")
    make_config(sagemaker, "blue")
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="blue")
    chance = random.Random(20)
    models: set[str] = set()
    tags: dict[str, str] = {}
    for cycle in range(6):
        target = 20 + chance.randrange(60)
        reached = threading.Event()

        def write_models(cycle=cycle, target=target, reached=reached) -> None:
            api = client("sagemaker")
            for number in range(10_000):
                name = f"m-{cycle}-{number}"
                try:
                    make_model(api, name)
                except Exception:  # the connection is gone: this one was not acknowledged
                    reached.set()
                    return
                models.add(name)
                if number == target:
                    reached.set()

        def write_tags(cycle=cycle) -> None:
            api = client("sagemaker")
            for number in range(10_000):
                key, value = f"k{number % 40}", f"{cycle}-{number}"
                try:
                    api.add_tags(ResourceArn=ENDPOINT_ARN, Tags=[{"Key": key, "Value": value}])
                except Exception:
                    maybe.setdefault(key, set()).add(value)
                    return
                tags[key] = value

        maybe: dict[str, set[str]] = {}
        writers = [threading.Thread(target=write_models), threading.Thread(target=write_tags)]
        for writer in writers:
            writer.start()
        assert reached.wait(timeout=30)
        server.kill()
        for writer in writers:
            writer.join(timeout=10)
        server.start()
        pages = client("sagemaker").get_paginator("list_models").paginate(PaginationConfig={"PageSize": 100})
        assert models <= {model["ModelName"] for page in pages for model in page["Models"]}
        pages = client("sagemaker").get_paginator("list_tags").paginate(ResourceArn=ENDPOINT_ARN)
        stored = {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}
        for key, value in tags.items():
            assert stored[key] == value or stored[key] in maybe.get(key, set()), (key, value, stored[key])
        tags.update(stored)
    assert len(models) > 100


def test_objects_metrics_and_roles_survive(start_server, tmp_path, churn):
    server = start_server("--data", str(tmp_path / "data"), "--clock", "manual")
    s3, cloudwatch, iam = client("s3"), client("cloudwatch"), client("iam")
    s3.create_bucket(Bucket="seeds")
    s3.upload_file(str(churn / "xgb-churn-prediction-model.tar.gz"), "seeds", "m")
    iam.create_user(UserName="u")
    key = iam.create_access_key(UserName="u")["AccessKey"]["AccessKeyId"]
    ignoring_alarm(cloudwatch, "a")
    set_state(cloudwatch, "a", "ALARM")
    server.clock.advance(3600)
    before = server.clock.seconds()
    server.kill()
    server.start()
    assert server.clock.seconds() == pytest.approx(before, abs=0.01)
    body = s3.get_object(Bucket="seeds", Key="m")["Body"].read()
    assert body == (churn / "xgb-churn-prediction-model.tar.gz").read_bytes()
    assert cloudwatch.describe_alarms(AlarmNames=["a"])["MetricAlarms"][0]["StateValue"] == "ALARM"
    assert [k["AccessKeyId"] for k in iam.list_access_keys(UserName="u")["AccessKeyMetadata"]] == [key]


def test_sigterm_drains_and_ends_well(start_server, tmp_path):
    server = start_server("--data", str(tmp_path / "data"))
    make_model(client("sagemaker"), "m")
    assert server.stop() == 0
    server.start()
    assert client("sagemaker").describe_model(ModelName="m")["ModelName"] == "m"


def test_a_crowd_of_new_pools_holds_nothing_up(start_server):
    """Each pool's two RSA keys are a good part of a second's arithmetic: whoever asks is served, and the server stops."""
    server = start_server()
    cognito = client("cognito-idp")
    pools = [cognito.create_user_pool(PoolName=f"p{number}")["UserPool"]["Id"] for number in range(200)]
    keys = server.request("GET", f"/{pools[0]}/.well-known/jwks.json", timeout=20).json()["keys"]
    assert len({key["n"] for key in keys}) == 2
    assert server.stop() == 0
    assert "error" not in server.log.read_text()


def test_two_servers_do_not_share_a_folder(start_server, tmp_path):
    start_server("--data", str(tmp_path / "data"))
    with pytest.raises(RuntimeError, match="coldframe ended"):
        start_server("--data", str(tmp_path / "data"))
