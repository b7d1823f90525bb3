"""Text for the ear: the parts of a bulletin in their fixed order, how long it will take, what to cut, what is wrong.

station → hook → at most three points → where, when → anti-scam lines → "Xin nhắc lại" and the core again → whom to
call → thanks; a chime before and after. Written once, read twice: repetition is what a listener without paper has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from audio.pieces import ARTICULATION
from audio.recorder import AIMED_PACE, CHIMES_S, ENCODER_EDGE_S, pause_for, sentences
from audio.spoken import spoken
from audio.words import count_syllables
from register.errors import BadInput

PARTS = ("station", "hook", "points", "where", "safety", "repeat", "ask", "thanks")
CORE = ("hook", "points", "where", "safety")  # read twice
SLOTS_MIN = (1, 3, 5)  # minutes that stations give an item
LONGEST_SENTENCE = 20  # syllables
PLACE = "Nơi gặp"  # opens the line that says where a session is
MOST_POINTS = 3
MOST_FIGURES = 4  # numbers, times and dates in one sentence
_ORDINALS = re.compile(r"^(?:Một|Hai|Ba|Bốn|Năm|Sáu) là\b|^Thứ (?:nhất|hai|ba|tư|năm)\b")
_FIGURE = re.compile(r"\d+(?:[.,:/h]\d+)*")


@dataclass(frozen=True)
class Line:
    """One sentence of a part; ``spare``: may be left out where the time is short."""

    part: str
    text: str
    spare: bool = False


@dataclass(frozen=True)
class Cut:
    """Something that was left out, or may be: in words, and the seconds it saves."""

    what: str
    seconds: float


@dataclass(frozen=True)
class Fitted:
    """A bulletin for a slot. ``cuts``: what was left out to get there."""

    text: str
    seconds: float
    cuts: tuple[Cut, ...] = ()


def read_script(rendered: str) -> list[Line]:
    """The lines of a rendered template. A part that is unknown or out of order is a ValueError (a faulty template)."""
    lines, part, reached = [], "", -1
    for line in (line.strip() for line in rendered.splitlines()):
        if line.startswith("## "):
            part = line[3:]
            if part not in PARTS or PARTS.index(part) <= reached:
                raise ValueError(f"part {part} is unknown or out of order")
            reached = PARTS.index(part)
        elif line:
            if not part:
                raise ValueError("text before the first part")
            lines.append(Line(part, line.removeprefix("~ "), line.startswith("~ ")))
    return lines


def whole(script: list[Line], again: tuple[str, ...] = CORE) -> str:
    """The text to be read: every part, and after "Xin nhắc lại" the parts ``again``."""
    out = []
    for part in PARTS:
        out += [line.text for line in script if line.part == part]
        if part == "repeat":
            out += [line.text for wanted in again for line in script if line.part == wanted]
    return "\n".join(out)


def predicted_s(text: str, chimes: bool = True) -> float:
    """How long the recording will be, in seconds, before anything is spoken (aim: within 10 %)."""
    parts = sentences(spoken(text).text)
    if not parts:
        return 0.0
    said = sum(map(count_syllables, parts)) / ARTICULATION * 60 + len(parts) * ENCODER_EDGE_S
    return said + pause_for(parts, said) * (len(parts) - 1) + (CHIMES_S if chimes else 0.2)


# what is left out · the parts that are still repeated · spare sentences stay · something is repeated at all
_LADDER: tuple[tuple[str, tuple[str, ...], bool, bool], ...] = (
    ("Khi nhắc lại, bỏ các ý chính", ("hook", "where", "safety"), True, True),
    ("Bỏ các câu phụ", ("hook", "where", "safety"), False, True),
    ("Khi nhắc lại, chỉ nhắc việc chính và nơi, lúc", ("hook", "where"), False, True),
    ("Khi nhắc lại, chỉ nhắc việc chính", ("hook",), False, True),
    ("Không nhắc lại", (), False, False),
)


def fit(script: list[Line], minutes: int) -> Fitted:
    """The script in so many minutes. Cuts what may be cut, least loss first; the anti-scam lines, the hook, the
    places and times are never cut. BadInput says what the writer can take out when that is not enough."""
    limit = minutes * 60
    again: tuple[str, ...] = CORE
    kept, cuts = list(script), []
    full = seconds = predicted_s(whole(kept, again))
    for what, again_then, spares, repeat in _LADDER:
        if seconds <= limit:
            break
        again = again_then
        kept = [line for line in kept if (spares or not line.spare) and (repeat or line.part != "repeat")]
        shorter = predicted_s(whole(kept, again))
        if shorter < seconds:
            cuts.append(Cut(what, seconds - shorter))
        seconds = shorter
    if seconds > limit:
        raise BadInput(
            f"Bản tin dài chừng {full:.0f} giây; bỏ bớt hết mức vẫn còn {seconds:.0f} giây, quá {minutes} phút. "
            f"{_offer(kept, seconds - limit)}"
        )
    return Fitted(whole(kept, again), seconds, tuple(cuts))


def _offer(script: list[Line], over: float) -> str:
    """What the writer can take out: sessions, for that is what differs between two bulletins of one kind."""
    sessions = sum(line.text.startswith(PLACE) for line in script)
    placed = [line for line in script if re.match(rf"(?:Buổi hỗ trợ tại|Tại|{PLACE})\b", line.text)]
    each = sum(count_syllables(spoken(line.text).text) for line in placed) / max(sessions, 1) / AIMED_PACE * 60
    if not each or (fewer := int(over / each) + 1) >= sessions:
        return "Hãy chọn thời lượng dài hơn, hoặc dùng mẫu nhắc lịch, ngắn hơn."
    return f"Hãy bớt {fewer} buổi hỗ trợ (mỗi buổi chừng {each:.0f} giây), hoặc chọn thời lượng dài hơn."


def lint(text: str) -> list[str]:
    """What a listener would stumble over, in sentences for the writer (Vietnamese). Empty: nothing."""
    found = []
    for line in text.split("\n"):
        for sentence in re.split(r"(?<=[.?!;])\s+", line.strip()):
            if not sentence:
                continue
            said = spoken(sentence)
            count = count_syllables(said.text)
            shown = sentence if len(sentence) <= 60 else sentence[:57] + "…"
            if count > LONGEST_SENTENCE:
                found.append(f"Câu dài {count} tiếng, nên không quá {LONGEST_SENTENCE}: “{shown}”")
            if len(_FIGURE.findall(re.sub(r"(?<=\d)[ .](?=\d{3})", "", sentence))) > MOST_FIGURES:
                found.append(f"Câu có quá {MOST_FIGURES} con số, nghe không kịp nhớ: “{shown}”")
            found += [f"{warning}." for warning in said.warnings]
    lines = text.split("\n")
    if len({line for line in lines if _ORDINALS.match(line)}) > MOST_POINTS:
        found.append(f"Bản tin có quá {MOST_POINTS} ý chính. Người nghe chỉ nhớ được ba.")
    if "Xin nhắc lại." not in lines:
        found.append("Bản tin chưa có phần “Xin nhắc lại.” Người nghe lần đầu thường sót.")
    if not re.match(r"Đây là ", text):
        found.append("Bản tin chưa xưng tên đài ở câu đầu: “Đây là Đài truyền thanh …”.")
    if not re.search(r"không (?:hỏi|thu|gửi)|cảnh giác", text):
        found.append("Bản tin chưa có câu nhắc cảnh giác lừa đảo.")
    return list(dict.fromkeys(found))
