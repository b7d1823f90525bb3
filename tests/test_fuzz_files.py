"""Files that were damaged or tampered with, at every door that takes one: read, or refused with a sentence.

A file is opened, something in it is torn, doubled or given another number, and it is put together again. Whatever comes
of it runs in a child, under the bounds of register.apart. That the child dies by those bounds is what they are for; an
error of our own code is a fault, for the officer would be told that the file is broken when it is not.

Each door takes a few such files here and many in ``make fuzz``. What broke a door once stands in ``FOUND``.
"""

from __future__ import annotations

import io
import resource
import signal
import tempfile
import traceback
import zipfile
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from audio.uploads import read_sound
from campaigns.field.told import redrawn
from campaigns.reports.form import _open
from register.errors import BadInput
from register.glimpses import glimpse
from register.lists import NO_HABITS, read_list
from register.marking import marked_list
from register.return_sheet import read_answers

MEMORY, SECONDS = 2 * 2**30, 40
LISTS = Path(__file__).parent / "register" / "lists"
FORK = get_context("fork")
Tear = tuple[str, float, int]  # what is done to it, where (a share of its length), and with what
TEARS = ("cut", "double", "number", "byte", "tag", "drop", "end")
NUMBERS = (b"0", b"-1", b"1048576", b"99999999999999999999", b"1e308", b"NaN", b"65536", b"")
INSERTS = (b"<", b"&x;", b"</row>", b"]]>", b"\x00", b'"', b"\xff\xfe", "Ệ".encode(), b"=1+1")


def torn(content: bytes, tear: Tear) -> bytes:
    """The same bytes with one damage."""
    what, share, size = tear
    at = int(share * len(content))
    if what == "cut":
        return content[:at] + content[at + size :]
    if what == "double":
        return content[:at] + content[at : at + size] * 3 + content[at + size :]
    if what == "number":
        start = next((n for n in range(at, len(content)) if content[n : n + 1].isdigit()), None)
        if start is None:
            return content
        end = next((n for n in range(start, len(content)) if not content[n : n + 1].isdigit()), len(content))
        return content[:start] + NUMBERS[size % len(NUMBERS)] + content[end:]
    if what == "tag":
        return content[:at] + INSERTS[size % len(INSERTS)] + content[at:]
    if what == "end":
        return content[:at]
    return content[:at] + bytes([size % 256]) + content[at + 1 :]


