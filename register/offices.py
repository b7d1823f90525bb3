"""Who can lift somebody to the next rung, and what they are asked: police, bank, payer. One table of them.

A list goes out with as little as its purpose needs: the police find people by citizen id; the bank's and the payer's
lists have none. No category, no sum, no account number is in any of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_
from sqlmodel import col

from register.facts import LEVEL_2_FROM_AGE, NO_ACCOUNT_OF_THEIR_OWN, Evidence
from register.tables import Fact, Person, Standing


@dataclass(frozen=True)
class Why:
    """A reason to ask about somebody: whom it finds, and the purpose for which the office gets their data."""

    label: str
    purpose: str
    office: str = "police"


WHY = {
    "unknown": Why(
        "Chưa rõ định danh mức 2 hoặc tài khoản ASXH",
        "biết ai cần được hỗ trợ tạo tài khoản hưởng An sinh xã hội",
    ),
    "mismatch": Why("Thông tin chưa khớp với dữ liệu dân cư", "đối chiếu, sửa thông tin chưa khớp"),
    "claimed": Why("Mới tự báo là đã có tài khoản ASXH", "xác nhận kết quả người dân tự báo"),
    "level2": Why("Chưa có định danh mức 2 đã kích hoạt", "cấp, kích hoạt định danh mức 2"),
    "no_bank": Why("Chưa có tài khoản ngân hàng", "mời và giúp mở tài khoản trong ngày mở tài khoản lưu động", "bank"),
    "delegated": Why("Có người nhận thay", "biết người hưởng đã nhận được tiền của mình chưa", "payer"),
    "cash": Why("Đang nhận tiền mặt", "biết ai còn nhận tiền mặt, ai đã được chi trả", "payer"),
}


@dataclass(frozen=True)
class Office:
    """Whom a list goes to. ``questions``: the sheet's answer columns; ``evidence``: what an answer is worth here.

    ``usual``: the reasons that are chosen beforehand; ``by_id``: they find a person by citizen id and birth date.
    """

    label: str
    title: str
    questions: dict[str, str]
    usual: tuple[str, ...]
    evidence: Evidence
    by_id: bool = False
    days: int = 15  # an answer is wanted within

    def why(self) -> dict[str, Why]:
        return {key: why for key, why in WHY.items() if OFFICES[why.office] is self}


OFFICES = {
    "police": Office(
        "Công an",
        "BẢNG RÀ SOÁT",
        {
            "matched": "Thông tin khớp dữ liệu dân cư",
            "granted": "Định danh mức 2: đã cấp",
            "active": "Định danh mức 2: đã kích hoạt",
            "asxh": "Tài khoản ASXH trên VNeID: đã có",
        },
        ("unknown", "mismatch"),
        "register",
        by_id=True,
    ),
    "bank": Office(
        "Ngân hàng",
        "BẢNG ĐIỂM DANH NGÀY MỞ TÀI KHOẢN",
        {"opened": "Đã mở tài khoản đứng tên mình"},
        ("no_bank",),
        "officer",  # ticked at the commune's own desk, in front of the person
    ),
    "payer": Office(
        "Bưu điện, nơi chi trả",
        "BẢNG ĐỐI CHIẾU CHI TRẢ",
        {
            "paid": "Kỳ gần nhất: đã nhận tiền",
            "by_cash": "Đang nhận tiền mặt",
            "by_account": "Đang nhận qua tài khoản đứng tên mình",
        },
        ("delegated", "cash"),
        "register",
    ),
}
QUESTIONS = {key: heading for office in OFFICES.values() for key, heading in office.questions.items()}


def who(key: str, year: int) -> ColumnElement[bool]:
    """The condition of a reason (WHY) over Person and Standing (which may be missing: then nothing is known)."""

    def stands(name: str) -> Any:
        return func.coalesce(getattr(Standing, name), "unknown")

    own = stands("special").not_in(NO_ACCOUNT_OF_THEIR_OWN)
    small = func.coalesce(Person.birth_year, 0) > year - LEVEL_2_FROM_AGE
    seen = exists().where(
        col(Fact.person) == Person.id, col(Fact.kind) == "asxh_account",
        col(Fact.value) == "yes", col(Fact.evidence) != "self",
    )  # fmt: skip
    collected = or_(stands("payout") == "delegated", stands("special") == "delegate")
    return {
        "unknown": and_(or_(stands("eid_level") == "unknown", stands("asxh_account") == "unknown"), own, ~small),
        "mismatch": col(Standing.data_matched) == "no",
        "claimed": and_(stands("asxh_account") == "yes", ~seen),
        "level2": and_(stands("eid_level").in_(("0", "1", "below_2", "2_granted")), ~small),
        "no_bank": and_(stands("bank_account") == "no", own),
        "delegated": and_(collected, stands("receipt_confirmed") != "yes"),
        "cash": stands("payout") == "cash",
    }[key]
