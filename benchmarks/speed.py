"""What the kept results say in a line for each bench: the READMEs' table of speed, and the report's first one.

speed_table("vi")      # docs/tables.py writes it into the README
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from benchmarks.run import NAMES

RESULTS = Path(__file__).parent / "results"
SPEED: dict[str, dict[str, str]] = yaml.safe_load((Path(__file__).parent / "speed.yaml").read_text("utf-8"))
NOT_MEASURED = {"en": "not measured with these sizes", "vi": "chưa đo với cỡ này"}
Results = dict[str, dict[str, Any]]


def read(folder: Path) -> Results:
    """Bench (or "where", "plan-ten-million", …) → what is kept of it."""
    return {file.stem: json.loads(file.read_text("utf-8")) for file in sorted(folder.glob("*.json"))}


def table(head: Sequence[str], rows: Iterable[str]) -> str:
    """A table of Markdown."""
    return "\n".join([f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *rows])


class Numbers:
    """Figures as a template asks for them: {name}, {name%} as a percentage, {one/other} divided."""

    def __init__(self, found: dict[str, Any], language: str) -> None:
        self.values, self.language = {**found.get("figures", {}), **found.get("ratios", {})}, language

    def filled(self, template: str) -> str:
        """The sentence; KeyError for a figure that was not measured."""
        parts = template.replace("}", "{").split("{")
        return "".join(part if at % 2 == 0 else said(self._value(part), self.language) for at, part in enumerate(parts))

    def _value(self, name: str) -> float:
        one, _, other = name.removesuffix("%").partition("/")
        value = float(self.values[one]) / (float(self.values[other]) if other else 1)
        return value * 100 if name.endswith("%") else value


def said(value: float, language: str = "en") -> str:
    """Two digits below a hundred, three above: more would be a promise. Vietnamese writes 1.000,5."""
    digits = 2 if abs(value) < 100 else 3
    rounded = float(f"{value:.{digits}g}")
    told = f"{rounded:,.0f}" if abs(rounded) >= 10 or rounded == int(rounded) else f"{rounded:,.12f}".rstrip("0")
    return told.translate(str.maketrans(",.", ".,")) if language == "vi" else told


def speed_rows(results: Results, language: str) -> list[str]:
    """Rows "| bench | figure | beside it |" of the README."""
    rows = []
    for name in NAMES:
        numbers, told = Numbers(results.get(name, {}), language), []
        for part in (language, f"{language}_beside"):
            try:
                told.append(numbers.filled(SPEED[name][part]))
            except (KeyError, ZeroDivisionError):
                told.append(NOT_MEASURED[language])
        rows.append(f"| {name} | {told[0]} | {told[1]} |")
    return rows


def speed_table(language: str) -> str:
    """The README's table of the kept results."""
    head = ("bench", "figure", "beside it") if language == "en" else ("phép đo", "con số", "đặt cạnh")
    return table(head, speed_rows(read(RESULTS), language))
