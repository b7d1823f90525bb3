"""A trouble of which staff are told: what it is, of which commune, and whom it concerns."""

from __future__ import annotations

from dataclasses import dataclass

EVERYBODY = frozenset({"officer", "approver", "owner"})


@dataclass(frozen=True)
class Cause:
    """One trouble as it stands. ``commune`` None: it concerns the whole installation."""

    key: str
    begins: str
    commune: str | None = None
    roles: frozenset[str] = EVERYBODY
    not_to: frozenset[str] = frozenset()  # logins
