"""The purposes that rest on consent or can be objected to, as data: versions and texts, nb and en.

A wording is never changed: a new one gets a new version, and what was said yes to stays provable by
its hash. Whoever said yes to an earlier wording is still held to have, where `still_valid` has it.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Words:
    """A text in both languages of the product."""

    nb: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the text; Norwegian where the language is none of ours."""
        return self.en if language == "en" else self.nb


@dataclass(frozen=True)
class ConsentPurpose:
    """What a person may say yes to; its messages have topics that begin with `key.`."""

    key: str
    letter: str
    title: Words
    version: str
    texts: dict[str, Words]
    still_valid: frozenset[str]


CONSENTS = {
    "marketing": ConsentPurpose(
        key="marketing",
        letter="m",
        title=Words("Nyheter og tilbud på e-post", "News and offers by e-mail"),
        version="2026-11-01",
        texts={
            "2026-11-01": Words(
                "Ja, MIN MENTOR kan sende meg e-post om andre produkter og tjenester fra MIN "
                "MENTOR. Jeg kan trekke samtykket når som helst, i appen eller med lenken i hver "
                "e-post, og det får virkning med en gang.",
                "Yes, MIN MENTOR may send me e-mail about other products and services of MIN "
                "MENTOR. I can withdraw this at any time, in the app or by the link in every "
                "e-mail, and it takes effect at once.",
            )
        },
        still_valid=frozenset({"2026-11-01"}),
    ),
    "surveys": ConsentPurpose(
        key="surveys",
        letter="s",
        title=Words("Spørreundersøkelser på e-post", "Surveys by e-mail"),
        version="2026-11-01",
        texts={
            "2026-11-01": Words(
                "Ja, MIN MENTOR kan sende meg spørreundersøkelser på e-post. Å svare er frivillig, "
                "og jeg kan trekke samtykket når som helst, med virkning med en gang.",
                "Yes, MIN MENTOR may send me surveys by e-mail. Answering is voluntary, and I can "
                "withdraw this at any time, with effect at once.",
            )
        },
        still_valid=frozenset({"2026-11-01"}),
    ),
}

# Art. 21(2) GDPR: marketing, always; Art. 21(1): what rests on a legitimate interest.
OBJECTIONS = {
    "marketing": Words(
        "Markedsføring rettet mot deg: etter en innsigelse sender vi deg ingen.",
        "Marketing aimed at you: after an objection we send you none.",
    ),
    "statistics": Words(
        "Samlet statistikk over bruken: etter en innsigelse teller vi deg ikke med.",
        "Aggregate statistics of use: after an objection you are not counted.",
    ),
}

# Art. 18(3) GDPR: the person is told before their restriction is lifted, and can still object.
LIFTED_AFTER = timedelta(days=14)

# Crockford's 26 characters of a person's id, the purpose's letter, and 30 characters of HMAC.
_ID_LENGTH = 26
_MAC_LENGTH = 30


def text_hash(text: str) -> str:
    """Return the SHA-256 of a wording, which proves what was shown."""
    return hashlib.sha256(text.encode()).hexdigest()


def is_in_force(purpose: ConsentPurpose, state: str, version: str) -> bool:
    """Return whether what was said last allows the purpose."""
    return state == "given" and version in purpose.still_valid


def unsubscribe_token(person_id: str, purpose: ConsentPurpose, key: str) -> str:
    """Return the token of an unsubscribe link; it says who and what, and needs no row of its own.

    It never ends: a link in an old e-mail must work.
    """
    spoken = person_id.removeprefix("per_") + purpose.letter
    return spoken + _mac(spoken, key)


def read_unsubscribe_token(token: str, key: str) -> tuple[str, ConsentPurpose] | None:
    """Return whose token it is and for what, or None where we did not make it."""
    spoken, mac = token[: _ID_LENGTH + 1], token[_ID_LENGTH + 1 :]
    if not hmac.compare_digest(mac.encode(), _mac(spoken, key).encode()):
        return None
    purpose = next((each for each in CONSENTS.values() if each.letter == spoken[-1:]), None)
    return (f"per_{spoken[:_ID_LENGTH]}", purpose) if purpose else None


def is_one_click(body: bytes) -> bool:
    """Return whether the body says what RFC 8058 has mail programs say, as form or multipart."""
    return b"List-Unsubscribe" in body and b"One-Click" in body


def _mac(spoken: str, key: str) -> str:
    digest = hmac.digest(key.encode(), b"unsubscribe " + spoken.encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode()[:_MAC_LENGTH]
