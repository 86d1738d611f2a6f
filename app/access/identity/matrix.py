"""Who may do what, to whose records, and when: the clinic's policy, one row for each operation.

Read a row as a sentence: `signNote` needs `notes:sign`, is for the author, and is possible only in a draft;
otherwise the answer is 409 `note_not_draft`. Which roles hold a permission says `PERMISSIONS_OF` in `domain`, what the
other words mean says `relations`. The service does not start with a route that is missing here, or that asks for
another permission; a test walks every operation as everyone in every state and compares.
"""

from collections.abc import Mapping

from app.access.identity import relations
from app.access.identity.relations import Open, Outcome, Relation, Row, State, Whose
from app.core.caller import Permission as May

NO_STATES: tuple[State, ...] = ()
GENERAL: Mapping[str, Row] = {
    "signIn": Row(Open.PUBLIC, Whose.NOBODY),
    "getHealth": Row(Open.PUBLIC, Whose.NOBODY),
    "getReadiness": Row(Open.PUBLIC, Whose.NOBODY),
    "refreshSignIn": Row(Open.PUBLIC, Whose.NOBODY),
    "stepUp": Row(Open.SIGNED_IN, Whose.NOBODY),
    "createToken": Row(Open.PUBLIC, Whose.NOBODY),
    "getSigningKeys": Row(Open.PUBLIC, Whose.NOBODY),
    "getSmartConfiguration": Row(Open.PUBLIC, Whose.NOBODY),
    "getAuthorizationServer": Row(Open.PUBLIC, Whose.NOBODY),
    "changePassword": Row(Open.SIGNED_IN, Whose.NOBODY, fresh=True),
    "signOut": Row(Open.ANY_CALLER, Whose.NOBODY),
    "signOutEverywhere": Row(Open.SIGNED_IN, Whose.NOBODY),
    "getMe": Row(Open.ANY_CALLER, Whose.NOBODY),
    "listVocabularies": Row(Open.ANY_CALLER, Whose.NOBODY),
    "getVocabulary": Row(Open.ANY_CALLER, Whose.NOBODY),
    "getClinic": Row(May.CLINIC_READ, Whose.OWN_CLINIC),
    "updateClinic": Row(May.CLINIC_WRITE, Whose.OWN_CLINIC, fresh=True),
    "listPractitioners": Row(May.PRACTITIONERS_READ, Whose.CLINIC, leaves_out=True),
    "createPractitioner": Row(May.PRACTITIONERS_WRITE, Whose.OWN_CLINIC, fresh=True),
    "getPractitioner": Row(May.PRACTITIONERS_READ, Whose.CLINIC),
    "updatePractitioner": Row(May.PRACTITIONERS_WRITE, Whose.CLINIC, fresh=True),
    "resetPassword": Row(May.PRACTITIONERS_WRITE, Whose.CLINIC, fresh=True),
    "listAuditEvents": Row(May.AUDIT_READ, Whose.OWN_CLINIC),
    "listAuditSeals": Row(May.AUDIT_READ, Whose.OWN_CLINIC),
    "listAuditEventsAsFhir": Row(May.AUDIT_READ, Whose.OWN_CLINIC, fresh=True),
    "getAuditEventProof": Row(May.AUDIT_READ, Whose.CLINIC),
    "listRetentionDue": Row(May.RETENTION_MANAGE, Whose.OWN_CLINIC),
    "placeClinicLegalHold": Row(May.RETENTION_MANAGE, Whose.OWN_CLINIC),
}

SECOND_FACTOR_STATES = (State.NO_FACTOR, State.STARTED, State.CONFIRMED)
SECOND_FACTORS: Mapping[str, Row] = {
    "startSecondFactor": Row(
        Open.SIGNED_IN, Whose.NOBODY, (State.NO_FACTOR, State.STARTED), "second_factor_exists", fresh=True
    ),
    "confirmSecondFactor": Row(Open.SIGNED_IN, Whose.NOBODY, (State.STARTED,), "second_factor_not_started", fresh=True),
    "removeSecondFactor": Row(Open.SIGNED_IN, Whose.NOBODY, (State.CONFIRMED,), "no_second_factor", fresh=True),
}
SECOND_FACTORS_OF_OTHERS: Mapping[str, Row] = {
    "resetSecondFactor": Row(May.PRACTITIONERS_WRITE, Whose.CLINIC, (State.CONFIRMED,), "no_second_factor", fresh=True),
}

