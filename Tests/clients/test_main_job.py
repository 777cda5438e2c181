"""The main job, played by an unmodified boto3 against a server whose clock runs sixty times too fast.

`main_job` does not know Coldframe. It polls and pauses as a user's script does; everywhere else tests drive the clock.
"""
from __future__ import annotations

import math
import time

import pytest

from main_job import METRICS, Journey, MainJob, Setting, green_capacity

BASE = "One or more configured alarm for automatic rollback deployment is in ALARM state: [{}]."


@pytest.fixture
def server(start_server):
    # A fifth of a second is enough for the waiter; two would hide the final bake, which lasts that long here.
    return start_server("--ephemeral", "--time-scale", "60", "--describe-waits", "0.2", "--seed", "1")


@pytest.fixture
def job(server, churn) -> MainJob:
    return MainJob(Setting(
        role="arn:aws:iam::123456789012:role/SageMakerRole", bucket="sagemaker-us-east-1-123456789012",
        archives=churn, registry="683313688378.dkr.ecr.us-east-1.amazonaws.com",
        pause_seconds=0.01, patience_seconds=60))


@pytest.mark.timeout(240)
def test_a_canary_rolls_back_and_four_other_deployments_succeed(server, job: MainJob):
    first, incompatible, good = job.configs

    # 1. Two archives go up and come back the same.
    archives = job.upload_archives()
    for uri in archives:
        key = uri.split("/", 3)[3]
        stored = job.s3.get_object(Bucket=job.setting.bucket, Key=key)["Body"].read()
        assert stored == (job.setting.archives / key.split("/")[-1]).read_bytes()

    # 2. Three models, three configurations, an endpoint; the stock waiter needs no second poll.
    began = time.monotonic()
    job.create_endpoint(archives)
    assert time.monotonic() - began < 10
    assert {"EndpointStatus": "InService", "EndpointConfigName": first}.items() <= job.describe().items()
    assert "LastDeploymentConfig" not in job.describe()

    # 3. Answers come back.
    assert not any(job.invoke().failed for _ in range(20))

    # 4. Two alarms.
    job.create_alarms()
    assert set(job.alarm_states()) == set(job.alarms.values())

    # 5. The canary to the release that cannot load its model.
    eventually(lambda: server.clock.seconds() % 60, lambda second: second < 10)  # most of a minute to be seen in
    canary_began = time.monotonic()
    rollback = job.update(incompatible, DeploymentConfig=job.canary())
    assert time.monotonic() - canary_began < 30
    check_rollback(job, rollback)

    # 6. The good release, by the deployment configuration of the failed one.
    job.serve_until_alarms_are_ok()
    retained = job.update(good, RetainDeploymentConfig=True)
    check_success(job, retained, job.canary(), bakes=["1/3", "3/3"])
    for _, described in retained.sightings[:-1]:  # the last rollback's reason stays to the end
        assert described["FailureReason"] == BASE.format(job.alarms["latency"])
    check_metrics(job)

    # 7. The other ways to deploy it, forth and back.
    linear = job.update(first, DeploymentConfig=job.linear())
    check_success(job, linear, job.linear(), config=first, bakes=["1/3", "2/3", "3/3"])
    at_once = job.update(good, DeploymentConfig=job.all_at_once())
    check_success(job, at_once, job.all_at_once(), bakes=["3/3"])
    plain = job.update(first)
    assert plain.end["EndpointConfigName"] == first
    assert not any("Baking" in str(described) for _, described in plain.sightings)
    assert not any(outcome.failed for outcome in plain.outcomes)

    job.clean_up()
    assert job.sagemaker.list_endpoints()["Endpoints"] == []


