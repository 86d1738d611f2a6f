"""The words of the matrix: how someone may stand to a record, where a record may stand, and what then follows."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.access.identity.domain import EMERGENCY_PERMISSIONS, GRANTABLE, PERMISSIONS_OF
from app.access.practitioners.domain import Role
from app.core.caller import Permission


class Open(StrEnum):
    """Operations that ask for no permission."""

    PUBLIC = "public"
    """For everyone, with or without a token."""
    ANY_CALLER = "any_caller"
    """For every caller with a token: about herself, or about code lists."""
    SIGNED_IN = "signed_in"
    """For a person who signed in here: about her sign-in. Not for programs, and not under emergency access."""


class Whose(StrEnum):
    """Whose records an operation touches, and so for whom there is anything to find."""

    NOBODY = "nobody"
    """No record at all: code lists, the caller herself."""
    OWN_CLINIC = "own_clinic"
    """What belongs to the caller's clinic as a whole; there is no naming another one."""
    CLINIC = "clinic"
    """One thing of the clinic, such as a practitioner: for whoever works there, not there for others."""
    CIRCLE = "circle"
    """The record of a client: her care team, who supervises one of them, and whoever sees the whole clinic."""
    NAMED = "named"
    """As the circle, but the body names the client: one the caller cannot see is refused like one that never was."""
    READERS = "readers"
    """The words of a note: a draft is its author's, what waits for a co-signature also her supervisor's, what is
    signed the circle's. Entered in error, it stays with those who could read it before."""
    AUTHOR = "author"
    """Readers find it; only the author may."""
    SIGNERS = "signers"
    """Readers find it; only the author and the co-signer may."""
    COSIGNER = "cosigner"
    """Readers find it; only the co-signer, who is the author's supervisor, may."""
    AUTHOR_ALONE = "author_alone"
    """For everyone but the author it is not there: what a note said while it was a draft, private notes."""
    SHOWN_TO = "shown_to"
    """A reflection its author shows at present: for her supervisor, and not there for anyone else."""
    OUTSIDE = "outside"
    """A client of the clinic whom the caller does not see: who sees her has no need of it."""
    OVERSEERS = "overseers"
    """An emergency access: for who used it, her supervisor, supervisors on the client's care team, privacy officers."""
    REVIEWERS = "reviewers"
    """Overseers find it; only the supervisor of who used it and privacy officers may."""
    ANOTHERS = "another's"
    """Something of the clinic that a clinic admin asked for: whoever finds it may see it, somebody else decides."""
    RECIPIENT = "recipient"
    """A notice to one person, who is tried as the supervisor: not there for anyone else."""


class Relation(StrEnum):
    """How a caller stands to the client a record is about; each is tried with the role people have who stand so."""

    NO_TOKEN = "no token"
    OTHER_CLINIC = "therapist of another clinic"
    OTHER_CLINIC_ADMIN = "admin of another clinic"
    UNRELATED = "therapist of the clinic, unrelated"
    FORMER_MEMBER = "therapist, on the care team until yesterday"
    FORMER_SUPERVISOR = "supervisor, until yesterday, of someone on the care team"
    CARE_TEAM = "psychiatrist on the care team"
    DOCTOR = "doctor on the care team"
    TEAM_SUPERVISOR = "supervisor on the care team, not the author's"
    AUTHOR = "therapist on the care team who wrote it"
    SUPERVISOR = "supervisor of the author, not on the care team"
    CLINIC_ADMIN = "clinic admin"
    PRIVACY_OFFICER = "privacy officer"
    INTEGRATION = "service account with every scope a program can have"
    EMERGENCY = "unrelated therapist under emergency access to the client"
    EMERGENCY_ELSEWHERE = "unrelated therapist under emergency access to another client"


