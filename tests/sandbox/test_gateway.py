"""The gateway does what Vercel's proxy does, over real sockets, before real functions."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.crons import Scheduler
from sandbox.functions import Functions
from sandbox.gateway import Gateway
from sandbox.gateway_http import BODY_LIMIT
from sandbox.vercel_config import Cron

FIXTURE = Path(__file__).parent / "fixture"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    functions = Functions(FIXTURE, {}, log=tmp_path_factory.mktemp("logs") / "functions.log")
    with Gateway(functions, FIXTURE / "vercel.json", cron_secret="cron-secret") as gateway:
        yield gateway
    functions.stop()


def call(gateway: Gateway, method: str, path: str, **how: Any) -> requests.Response:  # noqa: ANN401
    return requests.request(method, gateway.url + path, timeout=10, allow_redirects=False, **how)


def seen(gateway: Gateway, path: str, **how: Any) -> dict[str, Any]:  # noqa: ANN401
    content = call(gateway, "GET", path, **how).json()
    assert isinstance(content, dict)
    return content


def header(content: dict[str, Any], name: str) -> list[str]:
    return [value for key, value in content["headers"] if key == name]


def raw(gateway: Gateway, request: bytes) -> bytes:
    with closing(socket.create_connection(("127.0.0.1", gateway.port), timeout=10)) as connection:
        connection.sendall(request)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        return answer


def assert_problem(answer: requests.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    content = answer.json()
    assert (content["status"], content["code"]) == (status, code)
    return dict(content)


@pytest.mark.parametrize(
    ("path", "function_sees"),
    [
        ("/v1/echo", "/v1/echo"),
        ("/v1/echo?x=1&y=%2F", "/v1/echo?x=1&y=%2F"),
        ("/v1/echo/abc?x=1", "/v1/echo/abc?x=1&id=abc"),
        ("/v1/echo/a%20b", "/v1/echo/a%20b?id=a%20b"),
        ("/v1/echo/7/parts/8", "/v1/echo/7/parts/8?number=8&id=7&part=8"),
        ("/v1/named/echo", "/v1/named/echo"),
        ("/v1/deep/a/b", "/v1/deep/a/b?rest=a%2Fb"),
        ("/api/echo?x=1", "/api/echo?x=1"),
        ("/api/echo.py", "/api/echo.py"),
    ],
)
def test_a_function_sees_the_original_path_and_the_merged_query(
    gateway: Gateway, path: str, function_sees: str
) -> None:
    assert seen(gateway, path)["path"] == function_sees


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
def test_every_method_reaches_the_function(gateway: Gateway, method: str) -> None:
    assert call(gateway, method, "/v1/echo").json()["method"] == method


def test_a_head_answer_has_the_headers_and_no_body(gateway: Gateway) -> None:
    answer = call(gateway, "HEAD", "/v1/echo")
    assert (answer.status_code, answer.content) == (201, b"")
    assert int(answer.headers["content-length"]) > 0


def test_body_status_and_repeated_headers_pass_unchanged(gateway: Gateway) -> None:
    body = bytes(range(256))
    answer = call(gateway, "POST", "/v1/echo", data=body)

    assert (answer.status_code, answer.reason) == (201, "Made")
    assert answer.json()["body"] == body.decode("latin-1")
    assert answer.raw.headers.getlist("set-cookie") == ["a=1", "b=2"]


def test_a_chunked_body_reaches_the_function_with_a_length(gateway: Gateway) -> None:
    content = call(gateway, "POST", "/v1/echo", data=iter([b"one ", b"two"])).json()

    assert content["body"] == "one two"
    assert header(content, "content-length") == ["7"]
    assert header(content, "transfer-encoding") == []


def test_the_platforms_headers_are_set_and_a_callers_are_not_believed(gateway: Gateway) -> None:
    forged = {"x-forwarded-for": "6.6.6.6", "x-real-ip": "6.6.6.6", "x-vercel-id": "forged"}
    answer = call(gateway, "GET", "/v1/echo", headers={**forged, "x-own": "kept"})
    content = answer.json()

    assert header(content, "x-forwarded-for") == ["127.0.0.1"]
    assert header(content, "x-real-ip") == ["127.0.0.1"]
    assert header(content, "x-forwarded-proto") == ["http"]
    assert header(content, "x-forwarded-host") == [f"localhost:{gateway.port}"]
    assert header(content, "x-own") == ["kept"]
    assert header(content, "x-vercel-id") == [answer.headers["x-vercel-id"]] != ["forged"]
    assert answer.headers["server"] == "Vercel"


def test_the_platforms_own_measurements_and_hop_by_hop_headers_stay_inside(
    gateway: Gateway,
) -> None:
    answer = call(gateway, "GET", "/v1/echo", headers={"TE": "trailers", "Upgrade": "h2c"})

    assert not [name for name in answer.headers if name.lower().startswith("x-vercel-internal")]
    assert answer.headers.get("connection") is None
    assert header(answer.json(), "te") == header(answer.json(), "upgrade") == []


def test_headers_of_vercel_json_are_on_every_answer(gateway: Gateway) -> None:
    for path in ("/v1/echo", "/note.txt", "/nothing/here"):
        assert call(gateway, "GET", path).headers["x-content-type-options"] == "nosniff"
    assert call(gateway, "GET", "/v1/echo").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/v1/nowhere",
        "/api/nohandler",
        "/api/not_there",
        "/api/_private/hidden",
        "/v1/echo/",
    ],
)
def test_what_is_not_deployed_is_a_404_in_json(gateway: Gateway, path: str) -> None:
    assert_problem(call(gateway, "GET", path), 404, "platform_not_found")


def test_files_of_public_are_served_and_nothing_else_is(gateway: Gateway) -> None:
    note = call(gateway, "GET", "/note.txt")
    assert (note.text, note.headers["content-type"]) == ("a text\n", "text/plain; charset=utf-8")
    assert call(gateway, "GET", "/").text == call(gateway, "GET", "/index.html").text
    again = call(gateway, "GET", "/note.txt", headers={"if-none-match": note.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert_problem(call(gateway, "POST", "/note.txt"), 405, "platform_method_not_allowed")
    for escape in (b"/../outside.txt", b"/%2e%2e/outside.txt", b"/..%2foutside.txt"):
        answer = raw(gateway, b"GET %b HTTP/1.0\r\nHost: x\r\n\r\n" % escape)
        assert answer.startswith(b"HTTP/1.1 404 ")


def test_a_body_at_the_limit_passes_and_one_byte_more_is_a_413(gateway: Gateway) -> None:
    assert call(gateway, "POST", "/v1/echo", data=b"x" * BODY_LIMIT).json()["length"] == BODY_LIMIT
    too_long = call(gateway, "POST", "/v1/echo", data=b"x" * (BODY_LIMIT + 1))
    assert_problem(too_long, 413, "platform_body_refused")
    pieces = iter([b"x" * BODY_LIMIT, b"x"])
    assert_problem(call(gateway, "POST", "/v1/echo", data=pieces), 413, "platform_body_refused")


@pytest.mark.parametrize(
    "request_text",
    [
        b"POST /v1/echo HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
        b"POST /v1/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"not http at all\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused_in_json(gateway: Gateway, request_text: bytes) -> None:
    answer = raw(gateway, request_text)
    assert b" 400 " in answer.partition(b"\r\n")[0] or b'"status": 400' in answer
    assert b"application/problem+json" in answer or answer.startswith(b"{")


@pytest.mark.parametrize("way", ["raise", "die"])
def test_a_function_that_hangs_up_is_a_502_that_names_it_and_the_next_request_is_served(
    gateway: Gateway, way: str
) -> None:
    problem = assert_problem(
        call(gateway, "GET", f"/api/faulty?{way}"), 502, "platform_function_failed"
    )
    assert problem["function"] == "api/faulty.py"
    assert call(gateway, "GET", "/api/faulty?stream").text == "one two three"


def test_a_function_that_cannot_start_is_a_502_with_its_reason(gateway: Gateway) -> None:
    answer = call(gateway, "GET", "/api/broken")
    problem = assert_problem(answer, 502, "platform_function_failed")
    assert "this function cannot be loaded" in problem["detail"]


def test_an_answer_shorter_than_announced_breaks_the_connection(gateway: Gateway) -> None:
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        call(gateway, "GET", "/api/faulty?short")


def test_a_function_beyond_its_max_duration_is_a_504_and_is_ended(gateway: Gateway) -> None:
    process = gateway._functions.process("/api/slow").child
    began = time.monotonic()
    problem = assert_problem(call(gateway, "GET", "/v1/slow?10"), 504, "platform_function_timeout")
    assert problem["function"] == "api/slow.py"
    assert 1.9 < time.monotonic() - began < 5
    assert process.poll() is not None
    assert call(gateway, "GET", "/v1/slow?0").status_code == 204


def test_fifty_callers_at_once_are_all_served(gateway: Gateway) -> None:
    statuses: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: statuses.append(call(gateway, "GET", "/v1/echo").status_code)
        )
        for _ in range(50)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses == [201] * 50


def test_one_connection_serves_many_requests_without_delay(gateway: Gateway) -> None:
    with requests.Session() as session:
        session.get(gateway.url + "/note.txt", timeout=10)
        began = time.monotonic()
        for _ in range(20):
            session.get(gateway.url + "/note.txt", timeout=10)
        # A delayed acknowledgement would cost 40 ms each.
        assert time.monotonic() - began < 0.4


def test_a_cron_is_called_as_the_platform_calls_it(gateway: Gateway) -> None:
    status, body = gateway.run_cron("/v1/cron")
    content = json.loads(body)

    assert (status, content["method"], content["path"]) == (201, "GET", "/v1/cron")
    assert header(content, "authorization") == ["Bearer cron-secret"]
    assert header(content, "user-agent") == ["vercel-cron/1.0"]
    assert header(content, "x-vercel-cron-schedule") == ["*/5 * * * *"]
    with pytest.raises(KeyError):
        gateway.run_cron("/v1/echo")


def test_the_scheduler_runs_what_is_due_and_a_slow_run_holds_nothing_up() -> None:
    ran: list[str] = []
    both = threading.Barrier(3, timeout=10)

    def run(cron: Cron) -> None:
        ran.append(cron.path)
        both.wait()

    crons = [Cron("/a", "* * * * *"), Cron("/b", "*/2 * * * *"), Cron("/c", "1 * * * *")]
    scheduler = Scheduler(crons, run)
    scheduler.run_due(datetime(2026, 11, 23, 12, 2, tzinfo=UTC) + timedelta(seconds=30))
    both.wait()

    assert sorted(ran) == ["/a", "/b"]


def test_a_stopped_gateway_is_no_longer_there() -> None:
    functions = Functions(FIXTURE, {}, log=Path("/dev/null"))
    gateway = Gateway(functions, FIXTURE / "vercel.json").start(crons=True)
    port = gateway.port
    gateway.stop()
    gateway.stop()

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
