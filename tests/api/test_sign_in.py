"""Sign-in with Vipps: who gets in, and every way in which nobody does."""

import base64
import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.app import Answer, send
from sandbox.database import connect
from sandbox.world import World
from tests.api.vipps_login import Steps
from tests.cast import Cast

ACCESS = "/access-management-1.0/access"
TOKEN = f"{ACCESS}/oauth2/token"
USERINFO = "/vipps-userinfo-api/userinfo/?"
DISCOVERY = f"{ACCESS}/.well-known/openid-configuration"


@pytest.fixture
def steps(world: World, cast: Cast) -> Steps:
    return Steps(world, cast.app())


def refused(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.json["code"]) == (status, code), answer.json


def get_in(steps: Steps, person: str) -> str:
    """Sign a person in, signing them up where they are new; return their id."""
    return steps.app.sign_in(person).person_id


# ── the way through Vipps ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("flow", ["app", "web"])
def test_both_flows_lead_through_vipps_and_back(steps: Steps, flow: str) -> None:
    begun = steps.begin(flow)
    query = {
        name: value[0] for name, value in parse_qs(urlsplit(begun["authorize_url"]).query).items()
    }
    redirect = steps.world.environment()[f"VIPPS_REDIRECT_URI_{flow.upper()}"]
    assert query["redirect_uri"] == redirect
    assert query["response_type"] == "code"
    assert query["code_challenge_method"] == "S256"
    assert query.get("requested_flow") == ("app_to_app_v2" if flow == "app" else None)
    assert set(query["scope"].split()) == {"openid", "name", "email", "phoneNumber", "birthDate"}
    answer = steps.complete(begun, steps.back(begun, "kari"))
    assert (answer.status, answer.json["status"]) == (200, "sign_up_required")


def test_the_flow_is_the_app_s_unless_told_otherwise(steps: Steps) -> None:
    answer = steps.app.post("/v1/sign-in", {})
    assert "app_to_app_v2" in answer.json["authorize_url"]
    refused(steps.app.post("/v1/sign-in", {"flow": "desktop"}), 422, "invalid")


def test_no_two_attempts_share_a_secret_and_none_leaks_into_the_address(steps: Steps) -> None:
    begun = [steps.begin() for _ in range(3)]
    queries = [parse_qs(urlsplit(each["authorize_url"]).query) for each in begun]
    for name in ("state", "nonce", "code_challenge"):
        values = {query[name][0] for query in queries}
        assert len(values) == 3
        assert all(len(value) >= 43 for value in values)
    assert len({each["attempt"] for each in begun}) == 3
    assert all(each["attempt"] not in each["authorize_url"] for each in begun)
    assert all("code_verifier" not in query for query in queries)


def test_the_code_verifier_is_sent_and_belongs_to_the_challenge(steps: Steps) -> None:
    begun = steps.begin()
    assert steps.complete(begun, steps.back(begun, "kari")).status == 200
    (request,) = steps.requests(TOKEN)
    form = parse_qs(request["body"])
    digest = hashlib.sha256(form["code_verifier"][0].encode()).digest()
    challenge = parse_qs(urlsplit(begun["authorize_url"]).query)["code_challenge"][0]
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == challenge
    assert 43 <= len(form["code_verifier"][0]) <= 128
    assert request["headers"]["authorization"].startswith("Basic ")
    assert "client_secret" not in form


def test_a_code_of_another_attempt_fails_at_the_verifier(steps: Steps) -> None:
    mine, other = steps.begin(), steps.begin()
    code = steps.back(other, "kari")["code"]
    state = steps.back(mine, "kari")["state"]
    refused(steps.complete(mine, {"code": code, "state": state}), 401, "sign_in_failed")


def test_a_code_is_used_up_with_its_attempt(steps: Steps) -> None:
    begun = steps.begin()
    back = steps.back(begun, "kari")
    assert steps.complete(begun, back).status == 200
    again = steps.begin()
    state = steps.back(again, "kari")["state"]
    refused(steps.complete(again, {**back, "state": state}), 401, "sign_in_failed")


# ── the attempt ──────────────────────────────────────────────────────────────────────────────────


