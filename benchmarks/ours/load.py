"""Loads the benchmark's clinic into the service's own tables, as its services would have left it, only faster.

    STANCE_DATABASE_URL=... STANCE_MASTER_KEY=... python -m benchmarks.ours.load --notes 14000 --keys keys.json

Every row is made by the service's own models and vault: notes are sealed under their client's key, hashed, kept in
two versions and signed, and each step has its entry in the audit log. Only the way into the tables is another: many
rows a statement and many notes a commit. The file it writes holds what the requests need: tokens, sessions that
still lack a note, and drafts.
"""

import argparse
import asyncio
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import SecretStr

from app import migrating
from app.access.clinics.service import create_clinic
from app.access.identity.domain import permissions_of
from app.access.identity.service import create_practitioner
from app.access.practitioners.domain import Role
from app.access.practitioners.schemas import PractitionerCreate
from app.access.sign_in.domain import Lifetimes
from app.access.sign_in.service import start_sign_in
from app.core.caller import Caller, CallerKind
from app.core.ids import new_id
from app.core.transactions import Transactions
from app.core.work import UnitOfWork
from app.opening import operator_of, transactions_of
from app.record.care_team import service as care_team
from app.record.care_team.schemas import CareTeamMemberCreate
from app.record.clients import domain as client_domain
from app.record.clients import models as clients
from app.record.clients.schemas import ClientCreate, ClientDetails
from app.record.notes import contents, counting, domain, models
from app.record.sessions import domain as session_domain
from app.record.sessions import models as sessions
from app.record.treatments import domain as treatment_domain
from app.record.treatments import events as treatment_events
from app.record.treatments import models as treatments
from app.settings import Settings
from benchmarks import dataset
from benchmarks.ours.rows import Rows, row_of

TIME_ZONE = "UTC"
CLIENTS_A_COMMIT = 5
NOTES_A_COMMIT = 1_000
"""Few enough that no transaction waits for us longer than the service's own may."""
SECTION = "presentation"
MINUTES = 50
LATE_AFTER = timedelta(hours=72)
A_DAY = timedelta(days=1)


@dataclass
class Keys:
    """What the requests need to know."""

    tokens: list[str] = field(default_factory=list)
    """The sign-in of each therapist; therapist 0 has the first twenty clients, and so on."""
    spare: list[tuple[int, str, str]] = field(default_factory=list)
    """Sessions without a note: the client's number, the session's id, when it began."""
    drafts: list[tuple[int, str]] = field(default_factory=list)
    """Drafts at version 1: the client's number, the note's id."""


