"""The Report API: the ledger that settles the sales unit, and its entries, a ledger date at a time.

A date is shown once it is closed: until then there is nothing but `tryLater`.
"""

import base64
from datetime import UTC, date
from typing import Any

from sandbox.simulators.kit import RefusedError, Request, Response, Route, control_fields
from sandbox.simulators.vipps.access_token import AccessTokens
from sandbox.simulators.vipps.problems import problem, refuse_fields
from sandbox.simulators.vipps.sales_unit import SalesUnit
from sandbox.simulators.vipps.settlement import TOPICS, Entry, Settlement

PAGE = 1000
_DATES = "/report/v2/ledgers/{ledger_id}/{topic}/dates/{ledger_date}"


class Report:
    """What the merchant's own keys may read of its settlement."""

    def __init__(self, unit: SalesUnit, tokens: AccessTokens, settlement: Settlement) -> None:
        self._unit = unit
        self._tokens = tokens
        self._settlement = settlement
        self._page = PAGE

    def reset(self) -> None:
        """Answer in pages of the usual size again."""
        self._page = PAGE

    def routes(self) -> list[Route]:
        """The operations of the published description that read by date."""
        return [
            Route("GET", "/settlement/v1/ledgers", self._ledgers),
            Route("GET", _DATES, self._date),
            Route("POST", "/_sandbox/report", self._set_page),
        ]

    def _ledgers(self, request: Request) -> Response:
        self._tokens.check(request)
        asked = _query(request, {"settlesForRecipientHandles", "cursor"})
        unit, handle = self._unit, f"api:{self._unit.merchant_serial_number}"
        ledger = {
            "ledgerId": unit.ledger_id,
            "currency": unit.currency,
            "payoutBankAccount": {"scheme": "BBAN:NO", "id": unit.bank_account},
            "owner": {"scheme": "business:NO:ORG", "id": unit.organisation_number},
            "settlesForRecipientHandles": [handle],
            "salesUnits": [{"name": unit.name, "recipientHandle": handle}],
        }
        is_asked = asked.get("settlesForRecipientHandles", handle) == handle
        return Response.json(200, {"cursor": "", "items": [ledger] if is_asked else []})

    def _date(self, request: Request) -> Response:
        self._tokens.check(request)
        asked = _query(request, {"cursor", "includeGDPRSensitiveData"})
        topic, day = request.params["topic"], _day(request)
        if request.params["ledger_id"] != self._unit.ledger_id:
            raise RefusedError(problem(request, 404, "Not Found", "No such ledgerId"))
        if topic not in TOPICS:
            refuse_fields(request, [("topic", "Must be funds or fees.")])
        if not self._settlement.is_closed(day):
            return Response.json(200, {"items": [], "hasMore": False, "tryLater": True})
        return Response.json(200, self._shown(topic, day, _position(request, asked)))

    def _shown(self, topic: str, day: date, start: int) -> dict[str, Any]:
        entries = self._settlement.entries(topic, day)
        following = start + self._page
        has_more = len(entries) > following
        content: dict[str, Any] = {
            "hasMore": has_more,
            "tryLater": False,
            "items": [entry_view(entry, self._unit) for entry in entries[start:following]],
        }
        cursor = base64.b64encode(str(following).encode()).decode()
        return content | ({"cursor": cursor} if has_more else {})

    def _set_page(self, request: Request) -> Response:
        size = control_fields(request).get("page")
        if not isinstance(size, int) or size < 1:
            return Response.json(400, {"error": "page must be a positive number of entries"})
        self._page = size
        return Response.json(200, {"page": size})


def entry_view(entry: Entry, unit: SalesUnit) -> dict[str, Any]:
    """Return an entry as the API shows it. A Norwegian payout has no `reference`."""
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    view = {
        "pspReference": entry.psp_reference,
        "time": at,
        "ledgerDate": entry.ledger_date.isoformat(),
        "entryType": entry.kind,
        "currency": unit.currency,
        "amount": entry.amount,
        "balanceBefore": entry.balance_before,
        "balanceAfter": entry.balance_after,
        "recipientHandle": entry.handle,
    }
    return view | ({"reference": entry.reference} if entry.reference else {})


def _query(request: Request, known: set[str]) -> dict[str, str]:
    asked = {name: str(value) for name, value in request.query().items()}
    if unknown := asked.keys() - known:
        refuse_fields(request, [(name, "Unknown parameter.") for name in sorted(unknown)])
    return asked


def _day(request: Request) -> date:
    try:
        return date.fromisoformat(request.params["ledger_date"])
    except ValueError:
        refuse_fields(request, [("ledgerDate", "Must be a date, YYYY-MM-DD.")])


def _position(request: Request, asked: dict[str, str]) -> int:
    try:
        return int(base64.b64decode(asked["cursor"], validate=True)) if "cursor" in asked else 0
    except ValueError:
        refuse_fields(request, [("cursor", "Not a cursor of this report.")])