def test_another_device_s_attempt_opens_nothing_and_spoils_nothing(
    steps: Steps, world: World, cast: Cast
) -> None:
    begun = steps.begin()
    back = steps.back(begun, "kari")
    thief = Steps(world, cast.app())
    own = thief.begin()
    refused(thief.complete(own, back), 401, "sign_in_attempt_refused")
    refused(thief.complete({"attempt": "x" * 43}, back), 401, "sign_in_attempt_refused")
    assert steps.complete(begun, back).status == 200


def test_an_attempt_is_good_once(steps: Steps) -> None:
    begun = steps.begin()
    back = steps.back(begun, "kari")
    assert steps.complete(begun, back).status == 200
    refused(steps.complete(begun, back), 401, "sign_in_attempt_refused")


def test_of_ten_completions_at_once_one_comes_through(steps: Steps) -> None:
    begun = steps.begin()
    back = steps.back(begun, "kari")
    with ThreadPoolExecutor(10) as threads:
        calls = [threads.submit(steps.complete, begun, back) for _ in range(10)]
        answers = [call.result(30) for call in calls]
    assert sorted(answer.status for answer in answers) == [200] + [401] * 9
    assert len(steps.requests(TOKEN)) == 1


@pytest.mark.parametrize(
    ("minutes", "status"), [(14.9, 401), (15.1, 401)], ids=["in time", "too late"]
)
def test_an_attempt_lasts_fifteen_minutes(steps: Steps, minutes: float, status: int) -> None:
    begun = steps.begin()
    assert datetime.fromisoformat(begun["expires_at"]) - steps.world.clock.now() <= timedelta(
        minutes=15
    )
    steps.world.clock.advance(timedelta(minutes=minutes))
    answer = steps.complete(begun, {"code": "of no matter", "state": state_of(begun)})
    in_time = answer.json["code"] == "sign_in_failed"
    assert (answer.status, in_time) == (status, minutes < 15)


def state_of(begun: dict[str, str]) -> str:
    return parse_qs(urlsplit(begun["authorize_url"]).query)["state"][0]


def test_an_expired_attempt_is_not_even_taken_to_vipps(steps: Steps) -> None:
    begun = steps.begin()
    steps.world.clock.advance(timedelta(minutes=16))
    answer = steps.complete(begun, {"code": "code", "state": state_of(begun)})
    refused(answer, 401, "sign_in_attempt_refused")
    assert steps.requests(TOKEN) == []


def test_a_state_that_is_not_the_attempt_s_is_refused(steps: Steps) -> None:
    begun = steps.begin()
    back = steps.back(begun, "kari")
    for state in (state_of(steps.begin()), "made-up-state", "x" * 200):
        refused(steps.complete(begun, back, state=state), 401, "sign_in_attempt_refused")
    assert steps.complete(begun, back).status == 200


def test_a_login_that_is_cancelled_leaves_nobody_signed_in_and_another_can_be_begun(
    steps: Steps,
) -> None:
    begun = steps.begin()
    back = steps.back(begun, "kari", action="cancel")
    assert "code" not in back
    assert back["state"] == state_of(begun)
    answer = steps.complete(begun, {**back, "code": "made up"})
    refused(answer, 401, "sign_in_failed")
    assert steps.through("kari").status == 200


# ── what comes back is not believed ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "forge",
    [
        "issuer",
        "audience",
        "expired",
        "nonce",
        "subject",
        "signature",
        "alg_none",
        "unknown_kid",
    ],
)
def test_a_forged_id_token_signs_nobody_in(steps: Steps, forge: str) -> None:
    refused(steps.through("kari", forge=forge), 401, "sign_in_failed")
    assert steps.through("kari").status == 200


def test_a_key_that_is_unknown_is_looked_for_once_more_and_then_refused(steps: Steps) -> None:
    assert steps.through("kari").status == 200
    known = len(steps.requests(f"{ACCESS}/.well-known/jwks.json"))
    refused(steps.through("kari", forge="unknown_kid"), 401, "sign_in_failed")
    assert len(steps.requests(f"{ACCESS}/.well-known/jwks.json")) == known + 1


