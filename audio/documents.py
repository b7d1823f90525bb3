"""Document numbers as people say them: 155/QĐ-UBND → quyết định số một trăm năm mươi lăm của Ủy ban nhân dân.

The codes (type-issuer) follow NĐ 30/2020/NĐ-CP and Hướng dẫn 36-HD/VPTW: ``155/QĐ-UBND``, ``20/2021/NĐ-CP``,
``805/SYT-XH``, ``57-NQ/TW``, ``265/2025/QH15``, ``06/CP``.
"""

from __future__ import annotations

import re

from audio.acronyms import ACRONYMS
from audio.numbers import cardinal, plain
from audio.words import FIELDS, ISSUERS, TYPES, spell

_PART = r"(?:[A-ZĐƯ][A-Za-zĐđƯư]*[A-ZĐƯ][A-Za-zĐđƯư&]*|TTg|TTr|L)\d*"
_TYPE_WORDS = "|".join(sorted({*TYPES.values(), "Văn bản", "Luật", "Bộ luật", "Tờ trình"}, key=len, reverse=True))
DOCUMENT = re.compile(
    rf"(?P<named>(?i:{_TYPE_WORDS})(?i:\s+số)?\s*:?\s*)?"
    rf"(?P<short>(?<![\w-])(?:{'|'.join(t for t in TYPES if len(t) > 1)})\.?(?:\s+số)?\s*:?\s+)?"
    r"(?<![\w./])(?P<number>\d+(?:\.\d+)?)(?P<letter>[a-z]?)"
    r"(?:\s?/\s?(?P<year>(?:19|20)\d\d))?\s?"
    rf"(?P<mark>[/-])\s?(?P<code>{_PART}(?:\s?[-/.]\s?{_PART})*)(?![\w/])"
)


def _issuer(code: str) -> str | None:
    """The body or field a part of the code stands for, or None."""
    letters = code.rstrip("0123456789").replace("&", "")
    term = code[len(letters) :] if "&" not in code else ""
    if not letters:
        return None
    if letters in {"QH", "UBTVQH"}:
        body = "Quốc hội" if letters == "QH" else "Ủy ban Thường vụ Quốc hội"
        return f"{body} khóa {cardinal(int(term))}" if term else body
    if letters in ISSUERS or letters in ACRONYMS:
        body = ISSUERS.get(letters) or ACRONYMS[letters]
    elif letters[0] in "SBP" and letters[1:] in FIELDS:
        body = f"{ {'S': 'Sở', 'B': 'Bộ', 'P': 'phòng'}[letters[0]] } {FIELDS[letters[1:]]}"
    elif letters in FIELDS:
        body = FIELDS[letters]
    else:
        return None
    return f"{body} {plain(term)}" if term else body


def read_documents(text: str, warnings: list[str]) -> str:
    """Replace every document number in ``text``; codes nobody knows are spelled, with a warning."""

    def say(found: re.Match[str]) -> str:
        code = found["code"]
        parts = re.split(r"\s?[-/.]\s?", code)
        kind = TYPES.get(parts[0]) if len(parts) > 1 else None
        if found["mark"] == "-" and kind is None:
            return found[0]
        if kind is None and not found["named"] and len(parts) == 1 and _issuer(parts[0]) is None:
            return found[0]
        bodies = []
        for part in parts[1:] if kind else parts:
            body = _issuer(part)
            if body is None:
                body = spell(part) + (f" {plain(part.lstrip(part.rstrip('0123456789')))}" if part[-1].isdigit() else "")
                warnings.append(f"“{part}” trong số hiệu “{found[0].strip()}” được đọc từng chữ cái")
            bodies.append(body)
        number = " chấm ".join(plain(piece) for piece in found["number"].split("."))
        if found["letter"]:
            number += f" {spell(found['letter'])}"
        if found["year"]:
            number += f" năm {cardinal(int(found['year']))}"
        after = re.split(r"[.;]\s", text[found.end() :])[0]
        if bodies and re.search(rf"\bcủa {re.escape(bodies[0])}", after, re.IGNORECASE):
            bodies.pop(0)  # "… của Chính phủ" follows anyway
        if re.match(r"\s+của\b", after):
            bodies = []  # "57-NQ/TW của Bộ Chính trị": who it is from follows
        tail = f" của {', '.join(bodies)}" if bodies else ""
        if found["named"]:
            return f"{' '.join(found['named'].replace(':', ' ').split())} {number}{tail}"
        if found["short"]:
            short, _, rest = found["short"].replace(":", " ").strip().partition(" ")
            return f"{TYPES.get(short.rstrip('.'), short)} {'số ' if rest else ''}{number}{tail}"
        if kind is None:
            return number + tail
        if re.search(r"số\s*:?\s*$", text[: found.start()], re.IGNORECASE):
            return f"{number}, {kind.lower()}{tail}"
        return f"{kind.lower()} số {number}{tail}"

    return DOCUMENT.sub(say, text)
