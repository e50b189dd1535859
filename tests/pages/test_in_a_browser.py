"""The public pages in a real browser: WCAG 2.2 AA as far as a machine can see, and the way in.

Skipped, visibly, where there is no Chromium.
"""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sandbox.world import World
from tests.acting import granted, operator, second_operator
from tests.cast import Cast
from tests.pages.chromium import PROGRAM, Chromium
from tests.pages.test_pages import ADDRESSES
from tests.stage import until

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="there is no Chromium on this machine")

each_page = pytest.mark.parametrize("address", ADDRESSES)

# The lowest contrast of any text with what is behind it; WCAG 1.4.3 wants 4.5.
_CONTRAST = """(() => {
  const parts = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (e) => { for (; e; e = e.parentElement) {
    const c = parts(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c.slice(0, 3); } return [255, 255, 255]; };
  return Math.min(...[...document.querySelectorAll("body *")]
    .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
    .map((e) => { const [a, b] = [light(parts(getComputedStyle(e).color).slice(0, 3)),
      light(behind(e))]; return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); })); })()"""
_HEADINGS = """[...document.querySelectorAll("h1,h2,h3,h4")]
  .filter((e) => e.checkVisibility()).map((e) => Number(e.tagName[1]))"""
_FOCUS = """(() => { const s = getComputedStyle(document.activeElement);
  return [document.activeElement.tagName, s.outlineStyle, parseFloat(s.outlineWidth)]; })()"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with Chromium() as one:
        yield one


def _errors(browser: Chromium) -> list[object]:
    """Return what the page has complained of in its console."""
    return [
        one["params"]
        for one in browser.events
        if one.get("method") == "Runtime.exceptionThrown"
        or (one.get("method") == "Log.entryAdded" and one["params"]["entry"]["level"] == "error")
        or (one.get("method") == "Runtime.consoleAPICalled" and one["params"]["type"] == "error")
    ]


def _hosts(browser: Chromium) -> set[str]:
    return {
        urlsplit(one["params"]["request"]["url"]).netloc
        for one in browser.events
        if one.get("method") == "Network.requestWillBeSent"
    }


@each_page
def test_nothing_is_asked_of_others_and_the_console_is_silent(
    world: World, browser: Chromium, address: str
) -> None:
    browser.events.clear()
    browser.go(f"{world.url}{address}")
    assert _errors(browser) == []
    assert _hosts(browser) == {urlsplit(world.url).netloc}
    assert browser.call("Network.getCookies")["cookies"] == []


@each_page
def test_a_page_fits_into_320_pixels(world: World, browser: Chromium, address: str) -> None:
    browser.width(320)
    browser.go(f"{world.url}{address}")
    assert browser.run("document.documentElement.scrollWidth") <= 320


@each_page
def test_every_text_stands_out_from_what_is_behind_it(
    world: World, browser: Chromium, address: str
) -> None:
    browser.go(f"{world.url}{address}")
    assert browser.run(_CONTRAST) >= 4.5


def test_a_text_that_does_not_stand_out_is_noticed(world: World, browser: Chromium) -> None:
    browser.go(f"{world.url}/personvern")
    browser.run("document.querySelector('dd').style.color = '#999', 0")
    assert browser.run(_CONTRAST) < 4.5


@each_page
def test_a_page_has_its_landmarks_its_language_and_its_headings_in_order(
    world: World, browser: Chromium, address: str
) -> None:
    browser.go(f"{world.url}{address}")
    assert browser.run("document.documentElement.lang") == ("en" if "/en/" in address else "nb")
    assert browser.run("document.querySelectorAll('main').length") == 1
    levels = browser.run(_HEADINGS)
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@each_page
def test_where_the_keyboard_is_can_be_seen(world: World, browser: Chromium, address: str) -> None:
    browser.go(f"{world.url}{address}")
    for _ in range(4):
        browser.press_tab()
        _, style, width = browser.run(_FOCUS)
        assert (style, width >= 2) == ("solid", True)


@pytest.mark.parametrize("address", ["/dine-data", "/en/your-data"])
def test_a_person_signs_in_fetches_their_data_and_erases_their_account(
    world: World, cast: Cast, browser: Chromium, address: str, tmp_path: Path
) -> None:
    assert cast.mentee.access_token  # Kari has an account
    browser.events.clear()
    browser.go(f"{world.url}{address}")
    browser.run("document.getElementById('sign-in').click()")
    browser.until("location.search.includes('client_id')")
    code = cast.mentee.approve_login(browser.run("location.href"), "kari")
    browser.go(f"{world.url}/dine-data?code={code['code']}&state={code['state']}")
    browser.until("location.search === '' && !document.getElementById('in').hidden")
    assert browser.run("location.pathname") == address
    assert browser.run("JSON.stringify([{...sessionStorage}, {...localStorage}])") == "[{},{}]"
    browser.run("document.getElementById('fetch').click()")
    browser.until("!document.getElementById('file').hidden")
    browser.call("Page.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    browser.run("document.querySelector('#file a').click()")
    until(lambda: list(tmp_path.glob("*.json")))
    (file,) = tmp_path.glob("*.json")
    tables = json.loads(file.read_text(encoding="utf-8"))["tables"]
    assert "person" in {one["table"] for one in tables}
    browser.run("document.getElementById('preview').click()")
    browser.until("document.querySelectorAll('#goes li').length > 0")
    browser.run("document.getElementById('erase').click()")
    browser.until("document.activeElement.id === 'sure'")
    assert cast.mentee.get("/v1/profile").status == 200, "not before it is understood"
    browser.run("document.getElementById('sure').click()")
    browser.run("document.getElementById('erase').click()")
    browser.until("document.getElementById('in').hidden")
    assert cast.mentee.get("/v1/profile").status == 401
    assert _errors(browser) == []


@pytest.mark.parametrize("address", ["/dine-data", "/en/your-data"])
def test_who_can_not_sign_in_opens_an_archive_with_the_link_and_the_code(
    world: World, cast: Cast, browser: Chromium, address: str, tmp_path: Path
) -> None:
    henrik, marit, why = operator(cast), second_operator(cast), {"reason": "Kom i posten"}
    path = f"/v1/operator/requests/{granted(henrik, cast, cast.mentee, 'portability')}"
    asked = henrik.post(f"{path}/carry-out", {**why, "by_hand": True}).json
    approval_id = asked["approval"]["id"]
    assert marit.post(f"/v1/operator/approvals/{approval_id}/approve", why).status == 200
    until(lambda: henrik.get(f"{path}/outcome").json["export"] == "ready")
    link = henrik.get(f"{path}/outcome").json["link"]
    code = marit.get(f"{path}/outcome").json["code"]
    browser.events.clear()
    browser.go(f"{world.url}/")
    browser.go(f"{world.url}{address}#{link.partition('#')[2]}")
    browser.until("!document.getElementById('collect').hidden")
    browser.call("Page.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    browser.run(f"document.getElementById('code').value = '{code.lower()}'")
    browser.run("document.getElementById('open').click()")
    until(lambda: [file.read_bytes()[:2] for file in tmp_path.glob("*.zip")] == [b"PK"])
    assert _errors(browser) == []


def test_who_has_turned_back_from_vipps_is_told_so(world: World, browser: Chromium) -> None:
    browser.go(f"{world.url}/dine-data?error=access_denied&state=made-up-state")
    browser.until("document.getElementById('said').textContent.includes('ikke logget inn')")
    assert browser.run("document.getElementById('in').hidden")