def test_userinfo_is_asked_without_the_subscription_key(steps: Steps) -> None:
    assert steps.through("kari").status == 200
    (request,) = [
        each
        for path in (USERINFO.rstrip("/?"), USERINFO.rstrip("?"))
        for each in steps.requests(path)
    ]
    assert request["status"] == 200
    assert "ocp-apim-subscription-key" not in request["headers"]


# ── Vipps is away ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("path", "kind", "options"),
    [
        (TOKEN, "fail", {"status": 500}),
        (TOKEN, "fail", {"status": 503}),
        (TOKEN, "fail", {"status": 429}),
        (TOKEN, "fail_after", {"status": 502}),
        (TOKEN, "refuse", {}),
        (TOKEN, "hang_up_before", {}),
        (TOKEN, "hang_up_after", {}),
        (USERINFO, "fail", {"status": 503}),
        (USERINFO, "hang_up_after", {}),
    ],
)
def test_when_vipps_is_away_at_the_end_the_person_begins_anew(
    steps: Steps, path: str, kind: str, options: dict[str, object]
) -> None:
    begun = steps.begin()
    back = steps.back(begun, "kari")
    steps.fault(path, kind, **options)
    refused(steps.complete(begun, back), 503, "provider_unavailable")
    refused(steps.complete(begun, back), 401, "sign_in_attempt_refused")
    assert steps.through("kari").status == 200


@pytest.mark.parametrize("kind", ["fail", "hang_up_before"])
def test_when_vipps_is_away_at_the_beginning_that_is_said_and_the_next_attempt_works(
    steps: Steps, kind: str
) -> None:
    steps.world.functions.end("/api/sign_in")  # a warm one knows Vipps' addresses already
    steps.fault(DISCOVERY, kind)
    refused(steps.app.post("/v1/sign-in", {"flow": "app"}), 503, "provider_unavailable")
    assert steps.through("kari").status == 200


def test_a_slow_vipps_is_waited_for_within_reason(steps: Steps) -> None:
    steps.fault(TOKEN, "delay", seconds=1.0)
    assert steps.through("kari").status == 200


def test_a_vipps_that_never_answers_is_given_up_before_the_function_s_time_is_up(
    steps: Steps,
) -> None:
    begun = steps.begin()
    back = steps.back(begun, "kari")
    steps.fault(TOKEN, "delay", seconds=12)
    refused(steps.complete(begun, back), 503, "provider_unavailable")
    assert send("DELETE", f"{steps.vipps}/_sandbox/faults").status == 200


# ── age ──────────────────────────────────────────────────────────────────────────────────────────


def test_who_is_sixteen_is_told_why_not_and_nothing_is_kept(steps: Steps) -> None:
    answer = steps.through("jonas")
    refused(answer, 403, "under_age")
    refused(steps.through("jonas"), 403, "under_age")


def test_who_is_eighteen_today_gets_in_and_who_will_be_tomorrow_does_not(steps: Steps) -> None:
    today = steps.world.clock.now().date()
    year = today.year - 18
    person = {
        "given_name": "Atten",
        "family_name": "Vik",
        "email": "atten.vik@example.no",
        "phone_number": "4790000788",
    }
    today_s = steps.register(key="atten", **person, birthdate=today.replace(year=year).isoformat())
    assert steps.through(today_s["key"]).json["status"] == "sign_up_required"
    tomorrow = today + timedelta(days=1)
    steps.register(key="atten", birthdate=tomorrow.replace(year=tomorrow.year - 18).isoformat())
    refused(steps.through("atten"), 403, "under_age")


def test_without_a_birth_date_nobody_gets_in(steps: Steps) -> None:
    steps.register(key="kari", withholds=["birthdate"])
    refused(steps.through("kari"), 403, "age_unknown")


# ── whose account it is ──────────────────────────────────────────────────────────────────────────


def test_the_same_vipps_profile_is_the_same_account_whatever_else_has_changed(
    steps: Steps, world: World, cast: Cast
) -> None:
    person_id = get_in(steps, "kari")
    steps.register(
        key="kari",
        phone_number="4790000901",
        email="kari.ny@example.no",
        given_name="Karianne",
        family_name="Nilsen",
    )
    again = Steps(world, cast.app())
    assert get_in(again, "kari") == person_id


