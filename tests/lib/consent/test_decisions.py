"""Each decision about consent, objection and restriction, one by one, on the real database."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from lib.consent import limits, repository, rules, service
from lib.consent.rules import Words
from lib.consent.schemas import Consent, LiftRestriction, Object, Restrict, SayConsent
from lib.core.db import Db, transact
from lib.core.errors import InvalidError, NotFoundError, TryAgainError
from sandbox.world import World
from tests.cast import Cast
from tests.stage import change, rows

MARKETING = rules.CONSENTS["marketing"]
LATER = "2027-05-01"


@pytest.fixture
def people(cast: Cast) -> list[str]:
    return [each.person_id for each in cast.crowd(2)]


def say(
    world: World,
    person_id: str,
    *,
    given: bool = True,
    purpose: str = "marketing",
    language: str = "nb",
) -> Consent:
    now = world.clock.now()
    version = rules.CONSENTS[purpose].version if given else None
    said = SayConsent(given=given, version=version)
    return transact(
        lambda db: service.say(
            db, said, person_id=person_id, purpose=purpose, language=language, now=now
        )
    )


def shown(person_id: str, language: str = "nb") -> Consent:
    found = transact(lambda db: service.consents(db, person_id=person_id, language=language))
    return next(each for each in found.consents if each.purpose == "marketing")


def may(world: World, person_id: str, purpose: str = "marketing") -> bool:
    now = world.clock.now()
    return transact(lambda db: service.may(db, person_id, purpose, now))


def object_to(world: World, person_id: str, purpose: str, *, objects: bool = True) -> None:
    now, said = world.clock.now(), Object(objects=objects)
    transact(
        lambda db: limits.say_objection(
            db, said, person_id=person_id, purpose=purpose, language="nb", now=now
        )
    )


def restrict(world: World, person_id: str, *, restricted: bool = True) -> None:
    now, wanted = world.clock.now(), Restrict(restricted=restricted)
    transact(lambda db: limits.restrict(db, wanted, person_id=person_id, now=now))


def announce(world: World, person_id: str) -> None:
    now, wanted = world.clock.now(), LiftRestriction(reason="Kontrollert")
    transact(lambda db: limits.announce(db, person_id, wanted, operator_id="per_operator", now=now))


def lift(world: World) -> int:
    now = world.clock.now()
    return limits.lift_announced(now, now + timedelta(seconds=20))


# ── consent ──────────────────────────────────────────────────────────────────────────────────────


def test_a_yes_to_a_new_wording_is_written_though_the_old_one_counts(
    world: World, people: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = people
    say(world, one)
    later = replace(MARKETING, version=LATER, texts={LATER: Words("Ja.", "Yes.")})
    monkeypatch.setitem(
        rules.CONSENTS,
        "marketing",
        replace(later, still_valid=frozenset({MARKETING.version, LATER})),
    )
    assert (shown(one).given, shown(one).version, shown(one).said_version) == (
        True,
        LATER,
        MARKETING.version,
    )
    say(world, one)
    written = rows("SELECT turn, version FROM consent ORDER BY turn")
    assert [tuple(each.values()) for each in written] == [(1, MARKETING.version), (2, LATER)]
    # Where the old wording counts no more, neither does a yes to it.
    say(world, one, given=False)
    monkeypatch.setitem(rules.CONSENTS, "marketing", MARKETING)
    say(world, one)
    monkeypatch.setitem(rules.CONSENTS, "marketing", replace(later, still_valid=frozenset()))
    assert (shown(one).given, may(world, one)) == (False, False)


def test_a_yes_in_english_is_kept_with_the_english_wording(world: World, people: list[str]) -> None:
    one, other = people
    text = MARKETING.texts[MARKETING.version]
    said = say(world, one, language="en")
    assert (said.text, said.title) == (text.en, "News and offers by e-mail")
    assert shown(other, "nb").text == shown(other, "de").text == text.nb
    (row,) = rows("SELECT language, text_hash FROM consent")
    assert row == {"language": "en", "text_hash": rules.text_hash(text.en)}
    assert (said.said_at, said.said_version) == (shown(one).said_at, MARKETING.version)
    assert said.said_at is not None


def test_what_one_person_said_last_does_not_hide_what_another_said(
    world: World, people: list[str]
) -> None:
    one, other = people
    say(world, other)
    for given in (True, False, True):
        say(world, one, given=given)
    assert (shown(one).given, shown(other).given) == (True, True)


def test_nothing_is_written_of_who_has_been_erased(world: World, people: list[str]) -> None:
    one, _ = people
    say(world, one)
    restrict(world, one)
    change("UPDATE person SET erased_at = created_at WHERE id = %(id)s", {"id": one})
    before = rows("SELECT person_id, turn FROM consent"), rows("SELECT id FROM restriction")
    now = world.clock.now()
    transact(lambda db: service.withdraw(db, one, "marketing", surface="app", now=now))
    assert may(world, one) is may(world, one, "statistics") is False
    assert transact(lambda db: service.is_restricted(db, one)) is False
    for refused in (
        lambda: say(world, one, given=False),
        lambda: object_to(world, one, "statistics"),
        lambda: restrict(world, one, restricted=False),
        lambda: announce(world, one),
        lambda: transact(lambda db: limits.restriction(db, person_id=one, now=now)),
    ):
        with pytest.raises(NotFoundError):
            refused()
    after = rows("SELECT person_id, turn FROM consent"), rows("SELECT id FROM restriction")
    assert after == before
    assert rows("SELECT person_id FROM objection") == []


def test_who_is_restricted_is_known_to_be_and_nobody_else(world: World, people: list[str]) -> None:
    one, other = people
    restrict(world, one)
    found = [transact(partial(service.is_restricted, person_id=who)) for who in people]
    assert found == [True, False]
    assert may(world, other, "statistics") is True


def test_what_is_not_allowed_is_not_done_and_that_is_said(world: World, people: list[str]) -> None:
    one, other = people
    say(world, one)
    sent: list[int] = []
    now = world.clock.now()
    assert service.send(one, "marketing", now, lambda: sent.append(1)) is True
    assert service.send(other, "marketing", now, lambda: sent.append(2)) is False
    assert sent == [1]


def test_a_message_whose_commit_is_lost_is_not_sent_twice(world: World, people: list[str]) -> None:
    say(world, people[0])
    sent: list[int] = []

    def send_and_lose_the_connection() -> None:
        sent.append(1)
        transact(_kill_the_others)

    with pytest.raises(TryAgainError):
        service.send(people[0], "marketing", world.clock.now(), send_and_lose_the_connection)
    assert sent == [1]


def _kill_the_others(db: Db) -> None:
    """End every other connection of our user: the sender's own is among them."""
    others = db.rows("SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID()")
    for each in others:
        db.execute("KILL %(id)s", {"id": each["id"]})


