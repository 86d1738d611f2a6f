"""One working day of a therapist, told by a program that knows nothing of the service but the generated client.

It says what it did, step by step, and nothing about anybody. tests/clients/test_python.py generates the client, checks
this file against it with `mypy --strict`, and runs it.
"""

import os
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TypeVar
from uuid import UUID, uuid4

from stance_client import AuthenticatedClient, Client
from stance_client.api.auth import get_me, sign_in
from stance_client.api.clients import create_client, get_client, update_client, upsert_client
from stance_client.api.notes import add_note_addendum, create_note, get_note, list_notes, sign_note, update_note
from stance_client.api.sessions import create_session, hold_session
from stance_client.api.timeline import draw_timeline, get_timeline
from stance_client.api.treatments import open_treatment
from stance_client.models import (
    AccessToken,
    AddendumKind,
    Attendance,
    BucketKind,
    ClientCreate,
    ClientProfile,
    ClientUpdate,
    Delivery,
    FailurePattern,
    Me,
    MentalizingFailureCreate,
    Note,
    NoteAddendum,
    NoteAddendumCreate,
    NoteCreate,
    NotePage,
    NoteSectionCreate,
    NoteSign,
    NoteStatus,
    NoteTemplate,
    NoteUpdate,
    ParticipantAttendance,
    ParticipantCreate,
    Permission,
    Problem,
    Session,
    SessionCreate,
    SessionFormat,
    SessionHold,
    SessionStatus,
    SignIn,
    Timeline,
    Treatment,
    TreatmentCreate,
)
from stance_client.types import UNSET, Unset

URL = os.environ["STANCE_URL"]
Wanted = TypeVar("Wanted")


class RefusedError(Exception):
    """The service said no, and the story needed a yes."""


def expect(wanted: type[Wanted], answer: object) -> Wanted:
    """Return what was asked for."""
    if isinstance(answer, Problem):
        places = ", ".join(f"{error.pointer}: {error.code}" for error in answer.errors)
        raise RefusedError(f"{answer.status} {answer.code} {places}")
    assert isinstance(answer, wanted), type(answer)
    return answer


def refusal(answer: object, status: HTTPStatus, code: str) -> Problem:
    """Return the problem a call was refused with."""
    assert isinstance(answer, Problem), type(answer)
    assert (answer.status, answer.code) == (status, code), (answer.status, answer.code)
    return answer


def etag(version: int) -> str:
    """Write a version as `If-Match` wants it."""
    return f'"{version}"'


def told(step: str) -> None:
    """Say what was done."""
    print(step)  # noqa: T201 - the story is told on the standard output


def signed_in() -> AuthenticatedClient:
    """Exchange login and password for a token, and use it from now on."""
    who = SignIn(login=os.environ["STANCE_LOGIN"], password=os.environ["STANCE_PASSWORD"])
    with AuthenticatedClient(base_url=URL, token="expired") as stranger:
        refused = get_me.sync_detailed(client=stranger)
        refusal(refused.parsed, HTTPStatus.UNAUTHORIZED, "unauthorized")
        assert "WWW-Authenticate" in refused.headers
    told("without a valid token: 401 unauthorized")
    with Client(base_url=URL) as stranger:
        token = expect(AccessToken, sign_in.sync(client=stranger, body=who))
    told("signed in")
    return AuthenticatedClient(base_url=URL, token=token.access_token)


def new_client(therapist: AuthenticatedClient) -> ClientProfile:
    robin = ClientCreate(given_name="Robin", family_name="Example", preferred_name="Rob", pronouns="they/them")
    key = str(uuid4())
    created = create_client.sync_detailed(client=therapist, body=robin, idempotency_key=key)
    client = expect(ClientProfile, created.parsed)
    assert created.status_code is HTTPStatus.CREATED
    assert created.headers["Location"] == f"/v1/clients/{client.id}"
    told("created a client")
    again = create_client.sync_detailed(client=therapist, body=robin, idempotency_key=key)
    assert expect(ClientProfile, again.parsed).id == client.id
    assert again.headers["Idempotency-Replayed"] == "true"
    told("the same Idempotency-Key again: the same client")
    return client


