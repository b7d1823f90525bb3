"""Which role sees and does what: one table, read by the menu, by every route and by the test that walks them all."""

from __future__ import annotations

from dataclasses import dataclass

ROLES = {
    "officer": "Cán bộ xã, phường",
    "approver": "Người duyệt",
    "volunteer": "Tổ công nghệ số cộng đồng",
    "radio": "Người phụ trách truyền thanh",
    "province": "Cán bộ tỉnh, thành phố",
    "auditor": "Người kiểm tra",
    "owner": "Quản trị hệ thống",
}
_STAFF = frozenset({"officer", "approver", "owner"})
_READERS = _STAFF | {"province", "auditor"}
_FIELD = _STAFF | {"volunteer"}
_AIR = _STAFF | {"radio"}
_MAKERS = frozenset({"officer", "owner"})


@dataclass(frozen=True)
class Page:
    """One entry of the menu. ``see``: roles that may open it; ``do``: roles that may change something there."""

    key: str
    path: str
    title: str
    group: str
    see: frozenset[str]
    do: frozenset[str] = frozenset()


PAGES = {
    page.key: page
    for page in (
        Page("today", "/", "Hôm nay", "Công việc", frozenset(ROLES)),
        Page("tickets", "/viec", "Việc cần hỗ trợ", "Công việc", _STAFF, _STAFF),
        Page("progress", "/tien-do", "Tiến độ", "Người thụ hưởng", _READERS),
        Page(
            "province",
            "/cac-xa",
            "Các xã, phường",
            "Người thụ hưởng",
            frozenset({"province", "owner", "auditor"}),
            frozenset({"province", "owner"}),
        ),
        Page("lists", "/danh-sach", "Danh sách", "Người thụ hưởng", _STAFF | {"auditor"}, _MAKERS),
        Page("people", "/nguoi", "Người thụ hưởng", "Người thụ hưởng", _STAFF, _MAKERS),
        Page("asking", "/de-nghi", "Chuyển nơi giúp được", "Người thụ hưởng", _STAFF, _MAKERS),
        Page("campaigns", "/dot-van-dong", "Đợt vận động", "Đến với người dân", _READERS, _STAFF),
        Page("texts", "/loi-van", "Lời văn", "Đến với người dân", _STAFF | {"province"}, _STAFF | {"province"}),
        Page("sessions", "/buoi-ho-tro", "Buổi hỗ trợ", "Đến với người dân", _FIELD, _FIELD),
        Page("rounds", "/di-nha/", "Đi từng nhà", "Đến với người dân", _FIELD, _FIELD),
        Page("visits", "/phieu-den-nha", "Phiếu đến nhà", "Đến với người dân", _FIELD, _FIELD),
        Page("bulletins", "/ban-tin", "Bản tin", "Đến với người dân", _AIR, _AIR),
        Page("papers", "/to-in", "Tờ in, bài đăng nhóm", "Đến với người dân", _FIELD, _FIELD),
        Page("airtime", "/lich-phat", "Lịch phát loa", "Đến với người dân", _AIR, _AIR),
        Page("results", "/ket-qua", "Kết quả", "Kết quả", _READERS),
        Page("reports", "/bao-cao", "Báo cáo", "Kết quả", _READERS, _STAFF),
        Page(
            "audit",
            "/nhat-ky",
            "Nhật ký",
            "Hệ thống",
            frozenset({"auditor", "owner", "approver"}),
            frozenset({"owner"}),
        ),
        Page("channels", "/kenh", "Kênh nhắn tin", "Hệ thống", _STAFF, _MAKERS),
        Page("commune", "/xa-phuong", "Thông tin xã, phường", "Hệ thống", _STAFF, _MAKERS),
        Page("data_sheet", "/ho-so-du-lieu", "Hồ sơ dữ liệu", "Hệ thống", _READERS),
        Page("units", "/dia-ban", "Địa bàn", "Hệ thống", _READERS),
        Page("staff", "/can-bo", "Cán bộ", "Hệ thống", _READERS, _MAKERS | {"province"}),
        Page("api_keys", "/khoa-ket-noi", "Khóa kết nối", "Hệ thống", frozenset({"owner"}), frozenset({"owner"})),
        Page("account", "/tai-khoan", "Tài khoản của tôi", "Hệ thống", frozenset(ROLES), frozenset(ROLES)),
        Page("phones", "/dien-thoai-thu", "Điện thoại thử", "Hệ thống", _STAFF, _STAFF),
    )
}


def may_see(role: str, key: str) -> bool:
    return role in PAGES[key].see


def may_do(role: str, key: str) -> bool:
    return role in PAGES[key].do
