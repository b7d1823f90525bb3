"""What the Tab key offers. Lists of ours are constants; the rest is asked of the home's SQLite file, read-only.

Names of campaigns, codes of communes and logins of staff are offered, never a person of the register. Where there is
no home, or it is on PostgreSQL, nothing is offered. No room is loaded (tests/cli/test_completing.py).
"""

from __future__ import annotations

import os
import shlex
import sqlite3
from collections.abc import Callable

from typer import _completion_classes as typers
from typer._click.shell_completion import CompletionItem

SEGMENTS = [
    "nq418-ready", "asxh-ready", "unknown-asxh", "no-eid2", "no-bank", "mismatch", "delegated", "special", "unlinked",
    "everyone",
]  # fmt: skip
ROLES = ["officer", "approver", "volunteer", "radio", "province", "auditor", "owner"]
WAYS = ["zalo", "telegram", "zbs", "visit"]
LANES = ["zalo", "zbs", "telegram", "zalo_bot"]
VOICES = ["auto", "phrases", "piper", "gtts", "espeak"]
OFFICES = ["police", "bank", "payer"]
BENCHES = ["import", "plan", "dispatch", "bot", "channels", "audio", "console", "growth"]

Offered = list[tuple[str, str]]
_BUSY_S = 0.2  # somebody writes: offer nothing rather than wait


def of(words: list[str]) -> Callable[[], list[str]]:
    """Any of these."""
    return lambda: words


def campaigns() -> Offered:
    return _asked("SELECT name, state FROM campaign ORDER BY id DESC LIMIT 50")


def communes() -> Offered:
    return _asked("SELECT code, name FROM unit WHERE kind = 'commune' AND code IN (SELECT commune FROM source)")


def logins() -> Offered:
    """Logins and roles; whose they are is not told."""
    return _asked("SELECT login, role FROM staff WHERE active ORDER BY login LIMIT 200")


def ways(incomplete: str) -> list[str]:
    """One more channel after those that stand there."""
    before, comma, _ = incomplete.rpartition(",")
    return [f"{before}{comma}{way}" for way in WAYS if way not in before.split(",")]


def _asked(query: str) -> Offered:
    from pydantic import ValidationError

    from settings import get_settings

    try:
        settings = get_settings()
        file = settings.home.expanduser() / "tungnha.db"
        if settings.database_url or not file.is_file():
            return []
        database = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=_BUSY_S)
        try:
            return [(str(word), str(about)) for word, about in database.execute(query)]
        finally:
            database.close()
    except (OSError, sqlite3.Error, ValidationError):
        return []


def _for_bash(self: typers.BashComplete, item: CompletionItem) -> str:
    """bash takes the word as it is: one with a space needs its quotes, unless they were begun."""
    quoted = os.environ.get("COMP_WORDS", "").rpartition("\n")[2].startswith(("'", '"'))
    return str(item.value) if quoted else shlex.quote(str(item.value))


typers.BashComplete.format_completion = _for_bash  # type: ignore[method-assign]
