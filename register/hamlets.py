"""Hamlets as lists name them: in a column, in an address, in a group row, in a sheet's name or a title."""

from __future__ import annotations

import re
from functools import lru_cache

from register.words import clean, plain

_KIND = (
    r"khu phố|khu pho|kp|thôn|thon|tổ dân phố|to dan pho|tdp|khóm|khom|ấp|ap|buôn|buon|bản|làng|lang|xóm|xom|tổ"
    r"|khu dân cư|khu dan cu|kdc|khu vực|khu vuc|tiểu khu|tieu khu|khối phố|khoi pho|khối|khoi|khu"
    r"|phum|sóc|plei|bon|đội|cụm"
)
_SURE_KIND = (
    r"khu phố|kp|(?<!nông )thôn|tổ dân phố|tdp|khóm|ấp|buôn|xóm|tiểu khu|khối phố|khu dân cư"  # even in a title
)
_ENDS = r"(?![^\W\d_])"  # "KP1" too
# "II ", "1.1 ", "B. "
NUMBERED = r"(?:(?:[ivx]+|\d+(?:\.\d+)*)\s*[.)\-/:]?\s+|(?:[a-zđ]|[ivx]+|\d+(?:\.\d+)*)\s*[.)\-/:]\s*)"
_ROW = re.compile(rf"(?i)^{NUMBERED}?((?:{_KIND}){_ENDS}\.?\s*[^,;:()–]{{1,40}}?)\s*(?:[:;,(–].*|-\s.*|\d+ người)?$")
_KIND_WITH_COLON = re.compile(rf"(?i)^((?:{_KIND}))\s*:\s*([^,;:()]{{1,40}}?)\s*(?:[;,(].*)?$")
_INSIDE = re.compile(rf"(?i)(?:^|[,;\-]\s*|\s)((?:{_KIND}){_ENDS}\.?\s*[^,;\-]{{1,40}})")
_TITLE_ENDS = (
    r"(?i:(?=\s*(?:$|[,;:()\-–]|xã\b|phường\b|thị trấn|đặc khu|tháng\b|năm\b|quý\b"
    r"|được|hưởng|nhận|thuộc|đợt|kỳ\b|và\b)))"
)
_IN_TITLE = re.compile(
    rf"(?i)(?<!\w)((?:{_SURE_KIND}){_ENDS}\.?\s*:?\s*(?:số\s+)?[\w.]+(?:\s[\w.]+){{0,3}}?)" + _TITLE_ENDS
)
# "bản" and "làng" are also plain words (văn bản, bản sao, làng SOS) and begin names of communes (xã Bản Lầu).
_PLAIN_WORDS = re.compile(
    r"(?i)\b(?:văn|cơ|biên|phiên|ấn|nhật|xã|phường|thị trấn|chợ|trường|học) (?:bản|làng)\b"
    r"|\bbản (?:sao|in|chính|gốc|thân|kê|nháp|thảo|gửi|mới|cũ|tổng|cuối|đẹp|chuẩn|này|đã|khai|đăng|cam|tin|đồ|danh|báo"
    r"|thống|xác|ghi|scan|final|word)\b|\blàng (?:sos|nghề|trẻ|hữu)\b"
)
_CAPITALS = "".join(letter for letter in map(chr, range(0x41, 0x1EFA)) if letter.isupper())
_NAMED = re.compile(
    rf"(?<!\w)((?i:bản|làng)\s*:?\s+[{_CAPITALS}\d][\w'’]*(?:\s[{_CAPITALS}\d][\w'’]*){{0,3}}?)" + _TITLE_ENDS
)
_FULL = {"kp": "Khu phố", "tdp": "Tổ dân phố", "kdc": "Khu dân cư", "kv": "Khu vực", "khu pho": "Khu phố",
         "thon": "Thôn", "to dan pho": "Tổ dân phố", "khom": "Khóm", "ap": "Ấp", "buon": "Buôn",
         "xom": "Xóm"}  # fmt: skip
_KIND_FIRST = re.compile(rf"(?i)^({_KIND}|kv)(?=[\s.:\d])[\s.:]*(?:số\s+)?(\S.*)$")


@lru_cache(maxsize=20_000, typed=True)
def hamlet_name(value: object, title: str = "") -> str:
    """A hamlet as it is kept: "KP1" → "Khu phố 1"; a bare "3" under the heading "Thôn" → "Thôn 3"."""
    text = plain(value).strip(" .,;:-")
    if text.isdigit() or re.fullmatch(r"\d{1,2}[A-Za-z]?", text):
        kinds = re.findall(rf"(?i)\b({_KIND})\b", title)
        if not kinds:
            return text
        text = f"{min(kinds, key=lambda kind: kind.casefold() == 'tổ')} {text}"  # below "Tổ/Thôn" rather the thôn
    found = _KIND_FIRST.match(text)
    if not found:
        return text
    kind_name = _FULL.get(found[1].lower(), found[1].capitalize())
    own = re.sub(r"^0+(?=\d)", "", found[2].strip())
    if own.isupper() and len(re.sub(r"[\W\d_]", "", own)) > 2 and not re.fullmatch(r"[IVX]+", own):
        own = own.title()
    return f"{kind_name} {own}"


def hamlet_of_group(text: str) -> str:
    """The hamlet that a group row names: "II. Thôn Đoài: 23 người" → "Thôn Đoài"; "" where it names none."""
    text = clean(text)
    colon = _KIND_WITH_COLON.match(text)
    if colon:
        return hamlet_name(f"{colon[1]} {colon[2]}")
    found = _ROW.match(text)
    return hamlet_name(found[1]) if found else ""


def hamlet_of_title(text: str) -> str:
    """The one hamlet that a sheet's name or a title names, "" for none or several."""
    text = clean(text)
    named = [*_IN_TITLE.finditer(text), *_NAMED.finditer(_PLAIN_WORDS.sub(";", text))]
    found = {hamlet_name(clean(match[1].replace(":", " "))) for match in named}
    return found.pop() if len(found) == 1 else ""


@lru_cache(maxsize=20_000)
def hamlet_in_address(address: str) -> str:
    """The hamlet inside an address: "12 Trần Hưng Đạo, tổ 5, khu phố 2" → "Khu phố 2"."""
    inside = [found[1].strip() for found in _INSIDE.finditer(address)]
    inside = [text for text in inside if re.search(r"\s|\d", text)]
    inside.sort(key=lambda text: bool(re.match(r"(?i)tổ\s+\d", text)))  # a tổ is part of a khu phố
    if not inside:
        return ""
    first = re.split(r"(?i)\s+(?:xã|phường|thị trấn)\s", inside[0])[0]
    return hamlet_name(re.sub(rf"(?i)^tổ\s+\S+\s+(?=(?:{_SURE_KIND})\s)", "", first))
