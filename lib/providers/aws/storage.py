"""Amazon S3: objects written, in parts where they are large, and deleted.

Source: Amazon S3 API reference. A part has at least 5 MiB, the last one excepted; an upload that is
neither completed nor aborted goes on costing, so that each is ended. Objects are encrypted where
they lie, the bucket is private: who may read one has a link (links.py).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from lib.core import config
from lib.core.errors import ProviderUnavailableError
from lib.providers.http import ProviderRefusedError
from lib.providers.register import AWS

REGION = "eu-north-1"
SMALLEST_PART = 5 * 1024 * 1024
_ENCRYPTION = "AES256"
_NO_ANSWER = 500
_SLOW_DOWN = 429


def write(key: str, content: bytes) -> None:
    """Write an object as a whole; again is the same."""
    with _asked() as s3:
        s3.put_object(Bucket=bucket(), Key=key, Body=content, ServerSideEncryption=_ENCRYPTION)


def read(key: str) -> bytes:
    """Return an object's content; raises ProviderRefusedError `NoSuchKey`."""
    with _asked() as s3:
        content: bytes = s3.get_object(Bucket=bucket(), Key=key)["Body"].read()
        return content


def begin_upload(key: str, content_type: str) -> str:
    """Begin an upload in parts; return its id."""
    with _asked() as s3:
        return str(
            s3.create_multipart_upload(
                Bucket=bucket(),
                Key=key,
                ContentType=content_type,
                ServerSideEncryption=_ENCRYPTION,
            )["UploadId"]
        )


def upload_part(key: str, upload_id: str, number: int, content: bytes) -> str:
    """Write a part, the first is 1; return the tag that completing it asks for."""
    with _asked() as s3:
        return str(
            s3.upload_part(
                Bucket=bucket(), Key=key, UploadId=upload_id, PartNumber=number, Body=content
            )["ETag"]
        )


def complete_upload(key: str, upload_id: str, tags: Sequence[str]) -> None:
    """Make the object out of its parts, by their tags in order."""
    parts = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(tags, start=1)]
    with _asked() as s3:
        s3.complete_multipart_upload(
            Bucket=bucket(), Key=key, UploadId=upload_id, MultipartUpload={"Parts": parts}
        )


def delete_below(prefix: str, *, sparing: str | None = None) -> int:
    """Delete every object and end every upload below a prefix, but one; return how many."""
    ended = 0
    with _asked() as s3:
        for page in s3.get_paginator("list_multipart_uploads").paginate(
            Bucket=bucket(), Prefix=prefix
        ):
            for each in page.get("Uploads", ()):
                s3.abort_multipart_upload(
                    Bucket=bucket(), Key=each["Key"], UploadId=each["UploadId"]
                )
                ended += 1
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket(), Prefix=prefix):
            for each in page.get("Contents", ()):
                if each["Key"] != sparing:
                    s3.delete_object(Bucket=bucket(), Key=each["Key"])
                    ended += 1
    return ended


def has_below(prefix: str) -> bool:
    """Return whether an object or an upload that was not ended lies below a prefix."""
    with _asked() as s3:
        found = s3.list_objects_v2(Bucket=bucket(), Prefix=prefix, MaxKeys=1)
        begun = s3.list_multipart_uploads(Bucket=bucket(), Prefix=prefix, MaxUploads=1)
    return bool(found.get("Contents") or begun.get("Uploads"))


def bucket() -> str:
    """Return the name of the bucket for archives."""
    return config.text("EXPORT_BUCKET")


@contextmanager
def _asked() -> Iterator[Any]:
    """Hand out the client, and turn its errors into ours."""
    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

    client = _client(
        AWS.base_url(), config.text("AWS_ACCESS_KEY_ID"), config.text("AWS_SECRET_ACCESS_KEY")
    )
    try:
        yield client
    except ClientError as error:
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        if status >= _NO_ANSWER or status == _SLOW_DOWN:
            raise ProviderUnavailableError from error
        code = str(error.response.get("Error", {}).get("Code", ""))
        raise ProviderRefusedError("aws", status, code) from error
    except BotoCoreError as error:
        raise ProviderUnavailableError from error


@cache
def _client(endpoint: str, key_id: str, secret: str) -> Any:  # noqa: ANN401 (boto3 makes its classes at run time)
    """Return a client for the register's address: bucket in the path, so that the host is that."""
    from boto3.session import Session  # type: ignore[import-untyped]
    from botocore.config import Config  # type: ignore[import-untyped]

    return Session(
        aws_access_key_id=key_id, aws_secret_access_key=secret, region_name=REGION
    ).client(
        "s3",
        endpoint_url=endpoint,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            connect_timeout=3,
            read_timeout=10,
            retries={"total_max_attempts": 2, "mode": "standard"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )
