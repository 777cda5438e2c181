"""The other ways to change what an endpoint runs: linear, all at once, rolling, and weights and capacities."""
from __future__ import annotations

import pytest

from hosting import (
    ENDPOINT, ENDPOINT_ARN, ROLLED_BACK, blue_green, by_name, canary, counts, ignoring_alarm, invocations, make_config,
    make_endpoint, make_model, refused, rolling, set_state, settle, stage, variant, watch,
)


def fleets(seen) -> list[tuple[str, str]]:
    """The steps of a deployment as (blue, green) current/desired counts, in order, repeats left out."""
    steps: list[tuple[str, str]] = []
    for _, described in seen:
        step = stage(described)[2], stage(described)[4]
        if step[1] != "-" and (not steps or steps[-1] != step):
            steps.append(step)
    return steps


def messages(seen, word: str) -> list[str]:
    return [stage(described)[5] for _, described in seen if stage(described)[5].startswith(word)]


def deploy(sagemaker, clock, deployment: dict, count: int, at=lambda elapsed, described: None):
    make_config(sagemaker, "blue", count=count)
    make_config(sagemaker, "green", count=count)
    make_endpoint(sagemaker, clock, "blue")
    sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="green", DeploymentConfig=deployment)
    return watch(sagemaker, clock, at=at)


@pytest.mark.parametrize("count, size, steps", [
    (3, ("CAPACITY_PERCENT", 33), ["3/3 0/3", "2/3 1/3", "1/3 2/3", "0/3 3/3"]),
    (10, ("CAPACITY_PERCENT", 33), ["10/10 0/10", "6/10 4/10", "2/10 8/10", "0/10 10/10"]),
    (2, ("INSTANCE_COUNT", 1), ["2/2 0/2", "1/2 1/2", "0/2 2/2"]),
])
def test_linear_steps(server, sagemaker, clock, count, size, steps):
    seen = deploy(sagemaker, clock, blue_green("LINEAR", wait=180, size=size), count)
    assert [" ".join(pair) for pair in fleets(seen)] == steps
    assert seen[-1][1]["EndpointConfigName"] == "green"
    bakes = messages(seen, "Baking")
    assert bakes[0] == ("Baking: Baking for 180 seconds (WaitIntervalInSeconds) with traffic enabled "
                        f"on canary capacity of {steps[1].split()[1].split('/')[0]} instance(s).")
    assert bakes[-1] == ("Baking: Baking for 120 seconds (TerminationWaitInSeconds) with traffic enabled "
                         f"on full capacity of {count} instance(s).")


def test_a_linear_rollout_rolls_back_from_its_second_step(server, sagemaker, cloudwatch, clock):
    ignoring_alarm(cloudwatch, "errors")

    def ring(elapsed, described):
        if stage(described)[4] == "2/3":
            set_state(cloudwatch, "errors", "ALARM")

    deployment = blue_green("LINEAR", wait=180, size=("INSTANCE_COUNT", 1), alarms=("errors",))
    seen = deploy(sagemaker, clock, deployment, 3, at=ring)
    assert stage(seen[-1][1])[:3] == ("InService", "blue", "3/3")
    assert seen[-1][1]["FailureReason"] == ROLLED_BACK.format("errors")
    assert ("0/3", "3/3") not in fleets(seen)


def test_all_at_once_bakes_only_at_the_end(server, sagemaker, clock):
    seen = deploy(sagemaker, clock, blue_green("ALL_AT_ONCE", wait=0), 3)
    assert fleets(seen) == [("3/3", "0/3"), ("0/3", "3/3")]
    assert messages(seen, "Baking") == [
        "Baking: Baking for 120 seconds (TerminationWaitInSeconds) with traffic enabled on full capacity of 3 instance(s)."]


