"""The source files as syntax trees: what the tests of the architecture read.

They read instead of importing, as the platform does, so that a file which can't be imported, or is
imported late, is judged all the same.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
type Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Import:
    """One imported module, with the name taken from it ('' for the module itself)."""

    module: str
    name: str
    line: int

    @property
    def top(self) -> str:
        """The package that it belongs to: `stripe` of `stripe.error`."""
        return self.module.partition(".")[0]


@dataclass(frozen=True)
class Source:
    """A file: `path` from the root of the project, as `lib/core/db.py`."""

    path: str

    @cached_property
    def text(self) -> str:
        return (ROOT / self.path).read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def module(self) -> str:
        """How it is imported: `lib.core.db`."""
        return self.path.removesuffix(".py").replace("/", ".")

    @property
    def role(self) -> str:
        """What it is, by its name: `service`, `rules` or `repository`, for three."""
        return Path(self.path).stem

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """Everything that it imports, at the top or inside a function."""
        return tuple(_imports(self.tree))

    @cached_property
    def imports_at_start(self) -> tuple[Import, ...]:
        """What is imported when the module is, so that a cold start pays for it."""
        return tuple(each for node in _run_at_import(self.tree) for each in _imports_of(node))

    def functions(self) -> Iterator[tuple[str, Function]]:
        """Every function and method, by its name within the file: `Db.rows`."""
        yield from _functions(self.tree, "")

    def calls(self) -> Iterator[ast.Call]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))


@cache
def sources(*folders: str) -> tuple[Source, ...]:
    """Return the Python files below some folders, in order."""
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return tuple(Source(path.relative_to(ROOT).as_posix()) for path in sorted(found))


def dotted(node: ast.expr) -> str:
    """Return `a.b.c` as written; '' for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def docstrings(tree: ast.Module) -> set[int]:
    """Return the ids of the nodes that are words about the code and no part of it."""
    return {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, *FUNCTIONS))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }


def _imports(tree: ast.AST) -> Iterator[Import]:
    for node in ast.walk(tree):
        yield from _imports_of(node)


def _imports_of(node: ast.AST) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield Import(alias.name, "", node.lineno)
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            yield Import(node.module or ".", alias.name, node.lineno)


def _run_at_import(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        for_types_only = isinstance(node, ast.If) and dotted(node.test) == "TYPE_CHECKING"
        if not isinstance(node, (*FUNCTIONS, ast.Lambda)) and not for_types_only:
            yield node
            yield from _run_at_import(node)


def _functions(tree: ast.AST, within: str) -> Iterator[tuple[str, Function]]:
    for node in ast.iter_child_nodes(tree):
        named = isinstance(node, (ast.ClassDef, *FUNCTIONS))
        name = f"{within}{node.name}" if isinstance(node, (ast.ClassDef, *FUNCTIONS)) else within
        if isinstance(node, FUNCTIONS):
            yield name, node
        yield from _functions(node, f"{name}." if named else within)
