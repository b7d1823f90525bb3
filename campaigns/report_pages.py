"""The words of the monthly report: letterhead (NĐ 30/2020), headings, sentences and tables, for every file form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from campaigns.report_figures import Classes, MonthlyReport, Ratio
from campaigns.small_cells import Cell, Line
from campaigns.visits import OUTCOMES
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
class Heading:
    text: str


@dataclass(frozen=True)
class Para:
    text: str


@dataclass(frozen=True)
class Table:
    """``rows``: text, a count, or a share of 1 (float). ``widths``: relative, one for each column."""

    header: tuple[str, ...]
    rows: list[tuple[Cell | float, ...]]
    widths: tuple[int, ...]
    note: str = ""


@dataclass(frozen=True)
class Blank:
    """Dotted lines to write on."""

    lines: int


Block = Heading | Para | Table | Blank


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


def letterhead(report: MonthlyReport) -> Letterhead:
    """Number, day and signature stay open: the commune's clerk and its head fill them in."""
    kind, name = split_kind(report.commune_name)
    return Letterhead(
        agency=("ỦY BAN NHÂN DÂN", report.commune_name.upper()),
        number="Số: ......../BC-UBND",
        place_and_date=f"{name}, ngày ..... tháng ..... năm {report.year}",
        title="BÁO CÁO",
        subject=(
            "Kết quả chi trả trợ cấp xã hội không dùng tiền mặt và tạo tài khoản hưởng An sinh xã hội trên VNeID, "
            f"tháng {report.month} năm {report.year}"
        ),
        recipients=(
            f"Sở Y tế {_province(report)} (Phòng Xã hội) (để báo cáo);",
            f"Sở Nội vụ {_province(report)} (để báo cáo);",
            f"Thường trực Đảng ủy, HĐND {kind};",
            f"Chủ tịch, các Phó Chủ tịch UBND {kind};",
            "Lưu: VT, VHXH.",
        ),
        signs_for="TM. ỦY BAN NHÂN DÂN",
        signs="CHỦ TỊCH",
    )


def pages(report: MonthlyReport) -> list[Block]:
    """The text of the report, block by block."""
    return [
        Para(
            f"Ủy ban nhân dân {inside(report.commune_name)} báo cáo kết quả tháng {report.month} năm {report.year}. "
            f"Số liệu tính đến hết ngày {report.as_of:%d/%m/%Y}. Mỗi tỷ lệ có ghi tử số, mẫu số và mức xác nhận."
        ),
        Heading("I. Kết quả chung"),
        Para(_managed(report)),
        Para(_against_target(report)),
        _indicators(report),
        _payout(report),
        Heading("II. Phân loại"),
        _classes(report.classes),
        Heading("III. Theo nhóm đối tượng"),
        _breakdown("Nhóm", report.groups),
        *([_breakdown("Loại", report.categories)] if report.categories else []),
        Heading("IV. Theo địa bàn"),
        _breakdown("Địa bàn", report.hamlets),
        Heading("V. Việc đã làm trong tháng"),
        Para(_sessions(report.sessions)),
        Para(_visits(report.visits)),
        *_campaigns(report.campaigns),
        Heading("VI. Khó khăn, vướng mắc"),
        _difficulties(report.difficulties),
        Heading("VII. Đề xuất, kiến nghị"),
        Blank(3),
    ]


def number(cell: Cell | float) -> str:
    """A cell as people read it: 1.890, 34,4%, text as it is."""
    if isinstance(cell, float):
        return f"{100 * cell:.1f}%".replace(".", ",")
    return f"{cell:,}".replace(",", ".") if isinstance(cell, int) else cell


def _share(ratio: Ratio) -> Cell | float:
    return "–" if ratio.share is None else ratio.share


def _managed(report: MonthlyReport) -> str:
    text = f"Tổng số người đang quản lý: {number(report.people)} người."
    if report.before is None:
        return f"{text} Tháng trước chưa có số liệu để so sánh."
    left = ", ".join(f"{LEFT_LABELS.get(reason, 'lý do khác')} {count}" for reason, count in report.left.items())
    return (
        f"{text} Tháng trước {number(report.before['people'])} người; tăng {report.came_in}, "
        f"giảm {sum(report.left.values())}{f' ({left})' if left else ''}."
    )


def _against_target(report: MonthlyReport) -> str:
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


