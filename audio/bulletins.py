"""Bulletins: a template and a few live fields → text → recording → package for USB or the broadcast platform.

A template (``content/bulletins/*.j2``) opens with a Jinja comment that holds YAML (title, source, verified_on,
fields). Only approved fields are live: places, times, roles and the office's phone. Never a person, a category or a
sum: loudspeakers are heard by everybody. The core of every template is read twice.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
import yaml
from sqlmodel import Session

from audio.measure import AudioCheck
from audio.pieces import KEPT_UNUSED_DAYS, Pieces
from audio.pronounce import own_words
from audio.recorder import record, sentences
from audio.recorder import say as say_with
from audio.script import Line, fit, read_script, whole
from audio.spoken import spoken
from audio.tables import Bulletin, Recording, text_hash
from audio.unspoken import unfit_field
from audio.voices import Voice, choose_voice
from register.errors import BadInput
from register.home import VIETNAM, Home
from register.units import commune_of
from register.words import inside
from register.workdays import WEEKDAYS
from settings import get_settings

__all__ = ["Template", "produce", "render", "say", "templates", "write_bulletin"]

FOLDER = Path(__file__).parent.parent / "content" / "bulletins"
KEPT = "sentences"  # below <home>/audio
FIELDS = {  # that may be live, and what they are called where they are filled in
    "station": "Tên đài",
    "office": "Tên cơ quan",
    "hamlet_head": "Người đứng đầu khu dân cư gọi là gì",
    "sessions": "Buổi hỗ trợ",
    "phone": "Số máy bàn để gọi lại",
    "done": "Số người đã làm xong",
}
SESSION_FIELDS = {"hamlet": "Thôn, khu phố", "when": "Thời gian", "place": "Nơi gặp"}
HAMLET_KINDS = {"thôn", "ấp", "bản", "buôn", "làng", "khóm", "khu", "tổ", "xóm"}
LONGEST_FIELD = 80  # characters: a place or a time, not a story
FEWEST_DONE = 5  # design, promise 7: smaller counts point at people
MOST_SESSIONS = 8

_PHONE = re.compile(r"(?:0[2]\d{1,2}[ .]?(?:\d[ .]?){7,8}|1[89]00[ .]?(?:\d[ .]?){4,6}|\d{3,4})$")


@dataclass(frozen=True)
class Template:
    """One kind of bulletin, as its file describes it."""

    name: str
    title: str
    source: str
    verified_on: date
    fields: tuple[str, ...]
    body: str


@lru_cache
def templates(folder: Path = FOLDER) -> dict[str, Template]:
    """All bulletin templates by name. A broken file raises ValueError (the content check shows it)."""
    found = {}
    for file in sorted(folder.glob("[!_]*.j2")):
        text = unicodedata.normalize("NFC", file.read_text("utf-8"))
        head = re.match(r"\{#(.*?)#\}", text, re.DOTALL)
        if head is None:
            raise ValueError(f"{file.name}: no head")
        about = yaml.safe_load(head[1])
        unknown = set(about["fields"]) - set(FIELDS)
        if unknown:
            raise ValueError(f"{file.name}: fields {sorted(unknown)} are not approved")
        found[file.stem] = Template(
            file.stem, about["title"], about["source"], about["verified_on"], tuple(about["fields"]), text[head.end() :]
        )
    return found


def spoken_time(moment: datetime) -> str:
    """``8 giờ 30 sáng thứ Ba, ngày 1/12`` in Viet Nam's time."""
    local = moment.astimezone(VIETNAM)
    hour = local.hour if local.hour <= 12 else local.hour - 12
    part = "sáng" if local.hour < 11 else "trưa" if local.hour < 13 else "chiều" if local.hour < 18 else "tối"
    minute = f" {local.minute:02d}" if local.minute else ""
    return f"{hour} giờ{minute} {part} {WEEKDAYS[local.weekday()]}, ngày {local.day}/{local.month}"


