"""Problem documents (RFC 9457): how every refusal looks."""

from typing import Any

from lib.core.errors import InvalidError, MalformedError, ProblemError

CONTENT_TYPE = "application/problem+json"
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
        if language:
            ranked.append((-_quality(quality), position, language))
    return min(ranked)[2] if ranked else "nb"


def _quality(text: str) -> float:
    try:
        return float(text.strip().removeprefix("q="))
    except ValueError:
        return 1.0


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
