"""Make the lists of tests/register/lists/ and what each must read as (expected.yaml).

Run: python tests/register/make_lists.py. Every person is invented. What a file must read as is written
beside it (folder made), by hand, from what the file shows a human; never from what the reader says.
"""

from __future__ import annotations

from pathlib import Path

import yaml
from made import cells, formats, no_lists, officers, offices, old_fonts, shapes
from made.making import CASES

FOLDER = Path(__file__).parent / "lists"
KINDS = [kind.__name__ for kind in (formats, old_fonts, shapes, cells, offices, officers, no_lists)]


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    cases = sorted(CASES.items(), key=lambda one: KINDS.index(one[1].__module__))
    expected = {name: make(FOLDER / name) for name, make in cases}
    words = yaml.safe_dump(expected, allow_unicode=True, sort_keys=False, width=160)
    (FOLDER / "expected.yaml").write_text(words, encoding="utf-8")


if __name__ == "__main__":
    main()
