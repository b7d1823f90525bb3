"""Nhật ký in words: one sentence for each event, from its action, subject and detail."""

from __future__ import annotations

from typing import Any

from bot.tickets import KINDS
from campaigns.segments import SEGMENTS
from console import words
from console.access import ROLES
from register.tables import AuditEvent

# {subject} and the keys of the action's detail. Where there is no more to say, the action is told by its word and what
# it was about (words.ACTIONS, words.about).
SENTENCES = {
    "list_imported": "Nhận danh sách của đơn vị {subject}: {new} người mới, {changed} thay đổi, {left} rời danh sách, "
    "{rejected} dòng không nhận.",
    "identity_shown": "Xem đầy đủ thông tin của người số {subject}: {reason}.",
    "list_exported": "Xuất {rows} dòng danh sách của đơn vị {subject}.",
    "session_names_shown": "Xem đủ họ tên {rows} người của buổi hỗ trợ số {subject}.",
    "session_attendance": "Buổi hỗ trợ số {subject}: ghi {came} người đã đến, bỏ {taken_back} người ghi nhầm.",
    "columns_learnt": "Sửa cách hiểu cột của danh sách đơn vị {subject}: nhớ {said}, quên {forgotten}.",
    "old_cards_allowed": "Cho nhận số CMND trong danh sách của đơn vị {subject}: {allowed}.",
    "identities_removed": "Xóa danh tính đã hết thời hạn lưu giữ: {rows} người, {contacts} liên lạc.",
    "list_shown": "Xem đầy đủ một danh sách bằng lệnh: {rows} người.",
    "person_erased": "Xóa dữ liệu của người số {subject} ({rows} dòng).",
    "person_closed": "Đóng hồ sơ của người số {subject}: {reason}.",
    "signed_in": "Đăng nhập.",
    "signed_out": "Đăng xuất.",
    "sign_in_failed": "Đăng nhập không thành.",
    "staff_added": "Thêm cán bộ {subject}: {role}, đơn vị {unit}.",
    "staff_changed": "Tài khoản {subject}: {what}.",
    "staff_moved": "Giao {subject} vai trò {role}, đơn vị {unit}.",
    "invitation_made": "Lập phiếu đặt mật khẩu cho {subject}.",
    "invitation_used": "Tự đặt mật khẩu bằng phiếu.",
    "second_step_set": "Cài mã hai bước.",
    "second_step_removed": "Bỏ mã hai bước của {subject}.",
    "recovery_codes_made": "Lập tờ mã dự phòng mới.",
    "recovery_code_used": "Dùng một mã dự phòng, còn {left} mã.",
    "keys_rotated": "Thay khóa mã hóa (khóa số {version}), mã hóa lại {sealed} mục.",
    "backup_made": "Sao lưu {rows} dòng, {files} tệp.",
    "backup_restored": "Khôi phục {rows} dòng, {files} tệp từ bản sao lưu.",
    "channel_switched": "{on} kênh {subject}.",
    "campaign_made": "Lập đợt vận động số {subject}, nhóm {segment}.",
    "announcement_noted": "Ghi thông báo của UBND số {subject}: đã phát loa {aired} lần.",
    "ticket_taken": "Nhận việc số {subject} ({kind}).",
    "ticket_read": "Đọc lời người dân ở việc số {subject} ({kind}).",
    "ticket_answered": "Trả lời việc số {subject} ({kind}).",
    "ticket_closed": "Đóng việc số {subject} ({kind}).",
    "ticket_visit": "Đưa người của việc số {subject} vào danh sách đến nhà.",
    "ticket_place": "Giữ một chỗ ở buổi hỗ trợ số {place} cho việc số {subject}.",
    "chat_exported": "Xuất {turns} lượt trò chuyện, đã che tên và số, làm mẫu kiểm thử.",
}
WHAT = {
    "password": "đổi mật khẩu",
    "telegram": "lấy mã gắn Telegram",
    "closed": "đóng",
    "reopened": "mở lại",
    "sessions": "đăng xuất mọi máy",
}


def sentence(event: AuditEvent) -> str:
    """What happened, in one sentence; never a name: the log holds none."""
    shape = SENTENCES.get(event.action)
    if shape is None:
        about = words.about(event.action, event.subject)
        return words.ACTIONS.get(event.action, event.action) + (f": {about}." if about else ".")
    subject = words.CHANNELS.get(event.subject, event.subject) if event.action == "channel_switched" else event.subject
    return shape.format(subject=subject, **{key: _word(key, value) for key, value in event.detail.items()})


def _word(key: str, value: Any) -> Any:
    """A detail as people say it."""
    if key == "segment":
        return f"“{SEGMENTS[value].label}”" if value in SEGMENTS else value
    if key == "said":
        return ", ".join(words.MEANINGS.get(one, one) for one in value) or "không cột nào"
    if key == "allowed":
        return "có" if value else "thôi"
    if key == "on":
        return "Bật" if value else "Tắt"
    table: dict[str, dict[str, str]] = {
        "role": ROLES,
        "what": WHAT,
        "kind": KINDS,
        "reason": words.REASONS_TO_SEE | words.CLOSED,
    }
    if value is None:
        return "–"
    found = table.get(key, {}).get(value) if isinstance(value, str) else None
    return found[:1].lower() + found[1:] if found else value