def _safe(name: str, value: Any, commune: str) -> str:
    """A live field as text; anything that must not be on a loudspeaker is refused."""
    called = (FIELDS | SESSION_FIELDS)[name]
    if isinstance(value, datetime):
        return spoken_time(value)
    text = " ".join(unicodedata.normalize("NFC", str(value)).split())
    if name == "done" and not (text.isdecimal() and int(text) >= FEWEST_DONE):
        raise BadInput(f"Số người đã làm xong phải là một số từ {FEWEST_DONE} trở lên; ít hơn thì dễ đoán ra là ai.")
    if not text or len(text) > LONGEST_FIELD:
        raise BadInput(f"Mục “{called}” của bản tin phải có từ 1 đến {LONGEST_FIELD} ký tự.")
    if name == "phone":
        if not _PHONE.match(text):
            raise BadInput("Số điện thoại trên loa phải là số máy bàn của cơ quan hoặc tổng đài, ví dụ 0252 3 821 234.")
        return text
    if what := unfit_field(text, commune):
        raise BadInput(f"Mục “{called}” có {what}. Loa phát cho mọi người nghe: hãy chỉ ghi nơi, lúc và chức danh.")
    if re.search(r"\d{9,}", re.sub(r"[ .]", "", text)):
        raise BadInput(f"Mục “{called}” có dãy số dài. Bản tin không đọc số giấy tờ, số tài khoản hay số di động.")
    return text.replace("{", "").replace("}", "")


def render(template: str, commune: str, fields: Mapping[str, Any], minutes: int = 0) -> str:
    """The text of a bulletin, cut to so many ``minutes`` (0: everything). BadInput: what is missing, unfit, too much.

    ``commune``: its full name ("Xã Hòa Bình").
    """
    lines = script(template, commune, fields)
    return fit(lines, minutes).text if minutes else whole(lines)


def script(template: str, commune: str, fields: Mapping[str, Any]) -> list[Line]:
    """The parts of a bulletin, each line once."""
    kind = templates().get(template)
    if kind is None:
        raise BadInput(f"Không có mẫu bản tin “{template}”. Hãy chọn: {', '.join(templates())}.")
    strange = set(fields) - set(kind.fields)
    if strange:
        raise BadInput(f"Mẫu này không có mục {', '.join(sorted(strange))}. Các mục: {', '.join(kind.fields)}.")
    lower = inside(commune)
    values: dict[str, Any] = {
        "commune": commune,
        "station": f"Đài truyền thanh {lower}",
        "office": f"Ủy ban nhân dân {lower}",
        "hamlet_head": "trưởng khu phố" if lower.startswith("phường") else "trưởng thôn",
        "phone": "",
    }
    values |= {name: _safe(name, value, commune) for name, value in fields.items() if name != "sessions" and value}
    if "sessions" in kind.fields:
        values["sessions"] = _sessions(fields.get("sessions") or [], commune)
    if "done" in kind.fields and "done" not in values:
        raise BadInput("Hãy điền số người đã làm xong.")
    return read_script(_environment().from_string(kind.body).render(values))


