"""What can be wrong with a cell: enough to reject its row, or only worth a word.

Every message says what to do, and names nobody.
"""

from __future__ import annotations

from dataclasses import dataclass


class CellError(ValueError):
    """A cell for whose sake the row is rejected: a code, and one sentence that says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Oddity:
    """Something to warn of; the row stays."""

    code: str
    message: str
