"""The newest posts that a text search finds: in which of two ways they are looked for is decided from a sample.

    sample: the newest thousand rows, which word in how many, all of it in how many
        └─▶ the cheaper of  walk: along the index of time until the page is full   (frequent)
                            fetch: by the index of words, then the newest of them   (rare)

A walk that fills no page is followed by a fetch, so that what is found never rests on the estimate. Postgres' own
estimate is not used: of words outside its few thousand best known it believes far too much. What people type and how
it becomes words belongs to `search.py`.
"""

from collections.abc import Sequence
from math import prod
from typing import Any

from trend_assets.api.reading import Reader

ORDER = "ORDER BY p.last_collected_at DESC, p.platform DESC, p.external_id DESC"
SAMPLE = 1_000
"""Rows looked at first: 1 ms, and enough to tell a word of every hundredth post from one of every thousandth. With half
as many most searches cost half a millisecond less, and the dearest of them twice as much."""
WALKED_US, APART_US, FETCHED_US, LISTED_US = 0.9, 3.0, 4.0, 0.16
"""CPU of one row on the walk, of one on a walk that passes most rows over (each lies on a page of its own), of one
fetched by the index of words, and of one entry of its lists (measured over 1,000,000 posts of 1.2 kB;
`benchmarks/search.py`)."""
UNSEEN = 0.5
"""How often in the sample what is not in it is believed to be."""
FREQUENT = 10
"""A word this many times as frequent as the rarest is not looked up but looked for in what the rarer ones find: reading
its list would cost more than it saves."""
PATIENCE = 4
"""How many times the expected length a walk may take."""


def newest_posts(
    reader: Reader, columns: str, *, words: Sequence[str], near: list[str], where: list[str], parameters: dict[str, Any]
) -> list[dict[str, Any]]:
    """The newest %(limit)s rows of trends.posts `p` that hold all `words` (a tsquery each) and for which all of `where`
    and `near` hold; `near` are conditions on the order's columns."""
    named = {f"word_{n}": word for n, word in enumerate(words)}
    holds = [f"p.search @@ %({name})s::tsquery" for name in named]
    parameters = parameters | named
    walked = " AND ".join(near) or "true"
    conditions = " AND ".join([*where, *holds])  # what a column says is cheaper than what a text holds
    counts = ", ".join(f"count(*) FILTER (WHERE {hold}) AS {name}" for name, hold in zip(named, holds, strict=True))
    (sample,) = reader.rows(
        f"SELECT {counts}, count(*) FILTER (WHERE {conditions}) AS found, count(*) AS seen, "
        "(SELECT reltuples FROM pg_class WHERE oid = 'trends.posts'::regclass) AS total "
        f"FROM (SELECT * FROM trends.posts p WHERE {walked} {ORDER} LIMIT {SAMPLE}) p",
        parameters,
    )
    limit = parameters["limit"]
    reach, looked_up = choice(
        [sample[name] for name in named],
        found=sample["found"],
        seen=sample["seen"],
        total=sample["total"],
        limit=limit,
        apart="platform" in parameters,
    )
    if reach:
        rows = reader.rows(
            f"SELECT {columns} FROM (SELECT * FROM trends.posts p WHERE {walked} {ORDER} LIMIT {reach}) p "
            f"WHERE {conditions} {ORDER} LIMIT %(limit)s",
            parameters,
        )
        if len(rows) == limit or sample["seen"] < SAMPLE:
            return rows
    # OFFSET 0: the index of words alone finds them; together with another index Postgres would read all of that one
    by_words = " AND ".join(holds[n] for n in looked_up)
    others = [hold for n, hold in enumerate(holds) if n not in looked_up]
    return reader.rows(
        f"SELECT {columns} FROM (SELECT * FROM trends.posts p WHERE {by_words} OFFSET 0) p "
        f"WHERE {' AND '.join([*near, *where, *others])} {ORDER} LIMIT %(limit)s",
        parameters,
    )


def choice(
    hits: Sequence[int], *, found: int, seen: int, total: float, limit: int, apart: bool = False
) -> tuple[int | None, list[int]]:
    """How many rows to walk at most, None for none, and which words (by their number) a fetch looks up. `hits`: in how
    many of the `seen` rows of the sample each word is; `found`: in how many all conditions hold; `apart`: the walk
    passes most rows over."""
    if seen < SAMPLE:
        return SAMPLE, list(range(len(hits)))
    believed = [max(hit, UNSEEN) for hit in hits]
    rarest = min(believed)
    looked_up = [n for n, each in enumerate(believed) if each <= FREQUENT * rarest]
    of_all = total / seen
    # what is fetched holds all that is looked up: no more of it than chance brings together, unless the sample shows it
    together = max(found, seen * prod(believed[n] / seen for n in looked_up))
    fetch = (together * FETCHED_US + sum(believed[n] for n in looked_up) * LISTED_US) * of_all
    length = limit * seen / max(found, UNSEEN)
    row = APART_US if apart else WALKED_US
    return (min(int(length * PATIENCE), int(2 * fetch / row) + SAMPLE) if length * row <= fetch else None), looked_up