# ── one click ────────────────────────────────────────────────────────────────────────────────────


def test_the_headers_of_an_e_mail_are_those_of_the_standard(
    world: World, people: list[str]
) -> None:
    assert world.url
    headers = service.unsubscribe_headers(people[0], "surveys")
    assert re.fullmatch(r"<https?://\S+/v1/unsubscribe/[\w-]{57}>", headers["List-Unsubscribe"])


def test_one_click_withdraws_the_purpose_of_its_own_link(world: World, people: list[str]) -> None:
    one, now = people[0], world.clock.now()
    say(world, one)
    say(world, one, purpose="surveys")
    link = service.unsubscribe_headers(one, "surveys")["List-Unsubscribe"]
    token = link.rpartition("/")[2].removesuffix(">")
    done = transact(
        lambda db: service.unsubscribe(db, b"List-Unsubscribe=One-Click", token=token, now=now)
    )
    assert (done.purpose, done.given) == ("surveys", False)
    assert (may(world, one), may(world, one, "surveys")) == (True, False)
    for half in (b"List-Unsubscribe", b"One-Click", b""):
        with pytest.raises(InvalidError):
            transact(partial(service.unsubscribe, body=half, token=token, now=now))


def test_a_link_that_was_made_with_another_key_is_nobody_s(people: list[str]) -> None:
    token = rules.unsubscribe_token(people[0], MARKETING, "a key")
    assert rules.read_unsubscribe_token(token, "a key") == (people[0], MARKETING)
    assert rules.read_unsubscribe_token(token, "another key") is None
    assert rules.read_unsubscribe_token("", "a key") is None


# ── objection ────────────────────────────────────────────────────────────────────────────────────


def test_taking_one_objection_back_leaves_the_others_and_the_history(
    world: World, people: list[str]
) -> None:
    one, other = people
    for who in people:
        for purpose in ("marketing", "statistics"):
            object_to(world, who, purpose)
    world.clock.advance(timedelta(minutes=1))
    object_to(world, one, "marketing", objects=False)
    ended = rows("SELECT person_id, purpose, ended_at FROM objection WHERE ended_at IS NOT NULL")
    assert [(each["person_id"], each["purpose"]) for each in ended] == [(one, "marketing")]
    assert (may(world, other, "statistics"), may(world, one, "statistics")) == (False, False)
    world.clock.advance(timedelta(minutes=1))
    object_to(world, one, "marketing")
    world.clock.advance(timedelta(minutes=1))
    object_to(world, one, "marketing", objects=False)
    again = rows(
        "SELECT ended_at FROM objection WHERE person_id = %(id)s AND purpose = 'marketing'"
        " ORDER BY raised_at",
        {"id": one},
    )
    assert again[0]["ended_at"] == ended[0]["ended_at"], "what was ended before stays as it was"


