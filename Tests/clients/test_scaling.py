"""Application Auto Scaling through boto3 and the AWS CLI: out under simulated traffic, in after it, beside rollouts."""
from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import client

ENDPOINT = "scaled"
TARGET = dict(
    ServiceNamespace="sagemaker", ResourceId=f"endpoint/{ENDPOINT}/variant/AllTraffic",
    ScalableDimension="sagemaker:variant:DesiredInstanceCount")


@pytest.fixture
def scaling(server):
    return client("application-autoscaling")


@pytest.fixture
def endpoint(sagemaker, server, clock):
    sagemaker.create_model(
        ModelName="m", ExecutionRoleArn="arn:aws:iam::123456789012:role/r",
        PrimaryContainer={"Image": "images/m:1", "ModelDataUrl": "s3://b/m.tar.gz"})
    for name in ("blue", "green"):
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[{
            "VariantName": "AllTraffic", "ModelName": "m", "InstanceType": "ml.m5.xlarge", "InitialInstanceCount": 2}])
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="blue")
    clock.advance(10)
    return ENDPOINT


def register(scaling, low=1, high=6):
    scaling.register_scalable_target(**TARGET, MinCapacity=low, MaxCapacity=high)


def track(scaling, target: float, **more):
    return scaling.put_scaling_policy(
        **TARGET, PolicyName="track", PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": target,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}, **more})


def counts(sagemaker) -> tuple[int, int]:
    (variant,) = sagemaker.describe_endpoint(EndpointName=ENDPOINT)["ProductionVariants"]
    return variant["CurrentInstanceCount"], variant["DesiredInstanceCount"]


def test_out_under_traffic_and_in_after_it(server, clock, sagemaker, scaling, cloudwatch, endpoint):
    register(scaling)
    policy = track(scaling, 550, ScaleOutCooldown=60, ScaleInCooldown=60)
    assert {alarm["AlarmName"].split("-")[-6] for alarm in policy["Alarms"]} == {"AlarmHigh", "AlarmLow"}
    server.control("PUT", f"traffic/{ENDPOINT}", {"requestsPerSecond": 37, "seed": 3})
    clock.advance(300)
    assert counts(sagemaker) == (5, 5)  # 2,220 a minute at 550 each
    (activity,) = scaling.describe_scaling_activities(ServiceNamespace="sagemaker")["ScalingActivities"]
    assert activity["StatusCode"] == "Successful" and activity["Description"] == "Setting desired instance count to 5."
    assert activity["Cause"].startswith(f"monitor alarm TargetTracking-endpoint/{ENDPOINT}/variant/AllTraffic-AlarmHigh-")
    assert activity["StartTime"] < activity["EndTime"]
    assert cloudwatch.describe_alarms(StateValue="ALARM")["MetricAlarms"] == []
    server.control("DELETE", f"traffic/{ENDPOINT}")
    clock.advance(20 * 60)
    assert counts(sagemaker) == (1, 1)


def test_a_canary_and_scaling_take_turns(server, clock, sagemaker, scaling, endpoint):
    register(scaling, 1, 8)
    track(scaling, 100)
    server.control("PUT", f"traffic/{ENDPOINT}", {"requestsPerSecond": 10, "seed": 3})
    clock.advance(60)
    sagemaker.update_endpoint(
        EndpointName=ENDPOINT, EndpointConfigName="green", DeploymentConfig={"BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {
                "Type": "CANARY", "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1}, "WaitIntervalInSeconds": 300},
            "TerminationWaitInSeconds": 60}})
    clock.advance(240)  # the alarm rings, but a rollout is under way
    assert scaling.describe_scaling_activities(ServiceNamespace="sagemaker")["ScalingActivities"] == []
    (held,) = scaling.describe_scaling_activities(
        ServiceNamespace="sagemaker", IncludeNotScaledActivities=True)["ScalingActivities"]
    assert held["NotScaledReasons"][0]["Code"] == "TargetServicePutResourceAsUnscalable"
    clock.advance(300)
    described = sagemaker.describe_endpoint(EndpointName=ENDPOINT)
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("InService", "green")
    assert counts(sagemaker) == (6, 6)


def test_registered_targets_survive_a_kill(tmp_path, start_server):
    server = start_server("--data", str(tmp_path / "data"), "--clock", "manual")
    sagemaker, scaling = client("sagemaker"), client("application-autoscaling")
    sagemaker.create_model(
        ModelName="m", ExecutionRoleArn="arn:aws:iam::123456789012:role/r", PrimaryContainer={"Image": "images/m:1"})
    sagemaker.create_endpoint_config(EndpointConfigName="blue", ProductionVariants=[{
        "VariantName": "AllTraffic", "ModelName": "m", "InstanceType": "ml.m5.xlarge", "InitialInstanceCount": 2}])
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="blue")
    server.clock.advance(10)
    register(scaling, 4, 8)
    server.kill()
    server.start()
    server.clock.advance(10)
    (activity,) = client("application-autoscaling").describe_scaling_activities(ServiceNamespace="sagemaker")["ScalingActivities"]
    assert activity["StatusCode"] == "Successful" and activity["Cause"] == "minimum capacity was set to 4"


