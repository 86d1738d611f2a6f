"""The four answers as operations with schemas."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet
from django.db.models.functions import TruncMonth
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import NinjaAPI, Schema, Status
from ninja.pagination import CursorPagination, paginate

from benchmarks.peers.ninja.models import MentalizingFailure, Note

api = NinjaAPI()


class FailureIn(Schema):
    """A failure as it is written."""

    pattern: str
    signs: list[str]
    place: str
    trigger: str
    affect: str
    arousal: int
    mode: str | None
    observed_in: str
    intervention: str
    response: str
    minutes_to_recovery: int
    excerpt: str | None


class FailureOut(FailureIn):
    """A failure as it is read."""

    id: UUID


class NoteIn(Schema):
    """A note as it is written."""

    client_id: UUID
    treatment_id: UUID
    occurred_at: datetime
    body: str
    felt_understood: int | None
    bond: int | None
    failures: list[FailureIn]


class NoteOut(NoteIn):
    """A note as it is read."""

    id: UUID
    failures: list[FailureOut]


class MonthOut(Schema):
    """How often one pattern was tagged in one month."""

    month: str
    pattern: str
    count: int


@api.get("/notes", response=list[NoteOut])
@paginate(CursorPagination, ordering=("-occurred_at", "-id"), page_size=50)
def list_notes(request: HttpRequest, client_id: UUID) -> QuerySet[Note]:
    """List the notes of a client, the latest first."""
    return Note.objects.filter(client_id=client_id).prefetch_related("failures")


@api.get("/notes/{uuid:note_id}", response=NoteOut)
def get_note(request: HttpRequest, note_id: UUID) -> Note:
    """Read one note."""
    return get_object_or_404(Note.objects.prefetch_related("failures"), id=note_id)


@api.post("/notes", response={201: NoteOut})
@transaction.atomic
def create_note(request: HttpRequest, payload: NoteIn) -> Status[Note]:
    """Store the note, then its failures in one statement."""
    facts = payload.dict()
    failures = facts.pop("failures")
    note = Note.objects.create(**facts)
    MentalizingFailure.objects.bulk_create(
        MentalizingFailure(
            note=note, treatment_id=note.treatment_id, occurred_at=note.occurred_at, position=position, **failure
        )
        for position, failure in enumerate(failures)
    )
    return Status(201, note)


@api.get("/treatments/{uuid:treatment_id}/failures-by-month", response=list[MonthOut])
def months(request: HttpRequest, treatment_id: UUID) -> list[dict[str, Any]]:
    """Count the failures of a treatment by month and pattern."""
    counted = (
        MentalizingFailure.objects.filter(treatment_id=treatment_id)
        .annotate(month=TruncMonth("occurred_at"))
        .values("month", "pattern")
        .annotate(count=Count("id"))
        .order_by("month", "pattern")
    )
    return [{**row, "month": row["month"].strftime("%Y-%m")} for row in counted]
