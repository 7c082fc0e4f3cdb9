"""Erasing a creator: nothing is left by id, handle or canary, nobody else is touched, and they stay out."""

import contextlib
import json
import os
import threading
from datetime import UTC, date, datetime

import pandas as pd
import pytest
import zstandard
from psycopg import sql
from psycopg.types.json import Jsonb

from trend_assets.competitors import requests
from trend_assets.competitors.requests import Criteria
from trend_assets.media import jobs
from trend_assets.media.policy import Target
from trend_assets.privacy.erase import NobodyNamed, erase_creator
from trend_assets.privacy.identity import known_person
from trend_assets.privacy.person import Matcher, Person
from trend_assets.warehouse.errors import StaleWriter
from trend_assets.warehouse.media_folder import MediaFolder
from trend_assets.warehouse.tables import TABLES
from trend_assets.warehouse.tombstones import ErasedPerson
from trend_assets.warehouse.warehouse import Warehouse

DAY = date(2026, 11, 20)
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
ID, HANDLE, CANARY = "6812345678901234567", "nova.rises", "canary-7f3a91"
OTHER_ID, OTHER = "6899999999999999999", "novarises"
EXAMPLES = {
    "text": "x", "bigint": 1, "integer": 1, "double precision": 0.5, "numeric(14,6)": 0, "numeric(14,2)": 0,
    "boolean": True, "date": DAY, "timestamptz": AT, "bytea": zstandard.compress(b"{}"), "text[]": ["x"],
    "jsonb": Jsonb({}),
}  # fmt: skip


def insert(connection, table, **values):
    row = {
        column.name: EXAMPLES[column.type]
        for column in table.columns
        if not column.nullable or column.name in table.key
    } | values
    connection.execute(
        sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING").format(
            sql.Identifier(table.schema, table.name),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(sql.Placeholder() * len(row)),
        ),
        list(row.values()),
    )


def person_values(table, external_id, handle, canary):
    """A row of this table about a person, with a canary in every free text."""
    values = {}
    for name in table.person_columns:
        if name == "creator_key" and table.schema == "feed":
            values[name] = f"tiktok:{external_id}"
        elif name == "creator_key":
            values[name] = external_id
        else:
            values[name] = handle if "handle" in name else external_id
    for column in table.columns:
        if column.name in values:
            continue
        if column.name in ("platform", "seed_platform"):
            values[column.name] = "tiktok"
        elif column.type == "text" and (column.name in table.key or column.nullable):
            values[column.name] = f"{canary} {column.name} {handle if column.nullable else ''}".strip()
    return values


def fill(connection, external_id, handle, canary):
    """A row about the person in every table that can hold one."""
    for table in TABLES.values():
        if table.person_columns:
            insert(connection, table, **person_values(table, external_id, handle, canary))


def answer(connection, capture_id, document):
    body = json.dumps(document).encode()
    insert(
        connection, TABLES["capture.answers"], capture_id=capture_id, body=zstandard.compress(body), request=Jsonb({}),
        body_bytes=len(body), outcome="ok", source="comet_videos",
    )  # fmt: skip


def everything(connection):
    """The whole database as text, with stored answers unpacked."""
    parts = []
    for table in TABLES.values():
        rows = connection.execute(
            sql.SQL("SELECT to_jsonb(t)::text FROM {} t").format(sql.Identifier(table.schema, table.name))
        ).fetchall()
        parts += [row[0] for row in rows]
    parts += [
        zstandard.decompress(row[0]).decode()
        for row in connection.execute("SELECT body FROM capture.answers").fetchall()
    ]
    return "\n".join(parts)


def erase(database_url, settings, who=HANDLE, **options):
    return erase_creator(
        Warehouse(database_url), settings, platform="tiktok", who=who, state_dir=settings.state_dir, **options
    )


@pytest.mark.parametrize("who", [HANDLE, f"@{HANDLE}", ID])
def test_nothing_is_left_by_id_handle_or_canary_and_others_keep_everything(connection, database_url, settings, who):
    fill(connection, OTHER_ID, OTHER, "other-canary")
    before = everything(connection).count("other-canary")
    fill(connection, ID, HANDLE, CANARY)
    answer(connection, "mixed", {"items": [{"author": {"uid": ID, "n": CANARY}}, {"author": {"uid": OTHER_ID}}]})
    answer(connection, "alone", {"user": {"unique_id": HANDLE, "signature": CANARY}})
    assert CANARY in everything(connection)
    done = erase(database_url, settings, who=who)
    left = everything(connection)
    assert [word for word in (ID, HANDLE, CANARY) if word in left] == []
    assert left.count("other-canary") == before
    assert OTHER_ID in left
    assert done.left == 0
    assert len(done.rows) >= 20, "every table with people"
    assert done.answers == 2
    assert not any(word in " ".join(done.sentences()) for word in (ID, HANDLE)), "the report names nobody"


