"""The timeline as a picture: a complete SVG document that explains itself to eyes and to screen readers.

What is drawn where is the matter of `panels`, imported when the first picture is asked for: Matplotlib
costs a service some 60 MB of memory, and many never draw.
"""

import os
import re
import tempfile
from collections.abc import Iterable
from html import escape
from io import BytesIO
from pathlib import Path

from app.insights.timeline.domain import RULE_ID
from app.insights.timeline.schemas import PatternFigure, Timeline

FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
"""Shown in the reader's own font. Places are computed with DejaVu Sans, which is wider, so nothing overflows."""
_MEASURED_FONTS = "'DejaVu Sans', sans-serif"
_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
_PROLOGUE = re.compile(r"<!DOCTYPE[^>]*>\s*")


def draw(timeline: Timeline) -> bytes:
    """Draw a timeline as SVG. The same timeline gives the same bytes; no name of a person is in them.

    Run one at a time, in a thread of its own: Matplotlib's settings belong to the whole process.
    """
    os.environ.setdefault("MPLCONFIGDIR", str(Path(tempfile.gettempdir()) / "stance-matplotlib"))
    from app.insights.timeline import canvas, panels  # noqa: PLC0415 - only who draws pays for Matplotlib

    drawn = BytesIO()
    with canvas.settings():
        panels.figure_of(timeline).savefig(drawn, format="svg", metadata=_METADATA)
    return _explained(drawn.getvalue().decode(), timeline).encode()


def described(timeline: Timeline) -> str:
    """Say in words what the picture shows, for those who hear it."""
    buckets = timeline.buckets
    held = sum(bucket.sessions_held.total for bucket in buckets if bucket.sessions_held)
    missed = sum(bucket.sessions_missed.total for bucket in buckets if bucket.sessions_missed)
    failures = [bucket.failures for bucket in buckets if bucket.failures]
    gaps = sum(not bucket.has_data and not bucket.is_future for bucket in buckets)
    phases = ", ".join(f"{phase.kind.replace('_', '-')} from {phase.starts_on}" for phase in timeline.phases)
    return (
        f"Phases: {phases or 'none'}. Sessions: {held} held, {missed} missed. Failures tagged in signed notes: "
        f"hyperactivation {_total(one.hyperactivation for one in failures)}, "
        f"deactivation {_total(one.deactivation for one in failures)}, "
        f"mixed {_total(one.mixed for one in failures)}. "
        f"Reviews: {_reviews_in_words(timeline)}. "
        f"{gaps} of {len(buckets)} {timeline.bucket}s hold no data and are left blank. "
        f"These are figures, not a diagnosis (rule {RULE_ID})."
    )


def _total(figures: Iterable[PatternFigure]) -> int:
    return sum(figure.count for figure in figures)


def _reviews_in_words(timeline: Timeline) -> str:
    standing = [review.status.value for review in timeline.reviews]
    return ", ".join(f"{standing.count(status)} {status}" for status in dict.fromkeys(standing)) or "none"


def _explained(svg: str, timeline: Timeline) -> str:
    """Make a standalone picture of Matplotlib's output: sizes in pixels, a title, a description, no outside links."""
    title = f"Timeline of a treatment that started on {timeline.treatment.started_on}, by {timeline.bucket}"
    words = (
        f'<title id="timeline-title">{escape(title)}</title>\n'
        f' <desc id="timeline-description">{escape(described(timeline))}</desc>'
    )
    svg = _PROLOGUE.sub("", svg).replace(_MEASURED_FONTS, FONTS)
    start, end = svg.index("<svg "), svg.index(">", svg.index("<svg "))
    root = re.sub(r'(width|height)="([\d.]+)pt"', r'\1="\2"', svg[start:end])
    spoken = ' role="img" aria-labelledby="timeline-title timeline-description"'
    return f"{svg[:start]}{root}{spoken}>\n {words}{svg[end + 1 :]}"
