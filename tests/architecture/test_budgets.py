"""Sizes that keep the code readable: a function is seen whole, a file is read in one go.

They are measured over all of lib and api, and the figures stand in the message, so that whoever
comes near a limit sees it coming.
"""

import ast
import statistics

import pytest

from tests.architecture.sources import Source, sources

_PRODUCT = sources("api", "lib")
_SIZES = sorted(
    (
        ((node.end_lineno or 0) - node.lineno + 1, f"{source.path}:{node.lineno} {name}")
        for source in _PRODUCT
        for name, node in source.functions()
    ),
    reverse=True,
)
_LONGEST_FUNCTION = 60
_MEDIAN = 12


def _figures() -> str:
    lengths = [size for size, _ in _SIZES]
    longest = ", ".join(f"{size} {name}" for size, name in _SIZES[:5])
    files = sorted(((source.lines, source.path) for source in _PRODUCT), reverse=True)[:5]
    return (
        f"{len(lengths)} functions, median {statistics.median(lengths):g} lines, "
        f"longest {longest}; {len(_PRODUCT)} files, {sum(source.lines for source in _PRODUCT)} "
        f"lines, longest {files}"
    )


def test_functions_are_short() -> None:
    assert _SIZES, "there are functions to measure"
    assert _SIZES[0][0] <= _LONGEST_FUNCTION, _figures()
    assert statistics.median(size for size, _ in _SIZES) <= _MEDIAN, _figures()


@pytest.mark.parametrize(("folder", "limit"), [("lib", 300), ("api", 100), ("sandbox", 320)])
def test_files_are_short(folder: str, limit: int) -> None:
    # Beyond that, split by use case.
    too_long = [(one.path, one.lines) for one in sources(folder) if one.lines > limit]
    assert not too_long, _figures()


@pytest.mark.parametrize("source", _PRODUCT, ids=[source.path for source in _PRODUCT])
def test_every_file_says_what_it_is_for(source: Source) -> None:
    assert ast.get_docstring(source.tree)
