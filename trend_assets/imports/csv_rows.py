"""The rows of a CSV file whose quotes may be wrong: a bad line is set aside with its reason, those behind it are read.

Where the header stands and what separates fields is found in `dialect.py`; what a row becomes belongs to `reading.py`.
"""

import csv
import io
import re
from collections.abc import Iterator

from trend_assets.imports.rows import Unreadable
from trend_assets.imports.spec import ImportRefused

LINE_LIMIT = 10_000_000
"""Bytes of one JSONL line or CSV field; a real video object is about 93 kB."""
RUNAWAY_QUOTES = 100
"""Lines whose quote does not close, after which the file counts as no quoted CSV."""


class _TooLong(Exception):
    """A line beyond the limit; its beginning."""


class CsvRows:
    """The rows of a CSV. A quote that opens and does not close would swallow the rows behind it: its line is set aside
    and reading goes on with the next one."""

    def __init__(self, text: io.TextIOWrapper, delimiter: str, width: int, name: str) -> None:
        self._text, self._delimiter, self._width, self._name = text, delimiter, width, name
        self._again: list[str] = []
        self._lines: list[str] = []
        self._ended = False
        self._runaways = 0
        # a quote between two signs that are neither delimiters nor quotes
        self._inner_quote = re.compile(f'[^"\r\n{re.escape(delimiter)}]"[^"\r\n{re.escape(delimiter)}]')
        self.size = 0

    def _feed(self) -> Iterator[str]:
        while True:
            if self._again:
                line = self._again.pop()
            elif len(line := self._text.readline(LINE_LIMIT)) == LINE_LIMIT and not line.endswith("\n"):
                while (more := self._text.readline(LINE_LIMIT)) and not more.endswith("\n"):
                    pass
                raise _TooLong(line[:2000])
            if not line:
                self._ended = True
                return
            self.size += len(line)
            self._lines.append(line)
            yield line

    def __iter__(self) -> Iterator[list[str] | Unreadable]:
        while True:
            self._lines.clear()
            self._ended = False
            reader = csv.reader(self._feed(), delimiter=self._delimiter, skipinitialspace=True)
            while True:
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except _TooLong as error:
                    yield Unreadable(f"The line is longer than {LINE_LIMIT:,} characters.", str(error))
                    break
                except csv.Error as error:
                    if len(self._lines) == 1:
                        raise ImportRefused(f"{self._name} is not CSV ({error}); mend that line.") from None
                    break
                if (len(self._lines) > 1 or self._ended) and self._is_runaway(cells):
                    break
                line = self._lines[0]
                has_quote = len(self._lines) == 1 and '"' in line and self._inner_quote.search(line)
                if has_quote and not self._is_strict():
                    yield Unreadable('A quote inside of a quoted text is not doubled ("").', line.rstrip()[:2000])
                elif cells:
                    yield cells
                self._lines.clear()
            if self._lines:
                yield self._runaway()

    def _is_runaway(self, cells: list[str]) -> bool:
        if len(cells) != self._width:
            return len(self._lines) > 1 or self._ended
        return not self._is_strict()

    def _is_strict(self) -> bool:
        try:
            list(csv.reader(self._lines, delimiter=self._delimiter, skipinitialspace=True, strict=True))
        except csv.Error:
            return False
        return True

    def _runaway(self) -> Unreadable:
        self._runaways += 1
        if self._runaways > RUNAWAY_QUOTES:
            raise ImportRefused(
                f"{self._name} has more than {RUNAWAY_QUOTES} lines with a quote that does not close; export it again "
                'with quotes inside of texts doubled ("").'
            )
        first, *rest = self._lines
        self._again.extend(reversed(rest))
        return Unreadable("A quote opens in this line and does not close.", first.rstrip("\r\n")[:2000])
