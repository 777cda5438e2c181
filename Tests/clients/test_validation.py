"""Constraint violations in AWS's words. The SDKs check some of this themselves, so the requests are raw and unsigned."""
from __future__ import annotations

import json

import pytest

from hosting import IMAGE, ROLE, make_model

LONG = "x" * 64


def call(server, operation: str, document) -> tuple[int, str, str]:
    answer = server.request("POST", "/", json.dumps(document), {
        "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"SageMaker.{operation}"})
    body = answer.json()
    assert answer.headers["x-amzn-RequestId"]
    return answer.status, body["__type"].split("#")[-1], body.get("message") or body.get("Message")


def one(problem: str) -> str:
    return f"1 validation error detected: {problem}"




@pytest.mark.parametrize("operation, document, message", [
    ("DescribeEndpoint", {}, one("Value null at 'endpointName' failed to satisfy constraint: Member must not be null")),
    ("ListEndpoints", {"NameContains": LONG}, one(
        f"Value '{LONG}' at 'nameContains' failed to satisfy constraint: Member must have length less than or equal to 63")),
    ("DeleteModel", {}, one("Value null at 'modelName' failed to satisfy constraint: Member must not be null")),
    ("ListEndpoints", {"MaxResults": 101}, one(
        "Value '101' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100")),
    ("ListEndpoints", {"MaxResults": 0}, one(
        "Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1")),
    ("ListEndpoints", {"SortBy": "Colour"}, one(
        "Value 'Colour' at 'sortBy' failed to satisfy constraint: "
        "Member must satisfy enum value set: [Name, CreationTime, Status]")),
    ("CreateEndpoint", {}, "2 validation errors detected: "
     "Value null at 'endpointConfigName' failed to satisfy constraint: Member must not be null; "
     "Value null at 'endpointName' failed to satisfy constraint: Member must not be null"),  # AWS reports backwards
])
def test_the_text(server, operation, document, message):
    assert call(server, operation, document) == (400, "ValidationException", message)


def test_list_members_are_counted_from_one(server):
    status, code, message = call(server, "CreateEndpointConfig", {
        "EndpointConfigName": "c", "ProductionVariants": [
            {"VariantName": "A", "ModelName": "m", "InstanceType": "ml.t3.medium", "InitialInstanceCount": 1}]})
    assert (status, code) == (400, "ValidationException")
    assert message.startswith(one(
        "Value 'ml.t3.medium' at 'productionVariants.1.member.instanceType' failed to satisfy constraint: "
        "Member must satisfy enum value set: ["))


def test_patterns(server):
    status, code, message = call(server, "CreateModel", {
        "ModelName": "m", "ExecutionRoleArn": "arn:aws:iam::1:role/short-account",
        "PrimaryContainer": {"Image": IMAGE.format("1.2-1")}})
    assert (status, code) == (400, "ValidationException")
    assert "at 'executionRoleArn' failed to satisfy constraint: Member must satisfy regular expression pattern: " in message
    status, code, message = call(server, "DescribeEndpoint", {"EndpointName": "under_score"})
    assert (status, code) == (400, "ValidationException")
    assert message.startswith(
        one("Value 'under_score' at 'endpointName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: "))


@pytest.mark.parametrize("seconds, problem", [
    (599, "Member must have value greater than or equal to 600"),
    (28801, "Member must have value less than or equal to 28800"),
])
def test_numbers_in_a_deployment_policy(server, seconds, problem):
    _, code, message = call(server, "UpdateEndpoint", {
        "EndpointName": "e", "EndpointConfigName": "c", "DeploymentConfig": {"BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0},
            "MaximumExecutionTimeoutInSeconds": seconds}}})
    assert code == "ValidationException"
    path = "deploymentConfig.blueGreenUpdatePolicy.maximumExecutionTimeoutInSeconds"
    assert message == one(f"Value '{seconds}' at '{path}' failed to satisfy constraint: {problem}")


@pytest.mark.parametrize("document", [
    {"EndpointName": 7}, {"EndpointName": ["e"]}, {"EndpointName": {"a": 1}}, {"EndpointName": True}, [], "e", 7, None,
])
def test_values_of_the_wrong_type(server, document):
    status, code, _ = call(server, "DescribeEndpoint", document)
    assert status == 400
    assert code in ("SerializationException", "ValidationException")


@pytest.mark.parametrize("target, status, code", [
    ("SageMaker.NoSuchOperation", 400, "UnknownOperationException"),
    ("SageMaker.", 400, "UnknownOperationException"),
    ("x", 400, "UnknownOperationException"),
    ("NoSuchService.DescribeEndpoint", 501, "NotImplementedException"),
])
def test_an_unknown_operation(server, target, status, code):
    answer = server.request("POST", "/", "{}", {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target})
    assert (answer.status, answer.json()["__type"].split("#")[-1]) == (status, code)


def test_a_refused_call_changes_nothing(server, sagemaker):
    """Validation comes before the work: the second model is wrong in its last member only."""
    make_model(sagemaker, "good")
    call(server, "CreateModel", {"ModelName": "bad", "ExecutionRoleArn": ROLE, "Tags": [{"Key": "k" * 129, "Value": ""}],
                                 "PrimaryContainer": {"Image": IMAGE.format("1.2-1")}})
    assert [model["ModelName"] for model in sagemaker.list_models()["Models"]] == ["good"]
