"""Malformed requests: each gets an error in the shape of the protocol it was meant for, and the server goes on."""
from __future__ import annotations

import json
import random
import socket
import xml.etree.ElementTree as xml

import cbor2
import pytest

from conftest import client
from hosting import make_model

JSON_HEADERS = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "SageMaker.DescribeEndpoint"}
CBOR_HEADERS = {"Content-Type": "application/cbor", "Accept": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
CBOR_PATH = "/service/GraniteServiceVersion20100801/operation/DescribeAlarms"


@pytest.fixture
def server(server):
    """The shared server, which must afterwards still run, still know its model, and still answer."""
    sagemaker = client("sagemaker")
    make_model(sagemaker, "survivor")
    process = server.process.pid
    yield server
    assert server.process.poll() is None, f"the server ended{server.log_tail()}"
    assert server.process.pid == process
    assert [m["ModelName"] for m in sagemaker.list_models()["Models"]] == ["survivor"]


def talk(server, data: bytes, timeout: float = 5) -> bytes:
    """Sends bytes on a connection of their own and reads until the server closes or falls silent."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=timeout) as connection:
        received = b""
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while chunk := connection.recv(65536):
                received += chunk
        except (TimeoutError, ConnectionError):
            pass
        return received


# HTTP.

def http(head: str, body: bytes = b"") -> bytes:
    return head.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n" + body


@pytest.mark.parametrize("data, statuses", [
    (http("GET / HTTP/1.1"), {400}),                                                    # no Host
    (http("GET / HTTP/1.1\nHost: a\nHost: b"), {400}),
    (http("GET / HTTP/2.0\nHost: a"), {400, 505}),
    (http("GET / HTTX/1.1\nHost: a"), {400}),
    (http("GET  / HTTP/1.1\nHost: a"), {400}),
    (http("GE T / HTTP/1.1\nHost: a"), {400}),
    (http("GET /a b HTTP/1.1\nHost: a"), {400}),
    (http("nonsense"), {400}),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50 + b"\r\n\r\n", {400}),  # a TLS hello
    (http("GET / HTTP/1.1\nHost : a"), {400}),                                          # a space before the colon
    (http("GET / HTTP/1.1\nHost: a\nno colon"), {400}),
    (http("GET / HTTP/1.1\nHost: a\n: empty"), {400}),
    (http("GET / HTTP/1.1\nHost: a\nX: a\x00b"), {400}),
    (http("GET / HTTP/1.1\nHost: a\nX: 1\n folded"), {400}),
    (http("POST / HTTP/1.1\nHost: a\nContent-Length: -1"), {400}),
    (http("POST / HTTP/1.1\nHost: a\nContent-Length: 1e3"), {400}),
    (http("POST / HTTP/1.1\nHost: a\nContent-Length: 99999999999999999999999"), {400, 413}),
    (http("POST / HTTP/1.1\nHost: a\nContent-Length: 1\nContent-Length: 2", b"xy"), {400}),
    (http("POST / HTTP/1.1\nHost: a\nContent-Length: 3\nTransfer-Encoding: chunked", b"0\r\n\r\n"), {400}),
    (http("POST / HTTP/1.1\nHost: a\nTransfer-Encoding: gzip, chunked", b"0\r\n\r\n"), {400, 501}),
    (http("POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked", b"zz\r\nxx\r\n0\r\n\r\n"), {400}),
    (http("POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked", b"ffffffffffffffffff\r\n"), {400, 413}),
    (http("POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked", b"2\r\nabcd\r\n0\r\n\r\n"), {400}),
    (http("GET /" + "a" * 100_000 + " HTTP/1.1\nHost: a"), {400, 414, 431}),
    (http("GET / HTTP/1.1\nHost: a\nX: " + "a" * 200_000), {431}),
    (http("GET / HTTP/1.1\nHost: a" + "".join(f"\nX{n}: 1" for n in range(2000))), {431}),
])
def test_broken_http(server, data, statuses):
    answer = talk(server, data)
    assert answer.startswith(b"HTTP/1.1 "), answer[:80]
    assert int(answer.split()[1]) in statuses, answer[:200]
    assert b"\r\nconnection: close\r\n" in answer.lower()


def test_a_body_beyond_the_limit_is_refused_early(server):
    head = "POST / HTTP/1.1\nHost: a\nX-Amz-Target: SageMaker.CreateModel\nContent-Length: {}"
    answer = talk(server, http(head.format(1 << 40), b"x" * 1000))
    assert answer.split()[1] in (b"400", b"413")


def test_half_a_request_holds_up_nobody(server):
    held = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(50)]
    for connection in held:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Le")
    assert server.is_healthy()
    for connection in held:
        connection.close()


def test_pipelined_requests_are_answered_in_order_up_to_the_broken_one(server):
    good = http("GET /_coldframe/health HTTP/1.1\nHost: localhost")
    answer = talk(server, good + good + http("bad"))
    statuses = [line.split()[1] for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]
    # A status line can follow a body without a line break.
    assert answer.count(b"HTTP/1.1 200") == 2 and answer.count(b"HTTP/1.1 400") == 1, statuses
    assert answer.rindex(b"HTTP/1.1 400") > answer.rindex(b"HTTP/1.1 200")


@pytest.mark.parametrize("path", ["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/b/%", "/b/%zz", "/b/%00", "/\xff".encode("latin-1")])
def test_strange_paths(server, path):
    path = path.encode() if isinstance(path, str) else path
    answer = talk(server, b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert 400 <= int(answer.split()[1]) < 500
    assert b"root:" not in answer


# JSON.

DEEP = "[" * 100_000


@pytest.mark.parametrize("body", [
    b"", b"{", b"}", b"{\"EndpointName\":", b"{\"EndpointName\":\"a\"", b"{\"EndpointName\":\"a\"} x", b"{'a':1}",
    b"{\"a\":01}", b"{\"a\":1e999}", b"{\"a\":\"\\ud800\"}", b"{\"a\":\"\\x\"}", b"{\"a\":\"\x01\"}", b"\xff\xfe{}",
    b"{\"EndpointName\":\"\xc3\x28\"}", b"nul", b"[1,]", b"{\"a\":1,}", DEEP.encode(), b"{\"a\":" * 50_000,
    b"\xef\xbb\xbf{\"EndpointName\":1}", b"{\"EndpointName\":" + b"9" * 10_000 + b"}",
])
def test_broken_json(server, body):
    answer = server.request("POST", "/", body, JSON_HEADERS)
    assert answer.status == 400, (answer.status, answer.body[:200])
    assert answer.headers["Content-Type"].startswith("application/x-amz-json-1.1")
    assert answer.json()["__type"].split("#")[-1] in ("SerializationException", "ValidationException")
    assert answer.headers["x-amzn-RequestId"]


def test_unknown_members_are_named_or_ignored_but_never_break(server):
    answer = server.request("POST", "/", json.dumps({"EndpointName": "e", "Colour": {"a": [1, 2, {"b": None}]}}),
                            JSON_HEADERS)
    assert answer.status == 400 and "Could not find endpoint" in answer.text


# CBOR.

@pytest.mark.parametrize("body", [
    b"\xff", b"\xa1", b"\xbf", b"\xa1\x61a", b"\x9f\x9f\x9f", b"\x81" * 100_000 + b"\x00", b"\xbb" + b"\xff" * 8,
    b"\x5b\x7f" + b"\xff" * 7, b"\x7b\xff\xff\xff\xff\xff\xff\xff\xff", b"\xa1\x01\x02", b"\xa1\x62\xc3\x28\x01",
    b"\xc1" * 1000, b"\x1c", b"\xf8\x00", b"\xa0\xa0", b"not cbor at all", cbor2.dumps([1, 2]), cbor2.dumps("text"),
    cbor2.dumps({"MaxRecords": "many"}), cbor2.dumps({"AlarmNames": {"a": 1}}), cbor2.dumps({"MaxRecords": 1e300}),
    cbor2.dumps({"MaxRecords": 2**64 - 1}), cbor2.dumps({"MaxRecords": float("nan")}),
])
def test_broken_cbor(server, body):
    answer = server.request("POST", CBOR_PATH, body, CBOR_HEADERS)
    assert answer.status == 400, (answer.status, answer.body[:200])
    assert answer.headers["smithy-protocol"] == "rpc-v2-cbor"
    assert cbor2.loads(answer.body)["__type"].split("#")[-1] in ("SerializationException", "ValidationException")


# XML and Query.

@pytest.mark.parametrize("body", [
    b"<", b"<a>", b"<a></b>", b"not xml", b"<Delete><Object></Delete>", b"<Delete/><Delete/>", b"\xff\xfe",
    b"<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><Delete><Object><Key>&b;</Key></Object></Delete>",
    b"<a>" * 50_000, b"<Delete><Object><Key>&nope;</Key></Object></Delete>", b"<Delete a=1/>", b"",
    b"<Delete><Object><Key>&#xD800;</Key></Object></Delete>",
])
def test_broken_xml(server, s3, body):
    s3.create_bucket(Bucket="seeds")
    answer = server.request("POST", "/seeds?delete", body, {"Content-Type": "application/xml"})
    assert answer.status == 400, (answer.status, answer.body[:200])
    error = xml.fromstring(answer.body)
    assert error.tag == "Error" and error.findtext("Code") and error.findtext("RequestId")


@pytest.mark.parametrize("form, code", [
    ("Action=NoSuchThing&Version=2011-06-15", "InvalidAction"),
    ("Action=AssumeRole&Version=2011-06-15", "ValidationError"),
    ("Action=AssumeRole&Version=2011-06-15&RoleArn=%zz&RoleSessionName=%", None),
    ("Action=GetRole&Version=2010-05-08&RoleName=" + "x" * 100_000, "ValidationError"),
    ("Action=AssumeRole&Version=2011-06-15&RoleArn=arn:aws:iam::1:role/x&RoleSessionName=ss&DurationSeconds=many", None),
    ("Action=AssumeRole&Version=2011-06-15&Tags.member.99999999999999999999.Key=a", None),
    ("Action=AssumeRole&Version=2011-06-15&Tags.member.-1.Key=a&Tags.member.0.Key=b", None),
])
def test_broken_query(server, form, code):
    answer = server.request("POST", "/", form, FORM)
    assert answer.status in (400, 403), (answer.status, answer.text[:200])
    namespaces = "{https://sts.amazonaws.com/doc/2011-06-15/}", "{https://iam.amazonaws.com/doc/2010-05-08/}"
    root = xml.fromstring(answer.body)
    codes = [root.findtext(f"{space}Error/{space}Code") for space in namespaces]
    assert any(codes)
    if code:
        assert code in codes


@pytest.mark.parametrize("headers", [
    {"Authorization": "AWS4-HMAC-SHA256 Credential=/////"},
    {"Authorization": "AWS4-HMAC-SHA256 " + "x" * 5000},
    {"Authorization": "AWS4-HMAC-SHA256 Credential=a/b/c/d/e/f/g,SignedHeaders=;;;,Signature="},
    {"Authorization": "Basic !!!!"},
    {"Content-Encoding": "gzip"},
    {"Content-Type": "application/x-amz-json-9.9"},
    {"Content-Type": "\x80\xff"},
    {"X-Amz-Target": "SageMaker.DescribeEndpoint.More"},
    {"X-Amz-Date": "yesterday"},
])
def test_strange_headers(server, headers):
    answer = server.request("POST", "/", b"{\"EndpointName\":\"none\"}", {**JSON_HEADERS, **headers})
    assert 400 <= answer.status < 500 or answer.status == 501


# Chance.

SAMPLES = [
    http("POST / HTTP/1.1\nHost: localhost\nX-Amz-Target: SageMaker.CreateEndpointConfig\nContent-Length: 97\n"
         "Content-Type: application/x-amz-json-1.1",
         b'{"EndpointConfigName":"c","ProductionVariants":[{"VariantName":"A","ModelName":"m","X":[1.5,null]}]}'[:97]),
    http(f"POST {CBOR_PATH} HTTP/1.1\nHost: localhost\nContent-Length: 31\nsmithy-protocol: rpc-v2-cbor\n"
         "Content-Type: application/cbor", cbor2.dumps({"AlarmNames": ["a", "b"], "MaxRecords": 10})[:31]),
    http("POST / HTTP/1.1\nHost: localhost\nContent-Length: 78\nContent-Type: application/x-www-form-urlencoded",
         b"Action=AssumeRole&Version=2011-06-15&RoleArn=arn:aws:iam::1:role/x&Tags.member.1.Key=a"[:78]),
    http("PUT /b/k?partNumber=1&uploadId=x HTTP/1.1\nHost: localhost\nTransfer-Encoding: chunked\n"
         "Content-Encoding: aws-chunked\nX-Amz-Decoded-Content-Length: 5",
         b"2d\r\n5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n\r\n0\r\n\r\n"),
    http("POST /b?delete HTTP/1.1\nHost: localhost\nContent-Length: 59",
         b"<Delete><Object><Key>a&amp;b</Key></Object></Delete>       "),
    http("POST /endpoints/e/invocations HTTP/1.1\nHost: localhost\nContent-Length: 3\nExpect: 100-continue", b"1,2"),
    http("POST /_coldframe/clock/advance HTTP/1.1\nHost: localhost\nContent-Length: 15", b'{"seconds":0.5}'),
]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("seed", range(6))
def test_mutated_requests(server, seed):
    """Real requests with bytes changed, dropped, doubled or moved, over real sockets."""
    chance = random.Random(seed)
    for _ in range(150):
        data = mutate(chance, bytearray(chance.choice(SAMPLES)))
        answer = talk(server, data, timeout=2)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 "), (data, answer[:100])
        assert b"HTTP/1.1 500" not in answer, (data, answer[:300])
    assert server.is_healthy()


def mutate(chance: random.Random, data: bytearray) -> bytes:
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data))
        kind = chance.randrange(5)
        if kind == 0:
            data[at] = chance.randrange(256)
        elif kind == 1:
            del data[at:at + chance.randint(1, 8)]
        elif kind == 2:
            data[at:at] = data[at:at + chance.randint(1, 40)]
        elif kind == 3:
            data[at:at] = chance.choice([b"\r\n", b"\x00", b"%", b"\xff", b"&", b"9" * 30, b"[", b"<", b"\""])
        else:
            del data[at + 1:]
        if not data:
            return b"\r\n"
    return bytes(data)
