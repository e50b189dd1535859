"""A bucket at S3 in which nothing lies: all that an erasure asks of it in these runs."""

from typing import ClassVar

from sandbox.clock import Clock
from sandbox.simulators.kit import Request, Response, Route, Simulator

NAME = "minmentor-exports"
_EMPTY = (
    b'<?xml version="1.0" encoding="UTF-8"?>'
    b'<%s xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>false</IsTruncated></%s>'
)
_ERROR = b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code></Error>'
_XML = {"Content-Type": "application/xml"}


class Bucket(Simulator):
    """Lists nothing, and says so in Amazon's words."""

    name: ClassVar[str] = "aws"

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.add_routes([Route("GET", f"/{NAME}", self._list)])

    def refusal(self, request: Request, status: int, detail: str) -> Response:
        """Word an error as S3 does."""
        del request, detail
        code = b"SlowDown" if status == 503 else b"InternalError"
        return Response(status, _ERROR % code, _XML)

    def _list(self, request: Request) -> Response:
        kind = (
            b"ListMultipartUploadsResult"
            if "uploads" in request.query_string
            else b"ListBucketResult"
        )
        return Response(200, _EMPTY % (kind, kind), _XML)

    def variables(self) -> dict[str, str]:
        """Return the functions' variables for it."""
        return {
            "AWS_ENDPOINT_URL": self.base_url,
            "AWS_ACCESS_KEY_ID": "AKIALOCALWORLD",
            "AWS_SECRET_ACCESS_KEY": "secret-of-the-local-world",
        }
