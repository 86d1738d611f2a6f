"""The uppermost panel of a timeline's picture: phases as a band, reviews as marks, months of treatment below."""

from collections.abc import Iterator, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from app.insights.timeline.canvas import SOFT, day_in_words, days_shown, legend, pixels_per_day, width_of
from app.insights.timeline.domain import TimelineReviewStatus
from app.insights.timeline.schemas import Timeline, TimelinePhase
from app.insights.timeline.spans import PHASE_LABELS
from app.record.treatments.domain import PhaseKind, add_months, treatment_month

PHASE_COLOURS = {
    PhaseKind.ASSESSMENT: "#e9eef4",
    PhaseKind.INTRODUCTORY: "#dcebf5",
    PhaseKind.INITIAL: "#cfe3f2",
    PhaseKind.MIDDLE: "#b9d6ec",
    PhaseKind.FINAL: "#cfe3f2",
    PhaseKind.FOLLOW_UP: "#e9eef4",
}
_NARROWEST_NUMBER = 22
SHORT_LABELS = {PhaseKind.ASSESSMENT: "Assess.", PhaseKind.INTRODUCTORY: "Intro"}
REVIEW_STYLES: dict[TimelineReviewStatus, dict[str, Any]] = {
    TimelineReviewStatus.DONE: {"marker": "o", "color": "#009e73"},
    TimelineReviewStatus.DUE: {"marker": "D", "color": "#e69f00"},
    TimelineReviewStatus.OVERDUE: {"marker": "^", "color": "#d55e00"},
    TimelineReviewStatus.UPCOMING: {"marker": "o", "color": SOFT, "markerfacecolor": "white"},
    TimelineReviewStatus.SKIPPED: {"marker": "x", "color": SOFT},
}


def draw_phases(axes: Axes, timeline: Timeline) -> None:
    """Draw phases, reviews, the numbers of the months and the word for today."""
    axes.set_ylim(0, 70)
    axes.set_yticks([])
    axes.spines["bottom"].set_visible(False)
    first, end = axes.get_xlim()
    for phase, bottom, height in _lanes(timeline.phases):
        left = max(first, phase.starts_on.toordinal())
        right = min(end, phase.ends_on.toordinal() + 1)
        if left < right:
            colour = PHASE_COLOURS[phase.kind]
            axes.add_patch(Rectangle((left, bottom), right - left, height, facecolor=colour, edgecolor="white"))
            _label_phase(axes, phase.kind, left, right, bottom + height / 2)
    shown = [review for review in timeline.reviews if first <= (review.held_on or review.due_on).toordinal() <= end]
    for review in shown:
        day = (review.held_on or review.due_on).toordinal()
        axes.plot([day], [11], linestyle="", clip_on=False, zorder=3, **REVIEW_STYLES[review.status])
    legend(
        axes,
        [
            Line2D([], [], linestyle="", label=f"review {status}", **style)
            for status, style in REVIEW_STYLES.items()
            if any(review.status is status for review in shown)
        ],
        above=29,
    )
    _label_months(axes, timeline)
    if first <= timeline.today.toordinal() <= end:
        label = f"today, {day_in_words(timeline.today)}"
        axes.annotate(
            label,
            (timeline.today.toordinal(), 70),
            xytext=(0, 5),
            textcoords="offset points",
            ha=_anchor(axes, timeline.today.toordinal(), label),
            weight="bold",
            annotation_clip=False,
        )


def _lanes(phases: Sequence[TimelinePhase]) -> Iterator[tuple[TimelinePhase, float, float]]:
    """Give each phase its place in the band; phases that run side by side share the height."""
    bottom, height = 26, 44
    for phase in phases:
        beside = [other for other in phases if other.starts_on <= phase.ends_on and phase.starts_on <= other.ends_on]
        lane = height / len(beside)
        yield phase, bottom + height - lane * (beside.index(phase) + 1), lane


def _label_phase(axes: Axes, kind: PhaseKind, left: float, right: float, middle: float) -> None:
    """Write the phase's name inside it, shortened if need be, on a ground that keeps the today line off it."""
    pixels = (right - left) * pixels_per_day(axes)
    label = next(
        (label for label in (PHASE_LABELS[kind], SHORT_LABELS.get(kind, "")) if width_of(label) + 2 <= pixels), ""
    )
    backing = {"facecolor": PHASE_COLOURS[kind], "edgecolor": "none", "pad": min(3, (pixels - width_of(label)) / 2)}
    axes.text((left + right) / 2, middle, label, ha="center", va="center_baseline", bbox=backing if label else None)


def _label_months(axes: Axes, timeline: Timeline) -> None:
    """Write the numbers of the months of treatment under the band, as many as can be read."""
    first, end = days_shown(axes)
    start = timeline.treatment.started_on
    step = next((n for n in (1, 2, 3, 6, 12) if n * 30 * pixels_per_day(axes) >= _NARROWEST_NUMBER), 60)
    months = range(max(0, treatment_month(start, first)), treatment_month(start, end))
    for month in months[::step]:
        left, right = add_months(start, month).toordinal(), add_months(start, month + 1).toordinal()
        axes.text((left + right) / 2, -6, str(month + 1), ha="center", va="top", color=SOFT)
    axes.annotate(
        "month",
        (0, 0),
        xycoords="axes fraction",
        xytext=(-10, -6),
        textcoords="offset points",
        ha="right",
        va="top",
        color=SOFT,
    )


def _anchor(axes: Axes, day: int, label: str) -> str:
    """Centre a label on its day, unless it would leave the picture."""
    first, end = axes.get_xlim()
    room = width_of(label) / 2 / pixels_per_day(axes)
    return "left" if day - first < room else "right" if end - day < room else "center"
