"""A figure as it may be told: so many of so many, on which day, and who says so. Never a share alone.

"141/150" of the target and "141/410" of the beneficiaries are both true: ``of`` says whose share it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Ratio:
    """``evidence``: the numerator by who says so; ``of``: what the denominator counts, in words."""

    numerator: int
    denominator: int
    as_of: date
    evidence: dict[str, int]
    of: str = ""

    @property
    def share(self) -> float | None:
        """From 0 to 1; None for nobody."""
        return self.numerator / self.denominator if self.denominator else None

    @property
    def said(self) -> str:
        """141/150 = 94 %; 141/410 = 34,4 %; of nobody: 0/0."""
        return said(self.numerator, self.denominator)


def said(numerator: int, denominator: int) -> str:
    """``Ratio.said`` of two numbers."""
    counts = f"{numerator:,}/{denominator:,}".replace(",", ".")
    return f"{counts} = {percent(numerator / denominator)}" if denominator else counts


def percent(share: float) -> str:
    """As people read it, one decimal at the most: 94 %, 34,4 %. Less than all is never told as 100 %."""
    tenths = round(1000 * share)
    tenths = min(tenths, 999) if share < 1 else tenths
    tenths = max(tenths, 1) if share > 0 else tenths
    return f"{tenths // 10}{f',{tenths % 10}' if tenths % 10 else ''} %"
