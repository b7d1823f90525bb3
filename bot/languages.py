"""In which language a person wants to hear the steps. The words stay Vietnamese; the voices are people's.

A language in which nobody has recorded anything is kept as a wish all the same: what is recorded later is heard.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bot.talking import Talk
from content.library import library
from content.message import VIETNAMESE

MOST_OFFERED = 4  # buttons beside "help.human": Zalo takes five
_BACK = re.compile(r"\b(?:nghe|bang|lai|ve|doi sang|chuyen sang) tieng (?:viet|kinh|pho thong)\b(?! khong)")


def wanted(plain: str) -> str:
    """The intent of a normalised text that names a language: language.khm, language.vi, or ""."""
    found = _names().search(plain)
    if found:
        return f"language.{_by_name()[found.group(1)]}"
    return f"language.{VIETNAMESE}" if _BACK.search(plain) else ""


@lru_cache
def _by_name() -> dict[str, str]:
    return {name: code for code, language in library().languages.items() for name in language.asked}


@lru_cache
def _names() -> re.Pattern[str]:
    longest_first = sorted(_by_name(), key=len, reverse=True)
    return re.compile(rf"\btieng (?:dan toc )?({'|'.join(map(re.escape, longest_first))})\b")


def choose(talk: Talk, code: str) -> None:
    """language.khm: from now on in this language; the step in hand once more, where it can be heard."""
    talk.change(language="" if code == VIETNAMESE else code)
    recorded = code in (VIETNAMESE, *talk.scene.languages)
    if code == VIETNAMESE:
        talk.send(library().faq["language.back"])
    else:
        answer = library().faq["language" if recorded else "language.missing"]
        talk.send(answer, language=library().languages[code].name)
    if recorded and talk.state.at == "guide":
        talk.show()


def which(talk: Talk) -> None:
    """language.which: those in which somebody has recorded something."""
    offered = [f"language.{code}" for code in talk.scene.languages][: MOST_OFFERED - 1]
    talk.send(library().faq["language.which"], *offered, f"language.{VIETNAMESE}", "help.human")


def act(talk: Talk, intent: str) -> None:
    """Any intent that begins with "language."."""
    code = intent.partition(".")[2]
    if code == "which":
        which(talk)
    else:
        choose(talk, code)
