"""Sign-in with Vipps, and sign-up.

An attempt is bound to the device that began it (a secret that never leaves it) and to the browser's
way through Vipps (state, nonce, PKCE), so that neither a stolen redirect nor a planted one signs
anybody in. Until a new person has accepted the terms nothing about them is stored: what Vipps told
us travels, encrypted for us alone, in the sign-up token.
"""

from datetime import datetime, timedelta
from hmac import compare_digest

from lib.accounts import repository, rules, sign_up_token
from lib.accounts.repository import Person
from lib.accounts.schemas import (
    AgeUnknownError,
    AttemptRefusedError,
    CompleteSignIn,
    ErasureUnderWayError,
    PolicyOutdatedError,
    PolicyVersions,
    SignInBegun,
    SignInResult,
    SignUp,
    SignUpExpiredError,
    SignUpOffer,
    UnderAgeError,
)
from lib.accounts.service import check_time_zone
from lib.core import config, ids
from lib.core.db import Db, DuplicateError, transact
from lib.core.errors import TryAgainError
from lib.policies import service as policies
from lib.providers.vipps import login, settings
from lib.providers.vipps.login import Profile
from lib.sessions import service as sessions
from lib.sessions.service import hashed
from lib.web.schema import Output

_ATTEMPT_LIFETIME = timedelta(minutes=15)
# So long a sign-up is answered again, in case its reply was lost; then its token is spent.
_LOST_REPLY_GRACE = timedelta(minutes=1)
_REDIRECT_VARIABLES = {
    "app": "VIPPS_REDIRECT_URI_APP",
    "web": "VIPPS_REDIRECT_URI_WEB",
    "pages": "VIPPS_REDIRECT_URI_PAGES",
}


class Begun(Output):
    """An attempt that is stored, before its address at Vipps is known."""

    attempt: str
    state: str
    nonce: str
    code_verifier: str
    redirect_uri: str
    in_app: bool
    expires_at: datetime


class Answered(Output):
    """An attempt that is used up, with the code to exchange for who the person is."""

    code: str
    nonce: str
    code_verifier: str
    redirect_uri: str
    device_name: str
    replaced_access_token: str


def begin(db: Db, *, flow: str, now: datetime) -> Begun:
    """Store a new attempt; `address` then completes it."""
    begun = Begun(
        attempt=ids.secret(),
        state=ids.secret(),
        nonce=ids.secret(),
        code_verifier=ids.secret() + ids.secret(),
        redirect_uri=config.text(_REDIRECT_VARIABLES[flow]),
        in_app=flow == "app",
        expires_at=now + _ATTEMPT_LIFETIME,
    )
    repository.insert_attempt(
        db,
        {
            "state_hash": hashed(begun.state),
            "attempt_hash": hashed(begun.attempt),
            "nonce": begun.nonce,
            "code_verifier": begun.code_verifier,
            "redirect_uri": begun.redirect_uri,
            "expires_at": begun.expires_at,
            "now": now,
        },
    )
    return begun


def address(begun: Begun, now: datetime) -> SignInBegun:
    """Return where to send the person; asks Vipps for its current addresses."""
    url = login.authorize_url(
        state=begun.state,
        nonce=begun.nonce,
        code_verifier=begun.code_verifier,
        redirect_uri=begun.redirect_uri,
        in_app=begun.in_app,
        now=now,
    )
    return SignInBegun(attempt=begun.attempt, authorize_url=url, expires_at=begun.expires_at)


def answer(db: Db, given: CompleteSignIn, *, access_token: str, now: datetime) -> Answered:
    """Use the attempt up; raises AttemptRefusedError (another device's, late or used)."""
    state_hash = hashed(given.state)
    attempt = repository.lock_attempt(db, state_hash=state_hash)
    if (
        attempt is None
        or attempt.used_at
        or attempt.expires_at <= now
        or not compare_digest(attempt.attempt_hash, hashed(given.attempt))
    ):
        raise AttemptRefusedError
    repository.mark_attempt_used(db, state_hash=state_hash, now=now)
    return Answered(
        code=given.code,
        nonce=attempt.nonce,
        code_verifier=attempt.code_verifier,
        redirect_uri=attempt.redirect_uri,
        device_name=given.device_name,
        replaced_access_token=access_token,
    )


def complete(answered: Answered, now: datetime) -> SignInResult:
    """Ask Vipps who it is, and sign them in, or offer them to sign up."""
    profile = login.redeem(
        code=answered.code,
        code_verifier=answered.code_verifier,
        redirect_uri=answered.redirect_uri,
        nonce=answered.nonce,
        now=now,
    )
    _check_age(profile, now)
    try:
        return transact(lambda db: _enter(db, profile, answered, now))
    except DuplicateError:
        # Another device has linked the same profile at this moment: it is known now.
        return transact(lambda db: _enter(db, profile, answered, now))


