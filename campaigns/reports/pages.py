"""The words of a report: letterhead (NĐ 30/2020), headings, sentences and tables, for every file form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from campaigns.field.visits import OUTCOMES
from campaigns.reports.blocks import Blank, Block, Heading, Para, Table, number
from campaigns.reports.figures import Classes, Quota, Report
from campaigns.reports.province import communes_of
from campaigns.reports.rules import PARTS, province_words
from campaigns.reports.small_cells import Cell, Line
from campaigns.results.figures import Ratio, percent
from register.facts import EVIDENCE_LABELS
from register.words import inside

PAYOUT_LABELS = {
    "cash": "Tiền mặt",
    "own_account": "Tài khoản của chính người hưởng",
    "delegated": "Tài khoản của người được ủy quyền",
    "asxh": "Tài khoản hưởng An sinh xã hội trên VNeID",
    "unknown": "Chưa rõ",
}
LEFT_LABELS = {"died": "đã mất", "moved": "chuyển đi", "left_list": "thôi hưởng, ra khỏi danh sách"}
TICKET_LABELS = {
    "stuck": "Vướng ở một bước trên VNeID",
    "human": "Muốn gặp cán bộ",
    "mismatch": "Thông tin ở ngân hàng không khớp VNeID",
    "visit": "Xin hẹn đến nhà",
    "claim": "Báo đã làm, chưa ghi được cho ai",
    "scam": "Báo tin nghi lừa đảo",
    "deceased": "Báo người hưởng đã mất",
    "data": "Hỏi về dữ liệu cá nhân",
    "visit.no_phone": "Đến nhà: không có điện thoại thông minh",
    "visit.wrong_data": "Đến nhà: sai thông tin",
    "visit.refused": "Đến nhà: chưa muốn làm",
}
OTHER_TICKETS = "Việc khác"
HIDDEN_NOTE = "“<5” và “ẩn”: không nêu số quá nhỏ, để không lộ hoàn cảnh của người dân."


@dataclass(frozen=True)
class Letterhead:
    """What stands around the text of an administrative report."""

    agency: tuple[str, str]
    number: str
    place_and_date: str
    title: str
    subject: str
    recipients: tuple[str, ...]
    signs_for: str
    signs: str


NATION, MOTTO = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"


def letterhead(report: Report) -> Letterhead:
    """Number, day and signature stay open: the office's clerk and its head fill them in."""
    where = province_words(report.province_name)
    date_line = f"ngày ..... tháng ..... năm {_year_of_letter(report)}"
    subject = f"{PARTS[report.part].about}, {report.label}"
    to = [f"{name} (để báo cáo);" for part, name in report.to.items() if report.part in ("", part)]
    if report.is_province:
        return Letterhead(
            agency=(f"UBND {where}".upper(), "SỞ Y TẾ"),
            number="Số: ......../BC-SYT",
            place_and_date=f"{split_kind(report.province_name)[1]}, {date_line}",
            title="BÁO CÁO",
            subject=f"{subject}, trên địa bàn {where}",
            recipients=(
                f"Ủy ban nhân dân {where} (để báo cáo);",
                "Như các đơn vị có tên trong báo cáo;",
                "Lưu: VT, XH.",
            ),
            signs_for="",
            signs="GIÁM ĐỐC",
        )
    kind, name = split_kind(report.commune_name)
    return Letterhead(
        agency=("ỦY BAN NHÂN DÂN", report.commune_name.upper()),
        number="Số: ......../BC-UBND",
        place_and_date=f"{name}, {date_line}",
        title="BÁO CÁO",
        subject=subject,
        recipients=(
            *to,
            f"Thường trực Đảng ủy, HĐND {kind};",
            f"Chủ tịch, các Phó Chủ tịch UBND {kind};",
            "Lưu: VT, VHXH.",
        ),
        signs_for="TM. ỦY BAN NHÂN DÂN",
        signs="CHỦ TỊCH",
    )


def _year_of_letter(report: Report) -> int:
    """A report on December, or on a year, is signed after it."""
    return (report.last + timedelta(days=1)).year


