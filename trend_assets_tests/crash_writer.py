"""A bare process that tests kill: writes partitions, or asks a counting provider through the captures. No Dagster.

python -m trend_assets_tests.crash_writer write   URL ADDRESS ROWS MARK     one partition, then "done"
python -m trend_assets_tests.crash_writer nursery URL ADDRESS ROWS          a writer for ever per line of input
python -m trend_assets_tests.crash_writer ask     URL FOLDER CALLS BUDGET   paid starts, a file per paid start
python -m trend_assets_tests.crash_writer buy     URL FOLDER CALLS          paid reads, a file per paid read
"""

import datetime as dt
import mmap
import os
import sys
from pathlib import Path

import pandas as pd

DAY = dt.date(2026, 11, 20)
NOW = dt.datetime(2026, 11, 20, 6, tzinfo=dt.UTC)


def rows_of(count: int, mark: int) -> pd.DataFrame:
    """A partition all of whose rows carry `mark`, and whose number of rows follows from it: a mix is recognised."""
    total = count + mark % 7
    return pd.DataFrame(
        {
            "platform": "reddit", "kind": "post", "list_name": "all", "measured_at": NOW, "collected_at": NOW,
            "capture_id": "c", "is_simulated": True, "external_id": [f"p{n:06d}" for n in range(total)], "views": mark,
        }
    )  # fmt: skip


def write(url: str, address: str, rows: str, mark: str) -> None:
    """Write the partition once."""
    from trend_assets.warehouse.warehouse import Warehouse

    warehouse = Warehouse(url)
    point = os.environ.pop("TA_CRASH_AT", "")
    token = warehouse.next_token()  # a transaction too: the named commit is the partition's
    os.environ["TA_CRASH_AT"] = point
    warehouse.write_partition(address, DAY, rows_of(int(rows), int(mark)), token=token)
    print("done", flush=True)


def nursery(url: str, address: str, rows: str) -> None:
    """Fork a writer per line of input: what takes a second, the imports, is done once for all of them.

    Says of each how it went: killed `in a write`, or `between` two.
    """
    from trend_assets.warehouse import writing  # noqa: F401 - imported before the forks
    from trend_assets.warehouse.warehouse import Warehouse

    writing_now = mmap.mmap(-1, 1)  # shared with the child, readable after its death
    for turn, _ in enumerate(sys.stdin):
        child = os.fork()
        if child == 0:
            warehouse = Warehouse(url)
            for number in range(1_000_000):
                frame = rows_of(int(rows), turn * 1_000 + number)
                writing_now[0] = 1
                warehouse.write_partition(address, DAY, frame)
                writing_now[0] = 0
                if number == 0:
                    print(os.getpid(), flush=True)
        os.waitpid(child, 0)
        print("in a write" if writing_now[0] else "between", flush=True)


def ask(url: str, folder: str, calls: str, budget: str) -> None:
    """Make paid calls of a provider that leaves a file for each call it was paid for."""
    from trend_assets.capture.session import CaptureSession
    from trend_assets.settings import Settings
    from trend_assets.sources.call import Answer, Call
    from trend_assets.sources.errors import BudgetExhausted
    from trend_assets.warehouse.warehouse import Warehouse

    def execute(call: Call) -> Answer:
        # like Apify with our marker: a start that it knows already is not charged again
        assert call.body is not None
        (Path(folder) / f"{call.body['number']:03d}-{call.marker}").touch()
        return Answer(call, 200, b'{"ok": true}', dt.datetime.now(dt.UTC), cost_usd=0.1)

    session = CaptureSession(
        Warehouse(url), source="tiktok_trending", day=DAY, provider="apify", execute=execute, now=NOW,
        settings=Settings(_env_file=None, apify_token="a-token", budget_usd_apify=float(budget)), collection_id="one",
    )  # fmt: skip
    for number in range(int(calls)):
        try:
            session.obtain(Call("apify", "actor", method="POST", body={"number": number}, max_cost_usd=0.1))
        except BudgetExhausted:
            print("refused", flush=True)
    print("done", flush=True)


def buy(url: str, folder: str, calls: str) -> None:
    """Read from a provider that charges for each answer and recognises nobody: a file for each one it was paid for."""
    from trend_assets.capture.session import CaptureSession
    from trend_assets.capture.spool import Spool
    from trend_assets.settings import Settings
    from trend_assets.sources.call import Answer, Call
    from trend_assets.warehouse.warehouse import Warehouse

    def execute(call: Call) -> Answer:
        name = f"paid-{call.params['number']:03d}"
        (Path(folder) / f"{name}-{len(list(Path(folder).glob(f'{name}*')))}").touch()
        return Answer(call, 200, b'{"ok": true}', dt.datetime.now(dt.UTC), cost_usd=0.001)

    warehouse = Warehouse(url)
    spool = Spool(Path(folder) / "spool", warehouse, source="comet_videos", day=DAY)
    session = CaptureSession(
        warehouse, source="comet_videos", day=DAY, provider="tikhub", execute=spool.around(execute), now=NOW,
        settings=Settings(_env_file=None, tikhub_api_key="a-real-key"), collection_id="one",
    )  # fmt: skip
    obtain = spool.until_stored(session.obtain)
    for number in range(int(calls)):
        obtain(Call("tikhub", "/search", params={"number": number}, max_cost_usd=0.003))
    print("done", flush=True)


if __name__ == "__main__":
    {"write": write, "nursery": nursery, "ask": ask, "buy": buy}[sys.argv[1]](*sys.argv[2:])
