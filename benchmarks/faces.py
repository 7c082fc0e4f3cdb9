"""The face layer against the naive way, on labelled covers: CPU per cover, recall and precision at the 2 % rule, the
verdict of creators with three covers, recall by how dark the face is, drawings that pass and how many of them are
marked, throughput on two cores, peak memory.

The halves are of photographs (by a hash of where each is from): the network's closer look was chosen on the first, so
what it says of the second is out of sample.

    python -m benchmarks.faces FOLDER [--sample N] [--detector network|yunet|cascades] [--yunet-model FILE]

FOLDER holds covers and `labels.json` (file, width, height, has_face_over_2pct, kind); covers of kind `art` are not
counted. Naive: full decode, default frontal cascade, detectMultiScale(grey, 1.1, 5), largest window over 2 %.
"""

import argparse
import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import time
from pathlib import Path

# one core, as in the pool's children; read when the network's library is loaded
os.environ["OMP_NUM_THREADS"] = "1"


def naive(data: bytes, cascade) -> bool:
    import cv2
    import numpy as np

    grey = cv2.cvtColor(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2GRAY)
    found = cascade.detectMultiScale(grey, 1.1, 5)
    return max((w * h for _, _, w, h in found), default=0) > 0.02 * grey.shape[0] * grey.shape[1]


def quality(found: list[bool], truth: list[bool]) -> str:
    hits = sum(f and t for f, t in zip(found, truth, strict=True))
    return f"{hits / max(1, sum(truth)):8.3f} {hits / max(1, sum(found)):10.3f}"


def half(row: dict) -> int:
    """0 or 1, the same for all covers made from one photograph."""
    return hashlib.sha256(f"{row['from_repository']}/{row['path']}".encode()).digest()[0] % 2


def creators(found: list[bool], truth: list[bool], *, covers: int = 3) -> str:
    """Recall of the verdict on creators of whom every cover shows a face, and of those without any, how many pass."""
    draw = random.Random(7)
    shown = [f for f, t in zip(found, truth, strict=True) if t]
    plain = [f for f, t in zip(found, truth, strict=True) if not t]
    passed = sum(any(draw.sample(shown, covers)) for _ in range(2000)) / 2000
    wrong = sum(any(draw.sample(plain, covers)) for _ in range(2000)) / 2000
    one = sum(any((draw.choice(shown), *draw.sample(plain, covers - 1))) for _ in range(2000)) / 2000
    return f"all {covers} show a face: {passed:.3f} pass; one of {covers}: {one:.3f}; none: {wrong:.3f}"


