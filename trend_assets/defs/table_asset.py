"""The shell of every asset below the captures: one table, one partition per day, written whole or not at all.

    @table_asset("comets.platform_check")
    def platform_check(day: Day) -> DayOutput: ...

The catalogue gives key, columns and blocking rules; the function is thin: read, call pure code, return the frame.
What a frame means and how it is computed does not belong here.
"""

import base64
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from trend_assets.defs.ops.freshness import freshness_policy
from trend_assets.defs.partitions import daily, days_of
from trend_assets.defs.resources import WarehouseResource
from trend_assets.domain.quality import Verdict, volume_verdict, worst
from trend_assets.settings import Settings, get_settings
from trend_assets.sources.call import Quarantined
from trend_assets.tables.model import Table
from trend_assets.text import clean_text, display_text
from trend_assets.warehouse.errors import WarehouseUnavailable
from trend_assets.warehouse.tables import TABLES

if TYPE_CHECKING:
    import pandas as pd

    from trend_assets.capture.typed_rows import TypedRows
    from trend_assets.sources.call import Parse
    from trend_assets.warehouse.rows import Judged
    from trend_assets.warehouse.warehouse import Warehouse

OWNERS = ["team:trend-assets"]
VALID = "rows_are_valid"
USUAL = "volume_is_usual"
HISTORY_DAYS = 14
PREVIEW_ROWS = 5
PREVIEW_COLUMNS = 8
PACKAGE = Path(__file__).parents[1]


_date = date  # inside Day the name is its field


@dataclass(frozen=True)
class Day:
    """One partition being made: its date, what the function may use, and the run's tags (options of that run)."""

    date: date
    warehouse: "Warehouse"
    settings: Settings
    log: Any
    run_id: str
    tags: Mapping[str, str] = field(default_factory=dict)

    def read(self, address: str, *, start: "_date | None" = None, end: "_date | None" = None, **options: Any):
        """A table's partition of this day as a typed frame, or the days `start`..`end` (both included)."""
        if start is None and end is None and TABLES[address].partition_column:
            return self.warehouse.read(address, day=self.date, **options)
        return self.warehouse.read(address, start=start, end=end, **options)


@dataclass(frozen=True)
class DayOutput:
    """What a table asset's function returns: the day's whole frame, numbers and notes for people (`metadata`), and,
    where rows come from outside, how many items were received, repeated and set aside. `frame=None` says that the
    function has written the table itself, in one transaction. `after` is called once the day's write is committed."""

    frame: "pd.DataFrame | None"
    metadata: Mapping[str, Any] = field(default_factory=dict)
    received: int | None = None
    deduplicated: int = 0
    quarantined: Sequence[Quarantined] = ()
    after: Callable[[], object] | None = None


def of_answers(typed: "TypedRows", *, after: Callable[[], object] | None = None, **metadata: str) -> DayOutput:
    """What was parsed from stored answers: the rows, and what was received, repeated and set aside."""
    return DayOutput(
        typed.frame,
        metadata={"notes": "\n".join(typed.notes[:20]) or "none", **metadata},
        received=typed.received,
        deduplicated=typed.deduplicated,
        quarantined=typed.quarantined,
        after=after,
    )


def parsed(day: Day, address: str, source: str, parse: "Parse") -> DayOutput:
    """The rows that a source's stored answers of the day become."""
    from trend_assets.capture.session import stored_answers
    from trend_assets.capture.typed_rows import typed_rows

    return of_answers(typed_rows(TABLES[address], stored_answers(day.warehouse, source, day.date), parse, day=day.date))


def counted(frame: "pd.DataFrame", column: str, prefix: str = "") -> dict[str, int]:
    """How many rows have each value of a column, as metadata."""
    return {f"{prefix}{name}": int(count) for name, count in frame[column].value_counts().items()} if len(frame) else {}


def chart(png: bytes, alt: str = "chart") -> dg.MarkdownMetadataValue:
    """A picture made by us as metadata; no text of others is in it."""
    return dg.MetadataValue.md(f"![{alt}](data:image/png;base64,{base64.b64encode(png).decode()})")


