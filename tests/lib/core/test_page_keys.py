"""The token that leads from one page of a list to the next."""

import base64

import pytest

from lib.core import page_keys
from lib.core.errors import InvalidError


@pytest.mark.parametrize("parts", [("bkg_01",), ("90000", "per_01"), ("~", " ", "x" * 100)])
def test_a_token_gives_back_what_it_was_made_from(parts: tuple[str, ...]) -> None:
    token = page_keys.encode(*parts)
    assert page_keys.decode(token, len(parts)) == parts
    assert token.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    "token",
    [
        "",
        "bkg_01",
        "å",
        "=",
        "AAAA",
        page_keys.encode("a", "b"),
        page_keys.encode(""),
        page_keys.encode("a") + "!",
        base64.urlsafe_b64encode(b"2.a").decode().rstrip("="),
        base64.urlsafe_b64encode("1.å".encode()).decode().rstrip("="),
    ],
)
def test_what_no_list_gave_is_refused_and_the_place_is_named(token: str) -> None:
    with pytest.raises(InvalidError) as refused:
        page_keys.decode(token)
    errors = refused.value.more["errors"]
    assert isinstance(errors, list)
    assert [error["pointer"] for error in errors] == ["/after"]
