"""What letters, units, places and document codes are called aloud. Tables only, and how a syllable looks.

Sources: NĐ 30/2020/NĐ-CP (abbreviations of document types and issuing bodies); common use in communes' texts.
"""

from __future__ import annotations

import re
import unicodedata

_MARKED = [chr(code) for code in (*range(0xC0, 0x1B1), *range(0x1EA0, 0x1EFA))]
UPPER = "A-Z" + "".join(c for c in _MARKED if c.isupper())  # for character classes
LOWER = "a-z" + "".join(c for c in _MARKED if c.islower())

LETTERS = {
    "A": "a", "Ă": "á", "Â": "ớ", "B": "bê", "C": "xê", "D": "dê", "Đ": "đê", "E": "e", "Ê": "ê", "F": "ép",
    "G": "giê", "H": "hát", "I": "i", "J": "di", "K": "ca", "L": "lờ", "M": "mờ", "N": "nờ", "O": "o", "Ô": "ô",
    "Ơ": "ơ", "P": "pê", "Q": "quy", "R": "rờ", "S": "ét", "T": "tê", "U": "u", "Ư": "ư", "V": "vê",
    "W": "vê kép", "X": "ích", "Y": "i dài", "Z": "dét",
}  # fmt: skip

# Written with a point, slash or ampersand; regular expressions, tried in this order.
PHRASES = (
    (r"\bCOVID\s?-?\s?19\b", "cô vít mười chín"),
    (r"\bT\.?P\.?\s?HCM\b|\b[Tt]p\.?\s?HCM\b|\bTP\.?\s?Hồ Chí Minh\b", "Thành phố Hồ Chí Minh"),
    (r"\bv\.\s?v\.?|\bv\.v\b", "vân vân"),
    (r"\bTT(?=\s(?:số\s)?\d)", "Thông tư"),
    (r"\bCT(?=\s(?:số\s)?\d)", "Chỉ thị"),
    (r"\bV/v\b", "về việc"),
    (r"\bTHT(?=\s(?:trâu|bò|gia súc|lợn|heo))", "tụ huyết trùng"),
    (r"\bSN\s?:?\s?(?=(?:19|20)\d\d\b)", "sinh năm "),
    (r"\bBS\s?:?\s?(?=\d\d[A-Z])", "biển số "),
    (r"(?<=ngày )LV\b|(?<=giờ )LV\b", "làm việc"),
    (
        r"(?<=nhận )HS\b|(?<=nộp )HS\b|(?<=đủ )HS\b|(?<=bộ )HS\b|(?<=trả )HS\b|\bHS(?=\s(?:gồm|hợp lệ|xin|đề nghị))",
        "hồ sơ",
    ),
    (r"(?<=bank )CN(?=\s[^\W\d_])|(?<=[BD]IDV )CN(?=\s[^\W\d_])|(?<=CSXH )CN(?=\s[^\W\d_])", "chi nhánh"),
    (r"\bBCH(?=\s(?:PCTT|PTDS|PCLB|QS|CHQS|phòng|quân sự|chữa cháy|thống nhất))", "Ban Chỉ huy"),
    (r"(?<=ĐH, )CĐ\b|(?<=ĐH-)CĐ\b|(?<=ĐH và )CĐ\b|(?<=tuyển )CĐ\b|\bCĐ(?=\s(?:nghề|sư phạm|y tế))", "cao đẳng"),
    (r"((?:[Cc]hi bộ|[Đđ]ảng (?:bộ|ủy|uỷ)|[Kk]ết nạp)[^.;]{0,40}\b)ĐV\b", r"\1đảng viên"),
    (r"/th(?!\w)", "/tháng"),
    (r"/ng(?!\w)", "/người"),
    (r"(?<=BCH )CĐ\b|(?<=BTV )CĐ\b|\bCĐ(?=\s(?:xã|cơ sở|viên|bộ phận|ngành))", "công đoàn"),
    (r"(?<=rường )CĐ\b", "cao đẳng"),
    (r"(?<=[Hh]ội )ND\b", "Nông dân"),
    (r"(?<=\dG)\s?/\s?(?=\dG)", ", "),
    (r"(?<=/TW của )BCT\b", "Bộ Chính trị"),
    (r"(?<=[vV]ụ )ĐX\b|(?<=[lL]úa )ĐX\b|(?<=[Cc]ây )ĐX\b", "đông xuân"),
    (r"(?<=[vV]ụ )HT\b|(?<=[lL]úa )HT\b", "hè thu"),
    (r"(?<=[vV]ụ )TĐ\b|(?<=[lL]úa )TĐ\b", "thu đông"),
    (r"\bNS(?=\s(?:đạt |ước |bình quân |lúa )?[\d,]+\s?(?:tạ|tấn|kg))", "năng suất"),
    (r"\bTK\s?&\s?VV\b", "tiết kiệm và vay vốn"),
    (
        r"(?<![\w/])(?<!tòa )(?<!nhà )(?<!lô )(?<!cư )(?<!phòng )"
        r"T(?=(?:0?[1-9]|1[0-2])\s?[/-]\s?20\d\d\b|(?:[89]|1[0-2])\b)",
        "tháng ",
    ),
    (r"(?<![\w/])K(?=\d{1,4}(?:/\d{1,4})+\s)", "kiệt "),
    (r"(?<![\w/])H(?=\d{1,3}/\d{1,4}(?:/\d{1,4})*\s(?:đường|[A-ZĐ]))", "hẻm "),
    (r"(?<![\w/])Ng\.\s?(?=\d)", "ngõ "),
    (r"(?<=\d )\(?[AÂ]L\b\)?", "âm lịch"),
    (r"(?<=\d )\(?DL\b\)?", "dương lịch"),
    (r"\bQ(?=[1-4]/20\d\d\b)", "quý "),
    (rf"(?<=\s)x\.\s?(?=[{UPPER}][{LOWER}])", "xã "),
    (rf"(?<=\s)p\.\s?(?=\d|[{UPPER}][{LOWER}])", "phường "),
    (r"\bT\.Ư\b", "Trung ương"),
    (r"\b(?:tr\.?đ|trđ)\b", "triệu đồng"),
    (r"\bPCCC\s?(?:&|và)\s?CNCH\b", "phòng cháy chữa cháy và cứu nạn cứu hộ"),
    (r"\bđ/c\s*:", "địa chỉ:"),
    (r"\bĐ/c\s*:", "Địa chỉ:"),
    (r"\b[đĐ]/c\b", "đồng chí"),
    (r"\bT/M\b", "thay mặt"),
    (r"\bLĐ\s?-\s?TB\s?(?:-|&|và)\s?XH\b|\bLĐTB\s?&\s?XH\b", "Lao động Thương binh và Xã hội"),
    (r"\bVH\s?-\s?XH\b", "văn hóa xã hội"),
    (r"\bKT\s?-\s?XH\b", "kinh tế xã hội"),
    (r"\bQP\s?-\s?AN\b", "quốc phòng an ninh"),
    (r"\bGD\s?&\s?ĐT\b", "Giáo dục và Đào tạo"),
    (r"\bKH\s?&\s?CN\b", "Khoa học và Công nghệ"),
    (r"\bTT\s?&\s?TT\b", "Thông tin và Truyền thông"),
    (r"\bNN\s?&\s?MT\b", "Nông nghiệp và Môi trường"),
    (r"\bPGS\.\s?TS\b\.?", "phó giáo sư, tiến sĩ "),
    (r"\bGS\.\s?TS\b\.?", "giáo sư, tiến sĩ "),
    (r"\bThS\.|\bTh\.S\b\.?", "thạc sĩ "),
    (r"\bBS\.?\s?CK\s?II\b\.?", "bác sĩ chuyên khoa hai "),
    (r"\bBS\.?\s?CK\s?I\b\.?", "bác sĩ chuyên khoa một "),
    (r"\bTS\.(?=\s?[^\W\d_])", "tiến sĩ "),
    (r"\bBS\.(?=\s?[^\W\d_])", "bác sĩ "),
    (r"\bTK(?=\s[IVX]+\b)", "thế kỷ"),
    (r"\bP\.\s?(?=[A-ZĐ]{2,}\b)", "Phòng "),
    (r"\bwi-?fi\b", "oai phai"),
)

