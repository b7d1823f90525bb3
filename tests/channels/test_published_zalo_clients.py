"""Published clients that others wrote make their ordinary calls against the sandbox: truth from outside.

zalo-sdk 0.3.0 (Official Account and ZNS) and python-zalo-bot 0.1.9 (Bot Platform), for these tests only.
zalo-sdk asks for tokens at a fixed address, so it is given one here. Skipped where they are not installed.
"""

from __future__ import annotations

import asyncio

import pytest

PNG = b"\x89PNG" + b"0" * 100
DATA = {"ten_xa": "xã Hòa Bình", "ma_thong_bao": "TN1", "thoi_gian": "8 giờ", "dia_diem": "Nhà văn hóa"}


def published():
    """zalo_sdk with both of its clients."""
    sdk = pytest.importorskip("zalo_sdk")
    for client in ("oa", "zns"):
        pytest.importorskip(f"zalo_sdk.{client}")
    return sdk


@pytest.fixture
async def token(wired, transport):
    from channels.zalo.oauth import Tokens

    return await Tokens(wired, transport).access()


@pytest.fixture
def home(home):
    if not home.db.is_sqlite:
        pytest.skip("nothing of a published client touches a database")
    return home


async def test_zalo_sdk_talks_uploads_and_asks(sandbox, token, mai):
    sdk = published()
    client = sdk.oa.Client("app", "secret", access_token=token, endpoint_prefix=sandbox.base)

    def calls():
        sent = client.send_message(sdk.oa.ZaloRecipient(user_id=mai), sdk.oa.ZaloMessageBody(text="Kính gửi bà"))
        picture = client.upload_file(PNG, "image", "a.png", "image/png")
        quota = client.get_zalo_user_quotas(mai)
        return sent, picture, quota, client.get_user_detail(mai), client.get_list({"offset": 0, "count": 50})

    sent, picture, quota, detail, everybody = await asyncio.to_thread(calls)
    assert sandbox.phone(mai)[-1]["id"] == sent["data"]["message_id"]
    assert picture["data"]["attachment_id"]
    assert quota["data"]["last_interaction"]
    assert detail["data"]["display_name"] == "Bà Mai"
    assert everybody["data"]["users"] == [{"user_id": mai}]


async def test_zalo_sdk_meets_the_errors_as_the_service_words_them(sandbox, token, mai):
    sdk = published()
    client = sdk.oa.Client("app", "secret", access_token="stale", endpoint_prefix=sandbox.base)
    with pytest.raises(sdk.ZaloOAException, match="-216"):
        await asyncio.to_thread(client.get_user_detail, mai)
    client.access_token = token
    with pytest.raises(sdk.ZaloOAException, match="-240"):
        await asyncio.to_thread(client.get_profile, mai)


async def test_zalo_sdk_sends_a_template_to_a_phone(sandbox, token, mai):
    sdk = published()
    client = sdk.zns.Client("app", "secret", access_token=token, endpoint_prefix=sandbox.base)
    sent = await asyncio.to_thread(client.send_zns_message, "84912345678", "518002", DATA, "tn1")
    assert sandbox.phone(mai)[-1]["id"] == sent["data"]["msg_id"]
    found = await asyncio.to_thread(client.get_template_list, 0, 10)
    assert {template["templateId"] for template in found["data"]} == {518001, 518002}
    with pytest.raises(sdk.ZaloException, match="-118"):
        await asyncio.to_thread(client.send_zns_message, "84987654321", "518002", DATA)


async def test_python_zalo_bot_polls_and_answers(sandbox):
    library = pytest.importorskip("zalo_bot")
    settings = sandbox.settings()
    async with library.Bot(settings["zalo_bot_token"], base_url=settings["zalo_bot_base"]) as bot:
        uid = sandbox.add_user("zalo_bot", "Bà Mai")
        sandbox.type_text(uid, "xin chào")
        update = await bot.get_update(timeout=1)
        assert (update.message.text, update.message.chat.id) == ("xin chào", uid)
        await bot.send_message(uid, "Chào bà")
    assert sandbox.phone(uid)[-1]["text"] == "Chào bà"
