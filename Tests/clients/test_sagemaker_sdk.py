"""The SageMaker Python SDK 2.x, unmodified: deploy, predict, update, delete, asynchronous and serverless endpoints, logs."""
from __future__ import annotations

import logging
import os
import time

import boto3
import pytest

os.environ["SAGEMAKER_SUPPRESS_V2_WARNING"] = "1"
sagemaker = pytest.importorskip("sagemaker", reason="pip install -r requirements-sagemaker.txt")

from sagemaker.async_inference import AsyncInferenceConfig, WaiterConfig  # noqa: E402
from sagemaker.deserializers import CSVDeserializer  # noqa: E402
from sagemaker.exceptions import AsyncInferenceModelError, UnexpectedStatusException  # noqa: E402
from sagemaker.model import Model  # noqa: E402
from sagemaker.predictor import Predictor  # noqa: E402
from sagemaker.serializers import CSVSerializer  # noqa: E402
from sagemaker.serverless import ServerlessInferenceConfig  # noqa: E402

from conftest import ACCOUNT, REGION, client  # noqa: E402

ROLE = f"arn:aws:iam::{ACCOUNT}:role/sm"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/model:1"


@pytest.fixture
def session(start_server, monkeypatch):
    """A session on a server whose clock runs. The SDK polls every 10 or 30 seconds; here its naps are short."""
    nap = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: nap(min(seconds, 0.3)))
    monkeypatch.server = start_server("--ephemeral", "--seed", "1", "--ecr-images", "known")
    return sagemaker.Session(boto_session=boto3.Session(region_name=REGION), default_bucket="sdk")


def model(session, name: str = "sdk-model") -> Model:
    return Model(
        image_uri=IMAGE, model_data="s3://sdk/model.tar.gz", role=ROLE, name=name, sagemaker_session=session,
        predictor_cls=Predictor)


def deploy(session, name: str, **more) -> Predictor:
    return model(session).deploy(
        **({"initial_instance_count": 1, "instance_type": "ml.m5.xlarge"} | more), endpoint_name=name,
        serializer=CSVSerializer(), deserializer=CSVDeserializer())


def test_deploy_predict_update_delete(session):
    predictor = deploy(session, "sdk")
    (row, other) = predictor.predict([[1, 2, 3], [4, 5, 6]])
    assert 0 <= float(row[0]) < 1 and row != other
    api = session.sagemaker_client
    before = api.describe_endpoint(EndpointName="sdk")["EndpointConfigName"]
    predictor.update_endpoint(initial_instance_count=2, instance_type="ml.m5.xlarge")
    described = api.describe_endpoint(EndpointName="sdk")
    assert described["EndpointStatus"] == "InService" and described["EndpointConfigName"] != before
    assert described["ProductionVariants"][0]["CurrentInstanceCount"] == 2
    predictor.delete_model()
    predictor.delete_endpoint()
    assert api.list_endpoint_configs()["EndpointConfigs"][0]["EndpointConfigName"] == before


def test_live_logging_reads_what_containers_print(session, caplog):
    # The SDK shows pages that have a further one, so there must be more lines than fit on one.
    with caplog.at_level(logging.INFO, logger="sagemaker"):
        deploy(session, "sdk-logs", initial_instance_count=30, endpoint_logging=True)
    assert "Listening on port 8080" in caplog.text


def test_a_failed_deployment_raises_the_sdks_own_error(session, monkeypatch):
    monkeypatch.server.control("PUT", "behaviors/sick", {"match": {}, "ping": {"status": 500}})
    with pytest.raises(UnexpectedStatusException) as failed:
        deploy(session, "sick")
    assert "Error hosting endpoint sick: Failed. Reason:" in str(failed.value) and "ping" in str(failed.value)


def test_serverless(session):
    predictor = model(session).deploy(
        serverless_inference_config=ServerlessInferenceConfig(memory_size_in_mb=2048, max_concurrency=5),
        endpoint_name="sdk-serverless", serializer=CSVSerializer(), deserializer=CSVDeserializer())
    assert len(predictor.predict([[1, 2, 3]])) == 1
    (variant,) = session.sagemaker_client.describe_endpoint(EndpointName="sdk-serverless")["ProductionVariants"]
    assert variant["CurrentServerlessConfig"]["MaxConcurrency"] == 5


# The SDK waits in threads for either object, and leaves the one that never comes waiting.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_asynchronous(session, monkeypatch):
    client("s3").create_bucket(Bucket="sdk")
    predictor = deploy(session, "sdk-async", async_inference_config=AsyncInferenceConfig(
        output_path="s3://sdk/out", failure_path="s3://sdk/failed"))
    quick = WaiterConfig(max_attempts=20, delay=1)
    assert len(predictor.predict([[1, 2, 3]], waiter_config=quick)) == 1
    later = predictor.predict_async([[4, 5, 6]])
    assert later.output_path.startswith("s3://sdk/out/")
    assert len(later.get_result(quick)) == 1
    monkeypatch.server.control("PUT", "behaviors/broken", {"match": {}, "respond": {"status": 500, "body": "no memory"}})
    with pytest.raises(AsyncInferenceModelError):
        predictor.predict_async([[7, 8, 9]]).get_result(quick)
