"""Letters: Roman numerals, acronyms, capitals, and tokens that mix letters with digits."""

from __future__ import annotations

import itertools
import re

from audio import acronyms, words
from audio.numbers import cardinal, ordinal, plain, roman
from audio.rest import expansion
from audio.words import UPPER

_CAMEL = re.compile(rf"[{UPPER}]{{2,}}(?=[{UPPER}][^\W\d_{UPPER}])|[{UPPER}]{{2,}}|[^\W\d_]?[^\W\d_{UPPER}]+|.")
_NUMBERED = (
    r"thế kỷ|thế kỉ|đại hội|khóa|khoá|quý|chương|phần|mục|thứ|khu vực|vùng|hạng|loại|cấp|bậc|kỳ|tập|quân khu|quân đoàn|"
    r"phụ lục|nhóm|giai đoạn|độ|đợt|lần|hội nghị|điều|học kỳ|toàn quốc|trung ương|mức|khối|tuyến|diện|số|đảng|tháng"
)

# Letters and figures after these are a name: lúa BC15, máy KT2, mã thẻ TE1, HN2
_VARIETY = re.compile(
    r"\b(?:giống|lúa|ngô|bắp|nếp|đậu|lạc|khoai|sắn|mì|mía|cà phê|keo|gà|vịt|lợn|heo|thuốc|phân|máy|xe|loại|mã|"
    r"ký hiệu|hạng)(?: (?:lúa|ngô|bắp|lai|nếp|thuần|cày|bơm|mới|thẻ|số|đối tượng|quyền lợi|hàng))*\s*:?"
    r"(?:\s*[^\W\d]+\d\w*\s*(?:,|và|hoặc))*\s+$",
    re.IGNORECASE,
)
_FOREIGN_NAME = re.compile(  # consonants and vowels by turns: KALMAEGI, YAGI, but no BHXHTN
    r"(?=.{4,})[bcdghklmnprstvxzfjw]{0,2}[aeiouy]{1,2}(?:[bcdghklmnprstvxzfjw]{1,2}[aeiouy]{1,2})+[bcdghklmnprstvxz]{0,2}"
)
_JOINED = re.compile(r"(?<![\w&-])[A-ZĐ]{1,6}(?:(?:\s?[&-]\s?|,)[A-ZĐ]{1,6})+(?![\w&])")


def read_joined_acronyms(text: str) -> str:
    """NN&PTNT, KH&ĐT, LĐ-TB&XH: what is known as one acronym without the signs between."""

    def say(found: re.Match[str]) -> str:
        letters = re.sub(r"[^A-ZĐ]", "", found[0])
        body = re.search(r"\b(?:sở|bộ|phòng|ban)\s+$", text[: found.start()], re.IGNORECASE)
        known = (words.FIELDS, acronyms.ACRONYMS) if body else (acronyms.ACRONYMS, words.FIELDS)
        return (known[0].get(letters) or known[1].get(letters) or found[0]) if len(letters) > 3 else found[0]

    return _JOINED.sub(say, text)


def read_roman_numerals(text: str) -> str:
    def say(found: re.Match[str]) -> str:
        value = roman(found[2])
        if value is None or found[2] in "CDLM" or found[2] in acronyms.ACRONYMS:
            return found[0]
        return found[1] + (ordinal(value) if found[1].lower().rstrip().endswith("thứ") else cardinal(value))

    numeral = r"([IVXLCDM]+)"

    def both(found: re.Match[str]) -> str:
        if roman(found[1]) is None or roman(found[2]) is None:
            return found[0]
        lead = "quý " if re.search(r"quý\s+$", text[: found.start()], re.IGNORECASE) else ""
        return f"{found[1]} đến {lead}{found[2]}"

    text = re.sub(r"\b([IVX]+)\s?-\s?([IVX]+)\b", both, text)
    text = re.sub(rf"(\b(?i:{_NUMBERED})\s+){numeral}(?![\w'])", say, text)
    heading = _is_heading(text)

    def bare(found: re.Match[str]) -> str:
        value = roman(found[1])
        return cardinal(value) if value and not (heading and words.is_syllable(found[1])) else found[0]

    return re.sub(r"(?<![\w'-])([IVX]{2,})(?![\w'])", bare, text)