def test_a_repeat_finds_nothing_more(connection, database_url, settings):
    fill(connection, ID, HANDLE, CANARY)
    erase(database_url, settings)
    again = erase(database_url, settings)
    assert (sum(again.rows.values()), again.answers, again.media_files, again.left) == (0, 0, 0, 0)


def test_mentions_in_what_others_said_go_and_the_rest_of_it_stays(connection, database_url, settings):
    fill(connection, ID, HANDLE, CANARY)
    insert(
        connection, TABLES["trends.posts"], platform="tiktok", external_id="theirs", creator_id=OTHER_ID,
        creator_handle=OTHER, description=f"duet with @{HANDLE}. And @{HANDLE}x, {HANDLE} too", url="https://x.example/1",
        hashtags=["slime"],
    )  # fmt: skip
    insert(
        connection, TABLES["feed.items"], rank=9, creator_handle=OTHER, platform="tiktok",
        proof_links=Jsonb([{"url": f"https://www.tiktok.com/@{HANDLE}/video/1"}, {"url": "https://reddit.com/r/a"}]),
    )  # fmt: skip
    erase(database_url, settings)
    (text,) = connection.execute("SELECT description FROM trends.posts WHERE external_id = 'theirs'").fetchone()
    assert text == f"duet with [erased]. And @{HANDLE}x, {HANDLE} too", "another handle and plain words stay"
    (links,) = connection.execute("SELECT proof_links FROM feed.items WHERE rank = 9").fetchone()
    assert links == [{"url": "https://reddit.com/r/a"}]


def test_the_issue_is_rendered_again_without_the_person(connection, database_url, settings):
    warehouse = Warehouse(database_url)
    items = pd.DataFrame(
        [
            {
                "observed_date": DAY, "rank": rank, "story_id": f"s{rank}", "platform": "tiktok",
                "external_id": f"v{rank}",
                "source": "tiktok_trending", "kind": "video", "title": f"{canary} title", "text": canary,
                "creator_id": person, "creator_handle": handle, "url": f"https://www.tiktok.com/@{handle}/video/{rank}",
                "hashtags": [], "score": 1.0, "score_parts": [{"name": "rising", "value": 1.0, "why": "because"}],
                "why": f"{canary} rises", "score_class": "measured", "engagement": {}, "measured_at": AT, "counts": [],
                "first_seen_at": AT, "days_on_radar": 1, "sources": ["tiktok_trending"],
                "heat": [{"source": "tiktok_trending", "percentile": 0.9, "rank": 1, "items": 10}],
                "section": "Also rising", "subject": "Also rising", "newsletter": "rising", "place": rank,
                "outcome": "chosen", "reason": "It is among the day's first stories.", "is_picked": False,
                "headline": f"{canary} title", "line": canary, "figure": "", "comparison": "", "chance_text": "",
                "also_on": [], "proof_links": [], "flags": [], "flag_reasons": {},
                "data_age_hours": 1.0, "is_simulated": True,
            }
            for rank, (person, handle, canary) in enumerate(((ID, HANDLE, CANARY), (OTHER_ID, OTHER, "kept")), start=1)
        ]
    )  # fmt: skip
    report = pd.DataFrame(
        [
            {
                "observed_date": DAY, "source": "tiktok_trending", "title": "TikTok", "tier": "core",
                "status": "succeeded",
                "scored_items": 2, "attempts": 1, "measured_at": AT, "is_blended": True, "is_simulated": True,
            }
        ]
    )  # fmt: skip
    warehouse.write_partition("feed.newsletter_stories", DAY, items)
    warehouse.write_partition("feed.source_report", DAY, report)
    from trend_assets.privacy.erase import _render_day

    _render_day(warehouse, settings, DAY, Matcher.of(Person("tiktok", ids=("no-such-id-00",))))
    texts = "SELECT string_agg(body, ' ') FROM feed.issue_forms"
    (page,) = connection.execute(texts).fetchone()
    assert CANARY in page, connection.execute("SELECT reason FROM ops.quarantine").fetchall()
    done = erase(database_url, settings)
    assert done.issues_rendered == 1
    (page,) = connection.execute(texts).fetchone()
    (parquet,) = connection.execute("SELECT binary_body FROM feed.issue_forms WHERE format = 'parquet'").fetchone()
    assert [word for word in (ID, HANDLE, CANARY) if word in page or word.encode() in parquet] == []
    assert "kept" in page


