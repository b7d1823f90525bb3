"""The ZBS templates as they are handed in to Zalo's reviewers, with what each parameter may hold.

Neutral address, no abbreviations, no promise; the twin without a name is for phones of whom it is not known whose they
are. The parameters are those that content.messages.zbs_params fills in.
"""

from __future__ import annotations

from dataclasses import dataclass

TITLE = "Lịch hỗ trợ tạo tài khoản hưởng An sinh xã hội"
_BODY = (
    "Ủy ban nhân dân <ten_xa> thông báo lịch hỗ trợ người dân tạo tài khoản hưởng An sinh xã hội trên ứng dụng VNeID. "
    "Việc hỗ trợ miễn phí, tham gia tự nguyện. Người đã tạo tài khoản không cần làm lại."
)
_FOOT = (
    "Ủy ban nhân dân không yêu cầu cung cấp mật khẩu, mã xác thực, số tài khoản hoặc chuyển tiền. Người dân có thể "
    "kiểm tra thông báo này tại Trung tâm Phục vụ hành chính công của xã."
)
_TABLE = (("Mã thông báo", "ma_thong_bao"), ("Thời gian", "thoi_gian"), ("Địa điểm", "dia_diem"))
# name → what Zalo calls its kind, most characters, what it is, an example
PARAMETERS = {
    "customer_name": ("Tên khách hàng", 30, "cách xưng hô và tên gọi", "bà Mai"),
    "ten_xa": ("Địa chỉ", 200, "tên xã, phường", "phường Phan Thiết"),
    "ma_thong_bao": ("Mã số", 30, "mã của tin, để hỏi lại", "TN1042"),
    "thoi_gian": ("Nhãn tùy chỉnh", 30, "giờ và ngày của buổi hỗ trợ", "8 giờ thứ Ba 01/12/2026"),
    "dia_diem": ("Địa chỉ", 200, "nơi làm", "nhà văn hóa khu phố 1"),
}


@dataclass(frozen=True)
class ZbsTemplate:
    """One template. ``setting``: where its number is told once Zalo has agreed."""

    title: str
    body: str
    setting: str
    table: tuple[tuple[str, str], ...] = _TABLE
    foot: str = _FOOT
    tag: str = "Chăm sóc khách hàng (tag 2)"
    button: str = "Nhắn Ủy ban nhân dân xã (mở Official Account)"

    @property
    def parameters(self) -> list[str]:
        """Names of its parameters, in the order of PARAMETERS."""
        text = self.body + " ".join(f"<{name}>" for _, name in self.table)
        return [name for name in PARAMETERS if f"<{name}>" in text]


TEMPLATES = (
    ZbsTemplate(TITLE, f"Kính gửi <customer_name>, {_BODY}", "TUNGNHA_ZALO_TEMPLATE_ID"),
    ZbsTemplate(f"{TITLE} (không tên)", f"Kính gửi Quý ông/bà, {_BODY}", "TUNGNHA_ZALO_TEMPLATE_ID_UNNAMED"),
)
