"""The page that explains each field that is held about a person: why, who sees it, when it goes."""

from lib.core.db import Db
from lib.privacy import contract, export, repository, rules
from lib.privacy.archive_schemas import Explained, ExplainedField, ExplainedTable
from lib.privacy.documents import recipients
from lib.privacy.model import Contract, Table
from lib.privacy.repository import Extent, Page
from lib.privacy.schemas import Text

_NEWEST_ROWS = 5


def explain(db: Db, *, person_id: str) -> Explained:
    """Return all that is held about a person with its reasons, and the newest rows of each table.

    All rows are in `GET /v1/privacy/export` and in the archives.
    """
    terms = contract.load()
    tables: list[ExplainedTable] = []
    for table in export.exported_tables(terms, "access"):
        extent = repository.extent(db, terms, table, person_id)
        if extent.number:
            tables.append(_explained(db, terms, table, person_id, extent))
    return Explained(tables=tables, recipients=recipients())


def _explained(
    db: Db, terms: Contract, table: Table, person_id: str, extent: Extent
) -> ExplainedTable:
    columns = rules.shown_columns(table, "access")
    rows = repository.rows_about(
        db,
        table,
        person_id,
        Page(_NEWEST_ROWS, newest=True),
        columns=[column.name for column in columns],
    )
    said = export.section(table, columns, rows)
    keep = terms.clock_table(table).keep
    first, last = (
        None if clock is None else rules.kept_until(keep, clock)
        for clock in (extent.first, extent.last)
    )
    return ExplainedTable(
        table=said.table,
        why=said.why,
        purpose=said.purpose,
        basis=said.basis,
        kept=Text.of(rules.kept_words(table.keep)),
        first_goes_at=first,
        last_goes_at=last,
        rows=extent.number,
        fields=[
            ExplainedField.model_validate(
                {**column.model_dump(), "values": [row[column.name] for row in said.rows]}
            )
            for column in said.columns
        ],
    )