@lru_cache
def _environment() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(FOLDER)
    return jinja2.Environment(loader=loader, undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701  (plain text)


def _sessions(given: Any, commune: str) -> list[dict[str, str]]:
    if not 1 <= len(given) <= MOST_SESSIONS:
        raise BadInput(f"Bản tin này cần từ 1 đến {MOST_SESSIONS} buổi hỗ trợ (thôn, thời gian, địa điểm).")
    for session in given:
        if set(session) != set(SESSION_FIELDS):
            raise BadInput("Mỗi buổi hỗ trợ cần đủ ba mục: thôn, thời gian, địa điểm.")
    found = [{name: _safe(name, session[name], commune) for name in SESSION_FIELDS} for session in given]
    for session in found:  # "tại thôn Đông", but "tại Đông Hải"
        kind = session["hamlet"].split()[0].lower()
        if kind in HAMLET_KINDS:
            session["hamlet"] = kind + session["hamlet"][len(kind) :]
    return found


def province_texts(template: str, province: str) -> dict[str, str]:
    """The same bulletin for every commune of a province (2-digit code): commune code → text. For templates whose
    fields all have a value of their own; BadInput else."""
    from vietnam_provinces import Ward

    wards = [ward for ward in Ward.iter_all() if f"{ward.province_code:02d}" == province]
    if not wards:
        raise BadInput(f"Không có tỉnh mang mã “{province}”. Hãy ghi 2 chữ số, ví dụ 68 là Lâm Đồng.")
    return {f"{ward.code:05d}": render(template, unicodedata.normalize("NFC", ward.name), {}) for ward in wards}


def write_bulletin(
    session: Session,
    commune: str,
    template: str,
    fields: Mapping[str, Any],
    by: str,
    now: datetime,
    minutes: int = 0,
) -> Bulletin:
    """Write and store a bulletin of the commune (5-digit code). Sessions: dicts of hamlet, when, place."""
    text = render(template, commune_of(session, commune).name, fields, minutes)
    row = Bulletin(
        commune=commune,
        title=templates()[template].title,
        text=text,
        text_hash=text_hash(text),
        author=by,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def produce(
    home: Home,
    bulletin_id: int,
    voice: Voice | str,
    now: datetime,
    progress: Callable[[int, int], None] | None = None,
) -> Recording:
    """Read a bulletin into ``<home>/audio`` and store its measures. What fails the check is not kept.

    About 5 s for a bulletin of 2–3 minutes with the voice in the box. Not inside a write: it opens its own.
    """
    with home.db.read() as session:
        bulletin = session.get(Bulletin, bulletin_id)
        if bulletin is None:
            raise BadInput(f"Không có bản tin số {bulletin_id}.")
        station = f"Đài truyền thanh {commune_of(session, bulletin.commune).name}"
        own = own_words(session, bulletin.commune)
    if text_hash(bulletin.text) != bulletin.text_hash:
        raise BadInput("Lời bản tin đã bị đổi sau khi lưu. Hãy soạn lại bản tin.")
    chosen = voice
    if isinstance(chosen, str):
        parts = sentences(spoken(bulletin.text, own).text)
        chosen = choose_voice(home.settings, chosen, bulletin.commune, parts)
    pieces = Pieces(home.audio / KEPT, float(home.settings.loudness))
    name = f"ban-tin-{bulletin_id}-{chosen.name}-{now.astimezone(VIETNAM):%Y%m%d-%H%M%S}.mp3"  # ASCII: old players
    file = home.audio / name
    home.audio.mkdir(parents=True, exist_ok=True)
    found = record(
        bulletin.text,
        chosen,
        file,
        title=bulletin.title,
        artist=station,
        at=now,
        chimes=True,
        own_words=own,
        pieces=pieces,
        progress=progress,
    )
    pieces.forget(now.timestamp() - KEPT_UNUSED_DAYS * 86_400)
    if not found.ok:
        file.unlink(missing_ok=True)
        raise BadInput(f"Bản ghi chưa đạt: {' '.join(found.problems)} Hãy sửa lời bản tin hoặc đổi giọng.")
    return kept(home, bulletin, chosen.name, chosen.draft, file, found, now)


def kept(
    home: Home, bulletin: Bulletin, voice: str, draft: bool, file: Path, found: AudioCheck, now: datetime
) -> Recording:
    """Note a recording whose ``file`` lies in ``<home>/audio`` already, with what was measured of it."""
    row = Recording(
        bulletin=bulletin.id or 0,
        voice=voice,
        draft=draft,
        file=file.name,
        text_hash=text_hash(bulletin.text),
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        duration_s=found.duration_s,
        lufs=found.lufs,
        true_peak_dbtp=found.true_peak_dbtp,
        syllables_per_minute=found.syllables_per_minute or 0.0,
        created_at=now,
    )

    def store(session: Session) -> Recording:
        session.add(row)
        session.flush()
        return row

    return home.db.write(store)


def say(
    text: str,
    out: Path,
    voice: Voice | str = "auto",
    loudness: float | None = None,
    own: Mapping[str, str] | None = None,
) -> str:
    """``tungnha audio say``: read any text into an MP3. Returns one sentence about what came out.

    ``loudness``: LUFS of the profile; None: that of the settings. ``own``: a commune's own words.
    """
    if not text.strip():
        raise BadInput("Chưa có chữ nào để đọc. Hãy đưa một tệp chữ, hoặc gõ vào.")
    if out.suffix.lower() != ".mp3":
        raise BadInput("Tệp tạo ra phải có đuôi .mp3.")
    settings = get_settings()
    chosen = choose_voice(settings, voice) if isinstance(voice, str) else voice
    target = float(settings.loudness if loudness is None else loudness)
    folder = settings.home / "audio"
    pieces = Pieces(folder / KEPT if folder.is_dir() else None, target)
    found: AudioCheck = say_with(text, chosen, out, pieces, own_words=own)
    return f"Đã ghi {out} ({chosen.label}). {found.summary()}"
