"""The report's pictures: SVG whose text stays text, large and dark, told apart by shape as well as by colour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot as plt
from matplotlib.ticker import NullFormatter

# Okabe and Ito's colours, which people with any colour vision tell apart; the darker ones first.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F", "#D9D9D9")
MARKS = ("o", "s", "^", "D", "v", "P")
STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "tungnha",  # the same figures give the same file
    "font.size": 15,
    "axes.titlesize": 17,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 2.5,
    "lines.markersize": 9,
    "legend.framealpha": 1,
}
Lines = Mapping[str, Sequence[tuple[float, float]]]  # name → points


@contextmanager
def _drawn(file: Path, size: tuple[float, float], panels: int = 1) -> Iterator[Any]:
    with mpl.rc_context(STYLE):
        figure, axes = plt.subplots(1, panels, figsize=size, layout="constrained")
        yield axes
        figure.savefig(file, metadata={"Date": None, "Creator": None})
        plt.close(figure)
    text = file.read_text("utf-8")  # a line's end must not be a space: git would complain
    file.write_text("\n".join(line.rstrip() for line in text.splitlines()) + "\n", "utf-8")


def _plain(axis: Any) -> None:
    """Numbers in words of their own, not as powers; none between the powers of ten."""
    axis.set_major_formatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}")
    axis.set_minor_formatter(NullFormatter())


def times(file: Path, title: str, ratios: Mapping[str, float]) -> None:
    """Bars of how many times faster, from the line at 1, which is the peer."""
    names = list(ratios)[::-1]
    with _drawn(file, (12, 1.2 + 0.55 * len(names))) as axes:
        for at, value in enumerate(ratios[name] for name in names):
            axes.barh(at, value - 1, left=1, color=COLOURS[0] if value >= 1 else COLOURS[1])
            told = f"{value:.2g} ×" if value < 100 else f"{value:,.0f} ×"
            axes.text(value * (1.1 if value >= 1 else 0.9), at, told, va="center", ha="left" if value >= 1 else "right")
        axes.set_xscale("log")
        axes.set_xlim(min(0.3, *(value / 6 for value in ratios.values())), max(ratios.values()) * 4)
        axes.set_yticks(range(len(names)), names)
        axes.axvline(1, color="black", linewidth=2)
        _plain(axes.xaxis)
        axes.set_title(title)


def growing(file: Path, panels: Mapping[str, tuple[str, str, Lines]]) -> None:
    """A panel each: title → (x, y, lines), both axes logarithmic."""
    with _drawn(file, (7.5 * len(panels), 7), len(panels)) as drawn:
        for axes, (title, (across, up, lines)) in zip(drawn, panels.items(), strict=True):
            for at, (name, points) in enumerate(lines.items()):
                xs, ys = zip(*sorted(points), strict=True)
                dashed = "--" if "PostgreSQL" in name else "-"
                axes.plot(xs, ys, dashed, marker=MARKS[at % 6], color=COLOURS[at % 6], label=name)
            axes.set(title=title, xlabel=across, ylabel=up, xscale="log", yscale="log")
            _plain(axes.xaxis)
            _plain(axes.yaxis)
            axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2, fontsize=13)


def shares(file: Path, title: str, of: Mapping[str, Mapping[str, float]]) -> None:
    """A bar for each path, cut into who uses its processor time; each part is named on the bar or below it."""
    names = list(of)[::-1]
    with _drawn(file, (15, 1.2 + 1.6 * len(names))) as axes:
        for at, name in enumerate(names):
            left = 0.0
            for number, (owner, share) in enumerate(of[name].items()):
                axes.barh(at, share, 0.36, left, color=COLOURS[number % 8], edgecolor="white")
                if share >= 0.07:
                    told = f"{owner.rpartition('/')[2]}\n{share:.0%}".replace(" (AES-GCM, HMAC)", "")
                    axes.text(left + share / 2, at + (0.2 if number % 2 else -0.2), told, ha="center", fontsize=13,
                              va="bottom" if number % 2 else "top")  # fmt: skip
                left += share
        axes.set_yticks(range(len(names)), names)
        axes.set(title=title, xlim=(0, 1), ylim=(-0.7, len(names) - 0.3))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")


def days(file: Path, title: str, groups: Sequence[str], rows: Mapping[str, Sequence[float]], line: float) -> None:
    """Groups of bars, days on a logarithmic axis; ``line``: the days that a campaign has."""
    with _drawn(file, (12, 6)) as axes:
        width = 0.8 / len(rows)
        for at, (name, values) in enumerate(rows.items()):
            places = [group + (at - (len(rows) - 1) / 2) * width for group in range(len(groups))]
            bars = axes.bar(places, values, width, label=name, color=COLOURS[at], hatch=("", "//", "..")[at % 3],
                            edgecolor="white")  # fmt: skip
            axes.bar_label(bars, [_short(value) for value in values], fontsize=11)
        axes.axhline(line, color="black", linewidth=2, linestyle="--")
        axes.set(title=title, yscale="log", ylabel="days")
        axes.set_xticks(range(len(groups)), groups)
        _plain(axes.yaxis)
        axes.legend()


def _short(value: float) -> str:
    return f"{value:.2g}" if value < 10 else f"{value:,.0f}"
