"""A canary deployment that rolls itself back, and four that do not.

This is a script for AWS: it knows boto3 and nothing else. Where the calls go is decided outside it, by
AWS_ENDPOINT_URL. It uploads two archived XGBoost models, serves the first, and updates the endpoint to a release whose
container cannot load its model, while it goes on sending requests; the alarms it made stop that deployment. Then it
deploys a good release in each of the ways SageMaker offers.
"""
from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

import boto3

VARIANT = "AllTraffic"
METRICS = {  # as a notebook plots them: the statistic that makes sense of each
    "Invocations": "Sum",
    "Invocation4XXErrors": "Average",
    "Invocation5XXErrors": "Average",
    "ModelLatency": "Average",
    "OverheadLatency": "Average",
}


@dataclass(frozen=True)
class Setting:
    """What differs from account to account."""
    role: str
    bucket: str
    archives: Path
    registry: str
    endpoint: str = "DEMO-churn-endpoint"
    pause_seconds: float = 1.0        # between two requests
    patience_seconds: float = 3600.0  # for one deployment


@dataclass(frozen=True)
class Outcome:
    """One request: when, what the endpoint's new fleet looked like just before, and how it ended."""
    at: float
    green: str
    error: dict | None = None
    http_status: int = 200

    @property
    def failed(self) -> bool:
        return self.error is not None


@dataclass
class Journey:
    """What was seen of one deployment, from its UpdateEndpoint call to the end."""
    began: float = field(default_factory=time.monotonic)
    sightings: list[tuple[float, dict]] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    alarms: list[tuple[float, dict[str, str]]] = field(default_factory=list)

    @property
    def end(self) -> dict:
        return self.sightings[-1][1]

    @property
    def statuses(self) -> list[str]:
        """The endpoint's statuses in order, repeats left out."""
        return [now for before, now in zip([None, *self._statuses], self._statuses) if now != before]

    @property
    def _statuses(self) -> list[str]:
        return [described["EndpointStatus"] for _, described in self.sightings]