def test_media_files_covers_and_audits_go_too(connection, database_url, settings, tmp_path):
    folder = MediaFolder(tmp_path)
    stored = {}
    for name, handle in (("a" * 64, HANDLE), ("b" * 64, OTHER)):
        for ending in ("mp4", "cover.jpg"):
            path = folder.root / name[:2] / f"{name}.{ending}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")
            stored.setdefault(handle, []).append(path)
        insert(
            connection, TABLES["media.assets"], sha256=name, creator_handle=handle, creator_id=None, platform="tiktok"
        )
        insert(
            connection, TABLES["media.download_jobs"], job_id=name, sha256=name, state="completed", platform="tiktok"
        )
        insert(connection, TABLES["media.audits"], job_id=name, sha256=name)
    assert erase(database_url, settings).media_files == 2
    assert [path.exists() for path in stored[HANDLE] + stored[OTHER]] == [False, False, True, True]
    for table in ("assets", "download_jobs", "audits"):
        assert connection.execute(f"SELECT sha256 FROM media.{table}").fetchall() == [("b" * 64,)]


def test_logs_and_dagsters_records_lose_the_name_and_files_of_the_user_are_named(
    connection, database_url, settings, tmp_path
):
    fill(connection, ID, HANDLE, CANARY)
    connection.execute("CREATE TABLE event_logs (id bigint, event text)")
    connection.execute(
        "INSERT INTO event_logs VALUES (1, %s), (2, 'nothing')", (json.dumps({"preview": [[ID, f"@{HANDLE}"]]}),)
    )
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "daemon.log").write_text(f"profile of @{HANDLE} failed\n")
    (tmp_path / "imports").mkdir()
    (tmp_path / "imports" / "mine.csv").write_text(f"id,handle\n{ID},@{HANDLE}\n")
    for table, column in (("run_tags", "value"), ("kvs", "value"), ("instigators", "instigator_body")):
        connection.execute(f"CREATE TABLE {table} (key text, {column} text)")
        connection.execute(f"INSERT INTO {table} VALUES ('import/file', %s)", (f"list of @{HANDLE}",))
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "server.log").write_text(f"DETAIL: Key (handle)=(@{HANDLE}) exists.\r\n")
    (tmp_path / "logs" / "a folder.log").mkdir()
    theirs = tmp_path.parent / f"{tmp_path.name} of somebody.txt"
    theirs.write_text(f"@{HANDLE}")
    (tmp_path / "logs" / "link.txt").symlink_to(theirs)
    (tmp_path / "logs" / "large.log").touch()
    os.truncate(tmp_path / "logs" / "large.log", 300_000_000)
    (tmp_path / "dagster" / "run").mkdir(parents=True)
    (tmp_path / "dagster" / "run" / "large.err").touch()
    os.truncate(tmp_path / "dagster" / "run" / "large.err", 300_000_000)
    done = erase(database_url, settings, dagster_database_url=database_url)
    assert (done.dagster_records, done.log_files) == (4, 2)
    assert (tmp_path / "postgres" / "server.log").read_bytes() == b"DETAIL: Key (handle)=([erased]) exists.\r\n"
    assert done.refused == [f"{tmp_path / 'dagster' / 'run' / 'large.err'} (larger than 200 MB)"]
    assert "may name the person" in " ".join(done.sentences())
    assert theirs.read_text() == f"@{HANDLE}", "what a link leads to is the user's"
    assert done.own_files.pop() == str(tmp_path / "logs" / "link.txt")
    (event,) = connection.execute("SELECT event FROM event_logs WHERE id = 1").fetchone()
    assert json.loads(event) == {"preview": [["[erased]", "[erased]"]]}, "still JSON"
    assert HANDLE not in (tmp_path / "logs" / "daemon.log").read_text()
    assert done.own_files == [str(tmp_path / "imports" / "mine.csv")]
    assert HANDLE in (tmp_path / "imports" / "mine.csv").read_text(), "the user's own file is theirs to change"


def test_the_next_ingest_leaves_the_person_out_and_counts_it(connection, database_url, settings):
    fill(connection, ID, HANDLE, CANARY)
    erase(database_url, settings)
    frame = pd.DataFrame(
        [
            {
                "observed_date": DAY, "source": "comet_videos", "platform": "tiktok", "external_id": f"v{n}",
                "list_name": "x", "creator_id": person, "creator_handle": handle, "measured_at": AT,
                "collected_at": AT, "capture_id": "c", "is_simulated": True,
            }
            for n, (person, handle) in enumerate(
                ((ID, "renamed"), (None, HANDLE.upper()), ("1", HANDLE.upper()), (OTHER_ID, OTHER))
            )
        ]
    )  # fmt: skip
    report = Warehouse(database_url).write_partition("trends.post_snapshots", DAY, frame)
    assert report.stored == 2
    stored = connection.execute("SELECT creator_id FROM trends.post_snapshots ORDER BY 1").fetchall()
    assert stored == [("1",), (OTHER_ID,)], "another id that bears the handle now is somebody else"