def sign_up(db: Db, given: SignUp, *, now: datetime) -> SignInResult:
    """Make the account, or find it where an earlier reply was lost, and sign the device in."""
    profile = sign_up_token.read(given.sign_up_token, now=now)
    check_time_zone(given.time_zone)
    person_id = _create(db, profile, given, now)
    # Read after the row that rivals wait for: an earlier picture would lack what they have written.
    in_force = _policies(db, now)
    if (given.terms, given.privacy_notice) != (in_force.terms, in_force.privacy_notice):
        raise PolicyOutdatedError(policies=in_force.model_dump())
    return _signed_in(db, person_id, given.device_name, profile, now)


def _enter(db: Db, profile: Profile, answered: Answered, now: datetime) -> SignInResult:
    known = _known(db, profile)
    person_id = known.person_id if known else _linked(db, profile, now)
    if person_id is None:
        return SignInResult(status="sign_up_required", sign_up=_offer(db, profile, now))
    replaced = sessions.authenticate(db, answered.replaced_access_token, now=now)
    if replaced and replaced.person_id == person_id:
        sessions.end(
            db, person_id=person_id, session_id=replaced.session_id, now=now, reason="replaced"
        )
    return _signed_in(db, person_id, answered.device_name, profile, now)


def _signed_in(
    db: Db, person_id: str, device_name: str, profile: Profile, now: datetime
) -> SignInResult:
    from lib.privacy import service as privacy

    if privacy.is_leaving(db, person_id):
        raise ErasureUnderWayError
    tokens = sessions.open_session(
        db,
        person_id=person_id,
        device_name=device_name,
        authenticated_at=min(profile.authenticated_at, now),
        now=now,
    )
    return SignInResult(status="signed_in", session=tokens)


def _check_age(profile: Profile, now: datetime) -> None:
    if profile.claims.birthdate is None:
        raise AgeUnknownError
    if rules.age_on(now.date(), born=profile.claims.birthdate) < rules.MINIMUM_AGE:
        raise UnderAgeError


def _known(db: Db, profile: Profile) -> repository.Identity | None:
    return repository.identity(
        db, sales_unit=settings.sales_unit().serial_number, subject=profile.subject
    )


def _linked(db: Db, profile: Profile, now: datetime) -> str | None:
    """Join a renewed Vipps profile to the one account with the same phone, e-mail and name.

    Numbers and addresses change hands: with a doubt about any of the three it is another person.
    """
    claims = profile.claims
    if not (claims.phone_number and claims.phone_number_verified):
        return None
    if not (claims.email and claims.email_verified):
        return None
    found = repository.verified_namesakes(db, phone=claims.phone_number, email=claims.email)
    if len(found) != 1 or not _is_namesake(found[0], profile):
        return None
    _join(db, profile, found[0].id, now)
    return found[0].id


def _is_namesake(person: Person, profile: Profile) -> bool:
    """Return whether names and e-mail are one; the database takes å for a, and that is a doubt."""
    claims = profile.claims
    return (
        rules.same_name(person.given_name, claims.given_name)
        and rules.same_name(person.family_name, claims.family_name)
        and (person.email or "").casefold() == (claims.email or "").casefold()
    )


def _join(db: Db, profile: Profile, person_id: str, now: datetime) -> None:
    repository.insert_identity(
        db,
        sales_unit=settings.sales_unit().serial_number,
        subject=profile.subject,
        person_id=person_id,
        now=now,
    )


def _create(db: Db, profile: Profile, given: SignUp, now: datetime) -> str:
    person_id = ids.new("per")
    try:
        _join(db, profile, person_id, now)
    except DuplicateError:
        found = _known(db, profile)
        if found is None:  # erased since, by whoever signed up first
            raise TryAgainError from None
        if now - found.linked_at > _LOST_REPLY_GRACE:
            raise SignUpExpiredError from None
        return found.person_id
    claims = profile.claims
    repository.insert_person(
        db,
        {
            "id": person_id,
            "given_name": claims.given_name,
            "family_name": claims.family_name,
            "email": claims.email,
            "email_verified": bool(claims.email) and claims.email_verified,
            "phone": claims.phone_number,
            "phone_verified": bool(claims.phone_number) and claims.phone_number_verified,
            "language": given.language,
            "time_zone": given.time_zone,
            "now": now,
        },
    )
    accepted = {"terms": given.terms, "privacy_notice": given.privacy_notice}
    repository.insert_acceptances(
        db,
        [
            {"person_id": person_id, "document": document, "version": version, "now": now}
            for document, version in accepted.items()
        ],
    )
    return person_id


def _offer(db: Db, profile: Profile, now: datetime) -> SignUpOffer:
    token, expires_at = sign_up_token.make(profile, now=now)
    return SignUpOffer(
        sign_up_token=token,
        expires_at=expires_at,
        given_name=profile.claims.given_name,
        family_name=profile.claims.family_name,
        policies=_policies(db, now),
    )


def _policies(db: Db, now: datetime) -> PolicyVersions:
    return PolicyVersions.model_validate(policies.current(db, now))
