"""Aliases: the ways communes word a heading, and what each means.

Headings are compared folded (no accents, lower case). The first rule that fits wins, so a narrower
heading ("CCCD người nhận thay") stands before a wider one ("CCCD"). A commune's own wording goes into
its settings or the home's ``columns.yaml`` (see ``habits``), not here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from register.categories import recognise
from register.marks import payout_ways
from register.words import clean, fold

IGNORED = "ignored"  # a heading that we know and do not need
GLUED_LETTERS = 6  # of a heading's word that may be several, written without spaces

MEANINGS = {
    "number": "Số thứ tự", "name": "Họ và tên", "family": "Họ và chữ đệm", "given": "Tên",
    "citizen_id": "Số định danh/CCCD", "old_card": "Số CMND", "birth": "Ngày, năm sinh", "male": "Năm sinh (nam)",
    "female": "Năm sinh (nữ)", "birth_day": "Ngày sinh", "birth_month": "Tháng sinh", "birth_year": "Năm sinh",
    "sex": "Giới tính", "phone": "Số điện thoại", "hamlet": "Thôn, khu phố", "address": "Địa chỉ",
    "category": "Loại đối tượng", "nq418": "Thuộc danh sách NQ 418", "eid": "Định danh mức 2",
    "eid_level": "Mức định danh", "active": "Đã kích hoạt định danh", "bank": "Có tài khoản ngân hàng",
    "account": "Số tài khoản",
    "bank_name": "Tên ngân hàng", "holder": "Chủ tài khoản", "asxh": "Tài khoản ASXH", "payout": "Hình thức chi trả",
    "payee": "Người nhận thay", "relation": "Quan hệ với chủ hộ", "note": "Ghi chú", IGNORED: "Không dùng",
}  # fmt: skip

# (meaning, how): "=" the whole heading, "^" its first words, "~" words together anywhere in it, "&" each of them in it
_RULES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("number", "=", ("tt", "stt", "so tt", "so thu tu", "thu tu", "no", "s t t", "t t", "s tt", "tt 1")),
    ("number", "^", ("stt", "so tt", "so thu tu", "thu tu")),
    ("note", "~", ("dien giai", "ly do", "nguyen nhan", "vuong mac", "kho khan", "ghi chu", "ghi chep",
                   "luu y", "g chu", "note", "remarks")),
    ("note", "~", ("csdl", "csdlqg", "doi chieu")),  # "Lệch tên so với CSDL dân cư"
    ("relation", "~", ("quan he voi chu ho", "qh chu ho", "qh voi chu ho", "quan he chu ho", "qhch")),
    ("female", "=", ("nu x", "nu danh dau x", "nu ghi x", "gioi tinh nu", "gioi tinh nu x", "gioi tinh nu ghi x",
                     "phai nu", "la nu")),
    ("male", "=", ("nam x", "nam danh dau x", "nam ghi x")),
    (IGNORED, "=", ("buu dien", "dang khuyet tat", "dang kt", "dien thoai thong minh", "co dien thoai thong minh",
                    "co dt thong minh", "dien thoai thong minh co khong", "su dung dien thoai thong minh",
                    "dung dien thoai thong minh")),
    (IGNORED, "^", ("ky nhan",)),  # not "đăng ký nhận"
    (IGNORED, "~", ("quan he", "ngay cap", "thang cap", "nam cap", "noi cap", "co quan cap", "het han",
                    "chu ky", "ky ten", "diem chi", "to chi tra", "dan toc", "ton giao", "quoc tich", "he so",
                    "truy linh", "muc tro cap", "muc huong", "muc chuan", "so tien", "ho so", "ma doi tuong", "ma ho",
                    "quyet dinh", "thanh tien", "chi nhanh", "email", "trinh do", "ngay tao", "ngay lap", "ngay mo",
                    "ngay kich hoat", "thoi gian huong", "thoi gian bat dau", "thoi diem", "ngay huong",
                    "bat dau huong", "thang huong", "nam huong", "dang tat", "can bo", "nguoi ho tro", "nguoi lap",
                    "nhan vien", "ban sao", "anh cccd", "nghe nghiep", "bhyt", "bao hiem", "ma so thue", "ngay nhan",
                    "ngay chi", "dau thoi gian", "timestamp")),
    ("payee", "~", ("nguoi nhan ho", "uy quyen", "nhan thay", "linh thay", "nguoi lanh thay", "nguoi duoc uq",
                    "linh ho", "dai dien nhan", "dai dien linh")),
    ("payee", "=", ("nhan ho",)),
    (IGNORED, "~", ("giam ho", "nguoi cham soc", "truc tiep cham soc", "nguoi nuoi duong", "chu ho", "nguoi dai dien",
                    "nguoi bao lanh")),
    ("phone", "^", ("sdt", "so dien thoai", "dien thoai", "so dt", "dt")),  # the family's too: it reaches the person
    (IGNORED, "~", ("nhu cau", "nguyen vong", "mong muon", "dong y", "can ho tro", "can mo", "can tao", "can lam",
                    "can lap", "can dang ky", "can huong dan", "de nghi mo", "de nghi tao", "de nghi dang ky",
                    "de nghi ho tro")),  # what somebody would like to have
    (IGNORED, "~", ("nguoi than", "than nhan lien he", "con cua", "cha me",
                    "ten cha", "ten me", "ten bo", "ten vo", "ten chong", "ten con", "lien he khan", "nguoi lien he")),
    ("asxh", "~", ("asxh", "an sinh", "social security")),
    ("eid", "~", ("tai khoan dinh danh", "tk dinh danh")),
    ("asxh", "&", ("lien ket tai khoan vneid", "lien ket tk vneid", "tich hop tai khoan vneid", "tich hop tk vneid",
                   "lien ket stk vneid")),  # what the account is, in other words
    ("nq418", "~", ("418", "nq418", "nghi quyet418")),
    ("holder", "~", ("chu tai khoan", "chu tk", "ten tai khoan", "ten tk")),
    ("account", "~", ("so tai khoan", "so hieu tai khoan", "stk", "so tk", "sotk", "thong tin tai khoan",
                     "thong tin tk")),
    ("payout", "~", ("hinh thuc", "cach nhan", "phuong thuc", "htct", "chi tra", "tien mat", "chuyen khoan", "nhan qua",
                     "tra qua", "linh qua", "tm ck", "ck tm")),
    ("eid_level", "~", ("muc do dinh danh", "muc dinh danh", "cap do dinh danh", "muc 1 2", "muc 1 muc 2", "muc 0 1 2",
                        "muc do 1 2", "muc do vneid", "muc vneid", "eid level")),
    ("eid", "~", ("dinh danh dien tu", "dddt", "muc 2", "muc do 2", "cap 2", "m2", "md2", "md 2", "kich hoat vneid")),
    (IGNORED, "&", ("cai vneid",)),  # who has installed it need not be identified
    ("eid", "~", ("vneid",)),
    ("bank_name", "^", ("ngan hang", "ten ngan hang")),
    ("bank", "&", ("tai khoan ngan hang", "tai khoan nh", "tk ngan hang", "tk nh", "the ngan hang")),
    ("bank", "~", ("tai khoan ngan hang", "tk ngan hang", "tknh", "tk nh", "tai khoan nh", "co tai khoan", "co tk",
                   "tai khoan ca nhan", "tk ca nhan", "tai khoan nhan", "tk nhan", "tai khoan tai ngan hang",
                   "tk tai ngan hang", "mo tai khoan", "mo tk", "bank account", "the atm", "tai khoan thanh toan",
                   "tk thanh toan")),
    ("bank_name", "~", ("ngan hang", "ten nh", "nh mo tk")),
    ("bank", "=", ("tai khoan", "tk", "nh", "atm")),
    ("bank", "~", ("tai khoan chinh chu", "tk chinh chu", "tai khoan rieng", "tk rieng", "tai khoan cua ban than",
                   "tk cua ban than")),
    ("citizen_id", "~", ("cccd", "can cuoc", "ddcn", "sddcn", "so dd", "ma so cong dan", "id cong dan",
                         "giay to tuy than", "so giay to", "gttt", "so cc", "the cc", "tcc", "cccd cmnd", "so cmt cccd",
                         "ma cong dan", "ma so ca nhan", "citizen id", "dinh danh")),
    ("old_card", "~", ("cmnd", "cmtnd", "cmt", "chung minh", "cm nhan dan", "so cm")),
    ("category", "~", ("loai dt", "nhom dt", "dien dt")),
    (IGNORED, "~", ("ma dt",)),
    ("name", "=", ("ten dt",)),
    ("phone", "=", ("lien he", "lien lac")),
    ("phone", "~", ("dien thoai", "sdt", "so dt", "di dong", "dt", "phone", "tel", "mobile", "so may", "zalo", "dtdd",
                    "so lien lac", "so lien he")),
    ("birth", "~", ("nam sinh", "ngay sinh", "thang sinh", "sinh ngay", "sinh nam", "ngay thang nam", "ns", "ntns",
                    "ng sinh", "dob", "ngay thang n sinh")),
    ("birth", "=", ("sinh", "nam s", "n sinh", "sn")),
    ("sex", "~", ("gioi tinh", "phai", "gt", "nam nu", "gioi", "gender", "sex")),
    ("family", "~", ("ho va ten lot", "ho ten lot", "ho va ten dem", "chu lot", "ho va lot")),
    ("name", "~", ("ho va ten", "ho ten", "ten doi tuong", "ten nguoi", "hovaten", "hoten", "ten ho",
                   "ho chu dem va ten", "ho dem va ten", "ho chu dem ten", "ho dem ten", "ten day du", "danh tinh",
                   "full name", "fullname", "ten ong ba", "ten ca nhan", "quy danh")),
    ("family", "~", ("ho dem", "ho lot", "ho va", "chu dem", "ten dem", "ten lot")),
    ("given", "=", ("ten", "ten goi", "ten rieng", "dem va ten", "ten chinh")),
    ("family", "=", ("ho",)),
    ("active", "=", ("kich hoat", "da kich hoat", "trang thai kich hoat", "tinh trang kich hoat", "da kich hoat chua",
                     "kich hoat chua", "kich hoat x", "da kich hoat x")),
    ("hamlet", "~", ("khu pho", "thon", "to dan pho", "tdp", "khom", "ap", "buon", "dia ban", "khu dan cu", "tieu khu",
                     "khu vuc", "khoi pho", "xom", "thon ban", "phum", "ban lang", "kp", "kdc", "to dan cu")),
    ("hamlet", "=", ("to", "ban", "lang", "to ban", "khoi", "khu", "bon", "plei", "cum", "doi", "pho", "to so",
                     "soc")),
    ("address", "~", ("dia chi", "noi o", "thuong tru", "cu tru", "cho o", "noi cu ngu", "que quan", "noi song",
                      "tam tru", "so nha", "ho khau", "hktt", "dktt", "dkhk", "dc")),
    ("category", "~", ("doi tuong", "che do", "loai tro cap", "dien", "nhom", "loai hinh", "dien huong", "chinh sach",
                       "phan loai", "muc do khuyet tat", "muc do kt", "muc do nkt", "muc do tat", "muc khuyet tat")),
    ("note", "~", ("tinh trang", "hoan canh")),
    ("note", "=", ("khac", "gc", "y kien khac")),
    ("male", "=", ("nam",)),
    ("female", "=", ("nu",)),
    (IGNORED, "~", ("tong cong", "tong so", "cong", "tong", "ten")),
    (IGNORED, "=", ("xa", "phuong", "xa phuong", "tinh", "huyen", "muc", "tuoi", "tien", "thanh pho")),
)  # fmt: skip
# Of two words and more, which stand in no word of one syllable.
_GLUED_RULES = tuple(
    (said, how, tuple(sign.replace(" ", "") for sign in signs if " " in sign))
    for said, how, signs in _RULES
    if how in "~^"
)
_FITS: dict[str, Callable[[str, str], bool]] = {
    "=": str.__eq__,
    "^": str.startswith,
    "~": str.__contains__,
    "&": lambda words, sign: set(sign.split()) <= set(words.split()),
}
_FAMILY = ("ho", "ho va", "ho dem", "ho va dem", "ho lot", "ho va chu dem", "ho va ten dem", "ho chu dem", "ho ten dem")
_TICKED = ("asxh", "bank", "eid", "nq418")
# Short headings below a wider one: "Tài khoản ASXH" over "Có" | "Chưa".
_OPTION = re.compile(
    r"(da |chua |khong )?(co|tao|lap|mo|cap|kich hoat|lam|dang ky|dat)( roi| tk| tai khoan)?|roi|da|chua|khong|ko|c|k"
    r"|(chua|khong|ko) (ro|biet|xac dinh|xd)|(da cap )?chua kich hoat|(muc|muc do|cap) [012]|[012]|x"
)
# Two things in one cell: the id and its day of issue, which is not kept; the name and the birth behind it.
_TWO_IN_ONE = re.compile(
    r"(?:so )?(cccd|can cuoc|dinh danh|ddcn)\b.* ngay cap|(?:ho va ten|ho ten)\b.* (?:nam|ngay) sinh"
)
# What a heading begins with says more than what follows: "Họ và tên người được chi trả", "Số định danh trên VNeID".
_SURELY = re.compile(r"(ho va ten|ho ten)\b|(?:so|ma) (?:dinh danh|cccd|can cuoc|ddcn)\b")
_WIDER = ("asxh", "nq418", "payout", "eid", "eid_level", "bank", "category", "hamlet", "address", "phone")
_SHORTENED = {"h ten": "ho ten", "t khoan": "tai khoan", "d thoai": "dien thoai", "dthoai": "dien thoai",
              "d tuong": "doi tuong",
              "g tinh": "gioi tinh", "n sinh": "nam sinh", "g chu": "ghi chu", "c cuoc": "can cuoc",
              "d danh": "dinh danh", "tkasxh": "tk asxh", "gian sinh": "nam sinh",
              "d chi": "dia chi", "d c": "dia chi", "n hang": "ngan hang"}  # fmt: skip
# "NgaySinh", "TKNganHang", "DinhDanhMuc2"
_GLUED = re.compile(r"(?<=[a-zđ])(?=[A-ZĐ0-9])|(?<=[A-ZĐ])(?=[A-ZĐ][a-zđ]{2})")
_LETTERS = re.compile(r"\b(?:[a-z] ){2,}[a-z]\b")  # "A.S.X.H"
_LEVEL_TWO = re.compile(r"\b(?:dd|dddt|dinh danh|d danh) ?m(?:d|do|uc)? ?2\b")  # "ĐDMĐ2", "ĐDĐTM2"
_DAY_OF = re.compile(
    r"(?:ngay|thoi diem|thoi gian) (?:da |duoc )*"
    r"(?:kich hoat|tao|lap|mo|cap|dang ky|lien ket|tich hop|cai dat|cai|lam) (.* .*|\w{4,})"
)
_ASKED_AS = re.compile(
    r"(?i)^\W*(?:câu(?: hỏi)? )?\d{1,2}\s*[.):]\s*(?=[^\W\d])"
)  # "3. Ông/bà sinh năm nào?", as forms number them
_COPIED = re.compile(r" (ghi |dung )?theo (the )?(cccd|can cuoc|cmnd|giay khai sinh|ho so)\b.*")  # "Họ tên (theo CCCD)"
# "ASXH làm chưa" asks; "Chưa làm ASXH" and "Làm ASXH: chưa" say it.
_ASKS = re.compile(r"\b(lam|tao|lap|mo|dang ky|cap|kich hoat|cai|lien ket|tich hop|xong|duoc)\b.*\b(chua|khong)$")
_OWN = re.compile(r"(?i)\([^)]*(chính chủ|bản thân|chi nhánh).*")
_IN_BRACKETS = re.compile(r"\(.*")
_SHORT = re.compile(rf"\b({'|'.join(_SHORTENED)})\b")
_BORN = re.compile(r"(?:nam|ngay) sinh (?:cua )?(nam|nu)|(nam|nu) (?:nam|ngay) sinh")  # one row of headings for both
_OTHERS = re.compile(r" (cccd|cmnd|can cuoc|dinh danh|dien thoai|sdt|sinh|so|ngay|dia chi|quan he|gioi tinh) ")


def meaning(parts: Sequence[str], own: Mapping[str, str] | None = None) -> str:
    """What a column means, from its heading's rows top to bottom: ("Năm sinh", "Nam") → "male"; "" unknown.

    ``own``: the commune's wording, folded heading → meaning, which comes first.
    """
    folded = [in_full(part) for part in parts if fold(part)]
    if not folded:
        return "number" if "#" in parts else ""
    whole, last = " ".join(folded), folded[-1]
    if own and whole in own:
        return own[whole]
    if len(folded) > 1:
        below = _below(parts, folded[:-1], last)
        if below:
            return below
    if len(folded) == 1 and (both := _TWO_IN_ONE.match(whole)):
        return "citizen_id" if both[1] else "name"
    born = _BORN.fullmatch(whole)
    if born and "nu" in (born[1], born[2]):
        return "female"
    if born and re.search(r"\bnam\b", clean(" ".join(parts)).casefold()):  # "Năm/ngày sinh" is nobody's alone
        return "male"
    said = _by_rule(whole)
    if len(folded) == 1 and said in (*_WIDER, "citizen_id") and (sure := _SURELY.match(whole)):
        return "name" if sure[1] else "citizen_id"
    if said == "payee" and _OTHERS.search(f" {whole} "):
        return IGNORED
    if said == "note" and len(folded) == 1 and (asked := _by_rule(in_full(_IN_BRACKETS.sub("", parts[-1])))):
        return asked  # "Điện thoại (ghi chú nếu của con)"
    if said == IGNORED and len(folded) == 1 and (remark := _OWN.search(parts[-1])):  # "TK ngân hàng (chính chủ/con)"
        asked = _by_rule(in_full(parts[-1][: remark.start()]))
        return asked if asked in (*_TICKED, "account", "bank_name") else said
    if said in ("payout", "category", "note") and len(folded) > 1:
        lower = _by_rule(last)
        if lower and lower not in (IGNORED, "bank", "bank_name", "number", said):
            return lower
    return said


def in_full(part: str) -> str:
    """A heading folded, without shortenings and what it was copied from: "Đ.thoại" → "dien thoai"."""
    folded = fold(_GLUED.sub(" ", _ASKED_AS.sub("", part)).replace("VNe ID", "VNeID"))
    folded = _LETTERS.sub(lambda found: found[0].replace(" ", ""), _COPIED.sub("", folded) or folded)
    folded = _LEVEL_TWO.sub("dinh danh muc 2", folded)
    return _SHORT.sub(lambda found: _SHORTENED[found[1]], folded)


def _below(parts: Sequence[str], above: list[str], last: str) -> str:
    """The meaning of a short heading that only its wider one explains."""
    over = meaning(above)
    if over in ("birth", "sex"):
        if last in ("ngay", "thang") or (last == "nam" and "ă" in clean(parts[-1]).casefold()):
            return {"ngay": "birth_day", "thang": "birth_month", "nam": "birth_year"}[last]
        if last in ("nam", "nu"):
            return "male" if last == "nam" else "female"
    if over == "name" and last in (*_FAMILY, "ten"):
        return "given" if last == "ten" else "family"
    return ""


def _by_rule(whole: str) -> str:
    words = f" {whole} "
    for said, how, signs in _RULES:
        if any(_FITS[how](words, f" {sign} ") for sign in signs):
            return said
    for word in whole.split():  # "hovatendem", "TT_DINHDANH"
        for said, how, signs in _GLUED_RULES if len(word) >= GLUED_LETTERS else ():
            if any(_FITS[how](word, sign) for sign in signs):
                return said
    return "category" if recognise(whole) and not whole.startswith("ma ") else ""


def done_on(title: str) -> str:
    """What a day in this column says is done: "Ngày tạo TK ASXH" → "asxh"; "Ngày tạo tài khoản" may be anything's."""
    of = _DAY_OF.fullmatch(in_full(title))
    said = _by_rule(of[1]) if of and of[1] not in ("tai khoan", "tai khoan moi") else ""
    return said if said in _TICKED else ""


