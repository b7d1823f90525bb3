"""Quantities: ranges, signs, units, fractions and numbers in words, once dates, times and phones are out of the way."""

from __future__ import annotations

import re

from audio import words
from audio.numbers import cardinal, decimal, ordinal, plain
from audio.words import LOWER

NUMBER = r"\d{1,3}(?:\.\d{3})+(?!\d)(?:,\d+)?|\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:[.,]\d+)*"

# thắng 2-0, hòa 1-1, tỉ số 3-1; "thắng 2-3 trận", "hòa với 2-3 lít nước" are ranges
_SCORE = re.compile(
    r"(\b(?:[Tt][ỷỉ] số|(?:thắng|thua|hòa|hoà|đang dẫn|dẫn trước)(?: (?!\d)[^\W\d_]+){0,5})\s+)"
    r"(\d{1,2})\s?-\s?(\d{1,2})(?=\s*(?:[.,;:!?()]|$|(?:sau|trước|ở|trong|và|để|trên|rồi|nên|chung)\b))"
)
# 1tr5, 2tr350, 1m65, 2kg5: the figure after the unit is its part
_PARTED = re.compile(
    r"(?<![\d.,/])(\d{1,3})\s?(?:(tr|triệu|tỷ|tỉ)(\d{1,3})|(m)([4-9]|\d\d)|(kg|tấn|tạ|lít)(\d))"
    r"(?=đ\b|VNĐ|\W|$)(?!/\d|[.,]\d)",
    re.IGNORECASE,
)


def _parted(found: re.Match[str]) -> str:
    scale, unit = found[2], found[4] or found[6]
    if scale:
        power = 9 if scale.lower() in {"tỷ", "tỉ"} else 6
        value = int(found[1]) * 10**power + int(found[3]) * 10 ** (power - len(found[3]))
        return f"{value}{' đồng' if found.string[found.end() :].startswith('/') else ''}"
    part = found[5] or found[7]
    said = "rưỡi" if part == "5" else cardinal(int(part)) if part[0] != "0" else f"linh {cardinal(int(part))}"
    return f"{cardinal(int(found[1]))} {words.UNITS_AFTER_NUMBER.get(unit.lower(), unit)} {said}"


def read_scores(text: str) -> str:
    """thắng 2-0 → thắng 2 0; before dates are looked for."""

    def say(found: re.Match[str]) -> str:
        mixed = found[1].startswith(("hòa", "hoà")) and found[2] != found[3]
        return found[0] if mixed else f"{found[1]}{found[2]} {found[3]}"

    return _SCORE.sub(say, text)


def _market_days(found: re.Match[str], text: str) -> str:
    """Chợ họp phiên 2-7, 4-9: two days in ten, no range."""
    market = re.search(r"\b(?:phiên|chợ)\b[^.;]{0,40}$", text[: found.start()], re.IGNORECASE)
    return f"{found[1]}, {found[2]}" if market and int(found[2]) - int(found[1]) == 5 else found[0]


def read_ranges_and_signs(text: str) -> str:
    """3-4 → 3 đến 4; a minus is one only when it is glued to its number and follows none."""
    text = re.sub(r"(?<![\d-])(\d{1,2})-(\d{1,2})(?![\d-])", lambda m: _market_days(m, text), text)
    text = re.sub(r"(?<![\d-])\d+(?:-\d+){2,}(?![\d-])", lambda m: m[0].replace("-", " "), text)  # NPK 16-16-8
    text = re.sub(
        r"(?<![\d-])(\d+(?:[.,]\d+)*\s?(?:%|°C?|đ|k|tr|triệu|nghìn|tỷ|kg|km|m2|m|ha|giờ|phút|tuổi)?)\s?-\s?(?=\d)",
        r"\1 đến ",
        text,
    )
    text = re.sub(r"(ki lô mét \d+(?:\+\d+)?)\s?-\s?(?=ki lô mét \d)", r"\1 đến ", text)
    text = re.sub(r"(\b[^\W\d_]+) (\d+)\s-\s(?=\1 \d)", r"\1 \2 đến ", text)
    text = re.sub(r"(?<![\w)])-(?=\d)", "âm ", text)
    text = re.sub(r"(?<!\w)\+\s?(?=\d)", "cộng ", text)
    text = re.sub(r"(?<=\d)\s?[x×]\s?(?=\d)|(?<=\s)[x×]\s?(?=\d)", " nhân ", text)
    text = re.sub(r"(?:>=|≥)\s?(\d+(?:[.,]\d+)*(?:\s?(?:%|[^\W\d_]+))?)", r"từ \1 trở lên", text)
    text = re.sub(r"#\s?(?=\d)|\bNo\.?\s?(?=\d)", "số ", text)
    for sign, said in ((">=", "từ"), ("≥", "từ"), ("<=", "không quá"), ("≤", "không quá"), ("±", "cộng trừ")):
        text = text.replace(sign, f" {said} ")
    text = re.sub(r"(?:>)\s?(?=\d)", " trên ", text)
    text = re.sub(r"(?:<)\s?(?=\d)", " dưới ", text)
    text = re.sub(r"(?<=\S)\s?=\s?(?=\S)", " bằng ", text)
    return re.sub(r"\$\s?((?:\d|[.,]\d)+)", r"\1 USD", text)


