"""Receipts: signed, chained, verified without us, and silent about who was erased."""

import base64
import json
import secrets
from pathlib import Path

import pytest

from lib.core.db import transact
from lib.privacy import chain, receipt, replay, service
from lib.privacy.receipt import NotGenuineError
from sandbox.restore_drill import drill, dump, restore
from sandbox.world import World
from tests.lib.privacy.cast import NOW, filled, leaver, others
from tests.lib.privacy.filler import Someone


def _ledger() -> str:
    return receipt.canonical(transact(chain.ledger).document())


def _two_erased(url: str) -> tuple[Someone, Someone]:
    person, (kari, per) = leaver(), others()
    filled(url, person, kari, per)
    service.erase(person.person_id, NOW)
    service.erase(kari.person_id, NOW)
    return person, kari


def test_a_receipt_names_nobody(database: str) -> None:
    for person in _two_erased(database):
        told = _ledger().casefold()
        parts = (person.person_id, person.email, person.phone, person.family_name.casefold())
        assert not [part for part in parts if part in told]


def test_each_receipt_holds_the_hash_of_the_one_before(database: str) -> None:
    _two_erased(database)
    first, second = receipt.read_ledger(_ledger(), receipt.public_key()).receipts
    assert (first.body["previous"], second.body["previous"]) == (receipt.NOTHING, first.hash)
    assert (first.number, second.number) == (1, 2)


def test_one_altered_byte_is_refused(database: str) -> None:
    person, (kari, _) = leaver(), others()
    filled(database, person, kari)
    told = service.erase(person.person_id, NOW).receipt
    genuine = receipt.canonical(told)
    public = receipt.public_key()
    receipt.verify(receipt.Signed.read(json.loads(genuine)), public)
    for at in range(len(genuine)):
        altered = genuine[:at] + ("1" if genuine[at] != "1" else "2") + genuine[at + 1 :]
        with pytest.raises((NotGenuineError, ValueError)):
            receipt.verify(receipt.Signed.read(json.loads(altered)), public)


def test_a_receipt_is_verified_by_a_command_with_the_public_key_alone(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _two_erased(database)
    file = tmp_path / "ledger.json"
    assert receipt.main(["export", str(file)]) == 0
    public = receipt.public_key()
    monkeypatch.delenv("RECEIPT_SIGNING_KEY")
    monkeypatch.delenv("DATABASE_URL")
    assert receipt.main(["verify", str(file), "--key", public]) == 0
    file.write_text(file.read_text("utf-8").replace('"rows":1', '"rows":2', 1), "utf-8")
    assert receipt.main(["verify", str(file), "--key", public]) == 1
    monkeypatch.setenv("RECEIPT_SIGNING_KEY", base64.b64encode(secrets.token_bytes(32)).decode())
    assert receipt.main(["verify", str(file), "--key", receipt.public_key()]) == 1


def test_a_receipt_that_is_missing_from_the_chain_is_noticed(database: str) -> None:
    _two_erased(database)
    ledger = transact(chain.ledger)
    for receipts in (ledger.receipts[1:], ledger.receipts[::-1]):
        text = receipt.canonical(receipt.Ledger(receipts, []).document())
        with pytest.raises(NotGenuineError):
            receipt.read_ledger(text, receipt.public_key())


def test_a_file_that_is_no_receipt_is_refused(tmp_path: Path) -> None:
    for text in ("", "[]", "{}", '{"body":1,"key_id":"x","signature":"y"}'):
        file = tmp_path / "file.json"
        file.write_text(text, "utf-8")
        assert receipt.main(["verify", str(file), "--key", "x"]) == 1


def test_the_restore_drill_ends_clean(world: World) -> None:
    said: list[str] = []
    drill(world, said.append)
    assert said[-1] == "  restored, erased again, clean"


def test_who_was_erased_after_the_backup_is_erased_again_and_nobody_else(database: str) -> None:
    person, (kari, per) = leaver(), others()
    filled(database, person, kari, per)
    service.erase(kari.person_id, NOW)
    backup = dump(database)
    first = service.erase(person.person_id, NOW)
    ledger = receipt.read_ledger(_ledger(), receipt.public_key())
    restore(database, backup)
    assert replay.replay(ledger, NOW) == (1, 0)
    assert service.erase(person.person_id, NOW).receipt == first.receipt
    assert [row["erased_at"] is None for row in dump(database)["person"]].count(True) == 1
    assert replay.replay(ledger, NOW) == (0, 0)


def test_an_erasure_that_was_only_asked_for_outlives_the_restore(database: str) -> None:
    person, (kari, per) = leaver(), others()
    filled(database, person, kari, per)
    backup = dump(database)
    transact(lambda db: service.request_erasure(db, person.person_id, NOW))
    ledger = receipt.read_ledger(_ledger(), receipt.public_key())
    restore(database, backup)
    assert replay.replay(ledger, NOW) == (1, 0)


def test_a_ledger_of_another_database_is_refused(database: str) -> None:
    _two_erased(database)
    ledger = transact(chain.ledger)
    forged = receipt.Ledger([receipt.sign(ledger.receipts[0].body | {"id": "x"})], [])
    with pytest.raises(NotGenuineError):
        replay.replay(forged, NOW)
