"""Writes docs/faults.md: each fault, who sees what of it, what is lost, how it comes back, which test shows it.

    python docs/faults.py

The names are in docs/faults.yaml; tests/faults/test_page.py looks each of them up.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

DOCS = Path(__file__).parent
PAGE = DOCS / "faults.md"
FAULTS: dict[str, list[dict[str, Any]]] = yaml.safe_load((DOCS / "faults.yaml").read_text("utf-8"))
COLUMNS = ("fault", "citizen", "staff", "lost", "back")
HEAD = """# What breaks, and how it comes back

Made by `docs/faults.py` from [faults.yaml](faults.yaml); a test fails while it is out of date, or names a part or a
test that is not there. What becomes of a single message stands in [DATAFLOW.md](../DATAFLOW.md), part 3.

Each is tried on SQLite and on PostgreSQL where both have it. The long ones, with real processes and a server that is
really stopped, run by `make test-slow`.
"""


def page() -> str:
    """The whole page."""
    lines = [HEAD]
    for group, faults in FAULTS.items():
        lines += [f"\n## {group}\n", "| fault | the citizen sees | staff see | lost | it comes back | by | test |"]
        lines.append("|---" * 7 + "|")
        for one in faults:
            names = (", ".join(f"`{name}`" for name in one[key]) for key in ("bears", "test"))
            lines.append(f"| {' | '.join([*(one[key] for key in COLUMNS), *names])} |")
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
