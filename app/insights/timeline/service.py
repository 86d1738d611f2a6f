"""What can be done with a timeline: compute it from the record, in five statements."""

from datetime import date
from typing import Any
from uuid import UUID

from app.core.work import UnitOfWork
from app.insights.timeline import domain, queries, schemas
from app.insights.timeline.spans import BucketKind, Course, spans_of
from app.record.notes.domain import NoteStatus
from app.record.treatments.domain import PhaseKind, PhasePlan, ReviewStatus


def get_timeline(work: UnitOfWork, treatment_id: UUID, wanted: schemas.TimelineQuery) -> schemas.Timeline:
    """Compute the timeline of one treatment as it stands today."""
    row = work.one(queries.treatment(treatment_id))
    timeline = as_timeline(row, wanted.bucket, _facts_of(work, row), work.today)
    work.record(
        domain.TimelineViewed(entity_id=row.id, client_id=row.client_id, version=row.version, bucket=wanted.bucket)
    )
    return timeline


def as_timeline(treatment: Any, kind: BucketKind, facts: domain.Facts, today: date) -> schemas.Timeline:
    """Shape a treatment (a row or anything with its fields) and its facts for the wire."""
    phases = _phases_of(treatment)
    course = Course(treatment.started_on, treatment.planned_end_on, treatment.ended_on, phases)
    buckets = domain.buckets_of(spans_of(course, kind, facts.days()), facts, today)
    return schemas.Timeline(
        treatment=schemas.TimelineTreatment.model_validate(treatment, from_attributes=True),
        today=today,
        bucket=kind,
        phases=[schemas.TimelinePhase.model_validate(phase, from_attributes=True) for phase in phases],
        reviews=[
            schemas.TimelineReview.model_validate(review, from_attributes=True)
            for review in sorted(facts.reviews, key=lambda review: (review.due_on, str(review.id)))
        ],
        buckets=[schemas.TimelineBucket.model_validate(bucket, from_attributes=True) for bucket in buckets],
        not_diagnostic=True,
        rule=domain.RULE,
        evidence_note=domain.EVIDENCE_NOTE,
    )


def _facts_of(work: UnitOfWork, treatment: Any) -> domain.Facts:
    zone = work.caller.time_zone
    return domain.Facts(
        sessions=[
            domain.SessionFact(row.id, domain.day_of(row.starts_at, zone), row.format, row.delivery, row.attendance)
            for row in work.rows(queries.sessions_of(treatment.id))
        ],
        notes=[
            domain.NoteFact(row.id, domain.day_of(row.occurred_at, zone), row.status is NoteStatus.SIGNED)
            for row in work.rows(queries.notes_of(treatment.id))
        ],
        failures=[
            domain.FailureFact(row.note_id, domain.day_of(row.occurred_at, zone), row.pattern, row.arousal)
            for row in work.rows(queries.failures_of(treatment.id))
        ],
        ratings=[
            domain.RatingFact(row.id, row.rated_on, row.code, row.rated_by, row.value)
            for row in work.rows(queries.ratings_of(treatment.id))
        ],
        reviews=[
            _review_of(review, work.today) for review in treatment.reviews if _is_still_planned(review, treatment)
        ],
    )


def _phases_of(treatment: Any) -> tuple[PhasePlan, ...]:
    phases = [
        PhasePlan(
            PhaseKind(phase["kind"]), date.fromisoformat(phase["starts_on"]), date.fromisoformat(phase["ends_on"])
        )
        for phase in treatment.phases
    ]
    return tuple(sorted(phases, key=lambda phase: (phase.starts_on, list(PhaseKind).index(phase.kind))))


def _is_still_planned(review: dict[str, Any], treatment: Any) -> bool:
    """Leave out what was planned for after the end of a treatment that has ended: nobody owes it any more."""
    is_open = review["status"] == ReviewStatus.PLANNED
    return not (is_open and treatment.ended_on and date.fromisoformat(review["due_on"]) > treatment.ended_on)


def _review_of(review: dict[str, Any], today: date) -> domain.ReviewFact:
    due_on, held_on = date.fromisoformat(review["due_on"]), review["held_on"]
    return domain.ReviewFact(
        UUID(review["id"]),
        due_on,
        domain.review_status(ReviewStatus(review["status"]), due_on, today),
        date.fromisoformat(held_on) if held_on else None,
    )
