"""What came in is on disk before it is answered, holds no secret, and is gone once handled."""

import asyncio
from datetime import timedelta

import pytest

from channels.inbox import MAX_TRIES, UNSAID, Inbox, NotYet

OTP = "ma otp la 482913"


@pytest.fixture
def inbox(home):
    opened = Inbox(home)
    yield opened
    opened.close()


def message(number, text, sender=7000000001, **more):
    person = {"id": sender, "is_bot": False, "first_name": "Mai"}
    chat = {"id": sender, "type": "private"}
    return {
        "update_id": number,
        "message": {"message_id": number, "date": 1, "chat": chat, "from": person, "text": text, **more},
    }


class Handler:
    """Keeps what it was given; fails while told to."""

    def __init__(self):
        self.got, self.fails = [], 0

    async def __call__(self, event, secrets):
        if self.fails:
            self.fails -= 1
            raise RuntimeError("down")
        self.got.append((event, secrets))

    @property
    def texts(self):
        return [event["message"]["text"] for event, _ in self.got]


def bytes_on_disk(home):
    return b"".join(file.read_bytes() for file in home.path.glob("inbox.db*"))


async def test_event_reaches_its_handler_once(inbox):
    handler = Handler()
    assert await inbox.receive("telegram", "main", message(1, "bắt đầu"))
    assert await inbox.drain({"telegram": handler}) == 1
    assert await inbox.drain({"telegram": handler}) == 0
    assert handler.texts == ["bắt đầu"]


async def test_same_event_twice_is_taken_once_even_after_it_was_handled(inbox):
    handler = Handler()
    assert await inbox.receive("telegram", "main", message(1, "a"))
    assert not await inbox.receive("telegram", "main", message(1, "a"))
    await inbox.drain({"telegram": handler})
    assert not await inbox.receive("telegram", "main", message(1, "a"))


async def test_secret_is_gone_before_anything_is_stored(inbox, home, monkeypatch):
    stored = []
    monkeypatch.setattr(type(home.keys), "seal", lambda _self, value, _about: stored.append(value) or b"x")
    await inbox.receive("telegram", "main", message(1, OTP, entities=[{"type": "code", "offset": 11, "length": 6}]))
    assert stored[0]["secrets"] == ["otp"]
    assert "482913" not in str(stored)
    assert "entities" not in stored[0]["event"]["message"]


async def test_nothing_of_an_event_lies_open_on_disk(inbox, home):
    await inbox.receive("telegram", "main", message(1, f"xin chào, {OTP}"))
    disk = bytes_on_disk(home)
    assert all(part.encode() not in disk for part in ("482913", "xin chào", "7000000001", "Mai"))


async def test_file_handles_of_pictures_are_not_kept(inbox):
    handler = Handler()
    photo = [{"file_id": "secret-handle", "file_unique_id": "u", "width": 1, "height": 1}]
    await inbox.receive("telegram", "main", message(1, "", photo=photo, caption="thẻ của tôi"))
    await inbox.drain({"telegram": handler})
    kept = handler.got[0][0]["message"]
    assert kept["photo"][0]["file_id"] == "-"
    assert kept["caption"] == "thẻ của tôi"


async def test_zalo_picture_address_is_not_kept(inbox):
    handler = Handler()
    attachment = {"type": "image", "payload": {"url": "https://photo/x", "thumbnail": "https://photo/y"}}
    event = {
        "event_name": "user_send_image",
        "sender": {"id": "1"},
        "timestamp": "1",
        "message": {"msg_id": "m", "attachments": [attachment]},
    }
    await inbox.receive("zalo", "main", event)
    await inbox.drain({"zalo": handler})
    assert "https" not in str(handler.got)


async def test_our_own_words_in_a_pressed_message_are_no_secret_of_the_citizen(inbox):
    handler = Handler()
    shown = {**message(1, "x")["message"], "text": f"Không gửi cho ai, kể cả: {OTP}"}
    query = {"id": "1", "from": shown["from"], "chat_instance": "1", "data": "guide.next", "message": shown}
    await inbox.receive("telegram", "main", {"update_id": 5, "callback_query": query})
    await inbox.drain({"telegram": handler})
    event, secrets = handler.got[0]
    assert secrets == ()
    assert "text" not in event["callback_query"]["message"]


async def test_events_of_one_sender_keep_their_order_and_others_do_not_wait(inbox):
    order, first_may_end = [], asyncio.Event()

    async def handler(event, _secrets):
        sender = event["message"]["from"]["id"]
        if sender == 1:
            await first_may_end.wait()
        order.append((sender, event["message"]["text"]))
        if sender == 2:
            first_may_end.set()

    for number, (sender, text) in enumerate([(1, "a"), (1, "b"), (1, "c"), (2, "x")]):
        await inbox.receive("telegram", "main", message(number, text, sender))
    await inbox.drain({"telegram": handler})
    assert order == [(2, "x"), (1, "a"), (1, "b"), (1, "c")]


