"""Sign-up: consent to what is in force, once, from a token that nobody can make or alter."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import pytest

from sandbox.app import Answer
from sandbox.database import connect, tables
from sandbox.world import World
from tests.api.vipps_login import Steps
from tests.cast import Cast


@pytest.fixture
def steps(world: World, cast: Cast) -> Steps:
    return Steps(world, cast.app())


def refused(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.json["code"]) == (status, code), answer.json


def counted(world: World, table: str) -> int:
    with closing(connect(world.database_url)) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM `{table}`")  # noqa: S608 (a name of the schema)
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def signed_in(steps: Steps, answer: Answer) -> str:
    """Use the tokens that came back; return whose they are."""
    assert (answer.status, answer.json["status"]) == (201, "signed_in"), answer.json
    steps.app.access_token = answer.json["session"]["access_token"]
    return str(steps.app.get("/v1/profile").json["id"])


def test_until_a_person_has_consented_nothing_about_them_is_stored(
    steps: Steps, world: World
) -> None:
    offer = steps.offered("kari")
    assert (offer["given_name"], offer["family_name"]) == ("Kari", "Solberg")
    for name in tables(world.database_url):
        if name != "sign_in_attempt":
            assert counted(world, name) == 0, name
    with closing(connect(world.database_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT * FROM sign_in_attempt")
        stored = repr(cursor.fetchall()).lower()
    assert "solberg" not in stored
    assert "90000101" not in stored


def test_the_token_shows_nobody_what_is_in_it(steps: Steps) -> None:
    token = steps.offered("kari")["sign_up_token"]
    assert "kari" not in token.lower()


def test_consent_is_kept_with_the_versions_that_were_shown(steps: Steps, world: World) -> None:
    offer = steps.offered("kari")
    person_id = signed_in(steps, steps.sign_up(offer, language="en", time_zone="Europe/Madrid"))
    with closing(connect(world.database_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT person_id, document, version FROM policy_acceptance")
        kept = set(cursor.fetchall())
    assert kept == {
        (person_id, "terms", offer["policies"]["terms"]),
        (person_id, "privacy_notice", offer["policies"]["privacy_notice"]),
    }
    profile = steps.app.get("/v1/profile").json
    assert (profile["language"], profile["time_zone"]) == ("en", "Europe/Madrid")


@pytest.mark.parametrize("document", ["terms", "privacy_notice"])
@pytest.mark.parametrize("version", ["2020-01-01", "", "newest"])
def test_only_the_versions_in_force_can_be_accepted(
    steps: Steps, world: World, document: str, version: str
) -> None:
    offer = steps.offered("kari")
    answer = steps.sign_up(offer, **{document: version})
    refused(answer, 409, "policy_outdated")
    assert answer.json["policies"] == offer["policies"]
    assert counted(world, "person") == 0
    signed_in(steps, steps.sign_up(offer))


def test_consent_that_is_not_given_is_not_assumed(steps: Steps, world: World) -> None:
    offer = steps.offered("kari")
    body = {"sign_up_token": offer["sign_up_token"], "device_name": "Telefon"}
    answer = steps.app.post("/v1/sign-up", body)
    refused(answer, 422, "invalid")
    assert {each["pointer"] for each in answer.json["errors"]} == {"/terms", "/privacy_notice"}
    assert counted(world, "person") == 0


def test_a_time_zone_that_is_none_makes_no_account(steps: Steps, world: World) -> None:
    offer = steps.offered("kari")
    refused(steps.sign_up(offer, time_zone="Europe/Bergen"), 422, "time_zone_unknown")
    assert counted(world, "person") == 0


# ── the token ────────────────────────────────────────────────────────────────────────────────────


def test_an_altered_token_is_refused_wherever_it_was_altered(steps: Steps, world: World) -> None:
    offer = steps.offered("kari")
    token = offer["sign_up_token"]
    for place in range(0, len(token) - 4, len(token) // 12):
        altered = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        refused(steps.sign_up(offer, sign_up_token=altered), 401, "sign_up_expired")
    for other in (token[:-8], token[4:], "A" * 100, "æ" * 50, " ".join("token" * 8), "%" * 40):
        refused(steps.sign_up(offer, sign_up_token=other), 401, "sign_up_expired")
    assert counted(world, "person") == 0


def test_a_token_made_with_another_key_is_refused(steps: Steps) -> None:
    from cryptography.fernet import Fernet

    offer = steps.offered("kari")
    forged = Fernet(Fernet.generate_key()).encrypt(b'0 {"sub": "x"}').decode()
    refused(steps.sign_up(offer, sign_up_token=forged), 401, "sign_up_expired")


def test_a_token_lasts_half_an_hour(steps: Steps, world: World) -> None:
    offer = steps.offered("kari")
    world.clock.advance(timedelta(minutes=29, seconds=30))
    assert steps.sign_up(offer, terms="old").json["code"] == "policy_outdated"
    world.clock.advance(timedelta(minutes=1))
    refused(steps.sign_up(offer), 401, "sign_up_expired")
    assert counted(world, "person") == 0


def test_a_token_that_is_sent_again_finds_the_account_that_it_made(
    steps: Steps, world: World
) -> None:
    offer = steps.offered("kari")
    first = signed_in(steps, steps.sign_up(offer))
    second = signed_in(steps, steps.sign_up(offer))
    assert first == second
    assert counted(world, "person") == 1
    assert counted(world, "identity") == 1
    assert counted(world, "policy_acceptance") == 2


def test_two_tokens_of_one_person_make_one_account(steps: Steps, world: World, cast: Cast) -> None:
    offers = [steps.offered("kari"), Steps(world, cast.app()).offered("kari")]
    people = {signed_in(steps, steps.sign_up(offer)) for offer in offers}
    assert len(people) == 1
    assert counted(world, "person") == 1


def test_of_ten_sign_ups_at_once_one_makes_the_person_and_all_are_signed_in(
    steps: Steps, world: World
) -> None:
    offer = steps.offered("kari")
    with ThreadPoolExecutor(10) as threads:
        calls = [threads.submit(steps.sign_up, offer) for _ in range(10)]
        answers = [call.result(30) for call in calls]
    people = {signed_in(steps, answer) for answer in answers}
    assert len(people) == 1
    assert (counted(world, "person"), counted(world, "identity")) == (1, 1)
    assert counted(world, "session") == 10


def test_who_signs_up_late_has_not_signed_in_freshly(steps: Steps, world: World) -> None:
    """The freshness of what follows is that of the tap in Vipps, not of the sign-up."""
    offer = steps.offered("kari")
    world.clock.advance(timedelta(minutes=6))
    signed_in(steps, steps.sign_up(offer))
    refused(steps.app.post("/v1/privacy/erasure"), 403, "fresh_sign_in_required")
