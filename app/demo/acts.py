"""What people do in the story of the demo clinic: each act has a moment, a person and one service call or two."""

from dataclasses import dataclass
from datetime import date, datetime

from app.demo.storyline import Storyline
from app.record.notes.domain import FailureTags

Attendances = tuple[tuple[str, str | None], ...]
"""Who takes part in a session, by the client's key, and whether the client came."""


@dataclass(frozen=True, kw_only=True)
class NoteDraft:
    """Everything a note says."""

    template: str
    sections: tuple[tuple[str, str], ...]
    failures: tuple[FailureTags, ...] = ()
    interventions: tuple[str, ...] = ()
    positive: tuple[str, ...] = ()
    risk_flags: tuple[str, ...] = ()
    risk_statement: str | None = None
    felt_understood: int | None = None
    bond: int | None = None


@dataclass(frozen=True, kw_only=True)
class Act:
    """Someone does something at a moment; `by` is the practitioner's login."""

    at: datetime
    by: str


@dataclass(frozen=True, kw_only=True)
class Register(Act):
    """A client is referred."""

    story: Storyline
    diagnosed_on: date


@dataclass(frozen=True, kw_only=True)
class JoinTeam(Act):
    """A practitioner joins a client's care team."""

    client: str
    practitioner: str
    care_role: str


@dataclass(frozen=True, kw_only=True)
class LeaveTeam(Act):
    """A practitioner's place on a care team ends today."""

    client: str
    practitioner: str


@dataclass(frozen=True, kw_only=True)
class PlanTreatment(Act):
    """A treatment is planned at the first assessment."""

    story: Storyline
    starts_on: date


@dataclass(frozen=True, kw_only=True)
class StartTreatment(Act):
    """A planned treatment starts, and the goals are put into the client's words."""

    story: Storyline


@dataclass(frozen=True, kw_only=True)
class Meet(Act):
    """A session is written down after it took place, or planned."""

    session: str
    format: str
    delivery: str
    kind: str
    starts_at: datetime
    minutes: int
    practitioners: tuple[str, ...]
    attendances: Attendances
    is_held: bool = True


@dataclass(frozen=True, kw_only=True)
class CancelSession(Act):
    """A planned session is cancelled."""

    session: str
    cancelled_by: str


@dataclass(frozen=True, kw_only=True)
class NoteAct(Act):
    """Something is done with the note of one client for one session."""

    session: str
    client: str


@dataclass(frozen=True, kw_only=True)
class WriteNote(NoteAct):
    """A note is written, and signed at once or left as a draft."""

    draft: NoteDraft
    sign: bool = True
    late_reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class SignNote(NoteAct):
    """A draft is signed."""


@dataclass(frozen=True, kw_only=True)
class CosignNote(NoteAct):
    """The supervisor co-signs."""


@dataclass(frozen=True, kw_only=True)
class ReturnNote(NoteAct):
    """The supervisor returns a note."""

    comment: str


@dataclass(frozen=True, kw_only=True)
class ReviseNote(NoteAct):
    """The author adds to one section of a returned note and signs it again."""

    section: str
    addition: str
    late_reason: str


@dataclass(frozen=True, kw_only=True)
class AddAddendum(NoteAct):
    """Something is added to a signed note; `correction` is field, old, new and reason."""

    text: str | None = None
    correction: tuple[str, str, str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class EnterInError(NoteAct):
    """A note is taken out of the clinical views."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class RateGoal(Act):
    """A goal is rated in a session; `goal` is its place, 0 or 1."""

    client: str
    goal: int
    value: int
    rated_by: str
    session: str


@dataclass(frozen=True, kw_only=True)
class HoldReview(Act):
    """A planned review takes place; `number` is its place in the plan."""

    client: str
    number: int
    comment: str


@dataclass(frozen=True, kw_only=True)
class CompleteTreatment(Act):
    """A treatment reaches its planned end; the goals get their final status."""

    client: str
    goal_statuses: tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class EndTreatment(Act):
    """A treatment ends early."""

    client: str
    reason: str
    comment: str


@dataclass(frozen=True, kw_only=True)
class AskForRecord(Act):
    """A client asks for a copy of the record, which somebody writes down."""

    client: str
    details: str


@dataclass(frozen=True, kw_only=True)
class HandOverRecord(Act):
    """The client gets the copy."""

    client: str
    answer: str


@dataclass(frozen=True, kw_only=True)
class Disclose(Act):
    """Something of the record goes outside, and is written down for the client."""

    client: str
    purpose: str
    recipient: str
    description: str
    purpose_details: str


@dataclass(frozen=True, kw_only=True)
class Discharge(Act):
    """The clinic's care for a client ends."""

    client: str
    reason: str
