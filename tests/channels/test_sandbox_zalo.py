"""Each rule of Zalo's that the sandbox keeps, asked over HTTP as a stranger's client would."""

import asyncio
from datetime import timedelta

import pytest

from channels.sandbox import Sandbox, run_sandbox
from register.errors import BadInput

DATA = {"ten_xa": "xã Hòa Bình", "ma_thong_bao": "TN1", "thoi_gian": "8 giờ", "dia_diem": "Nhà văn hóa"}


async def test_refresh_token_works_once_and_the_old_access_token_dies(sandbox, raw, mai):
    old, used = dict(raw.headers), sandbox.zalo.app.refresh_token
    body = await raw.refresh()
    assert body["expires_in"] == "90000"  # a string
    assert await raw.error(mai) == 0
    raw.headers = old
    assert await raw.error(mai) == -220
    body = await raw.refresh(used)
    assert "access_token" not in body
    assert body["error_name"] == "Invalid refresh token"


async def test_token_is_a_bare_header(sandbox, raw, mai):
    token = raw.headers["access_token"]
    raw.headers = {"Authorization": f"Bearer {token}"}
    assert await raw.error(mai) == -216
    raw.headers = {"access_token": token, "appsecret_proof": "wrong"}
    assert await raw.error(mai) == -242


async def test_access_token_lives_25_hours(raw, mai, clock):
    clock.advance(timedelta(hours=26))
    assert await raw.error(mai) == -220


async def test_who_may_be_talked_to(sandbox, raw, mai, clock):
    stranger = sandbox.add_user("zalo", "Ông Ba")
    assert await raw.error(stranger) == -232
    assert await raw.error("1") == -201
    assert (await raw.talk(mai))["data"]["quota"] == {"quota_type": "reply"}
    clock.advance(timedelta(days=3))
    await raw.refresh()
    assert (await raw.talk(mai))["data"]["quota"] == {"quota_type": "purchase_quota"}
    clock.advance(timedelta(days=5))
    await raw.refresh()
    assert await raw.error(mai) == -230
    sandbox.type_text(mai, "chào")
    assert await raw.error(mai) == 0


async def test_blocked_and_long_inactive(sandbox, raw, mai, clock):
    sandbox.block(mai)
    assert await raw.error(mai) == -217
    sandbox.follow(mai)
    sandbox.world.user(mai).inactive_since = clock() - timedelta(days=46)
    assert await raw.error(mai) == -227


async def test_text_and_buttons_have_limits(raw, mai):
    def buttons(count, title="Tiếp tục", kind="oa.query.hide"):
        payload = {"buttons": [{"title": title, "type": kind, "payload": "#guide.next"}] * count}
        return {"type": "template", "payload": payload}

    assert await raw.error(mai, "a" * 2001) == -210
    assert await raw.error(mai, "") == -201
    assert await raw.error(mai, attachment=buttons(5)) == 0
    assert await raw.error(mai, attachment=buttons(6)) == -201
    assert await raw.error(mai, attachment=buttons(1, "a" * 101)) == -210
    assert await raw.error(mai, attachment=buttons(1, kind="oa.none")) == -201


async def test_app_may_call_4000_times_a_minute(sandbox, raw, mai, ticks):
    await raw.talk(mai)
    assert raw.limit == "3999"
    sandbox.zalo._calls = 4000
    assert await raw.error(mai) == -32
    ticks.at += 60
    assert await raw.error(mai) == 0


async def test_routes_that_were_shut_down(raw):
    assert (await raw.post("/v3.0/oa/message/promotion", {}))["error"] == -233
    assert (await raw.get("/v2.0/oa/getfollowers"))["error"] == -240


async def test_user_detail_and_account(sandbox, raw, mai):
    detail = await raw.get("/v3.0/oa/user/detail", data=f'{{"user_id":"{mai}"}}')
    assert detail["data"]["user_is_follower"] is True
    assert detail["data"]["user_last_interaction_date"] == "23/11/2026"
    stranger = sandbox.add_user("zalo", "Ông Ba")
    assert (await raw.get("/v3.0/oa/user/detail", data=f'{{"user_id":"{stranger}"}}'))["error"] == -213
    assert (await raw.get("/v2.0/oa/getoa"))["data"]["num_follower"] == 1


async def test_template_by_user_id(sandbox, raw, mai):
    body = {"user_id": mai, "template_id": "518002", "template_data": DATA}
    path = "/v3.0/oa/message/template"
    assert (await raw.post(path, body))["data"]["user_id"] == mai
    assert (await raw.post(path, {"recipient": {"user_id": mai}, **body, "user_id": None}))["error"] == -201
    sandbox.templates["518002"].by_user = False
    assert (await raw.post(path, body))["error"] == -249
    sandbox.templates["518002"].by_user = True
    sandbox.refuse_templates(mai)
    assert (await raw.post(path, body))["error"] == -244


