"""One file per group of pages; each holds its routes and reads what it shows."""

from __future__ import annotations

from console.pages import (
    account,
    asking,
    audit_log,
    bulletins,
    campaigns,
    channels,
    commune,
    list_steps,
    lists,
    people,
    phones,
    progress,
    reports,
    results,
    sessions,
    sign_in,
    staff,
    steps,
    tickets,
    today,
    units,
    visits,
)

_PAGES = (
    sign_in,
    account,
    today,
    tickets,
    progress,
    lists,
    list_steps,
    people,
    asking,
    steps,
    campaigns,
    sessions,
    visits,
    bulletins,
    results,
    reports,
    audit_log,
    channels,
    commune,
    units,
    staff,
    phones,
)
ROUTERS = [page.router for page in _PAGES]
