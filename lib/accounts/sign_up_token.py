"""The sign-up token: what Vipps told us of a person who has not yet agreed to anything.

It is encrypted and authenticated (Fernet) with a key of ours, is good for half an hour, and lets us
keep nothing about someone who turns away.
"""

from datetime import UTC, datetime, timedelta

from lib.accounts.schemas import SignUpExpiredError
from lib.core import config
from lib.providers.vipps.login import Profile
from lib.providers.vipps.payloads import UserInfo

_LIFETIME = timedelta(minutes=30)


def make(profile: Profile, *, now: datetime) -> tuple[str, datetime]:
    """Return the token and when it ends."""
    from cryptography.fernet import Fernet

    content = f"{int(profile.authenticated_at.timestamp())} {profile.claims.model_dump_json()}"
    token = Fernet(config.text("SIGN_UP_KEY")).encrypt_at_time(
        content.encode(), int(now.timestamp())
    )
    return token.decode(), now + _LIFETIME


def read(token: str, *, now: datetime) -> Profile:
    """Return what it holds; raises SignUpExpiredError (too old, altered or not ours)."""
    from cryptography.fernet import Fernet, InvalidToken

    try:
        content = Fernet(config.text("SIGN_UP_KEY")).decrypt_at_time(
            token.encode(), ttl=int(_LIFETIME.total_seconds()), current_time=int(now.timestamp())
        )
    except InvalidToken:
        raise SignUpExpiredError from None
    authenticated, _, claims = content.decode().partition(" ")
    info = UserInfo.model_validate_json(claims)
    return Profile(info.sub, datetime.fromtimestamp(int(authenticated), UTC), info)
