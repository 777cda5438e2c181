"""Sticky sessions with boto3: a session stays on the machine that opened it, until it is closed or expires."""
from __future__ import annotations

import re

import pytest

from hosting import ENDPOINT, make_config, make_endpoint, refused


@pytest.fixture
def endpoint(server, sagemaker, clock):
    make_config(sagemaker, "blue")
    make_endpoint(sagemaker, clock, "blue")
    return ENDPOINT


def invoke(runtime, session: str) -> dict:
    return runtime.invoke_endpoint(EndpointName=ENDPOINT, ContentType="text/csv", Body=b"1", SessionId=session)


def open_session(runtime) -> str:
    told = invoke(runtime, "NEW_SESSION")["NewSessionId"]
    assert re.fullmatch(r"[0-9a-f-]{36}; Expires=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", told)
    return told.split(";")[0]


def test_a_session_goes_on_until_it_expires(endpoint, runtime, clock):
    session = open_session(runtime)
    for _ in range(5):
        assert "NewSessionId" not in invoke(runtime, session)
    clock.advance(3600)
    with refused("ValidationError"):
        invoke(runtime, session)


def test_a_container_closes_its_session(endpoint, server, runtime):
    session = open_session(runtime)
    server.control("PUT", "behaviors/close", {"respond": {"closesSession": True}})
    assert invoke(runtime, session)["ClosedSessionId"] == session
    server.control("DELETE", "behaviors/close")
    with refused("ValidationError"):
        invoke(runtime, session)


def test_an_unknown_session(endpoint, runtime):
    with refused("ValidationError"):
        invoke(runtime, "never-opened")


def test_a_session_ends_with_its_machine(endpoint, sagemaker, runtime, clock):
    session = open_session(runtime)
    make_config(sagemaker, "green")
    sagemaker.update_endpoint(EndpointName=ENDPOINT, EndpointConfigName="green")
    clock.advance_until_idle()
    with refused("ValidationError"):
        invoke(runtime, session)


def test_explanations_need_an_explainer(endpoint, runtime):
    with refused("ValidationError"):
        runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body=b"1", EnableExplanations="`true`")