def pages(report: Report) -> list[Block]:
    """The text of the report, block by block. The part of the ASXH account leaves out how people are paid."""
    only_b = report.part == "asxh"
    return [
        Para(_opening(report)),
        Heading("I. Kết quả chung"),
        Para(_managed(report)),
        *([] if only_b else [Para(_against_target(report))]),
        *(Para(_quota(quota, report.as_of)) for quota in report.quotas),
        _indicators(report),
        *([] if only_b else [_payout(report), Para(_delegated(report))]),
        Heading("II. Phân loại"),
        _classes(report.classes),
        Heading("III. Theo nhóm đối tượng"),
        _breakdown("Nhóm", report.groups, only_b),
        *([_breakdown("Loại", report.categories, only_b)] if report.categories else []),
        Heading("IV. Theo địa bàn"),
        *(communes_of(report) if report.is_province else [_breakdown("Địa bàn", report.hamlets, only_b)]),
        Heading(f"V. Việc đã làm trong {'tháng' if report.month else 'kỳ'}"),
        Para(_sessions(report.sessions)),
        Para(_visits(report.visits)),
        Para(_air(report.air)),
        *_campaigns(report.campaigns),
        Heading("VI. Khó khăn, vướng mắc"),
        _difficulties(report.difficulties),
        Heading("VII. Đề xuất, kiến nghị"),
        Blank(3),
        Para(_closing(report)),
    ]


LAST_BLOCKS = 3  # heading, lines to write on, closing words: they stay on the page of the signature


def _closing(report: Report) -> str:
    to = [name for part, name in report.to.items() if report.part in ("", part)]
    offices = f"Ủy ban nhân dân {province_words(report.province_name)}" if report.is_province else "; ".join(to)
    return f"Trên đây là báo cáo kết quả {report.label}, kính gửi {offices} tổng hợp./."


def _opening(report: Report) -> str:
    who = "Sở Y tế" if report.is_province else f"Ủy ban nhân dân {inside(report.commune_name)}"
    stands = "" if report.version else " Số liệu tạm tính, chưa chốt."
    if report.anew:
        stands = " Số liệu tính lại theo những gì biết đến nay, không phải số đã chốt."
    if report.version > 1:
        stands = f" Số liệu chốt lại lần {report.version}."
    return (
        f"{who} báo cáo kết quả {report.label}. Số liệu từ ngày {report.first:%d/%m/%Y} đến hết ngày "
        f"{report.as_of:%d/%m/%Y}.{stands} Mỗi tỷ lệ có ghi tử số, mẫu số và mức xác nhận."
    )


def _share(ratio: Ratio) -> Cell | float:
    return "–" if ratio.share is None else ratio.share


def _before(report: Report) -> str:
    return "tháng trước" if report.month else "kỳ trước"


def _managed(report: Report) -> str:
    text = f"Tổng số người đang quản lý: {number(report.people)} người."
    if report.before is None:
        return f"{text} {_before(report).capitalize()} chưa có số liệu để so sánh."
    left = ", ".join(f"{LEFT_LABELS.get(reason, 'lý do khác')} {count}" for reason, count in report.left.items())
    return (
        f"{text} {_before(report).capitalize()} {number(report.before.people)} người; tăng {report.came_in}, "
        f"giảm {sum(report.left.values())}{f' ({left})' if left else ''}."
    )


def _against_target(report: Report) -> str:
    paid = report.paid
    said = f"Chi trả qua tài khoản: {number(paid.numerator)}/{number(paid.denominator)} người"
    if paid.share is None:
        return f"{said}."
    if report.target_met:
        return f"{said}, {number(paid.share)}: đạt chỉ tiêu tối thiểu {report.target_percent}%."
    if report.target_open:
        return (
            f"{said}, {number(paid.share)}. Chưa rõ cách nhận của {number(report.paid_unknown)} người, "
            f"nên chưa nói được đã đạt chỉ tiêu tối thiểu {report.target_percent}% hay chưa."
        )
    return (
        f"{said}, {number(paid.share)}: chưa đạt chỉ tiêu tối thiểu {report.target_percent}%, "
        f"còn thiếu {number(report.target_missing)} người."
    )