def test_a_subject_of_another_sales_unit_is_somebody_else(
    steps: Steps, world: World, cast: Cast
) -> None:
    """Vipps gives each sales unit subjects of its own, and two might be the same."""
    ola = get_in(Steps(world, cast.app()), "ola")
    subject = steps.register(key="kari")["sub"]
    own = world.environment()["VIPPS_MERCHANT_SERIAL_NUMBER"]
    with closing(connect(world.database_url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO identity (sales_unit, subject, person_id, linked_at)"
            " VALUES ('000000', %s, %s, NOW(6))",
            (subject, ola),
        )
        assert steps.through("kari").json["status"] == "sign_up_required"
        kari = get_in(steps, "kari")
        cursor.execute("SELECT sales_unit, person_id FROM identity WHERE subject = %s", (subject,))
        assert set(cursor.fetchall()) == {("000000", ola), (own, kari)}


def renew(steps: Steps, **changes: object) -> str:
    """Give Kari a new Vipps profile (her phone is set free first); return its key."""
    old = steps.register(key="kari", phone_number="4790000999")
    person = {
        "given_name": old["given_name"],
        "family_name": old["family_name"],
        "email": old["email"],
        "birthdate": old["birthdate"],
        "phone_number": "4790000101",
        **changes,
    }
    return str(steps.register(key="kari-renewed", **person)["key"])


@pytest.mark.parametrize(
    "spelling", [{}, {"given_name": "KARI"}, {"email": "Kari.Solberg@EXAMPLE.no"}]
)
def test_a_renewed_profile_with_the_same_phone_e_mail_and_name_opens_the_old_account(
    steps: Steps, world: World, cast: Cast, spelling: dict[str, str]
) -> None:
    person_id = get_in(steps, "kari")
    key = renew(steps, **spelling)
    answer = Steps(world, cast.app()).through(key)
    assert answer.json["status"] == "signed_in", answer.json
    assert get_in(Steps(world, cast.app()), key) == person_id
    assert get_in(Steps(world, cast.app()), "kari") == person_id, "the old profile opens it still"


@pytest.mark.parametrize(
    "change",
    [
        {"given_name": "Karin"},
        {"family_name": "Solbergh"},
        {"given_name": "Kåri"},
        {"email": "other@example.no"},
        {"email": "kåri.solberg@example.no"},
        {"email_verified": False},
        {"phone_number": "4790000555"},
        {"withholds": ["phone_number"]},
        {"withholds": ["email"]},
        {"withholds": ["given_name"]},
        {"withholds": ["phone_number_verified"]},
    ],
    ids=repr,
)
def test_with_any_doubt_a_renewed_profile_is_somebody_new(
    steps: Steps, world: World, cast: Cast, change: dict[str, object]
) -> None:
    get_in(steps, "kari")
    key = renew(steps, **change)
    assert Steps(world, cast.app()).through(key).json["status"] == "sign_up_required"


def test_an_account_whose_own_address_was_never_verified_is_not_linked_to(
    steps: Steps, world: World, cast: Cast
) -> None:
    steps.register(key="kari", email_verified=False)
    get_in(steps, "kari")
    key = renew(steps, email_verified=True)
    assert Steps(world, cast.app()).through(key).json["status"] == "sign_up_required"


def test_an_address_that_its_owner_has_typed_in_links_nobody(
    steps: Steps, world: World, cast: Cast
) -> None:
    """Otherwise one could type somebody else's address and wait for them to come."""
    get_in(steps, "ingrid")
    victim = {"given_name": "Kari", "family_name": "Solberg", "phone": "4790000101"}
    typed = steps.app.patch("/v1/profile", {**victim, "email": "kari.solberg@example.no"})
    assert typed.status == 200
    answer = Steps(world, cast.app()).through("kari")
    assert answer.json["status"] == "sign_up_required"


def test_two_accounts_that_would_both_fit_are_neither_linked(
    steps: Steps, world: World, cast: Cast
) -> None:
    get_in(steps, "kari")
    other = renew(steps, given_name="Karin")
    get_in(Steps(world, cast.app()), other)
    steps.register(key=other, phone_number="4790000998")
    steps.register(
        key="kari-third",
        given_name="Kari",
        family_name="Solberg",
        email="kari.solberg@example.no",
        birthdate="1991-03-14",
        phone_number="4790000101",
    )
    assert Steps(world, cast.app()).through("kari-third").json["status"] == "sign_up_required"


def test_a_renewed_profile_that_comes_on_many_devices_at_once_is_linked_once(
    steps: Steps, world: World, cast: Cast
) -> None:
    person_id = get_in(steps, "kari")
    key = renew(steps)
    subject = steps.register(key=key)["sub"]
    devices = [Steps(world, cast.app()) for _ in range(6)]
    begun = [each.begin() for each in devices]
    back = [each.back(one, key) for each, one in zip(devices, begun, strict=True)]
    # A seventh is quicker: the six find no link yet, and wait with one of their own.
    with closing(connect(world.database_url)) as rival, rival.cursor() as cursor:
        rival.begin()
        unit = world.environment()["VIPPS_MERCHANT_SERIAL_NUMBER"]
        cursor.execute(
            "INSERT INTO identity (sales_unit, subject, person_id, linked_at)"
            " VALUES (%s, %s, %s, NOW(6))",
            (unit, subject, person_id),
        )
        with ThreadPoolExecutor(6) as threads:
            calls = [
                threads.submit(each.complete, one, other)
                for each, one, other in zip(devices, begun, back, strict=True)
            ]
            wait_until_blocked(world, 6)
            rival.commit()
            answers = [call.result(30) for call in calls]
    outcomes = [(answer.status, answer.json.get("status")) for answer in answers]
    assert outcomes == [(200, "signed_in")] * 6


def wait_until_blocked(world: World, number: int) -> None:
    """Wait until so many transactions wait for a lock."""
    deadline = time.monotonic() + 10
    with closing(connect(world.database_url)) as connection, connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(
                "SELECT COUNT(*) FROM information_schema.processlist"
                " WHERE info LIKE '%INSERT INTO identity%' AND info NOT LIKE '%processlist%'"
            )
            row = cursor.fetchone()
            if row is not None and int(row[0]) >= number:
                return
            time.sleep(0.02)
    raise AssertionError(f"{number} transactions never waited at once")


# ── signing in where one is signed in ────────────────────────────────────────────────────────────


def test_a_sign_in_from_a_session_replaces_it(steps: Steps) -> None:
    get_in(steps, "kari")
    old, old_refresh = steps.app.access_token, steps.app.refresh_token
    answer = steps.through("kari")
    assert answer.json["status"] == "signed_in"
    assert steps.app.get("/v1/profile").status == 401
    gone = steps.app.post("/v1/sessions/refresh", {"refresh_token": old_refresh})
    refused(gone, 401, "refresh_refused")
    steps.app.access_token = answer.json["session"]["access_token"]
    assert steps.app.access_token != old
    assert len(steps.app.get("/v1/sessions").json["devices"]) == 1


def test_a_sign_in_as_somebody_else_leaves_the_first_session_alone(
    steps: Steps, cast: Cast, world: World
) -> None:
    get_in(Steps(world, cast.app()), "ola")
    get_in(steps, "kari")
    assert steps.through("ola").json["status"] == "signed_in"
    assert steps.app.get("/v1/profile").json["given_name"] == "Kari"


def test_what_vipps_said_is_what_the_profile_begins_with(steps: Steps) -> None:
    person_id = get_in(steps, "kari")
    profile = steps.app.get("/v1/profile").json
    assert profile == {
        "id": person_id,
        "given_name": "Kari",
        "family_name": "Solberg",
        "email": "kari.solberg@example.no",
        "email_verified": True,
        "phone": "4790000101",
        "phone_verified": True,
        "language": "nb",
        "time_zone": "Europe/Oslo",
        "created_at": profile["created_at"],
        "notices": [],
    }
