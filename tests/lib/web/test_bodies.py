"""Bodies: framed wrongly, too large, no JSON, or JSON of a kind that somebody hopes to get past."""

import json
import time

import pytest

from sandbox.app import send
from sandbox.world import World
from tests.lib.web.conftest import Probe
from tests.lib.web.wire import WireAnswer, exchange, post_json, request

THINGS = "/v1/things"
LIMIT = 64 * 1024


def refused(answer: WireAnswer, status: int, code: str) -> None:
    assert answer.one("content-type") == "application/problem+json"
    assert (answer.status, answer.json["code"]) == (status, code), answer.json
    assert answer.json["status"] == status


def pointers(answer: WireAnswer) -> set[str]:
    refused(answer, 422, "invalid")
    return {each["pointer"] for each in answer.json["errors"]}


def padded(length: int) -> bytes:
    """Return a body that is good and has exactly so many bytes."""
    return b'{"name": "%s"}' % (b"x" * (length - len(b'{"name": ""}')))


# ── framing ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "length",
    ["-1", "+5", "5x", "0x5", "1e1", "5, 5", "", "²", "9" * 19, "9" * 5000],
)
def test_a_content_length_that_is_no_number_is_malformed(probe: Probe, length: str) -> None:
    raw = post_json(THINGS, b'{"name": "x"}', Content_Length=length)
    refused(probe.send(raw), 400, "malformed")


def test_two_lengths_that_differ_are_malformed_though_either_would_do(probe: Probe) -> None:
    body = b'{"name": "x"}  '
    raw = post_json(THINGS, body, Content_Length=f"13\r\nContent-Length: {len(body)}")
    refused(probe.send(raw), 400, "malformed")
    raw = post_json(THINGS, body, Content_Length="13\r\nContent-Length: 13")
    assert probe.send(raw).status == 201, "the same one twice is one"


def test_a_body_without_its_length_is_no_body(probe: Probe) -> None:
    raw = b'POST /v1/things HTTP/1.0\r\nContent-Type: application/json\r\n\r\n{"name": "x"}'
    refused(probe.send(raw), 400, "malformed")


def test_a_body_shorter_than_announced_is_malformed(probe: Probe) -> None:
    raw = post_json(THINGS, b'{"name": "x"}', Content_Length="500")
    refused(probe.send(raw), 400, "malformed")


def test_what_comes_after_the_announced_length_is_not_read(probe: Probe) -> None:
    raw = post_json(THINGS, b'{"name": "x"}{"name": "y"}', Content_Length="13")
    answer = probe.send(raw)
    assert (answer.status, answer.json["input"]["name"]) == (201, "x")


@pytest.mark.parametrize("coding", ["chunked", "gzip, chunked", "identity"])
def test_a_transfer_coding_is_refused_by_the_function(probe: Probe, coding: str) -> None:
    raw = post_json(THINGS, b'd\r\n{"name": "x"}\r\n0\r\n\r\n', Transfer_Encoding=coding)
    refused(probe.send(raw), 400, "malformed")


def test_a_chunked_body_comes_through_the_platform_which_measures_it(probe: Probe) -> None:
    raw = post_json(THINGS, b'd\r\n{"name": "x"}\r\n0\r\n\r\n', Transfer_Encoding="chunked")
    answer = exchange(int(probe.url.rpartition(":")[2]), raw)
    assert answer.status == 201, answer.body


def test_a_caller_who_says_much_and_sends_nothing_is_answered_when_he_is_done(
    probe: Probe,
) -> None:
    began = time.monotonic()
    raw = post_json(THINGS, b"{", Content_Length="9" * 18)
    refused(probe.send(raw), 413, "too_large")
    assert time.monotonic() - began < 5


# ── size ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_body_of_64_kib_is_taken_and_one_byte_more_is_not(probe: Probe) -> None:
    assert probe.send(post_json(THINGS, padded(LIMIT))).status == 201
    answer = probe.send(post_json(THINGS, padded(LIMIT + 1)))
    refused(answer, 413, "too_large")
    assert answer.json["limit_bytes"] == LIMIT


def test_a_body_far_too_large_is_still_told_why(probe: Probe) -> None:
    refused(probe.send(post_json(THINGS, padded(6_000_000))), 413, "too_large")


def test_a_body_on_a_read_means_nothing_whatever_its_size(probe: Probe) -> None:
    for body in (b"{", b"x" * (LIMIT + 1)):
        assert probe.send(request("GET", f"{THINGS}?text=a", body)).status == 200