async def test_failed_event_is_tried_again_and_none_overtakes_it(inbox, clock):
    handler = Handler()
    handler.fails = 1
    await inbox.receive("telegram", "main", message(1, "a"))
    await inbox.receive("telegram", "main", message(2, "b"))
    assert await inbox.drain({"telegram": handler}) == 0
    clock.advance(timedelta(seconds=6))
    assert await inbox.drain({"telegram": handler}) == 2
    assert handler.texts == ["a", "b"]


async def test_event_that_no_handler_can_take_stands_aside(inbox, clock):
    handler = Handler()
    handler.fails = MAX_TRIES
    await inbox.receive("telegram", "main", message(1, "a"))
    await inbox.receive("telegram", "main", message(2, "b"))
    for _ in range(MAX_TRIES + 1):
        await inbox.drain({"telegram": handler})
        clock.advance(timedelta(hours=1))
    assert handler.texts == ["b"]
    assert await inbox.stuck() == 1
    clock.advance(timedelta(days=8))
    await inbox.tidy(clock())
    assert await inbox.stuck() == 0


async def test_what_was_not_handled_before_a_crash_is_handled_after_it(home):
    before = Inbox(home)
    await before.receive("telegram", "main", message(1, "a"))
    before.close()
    after, handler = Inbox(home), Handler()
    assert not await after.receive("telegram", "main", message(1, "a"))
    assert await after.drain({"telegram": handler}) == 1
    after.close()


async def test_a_wave_of_events_is_stored_whole(inbox):
    handler = Handler()
    new = await asyncio.gather(
        *(inbox.receive("telegram", "main", message(n, str(n), 1 + n % 50)) for n in range(1000))
    )
    assert all(new)
    assert await inbox.drain({"telegram": handler}) == 1000
    for sender in range(1, 51):
        own = [int(e["message"]["text"]) for e, _ in handler.got if e["message"]["from"]["id"] == sender]
        assert own == sorted(own)


async def test_serve_handles_what_comes_while_it_runs(inbox):
    handled = asyncio.Event()

    async def handler(_event, _secrets):
        handled.set()

    task = asyncio.create_task(inbox.serve({"telegram": handler}))
    await inbox.receive("telegram", "main", message(1, "a"))
    await asyncio.wait_for(handled.wait(), 5)
    task.cancel()


async def test_answers_that_may_not_go_out_now_wait_and_hold_up_nobody(inbox, clock, home):
    until, said = clock() + timedelta(hours=1), []

    async def handler(event, _secrets):
        if UNSAID in event:
            said.append(event[UNSAID]["text"])
        elif event["message"]["text"] == "a":
            raise NotYet(until, {"text": "câu trả lời"})
        else:
            said.append(event["message"]["text"])

    await inbox.receive("telegram", "main", message(1, "a"))
    await inbox.receive("telegram", "main", message(2, "dừng"))  # the same sender
    await inbox.drain({"telegram": handler})
    assert said == ["dừng"]
    assert "câu trả lời".encode() not in home.inbox_file.read_bytes()
    clock.advance(timedelta(minutes=59))
    assert await inbox.drain({"telegram": handler}) == 0
    clock.advance(timedelta(minutes=1))
    assert await inbox.drain({"telegram": handler}) == 1
    assert await inbox.drain({"telegram": handler}) == 0
    assert said == ["dừng", "câu trả lời"]


async def test_an_answer_that_waited_is_never_said_twice_though_it_may_be_lost(home, clock):
    """It went out, and the process died before it could note that."""
    before, said = Inbox(home), []

    async def handler(event, _secrets):
        if UNSAID not in event:
            raise NotYet(clock(), {"text": "x"})
        said.append(event)
        raise asyncio.CancelledError

    await before.receive("telegram", "main", message(1, "a"))
    with pytest.raises(asyncio.CancelledError):
        await before.drain({"telegram": handler})
    before.close()
    after = Inbox(home)
    assert await after.drain({"telegram": handler}) == 0
    assert (len(said), await after.stuck()) == (1, 1)
    after.close()


async def test_an_answer_may_have_to_wait_more_than_once(inbox, clock):
    handled = []

    async def handler(event, _secrets):
        handled.append(UNSAID in event)
        if len(handled) < 4:
            raise NotYet(clock() + timedelta(minutes=5), {"text": "x"})

    await inbox.receive("telegram", "main", message(1, "a"))
    for _ in range(6):
        await inbox.drain({"telegram": handler})
        clock.advance(timedelta(minutes=5))
    assert handled == [False, True, True, True]
    assert await inbox.stuck() == 0
