"""What the documents name exists: a path that leads nowhere costs a newcomer's first hour."""

import re
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

_PAGES = [
    *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
_TOP = "api|lib|db|docs|tests|sandbox|public|bench"
_PATH = re.compile(rf"(?<![\w./{{-])((?:{_TOP})/[\w./*-]*)(?![\w{{<…])")
_FILE = re.compile(r"`([\w.-]+\.(?:md|json|txt|toml|sql|py|example))`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_MADE_BY_A_RUN = (".local/",)

each_page = pytest.mark.parametrize(
    "page", _PAGES, ids=[page.relative_to(ROOT).as_posix() for page in _PAGES]
)


def test_the_readme_is_read_in_one_go() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 100


@each_page
def test_every_path_that_is_named_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    paths = [name.rstrip("./").partition("::")[0] for name in _PATH.findall(text)]
    missing = [path for path in paths if not list(ROOT.glob(path))]
    # A file without a folder is one of the root, or of the folder that the page speaks of.
    files = [name for name in _FILE.findall(text) if not (ROOT / name).exists()]
    missing += [name for name in files if not list(ROOT.glob(f"[!.]*/**/{name}"))]
    assert not missing


@each_page
def test_every_folder_in_a_drawn_tree_exists(page: Path) -> None:
    # `core/` below `lib/` is lib/core/; in one line several may stand side by side.
    missing = []
    for block in _FENCE.findall(page.read_text(encoding="utf-8")):
        above = ROOT
        for line in block.splitlines():
            names = re.findall(r"(?:^|\s)([\w.-]+/)(?=\s|,|$)", line)
            if names and line.startswith(names[0]):
                above = ROOT / names[0]
            near = (ROOT, above, *(ROOT / name for name in names), *(above / n for n in names))
            missing += [name for name in names if not any((one / name).is_dir() for one in near)]
    assert not [name for name in missing if name not in _MADE_BY_A_RUN]


@each_page
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for target in _LINK.findall(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:|//", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        if anchor:
            assert anchor in _anchors(file), target


def test_the_commands_that_the_readme_begins_with_can_be_run() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = set(re.findall(r"(?:^|[\s`])\./(\w+)", text))
    assert {"start", "test"} <= commands
    for name in commands:
        assert (ROOT / name).stat().st_mode & 0o111, f"./{name} is no program"


def _anchors(file: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
