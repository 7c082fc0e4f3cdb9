"""The face layer against the naive way, on labelled covers: CPU per cover, recall and precision at the 2 % rule, the
verdict of creators with three covers, throughput on two cores, peak memory.

    python -m benchmarks.faces [--covers FOLDER] [--sample N]

FOLDER holds covers and `labels.json` (file, width, height, has_face_over_2pct, kind); covers of kind `art` are not
counted. Naive: full decode, default frontal cascade, detectMultiScale(grey, 1.1, 5), largest window over 2 %.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from pathlib import Path

DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "faces"


def naive(data: bytes, cascade) -> bool:
    import cv2
    import numpy as np

    grey = cv2.cvtColor(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2GRAY)
    found = cascade.detectMultiScale(grey, 1.1, 5)
    return max((w * h for _, _, w, h in found), default=0) > 0.02 * grey.shape[0] * grey.shape[1]


def quality(found: list[bool], truth: list[bool]) -> str:
    hits = sum(f and t for f, t in zip(found, truth, strict=True))
    return f"{hits / max(1, sum(truth)):8.3f} {hits / max(1, sum(found)):10.3f}"


def creators(found: list[bool], truth: list[bool], *, covers: int = 3) -> str:
    """Recall of the verdict on creators of whom every cover shows a face, and of those without any, how many pass."""
    draw = random.Random(7)
    shown = [f for f, t in zip(found, truth, strict=True) if t]
    plain = [f for f, t in zip(found, truth, strict=True) if not t]
    passed = sum(any(draw.sample(shown, covers)) for _ in range(2000)) / 2000
    wrong = sum(any(draw.sample(plain, covers)) for _ in range(2000)) / 2000
    one = sum(any((draw.choice(shown), *draw.sample(plain, covers - 1))) for _ in range(2000)) / 2000
    return f"all {covers} show a face: {passed:.3f} pass; one of {covers}: {one:.3f}; none: {wrong:.3f}"


def throughput(covers: list[bytes]) -> None:
    from trend_assets.faces.worker import FacePool

    rates = {}
    for workers in (1, 2):
        with FacePool(workers=workers) as pool:
            list(pool.look_at_all(enumerate(covers[:8])))
            start = time.perf_counter()
            list(pool.look_at_all(enumerate(covers)))
            rates[workers] = len(covers) / (time.perf_counter() - start)
    print(f"throughput: {rates[1]:.0f} covers/s on one core, {rates[2]:.0f} on two, × {rates[2] / rates[1]:.2f}")


def memory(folder: Path) -> None:
    """Peak memory of a process of its own beyond its imports, over all covers."""
    code = (
        "import sys; from pathlib import Path\n"
        "from trend_assets.faces.verdict import haar_detector, look_at\n"
        "haar_detector()\n"
        "peak = lambda: int(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0]) / 1024\n"
        "before = peak()\n"
        "for path in sorted(Path(sys.argv[1]).glob('*.*'))[:200]: look_at(path.read_bytes())\n"
        "print(f'peak memory: {peak():.0f} MB, {peak() - before:.0f} MB beyond imports and cascades')"
    )
    print(
        subprocess.run(
            [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
        ).stdout.strip()
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--covers", type=Path, default=DEFAULT)
    options.add_argument("--sample", type=int, default=0, help="only N covers, drawn with a fixed seed")
    chosen = options.parse_args()
    if not (chosen.covers / "labels.json").is_file():
        print(f"There are no labelled covers in {chosen.covers}; name a folder with --covers. Nothing was measured.")
        return
    import cv2

    from trend_assets.faces.verdict import haar_detector, look_at, verdict_of

    labels = [row for row in json.loads((chosen.covers / "labels.json").read_text()) if row["kind"] != "art"]
    if chosen.sample:
        labels = random.Random(7).sample(labels, min(chosen.sample, len(labels)))
    truth = [bool(row["has_face_over_2pct"]) for row in labels]
    covers = [(chosen.covers / row["file"]).read_bytes() for row in labels]
    cv2.setNumThreads(1)
    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    haar_detector()
    results: dict[str, tuple[list[bool], list[float]]] = {"naive": ([], []), "ours": ([], [])}
    for data in covers:
        for name, judge in (
            ("naive", lambda data=data: naive(data, cascade)),
            ("ours", lambda data=data: verdict_of(look_at(data))[0] == "passed"),
        ):
            start = time.thread_time()
            results[name][0].append(judge())
            results[name][1].append(1000 * (time.thread_time() - start))
    middle = len(covers) // 2
    slow, fast = (sorted(results[name][1])[middle] for name in ("naive", "ours"))
    ratio = sorted(n / o for n, o in zip(results["naive"][1], results["ours"][1], strict=True))[middle]
    print(f"{len(covers)} covers, {sum(truth)} with a face over 2 %; OpenCV {cv2.__version__}, CPU time on one core")
    print(f"{'':8}{'ms median':>10}{'× naive':>9} {'recall':>8} {'precision':>10}")
    print(f"{'naive':8}{slow:10.1f}{1:9.1f} {quality(results['naive'][0], truth)}")
    print(f"{'ours':8}{fast:10.1f}{slow / fast:9.1f} {quality(results['ours'][0], truth)}")
    print(f"median of the ratios per cover: {ratio:.1f}")
    print(f"creators: {creators(results['ours'][0], truth)}")
    memory(chosen.covers)
    throughput(covers)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"largest child process: {peak:.0f} MB in all")


if __name__ == "__main__":
    main()
