"""Every route of mentors and bookings, called as nobody should: a code, never a 500."""

import pytest

from api import availability, bookings, mentors, offers, packs
from lib.web.route import ANYONE, Route
from sandbox.app import send
from sandbox.world import World
from tests.cast import Cast, refusal

ROUTES = [
    pytest.param(route, id=f"{route.method} {route.path}")
    for module in (availability, bookings, mentors, offers, packs)
    for route in module.handler.routes
]
SIGNED_IN = [param for param in ROUTES if param.values[0].auth is not ANYONE]  # type: ignore[union-attr]
WITH_BODY = [param for param in ROUTES if param.values[0].method in {"POST", "PUT", "PATCH"}]  # type: ignore[union-attr]

IDS = {"mentor_id": "per_x", "offer_id": "ofr_x", "pack_id": "pck_x", "booking_id": "bkg_x"}


def path(route: Route) -> str:
    """Return an address of the route, of something that does not exist."""
    return route.path.format(**IDS)


@pytest.mark.parametrize("route", SIGNED_IN)
@pytest.mark.parametrize("token", ["", "unknown", "\x7f" * 500])
def test_who_is_not_signed_in_is_refused(
    world: World, cast: Cast, route: Route, token: str
) -> None:
    del world
    app = cast.app()
    app.access_token = token
    assert refusal(app.call(route.method, path(route))) == (401, "unauthenticated")


@pytest.mark.parametrize("route", WITH_BODY)
@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (b"{", (400, "malformed")),
        (b"", (400, "malformed")),
        (b"\xff\xfe", (400, "malformed")),
        (b'{"reason": "\\ud800"}', (400, "malformed")),
        (b"[]", (422, "invalid")),
        (b"null", (422, "invalid")),
        (b'"text"', (422, "invalid")),
        (b'{"nobody_knows": 1}', (422, "invalid")),
        (b'{"reason": "' + b"x" * 70_000 + b'"}', (413, "too_large")),
    ],
)
def test_a_body_that_is_none_is_refused(
    cast: Cast, route: Route, body: bytes, wanted: tuple[int, str]
) -> None:
    (person,) = cast.crowd(1)
    assert refusal(person.call(route.method, path(route), body)) == wanted


@pytest.mark.parametrize("route", WITH_BODY)
def test_a_body_of_another_type_is_refused(world: World, cast: Cast, route: Route) -> None:
    (person,) = cast.crowd(1)
    headers = {
        "Authorization": f"Bearer {person.access_token}",
        "Idempotency-Key": "another-type",
        "Content-Type": "text/plain",
    }
    answer = send(route.method, world.url + path(route), b"{}", headers)
    assert refusal(answer) == (415, "unsupported_media_type")


@pytest.mark.parametrize("address", sorted({param.values[0].path for param in ROUTES}))  # type: ignore[union-attr]
def test_a_method_that_an_address_does_not_have_is_refused(cast: Cast, address: str) -> None:
    (person,) = cast.crowd(1)
    methods = {param.values[0].method for param in ROUTES if param.values[0].path == address}  # type: ignore[union-attr]
    # /v1/mentors/me is an address of /v1/mentors/{mentor_id} too.
    refused = {"GET", "POST", "PUT", "PATCH", "DELETE"} - methods
    target = address.format(**IDS)
    for method in sorted(refused):
        assert refusal(person.call(method, target)) == (405, "method_not_allowed"), method