def bad_input(therapist: AuthenticatedClient) -> None:
    nameless = ClientCreate(given_name="", family_name="Example")
    problem = refusal(
        create_client.sync(client=therapist, body=nameless), HTTPStatus.UNPROCESSABLE_ENTITY, "validation_failed"
    )
    (error,) = problem.errors
    assert error.pointer == "/given_name"
    told(f"bad input: 422 {problem.code} at {error.pointer}")


def null_and_absent(therapist: AuthenticatedClient, client: ClientProfile) -> None:
    change = ClientUpdate(preferred_name=None)
    assert change.pronouns is UNSET
    changed = expect(
        ClientProfile,
        update_client.sync(client.id, client=therapist, body=change, if_match=etag(client.version)),
    )
    assert changed.preferred_name is None
    assert changed.pronouns == client.pronouns
    told("null cleared a field, an absent one stayed")


def held_session(therapist: AuthenticatedClient, client_id: UUID, treatment_id: UUID, starts_at: datetime) -> Session:
    planned = SessionCreate(
        format_=SessionFormat.INDIVIDUAL,
        delivery=Delivery.IN_PERSON,
        starts_at=starts_at,
        duration_minutes=50,
        participants=[ParticipantCreate(client_id=client_id, treatment_id=treatment_id)],
    )
    session = expect(Session, create_session.sync(client=therapist, body=planned))
    assert session.status is SessionStatus.SCHEDULED
    came = SessionHold(participants=[ParticipantAttendance(client_id=client_id, attendance=Attendance.ATTENDED)])
    held = expect(Session, hold_session.sync(session.id, client=therapist, body=came, if_match=etag(session.version)))
    assert held.status is SessionStatus.HELD
    told("created and held a session")
    return held


def new_note(therapist: AuthenticatedClient, session: Session, client_id: UUID) -> Note:
    empty = NoteCreate(client_id=client_id, template=NoteTemplate.MBT)
    note = expect(Note, create_note.sync(session.id, client=therapist, body=empty))
    told("wrote a note")
    return note


def autosaved(therapist: AuthenticatedClient, note: Note) -> Note:
    """Save while writing; a second window that has not seen this save is refused and reads again."""
    text = NoteSectionCreate(code="mentalizing_process", text="Certain about what the other meant; slowed down.")
    first = expect(
        Note,
        update_note.sync(note.id, client=therapist, body=NoteUpdate(sections=[text]), if_match=etag(note.version)),
    )
    told("autosaved it")
    problem = refusal(
        update_note.sync(note.id, client=therapist, body=NoteUpdate(bond=7), if_match=etag(note.version)),
        HTTPStatus.PRECONDITION_FAILED,
        "precondition_failed",
    )
    assert problem.current_version == first.version
    told(f"a stale save: 412 {problem.code}")
    return first


def tagged(therapist: AuthenticatedClient, note: Note) -> Note:
    moment = MentalizingFailureCreate(
        pattern=FailurePattern.HYPERACTIVATION, signs=["over_trust"], where="partner", arousal=7
    )
    saved = expect(
        Note,
        update_note.sync(
            note.id,
            client=therapist,
            body=NoteUpdate(mentalizing_failures=[moment]),
            if_match=etag(note.version),
        ),
    )
    assert [section.code for section in saved.sections] == [section.code for section in note.sections]
    assert saved.mentalizing_failures[0].pattern is FailurePattern.HYPERACTIVATION
    told("tagged a mentalizing failure")
    return saved


