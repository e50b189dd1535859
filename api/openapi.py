"""The API's own description."""

from typing import Any

from lib.web.endpoint import Endpoint
from lib.web.route import Call, get


class handler(Endpoint):
    """/v1/openapi.json."""

    @get("/v1/openapi.json")
    def read(self, call: Call[None]) -> dict[str, Any]:
        """Read the description of every call (OpenAPI 3.1)."""
        del call
        from lib.web import openapi  # it imports every function: not until it is asked for

        return openapi.document()
