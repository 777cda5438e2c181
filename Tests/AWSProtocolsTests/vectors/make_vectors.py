#!/usr/bin/env python3
"""Writes requests.jsonl: requests as botocore makes them, with the parameters they were made from.

    python3 Tests/AWSProtocolsTests/vectors/make_vectors.py            # rewrites requests.jsonl (fixed seed)

The Swift test BotocoreVectorTests decodes every request and must get the parameters back. The other direction:

    COLDFRAME_VECTORS_OUT=/tmp/out swift test --filter BotocoreVectorTests
    python3 Tests/AWSProtocolsTests/vectors/check_responses.py /tmp/out

Needs botocore of the version named in Sources/CModelTables/tables/*.table.
"""

import base64
import datetime
import json
import math
import os
import random
import string
import urllib.parse

import botocore.session
from botocore import serialize
from botocore.awsrequest import prepare_request_dict, create_request_object

HERE = os.path.dirname(os.path.abspath(__file__))
OUTPUT = os.path.join(HERE, "requests.jsonl")

# service, protocol, operations (None: every one), random values per operation
PLAN = [
    ("sagemaker", "json", [
        "CreateModel", "CreateEndpointConfig", "CreateEndpoint", "UpdateEndpoint", "UpdateEndpointWeightsAndCapacities",
        "ListEndpoints", "DescribeEndpoint", "CreateInferenceComponent", "AddTags", "CreateTrainingJob", "CreatePipeline",
        "CreateAutoMLJobV2", "Search", "UpdateDomain",
    ], 4),
    ("sagemaker-runtime", "rest-json", None, 6),
    ("cloudwatch", "query", None, 2),
    ("cloudwatch", "json", None, 2),
    ("cloudwatch", "smithy-rpc-v2-cbor", None, 2),
    ("s3", "rest-xml", None, 3),
    ("sts", "query", None, 3),
    ("iam", "query", None, 1),
    ("ecr", "json", ["UploadLayerPart", "CreateRepository", "BatchGetImage"], 3),
]

# Superseded operations whose model gives two members the same element.
UNREADABLE = ("PutBucketNotification", "GetBucketNotification")

TEXT = string.ascii_letters + string.digits + " -_./:+%&=?<>\"'\\#é日😀"
NAME = string.ascii_letters + string.digits + "-"


