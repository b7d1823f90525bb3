"""Figures of a campaign as lines that an officer reads in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from campaigns.campaigns import CHANNEL_WORDS, STATE_WORDS
from campaigns.engine.healing import HEALED
from campaigns.reasons import REASONS
from campaigns.rehearsal import Rehearsal


def dong(amount: int) -> str:
    """``400000`` → "400.000 đồng"."""
    return f"{amount:,}".replace(",", ".") + " đồng"


NOBODY_WRITTEN_TO = (
    "Chưa nhắn được cho ai qua các kênh của đợt: chưa ai liên kết Zalo, Telegram với xã, phường. "
    "Muốn nhắn theo số điện thoại thì thêm kênh zbs (tin mẫu Zalo)."
)
EMPTY = (  # a first campaign over a list that does not say who is on the NQ 418 list
    "Nhóm này chưa có ai. Tệp đã nhập chính là danh sách NQ 418 thì hãy nhập lại với --nq418; "
    "không thì lập đợt cho nhóm khác, ví dụ asxh-ready, unknown-asxh (xem tungnha register status)."
)


def _by_channel(by_channel: dict[str, int]) -> list[str]:
    rows = [f"  {CHANNEL_WORDS[channel]}: {number} người" for channel, number in by_channel.items()]
    return ["Theo kênh:", *rows] if rows else []


def _apart(skipped: dict[str, int]) -> tuple[int, dict[str, int]]:
    """Who is visited instead, and who gets nothing: two things that are not one number."""
    return skipped.get("visit", 0), {reason: number for reason, number in skipped.items() if reason != "visit"}


def _by_reason(reasons: dict[str, int]) -> list[str]:
    return [f"  {number} người: {REASONS[reason]}" for reason, number in sorted(reasons.items(), key=lambda r: -r[1])]


def _later_step(step: dict[str, Any]) -> str:
    line = f"  Tin {step['step']}: nhắc nhiều nhất {step['sent']} người"
    line += f", tùy câu trả lời {step['depends']}" if step["depends"] else ""
    return line + (f", không kịp trước ngày cuối {step['too_late']}." if step["too_late"] else ".")


def _target(target: dict[str, Any]) -> str:
    missing = f"còn thiếu {target['missing']} người" if target["missing"] else "đã đạt"
    return f"Chỉ tiêu {target['percent']} %: đã có {target['now']} trên {target['people']} người, {missing}."


def rehearsal_words(rehearsal: Rehearsal, channels: Sequence[str] = ()) -> str:
    """Chạy thử, in full sentences. ``channels``: of the campaign, to say why nobody is written to."""
    visits, nothing = _apart(rehearsal.skipped)
    lines = [
        f"Chạy thử, không gửi gì. Nhóm “{rehearsal.segment}”: {rehearsal.planned} người.",
        f"Sẽ gửi tin trong đợt: {rehearsal.accepted} người. Tin đầu tốn nhiều nhất {dong(rehearsal.cost_vnd)}, "
        f"kể cả các lần nhắc nhiều nhất {dong(rehearsal.cost_vnd_all_steps)}.",
        *(f"  Chưa biết giá của {CHANNEL_WORDS[channel]}." for channel in rehearsal.price_unknown),
        *(f"  ngày {d[8:]}/{d[5:7]}/{d[:4]}: {number} người" for d, number in rehearsal.by_day.items()),
        *(_later_step(step) for step in rehearsal.steps[1:]),
        *(_target(target) for target in rehearsal.targets),
        *_by_channel(rehearsal.by_channel),
    ]
    if not rehearsal.planned:
        lines.insert(1, EMPTY)
    if rehearsal.held:
        lines += [f"Còn chờ việc của xã: {rehearsal.held} người.", *_by_reason(rehearsal.held_reasons)]
    if visits:
        lines.append(f"Đến tận nhà, không nhắn tin: {visits} người.")
        if {"zalo", "telegram"} & set(channels) and "zbs" not in channels and not rehearsal.accepted + rehearsal.held:
            lines.append(NOBODY_WRITTEN_TO)
    if nothing:
        lines += [f"Không nhắn, không đến: {sum(nothing.values())} người.", *_by_reason(nothing)]
    return "\n".join(lines)


def status_words(status: dict[str, Any]) -> str:
    """Where a campaign stands."""
    visits, nothing = _apart(status["skipped"])
    lines = [
        f"Đợt “{status['name']}” {STATE_WORDS[status['state']]}.",
        f"Nhóm “{status['segment']}”: {status['planned']} người.",
        f"Đã gửi tin {status['accepted']}, đang chờ {status['held']}, đến tận nhà {visits}, "
        f"không nhắn {sum(nothing.values())}, gửi không được {status['failed']}, "
        f"không rõ đã tới {status['unknown']}. Đã chi {dong(status['cost_vnd'])}.",
        *_by_channel(status["by_channel"]),
    ]
    lines += _by_reason({**nothing, **status["held_reasons"]})
    if status.get("stands_still"):
        lines.append("Đang đứng yên hơn mười phút dù còn việc đến lượt: hãy xem máy chủ (tungnha serve hoặc worker).")
    if status.get("healed"):
        lines.append("Máy dừng giữa chừng, hệ thống đã tự xử lý:")
        lines += [f"  {number} {HEALED[what]}" for what, number in status["healed"].items()]
    return "\n".join(lines)
