"""The content files as checked objects, read once per process.

    guides/*.yaml    what to do, step by step            messages/*.yaml  what campaigns send
    screens.yaml     the steps' drawn phone screens      (drawn by content/screens.py)
    faq/*.yaml       answers to questions, by intent     talk.yaml        the bot's own sentences
    buttons.yaml     every button's title               languages.yaml   what people may have recorded the steps in
    ready.yaml       sentences that officers choose from when they answer

A text is a list of lines with fields in braces; a line whose field is empty (no landline, no session
planned) is left out, so that nothing is ever half said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from content.message import Addressee, Button, Message, Place, Wording
from content.words import nfc

FOLDER = Path(__file__).parent
FIELDS = (
    "addressee",
    "you",
    "You",
    "commune",
    "office",
    "service_centre",
    "hamlet_head",
    "phone",
    "session",
    "wait",
    "language",
    "recall",  # how the chat's own menu calls taking a message back; "" on the web page, which tells that itself
)
_FIELD = re.compile(r"\{(\w+)\}")


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Sourced(_Model):
    """What every file states: where its facts come from and when they were last checked."""

    id: str
    title: str = ""
    source: str = Field(min_length=1)
    verified_on: date
    verified_on_device: bool = False
    app_version: str = ""  # of VNeID, where the text names its screens


class Text(_Model):
    """A text for the person, perhaps another one for a helper, and its buttons. ``key``: made by _keyed."""

    key: str = ""
    lines: tuple[str, ...] = Field(min_length=1)
    helper: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    voice: bool = False
    picture: str = ""


class Step(Text):
    """One step of a guide. ``problems``: the guides offered to whoever is stuck here."""

    name: str
    problems: tuple[str, ...] = ()


class Asked(Sourced):
    """What people ask for. ``asked``: patterns (folded, see bot.understanding.normalise) by which a subject
    narrower than the understanding's intents is recognised.
    """

    asked: tuple[str, ...] = ()


class Guide(Asked):
    """A guide. ``says``: the fact that needing it states of the person, e.g. (eid_level, below_2)."""

    steps: tuple[Step, ...] = Field(min_length=1)
    says: tuple[str, str] | None = None


class Faq(Asked, Text):
    """The answer to one intent."""


class Template(Sourced, Text):
    """A campaign's message. ``titles``: of buttons that are called otherwise here than in buttons.yaml."""

    titles: dict[str, str] = Field(default_factory=dict)


class Talk(Sourced):
    """The bot's own sentences."""

    texts: dict[str, Text]


class Ready(Text):
    """A sentence that an officer chooses and changes before it is sent. ``kinds``: of tickets that it may answer."""

    kinds: tuple[str, ...] = Field(min_length=1)


class ReadySentences(Sourced):
    """All of them, by name."""

    sentences: dict[str, Ready]


class Language(_Model):
    """A language in which people may have recorded the steps. ``asked``: how its name is written, folded."""

    name: str
    asked: tuple[str, ...] = Field(min_length=1)


class Library(_Model):
    """All content of one installation."""

    guides: dict[str, Guide]
    faq: dict[str, Faq]
    messages: dict[str, Template]
    talk: Talk
    ready: ReadySentences
    buttons: dict[str, str]
    languages: dict[str, Language]
    folder: Path = FOLDER


def _read(path: Path) -> Any:
    return yaml.safe_load(nfc(path.read_text("utf-8")))


def _keyed(raw: Any) -> Any:
    """Each text's own name, by which its recordings are found: asxh.open, ask.fee, talk.who."""
    for step in raw.get("steps", ()):
        step["key"] = f"{raw.get('id')}.{step.get('name')}"
    for name, text in raw.get("texts", {}).items():
        text["key"] = f"talk.{name}"
    return raw | {"key": raw.get("id", "")} if "lines" in raw else raw


def _folder(folder: Path, model: type[Any]) -> dict[str, Any]:
    read = [model.model_validate(_keyed(_read(path))) for path in sorted(folder.glob("*.yaml"))]
    return {item.id: item for item in read}


def read_library(folder: Path) -> Library:
    """Read and validate the content below ``folder``. Raises pydantic.ValidationError or yaml.YAMLError."""
    return Library(
        guides=_folder(folder / "guides", Guide),
        faq=_folder(folder / "faq", Faq),
        messages=_folder(folder / "messages", Template),
        talk=Talk.model_validate(_keyed(_read(folder / "talk.yaml"))),
        ready=ReadySentences.model_validate(_read(folder / "ready.yaml")),
        buttons=_read(folder / "buttons.yaml"),
        languages=_read(folder / "languages.yaml"),
        folder=folder,
    )


@lru_cache
def library() -> Library:
    """The content that ships with the application."""
    return read_library(FOLDER)


class Fields(dict[str, str]):
    """The values of every field, and what is worded otherwise here."""

    wording: Wording = ()


def fields_of(addressee: Addressee | None, place: Place, **more: str) -> dict[str, str]:
    """The values of every field. Without an addressee nobody is named: "ông/bà"."""
    title = addressee.title if addressee else "ông/bà"
    named = f"{title} {addressee.name}".strip() if addressee else title
    values = dict.fromkeys(FIELDS, "")
    values |= {"addressee": named, "you": title, "You": title[:1].upper() + title[1:]}
    values |= {name: getattr(place, name) for name in FIELDS if hasattr(place, name)}
    fields = Fields(values | more)
    fields.wording = place.wording
    return fields


def render(lines: Sequence[str], values: Mapping[str, str]) -> str:
    """The lines with their fields filled in, without those that have an empty field. NFC."""
    kept = [line for line in lines if all(map(values.get, _fields_in(line)))]
    return nfc("\n".join(_FIELD.sub(lambda match: values[match.group(1)], line) for line in kept))


@cache  # the content's own lines
def _fields_in(line: str) -> tuple[str, ...]:
    return tuple(_FIELD.findall(line))


def buttons_of(ids: Sequence[str], **titles: str) -> tuple[Button, ...]:
    """Buttons with their titles from buttons.yaml, each once."""
    known = library().buttons
    return tuple(Button(id, titles.get(id, known[id])) for id in dict.fromkeys(ids))


def message(text: Text, values: Mapping[str, str], *, helper: bool = False, buttons: Sequence[str] = ()) -> Message:
    """Render a text for the person or for a helper. ``buttons`` replace the text's own when given."""
    other = helper and bool(text.helper)
    lines, reading = (text.helper, f"{text.key}.helper") if other else (text.lines, text.key)
    titles = text.titles if isinstance(text, Template) else {}
    if not other and (wording := getattr(values, "wording", ())) and (own := dict(wording).get(text.key)):
        lines, reading = own, ""  # nobody has read these aloud
    if reading and values.get("page") and any("{page}" in line for line in lines):
        reading += ".web"  # its lines are others there
    keys = buttons_of(buttons or text.buttons, **titles)
    return Message(render(lines, values), keys, text.voice, text.picture, reading)