# At a signature: what the person signs as. The point may be missing before a title in capitals.
SIGNATURES = {"KT": "ký thay", "TM": "thay mặt", "TL": "thừa lệnh", "TUQ": "thừa ủy quyền", "Q": "quyền"}

# Before a number or a name: P.5, Q. 3, TP. Phan Thiết, TX. La Gi.
PLACES = {
    "TP": "Thành phố", "Tp": "Thành phố", "TX": "Thị xã", "TT": "Thị trấn", "P": "Phường", "Q": "Quận", "H": "Huyện",
    "X": "Xã",     "KP": "khu phố", "Kp": "khu phố", "TDP": "tổ dân phố", "T": "Tỉnh", "Đ": "Đường", "ĐK": "đặc khu",
}  # fmt: skip

ROADS = {
    "QL": "quốc lộ", "TL": "tỉnh lộ", "HL": "hương lộ", "ĐT": "đường tỉnh", "DT": "đường tỉnh", "ĐH": "đường huyện",
    "CT": "cao tốc",
}  # fmt: skip

TYPES = {
    "NQ": "Nghị quyết", "NĐ": "Nghị định", "QĐ": "Quyết định", "TT": "Thông tư", "TTLT": "Thông tư liên tịch",
    "CT": "Chỉ thị", "CĐ": "Công điện", "KH": "Kế hoạch", "TB": "Thông báo", "BC": "Báo cáo", "TTr": "Tờ trình",
    "HD": "Hướng dẫn", "CV": "Công văn", "GM": "Giấy mời", "PA": "Phương án", "ĐA": "Đề án", "CTr": "Chương trình",
    "QC": "Quy chế", "QyĐ": "Quy định", "KL": "Kết luận", "BB": "Biên bản", "HĐ": "Hợp đồng", "DA": "Dự án",
    "VBHN": "Văn bản hợp nhất", "PL": "Pháp lệnh", "L": "Lệnh", "GP": "Giấy phép", "TC": "Thông cáo",
}  # fmt: skip