class State(StrEnum):
    """Where a thing may stand; the slices of the record say how it gets there."""

    REFERRED = "referred"
    ACTIVE = "active"
    DISCHARGED = "discharged"
    PLANNED = "planned"
    COMPLETED = "completed"
    ENDED_EARLY = "ended_early"
    VALID = "valid"
    WRONG = "entered_in_error"
    SCHEDULED = "scheduled"
    HELD = "held"
    CANCELLED = "cancelled"
    WITH_SIGNED_NOTE = "held, with a signed note"
    DRAFT = "draft"
    PENDING = "pending_cosign"
    SIGNED = "signed"
    WRONG_DRAFT = "entered_in_error while a draft"
    WRONG_PENDING = "entered_in_error while pending_cosign"
    WRONG_SIGNED = "entered_in_error when signed"
    PROCESS_NOTE = "process note"
    REFLECTION = "reflection"
    SHOWN = "reflection, shown to the supervisor"
    RUNNING = "running"
    OVER = "over"
    REVIEWED = "over and reviewed"
    EXTENDED = "extended"
    FULFILLED = "fulfilled"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    NO_FACTOR = "without a second factor"
    STARTED = "second factor started"
    CONFIRMED = "second factor confirmed"
    OPEN = "open"
    CLOSED = "closed"
    IN_FORCE = "in force"
    LIFTED = "lifted"
    ASKED_FOR = "asked for"
    REFUSED = "refused"
    ERASED = "erased"


@dataclass(frozen=True)
class Row:
    """Who may perform an operation: what it needs, whose records it is about, and in which states it is possible.

    `only_in` names the states in which it is possible; in any other it is refused with 409 and the code
    `otherwise`. `leaves_out` marks lists: what the caller may not see, or what stands in another state, is left out.
    `fresh` marks sensitive acts: a person must have proved lately who she is, or is asked to do it again.
    """

    needs: Permission | Open
    whose: Whose
    only_in: tuple[State, ...] = ()
    otherwise: str = ""
    leaves_out: bool = False
    fresh: bool = False


@dataclass(frozen=True)
class Outcome:
    """What must be answered: a status (200 for every success) and, when refused, the code of the problem.

    Of a list also whether the thing is in it.
    """

    status: int
    code: str | None = None
    is_listed: bool | None = None


HOLDS: Mapping[Relation, frozenset[Permission]] = {
    Relation.NO_TOKEN: frozenset(),
    Relation.OTHER_CLINIC: PERMISSIONS_OF[Role.THERAPIST],
    Relation.OTHER_CLINIC_ADMIN: PERMISSIONS_OF[Role.CLINIC_ADMIN],
    Relation.UNRELATED: PERMISSIONS_OF[Role.THERAPIST],
    Relation.FORMER_MEMBER: PERMISSIONS_OF[Role.THERAPIST],
    Relation.FORMER_SUPERVISOR: PERMISSIONS_OF[Role.SUPERVISOR],
    Relation.CARE_TEAM: PERMISSIONS_OF[Role.PSYCHIATRIST],
    Relation.DOCTOR: PERMISSIONS_OF[Role.DOCTOR],
    Relation.TEAM_SUPERVISOR: PERMISSIONS_OF[Role.SUPERVISOR],
    Relation.AUTHOR: PERMISSIONS_OF[Role.THERAPIST],
    Relation.SUPERVISOR: PERMISSIONS_OF[Role.SUPERVISOR],
    Relation.CLINIC_ADMIN: PERMISSIONS_OF[Role.CLINIC_ADMIN],
    Relation.PRIVACY_OFFICER: PERMISSIONS_OF[Role.PRIVACY_OFFICER],
    Relation.INTEGRATION: GRANTABLE,
    Relation.EMERGENCY: EMERGENCY_PERMISSIONS,
    Relation.EMERGENCY_ELSEWHERE: EMERGENCY_PERMISSIONS,
}
"""What people in each relation may do at all, by role, scopes or emergency access."""

