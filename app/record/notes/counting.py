"""How often each pattern was tagged in each month of a treatment, kept with the notes so that nobody counts anew.

A note counts from the moment the client's whole circle may read it, which is its last signature, until it is entered in
error. Drafts and notes that wait for a co-signature are their author's and do not count; nor does a note without a
treatment. The counts change in the transaction of the step that makes a note count, with one statement. Months are the
clinic's, so when its time zone changes everything is counted again, in that transaction too.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Uuid, bindparam, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from app.access.clinics.domain import ClinicChanged
from app.access.clinics.models import Clinic
from app.core.database import AnySelect, Base
from app.core.erased import erased_in
from app.core.events import Recorded
from app.core.scope import ScopedSession
from app.core.vault import Vault
from app.core.work import LostRace, UnitOfWork
from app.record.notes.domain import FailurePattern, NoteStatus
from app.record.notes.models import FailureCount, MentalizingFailure, Note

FIGURES = ("signed_notes", *(pattern.value for pattern in FailurePattern))
TREATMENTS_AT_ONCE = 500
"""How many treatments a recount reads with one statement, so that none takes long however much a clinic has."""

_COUNTS = Base.metadata.tables[FailureCount.__tablename__]
_KEY = ("clinic_id", "treatment_id", "month")
_FILLED = (*_KEY, "client_id", *FIGURES)


@dataclass(frozen=True)
class Tagged:
    """What one or more notes of one moment add to the counts of a treatment."""

    treatment_id: UUID
    client_id: UUID
    occurred_at: datetime
    figures: Mapping[str, int]


def month_of(moment: datetime, time_zone: str) -> str:
    """Return the clinic's calendar month of an aware moment, as `2026-03`."""
    return f"{moment.astimezone(ZoneInfo(time_zone)):%Y-%m}"


def counted(tagged: Iterable[Tagged], time_zone: str) -> dict[tuple[UUID, UUID, str], Counter[str]]:
    """Count by treatment, client and month of the clinic: what the stored counts must always be."""
    counts: dict[tuple[UUID, UUID, str], Counter[str]] = {}
    for one in tagged:
        key = (one.treatment_id, one.client_id, month_of(one.occurred_at, time_zone))
        counts.setdefault(key, Counter()).update(one.figures)
    return counts


def count(work: UnitOfWork, note: Note) -> None:
    """Let a note that just became fully signed count."""
    _add(work, note, 1)


def cease_to_count(work: UnitOfWork, note: Note) -> None:
    """Take a signed note out of the counts again."""
    _add(work, note, -1)


def recount(session: ScopedSession) -> None:
    """Count all notes of the session's clinic anew, in its time zone as this transaction sees it."""
    clinic_id = session.scope.clinic_id
    if clinic_id is None:
        raise ValueError("counts belong to a clinic")
    connection = session.connection()
    time_zone = connection.execute(_TIME_ZONE, {"the_clinic": clinic_id}).scalar_one()
    connection.execute(delete(_COUNTS).where(_COUNTS.c.clinic_id == clinic_id))
    treatment_ids = connection.execute(_treatments_of(clinic_id)).scalars().all()
    for first in range(0, len(treatment_ids), TREATMENTS_AT_ONCE):
        found = connection.execute(_tagged_in(clinic_id, treatment_ids[first : first + TREATMENTS_AT_ONCE]))
        counts = counted(
            (Tagged(row[0], row[1], row[2], dict(zip(FIGURES, row[3:], strict=True))) for row in found), time_zone
        )
        rows = [
            {"clinic_id": clinic_id, "treatment_id": treatment_id, "client_id": client_id, "month": month, **figures}
            for (treatment_id, client_id, month), figures in counts.items()
        ]
        connection.execute(insert(_COUNTS), rows)


def recount_in_new_time_zone(session: ScopedSession, recorded: Sequence[Recorded], _vault: Vault) -> None:
    """Count a clinic anew when its time zone changes, since the months are its own."""
    if any(isinstance(one.event, ClinicChanged) and "time_zone" in one.event.fields for one in recorded):
        recount(session)


def _add(work: UnitOfWork, note: Note, sign: int) -> None:
    """Add to the counts of a note's month, or take from them.

    The caller's time zone is remembered for a few seconds and may have changed. The statement holds the clinic's row
    until the commit, adds nothing under a time zone it no longer has, and is then sent again with the present one.
    """
    if note.treatment_id is None:
        return
    tagged = Counter(failure.pattern.value for failure in note.failures)
    values: dict[str, Any] = {name: sign * tagged[name] for name in FIGURES} | {
        "clinic_id": work.caller.clinic_id,
        "treatment_id": note.treatment_id,
        "client_id": note.client_id,
        "signed_notes": sign,
    }
    connection = work.session.connection()
    statement = _ADD[connection.dialect.name]
    time_zone = work.caller.time_zone
    for _ in range(2):
        in_month = values | {"month": month_of(note.occurred_at, time_zone), "time_zone": time_zone}
        if connection.execute(statement, in_month).rowcount == 1:
            return
        time_zone = connection.execute(_TIME_ZONE, {"the_clinic": work.caller.clinic_id}).scalar_one()
    raise LostRace


def _adding(insert_into: Any) -> Any:
    """Return the statement that adds to a month's counts, or begins them, if the clinic still has this time zone."""
    is_still = Clinic.clinic_id == bindparam("clinic_id", type_=Uuid), Clinic.time_zone == bindparam("time_zone")
    values = (bindparam(name, type_=_COUNTS.c[name].type) for name in _FILLED)
    added = insert_into(_COUNTS).from_select(_FILLED, select(*values).where(*is_still).with_for_update(read=True))
    return added.on_conflict_do_update(
        index_elements=_KEY, set_={name: _COUNTS.c[name] + added.excluded[name] for name in FIGURES}
    )


_ADD = {"postgresql": _adding(postgresql.insert), "sqlite": _adding(sqlite.insert)}
_TIME_ZONE = select(Clinic.time_zone).where(Clinic.clinic_id == bindparam("the_clinic", type_=Uuid))


def _treatments_of(clinic_id: UUID) -> AnySelect:
    """Select the treatments that have a note that counts. What erasure left of an erased client is nobody's."""
    return (
        select(Note.treatment_id)
        .where(
            Note.clinic_id == clinic_id,
            Note.status == NoteStatus.SIGNED,
            Note.treatment_id.is_not(None),
            Note.client_id.not_in(erased_in(clinic_id)),
        )
        .distinct()
    )


def _tagged_in(clinic_id: UUID, treatment_ids: Sequence[UUID]) -> AnySelect:
    """Select what the notes of these treatments that count say, by the moment they are about."""
    tags = (func.count().filter(MentalizingFailure.pattern == pattern) for pattern in FailurePattern)
    is_of_note = (MentalizingFailure.clinic_id == Note.clinic_id) & (MentalizingFailure.note_id == Note.id)
    moment = (Note.treatment_id, Note.client_id, Note.occurred_at)
    return (
        select(*moment, func.count(Note.id.distinct()), *tags)
        .outerjoin(MentalizingFailure, is_of_note)
        .where(Note.clinic_id == clinic_id, Note.treatment_id.in_(treatment_ids), Note.status == NoteStatus.SIGNED)
        .group_by(*moment)
    )