def _alternatives(units: set[str] | dict[str, str]) -> str:
    return "|".join(re.escape(unit) for unit in sorted(units, key=len, reverse=True))


_AFTER = re.compile(
    rf"(?<=\d)(?:\s?({_alternatives(set(words.UNITS_AFTER_NUMBER) - words.ATTACHED_ONLY)})|"
    rf"({_alternatives(words.ATTACHED_ONLY)}))(?!\w)"
)
_ALONE = re.compile(rf"(?<![\w/])({_alternatives(set(words.UNITS) - {'°', 'đ'})})(?!\w)")
_PER = re.compile(
    rf"({NUMBER})((?:\s(?!đến)[^\W\d_]+){{1,5}})\s?/\s?(người|hộ|khẩu|tháng|năm|ngày|tuần|quý|giờ|buổi|lượt|lần|suất|em|cháu|"
    r"ki lô gam|kg|km|m2|ha|mét vuông|xã|thôn|lớp|ca|phần|cuộc|tin|phút|giây|học sinh|đợt|"
    r"sào|công|gốc|cây|con|bao|chai|đối tượng|thẻ|khóa)(?!\w)"
)
_LOADS = "xe|tải|hàng|nặng|trọng|cát|đá|sỏi|xi măng|lúa|thóc|gạo|phân|thép|cầu"
_PEOPLE = "người|cụ|ông|bà|tuổi|NCT|người cao tuổi|đủ|công dân|nam|nữ"
_COUNTED_LAND = "[Mm]ỗi|một|từng|vài|mấy|trăm|nghìn|ngàn|vạn|mươi|theo|trên|đầu|đồng|tạ|tấn|bao|kg|công|trồng|gieo"


def read_units(text: str) -> str:
    text = re.sub(r"(?<=\d)[.,]-(?=\s?đ|\s|$)", "", text)  # 5.000.000,-đ
    counted = r"(?<![\d.,])(\d{1,3}(?: \d{3})+)(?=\s?(?:đồng|đ\b|VN[ĐD]|người|hộ|tỷ|triệu))"
    text = re.sub(counted, lambda m: m[1].replace(" ", "."), text)
    text = re.sub(r"(?<=\d)\s?độ C\b", " độ xê", text)
    text = re.sub(r"\bđộ C\b", "độ xê", text)
    text = _PARTED.sub(_parted, text)
    text = re.sub(rf"(\b(?:{_LOADS})\b[^\d.;]{{0,30}}\d+)t(?!\w)", r"\1 tấn", text)
    text = re.sub(rf"(?<=\d)t(?=\s(?:{_LOADS})\b)", " tấn", text)
    for _ in range(2):  # người từ 60t đến 74t
        text = re.sub(
            rf"(\b(?:{_PEOPLE})\b[^.;]{{0,30}}?\d+)t(?!\w| (?:{_LOADS}))", r"\1 tuổi", text, flags=re.IGNORECASE
        )
    text = re.sub(r"(?<=\d)t(?=\s(?:trở (?:lên|xuống)))", " tuổi", text)
    text = re.sub(rf"(\b(?:{_COUNTED_LAND})\s)ha\b(?! ha\b)", r"\1héc ta", text)
    text = _AFTER.sub(lambda m: f" {words.UNITS_AFTER_NUMBER[m[1] or m[2]]}", text)
    text = _ALONE.sub(lambda m: words.UNITS[m[1]], text)
    text = re.sub(r"\b(đồng|vnđ)\s+đồng\b", "đồng", text)
    for _ in range(2):  # đồng/người/tháng
        text = _PER.sub(lambda m: f"{m[1]}{m[2]} mỗi {words.UNITS_AFTER_NUMBER.get(m[3], m[3])}", text)
    text = re.sub(
        rf"(gam|mét|vuông|khối|lít|đồng|oát|trăm|ta|tấn|triệu|nghìn|tỷ)\s?/\s?(?=[{LOWER}]{{3,}}|xã\b|ấp\b|hộ\b|ca\b)",
        r"\1 mỗi ",
        text,
    )
    return re.sub(
        r"\s?/\s?(km2|kg|km|m2|m3|ha|ml|l|s|kWh|kwh|KWh|kW|GB|MB)\b",
        lambda m: f" mỗi {words.UNITS_AFTER_NUMBER[m[1]]}",
        text,
    )


