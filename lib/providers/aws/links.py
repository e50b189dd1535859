"""Links to objects in S3 that are good for a while: AWS Signature Version 4, in the query.

Made here and not with boto3: whoever asks how far an archive has come should not wait for that
library, and the time is an argument.
"""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

from lib.core import config
from lib.providers.aws.storage import REGION, bucket
from lib.providers.register import AWS


def link(key: str, *, now: datetime, lasts: timedelta, filename: str) -> str:
    """Return an address from which anybody who has it gets the object, for so long."""
    base = AWS.base_url()
    path = quote(f"{urlsplit(base).path}/{bucket()}/{key}", safe="/-_.~")
    at = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{at[:8]}/{REGION}/s3/aws4_request"
    query = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{config.text('AWS_ACCESS_KEY_ID')}/{scope}",
        "X-Amz-Date": at,
        "X-Amz-Expires": str(int(lasts.total_seconds())),
        "X-Amz-SignedHeaders": "host",
        "response-content-disposition": f'attachment; filename="{filename}"',
    }
    canonical = "&".join(f"{_quoted(name)}={_quoted(query[name])}" for name in sorted(query))
    request = "\n".join(
        ["GET", path, canonical, f"host:{urlsplit(base).netloc}\n", "host", "UNSIGNED-PAYLOAD"]
    )
    signed = "\n".join(
        ["AWS4-HMAC-SHA256", at, scope, hashlib.sha256(request.encode()).hexdigest()]
    )
    signature = _hmac(_key(scope), signed).hex()
    host = f"{urlsplit(base).scheme}://{urlsplit(base).netloc}"
    return f"{host}{path}?{canonical}&X-Amz-Signature={signature}"


def _key(scope: str) -> bytes:
    key = f"AWS4{config.text('AWS_SECRET_ACCESS_KEY')}".encode()
    for part in scope.split("/"):
        key = _hmac(key, part)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")
