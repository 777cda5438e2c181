"""Updates that fail on the way, and what a waiter makes of them."""
from __future__ import annotations

import pytest

from hosting import (
    ENDPOINT, ROLLED_BACK, by_name, canary, counts, ignoring_alarm, make_config, make_endpoint, refused, rolling,
    set_state, settle, stage, watch,
)

NO_CAPACITY = ("Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error. "
               "Please retry using a different ML instance type or after some time.")


@pytest.fixture
def churn_endpoint(server, sagemaker, clock):
    for name in ("blue", "green"):
        make_config(sagemaker, name)
    make_endpoint(sagemaker, clock, "blue")


def capacity(server, instances: int) -> None:
    server.control("PUT", "capacity/ml.m5.xlarge", {"instances": instances})


def test_the_silent_rollback(churn_endpoint, sagemaker, cloudwatch, clock):
    """Status and waiter say success; only the configuration and the reason tell."""
    ignoring_alarm(cloudwatch, "bell")
    sagemaker.update_endpoint(
        EndpointName=ENDPOINT, EndpointConfigName="green", DeploymentConfig=canary(alarms=("bell",)))
    seen = watch(sagemaker, clock, at=lambda elapsed, described: (
        set_state(cloudwatch, "bell", "ALARM") if "canary capacity" in stage(described)[5] else None))
    assert {described["EndpointStatus"] for _, described in seen} == {"Updating", "InService"}
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=ENDPOINT)
    described = sagemaker.describe_endpoint(EndpointName=ENDPOINT)
    assert described["EndpointConfigName"] == "blue"
    assert described["FailureReason"] == ROLLED_BACK.format("bell")


def test_too_few_machines_for_a_second_fleet(churn_endpoint, server, sagemaker, clock):
    capacity(server, 4)
    sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="green", DeploymentConfig=canary())
    described = settle(sagemaker, clock)
    assert stage(described)[:3] == ("InService", "blue", "3/3")
    assert described["FailureReason"] == NO_CAPACITY
    # One at a time fits.
    sagemaker.update_endpoint(
        EndpointName=ENDPOINT, EndpointConfigName="green", DeploymentConfig=rolling(("INSTANCE_COUNT", 1)))
    described = settle(sagemaker, clock)
    assert stage(described)[:3] == ("InService", "green", "3/3")
    assert "FailureReason" not in described


def test_scaling_out_of_reach_is_rolled_back(churn_endpoint, server, sagemaker, clock):
    capacity(server, 4)
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=ENDPOINT,
        DesiredWeightsAndCapacities=[{"VariantName": "AllTraffic", "DesiredInstanceCount": 5}])
    seen = watch(sagemaker, clock)
    assert [described["EndpointStatus"] for _, described in seen] == ["Updating", "RollingBack", "InService"]
    assert seen[-1][1]["FailureReason"] == NO_CAPACITY
    assert counts(by_name(seen[-1][1])["AllTraffic"]) == "3/3"


def test_a_creation_without_machines_fails(server, sagemaker, clock):
    capacity(server, 2)
    make_config(sagemaker, "blue")
    make_endpoint(sagemaker, clock, "blue")
    described = sagemaker.describe_endpoint(EndpointName=ENDPOINT)
    assert (described["EndpointStatus"], described["FailureReason"]) == ("Failed", NO_CAPACITY)
    with refused("ValidationException"):
        sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="blue")
    sagemaker.delete_endpoint(EndpointName=ENDPOINT)


def test_a_limit_survives_a_restart_and_a_reset_forgets_it(start_server, tmp_path):
    first = start_server("--data", str(tmp_path / "data"), "--clock", "manual")
    capacity(first, 7)
    first.stop()
    second = start_server("--data", str(tmp_path / "data"), "--clock", "manual")
    assert second.control("GET", "capacity/ml.m5.xlarge") == {"instanceType": "ml.m5.xlarge", "instances": 7}
    second.reset()
    assert second.control("GET", "capacity") == {"capacity": []}
