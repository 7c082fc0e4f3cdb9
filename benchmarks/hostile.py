"""The HTTP API under 200 readers and as many hostile clients: answers of 5xx, and what its workers' memory does.

    python -m benchmarks.hostile [--seconds 60] [--readers 200] [--attackers 200] [--per-day 500] [--seed 1]

wrk (`apt-get install wrk`) reads pages that all ask for and pages that nobody asks for twice; beside it, attackers open
connections and do, in turn, what no browser does: a head without end, a request sent byte by byte and left, a query of
10 kB, unknown parameters that differ each time, bytes that are no HTTP, bodies over the limit, two hosts, requests one
after the other without reading an answer, a stream of events, an Origin that is not one, and connections that are
dropped at once. Memory is the proportion of each
worker's pages that only it has (USS), after a warm-up of a third of the time against the end.
"""

import argparse
import asyncio
import os
import random
import re
import subprocess
import threading
import time
from collections import Counter

import psutil

from benchmarks.api import api, grow, scenes, warehouse

DAYS = 30
WRK = """
local paths, n, counts = {}, 0, {}
for line in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = line end
local threads = {}
function setup(thread) table.insert(threads, thread) end
function init() fives, all = 0, 0 end
function request() n = n + 1; return wrk.format("GET", paths[n % #paths + 1]) end
function response(status) all = all + 1; if status >= 500 then fives = fives + 1 end end
function done(summary)
  local fives, all = 0, 0
  for _, thread in ipairs(threads) do fives = fives + thread:get("fives"); all = all + thread:get("all") end
  io.write(string.format("RESULT %d %d\\n", all, fives))
end
"""


def attacks(rng: random.Random) -> dict[str, list[bytes]]:
    """What is sent, piece by piece; a pause lies between two pieces."""
    word = f"{rng.getrandbits(64):x}".encode()
    ask = b"GET /trends?limit=%d HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % rng.randint(1, 100)
    return {
        "head without end": [b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n", *[b"X-%s: %s\r\n" % (word, b"a" * 900)] * 60],
        "byte by byte, then left": [bytes([byte]) for byte in b"GET /trends HTTP/1.1\r\nHo"],
        "query of 10 kB": [b"GET /search?q=%s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % (word * 640)],
        "unknown parameter": [b"GET /trends?%s=%s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % (b"p" + word, word * 60)],
        "unknown path": [b"GET /%s/%s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % (word, word * 40)],
        "no HTTP": [rng.randbytes(600) + b"\r\n\r\n"],
        "TLS": [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + rng.randbytes(400)],
        "body over the limit": [
            b"POST /signin HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 90000000\r\n\r\n",
            *[b"a" * 60_000] * 20,
        ],
        "chunks without end": [
            b"POST /signin HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n",
            *[b"2000\r\n" + b"a" * 0x2000 + b"\r\n"] * 40,
        ],
        "two hosts": [b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n"],
        "null bytes and markup": [b"GET /search?q=%%00%%3Cscript%%3E%s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % word],
        "twenty requests, nothing read": [ask * 20],
        "a stream of events": [b"GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n"],
        "an origin that is none": [b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://[\r\n\r\n"],
        "dropped at once": [b""],
    }


async def attacker(port: int, rng: random.Random, until: float, answers: Counter[str]) -> None:
    while time.monotonic() < until:
        kind, pieces = rng.choice(sorted(attacks(rng).items()))
        try:
            reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), 10)
        except (OSError, TimeoutError):
            answers["no connection"] += 1
            await asyncio.sleep(0.2)
            continue
        try:
            for piece in pieces:
                writer.write(piece)
                await asyncio.wait_for(writer.drain(), 10)
                await asyncio.sleep(0.02)
            said = await asyncio.wait_for(reader.read(200_000), 3)
            for status in re.findall(rb"HTTP/1\.1 (\d{3})", said) or [b"closed"]:
                answers[f"{kind}: {status.decode()}"] += 1
        except TimeoutError:
            answers[f"{kind}: silent"] += 1
        except OSError:
            answers[f"{kind}: closed"] += 1
        finally:
            writer.transport.abort()


async def attack(port: int, attackers: int, seconds: float, seed: int) -> Counter[str]:
    until, answers = time.monotonic() + seconds, Counter[str]()
    await asyncio.gather(*(attacker(port, random.Random(f"{seed} {n}"), until, answers) for n in range(attackers)))
    return answers


def memory(server: psutil.Process) -> dict[int, float]:
    """MB that each of the API's processes has for itself."""
    return {child.pid: child.memory_full_info().uss / 2**20 for child in server.children(recursive=True)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--readers", type=int, default=200)
    parser.add_argument("--attackers", type=int, default=200)
    parser.add_argument("--per-day", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with warehouse() as (folder, url, connection):
        grow(connection, 0, DAYS, per_day=options.per_day)
        pages = [path for paths in scenes(DAYS, options.per_day).values() for path in paths[:5000]]
        random.Random(options.seed).shuffle(pages)
        (folder / "paths.txt").write_text("\n".join(pages) + "\n")
        (folder / "load.lua").write_text(WRK)
        with api(url, folder) as (port, server):
            wrk = subprocess.Popen(
                [
                    "wrk",
                    "-t1",
                    f"-c{options.readers}",
                    f"-d{options.seconds}s",
                    "--timeout",
                    "30s",
                    "-s",
                    str(folder / "load.lua"),
                    f"http://127.0.0.1:{port}",
                ],
                env=os.environ | {"PATHS": str(folder / "paths.txt")},
                stdout=subprocess.PIPE,
                text=True,
            )
            answers: Counter[str] = Counter()
            hostile = threading.Thread(
                target=lambda: answers.update(
                    asyncio.run(attack(port, options.attackers, options.seconds, options.seed))
                )
            )
            hostile.start()
            time.sleep(options.seconds / 3)
            warm, at_first = memory(server), len(server.children(recursive=True))
            said = wrk.communicate()[0]
            hostile.join()
            end = memory(server)
            counts = re.search(r"RESULT (\d+) (\d+)", said)
            asked, fives = map(int, counts.groups()) if counts else (0, 0)
            alive = subprocess.run(
                ["wrk", "-t1", "-c1", "-d1s", f"http://127.0.0.1:{port}/trends?limit=5"], capture_output=True, text=True
            ).stdout
        print(f"{options.readers} readers: {asked:,} answers, {fives} of them 5xx; load {os.getloadavg()[0]:.1f}")
        total, hostile_fives = (
            sum(answers.values()),
            sum(n for said, n in answers.items() if re.search(r": 5\d\d", said)),
        )
        print(f"{options.attackers} attackers: {total:,} attempts, {hostile_fives} answers 5xx")
        for said_, number in sorted(answers.items()):
            print(f"  {said_:40} {number:>7,}")
        for pid in warm:
            print(f"worker {pid}: {warm[pid]:.0f} MB after the warm-up, {end.get(pid, float('nan')):.0f} MB at the end")
        print(f"processes: {at_first} then {len(end)}; afterwards {re.search(r'Requests/sec.*', alive)[0]}")


if __name__ == "__main__":
    main()
