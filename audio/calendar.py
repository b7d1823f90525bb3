"""Dates, months, quarters and clock times in words.

The hard part is telling a date from a fraction: ``ngày 1/2`` is the first of February, ``1/2 số hộ`` a half.
Dates are marked by what stands before them; without a mark, 01/12 and 20/11 are dates, 1/2 and 8/10 are not.
"""

from __future__ import annotations

import re

from audio.numbers import cardinal, month

_STRONG = re.compile(
    r"(?:\b(?:ngày|mùng|mồng|hôm|sáng|trưa|chiều|tối|đêm|lễ|dịp|tết|kỷ niệm|hạn|chủ nhật|giờ|phút)|"
    r"\bthứ \w+|\d[hg]\d{0,2}(?:'|p|ph)?)"
    r"[\s,(]*$",
    re.IGNORECASE,
)
_WEAK = re.compile(r"\b(?:từ|đến|trước|sau|tới|và|kể từ)\s*$", re.IGNORECASE)
_ADDRESS = re.compile(
    r"\b(?:số|số nhà|nhà số|nhà|hẻm|ngõ|ngách|kiệt|đường|địa chỉ|lô|thửa|phòng|tỷ lệ|tỉ lệ)\s*:?\s*$", re.IGNORECASE
)
_COUNTED = re.compile(
    r"\s*(?:số\b|tổng|diện tích|dân số|hộ\b|người|phần|lượng|xã\b|phường|thôn|ấp\b|khu phố|tiêu chí|chỉ tiêu|đại biểu|"
    r"thành viên|ủy viên|học sinh|đối tượng|đơn vị|viên\b|thìa|đạt)",
    re.IGNORECASE,
)
_FULL = re.compile(r"(?<![\w/.-])(\d{1,2})\s?([/.-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?![\d/]|[.,]\d)")
_ISO = re.compile(r"(?<![\d/.-])(\d{4})-(\d{2})-(\d{2})(?![\d/-])")
_SHORT = re.compile(r"(?<![\w/.,-])(\d{1,2})\s?/\s?(\d{1,2})(?![\d/]|[.,]\d|\s?%|[A-Za-zĐđ])")
_MONTHS = re.compile(
    r"(?P<tháng>tháng\s+)?(?<![\w/.,-])(\d{1,2})\s?[/-]\s?((?:19|20)\d\d)(?![\d/-]|[.,]\d)", re.IGNORECASE
)
_COUNTER = re.compile(r"\b(?:đợt|lần|số|kỳ|khóa|khoá|tập|kế hoạch|bản tin)\s*$", re.IGNORECASE)
_SCORE = re.compile(r"\b(?:tỷ|tỉ) (?:lệ|số)\s*(?:là|:)?\s*$", re.IGNORECASE)
NATIONAL_DAY = (2, 9)
_BY_MONTH = re.compile(r"\s+(?:tháng|hàng tháng)")
_DM = r"\d{1,2}/\d{1,2}(?:/\d{4})?"


def _is_date(day: int, month_: int) -> bool:
    return 1 <= day <= (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month_ - 1] if 1 <= month_ <= 12 else False


def _say(before: str, day: int, month_: int, year: str = "") -> str:
    lead = "" if re.search(r"\b(?:ngày|mùng|mồng|hôm)\s*$", before, re.IGNORECASE) else "ngày "
    spoken = f"{lead}{cardinal(day)} tháng {month(month_)}"
    if year:
        spoken += f" năm {cardinal(int(year) if len(year) == 4 else 2000 + int(year))}"
    return spoken


