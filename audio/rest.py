"""What no own rule knows is asked of a second normaliser (sea-g2p, the extra ``voices``), if it is installed.

It was the best of nine on this domain's hard items, yet wrong on a third of them: so it goes last, sees single
words only, and its answer counts only if it is Vietnamese words and no letters. Whoever wrote the text is told.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import structlog

from audio import words

log = structlog.get_logger(__name__)


@cache
def _normaliser() -> Any:
    try:
        from sea_g2p import Normalizer

        return Normalizer()
    except Exception as error:  # not installed, or its binary does not load here: the own rules spell the word
        log.debug("normaliser_absent", kind=type(error).__name__)
        return None


@cache
def expansion(word: str) -> str:
    """What an acronym stands for, e.g. HLV → huấn luyện viên; empty when it is not known there either."""
    normaliser = _normaliser()
    if normaliser is None or not word.isalpha():
        return ""
    answer = " ".join(str(normaliser.normalize(word)).split()).rstrip(" .")
    parts = answer.split()
    if len(parts) < 2 or "<" in answer or not re.fullmatch(r"[^\W\d_]+(?: [^\W\d_]+)*", answer):
        return ""
    if any(len(part) < 2 or not words.is_syllable(part) for part in parts):
        return ""
    first = [words.bare(part)[0] for part in parts]
    return answer if first == list(words.bare(word)) else ""  # letter names begin otherwise: giê, ích, nờ
