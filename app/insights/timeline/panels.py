"""What the picture of a timeline shows: four panels above one another, all on the same days.

The colours are those of Okabe & Ito, darkened where thin, and shape, hatch or line says the same as the colour.
Where nothing was recorded nothing is drawn.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import groupby
from math import ceil, isnan, nan
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from app.insights.timeline.canvas import (
    BLANK,
    FAINT,
    HEIGHT,
    LARGE,
    LEFT,
    LINE,
    NORMAL,
    SMALL,
    SOFT,
    WIDTH,
    day_in_words,
    label_days,
    legend,
    panel,
    pixels_per_day,
    width_of,
    write,
)
from app.insights.timeline.domain import RULE_ID
from app.insights.timeline.phase_band import draw_phases
from app.insights.timeline.schemas import Timeline, TimelineBucket
from app.insights.timeline.spans import BucketKind
from app.record.goal_ratings.domain import RatedBy
from app.record.notes.domain import FailurePattern
from app.record.treatments.domain import GoalCode

ROW_HEIGHT = 1.5
"""Of the week's rows, in heights of the highest bar: the rest keeps their labels apart."""
_MOST_TICKS = 4
_STEPS = (0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 500, 10_000)
PATTERN_STYLES: dict[FailurePattern, dict[str, Any]] = {
    FailurePattern.HYPERACTIVATION: {"marker": "o", "color": "#d55e00", "linestyle": "-"},
    FailurePattern.DEACTIVATION: {"marker": "s", "color": "#0072b2", "linestyle": (0, (5, 2))},
    FailurePattern.MIXED: {"marker": "D", "color": "#8a6d00", "linestyle": (0, (1.5, 1.8)), "markerfacecolor": "white"},
}
ROW_STYLES: dict[FailurePattern, dict[str, Any]] = {
    FailurePattern.HYPERACTIVATION: {"facecolor": "#d55e00", "edgecolor": "#d55e00"},
    FailurePattern.DEACTIVATION: {"facecolor": "white", "edgecolor": "#0072b2", "hatch": "//////"},
    FailurePattern.MIXED: {"facecolor": "white", "edgecolor": "#8a6d00", "hatch": "xxxxx"},
}
HELD_STYLE: dict[str, Any] = {"facecolor": "#51677f", "edgecolor": "#51677f"}
MISSED_STYLE: dict[str, Any] = {"facecolor": "white", "edgecolor": "#51677f", "hatch": "/////"}
GOAL_STYLES: dict[GoalCode, dict[str, Any]] = {
    GoalCode.STABILISE_EMOTIONAL_EXPRESSION: {"marker": "o", "color": "#00775a"},
    GoalCode.REDUCE_IMPULSIVE_BEHAVIOURS: {"marker": "^", "color": "#a8467c"},
}
RATER_STYLES: dict[RatedBy, dict[str, Any]] = {
    RatedBy.THERAPIST: {"linestyle": "-"},
    RatedBy.CLIENT: {"linestyle": (0, (4, 2)), "markerfacecolor": "white"},
}


def figure_of(timeline: Timeline) -> Figure:
    """Lay out the picture."""
    figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), dpi=72)
    _head(figure, timeline)
    per = "attended session" if timeline.bucket is BucketKind.PHASE else timeline.bucket.value
    phases = panel(figure, timeline, "Phases and reviews", top=126, height=70, title_above=34)
    sessions = panel(figure, timeline, f"Sessions per {timeline.bucket}", top=262, height=100)
    failures = panel(figure, timeline, f"Mentalizing failures tagged, per {per}", top=406, height=116)
    goals = panel(figure, timeline, "Goal ratings, 0 to 10", top=566, height=122)
    draw_phases(phases, timeline)
    _draw_sessions(sessions, timeline)
    _draw_failures(failures, timeline)
    _draw_goals(goals, timeline)
    label_days(goals)
    _foot(figure)
    return figure


