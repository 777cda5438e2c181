"""Inference components with boto3: a pool of machines, copies that come and go, an update that rolls back."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from hosting import ENDPOINT, ROLE, ROLLED_BACK, make_config, make_endpoint, make_model, refused

NO_CAPACITY = ("Inference Component has no capacity to process this request. ApplicationAutoScaling may be in-progress (if "
               "configured) or try to increase the capacity by invoking UpdateInferenceComponentRuntimeConfig API.")


def make_pool(sagemaker, clock, machines: int = 1, scaling: tuple[int, int] | None = None) -> None:
    variant = {"VariantName": "AllTraffic", "InstanceType": "ml.g5.2xlarge", "InitialInstanceCount": machines,
               "RoutingConfig": {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"}}
    if scaling:
        variant["ManagedInstanceScaling"] = {
            "Status": "ENABLED", "MinInstanceCount": scaling[0], "MaxInstanceCount": scaling[1]}
    sagemaker.create_endpoint_config(
        EndpointConfigName="pool", ExecutionRoleArn=ROLE, ProductionVariants=[variant])
    make_endpoint(sagemaker, clock, "pool")


def specification(model: str = "one", accelerators: int | None = 1, memory: int = 1024) -> dict:
    needs = {"MinMemoryRequiredInMb": memory}
    if accelerators:
        needs["NumberOfAcceleratorDevicesRequired"] = accelerators
    return {"ModelName": model, "ComputeResourceRequirements": needs}


def create(sagemaker, name: str, copies: int = 1, **needs) -> None:
    sagemaker.create_inference_component(
        InferenceComponentName=name, EndpointName=ENDPOINT, VariantName="AllTraffic",
        Specification=specification(**needs), RuntimeConfig={"CopyCount": copies})


def settle(sagemaker, clock, name: str) -> dict:
    for _ in range(2000):
        described = sagemaker.describe_inference_component(InferenceComponentName=name)
        if described["InferenceComponentStatus"] not in ("Creating", "Updating"):
            return described
        clock.advance(1)
    raise AssertionError(described)


def invoke(runtime, name: str):
    return runtime.invoke_endpoint(
        EndpointName=ENDPOINT, InferenceComponentName=name, ContentType="text/csv", Body="1,2,3")


@pytest.fixture
def models(server, sagemaker):
    for name in ("one", "two"):
        make_model(sagemaker, name, image=f"images/{name}:1")


def test_two_components_share_a_machine(models, sagemaker, runtime, clock):
    make_pool(sagemaker, clock)
    create(sagemaker, "a", accelerators=None)
    create(sagemaker, "b", accelerators=1)
    for name in "ab":
        described = settle(sagemaker, clock, name)
        assert described["InferenceComponentStatus"] == "InService"
        assert described["RuntimeConfig"] == {"DesiredCopyCount": 1, "CurrentCopyCount": 1}
        assert invoke(runtime, name)["InvokedProductionVariant"] == "AllTraffic"
    listed = sagemaker.list_inference_components(EndpointNameEquals=ENDPOINT, SortBy="Name", SortOrder="Ascending")
    assert [entry["InferenceComponentName"] for entry in listed["InferenceComponents"]] == ["a", "b"]
    # The only accelerator is taken.
    create(sagemaker, "c")
    assert settle(sagemaker, clock, "c")["FailureReason"].startswith("There is not enough hardware resources")
    sagemaker.delete_inference_component(InferenceComponentName="c")
    clock.advance(5)
    with refused("ValidationException", containing="Could not find inference component"):
        sagemaker.describe_inference_component(InferenceComponentName="c")


def test_to_zero_and_back(models, server, sagemaker, runtime, cloudwatch, clock):
    make_pool(sagemaker, clock, scaling=(0, 2))
    create(sagemaker, "a", copies=2)
    assert settle(sagemaker, clock, "a")["RuntimeConfig"]["CurrentCopyCount"] == 2
    variant = sagemaker.describe_endpoint(EndpointName=ENDPOINT)["ProductionVariants"][0]
    assert (variant["CurrentInstanceCount"], variant["DesiredInstanceCount"]) == (2, 2)
    sagemaker.update_inference_component_runtime_config(
        InferenceComponentName="a", DesiredRuntimeConfig={"CopyCount": 0})
    clock.advance(30)
    assert sagemaker.describe_endpoint(EndpointName=ENDPOINT)["ProductionVariants"][0]["CurrentInstanceCount"] == 0
    with refused("ValidationError", NO_CAPACITY, status=400):
        invoke(runtime, "a")
    clock.advance(60)
    metrics = cloudwatch.list_metrics(Namespace="AWS/SageMaker", MetricName="NoCapacityInvocationFailures")["Metrics"]
    assert metrics[0]["Dimensions"] == [{"Name": "InferenceComponentName", "Value": "a"}]
    sagemaker.update_inference_component_runtime_config(
        InferenceComponentName="a", DesiredRuntimeConfig={"CopyCount": 1})
    assert settle(sagemaker, clock, "a")["RuntimeConfig"]["CurrentCopyCount"] == 1
    assert invoke(runtime, "a")["Body"].read()


def test_a_rolling_update_and_its_rollback(models, server, sagemaker, runtime, cloudwatch, clock):
    make_pool(sagemaker, clock, machines=5)
    create(sagemaker, "a", copies=4)
    settle(sagemaker, clock, "a")
    cloudwatch.put_metric_alarm(
        AlarmName="failing", Namespace="AWS/SageMaker", MetricName="Invocation5XXErrors", Statistic="Average",
        Dimensions=[{"Name": "InferenceComponentName", "Value": "a"}], Period=60, EvaluationPeriods=1, Threshold=0.1,
        ComparisonOperator="GreaterThanThreshold", TreatMissingData="notBreaching")
    server.control("PUT", f"traffic/{ENDPOINT}", {"requestsPerSecond": 10, "inferenceComponent": "a", "seed": 5})
    server.control("PUT", "behaviors/two", {"match": {"modelName": "two"}, "respond": {"status": 500}})
    policy = {"RollingUpdatePolicy": {"MaximumBatchSize": {"Type": "COPY_COUNT", "Value": 1},
                                      "WaitIntervalInSeconds": 120},
              "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "failing"}]}}
    for broken in (True, False):
        sagemaker.update_inference_component(
            InferenceComponentName="a", Specification=specification("two"), DeploymentConfig=policy)
        with refused("ValidationException", containing="Cannot update in-progress inference component"):
            sagemaker.delete_inference_component(InferenceComponentName="a")
        described = settle(sagemaker, clock, "a")
        assert described["LastDeploymentConfig"] == policy
        assert described["RuntimeConfig"]["CurrentCopyCount"] == 4
        if broken:
            assert described["Specification"]["ModelName"] == "one"
            assert described["FailureReason"] == ROLLED_BACK.format("failing")
            server.control("DELETE", "behaviors/two")
            clock.advance(120)
        else:
            assert described["Specification"]["ModelName"] == "two"
            assert "FailureReason" not in described


def test_components_survive_a_restart_in_mid_update(start_server, tmp_path, monkeypatch):
    import conftest

    data = str(tmp_path / "data")
    server = start_server("--data", data, "--clock", "manual")
    sagemaker = conftest.client("sagemaker")
    make_model(sagemaker, "one")
    make_pool(sagemaker, server.clock, scaling=(1, 3))
    create(sagemaker, "a", copies=3)
    server.clock.advance(0.2)
    server.kill()
    server = start_server("--data", data, "--clock", "manual")
    sagemaker, runtime = conftest.client("sagemaker"), conftest.client("sagemaker-runtime")
    assert settle(sagemaker, server.clock, "a")["RuntimeConfig"]["CurrentCopyCount"] == 3
    assert invoke(runtime, "a")["Body"].read()


def test_an_update_away_from_components_leaves_them_without_copies(models, sagemaker, runtime, clock):
    make_pool(sagemaker, clock)
    create(sagemaker, "a")
    settle(sagemaker, clock, "a")
    make_config(sagemaker, "plain", count=1)
    sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="plain")
    clock.advance(60)
    left = sagemaker.describe_inference_component(InferenceComponentName="a")
    assert left["InferenceComponentStatus"] == "InService"
    assert left["RuntimeConfig"] == {"DesiredCopyCount": 1, "CurrentCopyCount": 0}
    assert runtime.invoke_endpoint(EndpointName=ENDPOINT, ContentType="text/csv", Body="1,2,3")["Body"].read()
    sagemaker.delete_inference_component(InferenceComponentName="a")


def test_utilisation_of_a_machine_with_a_gpu(models, sagemaker, runtime, cloudwatch, clock):
    make_pool(sagemaker, clock)
    create(sagemaker, "a", accelerators=1, memory=8192)
    settle(sagemaker, clock, "a")
    clock.advance(60)
    for _ in range(30):
        invoke(runtime, "a")
    clock.advance(60)

    def newest(metric: str, namespace: str = "/aws/sagemaker/Endpoints", **dimensions: str) -> float:
        dimensions = dimensions or {"EndpointName": ENDPOINT, "VariantName": "AllTraffic"}
        now = datetime.now(timezone.utc)
        data = cloudwatch.get_metric_statistics(
            Namespace=namespace, MetricName=metric, Period=60, Statistics=["Average"],
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=now - timedelta(hours=1), EndTime=now + timedelta(minutes=1))["Datapoints"]
        return max(data, key=lambda point: point["Timestamp"])["Average"]

    # ml.g5.2xlarge has eight cores, 32 GiB and one GPU.
    assert (newest("GPUReservation"), newest("MemoryReservation"), newest("CPUReservation")) == (100, 25, 0)
    for metric in ("GPUUtilization", "GPUMemoryUtilization", "CPUUtilization", "CPUUtilizationNormalized"):
        assert 0 < newest(metric) <= 100, metric
    for metric in ("CPU", "Memory", "GPU", "GPUMemory"):
        assert 0 < newest(f"{metric}UtilizationNormalized", "/aws/sagemaker/InferenceComponents",
                          InferenceComponentName="a") <= 100, metric