Dependency = str | dg.AssetDep | dg.AssetKey


def column_schema(table: Table) -> dg.TableSchema:
    """The catalogue's columns as Dagster shows them."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                column.type,
                description=column.description + (f" Unit: {column.unit}." if column.unit else ""),
                constraints=dg.TableColumnConstraints(nullable=column.nullable, unique=table.key == (column.name,)),
            )
            for column in table.columns
        ]
    )


def table_asset(
    address: str,
    *,
    deps: Sequence[Dependency] | None = None,
    kinds: set[str] | None = None,
    group: str | None = None,
    pool: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> Callable[[Callable[[Day], DayOutput]], dg.AssetsDefinition]:
    """Make the function that computes one day's frame of table `address` a daily-partitioned asset.

    Dependencies are the tables that its rows come from, of the same day; `deps` says it where that is not all: table
    addresses of the same day, or AssetDep for other days. The blocking check `rows_are_valid`
    judges the frame against the catalogue before anything is written, and fails where the function itself raises
    BrokenRows: bad data never replaces good.
    A bad row from outside (`DayOutput.received` is given) is set aside, one that was computed here blocks the day.
    A backfill of many days is one run; a day that fails does not keep the others from being written.
    """
    table = TABLES[address]
    key = dg.AssetKey([table.schema, table.name])
    asset_deps = _for_dagster(key, table.upstream if deps is None else deps)

    checks = [
        dg.AssetCheckSpec(
            VALID,
            asset=key,
            blocking=True,
            description="Columns, key, unknown values, limits and rules of the catalogue, before writing.",
        )
    ]
    if table.partition_column:
        description = f"Rows against the median of the {HISTORY_DAYS} days before; a warning."
        checks.append(dg.AssetCheckSpec(USUAL, asset=key, description=description))

    def decorate(compute: Callable[[Day], DayOutput]) -> dg.AssetsDefinition:
        @dg.asset(
            key=key,
            group_name=group or table.schema,
            deps=asset_deps,
            description=inspect.getdoc(compute),  # unindented: Markdown takes indented lines for code
            partitions_def=daily(),
            backfill_policy=dg.BackfillPolicy.single_run(),
            freshness_policy=freshness_policy(address),
            owners=OWNERS,
            kinds=(kinds or {"python"}) | {"postgres"},
            tags=dict(tags or {}),
            pool=pool,
            metadata={
                "dagster/column_schema": column_schema(table),
                "dagster/table_name": address,
                "dagster/code_references": _code_reference(compute),
                "grain": table.grain,
            },
            check_specs=checks,
        )
        def shell(context: dg.AssetExecutionContext, warehouse: WarehouseResource):
            yield from _materialize(context, warehouse.open(), table, compute)

        return shell

    return decorate


def column_lineage(table: Table) -> dg.TableColumnLineage:
    """Where the columns come from: those of the same name in the tables that the rows are computed from (one quantity
    has one name everywhere)."""
    sources: dict[str, list[dg.TableColumnDep]] = {}
    for address in table.upstream:
        if upstream := TABLES.get(address):
            for name in upstream.column_names:
                sources.setdefault(name, []).append(dg.TableColumnDep(dg.AssetKey(address.split(".")), name))
    return dg.TableColumnLineage({name: sources[name] for name in table.column_names if name in sources})


def _code_reference(compute: Callable[..., Any]) -> dg.CodeReferencesMetadataValue:
    """Where the asset's own function stands: in the repository that the settings name, which a reader of a deployed
    platform can open, else in a file, for "Open in editor"."""
    code = inspect.unwrap(compute).__code__
    line = code.co_firstlineno
    reference: dg.LocalFileCodeReference | dg.UrlCodeReference
    path, base = Path(code.co_filename), get_settings().repository_url
    if base and path.is_relative_to(PACKAGE):
        place = path.relative_to(PACKAGE.parent).as_posix()
        reference = dg.UrlCodeReference(url=f"{base.rstrip('/')}/{place}#L{line}")
    else:
        reference = dg.LocalFileCodeReference(file_path=code.co_filename, line_number=line)
    return dg.CodeReferencesMetadataValue(code_references=[reference])


def _dependency(dep: Dependency) -> dg.AssetDep:
    if isinstance(dep, str):
        return dg.AssetDep(dg.AssetKey(dep.split(".")))
    return dep if isinstance(dep, dg.AssetDep) else dg.AssetDep(dep)


def _for_dagster(key: dg.AssetKey, deps: Sequence[Dependency]) -> list[dg.AssetDep]:
    """The dependencies that Dagster is told of: all but the asset's own earlier days.

    Dagster 1.13 maps a requested partition of an asset that carries its checks (an execution set) onto the asset itself
    through that self-dependency, and so requests a day too many, or 28. Days are made in order without it: a backfill
    is one run that goes through its days from the first to the last.
    """
    return [dep for dep in map(_dependency, deps) if dep.asset_key != key]


def _materialize(
    context: dg.AssetExecutionContext, warehouse: "Warehouse", table: Table, compute: Callable[[Day], DayOutput]
):
    """Make the run's days, each by itself; then say how they are, and of each what was written."""
    keys = days_of(context)
    written: dict[str, dict[str, Any]] = {}
    volumes: dict[str, Verdict] = {}
    failures: dict[str, str] = {}
    try:
        for key in keys:
            day = Day(
                date.fromisoformat(key), warehouse, get_settings(), context.log, context.run.run_id, context.run.tags
            )
            try:
                written[key] = _make(warehouse, table, day, compute)
            except BrokenRows as broken:
                failures[key] = clean_text(str(broken), limit=1000)
            except Exception as error:
                if len(keys) == 1 or isinstance(error, WarehouseUnavailable):
                    raise  # without Postgres no other day is better off
                context.log.exception(f"{table.address} of {key} was not made.")
                failures[key] = clean_text(f"{type(error).__name__}: {error}", limit=1000)
            else:
                if table.partition_column:
                    volumes[key] = _volume(warehouse, table, day.date, written[key]["dagster/partition_row_count"])
    except BaseException:
        _keep_good_days(context, written)
        raise
    rows = sum(metadata["dagster/partition_row_count"] for metadata in written.values())
    yield _valid(context, failures, days=len(keys), rows=rows)
    if table.partition_column:
        yield _usual(context, volumes)
    if failures:
        _keep_good_days(context, written)
        raise dg.Failure(
            f"{table.address} was not written for {', '.join(failures)}: {' '.join(failures.values())} "
            "The stored partition is untouched; mend the cause above and materialize the day again.",
            allow_retries=False,
        )
    for key, metadata in written.items():
        context.add_asset_metadata(metadata, asset_key=context.asset_key, partition_key=key)
    yield dg.MaterializeResult(asset_key=context.asset_key, metadata=_of_the_step(table, days=len(keys), rows=rows))


