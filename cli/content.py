"""``tungnha content``."""

from __future__ import annotations

import typer

from cli.common import Json, group, show

content_app = group("content", "Nội dung: hướng dẫn, tin nhắn, bản tin.", "check")


@content_app.command("check")
def content_check(json: Json = False) -> None:
    """Kiểm tra mọi hướng dẫn, tin nhắn, bản tin.

    Ví dụ:
      tungnha content check
    """
    from content.check import check_all

    findings = check_all()
    faults = [f for f in findings if f.level == "error"]
    if json:
        show({"ok": not faults, "findings": [f.to_json() for f in findings]})
    else:
        for finding in findings:
            typer.echo(f"{finding.level}: {finding.where}: {finding.message}")
        typer.echo(f"{len(faults)} lỗi, {len(findings) - len(faults)} lưu ý.")
    raise typer.Exit(1 if faults else 0)
