"""Phrases beyond doubt: plain yes, and what the model is not asked about.

Everything is matched on normalised text (bot.understanding.normalise): folded, teencode replaced.
"""

from __future__ import annotations

import re

_YES = re.compile(
    r"^(?!(?:a |thua |nhe )+$)"
    r"(?:da |vang |u |uh |ok |dung |phai |roi |duoc |co |o |thay |thanh cong |a |thua |nhe |xong )+$"
)
_NEXT = re.compile(r"^(?:da |vang |u |uh |uhm |um |ok |dung |phai |roi |duoc |thua |nhe |xong |yes |next |o ke )+$")

# Somebody else is spoken of; "nó" alone is as often the app.
_THEY = r"(?:ho|co (?:nguoi|dua|ke|thang|so)|nguoi ta|nguoi la|dua nao|ke gian|so la goi|tu xung|xung)"
_KIN = (
    r"(?:me|bo|cha|ba|ong|(?<!so )(?<!may )(?<!sim )(?<!thoai )cu|noi|ngoai|chong|vo|anh|chi"
    r"|nguoi (?:nay|do|nha)|ong ay|ba ay)"
)
_WHEN = (
    r"(?:roi|nam|hoi|thang|lau|tuan|hom|may|tu|dip|dot|truoc|cach|sang|dem|duoc (?:\d+|may|hai|ba)"
    r"|cung|(?:mot|hai|nhieu) nam|vi (?:benh|gia|ung thu|tai nan)|do (?:benh|tai nan))"
)
_OF = r"(?: toi| minh| em| chau| nha toi| noi| ngoai| nhan)?(?: thi)?(?: da)?"

# "qua co" is quá cố as well as "sợ quá, có an toàn không"; "qua doi" also "qua đổi máy", "qua đòi tiền"
_PASSED = (
    r"(?:qua doi(?! (?:may|sim|so|dien thoai|tien|no|nhan|tra|hoai|mai|the|mat|lai))"
    r"|(?:da|moi|vua|nguoi) qua co|qua co (?:roi|nam|hom|hoi))"
)

# What is lost, dies or goes and is nobody: taken out of the text before a death is looked for.
_NO_DEATH = re.compile(
    r"\bmat (?:mat khau|may(?! (?:nam|thang|hom|tuan|ngay|bua))|song|mang|wifi|the|cong|viec|sim|thoi gian|thi gio|gio"
    r"|long tin|niem tin|kien nhan|ket noi|lien lac|tai khoan|tien|dien|nuoc|can cuoc|giay|so"
    r"|ma (?:otp|pin|so|xac|6|sau)|passcode|ung dung|vneid|hinh|tieu|ngu|dau|sach|cai|khau|quyen|cua|xe|hang|bao nhieu"
    r"|phi|luot|lich|tin|trom|cap|chu|con ga|con cho)\b"
    r"|\b(?:dien thoai|may|pin|sim|mang|ga|vit|cho|heo|lon|trau|cay|lua)(?: (?!mat|qua)\w+){0,2} chet\b"
    r"|\b(?:so|lo|lam|met|dau|buon|cuoi|nong|doi|buc|sap|khong|chua|dung|kho|gan) chet\b"
    r"|\bchet (?:di duoc|me|cha|tiet|toi|mat|luon|that|queo|rap|may|moi|duoc|khong|cho)\b"
    r"|\b(?:(?<=\w )di|chay|quen|trang|giu|lay|xoa|bam|tat|de) mat\b"
    r"|\btheo ong ba (?:noi|ngoai|ra|di|den|len|qua|vao|toi)\b|\b(?:nam muoi|tram) tuoi\b(?! roi moi)"
)

DISTRESS = re.compile(r"\b(?:muon chet|(?:khong|het) muon song|chet cho (?:xong|roi)|muon tu tu)\b")
# "để bà ăn cơm xong đã"
NOT_NOW = re.compile(
    r"^(?:\w+ ){0,4}de (?:toi|ba|ong|bac|minh|em|con|chau|me|chi|anh|co|chu) (?:\w+ ){1,6}da"
    r"(?: (?:nhe|nha|nghe|con|chau|em|roi (?:lam|tinh|tiep)))*$"
)