def _indicators(report: Report) -> Table:
    rows: list[tuple[Cell | float, ...]] = []
    named = (("A. Được chi trả qua tài khoản", "paid"), ("B. Có tài khoản hưởng An sinh xã hội", "asxh"))
    for label, name in named:
        ratio = getattr(report, name)
        if name == "paid" and report.part == "asxh":
            continue
        before = _share(getattr(report.before, name)) if report.before else "–"
        evidence = (ratio.evidence[level] for level in EVIDENCE_LABELS)
        rows.append((label, ratio.numerator, ratio.denominator, _share(ratio), before, *evidence))
    left_out = f"không tính {number(report.cannot_have)} người là trẻ em dưới 6 tuổi hoặc phải có người nhận thay"
    of_a = "" if report.part == "asxh" else "Mẫu số của A: mọi người đang quản lý. "
    note = (
        f"{of_a}Mẫu số của B: người có thể tự có tài khoản"
        f"{f' ({left_out})' if report.cannot_have else ', kỳ này là mọi người'}. "
        f"Ba cột cuối chia tử số theo mức xác nhận.{_unknown(report)}"
    )
    evidence_words = ("Tự báo", "Cán bộ đã thấy", "Có trong danh sách")
    header = ("Chỉ tiêu", "Tử số", "Mẫu số", "Tỷ lệ", _before(report).capitalize(), *evidence_words)
    return Table(header, rows, (30, 9, 9, 10, 10, 9, 11, 12), note)


def _unknown(report: Report) -> str:
    """What the shares leave open: an unknown is not counted as yes, and is no no."""
    named = (("A", 0 if report.part == "asxh" else report.paid_unknown), ("B", report.asxh_unknown))
    open_ones = " và ".join(f"{number(count)} người ở {name}" for name, count in named if count)
    return f" Chưa rõ {open_ones}: không tính vào tử số, nên tỷ lệ thật có thể cao hơn." if open_ones else ""


def _quota(quota: Quota, as_of: date) -> str:
    """Both ratios, so that nobody takes one for the other: of the quota, and of everybody."""
    of_quota = percent(quota.done / quota.quota).replace(" ", "")
    of_all = f"{number(quota.done)}/{number(quota.managed)}"
    share = f", bằng {percent(quota.done / quota.managed).replace(' ', '')}" if quota.managed else ""
    what = "người có thể tự có tài khoản" if quota.part == "asxh" else "người đang quản lý"
    return (
        f"{quota.label}: so với chỉ tiêu được giao {number(quota.done)}/{number(quota.quota)} người, đạt {of_quota}; "
        f"so với số {what} {of_all}{share} (tính đến {as_of:%d/%m/%Y})."
    )


def _delegated(report: Report) -> str:
    """Money that goes to somebody else's account, and whether it reached the person."""
    found = report.delegated
    if not found.people:
        return "Nhận qua tài khoản của người được ủy quyền: không có."
    return (
        f"Nhận qua tài khoản của người được ủy quyền: {number(found.people)} người, trong đó {number(found.confirmed)} "
        f"người đã xác nhận nhận đủ tiền, {number(found.denied)} người báo chưa nhận, {number(found.unasked)} người "
        "chưa kiểm tra."
    )


def _payout(report: Report) -> Table:
    rows: list[tuple[Cell | float, ...]] = []
    for key, label in PAYOUT_LABELS.items():
        count = report.payout.get(key, 0)
        rows.append((label, count, count / report.people if report.people else "–"))
    return Table(("Hình thức chi trả", "Số người", "Tỷ lệ trên tổng số"), rows, (60, 20, 20))


def _classes(classes: list[Classes]) -> Table:
    rows: list[tuple[Cell | float, ...]] = [(c.label, c.yes, c.no, c.unknown, c.special) for c in classes]
    note = (
        "Đặc thù: chưa có, và là trẻ em, người đau yếu, người có người nhận thay hoặc không có điện thoại thông minh. "
        "Chưa rõ: danh sách không ghi; không tính là chưa có."
    )
    return Table(("Đã có gì", "Đã có", "Chưa có", "Chưa rõ", "Đặc thù"), rows, (40, 15, 15, 15, 15), note)


