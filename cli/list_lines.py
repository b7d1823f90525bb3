"""`tungnha register import` in plain lines: how far it is, what its columns were taken for, what it came to."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterable
from types import FrameType, TracebackType
from typing import TextIO

from console import words
from register.aliases import IGNORED
from register.difference import Difference
from register.importing import Imported
from register.listed import ColumnGuess, Remark

SHOWN = 20  # remarks of each kind
CANCELLED = "Đã dừng. Chưa lưu gì."


class Cancelled(Exception):
    """Ctrl-C."""


class Watch:
    """A line of progress on a terminal, and Ctrl-C heeded between two steps, so that nothing half-done stays.

    with Watch() as watch: import_list(…, progress=watch.step)     # watch.cancelled: Ctrl-C was pressed
    """

    def __init__(self, out: TextIO | None = None) -> None:
        self.out = out or sys.stderr
        self.cancelled = False
        self._percent = -1

    def __enter__(self) -> Watch:
        self._before = signal.signal(signal.SIGINT, self._cancel)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        signal.signal(signal.SIGINT, self._before)
        if self._percent >= 0:
            self.out.write("\r\033[K")
            self.out.flush()

    def _cancel(self, _number: int, _frame: FrameType | None) -> None:
        self.cancelled = True

    def step(self, done: int, total: int) -> None:
        """Where the import is; Cancelled once it is to end."""
        if self.cancelled:
            raise Cancelled
        percent = 100 * done // total if total else 0
        if percent != self._percent and self.out.isatty():
            self._percent = percent
            self.out.write(f"\rĐang đọc và so với sổ: {percent} %")
            self.out.flush()


def import_lines(done: Imported) -> str:
    """What an import came to."""
    lines = [
        f"Đọc được {len(done.people)} người: {done.new} mới, {done.changed} thay đổi, {done.left} rời danh sách.",
        *difference_lines(done.difference),
        f"Dòng không nhận: {len(done.rejected)}. Lưu ý: {len(done.warnings)}.",
    ]
    if done.people and all(person.nq418 is None for person in done.people):
        lines.append("Tệp không nói ai thuộc danh sách NQ 418. Chính tệp này là danh sách đó thì chạy lại với --nq418.")
    for kind, remarks in (("Không nhận", done.rejected), ("Lưu ý", done.warnings)):
        lines += [f"  {kind}: {_place(remark)}: {remark.message}" for remark in remarks[:SHOWN]]
        lines += [f"  … và {len(remarks) - SHOWN} dòng nữa (xem --json)."] if len(remarks) > SHOWN else []
    return "\n".join(lines)


def _place(remark: Remark) -> str:
    parts = [remark.sheet, f"dòng {remark.row}" if remark.row else "", f"cột {remark.column}" if remark.column else ""]
    return ", ".join(part for part in parts if part) or "cả tệp"


def difference_lines(found: Difference) -> list[str]:
    """The monthly difference: which facts changed, who left and why, what is suspicious."""
    lines = [
        f"  {words.FACTS.get(fact.kind, fact.kind)}: {_value(fact.before)} → {_value(fact.after)}: {fact.people} người"
        for fact in found.facts
    ]
    if found.identity:
        lines.append(f"  Đổi họ tên, ngày sinh, số điện thoại hoặc địa chỉ: {found.identity} người")
    if found.came_back:
        lines.append(f"  Trở lại danh sách: {found.came_back} người")
    lines += [f"  {words.CLOSED.get(reason, reason)}: {people} người" for reason, people in found.left.items()]
    lines += [f"  ĐÁNG NGỜ: {remark.message}" for remark in found.suspicious]
    return lines


def _value(value: str | None) -> str:
    return words.VALUES.get(value or "unknown", (str(value), ""))[0]


def column_lines(columns: Iterable[ColumnGuess]) -> list[str]:
    """What each column was taken for, where one of them is not known; else nothing."""
    columns = list(columns)
    if all(column.said or not column.heading for column in columns):
        return []
    lines = ["Có cột chưa rõ nghĩa (bỏ qua). Sửa ở trang Danh sách, hoặc ghi vào columns.yaml:"]
    for column in columns:
        label = column.label if column.said in ("", IGNORED) or column.used else f"{column.label} (không dùng)"
        lines.append(f"  {column.sheet[:40]}, cột {column.letter} “{column.heading[:60]}”: {label}")
    return lines