SERVICE_ACCOUNT_STATES = (State.OPEN, State.CLOSED)
SERVICE_ACCOUNTS: Mapping[str, Row] = {
    "listServiceAccounts": Row(May.SERVICE_ACCOUNTS_MANAGE, Whose.CLINIC, leaves_out=True),
    "createServiceAccount": Row(May.SERVICE_ACCOUNTS_MANAGE, Whose.OWN_CLINIC, fresh=True),
    "getServiceAccount": Row(May.SERVICE_ACCOUNTS_MANAGE, Whose.CLINIC),
    "updateServiceAccount": Row(May.SERVICE_ACCOUNTS_MANAGE, Whose.CLINIC, fresh=True),
    "listApiKeys": Row(May.SERVICE_ACCOUNTS_MANAGE, Whose.CLINIC),
    "getApiKey": Row(May.SERVICE_ACCOUNTS_MANAGE, Whose.CLINIC),
    "createApiKey": Row(May.SERVICE_ACCOUNTS_MANAGE, Whose.CLINIC, (State.OPEN,), "service_account_closed", fresh=True),
    "revokeApiKey": Row(May.SERVICE_ACCOUNTS_MANAGE, Whose.CLINIC, fresh=True),
    "getKeySet": Row(May.SERVICE_ACCOUNTS_MANAGE, Whose.CLINIC),
    "replaceKeySet": Row(
        May.SERVICE_ACCOUNTS_MANAGE, Whose.CLINIC, (State.OPEN,), "service_account_closed", fresh=True
    ),
}

IDENTITY_PROVIDERS: Mapping[str, Row] = {
    "listIdentityProviders": Row(May.IDENTITY_PROVIDERS_MANAGE, Whose.CLINIC, leaves_out=True),
    "createIdentityProvider": Row(May.IDENTITY_PROVIDERS_MANAGE, Whose.OWN_CLINIC, fresh=True),
    "getIdentityProvider": Row(May.IDENTITY_PROVIDERS_MANAGE, Whose.CLINIC),
    "updateIdentityProvider": Row(May.IDENTITY_PROVIDERS_MANAGE, Whose.CLINIC, fresh=True),
    "deleteIdentityProvider": Row(May.IDENTITY_PROVIDERS_MANAGE, Whose.CLINIC, fresh=True),
    "listExternalIdentities": Row(May.IDENTITY_PROVIDERS_MANAGE, Whose.CLINIC),
    "createExternalIdentity": Row(May.IDENTITY_PROVIDERS_MANAGE, Whose.CLINIC, fresh=True),
    "getExternalIdentity": Row(May.IDENTITY_PROVIDERS_MANAGE, Whose.CLINIC),
    "deleteExternalIdentity": Row(May.IDENTITY_PROVIDERS_MANAGE, Whose.CLINIC, fresh=True),
}