class MainJob:
    def __init__(self, setting: Setting, on_change: Callable[[str, dict, dict[str, str]], None] | None = None):
        self.setting = setting
        self.on_change = on_change or (lambda *_: None)
        self.s3 = boto3.client("s3")
        self.sagemaker = boto3.client("sagemaker")
        self.runtime = boto3.client("sagemaker-runtime")
        self.cloudwatch = boto3.client("cloudwatch")
        self.rows = (setting.archives / "test-sample.csv").read_text().splitlines()
        self.models = ["DEMO-xgb-churn-pred", "DEMO-xgb-churn-pred2", "DEMO-xgb-churn-pred3"]
        self.configs = [f"DEMO-churn-config-{number}" for number in (1, 2, 3)]
        self.alarms = {"errors": "TestAlarm-5XXErrors", "latency": "TestAlarm-ModelLatency"}
        self.outcomes: list[Outcome] = []

    # 1. The archives.

    def upload_archives(self) -> list[str]:
        self.s3.create_bucket(Bucket=self.setting.bucket)
        uris = []
        for name in ("xgb-churn-prediction-model.tar.gz", "xgb-churn-prediction-model2.tar.gz"):
            self.s3.upload_file(str(self.setting.archives / name), self.setting.bucket, f"churn/{name}")
            uris.append(f"s3://{self.setting.bucket}/churn/{name}")
        return uris

    # 2. Models, configurations, endpoint. The second image is the release that cannot load its model.

    def create_endpoint(self, archives: list[str]) -> None:
        tags = ["0.90-1-cpu-py3", "1.2-1", "0.90-2-cpu-py3"]
        for model, config, tag, archive in zip(self.models, self.configs, tags, [archives[0], archives[1], archives[1]]):
            self.sagemaker.create_model(
                ModelName=model, ExecutionRoleArn=self.setting.role,
                PrimaryContainer={"Image": f"{self.setting.registry}/sagemaker-xgboost:{tag}", "ModelDataUrl": archive})
            self.sagemaker.create_endpoint_config(
                EndpointConfigName=config,
                ProductionVariants=[{
                    "VariantName": VARIANT, "ModelName": model, "InstanceType": "ml.m5.xlarge",
                    "InitialInstanceCount": 3, "InitialVariantWeight": 1}])
        self.sagemaker.create_endpoint(EndpointName=self.setting.endpoint, EndpointConfigName=self.configs[0])
        self.sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=self.setting.endpoint)

    def describe(self) -> dict:
        return self.sagemaker.describe_endpoint(EndpointName=self.setting.endpoint)

    # 3. Requests.

    def invoke(self, green: str = "-") -> Outcome:
        row = self.rows[len(self.outcomes) % len(self.rows)]
        began = time.monotonic()
        try:
            answer = self.runtime.invoke_endpoint(
                EndpointName=self.setting.endpoint, ContentType="text/csv", Body=row)
            float(answer["Body"].read())
            outcome = Outcome(began, green)
        except self.runtime.exceptions.ModelError as error:
            response = error.response
            outcome = Outcome(began, green, response, response["ResponseMetadata"]["HTTPStatusCode"])
        self.outcomes.append(outcome)
        return outcome

    # 4. Alarms.

    def create_alarms(self) -> None:
        for metric, key, threshold in (
            ("Invocation5XXErrors", "errors", 1), ("ModelLatency", "latency", 10_000),
        ):
            self.cloudwatch.put_metric_alarm(
                AlarmName=self.alarms[key], AlarmDescription=f"{metric} of the churn endpoint", ActionsEnabled=False,
                Namespace="AWS/SageMaker", MetricName=metric, Statistic="Average",
                Dimensions=[{"Name": "EndpointName", "Value": self.setting.endpoint},
                            {"Name": "VariantName", "Value": VARIANT}],
                Period=60, EvaluationPeriods=1, Threshold=threshold,
                ComparisonOperator="GreaterThanOrEqualToThreshold", TreatMissingData="notBreaching")

    def alarm_states(self) -> dict[str, str]:
        answer = self.cloudwatch.describe_alarms(AlarmNames=list(self.alarms.values()))
        return {alarm["AlarmName"]: alarm["StateValue"] for alarm in answer["MetricAlarms"]}

    def serve_until_alarms_are_ok(self) -> int:
        """Goes on with requests until no alarm is in ALARM; a deployment begun before that would roll back at once."""
        deadline, sent = time.monotonic() + self.setting.patience_seconds, 0
        while "ALARM" in self.alarm_states().values():
            assert time.monotonic() < deadline, "an alarm stayed in ALARM"
            self.invoke()
            sent += 1
            time.sleep(self.setting.pause_seconds)
        return sent

    # 5. Deployments.

    def deployment(self, routing: dict | None) -> dict:
        return {
            "BlueGreenUpdatePolicy": {
                "TrafficRoutingConfiguration": routing,
                "TerminationWaitInSeconds": 120, "MaximumExecutionTimeoutInSeconds": 1800},
            "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in self.alarms.values()]},
        }

    def canary(self) -> dict:
        return self.deployment({
            "Type": "CANARY", "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1}, "WaitIntervalInSeconds": 300})

    def linear(self) -> dict:
        return self.deployment({
            "Type": "LINEAR", "LinearStepSize": {"Type": "CAPACITY_PERCENT", "Value": 33},
            "WaitIntervalInSeconds": 180})

    def all_at_once(self) -> dict:
        return self.deployment({"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0})

    def update(self, config: str, **options) -> Journey:
        """Updates the endpoint and keeps it busy until the deployment is over."""
        journey = Journey()
        self.sagemaker.update_endpoint(EndpointName=self.setting.endpoint, EndpointConfigName=config, **options)
        deadline = time.monotonic() + self.setting.patience_seconds
        while True:
            described = self.describe()
            self._notice(journey, described)
            if described["EndpointStatus"] not in ("Updating", "RollingBack"):
                return journey
            assert time.monotonic() < deadline, f"still {described['EndpointStatus']}"
            journey.outcomes.append(self.invoke(green=green_capacity(described)))
            time.sleep(self.setting.pause_seconds)

    def _notice(self, journey: Journey, described: dict) -> None:
        elapsed = time.monotonic() - journey.began
        alarms = self.alarm_states()
        news = not journey.sightings or summary(journey.end) != summary(described)
        if news:
            journey.sightings.append((elapsed, described))
        if not journey.alarms or journey.alarms[-1][1] != alarms:
            journey.alarms.append((elapsed, alarms))
            news = True
        if news:
            self.on_change(summary(described), described, alarms)

    # 6. What a notebook plots.

    def statistics(self, metric: str, statistic: str, config: str | None = None, hours: int = 4) -> list[tuple]:
        now = datetime.now(timezone.utc)
        answer = self.cloudwatch.get_metric_statistics(
            Namespace="AWS/SageMaker", MetricName=metric, Dimensions=self._dimensions(config),
            StartTime=now - timedelta(hours=hours), EndTime=now, Period=60, Statistics=[statistic])
        return sorted((point["Timestamp"], point[statistic]) for point in answer["Datapoints"])

    def metric_data(self, hours: int = 4) -> dict[str, list[tuple]]:
        now = datetime.now(timezone.utc)
        answer = self.cloudwatch.get_metric_data(
            StartTime=now - timedelta(hours=hours), EndTime=now, ScanBy="TimestampAscending",
            MetricDataQueries=[{
                "Id": metric[0].lower() + metric[1:],
                "MetricStat": {
                    "Metric": {"Namespace": "AWS/SageMaker", "MetricName": metric, "Dimensions": self._dimensions()},
                    "Period": 60, "Stat": statistic},
            } for metric, statistic in METRICS.items()])
        return {result["Label"]: list(zip(result["Timestamps"], result["Values"]))
                for result in answer["MetricDataResults"]}

    def _dimensions(self, config: str | None = None) -> list[dict]:
        dimensions = {"EndpointName": self.setting.endpoint, "VariantName": VARIANT}
        if config:
            dimensions["EndpointConfigName"] = config
        return [{"Name": name, "Value": value} for name, value in dimensions.items()]

    # 7. The end.

    def clean_up(self) -> None:
        self.sagemaker.delete_endpoint(EndpointName=self.setting.endpoint)
        self.sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=self.setting.endpoint)
        for config, model in zip(self.configs, self.models):
            self.sagemaker.delete_endpoint_config(EndpointConfigName=config)
            self.sagemaker.delete_model(ModelName=model)
        self.cloudwatch.delete_alarms(AlarmNames=list(self.alarms.values()))
        bucket = boto3.resource("s3").Bucket(self.setting.bucket)
        bucket.objects.all().delete()
        bucket.delete()


def green_capacity(described: dict) -> str:
    """The new fleet's instances with traffic, of all: `1/3`; `-` when there is no new fleet."""
    pending = described.get("PendingDeploymentSummary")
    if not pending:
        return "-"
    variant = pending["ProductionVariants"][0]
    return f"{variant['CurrentInstanceCount']}/{variant['DesiredInstanceCount']}"


def summary(described: dict) -> str:
    """One line for a screen: status, config, and who has the traffic."""
    blue = described["ProductionVariants"][0]
    line = f"{described['EndpointStatus']} on {described['EndpointConfigName']}: " \
           f"{blue['CurrentInstanceCount']}/{blue['DesiredInstanceCount']} instances serve"
    if pending := described.get("PendingDeploymentSummary"):
        green = pending["ProductionVariants"][0]
        words = " ".join(status["StatusMessage"] for status in green.get("VariantStatus", []))
        line += f"; {pending['EndpointConfigName']}: {green_capacity(described)} serve. {words}"
    return line