def test_rolling_moves_one_batch_after_another(server, sagemaker, clock):
    """Old instances go only after the bake, so both count meanwhile: never fewer than four serve."""
    seen = deploy(sagemaker, clock, rolling(("INSTANCE_COUNT", 1), wait=60), 4)
    assert seen[-1][1]["EndpointConfigName"] == "green"
    assert {described["EndpointStatus"] for _, described in seen} == {"Updating", "InService"}
    serving = [(int(blue.split("/")[0]), int(green.split("/")[0])) for blue, green in fleets(seen)]
    assert [green for _, green in serving] == sorted(green for _, green in serving)
    assert [blue for blue, _ in serving] == sorted((blue for blue, _ in serving), reverse=True)
    assert {(4, 1), (3, 2), (2, 3), (1, 4)} <= set(serving)
    assert all(4 <= blue + green <= 5 for blue, green in serving)
    assert len(messages(seen, "Baking")) >= 4


def test_rolling_goes_back_when_an_alarm_rings(server, sagemaker, cloudwatch, clock):
    ignoring_alarm(cloudwatch, "errors")

    def ring(elapsed, described):
        if stage(described)[4].startswith("2/"):
            set_state(cloudwatch, "errors", "ALARM")

    seen = deploy(sagemaker, clock, rolling(("INSTANCE_COUNT", 1), alarms=("errors",)), 4, at=ring)
    assert stage(seen[-1][1])[:3] == ("InService", "blue", "4/4")
    assert seen[-1][1]["FailureReason"] == ROLLED_BACK.format("errors")


# Weights and capacities.

@pytest.fixture
def two_variants(server, sagemaker, clock):
    for name in ("small", "large"):
        make_model(sagemaker, name)
    make_config(sagemaker, "split", variant("small", "A", count=1, weight=3), variant("large", "B", count=2, weight=1))
    make_endpoint(sagemaker, clock, "split")


def test_weights_shift_and_capacity_scales(two_variants, sagemaker, clock):
    answer = sagemaker.update_endpoint_weights_and_capacities(EndpointName=ENDPOINT, DesiredWeightsAndCapacities=[
        {"VariantName": "A", "DesiredWeight": 0}, {"VariantName": "B", "DesiredInstanceCount": 4}])
    assert answer["EndpointArn"] == ENDPOINT_ARN
    busy = sagemaker.describe_endpoint(EndpointName=ENDPOINT)
    assert busy["EndpointStatus"] == "Updating"
    assert "PendingDeploymentSummary" not in busy
    assert (by_name(busy)["A"]["DesiredWeight"], counts(by_name(busy)["B"])) == (0.0, "2/4")

    after = by_name(settle(sagemaker, clock))
    assert (after["A"]["CurrentWeight"], after["A"]["DesiredWeight"], counts(after["A"])) == (0.0, 0.0, "1/1")
    assert (after["B"]["CurrentWeight"], counts(after["B"])) == (1.0, "4/4")


def test_an_unknown_variant_changes_nothing(two_variants, sagemaker, clock):
    with refused("ValidationException"):
        sagemaker.update_endpoint_weights_and_capacities(EndpointName=ENDPOINT, DesiredWeightsAndCapacities=[
            {"VariantName": "A", "DesiredWeight": 0}, {"VariantName": "C", "DesiredWeight": 1}])
    described = sagemaker.describe_endpoint(EndpointName=ENDPOINT)
    assert described["EndpointStatus"] == "InService"
    assert by_name(described)["A"]["DesiredWeight"] == 3.0


@pytest.mark.parametrize("options, expected", [
    ({}, ("1.0", "3/3")),
    ({"RetainAllVariantProperties": True}, ("5.0", "4/4")),
    ({"RetainAllVariantProperties": True,
      "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DesiredInstanceCount"}]}, ("5.0", "3/3")),
])
def test_retaining_what_was_scaled(server, sagemaker, clock, options, expected):
    make_config(sagemaker, "blue")
    make_config(sagemaker, "green")
    make_endpoint(sagemaker, clock, "blue")
    sagemaker.update_endpoint_weights_and_capacities(EndpointName=ENDPOINT, DesiredWeightsAndCapacities=[
        {"VariantName": "AllTraffic", "DesiredWeight": 5, "DesiredInstanceCount": 4}])
    settle(sagemaker, clock)
    sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="green", **options)
    after = by_name(settle(sagemaker, clock))["AllTraffic"]
    assert (str(after["CurrentWeight"]), counts(after)) == expected


