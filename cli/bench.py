"""``tungnha bench``."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import completing
from cli.common import Json, app, show


@app.command()
def bench(
    name: Annotated[
        str,
        typer.Argument(
            metavar="PHÉP_ĐO",
            help="import, plan, dispatch, bot, channels, audio, console, growth.",
            autocompletion=completing.of(completing.BENCHES),
        ),
    ],
    quick: Annotated[bool, typer.Option("--quick", help="Dưới một phút.")] = False,
    json: Json = False,
) -> None:
    """Đo tốc độ trên máy này, bên cạnh một chương trình khác trong cùng lần chạy.

    Ví dụ:
      tungnha bench import --quick
      tungnha bench dispatch --json
    """
    from benchmarks.run import bench as run_bench

    found = run_bench(name, quick=quick)
    if json:
        show(found)
    else:
        for figure, value in {**found["figures"], **found["ratios"]}.items():
            typer.echo(f"{figure:<48} {value}")
    raise typer.Exit(0 if found["ok"] else 1)
