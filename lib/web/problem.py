"""Problem documents (RFC 9457): how every refusal looks."""

import re
from typing import Any

from lib.core.errors import InvalidError, MalformedError, ProblemError

CONTENT_TYPE = "application/problem+json"
_WEIGHT = re.compile(r"q=([01](?:\.[0-9]{0,3})?)")
_LANGUAGES = {"nb": "nb", "no": "nb", "nn": "nb", "en": "en"}


def document(error: ProblemError, *, language: str, request_id: str) -> dict[str, Any]:
    """Return the body; `code` never changes, `title` is in the caller's language."""
    body: dict[str, Any] = {
        "type": f"/problems/{error.code}",
        "title": error.en if language == "en" else error.nb,
        "status": error.status,
        "code": error.code,
        "request_id": request_id,
        **error.more,
    }
    if error.detail:
        body["detail"] = error.detail
    return body


def language_of(accept_language: str) -> str:
    """Return 'nb' or 'en', whichever the caller prefers; Norwegian where neither is named."""
    ranked = []
    for position, part in enumerate(accept_language.lower().split(",")[:20]):
        tag, _, quality = part.partition(";")
        language = _LANGUAGES.get(tag.strip().split("-")[0])
        weight = _quality(quality)
        if language and weight > 0:
            ranked.append((-weight, position, language))
    return min(ranked)[2] if ranked else "nb"


def _quality(text: str) -> float:
    """Return the weight of `q=0.8`; 0 says no, and without a weight that can be read it is 1."""
    found = _WEIGHT.fullmatch(text.replace(" ", ""))
    return float(found[1]) if found else 1.0


def of_validation(errors: list[Any]) -> ProblemError:
    """Turn pydantic's errors into ours: places and codes, never the input itself."""
    if any(error["type"] == "json_invalid" for error in errors):
        return MalformedError("The body is not valid JSON")
    return InvalidError(
        errors=[
            {
                "pointer": "/" + "/".join(str(part) for part in error["loc"]),
                "code": error["type"],
                "detail": error["msg"],
            }
            for error in errors[:50]
        ]
    )
