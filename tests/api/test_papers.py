"""/v1/papers: one's own, to oneself or in one's name; as data and as PDF; nobody else's."""

import hashlib
from http.client import HTTPConnection
from io import BytesIO
from urllib.parse import urlsplit

import pytest
from pypdf import PdfReader

from lib.papers import service
from sandbox.app import App
from tests.api import description
from tests.cast import Cast
from tests.deals import Deal, sell


@pytest.fixture
def shop(cast: Cast) -> Deal:
    """Ola sells to Kari; an hour and a pack were bought, and a receipt of each issued."""
    sell(cast.mentor.person_id)
    now = cast.world.clock.now()
    found = Deal.between(cast.mentor.person_id, cast.mentee.person_id, now)
    service.receipt(found.session(), found.now)
    service.receipt(found.pack(), found.now)
    return found


def fetch(app: App, path: str) -> tuple[int, dict[str, str], bytes]:
    """Return what a file's address answers."""
    parts = urlsplit(app.url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {app.access_token}"})
        reply = connection.getresponse()
        headers = {name.lower(): value for name, value in reply.headers.items()}
        return reply.status, headers, reply.read()
    finally:
        connection.close()


@pytest.mark.usefixtures("shop")
def test_both_parties_see_a_paper_and_know_in_whose_name_it_is(cast: Cast) -> None:
    for person, is_mine in ((cast.mentee, False), (cast.mentor, True)):
        answer = person.get("/v1/papers")
        assert answer.status == 200
        shown = [(one["number"][:2], one["is_in_my_name"]) for one in answer.json["papers"]]
        assert sorted(shown) == [("FS", is_mine), ("KV", is_mine)]


def test_papers_are_paged_newest_first_without_a_double(shop: Deal, cast: Cast) -> None:
    for _ in range(3):
        service.receipt(shop.session(), shop.now)
    seen, after = [], ""
    while True:
        page = cast.mentee.get(f"/v1/papers?limit=2{after}").json
        seen += [one["id"] for one in page["papers"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert len(seen) == len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)


@pytest.mark.usefixtures("shop")
def test_a_paper_is_read_as_data_with_the_hash_of_its_body(cast: Cast) -> None:
    (receipt,) = (
        one for one in cast.mentee.get("/v1/papers").json["papers"] if one["kind"] == "receipt"
    )
    path = f"/v1/papers/{receipt['id']}"
    answer = cast.mentee.get(path)
    assert answer.status == 200
    for one in ("/v1/papers", path, f"{path}/pdf"):
        description.operation("GET", one).check(cast.mentee.get(one))
    body = answer.json["body"]
    assert (body["number"], body["total_ore"]) == (receipt["number"], 90_000)
    assert body["buyer"]["name"] == "Kari Solberg"
    assert len(answer.json["body_hash"]) == 64


@pytest.mark.usefixtures("shop")
def test_nobody_else_sees_a_paper_as_data_or_as_pdf(cast: Cast) -> None:
    for one in cast.mentee.get("/v1/papers").json["papers"]:
        for path in (f"/v1/papers/{one['id']}", f"/v1/papers/{one['id']}/pdf"):
            answer = cast.stranger.get(path)
            assert (answer.status, answer.json["code"]) == (404, "not_found")
            assert cast.app().get(path).status == 401
    assert cast.stranger.get("/v1/papers").json == {"papers": [], "next": None}


@pytest.mark.usefixtures("shop")
def test_a_paper_as_pdf_is_the_same_file_each_time_for_both_and_can_be_read(cast: Cast) -> None:
    (receipt,) = (
        one for one in cast.mentee.get("/v1/papers").json["papers"] if one["kind"] == "receipt"
    )
    path = f"/v1/papers/{receipt['id']}/pdf"
    answers = [fetch(person, path) for person in (cast.mentee, cast.mentee, cast.mentor)]
    assert {status for status, _, _ in answers} == {200}
    assert len({hashlib.sha256(content).digest() for _, _, content in answers}) == 1
    _, headers, content = answers[0]
    assert headers["content-type"] == "application/pdf"
    assert headers["content-disposition"] == f'inline; filename="{receipt["number"]}.pdf"'
    assert headers["cache-control"] == "no-store"
    assert int(headers["content-length"]) == len(content) < 100_000
    text = PdfReader(BytesIO(content)).pages[0].extract_text()
    assert f"Kvittering {receipt['number']}" in text
    assert "Kari Solberg" in text


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "after=!", "after=bm8", "page=2"])
def test_a_page_that_is_asked_for_wrongly_is_refused(cast: Cast, query: str) -> None:
    answer = cast.mentee.get(f"/v1/papers?{query}")
    assert (answer.status, answer.json["code"]) == (422, "invalid")
