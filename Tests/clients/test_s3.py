"""S3 as boto3's clients, resources and transfers use it, and the framing that other SDKs send."""
from __future__ import annotations

import base64
import hashlib
import random
import zlib
from pathlib import Path

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from conftest import client
from hosting import refused

MIB = 1 << 20


@pytest.fixture
def bucket(s3) -> str:
    s3.create_bucket(Bucket="seeds")
    return "seeds"


def content(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def test_buckets(s3, server):
    s3.create_bucket(Bucket="one")
    s3.create_bucket(Bucket="one")  # us-east-1 answers 200 when it is yours already
    client("s3", region_name="eu-west-1").create_bucket(
        Bucket="two", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == ["one", "two"]
    assert s3.get_bucket_location(Bucket="one")["LocationConstraint"] is None
    assert s3.get_bucket_location(Bucket="two")["LocationConstraint"] == "eu-west-1"
    assert s3.head_bucket(Bucket="two")["BucketRegion"] == "eu-west-1"
    with refused("404", "Not Found", status=404):
        s3.head_bucket(Bucket="none")
    with refused("InvalidBucketName", "The specified bucket is not valid."):
        client("s3").create_bucket(Bucket="Not_A_Bucket")
    s3.put_object(Bucket="one", Key="k", Body=b"")
    with refused("BucketNotEmpty", "The bucket you tried to delete is not empty", status=409):
        s3.delete_bucket(Bucket="one")
    s3.delete_object(Bucket="one", Key="k")
    s3.delete_bucket(Bucket="one")
    with refused("NoSuchBucket", "The specified bucket does not exist", status=404):
        s3.list_objects_v2(Bucket="one")


@pytest.mark.parametrize("size", [0, 1, 5 * MIB, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 20 * MIB])
def test_files_come_back_as_they_went(s3, bucket, tmp_path, size):
    """From 8 MiB on the transfer is multipart: eight-MiB parts, ten threads, ranged downloads."""
    path, back = tmp_path / "up", tmp_path / "down"
    path.write_bytes(content(size))
    s3.upload_file(str(path), bucket, "dir/file")
    s3.download_file(bucket, "dir/file", str(back))
    assert back.read_bytes() == path.read_bytes()
    head = s3.head_object(Bucket=bucket, Key="dir/file")
    assert head["ContentLength"] == size
    parts = -(-size // (8 * MIB)) if size >= 8 * MIB else 0
    assert head["ETag"].endswith(f'-{parts}"') == bool(parts)
    if not parts:
        assert head["ETag"] == f'"{hashlib.md5(path.read_bytes()).hexdigest()}"'


def test_what_is_stored_beside_the_bytes(s3, bucket):
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"hello", ContentType="text/plain", CacheControl="no-store",
                        ContentDisposition="inline", ContentLanguage="en", ContentEncoding="identity",
                        Metadata={"Team": "churn"})
    assert put["ETag"] == '"5d41402abc4b2a76b9719d911017c592"'
    assert put["ChecksumCRC32"] == "NhCmhg=="
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == b"hello"
    assert (got["ContentType"], got["CacheControl"], got["ContentDisposition"]) == ("text/plain", "no-store", "inline")
    assert (got["ContentLanguage"], got["ContentEncoding"], got["Metadata"]) == ("en", "identity", {"team": "churn"})
    assert got["AcceptRanges"] == "bytes"
    s3.put_object(Bucket=bucket, Key="plain", Body=b"x")
    assert s3.get_object(Bucket=bucket, Key="plain")["ContentType"] == "binary/octet-stream"


@pytest.mark.parametrize("asked, status, span", [
    ("bytes=0-0", 206, (0, 1)), ("bytes=2-5", 206, (2, 6)), ("bytes=-3", 206, (7, 10)), ("bytes=5-", 206, (5, 10)),
    ("bytes=8-99", 206, (8, 10)), ("bytes=5-2", 200, (0, 10)), ("apples=1-2", 200, (0, 10)),
    ("bytes=0-1,4-5", 200, (0, 10)),
])
def test_ranges(s3, bucket, server, asked, status, span):
    body = b"0123456789"
    s3.put_object(Bucket=bucket, Key="k", Body=body)
    answer = server.request("GET", f"/{bucket}/k", headers={"Range": asked})
    assert (answer.status, answer.body) == (status, body[slice(*span)])
    if status == 206:
        assert answer.headers["Content-Range"] == f"bytes {span[0]}-{span[1] - 1}/10"


def test_a_range_beyond_the_end(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    with refused("InvalidRange", "The requested range is not satisfiable", status=416):
        s3.get_object(Bucket=bucket, Key="k", Range="bytes=10-")


def test_conditions(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    assert s3.get_object(Bucket=bucket, Key="k", IfMatch=etag)["Body"].read() == b"x"
    with refused("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", status=412):
        s3.get_object(Bucket=bucket, Key="k", IfMatch='"other"')
    with refused("304", status=304):
        s3.get_object(Bucket=bucket, Key="k", IfNoneMatch=etag)


KEYS = ["a b", "a+b", "a%2Fb", "a//b", "trailing/", "/leading", "ümlaut/日本/🌱", "q?x=1&y#z", "<&>\"'", "x" * 1024]


def test_keys_are_kept_byte_by_byte(s3, bucket):
    for key in KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    for key in KEYS:
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    by_bytes = sorted(KEYS, key=lambda key: key.encode())
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]] == by_bytes
    assert [o["Key"] for o in s3.list_objects(Bucket=bucket)["Contents"]] == by_bytes


def test_listing_pages_and_folders(s3, bucket):
    for key in ["a/1", "a/2", "b", "c/x/1", "c/y", "d"]:
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    whole = s3.list_objects_v2(Bucket=bucket, Delimiter="/")
    assert [p["Prefix"] for p in whole["CommonPrefixes"]] == ["a/", "c/"]
    assert [o["Key"] for o in whole["Contents"]] == ["b", "d"]
    assert (whole["KeyCount"], whole["IsTruncated"]) == (4, False)
    for version in ("list_objects_v2", "list_objects"):
        pages = list(s3.get_paginator(version).paginate(
            Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 1}))
        found = [p["Prefix"] for page in pages for p in page.get("CommonPrefixes", [])] + [
            o["Key"] for page in pages for o in page.get("Contents", [])]
        assert sorted(found) == ["a/", "b", "c/", "d"], version
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=bucket, Prefix="c/")["Contents"]] == ["c/x/1", "c/y"]
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=bucket, StartAfter="b")["Contents"]] == ["c/x/1", "c/y", "d"]
    with refused("InvalidArgument", "The continuation token provided is incorrect"):
        s3.list_objects_v2(Bucket=bucket, ContinuationToken="nonsense")


