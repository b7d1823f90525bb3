"""Writes docs/channels.md: each endpoint, limit and error code of the contracts, who handles it, which test shows it.

    python docs/channels.py

The names are in docs/channels.yaml; tests/channels/test_contract.py looks each of them up.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

CONTRACT: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "channels.yaml").read_text("utf-8"))
PAGE = ROOT / "docs" / "channels.md"
SIMULATORS = {
    "oa": ("zalo", "zalo_app", "zalo_content"),
    "zbs": ("zbs", "templates"),
    "telegram": ("telegram", "telegram_wire"),
    "zalo_bot": ("zalo_bot",),
}
HEAD = """# Zalo and Telegram: what we handle, what the sandbox does, what shows it

Made by `docs/channels.py` from [channels.yaml](channels.yaml); a test fails while it is out of date or names anything
that is not there. The contracts are second-hand: public documents and code, not the live services
(see the limits named in the [README](../README.md)). An empty cell has its reason in the last column.
"""


def tests() -> dict[str, str]:
    """Every test function of the channels and of the bot: its name and its source."""
    found = {}
    for path in sorted(
        [
            *(ROOT / "tests" / "channels").rglob("test_*.py"),
            *(ROOT / "tests" / "bot").rglob("test_*.py"),
            *(ROOT / "tests" / "campaigns").rglob("test_*.py"),
        ]
    ):
        text = path.read_text("utf-8")
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                found[node.name] = ast.get_source_segment(text, node) or ""
    return found


def tests_of_codes() -> dict[int, list[str]]:
    """The tests in whose source a code of Zalo's stands."""
    found = defaultdict(list)
    for name, source in tests().items():
        for code in sorted({int(number) for number in re.findall(r"(?<![\w])-\d{2,4}\b", source)}):
            found[code].append(name)
    return found


def raised(product: str) -> set[int]:
    """The codes that the simulator gives by itself; every other one is given when the control door asks for it."""
    codes: set[int] = set()
    for name in SIMULATORS[product]:
        text = (ROOT / "channels" / "sandbox" / f"{name}.py").read_text("utf-8")
        for line in text.splitlines():
            if not re.match(r"\s+-\d+: \"", line):  # the table of words
                codes |= {int(number) for number in re.findall(r"(?<![\w])-\d{2,4}\b", line)}
    return codes


def words(product: str) -> dict[int, str]:
    """The provider's words for each of its numbers."""
    from channels.sandbox import zalo_app, zbs

    return zalo_app.MESSAGES if product == "oa" else zbs.MESSAGES


def rows(part: str) -> list[str]:
    lines = []
    for group, entries in CONTRACT[part].items():
        lines += [
            f"\n### {group}\n",
            "| what | client | sandbox | test | reason for an empty cell |",
            "|---|---|---|---|---|",
        ]
        for entry in entries:
            cells = [entry["what"], *(f"`{entry[key]}`" if entry[key] else "" for key in ("client", "sandbox", "test"))]
            lines.append(f"| {' | '.join(cells)} | {entry.get('why', '')} |")
    return lines


def codes(product: str, shared_test: str) -> list[str]:
    own, by_test = raised(product), tests_of_codes()
    lines = ["| code | words | becomes | sandbox | tests | note |", "|---|---|---|---|---|---|"]
    for code, becomes in CONTRACT["codes"][product].items():
        shown = [f"`{name}`" for name in [*by_test[code][:2], shared_test]]
        note = CONTRACT["notes"].get(code, "")
        note = "" if product == "zbs" and code == -100 else note
        how = "by its rule" if code in own else "on demand"
        lines.append(
            f"| {code} | {words(product)[code].format('…')} | {becomes} | {how} | {', '.join(shown)} | {note} |"
        )
    return lines


def answers(channel: str, test: str) -> list[str]:
    """The answers of a bot's service. What stands in its simulator is given by itself, the rest on demand."""
    simulator = "".join(
        (ROOT / "channels" / "sandbox" / f"{name}.py").read_text("utf-8") for name in SIMULATORS[channel]
    )
    lines = ["| status | description | becomes | sandbox | test |", "|---|---|---|---|---|"]
    for status, text, becomes in CONTRACT[channel]:
        words = re.sub(r"^(Bad Request|Forbidden|Conflict): | \d+$", "", text)
        how = "by its rule" if words in simulator else "on demand"
        lines.append(f"| {status} | {text} | {becomes} | {how} | `{test}` |")
    return lines


def page() -> str:
    """The whole page."""
    becomes = (
        "\n*recipient* the next channel of this person; *payload* failed; *config*, *billing* the next channel, "
        "and an alarm; *retry* within minutes; *defer* on another day or in the morning; *refresh* a new token, once; "
        "*lost* unknown. The clients' tables: `channels.zalo.errors:OA`, `:ZBS` and `:LATER`, "
        "`channels.telegram.errors:outcome_of`, `channels.zalo_bot.errors:outcome_of`, "
        "`channels.errors:plain_trouble`. "
        '*On demand*: `POST /__sim/fault {"kind": "code", "code": …}`.\n'
    )
    parts = [
        HEAD, "\n## Endpoints", *rows("endpoints"), "\n## Limits", *rows("limits"), "\n## Error codes", becomes,
        "### Zalo Official Account\n", *codes("oa", "test_every_code_of_the_account_is_met"),
        "\n### ZBS\n", *codes("zbs", "test_every_code_of_zbs_is_met"),
        "\n### Telegram\n", *answers("telegram", "test_every_answer_of_telegram_is_met"),
        "\n### Zalo Bot\n", *answers("zalo_bot", "test_every_answer_of_the_zalo_bot_is_met"),
    ]  # fmt: skip
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
