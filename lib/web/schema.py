"""Bases of everything that goes in and out over HTTP."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from lib.core import page_keys

# Why an operator does or reads something: it is logged, and shown to whom it is about.
Reason = Annotated[str, Field(min_length=3, max_length=500)]


class Input(BaseModel):
    """What a caller sends: unknown fields are refused, surrounding blanks go."""

    # defer_build: a cold start builds the validators of the call it serves, not of all.
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        str_strip_whitespace=True,
        allow_inf_nan=False,
        defer_build=True,
    )


class Output(BaseModel):
    """What a caller gets."""

    model_config = ConfigDict(frozen=True, defer_build=True)


class PageQuery(Input):
    """A page of a list: `after` is the `next` of the page before."""

    after: str | None = Field(default=None, pattern="^[A-Za-z0-9_-]{1,200}$")
    limit: int = Field(default=50, ge=1, le=100)


@dataclass(frozen=True)
class File:
    """A reply that is no JSON: its bytes, and the name (ASCII) under which it would be saved.

    What kind of file it is says the route's `media_type`.
    """

    content: bytes
    name: str


class CheckedPageQuery(PageQuery):
    """A page of a list whose callers are told of a wrong `after` before who they are is asked."""

    after: Annotated[
        str | None, Field(pattern="^[A-Za-z0-9_-]{1,200}$"), AfterValidator(page_keys.checked)
    ] = None
