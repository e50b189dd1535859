"""What the policy says is never collected has no way in: column, field, scope or supplier.

A promise that something is *not* done is kept by whatever would be there if it were: a place to put
it, a call that takes it, somebody who is asked for it. These tests look for each.
"""

import ast
import re

import pytest

from lib.accounts.schemas import CorrectProfile, SignUp
from lib.privacy.contract import load
from lib.providers.register import SUPPLIERS
from lib.providers.vipps import login
from lib.providers.vipps.payloads import UserInfo
from lib.web import openapi
from tests.architecture.sources import docstrings, sources

_NETWORKS = re.compile(
    r"facebook|instagram|linkedin|twitter|tiktok|snapchat|youtube|pinterest|reddit|threads\.net"
    r"|mastodon|bsky|bluesky|whatsapp|telegram|discord|meta platforms|\bx\.com\b",
    re.IGNORECASE,
)
# What a field would be called that takes something from there, or leads there.
_FIELDS = re.compile(r"social|follower|friend|handle|username|avatar_url|profile_url|homepage")
# Kinds of data that are a trail of somebody, by fideslang's names.
_TRAILS = {
    "user.behavior.browsing_history",
    "user.behavior.media_consumption",
    "user.behavior.search_history",
    "user.device.cookie",
    "user.device.cookie_id",
    "user.device.ip_address",
    "user.telemetry",
    "user.sensor",
    "user.user_sensor",
}


def _categories() -> dict[str, str]:
    """Return what every column of the schema holds, by `table.column`."""
    return {
        f"{table.name}.{column.name}": column.data
        for table in load()
        for column in table.columns
        if column.data
    }


def test_nothing_is_taken_from_social_media() -> None:
    # P43. Sign-in is with Vipps alone, which is asked for these and nothing else.
    assert login.SCOPE.split() == ["openid", "name", "email", "phoneNumber", "birthDate"]
    assert set(UserInfo.model_fields) == {
        *("sub", "given_name", "family_name", "birthdate"),
        *("email", "email_verified", "phone_number", "phone_number_verified"),
    }
    # No supplier is a network, and nothing else is ever asked (tests/architecture/test_register).
    for one in SUPPLIERS:
        words = " ".join((one.key, one.name, *one.purpose, *one.fields, one.default_base_url))
        assert not _NETWORKS.search(words), one.key
    # There is no place for it.
    assert [place for place, data in _categories().items() if data.startswith("user.social")] == []
    assert [place for place in _categories() if _FIELDS.search(place)] == []


def test_signing_up_and_correcting_take_no_field_of_a_network() -> None:
    assert set(SignUp.model_fields) == {
        *("sign_up_token", "device_name", "terms", "privacy_notice", "language", "time_zone"),
    }
    assert set(CorrectProfile.model_fields) == {
        *("given_name", "family_name", "email", "phone", "language", "time_zone"),
    }


def test_no_call_takes_anything_that_would_lead_to_a_network() -> None:
    # Read from the description: every field of every schema, and every parameter of every call.
    document = openapi.document()
    names = {
        name
        for schema in document["components"]["schemas"].values()
        for name in schema.get("properties", {})
    }
    names |= {
        parameter["name"]
        for methods in document["paths"].values()
        for described in methods.values()
        for parameter in described.get("parameters", [])
    }
    assert len(names) > 100
    assert [name for name in names if _FIELDS.search(name) or _NETWORKS.search(name)] == []


@pytest.mark.parametrize("folder", ["api", "lib"])
def test_no_network_is_named_in_the_code(folder: str) -> None:
    for source in sources(folder):
        words = docstrings(source.tree)
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                is_said = id(node) in words
                assert is_said or not _NETWORKS.search(node.value), f"{source.path}:{node.lineno}"


def test_what_these_tests_look_for_would_be_found() -> None:
    for word in ("https://graph.facebook.com", "LinkedIn", "https://x.com/ola"):
        assert _NETWORKS.search(word)
    for name in ("social_handle", "followers", "profile_url"):
        assert _FIELDS.search(name)
    assert not _NETWORKS.search("metadata[mentor_id] max.company")


def test_no_trail_of_what_a_person_does_is_kept() -> None:
    # P39: use is looked at in aggregate, out of what a deal needs anyway (lib/statistics); nothing
    # is noted of anybody for the sake of analysis.
    assert [place for place, data in _categories().items() if data in _TRAILS] == []
    # What is kept of behaviour has another purpose than to look at it.
    behaviour = {
        table.purpose
        for table in load()
        for column in table.columns
        if (column.data or "").startswith("user.behavior")
    }
    assert behaviour <= {"account", "booking", "payment", "bookkeeping", "privacy", "operations"}
    assert not load()["statistics_cell"].chains
