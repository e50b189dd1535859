"""Serves S3 with moto; a guard adds what moto does not check: who may do what, and until when.

Every object is private. A call without the owner's signature needs a link, whose signature (AWS
Signature Version 4 in the query, of one method) and term are checked, by the local world's clock.
"""

import hashlib
import hmac
import json
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.models import s3_backends
from werkzeug.serving import WSGIRequestHandler, run_simple

type Environ = dict[str, Any]


class _Quiet(WSGIRequestHandler):
    """Logs nothing: a link in a log is a way in."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 (werkzeug's name)
        """Write nothing."""


class Guard:
    """A WSGI application before another."""

    def __init__(self, inner: Any, clock: Path, secret: str, touched: Path) -> None:  # noqa: ANN401 (moto's application)
        self._inner = inner
        self._clock = clock
        self._secret = secret
        self._touched = touched

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 (WSGI)
        """Answer, or hand on what may pass."""
        path = environ["PATH_INFO"]
        if path.startswith("/_sandbox/"):
            start_response("200 OK", [("Content-Type", "application/json")])
            return [json.dumps(_looked_up(path)).encode()]
        is_object = path.count("/") >= 2 and not path.startswith("/moto-api/")
        if is_object:
            self._touched.touch()
        if is_object and not environ.get("HTTP_AUTHORIZATION"):
            why = self._fault(environ)
            if why:
                start_response("403 Forbidden", [("Content-Type", "application/xml")])
                body = f"<Error><Code>AccessDenied</Code><Message>{why}</Message></Error>"
                return [body.encode()]
        answer: Iterable[bytes] = self._inner(environ, start_response)
        return answer

    def _fault(self, environ: Environ) -> str | None:
        query = dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))
        given = query.pop("X-Amz-Signature", "")
        try:
            begins = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            lasts = timedelta(seconds=int(query["X-Amz-Expires"]))
            wanted = self._signature(environ, query)
        except (KeyError, ValueError):
            return "Access Denied"
        if not hmac.compare_digest(given, wanted):
            return "SignatureDoesNotMatch"
        return None if self._now() < begins + lasts else "Request has expired"

    def _signature(self, environ: Environ, query: dict[str, str]) -> str:
        scope = query["X-Amz-Credential"].partition("/")[2]
        pairs = "&".join(
            f"{quote(name, safe='-_.~')}={quote(query[name], safe='-_.~')}"
            for name in sorted(query)
        )
        path = quote(environ["PATH_INFO"], safe="/-_.~")
        method, host = environ["REQUEST_METHOD"], environ["HTTP_HOST"]
        request = f"{method}\n{path}\n{pairs}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD"
        digest = hashlib.sha256(request.encode()).hexdigest()
        key = b"AWS4" + self._secret.encode()
        for part in (
            *scope.split("/"),
            f"AWS4-HMAC-SHA256\n{query['X-Amz-Date']}\n{scope}\n{digest}",
        ):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return key.hex()

    def _now(self) -> datetime:
        try:
            offset = float(self._clock.read_text(encoding="ascii"))
        except FileNotFoundError:
            offset = 0.0
        return datetime.now(UTC) + timedelta(seconds=offset)


def _looked_up(path: str) -> Any:  # noqa: ANN401 (JSON)
    buckets = [
        bucket
        for accounts in s3_backends.values()
        for backend in accounts.values()
        for bucket in backend.buckets.values()
    ]
    if path.endswith("/uploads"):
        return sum(len(bucket.multiparts) for bucket in buckets)
    return sorted(key for bucket in buckets for key in bucket.keys)


def main() -> None:
    """Serve until stopped: PORT CLOCK SECRET TOUCHED, a file that is made when an object is."""
    port, clock, secret, touched = sys.argv[1:]
    inner = DomainDispatcherApplication(create_backend_app)
    run_simple(
        "127.0.0.1",
        int(port),
        Guard(inner, Path(clock), secret, Path(touched)),
        threaded=True,
        request_handler=_Quiet,
    )


if __name__ == "__main__":
    main()