EVERYONE = frozenset(Relation)
NOT_SIGNED_IN = frozenset({Relation.INTEGRATION, Relation.EMERGENCY, Relation.EMERGENCY_ELSEWHERE})
"""Whose tokens belong to no sign-in of a person."""
ELSEWHERE = frozenset({Relation.OTHER_CLINIC, Relation.OTHER_CLINIC_ADMIN})
CIRCLE = frozenset(
    {
        Relation.CARE_TEAM,
        Relation.DOCTOR,
        Relation.TEAM_SUPERVISOR,
        Relation.AUTHOR,
        Relation.SUPERVISOR,
        Relation.CLINIC_ADMIN,
        Relation.PRIVACY_OFFICER,
        Relation.INTEGRATION,
        Relation.EMERGENCY,
    }
)
"""Who can see that the client exists."""
_AUTHOR = frozenset({Relation.AUTHOR})
_SUPERVISOR = frozenset({Relation.SUPERVISOR})
_SIGNERS = _AUTHOR | _SUPERVISOR
_REVIEWERS = _SUPERVISOR | {Relation.PRIVACY_OFFICER}
_OVERSEERS = _REVIEWERS | {Relation.AUTHOR, Relation.TEAM_SUPERVISOR}

FINDERS: Mapping[Whose, frozenset[Relation]] = {
    Whose.NOBODY: EVERYONE,
    Whose.OWN_CLINIC: EVERYONE,
    Whose.CLINIC: EVERYONE - ELSEWHERE,
    Whose.CIRCLE: CIRCLE,
    Whose.NAMED: CIRCLE,
    Whose.READERS: CIRCLE,
    Whose.AUTHOR: CIRCLE,
    Whose.SIGNERS: CIRCLE,
    Whose.COSIGNER: CIRCLE,
    Whose.AUTHOR_ALONE: _AUTHOR,
    Whose.SHOWN_TO: _SUPERVISOR,
    Whose.OUTSIDE: EVERYONE - ELSEWHERE,
    Whose.OVERSEERS: _OVERSEERS,
    Whose.REVIEWERS: _OVERSEERS,
    Whose.ANOTHERS: EVERYONE - ELSEWHERE,
    Whose.RECIPIENT: _SUPERVISOR,
}
"""For whom a record is there at all; words that are not for the whole circle yet are `WORDS_WHILE` for fewer."""

_WORDS = frozenset({Whose.READERS, Whose.AUTHOR, Whose.SIGNERS, Whose.COSIGNER, Whose.SHOWN_TO})
WORDS_WHILE: Mapping[State | None, frozenset[Relation]] = {
    State.DRAFT: _AUTHOR,
    State.WRONG_DRAFT: _AUTHOR,
    State.PENDING: _SIGNERS,
    State.WRONG_PENDING: _SIGNERS,
    State.PROCESS_NOTE: _AUTHOR,
    State.REFLECTION: _AUTHOR,
    State.SHOWN: _SIGNERS,
}

RESERVED: Mapping[Whose, tuple[frozenset[Relation], Outcome]] = {
    Whose.AUTHOR: (_AUTHOR, Outcome(403, "not_note_author")),
    Whose.SIGNERS: (_SIGNERS, Outcome(403, "not_note_author")),
    Whose.COSIGNER: (_SUPERVISOR, Outcome(403, "not_note_cosigner")),
    Whose.REVIEWERS: (_REVIEWERS, Outcome(403, "not_reviewer")),
    Whose.ANOTHERS: (EVERYONE - {Relation.CLINIC_ADMIN}, Outcome(403, "own_erasure_request")),
    Whose.OUTSIDE: (EVERYONE - CIRCLE, Outcome(409, "client_already_seen")),
}
"""For whom alone of those who find a record an act is reserved, and what the others are told."""


def finds(whose: Whose, relation: Relation, state: State | None) -> bool:
    """Say whether the record is there at all for someone in this relation."""
    readers = WORDS_WHILE.get(state, EVERYONE) if whose in _WORDS else EVERYONE
    return relation in FINDERS[whose] & readers


def refusal_of(whose: Whose, relation: Relation) -> Outcome | None:
    """Return what someone is told who finds the record and still may not do this to it."""
    if whose not in RESERVED:
        return None
    allowed, refusal = RESERVED[whose]
    return None if relation in allowed else refusal
