"""Whereby's meetings API: rooms made, shown, listed and deleted, within the rate limit."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from sandbox.clock import Clock
from sandbox.simulators.whereby import WherebySimulator

TIMEOUT = 10


def _call(
    whereby: WherebySimulator, method: str, path: str, content: object = None, **headers: str
) -> requests.Response:
    sent = {"Authorization": f"Bearer {whereby.api_key}", **headers}
    return requests.request(
        method, whereby.base_url + path, json=content, headers=sent, timeout=TIMEOUT
    )


def _create(whereby: WherebySimulator, **wish: object) -> dict[str, Any]:
    end = (whereby.clock.now() + timedelta(hours=1)).isoformat()
    answer = _call(whereby, "POST", "/v1/meetings", {"endDate": end, **wish})
    assert answer.status_code == 201, answer.text
    meeting: dict[str, Any] = answer.json()
    return meeting


def test_a_call_without_the_key_is_refused(whereby: WherebySimulator) -> None:
    url = whereby.base_url + "/v1/meetings"
    assert requests.get(url, timeout=TIMEOUT).status_code == 401
    wrong = _call(whereby, "GET", "/v1/meetings", Authorization="Bearer other")
    assert wrong.status_code == 401


def test_a_meeting_has_a_room_and_shows_the_host_address_only_when_asked(
    whereby: WherebySimulator,
) -> None:
    plain = _create(whereby)
    assert set(plain) == {"meetingId", "roomName", "roomUrl", "startDate", "endDate"}
    assert isinstance(plain["meetingId"], str)
    assert plain["roomName"].startswith("/")
    assert plain["roomUrl"] == whereby.base_url + plain["roomName"]
    full = _create(whereby, fields=["hostRoomUrl", "viewerRoomUrl"])
    assert full["hostRoomUrl"].startswith(full["roomUrl"] + "?roomKey=")
    assert full["viewerRoomUrl"] != full["hostRoomUrl"]


def test_the_end_is_answered_in_utc_whatever_the_offset(whereby: WherebySimulator) -> None:
    assert _create(whereby, endDate="2040-05-07T17:42:49-05:00")["endDate"] == (
        "2040-05-07T22:42:49.000Z"
    )
    assert _create(whereby, endDate="2040-05-07T17:42:49")["endDate"] == "2040-05-07T17:42:49.000Z"


@pytest.mark.parametrize(
    ("prefix", "start"),
    [("bkg", "/bkg-"), ("example-prefix", "/example-prefix-"), ("My Room", "/myroom-")],
)
def test_a_prefix_becomes_part_of_the_rooms_name(
    whereby: WherebySimulator, prefix: str, start: str
) -> None:
    assert _create(whereby, roomNamePrefix=prefix)["roomName"].startswith(start)


def test_a_short_name_has_six_characters(whereby: WherebySimulator) -> None:
    assert len(_create(whereby, roomNamePattern="human-short")["roomName"]) == 7


@pytest.mark.parametrize(
    "change",
    [
        {"endDate": None},
        {"endDate": "tomorrow"},
        {"endDate": "2040-05-07"},
        {"endDate": 1900000000},
        {"endDate": "2020-05-07T17:42:49Z"},
        {"startDate": "soon"},
        {"isLocked": "true"},
        {"roomMode": "huge"},
        {"roomNamePattern": "long"},
        {"roomNamePrefix": "a" * 40},
        {"roomNamePrefix": "økonomi"},
        {"roomNamePrefix": 7},
        {"templateType": "party"},
        {"fields": "hostRoomUrl"},
        {"fields": ["guestRoomUrl"]},
        {"recording": {"type": "cloud"}},
        {"recording": {"type": "film", "destination": None, "startTrigger": "none"}},
        {"streaming": {"destination": {"url": "rtmp://x"}, "startTrigger": "later"}},
    ],
)
def test_a_bad_wish_is_refused(whereby: WherebySimulator, change: dict[str, object]) -> None:
    wish = {"endDate": "2040-05-07T17:42:49Z", **change}
    answer = _call(whereby, "POST", "/v1/meetings", wish)
    assert answer.status_code == 400
    assert isinstance(answer.json()["error"], str)
    assert _call(whereby, "GET", "/v1/meetings").json()["results"] == []


def test_the_end_is_required_and_measured_by_the_sandbox_clock(
    whereby: WherebySimulator, clock: Clock
) -> None:
    assert _call(whereby, "POST", "/v1/meetings", {}).status_code == 400
    clock.set_to(datetime(2041, 1, 1, tzinfo=UTC))
    wish = {"endDate": "2040-05-07T17:42:49Z"}
    assert _call(whereby, "POST", "/v1/meetings", wish).status_code == 400


def test_a_body_that_is_no_json_object_is_refused(whereby: WherebySimulator) -> None:
    assert _call(whereby, "POST", "/v1/meetings", ["endDate"]).status_code == 400
    headers = {"Authorization": f"Bearer {whereby.api_key}"}
    answer = requests.post(
        whereby.base_url + "/v1/meetings", data=b"{", headers=headers, timeout=TIMEOUT
    )
    assert answer.status_code == 400


def test_fields_that_whereby_does_not_know_are_tolerated(whereby: WherebySimulator) -> None:
    assert _create(whereby, colour="red")["roomUrl"]


def test_creating_twice_makes_two_rooms(whereby: WherebySimulator) -> None:
    assert _create(whereby)["meetingId"] != _create(whereby)["meetingId"]


def test_a_meeting_is_read_again_with_the_host_address(whereby: WherebySimulator) -> None:
    made = _create(whereby, fields=["hostRoomUrl"])
    path = f"/v1/meetings/{made['meetingId']}"
    assert "hostRoomUrl" not in _call(whereby, "GET", path).json()
    again = _call(whereby, "GET", path + "?fields=hostRoomUrl,viewerRoomUrl").json()
    assert again["hostRoomUrl"] == made["hostRoomUrl"]
    assert again["viewerRoomUrl"]
    assert _call(whereby, "GET", path + "?fields=secret").status_code == 400
    assert _call(whereby, "GET", "/v1/meetings/1").status_code == 404


def test_the_viewer_template_locks_the_room_and_shows_all_addresses(
    whereby: WherebySimulator,
) -> None:
    made = _create(whereby, templateType="viewerMode")
    assert {"hostRoomUrl", "viewerRoomUrl"} <= made.keys()
    (room,) = requests.get(whereby.base_url + "/_sandbox/meetings", timeout=TIMEOUT).json()
    assert (room["isLocked"], room["roomMode"]) == (True, "group")


def test_deleting_is_idempotent_and_final(whereby: WherebySimulator) -> None:
    path = f"/v1/meetings/{_create(whereby)['meetingId']}"
    for _ in range(2):
        answer = _call(whereby, "DELETE", path)
        assert (answer.status_code, answer.content) == (204, b"")
    assert _call(whereby, "DELETE", "/v1/meetings/never-was").status_code == 204
    assert _call(whereby, "GET", path).status_code == 404
    (room,) = requests.get(whereby.base_url + "/_sandbox/meetings", timeout=TIMEOUT).json()
    assert room["deletedAt"]


def test_there_is_no_way_to_change_a_meeting(whereby: WherebySimulator) -> None:
    path = f"/v1/meetings/{_create(whereby)['meetingId']}"
    for method in ("PATCH", "PUT", "POST"):
        assert _call(whereby, method, path, {"endDate": "2041-01-01T00:00:00Z"}).status_code == 405


def test_a_room_ends_one_hour_after_its_end_date(whereby: WherebySimulator, clock: Clock) -> None:
    made = _create(whereby)
    path = f"/v1/meetings/{made['meetingId']}"
    clock.advance(timedelta(minutes=119))
    assert _call(whereby, "GET", path).status_code == 200
    clock.advance(timedelta(minutes=2))
    assert _call(whereby, "GET", path).status_code == 404
    assert requests.get(made["roomUrl"], timeout=TIMEOUT).status_code == 410


def test_meetings_are_listed_page_by_page_though_some_are_deleted_meanwhile(
    whereby: WherebySimulator,
) -> None:
    made = [_create(whereby)["meetingId"] for _ in range(5)]
    first = _call(whereby, "GET", "/v1/meetings?limit=2").json()
    assert [item["meetingId"] for item in first["results"]] == made[:2]
    _call(whereby, "DELETE", f"/v1/meetings/{made[0]}")
    second = _call(whereby, "GET", f"/v1/meetings?limit=2&cursor={first['cursor']}").json()
    assert [item["meetingId"] for item in second["results"]] == made[2:4]
    last = _call(whereby, "GET", f"/v1/meetings?limit=2&cursor={second['cursor']}").json()
    assert ([item["meetingId"] for item in last["results"]], last["cursor"]) == (made[4:], None)
    for bad in ("limit=0", "limit=101", "limit=x", "cursor=x"):
        assert _call(whereby, "GET", f"/v1/meetings?{bad}").status_code == 400


def test_every_answer_tells_how_many_points_are_left(whereby: WherebySimulator) -> None:
    before = int(_call(whereby, "GET", "/v1/meetings").headers["X-RateLimit-Remaining"])
    _create(whereby)
    answer = _call(whereby, "DELETE", "/v1/meetings/1")
    assert answer.headers["X-RateLimit-Limit"] == "1000"
    assert int(answer.headers["X-RateLimit-Remaining"]) == before - 3 - 2


def test_too_many_calls_in_a_minute_are_refused_until_it_is_over(
    whereby: WherebySimulator, clock: Clock
) -> None:
    requests.post(whereby.base_url + "/_sandbox/rate_limit", json={"points": 5}, timeout=TIMEOUT)
    _create(whereby)
    _call(whereby, "GET", "/v1/meetings")
    refused = _call(whereby, "POST", "/v1/meetings", {"endDate": "2040-05-07T17:42:49Z"})
    assert refused.status_code == 429
    assert 0 < refused.json()["data"]["msLeft"] <= 60_000
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert _call(whereby, "GET", "/v1/meetings").status_code == 200
    clock.advance(timedelta(seconds=61))
    assert _create(whereby)["meetingId"]


def test_the_order_of_a_fault_is_obeyed(whereby: WherebySimulator) -> None:
    order = {"method": "POST", "path": "/v1/meetings", "kind": "fail_after", "status": 502}
    requests.post(whereby.base_url + "/_sandbox/faults", json=order, timeout=TIMEOUT)
    wish = {"endDate": "2040-05-07T17:42:49Z"}
    assert _call(whereby, "POST", "/v1/meetings", wish).status_code == 502
    # The orphan that a client has to expect: the room exists, nobody was told its id.
    assert len(_call(whereby, "GET", "/v1/meetings").json()["results"]) == 1