def test_copy_and_delete(s3, bucket):
    s3.put_object(Bucket=bucket, Key="from here", Body=b"seed", Metadata={"a": "1"})
    s3.copy_object(Bucket=bucket, Key="to", CopySource={"Bucket": bucket, "Key": "from here"})
    copied = s3.get_object(Bucket=bucket, Key="to")
    assert (copied["Body"].read(), copied["Metadata"]) == (b"seed", {"a": "1"})
    s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/to", Metadata={"b": "2"}, MetadataDirective="REPLACE")
    assert s3.head_object(Bucket=bucket, Key="to")["Metadata"] == {"b": "2"}
    with refused("InvalidRequest"):
        s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/to")
    with refused("NoSuchKey", status=404):
        s3.copy_object(Bucket=bucket, Key="x", CopySource=f"{bucket}/none")

    removed = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "from here"}, {"Key": "never"}]})
    assert {d["Key"] for d in removed["Deleted"]} == {"from here", "never"}
    assert "Deleted" not in s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "to"}], "Quiet": True})
    with refused("NoSuchKey", "The specified key does not exist.", status=404):
        s3.get_object(Bucket=bucket, Key="to")
    with refused("404", "Not Found"):
        s3.head_object(Bucket=bucket, Key="to")
    assert s3.delete_object(Bucket=bucket, Key="to")["ResponseMetadata"]["HTTPStatusCode"] == 204


# Multipart, with the vectors of the real service.

def start_upload(s3, bucket: str, **options) -> dict:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="big", **options)
    return {"Bucket": bucket, "Key": "big", "UploadId": upload["UploadId"]}


