"""Whatever is typed, at whatever point: promises 1-4 and 7 hold, and help, stop and start stay near."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.engine import turn
from bot.events import Claim, LinkWanted, Resumed, TicketWanted
from bot.state import Input, Scene, State
from content.check import check_text
from content.library import library
from content.message import Addressee, Place
from content.words import fold

GROUPS: dict[str, list[str]] = yaml.safe_load(
    (Path(__file__).parent / "adversarial.yaml").read_text("utf-8"),
)
LINES = [str(line) for lines in GROUPS.values() for line in lines]
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PLACE = Place("phường Phan Thiết", "UBND phường Phan Thiết", phone="0252 3821 234")
LINKED = Scene(PLACE, Addressee("bà", "Mai"), 1, True)
UNLINKED = Scene(PLACE, None, 0, False)
SHARED = Scene(replace(PLACE, session="8 giờ thứ Ba 01/12/2026, nhà văn hóa khu phố 1"), None, 3, False)
STATES = [
    State(),
    State(at="who", then="guide.start"),
    *(State(at="guide", who="self", guide="asxh", step=step) for step in (0, 3, 5, 6, 7)),
    State(at="guide", who="helper", guide="asxh", step=3),
    State(at="guide", who="self", guide="problem.forgot_passcode", step=1, back=3),
    State(at="check", who="self", then="during"),
    State(at="since", who="self"),
    State(at="human", who="self"),
    State(at="stopped", who="self", stopped=True),
    State(at="mourning", who="helper"),
]
_DIGITS = re.compile(r"\d[\d .-]{2,}\d")


def test_there_are_enough_of_them() -> None:
    assert len(set(LINES)) >= 200


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("scene", [LINKED, UNLINKED], ids=["linked", "unlinked"])
def test_no_line_at_no_point_breaks_a_promise(group: str, scene: Scene) -> None:
    said: set[str] = set()
    for line in map(str, GROUPS[group]):
        for state in STATES:
            reply = turn(state, Input("text", text=line), NOW, scene)
            said |= {message.text for message in reply.messages}
            assert reply.messages or any(isinstance(event, LinkWanted) for event in reply.events), (line, state)
            claims = [event for event in reply.events if isinstance(event, Claim) and event.fact == "asxh_account"]
            assert not claims or line.startswith("#"), (line, state)  # "#check.ok" is how Zalo presses a button
            assert Resumed() not in reply.events or reply.intent in {"guide.start", "resume", "stop.person"}, line
            if group == "secrets_typed":
                _nothing_kept(line, reply)
    assert [finding for text in said for finding in check_text(group, text)] == []
    if scene is UNLINKED:
        assert not [text for text in said for name in ("Mai", "Nguyễn", "Trần Văn", "ông Hai") if name in text]


def _nothing_kept(line, reply) -> None:
    assert reply.redacted, line
    kept = repr(reply.state.to_dict() | {"last": 0}) + repr(reply.events)
    for digits in _DIGITS.findall(line):
        assert digits not in kept, line
    assert not re.search(r"(?<!\d)\d{6,}", kept), line
    assert not any(word in fold(kept) for word in ("hoamai", "tuoitre", "baba1950", "hai@1940", "chin mot ba")), line
    assert "Thu hồi" in reply.messages[0].text


@pytest.mark.parametrize("group", ["begging_to_take_a_secret", "asking_for_links"])
def test_begging_never_gets_a_thank_you_or_a_go_ahead(group: str) -> None:
    """The step in hand stays where it is: nothing was done."""
    state = State(at="guide", who="self", guide="asxh", step=3)
    for line in GROUPS[group]:
        after = turn(state, Input("text", text=line), NOW, LINKED).state
        assert (after.guide, after.step) != ("asxh", 4), line


@pytest.mark.parametrize("group", ["links_and_packages"])
def test_a_link_is_taken_out_and_warned_about(group: str) -> None:
    for line in GROUPS[group]:
        reply = turn(State(), Input("text", text=line), NOW, UNLINKED)
        assert reply.redacted, line
        assert "đừng bấm" in reply.messages[0].text.lower(), line


# --- help, stop and start, from anywhere ---------------------------------------------------------------

_BUTTONS = sorted(library().buttons)
_KINDS = ("start", "follow", "media", "linked", "link_failed", "phone_linked", "phone_unknown", "phone_told", "nudge")
_INPUTS = st.one_of(
    st.sampled_from(_BUTTONS).map(lambda button: Input("button", button=button)),
    st.sampled_from(LINES).map(lambda line: Input("text", text=line)),
    st.text(max_size=60).map(lambda line: Input("text", text=line)),
    st.sampled_from(_KINDS).map(lambda kind: Input(kind, text="/start" if kind == "start" else "")),
)
_WAITS = st.sampled_from([timedelta(0), timedelta(minutes=3), timedelta(hours=25), timedelta(days=9)])
TOUCHES = 2


def near(state: State, shown: tuple[str, ...], now: datetime, scene: Scene) -> set[str]:
    """What can be reached by touching at most two of the buttons on the screen."""
    reached: set[str] = {"stop"} if state.stopped else set()
    reached |= {"start"} if state.at == "guide" else set()
    here = [(state, shown)]
    for _ in range(TOUCHES):
        following = []
        for at, buttons in here:
            for button in buttons:
                reply = turn(at, Input("button", button=button), now, scene)
                reached |= {"stop"} if reply.state.stopped else set()
                reached |= {"start"} if reply.state.at in {"guide", "who"} else set()
                wanted = any(isinstance(event, TicketWanted) for event in reply.events)
                reached |= {"help"} if wanted or reply.state.at == "human" else set()
                following.append((reply.state, tuple(b.id for b in reply.messages[-1].buttons)))
        here = following
    return reached


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(_INPUTS, _WAITS), min_size=1, max_size=8), st.sampled_from([LINKED, UNLINKED, SHARED]))
def test_help_stop_and_start_are_two_touches_away_from_anywhere(inputs, scene) -> None:
    state, shown, now = State(), (), NOW
    for inp, wait in inputs:
        now += wait
        reply = turn(state, inp, now, scene)
        assert State.of(reply.state.to_dict()) == reply.state
        state = reply.state
        if reply.messages:  # a code that is being looked up and a nudge that is not due say nothing
            shown = tuple(button.id for button in reply.messages[-1].buttons)
            assert shown, (inp, state)
            assert all(finding.level != "error" for m in reply.messages for finding in check_text("said", m.text))
        if shown:
            assert near(state, shown, now, scene) == {"help", "stop", "start"}, (inp, shown)
