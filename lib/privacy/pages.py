"""The tables of the public privacy pages, made from the contract and the register of suppliers.

    python -m lib.privacy.pages      writes them into the pages below public/

The words around them are written by hand, in the pages; what stands between two `made` comments is
made here. A test refuses pages that say something else than the schema and the register do.
"""

import re
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path

from lib.accounts.rules import PRIVACY_NOTICE_VERSION
from lib.privacy import contract, rules
from lib.privacy.categories import is_personal
from lib.privacy.model import Contract, Table
from lib.privacy.suppliers import ListedSupplier, published
from lib.privacy.vocabulary import BASES, PURPOSES, TIERS, Words

PUBLIC = Path(__file__).resolve().parents[2] / "public"
# Each page with its language: 0 for Norwegian, 1 for English, as in Words.
PAGES = {"personvern.html": 0, "en/privacy.html": 1}
_BLOCK = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- /made: \2 -->)", re.DOTALL)
_VERSION = Words("Versjon {0}, publisert {1}.", "Version {0}, published {1}.")
_LABELS = {
    "data": Words("Opplysninger", "Data"),
    "basis": Words("Grunnlag", "Legal basis"),
    "kept": Words("Hvor lenge", "How long"),
    "seen": Words("Hvem ser det", "Who sees it"),
    "purpose": Words("Hva for", "What for"),
    "role": Words("Rolle", "Role"),
    "gets": Words("Hva de får", "What it gets"),
    "place": Words("Hvor", "Where"),
    "ground": Words("Overføring ut av EØS", "Transfer out of the EEA"),
    "erasure": Words("Når du slettes", "When you are erased"),
    "policy": Words("Deres erklæring", "Its policy"),
    "since": Words("I bruk siden", "In use since"),
}
_NOT_YET = Words("Ikke tatt i bruk", "Not in use yet")
# The longest beginning of a category that stands here says it in plain words.
_PLAIN = {
    "user": Words("annet om deg", "other data about you"),
    "user.account": Words("om kontoen din", "about your account"),
    "user.account.settings": Words("innstillinger", "settings"),
    "user.authorization": Words("nøkler for innlogging", "keys for signing in"),
    "user.behavior": Words("bruk av tjenesten", "use of the service"),
    "user.behavior.purchase_history": Words("avtaler og kjøp", "sessions and purchases"),
    "user.contact": Words("kontaktopplysninger", "contact data"),
    "user.contact.email": Words("e-postadresse", "e-mail address"),
    "user.contact.phone_number": Words("telefonnummer", "phone number"),
    "user.content": Words("det du selv skriver", "what you write yourself"),
    "user.demographic.language": Words("språk", "languages"),
    "user.device": Words("enheten din", "your device"),
    "user.financial": Words("betaling og utbetaling", "payment and payout"),
    "user.payment": Words("betaling og utbetaling", "payment and payout"),
    "user.government_id": Words("organisasjonsnummer", "organisation number"),
    "user.job_title": Words("det du kan hjelpe med", "what you can help with"),
    "user.location": Words("omtrentlig sted", "approximate place"),
    "user.name": Words("navn", "name"),
    "user.privacy_preferences": Words("samtykker og valg", "consents and choices"),
    "user.unique_id": Words("nøkler som viser til deg", "keys that point to you"),
}


def main() -> None:
    """Write the tables into the pages."""
    for name in PAGES:
        page = PUBLIC / name
        page.write_text(filled(name, page.read_text(encoding="utf-8")), encoding="utf-8")
        sys.stdout.write(f"{name}\n")


def filled(name: str, text: str) -> str:
    """Return a page's text with its blocks as they should be; raises KeyError for one unknown."""
    at = PAGES[name]
    blocks = {
        "version": [_version(at)],
        "data": list(_data(contract.load(), at)),
        "suppliers": [_supplier(one, at) for one in published().suppliers],
    }
    return _BLOCK.sub(
        lambda found: f"{found[1]}{''.join(f'{line}\n' for line in blocks[found[2]])}{found[3]}",
        text,
    )


def _version(at: int) -> str:
    day = PRIVACY_NOTICE_VERSION.rpartition("-")[0]
    when = f'<time datetime="{day}">{day}</time>'
    return f"<p>{_VERSION[at].format(PRIVACY_NOTICE_VERSION, when)}</p>"


def _data(made_of: Contract, at: int) -> Iterator[str]:
    """Yield a list for each purpose: what is kept for it, by its ground and its term."""
    for purpose, meaning in PURPOSES.items():
        groups: dict[tuple[str, str], list[Table]] = {}
        for table in made_of:
            if table.purpose == purpose and table.chains:
                kept = rules.kept_words(table.keep)[at]
                groups.setdefault((BASES[table.basis][at], kept), []).append(table)
        if groups:
            yield f"<h3>{escape(meaning[at])}</h3>"
        for (basis, kept), tables in groups.items():
            rows = {
                "data": _kinds(tables, at),
                "basis": basis,
                "kept": kept,
                "seen": _circles(tables, at),
            }
            yield _list(rows, at)


def _kinds(tables: list[Table], at: int) -> str:
    columns = (column for table in tables for column in table.columns)
    kinds = {_plain(one.data)[at] for one in columns if one.data and is_personal(one.data)}
    text = ", ".join(sorted(kinds))
    return text[:1].upper() + text[1:]


def _plain(category: str) -> Words:
    while category not in _PLAIN and "." in category:
        category = category.rpartition(".")[0]
    return _PLAIN[category]


def _circles(tables: list[Table], at: int) -> str:
    found = {one.tier for table in tables for one in table.columns if one.data}
    return ". ".join(TIERS[tier][at] for tier in TIERS if tier in found)


def _supplier(one: ListedSupplier, at: int) -> str:
    language = Words._fields[at]
    since = str(one.in_use_since) if one.in_use_since else _NOT_YET[at]
    rows = {
        "purpose": getattr(one.purpose, language),
        "role": getattr(one.role_in_words, language),
        "gets": getattr(one.data, language),
        "place": getattr(one.place, language),
        "ground": getattr(one.transfer_ground, language),
        "erasure": getattr(one.erasure, language),
        "since": since,
    }
    address = escape(one.policy_url)
    link = f'<dt>{_LABELS["policy"][at]}</dt><dd><a href="{address}">{address}</a></dd>'
    return f"<h3>{escape(one.name)}</h3>\n{_list(rows, at).removesuffix('</dl>')}{link}\n</dl>"


def _list(rows: dict[str, str], at: int) -> str:
    lines = [f"<dt>{_LABELS[key][at]}</dt><dd>{escape(text)}</dd>" for key, text in rows.items()]
    return "\n".join(["<dl>", *lines, "</dl>"])


if __name__ == "__main__":
    main()