def test_two_parts_by_hand(s3, bucket):
    upload = start_upload(s3, bucket, ChecksumAlgorithm="CRC32")
    bodies = [b"a" * 5 * MIB, b"b" * 10]
    parts = []
    for number, body in enumerate(bodies, 1):
        sent = s3.upload_part(**upload, PartNumber=number, Body=body, ChecksumAlgorithm="CRC32")
        parts.append({"PartNumber": number, "ETag": sent["ETag"], "ChecksumCRC32": sent["ChecksumCRC32"]})
    assert [part["ETag"] for part in parts] == [
        '"79b281060d337b9b2b84ccf390adcf74"', '"82136b4240d6ce4ea7d03e51469a393b"']
    assert [part["ChecksumCRC32"] for part in parts] == ["r/zBbw==", "Qi9M+A=="]
    listed = s3.list_parts(**upload)["Parts"]
    assert [(part["PartNumber"], part["Size"]) for part in listed] == [(1, 5 * MIB), (2, 10)]
    done = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    assert done["ETag"] == '"8b0be7847da5564ae08e97af63b60885-2"'
    assert (done["ChecksumCRC32"], done["ChecksumType"]) == ("meG8JQ==-2", "COMPOSITE")
    assert s3.get_object(Bucket=bucket, Key="big")["Body"].read() == b"".join(bodies)


@pytest.mark.parametrize("parts, code", [
    (lambda e: [{"PartNumber": 2, "ETag": e[1]}, {"PartNumber": 1, "ETag": e[0]}], "InvalidPartOrder"),
    (lambda e: [{"PartNumber": 1, "ETag": '"0000"'}], "InvalidPart"),
    (lambda e: [{"PartNumber": 3, "ETag": e[0]}], "InvalidPart"),
    (lambda e: [{"PartNumber": 1, "ETag": e[0]}, {"PartNumber": 2, "ETag": e[1]}], "EntityTooSmall"),
])
def test_parts_that_do_not_fit(s3, bucket, parts, code):
    upload = start_upload(s3, bucket)
    etags = [s3.upload_part(**upload, PartNumber=number, Body=b"small")["ETag"] for number in (1, 2)]
    with refused(code, status=400):
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts(etags)})


