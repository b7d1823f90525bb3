"""The drawn phone screen of a step: ``picture("asxh-2") -> PNG bytes``.

    screens.yaml ─ drawing (pure, SVG) ─ typst ─ PNG

Our own drawing: a frame, the words that must be found on the real screen, and a ring with a finger
where it is touched. No logo and no colour of another's application is copied. Every file is the
same on every machine (the fonts come with us), so that a channel uploads it once.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path
from textwrap import wrap
from typing import Any, Literal, get_args
from xml.sax.saxutils import escape

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

from content.typeset import fonts
from content.words import nfc

FOLDER = Path(__file__).parent
FILE = "screens.yaml"
_DRAWN = re.compile(r"[a-z0-9-]+\.[0-9a-f]{8}\.png")
WIDTH = 540  # SVG units; a row's height is counted in the same
PPI = 108  # 810 pixels wide: legible on an old phone, 30 to 70 kB (Zalo takes 1 MB)
_FONT = "Be Vietnam Pro"
_INK, _PAPER, _LINE, _GREY, _MARK, _GOOD = "#1b1b1b", "#ffffff", "#8a8f98", "#e4e7ec", "#c8102e", "#17703a"
_HINT = "#565b64"
_EDGE, _HAND = 40, 104  # margin of the screen; what the hand hangs below what it touches
_LETTER, _BOLD = 0.5, 0.56  # mean width of a letter, in font sizes
_BESIDE = 132  # from the left edge to the words beside a tick: the hand needs the room

Kind = Literal["tile", "button", "text", "small", "field", "dots", "tick", "link", "item", "good"]

_PLACES = {"tile": "ô", "button": "nút", "field": "ô trống", "dots": "ô nhập mã", "tick": "ô vuông trước dòng"}


class Row(BaseModel):
    """One thing on a screen: its kind, the words on it, and whether the finger goes there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    words: str = ""
    touch: bool = False

    @model_validator(mode="before")
    @classmethod
    def _short(cls, raw: dict[str, object]) -> dict[str, object]:
        """``{button: "Tiếp tục"}`` is how the file writes it."""
        kinds = [name for name in raw if name in get_args(Kind)]
        return {"kind": kinds[0], "words": raw[kinds[0]], "touch": raw.get("touch", False)} if kinds else raw


class Screen(BaseModel):
    """One drawn screen."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    rows: tuple[Row, ...]


@lru_cache
def screens(folder: Path = FOLDER) -> dict[str, Screen]:
    """All screens of a content folder, by the name that steps give as their ``picture``."""
    raw = yaml.safe_load(nfc((folder / FILE).read_text("utf-8")))
    return {name: Screen.model_validate(screen) for name, screen in raw.items()}


@lru_cache(maxsize=64)
def picture(name: str) -> bytes:
    """The PNG of a screen. KeyError: no such screen. About 0,1 s the first time, then kept."""
    import typst

    folders: list[Any] = [fonts()]  # typst's own types want one for the template and the folders
    page = '#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes(sys.inputs.svg), format: "svg")\n'
    png = typst.compile(
        page.encode(),
        font_paths=folders,
        ignore_system_fonts=True,
        sys_inputs={"svg": drawing(screens()[name])},
        format="png",
        ppi=PPI,
    )
    assert isinstance(png, bytes)
    return png


@lru_cache(maxsize=256)
def file_of(name: str) -> str:
    """The file that a screen is drawn into, "" for no such screen: asxh-2.1f0c9a3b.png.

    Its name tells what is drawn, so that a screen that changed is drawn, uploaded and loaded anew.
    """
    screen = screens().get(name)
    if screen is None:
        return ""
    return f"{name}.{hashlib.sha256(f'{PPI} {drawing(screen)}'.encode()).hexdigest()[:8]}.png"


def draw_missing(folder: Path) -> int:
    """Write every screen that ``folder`` has no picture of yet. Returns how many were drawn.

    Earlier drawings of a screen go. A commune's own picture of that name (asxh-2.png or .jpg) is none of ours.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = [
        name
        for name in screens()
        if not any((folder / file).exists() for file in (f"{name}.png", f"{name}.jpg", file_of(name)))
    ]
    for name in missing:
        beside = folder / f".{name}.new"
        beside.write_bytes(picture(name))
        beside.replace(folder / file_of(name))
    for old in folder.glob("*.png"):
        if _DRAWN.fullmatch(old.name) and old.name != file_of(old.name.partition(".")[0]):
            old.unlink(missing_ok=True)
    return len(missing)


