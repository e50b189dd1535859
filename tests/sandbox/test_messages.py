"""How the simulators read bodies: strictly."""

import pytest

from sandbox.simulators.messages import BadInputError, read_form, read_json


def test_a_nested_form_becomes_dictionaries_and_lists() -> None:
    body = b"a%5Bb%5D%5Bc%5D=1&a[b][d]=2&l[]=x&l[]=y&m[0][z]=1&m[1][z]=2&e=&t=%C3%A5+p%26l"
    assert read_form(body) == {
        "a": {"b": {"c": "1", "d": "2"}},
        "l": ["x", "y"],
        "m": [{"z": "1"}, {"z": "2"}],
        "e": "",
        "t": "å p&l",
    }
    assert read_form(b"") == {}


@pytest.mark.parametrize(
    "body", [b"a=1&a=2", b"a=1&a[b]=2", b"a[b]=1&a=2", b"a[=1", b"\xff=1", b"a"]
)
def test_an_ambiguous_or_malformed_form_is_refused(body: bytes) -> None:
    with pytest.raises(BadInputError):
        read_form(body)


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"a":1,"a":2}', b'{"a":NaN}', b"\xff", b"[1,]", b"[" * 100_000]
)
def test_json_that_is_malformed_or_says_something_twice_is_refused(body: bytes) -> None:
    with pytest.raises(BadInputError):
        read_json(body)
