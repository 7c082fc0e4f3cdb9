"""Import a user's file: check it, store it once, and say what became of every row.

`import_file` is what the command line, the page and the import folder call. What a file would become is shown by
`preview.py`; how rows are made is in `rows.py`, where they go in `store.py`; turning them into partitions is the asset
`source/imported_posts`.
"""

import csv
import os
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trend_assets.imports import forms, store
from trend_assets.imports.describing import describe
from trend_assets.imports.reading import FileInfo, pieces, sha256_of
from trend_assets.imports.rows import Mapped, Rejected, getter, map_pieces, observation_time
from trend_assets.imports.spec import METRICS, How, ImportRefused, ImportSpec, build_spec
from trend_assets.sources.values import BadValue
from trend_assets.text import MARK, plural

if TYPE_CHECKING:
    from trend_assets.warehouse.warehouse import Warehouse

MAX_REJECTED_SHARE = 0.5
"""More than half of the rows rejected means a wrong mapping, not a file with some bad rows."""
MOST_RETENTION_DAYS = 36_500
"""A century. The database cannot add two million years to a day, and then no import would expire."""
EXAMPLES = 20
KEPT_REASONS = 500
"""Reasons name values, so a bad column of a million rows could give a million of them."""


@dataclass(slots=True)
class ImportReport:
    """What became of a file. Invariants: rows == accepted + rejected == stored + repeated + rejected. `days` has the
    rows stored per observation day, `reasons` how often each reason rejected a row, `notes` values that were taken as
    unknown or approximate; `repeated` how many of the accepted rows repeat another one of the file, `found` how the
    file is written; `unchanged` says that the same file was already there and nothing was written."""

    import_id: str
    file_name: str
    spec: ImportSpec
    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    unchanged: bool = False
    days: dict[date, int] = field(default_factory=dict)
    changed_days: tuple[date, ...] = ()
    reasons: Counter[str] = field(default_factory=Counter)
    examples: list[Rejected] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    found: list[str] = field(default_factory=list)
    repeated: int = 0
    rejected_file: Path | None = None

    @property
    def stored(self) -> int:
        """Rows that stand for themselves."""
        return self.accepted - self.repeated

    def sentences(self) -> list[str]:
        """The report for people, one sentence each."""
        span = f"{min(self.days)} to {max(self.days)}, {plural(len(self.days), 'day')}" if self.days else "no day"
        span = f"{min(self.days)}" if len(self.days) == 1 else span
        if self.unchanged:
            first = f"{self.file_name} is already imported as {self.spec.import_source}: nothing was changed"
        else:
            first = f"{self.file_name} is imported as {self.spec.import_source} ({self.spec.format})"
        lines = [
            f"{first}. {plural(self.rows, 'row')}: {self.accepted:,} accepted ({span}), {self.rejected:,} rejected."
        ]
        sums = f"{self.stored:,} stored + {self.repeated:,} repeated + {self.rejected:,} set aside"
        lines.append(f"{self.rows:,} received = {sums}.")
        lines += self.found
        if self.repeated:
            lines.append(f"Repeated {self.repeated:,}×: the same post of the same time and list; the last row counts.")
        lines += [f"Rejected {times:,}×: {reason}" for reason, times in self.reasons.most_common(10)]
        if self.rejected and self.rejected_file:
            lines.append(f"The rejected rows are in {self.rejected_file}.")
        lines += [f"Noted {times:,}×: {sentence}" for sentence, times in self.notes.most_common(10)]
        return lines