def signed(therapist: AuthenticatedClient, note: Note) -> None:
    """Sign the version that was read last, by the ETag the service gave for it."""
    read = get_note.sync_detailed(note.id, client=therapist)
    assert expect(Note, read.parsed).mentalizing_failures == note.mentalizing_failures
    frozen = expect(Note, sign_note.sync(note.id, client=therapist, body=NoteSign(), if_match=read.headers["ETag"]))
    assert frozen.status is NoteStatus.SIGNED
    assert frozen.signed_at
    told("signed it")
    unchanged = get_note.sync_detailed(note.id, client=therapist, if_none_match=etag(frozen.version))
    assert unchanged.status_code is HTTPStatus.NOT_MODIFIED
    told("read it again with its ETag: 304")
    late = NoteAddendumCreate(kind=AddendumKind.ADDENDUM, text="Agreed to pause before replying.")
    addendum = expect(NoteAddendum, add_note_addendum.sync(note.id, client=therapist, body=late))
    assert addendum.kind is AddendumKind.ADDENDUM
    told("added an addendum")


def timeline(therapist: AuthenticatedClient, treatment: Treatment) -> None:
    course = expect(Timeline, get_timeline.sync(treatment.id, client=therapist, bucket=BucketKind.WEEK))
    assert sum(bucket.failures.hyperactivation.count for bucket in course.buckets if bucket.failures) == 1
    assert course.not_diagnostic
    told("read the timeline")
    assert expect(str, draw_timeline.sync(treatment.id, client=therapist)).startswith("<?xml")
    told("drew it as a picture")


def every_note(therapist: AuthenticatedClient, client_id: UUID) -> list[Note]:
    """Follow the pages to the end, one note at a time."""
    notes: list[Note] = []
    cursor: str | Unset | None = UNSET
    while cursor is not None:
        page = expect(NotePage, list_notes.sync(client=therapist, client_id=client_id, limit=1, after=cursor))
        notes += page.data
        assert page.has_more is (page.next_cursor is not None)
        cursor = page.next_cursor
    told(f"paged through {len(notes)} notes, one a page")
    return notes


def as_the_ehr() -> None:
    facts = ClientCreate(given_name="Kim", family_name="Sample")
    with AuthenticatedClient(base_url=URL, token=os.environ["STANCE_EHR_KEY"]) as ehr:
        number = str(uuid4())
        created = upsert_client.sync_detailed(client=ehr, body=facts, system="urn:ehr:patient", value=number)
        assert created.status_code is HTTPStatus.CREATED
        known = expect(ClientProfile, created.parsed)
        facts.pronouns = "she/her"
        updated = upsert_client.sync_detailed(client=ehr, body=facts, system="urn:ehr:patient", value=number)
        assert updated.status_code is HTTPStatus.OK
        assert expect(ClientProfile, updated.parsed).id == known.id
        told("the EHR sent a client twice: created, then updated")
        read = expect(ClientProfile, get_client.sync(known.id, client=ehr))
        assert read.pronouns == "she/her"
        assert [identifier.value for identifier in read.identifiers] == [number]
        told("the EHR read the client")


def main() -> None:
    """Tell the story."""
    today = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with signed_in() as therapist:
        assert Permission.NOTES_SIGN in expect(Me, get_me.sync(client=therapist)).permissions
        client = new_client(therapist)
        bad_input(therapist)
        null_and_absent(therapist, client)
        course = TreatmentCreate(started_on=today.date() - timedelta(days=14))
        treatment = expect(Treatment, open_treatment.sync(client.id, client=therapist, body=course))
        told("opened a treatment")
        session = held_session(therapist, client.id, treatment.id, today - timedelta(hours=2))
        note = autosaved(therapist, new_note(therapist, session, client.id))
        signed(therapist, tagged(therapist, note))
        timeline(therapist, treatment)
        earlier = held_session(therapist, client.id, treatment.id, today - timedelta(days=7))
        draft = new_note(therapist, earlier, client.id)
        assert [found.id for found in every_note(therapist, client.id)] == [note.id, draft.id]
    as_the_ehr()


if __name__ == "__main__":
    main()