def option(parts: Sequence[str], said: str) -> str:
    """What a tick in this column says, where the heading itself is the answer; "" where the cell is.

    ("Tài khoản ASXH", "Chưa") → "chưa"; "Chưa có tài khoản ngân hàng" → "chưa"; "Nhận tiền mặt" → "tien mat".
    """
    folded = [fold(part) for part in parts if fold(part)]
    whole, last = " ".join(folded), folded[-1] if folded else ""
    if said == "payout":
        words = last if len(folded) > 1 and payout_ways(last) else whole
        asked = re.search(r"hinh thuc|phuong thuc|cach|kenh", words)
        return words if len(payout_ways(words)) == 1 and not asked and "tm ck" not in words else ""
    if said == "category" and recognise(last):
        return clean(parts[-1])
    if said in (*_TICKED, "eid_level") and len(folded) > 1 and _OPTION.fullmatch(last):
        return "" if last == "x" else last
    if said in _TICKED and re.match(r"(?i)\W*chưa\b[^(]*\(\W*có\W+không\W*\)\W*$", clean(parts[-1])):
        return "chua"  # "Chưa có TK ASXH (có/không)": a yes there says that it is not
    if said in _TICKED and re.search(r"\b(chua|khong)\b", whole):
        if re.search(r"\b(co|da|roi|hay)\b.*\b(chua|khong)\b", whole) or re.search(
            r"\b(chua|khong) (da\b|co (hay\b|tk$))", whole
        ):
            return ""
        if _ASKS.search(whole) and not re.search(r"(?i)[-–:(/]\s*(chưa|không)\W*$", parts[-1]):
            return ""
        return "chua kich hoat" if "chua kich hoat" in whole else "chua"
    return ""