async def test_promotion_rests_at_night(sandbox, raw, mai, clock):
    sandbox.templates["518002"].promotion = True
    clock.advance(timedelta(hours=15))
    body = {"user_id": mai, "template_id": "518002", "template_data": DATA}
    assert (await raw.post("/v3.0/oa/message/template", body))["error"] == -234


async def test_template_by_phone(sandbox, raw, mai):
    async def error(**changed):
        body = {"phone": "84912345678", "template_id": "518002", "template_data": DATA, "tracking_id": "d1"} | changed
        return (await raw.post("/message/template", body))["error"]

    assert await error() == 0
    assert await error(phone="+84912345678") == 0
    assert await error(phone="0912345678") == -108
    assert await error(phone="84987654321") == -118
    assert await error(template_id="1") == -109
    assert await error(template_data={**DATA, "dia_diem": ""}) == -1122
    assert await error(tracking_id="a" * 49) == -132
    token = raw.headers["access_token"]
    raw.headers = {"access_token": token, "appsecret_proof": "wrong"}
    assert await error() == -1241
    raw.headers = {"access_token": "no"}
    assert await error() == -124


async def test_status_quota_and_template_of_zbs(raw, mai):
    body = {"phone": "84912345678", "template_id": "518002", "template_data": DATA}
    number = (await raw.post("/message/template", body))["data"]["msg_id"]
    assert (await raw.get("/message/status", message_id=number))["data"]["status"] == 1
    assert (await raw.get("/message/status", message_id="1"))["error"] == -107
    assert (await raw.get("/message/quota"))["data"]["remainingQuota"] == 19_999
    assert (await raw.get("/template/info/v2", template_id="518001"))["data"]["listParams"][0][
        "name"
    ] == "customer_name"


# --- the control door ---------------------------------------------------------------------------------


async def test_the_same_can_be_done_over_http(sandbox, raw):
    created = await raw.post("/__sim/add_user", {"channel": "zalo", "name": "Bà Mai"})
    uid = created["result"]
    await raw.post("/__sim/follow", {"uid": uid})
    await raw.talk(uid, "Kính gửi bà Mai.")
    assert (await raw.get(f"/__sim/phone/{uid}"))[0]["text"] == "Kính gửi bà Mai."
    assert (await raw.get("/__sim/arrivals"))[0]["to"] == uid
    assert (await raw.get("/__sim/counts"))["accepted"] == 1
    async with raw.session.post(f"{sandbox.base}/__sim/stop") as response:
        assert response.status == 404


async def test_taken_port_is_said_in_one_sentence(sandbox):
    port = int(sandbox.base.rsplit(":", 1)[1])
    with pytest.raises(BadInput, match="--port"):
        await run_sandbox(port, show=lambda _line: None)


async def test_runner_prints_settings_that_fit(monkeypatch):
    lines, ready = [], asyncio.Event()

    def show(line):
        lines.append(line)
        if line.startswith("TUNGNHA_SANDBOX_BASE"):
            ready.set()

    task = asyncio.create_task(run_sandbox(0, show))
    await ready.wait()
    task.cancel()
    from settings import Settings

    names = {line.split("=")[0].removeprefix("TUNGNHA_").lower() for line in lines[1:]}
    assert names <= set(Settings.model_fields)


async def test_thousands_of_people_and_messages(clock):
    """Correct at size; how fast is the benchmark's business."""
    from channels.senders import build_senders
    from channels.transport import Transport
    from content.message import Message

    sandbox, transport = Sandbox(clock, limits=False), Transport()
    await sandbox.start()
    uids = [sandbox.add_user("telegram", f"Người {n}") for n in range(3000)]
    for uid in uids:
        sandbox.telegram_start(uid)

    class Here:
        settings = __import__("settings").Settings(**sandbox.settings() | {"zalo_app_id": ""})
        now = staticmethod(clock)

    sender = build_senders(Here(), transport)["telegram:main"]
    gate = asyncio.Semaphore(32)

    async def send(uid):
        async with gate:
            return await sender.send(uid, Message("Kính gửi ông bà."))

    await asyncio.gather(*(send(uid) for uid in uids))
    assert sorted(arrival["to"] for arrival in sandbox.arrivals()) == sorted(uids)
    await transport.close()
    await sandbox.stop()
