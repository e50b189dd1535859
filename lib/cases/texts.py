"""What is written to who has asked: the decision, its reason, and where to complain."""

from lib.cases.rules import CaseKind, Decision
from lib.privacy.schemas import Text

# The supervisory authority, as GDPR Art. 12(4) and 13(2)(d) want it named.
COMPLAINT = Text(
    nb=(
        "Er du ikke enig, kan du klage til Datatilsynet, postboks 458 Sentrum, 0105 Oslo, "
        "datatilsynet.no."
    ),
    en=(
        "If you do not agree, you can complain to Datatilsynet (the Norwegian Data Protection "
        "Authority), postboks 458 Sentrum, 0105 Oslo, datatilsynet.no."
    ),
)
_KINDS: dict[CaseKind, tuple[str, str]] = {
    "access": ("innsyn", "access"),
    "portability": ("dataportabilitet", "portability"),
    "rectification": ("retting", "rectification"),
    "erasure": ("sletting", "erasure"),
    "restriction": ("begrensning", "restriction"),
    "objection": ("protest", "objection"),
    "complaint": ("klage", "complaint"),
    "other": ("annet", "other"),
    "mentions": ("omtale", "mentions"),
}
_DECISIONS: dict[Decision, tuple[str, str]] = {
    "granted": ("Vi har gitt deg medhold", "We have granted your request"),
    "partly": ("Vi har gitt deg delvis medhold", "We have granted your request in part"),
    "refused": ("Vi har avslått kravet", "We have refused your request"),
    "withdrawn": ("Du har trukket kravet", "You have taken your request back"),
    "duplicate": (
        "Kravet behandles sammen med det du sendte før",
        "Your request is dealt with together with the one you sent before",
    ),
}


def answer(kind: CaseKind, decision: Decision, reason: str) -> Text:
    """Return the answer to a request: no decision goes out without its reason and a way on."""
    kinds, decisions = _KINDS[kind], _DECISIONS[decision]
    return Text(
        nb=f"{decisions[0]} ({kinds[0]}). Begrunnelse: {reason} {COMPLAINT.nb}",
        en=f"{decisions[1]} ({kinds[1]}). Reason: {reason} {COMPLAINT.en}",
    )