def test_a_consent_that_ends_by_an_objection_says_so(world: World, people: list[str]) -> None:
    say(world, people[0])
    object_to(world, people[0], "marketing")
    said = rows("SELECT state, surface FROM consent ORDER BY turn")
    assert [tuple(each.values()) for each in said] == [
        ("given", "app"),
        ("withdrawn", "objection"),
    ]


def test_what_can_be_objected_to_is_said_in_one_s_language_with_when_one_did(
    world: World, people: list[str]
) -> None:
    object_to(world, people[0], "statistics")
    for language, word in (("en", "Aggregate"), ("nb", "Samlet")):
        found = transact(partial(limits.objections, person_id=people[0], language=language))
        by_purpose = {each.purpose: each for each in found.objections}
        assert by_purpose["statistics"].text.startswith(word)
        assert by_purpose["statistics"].since is not None
        assert by_purpose["marketing"].since is None


def test_who_asked_before_the_objection_and_reads_after_it_is_told_no(
    world: World, people: list[str]
) -> None:
    """A transaction that began earlier has an older picture; what is asked is asked of now."""

    def work(db: Db) -> bool:
        service.consents(db, person_id=people[0], language="nb")
        object_to(world, people[0], "statistics")
        return service.may(db, people[0], "statistics", world.clock.now())

    assert transact(work) is False


# ── lifting ──────────────────────────────────────────────────────────────────────────────────────


def test_what_is_announced_to_one_is_not_announced_to_another(
    world: World, people: list[str]
) -> None:
    one, other = people
    for who in people:
        restrict(world, who)
    announce(world, one)
    now = world.clock.now()
    found = [transact(partial(limits.restriction, person_id=who, now=now)) for who in people]
    assert [each.lifts_at is not None for each in found] == [True, False]
    assert found[0].lifting_reason == "Kontrollert"
    # The other ends their own: what was announced to the one stands.
    restrict(world, other, restricted=False)
    assert transact(lambda db: repository.announced(db, one, now)) is not None
    world.clock.advance(timedelta(days=15))
    assert lift(world) == 1


def test_an_end_that_came_is_history_and_no_announcement(world: World, people: list[str]) -> None:
    one, _ = people
    restrict(world, one)
    announce(world, one)
    world.clock.advance(timedelta(days=15))
    assert lift(world) == 1
    restrict(world, one)
    now = world.clock.now()
    found = transact(lambda db: limits.restriction(db, person_id=one, now=now))
    assert (found.restricted, found.lifts_at, found.lifting_reason) == (True, None, None)
    written = rows("SELECT is_restricted, announced_at FROM restriction ORDER BY decided_at")
    assert [(each["is_restricted"], each["announced_at"] is None) for each in written] == [
        (True, True),
        (False, False),
        (True, True),
    ]


@pytest.mark.parametrize("meanwhile", ["ended", "begun anew"])
def test_what_is_lifted_is_what_was_announced_whatever_comes_in_between(
    world: World, people: list[str], meanwhile: str
) -> None:
    one, _ = people
    restrict(world, one)
    announce(world, one)
    world.clock.advance(timedelta(days=15))
    now = world.clock.now()
    (due,) = transact(lambda db: repository.due_liftings(db, now=now, after="", limit=5))
    restrict(world, one, restricted=False)
    if meanwhile == "begun anew":
        restrict(world, one)
    assert limits._lifted(due, now) is False
    assert transact(lambda db: service.is_restricted(db, one)) is (meanwhile == "begun anew")


def test_one_that_can_not_be_lifted_does_not_hold_up_the_others(
    world: World, people: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for who in people:
        restrict(world, who)
        announce(world, who)
    world.clock.advance(timedelta(days=15))
    asked: list[str] = []
    lifted = limits._lifted

    def failing(due: repository.Lifting, now: datetime) -> bool:
        asked.append(due.person_id)
        assert len(asked) < 5, "asked for again and again"
        if due.person_id == people[0]:
            raise RuntimeError
        return lifted(due, now)

    monkeypatch.setattr(limits, "_lifted", failing)
    assert lift(world) == 1
    assert sorted(asked) == sorted(people)


def test_an_app_that_is_asked_in_english_is_answered_so(cast: Cast) -> None:
    (person,) = cast.crowd(1)
    person.headers["Accept-Language"] = "en"
    assert person.get("/v1/consents").json["consents"][0]["text"].startswith("Yes")
    assert person.get("/v1/privacy/objections").json["objections"][0]["text"].startswith("Mark")
