"""Near-duplicates of 100,000 texts on a labelled, seeded set: recall, precision and time, beside the plain ways.

    python -m benchmarks.near_duplicates [--texts 100000] [--seed 1]

The set: captions built from a vocabulary with the skew of real language, in the manner of social posts. A third belongs
to groups of two to five edits of one caption (case, emoji, cut off, hashtags added and dropped, words swapped, a word
replaced, mentions, links); the others are unrelated, and half of those are look-alikes: the same template with another
subject ("day 12 of selling … candles until …"). A pair counts as true only when it comes from the same caption.
Measured beside: the plain way, equality after normalising case, punctuation, emoji, mentions and links.
"""

import argparse
import time

import numpy as np

TEMPLATES = (
    "day {n} of {verb} {adj} {noun} until {place} {verb2} me",
    "pov you {verb} the {adj} {noun} and your {noun2} {verb2} it",
    "things i wish i knew before {verb} my {adj} {noun} in {place}",
    "this {adj} {noun} from {place} changed how i {verb} {noun2}",
    "i tried the viral {noun} {noun2} so you don't have to {verb}",
    "unboxing the {adj} {noun} everyone in {place} is {verb} about",
    "how to {verb} a {adj} {noun} with only {n} {noun2}",
    "reacting to {place} {noun} that {verb} {adj} {noun2}",
)
TAGS = ("fyp", "foryou", "viral", "trending", "smallbusiness", "tiktokmademebuyit", "amazonfinds", "shorts", "ad")
EMOJI = ("😂", "🔥", "✨", "😭", "💅", "👀", "🫶🏽", "❤️‍🔥")


def vocabulary(rng: np.random.Generator, size: int) -> list[str]:
    """Invented words of two to four syllables; the same seed gives the same words."""
    syllables = [c + v + e for c in "bdfgklmnprstvz" for v in "aeiou" for e in ("", "n", "r", "s", "l")]
    lengths = rng.integers(2, 5, size * 2)
    words: dict[str, None] = {}
    for length in lengths:
        words["".join(rng.choice(syllables, length))] = None
        if len(words) == size:
            break
    return list(words)


def zipf_picks(rng: np.random.Generator, size: int, count: int) -> np.ndarray:
    """Places in a vocabulary with the skew of content words: Zipf-Mandelbrot, frequency about 1/(rank + 30)."""
    weights = 1.0 / np.arange(31, size + 31)
    return rng.choice(size, count, p=weights / weights.sum())


def labelled_texts(count: int, seed: int) -> tuple[list[str], np.ndarray]:
    """`count` texts and their group numbers (equal number = same caption), shuffled. Deterministic per seed."""
    rng = np.random.default_rng(seed)
    words = vocabulary(rng, 30_000)
    picks = iter(words[i] for i in zipf_picks(rng, len(words), count * 14))
    texts: list[str] = []
    groups: list[int] = []
    group = 0
    look_alike: str | None = None
    while len(texts) < count:
        group += 1
        kind = rng.random()
        if look_alike is not None and kind < 0.3:
            caption = look_alike
            look_alike = None
        elif kind < 0.65:
            template = TEMPLATES[rng.integers(len(TEMPLATES))]
            fields = {name: next(picks) for name in ("verb", "adj", "noun", "place", "noun2", "verb2")}
            caption = template.format(n=rng.integers(2, 400), **fields)
            # the next one may be its look-alike: same template, some of the same words, another subject
            other = dict(fields, **{name: next(picks) for name in ("noun", "adj", "noun2", "place")})
            look_alike = template.format(n=rng.integers(2, 400), **other)
        else:
            caption = " ".join(next(picks) for _ in range(rng.integers(6, 19)))
        copies = int(rng.integers(1, 5)) if rng.random() < 0.16 else 0
        for text in (caption, *(edited(caption, rng, picks) for _ in range(copies))):
            texts.append(text)
            groups.append(group)
    order = rng.permutation(count)
    return [texts[i] for i in order], np.array(groups[:count])[order]


def edited(caption: str, rng: np.random.Generator, picks) -> str:
    """One to three realistic edits of a caption."""
    tokens = caption.split()
    for edit in rng.choice(8, rng.integers(1, 4), replace=False):
        if edit == 0:
            tokens = [t.upper() if rng.random() < 0.5 else t.title() for t in tokens]
        elif edit == 1:
            tokens = [*tokens, *rng.choice(EMOJI, rng.integers(1, 4))]
        elif edit == 2 and len(tokens) > 8:
            keep = int(np.ceil(len(tokens) * rng.uniform(0.6, 0.9)))
            tokens = [*tokens[:keep], "…"]
        elif edit == 3:
            tokens = [*tokens, *("#" + t for t in rng.choice(TAGS, rng.integers(1, 5), replace=False))]
        elif edit == 4 and len(tokens) > 4:
            i = int(rng.integers(0, len(tokens) - 1))
            tokens[i], tokens[i + 1] = tokens[i + 1], tokens[i]
        elif edit == 5 and len(tokens) > 8:
            tokens[int(rng.integers(len(tokens)))] = next(picks)
        elif edit == 6:
            tokens = ["@" + next(picks), *tokens]
        elif edit == 7:
            tokens = [t + rng.choice(["", "!", ",", "..."]) for t in tokens] + ["https://t.co/" + next(picks)]
    return " ".join(tokens)


def true_pairs(groups: np.ndarray) -> set[tuple[int, int]]:
    """All pairs of positions of the same group."""
    order = np.argsort(groups, kind="stable")
    pairs: set[tuple[int, int]] = set()
    start = 0
    for end in range(1, len(order) + 1):
        if end == len(order) or groups[order[end]] != groups[order[start]]:
            members = sorted(int(i) for i in order[start:end])
            pairs.update((a, b) for i, a in enumerate(members) for b in members[i + 1 :])
            start = end
    return pairs


def exact_pairs(texts: list[str]) -> set[tuple[int, int]]:
    """The plain way: equal after normalising case and punctuation."""
    from trend_assets.domain.feed.words import words_of

    seen: dict[str, list[int]] = {}
    for position, text in enumerate(texts):
        seen.setdefault(" ".join(words_of(text)), []).append(position)
    return {(a, b) for members in seen.values() for i, a in enumerate(members) for b in members[i + 1 :]}


def scores(found: set[tuple[int, int]], truth: set[tuple[int, int]]) -> tuple[float, float]:
    """Recall and precision over pairs."""
    hits = len(found & truth)
    return hits / max(1, len(truth)), hits / max(1, len(found))


def main() -> None:
    from trend_assets.domain.feed.near_duplicates import near_duplicates

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    texts, groups = labelled_texts(options.texts, options.seed)
    truth = true_pairs(groups)
    print(f"{len(texts):,} texts, {len(truth):,} true pairs, seed {options.seed}")
    print(f"{'way':34s} {'recall':>7s} {'precision':>9s} {'wall s':>7s} {'cpu s':>7s}")
    for name, way in (
        ("same words exactly", exact_pairs),
        ("near_duplicates (rare words)", lambda t: _as_set(near_duplicates(t))),
    ):
        wall, cpu = time.perf_counter(), time.process_time()
        found = way(texts)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        recall, precision = scores(found, truth)
        print(f"{name:34s} {recall:7.4f} {precision:9.4f} {wall:7.1f} {cpu:7.1f}")


def _as_set(pairs) -> set[tuple[int, int]]:
    return set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))


if __name__ == "__main__":
    main()
