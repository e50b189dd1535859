"""Looks for somebody in every text of every table: after an erasure nothing may be found."""

from functools import cache

from tests.faults.simulator.house import House

_TEXTS = ("char", "varchar", "text", "mediumtext", "longtext", "json")


def residue(house: House, marks: tuple[str, ...]) -> list[str]:
    """Return where one of the texts stands, as table and column."""
    found = []
    for table, columns in _columns(house).items():
        for row in house.rows(f"SELECT {', '.join(columns)} FROM {table}"):  # noqa: S608 (names of the schema)
            found += [
                f"{table}.{name}"
                for name, value in row.items()
                if value is not None and any(mark in str(value) for mark in marks)
            ]
    return sorted(set(found))


@cache
def _columns(house: House) -> dict[str, list[str]]:
    rows = house.rows(
        "SELECT table_name AS t, column_name AS c FROM information_schema.columns"
        " WHERE table_schema = DATABASE() AND data_type IN %s ORDER BY t, c",
        [_TEXTS],
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["t"], []).append(row["c"])
    return found
