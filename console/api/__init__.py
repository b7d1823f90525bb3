"""/api/v1: what the pages show of one commune, for the commune's other programs.

    door.py    who asks (a key), how often, and the one shape of every error
    shapes.py  what the answers look like; FastAPI makes the OpenAPI document of them
    people.py  work.py  the routes, over the same functions as the pages

Names are masked, there is no way to a plain identity, and nobody can launch or approve through it: that is for two
people who look at each other's work.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from fastapi import APIRouter, Depends, FastAPI
from starlette.routing import BaseRoute

from console.api import people, work
from console.api.door import ERRORS, PATH, Limits, Safe, add_troubles, asking
from register.home import Home

__all__ = ["PATH", "create_api"]
ABOUT = (
    "Số liệu và việc của một xã, phường, cho phần mềm khác của chính xã, phường ấy. Mỗi yêu cầu mang khóa trong "
    "tiêu đề `Authorization: Bearer tn_…`. Họ tên luôn được che; không có cách nào lấy danh tính đầy đủ. "
    "Danh sách dài trả từng phần: gửi lại `next` làm `cursor`."
)


def create_api(home: Home, ticks: Callable[[], float] | None = None) -> FastAPI:
    """The application that stands under PATH. ``ticks``: a monotonic clock in seconds, for the limits."""
    api = FastAPI(
        routes=list(_routes()),
        title="Từng Nhà",
        version="1",
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
    )
    api.state.home = home
    api.state.limits = Limits(ticks) if ticks else Limits()
    add_troubles(api)
    api.add_middleware(Safe)
    return api


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """All calls. Made once a process: reading the signatures takes a while."""
    every = APIRouter()
    for router in (people.router, work.router):
        every.include_router(router, dependencies=[Depends(asking)], responses=ERRORS)
    return tuple(every.routes)
