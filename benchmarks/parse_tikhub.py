"""How many TikHub videos one core parses a minute, from stored captures (zstd) to typed rows.

    python -m benchmarks.parse_tikhub [--answer FILE] [--pages 12] [--rounds 5]

A real search answer has about 93 kB of JSON per video, most of it addresses and nested members that nobody reads. Pages
of 20 such videos are built (from the first video of the answer in FILE, else from a synthetic one), stored as
captures are, and parsed. Side by side in one run: the standard decoder alone, our decoder (refuses NaN and ambiguous
names), our decoder and parser, and the same with decompression. CPU time, median of the rounds; claim: 20,000 a minute.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import zstandard

from trend_assets.sources.call import Answer
from trend_assets.sources.comet_videos.parse import parse as parse_comet_videos
from trend_assets.sources.decode import decode_json
from trend_assets.sources.providers.tikhub import calls

WEIGHT = 93_000
PER_PAGE = 20
TARGET_PER_MINUTE = 20_000
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def a_video(answer: Path | None) -> dict[str, Any]:
    """The first video of a real answer, else a synthetic one with the members that the parser reads."""
    if answer:
        return json.loads(answer.read_text())["search_item_list"][0]["aweme_info"]
    print("No real answer is given: the videos are synthetic.")
    picture = {"url_list": [f"https://cdn.example/{place}.jpeg?x-signature={'s' * 200}" for place in range(3)]}
    return {
        "aweme_id": "0", "create_time": 1788188547, "desc": "A caption #one #two", "desc_language": "en",
        "author": {"uid": "1", "unique_id": "u", "sec_uid": "s", "nickname": "n", "follower_count": 5,
                   "avatar_larger": picture},
        "statistics": {"play_count": 1, "digg_count": 2, "comment_count": 3, "share_count": 4, "collect_count": 5},
        "text_extra": [{"hashtag_name": "one"}, {"hashtag_name": "two"}], "cha_list": None, "music": {"title": "m"},
        "video": {"duration": 9000, "cover": picture, "origin_cover": picture}, "is_ads": False, "region": "US",
    }  # fmt: skip


def variant(number: int) -> dict[str, Any]:
    """One entry of `bit_rate` as real answers have a dozen of them: small numbers, long signed addresses."""
    address = (
        f"https://v16m-default.tiktokcdn.com/{number:032x}/tos/useast5/{'a1b2c3d4' * 40}?x-signature={'e5f6' * 12}"
    )
    return {
        "HDR_bit": "", "HDR_type": "", "bit_rate": 1_200_000 + number, "dub_infos": None, "FPS": 30, "gear_name": "n",
        "is_bytevc1": number % 2, "quality_type": 20,
        "video_extra": '{"PktOffsetMap":"[{\\"time\\":1,\\"offset\\":2}]"}',
        "play_addr": {"data_size": 3_000_000 + number, "file_hash": f"{number:032x}", "height": 1024, "width": 576,
                      "uri": f"v{number}", "url_key": f"v{number}_h264", "url_list": [address, address, address],
                      "url_prefix": None},
    }  # fmt: skip


def heavy_video(number: int, base: dict[str, Any]) -> dict[str, Any]:
    """A video of its real weight: the parts that the sample leaves out are put back in their own shape."""
    video = json.loads(json.dumps(base))
    video["aweme_id"] = str(7_600_000_000_000_000_000 + number)
    # half of the missing weight in small members as dense as the real ones, half in long addresses
    own = len(json.dumps(base))
    video["members_left_out"] = [base] * max(0, round((WEIGHT - own) / 2 / own))
    members: list[dict[str, Any]] = []
    video.setdefault("video", {})["bit_rate"] = members
    weight, piece = len(json.dumps(video)), len(json.dumps(variant(number)))
    members += [variant(number * 100 + place) for place in range(max(0, (WEIGHT - weight) // piece))]
    return video


def page(number: int, base: dict[str, Any]) -> bytes:
    items = [{"aweme_info": heavy_video(number * PER_PAGE + place, base)} for place in range(PER_PAGE)]
    data = {"search_item_list": items, "aweme_list": [], "cursor": 20, "has_more": 1, "status_code": 0}
    return json.dumps({"code": 200, "data": data}).encode()


def per_minute(work: Callable[[bytes], Any], bodies: list[bytes], rounds: int) -> float:
    """Videos a minute of CPU time, median."""
    found = []
    for _ in range(rounds):
        start = time.process_time()
        for body in bodies:
            work(body)
        found.append(len(bodies) * PER_PAGE / (time.process_time() - start) * 60)
    return statistics.median(found)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--answer", type=Path, help="a search answer of TikHub, as JSON")
    options.add_argument("--pages", type=int, default=12)
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    base = a_video(given.answer)
    bodies = [page(number, base) for number in range(given.pages)]
    packed = [zstandard.compress(body) for body in bodies]
    call = calls.video_search("benchmark")

    def parse(body: bytes) -> None:
        parsed = parse_comet_videos(Answer(call=call, status=200, body=body, fetched_at=NOW))
        assert len(parsed.rows) == PER_PAGE

    weight = sum(map(len, bodies)) / len(bodies) / PER_PAGE
    print(f"{given.pages} pages of {PER_PAGE} videos, {weight / 1000:.0f} kB of JSON each, median of {given.rounds}")
    plain = per_minute(json.loads, bodies, given.rounds)
    ours = per_minute(lambda body: decode_json(body, what="x"), bodies, given.rounds)
    rows = per_minute(parse, bodies, given.rounds)
    stored = per_minute(lambda body: parse(zstandard.decompress(body)), packed, given.rounds)
    print(f"{'':44}{'videos/minute/core':>20}{'of json.loads':>16}")
    for name, rate in (
        ("json.loads alone", plain),
        ("our decoder", ours),
        ("our decoder and parser", rows),
        ("stored capture to typed rows", stored),
    ):
        print(f"{name:44}{rate:>20,.0f}{rate / plain:>15.0%}")
    verdict = "met" if stored >= TARGET_PER_MINUTE else "NOT met"
    print(
        f"Claim of {TARGET_PER_MINUTE:,} videos a minute and core: {verdict} ({stored / TARGET_PER_MINUTE:.1f} times)."
    )


if __name__ == "__main__":
    main()
