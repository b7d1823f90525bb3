"""The released libraries make their ordinary calls against the sandbox; each rule of Telegram's is a test."""

import asyncio
from datetime import timedelta
from io import BytesIO

import pytest
import telegram
from aiogram import Bot as AiogramBot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.types import BufferedInputFile, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import BadRequest, Forbidden, InvalidToken, RetryAfter

KEYBOARD = InlineKeyboardMarkup(
    inline_keyboard=[[InlineKeyboardButton(text="Tiếp tục", callback_data="guide.next")]],
)


@pytest.fixture
async def aio(sandbox):
    session = AiohttpSession(api=TelegramAPIServer.from_base(sandbox.base))
    async with AiogramBot(sandbox.settings()["telegram_token"], session=session) as bot:
        yield bot


@pytest.fixture
async def ptb(sandbox, monkeypatch):
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # durations as the library will give them, without its warnings
    token = sandbox.settings()["staff_telegram_token"]
    async with telegram.Bot(token, base_url=f"{sandbox.base}/bot", base_file_url=f"{sandbox.base}/file/bot") as bot:
        yield bot


@pytest.fixture
def mai(sandbox):
    uid = sandbox.add_user("telegram", "Bà Mai", phone="0912345678")
    sandbox.telegram_start(uid)
    sandbox.telegram_start(uid, bot="staff")
    return uid


# --- what the libraries do ------------------------------------------------------------------------


async def test_aiogram_sends_a_text_with_buttons(sandbox, aio, mai):
    sent = await aio.send_message(mai, "Kính gửi bà Mai.", reply_markup=KEYBOARD)
    assert sent.chat.id == int(mai)
    line = sandbox.phone(mai)[-1]
    assert (line["text"], line["id"]) == ("Kính gửi bà Mai.", str(sent.message_id))
    assert line["buttons"] == [{"id": "guide.next", "title": "Tiếp tục"}]


async def test_ptb_sends_a_text_with_buttons(sandbox, ptb, mai):
    keyboard = telegram.InlineKeyboardMarkup([[telegram.InlineKeyboardButton("Nhận việc", callback_data="take:1")]])
    sent = await ptb.send_message(mai, "<b>Việc 1</b>", parse_mode="HTML", reply_markup=keyboard)
    line = sandbox.phone(mai)[-1]
    assert (line["text"], line["id"]) == ("Việc 1", str(sent.message_id))
    assert line["buttons"] == [{"id": "take:1", "title": "Nhận việc"}]


async def test_both_know_who_they_are(sandbox, aio, ptb):
    assert (await aio.get_me()).username == "tungnha_bot"
    assert ptb.username == "tungnha_canbo_bot"


async def test_voice_is_uploaded_once_and_sent_again_by_its_id(sandbox, aio, ptb, mai):
    sent = await aio.send_voice(mai, BufferedInputFile(b"mp3", "loi.mp3"), caption="Nghe hướng dẫn")
    again = await aio.send_voice(mai, sent.voice.file_id)
    assert again.voice.file_id == sent.voice.file_id
    from_ptb = await ptb.send_voice(mai, BytesIO(b"mp3"))
    file = await ptb.get_file(from_ptb.voice.file_id)
    assert bytes(await file.download_as_bytearray()) == b"mp3"
    with pytest.raises(TelegramBadRequest):
        await aio.send_voice(mai, "no-such-file")


async def test_photo_and_document_come_by_multipart(sandbox, aio, ptb, mai):
    assert (await aio.send_photo(mai, BufferedInputFile(b"png", "a.png"))).photo[0].file_id
    assert (await ptb.send_document(mai, BytesIO(b"pdf"), filename="a.pdf")).document.file_id


async def test_message_can_be_edited_and_deleted(sandbox, aio, mai):
    sent = await aio.send_message(mai, "một", reply_markup=KEYBOARD)
    await aio.edit_message_text("hai", chat_id=mai, message_id=sent.message_id)
    assert (sandbox.phone(mai)[-1]["text"], sandbox.phone(mai)[-1]["buttons"]) == ("hai", [])
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await aio.edit_message_text("hai", chat_id=mai, message_id=sent.message_id)
    await aio.delete_message(mai, sent.message_id)
    assert all(line["who"] == "user" for line in sandbox.phone(mai))


async def test_pressed_button_comes_back_and_must_be_answered_once(sandbox, aio, mai):
    await aio.send_message(mai, "Bước 1", reply_markup=KEYBOARD)
    sandbox.press(mai, "guide.next")
    update = (await aio.get_updates())[-1]
    assert (update.callback_query.data, update.callback_query.from_user.id) == ("guide.next", int(mai))
    assert await aio.answer_callback_query(update.callback_query.id)
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await aio.answer_callback_query(update.callback_query.id)


async def test_updates_parse_in_both_libraries(sandbox, aio, ptb, mai):
    sandbox.telegram_start(mai, "K7QFM2PA", bot="staff")
    sandbox.share_contact(mai, bot="staff")
    sandbox.send_media(mai, "photo", "căn cước", bot="staff")
    sandbox.send_media(mai, "voice", bot="staff")
    sandbox.block(mai)
    updates = await ptb.get_updates()
    start, contact, photo, voice, blocked = updates[1:]
    assert start.message.text == "/start K7QFM2PA"
    assert contact.message.contact.user_id == int(mai)
    assert (photo.message.caption, len(photo.message.photo)) == ("căn cước", 1)
    assert voice.message.voice.duration == timedelta(seconds=3)
    assert blocked.my_chat_member.new_chat_member.status == "kicked"
    assert (await aio.get_updates())[-1].my_chat_member.new_chat_member.status == "kicked"