CLIENT_STATES = (State.REFERRED, State.ACTIVE, State.DISCHARGED)
CLIENTS: Mapping[str, Row] = {
    "listClients": Row(May.CLIENTS_READ, Whose.CIRCLE, leaves_out=True),
    "searchClients": Row(May.CLIENTS_READ, Whose.CIRCLE, leaves_out=True),
    "createClient": Row(May.CLIENTS_WRITE, Whose.OWN_CLINIC),
    "upsertClient": Row(May.CLIENTS_WRITE, Whose.OWN_CLINIC),
    "getClient": Row(May.CLIENTS_READ, Whose.CIRCLE),
    "updateClient": Row(May.CLIENTS_WRITE, Whose.CIRCLE),
    "dischargeClient": Row(
        May.CLIENTS_WRITE, Whose.CIRCLE, (State.REFERRED, State.ACTIVE), "client_already_discharged"
    ),
    "listCareTeam": Row(May.CARE_TEAM_READ, Whose.CIRCLE),
    "addCareTeamMember": Row(May.CARE_TEAM_WRITE, Whose.CIRCLE),
    "getCareTeamMember": Row(May.CARE_TEAM_READ, Whose.CIRCLE),
    "updateCareTeamMember": Row(May.CARE_TEAM_WRITE, Whose.CIRCLE),
    "streamEvents": Row(May.EVENTS_READ, Whose.CIRCLE, leaves_out=True),
    "listAccessLog": Row(May.ACCESS_LOG_READ, Whose.CIRCLE),
    "listRequestsOfClient": Row(May.CLIENT_REQUESTS_READ, Whose.CIRCLE),
    "createClientRequest": Row(May.CLIENT_REQUESTS_WRITE, Whose.CIRCLE),
    "listDisclosures": Row(May.DISCLOSURES_READ, Whose.CIRCLE),
    "createDisclosure": Row(May.DISCLOSURES_WRITE, Whose.CIRCLE),
    "listTreatments": Row(May.TREATMENTS_READ, Whose.CIRCLE),
    "openTreatment": Row(May.TREATMENTS_WRITE, Whose.CIRCLE, (State.REFERRED, State.ACTIVE), "client_not_in_care"),
    "createSession": Row(May.SESSIONS_WRITE, Whose.NAMED),
    "openEmergencyAccess": Row(May.EMERGENCY_ACCESS_USE, Whose.OUTSIDE, fresh=True),
    "placeClientLegalHold": Row(May.RETENTION_MANAGE, Whose.CIRCLE),
    "listClientLegalHolds": Row(May.RETENTION_MANAGE, Whose.CIRCLE),
    "requestErasure": Row(May.ERASURES_REQUEST, Whose.CIRCLE, (State.DISCHARGED,), "client_still_in_care", fresh=True),
}

TREATMENT_STATES = (State.PLANNED, State.ACTIVE, State.COMPLETED, State.ENDED_EARLY)
TREATMENTS: Mapping[str, Row] = {
    "getTreatment": Row(May.TREATMENTS_READ, Whose.CIRCLE),
    "updateTreatment": Row(May.TREATMENTS_WRITE, Whose.CIRCLE),
    "replacePhases": Row(May.TREATMENTS_WRITE, Whose.CIRCLE),
    "startTreatment": Row(May.TREATMENTS_WRITE, Whose.CIRCLE, (State.PLANNED,), "treatment_status_fixed"),
    "completeTreatment": Row(May.TREATMENTS_WRITE, Whose.CIRCLE, (State.ACTIVE,), "treatment_status_fixed"),
    "endTreatment": Row(May.TREATMENTS_WRITE, Whose.CIRCLE, (State.PLANNED, State.ACTIVE), "treatment_status_fixed"),
    "listReviews": Row(May.TREATMENTS_READ, Whose.CIRCLE),
    "planReview": Row(May.TREATMENTS_WRITE, Whose.CIRCLE),
    "getReview": Row(May.TREATMENTS_READ, Whose.CIRCLE),
    "updateReview": Row(May.TREATMENTS_WRITE, Whose.CIRCLE),
    "listGoals": Row(May.GOALS_READ, Whose.CIRCLE),
    "getGoal": Row(May.GOALS_READ, Whose.CIRCLE),
    "updateGoal": Row(May.GOALS_WRITE, Whose.CIRCLE),
    "rateGoal": Row(May.GOALS_WRITE, Whose.CIRCLE),
    "getGoalSeries": Row(May.GOALS_READ, Whose.CIRCLE),
    "getTimeline": Row(May.TIMELINE_READ, Whose.CIRCLE),
    "drawTimeline": Row(May.TIMELINE_READ, Whose.CIRCLE),
    "getFailuresByMonth": Row(May.TIMELINE_READ, Whose.CIRCLE),
}

RATING_STATES = (State.VALID, State.WRONG)
RATINGS: Mapping[str, Row] = {
    "listGoalRatings": Row(May.GOALS_READ, Whose.CIRCLE),
    "getGoalRating": Row(May.GOALS_READ, Whose.CIRCLE),
    "markGoalRatingEnteredInError": Row(May.GOALS_WRITE, Whose.CIRCLE, (State.VALID,), "already_entered_in_error"),
}

