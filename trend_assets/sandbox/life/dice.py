"""Randomness by address: every draw is a pure function of (seed, stream name, indices), in any order, in any process.

A running generator would have to replay the world up to the wanted day; a hash can be asked about video 3 of creator
812 on any day directly. The mixer is splitmix64's finaliser, which is exact integer arithmetic, so that draws do not
depend on numpy's or Python's version. What is drawn from it (names, curves, ranks) belongs to the other modules.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")
IntArray = Any  # an int, or an integer numpy array; both broadcast

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15
_M1, _M2 = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_M1_INVERSE, _M2_INVERSE = pow(_M1, -1, 1 << 64), pow(_M2, -1, 1 << 64)


def mix(value: int) -> int:
    """splitmix64's finaliser: a permutation of the 64-bit integers."""
    value = ((value ^ (value >> 30)) * _M1) & _MASK
    value = ((value ^ (value >> 27)) * _M2) & _MASK
    return value ^ (value >> 31)


def unmix(value: int) -> int:
    """The inverse of `mix`, so that a public id can be read back into what it stands for."""
    value ^= (value >> 31) ^ (value >> 62)
    value = (value * _M2_INVERSE) & _MASK
    value ^= (value >> 27) ^ (value >> 54)
    value = (value * _M1_INVERSE) & _MASK
    return value ^ (value >> 30) ^ (value >> 60)


def _mix_array(value: np.ndarray) -> np.ndarray:
    value = (value ^ (value >> np.uint64(30))) * np.uint64(_M1)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(_M2)
    return value ^ (value >> np.uint64(31))


def text_number(text: str) -> int:
    """A stable non-negative 63-bit number of a text, to use names as indices."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


class Dice:
    """All draws of one seed. Scalars in give Python scalars out; arrays give arrays (indices broadcast)."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._key = lru_cache(maxsize=None)(self._make_key)

    def _make_key(self, stream: str) -> int:
        return int.from_bytes(blake2b(f"{self.seed}/{stream}".encode(), digest_size=8).digest(), "big")

    def bits(self, stream: str, *indices: IntArray) -> Any:
        """64 random bits per index tuple: int, or uint64 array."""
        state: Any = self._key(stream)
        if not any(isinstance(index, np.ndarray) for index in indices):
            for index in indices:
                state = mix((state + (int(index) & _MASK) * _GOLDEN) & _MASK)
            return state if indices else mix(state)
        state = np.uint64(state)
        with np.errstate(over="ignore"):
            for index in indices:
                number = np.asarray(index).astype(np.int64).astype(np.uint64)
                state = _mix_array(np.atleast_1d(state + number * np.uint64(_GOLDEN)))
        return state

    def uniform(self, stream: str, *indices: IntArray) -> Any:
        """In [0, 1), 53 bits."""
        bits = self.bits(stream, *indices)
        if isinstance(bits, int):
            return (bits >> 11) * 2.0**-53
        return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def between(self, low: float, high: float, stream: str, *indices: IntArray) -> Any:
        """Uniform in [low, high)."""
        return low + (high - low) * self.uniform(stream, *indices)

    def normal(self, stream: str, *indices: IntArray) -> Any:
        """Standard normal (Box-Muller over two addresses)."""
        first, second = self.uniform(stream + "/r", *indices), self.uniform(stream + "/a", *indices)
        if isinstance(first, float):
            return math.sqrt(-2.0 * math.log(1.0 - first)) * math.cos(2 * math.pi * second)
        return np.sqrt(-2.0 * np.log(1.0 - first)) * np.cos(2 * np.pi * second)

    def integer(self, count: int, stream: str, *indices: IntArray) -> Any:
        """Uniform in 0 … count-1."""
        drawn = self.uniform(stream, *indices)
        return int(drawn * count) if isinstance(drawn, float) else (drawn * count).astype(np.int64)

    def pick(self, options: Sequence[T], stream: str, *indices: int) -> T:
        """One of the options, for scalar indices."""
        return options[self.integer(len(options), stream, *indices)]
