"""Warnings that look across tables: counts that do not move, filters that suddenly let all or nothing pass, providers
that disagree, prices that jump, sources that did not work. None of them blocks; each names what to look at.

What makes one table's rows unfit belongs to `table_asset`; freshness to `freshness.py`.
"""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import dagster as dg

from trend_assets.defs.resources import WarehouseResource
from trend_assets.domain.quality import Verdict, frozen_verdict, price_verdict, share_verdict, worst
from trend_assets.newsletters.discovery import DEFAULT
from trend_assets.sources.discovery import SOURCES
from trend_assets.text import clean_text, plural
from trend_assets.warehouse.tables import POST_SOURCES, TABLES
from trend_assets.warehouse.warehouse import Warehouse

HISTORY_DAYS = 14

FROZEN = """
with newest as (
    select platform, external_id, max(measured_at) as measured_at, max(views) as views
    from trends.post_snapshots where observed_date = %(day)s and views is not null group by 1, 2
), before as (
    select platform, external_id, max(views) as views
    from trends.post_snapshots where observed_date = %(day)s - 1 and views is not null group by 1, 2
)
select newest.platform, count(*), count(*) filter (where newest.views = before.views)
from newest join before using (platform, external_id) group by 1 order by 1
"""

PASS_RATES = """
select step, observed_date, passed::float8 / nullif(entered, 0)
from comets.funnel where observed_date between %(first)s and %(day)s and entered >= 10 order by step, observed_date
"""

DISAGREEMENT = """
select count(*), count(*) filter (
    where abs(profile.followers - candidate.followers) > 0.25 * greatest(profile.followers, 1))
from comets.creator_profiles profile join comets.candidates candidate using (observed_date, user_id)
where observed_date = %(day)s and profile.followers is not null and candidate.followers is not null
"""

PRICES = """
select source, observed_date, sum(cost_usd)::float8 / nullif(max(items), 0)
from ops.source_attempts
where observed_date between %(first)s and %(day)s and outcome in ('succeeded', 'partial') and calls > 0
group by 1, 2 order by 1, 2
"""

DROPS = """
select coalesce(handle, user_id), growth_pct::float8, compared_followers, followers, growth_over_days
from comets.creator_stats where observed_date = %(day)s and growth_note = 'drop' order by growth_pct, user_id
"""
NAMED = 10

NULL_SHARES = """
select observed_date, {shares} from {table} where observed_date between %(first)s and %(day)s group by 1 order by 1
"""

Series = dict[str, dict[date, float]]


def series_of(rows: list[tuple[Any, ...]]) -> Series:
    """Rows of (name, day, number) as one series per name; unknown numbers are left out."""
    series: Series = {}
    for name, day, value in rows:
        if value is not None:
            series.setdefault(str(name), {})[day] = float(value)
    return series


def _rows(warehouse: Warehouse, query: str, day: date) -> list[tuple[Any, ...]]:
    with warehouse.connect() as connection:
        values = {"day": day, "first": day - timedelta(days=HISTORY_DAYS)}
        return connection.execute(query, values).fetchall()


def judge_frozen(warehouse: Warehouse, day: date) -> Verdict:
    """Counts that do not move since the day before, per platform."""
    rows = _rows(warehouse, FROZEN, day)
    return worst({platform: frozen_verdict(pairs, same) for platform, pairs, same in rows})


def _worst_of(series: Series, day: date, judge: Callable[[float | None, list[float]], Verdict]) -> Verdict:
    """The worst of all names: each one's number of the day against those of the days before."""
    return worst(
        {
            name: judge(values.get(day), [value for each, value in values.items() if each < day])
            for name, values in series.items()
        }
    )


def judge_pass_rates(warehouse: Warehouse, day: date) -> Verdict:
    """The share that each filter layer lets pass, against the days before."""
    return _worst_of(series_of(_rows(warehouse, PASS_RATES, day)), day, partial(share_verdict, "share passed"))


def judge_agreement(warehouse: Warehouse, day: date) -> Verdict:
    """Followers as the search says and as the profile says: they may differ by a day's growth, not by a quarter."""
    pairs, apart = _rows(warehouse, DISAGREEMENT, day)[0]
    if pairs < 5:
        return Verdict(True, f"Both numbers are there of {plural(pairs, 'creator')} only.")
    return Verdict(
        apart <= 0.2 * pairs, f"{apart} of {pairs} creators differ by more than 25 % between search and profile."
    )


def judge_drops(warehouse: Warehouse, day: date) -> Verdict:
    """No creator lost more than 30 % of the followers a day. The numbers are kept as measured: purges of bots are real,
    and so are providers that answer for somebody else; the sentence names who to look at."""
    rows = _rows(warehouse, DROPS, day)
    if not rows:
        return Verdict(True, "Nobody lost more than 30 % of the followers a day.")
    named = [
        f"{who} {pct:+.1f} % ({before:,} to {now:,} followers over {days} d)"
        for who, pct, before, now, days in rows[:NAMED]
    ]
    more = [f"{len(rows) - NAMED} more"] if len(rows) > NAMED else []
    return Verdict(False, f"{len(rows)} lost more than 30 % of the followers a day: {'; '.join(named + more)}.")