SESSION_STATES = (State.SCHEDULED, State.HELD, State.CANCELLED, State.WITH_SIGNED_NOTE)
_FREE = (State.SCHEDULED, State.HELD, State.CANCELLED)
SESSIONS: Mapping[str, Row] = {
    "listSessions": Row(May.SESSIONS_READ, Whose.CIRCLE, leaves_out=True),
    "getSession": Row(May.SESSIONS_READ, Whose.CIRCLE),
    "updateSession": Row(May.SESSIONS_WRITE, Whose.CIRCLE, _FREE, "session_frozen"),
    "holdSession": Row(May.SESSIONS_WRITE, Whose.CIRCLE, (State.SCHEDULED,), "session_step_not_possible"),
    "cancelSession": Row(May.SESSIONS_WRITE, Whose.CIRCLE, (State.SCHEDULED,), "session_step_not_possible"),
    "listSessionNotes": Row(May.NOTES_READ, Whose.CIRCLE),
    "createNote": Row(May.NOTES_WRITE, Whose.CIRCLE, _FREE, "live_note_exists"),
    "saveReflection": Row(May.PRIVATE_NOTES_WRITE, Whose.CIRCLE),
    "createProcessNote": Row(May.PRIVATE_NOTES_WRITE, Whose.NAMED, (State.WITH_SIGNED_NOTE,), "chart_note_missing"),
}

NOTE_STATES = (
    State.DRAFT,
    State.PENDING,
    State.SIGNED,
    State.WRONG_DRAFT,
    State.WRONG_PENDING,
    State.WRONG_SIGNED,
)
_LIVE = (State.DRAFT, State.PENDING, State.SIGNED)
NOTES: Mapping[str, Row] = {
    "listNotes": Row(May.NOTES_READ, Whose.READERS, _LIVE, leaves_out=True),
    "getNote": Row(May.NOTES_READ, Whose.READERS),
    "updateNote": Row(May.NOTES_WRITE, Whose.AUTHOR, (State.DRAFT,), "note_not_draft"),
    "signNote": Row(May.NOTES_SIGN, Whose.AUTHOR, (State.DRAFT,), "note_not_draft"),
    "cosignNote": Row(May.NOTES_COSIGN, Whose.COSIGNER, (State.PENDING,), "not_pending_cosign"),
    "returnNote": Row(May.NOTES_COSIGN, Whose.COSIGNER, (State.PENDING,), "not_pending_cosign"),
    "markNoteEnteredInError": Row(May.NOTES_WRITE, Whose.SIGNERS, _LIVE, "note_already_in_error"),
    "listNoteAddenda": Row(May.NOTES_READ, Whose.READERS),
    "addNoteAddendum": Row(May.NOTES_SIGN, Whose.READERS, (State.SIGNED,), "note_not_signed"),
    "listNoteVersions": Row(May.NOTES_READ, Whose.READERS),
    "getNoteVersion": Row(May.NOTES_READ, Whose.AUTHOR_ALONE),
    "listNoteRegister": Row(May.NOTES_READ_FACTS, Whose.CIRCLE, _LIVE, leaves_out=True),
    "listMentalizingFailures": Row(May.NOTES_READ, Whose.READERS, _LIVE, leaves_out=True),
}

SIGNED_NOTE_STATES = (State.SIGNED, State.WRONG_SIGNED)
ADDENDA: Mapping[str, Row] = {"getNoteAddendum": Row(May.NOTES_READ, Whose.READERS)}

PRIVATE_NOTE_STATES = (State.PROCESS_NOTE, State.REFLECTION, State.SHOWN)
_REFLECTIONS = (State.REFLECTION, State.SHOWN)
PRIVATE_NOTES: Mapping[str, Row] = {
    "listPrivateNotes": Row(May.PRIVATE_NOTES_READ, Whose.AUTHOR_ALONE, leaves_out=True),
    "getPrivateNote": Row(May.PRIVATE_NOTES_READ, Whose.AUTHOR_ALONE),
    "updatePrivateNote": Row(May.PRIVATE_NOTES_WRITE, Whose.AUTHOR_ALONE),
    "deletePrivateNote": Row(May.PRIVATE_NOTES_WRITE, Whose.AUTHOR_ALONE),
    "showReflection": Row(May.PRIVATE_NOTES_WRITE, Whose.AUTHOR_ALONE, _REFLECTIONS, "process_note_not_shown"),
    "hideReflection": Row(May.PRIVATE_NOTES_WRITE, Whose.AUTHOR_ALONE, _REFLECTIONS, "process_note_not_shown"),
    "listShownReflections": Row(May.PRIVATE_NOTES_READ, Whose.SHOWN_TO, leaves_out=True),
    "getShownReflection": Row(May.PRIVATE_NOTES_READ, Whose.SHOWN_TO),
}