def _head(figure: Figure, timeline: Timeline) -> None:
    treatment = timeline.treatment
    title = f"Treatment timeline, {treatment.planned_months} months from {day_in_words(treatment.started_on)}"
    write(figure, LEFT, 36, title, size=LARGE, weight="bold")
    write(figure, LEFT, 60, f"Figures, not a diagnosis  ·  by {timeline.bucket}  ·  {RULE_ID}", size=NORMAL, color=SOFT)


def _foot(figure: Figure) -> None:
    figure.add_artist(
        Rectangle((LEFT / WIDTH, 1 - 728 / HEIGHT), 14 / WIDTH, 12 / HEIGHT, facecolor=BLANK, edgecolor=LINE)
    )
    write(figure, LEFT + 21, 726, "no data: nothing was recorded (not zero). After today nothing is drawn.", color=SOFT)


def _draw_sessions(axes: Axes, timeline: Timeline) -> None:
    _mark_gaps(axes, timeline, lambda bucket: bucket.sessions_held is None)
    held = [nan if bucket.sessions_held is None else bucket.sessions_held.total for bucket in timeline.buckets]
    missed = [nan if bucket.sessions_missed is None else bucket.sessions_missed.total for bucket in timeline.buckets]
    _bars(axes, timeline, held, HELD_STYLE)
    _bars(axes, timeline, missed, MISSED_STYLE, bottom=held)
    _scale(axes, _highest([h + m for h, m in zip(held, missed, strict=True)]), smallest_step=1)
    legend(axes, [Patch(label="held", **HELD_STYLE), Patch(label="missed", **MISSED_STYLE)])


def _draw_failures(axes: Axes, timeline: Timeline) -> None:
    _mark_gaps(axes, timeline, lambda bucket: bucket.failures is None)
    series = {
        pattern: [_failures_in(bucket, pattern, timeline.bucket) for bucket in timeline.buckets]
        for pattern in PATTERN_STYLES
    }
    highest = max(_highest(values) for values in series.values())
    if timeline.bucket is BucketKind.WEEK:
        _draw_failure_rows(axes, timeline, series, max(highest, 1))
        return
    for place, (pattern, style) in enumerate(PATTERN_STYLES.items()):
        _plot(axes, timeline, series[pattern], 4 * (place - 1), style)
    _scale(axes, highest, smallest_step=0.25 if timeline.bucket is BucketKind.PHASE else 1)
    legend(axes, [Line2D([], [], label=pattern.value, **style) for pattern, style in PATTERN_STYLES.items()])


def _draw_failure_rows(
    axes: Axes, timeline: Timeline, series: Mapping[FailurePattern, Sequence[float]], highest: float
) -> None:
    """Give each pattern a row of its own: lines through single weeks would only cross one another."""
    ticks: dict[float, str] = {}
    for row, pattern in enumerate(reversed(PATTERN_STYLES)):
        ground = row * highest * ROW_HEIGHT
        axes.axhline(ground, color=LINE, linewidth=1, zorder=0.8)
        _bars(axes, timeline, series[pattern], ROW_STYLES[pattern], bottom=[ground] * len(timeline.buckets))
        ticks |= {ground: "0", ground + highest: f"{highest:g}"}
    axes.set_ylim(0, 3 * highest * ROW_HEIGHT)
    axes.set_yticks(list(ticks), list(ticks.values()))
    legend(axes, [Patch(label=pattern.value, **ROW_STYLES[pattern]) for pattern in PATTERN_STYLES])


def _failures_in(bucket: TimelineBucket, pattern: FailurePattern, kind: BucketKind) -> float:
    """Return the figure to draw: phases differ in length, so theirs is the one per attended session."""
    if bucket.failures is None:
        return nan
    figure = getattr(bucket.failures, pattern)
    value = figure.per_attended_session if kind is BucketKind.PHASE else figure.count
    return nan if value is None else value


