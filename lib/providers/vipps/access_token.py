"""Access tokens for Vipps' merchant APIs (not for Login), reused for as long as they are good.

A token lives an hour in test and a day in production, and several are valid at once, so that each
process keeps its own. It is renewed a minute early, and once more when a call says that it is no
longer good.
"""

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta

from lib.core.errors import ProviderUnavailableError
from lib.providers import http
from lib.providers.http import Answer
from lib.providers.register import VIPPS
from lib.providers.vipps import settings
from lib.providers.vipps.payloads import AccessToken

_EARLY = timedelta(minutes=1)
_UNAUTHORISED = 401


class _Kept:
    """The process's token: the one state that requests share here."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.token = ""
        self.good_until: datetime | None = None


_kept = _Kept()


def current(now: datetime, *, renew: bool = False) -> str:
    """Return a token that is good; `renew` when the last one was refused."""
    with _kept.lock:
        if not renew and _kept.good_until and now < _kept.good_until - _EARLY:
            return _kept.token
        answer = _fetch()
        _kept.token = answer.access_token
        _kept.good_until = now + timedelta(seconds=answer.expires_in)
        return _kept.token


def call(
    method: str,
    path: str,
    now: datetime,
    *,
    headers: Mapping[str, str] | None = None,
    body: object = None,
) -> Answer:
    """Call a merchant API, once more with a new token where the last one was refused.

    Raises ProviderUnavailableError, also where the new one is refused: that is about our keys, and
    says nothing of what was asked.
    """

    def sent(*, renew: bool) -> Answer:
        carried = {**merchant_headers(now, renew=renew), **(headers or {})}
        return http.send(VIPPS, method, VIPPS.base_url() + path, headers=carried, json=body)

    answer = sent(renew=False)
    if answer.status == _UNAUTHORISED:
        answer = sent(renew=True)
    if answer.status == _UNAUTHORISED:
        raise ProviderUnavailableError(supplier="vipps")
    return answer


def merchant_headers(now: datetime, *, renew: bool = False) -> dict[str, str]:
    """Return the headers that every merchant call carries."""
    unit = settings.sales_unit()
    return {
        "Authorization": f"Bearer {current(now, renew=renew)}",
        "Ocp-Apim-Subscription-Key": unit.subscription_key,
        "Merchant-Serial-Number": unit.serial_number,
        **settings.system_headers(),
    }


def _fetch() -> AccessToken:
    unit = settings.sales_unit()
    answer = http.send(
        VIPPS,
        "POST",
        f"{VIPPS.base_url()}/accesstoken/get",
        headers={
            "client_id": unit.client_id,
            "client_secret": unit.client_secret,
            "Ocp-Apim-Subscription-Key": unit.subscription_key,
            "Merchant-Serial-Number": unit.serial_number,
            **settings.system_headers(),
        },
    )
    if answer.status != 200:  # noqa: PLR2004 (OK)
        raise ProviderUnavailableError(supplier="vipps")
    return AccessToken.model_validate_json(answer.content)
