"""Receipts of erasures: canonical JSON, signed with Ed25519, each with the hash of the one before.

    python -m lib.privacy.receipt verify FILE --key PUBLIC_KEY     a receipt or a ledger, offline
    python -m lib.privacy.receipt export FILE                      the ledger, kept off the database

A receipt names the person by the SHA-256 of an id that means nobody, and says nothing else of them.
"""

import argparse
import base64
import hashlib
import hmac
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib.core import config

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

# What the first receipt holds as the hash of the one before.
NOTHING = "0" * 64
_SEED_BYTES = 32

type Body = dict[str, Any]


class NotGenuineError(Exception):
    """A receipt was altered, is signed by another key, or is missing from the chain."""


@dataclass(frozen=True)
class Signed:
    """A body with its signature; what is signed is the canonical text of the body."""

    body: Body
    signature: str
    key_id: str

    @property
    def hash(self) -> str:
        """Return what the next receipt holds."""
        return _sha256(canonical(self.body))

    @property
    def number(self) -> int:
        """Return the place in the chain."""
        return int(self.body["number"])

    def document(self) -> dict[str, object]:
        """Return it as it is handed out."""
        return {"body": self.body, "signature": self.signature, "key_id": self.key_id}

    @classmethod
    def read(cls, document: Any) -> "Signed":  # noqa: ANN401 (JSON that somebody hands in)
        """Return it as it was handed out; raises NotGenuineError for anything else."""
        if not isinstance(document, dict) or document.keys() != {"body", "signature", "key_id"}:
            raise NotGenuineError("not a receipt")
        body, signature, key_id = (document[name] for name in ("body", "signature", "key_id"))
        if not (isinstance(body, dict) and isinstance(signature, str) and isinstance(key_id, str)):
            raise NotGenuineError("not a receipt")
        return cls(body, signature, key_id)


@dataclass(frozen=True)
class Ledger:
    """Every receipt in order, and the erasures that are asked for: what a restore must repeat."""

    receipts: Sequence[Signed]
    asked: Sequence[dict[str, str]]

    def document(self) -> dict[str, object]:
        """Return it signed as a whole."""
        body = {"receipts": [one.document() for one in self.receipts], "asked": list(self.asked)}
        return sign(body).document()


def canonical(body: object) -> str:
    """Return the one text that stands for the body: ASCII, keys in order, no spaces."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)


def subject(person_id: str) -> str:
    """Return what a receipt knows a person by."""
    return _sha256(f"erasure of {person_id}")


def token(erasure_id: str) -> str:
    """Return the token that leads to an erasure; nobody without our key can make it."""
    made = derived(f"receipt token {erasure_id}")
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def sealing_key() -> bytes:
    """Return the key, as Fernet wants it, with which is sealed what an erasure looks for."""
    return base64.urlsafe_b64encode(derived("what an erasure looks for"))


def derived(purpose: str) -> bytes:
    """Return 32 bytes that only our key makes of these words, the same each time."""
    return hmac.digest(_seed(), purpose.encode(), "sha256")


def token_hash(text: str) -> str:
    """Return what is stored of a token."""
    return _sha256(text)


def public_key() -> str:
    """Return the key with which anyone verifies a receipt, base64."""
    return base64.b64encode(_private_key().public_key().public_bytes_raw()).decode()


def key_id(public: str) -> str:
    """Return the short name of a public key."""
    return _sha256(public)[:16]


def sign(body: Body) -> Signed:
    """Sign a body with our key."""
    signature = _private_key().sign(canonical(body).encode())
    return Signed(body, base64.b64encode(signature).decode(), key_id(public_key()))


def verify(one: Signed, public: str) -> None:
    """Raise NotGenuineError unless the body is, to the byte, what the key has signed."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if one.key_id != key_id(public):
        raise NotGenuineError(f"signed with the key {one.key_id}")
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public, validate=True))
        signature = base64.b64decode(one.signature, validate=True)
        key.verify(signature, canonical(one.body).encode())
    except (InvalidSignature, ValueError) as error:
        raise NotGenuineError("the signature does not fit") from error
    if base64.b64encode(signature).decode() != one.signature:
        raise NotGenuineError("the signature is written in another way")


def read_ledger(text: str, public: str) -> Ledger:
    """Return an exported ledger; raises NotGenuineError where a receipt is altered or missing."""
    whole = Signed.read(_parsed(text))
    verify(whole, public)
    receipts = [Signed.read(one) for one in whole.body.get("receipts", ())]
    previous = NOTHING
    for number, one in enumerate(receipts, start=1):
        verify(one, public)
        if (one.body.get("number"), one.body.get("previous")) != (number, previous):
            raise NotGenuineError(f"the chain is broken at receipt {number}")
        previous = one.hash
    return Ledger(receipts, list(whole.body.get("asked", ())))


def _parsed(text: str) -> Any:  # noqa: ANN401 (JSON that somebody hands in)
    try:
        parsed = json.loads(text)
    except ValueError as error:
        raise NotGenuineError("not JSON") from error
    return parsed


def _private_key() -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(_seed())


def _seed() -> bytes:
    try:
        seed = base64.b64decode(config.text("RECEIPT_SIGNING_KEY"), validate=True)
    except ValueError:
        seed = b""
    if len(seed) != _SEED_BYTES:
        raise config.ConfigurationError("RECEIPT_SIGNING_KEY is not 32 bytes in base64")
    return seed


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _verify_file(text: str, public: str) -> str:
    document = _parsed(text)
    one = Signed.read(document)
    if "receipts" in one.body:
        ledger = read_ledger(text, public)
        return f"genuine: {len(ledger.receipts)} receipts, {len(ledger.asked)} erasures under way"
    verify(one, public)
    return f"genuine: receipt {one.body.get('number')}, done {one.body.get('finished_at')}"


def _export() -> str:
    from lib.core.db import transact
    from lib.privacy import chain

    return canonical(transact(chain.ledger).document()) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify or export; return 0, or 1 for what is not genuine."""
    parser = argparse.ArgumentParser(prog="python -m lib.privacy.receipt")
    commands = parser.add_subparsers(dest="command", required=True)
    verifying = commands.add_parser("verify", help="check a receipt or a ledger, offline")
    verifying.add_argument("file", type=Path)
    verifying.add_argument("--key", required=True, help="the public key, base64")
    exporting = commands.add_parser("export", help="write the ledger of erasures to a file")
    exporting.add_argument("file", type=Path)
    given = parser.parse_args(arguments)
    if given.command == "export":
        given.file.write_text(_export(), encoding="utf-8")
        return 0
    try:
        sys.stdout.write(_verify_file(given.file.read_text(encoding="utf-8"), given.key) + "\n")
    except (NotGenuineError, UnicodeDecodeError) as error:
        sys.stderr.write(f"not genuine: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
