"""Writes docs/threats.md: who attacks, what they want, what stands against it, which test shows it, what remains.

    python docs/threats.py

The names are in docs/threats.yaml; tests/test_threats.py looks each of them up.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

DOCS = Path(__file__).parent
PAGE = DOCS / "threats.md"
THREATS: dict[str, list[dict[str, Any]]] = yaml.safe_load((DOCS / "threats.yaml").read_text("utf-8"))
HEAD = """# Who attacks, and what stands against it

Made by `docs/threats.py` from [threats.yaml](threats.yaml); a test fails while it is out of date, or names a control or
a test that is not there. *Remains*: what is not prevented, and whose it is.

What is worth stealing: who is old, poor or disabled, with phone and door; the trust in a message of the commune. What
is not here at all: account numbers, passwords, codes, pictures of cards.
"""


def page() -> str:
    """The whole page."""
    lines = [HEAD]
    for group, threats in THREATS.items():
        lines += [f"\n## {group}\n", "| who | wants | control | test | remains |", "|---|---|---|---|---|"]
        for one in threats:
            control, test = (", ".join(f"`{name}`" for name in one[key]) for key in ("control", "test"))
            left = one["remains"] or "nothing known"
            lines.append(f"| {one['who']} | {one['wants']} | {control} | {test} | {left} |")
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
