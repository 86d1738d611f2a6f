"""The picture: a whole SVG document that says what it shows, names nobody, and is the same every time."""

import subprocess
import sys
from datetime import date
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest

from app.insights.timeline.domain import Facts, ReviewFact, TimelineReviewStatus
from app.insights.timeline.drawing import described, draw
from app.insights.timeline.schemas import Timeline
from app.insights.timeline.spans import BucketKind
from tests.insights.timeline.course import START, Story, timeline

SVG = "{http://www.w3.org/2000/svg}"


def root_of(drawn: bytes) -> ET.Element:
    return ET.fromstring(drawn)


def words_in(drawn: bytes) -> str:
    return " ".join("".join(element.itertext()) for element in root_of(drawn).iter(f"{SVG}text"))


@pytest.mark.parametrize("bucket", BucketKind)
def test_the_picture_is_a_document_900_pixels_wide_that_explains_itself(bucket: BucketKind):
    root = root_of(draw(timeline(bucket)))
    assert (root.tag, root.get("width"), root.get("role")) == (f"{SVG}svg", "900", "img")
    title, description = root[0], root[1]
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert title.text == f"Timeline of a treatment that started on {START}, by {bucket}"
    assert description.text == described(timeline(bucket))
    assert "not a diagnosis" in str(description.text)


@pytest.mark.parametrize("bucket", BucketKind)
def test_the_same_timeline_gives_the_same_bytes(bucket: BucketKind):
    shown = timeline(bucket)
    assert draw(shown) == draw(Timeline.model_validate_json(shown.model_dump_json()))


def test_the_picture_says_what_its_marks_mean():
    words = words_in(draw(timeline()))
    for word in (
        "Treatment timeline, 18 months from 1 Sep 2025",
        "Figures, not a diagnosis",
        "timeline/1",
        "today, 20 Nov 2026",
        "Introductory",
        "Middle",
        "review done",
        "review overdue",
        "review upcoming",
        "held",
        "missed",
        "hyperactivation",
        "deactivation",
        "mixed",
        "stabilise emotional expression",
        "reduce impulsive behaviours",
        "therapist",
        "client",
        "no data",
        "Oct 2026",
    ):
        assert word in words, word


def test_nobody_is_named_and_no_id_is_shown():
    shown = timeline()
    drawn = draw(shown).decode()
    assert str(shown.treatment.client_id) not in drawn
    assert str(shown.treatment.id) not in drawn
    assert shown.buckets[3].sessions_held
    assert str(shown.buckets[3].sessions_held.session_ids[0]) not in drawn


def test_text_stays_text_of_a_readable_size_in_the_readers_font():
    drawn = draw(timeline()).decode()
    assert "DejaVu" not in drawn
    assert "system-ui" in drawn
    sizes = {style.partition("px")[0] for style in drawn.split("font-size: ")[1:]}
    assert sizes
    assert min(map(float, sizes)) >= 10


def test_nothing_is_fetched_from_elsewhere():
    drawn = draw(timeline()).decode()
    assert "<!DOCTYPE" not in drawn
    assert "<image" not in drawn
    assert {link.partition('"')[0][0] for link in drawn.split('href="')[1:]} == {"#"}


@pytest.mark.parametrize("bucket", BucketKind)
def test_a_treatment_that_has_just_begun_can_be_drawn(bucket: BucketKind):
    words = words_in(draw(timeline(bucket, Facts(), phases=[], started_on=date(2026, 11, 20))))
    assert "no data" in words
    assert "review" not in words.replace("Phases and reviews", "")


def test_a_treatment_without_phases_or_figures_is_described_in_words():
    assert described(timeline(BucketKind.PHASE, Facts(), phases=[])) == (
        "Phases: none. Sessions: 0 held, 0 missed. Failures tagged in signed notes: hyperactivation 0, "
        "deactivation 0, mixed 0. Reviews: none. 1 of 1 phases hold no data and are left blank. "
        "These are figures, not a diagnosis (rule timeline/1)."
    )


def test_a_planned_treatment_lies_wholly_in_the_future():
    planned = {"started_on": date(2027, 5, 1), "planned_end_on": date(2028, 11, 1), "phases": []}
    words = words_in(draw(timeline(BucketKind.MONTH, Facts(), **planned)))
    assert "today" not in words.replace("After today nothing is drawn", "")
    assert words.count("no data") == 1


def test_a_review_outside_the_buckets_is_not_drawn():
    far = ReviewFact(UUID(int=1), date(2040, 1, 1), TimelineReviewStatus.UPCOMING, None)
    assert "review upcoming" not in words_in(draw(timeline(BucketKind.MONTH, Facts(reviews=[far]))))


def test_busy_and_long_treatments_can_be_drawn():
    story = Story().facts()
    crowd = Facts(sessions=[*story.sessions] * 30, notes=story.notes, failures=[*story.failures] * 40)
    for bucket in BucketKind:
        assert words_in(draw(timeline(bucket, crowd)))
    assert words_in(draw(timeline(BucketKind.MONTH, story, planned_end_on=date(2031, 9, 1), planned_months=60)))


def test_the_service_starts_without_matplotlib():
    code = "import sys, app.main; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
