"""Idempotency keys: a call that came through is never done twice, however often it is sent.

The key is written in the same transaction as the work, first, so that of two calls at once the second waits
for the first and then finds its reply. What failed leaves no key behind and may be sent again.
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lib.core.db import DuplicateError
from lib.core.errors import IdempotencyKeyMissingError, IdempotencyKeyReusedError

if TYPE_CHECKING:
    from lib.web.request import Request
    from lib.web.route import Call, Route

_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True)
class Stored:
    """What the key was used for, and what was answered."""

    operation: str
    input_hash: str
    reply: str


def once(
    call: "Call[Any]", route: "Route", request: "Request", work: Callable[[], Any]
) -> tuple[Any, bool]:
    """Return the reply and whether it is an earlier one; raises where the key is missing or was used otherwise."""
    key = request.headers.get("idempotency-key", "")
    if not _KEY.fullmatch(key):
        raise IdempotencyKeyMissingError("Send 8 to 64 letters, digits, '-' or '_'")
    operation = f"{route.method} {route.path}"
    digest = hashlib.sha256(request.path.encode() + b"\n" + request.body).hexdigest()
    try:
        _insert(call, key, operation, digest, route.status)
    except DuplicateError:
        return _earlier(call, key, operation, digest, route), True
    reply = work()
    _keep(call, key, reply)
    return reply, False


def _insert(call: "Call[Any]", key: str, operation: str, digest: str, status: int) -> None:
    call.db.execute(
        """
        INSERT INTO idempotency_key
               (person_id, idempotency_key, operation, input_hash, status, reply, created_at)
        VALUES (%(person_id)s, %(key)s, %(operation)s, %(digest)s, %(status)s, 'null', %(now)s)
        """,
        {
            "person_id": call.person_id,
            "key": key,
            "operation": operation,
            "digest": digest,
            "status": status,
            "now": call.now,
        },
    )


def _earlier(call: "Call[Any]", key: str, operation: str, digest: str, route: "Route") -> Any:
    stored = call.db.one(
        Stored,
        """
        SELECT operation, input_hash, reply
          FROM idempotency_key
         WHERE person_id = %(person_id)s AND idempotency_key = %(key)s
           FOR UPDATE
        """,
        {"person_id": call.person_id, "key": key},
    )
    if stored is None or (stored.operation, stored.input_hash) != (operation, digest):
        raise IdempotencyKeyReusedError
    reply = json.loads(stored.reply)
    return None if reply is None else route.reply_type.model_validate_json(stored.reply)


def _keep(call: "Call[Any]", key: str, reply: Any) -> None:
    if reply is None:
        return
    call.db.execute(
        """
        UPDATE idempotency_key
           SET reply = %(reply)s
         WHERE person_id = %(person_id)s AND idempotency_key = %(key)s
        """,
        {"person_id": call.person_id, "key": key, "reply": reply.model_dump_json()},
    )