def by_darkness(labels: list[dict], covers: list[bytes], found: list[bool]) -> str:
    """Recall in the darkest, the middle and the lightest third of faces, by the mean of the face's grey."""
    import cv2
    import numpy as np

    light = []
    for row, data, hit in zip(labels, covers, found, strict=True):
        if not row["has_face_over_2pct"]:
            continue
        grey = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
        x, y, w, h = (max(0, round(v)) for v in max(row["face_boxes_xywh"], key=lambda box: box[2] * box[3]))
        light.append((float(grey[y : y + h, x : x + w].mean()), hit))
    light.sort(key=lambda pair: pair[0])
    third = -(-len(light) // 3)
    parts = [light[at : at + third] for at in range(0, len(light), third)]
    return " / ".join(f"{sum(hit for _, hit in part) / len(part):.3f}" for part in parts)


def throughput(covers: list[bytes], detector: str, model: Path | None) -> None:
    from trend_assets.faces.worker import FacePool

    rates = {}
    for workers in (1, 2):
        with FacePool(workers=workers, detector=detector, yunet_model=model) as pool:
            list(pool.look_at_all(enumerate(covers[:8])))
            start = time.perf_counter()
            list(pool.look_at_all(enumerate(covers)))
            rates[workers] = len(covers) / (time.perf_counter() - start)
    print(f"throughput: {rates[1]:.0f} covers/s on one core, {rates[2]:.0f} on two, × {rates[2] / rates[1]:.2f}")


def memory(folder: Path, detector: str, model: Path | None) -> None:
    """Peak memory of a process of its own beyond its imports, over all covers."""
    code = (
        "import sys; from pathlib import Path\n"
        "from trend_assets.faces.choice import detector_of\n"
        "from trend_assets.faces.verdict import look_at\n"
        "detector, _ = detector_of(sys.argv[2], Path(sys.argv[3]) if sys.argv[3] else None)\n"
        "peak = lambda: int(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0]) / 1024\n"
        "before = peak()\n"
        "for path in sorted(Path(sys.argv[1]).glob('*.*'))[:200]: look_at(path.read_bytes(), detector=detector)\n"
        "print(f'peak memory: {peak():.0f} MB, {peak() - before:.0f} MB beyond imports and cascades')"
    )
    print(
        subprocess.run(
            [sys.executable, "-c", code, str(folder), detector, str(model or "")],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("covers", type=Path, help="a folder of labelled covers, with its labels.json")
    options.add_argument("--sample", type=int, default=0, help="only N covers, drawn with a fixed seed")
    options.add_argument("--detector", default="auto", choices=["auto", "network", "yunet", "cascades"])
    options.add_argument("--yunet-model", type=Path)
    chosen = options.parse_args()
    if not (chosen.covers / "labels.json").is_file():
        print(f"There are no labelled covers in {chosen.covers}. Nothing was measured.")
        return
    import cv2

    from trend_assets.faces.choice import detector_of
    from trend_assets.faces.verdict import look_at, verdict_of

    every = json.loads((chosen.covers / "labels.json").read_text())
    labels = [row for row in every if row["kind"] != "art"]
    detector, name_of_detector = detector_of(chosen.detector, chosen.yunet_model)
    if chosen.sample:
        labels = random.Random(7).sample(labels, min(chosen.sample, len(labels)))
    truth = [bool(row["has_face_over_2pct"]) for row in labels]
    covers = [(chosen.covers / row["file"]).read_bytes() for row in labels]
    cv2.setNumThreads(1)
    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    results: dict[str, tuple[list[bool], list[float]]] = {"naive": ([], []), "ours": ([], [])}
    for data in covers:
        for name, judge in (
            ("naive", lambda data=data: naive(data, cascade)),
            ("ours", lambda data=data: verdict_of(look_at(data, detector=detector))[0] == "passed"),
        ):
            start = time.thread_time()
            results[name][0].append(judge())
            results[name][1].append(1000 * (time.thread_time() - start))
    middle = len(covers) // 2
    slow, fast = (sorted(results[name][1])[middle] for name in ("naive", "ours"))
    ratio = sorted(n / o for n, o in zip(results["naive"][1], results["ours"][1], strict=True))[middle]
    print(f"detector: {name_of_detector}")
    print(f"{len(covers)} covers, {sum(truth)} with a face over 2 %; OpenCV {cv2.__version__}, CPU time on one core")
    print(f"{'':8}{'ms median':>10}{'× naive':>9} {'recall':>8} {'precision':>10}")
    print(f"{'naive':8}{slow:10.1f}{1:9.1f} {quality(results['naive'][0], truth)}")
    print(f"{'ours':8}{fast:10.1f}{slow / fast:9.1f} {quality(results['ours'][0], truth)}")
    print(f"median of the ratios per cover: {ratio:.1f}")
    print(
        f"recall in the darkest / middle / lightest third of faces: {by_darkness(labels, covers, results['ours'][0])}"
    )
    for number, what in enumerate(("first half (chosen on it)", "second half (held out)")):
        own = [place for place, row in enumerate(labels) if half(row) == number]
        part = [[values[place] for place in own] for values in (labels, covers, results["ours"][0], truth)]
        print(f"{what}: {len(own)} covers, {quality(part[2], part[3])}, by darkness {by_darkness(*part[:3])}")
    drawn = [(chosen.covers / row["file"]).read_bytes() for row in every if row["kind"] == "art"]
    seen = [look_at(data, detector=detector) for data in drawn]
    passed = [one for one in seen if verdict_of(one)[0] == "passed"]
    marked = sum(bool(one.is_likely_drawn) for one in passed)
    print(f"drawings and paintings that pass: {len(passed)} of {len(drawn)}, of those marked as drawn: {marked}")
    photographs = [look_at(data, detector=detector).is_likely_drawn for data, t in zip(covers, truth, strict=True) if t]
    print(f"photographs of faces marked as drawn: {sum(map(bool, photographs))} of {len(photographs)}")
    print(f"creators: {creators(results['ours'][0], truth)}")
    memory(chosen.covers, chosen.detector, chosen.yunet_model)
    throughput(covers, chosen.detector, chosen.yunet_model)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"largest child process: {peak:.0f} MB in all")


if __name__ == "__main__":
    main()
