"""The page of all tables, `docs/tables.md`, made from the catalogue (a test compares the two)."""

from trend_assets.tables.model import Column, Table
from trend_assets.warehouse.tables import TABLES

HEAD = """# Tables

Made from the catalogue (`trend_assets/tables/`) by `make docs`.
The same texts are comments in Postgres and the column schema in the Dagster UI. An asset's key is its table's address.
Unknown is NULL, never 0. Columns marked **!** are never NULL; *first* keeps the first value that was stored.
"""


def page() -> str:
    """The whole page as Markdown."""
    parts = [HEAD]
    for schema in dict.fromkeys(table.schema for table in TABLES.values()):
        tables = [table for table in TABLES.values() if table.schema == schema]
        parts.append(f"## {schema}\n")
        parts += [_section(table) for table in tables]
    return "\n".join(parts).rstrip() + "\n"


def _section(table: Table) -> str:
    facts = [f"Key: {', '.join(f'`{name}`' for name in table.key)}."]
    facts.append(f"One partition per `{table.partition_column}`." if table.partition_column else "No partitions.")
    if table.never_empty:
        facts.append("A partition without rows is a failure.")
    if table.upstream:
        facts.append(f"From {', '.join(f'`{address}`' for address in table.upstream)}.")
    if table.person_columns:
        facts.append(f"Names people in {', '.join(f'`{name}`' for name in table.person_columns)}.")
    rows = "\n".join(_row(column) for column in table.columns)
    head = "| column | type | unit | what it is |\n|---|---|---|---|"
    return (
        f"### {table.address}\n\n**{table.grain}** {_cell(table.description)}\n\n{' '.join(facts)}\n\n{head}\n{rows}\n"
    )


def _row(column: Column) -> str:
    marks = ("" if column.nullable else " **!**") + (" *first*" if column.immutable else "")
    limits = [f"at least {column.minimum:g}"] if column.minimum is not None else []
    limits += [f"at most {column.maximum:g}"] if column.maximum is not None else []
    unit = ", ".join(filter(None, [column.unit, *limits]))
    return f"| `{column.name}`{marks} | {column.type} | {_cell(unit)} | {_cell(column.description)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
