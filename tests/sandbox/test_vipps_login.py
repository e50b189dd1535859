"""Vipps Login of the sandbox: what a relying party may count on, and what it is refused."""

import http.client
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest

from tests.sandbox.vipps_merchant import (
    ACCESS,
    APP_REDIRECT_URI,
    REDIRECT_URI,
    Merchant,
    pkce,
    redirect_fields,
)


def verified(merchant: Merchant, token: str) -> dict[str, Any]:
    """Check a token as a careful client does: key by kid, RS256, exact issuer, audience."""
    keys = jwt.PyJWKSet.from_dict(merchant.call("GET", f"{ACCESS}/.well-known/jwks.json").json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(
        token,
        key.key,
        algorithms=["RS256"],
        audience=merchant.unit.client_id,
        issuer=f"{merchant.simulator.base_url}{ACCESS}/",
        options={"require": ["exp", "iat", "sub", "iss", "aud"]},
    )
    assert claims["nonce"] == "nonce-12345678"
    return claims


def test_discovery_names_an_issuer_with_a_trailing_slash_and_may_be_cached(
    merchant: Merchant,
) -> None:
    answer = merchant.call("GET", f"{ACCESS}/.well-known/openid-configuration")
    content = answer.json()
    assert content["issuer"] == f"{merchant.simulator.base_url}{ACCESS}/"
    assert content["code_challenge_methods_supported"] == ["S256"]
    assert answer.headers["Cache-Control"] == "max-age=3600"
    for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"):
        assert content[name].startswith(merchant.simulator.base_url)


def test_a_login_gives_a_code_a_verifiable_id_token_and_the_claims_of_its_scopes(
    merchant: Merchant,
) -> None:
    verifier, challenge = pkce()
    url = merchant.authorize_url(
        code_challenge=challenge,
        code_challenge_method="S256",
        scope="openid name phoneNumber email birthDate address",
    )
    back = merchant.log_in(url)
    assert back["to"] == REDIRECT_URI
    assert back["state"] == "state-12345678"
    assert back["scope"] == "openid name phoneNumber email birthDate address"
    tokens = merchant.redeem(back["code"], code_verifier=verifier).json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 3599)
    assert "refresh_token" not in tokens
    claims = verified(merchant, tokens["id_token"])
    kari = merchant.simulator.people.find("kari")
    assert kari is not None
    assert claims["sub"] == kari.sub
    assert claims["aud"] == [merchant.unit.client_id]
    assert claims["msn"] == merchant.unit.merchant_serial_number
    assert claims["exp"] - claims["iat"] == 3600
    assert {"sid", "at_hash", "rat", "jti", "auth_time"} <= claims.keys()
    person = merchant.userinfo(tokens["access_token"]).json()
    assert person["sub"] == kari.sub
    assert person["phone_number"] == "4790000101"
    assert person["birthdate"] == "1991-03-14"
    assert person["email_verified"] is True
    assert person["address"]["postal_code"] == "0184"


def test_userinfo_tells_only_what_the_scope_asked_for(merchant: Merchant) -> None:
    back = merchant.log_in(merchant.authorize_url(scope="openid nin"))
    token = merchant.redeem(back["code"]).json()["access_token"]
    assert merchant.userinfo(token).json().keys() == {"sub", "sid"}


