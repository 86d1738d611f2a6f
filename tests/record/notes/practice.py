"""A practice whose counts of tagged patterns can be held against a count of all its notes."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.clinics.models import Clinic as StoredClinic
from app.access.clinics.schemas import ClinicUpdate
from app.access.clinics.service import update_clinic
from app.access.practitioners.domain import Role
from app.core.work import UnitOfWork
from app.record.notes.counting import FIGURES, Tagged, counted
from app.record.notes.domain import NoteStatus
from app.record.notes.models import FailureCount, MentalizingFailure, Note
from tests.record.notes.writing import ROBIN
from tests.support.house import Clinic, House
from tests.support.world import ERASURE, SECTIONS

LATE = {"late_entry_reason": "Written down later."}
Counts = dict[tuple[UUID, UUID, str], dict[str, int]]


def stored(work: UnitOfWork) -> Counts:
    """Return the counts as they are kept, without months all of whose notes turned out wrong."""
    rows = work.session.execute(select(FailureCount)).scalars().all()
    return {
        (row.treatment_id, row.client_id, row.month): {name: getattr(row, name) for name in FIGURES}
        for row in rows
        if any(getattr(row, name) for name in FIGURES)
    }


def counted_anew(work: UnitOfWork) -> Counts:
    """Count every note by hand, in the clinic's time zone."""
    tags: dict[UUID, Counter[str]] = {}
    for failure in work.session.execute(select(MentalizingFailure)).scalars():
        tags.setdefault(failure.note_id, Counter())[failure.pattern] += 1
    tagged = (
        Tagged(note.treatment_id, note.client_id, note.occurred_at, {"signed_notes": 1, **tags.get(note.id, {})})
        for note in work.session.execute(select(Note).where(Note.status == NoteStatus.SIGNED)).scalars()
        if note.treatment_id is not None
    )
    zone = work.session.execute(select(StoredClinic.time_zone)).scalar_one()
    return {key: {name: figures[name] for name in FIGURES} for key, figures in counted(tagged, zone).items()}


async def agreed(clinic: Clinic) -> Counts:
    """Return the counts, once they are seen to be right."""
    transactions = clinic.house.door.transactions
    kept = await transactions.read(clinic.operator, stored)
    assert kept == await transactions.read(clinic.operator, counted_anew)
    return kept


async def months(clinic: Clinic) -> dict[str, int]:
    """Return how many notes each month has, when there is one treatment."""
    return {month: figures["signed_notes"] for (_, _, month), figures in (await agreed(clinic)).items()}


@dataclass
class Practice:
    """Two clients, one of a therapist and one of a trainee, and the notes about them."""

    clinic: Clinic
    clients: list[tuple[str, str]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    """Each with its author's name."""

    @classmethod
    async def begun(cls, house: House) -> "Practice":
        practice = cls(await house.clinic())
        for author in ("therapist", "trainee"):
            client = await practice.clinic[author].made("/clients", ROBIN)
            await practice.clinic[author].made(f"/clients/{client['id']}/treatments", {"started_on": "2025-11-01"})
            practice.clients.append((author, client["id"]))
        await practice.clinic.join("officer", Role.PRIVACY_OFFICER)
        return practice

    async def write(self, whose: int, moment: str, patterns: list[str], *, in_treatment: bool = True) -> None:
        author, client_id = self.clients[whose % len(self.clients)]
        meeting = {
            "format": "individual",
            "delivery": "in_person",
            "starts_at": moment,
            "duration_minutes": 50,
            "status": "held",
            "participants": [{"client_id": client_id, "attendance": "attended"}],
        }
        session = await self.clinic[author].post("/sessions", meeting)
        if session.status_code != 201:
            return
        failures = [{"pattern": pattern} for pattern in patterns]
        wanted = {"client_id": client_id, "template": "mbt", "sections": SECTIONS, "mentalizing_failures": failures}
        note = await self.clinic[author].made(f"/sessions/{session.json()['id']}/notes", wanted)
        self.notes.append((author, note["id"]))

    async def step(self, number: int, name: str, body: Any = None) -> int:
        """Try a step with a note, as whoever may take it, and return how it was answered."""
        if not self.notes:
            return 404
        author, note_id = self.notes[number % len(self.notes)]
        shown = await self.clinic[author].get(f"/notes/{note_id}")
        if shown.status_code != 200:
            return 404
        person = self.clinic["supervisor" if name in ("cosign", "return") else author]
        version = shown.json()["version"]
        return (await person.change(f"/notes/{note_id}/{name}", body, version=version, method="POST")).status_code

    async def move(self, number: int, moment: str) -> None:
        """Move the session of a note, if no signature holds it."""
        if not self.notes:
            return
        author, note_id = self.notes[number % len(self.notes)]
        note = await self.clinic[author].get(f"/notes/{note_id}")
        if note.status_code == 200:
            path = f"/sessions/{note.json()['session_id']}"
            version = (await self.clinic[author].read(path))["version"]
            await self.clinic[author].change(path, {"starts_at": moment}, version=version)

    async def relocate(self, zone: str) -> None:
        """Change the time zone as another process would: this one still remembers its callers with the old one."""
        version = (await self.clinic["admin"].read("/clinic"))["version"]
        transactions = self.clinic.house.door.transactions
        await transactions.write(self.clinic.operator, update_clinic, ClinicUpdate(time_zone=zone), version)

    async def erase(self, whose: int) -> None:
        author, client_id = self.clients[whose % len(self.clients)]
        version = (await self.clinic[author].get(f"/clients/{client_id}")).json().get("version", 1)
        path = f"/clients/{client_id}"
        done = await self.clinic[author].change(
            f"{path}/discharge", {"discharged_on": "2026-03-02"}, version=version, method="POST"
        )
        if done.status_code == 200:
            erasure = await self.clinic["admin"].made(f"{path}/erasures", ERASURE)
            await self.clinic["officer"].changed(f"/erasures/{erasure['id']}/approve", version=1, method="POST")


THERAPISTS, TRAINEES = 0, 1