def read_dates(text: str) -> str:
    """Replace dates, date ranges, months with a year and quarters with a year."""
    # ranges first, while both ends are still figures
    text = re.sub(rf"(?<![\d/])({_DM})\s?-\s?({_DM})(?![\d/])", r"\1 đến ngày \2", text)
    text = re.sub(
        r"(?<![\d/.,-])(\d{1,2})\s?-\s?(\d{1,2})/(\d{1,2})(?!\d)(?=(/\d{4})?)",
        lambda m: (
            f"{'' if _STRONG.search(text[: m.start()]) else 'ngày '}{m[1]} đến ngày {m[2]}/{m[3]}"
            if _is_date(int(m[2]), int(m[3])) and 0 < int(m[1]) < int(m[2])
            else m[0]
        ),
        text,
    )
    text = re.sub(
        r"(tháng\s+)?(?<![\d/.,-])(\d{1,2})\s?-\s?(\d{1,2})/((?:19|20)\d\d)(?!\d)",
        lambda m: f"tháng {m[2]} đến tháng {m[3]}/{m[4]}" if 0 < int(m[2]) < int(m[3]) <= 12 else m[0],
        text,
        flags=re.IGNORECASE,
    )

    far = r"(?=\s+(?:đến|tới)\s+(?:hết\s+)?(?:ngày\s+)?(?:\d{1,2}/\d{1,2}/\d{4}|(?:1[3-9]|2\d|3[01])/\d{1,2})(?![\d/]))"
    text = re.sub(rf"\b([Tt]ừ\s+)(\d{{1,2}}/\d{{1,2}}){far}", r"\1ngày \2", text)  # từ 1/1 đến 31/12/2026

    def full(found: re.Match[str]) -> str:
        day, month_ = int(found[1]), int(found[3])
        before = text[: found.start()]
        if not _is_date(day, month_) or (len(found[4]) == 2 and found[2] != "/" and not _STRONG.search(before)):
            return found[0]
        return _say(before, day, month_, found[4])

    text = _FULL.sub(full, text)
    text = _ISO.sub(
        lambda m: _say(text[: m.start()], int(m[3]), int(m[2]), m[1]) if _is_date(int(m[3]), int(m[2])) else m[0], text
    )

    def quarter(found: re.Match[str]) -> str:
        return f"{found[1]} năm {cardinal(int(found[2]))}"

    text = re.sub(r"(quý\s+(?:[IV]+|\d)(?:\s?-\s?(?:[IV]+|\d))?)\s?[/-]\s?(\d{4})", quarter, text, flags=re.IGNORECASE)

    def year_of(found: re.Match[str]) -> str:
        if not 1 <= int(found[2]) <= 12:
            return found[0]
        counted = not found["tháng"] and _COUNTER.search(text[: found.start()])  # đợt 1/2026, số 05/2026
        lead = cardinal(int(found[2])) if counted else f"{(found['tháng'] or 'tháng').strip()} {month(int(found[2]))}"
        return f"{lead} năm {cardinal(int(found[3]))}"

    text = _MONTHS.sub(year_of, text)
    text = re.sub(
        r"(?<![\w/.,-])((?:19|20)\d\d)-(0[1-9]|1[0-2])(?![\w/-]|[.,]\d)",
        lambda m: f"tháng {month(int(m[2]))} năm {cardinal(int(m[1]))}",
        text,
    )

    def short(found: re.Match[str]) -> str:
        day, month_ = int(found[1]), int(found[2])
        before, after = text[: found.start()], text[found.end() :]
        if not _is_date(day, month_):
            return found[0]
        if re.search(r"\bđường\s*$", before, re.IGNORECASE):  # đường 3/2, đường 30/4: named after a day
            return f"{cardinal(day)} tháng {month(month_)}"
        strong = bool(_STRONG.search(before))
        if _ADDRESS.search(before) or ((day, month_) == (24, 7) and not re.search(r"ngày\s*$", before)):
            return found[0]
        if not strong:
            sentence = re.split(r"[.;!?]\s", before)[-1]
            if _COUNTED.match(after):
                return found[0]
            padded = found[1].startswith("0") or found[2].startswith("0")
            near = _WEAK.search(before) and re.search(r"ngày|tháng|thời gian", sentence, re.IGNORECASE)
            late = month_ >= 11 and not re.search(r"\b(?:đạt|được|có|gồm|còn)\s*$", before)  # who counts in twelfths?
            if not (padded or near or late or day > month_ or (day, month_) == NATIONAL_DAY):
                return found[0]
        return _say(before, day, month_)

    text = _SHORT.sub(short, text)
    # 20-11: no range runs downwards; ngày 10-15: no such month
    text = re.sub(
        r"(?<![\w/.,:-])(\d{1,2})-(\d{1,2})(?![\w/:]|[.,-]\d|\s?%)",
        lambda m: (
            _say(text[: m.start()], int(m[1]), int(m[2]))
            if int(m[1]) > int(m[2]) and _is_date(int(m[1]), int(m[2])) and not _SCORE.search(text[: m.start()])
            else m[0]
        ),
        text,
    )
    text = re.sub(  # ngày 3 và 4-12
        r"(\bngày \d{1,2}(?:, ?\d{1,2})*(?: và |, ?| hoặc ))(\d{1,2})-(\d{1,2})"
        r"(?![\w/:-]|[.,]\d|\s?%|\s(?:tháng|hàng|hằng))",
        lambda m: m[1] + _say("", int(m[2]), int(m[3])) if _is_date(int(m[2]), int(m[3])) else m[0],
        text,
    )
    beside = r"(?<=\bvà )(\d{1,2})-(\d{1,2})(?![\w/:-]|[.,]\d|\s?%)"  # 30-4 và 1-5
    text = re.sub(
        beside,
        lambda m: (
            _say("", int(m[1]), int(m[2]))
            if re.search(r"ngày [\w ]+ tháng \w+ và $", text[: m.start()]) and _is_date(int(m[1]), int(m[2]))
            else m[0]
        ),
        text,
    )
    text = re.sub(
        r"\b((?:các |những )?ngày\s+\d{1,2})\s?-\s?(\d{1,2})(?![\d/]|[.,-]\d)",
        lambda m: f"{m[1]} đến {m[2]}" if int(m[2]) > 12 or m[1][0] != "n" or _BY_MONTH.match(text, m.end()) else m[0],
        text,
    )
    # ngày 1-12, ngày 15.1: one day, unless "tháng" follows or it can be no date
    text = re.sub(
        r"(?<!các )(?<!những )\b(ngày|mùng|mồng|hôm|thứ [^\W\d_]+,?|chủ nhật,?)\s+(\d{1,2})\s?[-.]\s?(\d{1,2})"
        r"(?![\d/h]|[.,-]\d|\s+(?:tháng|giờ))",
        lambda m: f"{m[1]} {_say(m[1], int(m[2]), int(m[3]))}" if _is_date(int(m[2]), int(m[3])) else m[0],
        text,
        flags=re.IGNORECASE,
    )
    return re.sub(
        r"\b(ngày|tháng|mùng|mồng)\s+0?(\d{1,2})(?![\d/.,])",
        lambda m: f"{m[1]} {month(int(m[2])) if m[1].lower() == 'tháng' else cardinal(int(m[2]))}",
        text,
        flags=re.IGNORECASE,
    )