def _valid(
    context: dg.AssetExecutionContext, failures: Mapping[str, str], *, days: int, rows: int
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=VALID,
        asset_key=context.asset_key,
        passed=not failures,
        metadata={"days": days, "rows": rows, **{f"broken {day}": text for day, text in failures.items()}},
    )


def _usual(context: dg.AssetExecutionContext, volumes: Mapping[str, Verdict]) -> dg.AssetCheckResult:
    verdict = worst(volumes)
    return dg.AssetCheckResult(
        check_name=USUAL,
        asset_key=context.asset_key,
        passed=verdict.passed,
        severity=dg.AssetCheckSeverity.WARN,
        description=clean_text(verdict.sentence, limit=1000),
    )


def _of_the_step(table: Table, *, days: int, rows: int) -> dict[str, Any]:
    """What is stored with each day of a step: of several days neither the sum over all, which is no day's, nor a year
    of the same lineage."""
    if days > 1:
        return {"days": days}
    lineage = {"dagster/column_lineage": column_lineage(table)} if table.upstream else {}
    return {"days": days, "dagster/row_count": rows, **lineage}


class BrokenRows(Exception):
    """A day's rows break rules of the catalogue or of the asset, and were not written; the message says which."""


def _make(warehouse: "Warehouse", table: Table, day: Day, compute: Callable[[Day], DayOutput]) -> dict[str, Any]:
    """Compute, judge and write one day; what people see of it."""
    from trend_assets.warehouse.rows import judge

    token = warehouse.next_token()
    output, judged = compute(day), None
    if output.frame is not None:
        judged = judge(table, output.frame, day=day.date if table.partition_column else None)
        if problems := judged.objections(from_outside=output.received is not None):
            raise BrokenRows(" ".join(problems))
    metadata = _write(warehouse, table, day, output, judged, token)
    if output.after is not None:
        output.after()
    return metadata


