"""The ZBS templates that the sandbox has approved: the first message, with and without a name."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from channels.sandbox.world import Buttons

NAMED, UNNAMED = "518001", "518002"
TEXT = """Lịch hỗ trợ tạo tài khoản hưởng An sinh xã hội
Kính gửi <customer_name>, Ủy ban nhân dân <ten_xa> thông báo lịch hỗ trợ người dân tạo tài khoản hưởng \
An sinh xã hội trên ứng dụng VNeID. Việc hỗ trợ miễn phí, tham gia tự nguyện. Người đã tạo tài khoản không cần làm lại.
Mã thông báo: <ma_thong_bao> · Thời gian: <thoi_gian> · Địa điểm: <dia_diem>
Ủy ban nhân dân không yêu cầu cung cấp mật khẩu, mã xác thực, số tài khoản hoặc chuyển tiền. Người dân có thể \
kiểm tra thông báo này tại Trung tâm Phục vụ hành chính công của xã."""


@dataclass
class Template:
    """One template. ``parameters``: name → (longest value, required). Prices in VND without VAT."""

    id: str
    name: str
    text: str
    parameters: dict[str, tuple[int, bool]]
    buttons: Buttons = field(default_factory=lambda: [("oa.chat", "Nhắn Ủy ban nhân dân xã")])
    status: str = "ENABLE"  # PENDING_REVIEW | REJECT | DISABLE
    reason: str = ""  # why it was rejected
    by_user: bool = True
    promotion: bool = False
    night_allowed: bool = False
    price_phone: int = 120  # public service tariff
    price_user: int = 84
    daily_limit: int = 100_000
    sent: Counter[str] = field(default_factory=Counter)  # by day in Viet Nam

    @property
    def enabled(self) -> bool:
        return self.status == "ENABLE"

    def problem(self, data: dict[str, Any]) -> int:
        """Zalo's code for what is wrong with the data, or 0."""
        for name, (longest, required) in self.parameters.items():
            value = data.get(name, "")
            if required and not value:
                return -1122
            if not isinstance(value, str):
                return -112
            if len(value) > longest:
                return -1121
        return 0

    def render(self, data: dict[str, Any]) -> str:
        """What the phone shows."""
        text = self.text
        for name in self.parameters:
            text = text.replace(f"<{name}>", str(data.get(name, "")))
        return text

    def describe(self) -> dict[str, Any]:
        """As /template/info/v2 answers."""
        return {
            "templateId": int(self.id),
            "templateName": self.name,
            "status": self.status,
            "reason": self.reason,
            "listParams": [
                {"name": name, "require": required, "type": "STRING", "maxLength": longest, "minLength": 0,
                 "acceptNull": not required}
                for name, (longest, required) in self.parameters.items()
            ],
            "templateTag": "CUSTOMER_CARE",
            "price": str(self.price_phone),
            "price_sdt": self.price_phone,
            "price_uid": self.price_user,
        }  # fmt: skip


def approved() -> dict[str, Template]:
    """Fresh templates for one sandbox. Lengths by parameter type (facts/channels §4.3)."""
    place = {"ten_xa": (80, True), "ma_thong_bao": (30, True), "thoi_gian": (100, True), "dia_diem": (200, True)}
    unnamed = TEXT.replace("Kính gửi <customer_name>, ", "")
    return {
        NAMED: Template(NAMED, "tn_lich_ho_tro", TEXT, {"customer_name": (30, True), **place}),
        UNNAMED: Template(UNNAMED, "tn_lich_ho_tro_chung", unnamed, place),
    }