def test_an_aborted_upload_is_gone(s3, bucket):
    upload = start_upload(s3, bucket)
    s3.upload_part(**upload, PartNumber=1, Body=b"x")
    assert [u["UploadId"] for u in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == [upload["UploadId"]]
    s3.abort_multipart_upload(**upload)
    with refused("NoSuchUpload", status=404):
        s3.upload_part(**upload, PartNumber=1, Body=b"x")


# Checksums and the aws-chunked framing.

@pytest.mark.parametrize("algorithm, value", [
    ("CRC32", base64.b64encode(zlib.crc32(b"hello").to_bytes(4, "big")).decode()),
    ("SHA1", base64.b64encode(hashlib.sha1(b"hello").digest()).decode()),
    ("SHA256", base64.b64encode(hashlib.sha256(b"hello").digest()).decode()),
])
def test_a_checksum_is_checked_stored_and_shown(s3, bucket, algorithm, value):
    member = f"Checksum{algorithm}"
    assert s3.put_object(Bucket=bucket, Key="k", Body=b"hello", ChecksumAlgorithm=algorithm)[member] == value
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert (got[member], got["Body"].read()) == (value, b"hello")
    quiet = client("s3", config=Config(response_checksum_validation="when_required"))
    assert member not in quiet.get_object(Bucket=bucket, Key="k")
    with refused("BadDigest", status=400):
        s3.put_object(Bucket=bucket, Key="k", Body=b"other", **{member: value})
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"hello"


def test_without_a_checksum_the_server_makes_crc64nvme(s3, bucket, server):
    answer = server.request("PUT", f"/{bucket}/k", b"test data..")
    assert answer.status == 200
    head = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert (head["ChecksumCRC64NVME"], head["ETag"]) == ("qUVrWYOrIAM=", '"e6d9226c2a86b7232933663c13467527"')


CHUNKED = {
    "Content-Encoding": "aws-chunked, gzip", "X-Amz-Trailer": "x-amz-checksum-crc32",
    "X-Amz-Content-SHA256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
}


def aws_chunked(*chunks: bytes, trailer: str = "x-amz-checksum-crc32:NhCmhg==") -> bytes:
    framed = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return framed + f"0\r\n{trailer}\r\n\r\n".encode()


def test_aws_chunked_bodies_are_unwrapped(s3, bucket, server):
    answer = server.request("PUT", f"/{bucket}/k", aws_chunked(b"he", b"llo"),
                            {**CHUNKED, "X-Amz-Decoded-Content-Length": "5"})
    assert answer.status == 200, answer.text
    got = s3.get_object(Bucket=bucket, Key="k")
    assert (got["Body"].read(), got["ContentEncoding"]) == (b"hello", "gzip")
    signed = b"5;chunk-signature=%s\r\nhello\r\n0;chunk-signature=%s\r\n\r\n" % (b"a" * 64, b"b" * 64)
    answer = server.request("PUT", f"/{bucket}/signed", signed, {
        "Content-Encoding": "aws-chunked", "X-Amz-Decoded-Content-Length": "5",
        "X-Amz-Content-SHA256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"})
    assert answer.status == 200, answer.text
    assert s3.get_object(Bucket=bucket, Key="signed")["Body"].read() == b"hello"


@pytest.mark.parametrize("body, length", [
    (aws_chunked(b"hello", trailer="x-amz-checksum-crc32:AAAAAA=="), "5"),
    (aws_chunked(b"hello"), "6"),
    (b"5\r\nhel", "5"),
    (b"zz\r\nhello\r\n0\r\n\r\n", "5"),
])
def test_aws_chunked_bodies_that_are_wrong(s3, bucket, server, body, length):
    answer = server.request("PUT", f"/{bucket}/k", body, {**CHUNKED, "X-Amz-Decoded-Content-Length": length})
    assert answer.status == 400 and b"<Code>" in answer.body
    with refused("NoSuchKey"):
        s3.get_object(Bucket=bucket, Key="k")


# Links, addressing, sub-resources.

@pytest.mark.parametrize("version, mark", [("s3", "AWSAccessKeyId="), ("s3v4", "X-Amz-Signature=")])
def test_presigned_links(s3, bucket, version, mark):
    signer = client("s3", config=Config(signature_version=version))
    put = signer.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "a b"})
    get = signer.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a b"})
    assert mark in get
    assert requests.put(put, data=b"by link", timeout=10).status_code == 200
    answer = requests.get(get, timeout=10)
    assert (answer.status_code, answer.content) == (200, b"by link")


def test_virtual_hosts(s3, bucket, server):
    s3.put_object(Bucket=bucket, Key="dir/k", Body=b"x")
    answer = server.request("GET", "/dir/k", headers={"Host": f"{bucket}.localhost:{server.port}"})
    assert (answer.status, answer.body) == (200, b"x")
    answer = server.request("GET", "/dir/k", headers={"Host": f"{bucket}.s3.us-east-1.amazonaws.com"})
    assert (answer.status, answer.body) == (200, b"x")


def test_the_resource_interface(s3, bucket):
    folder = boto3.resource("s3").Bucket(bucket)
    for name in "abc":
        folder.put_object(Key=f"models/{name}", Body=name.encode())
    assert [item.key for item in folder.objects.filter(Prefix="models/")] == ["models/a", "models/b", "models/c"]
    assert folder.creation_date is not None
    folder.objects.all().delete()
    assert list(folder.objects.all()) == []


def test_an_unknown_sub_resource_is_refused_and_deletes_nothing(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    with pytest.raises(ClientError) as caught:
        s3.delete_bucket_replication(Bucket=bucket)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in (404, 405, 501)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_a_streamed_upload_of_unknown_length(s3, bucket, server, tmp_path: Path):
    parts = [content(300_000), content(1), content(70_000)]
    answer = requests.put(f"{server.url}/{bucket}/k", data=iter(parts), timeout=10)
    assert answer.status_code in (200, 411), answer.text  # AWS demands a length; either is an honest answer
    if answer.status_code == 200:
        assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"".join(parts)
