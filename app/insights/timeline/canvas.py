"""The ground of a timeline's picture: its size, its colours, and panels that share the same days.

Everything is laid out in pixels (72 dots an inch, so one point is one pixel).
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.textpath import TextPath

from app.insights.timeline.schemas import Timeline
from app.record.treatments.domain import add_months

WIDTH, HEIGHT = 900, 748
LEFT, RIGHT = 78, 22
INK, SOFT, LINE, FAINT, BLANK = "#1f2937", "#5b6573", "#c3cad3", "#e6e9ee", "#f2f4f6"
SMALL, NORMAL, LARGE = 10.5, 11.5, 19
MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 120, 1200)
_MOST_DATES = 9
_WIDEST_DATE = 60

_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "stance",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": SMALL,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.linewidth": 1,
    "xtick.color": LINE,
    "xtick.labelcolor": SOFT,
    "ytick.color": LINE,
    "ytick.labelcolor": SOFT,
    "hatch.color": SOFT,
    "hatch.linewidth": 1.2,
    "lines.linewidth": 1.8,
    "lines.markersize": 6,
    "lines.markeredgewidth": 1.4,
}


def settings() -> AbstractContextManager[None]:
    """Return the settings a figure must be made and saved under; they leave with the context."""
    return mpl.rc_context(_SETTINGS)


def panel(figure: Figure, timeline: Timeline, title: str, *, top: int, height: int, title_above: int = 14) -> Axes:
    """Add a panel with its title, the beginnings of the phases and today; all panels share the same days."""
    axes = figure.add_axes((LEFT / WIDTH, 1 - (top + height) / HEIGHT, (WIDTH - LEFT - RIGHT) / WIDTH, height / HEIGHT))
    first, end = timeline.buckets[0].starts_on.toordinal(), timeline.buckets[-1].ends_on.toordinal() + 1
    axes.set_xlim(first, end)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="both", length=0, pad=6)
    axes.set_xticks([])
    axes.set_axisbelow(True)
    for phase in timeline.phases:
        axes.axvline(phase.starts_on.toordinal(), color=FAINT, linewidth=1, zorder=0.5)
    if first <= timeline.today.toordinal() <= end:
        axes.axvline(timeline.today.toordinal(), color=INK, linewidth=1.2, linestyle=(0, (3, 3)), zorder=1.5)
    write(figure, LEFT, top - title_above, title, size=NORMAL, weight="bold")
    return axes


def days_shown(axes: Axes) -> tuple[date, date]:
    """Return the first day of a panel and the day after its last."""
    first, end = axes.get_xlim()
    return date.fromordinal(int(first)), date.fromordinal(int(end))


def label_days(axes: Axes) -> None:
    """Name calendar months below a panel, as many as have room."""
    first, end = days_shown(axes)
    months = (end.year - first.year) * 12 + end.month - first.month
    step = next(step for step in _MONTH_STEPS if months / step <= _MOST_DATES)
    starts = [add_months(first.replace(day=1), month) for month in range(months + 1)]
    shown = [day for day in starts if day >= first and (day.year * 12 + day.month - 1) % step == 0]
    shown = [day for day in shown if (end - day).days * pixels_per_day(axes) + RIGHT > _WIDEST_DATE / 2]
    axes.tick_params(axis="x", length=4)
    axes.set_xticks([day.toordinal() for day in shown], [f"{MONTH_NAMES[day.month - 1]} {day.year}" for day in shown])


def legend(axes: Axes, handles: Sequence[Any], above: int = 9) -> None:
    """Explain the marks of a panel, to the right above it."""
    if handles:
        axes.legend(
            handles=handles,
            loc="lower right",
            bbox_to_anchor=(1, 1 + above / (axes.get_position().height * HEIGHT)),
            ncols=len(handles),
            frameon=False,
            borderaxespad=0,
            borderpad=0.2,
            columnspacing=1.5,
            handletextpad=0.5,
            handlelength=2,
        )


def write(figure: Figure, left: float, baseline: float, text: str, **style: Any) -> None:
    """Write text on the figure itself, at a place in pixels from its upper left corner."""
    figure.text(left / WIDTH, 1 - baseline / HEIGHT, text, va="baseline", **style)


def pixels_per_day(axes: Axes) -> float:
    """Return how wide one day is."""
    first, end = axes.get_xlim()
    return (WIDTH - LEFT - RIGHT) / (end - first)


def width_of(text: str) -> float:
    """Return how wide a text is, in pixels."""
    return float(TextPath((0, 0), text, size=SMALL).get_extents().width) if text else 0.0


def day_in_words(day: date) -> str:
    """Write a day as people do, in English whatever the server's locale is."""
    return f"{day.day} {MONTH_NAMES[day.month - 1]} {day.year}"
