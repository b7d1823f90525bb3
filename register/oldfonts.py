"""Old fonts: Vietnamese typed in TCVN3 (.VnTime) or VNI, or UTF-8 opened as Latin, made Unicode again.

Such text holds Latin letters that only looked Vietnamese in their font: "NguyÔn V¨n B×nh" (TCVN3),
"Nguyeãn Vaên Bình" (VNI). Which of them a sheet speaks is decided by which reading gives Vietnamese
syllables; a cell that holds true Vietnamese letters is never touched.

Sources: TCVN 5712:1993 (VN3); VNI Windows code page.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

Reading = Callable[[str], str]
SAMPLE_CELLS = 400  # cells that are asked before a sheet's font is settled
FEW_CELLS = 3

_TCVN3 = str.maketrans(
    "¡¢£¤¥¦§¨©ª«¬\u00ad®µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ",
    "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
)
_NO_CAPITAL = frozenset("àảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ")  # the font has none with a tone
_GRAVE, _ACUTE, _HOOK, _TILDE, _DOT, _ROOF, _BREVE = "\u0300\u0301\u0309\u0303\u0323\u0302\u0306"
_VNI_ALONE = str.maketrans("ñôöæóòîÑÔÖÆÓÒÎ", "đơưỉĩịỵĐƠƯỈĨỊỴ")
_VNI_TONES = {"ø": _GRAVE, "ù": _ACUTE, "û": _HOOK, "õ": _TILDE, "ï": _DOT}
_VNI_ROOFED = {"â": _ROOF, "à": _ROOF + _GRAVE, "á": _ROOF + _ACUTE, "å": _ROOF + _HOOK, "ã": _ROOF + _TILDE,
               "ä": _ROOF + _DOT}  # fmt: skip
_VNI_SHORT = {"ê": _BREVE, "è": _BREVE + _GRAVE, "é": _BREVE + _ACUTE, "ú": _BREVE + _HOOK, "ü": _BREVE + _TILDE,
              "ë": _BREVE + _DOT}  # fmt: skip
_VNI_AFTER = {
    "a": _VNI_TONES | _VNI_ROOFED | _VNI_SHORT,
    "e": _VNI_TONES | _VNI_ROOFED,
    "o": _VNI_TONES | _VNI_ROOFED,
    **dict.fromkeys("uyôö", _VNI_TONES),
}
_VNI_PAIR = re.compile(r"([aeouyôö])([øùûõïâàáåãäêèéúüë])", re.IGNORECASE)


def from_tcvn3(text: str) -> str:
    """TCVN3 made Unicode: "TrÇn ThÞ Nga" → "Trần Thị Nga". The capitals' font has no capitals with a tone."""
    read = text.translate(_TCVN3)
    capitals = sum("A" <= c <= "Z" for c in text)
    if capitals > len(text.split()) and not any("a" <= c <= "z" for c in text):
        return read.upper()
    words = read.split(" ")
    rest = [word for word in words if word[:1] not in _NO_CAPITAL]
    if rest and len(rest) < len(words) and all(word[:1].isupper() for word in rest):  # "Võ Thị ánh"
        return " ".join(word[:1].upper() + word[1:] for word in words)
    return read


def from_vni(text: str) -> str:
    """VNI made Unicode: a letter is followed by the letter that stands for its marks: "Traàn" → "Trần"."""

    def pair(found: re.Match[str]) -> str:
        marks = _VNI_AFTER[found[1].lower()].get(found[2].lower())
        return found[1].translate(_VNI_ALONE) + marks if marks else found[0].translate(_VNI_ALONE)

    pieces, end = [], 0
    for found in _VNI_PAIR.finditer(text):
        pieces += [text[end : found.start()].translate(_VNI_ALONE), pair(found)]
        end = found.end()
    pieces.append(text[end:].translate(_VNI_ALONE))
    return unicodedata.normalize("NFC", "".join(pieces))


def from_latin(text: str) -> str:
    """UTF-8 that was opened as Windows Latin: "Nguyá»…n" → "Nguyễn"; the text itself where it was not."""
    try:
        return b"".join(_latin_byte(c) for c in text).decode("utf-8")
    except UnicodeError:
        return text