def read_as(path: Path, *, source: str, now: datetime, how: How) -> tuple[FileInfo, ImportSpec, list[str]]:
    """What a file is, how it will be read, and what was found in it and can be overruled. Raises ImportRefused as
    `describe` and `build_spec` do, and for an option that says nothing."""
    info = describe(path, encoding=how.encoding, delimiter=how.delimiter, inside=how.rows)
    if how.observed_at:
        try:
            observation_time(how.observed_at, now=now)
        except BadValue as error:
            raise ImportRefused(f"--observed-at {how.observed_at}: {error} Write it as 2026-03-01.") from None
    try:
        spec = build_spec(
            import_source=source,
            file_name=path.name,
            file_format=info.form,
            fields=info.fields,
            maps=how.maps,
            observed_at=how.observed_at,
            recognition=how.recognition,
        )
    except ImportRefused as refused:
        # how the file was read is often the reason why a field is not there
        explained = ImportRefused(" ".join((str(refused), *info.notes)))
        explained.fields = info.fields
        raise explained from None
    _refuse_rounded(_sampled(info, spec, ("external_id",)), path.name)
    notes = list(info.notes)
    decimal, dates = forms.declared(decimal=how.decimal, dates=how.dates)
    if not decimal and (decimal := forms.decimal_in(_sampled(info, spec, (*METRICS, "creator_followers")))):
        notes.append(f"The decimal sign is the {'comma' if decimal == ',' else 'point'}; --decimal overrules it.")
    if not dates and (dates := forms.order_in(_sampled(info, spec, ("measured_at", "posted_at")))):
        notes.append(f"Dates are taken as {dates}; --date-format overrules it.")
    # what an export writes by default depends on who exported it
    dates = dates or spec.dates
    return info, replace(spec, decimal=decimal, dates=dates), notes


def _refuse_rounded(ids: list[Any], name: str) -> None:
    """A spreadsheet keeps 15 digits of a number and writes zeros behind them; of true ids one in thousands ends so."""
    long = [text for value in ids if len(text := str(value)) >= 18 and text.isdecimal()]
    rounded = [text for text in long if not text[15:].strip("0")]
    if len(rounded) * 2 > len(long):
        raise ImportRefused(
            f"{len(rounded)} of the first {len(long)} ids of {name} end in zeros behind their 15th digit, like "
            f"{rounded[0]}: a spreadsheet has rounded them; export the file again with ids as text."
        )


def _sampled(info: FileInfo, spec: ImportSpec, targets: tuple[str, ...]) -> list[Any]:
    read = [getter(spec.fields[target]) for target in targets if target in spec.fields]
    return [one(record) for record in info.sample if isinstance(record, dict) for one in read]


def import_file(
    warehouse: "Warehouse",
    path: Path,
    *,
    source: str,
    now: datetime,
    retention_days: int | None = None,
    rejected_into: Path | None = None,
    **how: Any,
) -> ImportReport:
    """Store the rows of a file, each on its own observation day, in one transaction. `how` are the fields of `How`;
    rejected rows are written to a file in the folder `rejected_into`, where one is given.

    The same content under the same name, read the same way, changes nothing; read another way it replaces what that
    file gave before. Raises ImportRefused (nothing is stored) when the file or its mapping cannot be used, or more
    than half of the rows are rejected.
    """
    if retention_days is not None and not 1 <= retention_days <= MOST_RETENTION_DAYS:
        raise ImportRefused(
            f"--retention-days is {retention_days}; give 1 to {MOST_RETENTION_DAYS:,}, or leave it out to keep the "
            "rows."
        )
    info, spec, notes = read_as(path, source=source, now=now, how=How(**how))
    sha256 = sha256_of(path)
    with warehouse.connect(autocommit=False) as connection:
        known = store.registered(connection, import_source=source, sha256=sha256)
        if known and dict(known.spec) == spec.as_json() and known.retention_days == retention_days:
            return _unchanged(known, path.name, spec)
        before = known.days if known else ()
        if known is not None:
            store.forget(connection, known.import_id)
        writer = store.PartWriter(connection=connection, spec=spec, sha256=sha256, file_name=path.name, now=now)
        report = ImportReport(import_id=writer.import_id, file_name=path.name, spec=spec, found=notes)
        if rejected_into is not None:
            report.rejected_file = rejected_into / f"{source}-{sha256[:12]}.csv"
            report.rejected_file.unlink(missing_ok=True)
        _write_rows(writer, report, map_pieces(pieces(info), spec, now=now))
        report.days = dict(sorted(writer.rows_of_day.items()))
        report.changed_days = tuple(sorted({*before, *report.days}))
        store.register(
            connection,
            writer,
            file_bytes=path.stat().st_size,
            rows=report.rows,
            accepted=report.accepted,
            repeated=report.repeated,
            rejected=report.rejected,
            retention_days=retention_days,
        )
        connection.commit()
    return report