def check_rollback(job: MainJob, journey: Journey) -> None:
    first, incompatible, _ = job.configs
    end = journey.end
    assert journey.statuses in (["Updating", "InService"], ["InService", "Updating", "InService"])
    assert end["EndpointConfigName"] == first
    assert end["FailureReason"] == BASE.format(job.alarms["latency"])
    assert end["LastDeploymentConfig"] == job.canary()
    assert "PendingDeploymentSummary" not in end
    blue = end["ProductionVariants"][0]
    assert (blue["CurrentInstanceCount"], blue["DesiredInstanceCount"]) == (3, 3)
    assert (blue["CurrentWeight"], blue["DesiredWeight"]) == (1.0, 1.0)

    # While it ran: the old configuration throughout, the new one only as pending, the new policy from the first poll.
    for _, described in journey.sightings[:-1]:
        assert described["EndpointConfigName"] == first
        assert described["LastDeploymentConfig"] == job.canary()
        if pending := described.get("PendingDeploymentSummary"):
            assert pending["EndpointConfigName"] == incompatible
            assert pending["ProductionVariants"][0]["InstanceType"] == "m5.xlarge"
    baking = [described["PendingDeploymentSummary"]["ProductionVariants"][0]["VariantStatus"][0]
              for _, described in journey.sightings if "Baking" in str(described)]
    assert baking[0]["StatusMessage"] == ("Baking for 300 seconds (WaitIntervalInSeconds) with traffic enabled "
                                          "on canary capacity of 1 instance(s).")

    # One of three instances had the traffic: about a third of the calls failed, all in the same way.
    during = [outcome for outcome in journey.outcomes if outcome.green == "1/3"]
    failures = [outcome for outcome in journey.outcomes if outcome.failed]
    failed = sum(outcome.failed for outcome in during)
    assert len(during) >= 10
    assert abs(failed - len(during) / 3) <= 4 * math.sqrt(len(during) * 2 / 9), (failed, len(during))  # four sigma
    for outcome in failures:
        assert outcome.http_status == 424
        assert outcome.error["Error"]["Code"] == "ModelError"
        assert outcome.error["OriginalStatusCode"] == 500
        assert outcome.error["Error"]["Message"].startswith('Received server error (500) from primary with message "')

    # A third of the calls failing is an average of 0.33: only the latency alarm trips.
    assert journey.alarms[-1][1][job.alarms["latency"]] == "ALARM"
    assert all(states[job.alarms["errors"]] != "ALARM" for _, states in journey.alarms)


def check_success(job: MainJob, journey: Journey, deployment: dict, bakes: list[str], config: str | None = None) -> None:
    end = journey.end
    assert end["EndpointStatus"] == "InService"
    assert end["EndpointConfigName"] == (config or job.configs[2])
    assert end["LastDeploymentConfig"] == deployment
    assert "FailureReason" not in end
    assert "PendingDeploymentSummary" not in end
    assert not any(outcome.failed for outcome in journey.outcomes)
    baking = [green_capacity(described) for _, described in journey.sightings if "Baking" in str(described)]
    assert baking == bakes


def check_metrics(job: MainJob) -> None:
    """Every call is in the metrics, once, in the minute it happened; and both ways of asking agree."""
    calls = len(job.outcomes)
    failures = sum(outcome.failed for outcome in job.outcomes)
    totals = eventually(lambda: {
        metric: sum(value for _, value in job.statistics(metric, "Sum"))
        for metric in ("Invocations", "Invocation4XXErrors", "Invocation5XXErrors")
    }, lambda found: found["Invocations"] == calls)
    assert totals == {"Invocations": calls, "Invocation4XXErrors": 0, "Invocation5XXErrors": failures}
    samples = {metric: sum(value for _, value in job.statistics(metric, "SampleCount"))
               for metric in ("Invocation5XXErrors", "ModelLatency", "OverheadLatency")}
    assert samples == dict.fromkeys(samples, calls)

    # The third dimension tells the fleets apart: everything the failing one answered was an error, and slow.
    failing = job.configs[1]
    assert sum(value for _, value in job.statistics("Invocations", "Sum", failing)) == failures
    assert all(value == 1 for _, value in job.statistics("Invocation5XXErrors", "Average", failing))
    assert all(value > 100_000 for _, value in job.statistics("ModelLatency", "Average", failing))
    assert all(value < 10_000 for _, value in job.statistics("ModelLatency", "Average", job.configs[0]))

    data = job.metric_data()
    assert list(data) == list(METRICS)
    for metric, statistic in METRICS.items():
        values = [value for _, value in data[metric]]
        later = [value for _, value in job.statistics(metric, statistic)]  # a minute may have passed in between
        assert values == later[:len(values)], metric
        assert data[metric] == sorted(data[metric])
    assert max(value for _, value in data["ModelLatency"]) >= 10_000
    assert 0 < max(value for _, value in data["Invocation5XXErrors"]) < 1


def eventually(look, good, tries: int = 200):
    """What `look` finds as soon as it is `good`, else what it found last. Follows a running clock; bounded."""
    for _ in range(tries):
        found = look()
        if good(found):
            break
        time.sleep(0.01)
    return found
