"""Markup: the tables of HTML pages and of Excel 2003's XML, which many systems hand out under the name ".xls".

One forgiving parser reads both: it knows no entities but characters, opens no other file, and reads what is
badly closed as a browser does. As in a spreadsheet that opens such a page, all tables of a page stand one
below the other on one sheet, and words between them are rows of one cell.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

from register.errors import BadInput
from register.words import clean

MOST_CELLS = 8_000_000  # more than the largest file of 100 MB can honestly hold
MOST_COLUMNS = 1_000
MOST_ROWS = 1_048_576  # of any spreadsheet
_TOO_LARGE = BadInput("Bảng trong tệp quá lớn. Hãy mở bằng Excel rồi lưu lại dạng .xlsx.")
_UNREAD = {"style", "script", "head", "comment", "namedrange", "documentproperties"}
_BREAKS = {"br", "p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6"}


@dataclass
class Page:
    """One sheet as it was found."""

    name: str
    rows: list[list[Any]] = field(default_factory=list)
    hidden: bool = False
    hidden_columns: set[int] = field(default_factory=set)


def is_markup(start: bytes) -> bool:
    """Whether a file begins as a page or as XML does."""
    return start.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").startswith(b"<")


def pages_of(text: str, name: str) -> list[Page]:
    """The sheets of a page or of Excel's XML; a page has one, called ``name``."""
    reader = _Reader(name)
    reader.feed(text)
    reader.close()
    reader.end_row()
    return reader.pages


class _Reader(HTMLParser):
    def __init__(self, name: str) -> None:
        super().__init__(convert_charrefs=True)
        self.name = name
        self.pages: list[Page] = []
        self.unread: list[str] = []
        self.row: list[Any] | None = None  # the row being read
        self.words: list[str] | None = None  # of the cell being read
        self.about: dict[str, str] = {}  # the cell's attributes, and its data's
        self.below: dict[int, tuple[Any, int]] = {}  # column → what is merged downwards into it, for how many rows
        self.between: list[str] = []  # words outside of any cell
        self.columns = self.cells = 0

    # What the parser finds

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        tag = tag.rpartition(":")[2]
        about = {key.rpartition(":")[2]: value or "" for key, value in attrs}
        if tag in _UNREAD:
            self.unread.append(tag)
        elif tag == "worksheet":
            self.pages.append(Page(clean(about.get("name")) or self.name))
        elif tag == "table":
            self.end_row()
            self.below, self.columns = {}, 0
        elif tag == "column":
            self._column(about)
        elif tag in ("tr", "row"):
            self.end_row()
            self._begin_row(_number(about, "index"))
        elif tag in ("td", "th", "cell"):
            self._end_cell()
            if self.row is None:
                self._begin_row()
            self.words, self.about = [], about
        elif tag == "data":
            self.about |= {"type": about.get("type", "")}
        elif tag in _BREAKS:
            self.handle_data("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        if tag in self.unread:
            del self.unread[self.unread.index(tag) :]
        elif tag in ("td", "th", "cell"):
            self._end_cell()
        elif tag in ("tr", "row", "table"):
            self.end_row()
        elif tag in _BREAKS:
            self.handle_data("\n")
        elif tag == "visible" and self.pages:
            self.pages[-1].hidden = "hidden" in "".join(self.between).casefold()
        if tag not in _BREAKS and self.row is None and self.pages and self.pages[-1].name != self.name:
            self.between = []  # what Excel's XML says of printing and panes

    def handle_data(self, data: str) -> None:
        if self.unread:
            return
        (self.between if self.words is None else self.words).append(data)

    def unknown_decl(self, data: str) -> None:
        if data.startswith("CDATA["):
            self.handle_data(data[6:])

    # What they make

    def _column(self, about: dict[str, str]) -> None:
        first = (_number(about, "index") or self.columns + 1) - 1
        self.columns = first + 1 + _number(about, "span")
        if about.get("hidden") == "1" and self.pages and self.columns <= MOST_COLUMNS:
            self.pages[-1].hidden_columns |= set(range(first, self.columns))

    def _begin_row(self, index: int = 0) -> None:
        if not self.pages:
            self.pages.append(Page(self.name))
        rows = self.pages[-1].rows
        rows += [[line] for line in "".join(self.between).split("\n") if clean(line)]
        self.between = []
        if len(rows) + 1 < index <= MOST_ROWS:
            rows += [[] for _ in range(index - len(rows) - 1)]
        self.row = []

    def _end_cell(self) -> None:
        if self.words is None or self.row is None:
            return
        value = _value("".join(self.words), self.about)
        index = _number(self.about, "index")
        while len(self.row) + 1 < min(index, MOST_COLUMNS) or len(self.row) in self.below:
            self._from_above()
        at = len(self.row)
        wide = max(_number(self.about, "colspan"), _number(self.about, "mergeacross") + 1, 1)
        deep = max(_number(self.about, "rowspan"), _number(self.about, "mergedown") + 1, 1)
        wide = min(wide, MOST_COLUMNS)
        self.row += [value] + [""] * (wide - 1)
        if deep > 1:  # as in a workbook: what is merged downwards stands in every row, a wide title only once
            self.below |= {at + i: (value if wide == 1 else "", deep) for i in range(wide)}
        self.cells += wide
        if self.cells > MOST_CELLS or at > MOST_COLUMNS:
            raise _TOO_LARGE
        self.words = None

    def _from_above(self) -> None:
        """The next cell is what an upper row has merged into it, or nothing."""
        assert self.row is not None
        self.row.append(self.below.get(len(self.row), ("", 0))[0])
        self.cells += 1

    def end_row(self) -> None:
        self._end_cell()
        if self.row is None:
            return
        while len(self.row) <= max(self.below, default=-1):
            self._from_above()
        self.pages[-1].rows.append(self.row)
        self.below = {at: (value, left - 1) for at, (value, left) in self.below.items() if left > 1}
        self.row = None


def _value(text: str, about: dict[str, str]) -> Any:
    """A cell: its words, or the number or date that the page gives for them."""
    text = text.strip() if "\n" not in text else "\n".join(line.strip() for line in text.strip().split("\n"))
    if about.get("num"):  # Excel's pages show 6E+10 and keep the number aside
        text, about = about["num"], {"type": "Number"}
    with suppress(ValueError):
        if about.get("type") == "Number":
            return float(text)
        if about.get("type") == "DateTime":
            return datetime.fromisoformat(text[:19]).date()
    return text


def _number(about: dict[str, str], key: str) -> int:
    text = about.get(key, "")
    return int(text) if re.fullmatch(r"\d{1,7}", text) else 0
