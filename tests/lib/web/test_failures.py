"""Whatever goes wrong inside, the caller has an answer and the function goes on."""

import socket
import struct
import time

import pytest

from sandbox.app import send
from tests.lib.web.conftest import Probe
from tests.lib.web.wire import WireAnswer, exchange, parsed, request


def is_our_fault(answer: WireAnswer) -> None:
    assert answer.status == 500
    assert answer.one("content-type") == "application/problem+json"
    assert answer.json == {
        "type": "/problems/internal_error",
        "title": "Noe gikk galt hos oss",
        "status": 500,
        "code": "internal_error",
        "request_id": answer.one("x-request-id"),
    }


def wait_for_log(probe: Probe, text: str) -> str:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        for line in probe.logged().splitlines():
            if text in line:
                return line
        time.sleep(0.01)
    raise AssertionError(f"{text!r} was never logged")


@pytest.mark.parametrize("kind", ["use_case", "reply", "finish", "recursion", "database"])
def test_an_exception_anywhere_is_answered_and_logged_without_its_words(
    probe: Probe, kind: str
) -> None:
    answer = probe.send(request("GET", f"/v1/explosions/{kind}"))
    is_our_fault(answer)
    line = wait_for_log(probe, answer.one("x-request-id"))
    assert '"event":"unexpected_error"' in line
    assert "probe.py" in line or kind == "reply"
    assert "example.no" not in probe.logged()


def test_an_exception_is_answered_behind_the_gateway_too(probe: Probe) -> None:
    answer = send("GET", f"{probe.url}/v1/explosions/use_case")
    assert (answer.status, answer.json["code"]) == (500, "internal_error")
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_error_that_the_route_did_not_declare_is_given_and_noted(probe: Probe) -> None:
    answer = probe.send(request("GET", "/v1/explosions/undeclared"))
    assert (answer.status, answer.json["code"]) == (418, "undeclared")
    assert '"route":"/v1/explosions/{kind}"' in wait_for_log(probe, "undeclared_error")


def test_what_fails_after_the_answer_harms_nobody(probe: Probe) -> None:
    answer = probe.send(request("GET", "/v1/explosions/deferred"))
    assert (answer.status, answer.json["thing_id"]) == (200, "deferred")
    line = wait_for_log(probe, "deferred_work_failed")
    assert answer.one("x-request-id") in line
    assert "example.no" not in line
    assert probe.send(request("GET", "/v1/things")).status == 200


def test_a_caller_who_goes_away_in_mid_answer_leaves_the_function_healthy(probe: Probe) -> None:
    process = probe.functions.process("/api/probe").child.pid
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", probe.port), 5) as connection:
            connection.sendall(request("GET", "/v1/heap"))
            assert connection.recv(1000).startswith(b"HTTP/1.0 200")
            reset(connection)
    wait_for_log(probe, "caller_gone")
    assert probe.send(request("GET", "/v1/things")).status == 200
    assert probe.functions.process("/api/probe").child.pid == process
    assert "unexpected_error" not in probe.logged().rpartition("caller_gone")[2]


def test_a_caller_who_goes_away_in_mid_request_leaves_the_function_healthy(probe: Probe) -> None:
    before = probe.logged().count("unexpected_error")
    for sent in (
        b"POST /v1/things HTTP/1.1\r\nContent-Length: 100\r\n\r\n{",
        b"POST /v1/things HTTP/1.1\r\nContent-Length: 9000000\r\n\r\n{",
        b"POST /v1/things HTTP/1.1\r\nContent-Le",
        b"PO",
        b"",
    ):
        with socket.create_connection(("127.0.0.1", probe.port), 5) as connection:
            connection.sendall(sent)
            time.sleep(0.05)
            reset(connection)
    assert probe.send(request("GET", "/v1/things")).status == 200
    assert probe.logged().count("unexpected_error") == before


def reset(connection: socket.socket) -> None:
    """Hang up rudely."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


# ── HTTP itself, at the function's own port ──────────────────────────────────────────────────────


@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.1"])
def test_a_request_of_either_version_is_answered_and_the_connection_closed(
    probe: Probe, version: str
) -> None:
    raw = b"GET /v1/things HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n"
    answer = exchange(probe.port, raw.replace(b"HTTP/1.1", version.encode()), ends=False)
    assert (answer.version, answer.status) == ("HTTP/1.0", 200)
    assert int(answer.one("content-length")) == len(answer.body)


def test_two_requests_on_one_connection_get_one_answer(probe: Probe) -> None:
    raw = request("GET", "/v1/things")
    answer = exchange(probe.port, raw + raw, ends=False)
    assert answer.status == 200
    assert len(answer.body) == int(answer.one("content-length"))


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"GET\r\n\r\n", 400),
        (b"GET /v1/things HTTP/x\r\n\r\n", 400),
        (b"GET /v1/things HTTP/3.0\r\n\r\n", 505),
        (b"GET /v1/things extra HTTP/1.1\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400),
        (b"GET /v1/things HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431),
        (b"GET /v1/things HTTP/1.1\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", 431),
    ],
)
def test_what_is_no_http_is_refused_in_the_same_form(probe: Probe, raw: bytes, status: int) -> None:
    answer = probe.send(raw)
    assert (answer.status, answer.json["code"]) == (status, "malformed")
    assert answer.json["status"] == status
    assert answer.json["title"] == "Forespørselen kan ikke leses"
    assert answer.json["request_id"] == answer.one("x-request-id")
    assert b"things" not in answer.body


def test_the_oldest_http_gets_a_body_and_nothing_else(probe: Probe) -> None:
    with socket.create_connection(("127.0.0.1", probe.port), 5) as connection:
        connection.sendall(b"GET /v1/things\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while piece := connection.recv(65536):
            received += piece
    assert received.startswith(b'{"thing_id"')


def test_many_callers_at_once_are_all_answered(probe: Probe) -> None:
    connections = [socket.create_connection(("127.0.0.1", probe.port), 10) for _ in range(5)]
    for connection in connections:
        connection.sendall(request("GET", "/v1/things"))
    for connection in reversed(connections):
        received = b""
        while piece := connection.recv(65536):
            received += piece
        connection.close()
        assert parsed(received).status == 200
