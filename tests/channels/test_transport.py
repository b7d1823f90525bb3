"""The transport tells a request that never left from one that may have arrived."""

import socket

from aiohttp import web

from channels.outcome import Lost
from channels.transport import Answer, NotSent, Transport


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def serve(handler):
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/x"


async def test_refused_connection_is_not_sent(transport):
    reply = await transport.post_json(f"http://127.0.0.1:{free_port()}/bot1:secret/x", {})
    assert isinstance(reply, NotSent)
    assert "secret" not in reply.code


async def test_unknown_host_is_not_sent(transport):
    assert isinstance(await transport.post_json("http://nowhere.invalid/", {}), NotSent)


async def test_line_that_dies_after_the_request_is_lost(transport):
    async def die(request):
        await request.read()
        request.transport.abort()
        return web.Response()

    runner, url = await serve(die)
    assert isinstance(await transport.post_json(url, {"a": 1}), Lost)
    await runner.cleanup()


async def test_answer_that_does_not_come_is_lost():
    import asyncio

    async def silent(_request):
        await asyncio.Event().wait()

    runner, url = await serve(silent)
    transport = Transport(answer_timeout_s=0.1)
    assert isinstance(await transport.post_json(url, {}), Lost)
    await transport.close()
    await runner.cleanup()


async def test_html_answer_has_no_body(transport):
    async def html(_request):
        return web.Response(status=502, text="<html>")

    runner, url = await serve(html)
    assert await transport.post_json(url, {}) == Answer(502, None)
    await runner.cleanup()


async def test_json_form_and_query_arrive(transport):
    async def echo(request):
        return web.json_response({"json": await request.text(), "form": dict(await request.post())})

    runner, url = await serve(echo)
    assert (await transport.post_json(url, {"chữ": "Mai"})).body["json"] == '{"chữ":"Mai"}'
    assert (await transport.post_form(url, {"a": "b"})).body["form"] == {"a": "b"}
    await runner.cleanup()


async def test_nobody_is_led_to_another_address(transport):
    """A provider that was taken over cannot make us ask a machine of the commune's own network."""
    inside = []

    async def secret(request):
        inside.append(request.path)
        return web.json_response({"inside": True})

    within, target = await serve(secret)

    async def leads_on(_request):
        raise web.HTTPTemporaryRedirect(target)

    runner, url = await serve(leads_on)
    asked = [
        transport.post_json(url, {}), transport.post_form(url, {"a": "1"}), transport.get(url, {"a": "1"}),
        transport.post_file(url, "a.png", b"x", "image/png"),
    ]  # fmt: skip
    assert [(await reply).status for reply in asked] == [307] * 4
    assert inside == []
    for runner_ in (within, runner):
        await runner_.cleanup()


async def test_an_address_of_another_kind_is_not_asked(transport, tmp_path):
    (tmp_path / "a").write_text('{"ok": true}')
    for url in ((tmp_path / "a").as_uri(), "gopher://127.0.0.1/", "ftp://127.0.0.1/a", "//127.0.0.1/a"):
        assert isinstance(await transport.post_json(url, {}), NotSent)
