"""One file per group of pages; each holds its routes and reads what it shows."""

from __future__ import annotations

from console.pages import campaigns, lists, people, progress, sign_in, today

ROUTERS = [page.router for page in (sign_in, today, progress, people, lists, campaigns)]