def test_who_has_no_address_has_one_of_empty_strings(merchant: Merchant) -> None:
    back = merchant.log_in(merchant.authorize_url(scope="openid address"), "ingrid")
    token = merchant.redeem(back["code"]).json()["access_token"]
    assert set(merchant.userinfo(token).json()["address"].values()) == {""}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"state": "short12"}, "invalid_state"),
        ({"state": None}, "invalid_state"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "name"}, "invalid_scope"),
        ({"scope": "openid phonenumber"}, "invalid_scope"),
        ({"code_challenge": "x" * 43}, "invalid_request"),
        ({"code_challenge": "x" * 43, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "x", "code_challenge_method": "S256"}, "invalid_request"),
        ({"requested_flow": "app_to_app_v2"}, "invalid_request"),
        ({"requested_flow": "app_to_web"}, "invalid_request"),
        ({"requested_flow": "app_to_app"}, "invalid_app_callback_uri"),
        (
            {"requested_flow": "app_to_app", "app_callback_uri": "a://b"},
            "app_callback_uri_not_registered",
        ),
        ({"acr_values": "urn:other"}, "invalid_request"),
    ],
)
def test_a_faulty_authorize_request_is_bounced_back_with_an_error(
    merchant: Merchant, changes: dict[str, str | None], error: str
) -> None:
    answer = merchant.call(
        "GET", merchant.authorize_url(**changes).removeprefix(merchant.simulator.base_url)
    )
    assert answer.status_code == 302
    back = redirect_fields(answer.headers["Location"])
    assert (back["to"], back["error"]) == (REDIRECT_URI, error)
    assert "code" not in back


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": f"{REDIRECT_URI}/"},
        {"redirect_uri": REDIRECT_URI.upper()},
        {"redirect_uri": f"{REDIRECT_URI}?a=1"},
        {"redirect_uri": None},
        {"client_id": "somebody-else"},
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered_byte_for_byte(
    merchant: Merchant, changes: dict[str, str | None]
) -> None:
    path = merchant.authorize_url(**changes).removeprefix(merchant.simulator.base_url)
    answer = merchant.call("GET", path)
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    play = merchant.control("login", {"authorize_url": path, "person": "kari"})
    assert play.status_code == 400


def test_the_app_flow_returns_to_the_apps_own_scheme_with_pkce(merchant: Merchant) -> None:
    verifier, challenge = pkce()
    url = merchant.authorize_url(
        requested_flow="app_to_app_v2",
        redirect_uri=APP_REDIRECT_URI,
        code_challenge=challenge,
        code_challenge_method="S256",
    )
    back = merchant.log_in(url, "ola")
    assert back["to"] == APP_REDIRECT_URI
    answer = merchant.redeem(back["code"], code_verifier=verifier, redirect_uri=APP_REDIRECT_URI)
    assert answer.status_code == 200


def test_who_cancels_comes_back_with_access_denied(merchant: Merchant) -> None:
    back = merchant.log_in(merchant.authorize_url(), action="cancel")
    assert (back["error"], back["state"]) == ("access_denied", "state-12345678")


def test_a_code_works_once_and_its_second_use_takes_the_first_token_back(
    merchant: Merchant,
) -> None:
    code = merchant.log_in(merchant.authorize_url())["code"]
    token = merchant.redeem(code).json()["access_token"]
    assert merchant.userinfo(token).status_code == 200
    again = merchant.redeem(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert merchant.userinfo(token).status_code == 401


def test_a_code_lives_two_minutes(merchant: Merchant) -> None:
    code = merchant.log_in(merchant.authorize_url())["code"]
    merchant.simulator.clock.advance(timedelta(minutes=2))
    assert merchant.redeem(code).json()["error"] == "invalid_grant"


def test_a_code_is_bound_to_redirect_uri_and_verifier(merchant: Merchant) -> None:
    verifier, challenge = pkce()
    url = merchant.authorize_url(code_challenge=challenge, code_challenge_method="S256")
    attempts: list[dict[str, str]] = [
        {"code_verifier": verifier, "redirect_uri": APP_REDIRECT_URI},
        {"code_verifier": pkce()[0]},
        {"code_verifier": challenge},
        {},
    ]
    for form in attempts:
        answer = merchant.redeem(merchant.log_in(url)["code"], **form)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_verifier_without_a_challenge_is_refused(merchant: Merchant) -> None:
    code = merchant.log_in(merchant.authorize_url())["code"]
    answer = merchant.redeem(code, code_verifier=pkce()[0])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_the_client_proves_itself_by_basic_authentication_only(merchant: Merchant) -> None:
    code = merchant.log_in(merchant.authorize_url())["code"]
    wrong = merchant.redeem(code, secret="wrong")
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "client_id": merchant.unit.client_id,
        "client_secret": merchant.unit.client_secret,
    }
    posted = merchant.call("POST", f"{ACCESS}/oauth2/token", data=form)
    assert (posted.status_code, posted.json()["error"]) == (401, "invalid_client")
    both = merchant.redeem(code, client_secret=merchant.unit.client_secret)
    assert (both.status_code, both.json()["error"]) == (401, "invalid_client")
    assert merchant.redeem(code).status_code == 200


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "refresh_token"}, "unsupported_grant_type"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"code": None}, "invalid_request"),
    ],
)
def test_a_faulty_token_request_is_refused(
    merchant: Merchant, form: dict[str, str | None], error: str
) -> None:
    code = merchant.log_in(merchant.authorize_url())["code"]
    answer = merchant.redeem(**({"code": code} | form))  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_userinfo_wants_the_bearer_token_and_no_subscription_key(merchant: Merchant) -> None:
    code = merchant.log_in(merchant.authorize_url())["code"]
    token = merchant.redeem(code).json()["access_token"]
    key = {"Ocp-Apim-Subscription-Key": merchant.unit.subscription_key}
    assert merchant.userinfo(token, **key).status_code == 401
    assert merchant.userinfo("other").status_code == 401
    assert merchant.userinfo(token).status_code == 200
    merchant.simulator.clock.advance(timedelta(minutes=10))
    assert merchant.userinfo(token).status_code == 401


