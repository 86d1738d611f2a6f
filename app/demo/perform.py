"""Turns the acts of the story into calls of the services, as a frontend would make them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.core.work import UnitOfWork
from app.demo import acts
from app.demo.acts import Act, NoteDraft
from app.demo.storyline import GoalWords, Storyline
from app.record.care_team import schemas as care_team_schemas
from app.record.care_team import service as care_team
from app.record.client_requests import schemas as client_requests_schemas
from app.record.client_requests import service as client_requests
from app.record.client_requests.domain import AskedBy, ClientRequestKind
from app.record.clients import schemas as clients_schemas
from app.record.clients import service as clients
from app.record.disclosures import schemas as disclosures_schemas
from app.record.disclosures import service as disclosures
from app.record.goal_ratings import schemas as goal_ratings_schemas
from app.record.goal_ratings import service as goal_ratings
from app.record.goal_ratings.domain import RatedBy
from app.record.notes import schemas as notes_schemas
from app.record.notes import service as notes
from app.record.notes import signing
from app.record.notes.domain import AddendumKind, FailureTags, NoteTemplate
from app.record.notes.failure_schemas import MentalizingFailureCreate
from app.record.sessions import schemas as sessions_schemas
from app.record.sessions import service as sessions
from app.record.sessions.domain import Attendance, CancelledBy, Delivery, SessionFormat, SessionStatus
from app.record.treatments import goal_service as goals
from app.record.treatments import schemas as treatments_schemas
from app.record.treatments import service as treatments
from app.record.treatments.domain import GoalStatus, ReviewStatus


@dataclass
class Record:
    """The ids the service gave out, by the keys of the story."""

    practitioners: Mapping[str, UUID]
    clients: dict[str, UUID] = field(default_factory=dict)
    treatments: dict[str, UUID] = field(default_factory=dict)
    goals: dict[str, list[UUID]] = field(default_factory=dict)
    sessions: dict[str, UUID] = field(default_factory=dict)
    session_versions: dict[str, int] = field(default_factory=dict)
    notes: dict[tuple[str, str], UUID] = field(default_factory=dict)
    requests: dict[str, UUID] = field(default_factory=dict)

    def copy(self) -> "Record":
        """Return a copy that may be written in and thrown away."""
        return Record(
            self.practitioners, *(dict(value) for name, value in vars(self).items() if name != "practitioners")
        )


def perform(work: UnitOfWork, record: Record, act: Act) -> None:
    """Perform one act and remember the ids it made."""
    _PERFORMERS[type(act)](work, record, act)


def _register(work: UnitOfWork, record: Record, act: acts.Register) -> None:
    story = act.story
    number = len(record.clients) + 1
    login = f"{story.given_name}.{story.family_name}".lower()
    wanted = clients_schemas.ClientCreate(
        given_name=story.given_name,
        family_name=story.family_name,
        preferred_name=story.preferred_name,
        pronouns=story.pronouns,
        birth_date=story.birth_date,
        email=f"{login}@example.org",
        phone=f"555-01{number:02}",
        presenting_concerns=list(story.concerns),
        diagnoses=[
            clients_schemas.Diagnosis(recorded_on=act.diagnosed_on, **diagnosis) for diagnosis in story.diagnoses
        ],
        support_people=[clients_schemas.SupportPerson(**person) for person in story.support],
        identifiers=[clients_schemas.Identifier(system="urn:demo:mrn", value=f"DEMO-{number:04}")],
        delivery_preference=story.delivery,
    )
    record.clients[story.key] = clients.create_client(work, wanted).id


def _join_team(work: UnitOfWork, record: Record, act: acts.JoinTeam) -> None:
    wanted = care_team_schemas.CareTeamMemberCreate(
        practitioner_id=record.practitioners[act.practitioner], care_role=act.care_role
    )
    clients.add_care_team_member(work, record.clients[act.client], wanted)


def _leave_team(work: UnitOfWork, record: Record, act: acts.LeaveTeam) -> None:
    client_id, practitioner_id = record.clients[act.client], record.practitioners[act.practitioner]
    for member in clients.list_care_team(work, client_id).data:
        if member.practitioner_id == practitioner_id and member.ends_on is None:
            ending = care_team_schemas.CareTeamMemberUpdate(ends_on=work.today)
            care_team.change(work, client_id, member.id, ending, member.version)


def _plan_treatment(work: UnitOfWork, record: Record, act: acts.PlanTreatment) -> None:
    story = act.story
    wanted = treatments_schemas.TreatmentCreate(
        started_on=act.starts_on, planned_months=story.planned_months, duration_reason=story.duration_reason
    )
    record.treatments[story.key] = treatments.open_treatment(work, record.clients[story.key], wanted).id


def _start_treatment(work: UnitOfWork, record: Record, act: acts.StartTreatment) -> None:
    story = act.story
    treatment = treatments.get_treatment(work, record.treatments[story.key])
    treatments.start_treatment(work, treatment.id, treatments_schemas.TreatmentStart(), treatment.version)
    both = goals.list_goals(work, treatment.id).data
    for goal, words in zip(both, _goal_words(story), strict=True):
        goals.update_goal(work, goal.id, treatments_schemas.GoalUpdate(**vars(words)), goal.version)
    record.goals[story.key] = [goal.id for goal in both]


def _goal_words(story: Storyline) -> tuple[GoalWords, GoalWords]:
    return story.stabilise, story.reduce


def _meet(work: UnitOfWork, record: Record, act: acts.Meet) -> None:
    wanted = sessions_schemas.SessionCreate(
        format=SessionFormat(act.format),
        delivery=Delivery(act.delivery),
        kind=act.kind,
        starts_at=act.starts_at,
        duration_minutes=act.minutes,
        practitioner_ids=[record.practitioners[login] for login in act.practitioners],
        participants=[
            sessions_schemas.ParticipantCreate(
                client_id=record.clients[client], attendance=Attendance(attendance) if attendance else None
            )
            for client, attendance in act.attendances
        ],
        status=SessionStatus.HELD if act.is_held else SessionStatus.SCHEDULED,
    )
    session = sessions.create_session(work, wanted)
    record.sessions[act.session], record.session_versions[act.session] = session.id, session.version


def _cancel_session(work: UnitOfWork, record: Record, act: acts.CancelSession) -> None:
    wanted = sessions_schemas.SessionCancel(by=CancelledBy(act.cancelled_by))
    sessions.cancel_session(work, record.sessions[act.session], wanted, record.session_versions[act.session])


def _write_note(work: UnitOfWork, record: Record, act: acts.WriteNote) -> None:
    wanted = _note(act.draft, record.clients[act.client])
    note = notes.create_note(work, record.sessions[act.session], wanted)
    record.notes[act.session, act.client] = note.id
    if act.sign:
        signature = notes_schemas.NoteSign(late_entry_reason=act.late_reason)
        signing.sign_note(work, note.id, signature, note.version)


def _note(draft: NoteDraft, client_id: UUID) -> notes_schemas.NoteCreate:
    risk = notes_schemas.Risk(flags=list(draft.risk_flags), statement=draft.risk_statement)
    return notes_schemas.NoteCreate(
        client_id=client_id,
        template=NoteTemplate(draft.template),
        sections=[notes_schemas.NoteSectionCreate(code=code, text=text) for code, text in draft.sections],
        mentalizing_failures=[_failure(tags) for tags in draft.failures],
        interventions=list(draft.interventions),
        positive_mentalizing=list(draft.positive),
        risk=risk if draft.risk_flags else None,
        felt_understood=draft.felt_understood,
        bond=draft.bond,
    )


def _failure(tags: FailureTags) -> MentalizingFailureCreate:
    said = vars(tags) | {"where": tags.where_code, "signs": list(tags.signs)}
    return MentalizingFailureCreate(**{name: value for name, value in said.items() if name != "where_code"})


def _sign_note(work: UnitOfWork, record: Record, act: acts.SignNote) -> None:
    note = _read_note(work, record, act)
    signing.sign_note(work, note.id, notes_schemas.NoteSign(), note.version)


def _cosign_note(work: UnitOfWork, record: Record, act: acts.CosignNote) -> None:
    note = _read_note(work, record, act)
    signing.cosign_note(work, note.id, note.version)


def _return_note(work: UnitOfWork, record: Record, act: acts.ReturnNote) -> None:
    note = _read_note(work, record, act)
    signing.return_note(work, note.id, notes_schemas.NoteReturn(comment=act.comment), note.version)


def _revise_note(work: UnitOfWork, record: Record, act: acts.ReviseNote) -> None:
    note = _read_note(work, record, act)
    texts = {section.code: section.text for section in note.sections}
    texts[act.section] = f"{texts.get(act.section, '')} {act.addition}".strip()
    changes = notes_schemas.NoteUpdate(
        sections=[notes_schemas.NoteSectionCreate(code=code, text=text) for code, text in texts.items()]
    )
    saved = notes.update_note(work, note.id, changes, note.version)
    signature = notes_schemas.NoteSign(late_entry_reason=act.late_reason)
    signing.sign_note(work, note.id, signature, saved.version)


def _add_addendum(work: UnitOfWork, record: Record, act: acts.AddAddendum) -> None:
    if act.correction is None:
        wanted = notes_schemas.NoteAddendumCreate(kind=AddendumKind.ADDENDUM, text=act.text)
    else:
        part, old, new, reason = act.correction
        correction = notes_schemas.Correction(field=part, old=old, new=new, reason=reason)
        wanted = notes_schemas.NoteAddendumCreate(kind=AddendumKind.CORRECTION, correction=correction)
    signing.add_addendum(work, record.notes[act.session, act.client], wanted)


def _enter_in_error(work: UnitOfWork, record: Record, act: acts.EnterInError) -> None:
    note = _read_note(work, record, act)
    signing.enter_in_error(work, note.id, notes_schemas.NoteErrorReason(reason=act.reason), note.version)


def _read_note(work: UnitOfWork, record: Record, act: acts.NoteAct) -> notes_schemas.Note:
    return notes_schemas.Note.model_validate(notes.get_note(work, record.notes[act.session, act.client]))


def _rate_goal(work: UnitOfWork, record: Record, act: acts.RateGoal) -> None:
    wanted = goal_ratings_schemas.GoalRatingCreate(
        value=act.value,
        rated_by=RatedBy(act.rated_by),
        session_id=record.sessions[act.session],
    )
    goal_ratings.rate_goal(work, record.goals[act.client][act.goal], wanted)


def _hold_review(work: UnitOfWork, record: Record, act: acts.HoldReview) -> None:
    review = treatments.list_reviews(work, record.treatments[act.client]).data[act.number]
    held = treatments_schemas.ReviewUpdate(status=ReviewStatus.DONE, held_on=work.today, comment=act.comment)
    treatments.update_review(work, review.id, held, review.version)


def _complete_treatment(work: UnitOfWork, record: Record, act: acts.CompleteTreatment) -> None:
    treatment = treatments.get_treatment(work, record.treatments[act.client])
    treatments.complete_treatment(work, treatment.id, treatments_schemas.TreatmentComplete(), treatment.version)
    for goal, status in zip(goals.list_goals(work, treatment.id).data, act.goal_statuses, strict=True):
        goals.update_goal(work, goal.id, treatments_schemas.GoalUpdate(status=GoalStatus(status)), goal.version)


def _end_treatment(work: UnitOfWork, record: Record, act: acts.EndTreatment) -> None:
    treatment = treatments.get_treatment(work, record.treatments[act.client])
    wanted = treatments_schemas.TreatmentEnd(end_reason=act.reason, end_comment=act.comment)
    treatments.end_treatment(work, treatment.id, wanted, treatment.version)


def _discharge(work: UnitOfWork, record: Record, act: acts.Discharge) -> None:
    client = clients.get_client(work, record.clients[act.client])
    leaving = clients_schemas.ClientDischarge(discharged_on=work.today, reason=act.reason)
    clients.discharge_client(work, client.id, leaving, client.version)


def _ask_for_record(work: UnitOfWork, record: Record, act: acts.AskForRecord) -> None:
    wanted = client_requests_schemas.ClientRequestCreate(
        kind=ClientRequestKind.ACCESS, asked_by=AskedBy.CLIENT, details=act.details
    )
    record.requests[act.client] = client_requests.create_request(work, record.clients[act.client], wanted).id


def _hand_over_record(work: UnitOfWork, record: Record, act: acts.HandOverRecord) -> None:
    request = client_requests.get_request(work, record.requests[act.client])
    given = client_requests_schemas.ClientRequestFulfil(answer=act.answer)
    client_requests.fulfil_request(work, request.id, given, request.version)


def _disclose(work: UnitOfWork, record: Record, act: acts.Disclose) -> None:
    wanted = disclosures_schemas.DisclosureCreate(
        purpose=act.purpose,
        recipient=act.recipient,
        description=act.description,
        purpose_details=act.purpose_details,
    )
    disclosures.record_disclosure(work, record.clients[act.client], wanted)


_PERFORMERS: Mapping[type[Act], Callable[[UnitOfWork, Record, Any], None]] = {
    acts.Register: _register,
    acts.JoinTeam: _join_team,
    acts.LeaveTeam: _leave_team,
    acts.PlanTreatment: _plan_treatment,
    acts.StartTreatment: _start_treatment,
    acts.Meet: _meet,
    acts.CancelSession: _cancel_session,
    acts.WriteNote: _write_note,
    acts.SignNote: _sign_note,
    acts.CosignNote: _cosign_note,
    acts.ReturnNote: _return_note,
    acts.ReviseNote: _revise_note,
    acts.AddAddendum: _add_addendum,
    acts.EnterInError: _enter_in_error,
    acts.RateGoal: _rate_goal,
    acts.HoldReview: _hold_review,
    acts.CompleteTreatment: _complete_treatment,
    acts.EndTreatment: _end_treatment,
    acts.Discharge: _discharge,
    acts.AskForRecord: _ask_for_record,
    acts.HandOverRecord: _hand_over_record,
    acts.Disclose: _disclose,
}
