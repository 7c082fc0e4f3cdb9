"""A body that a server compressed although we asked for no compression, inflated in bounded steps: no small bomb grows
beyond the byte cap, and nothing endless hides before, between or behind the compressed parts.
"""

import zlib
from collections.abc import Iterable, Iterator

from trend_assets.sources.errors import SourceUnavailable, WrongContent

_INFLATED = ("gzip", "x-gzip", "deflate")


def unpacked(chunks: Iterable[bytes], *, encoding: str, limit: int, where: str) -> Iterator[bytes]:
    """The body in pieces of at most `limit` bytes, from its raw `chunks`; the caller counts what it gets.

    Raises WrongContent for an encoding that is not understood (brotli) and for a body that goes on behind its end,
    SourceUnavailable for one that is damaged or cut off: another try may bring it whole."""
    if encoding in ("", "identity"):
        yield from chunks
        return
    if encoding not in _INFLATED:
        raise WrongContent(f"{where} compressed its answer ({encoding[:20]}) although no compression was asked for.")
    inflater = zlib.decompressobj(wbits=47)
    received = ended = 0
    for chunk in chunks:
        received += len(chunk)
        # parts that hold nothing never reach the caller's count
        if received > limit:
            raise WrongContent(f"{where} goes on sending without an end; nothing of it was kept.")
        pending = chunk
        while pending:
            if inflater.eof:  # a gzip body may be several parts, one behind the other
                inflater = zlib.decompressobj(wbits=47)
                ended += 1
            try:
                yield inflater.decompress(pending, limit)
            except zlib.error:
                if ended:
                    raise WrongContent(f"{where} sends something else behind its compressed answer.") from None
                raise SourceUnavailable(f"{where} sent a body that cannot be unpacked ({encoding}).") from None
            pending = inflater.unconsumed_tail or inflater.unused_data
    if not inflater.eof:
        raise SourceUnavailable(f"{where} sent a cut-off body ({encoding}).")
