"""How each supplier is told of a correction, or why it need not be.

For each row of lib/providers/register.py it stands here which use case corrects a person's data
there, or why nothing is to be corrected; one that declares neither, or both, fails the build.
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
NOTHING_TO_CORRECT = {
    "vipps": Words(
        nb="Har timens tittel slik den ble solgt; bokføringen vil ha den slik, og den kan ikke "
        "endres der. Navnet ditt har Vipps fra deg",
        en="Has the session's title as it was sold; bookkeeping wants it so, and it can't be "
        "changed there. Your name Vipps has from you",
    ),
    "stripe": Words(
        nb="Har fra oss bare en nøkkel og beløp; det du selv har oppgitt, retter du hos Stripe",
        en="Has a key and amounts from us only; what you gave Stripe you correct at Stripe",
    ),
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

_ROLES = {supplier.key: supplier.role for supplier in SUPPLIERS}


def outcome(key: str, kind: str) -> tuple[str, str | None]:
    """Return how it stands with a supplier before it is told, and why, as a code."""
    if kind == "rectification":
        return ("waiting", None) if key in CORRECTORS else ("needless", UNTOUCHED)
    if _ROLES.get(key) == "processor":
        return "needless", ON_OUR_WORD
    return "impossible", NO_WAY


def corrector(key: str) -> Corrector:
    """Return what corrects a person's data at a supplier, imported when it is first needed."""
    module, _, name = CORRECTORS[key].partition(":")
    found: Corrector = getattr(import_module(module), name)
    return found