class Values:
    """Random values of shapes; the same seed gives the same values."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def text(self, low, high, alphabet):
        return "".join(self.random.choice(alphabet) for _ in range(self.random.randint(low, high)))

    def of(self, shape, depth=0, where=None):
        kind = shape.type_name
        if getattr(shape, "is_document_type", False):
            return {"a": [1, 2.5, "x", True, {"b": "c"}]}
        return getattr(self, kind if hasattr(self, kind) else "string")(shape, depth, where)

    def structure(self, shape, depth, where):
        members = list(shape.members.items())
        if getattr(shape, "is_tagged_union", False):
            members = [self.random.choice(members)]
        value = {}
        for name, member in members:
            required = name in shape.required_members or getattr(shape, "is_tagged_union", False)
            if not required and (depth > 5 or self.random.random() > (0.6 if depth < 2 else 0.3)):
                continue
            value[name] = self.of(member, depth + 1, member.serialization.get("location"))
        return value

    def list(self, shape, depth, where):
        low = max(1 if where else 0, shape.metadata.get("min", 0) if depth < 4 else 0)
        count = max(low, self.random.choice([0, 1, 1, 2, 3])) if depth < 6 else low
        return [self.of(shape.member, depth + 1, where) for _ in range(min(count, 4))]

    def map(self, shape, depth, where):
        alphabet = string.ascii_lowercase if where == "headers" else NAME
        count = self.random.choice([1, 2]) if where else self.random.choice([0, 1, 2])
        return {self.text(1, 8, alphabet): self.of(shape.value, depth + 1, where) for _ in range(count)}

    def string(self, shape, depth, where):
        enum = getattr(shape, "enum", None)
        if enum:
            return self.random.choice(enum)
        low = shape.metadata.get("min", 0)
        if where in ("uri", "header", "headers", "querystring"):
            low = max(1, low)
        alphabet = {"header": NAME, "headers": NAME}.get(where, TEXT)
        text = self.text(low, max(low, 14), alphabet)
        # Query and XML cannot tell an empty string from an absent one in every place.
        return text or "x"

    character = string

    def integer(self, shape, depth, where):
        low = shape.metadata.get("min", -(2**31))
        return self.random.randint(int(low), max(int(low), min(int(shape.metadata.get("max", 2**31 - 1)), 2**31 - 1)))

    def long(self, shape, depth, where):
        low = int(shape.metadata.get("min", -(2**40)))
        return self.random.randint(low, max(low, int(shape.metadata.get("max", 2**53))))

    def double(self, shape, depth, where):
        return self.random.choice([0.0, 1.0, -2.5, 1e-7, 1e21, 0.1, self.random.uniform(-1000, 1000)])

    def float(self, shape, depth, where):
        # Exact in 32 bits, since CBOR sends floats as such.
        return self.random.choice([0.0, 1.0, -2.5, 0.125, 1024.0, self.random.randint(-1000, 1000) / 8])

    def boolean(self, shape, depth, where):
        return self.random.random() < 0.5

    def blob(self, shape, depth, where):
        return bytes(self.random.randrange(256) for _ in range(self.random.randint(1, 20)))

    def timestamp(self, shape, depth, where):
        return datetime.datetime.fromtimestamp(self.random.randint(0, 4_000_000_000), datetime.timezone.utc)


def plain(value):
    """A form both sides can write: bytes and instants are marked."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, (bytes, bytearray)):
        return {"$blob": base64.b64encode(value).decode()}
    if isinstance(value, datetime.datetime):
        return {"$ms": round(value.timestamp() * 1000)}
    if isinstance(value, float) and not math.isfinite(value):
        return {"$float": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}
    return value


def request(service, protocol, model, operation, params):
    serializer = serialize.create_serializer(protocol, include_validation=False)
    made = serializer.serialize_to_request(params, operation)
    made.setdefault("context", {})
    prepare_request_dict(made, endpoint_url="http://localhost:4566", context={})
    prepared = create_request_object(made).prepare()
    url = urllib.parse.urlsplit(prepared.url)
    body = prepared.body or b""
    if isinstance(body, str):
        body = body.encode()
    return {
        "service": service, "operation": operation.name, "protocol": protocol, "method": prepared.method,
        "url": (url.path or "/") + ("?" + url.query if url.query else ""),
        "headers": {name: value.decode("latin-1") if isinstance(value, bytes) else str(value)
                    for name, value in prepared.headers.items() if name.lower() not in ("content-length", "user-agent")},
        "body": base64.b64encode(body).decode(), "params": plain(params),
    }


def main():
    session = botocore.session.Session()
    lines = []
    for service, protocol, names, count in PLAN:
        model = session.get_service_model(service)
        for name in names or model.operation_names:
            if name in UNREADABLE:
                continue
            operation = model.operation_model(name)
            for number in range(count):
                values = Values(f"{service} {protocol} {name} {number}")
                params = values.of(operation.input_shape) if operation.input_shape else {}
                params.pop("ContentLength", None)  # HTTP's own header
                if "Bucket" in params:
                    params["Bucket"] = "bucket-" + values.text(1, 8, string.ascii_lowercase)
                if "EndpointName" in params and service == "sagemaker-runtime":
                    params["EndpointName"] = "e-" + values.text(1, 8, NAME)
                try:
                    made = request(service, protocol, model, operation, params)
                except Exception as error:
                    raise SystemExit(f"{service} {name}: {error!r}\n{params}")
                lines.append(json.dumps(made, sort_keys=True, ensure_ascii=False, separators=(",", ":")))
    with open(OUTPUT, "w") as file:
        file.write("\n".join(lines) + "\n")
    print(f"{len(lines)} requests, {os.path.getsize(OUTPUT)} bytes")


if __name__ == "__main__":
    main()
