"""The promises to citizens (design, chapter 7) held by everything that the bot can say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.engine import turn
from bot.events import Deceased, Holder, NotMe, Resumed, Stopped
from bot.state import Input, Scene, State
from bot.waiting import how_long
from content.check import check_text
from content.library import library
from content.message import Addressee, Place
from content.words import nfc

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SCENE = Scene(
    Place("phường Phan Thiết", "UBND phường Phan Thiết", phone="0252 3821 234"), Addressee("bà", "Mai"), 1, True
)
OTHERS = [
    Input("follow"),
    Input("media"),
    Input("start", text="/start"),
    Input("linked"),
    Input("text", text="gà đẻ trứng"),
]


def everything_said(scene: Scene) -> Iterator[tuple[State, Input, State, tuple]]:
    """Every state that buttons lead to, and what is said on the way: the whole talk, walked breadth first."""
    presses = [Input("button", button=button) for button in library().buttons]
    seen, todo = {State()}, [State()]
    while todo:
        state = todo.pop()
        for inp in [*presses, *OTHERS]:
            reply = turn(state, inp, NOW, scene)
            yield state, inp, reply.state, reply.messages
            if reply.state not in seen and len(seen) < 1_500:
                seen.add(reply.state)
                todo.append(reply.state)


@pytest.fixture(scope="module")
def walked() -> list:
    return list(everything_said(SCENE))


def test_no_answer_anywhere_breaks_a_promise(walked) -> None:
    texts = {message.text for _, _, _, messages in walked for message in messages}
    assert len(texts) > 60
    assert [finding for text in texts for finding in check_text("said", text)] == []
    assert all(text == nfc(text) and "{" not in text for text in texts)


def test_every_turn_is_answered_and_every_answer_leads_on(walked) -> None:
    for state, inp, _, messages in walked:
        assert messages, (state, inp)
        assert messages[-1].buttons, (state, inp)
        assert len(messages[-1].buttons) <= 5


def test_a_human_and_a_stop_are_always_at_hand(walked) -> None:
    """One press away, or two where the question of the moment fills the buttons."""
    for after in {after for _, _, after, _ in walked}:
        assert turn(after, Input("button", button="stop"), NOW, SCENE).state.stopped
        human = turn(after, Input("text", text="cho tôi gặp cán bộ"), NOW, SCENE)
        assert human.state.at == "human"


def test_nobody_is_named_to_an_unlinked_chat() -> None:
    scene = Scene(SCENE.place, None, 0, False)
    assert not any("Mai" in message.text for *_, messages in everything_said(scene) for message in messages)


@pytest.mark.parametrize("secret", ["482913", "mk la hoa1945", "079145001234", "stk 0071001234567", "passcode 123456"])
@pytest.mark.parametrize("at", ["", "who", "guide", "check", "human"])
def test_a_secret_stays_out_of_state_and_events_and_is_warned_about(secret: str, at: str) -> None:
    state = State(at=at, guide="asxh" if at == "guide" else "", who="self")
    reply = turn(state, Input("text", text=secret), NOW, SCENE)
    assert reply.redacted
    assert "Thu hồi" in reply.messages[0].text
    number = secret.split()[-1]
    assert number not in repr(reply.state) + repr(reply.events) + repr(reply.messages)


def test_the_account_number_is_typed_by_ones_own_hand_only() -> None:
    (step,) = [step for step in library().guides["asxh"].steps if step.name == "number"]
    for lines in (step.lines, step.helper):
        assert "Chỉ tự tay gõ trong VNeID. Không đọc, không chụp, không gửi cho ai, kể cả cán bộ." in lines


@pytest.mark.parametrize(
    "said", ["ok", "rồi", "ừ", "dạ vâng", "cảm ơn", "đồ ăn hại", "sao nữa", "làm cái gì mà làm", "👍"]
)
def test_a_stop_is_undone_by_a_plain_wish_only(said: str) -> None:
    state = turn(State(who="self", at="guide", guide="asxh"), Input("text", text="dừng"), NOW, SCENE).state
    reply = turn(state, Input("text", text=said), NOW, SCENE)
    assert reply.state.stopped
    assert Resumed() not in reply.events
    assert "guide.next" not in {button.id for message in reply.messages for button in message.buttons}
    again = turn(state, Input("text", text="bắt đầu"), NOW, SCENE)
    assert not again.state.stopped


@pytest.mark.parametrize(
    "said", ["bà quên rồi", "bà buồn lắm", "bà nhớ ông", "chán quá", "con gà nhà bà bỏ ăn", "tôi muốn chết",
             "đau chân quá", "bà đang coi đây", "ông già rồi", "thôi chết bấm nhầm"],
)  # fmt: skip
@pytest.mark.parametrize("at", ["", "guide"])
def test_a_guess_changes_nobodys_messages_and_names_no_helper(said: str, at: str) -> None:
    state = State(at=at, guide="asxh" if at else "", step=3 if at else 0, who="self")
    reply = turn(state, Input("text", text=said), NOW, SCENE)
    assert not [event for event in reply.events if isinstance(event, Stopped | NotMe | Deceased | Holder)]
    assert reply.state.who == "self"


@pytest.mark.parametrize(
    "said",
    ["để bà đọc mã cho con ghi", "con ghi giùm bà số tài khoản nghen", "gửi mật khẩu vào đây hả",
     "chụp căn cước gửi qua đây nhé", "em gõ passcode hộ bà luôn được không", "otp đọc cho ai"],
)  # fmt: skip
def test_who_offers_a_secret_is_asked_to_keep_it(said: str) -> None:
    reply = turn(State(at="guide", guide="asxh", step=3, who="self"), Input("text", text=said), NOW, SCENE)
    assert "đừng" in reply.messages[0].text
    assert reply.events == ()
    assert reply.state.place == "asxh.passcode"


@pytest.mark.parametrize("said", ["cho xin đường link", "link đâu", "gửi em link đăng ký với", "xin link tải vneid"])
def test_asking_for_a_link_is_no_scam_report_and_gets_none(said: str) -> None:
    reply = turn(State(), Input("text", text=said), NOW, SCENE)
    assert reply.intent in {"ask.safe", "problem.no_vneid"}
    assert reply.events == ()


def test_a_death_and_a_stop_in_one_line_are_both_heard() -> None:
    reply = turn(State(), Input("text", text="má tui mất rồi, đừng nhắn nữa"), NOW, SCENE)
    assert Deceased() in reply.events
    assert Stopped("phone") in reply.events
    assert "chia buồn" in reply.messages[0].text


def test_what_is_not_understood_is_offered_as_the_two_likeliest(monkeypatch: pytest.MonkeyPatch) -> None:
    def buttons(text: str) -> list[str]:
        (message,) = turn(State(), Input("text", text=text), NOW, SCENE).messages
        return [button.id for button in message.buttons]

    assert "ask.safe" not in buttons("hôm nay trời mưa dữ")
    monkeypatch.setattr("bot.asking.likeliest", lambda text: ("ask.safe", "not_me"))
    assert buttons("hôm nay trời mưa dữ") == ["ask.safe", "who.wrong", "help.human", "stop"]


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (NOW, "trong giờ làm việc"),
        (NOW + timedelta(hours=12), "sáng thứ Tư 25/11"),  # 24/11 is a public holiday from 2026
        (datetime(2026, 11, 28, 3, 0, tzinfo=UTC), "sáng thứ Hai 30/11"),
    ],
)
def test_the_wait_is_told_honestly(now: datetime, told: str) -> None:
    assert told in how_long(now, 0)
    assert "4 người chờ trước" in how_long(now, 4)


WAYS = {"stop": {"stop", "stop.phone", "stop.person"}, "help": {"help.human"}, "start": {"guide.start", "guide.resume"}}
ANYTHING = [
    *OTHERS, Input("nudge"), Input("link_failed"), Input("phone_unknown"), Input("phone_linked"), Input("follow"),
    Input("text", text="482913"), Input("text", text="mẹ tôi mất rồi"), Input("text", text="dừng"),
    Input("text", text="nhầm số rồi"), Input("text", text="cháu làm giúp bà"), Input("text", text="cho gặp cán bộ"),
]  # fmt: skip


def test_stop_help_and_start_are_at_most_two_touches_away_from_anywhere() -> None:
    """By the buttons that the phone shows: one that does it, or one whose answer shows it."""
    scene = SCENE
    seen: set[tuple[State, tuple[str, ...]]] = set()
    todo: list[tuple[State, tuple[str, ...]]] = [(State(), ("guide.start", "guide.already", "help.human", "stop"))]
    answers: dict[tuple[State, Input], tuple[State, tuple[str, ...]]] = {}

    def after(state: State, inp: Input) -> tuple[State, tuple[str, ...]]:
        if (state, inp) not in answers:
            reply = turn(state, inp, NOW, scene)
            shown = tuple(button.id for message in reply.messages for button in message.buttons)
            answers[state, inp] = (replace(reply.state, last=0, lost=min(reply.state.lost, 2)), shown)
        return answers[state, inp]

    presses = [Input("button", button=button) for button in library().buttons]
    while todo and len(seen) < 400:
        state, shown = todo.pop()
        if (state, shown) in seen:
            continue
        seen.add((state, shown))
        for way, buttons in WAYS.items():
            if way == "stop" and state.stopped:
                continue  # it is stopped already
            wanted = buttons | ({"resume", "alive"} if way == "start" else set())
            near = set(shown) | {b for one in shown for b in after(state, Input("button", button=one))[1]}
            assert wanted & near, (way, state, shown)
        for inp in [*presses, *ANYTHING]:
            then, buttons_then = after(state, inp)
            todo.append((then, buttons_then or shown))
    assert len(seen) > 200