_RULES: dict[str, tuple[str, ...]] = {
    "other": (
        NOT_NOW.pattern,
        r"\bmat khau\b.*\b(?:wifi|facebook|fb|zalo|gmail|email)\b",
    ),
    "guide.next": (  # "em chọn đúng ngân hàng của bà rồi ạ": one act done, and nothing went wrong
        r"^(?!.*\b(?:khong|chua|lo|nham|lon|link|la|(?<!so )tai khoan|truoc|lau|nguoi|ho|ke|sai|hoai|mai|quen|loi|gui"
        r"|otp|tien|moi|mat|cai|tai|sao|the nao|lai)\b)(?:\w+ ){0,3}(?:chon|bam|nhap|go|vao|danh dau|tich|tick)\b"
        r"(?: \w+){0,6} (?:roi|xong)(?: (?:a|nhe|nha|do|day|ne|con|chau|em|nghen|oi|roi|co|anh|chi))*$",
    ),
    "guide.start": (r"^(?:xin |toi muon |ok |vay )*bat dau(?: lai| lam| di| nhe| nha| thoi| nao)*$",),
    "guide.repeat": (r"^(?:ha|hu|ua|gi|gi co|sao co|noi gi)(?: (?:gi|sao|con|chau|em|co|chu))?(?: \?)*$",),
    "not_me": (
        r"^(?:thoi |oi |a |da |ban |chu |co |anh |chi )*(?:bi |goi |nhan |gui )?(?:nham|lon|lac)"
        r" (?:so|may|nguoi)(?: dien thoai)?(?: (?:roi|con|chau|em|oi|a|nha|nhe|chu|co|ban|day|do|anh|chi))*$",
    ),
    "greeting": (
        r"^(?:da |em |con |toi |ba |xin |kinh )*chao(?! tam biet)(?: \w+){0,4}$",
        r"^(?:da |kinh |e |u )*(?:thua )?(?:can bo|anh chi|quy (?:xa|anh chi)|uy ban|chau|co|chu|anh|chi)(?: xa)? oi$"
        r"|^(?:da |kinh )*thua (?:can bo|anh chi|quy (?:xa|anh chi)|uy ban|co|chu|anh|chi|bac|ong|ba)(?: xa)?(?: a)?$",
    ),
    "ask.who": (
        r"^(?:ban|em|chau|con|day|may|tro ly)?(?: day| nay)?(?: co phai)? ?(?:la )?"
        r"(?:bot|robot|may|nguoi may|nguoi that)"
        r"(?: (?:ha|a|hay nguoi|khong|phai khong|day|vay|hay may|hay la nguoi|hay sao|nhan))*$",
    ),
    "ask.safe": (
        r"^(?!.*\b(?:roi|keu|bao)\b).*\blo\b.*\b(?:mat|lua|hack|lo thong tin)\b"
        r".*\b(?:thi (?:lam )?(?:sao|the nao)|ai (?:chiu|den|lo))\b",
        r"^(?!.*\b(?:co (?:nguoi|dua|ke|thang|so)|tin (?:nhan )?la|ho|no|keu|bao|lo|nhan duoc|kem|qua|trung thuong)\b)"
        r"(?:(?:.*\b)?(?:gui|cho|xin|dua|nhan) (?:\w+ ){0,3}|(?:duong )?)link\b(?!.*\b(?:la|vneid|tai)\b)",
    ),
    "problem.no_vneid": (r"^(?!.*\b(?:ho|no|keu|bao|lo|co nguoi)\b).*\blink\b.*\b(?:tai|vneid)\b",),
    "guide.stuck": (
        r"^(?:van |toi |no |ma |nhung |da )*(?:chua|khong) duoc(?: (?:a|con|chau|em|oi|nua|dau|ma|gi|het))*$",
    ),
    "guide.already": (r"^(?:toi |nha toi )?(?:da )?co (?:san )?roi(?: ma| nhe| nha| a)?$", r"^(?:toi )?da co$"),
    "report.scam": (
        rf"^(?!.*\b(?:ra|den|len|ngoai|tai) (?:\w+ ){{0,2}}(?:ngan hang|xa|phuong|cong an|uy ban|buu dien)\b)"
        rf".*\b{_THEY}\b.*\b(?:otp|ma|mat khau|so tai khoan|chuyen tien|doi tien|link|can cuoc|ung dung|lua)\b",
        r"\bno (?:xin|doi|hoi|keu doc|bat doc)\b.*\b(?:otp|so tai khoan|chuyen tien|mat khau ngan hang)\b",
        r"\blo (?:bam|doc|cho|gui|dua|chuyen|tai|cai)\b.*\b(?:link|otp|ma|tien|mat khau|ung dung|la)\b",
        r"\bbi lua (?:roi|mat|het|tien)\b",
    ),
    "report.deceased": (
        rf"\b{_KIN}\b.{{0,24}}\b(?:{_PASSED}|tu tran|tu vong|ta the|quy tien|cuoi hac|chin suoi|khuat nui"
        r"|da khuat|(?<!muon )(?<!so )(?<!sap )chet)\b",
        rf"\b{_KIN}{_OF} (?:(?:moi|vua|cung) )?mat {_WHEN}\b",
        rf"\b{_KIN}{_OF} (?:moi|vua) mat(?: hom|$)|\b(?:khai|chung|bao) tu\b.*\b{_KIN}\b",
        rf"\b{_KIN}\b.*\b(?:(?:ve voi|theo) (?:to tien|ong ba)(?= roi| hom| nam| thang| lau|$)"
        r"|(?:giay )?(?:khai|chung|bao) tu)\b",
        r"\b(?:nha|gia dinh)(?: toi| minh| em| con)? (?:dang |moi )?(?:co |de )?(?:dam )?tang"
        r"(?= (?:ong|ba|me|bo|cha|chong|vo|noi|ngoai|nen|hom)\b|$)",
        rf"\b{_KIN}\b.*\b(?:49 ngay|100 ngay|gio dau|khong con (?:song|tren doi))\b",
    ),
    "problem.forgot_passcode": (
        r"\b(?:quen|khong (?:nho|biet)|sai)\b.*\b(?:passcode|pass code|mat khau code|ma pin|pat cot|pas cot)\b",
        r"\b(?:quen|khong (?:nho|biet)|sai)\b.*\bma (?:6|sau) (?:chu )?so\b",
        r"\b(?:passcode|mat khau code)\b.*\b(?:quen|sai|khong (?:nho|dung|biet))\b",
    ),
    "problem.pending": (r"\b(?:dang|cu|van) (?:ghi |bao |hien )?(?:dang )?cho (?:xu ly|duyet)\b",),
    "problem.system_busy": (
        r"\bbao tri\b|\bthu lai sau\b|\bket noi (?:toi he thong )?that bai\b|\bhe thong (?:ban|loi|qua tai)\b",
        r"\b(?:vneid|ung dung) (?:bi |cu |no )?(?:loi|treo|vang|trang|den|thoat|giat|lag)\b",
    ),
    "problem.no_account_number": (
        r"\b(?:quen|khong (?:nho|thuoc|biet|ro))\b.{0,12}\bso tai khoan\b",
        r"\bso tai khoan\b.{0,18}\bo dau\b",
    ),
    "problem.forgot_password": (r"\b(?:quen|khong nho)\b.{0,10}\bmat khau\b(?! 6| sau so)",),
    "problem.mismatch": (
        r"\bkhong (?:trung )?khop\b|\bkhong chinh chu\b",
        r"\b(?:yeu cau|ho so|bi|bao)\b.*\btu choi\b",
    ),
    "ask.delegate": (r"\buy quyen\b|\b(?:nhan|lanh) (?:thay|ho|gium)\b",),
    "guide.done": (
        # "con làm cho má xong rồi": the whole of it, said by a helper too
        r"^(?!.*\b(?:khong|chua|truoc|lau|hom|hoi|bua|ngoai|dot|nam|buoc|khuc|muc|o|cho nay|doan|phan|tu|ai|ho)\b)"
        r"(?:.*\b)?lam (?:\w+ ){1,4}xong (?:het )?roi\b",
        r"^(?!.*\b(?:chi|day|huong dan|bat dau|chuan bi)\b).*\bxong (?:het|xuoi|tat ca|toan bo)\b"
        r"(?!.*\bbuoc nay\b)|\b(?:duyet|chap nhan) roi\b",
        r"^(?!.*\b(?:khong|chua|truoc|lau|hom|hoi|bua|ngoai|dot|nam)\b)"
        r".*\b(?:dang ky|lien ket|tao)\b.*\b(?:duoc|xong|thanh cong)\b.*\broi\b",
    ),
    "help.human": (
        rf"^(?!.*\b{_THEY}\b)(?!.*\b(?:lua|xung|ma|doi)\b)"
        r"(?:.*\b)?goi (?:lai |dien |thoai )*(?:cho )?(?:toi|ba|ong|bac|minh)\b",
        r"\bgap (?:can bo|nguoi that|nguoi)\b",
        r"\bmai tang\b",
        r"^(?!.*\b(?:lua|xung|ma|doi|link)\b).*\bai (?:\w+ ){0,2}(?:den|toi|xuong|ghe|qua|vo) (?:tan )?nha\b",
        DISTRESS.pattern,
    ),
}
# Words without which a guess of the model is no such statement: these change who is written to, or how.
EVIDENCE = {
    "helping": re.compile(
        r"\b(?:giup|gium|ho|thay|dum|nguoi nha|la (?:con|chau|dau|re|hang xom)|con (?:trai|gai|dau|re)"
        r"|chau (?:noi|ngoai)|ngoi (?:canh|ke)|chi (?:me|ba|ong|cu)|cam may|tinh nguyen|doan|to cong nghe|to truong"
        r"|cho (?:me|bo|cha|ba|ong|cu|noi|ngoai)|con (?:cua|ba|cu|ong)|chau (?:cua|ba|cu|ong)|may (?:cua|nay cua))\b"
    ),
    "not_me": re.compile(
        r"\b(?:nham|lon|sai|khong phai|phai dau|dau phai|(?:khong|nao) (?:quen|biet|co|thuoc|huong)|dau co"
        r"|sim|mua|chuyen|don|dien|khac|doi chu|chu (?:moi|cu)|xai|so nay|nguoi do|doi tuong)\b"
    ),
    "report.deceased": re.compile(
        rf"\b(?:mat|{_PASSED}|co tang|(?:lo|dam) (?:dam|ma|tang)|tram tuoi roi|hai nam muoi|man phan|tu vong"
        rf"|ta the|quy tien|cuoi hac|chin suoi|gio dau|to tien|khuat|tu tran|khai tu|chung tu|bao tu|hy sinh"
        rf"|{_KIN}.*khong con|khong con (?:song|nua)|(?:{_KIN}|nguoi|da)\b.*\bchet)\b"
    ),
    "stop": re.compile(
        r"\b(?:nhan|gui|tin|phien|quay ray|dung|ngung|huy|chan|tat|thoi|stop|spam|goi|cut|im|block|quit|bye"
        r"|tham gia|danh sach|tu choi|thoat|bo di|lien (?:lac|he))\b"
    ),
}
_PRIVATE = r"(?:otp|ma(?: so)?|mat khau|passcode|so tai khoan)"
_TO_US = r"(?:cho (?:ai|con|chau|em|ban|may|can bo|anh|chi)|gium|ho|(?:vao|qua|o|len) day|luon)"
_OFFER = re.compile(
    rf"\b(?:doc|gui|nhan|noi|ghi|cho|dua|go|bam|nhap)\b.*\b{_PRIVATE}\b.*\b{_TO_US}\b"
    rf"|\b(?:ghi|go|bam|nhap|doc) (?:gium|ho|thay)\b.*\b{_PRIVATE}\b"
    rf"|\b{_PRIVATE} (?:gui|doc|nhan|noi) {_TO_US}\b"
)
_PICTURE = re.compile(
    r"\b(?:gui|chup|nhan|quay)\b.*\b(?:anh|hinh|man hinh|can cuoc|the|giay to|video)\b.*"
    r"\b(?:cho (?:con|chau|em|ban|may|anh|chi|xem)|(?:vao|qua|o|len) day|len|coi|xem|duoc khong|khong)\b"
)
_COMPILED = [(intent, re.compile(pattern)) for intent, patterns in _RULES.items() for pattern in patterns]