ISSUERS = {
    "CP": "Chính phủ", "TTg": "Thủ tướng Chính phủ", "TU": "Tỉnh ủy", "ThU": "Thành ủy", "ĐU": "Đảng ủy",
    "TW": "Trung ương", "BTC": "Bộ Tài chính", "BCT": "Bộ Công Thương", "CTN": "Chủ tịch nước", "CAT": "Công an tỉnh",
    "CAX": "Công an xã", "CAP": "Công an phường", "VX": "văn xã", "TH": "tổng hợp", "KT": "kinh tế", "NC": "nội chính",
    "TANDTC": "Tòa án nhân dân tối cao", "VKSNDTC": "Viện kiểm sát nhân dân tối cao", "VPQH": "Văn phòng Quốc hội",
    "VPTW": "Văn phòng Trung ương",
    "BTTTT": "Bộ Thông tin và Truyền thông", "TC": "Tài chính", "MTTQ": "Mặt trận Tổ quốc", "HU": "Huyện ủy",
    "BVHTTDL": "Bộ Văn hóa, Thể thao và Du lịch", "BHXH": "Bảo hiểm xã hội", "KTHT": "kinh tế hạ tầng",
    "ND": "nhân dân", "LĐTBXH": "Bộ Lao động Thương binh và Xã hội",
}  # fmt: skip

# After S (sở), B (bộ), P (phòng): the field of work.
FIELDS = {
    "YT": "Y tế", "NV": "Nội vụ", "TC": "Tài chính", "TP": "Tư pháp", "XD": "Xây dựng", "CT": "Công Thương",
    "GDĐT": "Giáo dục và Đào tạo", "VHTTDL": "Văn hóa, Thể thao và Du lịch", "VHTT": "Văn hóa và Thể thao",
    "KHCN": "Khoa học và Công nghệ", "TTTT": "Thông tin và Truyền thông", "NNMT": "Nông nghiệp và Môi trường",
    "LĐTBXH": "Lao động Thương binh và Xã hội", "TNMT": "Tài nguyên và Môi trường", "QP": "Quốc phòng",
    "CA": "Công an", "NG": "Ngoại giao", "DTTG": "Dân tộc và Tôn giáo", "VHXH": "Văn hóa xã hội",
    "GTVT": "Giao thông vận tải", "KHĐT": "Kế hoạch và Đầu tư", "NNPTNT": "Nông nghiệp và Phát triển nông thôn",
    "DL": "Du lịch",
}  # fmt: skip

