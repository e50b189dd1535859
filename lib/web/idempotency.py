"""Idempotency keys: a call that came through is never done twice, however often it is sent.

The key is written in the same transaction as the work, first, so that of two calls at once the
second waits for the first and then finds its reply. What failed leaves no key behind and may be
sent again.
"""

import hashlib
import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lib.core.db import DuplicateError
from lib.core.errors import IdempotencyKeyMissingError, IdempotencyKeyReusedError
from lib.web import repository

if TYPE_CHECKING:
    from lib.web.request import Request
    from lib.web.route import Call, Route

_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")


def once(
    call: "Call[Any]", route: "Route", request: "Request", work: Callable[[], Any]
) -> tuple[Any, bool]:
    """Return the reply, and whether it is an earlier one; raises IdempotencyKey…Error."""
    key = request.headers.get("idempotency-key", "")
    if not _KEY.fullmatch(key):
        raise IdempotencyKeyMissingError("Send 8 to 64 letters, digits, '-' or '_'")
    use = {
        "person_id": call.person_id,
        "key": key,
        "operation": f"{route.method} {route.path}",
        "input_hash": hashlib.sha256(request.path.encode() + b"\n" + request.body).hexdigest(),
        "status": route.status,
        "now": call.now,
    }
    try:
        repository.insert_key(call.db, use)
    except DuplicateError:
        return _earlier(call, use, route), True
    reply = work()
    if reply is not None:
        repository.keep_reply(
            call.db, person_id=call.person_id, key=key, reply=reply.model_dump_json()
        )
    return reply, False


def _earlier(call: "Call[Any]", use: dict[str, Any], route: "Route") -> Any:
    stored = repository.stored_reply(call.db, person_id=call.person_id, key=use["key"])
    if stored is None or (stored.operation, stored.input_hash) != (
        use["operation"],
        use["input_hash"],
    ):
        raise IdempotencyKeyReusedError
    if json.loads(stored.reply) is None:
        return None
    return route.reply_type.model_validate_json(stored.reply)
