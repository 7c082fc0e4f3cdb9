"""One number for many rows that does not depend on their order, at the price of reading them once.

    row hash      64 bits over the row's values, whole columns at once      (splitmix64's finisher)
    fingerprint   the sum of all row hashes modulo 2^64                     (a sum has no order)

It tells whether a rerun brings the rows that it brought before: two different sets of rows agree once in 2^64 times. It
does not defend against somebody who constructs texts to collide; hashes that are stored as evidence are sha256
(`frames.py`).
"""

import hashlib
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

# small enough that the arrays in between stay in a core's cache
CHUNK_ROWS = 25_000
LONG_TEXT_BYTES = 2_048
# splitmix64's constants (Steele, Lea & Flood 2014): odd, with about as many ones as zeros
STEP, FIRST, SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
UNKNOWN = np.uint64(0xD6E8FEB86659FD93)
# the bytes of a last word that belong to the text, by how many there are
KEPT = np.array([(1 << 8 * count) - 1 for count in range(8)] + [2**64 - 1], dtype=np.uint64)


def fingerprint(arrow: pa.Table) -> str:
    """Equal for two tables with the same columns and the same rows, each as often, in whatever order."""
    total = 0
    for start in range(0, arrow.num_rows, CHUNK_ROWS):
        total += int(_row_hashes(arrow.slice(start, CHUNK_ROWS)).sum())
    names = "\x1f".join(arrow.column_names)
    return hashlib.sha256(f"{arrow.num_rows} {total % 2**64} {names}".encode()).hexdigest()


def _row_hashes(arrow: pa.Table) -> Hashes:
    hashes = np.zeros(arrow.num_rows, dtype=np.uint64)
    for column in arrow.columns:
        # the sum of two mixed values would not tell (a, b) from (b, a)
        hashes = _mixed(hashes + STEP) ^ _value_hashes(column.combine_chunks())
    return _mixed(hashes)


def _value_hashes(array: Any) -> Hashes:
    kind = array.type
    if array.null_count == len(array):
        return np.full(len(array), UNKNOWN)
    if pa.types.is_large_string(kind):
        hashes = _text_hashes(pc.fill_null(array, ""))
    elif pa.types.is_boolean(kind):
        hashes = _mixed(pc.fill_null(array, False).to_numpy(zero_copy_only=False).astype(np.uint64))
    elif pa.types.is_floating(kind):
        # 0.0 and -0.0 are one value to Postgres
        hashes = _mixed((pc.fill_null(array, 0.0).to_numpy(zero_copy_only=False) + 0.0).view(np.uint64))
    else:
        whole = array.cast(pa.int32()) if pa.types.is_date32(kind) else array
        numbers = pc.fill_null(whole.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
        hashes = _mixed(numbers.view(np.uint64))
    if array.null_count:
        hashes[array.is_null().to_numpy(zero_copy_only=False)] = UNKNOWN
    return hashes


def _text_hashes(array: Any) -> Hashes:
    """Texts by words of eight bytes, the k-th words of all texts at once."""
    offsets = np.frombuffer(array.buffers()[1], dtype=np.int64)[array.offset : array.offset + len(array) + 1]
    starts, lengths = offsets[:-1] - offsets[0], np.diff(offsets)
    held = array.buffers()[2]
    size = int(offsets[-1] - offsets[0])
    data = np.zeros(size + 8, dtype=np.uint8)  # the last word of the last text may be read beyond its end
    if size:
        data[:size] = np.frombuffer(held, dtype=np.uint8)[offsets[0] : offsets[-1]]
    words: Hashes = np.ndarray((size + 1,), dtype="<u8", buffer=data.data, strides=(1,))
    hashes = _mixed(lengths.astype(np.uint64))
    long = np.flatnonzero(lengths > LONG_TEXT_BYTES)
    for row in long:
        text = data[starts[row] : starts[row] + lengths[row]]
        hashes[row] = int.from_bytes(hashlib.blake2b(text.data, digest_size=8).digest(), "little")
    rest = np.where(lengths > LONG_TEXT_BYTES, 0, lengths)
    rows = np.flatnonzero(rest > 0)
    done = 0
    while len(rows):
        word = words[starts[rows] + done] & KEPT[np.minimum(rest[rows] - done, 8)]
        hashes[rows] = _mixed(hashes[rows] ^ word)
        done += 8
        rows = rows[rest[rows] > done]
    return hashes


def _mixed(values: Hashes) -> Hashes:
    """Splitmix64's finisher: every bit of the input moves about half of the bits of the output; one to one."""
    mixed = values ^ (values >> np.uint64(30))
    mixed *= FIRST
    mixed ^= mixed >> np.uint64(27)
    mixed *= SECOND
    mixed ^= mixed >> np.uint64(31)
    return mixed