def _indicators(report: MonthlyReport) -> Table:
    rows: list[tuple[Cell | float, ...]] = []
    named = (("A. Được chi trả qua tài khoản", "paid"), ("B. Có tài khoản hưởng An sinh xã hội", "asxh"))
    for label, name in named:
        ratio = getattr(report, name)
        before = _share(report.before[name]) if report.before else "–"
        evidence = (ratio.evidence[level] for level in EVIDENCE_LABELS)
        rows.append((label, ratio.numerator, ratio.denominator, _share(ratio), before, *evidence))
    left_out = f"không tính {number(report.cannot_have)} người là trẻ em dưới 6 tuổi hoặc phải có người nhận thay"
    note = (
        "Mẫu số của A: mọi người đang quản lý. Mẫu số của B: người có thể tự có tài khoản"
        f"{f' ({left_out})' if report.cannot_have else ', tháng này là mọi người'}. "
        f"Ba cột cuối chia tử số theo mức xác nhận.{_unknown(report)}"
    )
    header = ("Chỉ tiêu", "Tử số", "Mẫu số", "Tỷ lệ", "Tháng trước", "Tự báo", "Cán bộ đã thấy", "Có trong danh sách")
    return Table(header, rows, (30, 9, 9, 10, 10, 9, 11, 12), note)


def _unknown(report: MonthlyReport) -> str:
    """What the shares leave open: an unknown is not counted as yes, and is no no."""
    named = (("A", report.paid_unknown), ("B", report.asxh_unknown))
    open_ones = " và ".join(f"{number(count)} người ở {name}" for name, count in named if count)
    return f" Chưa rõ {open_ones}: không tính vào tử số, nên tỷ lệ thật có thể cao hơn." if open_ones else ""


def _payout(report: MonthlyReport) -> Table:
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


def _breakdown(what: str, lines: list[Line]) -> Table:
    rows: list[tuple[Cell | float, ...]] = [
        (n.label, n.people, n.paid, _part(n.paid, n.people), n.asxh, n.can_have, _part(n.asxh, n.can_have))
        for n in lines
    ]
    cells = (cell for row in rows for cell in row[1:])
    note = HIDDEN_NOTE if any(isinstance(cell, str) and cell != "–" for cell in cells) else ""
    header = (what, "Tổng số", "A: qua tài khoản", "Tỷ lệ A", "B: có TK ASXH", "Có thể có TK ASXH", "Tỷ lệ B")
    return Table(header, rows, (34, 11, 12, 11, 11, 11, 11), note)


def _part(numerator: Cell, denominator: Cell) -> Cell | float:
    """A share whose terms are both shown; otherwise it would give them away."""
    if isinstance(numerator, str) or isinstance(denominator, str) or not denominator:
        return "–"
    return numerator / denominator


def _sessions(counts: Mapping[str, int]) -> str:
    if not counts["planned"]:
        return "Buổi hỗ trợ: trong tháng không có."
    if not counts["held"]:
        return f"Buổi hỗ trợ: {counts['planned']} buổi trong lịch, chưa buổi nào có số liệu."
    return (
        f"Buổi hỗ trợ: {counts['planned']} buổi trong lịch, {counts['held']} buổi đã có số liệu; "
        f"{number(counts['came'])} người đến, {number(counts['helped'])} người làm xong."
    )


def _visits(counts: Mapping[str, int]) -> str:
    if not counts:
        return "Đến nhà: trong tháng không có."
    parts = (f"{label.lower()} {counts[outcome]}" for outcome, label in OUTCOMES.items() if outcome in counts)
    return f"Đến nhà: {number(sum(counts.values()))} lượt, gồm {'; '.join(parts)}."


def _campaigns(campaigns: list[dict[str, Any]]) -> list[Block]:
    if not campaigns:
        return [Para("Đợt vận động: trong tháng không có.")]
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


def _difficulties(counts: Mapping[str, int]) -> Block:
    if not counts:
        return Para("Trong tháng không ghi nhận.")
    named: dict[str, int] = {}
    for kind, count in counts.items():
        label = TICKET_LABELS.get(kind, OTHER_TICKETS)
        named[label] = named.get(label, 0) + count
    most_first = sorted(named.items(), key=lambda row: -row[1])
    return Table(("Việc", "Số lượt"), [*most_first], (80, 20))


def split_kind(name: str) -> tuple[str, str]:
    """Kind and name: "Phường Phan Thiết" → ("phường", "Phan Thiết"), "Đặc khu Phú Quý" → ("đặc khu", "Phú Quý")."""
    for kind in ("Đặc khu", "Phường", "Xã"):
        if name.startswith(f"{kind} "):
            return kind.lower(), name[len(kind) + 1 :]
    return "xã", name


def _province(report: MonthlyReport) -> str:
    """ "tỉnh Lâm Đồng", "thành phố Huế"."""
    name = report.province_name
    return inside(name) if name.startswith("Thành phố ") else f"tỉnh {name}"