def described(name: str) -> str:
    """What a picture shows, for whoever does not see it: where to touch, what stands there. "": no such picture."""
    screen = screens().get(name)
    if screen is None:
        return ""
    there = ", ".join(f"“{row.words}”" for row in screen.rows if row.words and not row.touch)
    touched = next((row for row in screen.rows if row.touch), None)
    where = ""
    if touched is not None:
        place = _PLACES.get(touched.kind, "dòng")
        where = f" Ngón tay chỉ vào {place} “{touched.words}”." if touched.words else f" Ngón tay chỉ vào {place}."
    return f"Hình vẽ màn hình “{screen.title}”.{where}" + (f" Trên màn hình còn có {there}." if there else "")


def drawing(screen: Screen) -> str:
    """The screen as SVG."""
    parts: list[str] = []
    over, y = "", 178.0  # the hand lies over everything else
    tiles = [row for row in screen.rows if row.kind == "tile"]
    for place, row in enumerate(screen.rows):
        if row.kind == "tile":
            column, line = place % 2, place // 2
            at = (46.0 + column * 232, y + line * 196, 216.0, 176.0)
            parts.append(_tile(row, *at))
            over = _finger(*at) if row.touch else over
            if row is tiles[-1]:
                y += (line + 1) * 196 + 44
            continue
        drawn, height, touched = _row(row, y)
        parts.append(drawn)
        if row.touch:
            over = _finger(*touched)
            height = max(height, touched[1] + touched[3] - y + (_HAND if row is not screen.rows[-1] else 60))
        y += height + 20
    bottom = max(y + 30, 560)
    title = _lines(screen.title, 34, WIDTH - 100)
    heading = "".join(_text(line, WIDTH / 2, 112 + n * 40 - (len(title) - 1) * 20, 34, bold=True, middle=True)
                      for n, line in enumerate(title))  # fmt: skip
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 34:g}" width="{WIDTH}"'
        f' height="{bottom + 34:g}" font-family="{_FONT}">'
        f'<rect width="{WIDTH}" height="{bottom + 34:g}" fill="#f3f1ec"/>'
        f'<rect x="14" y="14" width="{WIDTH - 28}" height="{bottom:g}" rx="44" fill="{_PAPER}" stroke="{_INK}"'
        f' stroke-width="6"/><rect x="215" y="30" width="110" height="14" rx="7" fill="{_GREY}"/>'
        f'{heading}<path d="M17 150H{WIDTH - 17}" stroke="{_GREY}" stroke-width="3"/>{"".join(parts)}{over}</svg>'
    )


_Box = tuple[float, float, float, float]  # x, y, width, height