def is_below(text: str) -> bool:
    """Whether a cell may stand in a lower row of headings."""
    words = fold(text)
    known = words in ("ngay", "thang", "nam") or words.startswith("so") or _OPTION.fullmatch(words)
    return bool(known or meaning([text]) or payout_ways(text))


# Of two columns with one meaning the one that fits none of these words is taken.
_WEAKER = {
    "hamlet": re.compile(r"^(to|to so|to dan pho|tdp|to dan cu|dia ban|khu vuc)\b"),
    "name": re.compile(r"liet s[iy]|nguoi nhan|nguoi co cong|nguoi linh|cu\b|khac"),
    "birth": re.compile(r"^(nam sinh|sinh nam|ns|tuoi)"),
    "citizen_id": re.compile(r"\b(co|da|lam) (cccd|can cuoc)|\bcu\b|^dinh danh|giay to"),
    "phone": re.compile(r"\b(con|chau|nguoi than|nguoi nha|gia dinh|khac|2|phu|zalo|lien he|ban|co dinh)\b"),
    "asxh": re.compile(r"huong dan|nhan qua|chi tra|tuyen truyen|moi|^ngay"),
    "category": re.compile(r"che do|nhom|chinh sach|muc do"),
    "note": re.compile(r"tinh trang|khac|ly do"),
    "bank": re.compile(r"^(tk|tai khoan|nh)$|^ngay"),
    "eid": re.compile(r"^ngay"),
}


def is_weaker(title: str, said: str) -> bool:
    """Whether another column with the same meaning is rather the one."""
    return said in _WEAKER and _WEAKER[said].search(fold(title)) is not None
