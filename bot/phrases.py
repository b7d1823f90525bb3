"""Phrases beyond doubt: plain yes, and what the model is not asked about.

Everything is matched on normalised text (bot.understanding.normalise): folded, teencode replaced.
"""

from __future__ import annotations

import re

_YES = re.compile(r"^(?:da |vang |u |uh |ok |dung |phai |roi |duoc |co |o |thay |thanh cong |a |thua |nhe |xong )+$")
_NEXT = re.compile(r"^(?:da |vang |u |uh |uhm |um |ok |dung |phai |roi |duoc |thua |nhe |xong |yes |next |o ke )+$")

# Somebody else is spoken of; "nó" alone is as often the app.
_THEY = r"(?:ho|co (?:nguoi|dua|ke|thang|so)|nguoi ta|nguoi la|dua nao|ke gian|so la goi|tu xung|xung)"
_KIN = (
    r"(?:me|bo|cha|ba|ong|(?<!so )(?<!may )(?<!sim )(?<!thoai )cu|noi|ngoai|chong|vo|anh|chi"
    r"|nguoi (?:nay|do|nha)|ong ay|ba ay)"
)
_OF = r"(?: toi| minh| em| chau| nha toi| noi| ngoai| nhan)?(?: thi)?(?: da)?"

_RULES: dict[str, tuple[str, ...]] = {
    "other": (r"\bmat khau\b.*\b(?:wifi|facebook|fb|zalo|gmail|email)\b",),
    "guide.already": (r"^(?:toi |nha toi )?(?:da )?co roi(?: ma| nhe| nha| a)?$", r"^(?:toi )?da co$"),
    "report.scam": (
        rf"\b{_THEY}\b.*\b(?:otp|ma|mat khau|so tai khoan|chuyen tien|doi tien|link|can cuoc|ung dung|lua)\b",
        r"\bno (?:xin|doi|hoi|keu doc|bat doc)\b.*\b(?:otp|so tai khoan|chuyen tien|mat khau ngan hang)\b",
        r"\blo (?:bam|doc|cho|gui|dua|chuyen|tai|cai)\b.*\b(?:link|otp|ma|tien|mat khau|ung dung|la)\b",
        r"\bbi lua (?:roi|mat|het|tien)\b",
    ),
    "report.deceased": (
        rf"\b{_KIN}\b.{{0,24}}\b(?:qua doi|tu tran|khuat nui|da khuat|chet)\b",
        rf"\b{_KIN}{_OF} mat (?:roi|nam|hoi|thang|lau|tuan|hom|may)\b",
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
        r"\bxong (?:het|xuoi|tat ca|toan bo)\b(?!.*\bbuoc nay\b)|\b(?:duyet|chap nhan) roi\b",
        r"^(?!.*\b(?:khong|chua|truoc|lau|hom|hoi|bua|ngoai|dot|nam)\b)"
        r".*\b(?:dang ky|lien ket|tao)\b.*\b(?:duoc|xong|thanh cong)\b.*\broi\b",
    ),
    "help.human": (
        rf"^(?!.*\b{_THEY}\b)(?!.*\b(?:lua|xung|ma|doi)\b)"
        r"(?:.*\b)?goi (?:lai |dien |thoai )*(?:cho )?(?:toi|ba|ong|bac|minh)\b",
        r"\bgap (?:can bo|nguoi that|nguoi)\b",
    ),
}
_COMPILED = [(intent, re.compile(pattern)) for intent, patterns in _RULES.items() for pattern in patterns]


def is_yes(plain: str) -> bool:
    """Whether a short answer is a plain yes."""
    return bool(_YES.match(f"{plain} "))


def intent_of(plain: str) -> str:
    """The intent that is beyond doubt, or "". Stop is asked before (bot.stopping)."""
    if _NEXT.match(f"{plain} "):
        return "guide.next"
    return next((intent for intent, pattern in _COMPILED if pattern.search(plain)), "")