def _write_rows(writer: store.PartWriter, report: ImportReport, mapped_pieces: Iterable[Mapped]) -> None:
    """Store what the pieces of a file say, row by row, and count it. Raises ImportRefused when too much is rejected."""
    posts = array("q")
    for mapped in mapped_pieces:
        for row, (number, record) in zip(mapped.rows, mapped.records, strict=True):
            writer.add(row["measured_at"].date(), number, record)
            posts.append(hash((row["measured_at"], row["list_name"], row["platform"], row["external_id"])))
        writer.write_full()
        store.write_rejected(writer.connection, writer.import_id, mapped.rejected)
        _keep(report.rejected_file, mapped.rejected)
        _count(report, mapped)
        _require_usable(report, finished=False)
    _require_usable(report, finished=True)
    writer.close()
    report.repeated = _repeats(posts)


def _unchanged(known: store.Registered, file_name: str, spec: ImportSpec) -> ImportReport:
    return ImportReport(
        import_id=known.import_id,
        file_name=file_name,
        spec=spec,
        rows=known.rows,
        accepted=known.accepted,
        repeated=known.repeated or 0,
        rejected=known.rejected,
        unchanged=True,
        days=dict.fromkeys(known.days, 0),
    )


def _repeats(posts: "array[int]") -> int:
    """How many of the numbers were there before; sorts them where they stand, because a copy would double the one
    thing that grows with the file (8 MB for a million rows)."""
    import numpy as np

    if not posts:
        return 0
    sorted_posts = np.frombuffer(posts, dtype=np.int64)
    sorted_posts.sort()
    return int(np.count_nonzero(sorted_posts[1:] == sorted_posts[:-1]))


def _keep(target: Path | None, rejected: list[Rejected]) -> None:
    if target is None or not rejected:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    is_new = not target.exists()
    with open(target, "a", encoding="utf-8", newline="", opener=_private) as opened:
        writer = csv.writer(opened)
        if is_new:
            opened.write(MARK)
            writer.writerow(store.REJECTED_COLUMNS)
        for item in rejected:
            raw = item.raw.encode("utf-8", "replace").decode()
            writer.writerow(store.rejected_line(item.row_number, item.reason, raw))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _count(report: ImportReport, mapped: Mapped) -> None:
    report.rows += len(mapped.rows) + len(mapped.rejected)
    report.accepted += len(mapped.rows)
    report.rejected += len(mapped.rejected)
    for item in mapped.rejected:
        crowded = len(report.reasons) >= KEPT_REASONS and item.reason not in report.reasons
        report.reasons["Other reasons, see imports.rejected_rows." if crowded else item.reason] += 1
    report.examples.extend(mapped.rejected[: EXAMPLES - len(report.examples)])
    report.notes.update(mapped.notes)


def _require_usable(report: ImportReport, *, finished: bool) -> None:
    """A wrong mapping shows in the first piece: stop there, not after a million rows."""
    if finished and report.rows == 0:
        raise ImportRefused(f"{report.file_name} has a header but no rows; nothing was stored.")
    hopeless = report.rejected > MAX_REJECTED_SHARE * report.rows if finished else not report.accepted
    if hopeless:
        worst, times = report.reasons.most_common(1)[0]
        raise ImportRefused(
            f"{report.rejected:,} of the first {plural(report.rows, 'row')} of {report.file_name} cannot be used, most "
            f"often ({times:,}×): {worst} Nothing was stored; look at the first rows (--dry-run) and correct --map."
            + (f" The rejected rows are in {report.rejected_file}." if report.rejected_file else "")
        )
