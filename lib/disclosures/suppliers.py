"""How each supplier is told of a correction, or why it need not or can't be.

For each row of lib/providers/register.py it stands here which use case corrects a person's data
there, why nothing is to be corrected, or why nothing can be; one that declares none of the three,
or two, fails the build.
"""

from collections.abc import Callable
from datetime import datetime
from importlib import import_module

from lib.providers.register import SUPPLIERS
from lib.providers.supplier import Words

# A use case, given the person, when they corrected something, and the time: it may be called again,
# returns the supplier's answer as a code, and raises ProviderUnavailableError or
# ProviderRefusedError while it is not corrected there.
type Corrector = Callable[[str, datetime, datetime], str]

CORRECTORS = {"aws": "lib.privacy.exports:take_back"}

_NOT_USED_YET = Words(nb="Er ikke tatt i bruk", en="Not used yet")
_OF_NOBODY = Words(nb="Får ingenting om personer", en="Is told of nobody")
CAN_NOT_BE_CORRECTED = {
    "vipps": Words(
        nb="Du er nevnt i timens tittel, slik den ble solgt; bokføringen vil ha den slik, og den "
        "kan ikke endres der",
        en="You are named in the session's title, as it was sold; bookkeeping wants it so, and it "
        "can't be changed there",
    ),
    "stripe": Words(
        nb="Du er nevnt i det som ble solgt, slik det het da; det kan ikke endres der. Det du selv "
        "har oppgitt til Stripe, retter du hos Stripe",
        en="You are named in what was sold, as it was called then; that can't be changed there. "
        "What you gave Stripe yourself you correct at Stripe",
    ),
}
NOTHING_TO_CORRECT = {
    "whereby": Words(
        nb="Har en nøkkel for timen og ingenting som kan rettes",
        en="Has a key for the session, and nothing that could be corrected",
    ),
    "vercel": Words(
        nb="Kjører koden og lagrer ingenting om deg",
        en="Runs the code and stores nothing about you",
    ),
    "planetscale": Words(
        nb="Er databasen: det som rettes her, er rettet der",
        en="Is the database: what is corrected here is corrected there",
    ),
    "cloudinary": _NOT_USED_YET,
    "firebase": _NOT_USED_YET,
    "sentry": _NOT_USED_YET,
    "expo": _OF_NOBODY,
    "app_store": _OF_NOBODY,
    "google_play": _OF_NOBODY,
    "signing": _NOT_USED_YET,
    "brreg": _OF_NOBODY,
}
# Art. 19 is about recipients: a processor does what we ask it to, and what we ask no longer it does
# no longer; a controller has no call by which it could be told to restrict.
ON_OUR_WORD = "acts_on_our_word"
NO_WAY = "no_way_to_tell"
UNTOUCHED = "nothing_to_correct"
AS_IT_IS = "can_not_be_corrected"

_ROLES = {supplier.key: supplier.role for supplier in SUPPLIERS}


def outcome(key: str, kind: str) -> tuple[str, str | None]:
    """Return how it stands with a supplier before it is told, and why, as a code."""
    if kind == "rectification" and key in CORRECTORS:
        return "waiting", None
    if kind == "rectification":
        is_fixed = key in CAN_NOT_BE_CORRECTED
        return ("impossible", AS_IT_IS) if is_fixed else ("needless", UNTOUCHED)
    if _ROLES.get(key) == "processor":
        return "needless", ON_OUR_WORD
    return "impossible", NO_WAY


def why_not_corrected(key: str) -> Words | None:
    """Return why nothing is corrected at a supplier."""
    return (NOTHING_TO_CORRECT | CAN_NOT_BE_CORRECTED).get(key)


def corrector(key: str) -> Corrector:
    """Return what corrects a person's data at a supplier, imported when it is first needed."""
    module, _, name = CORRECTORS[key].partition(":")
    found: Corrector = getattr(import_module(module), name)
    return found