def _latin_byte(character: str) -> bytes:
    try:
        return character.encode("cp1252")
    except UnicodeEncodeError:  # five bytes have no character there and stay themselves
        return character.encode("latin-1")


# --- Which reading is Vietnamese ---------------------------------------------------------------

_TONES = re.compile("[\u0300\u0301\u0309\u0303\u0323]")
_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdđghklmnpqrstvx])?"
    r"(?:iêu|yêu|oai|oay|oao|oeo|uây|uôi|uya|uyê|uyu|ươi|ươu|uêu|uao|uai|uyn"
    r"|ai|ao|au|ay|âu|ây|eo|êu|ia|iê|iu|oa|oă|oe|oi|oo|ôi|ơi|ua|uâ|uă|uê|ue|ui|uô|uơ|uy|ưa|ưi|ươ|ưu|yê"
    r"|[aăâeêioôơuưy])(?:ch|ng|nh|[cmnpt])?"
)
_WORDS = re.compile(r"[^\x00-\x40\[-`{-\x7f\u00a0]+")
_SURE = re.compile("[ĂăĐđƠơƯư\u0128\u0129\u0168\u0169\u0300-\u0323\u1ea0-\u1ef9]")  # no old font can show these
# Latin letters and signs that Vietnamese has no use for.
_SUSPECT = re.compile("[¡-¬\u00ad®¯±³-¹»-¿ÄÅÆÇËÎÏÐÑÖØÛÜÞßäåæçëîïðñöøûüþÿ×÷\u0192]|[aeouyAEOUY][ãåäêëïõøùû]")


@lru_cache(maxsize=100_000)
def _is_syllable(word: str) -> bool:
    decomposed = unicodedata.normalize("NFD", word.lower())
    bare, tones = _TONES.subn("", decomposed)
    return tones <= 1 and _SYLLABLE.fullmatch(unicodedata.normalize("NFC", bare)) is not None


_LETTERS = re.compile("[BCDĐGHKLMNPQRSTVX]{2,5}")  # CĐHH, ĐBN: a shortening is no syllable and speaks against none


def vietnamese(text: str) -> tuple[int, int]:
    """How many of a text's words with marks are Vietnamese syllables, and how many are not."""
    marked = [word for word in _WORDS.findall(text) if not word.isascii() and not _LETTERS.fullmatch(word)]
    good = sum(_is_syllable(word) for word in marked)
    return good, len(marked) - good


def _fits(text: str) -> bool:
    good, bad = vietnamese(text)
    return (good > 0 and bad == 0) or good > 3 * bad


def old_font(texts: Iterable[str]) -> tuple[Reading, bool] | None:
    """How old text among these is to be read, and whether most are old; None where all is Unicode."""
    votes: Counter[Reading] = Counter()
    reading: Reading
    asked = sure = 0
    for text in texts:
        if text.isascii():
            continue
        if not _SUSPECT.search(text):
            sure += 1
            continue
        if _SURE.search(text):
            continue
        asked += 1
        for reading in (from_latin, from_tcvn3, from_vni):
            votes[reading] += reading(text) != text and _fits(reading(text))
        if asked == SAMPLE_CELLS:
            break
    if not votes:
        return None
    reading, times = max(votes.items(), key=lambda vote: vote[1])
    few = times < FEW_CELLS < sure  # one foreign letter in a Unicode list is no old font
    return None if times * 2 <= asked or few else (reading, times > sure)


def unicode_row(row: list[Any], reading: Reading, mostly: bool) -> None:
    """Make a row's cells Unicode, in place. In a list that is mostly Unicode only what is not Vietnamese."""
    for i, cell in enumerate(row):
        if type(cell) is not str or cell.isascii() or _SURE.search(cell):
            continue
        read = reading(cell)
        fits = _fits(read) or (mostly and vietnamese(read) == (0, 0))
        if read != cell and fits and (mostly or not _fits(cell)):
            row[i] = read
