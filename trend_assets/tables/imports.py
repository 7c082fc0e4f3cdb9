"""Schema `imports`: the register of the user's own files. Their rows lie in `capture.answers` under the source
`imported_posts`, like every other answer, and become `source.imported_posts` from there."""

from trend_assets.tables.model import Column, Table

TABLES = (
    Table(
        "imports", "files",
        grain="One row per import source and file content.",
        description="Every file that was imported: what it was, how it was read, and what became of its rows.",
        columns=(
            Column("import_id", "text", "Id of the import (UUIDv4).", nullable=False),
            Column("import_source", "text", "The name that the user gave to the import.", nullable=False),
            Column("sha256", "text", "sha256 of the file's bytes.", nullable=False),
            Column("file_name", "text", "Name of the file, without its folder.", nullable=False),
            Column("file_bytes", "bigint", "Size of the file.", nullable=False, unit="bytes", minimum=0),
            Column("format", "text", "How it was read: a known export, or csv, jsonl, json, parquet.", nullable=False),
            Column("spec", "jsonb", "The mapping and options it was read with.", nullable=False),
            Column("rows", "bigint", "Rows in the file.", nullable=False, unit="rows", minimum=0),
            Column("accepted", "bigint", "Rows that were stored.", nullable=False, unit="rows", minimum=0),
            Column("repeated", "bigint", "Accepted rows that repeat another one of the file; NULL in old imports.", unit="rows", minimum=0),
            Column("rejected", "bigint", "Rows set aside with a reason.", nullable=False, unit="rows", minimum=0),
            Column("days", "integer", "Days on which its rows were observed.", nullable=False, unit="days", minimum=0),
            Column("first_day", "date", "Earliest of these days; NULL when no row was accepted."),
            Column("last_day", "date", "Latest of these days; NULL when no row was accepted."),
            Column("retention_days", "integer", "Days after which the import is purged; NULL: kept.", minimum=1),
            Column("imported_at", "timestamptz", "When.", nullable=False),
        ),
        key=("import_source", "sha256"),
        upstream=(),
    ),
    Table(
        "imports", "rejected_rows",
        grain="One row per rejected row of an imported file.",
        description="Rows of the user's files that could not become typed rows, with the reason and the row as text.",
        columns=(
            Column("import_id", "text", "The import.", nullable=False),
            Column("row_number", "bigint", "Number of the row in the file, 1 is the first.", nullable=False, minimum=1),
            Column("reason", "text", "Why, in a sentence.", nullable=False),
            Column("raw", "text", "The row as text, cut to 2,000 characters.", nullable=False),
        ),
        key=("import_id", "row_number"),
        upstream=("imports.files",),
    ),
)  # fmt: skip
