"""The public pages: they say what the contract and the register say, and nothing follows anybody.

Served by the gateway as the platform serves them, so that headers and addresses are the real ones.
"""

import re
from html.parser import HTMLParser

import pytest
import requests

from lib.accounts.rules import PRIVACY_NOTICE_VERSION, TERMS_VERSION
from lib.privacy import pages
from lib.providers.register import SUPPLIERS
from sandbox.world import World
from tests.architecture.sources import ROOT

POLICIES = ("/personvern", "/en/privacy")
TERMS = ("/vilkar", "/en/terms")
ADDRESSES = ("/", *TERMS, "/personvern", "/en/privacy", "/dine-data", "/en/your-data")

each_page = pytest.mark.parametrize("address", ADDRESSES)


class Reader(HTMLParser):
    """Every element of a page with its attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.words += data


def read(world: World, address: str) -> requests.Response:
    return requests.get(f"{world.url}{address}", timeout=20, allow_redirects=False)


@pytest.mark.parametrize("name", pages.PAGES)
def test_the_committed_tables_are_those_that_schema_and_register_make(name: str) -> None:
    text = (ROOT / "public" / name).read_text(encoding="utf-8")
    assert text == pages.filled(name, text), "run python -m lib.privacy.pages"
    assert text.count("<!-- made: ") == 3


def test_a_page_that_says_something_else_is_noticed() -> None:
    text = (ROOT / "public/personvern.html").read_text(encoding="utf-8")
    wrong = text.replace("Whereby AS", "Somebody AS")
    assert wrong != pages.filled("personvern.html", wrong)


@pytest.mark.parametrize("address", POLICIES)
def test_the_policy_names_every_supplier_with_its_own_policy(world: World, address: str) -> None:
    text = read(world, address).text
    for supplier in SUPPLIERS:
        assert supplier.name in text
        assert supplier.policy_url in text


@pytest.mark.parametrize("address", POLICIES)
def test_the_policy_names_what_lies_on_a_device_by_whom_and_for_how_long(
    world: World, address: str
) -> None:
    from lib.sessions.service import ACCESS_LIFETIME, REFRESH_LIFETIME

    text = read(world, address).text
    for name in ("access token", "refresh token", "attempt", "Cloudinary", "Vipps"):
        assert name in text.lower() or name in text
    assert f"{ACCESS_LIFETIME.seconds // 60} minut" in text
    assert re.search(rf"{REFRESH_LIFETIME.days} da[yg]", text)


@pytest.mark.parametrize("address", POLICIES)
def test_the_policy_says_its_version_how_to_reach_us_and_where_to_complain(
    world: World, address: str
) -> None:
    text = read(world, address).text
    for said in (
        PRIVACY_NOTICE_VERSION,
        "post@minmentor.no",
        "+47 458 07 600",
        "Postboks 225",
        "5804 Bergen",
        "927 683 172",
        "0105 Oslo",
        "https://www.datatilsynet.no/",
    ):
        assert said in text


@pytest.mark.parametrize("address", TERMS)
def test_the_terms_say_who_sells_what_may_be_regretted_and_where_to_complain(
    world: World, address: str
) -> None:
    text = Reader(read(world, address).text).words
    for said in (
        TERMS_VERSION,
        "MIN MENTOR AS",
        "927 683 172",
        "5804 Bergen",
        "post@minmentor.no",
        "14 da",
        "24 ",
        "Vipps",
        "Forbrukertilsynet",
        "3702 Skien",
    ):
        assert said in text, said


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        (
            "/vilkar",
            (
                "be uttrykkelig",
                "halvparten",
                "helt kvarter",
                "regnes den som gitt",
                "ikke er brukt",
            ),
        ),
        ("/en/terms", ("ask for that expressly", "half of", "whole quarter", "counts as given")),
    ],
)
def test_the_terms_say_the_rules_that_the_code_decides_by(
    world: World, address: str, wanted: tuple[str, ...]
) -> None:
    text = Reader(read(world, address).text).words
    for said in wanted:
        assert said in text, said


@pytest.mark.parametrize("address", TERMS)
def test_the_terms_hold_a_form_for_withdrawal_with_all_that_it_must_ask(
    world: World, address: str
) -> None:
    # Forskrift 2014-06-20 no. 844, annex: to whom, the statement, what, when, name, address, date.
    page = Reader(read(world, address).text)
    assert len([tag for tag, _ in page.elements if tag == "dt"]) == 8


@each_page
def test_no_page_asks_anybody_else_for_anything_or_sets_a_cookie(
    world: World, address: str
) -> None:
    answer = read(world, address)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    for tag, attributes in Reader(answer.text).elements:
        loaded = attributes.get("src") or (attributes.get("href") if tag == "link" else None)
        assert loaded is None or re.match(r"/(?!/)", loaded), f"{tag} {loaded}"
        assert tag != "style"
        assert "style" not in attributes
        assert not any(name.startswith("on") for name in attributes)


@each_page
def test_everything_that_a_page_leads_to_with_us_is_there(world: World, address: str) -> None:
    for _, attributes in Reader(read(world, address).text).elements:
        target = attributes.get("href") or attributes.get("src") or ""
        if target.startswith("/"):
            assert read(world, target).status_code == 200, target


@each_page
def test_a_page_can_be_read_without_a_script(world: World, address: str) -> None:
    page = Reader(read(world, address).text)
    assert "post@minmentor.no" in page.words
    scripts = [attributes for tag, attributes in page.elements if tag == "script"]
    assert bool(scripts) == ("data" in address)
    if scripts:
        assert "JavaScript" in page.words
        tool = next(attributes for _, attributes in page.elements if attributes.get("id") == "tool")
        assert "hidden" in tool, "buttons that do nothing are not shown"


def test_an_address_with_html_at_its_end_leads_to_the_one_without(world: World) -> None:
    answer = read(world, "/personvern.html")
    assert (answer.status_code, answer.headers["location"]) == (308, "/personvern")