@pytest.mark.parametrize(
    ("forge", "error"),
    [
        ("issuer", jwt.InvalidIssuerError),
        ("audience", jwt.InvalidAudienceError),
        ("expired", jwt.ExpiredSignatureError),
        ("nonce", AssertionError),
        ("signature", jwt.InvalidSignatureError),
        ("alg_none", jwt.InvalidAlgorithmError),
        ("unknown_kid", KeyError),
    ],
)
def test_a_forged_id_token_is_wrong_in_exactly_the_way_that_was_ordered(
    merchant: Merchant, forge: str, error: type[Exception]
) -> None:
    code = merchant.log_in(merchant.authorize_url(), forge=forge)["code"]
    token = merchant.redeem(code).json()["id_token"]
    with pytest.raises(error):
        verified(merchant, token)


def test_an_id_token_can_speak_of_somebody_else_than_userinfo_does(merchant: Merchant) -> None:
    code = merchant.log_in(merchant.authorize_url(), forge="subject")["code"]
    tokens = merchant.redeem(code).json()
    claims = verified(merchant, tokens["id_token"])
    assert claims["sub"] != merchant.userinfo(tokens["access_token"]).json()["sub"]


def test_claims_that_a_person_withholds_are_left_out(merchant: Merchant) -> None:
    merchant.control("people", {"key": "kari", "withholds": ["birthdate"]})
    url = merchant.authorize_url(scope="openid name birthDate")
    token = merchant.redeem(merchant.log_in(url)["code"]).json()["access_token"]
    assert "birthdate" not in merchant.userinfo(token).json()
    assert "given_name" in merchant.userinfo(token).json()
    refused = merchant.control("people", {"key": "kari", "withholds": "birthdate"})
    assert refused.status_code == 400


def test_auth_time_is_the_moment_of_the_tap_unless_ordered_otherwise(merchant: Merchant) -> None:
    merchant.simulator.clock.set_to(datetime(2027, 1, 5, 12, 0, tzinfo=UTC))
    first = merchant.redeem(merchant.log_in(merchant.authorize_url())["code"]).json()
    noon = datetime(2027, 1, 5, 12, 0, tzinfo=UTC).timestamp()
    claims = jwt.decode(first["id_token"], options={"verify_signature": False})
    assert 0 <= claims["auth_time"] - noon < 10
    back = merchant.log_in(merchant.authorize_url(), auth_time="2027-01-05T11:00:00+00:00")
    second = merchant.redeem(back["code"]).json()
    claims = jwt.decode(second["id_token"], options={"verify_signature": False})
    assert claims["auth_time"] == noon - 3600


