"""``tungnha bench``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.common import Json, app, show

if TYPE_CHECKING:
    pass


@app.command()
def bench(
    name: Annotated[str, typer.Argument(help="import, plan, dispatch, bot, audio, console.")],
    quick: Annotated[bool, typer.Option("--quick", help="Dưới một phút.")] = False,
    json: Json = False,
) -> None:
    """Đo tốc độ trên máy này, bên cạnh một chương trình khác trong cùng lần chạy."""
    from benchmarks.run import bench as run_bench

    found = run_bench(name, quick=quick)
    if json:
        show(found)
    else:
        for figure, value in {**found["figures"], **found["ratios"]}.items():
            typer.echo(f"{figure:<48} {value}")
    raise typer.Exit(0 if found["ok"] else 1)
