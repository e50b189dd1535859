"""Versions of the documents: newer than the last, and nothing is taken away quietly."""

from pathlib import Path
from typing import Any

import pytest

from lib.core.db import transact
from lib.policies import publish, rules, service
from lib.policies.schemas import PolicyUnpublishableError
from sandbox.world import World
from tests.stage import rows

TEXT = "You may see your data.\nYou may have it deleted."


def wanted(version: str, **more: object) -> dict[str, Any]:
    return {
        "document": "privacy_notice",
        "version": version,
        "is_significant": True,
        "summary_nb": "Nytt",
        "summary_en": "New",
        "text_nb": "Du kan se dine opplysninger.",
        "text_en": TEXT,
        **more,
    }


def published(world: World, version: str, **more: object) -> str:
    now = world.clock.now()
    return transact(lambda db: service.publish(db, wanted(version, **more), now))


def test_a_version_is_in_force_once_it_is_published(world: World) -> None:
    now = world.clock.now()
    before = transact(lambda db: service.current(db, now))
    published(world, "2090-01-01")
    after = transact(lambda db: service.current(db, world.clock.now()))
    assert after == {**before, "privacy_notice": "2090-01-01"}
    (row,) = rows("SELECT text_hash FROM policy_version")
    assert row["text_hash"] == rules.text_hash("Du kan se dine opplysninger.", TEXT)


def test_what_takes_anything_away_is_never_published_quietly(world: World) -> None:
    with pytest.raises(PolicyUnpublishableError):
        published(world, "2090-01-01", is_significant=False)  # nothing to compare with
    published(world, "2090-01-01")
    for text in ("You may see your data.", TEXT.replace("may", "can"), TEXT + "!"):
        with pytest.raises(PolicyUnpublishableError):
            published(world, "2090-01-02", is_significant=False, text_en=text)
    with pytest.raises(PolicyUnpublishableError):
        published(world, "2090-01-02", is_significant=False, text_nb="Noe annet.")
    assert len(rows("SELECT version FROM policy_version")) == 1
    change = published(world, "2090-01-02", is_significant=False, text_en=f"{TEXT}\nAnd more.")
    assert "+And more." in change
    change = published(world, "2090-01-03", text_en="You may see your data.")
    (row,) = rows("SELECT difference FROM policy_version WHERE version = '2090-01-03'")
    assert row["difference"] == change
    assert "-You may have it deleted." in change


@pytest.mark.parametrize(
    "version", ["2089-12-31", "2090-01-01", "v2", "", "2090-1-2", "2020-01-01"]
)
def test_a_version_that_is_not_later_is_refused(world: World, version: str) -> None:
    published(world, "2090-01-01")
    with pytest.raises(PolicyUnpublishableError):
        published(world, version)


@pytest.mark.parametrize("name", ["summary_nb", "summary_en", "text_nb", "text_en"])
def test_a_version_says_everything_in_both_languages(world: World, name: str) -> None:
    with pytest.raises(PolicyUnpublishableError):
        published(world, "2090-01-01", **{name: ""})


def test_the_command_publishes_files_and_says_what_changed(world: World, tmp_path: Path) -> None:
    del world
    for language in ("nb", "en"):
        (tmp_path / language).write_text(f"{TEXT}\n{language} æøå", encoding="utf-8")
    command = ["terms", "2090-01-01", "--nb", str(tmp_path / "nb"), "--en", str(tmp_path / "en")]
    command += ["--summary-nb", "Nytt", "--summary-en", "New"]
    with pytest.raises(SystemExit):
        publish.main(command)
    assert rows("SELECT version FROM policy_version") == []
    assert "+nb æøå" in publish.main([*command, "--significant"])
    with pytest.raises(SystemExit):
        publish.main([*command, "--significant"])
