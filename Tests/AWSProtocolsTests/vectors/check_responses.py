#!/usr/bin/env python3
"""Lets botocore read what Coldframe's codecs wrote, and compares.

    COLDFRAME_VECTORS_OUT=/tmp/out swift test --filter BotocoreVectorTests
    python3 Tests/AWSProtocolsTests/vectors/check_responses.py /tmp/out

Exits 1 and prints the first differences when an answer does not read back as the value it was made from.
"""

import base64
import datetime
import json
import math
import os
import sys

import botocore.session
from botocore import parsers
from botocore.awsrequest import HeadersDict


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (bytes, bytearray)):
        return {"$blob": base64.b64encode(value).decode()}
    if isinstance(value, datetime.datetime):
        return {"$ms": round(value.timestamp() * 1000)}
    if isinstance(value, float) and not math.isfinite(value):
        return {"$float": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}
    return value


def pruned(value):
    """Without empty containers: XML does not carry them all."""
    if isinstance(value, dict):
        kept = {key: pruned(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in ({}, [])}
    if isinstance(value, list):
        return [item for item in map(pruned, value) if item not in ({}, [])]
    return value


def check_output(line, operation):
    shape = operation.output_shape
    response = {
        "status_code": line["status"], "headers": HeadersDict(line["headers"]),
        "body": base64.b64decode(line["body"]), "context": {"operation_name": operation.name},
    }
    expected = line["expected"]
    # The server writes Content-Length from the body itself.
    expected.pop("ContentLength", None)
    payload = shape.serialization.get("payload") if shape else None
    if payload:
        member = shape.members[payload]
        if member.serialization.get("eventstream"):
            return None
        if member.type_name == "blob":
            expected.pop(payload, None)
    if operation.name == "GetBucketLocation":
        # The value is the root element's text; the client's own handler reads it.
        text = response["body"].decode()
        return None if text.endswith("</LocationConstraint>") or text.endswith("/>") else (text, "LocationConstraint")
    parsed = plain(parsers.create_parser(line["protocol"]).parse(response, shape))
    parsed.pop("ResponseMetadata", None)
    if payload and shape.members[payload].type_name == "blob":
        parsed.pop(payload, None)
    if line["protocol"] in ("query", "rest-xml"):
        parsed, expected = pruned(parsed), pruned(expected)
    return None if parsed == expected else (parsed, expected)


def check_fault(line, operation, model):
    response = {
        "status_code": line["status"], "headers": HeadersDict(line["headers"]),
        "body": base64.b64decode(line["body"]), "context": {"operation_name": operation.name},
    }
    parsed = parsers.create_parser(line["protocol"]).parse(response, operation.output_shape)
    shape = model.shape_for(line["fault"])
    error_code = shape.metadata.get("error", {}).get("code", shape.name)
    in_query_mode = line["queryMode"] or line["protocol"] in ("query", "rest-xml")
    expected = {"Code": error_code if in_query_mode else shape.name, "Message": line["message"]}
    got = {name: parsed["Error"].get(name) for name in expected}
    status = shape.metadata.get("error", {}).get("httpStatusCode")
    if in_query_mode and status and line["status"] != status:
        return line["status"], status
    return None if got == expected else (got, expected)


def main(folder):
    session = botocore.session.Session()
    models = {}
    checked, failures = {}, 0
    with open(os.path.join(folder, "responses.jsonl")) as file:
        for text in file:
            line = json.loads(text)
            model = models.setdefault(line["service"], session.get_service_model(line["service"]))
            operation = model.operation_model(line["operation"])
            try:
                difference = check_fault(line, operation, model) if "fault" in line else check_output(line, operation)
            except Exception as error:
                difference = (repr(error), line.get("expected"))
            key = f"{line['service']} {line['protocol']} {'faults' if 'fault' in line else 'outputs'}"
            checked[key] = checked.get(key, 0) + 1
            if difference:
                failures += 1
                if failures <= 10:
                    print(f"{key} {line['operation']}\n  read     {difference[0]}\n  expected {difference[1]}"
                          f"\n  body     {base64.b64decode(line['body'])[:600]!r}\n  headers  {line['headers']}")
    for key, count in sorted(checked.items()):
        print(f"{count:5} {key}")
    print(f"{failures} differences")
    return 1 if failures or not checked else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