async def load(
    transactions: Transactions, everyone: list[dataset.Client], *, spare: int, drafts: int, notes_each: int
) -> Keys:
    """Load clinic, therapists, clients and notes; then what the measured writes will use up."""
    operator, keys = operator_of(new_id()), Keys()
    await transactions.write(operator, create_clinic, "Benchmark", TIME_ZONE)
    to_write_to = {one.number for one in dataset.writers(everyone)}
    for first in range(0, len(everyone), dataset.CLIENTS_OF_THERAPIST):
        therapist = await _therapist(transactions, operator, first // dataset.CLIENTS_OF_THERAPIST, keys)
        own = everyone[first : first + dataset.CLIENTS_OF_THERAPIST]
        for start in range(0, len(own), CLIENTS_A_COMMIT):
            await transactions.write(therapist, _add_clients, own[start : start + CLIENTS_A_COMMIT], notes_each)
        written_to = [one for one in own if one.number in to_write_to]
        share = len(written_to) / len(to_write_to)
        if written_to:
            for add, count in ((_add_spare, round(spare * share)), (_add_drafts, round(drafts * share))):
                for start in range(0, count, NOTES_A_COMMIT):
                    places = range(start, min(start + NOTES_A_COMMIT, count))
                    await transactions.write(therapist, add, written_to, places, keys)
    await transactions.write(operator, _count)
    return keys


async def _therapist(transactions: Transactions, operator: Caller, number: int, keys: Keys) -> Caller:
    wanted = PractitionerCreate(
        display_name=f"Therapist {number}",
        roles=[Role.THERAPIST],
        login=f"therapist{number}",
        password=SecretStr("nobody signs in by this one"),
    )
    no_password_fits = "-"
    joined = await transactions.write(operator, create_practitioner, wanted, no_password_fits)
    therapist = Caller(
        CallerKind.PRACTITIONER,
        joined.id,
        operator.clinic_id,
        permissions_of([Role.THERAPIST]),
        roles=frozenset({Role.THERAPIST}),
        time_zone=TIME_ZONE,
    )
    token = await transactions.write(therapist, start_sign_in, Lifetimes(A_DAY, A_DAY, A_DAY), has_second_factor=True)
    keys.tokens.append(token.access_token)
    return therapist


def _add_clients(work: UnitOfWork, wanted: Sequence[dataset.Client], notes_each: int) -> None:
    """Add clients with their treatments and their signed notes."""
    rows = Rows()
    for one in wanted:
        _add_client(work, one)
        for note in one.notes(notes_each):
            _add_session(work, rows, note.session_id, note)
            _add_note(work, rows, note, at=note.occurred_at + timedelta(hours=1), is_signed=True)
    rows.store(work)


def _add_spare(work: UnitOfWork, wanted: Sequence[dataset.Client], places: range, keys: Keys) -> None:
    """Add held sessions that still lack a note."""
    rows = Rows()
    for one, note in _more_notes(wanted, places, "spare"):
        _add_session(work, rows, note.session_id, note)
        keys.spare.append((one.number, str(note.session_id), note.occurred_at.isoformat()))
    rows.store(work)


def _add_drafts(work: UnitOfWork, wanted: Sequence[dataset.Client], places: range, keys: Keys) -> None:
    """Add drafts, just saved."""
    rows = Rows()
    for one, note in _more_notes(wanted, places, "draft"):
        _add_session(work, rows, note.session_id, note)
        _add_note(work, rows, note, at=work.now, is_signed=False)
        keys.drafts.append((one.number, str(note.id)))
    rows.store(work)


def _count(work: UnitOfWork) -> None:
    """Fill the counts of tagged patterns, which signing would have kept."""
    counting.recount(work.session)


def _more_notes(wanted: Sequence[dataset.Client], places: range, seed: str) -> Iterable[tuple[dataset.Client, Any]]:
    dice = random.Random(f"{seed} {wanted[0].number} {places.start}")
    for place in places:
        one = wanted[place % len(wanted)]
        moment = datetime(2026, 1, 5, 8, tzinfo=UTC) + timedelta(minutes=place % 200_000)
        yield one, one.note(dice, moment)


def _add_client(work: UnitOfWork, one: dataset.Client) -> None:
    """Add what is one row here and there with the services' own means."""
    wanted = ClientCreate(given_name=one.given_name, family_name=one.family_name)
    client = clients.Client(
        id=one.id,
        created_at=work.now,
        status=client_domain.ClientStatus.ACTIVE,
        delivery_preference=None,
        details=b"",
        identifiers=[],
    )
    work.vault.create_client_key(client.id)
    details = wanted.model_dump(mode="json", include=set(ClientDetails.model_fields))
    client.details = work.vault.seal_json(clients.DETAILS, client.id, client.id, details)
    work.add(client)
    work.record(client_domain.ClientCreated(), client)
    care_team.join(work, client.id, CareTeamMemberCreate(practitioner_id=work.caller.id, care_role="therapist"))
    treatment = treatments.Treatment.open(
        client_id=client.id,
        at=work.now,
        status=treatment_domain.TreatmentStatus.ACTIVE,
        programme=treatment_domain.default_programme(dataset.PLANNED_MONTHS),
        setting=treatment_domain.Setting.OUTPATIENT,
        lead_practitioner_id=work.caller.id,
        started_on=dataset.STARTED_ON,
        planned_months=dataset.PLANNED_MONTHS,
        review_every_months=3,
    )
    treatment.id = one.treatment_id
    work.add(treatment)
    work.record(treatment_events.TreatmentOpened(planned_months=dataset.PLANNED_MONTHS), treatment)


def _add_session(work: UnitOfWork, rows: Rows, session_id: UUID, note: dataset.Note) -> None:
    at = {"created_at": note.occurred_at, "starts_at": note.occurred_at}
    about = {"session_id": session_id, "client_id": note.client_id, "treatment_id": note.treatment_id}
    mine = {"clinic_id": work.caller.clinic_id}
    rows.sessions.append(_SESSION | mine | at | {"id": session_id})
    rows.participants.append(_PARTICIPANT | mine | about)
    rows.practitioners.append(mine | {"session_id": session_id, "practitioner_id": work.caller.id})
    work.record(session_domain.SessionCreated(entity_id=session_id, client_ids=(note.client_id,), version=1))


def _add_note(work: UnitOfWork, rows: Rows, wanted: dataset.Note, *, at: datetime, is_signed: bool) -> None:
    by = work.caller.id
    note = models.Note(
        id=wanted.id,
        created_at=at,
        session_id=wanted.session_id,
        client_id=wanted.client_id,
        treatment_id=wanted.treatment_id,
        author_id=by,
        template=domain.NoteTemplate.MBT,
        content=_sealed_content(work, wanted),
        felt_understood=wanted.felt_understood,
        bond=wanted.bond,
        occurred_at=wanted.occurred_at,
        saved_at=at,
        versioned_at=at,
        failures=[_untagged(wanted, place) for place in range(len(wanted.failures))],
    )
    note.tag(by, [_tags(failure) for failure in wanted.failures], _sealing(work, note.client_id))
    snapshot = contents.snapshot_of(work, note)
    mine = {"clinic_id": work.caller.clinic_id}
    rows.notes.append(row_of(note, version=1, **mine))
    rows.failures += (row_of(failure, note_id=note.id, **mine) for failure in note.failures)
    first = _version(work, note, snapshot, 1, domain.VersionOccasion.CREATED, None, at)
    rows.versions.append(row_of(first, **mine))
    work.record(domain.NoteCreated(entity_id=note.id, client_id=note.client_id, version=1))
    if not is_signed:
        return
    signed_at = at + timedelta(hours=1)
    note.sign(
        by,
        signed_at,
        content_hash=first.content_hash,
        has_text=True,
        cosigner_id=None,
        ends_at=note.occurred_at + timedelta(minutes=MINUTES),
        late_after=LATE_AFTER,
        late_entry_reason=None,
    )
    note.versioned_at = signed_at
    second = _version(work, note, snapshot, 2, domain.VersionOccasion.SIGNED, first.content_hash, signed_at)
    rows.versions.append(row_of(second, **mine))
    after, before = row_of(note, version=2, **mine), rows.notes[-1]
    changed = {name: value for name, value in after.items() if value != before[name]}
    rows.signed.append({"the_clinic": work.caller.clinic_id, "the_id": note.id, **changed})
    freezing = {"has_signed_note": True, "version": 2}
    rows.frozen.append({"the_clinic": work.caller.clinic_id, "the_id": note.session_id, **freezing})
    work.record(domain.NoteSigned(entity_id=note.id, client_id=note.client_id, version=2))


def _sealed_content(work: UnitOfWork, wanted: dataset.Note) -> bytes:
    content: dict[str, Any] = {
        "sections": {SECTION: wanted.body},
        "interventions": [],
        "positive_mentalizing": [],
        "risk": None,
    }
    return contents.seal_content(work, wanted.client_id, wanted.id, content)


def _untagged(note: dataset.Note, place: int) -> models.MentalizingFailure:
    failure = note.failures[place]
    return models.MentalizingFailure(
        id=failure.id,
        note_id=note.id,
        client_id=note.client_id,
        treatment_id=note.treatment_id,
        occurred_at=note.occurred_at,
        position=place,
        pattern=domain.FailurePattern(failure.pattern),
    )


def _tags(failure: dataset.Failure) -> domain.FailureTags:
    return domain.FailureTags(
        pattern=domain.FailurePattern(failure.pattern),
        signs=failure.signs,
        where_code=failure.place,
        trigger=failure.trigger,
        affect=failure.affect,
        arousal=failure.arousal,
        mode=domain.NonMentalizingMode(failure.mode) if failure.mode else None,
        observed_in=domain.ObservedIn(failure.observed_in),
        intervention=failure.intervention,
        response=domain.FailureResponse(failure.response),
        minutes_to_recovery=failure.minutes_to_recovery,
        excerpt=failure.excerpt,
    )


def _sealing(work: UnitOfWork, client_id: UUID) -> Any:
    def seal(row_id: UUID, excerpt: str | None) -> bytes | None:
        return None if excerpt is None else work.vault.seal(models.EXCERPT, client_id, row_id, excerpt)

    return seal


def _version(
    work: UnitOfWork,
    note: models.Note,
    snapshot: dict[str, Any],
    number: int,
    occasion: domain.VersionOccasion,
    previous_hash: str | None,
    at: datetime,
) -> models.NoteVersion:
    version_id = new_id()
    kept = {"snapshot": snapshot, "remark": None}
    return models.NoteVersion(
        id=version_id,
        note_id=note.id,
        client_id=note.client_id,
        number=number,
        occasion=occasion,
        status=note.status,
        content=work.vault.seal_json(models.VERSION_CONTENT, note.client_id, version_id, kept),
        content_hash=domain.hash_of(snapshot),
        previous_hash=previous_hash,
        saved_at=at,
        saved_by=work.caller.id,
    )


_SESSION = row_of(
    sessions.Session(
        created_at=datetime.now(UTC),
        format=session_domain.SessionFormat.INDIVIDUAL,
        delivery=session_domain.Delivery.IN_PERSON,
        kind="therapy",
        starts_at=datetime.now(UTC),
        duration_minutes=MINUTES,
        status=session_domain.SessionStatus.HELD,
        participant_count=1,
        participants=[],
        practitioners=[],
    ),
    version=1,
)
_PARTICIPANT = row_of(sessions.SessionParticipant(client_id=UUID(int=0), attendance=session_domain.Attendance.ATTENDED))


def _main() -> None:
    parser = argparse.ArgumentParser(description="Make the service's tables and load the benchmark's clinic into them.")
    parser.add_argument("--notes", type=int, default=14_000)
    parser.add_argument("--spare", type=int, default=0)
    parser.add_argument("--drafts", type=int, default=0)
    parser.add_argument("--keys", type=Path, required=True)
    wanted = parser.parse_args()
    settings = Settings()
    migrating.migrate(settings)
    keys = asyncio.run(_load_into(settings, wanted.notes, wanted.spare, wanted.drafts))
    wanted.keys.write_text(json.dumps(vars(keys)))


async def _load_into(settings: Settings, notes: int, spare: int, drafts: int) -> Keys:
    transactions, everyone = transactions_of(settings), dataset.clients(notes)
    try:
        return await load(transactions, everyone, spare=spare, drafts=drafts, notes_each=dataset.NOTES_OF_CLIENT)
    finally:
        await transactions.close()


if __name__ == "__main__":
    _main()