REFLECTIONS: Mapping[str, Row] = {"getReflection": Row(May.PRIVATE_NOTES_READ, Whose.AUTHOR_ALONE)}

CLIENT_REQUEST_STATES = (State.OPEN, State.EXTENDED, State.FULFILLED, State.DENIED, State.WITHDRAWN)
_UNANSWERED = (State.OPEN, State.EXTENDED)
_FIXED = "request_step_not_possible"
CLIENT_REQUESTS: Mapping[str, Row] = {
    "listClientRequests": Row(May.CLIENT_REQUESTS_READ, Whose.CIRCLE, leaves_out=True),
    "getClientRequest": Row(May.CLIENT_REQUESTS_READ, Whose.CIRCLE),
    "extendClientRequest": Row(May.CLIENT_REQUESTS_MANAGE, Whose.CIRCLE, (State.OPEN,), _FIXED),
    "fulfilClientRequest": Row(May.CLIENT_REQUESTS_MANAGE, Whose.CIRCLE, _UNANSWERED, _FIXED),
    "denyClientRequest": Row(May.CLIENT_REQUESTS_MANAGE, Whose.CIRCLE, _UNANSWERED, _FIXED),
    "withdrawClientRequest": Row(May.CLIENT_REQUESTS_MANAGE, Whose.CIRCLE, _UNANSWERED, _FIXED),
    "addDisagreement": Row(May.CLIENT_REQUESTS_WRITE, Whose.CIRCLE, (State.DENIED,), _FIXED),
}

DISCLOSURE_STATES = (State.VALID, State.WRONG)
DISCLOSURES: Mapping[str, Row] = {
    "getDisclosure": Row(May.DISCLOSURES_READ, Whose.CIRCLE),
    "markDisclosureEnteredInError": Row(
        May.DISCLOSURES_WRITE, Whose.CIRCLE, (State.VALID,), "disclosure_already_in_error"
    ),
}

EMERGENCY_ACCESS_STATES = (State.RUNNING, State.OVER, State.REVIEWED)
_UNREVIEWED = (State.RUNNING, State.OVER)
EMERGENCY_ACCESSES: Mapping[str, Row] = {
    "listEmergencyAccesses": Row(May.EMERGENCY_ACCESS_READ, Whose.OVERSEERS, leaves_out=True),
    "getEmergencyAccess": Row(May.EMERGENCY_ACCESS_READ, Whose.OVERSEERS),
    "endEmergencyAccess": Row(May.EMERGENCY_ACCESS_USE, Whose.AUTHOR_ALONE, (State.RUNNING,), "emergency_access_over"),
    "reviewEmergencyAccess": Row(
        May.EMERGENCY_ACCESS_REVIEW, Whose.REVIEWERS, _UNREVIEWED, "emergency_access_already_reviewed"
    ),
    "listNotices": Row(May.NOTICES_READ, Whose.RECIPIENT, leaves_out=True),
    "markNoticeSeen": Row(May.NOTICES_READ, Whose.RECIPIENT),
}

LEGAL_HOLD_STATES = (State.IN_FORCE, State.LIFTED)
LEGAL_HOLDS: Mapping[str, Row] = {
    "listLegalHolds": Row(May.RETENTION_MANAGE, Whose.CLINIC, leaves_out=True),
    "getLegalHold": Row(May.RETENTION_MANAGE, Whose.CLINIC),
    "liftLegalHold": Row(May.RETENTION_MANAGE, Whose.CLINIC, (State.IN_FORCE,), "legal_hold_lifted"),
}

ERASURE_STATES = (State.ASKED_FOR, State.WITHDRAWN, State.REFUSED, State.ERASED)
ERASURES: Mapping[str, Row] = {
    "listErasures": Row(May.ERASURES_READ, Whose.CLINIC, leaves_out=True),
    "getErasure": Row(May.ERASURES_READ, Whose.CLINIC),
    "withdrawErasure": Row(May.ERASURES_REQUEST, Whose.CLINIC, (State.ASKED_FOR,), "erasure_decided"),
    "refuseErasure": Row(May.ERASURES_APPROVE, Whose.ANOTHERS, (State.ASKED_FOR,), "erasure_decided"),
    "approveErasure": Row(May.ERASURES_APPROVE, Whose.ANOTHERS, (State.ASKED_FOR,), "erasure_decided", fresh=True),
    "getErasureCertificate": Row(May.ERASURES_READ, Whose.CLINIC, (State.ERASED,), "not_erased_yet"),
}

