"""Clarify explanations with boto3: the documented form, from calls of the endpoint's own container."""
from __future__ import annotations

import json

import pytest

from hosting import ENDPOINT, invocations, make_endpoint, make_model, points, refused, variant

BASELINE = "0,0,0,0"


def make_explained(sagemaker, clock, **clarify) -> dict:
    make_model(sagemaker, "m")
    config = {"ClarifyExplainerConfig": {
        "ShapConfig": {"ShapBaselineConfig": {"ShapBaseline": BASELINE}}, **clarify}}
    sagemaker.create_endpoint_config(
        EndpointConfigName="explained", ProductionVariants=[variant("m", count=1)], ExplainerConfig=config)
    make_endpoint(sagemaker, clock, "explained")
    return config


def invoke(runtime, body: str, **options) -> dict:
    answer = runtime.invoke_endpoint(
        EndpointName=ENDPOINT, ContentType="text/csv", Accept="text/csv", Body=body, **options)
    assert answer["ContentType"] == "application/json"
    return json.loads(answer["Body"].read())


def test_a_record_is_explained(server, sagemaker, runtime, clock):
    config = make_explained(sagemaker, clock)
    assert sagemaker.describe_endpoint(EndpointName=ENDPOINT)["ExplainerConfig"] == config
    assert sagemaker.describe_endpoint_config(EndpointConfigName="explained")["ExplainerConfig"] == config
    answer = invoke(runtime, "1,2,3,4")
    assert answer["version"] == "1.0"
    assert answer["predictions"]["content_type"].startswith("text/csv")
    record, = answer["explanations"]["kernel_shap"]
    attributions = [feature["attributions"][0]["attribution"][0] for feature in record]
    assert len(attributions) == 4
    plain = invoke(runtime, BASELINE, EnableExplanations="`false`")
    assert plain["explanations"] == {}
    assert sum(attributions) == pytest.approx(
        float(answer["predictions"]["data"]) - float(plain["predictions"]["data"]))
    clock.advance(120)
    assert sum(value for _, value in points("ExplanationsPerInstance", "Sum")) == 1
    assert invocations() == 2


def test_a_condition_on_the_prediction(server, sagemaker, runtime, clock):
    make_explained(sagemaker, clock, EnableExplanations="[0] > `0.5`")
    rows = [f"{n},2,3,4" for n in range(20)]
    answer = invoke(runtime, "\n".join(rows))
    scores = [float(line) for line in answer["predictions"]["data"].splitlines()]
    assert any(score > 0.5 for score in scores) and any(score <= 0.5 for score in scores)
    assert [record is not None for record in answer["explanations"]["kernel_shap"]] == [score > 0.5 for score in scores]


def test_refusals(server, sagemaker, runtime, clock):
    make_explained(sagemaker, clock)
    with refused("ValidationError", containing="2 features"):
        invoke(runtime, "1,2")
    with refused("NotImplementedException", containing="contains("):
        invoke(runtime, "1,2,3,4", EnableExplanations="contains(@, `1`)")
