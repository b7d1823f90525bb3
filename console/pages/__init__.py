"""One file per group of pages; each holds its routes and reads what it shows."""

from __future__ import annotations

from console.pages import (
    audit_log,
    bulletins,
    campaigns,
    commune,
    lists,
    people,
    phones,
    progress,
    reports,
    results,
    sessions,
    sign_in,
    tickets,
    today,
    visits,
)

_PAGES = (
    sign_in,
    today,
    tickets,
    progress,
    lists,
    people,
    campaigns,
    sessions,
    visits,
    bulletins,
    results,
    reports,
    audit_log,
    commune,
    phones,
)
ROUTERS = [page.router for page in _PAGES]
