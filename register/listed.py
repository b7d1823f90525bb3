"""What a list says: people as the file states them, rows that were rejected, and what to look at."""

from __future__ import annotations

import pickle
import zlib
from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from operator import attrgetter
from typing import Any, overload


@dataclass(repr=False, slots=True)
class ListedPerson:
    """One person as the file states it. None: the file does not say."""

    citizen_id: str
    full_name: str
    birth: str = ""
    sex: str = ""
    phone: str = ""
    hamlet: str = ""
    address: str = ""
    categories: list[str] = field(default_factory=list)
    nq418: bool | None = None
    bank: bool | None = None
    eid2: bool | None = None
    asxh: bool | None = None
    eid_level: str = ""
    payout: str = ""
    special: str = ""
    mismatch: bool = False
    gone: str = ""  # died | moved, as a note says
    sheet: str = ""
    row: int = 0

    def __reduce__(self) -> tuple[Any, ...]:  # a million of them are pickled: without the names of their fields
        return ListedPerson, _values(self)


_values = attrgetter(*ListedPerson.__slots__)


@dataclass(frozen=True, slots=True)
class Remark:
    """Why a row was rejected, or what to look at. ``column`` is the heading, "" for the whole row."""

    sheet: str
    row: int
    column: str
    code: str
    message: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class ColumnGuess:
    """What a column was taken for, to be shown and corrected. ``said`` is "" where nobody knows."""

    sheet: str
    at: int  # counted from 0
    letter: str  # as spreadsheets call it
    heading: str
    said: str
    label: str  # of ``said``, for people
    used: bool  # False: not needed, or another column says the same


@dataclass
class ListRead:
    """What a file says, or a part of it, and what its columns were taken for.

    ``done`` of ``total``: how far the reading is, in rows; each is looked at twice.
    """

    people: list[ListedPerson] = field(default_factory=list)
    rejected: list[Remark] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)
    columns: list[ColumnGuess] = field(default_factory=list)
    done: int = 0
    total: int = 0

    def add(self, part: ListRead) -> None:
        """Take in the part that follows."""
        self.people += part.people
        self.rejected += part.rejected
        self.warnings += part.warnings
        self.columns += part.columns
        self.done, self.total = part.done, part.total


class HeldPeople(Sequence[ListedPerson]):
    """Very many people, packed: a million of them fit into some 60 MB. Each look unpacks some thousand of them."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._ends: list[int] = []
        self._open: tuple[int, list[ListedPerson]] = -1, []  # the part that was looked at last

    def add(self, people: Sequence[ListedPerson]) -> None:
        """Put some more at the end."""
        if people:
            self._parts.append(zlib.compress(pickle.dumps(list(people)), 1))
            self._ends.append(len(self) + len(people))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __iter__(self) -> Iterator[ListedPerson]:
        for part in range(len(self._parts)):
            yield from self._part(part)

    @overload
    def __getitem__(self, at: int) -> ListedPerson: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[ListedPerson]: ...
    def __getitem__(self, at: int | slice) -> ListedPerson | Sequence[ListedPerson]:
        if isinstance(at, slice):
            return [self[n] for n in range(*at.indices(len(self)))]
        at = range(len(self))[at]
        part = bisect(self._ends, at)
        return self._part(part)[at - (self._ends[part - 1] if part else 0)]

    def _part(self, part: int) -> list[ListedPerson]:
        if self._open[0] != part:
            self._open = part, pickle.loads(zlib.decompress(self._parts[part]))  # noqa: S301 — packed by ourselves, above
        return self._open[1]


@dataclass(frozen=True)
class Habits:
    """How this commune keeps lists: ``columns`` folded heading → meaning; ``old_cards`` lets a CMND stand."""

    columns: Mapping[str, str] = field(default_factory=dict)
    old_cards: bool = False


NO_HABITS = Habits()
