"""Trouble on demand: the next sends of a channel are refused, answered with rubbish, or lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import orjson
from aiohttp import web
from aiohttp.typedefs import Middleware

from channels.sandbox import zalo_app, zbs
from channels.sandbox.world import Fault, World
from channels.sandbox.zalo_bot import PREFIX

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def channel_of(path: str) -> str:
    """Which channel a request would send on; "" for requests that send nothing."""
    method = path.rsplit("/", 1)[-1].lower()
    if path.startswith(f"{PREFIX}/bot"):
        return "zalo_bot" if method.startswith("send") else ""
    if path.startswith("/bot"):
        return "telegram" if method.startswith("send") else ""
    if path.startswith("/v3.0/oa/message/"):
        return "zalo"
    if path == "/message/template":
        return "zbs"
    return "oauth" if path.startswith("/v4/oa/") else ""


def fault_middleware(world: World, expire_tokens: Callable[[], None]) -> Middleware:
    """An aiohttp middleware that plays ``world.faults``."""

    @web.middleware
    async def play(request: web.Request, handler: Handler) -> web.StreamResponse:
        fault = _next_fault(world, channel_of(request.path))
        if fault is None:
            return await handler(request)
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            return await handler(request)
        if fault.kind == "token_expired":
            expire_tokens()
            return await handler(request)
        if fault.kind.startswith("drop"):
            if fault.kind == "drop_after":
                await handler(request)
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        return _answer(fault, channel_of(request.path))

    return play


def _next_fault(world: World, channel: str) -> Fault | None:
    fault = next((f for f in world.faults if channel and f.channel in ("", channel)), None)
    if fault is not None:
        fault.left -= 1
        if not fault.left:
            world.faults.remove(fault)
    return fault


def _answer(fault: Fault, channel: str) -> web.Response:
    if fault.kind == "html502":
        return web.Response(status=502, text="<html><body>502 Bad Gateway</body></html>", content_type="text/html")
    if fault.kind == "500":
        body = {"ok": False, "error_code": 500, "description": "Internal Server Error"}
        return web.Response(status=500, body=orjson.dumps(body), content_type="application/json")
    if channel in ("zalo", "zbs", "oauth"):
        code = fault.code if fault.kind == "code" else -32
        known = zbs.MESSAGES if channel == "zbs" else zalo_app.MESSAGES
        body = {"error": code, "message": fault.text or known.get(code, "Error")}
        return web.Response(body=orjson.dumps(body), content_type="application/json")
    if fault.kind == "code":
        body = {"ok": False, "error_code": fault.code, "description": fault.text}
        return web.Response(status=fault.code, body=orjson.dumps(body), content_type="application/json")
    seconds = max(1, round(fault.seconds))
    body = {"ok": False, "error_code": 429, "description": f"Too Many Requests: retry after {seconds}"}
    if channel == "telegram":
        body["parameters"] = {"retry_after": seconds}
    return web.Response(status=429, body=orjson.dumps(body), content_type="application/json")
