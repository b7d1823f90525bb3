"""Writes docs/threats.md and docs/faults.md: what may come, what stands against it, and which test shows it.

    python docs/held.py

What they say is in docs/threats.yaml and docs/faults.yaml; tests/test_held.py looks up every name.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

DOCS = Path(__file__).parent
# page → column of the table → its heading
PAGES = {
    "threats": {"who": "who", "wants": "wants", "control": "control", "test": "test", "remains": "remains"},
    "faults": {
        "fault": "fault", "citizen": "the citizen sees", "staff": "staff see", "lost": "lost",
        "back": "it comes back", "bears": "by", "test": "test",
    },
}  # fmt: skip
HEADS = {
    "threats": """# Who attacks, and what stands against it

Made by `docs/held.py` from [threats.yaml](threats.yaml); a test fails while it is out of date, or names a control or
a test that is not there. *Remains*: what is not prevented, and whose it is.

What is worth stealing: who is old, poor or disabled, with phone and door; the trust in a message of the commune. What
is not here at all: account numbers, passwords, codes, pictures of cards.
""",
    "faults": """# What breaks, and how it comes back

Made by `docs/held.py` from [faults.yaml](faults.yaml); a test fails while it is out of date, or names a part or a
test that is not there. What becomes of a single message stands in [DATAFLOW.md](../DATAFLOW.md), part 3.

Each is tried on SQLite and on PostgreSQL where both have it. The long ones, with real processes and a server that is
really stopped, run by `make test-slow`.
""",
}
NOTHING = "nothing known"  # in a cell that is left empty


def read(name: str) -> dict[str, list[dict[str, Any]]]:
    """Group → rows of a page."""
    found: dict[str, list[dict[str, Any]]] = yaml.safe_load((DOCS / f"{name}.yaml").read_text("utf-8"))
    return found


def page(name: str) -> str:
    """The whole page."""
    columns = PAGES[name]
    lines = [HEADS[name]]
    for group, rows in read(name).items():
        lines += [f"\n## {group}\n", f"| {' | '.join(columns.values())} |", "|---" * len(columns) + "|"]
        lines += [f"| {' | '.join(_cell(row[column]) for column in columns)} |" for row in rows]
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"


def _cell(value: str | list[str]) -> str:
    return ", ".join(f"`{name}`" for name in value) if isinstance(value, list) else value or NOTHING


if __name__ == "__main__":
    for each in PAGES:
        (DOCS / f"{each}.md").write_text(page(each), "utf-8")