def judge_prices(warehouse: Warehouse, day: date) -> Verdict:
    """USD per item of each source, against the days before."""
    return _worst_of(series_of(_rows(warehouse, PRICES, day)), day, price_verdict)


def judge_sources(warehouse: Warehouse, day: date) -> Verdict:
    """Every source that is configured worked."""
    rows = _rows(
        warehouse,
        "select source, reason from feed.source_report "
        "where observed_date = %(day)s and status in ('failed', 'partial')",
        day,
    )
    return worst({source: Verdict(False, str(reason or "It failed.")) for source, reason in rows})


def judge_nulls(warehouse: Warehouse, day: date, *, table: str, columns: tuple[str, ...]) -> Verdict:
    """Share of unknown values of each column, against the days before: a renamed field shows here first."""
    shares = ", ".join(f"avg(({column} is null)::int)::float8" for column in columns)
    rows = _rows(warehouse, NULL_SHARES.format(shares=shares, table=table), day)
    by_day = {row[0]: row[1:] for row in rows}
    today = by_day.get(day)
    return worst(
        {
            column: share_verdict(
                f"unknown {column}",
                None if today is None else today[position],
                [v[position] for d, v in by_day.items() if d < day],
            )
            for position, column in enumerate(columns)
        }
    )


def judge_unchanged(warehouse: Warehouse, day: date, *, table: str) -> Verdict:
    """Counts of a capture that are those of another within six hours before it: the provider's cache, not standstill.
    They are never taken for "no growth"; when nearly all are the same, a further capture of the day buys nothing."""
    from trend_assets.domain.velocity.changes import CACHE_HOURS, unchanged_shares
    from trend_assets.warehouse.reads.velocity import day_bounds

    start, end = day_bounds(day)
    rows = warehouse.read(
        table, start=day - timedelta(days=1), end=day,
        columns=["platform", "external_id", "measured_at", "views", "likes", "is_simulated"],
    )  # fmt: skip
    by_source = unchanged_shares(rows.assign(source=table), day_start=start, until=end)
    pairs = int(by_source["pairs"].sum())
    same = round(float((by_source["pairs"] * by_source["share"]).sum()))
    verdict = frozen_verdict(pairs, same)
    if not pairs:
        return Verdict(True, f"No item was counted twice within {CACHE_HOURS:.0f} hours.")
    share = (
        f"{same / pairs * 100:.0f} % of the {plural(pairs, 'count')} taken within {CACHE_HOURS:.0f} hours of another"
    )
    return Verdict(verdict.passed, f"{share} are the same{'' if verdict.passed else ', as from a cache'}.")


def judge_feed_size(warehouse: Warehouse, day: date) -> Verdict:
    """An issue has items, or says itself that the day was quiet."""
    rows = _rows(
        warehouse,
        "select item_count, is_quiet from feed.issues where observed_date = %(day)s "
        f"order by newsletter <> '{DEFAULT}'",
        day,
    )
    if not rows:
        return Verdict(False, f"There is no issue of {day}.")
    count, quiet = rows[0]
    return Verdict(count > 0 and not quiet, f"{plural(count, 'item')}{', a quiet day' if quiet else ''}.")


def newest_day(warehouse: Warehouse, address: str) -> date | None:
    """The newest written partition of a table."""
    with warehouse.connect() as connection:
        row = connection.execute(
            "select max(observed_date) from ops.partition_writes where table_address = %s", (address,)
        ).fetchone()
    return row[0] if row else None


def warning(address: str, name: str, judge: Any, **given: Any) -> dg.AssetChecksDefinition:
    """A warning on a table, for the run's day, or for the newest day when the run has none or many. `given` are further
    arguments of `judge`."""

    @dg.asset_check(asset=dg.AssetKey(address.split(".")), name=name, description=judge.__doc__)
    def check(context: dg.AssetCheckExecutionContext, warehouse: WarehouseResource) -> dg.AssetCheckResult:
        store = warehouse.open()
        partition = context.run.tags.get("dagster/partition")
        day = date.fromisoformat(partition) if partition else newest_day(store, address)
        verdict = judge(store, day, **given) if day else Verdict(True, "Nothing was written yet.")
        return dg.AssetCheckResult(
            passed=verdict.passed,
            severity=dg.AssetCheckSeverity.WARN,
            description=clean_text(verdict.sentence, limit=1000),
            metadata={"day": str(day)},
        )

    return check


warnings = [
    warning("trends.post_snapshots", "counts_move", judge_frozen),
    warning("comets.funnel", "pass_rates_are_usual", judge_pass_rates),
    warning("comets.creator_stats", "providers_agree", judge_agreement),
    warning("comets.creator_stats", "followers_hold", judge_drops),
    warning("feed.source_report", "all_sources_worked", judge_sources),
    warning("feed.source_report", "prices_are_usual", judge_prices),
    warning("feed.issues", "issue_has_items", judge_feed_size),
    *(
        warning(address, "counts_unchanged_share", judge_unchanged, table=address)
        for address in POST_SOURCES
        if "views" in TABLES[address].column_names
    ),
    *(
        warning(table, "unknowns_are_usual", judge_nulls, table=table, columns=source.watched)
        for table, source in ((f"source.{name}", source) for name, source in SOURCES.items())
        if source.watched
    ),
]
