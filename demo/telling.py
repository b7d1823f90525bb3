"""How the demo tells its story: short lines for a terminal, or nothing at all (--json)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from rich.console import Console
from rich.table import Table

from campaigns.rehearsal import Rehearsal
from campaigns.words import rehearsal_words, status_words
from register.facts import EVIDENCE_LABELS
from register.ladder import Rung


@dataclass
class Telling:
    """Prints to the terminal; ``quiet``: prints nothing."""

    quiet: bool = False

    def __post_init__(self) -> None:
        self.console = Console(quiet=self.quiet, highlight=False, soft_wrap=True)

    def step(self, number: int, title: str) -> None:
        self.console.print(f"\n[bold]{number}. {title}[/bold]")

    def line(self, text: str) -> None:
        self.console.print(f"   {text}", markup=False)

    def lines(self, text: str) -> None:
        for line in text.splitlines():
            self.line(line)

    def ladder(self, rungs: list[Rung]) -> None:
        table = Table("Bậc", "có", "chưa", "chưa rõ", box=None, padding=(0, 3))
        for rung in rungs:
            table.add_row(rung.label, str(rung.yes), str(rung.no), str(rung.unknown))
        self.console.print(table)

    def table(self, title: str, ladders: dict[str, list[Rung]], key: str) -> None:
        """One rung (ASXH) for each hamlet or category."""
        table = Table(title, "số người", "có ASXH", "chưa", "chưa rõ", box=None, padding=(0, 3))
        for label, rungs in ladders.items():
            by_key = {rung.key: rung for rung in rungs}
            rung = by_key[key]
            table.add_row(label, str(by_key["listed"].yes), str(rung.yes), str(rung.no), str(rung.unknown))
        self.console.print(table)

    def reach(self, before: dict[str, int], after: dict[str, int]) -> None:
        table = Table("Tới được nhóm cần giúp", "trước", "sau", box=None, padding=(0, 3))
        names = {"people": "số người", "zalo": "Zalo đã liên kết", "telegram": "Telegram đã liên kết",
                 "zbs": "có số điện thoại", "none": "chỉ còn đến nhà"}  # fmt: skip
        for key, name in names.items():
            table.add_row(name, str(before[key]), str(after[key]))
        self.console.print(table)

    def rehearsal(self, rehearsal: Rehearsal) -> None:
        self.lines(rehearsal_words(rehearsal))

    def status(self, status: dict[str, Any]) -> None:
        self.lines(status_words(status))

    def day(self, day: date, sent: int, acts: int, helped: int) -> None:
        self.line(f"{day:%d/%m}: gửi {sent} tin, người dân trả lời {acts} lượt, giúp xong tại buổi hỗ trợ {helped}.")

    def results(self, found: dict[str, Any], commune: str) -> None:
        table = Table(f"Kết quả ở {commune}", "số người", box=None, padding=(0, 3))
        for key, label in EVIDENCE_LABELS.items():
            table.add_row(label, f"{found[key]}/{found['planned']}")
        table.add_row("có từ trước (không tính là kết quả)", str(found["had_before"]))
        table.add_row("tự báo có, danh sách nói chưa", str(found["contradicted"]))
        self.console.print(table)

    def summary(self, outcome: dict[str, Any]) -> None:
        """The end: everybody accounted for, and what the sandbox itself counted."""
        box, found = outcome["sandbox"], outcome["results"]
        self.console.print("\n[bold]Tóm lại[/bold]")
        self.line(
            f"{outcome['people']} người trong danh sách, {outcome['planned']} người thuộc nhóm cần giúp: "
            f"{outcome['accepted']} đã gửi tin, {outcome['held']} còn chờ, {sum(outcome['skipped'].values())} đến nhà "
            f"hoặc không nhắn, {outcome['failed']} hỏng, {outcome['unknown']} chưa rõ."
        )
        self.line(
            f"Kênh giả lập tự đếm {box['campaign_messages']} tin của đợt: {box['outside_segment']} tin tới người ngoài "
            f"nhóm, {box['to_stopped']} tin tới người đã dừng, {box['twice_for_one_step']} tin lặp."
        )
        self.line(
            f"Có tài khoản trong đợt: {found['self']} tự báo, {found['officer']} cán bộ thấy tận mắt, "
            f"{found['register']} có trong danh sách tháng sau (ba mức không cộng vào nhau)."
        )
        self.line(f"Bản tin: {outcome['recording']}")
        self.line(f"Báo cáo: {outcome['report']}")