def test_traffic_follows_the_weights(two_variants, server, sagemaker, runtime, clock, rows):
    server.control("PUT", f"traffic/{ENDPOINT}", {
        "requestsPerSecond": 20, "body": rows[0], "contentType": "text/csv", "seed": 3})
    clock.advance(120)
    a, b = (invocations(variant=name) for name in "AB")
    assert 0.70 < a / (a + b) < 0.80
    server.control("DELETE", f"traffic/{ENDPOINT}")
    clock.advance(120)
    assert sum(invocations(variant=name) for name in "AB") == a + b


def test_both_variants_take_part_in_a_canary(server, sagemaker, clock):
    for config, model in (("blue", "one"), ("green", "two")):
        make_model(sagemaker, model)
        make_config(sagemaker, config, variant(model, "A", count=2), variant(model, "B", count=4))
    make_endpoint(sagemaker, clock, "blue")
    sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="green", DeploymentConfig=canary())
    pairs = set()
    watch(sagemaker, clock, at=lambda elapsed, described: pairs.add(tuple(
        counts(summary) for summary in described.get("PendingDeploymentSummary", {}).get("ProductionVariants", []))))
    assert {("0/2", "0/4"), ("1/2", "1/4"), ("2/2", "4/4")} <= pairs


# What a deployment policy may not say: refused before anything changes. The wording is Coldframe's own.

@pytest.mark.parametrize("deployment", [
    pytest.param(blue_green("CANARY", size=("INSTANCE_COUNT", 2)), id="canary above half of the fleet"),
    pytest.param(blue_green("CANARY", size=("CAPACITY_PERCENT", 51)), id="canary above 50 percent"),
    pytest.param(blue_green("CANARY"), id="canary without a size"),
    pytest.param(blue_green("LINEAR"), id="linear without a step"),
    pytest.param(blue_green("LINEAR", size=("CAPACITY_PERCENT", 9)), id="linear below 10 percent"),
    pytest.param(blue_green("LINEAR", size=("CAPACITY_PERCENT", 51)), id="linear above 50 percent"),
    pytest.param(rolling(("CAPACITY_PERCENT", 4)), id="rolling below 5 percent"),
    pytest.param(rolling(("CAPACITY_PERCENT", 51)), id="rolling above 50 percent"),
    pytest.param({**canary(), **rolling(("CAPACITY_PERCENT", 33))}, id="two policies"),
])
def test_a_policy_that_makes_no_sense(server, sagemaker, clock, deployment):
    make_config(sagemaker, "blue")
    make_config(sagemaker, "green")
    make_endpoint(sagemaker, clock, "blue")
    with refused("ValidationException", status=400):
        sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="green", DeploymentConfig=deployment)
    described = sagemaker.describe_endpoint(EndpointName=ENDPOINT)
    assert described["EndpointStatus"] == "InService"
    assert "LastDeploymentConfig" not in described


def test_a_renamed_variant_needs_no_policy_but_cannot_have_one(server, sagemaker, clock):
    make_config(sagemaker, "blue")
    make_config(sagemaker, "renamed", variant("blue-model", "Other"))
    make_endpoint(sagemaker, clock, "blue")
    with refused("ValidationException"):
        sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="renamed", DeploymentConfig=canary())
    sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="renamed")
    assert list(by_name(settle(sagemaker, clock))) == ["Other"]


def test_inf1_machines_are_replaced_all_at_once(server, sagemaker, cloudwatch, clock):
    """The policy is taken and shown, but there are no bakes in which the ringing alarm could stop anything."""
    make_model(sagemaker, "m")
    for name in ("blue", "green"):
        make_config(sagemaker, name, variant("m", count=4) | {"InstanceType": "ml.inf1.xlarge"})
    make_endpoint(sagemaker, clock, "blue")
    ignoring_alarm(cloudwatch, "ringing")
    set_state(cloudwatch, "ringing", "ALARM")
    deployment = canary(alarms=("ringing",))
    sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="green", DeploymentConfig=deployment)
    seen = watch(sagemaker, clock, limit=120)
    assert not any("Baking" in stage(described)[5] for _, described in seen)
    last = seen[-1][1]
    assert last["EndpointConfigName"] == "green" and "FailureReason" not in last
    assert last["LastDeploymentConfig"] == deployment