async def test_foreign_contact_carries_the_foreign_id(sandbox, aio, mai):
    other = sandbox.add_user("telegram", "Ông Ba")
    sandbox.share_contact(mai, "0987654321", owner=other)
    contact = (await aio.get_updates())[-1].message.contact
    assert (contact.user_id, contact.phone_number) == (int(other), "0987654321")


# --- rules ------------------------------------------------------------------------------------------


async def test_only_those_who_started_may_be_written_to(sandbox, aio, ptb):
    stranger = sandbox.add_user("telegram", "Ông Ba")
    with pytest.raises(TelegramForbiddenError, match="can't initiate conversation"):
        await aio.send_message(stranger, "x")
    with pytest.raises(Forbidden):
        await ptb.send_message(stranger, "x")


async def test_blocked_and_deactivated_are_forbidden(sandbox, aio, mai):
    sandbox.block(mai)
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await aio.send_message(mai, "x")
    sandbox.unblock(mai)
    assert await aio.send_message(mai, "x")
    sandbox.deactivate(mai)
    with pytest.raises(TelegramForbiddenError, match="user is deactivated"):
        await aio.send_message(mai, "x")


async def test_unknown_chat_is_not_found(sandbox, aio, ptb):
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await aio.send_message(1, "x")
    with pytest.raises(BadRequest, match="Chat not found"):
        await ptb.send_message(1, "x")


async def test_texts_and_buttons_have_limits(sandbox, aio, mai):
    with pytest.raises(TelegramBadRequest, match="message is too long"):
        await aio.send_message(mai, "a" * 4097)
    with pytest.raises(TelegramBadRequest, match="can't parse entities"):
        await aio.send_message(mai, "a < b", parse_mode="HTML")
    long = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="A", callback_data="ệ" * 22)]])
    with pytest.raises(TelegramBadRequest, match="BUTTON_DATA_INVALID"):
        await aio.send_message(mai, "a", reply_markup=long)


async def test_wrong_token_and_unknown_method(sandbox, aio):
    session = AiohttpSession(api=TelegramAPIServer.from_base(sandbox.base))
    async with AiogramBot("1:no", session=session) as stranger:
        with pytest.raises(TelegramUnauthorizedError):
            await stranger.get_me()
    with pytest.raises(TelegramNotFound):
        await aio.send_dice(1)
    with pytest.raises(InvalidToken):
        await telegram.Bot("1:no", base_url=f"{sandbox.base}/bot").get_me()


async def test_no_more_than_thirty_in_any_second(sandbox, aio, ticks):
    users = [sandbox.add_user("telegram", str(n)) for n in range(31)]
    for uid in users:
        sandbox.telegram_start(uid)
    for uid in users[:30]:
        await aio.send_message(uid, "x")
    with pytest.raises(TelegramRetryAfter) as caught:
        await aio.send_message(users[30], "x")
    assert caught.value.retry_after == 1
    ticks.at += 1
    assert await aio.send_message(users[30], "x")


async def test_one_chat_takes_a_short_burst_then_one_a_second(sandbox, ptb, mai, ticks):
    for _ in range(10):
        await ptb.send_message(mai, "x")
    with pytest.raises(RetryAfter) as caught:
        await ptb.send_message(mai, "x")
    assert caught.value.retry_after == timedelta(seconds=1)
    ticks.at += 1
    assert await ptb.send_message(mai, "x")


async def test_polling_and_webhook_exclude_each_other(sandbox, aio):
    await aio.set_webhook("https://xa.example.vn/hooks/telegram/main", secret_token="s" * 8)
    assert (await aio.get_webhook_info()).url.endswith("/hooks/telegram/main")
    with pytest.raises(TelegramConflictError):
        await aio.get_updates()
    await aio.delete_webhook()
    assert await aio.get_updates() == []


async def test_a_second_poller_ends_the_first(sandbox, aio):
    first = asyncio.create_task(aio.get_updates(timeout=30))
    while not sandbox.telegram.bots["main"].poll:  # noqa: ASYNC110
        await asyncio.sleep(0)
    await aio.get_updates(timeout=0)
    with pytest.raises(TelegramConflictError):
        await first


async def test_an_offset_confirms_updates(sandbox, aio, mai):
    sandbox.type_text(mai, "a")
    first, second = await aio.get_updates()
    assert [u.update_id for u in await aio.get_updates(offset=second.update_id)] == [second.update_id]
    assert isinstance(first, Update)
    for number in range(120):
        sandbox.type_text(mai, str(number))
    assert [len(await aio.get_updates(limit=limit)) for limit in (1, 500)] == [1, 100]


async def test_a_link_carries_64_plain_letters_at_most(sandbox, aio):
    uid = sandbox.add_user("telegram", "Mai")
    for payload in ("a" * 65, "mã", "a b"):
        with pytest.raises(ValueError, match="no link"):
            sandbox.telegram_start(uid, payload)
    sandbox.telegram_start(uid, "A-_9" * 16)
    assert (await aio.get_updates())[-1].message.text == "/start " + "A-_9" * 16


async def test_waiting_poller_is_woken_by_an_update(sandbox, aio, mai):
    offset = (await aio.get_updates())[-1].update_id + 1
    waiting = asyncio.create_task(aio.get_updates(offset=offset, timeout=30))
    while sandbox.telegram.bots["main"].poll < 2:  # noqa: ASYNC110
        await asyncio.sleep(0)
    sandbox.type_text(mai, "chào")
    assert (await waiting)[0].message.text == "chào"


async def test_nobody_presses_what_is_not_there_or_types_before_start(sandbox, mai):
    with pytest.raises(ValueError, match="no button"):
        sandbox.press(mai, "guide.next")
    with pytest.raises(ValueError, match="not started"):
        sandbox.type_text(sandbox.add_user("telegram", "Ông Ba"), "x")
