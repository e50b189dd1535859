"""The one seam to suppliers: registered hosts only, time limits, no redirects.

A call that got no answer raises ProviderUnavailableError: it may have acted, and must be asked
about or repeated with the same idempotency key. An answer, whatever its status, is returned for the
client to judge.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lib.core import log
from lib.core.errors import ProviderUnavailableError
from lib.providers import register

_TIMEOUT = (3.05, 10.0)  # seconds to connect and between bytes; well inside a function's 30
_MAX_BYTES = 5 * 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """What a supplier answered."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:  # noqa: ANN401 (foreign JSON: each client validates it with its payloads)
        """Return the body parsed; None where it is empty or not JSON."""
        import json

        try:
            return json.loads(self.content) if self.content else None
        except ValueError:
            return None


class ProviderRefusedError(Exception):
    """The supplier answered with a definite refusal; `code` is its own word for why."""

    def __init__(self, supplier: str, status: int, code: str) -> None:
        super().__init__(f"{supplier} {status} {code}")
        self.status = status
        self.code = code


def send(
    supplier: register.Supplier,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    json: object = None,
    form: Mapping[str, str] | None = None,
) -> Answer:
    """Call the supplier and return its answer; 429 and 5xx are no answer.

    Raises ProviderUnavailableError, and UnregisteredHostError before anything is sent.
    """
    register.check(supplier, url)
    import requests
    import urllib3.exceptions

    session = requests.Session()
    session.trust_env = False  # no proxy or .netrc may add to what is sent, or read it
    try:
        with session.request(
            method,
            url,
            headers=dict(headers or {}),
            json=json,
            data=form,
            timeout=_TIMEOUT,
            allow_redirects=False,
            stream=True,
        ) as response:
            content = response.raw.read(_MAX_BYTES, decode_content=True)
            answer = Answer(response.status_code, response.headers, content)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        log.event("supplier_silent", supplier=supplier.key, error=type(error).__name__)
        raise ProviderUnavailableError(supplier=supplier.key) from error
    finally:
        session.close()
    if answer.status == 429 or answer.status >= 500:  # noqa: PLR2004 (the statuses that say: later)
        log.event("supplier_unavailable", supplier=supplier.key, status=answer.status)
        raise ProviderUnavailableError(supplier=supplier.key)
    return answer
