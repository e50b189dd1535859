"""Asking a rail until it certainly is so: what capture, release and giving up have in common."""

from collections.abc import Callable
from datetime import datetime

from lib.core.db import transact
from lib.core.errors import ProviderUnavailableError
from lib.operations import service as operations
from lib.operations.service import Operation
from lib.outbox.service import ParkedError
from lib.purchases import rails
from lib.purchases.rails import Payment, PaymentUnknownError, RefusedError
from lib.purchases.repository import Purchase


def until_certain(
    purchase: Purchase,
    operation: Operation,
    ask: Callable[[], Payment],
    is_done: Callable[[Payment], bool],
    now: datetime,
) -> Payment:
    """Ask, and return the payment only once it is as was asked.

    A refusal may mean that it is so already: the truth is fetched, not guessed. Raises
    ProviderUnavailableError while it may still become so, ParkedError where it never will.
    """
    try:
        found = ask()
    except RefusedError as error:
        found = truth(purchase, now)
        if not is_done(found):
            code = error.code
            transact(lambda db: operations.refused(db, operation, code=code, now=now))
            if error.is_passing:
                raise ProviderUnavailableError(supplier=purchase.rail) from error
            raise ParkedError(f"{purchase.rail}_{code}") from error
    except PaymentUnknownError as error:
        # Its making was not answered: until its time is over it may yet be there.
        raise ProviderUnavailableError(supplier=purchase.rail) from error
    if not is_done(found):
        raise ProviderUnavailableError(supplier=purchase.rail)
    return found


def truth(purchase: Purchase, now: datetime) -> Payment:
    """Return the payment as its rail has it; raises ProviderUnavailableError."""
    try:
        return rails.of(purchase).find(purchase, now)
    except PaymentUnknownError as error:
        # Its making may still be under way: asked again, until its time is certainly over.
        raise ProviderUnavailableError(supplier=purchase.rail) from error
