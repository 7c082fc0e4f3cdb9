"""The weights of the face layer's evidence: fitted on labelled covers, judged on covers that the fit did not see.

    python -m benchmarks.face_weights FOLDER [--repeats N]

Prints the nine numbers of `trend_assets.faces.places.WEIGHTS`, and recall and precision at the 2 % rule

    as shipped    the weights in the code, on all covers
    held out      ten folds, repeated: everything (weights, threshold, size) is learned on nine folds and judged on the
                  tenth; covers made from one photograph are never on both sides

and the three weights of `trend_assets.faces.drawn` with its threshold (1 photograph of 100 is called drawn), held out
the same way: how many photographs and how many drawings are called drawn.

A place is a face for the fit when it lies on a labelled face, also on one below 2 % or on a piece of it. Ridge logistic
regression on standardized evidence. `accept` and `window_over_face` are those with the highest recall among the pairs
whose precision on the training covers is at least PRECISION.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from trend_assets.faces import drawn
from trend_assets.faces.choice import detector_of
from trend_assets.faces.decode import decode_small
from trend_assets.faces.haar import TURNED_PLACES, View
from trend_assets.faces.header import read_header
from trend_assets.faces.places import WEIGHTS, Place, Weights, accepted
from trend_assets.faces.verdict import MIN_SHARE, Detector, haar_detector

FOLDS = 10
RIDGE = 1.0
PRECISION = 0.955
ACCEPT = tuple(np.arange(-1.0, 1.21, 0.2).round(2).tolist())
WINDOW_OVER_FACE = (1.18, 1.20, 1.22)
"""Measured about 1.18 for faces of 3 % and more, 1.22 at 2 %, where it decides."""


@dataclass(frozen=True, slots=True)
class Cover:
    """One cover's evidence: its places upright, the same with the best ones turned, which of those lie on a face, its
    area in pixels."""

    places: list[Place]
    turned: list[Place]
    on_face: list[bool]
    area: float
    has_face: bool
    photograph: str


def gather(folder: Path, label: dict[str, Any]) -> Cover:
    data = (folder / label["file"]).read_bytes()
    picture = decode_small(data, read_header(data), min_share=MIN_SHARE)
    area = float(picture.shape[0] * picture.shape[1])
    view, detector = View.of(picture), haar_detector()
    places = detector.places(view, smallest_side=(MIN_SHARE * area) ** 0.5)
    scale = picture.shape[1] / label["width"]
    boxes = np.array(label["face_boxes_xywh"], float).reshape(-1, 4) * scale
    turned = [detector.turn(view, place) for place in places[:TURNED_PLACES]] + places[TURNED_PLACES:]
    return Cover(
        places=places,
        turned=turned,
        on_face=[_lies_on(place, boxes) for place in turned],
        area=area,
        has_face=bool(label["has_face_over_2pct"]),
        photograph=f"{label['from_repository']}/{label['path']}",
    )


def _lies_on(place: Place, boxes: np.ndarray) -> bool:
    """On a labelled face or a piece of one: no further from its middle than the larger of the two sides."""
    side = np.sqrt(boxes[:, 2] * boxes[:, 3])
    middle = boxes[:, :2] + boxes[:, 2:] / 2
    apart = np.hypot(place.refined_x - middle[:, 0], place.refined_y - middle[:, 1])
    return bool((apart < np.maximum(side, place.refined_side / WEIGHTS.window_over_face)).any())


def passes(cover: Cover, weights: Weights) -> bool:
    """The verdict, as `HaarDetector.faces` and the 2 % rule come to it."""
    faces = accepted(cover.places, weights) or accepted(cover.turned, weights)
    return any(face.side**2 > MIN_SHARE * cover.area for face in faces)


def quality(verdicts: Sequence[bool], covers: Sequence[Cover]) -> tuple[float, float]:
    """Recall and precision."""
    hits = sum(verdict and cover.has_face for verdict, cover in zip(verdicts, covers, strict=True))
    return hits / max(1, sum(cover.has_face for cover in covers)), hits / max(1, sum(verdicts))


def fit(covers: Sequence[Cover]) -> Weights:
    """Weights of the evidence, then the best `accept` and `window_over_face`."""
    evidence = np.array([place.evidence for cover in covers for place in cover.turned])
    is_face = np.array([on for cover in covers for on in cover.on_face], float)
    mean, spread = evidence.mean(0), evidence.std(0)
    columns = np.column_stack([np.ones(len(evidence)), (evidence - mean) / spread])
    ridge = np.diag([1e-6, *[RIDGE] * evidence.shape[1]])
    solution = np.zeros(columns.shape[1])
    for _ in range(30):  # Newton's method
        chance = 1 / (1 + np.exp(-columns @ solution))
        slope = columns.T @ (chance - is_face) + ridge @ solution
        curvature = (columns * (chance * (1 - chance))[:, None]).T @ columns + ridge
        solution -= np.linalg.solve(curvature, slope)
    weights = (solution[1:] / spread).round(2)
    bias = round(float(solution[0] - (solution[1:] / spread) @ mean), 2)
    found = Weights(*(bias, *weights.tolist(), 0.0, 0.0))
    tried = [
        replace(found, window_over_face=ratio, accept=accept) for ratio, accept in product(WINDOW_OVER_FACE, ACCEPT)
    ]
    graded = [quality([passes(cover, weights) for cover in covers], covers) for weights in tried]
    precise = [(grade, place) for place, grade in enumerate(graded) if grade[1] >= PRECISION]
    return tried[max(precise)[1]] if precise else tried[int(np.argmax([precision for _, precision in graded]))]


def held_out(covers: Sequence[Cover], *, repeat: int) -> list[bool]:
    """Each cover's verdict by weights that were learned without its photograph."""
    photographs = sorted({cover.photograph for cover in covers})
    folds = dict(zip(photographs, np.random.default_rng(repeat).permutation(len(photographs)) % FOLDS, strict=True))
    verdicts = [False] * len(covers)
    for fold in range(FOLDS):
        weights = fit([cover for cover in covers if folds[cover.photograph] != fold])
        for place, cover in enumerate(covers):
            if folds[cover.photograph] == fold:
                verdicts[place] = passes(cover, weights)
    return verdicts