def test_users_cannot_bring_the_person_back_through_requests_or_downloads(connection, database_url, settings):
    fill(connection, ID, HANDLE, CANARY)
    erase(database_url, settings)
    for criteria in (Criteria(seed=f"tiktok:{HANDLE}"),):
        with pytest.raises(ErasedPerson, match="asked to be forgotten"):
            requests.ask(connection, user_id="ada", criteria=criteria, day=DAY, now=AT)
    asked = requests.ask(
        connection, user_id="ada", criteria=Criteria(topics=("a",), handles=(f"tiktok:{HANDLE}",)), day=DAY, now=AT
    )
    assert asked.problems == ["This creator asked to be forgotten; nothing about them is collected or kept here."]
    target = Target(f"https://www.tiktok.com/@{HANDLE}/video/1", "tiktok", "page", creator_handle=HANDLE)
    with pytest.raises(ErasedPerson):
        jobs.submit(connection, user_id="ada", target=target, caption=None, now=AT)
    assert HANDLE not in everything(connection)


def test_a_run_that_is_writing_the_person_cannot_bring_them_back(connection, database_url, settings):
    fill(connection, ID, HANDLE, CANARY)
    warehouse, stop, written = Warehouse(database_url), threading.Event(), []

    def write():
        number = 0
        while not stop.is_set():
            number += 1
            frame = pd.DataFrame(
                [
                    {
                        "observed_date": DAY, "source": "comet_videos", "platform": "tiktok",
                        "external_id": f"v{number}-{n}", "list_name": "x", "creator_id": person,
                        "creator_handle": handle, "measured_at": AT, "collected_at": AT, "capture_id": "c",
                        "is_simulated": True,
                    }
                    for n, (person, handle) in enumerate(((ID, HANDLE), (OTHER_ID, OTHER)))
                ]
            )  # fmt: skip
            with contextlib.suppress(StaleWriter):  # the other one was newer
                written.append(warehouse.write_partition("trends.post_snapshots", DAY, frame).stored)

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        while len(written) < 4:
            stop.wait(0.05)
        erase(database_url, settings)
        seen = len(written)
        while len(written) < seen + 4:
            stop.wait(0.05)
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert 2 in written, "it was being written before"
    assert written[-1] == 1, "and is not any more"
    assert ID not in everything(connection)
    assert HANDLE not in everything(connection)


def test_a_handle_that_somebody_else_bears_by_now_is_not_taken_from_them(connection, database_url, settings):
    for external_id, at in ((ID, datetime(2026, 1, 1, tzinfo=UTC)), (OTHER_ID, AT)):
        insert(
            connection, TABLES["trends.posts"], platform="tiktok", external_id=f"v{external_id}",
            creator_id=external_id, creator_handle="shared.name", measured_at=at,
        )  # fmt: skip
    person = known_person(Warehouse(database_url), "tiktok", ID)
    assert (person.ids, person.handles) == ((ID,), ())
    erase(database_url, settings, who=ID)
    assert connection.execute("SELECT creator_id FROM trends.posts").fetchall() == [(OTHER_ID,)]
    assert known_person(Warehouse(database_url), "tiktok", "shared.name").ids == (OTHER_ID,)


def test_erasing_stopped_half_way_is_finished_by_running_it_again(connection, database_url, settings, monkeypatch):
    fill(connection, ID, HANDLE, CANARY)
    import trend_assets.privacy.erase as module

    for step in ("erase", "_sweep_orphans", "scrub_tables", "_render_again", "scrub_files"):
        with monkeypatch.context() as patch:

            def killed(*_, **__):
                raise KeyboardInterrupt

            patch.setattr(module, step, killed)
            with pytest.raises(KeyboardInterrupt):
                erase(database_url, settings)
    erase(database_url, settings)
    assert [word for word in (ID, HANDLE, CANARY) if word in everything(connection)] == []


def test_the_tombstones_tell_nobody_who_was_erased(connection, database_url, settings, tmp_path):
    fill(connection, ID, HANDLE, CANARY)
    erase(database_url, settings)
    import hashlib

    hashes = {row[0] for row in connection.execute("SELECT identity_hash FROM ops.tombstones").fetchall()}
    assert hashes
    guesses = {hashlib.sha256(f"{p}\n{n}".encode()).hexdigest() for p in ("tiktok", "") for n in (ID, HANDLE)}
    assert not hashes & guesses, "an unkeyed hash of a known handle would tell"
    assert (tmp_path / "tombstone.key").stat().st_mode & 0o077 == 0


def test_whom_to_erase_must_be_said(database_url, settings):
    with pytest.raises(NobodyNamed, match="platform"):
        erase(database_url, settings, who=" @ ")
