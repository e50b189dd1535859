"""Our verifiers against the providers' own examples, without a server."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
import stripe

from lib.providers.vipps.webhook import signature
from lib.web.webhook import is_signed_with

# Vipps' documentation of 2023; today's page blacks the secret out and keeps the signature.
SECRET = "A0+AeKBRG2KRGvnNwJpQlb6IJFk48CKXCIcrLoHncVJKDILsQSxS6NWCccwWm6r6FhGKhiHTBsG2wo/xU6FY/A=="
BODY = b'{"some-unique-content":"ee6e441b-cc4a-46f8-895d-a5af79bcc233/hello-world"}'
HOST, PATH = "webhook.site", "/e2cee29b-012e-4f1d-8ef4-e95fd74a7a63"
DATE = "Thu, 30 Mar 2023 08:38:32 GMT"
PREFIX = "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="


def of_vipps(secret: str, body: bytes = BODY) -> str:
    whole = signature(secret, url_host=HOST, path=PATH, date=DATE, body=body)
    assert whole.startswith(PREFIX)
    return whole.removeprefix(PREFIX)


def test_vipps_published_example() -> None:
    assert of_vipps(SECRET) == "agAiSyogQbDHpeucoNwYz+yAr5nJ+v+zasdkSbqzv+U="


def test_vipps_blacked_out_example() -> None:
    assert of_vipps("A" * 86 + "==") == "u4zz3dyO3c3xJwl36rPpn1n7WF75u6r2epjH70MZTGM="


def test_the_text_of_vipps_secret_is_the_key_and_not_what_it_decodes_to() -> None:
    decoded = base64.b64decode(SECRET).decode("latin-1")
    assert of_vipps(decoded) != of_vipps(SECRET)
    assert of_vipps(SECRET) != "T3+NXHMmhNVEjW5PeJ4Gql70nf0MOXCAY9CoZDxuVQw="


WHEREBY_BODY = (
    b'{"id":"evt_1","apiVersion":"1.0","createdAt":"2026-01-01T00:00:00.000Z",'
    b'"type":"room.session.ended","data":{"meetingId":"134","roomName":"/abc","subdomain":"acme"}}'
)
WHEREBY_HEADER = "t=1767225600,v1=9a96bbf4ff244221099bf82b7e470658b536351c761b53e7028608a36073e497"
AT = datetime.fromtimestamp(1767225600, UTC)


def is_whereby(
    header: str = WHEREBY_HEADER, body: bytes = WHEREBY_BODY, now: datetime = AT
) -> bool:
    return is_signed_with(("whereby-test-secret",), header, body, now)


def test_wherebys_example() -> None:
    assert is_whereby()
    assert not is_whereby(body=WHEREBY_BODY + b" ")
    assert not is_signed_with(("another",), WHEREBY_HEADER, WHEREBY_BODY, AT)


@pytest.mark.parametrize("seconds", [-301, -300, 0, 300, 301])
def test_a_signature_is_good_for_five_minutes_either_way(seconds: int) -> None:
    assert is_whereby(now=AT + timedelta(seconds=seconds)) == (abs(seconds) <= 300)


@pytest.mark.parametrize(
    "header",
    [
        "",
        ",",
        "=",
        "t",
        "t=",
        "t=1767225600",
        WHEREBY_HEADER.replace("t=", "T="),
        WHEREBY_HEADER.replace("v1", "v0"),
        WHEREBY_HEADER.replace("1767225600", "-1767225600"),
        WHEREBY_HEADER.replace("1767225600", "1767225600.0"),
        WHEREBY_HEADER.replace("1767225600", "١٧٦٧٢٢٥٦٠٠"),
        WHEREBY_HEADER.replace("1767225600", "9" * 400),
        WHEREBY_HEADER.replace("1767225600", "9" * 5000),
        "t=1767225600," + "v0=0," * 20 + WHEREBY_HEADER.partition(",")[2],
        WHEREBY_HEADER[:-1],
        WHEREBY_HEADER + "é",
    ],
)
def test_a_malformed_header_is_no_signature(header: str) -> None:
    assert not is_whereby(header)


def test_what_stripes_own_library_signs_is_believed() -> None:
    body = '{"id": "evt_1", "note": "blåbær"}'
    made = stripe.WebhookSignature.generate_signature_header(body, "whsec_one", int(AT.timestamp()))
    for secrets in (("whsec_one",), ("whsec_other", "whsec_one")):
        assert is_signed_with(secrets, made, body.encode(), AT)
    assert not is_signed_with(("whsec_other",), made, body.encode(), AT)
    assert not is_signed_with((), made, body.encode(), AT)