@dataclass(frozen=True, slots=True)
class Portrait:
    """The figures of the largest face that is found on a cover, and whether it is a drawing."""

    look: tuple[float, ...]
    is_drawn: bool
    photograph: str


def portrait(folder: Path, label: dict[str, Any], detector: Detector) -> Portrait | None:
    data = (folder / label["file"]).read_bytes()
    picture = decode_small(data, read_header(data), min_share=MIN_SHARE)
    found = detector.faces(picture, smallest_side=(MIN_SHARE * picture.shape[0] * picture.shape[1]) ** 0.5)
    if not found:
        return None
    look = astuple(drawn.look_of(picture, max(found, key=lambda face: face.side)))
    return Portrait(look, label["kind"] == "art", f"{label['from_repository']}/{label['path']}")


def fit_drawn(portraits: Sequence[Portrait]) -> tuple[np.ndarray, float]:
    """Logistic weights in which drawings count as much as photographs, and the least score."""
    looks = np.array([one.look for one in portraits])
    is_drawn = np.array([one.is_drawn for one in portraits], float)
    mean, spread = looks.mean(0), looks.std(0)
    columns = np.column_stack([np.ones(len(looks)), (looks - mean) / spread])
    weigh = np.where(is_drawn == 1, (is_drawn == 0).sum() / is_drawn.sum(), 1.0)
    ridge = np.diag([1e-6, *[10 * RIDGE] * looks.shape[1]])
    solution = np.zeros(columns.shape[1])
    for _ in range(30):  # Newton's method
        chance = 1 / (1 + np.exp(-columns @ solution))
        slope = columns.T @ (weigh * (chance - is_drawn)) + ridge @ solution
        solution -= np.linalg.solve((columns * (weigh * chance * (1 - chance))[:, None]).T @ columns + ridge, slope)
    weights = (solution[1:] / spread).round(2)
    photographs = np.sort((looks @ weights)[is_drawn == 0])[::-1]
    return weights, round(float(photographs[int(0.01 * len(photographs))]), 2) + 0.01


def held_out_drawn(portraits: Sequence[Portrait], *, repeat: int) -> tuple[float, float]:
    """Shares of photographs and of drawings that are called drawn by weights learned without them."""
    photographs = sorted({one.photograph for one in portraits})
    folds = dict(zip(photographs, np.random.default_rng(repeat).permutation(len(photographs)) % FOLDS, strict=True))
    called: dict[bool, list[bool]] = {False: [], True: []}
    for fold in range(FOLDS):
        weights, least = fit_drawn([one for one in portraits if folds[one.photograph] != fold])
        for one in portraits:
            if folds[one.photograph] == fold:
                called[one.is_drawn].append(bool(np.dot(one.look, weights) >= least))
    return float(np.mean(called[False])), float(np.mean(called[True]))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("covers", type=Path, help="a folder of labelled covers, with its labels.json")
    options.add_argument("--repeats", type=int, default=5)
    chosen = options.parse_args()
    if not (chosen.covers / "labels.json").is_file():
        print(f"There are no labelled covers in {chosen.covers}. Nothing was fitted.")
        return
    every = json.loads((chosen.covers / "labels.json").read_text())
    labels = [row for row in every if row["kind"] != "art"]
    covers = [gather(chosen.covers, label) for label in labels]
    print(f"fitted on all {len(covers)} covers: {fit(covers)}")
    show = lambda name, grade: print(f"{name:12} recall {grade[0]:.3f}, precision {grade[1]:.3f}")  # noqa: E731
    show("as shipped", quality([passes(cover, WEIGHTS) for cover in covers], covers))
    grades = [quality(held_out(covers, repeat=repeat), covers) for repeat in range(chosen.repeats)]
    for repeat, grade in enumerate(grades):
        show(f"held out {repeat + 1}", grade)
    show("their mean", np.mean(grades, axis=0))
    print(f"numbers: {len(astuple(WEIGHTS))}")
    detector, name = detector_of("auto", None)
    shown = [portrait(chosen.covers, label, detector) for label in every if label["kind"] in ("art", "pos", "small")]
    portraits = [one for one in shown if one is not None]
    weights, least = fit_drawn(portraits)
    drawings = sum(one.is_drawn for one in portraits)
    print(f"drawn ({drawings} drawings, {len(portraits) - drawings} photographs in which {name} finds a face):")
    print(f"fitted on all: weights {weights.tolist()}, least {least}; as shipped: {drawn.WEIGHTS}, {drawn.LEAST}")
    shares = [held_out_drawn(portraits, repeat=repeat) for repeat in range(chosen.repeats)]
    for repeat, (photographs, drawings_called) in enumerate([*shares, tuple(np.mean(shares, axis=0))]):
        which = f"held out {repeat + 1}" if repeat < chosen.repeats else "their mean"
        print(f"{which:12} called drawn: {photographs:.3f} of photographs, {drawings_called:.2f} of drawings")


if __name__ == "__main__":
    main()