def _breakdown(what: str, lines: list[Line], only_b: bool) -> Table:
    rows: list[tuple[Cell | float, ...]] = []
    for n in lines:
        of_a = () if only_b else (n.paid, _part(n.paid, n.people))
        rows.append((n.label, n.people, *of_a, n.asxh, n.can_have, _part(n.asxh, n.can_have)))
    cells = (cell for row in rows for cell in row[1:])
    note = HIDDEN_NOTE if any(isinstance(cell, str) and cell != "–" for cell in cells) else ""
    of_a_words = () if only_b else ("A: qua tài khoản", "Tỷ lệ A")
    header = (what, "Tổng số", *of_a_words, "B: có TK ASXH", "Có thể có TK ASXH", "Tỷ lệ B")
    return Table(header, rows, (34, 11, *(() if only_b else (12, 11)), 11, 11, 11), note)


def _part(numerator: Cell, denominator: Cell) -> Cell | float:
    """A share whose terms are both shown; otherwise it would give them away."""
    if isinstance(numerator, str) or isinstance(denominator, str) or not denominator:
        return "–"
    return numerator / denominator


def _sessions(counts: Mapping[str, int]) -> str:
    if not counts["planned"]:
        return "Buổi hỗ trợ: trong kỳ không có."
    if not counts["held"]:
        return f"Buổi hỗ trợ: {counts['planned']} buổi trong lịch, chưa buổi nào có số liệu."
    return (
        f"Buổi hỗ trợ: {counts['planned']} buổi trong lịch, {counts['held']} buổi đã có số liệu; "
        f"{number(counts['came'])} người đến, {number(counts['helped'])} người làm xong."
    )


def _visits(counts: Mapping[str, int]) -> str:
    if not counts:
        return "Đến nhà: trong kỳ không có."
    parts = (f"{label.lower()} {counts[outcome]}" for outcome, label in OUTCOMES.items() if outcome in counts)
    return f"Đến nhà: {number(sum(counts.values()))} lượt, gồm {'; '.join(parts)}."


def _air(counts: Mapping[str, int]) -> str:
    """Planned and confirmed apart: what was planned proves nothing."""
    if not counts["planned"]:
        return "Phát thanh: trong kỳ không có lượt nào trong lịch."
    return (
        f"Phát thanh: {number(counts['planned'])} lượt trong lịch; {number(counts['confirmed'])} lượt có trong nhật ký "
        f"phát sóng, của {number(counts['bulletins'])} bản tin."
    )


def _campaigns(campaigns: list[dict[str, Any]]) -> list[Block]:
    if not campaigns:
        return [Para("Đợt vận động: trong kỳ không có.")]
    columns = ("planned", "self", "officer", "register", "had_before", "contradicted")
    rows: list[tuple[Cell | float, ...]] = [(c["name"], *(c[name] for name in columns)) for c in campaigns]
    header = (
        "Đợt",
        "Số người",
        "Tự báo",
        "Cán bộ đã thấy",
        "Có trong danh sách",
        "Đã có từ trước",
        "Danh sách báo chưa",
    )
    note = (
        "Ba mức xác nhận không cộng với nhau: một người có thể ở cả ba. “Danh sách báo chưa”: đã tự báo hoặc cán bộ "
        "đã thấy, nhưng danh sách chốt cùng ngày hoặc sau đó ghi chưa có."
    )
    return [Table(header, rows, (30, 11, 10, 12, 13, 12, 12), note)]


def difficulties_named(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """What was met, in words, the most frequent first."""
    named: dict[str, int] = {}
    for kind, count in counts.items():
        label = TICKET_LABELS.get(kind, OTHER_TICKETS)
        named[label] = named.get(label, 0) + count
    return sorted(named.items(), key=lambda row: -row[1])


def _difficulties(counts: Mapping[str, int]) -> Block:
    if not counts:
        return Para("Trong kỳ không ghi nhận.")
    return Table(("Việc", "Số lượt"), [*difficulties_named(counts)], (80, 20))


def split_kind(name: str) -> tuple[str, str]:
    """Kind and name: "Phường Phan Thiết" → ("phường", "Phan Thiết"), "Đặc khu Phú Quý" → ("đặc khu", "Phú Quý")."""
    for kind in ("Đặc khu", "Phường", "Xã"):
        if name.startswith(f"{kind} "):
            return kind.lower(), name[len(kind) + 1 :]
    return "xã", name