def read_letters_with_digits(text: str, warnings: list[str]) -> str:
    """Tokens of letters and digits: 3B, A1, 86B, H5N1, QH15, KP5."""
    text = re.sub(r"\bQH(?=\d\d\b)", "Quốc hội khóa ", text)

    def say(found: re.Match[str]) -> str:
        said = []
        variety = _VARIETY.search(text[: found.start()])
        for piece in re.findall(r"\d+|[^\W\d_]+|[.,]", found[0]):
            if piece in ".,":
                said.append("chấm" if piece == "." else "phẩy")
            elif piece.isdigit():
                said.append(plain(piece))
            elif piece in acronyms.ACRONYMS and not variety:
                said.append(acronyms.ACRONYMS[piece])
            elif len(piece) > 1 and words.has_vowel(piece) and not piece.isupper():
                said.append(piece)
            else:
                said.append(words.spell(piece))
                if len(piece) > 2 and not variety:
                    warnings.append(f"“{found[0]}” được đọc từng chữ cái")
        return " ".join(said)

    return re.sub(r"(?=\w*\d)(?=\w*[^\W\d_])[^\W_]+(?:(?<=\d)[.,]\d+)*", say, text)


def _is_heading(text: str) -> bool:
    """Most of the line is in capitals: THÔNG BÁO VỀ VIỆC …"""
    found = re.findall(r"[^\W\d_]{2,}", text)
    found = [word for word in found if words.is_syllable(word) and word not in acronyms.ACRONYMS]
    return len(found) >= 3 and sum(word.isupper() for word in found) > 0.6 * len(found)


def _capitals(word: str, heading: bool, warnings: list[str]) -> str:
    """A word wholly in capitals: from the table, a word that can be read, or letter by letter."""
    syllable = words.is_syllable(word)
    if word in acronyms.ACRONYMS and not (heading and syllable):
        return acronyms.ACRONYMS[word]
    if syllable:
        return word.capitalize()
    if word.lower() in acronyms.ANY_CASE:
        return acronyms.ANY_CASE[word.lower()]
    if word not in acronyms.LETTERED and (known := expansion(word)):
        warnings.append(f"“{word}” được đọc là “{known}”; nếu không đúng, hãy viết đủ chữ")
        return known
    if _FOREIGN_NAME.fullmatch(words.bare(word)) and word not in acronyms.LETTERED:
        return word.capitalize()  # bão KALMAEGI
    said = words.spell(word)
    if not said:
        return word
    if word not in acronyms.LETTERED:
        warnings.append(f"“{word}” không có trong bảng chữ viết tắt, được đọc từng chữ cái; nên viết đủ chữ")
    return said


def read_acronyms(text: str, warnings: list[str]) -> str:
    heading = _is_heading(text)

    def say(found: re.Match[str]) -> str:
        said = one(found)
        first = said.split(" ", 1)[0]
        for noun in (" ".join(said.split()[:2]), first):  # ngân hàng NHCSXH, hội HLHPN, số SĐT
            if said != found[0] and noun != said and noun.lower() != "xã" and before(found, noun):
                return said[len(noun) + 1 :]
        return said

    def before(found: re.Match[str], noun: str) -> bool:
        return text[: found.start()].lower().endswith((f" {noun.lower()} ", f"({noun.lower()} ")) or (
            text[: found.start()].lower() == f"{noun.lower()} "
        )

    def one(found: re.Match[str]) -> str:
        word = found[0]
        if len(word) == 1:
            if found.string[found.end() : found.end() + 1] == "'" or words.has_vowel(word):
                return word  # H'Mông, à, ý
            return words.spell(word) or word
        if word in acronyms.ACRONYMS and not word.isupper():
            return acronyms.ACRONYMS[word]
        if word.isupper():
            return _capitals(word, heading, warnings)
        if word.lower() in acronyms.ANY_CASE and (word.islower() or not words.has_vowel(word) or not word.istitle()):
            return acronyms.ANY_CASE[word.lower()]
        if re.fullmatch(rf"[{UPPER}]{{2}}[^\W\d_{UPPER}]{{1,5}}", word) and word[:2] not in acronyms.ACRONYMS:
            return word.capitalize()  # highland names: BLa, SRó, KDang
        if any(a.isupper() and b.isupper() for a, b in itertools.pairwise(word)):
            return " ".join(_piece(piece, word, warnings) for piece in _CAMEL.findall(word))
        if not words.has_vowel(word) and words.spell(word):
            warnings.append(f"“{word}” không đọc được thành tiếng, được đọc từng chữ cái")
            return words.spell(word)
        return word

    return re.sub(r"[^\W\d_]+", say, text)


def _piece(piece: str, word: str, warnings: list[str]) -> str:
    if len(piece) > 1 and not piece.isupper() and words.has_vowel(piece):
        return piece
    if len(piece) > 1 and not any(word.endswith(end) for end in ("Bank", "bank", "Pay", "Money", "Post")):
        warnings.append(f"“{word}” được đọc từng chữ cái")
    return words.spell(piece)