def _clock(hour: str, minute: str | None, second: str | None = None) -> str | None:
    if int(hour) > 24 or int(minute or 0) > 59 or int(second or 0) > 59:
        return None
    words = f"{cardinal(int(hour))} giờ"
    if minute and int(minute):
        words += f" {cardinal(int(minute))} phút"
    elif second and int(second):
        words += " không phút"
    if second and int(second):
        words += f" {cardinal(int(second))} giây"
    return words


_TIMES = (
    re.compile(r"(?<![\d.,:/])(\d{1,2}):(\d{2})(?::(\d{2}))?(?![\d:])\s?(?:h|giờ)?(?!\w)", re.IGNORECASE),
    re.compile(r"(?<![\d.,/])(\d{1,2})\s?[hH]\s?:?\s?(\d{2})(?!\d)(?:\s?(?:phút|ph|p|'))?(?!\w)()"),
    re.compile(r"(?<![\d.,/])(\d{1,2})[gG](\d{2})(?!\d)(?:\s?(?:phút|ph|p|'))?(?!\w)()"),
    re.compile(
        r"(?<![\d.,/])(\d{1,2})\s?giờ\s?(\d{1,2})(?![\d/]|[.,]\d)(?:\s?(?:phút\b|ph\b|p\b|'))?()", re.IGNORECASE
    ),
    re.compile(r"(?<![\d.,/])(\d{1,2})\s?(?:[hH](?!\w)|giờ\b)()()"),
)


def read_times(text: str) -> str:
    """Replace clock times: 7h30, 05:30, 8g15, 08 giờ 00, 17h; and ranges between them."""
    text = re.sub(
        r"(\d\s?[hH]\d{0,2}|:\d{2}|\dg\d{2}|\d\s?giờ(?:\s?\d{2})?|phút)\s?-\s?(?=\d{1,2}\s?(?:[hH:g]|giờ))",
        r"\1 đến ",
        text,
    )
    text = re.sub(r"(\d\s?(?:[hH]\d{0,2}|giờ)\s(?:sáng|trưa|chiều|tối|đêm))\s?-\s?(?=\d)", r"\1 đến ", text)
    text = re.sub(r"(:\d\d)\s?(?:SA|AM|am)\b", r"\1 sáng", text)
    text = re.sub(r"(:\d\d)\s?(?:CH|PM|pm)\b", r"\1 chiều", text)
    text = re.sub(r"(?<![\d/.,-])(\d{1,2})\s?-\s?(?=\d{1,2}\s?(?:[hH]\b|giờ))", r"\1 đến ", text)
    text = re.sub(
        r"\b(lúc|sáng|trưa|chiều|tối|từ|đến|trước|sau)(\s+\d{1,2})g(?!\w)", r"\1\2 giờ", text, flags=re.IGNORECASE
    )
    for pattern in _TIMES:

        def say(found: re.Match[str]) -> str:
            if ":" in found[0] and _SCORE.search(found.string[: found.start()]):
                return found[0]
            return _clock(found[1], found[2] or None, found[3] or None) or found[0]

        text = pattern.sub(say, text)
    return text