def test_errors_are_the_sdks_own_classes(scaling, endpoint):
    with pytest.raises(scaling.exceptions.ObjectNotFoundException):
        track(scaling, 10)
    with pytest.raises(scaling.exceptions.ValidationException) as reversed_limits:
        register(scaling, 5, 2)
    assert "Maximum capacity cannot be less than minimum capacity" in str(reversed_limits.value)
    register(scaling)
    with pytest.raises(scaling.exceptions.LimitExceededException):
        scaling.put_scaling_policy(
            **TARGET, PolicyName="s", PolicyType="StepScaling", StepScalingPolicyConfiguration={
                "AdjustmentType": "ChangeInCapacity",
                "StepAdjustments": [{"MetricIntervalLowerBound": n, "MetricIntervalUpperBound": n + 1, "ScalingAdjustment": 1}
                                    for n in range(21)]})


def test_paginators_and_the_aws_cli(server, scaling, endpoint):
    register(scaling)
    for name in ("a", "b", "c"):
        scaling.put_scheduled_action(
            **TARGET, ScheduledActionName=name, Schedule="rate(1 hour)", ScalableTargetAction={"MinCapacity": 2})
    pages = scaling.get_paginator("describe_scheduled_actions").paginate(
        ServiceNamespace="sagemaker", PaginationConfig={"PageSize": 2})
    assert [a["ScheduledActionName"] for page in pages for a in page["ScheduledActions"]] == ["a", "b", "c"]
    cli = Path(sys.executable).with_name("aws")

    def aws(*words):
        done = subprocess.run(
            [cli, "application-autoscaling", *words, "--service-namespace", "sagemaker", "--output", "json"],
            capture_output=True, text=True, timeout=60, check=True)
        return json.loads(done.stdout or "null")

    (target,) = aws("describe-scalable-targets")["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 6)
    aws("deregister-scalable-target", "--resource-id", TARGET["ResourceId"], "--scalable-dimension", TARGET["ScalableDimension"])
    assert aws("describe-scheduled-actions")["ScheduledActions"] == []


def test_provisioned_concurrency_of_a_serverless_variant(sagemaker, scaling, clock):
    sagemaker.create_model(
        ModelName="m", ExecutionRoleArn="arn:aws:iam::123456789012:role/r", PrimaryContainer={"Image": "images/m:1"})
    sagemaker.create_endpoint_config(EndpointConfigName="less", ProductionVariants=[{
        "VariantName": "v", "ModelName": "m", "ServerlessConfig": {
            "MemorySizeInMB": 2048, "MaxConcurrency": 10, "ProvisionedConcurrency": 1}}])
    sagemaker.create_endpoint(EndpointName="less", EndpointConfigName="less")
    clock.advance(60)
    target = dict(ServiceNamespace="sagemaker", ResourceId="endpoint/less/variant/v",
                  ScalableDimension="sagemaker:variant:DesiredProvisionedConcurrency")
    with pytest.raises(scaling.exceptions.ValidationException):
        scaling.register_scalable_target(
            **target | {"ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}, MinCapacity=1, MaxCapacity=2)
    scaling.register_scalable_target(**target, MinCapacity=3, MaxCapacity=5)
    clock.advance(60)
    (variant,) = sagemaker.describe_endpoint(EndpointName="less")["ProductionVariants"]
    assert variant["CurrentServerlessConfig"]["ProvisionedConcurrency"] == 3
    (activity,) = scaling.describe_scaling_activities(ServiceNamespace="sagemaker")["ScalingActivities"]
    assert activity["StatusCode"] == "Successful"


def test_an_update_keeps_the_instance_type_of_a_scaled_variant(sagemaker, scaling, clock, endpoint):
    register(scaling)
    sagemaker.create_endpoint_config(EndpointConfigName="compute", ProductionVariants=[{
        "VariantName": "AllTraffic", "ModelName": "m", "InstanceType": "ml.c5.xlarge", "InitialInstanceCount": 2}])
    with pytest.raises(sagemaker.exceptions.ClientError, match="instance type of the production variant AllTraffic"):
        sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="compute")
    assert sagemaker.describe_endpoint(EndpointName=ENDPOINT)["EndpointStatus"] == "InService"
    sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="green")
    clock.advance(60)
    scaling.deregister_scalable_target(**TARGET)
    sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="compute")
    clock.advance(60)
    assert sagemaker.describe_endpoint(EndpointName=ENDPOINT)["EndpointConfigName"] == "compute"
    register(scaling)


def test_a_minimum_of_zero_is_taken(sagemaker, scaling, clock, endpoint):
    """As the API reference of Application Auto Scaling has it, for every variant."""
    register(scaling, 0, 0)
    clock.advance(60)
    assert counts(sagemaker) == (0, 0)
    with pytest.raises(scaling.exceptions.ValidationException, match="Capacity cannot be less than 0"):
        register(scaling, -1, 1)