def _keep_good_days(context: dg.AssetExecutionContext, written: Mapping[str, dict[str, Any]]) -> None:
    """Say of each day of a range that it was written, before the step fails: a step has one result for all its days,
    and its failure would show them all as failed. What lies below them follows by the sensor `refresh`."""
    for partition_key, metadata in written.items():
        context.log_event(dg.AssetMaterialization(context.asset_key, partition=partition_key, metadata=metadata))


def _write(
    warehouse: "Warehouse", table: Table, day: Day, output: DayOutput, judged: "Judged | None", token: int
) -> dict[str, Any]:
    """Write one day and return what people see of it."""
    metadata: dict[str, Any] = {name: _shown(value) for name, value in output.metadata.items()}
    if output.frame is None or judged is None:
        return {"dagster/partition_row_count": 0, **metadata}
    if table.partition_column:
        report = warehouse.write_partition(
            table.address,
            day.date,
            judged,
            token=token,
            run_id=day.run_id,
            received=output.received,
            deduplicated=output.deduplicated,
            quarantined=output.quarantined,
        )
    else:
        report = warehouse.upsert(table.address, output.frame)
    metadata |= {
        "dagster/partition_row_count": report.stored,
        "rows_inserted": report.inserted,
        "rows_updated": report.updated,
        "rows_deleted": report.deleted,
        "unchanged": report.unchanged,
    }
    if output.received is not None:
        metadata |= {
            "received": output.received,
            "deduplicated": output.deduplicated,
            "quarantined": len(output.quarantined),
        }
    if "is_simulated" in output.frame.columns and len(output.frame):
        metadata["simulated_rows"] = int(output.frame["is_simulated"].astype("boolean").sum())
    if len(output.frame):
        metadata["preview"] = preview(output.frame)
    else:
        metadata.setdefault("empty", f"{table.address} has no row of {day.date}.")
    return metadata


def _volume(warehouse: "Warehouse", table: Table, day: date, rows: int) -> Verdict:
    """Rows of a day against the days before, from the manifest."""
    with warehouse.connect() as connection:
        before = connection.execute(
            "select stored from ops.partition_writes where table_address = %s and observed_date between %s and %s",
            (table.address, day - timedelta(days=HISTORY_DAYS), day - timedelta(days=1)),
        ).fetchall()
    return volume_verdict(rows, [row[0] for row in before])


def preview(frame: "pd.DataFrame") -> dg.TableMetadataValue:
    """The first rows as a table of plain, cleaned, short text; never markdown, since captions are not ours."""
    columns = [str(name) for name in frame.columns[:PREVIEW_COLUMNS]]
    shown = frame[columns].head(PREVIEW_ROWS).itertuples(index=False)
    records = [
        {name: display_text(str(value), limit=80) for name, value in zip(columns, row, strict=True)} for row in shown
    ]
    return shown_table(records, columns)


def shown_table(records: Sequence[Mapping[str, Any]], columns: Iterable[str] = ()) -> dg.TableMetadataValue:
    """Records of plain values as a table in the UI."""
    return dg.MetadataValue.table(
        records=[dg.TableRecord(dict(record)) for record in records],
        schema=dg.TableSchema(columns=[dg.TableColumn(name, "string") for name in columns or records[0]]),
    )


def _shown(value: Any) -> Any:
    """Metadata as given, with plain strings cleaned: one lone surrogate makes an asset's page answer 500."""
    return clean_text(value, limit=20_000) if isinstance(value, str) else value