def _row(row: Row, y: float) -> tuple[str, float, _Box]:
    """One row drawn at ``y``, its height, and the place on it that is touched."""
    x, width, words = float(_EDGE), float(WIDTH - 2 * _EDGE), row.words
    match row.kind:
        case "text" | "small" | "good":
            size, good = {"text": 33, "small": 30, "good": 34}[row.kind], row.kind == "good"
            lines = _lines(words, size, width)
            drawn = _block(lines, WIDTH / 2, y, size, colour=_GOOD if good else _INK, bold=good, middle=True)
            return drawn, len(lines) * size * 1.3, (x, y, width, len(lines) * size * 1.3)
        case "field":
            drawn = _box(x, y, width, 78, _PAPER) + (_text(words, x + 20, y + 50, 31, colour=_HINT) if words else "")
            return drawn, 78, (x, y, width, 78)
        case "dots":
            row_of = range(6)
            dots = "".join(f'<circle cx="{145 + n * 50}" cy="{y + 39:g}" r="14" fill="{_INK}"/>' for n in row_of)
            told = _text(words, WIDTH / 2, y + 114, 30, middle=True) if words else ""
            return _box(x, y, width, 78, _PAPER) + dots + told, 124 if words else 78, (x, y, width, 78)
        case "button":
            drawn = f'<rect x="{x}" y="{y}" width="{width}" height="92" rx="16" fill="{_INK}"/>'
            return (
                drawn + _text(words, WIDTH / 2, y + 59, 37, colour=_PAPER, bold=True, middle=True),
                92,
                (x, y, width, 92),
            )
        case "link":
            half = len(words) * 36 * _BOLD / 2
            drawn = _text(words, WIDTH / 2, y + 48, 36, bold=True, middle=True)
            drawn += f'<path d="M{WIDTH / 2 - half:g} {y + 60:g}h{2 * half:g}" stroke="{_INK}" stroke-width="3"/>'
            return drawn, 76, (x + 40, y, width - 80, 76)
        case "tick":
            lines = _lines(words, 30, width - _BESIDE)
            drawn = _block(lines, x + _BESIDE, y, 30) + f'<rect x="{x + 12}" y="{y + 8}" width="60" height="60" rx="8"'
            drawn += f' fill="{_PAPER}" stroke="{_INK}" stroke-width="4"/>'
            return drawn, max(len(lines) * 30 * 1.3, 80), (x + 4, y, 76, 76)
        case _:  # item
            lines = _lines(words, 34, width - 50)
            height = max(len(lines) * 34 * 1.3 + 34, 92)
            drawn = _box(x, y, width, height, _PAPER if words else _GREY)
            drawn += _block(lines, x + 24, y + (height - len(lines) * 34 * 1.3) / 2, 34, bold=True)
            return drawn, height, (x, y, width, height)


def _tile(row: Row, x: float, y: float, width: float, height: float) -> str:
    """A square of the home screen; one that does not matter is grey and silent."""
    lines = _lines(row.words, 36, width - 10)
    drawn = _box(x, y, width, height, _PAPER if row.words else _GREY)
    return drawn + _block(lines, x + width / 2, y + (height - len(lines) * 47) / 2, 36, bold=True, middle=True)


def _box(x: float, y: float, width: float, height: float, fill: str) -> str:
    line = _LINE if fill == _PAPER else "none"
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="14" fill="{fill}" stroke="{line}"'
        ' stroke-width="3"/>'
    )


def _finger(x: float, y: float, width: float, height: float) -> str:
    """The place to touch: a thick ring round it, and a hand that points at its lower edge."""
    ring = (
        f'<rect x="{x - 7:g}" y="{y - 7:g}" width="{width + 14:g}" height="{height + 14:g}" rx="20" fill="none"'
        f' stroke="{_MARK}" stroke-width="8"/>'
    )
    tip_x, tip_y = x + width * (0.8 if width > 120 else 0.5), y + height - 16
    hand = (  # one pointing finger, drawn from its tip
        "M0 0c-9 0-15 7-15 15v46l-13-11c-7-6-17-5-22 1-5 7-3 15 3 21l34 38c6 7 14 10 23 10h23c17 0 29-12 31-29l4-34"
        "c1-10-6-17-14-18l-39-6V15C15 7 9 0 0 0z"
    )
    return (
        ring + f'<path d="{hand}" transform="translate({tip_x:g} {tip_y:g})" fill="#ffe3c2" stroke="{_MARK}"'
        ' stroke-width="5" stroke-linejoin="round"/>'
    )


def _lines(words: str, size: float, width: float) -> list[str]:
    """As few lines as fit, all about as long: "An sinh | xã hội", and no word left alone."""
    room = max(int(width / (size * _LETTER)), 4)
    lines = wrap(words, room)
    while room > 4 and len(narrower := wrap(words, room - 1)) == len(lines):
        room, lines = room - 1, narrower
    return lines


def _block(
    lines: list[str], x: float, y: float, size: float, *, colour: str = _INK, bold: bool = False, middle: bool = False
) -> str:
    return "".join(
        _text(line, x, y + size * (1 + n * 1.3), size, colour=colour, bold=bold, middle=middle)
        for n, line in enumerate(lines)
    )


def _text(
    words: str, x: float, y: float, size: float, *, colour: str = _INK, bold: bool = False, middle: bool = False
) -> str:
    weight, anchor = ("700" if bold else "400"), ("middle" if middle else "start")
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" font-weight="{weight}" text-anchor="{anchor}"'
        f' fill="{colour}">{escape(words)}</text>'
    )
