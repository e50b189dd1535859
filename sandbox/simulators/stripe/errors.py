"""Stripe's error object, and the failures that many resources share."""

from typing import Any


class StripeError(Exception):
    """A refusal, as Stripe words it.

    `saved` says whether the refusal belongs to the execution of the request, and is therefore
    replayed for its idempotency key; a request that failed validation never took its key.
    `more` are further fields of the error, such as the object that it is about.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        saved: bool = False,
        more: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param
        self.saved = saved
        self.more = more or {}

    def body(self, request_id: str) -> dict[str, Any]:
        """The JSON answer; absent fields are left out, as Stripe leaves them out."""
        error: dict[str, Any] = {"message": self.message, "type": self.kind}
        if self.code is not None:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if self.param is not None:
            error["param"] = self.param
        error |= self.more
        error["request_log_url"] = f"https://dashboard.stripe.com/test/logs/{request_id}"
        return {"error": error}


def missing_resource(
    kind: str, identifier: str, *, param: str = "id", status: int = 404
) -> StripeError:
    """The answer for an id that does not exist, or exists in another account."""
    return StripeError(
        f"No such {kind}: '{identifier}'", status=status, code="resource_missing", param=param
    )


def no_access(account: str) -> StripeError:
    """The answer for an account that is not, or no longer, connected to the platform."""
    return StripeError(
        f"The provided key does not have access to account '{account}' (or that account does not "
        "exist). Application access may have been revoked.",
        status=403,
        code="account_invalid",
    )


def insufficient_balance(what: str) -> StripeError:
    """The answer when available funds do not cover an operation.

    It is raised while the operation executes, so its idempotency key keeps it for 24 hours:
    whoever funds the balance and tries again needs a new key.
    """
    return StripeError(
        f"You have insufficient available funds in {what}. Adding funds later does not retry "
        "this request.",
        code="balance_insufficient",
        saved=True,
    )
