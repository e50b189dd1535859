"""What an erasure looks for: read before anything goes, and kept sealed until the look has ended.

A process may end between the last row that says who the person was and the end of the look. So the
rows are noted with the erasure's progress, encrypted and authenticated (Fernet): whoever has the
database alone can't read them, and the erasure forgets them when it is done.
"""

import json
from collections.abc import Iterator

from lib.core.db import Db
from lib.privacy import receipt, repository, rules
from lib.privacy.identifiers import Identifier, identifiers_in
from lib.privacy.model import Contract, Table
from lib.privacy.repository import Page

# Of keys and token hashes the newest will do: that the rows themselves are gone is checked apart.
_ROWS = 3


class SealBrokenError(Exception):
    """What was sealed can't be opened: it was altered, or sealed with another key."""


def sealed(db: Db, contract: Contract, person_id: str) -> str:
    """Return what tells who the person is, as the database has it now, sealed."""
    from cryptography.fernet import Fernet

    found = {
        table.name: [
            {name: value for name, value in row.items() if isinstance(value, str)}
            for row in repository.rows_about(
                db,
                table,
                person_id,
                Page(_ROWS, newest=True),
                columns=[column.name for column in rules.home_columns(table)],
            )
        ]
        for table in _homes(contract)
    }
    return Fernet(receipt.sealing_key()).encrypt(json.dumps(found).encode()).decode()


def opened(contract: Contract, text: str) -> list[Identifier]:
    """Return the identifiers that were sealed, in the same order each time.

    Raises SealBrokenError.
    """
    from cryptography.fernet import Fernet, InvalidToken

    try:
        found = json.loads(Fernet(receipt.sealing_key()).decrypt(text.encode()))
    except InvalidToken as error:
        raise SealBrokenError from error
    return [
        identifier
        for table in _homes(contract)
        for identifier in identifiers_in(
            table, [_whole(table, row) for row in found.get(table.name, ())]
        )
    ]


def _homes(contract: Contract) -> Iterator[Table]:
    return (table for table in contract if rules.is_home(table))


def _whole(table: Table, row: dict[str, str]) -> dict[str, str | None]:
    return {column.name: row.get(column.name) for column in table.columns}