def damaged(content: bytes, part: float, tears: list[Tear]) -> bytes:
    """The file with these damages; of a packed one, in one of its parts."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        for tear in tears:
            content = torn(content, tear)
        return content
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        chosen = names[int(part * len(names)) % len(names)]
        for name in names:
            inside = old.read(name)
            if name == chosen:
                if any(what == "drop" for what, _, _ in tears):
                    continue
                for tear in tears:
                    inside = torn(inside, tear)
            new.writestr(name, inside)
    return out.getvalue()


def _child(answers: Connection, work: Callable[..., Any], args: tuple[Any, ...]) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    with suppress(ValueError, OSError):
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        work(*args)
        answers.send("read")
    except BadInput as said:
        answers.send(f"refused: {said}")
    except MemoryError:
        answers.send("bound")
    except Exception as error:  # this is what is looked for
        last = traceback.extract_tb(error.__traceback__)[-1]
        answers.send(f"FAULT {type(error).__name__} in {Path(last.filename).name}: {last.name}")


def outcome(work: Callable[..., Any], *args: Any) -> str:
    """What a door says to a file: "read", "refused: …", "bound" (it died by the bounds), or what broke."""
    answers, theirs = FORK.Pipe(duplex=False)
    child = FORK.Process(target=_child, args=(theirs, work, args), daemon=True)
    child.start()
    theirs.close()
    try:
        if not answers.poll(2 * SECONDS):
            return "FAULT it hangs"
        said: str = answers.recv()
    except EOFError:
        child.join(SECONDS)
        died = child.exitcode in (-signal.SIGXCPU, -signal.SIGKILL, -signal.SIGABRT, -signal.SIGSEGV)
        return "bound" if died or child.exitcode == 1 else f"FAULT it ends with {child.exitcode}"
    finally:
        child.kill()
        child.join()
        answers.close()
    return said


def _list(file: Path) -> None:
    glimpse(file, NO_HABITS)
    read_list(file, 2026)


def _marked(file: Path) -> None:
    marked_list(file, 2026, NO_HABITS, file.with_suffix(".marked.xlsx"))


def _form(file: Path) -> None:
    _open(file.read_bytes())


def _picture(file: Path) -> None:
    redrawn(file.read_bytes())


DOORS: dict[str, tuple[Callable[[Path], Any], tuple[str, ...]]] = {
    "list": (_list, ("phan-thiet-447.xlsx", "merged_down.xlsx", "ods.ods", "xls.xls", "semicolon.csv", "web_page.xls")),
    "marked list": (_marked, ("hidden_columns_and_sheets.xlsx", "titles_groups_totals.xlsx")),
    "answers": (read_answers, ("answers_to_a_form.xlsx",)),
    "form": (_form, ("merged_down.xlsx", "figures_for_sex.xlsx")),
    "sound": (read_sound, ("reading.wav", "reading.flac", "reading.ogg", "reading.mp3")),
    "picture": (_picture, ("photo.jpg", "photo.png", "photo.webp")),
}
CASES = [(door, name) for door, (_, names) in DOORS.items() for name in names]
FOUND: list[tuple[str, str, float, list[Tear]]] = [  # what broke a door once: door, file, part, tears
    ("marked list", "hidden_columns_and_sheets.xlsx", 0.5, [("cut", 0.5, 1)]),
    ("form", "merged_down.xlsx", 0.95, [("tag", 0.925, 3)]),
]


def sample(name: str) -> bytes:
    """A sound file of its kind."""
    out = io.BytesIO()
    kind = name.rsplit(".", 1)[1]
    if name.startswith("photo"):
        shades = np.linspace(0, 255, 64 * 48 * 3).reshape(48, 64, 3).astype(np.uint8)
        Image.fromarray(shades).save(out, {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}[kind])
        return out.getvalue()
    if name.startswith("reading"):
        tone = (0.2 * np.sin(np.arange(8_000) / 9)).astype(np.float32)
        soundfile.write(out, tone, 16_000, format=kind.upper())
        return out.getvalue()
    return (LISTS / name).read_bytes()


def at_the_door(door: str, name: str, part: float, tears: list[Tear]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"sent.{name.rsplit('.', 1)[1]}"
        file.write_bytes(damaged(sample(name), part, tears))
        return outcome(DOORS[door][0], file)


@pytest.mark.parametrize(("door", "name"), CASES)
def test_an_undamaged_file_comes_through(door: str, name: str) -> None:
    assert at_the_door(door, name, 0, []) == "read" or name == "answers_to_a_form.xlsx"  # a list, not a returned sheet


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(CASES),
    st.floats(0, 0.999),
    st.lists(st.tuples(st.sampled_from(TEARS), st.floats(0, 0.999), st.integers(0, 400)), min_size=1, max_size=4),
)
@example(("list", "merged_down.xlsx"), 0.5, [("end", 0.4, 0)])
def test_a_damaged_file_is_read_or_refused_with_a_sentence(
    case: tuple[str, str], part: float, tears: list[Tear]
) -> None:
    said = at_the_door(*case, part, tears)
    assert not said.startswith("FAULT"), said
    assert not said.startswith("refused") or said.rstrip("”)").endswith("."), said


@pytest.mark.parametrize(("door", "name", "part", "tears"), FOUND)
def test_what_once_broke_a_door_breaks_it_no_more(door: str, name: str, part: float, tears: list[Tear]) -> None:
    assert not at_the_door(door, name, part, tears).startswith("FAULT")