def _draw_goals(axes: Axes, timeline: Timeline) -> None:
    _mark_gaps(axes, timeline, lambda bucket: not bucket.has_data)
    for place, (goal, goal_style) in enumerate(GOAL_STYLES.items()):
        for offset, (rater, rater_style) in zip((-1, 1), RATER_STYLES.items(), strict=True):
            figures = [getattr(getattr(bucket.goal_ratings, goal), rater) for bucket in timeline.buckets]
            values = [nan if figure is None else figure.mean for figure in figures]
            _plot(axes, timeline, values, 1.5 * offset + 3 * (2 * place - 1), goal_style | rater_style)
    axes.set_ylim(-0.4, 10.6)
    axes.set_yticks([0, 5, 10])
    axes.grid(axis="y", color=FAINT)
    goals = [Line2D([], [], linestyle="", label=goal.replace("_", " "), **style) for goal, style in GOAL_STYLES.items()]
    raters = [Line2D([], [], color=SOFT, marker="o", label=rater, **style) for rater, style in RATER_STYLES.items()]
    legend(axes, [*goals, *raters])


def _bars(
    axes: Axes,
    timeline: Timeline,
    values: Sequence[float],
    style: dict[str, Any],
    bottom: Sequence[float] | None = None,
) -> None:
    middles = [_middle(bucket, timeline.today) for bucket in timeline.buckets]
    widest = 44 / pixels_per_day(axes)
    widths = [min(_days(bucket, timeline.today) * 0.72, widest) for bucket in timeline.buckets]
    bars = [bar for bar in zip(middles, values, widths, bottom or [0] * len(values), strict=True) if bar[1] > 0]
    if bars:
        x, heights, widths, bottom = (list(column) for column in zip(*bars, strict=True))
        axes.bar(x, heights, widths, bottom=bottom, **style)


def _plot(axes: Axes, timeline: Timeline, values: Sequence[float], aside: float, style: dict[str, Any]) -> None:
    """Draw one series, broken where a value is missing, a few pixels beside the others so that none hides another."""
    narrowest = min(_days(bucket, timeline.today) for bucket in timeline.buckets) * pixels_per_day(axes)
    shift = aside * min(1, narrowest / 16) / pixels_per_day(axes)
    days = [_middle(bucket, timeline.today) + shift for bucket in timeline.buckets]
    axes.plot(days, values, clip_on=False, zorder=3, **style)


def _mark_gaps(axes: Axes, timeline: Timeline, is_gap: Callable[[TimelineBucket], bool]) -> None:
    past = [bucket for bucket in timeline.buckets if not bucket.is_future]
    for gap, run in groupby(past, key=is_gap):
        if not gap:
            continue
        spans = list(run)
        left, right = spans[0].starts_on.toordinal(), min(spans[-1].ends_on, timeline.today).toordinal() + 1
        axes.axvspan(left, right, facecolor=BLANK, edgecolor="none", zorder=0.2)
        pixels = (right - left) * pixels_per_day(axes)
        if pixels >= SMALL * 1.3:
            axes.text(
                (left + right) / 2,
                0.5,
                "no data",
                transform=axes.get_xaxis_transform(),
                rotation=0 if pixels >= width_of("no data") + 6 else 90,
                rotation_mode="anchor",
                ha="center",
                va="center_baseline",
                color=SOFT,
            )


def _scale(axes: Axes, highest: float, smallest_step: float) -> None:
    """Start at zero and name a few round numbers."""
    top = max(highest, smallest_step)
    step = next(step for step in _STEPS if step >= smallest_step and top / step <= _MOST_TICKS)
    steps = ceil(top / step)
    axes.set_ylim(0, steps * step * 1.06)
    axes.set_yticks([n * step for n in range(steps + 1)], [f"{n * step:g}" for n in range(steps + 1)])
    axes.grid(axis="y", color=FAINT)


def _highest(values: Sequence[float]) -> float:
    return max((value for value in values if not isnan(value)), default=0)


def _middle(bucket: TimelineBucket, today: date) -> float:
    """Return the middle of the days that have passed, so that nothing is drawn after today."""
    return bucket.starts_on.toordinal() + _days(bucket, today) / 2


def _days(bucket: TimelineBucket, today: date) -> int:
    last = bucket.ends_on if bucket.is_future else min(bucket.ends_on, today)
    return (last - bucket.starts_on).days + 1
