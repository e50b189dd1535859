"""Every SQL statement of lib, as text, with where it stands: found by reading the calls to Db."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tests.architecture.sources import Source, sources

# The methods of lib.core.db.Db, and which argument is the statement.
_METHODS = {"rows": 0, "execute": 0, "insert_all": 0, "all": 1, "one": 1}
_DB = "lib/core/db.py"


@dataclass(frozen=True)
class Statement:
    """A statement; `text` is None where it is not a literal, `joined` where literals are added."""

    place: str
    line: int
    text: str | None
    joined: bool = False

    @property
    def words(self) -> str:
        """The statement on one line, its strings emptied: what a lint may look at."""
        return normal(self.text or "")


def normal(text: str) -> str:
    """Return SQL on one line, without comments and without the content of its strings."""
    lines = (line.partition("-- ")[0] for line in text.splitlines())
    outside = " ".join(" ".join(lines).split()).split("'")
    return "''".join(outside[::2])


@cache
def statements() -> tuple[Statement, ...]:
    """Return the statements of lib, without those that Db's own methods hand on."""
    return tuple(
        found for source in sources("lib") if source.path != _DB for found in _of_source(source)
    )


def _of_source(source: Source) -> Iterator[Statement]:
    for name, function in source.functions():
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and _is_asked(node):
                argument = node.args[_METHODS[node.func.attr]]  # type: ignore[attr-defined]
                place = f"{source.path} {name}"
                for text, joined in _literals(argument, (function, source.tree)):
                    yield Statement(place, node.lineno, text, joined)


def _is_asked(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in _METHODS:
        return False
    receiver = call.func.value
    return isinstance(receiver, (ast.Name, ast.Attribute)) and ast.unparse(receiver).endswith("db")


def _literals(node: ast.expr, scopes: tuple[ast.AST, ...]) -> list[tuple[str | None, bool]]:
    """Return each text that an expression may be; None for what is made at run time.

    A name is looked for in its function, then in its module: a repository's SELECT may stand once.
    """
    match node:
        case ast.Constant(value=str(text)):
            return [(text, False)]
        case ast.IfExp():
            return _literals(node.body, scopes) + _literals(node.orelse, scopes)
        case ast.BinOp(op=ast.Add()):
            return [
                (left + right if left is not None and right is not None else None, True)
                for left, _ in _literals(node.left, scopes)
                for right, _ in _literals(node.right, scopes)
            ]
        case ast.Name(id=name):
            for scope in scopes:
                given = [_given(each, name) for each in ast.walk(scope)]
                found = [text for one in given if one for text in _literals(one, scopes)]
                if found:
                    return found
            return [(None, False)]
        case _:
            return [(None, False)]


def _given(node: ast.AST, name: str) -> ast.expr | None:
    """Return what a node assigns to the name."""
    if isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == name for target in node.targets
    ):
        return node.value
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.value if node.target.id == name else None
    return None
