"""Links to objects in S3 are what boto3 would have made."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from lib.providers.aws import links, storage


def test_a_link_is_the_one_that_amazons_own_library_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a secret/with+signs")
    monkeypatch.setenv("EXPORT_BUCKET", "some-bucket")
    key = "exports/per_1/exp_1/archive.zip"
    with storage._asked() as client:
        theirs = client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": "some-bucket",
                "Key": key,
                "ResponseContentDisposition": 'attachment; filename="a.zip"',
            },
            ExpiresIn=86400,
        )
    query = dict(parse_qsl(urlsplit(theirs).query))
    made_at = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)

    ours = links.link(key, now=made_at, lasts=timedelta(hours=24), filename="a.zip")

    assert urlsplit(ours)[:3] == urlsplit(theirs)[:3]
    assert dict(parse_qsl(urlsplit(ours).query)) == query