# Known wherever they stand.
UNITS = {
    "km/h": "ki lô mét trên giờ", "km/giờ": "ki lô mét trên giờ", "m/s": "mét trên giây", "km2": "ki lô mét vuông",
    "m2": "mét vuông", "cm2": "xăng ti mét vuông", "mm2": "mi li mét vuông", "m3": "mét khối", "cm3":
    "xăng ti mét khối", "km": "ki lô mét", "cm": "xăng ti mét", "dm": "đề xi mét", "mm": "mi li mét",
    "kg": "ki lô gam", "mg": "mi li gam", "ml": "mi li lít", "kWh": "ki lô oát giờ", "kwh": "ki lô oát giờ",
    "KWh": "ki lô oát giờ",
    "kW": "ki lô oát", "kw": "ki lô oát", "MW": "mê ga oát", "kV": "ki lô vôn", "GB": "ghi ga bai",
    "Mbps": "mê ga bít trên giây", "kbps": "ki lô bít trên giây", "kHz": "ki lô héc", "MHz": "mê ga héc",
    "Hz": "héc", "mmHg": "mi li mét thủy ngân", "dB": "đề xi ben", "°C": "độ xê", "°F": "độ ép", "°N": "độ vĩ bắc",
    "°B": "độ vĩ bắc", "°E": "độ kinh đông", "°Đ": "độ kinh đông", "mmol": "mi li mol", "mcg": "mi crô gam", "°": "độ",
    "Kg": "ki lô gam", "KG": "ki lô gam", "Km": "ki lô mét", "KM": "ki lô mét", "Km2": "ki lô mét vuông",
    "KM2": "ki lô mét vuông", "M2": "mét vuông", "M3": "mét khối",
    "%": "phần trăm", "‰": "phần nghìn", "đ": "đồng", "vnđ": "đồng", "vnd": "đồng", "VNĐ": "đồng", "VND": "đồng",
}  # fmt: skip

# Only straight after a number: elsewhere these letters are something else.
UNITS_AFTER_NUMBER = UNITS | {
    "m": "mét", "g": "gam", "l": "lít", "ha": "héc ta", "h": "giờ", "s": "giây", "p": "phút", "ph": "phút",
    "'": "phút", "k": "nghìn", "K": "nghìn", "tr": "triệu", "Tr": "triệu", "MB": "mê ga bai", "TB": "tê ra bai",
    "W": "oát", "V": "vôn", "USD": "đô la Mỹ", "EUR": "ơ rô", "tỉ": "tỷ", "$": "đô la Mỹ", "€": "ơ rô",
    "ng": "người", "CV": "mã lực", "HP": "mã lực", "cv": "mã lực",
}  # fmt: skip
ATTACHED_ONLY = {"CV", "HP", "cv", "W", "V", "k", "K", "p", "ph", "'", "s", "TB"}  # "khu 5 V" is no voltage

_CONSONANTS = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph q qu r s t th tr v x"
CONSONANTS = _CONSONANTS.split()
_RIMES = (
    "a ac ach ai am an ang anh ao ap at au ay e ec ech em en eng enh eo ep et eu i ia ich iec iem ien ieng iep iet "
    "ieu im in inh ip it iu o oa oac oach oai oam oan oang oanh oao oap oat oay oc oe oen oeo oet oi om on ong ooc "
    "oong op ot u ua uac uan uang uat uay uc ue uech uen uenh ui um un ung uo uoc uoi uom uon uong uop uot uou up "
    "ut uu uy uya uych uyen uyet uynh uyt uyu y yem yen yeng yet yeu ym"
)
RIMES = frozenset(_RIMES.split())
VOWELS = re.compile(r"[aeiouy]")


def bare(word: str) -> str:
    """The word in small letters without tone and vowel marks; đ stays."""
    apart = unicodedata.normalize("NFD", word.lower().replace("đ", "\0"))
    return "".join(c for c in apart if not unicodedata.combining(c)).replace("\0", "đ")


def is_syllable(word: str) -> bool:
    """Whether the letters can be one Vietnamese syllable (marks are not judged)."""
    letters = bare(word)
    return any(letters.startswith(c) and letters[len(c) :] in RIMES for c in CONSONANTS) or letters in RIMES


def has_vowel(word: str) -> bool:
    return bool(VOWELS.search(bare(word)))


def spell(letters: str) -> str:
    """Letter names; marks that have no name of their own are left off."""
    names = []
    for char in unicodedata.normalize("NFC", letters.upper()):
        if char in LETTERS:
            names.append(LETTERS[char])
        elif (plain := bare(char).upper()) in LETTERS:
            names.append(LETTERS[plain])
    return " ".join(names)


def count_syllables(spoken_text: str) -> int:
    """Syllables of a spoken form: one a word; a foreign word counts its groups of vowels."""
    total = 0
    for word in re.findall(r"[^\W\d_]+", spoken_text):
        total += 1 if is_syllable(word) else max(1, len(re.findall(r"[aeiouy]+", bare(word))))
    return total
