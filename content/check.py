"""The checks that every content file must pass: promises kept, limits fitted, no dead end.

    for finding in check_all(): print(finding.level, finding.where, finding.message)

An error forbids shipping (and makes `tungnha content check` fail); a warning asks somebody to look.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from content.guard import LINK, guard
from content.library import FIELDS, FOLDER, Guide, Library, Sourced, Text, fields_of, read_library, render
from content.message import Addressee, Place
from content.messages import MAX_CHARS
from content.screens import screens
from content.words import fold, nfc, sentences, syllables

MAX_SYLLABLES = 20  # a sentence that an old person can hold in mind; style rule of the house
MAX_BUTTONS = 5  # Zalo OA
MAX_CAPTION = 1_024  # Telegram: a longer text would go without its picture
MAX_TITLE = 100  # characters, Zalo OA; ids: 64 bytes, Telegram callback_data
MAX_ID_BYTES = 64
STALE_DAYS = 180  # VNeID's screens change about twice a year

_PRIVATE = r"(?:mật khẩu|passcode|otp|mã xác thực|mã bí mật|số tài khoản|số thẻ|ảnh thẻ|ảnh giấy tờ|ảnh căn cước)"
_ASKS = re.compile(
    rf"\b(?:gửi|nhắn|cho (?:biết|xem|hỏi)|cung cấp|đọc|nói|chụp|điền vào đây|gõ|(?<!đăng )nhập)\b[^.]*{_PRIVATE}"
    rf"|{_PRIVATE}[^.]*\b(?:là gì|là bao nhiêu|gửi về đây|cho chúng tôi)\b"
)
_DENIES = re.compile(r"\b(?:không|đừng|chưa|vneid|tự gõ|tự đặt|bấm giữ|lỡ|ai đang|hay quên)\b")
_PROMISES = re.compile(
    r"\b(?:sẽ|được|để) (?:nhận|lĩnh|hưởng|cộng|tặng)(?: được| ngay| thêm)?[^.]*\b(?:tiền|đồng|quà|trợ cấp)\b"
    r"|\d{3}[.,]?000|\btriệu đồng\b|\bnhận (?:ngay )?(?:tiền|quà)\b|\bcó (?:tiền|quà) ngay\b"
)
_NO_PROMISE = re.compile(r"\b(?:không|chưa|đã chi xong|ai đang|vẫn nhận)\b")
_CATEGORIES = {
    "đối tượng": "không gọi người dân là đối tượng",
    "hộ nghèo": "không nêu diện nghèo",
    "khuyết tật": "không nêu tình trạng sức khỏe",
}
_STYLE = {
    "cháu ": "trợ lý không tự xưng là cháu",
    "khẩn": "không hối thúc",
    "hạn chót": "không hối thúc",
    "hủy": "nút và lời viết “dừng nhận tin”, không viết “hủy”",
}
_EXITS = {"guide.resume", "guide.later", "guide.done", "check.ok"}
_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}", re.DOTALL)
_JINJA_FIELD = re.compile(r"\{\{.*?\}\}")

_PLACE = Place(
    "phường Phan Thiết", "UBND phường Phan Thiết", phone="0252 3821 234", session="8 giờ thứ Ba, nhà văn hóa khu phố 1"
)
_SAMPLE = fields_of(
    Addressee("ông/bà", "Mai"),
    _PLACE,
    wait="Cán bộ trả lời trong giờ làm việc.",
    language="tiếng Bru - Vân Kiều",
    recall="Thu hồi",
)


@dataclass(frozen=True)
class Finding:
    """One remark: ``level`` error | warning, ``where`` the file and part, ``message`` what to do (Vietnamese)."""

    level: str
    where: str
    message: str

    def to_json(self) -> dict[str, str]:
        return asdict(self)


def check_text(where: str, text: str, *, limit: int = MAX_CHARS) -> Iterator[Finding]:
    """The promises and limits of one rendered text."""

    def error(message: str) -> Finding:
        return Finding("error", where, message)

    if len(text) > limit:
        yield error(f"dài {len(text)} ký tự, quá {limit}")
    if text != nfc(text):
        yield error("chưa ở dạng Unicode dựng sẵn (NFC)")
    if LINK in guard(text).secrets:
        yield error("có đường link")
    lowered = f"{text.lower()} "
    for word, why in _STYLE.items():
        if re.search(rf"\b{word}", lowered) and not (word == "cháu " and "con cháu" in lowered):
            yield error(why)
    for sentence in sentences(text):
        count = syllables(sentence)
        if count > MAX_SYLLABLES:
            yield error(f"câu dài {count} tiếng, quá {MAX_SYLLABLES}: “{sentence[:60]}…”")
    yield from map(error, broken_promises(text))


def broken_promises(text: str) -> Iterator[str]:
    """What nobody may write to a citizen, an officer neither: name a category, ask for a secret, promise money."""
    text = nfc(text)  # also what was typed with accents apart
    lowered = text.lower()
    for word, why in _CATEGORIES.items():
        if re.search(rf"\b{word}", lowered):
            yield why
    for sentence in sentences(text):
        plain = re.sub(r'"[^"]*"', "", sentence.lower())  # a screen label asks nobody
        if _ASKS.search(plain) and not _DENIES.search(plain):
            yield f"câu hỏi xin điều bí mật: “{sentence[:60]}”"
        if _PROMISES.search(plain) and not _NO_PROMISE.search(plain):
            yield f"câu hứa tiền: “{sentence[:60]}”"


def check_lines(where: str, part: Text, library: Library) -> Iterator[Finding]:
    """One text with its buttons and picture."""
    for name, lines in (("", part.lines), (".helper", part.helper)):
        if lines:
            yield from check_text(where + name, render(lines, _SAMPLE))
        for field in re.findall(r"\{(\w+)\}", " ".join(lines)):
            if field not in FIELDS:
                yield Finding("error", where, f"không có trường {{{field}}}")
    if part.picture and part.picture not in screens(library.folder):
        yield Finding("error", where, f"chưa vẽ hình {part.picture} trong screens.yaml")
    if part.picture and len(render(part.lines, _SAMPLE)) > MAX_CAPTION:
        yield Finding("error", where, f"quá {MAX_CAPTION} ký tự thì không đi kèm hình được")
    if len(part.buttons) > MAX_BUTTONS:
        yield Finding("error", where, f"có {len(part.buttons)} nút, quá {MAX_BUTTONS}")
    for button in part.buttons:
        if button not in library.buttons:
            yield Finding("error", where, f"nút {button} chưa có tên trong buttons.yaml")
    if any("gõ số tài khoản vào" in line for line in part.lines) and not any(
        "Không đọc, không chụp" in line for line in part.lines
    ):
        yield Finding("error", where, "chỗ gõ số tài khoản phải có câu “Chỉ tự tay gõ trong VNeID. …”")


def _check_age(where: str, item: Sourced, today: date) -> Iterator[Finding]:
    age = (today - item.verified_on).days
    if age > STALE_DAYS:
        yield Finding("warning", where, f"kiểm lần cuối cách đây {age} ngày, cần xem lại")
    if age < -1:
        yield Finding("error", where, "ngày kiểm ở tương lai")
    if item.app_version and not item.verified_on_device:
        yield Finding("warning", where, "nhãn màn hình theo tài liệu, chưa thử trên máy thật")


def check_library(library: Library, today: date) -> Iterator[Finding]:
    """Every guide, answer, message and sentence of ``library``."""
    for button, title in library.buttons.items():
        if len(button.encode()) > MAX_ID_BYTES or len(title) > MAX_TITLE:
            yield Finding("error", f"buttons/{button}", "tên hoặc mã nút quá dài")
        yield from check_text(f"buttons/{button}", title, limit=MAX_TITLE)
    for guide in library.guides.values():
        yield from _check_age(f"guides/{guide.id}", guide, today)
        for step in guide.steps:
            where = f"guides/{guide.id}/{step.name}"
            yield from check_lines(where, step, library)
            for problem in step.problems:
                if problem not in library.guides and problem not in library.faq:
                    yield Finding("error", where, f"nhánh {problem} không dẫn tới đâu")
                if problem not in library.buttons:
                    yield Finding("error", where, f"nhánh {problem} chưa có tên trong buttons.yaml")
    yield from _check_ways(library)
    for faq in library.faq.values():
        yield from _check_age(f"faq/{faq.id}", faq, today)
        yield from check_lines(f"faq/{faq.id}", faq, library)
    for template in library.messages.values():
        yield from _check_age(f"messages/{template.id}", template, today)
        yield from check_lines(f"messages/{template.id}", template, library)
        for button, title in template.titles.items():
            yield from check_text(f"messages/{template.id}/{button}", title, limit=MAX_TITLE)
            if button not in template.buttons:
                yield Finding("error", f"messages/{template.id}", f"có tên cho nút {button} mà không có nút này")
        if "stop" not in template.buttons or "help.human" not in template.buttons:
            yield Finding("error", f"messages/{template.id}", "thiếu nút Dừng nhận tin hoặc Cần người giúp")
    yield from _check_age("talk", library.talk, today)
    for name, text in library.talk.texts.items():
        yield from check_lines(f"talk/{name}", text, library)
    yield from _check_age("ready", library.ready, today)
    for name, text in library.ready.sentences.items():
        yield from check_lines(f"ready/{name}", text, library)


def _check_ways(library: Library) -> Iterator[Finding]:
    """Every branch is offered somewhere, leads somewhere, and ends or comes back to its step."""
    if "asxh" not in library.guides:
        yield Finding("error", "guides", "thiếu chỉ dẫn asxh")
    steps = [(guide, step) for guide in library.guides.values() for step in guide.steps]
    texts: list[Text] = [step for _, step in steps]
    texts += [*library.faq.values(), *library.messages.values(), *library.talk.texts.values()]
    offered = {button for text in texts for button in (*text.buttons, *getattr(text, "problems", ()))}
    for guide in library.guides.values():
        if guide.id not in offered | {"asxh"} and not guide.asked:
            yield Finding("error", f"guides/{guide.id}", "không nút nào, câu nào dẫn tới chỉ dẫn này")
        if not _comes_out(guide, library, set()):
            yield Finding("error", f"guides/{guide.id}/{guide.steps[-1].name}", "bước cuối không có lối ra")
    for guide, step in steps:
        where = f"guides/{guide.id}/{step.name}"
        if step.buttons and "help.human" not in step.buttons:
            yield Finding("error", where, "thiếu nút Cần người giúp")
        if step is not guide.steps[-1] and step.buttons and "guide.next" not in step.buttons:
            yield Finding("error", where, "chưa phải bước cuối mà không có nút sang bước sau")
    for button in sorted(offered):
        if button.startswith(("problem.", "ask.", "report.")) and button not in {*library.guides, *library.faq}:
            yield Finding("error", f"buttons/{button}", "nút này không dẫn tới đâu")
    for item in (*library.guides.values(), *library.faq.values()):
        for pattern in item.asked:
            try:
                re.compile(pattern)
            except re.error:
                yield Finding("error", item.id, f"mẫu câu hỏi viết sai: {pattern}")
            if pattern != fold(pattern):
                yield Finding("error", item.id, f"mẫu câu hỏi phải viết không dấu, chữ thường: {pattern}")


def _comes_out(guide: Guide, library: Library, seen: set[str]) -> bool:
    """Whether the last step leads back, to a rest, to the closing question, or into a guide that does."""
    buttons = guide.steps[-1].buttons
    if not buttons or set(buttons) & _EXITS:
        return True
    further = [library.guides[button] for button in buttons if button in library.guides and button not in seen]
    return any(_comes_out(other, library, {*seen, guide.id}) for other in further)


def check_bulletins(folder: Path) -> Iterator[Finding]:
    """Bulletin templates (*.j2): read aloud, so no name, no sum, no link, short sentences."""
    for file in sorted(folder.glob("*.j2")):
        text = _JINJA_FIELD.sub("Một", _JINJA.sub("", nfc(file.read_text("utf-8"))))
        yield from check_text(f"bulletins/{file.stem}", text, limit=6_000)


def check_all(folder: Path = FOLDER, today: date | None = None) -> list[Finding]:
    """All findings about the content below ``folder``, errors first. A file that cannot be read is an error."""
    try:
        library = read_library(folder)
    except ValidationError as error:
        problems: Iterable[Any] = error.errors()
        return [Finding("error", error.title, f"{'.'.join(map(str, p['loc']))}: {p['msg']}") for p in problems]
    except (yaml.YAMLError, OSError, AttributeError, TypeError) as error:
        return [Finding("error", str(folder.name), f"không đọc được: {type(error).__name__}")]
    found = [*check_library(library, today or datetime.now(UTC).date()), *check_bulletins(folder / "bulletins")]
    return sorted(found, key=lambda finding: finding.level)