TABLES: tuple[tuple[Mapping[str, Row], tuple[State, ...]], ...] = (
    (GENERAL, NO_STATES),
    (SECOND_FACTORS, SECOND_FACTOR_STATES),
    (SECOND_FACTORS_OF_OTHERS, SECOND_FACTOR_STATES),
    (SERVICE_ACCOUNTS, SERVICE_ACCOUNT_STATES),
    (IDENTITY_PROVIDERS, NO_STATES),
    (CLIENTS, CLIENT_STATES),
    (TREATMENTS, TREATMENT_STATES),
    (RATINGS, RATING_STATES),
    (SESSIONS, SESSION_STATES),
    (NOTES, NOTE_STATES),
    (ADDENDA, SIGNED_NOTE_STATES),
    (PRIVATE_NOTES, PRIVATE_NOTE_STATES),
    (REFLECTIONS, _REFLECTIONS),
    (CLIENT_REQUESTS, CLIENT_REQUEST_STATES),
    (DISCLOSURES, DISCLOSURE_STATES),
    (EMERGENCY_ACCESSES, EMERGENCY_ACCESS_STATES),
    (LEGAL_HOLDS, LEGAL_HOLD_STATES),
    (ERASURES, ERASURE_STATES),
)
"""Every table with the states in which its things are tried."""

EXCEPTIONS: Mapping[tuple[str, Relation], Outcome] = {
    ("createNote", Relation.INTEGRATION): Outcome(403, "author_not_practitioner"),
}
"""What no row can say."""

MATRIX: Mapping[str, Row] = {name: row for table, _ in TABLES for name, row in table.items()}
PUBLIC = frozenset(name for name, row in MATRIX.items() if row.needs is Open.PUBLIC)
ANY_CALLER = frozenset(name for name, row in MATRIX.items() if row.needs in (Open.ANY_CALLER, Open.SIGNED_IN))
NEEDS: Mapping[str, May] = {name: row.needs for name, row in MATRIX.items() if isinstance(row.needs, May)}


def states_of(operation_id: str) -> tuple[State | None, ...]:
    """Return the states in which an operation can meet its thing; one None when it has no states."""
    return next(states or (None,) for table, states in TABLES if operation_id in table)


def outcome_of(operation_id: str, relation: Relation, state: State | None) -> Outcome:
    """Return what must be answered to someone in this relation, when the thing stands in this state.

    In this order: who are you (401), may you do such a thing at all (403), is it there for you (404), may you do it
    to this one (403), does its state allow it (409).
    """
    row = MATRIX[operation_id]
    return _at_the_door(operation_id, row, relation) or _at_the_record(row, relation, state)


def _at_the_door(operation_id: str, row: Row, relation: Relation) -> Outcome | None:
    if row.needs is Open.PUBLIC:
        return Outcome(200)
    if relation is Relation.NO_TOKEN:
        return Outcome(401, "unauthorized")
    if isinstance(row.needs, May) and row.needs not in relations.HOLDS[relation]:
        return Outcome(403, "permission_missing")
    if row.needs is Open.SIGNED_IN and relation in relations.NOT_SIGNED_IN:
        return Outcome(403, "not_signed_in_here")
    return EXCEPTIONS.get((operation_id, relation))


def _at_the_record(row: Row, relation: Relation, state: State | None) -> Outcome:
    is_found = relations.finds(row.whose, relation, state)
    is_possible = not row.only_in or state in row.only_in
    if row.leaves_out:
        return Outcome(200, is_listed=is_found and is_possible)
    if not is_found:
        return Outcome(422, "validation_failed") if row.whose is Whose.NAMED else Outcome(404, "not_found")
    if refusal := relations.refusal_of(row.whose, relation):
        return refusal
    return Outcome(200) if is_possible else Outcome(409, row.otherwise)