def test_confirmation_in_the_app_is_told_in_the_acr_claim(merchant: Merchant) -> None:
    url = merchant.authorize_url(acr_values="urn:vipps:acr:app_auth")
    token = merchant.redeem(merchant.log_in(url)["code"]).json()["id_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["acr"] == "urn:vipps:acr:app_auth"


def test_the_page_lets_a_person_choose_approve_and_cancel_without_loading_anything(
    merchant: Merchant,
) -> None:
    path = merchant.authorize_url().removeprefix(merchant.simulator.base_url)
    answer = merchant.call("GET", path)
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    page = answer.text
    assert '<html lang="nb">' in page
    assert "Kari Solberg" in page
    assert "<legend>" in page
    assert not re.search(r"(src|href)=", page)
    form = {"request": urlsplit(path).query, "person": "kari", "action": "approve"}
    done = merchant.call("POST", f"{ACCESS}/oauth2/auth", data=form)
    assert done.status_code == 303
    code = redirect_fields(done.headers["Location"])["code"]
    assert merchant.redeem(code).status_code == 200
    cancelled = merchant.call("POST", f"{ACCESS}/oauth2/auth", data=form | {"action": "cancel"})
    assert redirect_fields(cancelled.headers["Location"])["error"] == "access_denied"


def test_the_page_shows_what_a_client_sent_as_text_only(merchant: Merchant) -> None:
    # Straight to the socket: every client library would encode the marks on the way.
    parts = urlsplit(merchant.authorize_url())
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request("GET", f'{parts.path}?{parts.query}&x="><script>alert(1)</script>')
    page = connection.getresponse().read().decode()
    connection.close()
    assert "Kari Solberg" in page
    assert "<script" not in page


def test_a_person_can_be_added_and_keeps_their_sub_when_the_phone_number_changes(
    merchant: Merchant,
) -> None:
    new = {
        "key": "nora",
        "given_name": "Nora",
        "family_name": "Vik",
        "email": "nora.vik@example.no",
        "phone_number": "4790000777",
        "birthdate": "1999-05-17",
        "email_verified": False,
    }
    added = merchant.control("people", new).json()
    changed = merchant.control("people", {"sub": added["sub"], "phone_number": "4790000778"})
    assert changed.json()["sub"] == added["sub"]
    token = merchant.redeem(merchant.log_in(merchant.authorize_url(), "nora")["code"]).json()
    person = merchant.userinfo(token["access_token"]).json()
    assert (person["phone_number"], person["email_verified"]) == ("4790000778", False)
    assert merchant.control("people", new | {"phone_number": "+47"}).status_code == 400
    assert merchant.control("people", new | {"shoe_size": 38}).status_code == 400
    taken = merchant.control("people", new | {"phone_number": "4790000101"})
    assert taken.status_code == 400


def test_the_built_in_people_have_roles_ages_and_contact_data_of_their_own(
    merchant: Merchant,
) -> None:
    people = merchant.call("GET", "/_sandbox/people").json()
    ages = {person["key"]: person["age"] for person in people}
    assert ages["jonas"] == 16
    assert all(age >= 18 for key, age in ages.items() if key != "jonas")
    for field in ("sub", "phone_number", "email"):
        assert len({person[field] for person in people}) == len(people) >= 6


def test_who_is_younger_than_fifteen_has_no_login(merchant: Merchant) -> None:
    born = merchant.simulator.clock.now().year - 14
    child = {
        "key": "lillian",
        "given_name": "Lillian",
        "family_name": "Moe",
        "email": "lillian.moe@example.no",
        "phone_number": "4790000779",
        "birthdate": f"{born}-01-01",
    }
    assert merchant.control("people", child).status_code == 200
    back = merchant.log_in(merchant.authorize_url(), "lillian")
    assert back["error"] == "access_denied"


def test_a_revoked_token_ends(merchant: Merchant) -> None:
    token = merchant.redeem(merchant.log_in(merchant.authorize_url())["code"]).json()
    answer = merchant.call(
        "POST",
        f"{ACCESS}/oauth2/revoke",
        data={"token": token["access_token"]},
        auth=(merchant.unit.client_id, merchant.unit.client_secret),
    )
    assert answer.status_code == 200
    assert merchant.userinfo(token["access_token"]).status_code == 401