# ── not JSON ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "application/problem+json",
        "text/plain; application/json",
        "",
    ],
)
def test_a_body_of_another_type_is_refused(probe: Probe, kind: str) -> None:
    raw = post_json(THINGS, b'{"name": "x"}', Content_Type=kind)
    refused(probe.send(raw), 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON", "application/json; charset=utf-8"]
)
def test_json_is_json_however_it_is_spelt(probe: Probe, kind: str) -> None:
    assert probe.send(post_json(THINGS, b'{"name": "x"}', Content_Type=kind)).status == 201


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b'{"name": "x"',
        b'{"name": "x"}}',
        b'{"name": "x"} {"name": "y"}',
        b'{"name": "x",}',
        b"{name: 'x'}",
        b'{"name": "\xff\xfe"}',
        b'{"name": "\xed\xa0\x80"}',
        b'{"name": "\xc0\xaf"}',
        b'\xef\xbb\xbf{"name": "x"}',
        '{"name": "x"}'.encode("utf-16"),
        b'{"name": "a\nb"}',
        b'{"name": "a\x00b"}',
        b'{"name": "\\ud800"}',
        b'{"name": "\\udc00\\ud800"}',
        b'{"name": "\\u12"}',
        b'{"tags": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
        b'{"tags": ' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"}",
        b"[" * LIMIT,
    ],
)
def test_what_is_no_json_is_malformed(probe: Probe, body: bytes) -> None:
    refused(probe.send(post_json(THINGS, body)), 400, "malformed")


# ── JSON, but not what is asked for ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("body", [b"null", b"[]", b'"x"', b"1", b"true", b'[{"name": "x"}]'])
def test_json_that_is_no_object_is_invalid(probe: Probe, body: bytes) -> None:
    refused(probe.send(post_json(THINGS, body)), 422, "invalid")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        (b"", "/name"),
        (b'"name": null', "/name"),
        (b'"name": 1', "/name"),
        (b'"name": ["x"]', "/name"),
        (b'"name": {"x": 1}', "/name"),
        (b'"name": "x", "number": "1"', "/number"),
        (b'"name": "x", "number": 1.5', "/number"),
        (b'"name": "x", "number": true', "/number"),
        (b'"name": "x", "number": null', "/number"),
        (b'"name": "x", "number": NaN', "/number"),
        (b'"name": "x", "number": -Infinity', "/number"),
        (b'"name": "x", "number": 1e400', "/number"),
        (b'"name": "x", "is_so": 1', "/is_so"),
        (b'"name": "x", "is_so": "true"', "/is_so"),
        (b'"name": "x", "tags": "a"', "/tags"),
        (b'"name": "x", "tags": [1]', "/tags/0"),
        (b'"name": "x", "tags": {"0": "a"}', "/tags"),
        (b'"name": "x", "admin": true', "/admin"),
        (b'"name": "x", "Name": "y"', "/Name"),
        (b'"name": "x", "__class__": "y"', "/__class__"),
        (b'"name": "x", "": 1', "/"),
    ],
)
def test_each_field_is_of_its_own_type_and_no_other(
    probe: Probe, fields: bytes, pointer: str
) -> None:
    assert pointers(probe.send(post_json(THINGS, b"{" + fields + b"}"))) == {pointer}


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e400"])
def test_a_number_that_json_has_not_never_gets_in(probe: Probe, number: bytes) -> None:
    answer = probe.send(post_json(THINGS, b'{"name": "x", "ratio": ' + number + b"}"))
    assert answer.status in {400, 422}, answer.body


def test_an_integer_of_thousands_of_digits_is_refused_and_not_computed(probe: Probe) -> None:
    answer = probe.send(post_json(THINGS, b'{"name": "x", "number": ' + b"9" * 60_000 + b"}"))
    assert answer.status in {400, 422}, answer.body


def test_of_a_key_given_twice_the_last_counts(probe: Probe) -> None:
    answer = probe.send(post_json(THINGS, b'{"name": "first", "name": "last"}'))
    assert (answer.status, answer.json["input"]["name"]) == (201, "last")


def test_text_comes_back_as_it_was_sent(probe: Probe) -> None:
    text = 'Æ «ø» 👩🏽‍💻 \u202e \u0000 \\ " / é'
    answer = probe.send(post_json(THINGS, json.dumps({"name": text}).encode()))
    assert answer.json["input"]["name"] == text
    raw = json.dumps({"name": text}, ensure_ascii=False).encode()
    assert probe.send(post_json(THINGS, raw)).json["input"]["name"] == text


def test_a_refusal_says_where_and_why_and_never_repeats_what_was_sent(probe: Probe) -> None:
    body = b'{"name": "x", "number": "kari.solberg@example.no", "tags": [17091985]}'
    answer = probe.send(post_json(THINGS, body))
    assert pointers(answer) == {"/number", "/tags/0"}
    assert b"kari" not in answer.body
    assert b"17091985" not in answer.body


def test_at_most_fifty_mistakes_are_listed(probe: Probe) -> None:
    body = json.dumps({"name": "x", "tags": [0] * 5000}).encode()
    answer = probe.send(post_json(THINGS, body))
    refused(answer, 422, "invalid")
    assert len(answer.json["errors"]) == 50


# ── calls that take nothing ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("body", "status"), [(b"", 401), (b"{}", 401), (b'{"a": 1}', 401)])
def test_who_is_not_signed_in_learns_nothing_about_bodies(
    world: World, body: bytes, status: int
) -> None:
    answer = send("POST", f"{world.url}/v1/payout-account", body)
    assert answer.status == status