def is_yes(plain: str) -> bool:
    """Whether a short answer is a plain yes."""
    return bool(_YES.match(f"{plain} "))


def offers(plain: str) -> str:
    """What the writer is about to hand over: "secret", "picture" or "". Somebody else's asking is a scam report."""
    if re.search(rf"\b(?:{_THEY}|keu|bat|doi|lo)\b", re.sub(r"\bho (?=ba|ong|me|cu|noi|ngoai)", "", plain)):
        return ""
    return "secret" if _OFFER.search(plain) else "picture" if _PICTURE.search(plain) else ""


def tells_of_a_death(plain: str) -> bool:
    """Whether the text says beyond doubt that somebody has died."""
    plain = without_the_living(plain)
    return any(intent == "report.deceased" and pattern.search(plain) for intent, pattern in _COMPILED)


def without_the_living(plain: str) -> str:
    """The text without what only looks like a death: a phone that died, a card that was lost."""
    return _NO_DEATH.sub("|", plain)


# A number typed wrongly, and a phone that is theirs, are no wrong number.
_TYPED_WRONG = re.compile(
    r"\b(?:nhap|go|danh|dien|bam|ghi) (?:nham|lon|sai)\b|\bso nay la (?:so )?cua (?:ba|ong|toi|me toi)(?: ma)?$"
)


def lacks_evidence(intent: str, plain: str) -> bool:
    """Whether a guess of the model has none of the words without which it is no such statement."""
    evidence = EVIDENCE.get(intent)
    if intent == "report.deceased":
        plain = without_the_living(plain)
    if intent == "not_me":
        plain = _TYPED_WRONG.sub("|", plain)
    return bool(evidence and not evidence.search(plain))


def intent_of(plain: str) -> str:
    """The intent that is beyond doubt, or "". Stop is asked before (bot.stopping)."""
    if _NEXT.match(f"{plain} "):
        return "guide.next"
    living = without_the_living(plain)
    return next((it for it, pattern in _COMPILED if pattern.search(living if it == "report.deceased" else plain)), "")
