"""Which of many texts say the same thing. Deterministic, no randomness.

    texts ─▶ words ─▶ rarest words of each ─▶ pairs that share two ─▶ weighted overlap ─▶ pairs with similarity
                              (recall)                                   (precision)

Candidates: a prefix filter (Chaudhuri, Ganti, Kaushik 2006; Bayardo, Ma, Srikant 2007): two texts that agree share
some of their rarest words, so only texts with two of their `RAREST` rarest words in common are compared. A first
version with MinHash (64 values, 32 bands of 2) took 354 CPU seconds for 100,000 texts of an earlier, harder draw of the
set in `benchmarks/near_duplicates.py`: bands collide on the templates that social captions share, rare words do not.
Decision: words weigh their inverse document frequency, so that a template ("day 12 of …") counts little and a shared
rare name much. Two texts are the same when the weight they share is at least `SAME` of the weight of both together, or
when one of them has no rare word that the other lacks (a caption cut off) or only one (a word replaced). That is no
coincidence when they share many rare words, or some and the same beginning: what is cut off keeps its beginning, and
two captions about one subject rarely open alike. Never when each names numbers that the other lacks ("day 12", "13").
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trend_assets.domain.feed.words import COMMON_WORDS, words_of

SAME = 0.5
# rare words that must be shared when the shorter text's are all in the longer, and when one differs: with the same
# beginning, and without
SHARED_WHEN_CONTAINED = (3, 6)
SHARED_WHEN_ONE_DIFFERS = (3, 8)
# the beginning: the first words of a text, of which two texts must share all but one
HEAD = 3
MIN_WORDS = 3
RAREST = 8
COMMON_WEIGHT = 0.15
# a bucket with more members is joined along a chain: all pairs of 2,000 reposts would be 2 million
BUCKET_PAIRS = 24
CHUNK = 300_000

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class SimilarPairs:
    """Pairs of positions `left` < `right`, sorted, with their similarity 0-1. One entry per pair."""

    left: Positions
    right: Positions
    similarity: npt.NDArray[np.float64]


def near_duplicates(texts: Sequence[str | None]) -> SimilarPairs:
    """The pairs of texts that say the same thing. Texts with fewer than three words that mean something never match:
    "wait for it" says nothing about what comes."""
    bags = _Bags.of(texts)
    left, right = _candidates(bags)
    return _decide(left, right, bags)


@dataclass(frozen=True)
class _Bags:
    """All texts as sets of words: `text` and `word` are parallel (one entry per text and distinct word, by text),
    `weight`, `frequency` and `is_number` belong to the words, `start` is where a text's entries begin, `head` holds the
    first words of a text that has entries."""

    text: Positions
    word: Positions
    start: Positions
    weight: npt.NDArray[np.float64]
    frequency: Positions
    is_number: npt.NDArray[np.bool_]
    head: Positions

    @classmethod
    def of(cls, texts: Sequence[str | None]) -> "_Bags":
        vocabulary: dict[str, int] = {}
        entries: list[int] = []
        sizes = np.zeros(len(texts), dtype=np.int64)
        head = np.zeros((len(texts), HEAD), dtype=np.int64)
        for position, text in enumerate(texts):
            words = dict.fromkeys(words_of(text)) if text else {}
            if sum(word not in COMMON_WORDS for word in words) < MIN_WORDS:
                continue
            entries.extend(vocabulary.setdefault(word, len(vocabulary)) for word in words)
            sizes[position] = len(words)
            head[position] = entries[-len(words) :][:HEAD]
        word = np.array(entries, dtype=np.int64)
        frequency = np.bincount(word, minlength=len(vocabulary))
        weight = np.log1p(np.count_nonzero(sizes) / np.maximum(frequency, 1))
        common = np.fromiter((name in COMMON_WORDS for name in vocabulary), bool, len(vocabulary))
        weight[common] *= COMMON_WEIGHT
        is_number = np.fromiter((any(map(str.isdigit, name)) for name in vocabulary), bool, len(vocabulary))
        start = np.r_[0, np.cumsum(sizes)]
        return cls(np.repeat(np.arange(len(texts)), sizes), word, start, weight, frequency, is_number, head)


def _candidates(bags: _Bags) -> tuple[Positions, Positions]:
    """Pairs of texts that share two of their rarest words, each once, left < right."""
    # rarest first within each text; the word's number breaks ties the same way everywhere
    order = np.lexsort((bags.word, -bags.weight[bags.word], bags.text))
    text, word = bags.text[order], bags.word[order]
    place = np.arange(len(text)) - bags.start[text]
    # a word of one text only can pair nothing: it must not take a place among the rarest
    shared = bags.frequency[word] > 1
    skipped = np.cumsum(~shared)
    before = np.r_[0, skipped][bags.start[text]]
    place = place - (skipped - before)
    keep = shared & (place < RAREST)
    text, word, place = text[keep], word[keep], place[keep]
    table = np.full((int(text.max()) + 1 if len(text) else 0, RAREST), -1, dtype=np.int64)
    table[text, place] = word
    count = np.int64(len(bags.start))
    keys_of_pairs: list[Positions] = []
    keys, owners = _pair_keys(table)
    for step in range(1, BUCKET_PAIRS + 1):
        same = keys[step:] == keys[:-step]
        if not same.any():
            break
        keys_of_pairs.append(np.unique(owners[:-step][same] * count + owners[step:][same]))
    pairs = np.unique(np.concatenate(keys_of_pairs)) if keys_of_pairs else np.zeros(0, dtype=np.int64)
    return pairs // count, pairs % count


def _pair_keys(table: Positions) -> tuple[Positions, Positions]:
    """One key per text and pair of its rarest words, sorted, with the text it belongs to."""
    keys, owners = [], []
    for i in range(RAREST):
        for j in range(i + 1, RAREST):
            has = np.flatnonzero((table[:, i] >= 0) & (table[:, j] >= 0))
            a, b = table[has, i], table[has, j]
            keys.append((np.minimum(a, b) << 32) | np.maximum(a, b))
            owners.append(has)
    key, owner = np.concatenate(keys), np.concatenate(owners)
    order = np.lexsort((owner, key))
    return key[order], owner[order]


def _decide(left: Positions, right: Positions, bags: _Bags) -> SimilarPairs:
    """Keep the candidates whose weighted words agree."""
    from scipy import sparse

    texts, words = len(bags.start) - 1, len(bags.weight)
    has = sparse.csr_matrix((np.ones(len(bags.word)), (bags.text, bags.word)), shape=(texts, words))

    def measured(of_word: npt.NDArray) -> tuple[sparse.csr_matrix, npt.NDArray[np.float64]]:
        matrix = has.multiply(of_word[None, :]).tocsr()
        return matrix, np.asarray(matrix.sum(axis=1)).ravel()

    weighted, total = measured(bags.weight)
    # rare: at most one text in thirty has it, and it is not a common word
    rare, rare_total = measured((bags.weight > np.log1p(min(30.0, np.sqrt(texts)))).astype(float))
    numbers, number_total = measured(bags.is_number.astype(float))
    kept = []
    for begin in range(0, len(left), CHUNK):
        a, b = left[begin : begin + CHUNK], right[begin : begin + CHUNK]
        rows = has[a]
        shared = np.asarray(rows.multiply(weighted[b]).sum(axis=1)).ravel()
        rare_shared = np.asarray(rows.multiply(rare[b]).sum(axis=1)).ravel()
        jaccard = shared / np.maximum(total[a] + total[b] - shared, 1e-9)
        contained = shared / np.maximum(np.minimum(total[a], total[b]), 1e-9)
        lacking = np.minimum(rare_total[a], rare_total[b]) - rare_shared
        opens_alike = (bags.head[a][:, :, None] == bags.head[b][:, None, :]).any(axis=2).sum(axis=1) >= HEAD - 1
        same = (
            (jaccard >= SAME)
            | ((lacking == 0) & (rare_shared >= np.where(opens_alike, *SHARED_WHEN_CONTAINED)))
            | ((lacking == 1) & (rare_shared >= np.where(opens_alike, *SHARED_WHEN_ONE_DIFFERS)))
        )
        maybe = np.flatnonzero(same)
        a, b = a[maybe], b[maybe]
        number_shared = np.asarray(rows[maybe].multiply(numbers[b]).sum(axis=1)).ravel()
        good = (number_total[a] == number_shared) | (number_total[b] == number_shared)
        similarity = np.where(jaccard[maybe] >= SAME, jaccard[maybe], contained[maybe])
        kept.append((a[good], b[good], similarity[good]))
    if not kept:
        return SimilarPairs(left, right, np.zeros(0))
    a, b, similarity = (np.concatenate(part) for part in zip(*kept, strict=True))
    return SimilarPairs(a, b, np.clip(similarity, 0.0, 1.0))