_ADDRESS = re.compile(
    r"\b(?:số|số nhà|nhà số|nhà|hẻm|ngõ|ngách|kiệt|đường|địa chỉ|lô|thửa|phòng|hạng|bậc|thương binh)\s*:?\s*$",
    re.IGNORECASE,
)


def read_fractions(text: str) -> str:
    """1/2 → một phần hai; 141/150, 8/10, số nhà 12/3 → trên."""

    def say(found: re.Match[str]) -> str:
        upper, lower = int(found[1]), int(found[2])
        part = 0 < upper < lower and (lower <= 5 or upper == 1) and not _ADDRESS.search(text[: found.start()])
        return f"{cardinal(upper)} {'phần' if part else 'trên'} {cardinal(lower)}"

    text = re.sub(r"(?<![\d/.,\w])(\d{1,4})\s?/\s?(\d{1,4})(?![\d/\w]|[.,]\d)", say, text)
    text = re.sub(r"(?<=\d)\s?/\s?(?=\d)", " trên ", text)
    text = re.sub(r"(?<=[^\W\d_])\s?/\s?(?=\d)", " trên ", text)
    text = re.sub(r"(?<=\d)([A-Za-zĐđ]?)\s?/\s?(?=\d)", r"\1 trên ", text)
    text = re.sub(r"\b([^\W\d_])/(?=[^\W\d_](?:\b|\d))", r"\1 ", text)  # A/H5N1, C/O
    return re.sub(r"(?<=\d):(?=\d)", " trên ", text)


def read_numbers(text: str) -> str:
    def say(found: re.Match[str]) -> str:
        figure = found[0]
        if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", figure) and not figure.startswith("0"):
            whole, _, fraction = figure.replace(".", "").partition(",")
        elif re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", figure) and (
            figure.count(",") > 1 or figure.endswith("000") or re.match(r"\s?đồng", text[found.end() :])
        ):
            whole, _, fraction = figure.replace(",", "").partition(".")
        elif re.fullmatch(r"\d+,\d+", figure):
            whole, _, fraction = figure.partition(",")
        elif re.fullmatch(r"\d+\.\d+", figure) and re.match(
            r"\s?(?:phần trăm|triệu|tỷ|nghìn|độ|ki lô|mét|héc ta|lít|gam|tấn|lần|điểm)", text[found.end() :]
        ):
            whole, _, fraction = figure.partition(".")
        elif figure.isdigit():
            if re.match(r"0\d$", figure):
                return cardinal(int(figure))  # 05 loại giấy tờ
            return plain(figure)
        else:
            return " chấm ".join(", ".join(plain(part) for part in piece.split(",")) for piece in figure.split("."))
        return decimal(whole, fraction) if fraction else cardinal(int(whole))

    text = re.sub(r"\b([Ll]ần thứ|[Tt]hứ)\s+([14])(?![\d.,])", lambda m: f"{m[1]} {ordinal(int(m[2]))}", text)
    text = re.sub(rf"(?<=[^\W\d_])(?={NUMBER})", " ", text)
    return re.sub(NUMBER, say, text)
