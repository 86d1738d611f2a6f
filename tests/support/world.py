"""A small world with one of everything in it, so that the walking tests can visit every operation."""

from dataclasses import dataclass, field
from typing import Any

from app.core.ids import new_id
from tests.support.house import PASSWORD, Api, Clinic
from tests.support.programs import Form, content_of, ec_key, public

SECTIONS = [{"code": "mentalizing_process", "text": "Slowed down together and looked again."}]
PUBLIC_KEYS = public(ec_key())
PROVIDER = {"name": "Sign-in", "issuer": "https://login.example", "audience": "https://stance.example"}
AMENDMENT = {"kind": "amendment", "asked_by": "client", "details": "Wants the address put right."}
DISCLOSURE = {"purpose": "court_order", "recipient": "The county court", "description": "The dates of the sessions."}
TODAY = "2026-03-02"
ERASURE = {"reason_code": "client_request", "statement": "Request 4 of 2026, granted by the board."}
FAILURE = {"pattern": "hyperactivation", "signs": ["idealisation"], "where": "partner", "arousal": 7}


@dataclass
class World:
    """A clinic, the ids of what is in it by the names paths use, and the body each operation takes."""

    clinic: Clinic
    ids: dict[str, str] = field(default_factory=dict)
    bodies: dict[str, Any] = field(default_factory=dict)

    def path(self, template: str) -> str:
        """Fill a path with this world's ids, and with the query an operation cannot do without."""
        path = template.format(**self.ids)
        return f"{path}?system=urn:clinic:mrn&value=1" if path.endswith("/by-identifier") else path

    async def send(
        self, person: Api, method: str, template: str, operation_id: str, *, if_match: str | None = '"1"'
    ) -> Any:
        """Perform an operation as it should be performed, as this person."""
        headers = {} if if_match is None else {"If-Match": if_match}
        content = content_of(self.bodies.get(operation_id))
        return await person.request(method.upper(), self.path(template), headers=headers, **content)


async def one_of_everything(clinic: Clinic) -> World:
    """Let the therapist do a bit of everything, through the API."""
    world = await one_of_everything_shared(clinic)
    reflection = await world.send(
        clinic["therapist"], "put", "/v1/sessions/{session_id}/reflection", "saveReflection", if_match=None
    )
    world.ids["private_note_id"] = reflection.json()["id"]
    return world


async def one_of_everything_shared(clinic: Clinic) -> World:
    """Let the therapist do a bit of everything, but keep nothing to herself."""
    therapist, admin = clinic["therapist"], clinic["admin"]
    client = await therapist.made("/clients", {"given_name": "Robin", "family_name": "Example"})
    team = await therapist.read(f"/clients/{client['id']}/care-team")
    treatment = await therapist.made(f"/clients/{client['id']}/treatments", {"started_on": "2026-01-12"})
    reviews = await therapist.read(f"/treatments/{treatment['id']}/reviews")
    goals = await therapist.read(f"/treatments/{treatment['id']}/goals")
    rating = await therapist.made(
        f"/goals/{goals['data'][0]['id']}/ratings", {"value": 4, "rated_on": "2026-02-20", "rated_by": "client"}
    )
    session = await _session(therapist, client["id"], "2026-03-01T10:00:00Z")
    await _note(therapist, session["id"], client["id"])
    signed_session = await _session(therapist, client["id"], "2026-03-01T14:00:00Z")
    signed = await _note(therapist, signed_session["id"], client["id"])
    await therapist.changed(f"/notes/{signed['id']}/sign", {}, version=1, method="POST")
    addendum = await therapist.made(f"/notes/{signed['id']}/addenda", {"kind": "addendum", "text": "More."})
    request = await therapist.made(f"/clients/{client['id']}/requests", AMENDMENT)
    disclosure = await therapist.made(f"/clients/{client['id']}/disclosures", DISCLOSURE)
    account = await admin.made("/service-accounts", {"name": "EHR", "scopes": ["clients:read"]})
    key = await admin.made(f"/service-accounts/{account['id']}/keys", {"expires_at": "2026-06-01T00:00:00Z"})
    provider = await admin.made("/identity-providers", another_provider())
    known_as = {"practitioner_id": admin.id, "subject": "248289761001"}
    identity = await admin.made(f"/identity-providers/{provider['id']}/identities", known_as)
    entries = await admin.read("/audit-events?limit=1")
    access = await clinic["trainee"].made("/emergency-accesses", _emergency(client["id"]))
    erasure = await admin.made(f"/clients/{await discharged(therapist)}/erasures", ERASURE)
    hold = await admin.made(f"/clients/{client['id']}/legal-holds", {"reason": "A complaint is open."})
    notices = await clinic["supervisor"].read("/notices")
    world = World(clinic)
    world.ids = {
        "client_id": client["id"],
        "member_id": team["data"][0]["id"],
        "treatment_id": treatment["id"],
        "review_id": reviews["data"][0]["id"],
        "goal_id": goals["data"][0]["id"],
        "rating_id": rating["id"],
        "session_id": session["id"],
        "note_id": signed["id"],
        "addendum_id": addendum["id"],
        "private_note_id": str(new_id()),
        "client_request_id": request["id"],
        "disclosure_id": disclosure["id"],
        "number": "1",
        "practitioner_id": therapist.id,
        "service_account_id": account["id"],
        "key_id": key["id"],
        "identity_provider_id": provider["id"],
        "identity_id": identity["id"],
        "event_id": entries["data"][0]["id"],
        "emergency_access_id": access["id"],
        "notice_id": notices["data"][0]["id"],
        "legal_hold_id": hold["id"],
        "erasure_id": erasure["id"],
        "name": "trigger",
    }
    world.bodies = bodies_for(world.ids)
    return world


def another_provider() -> dict[str, str]:
    """Return an identity provider with an issuer of its own, since no two clinics may name the same."""
    return PROVIDER | {"issuer": f"https://{new_id().hex}.login.example"}


async def discharged(therapist: Api, on: str = TODAY, **facts: Any) -> str:
    """Add a client whose care ended on a day, and return her id."""
    client = await therapist.made("/clients", {"given_name": "Kim", "family_name": "Example", **facts})
    await therapist.changed(f"/clients/{client['id']}/discharge", {"discharged_on": on}, version=1, method="POST")
    return str(client["id"])


async def _session(therapist: Api, client_id: str, starts_at: str) -> Any:
    wanted = {
        "format": "individual",
        "delivery": "in_person",
        "kind": "therapy",
        "starts_at": starts_at,
        "duration_minutes": 50,
        "status": "held",
        "participants": [{"client_id": client_id, "attendance": "attended"}],
    }
    return await therapist.made("/sessions", wanted)


async def _note(therapist: Api, session_id: str, client_id: str) -> Any:
    wanted = {
        "client_id": client_id,
        "template": "mbt",
        "sections": SECTIONS,
        "mentalizing_failures": [FAILURE],
    }
    return await therapist.made(f"/sessions/{session_id}/notes", wanted)


def _emergency(client_id: str) -> dict[str, str]:
    justification = "The hospital phoned and asks for the crisis plan."
    return {"client_id": client_id, "reason_code": "medical_emergency", "justification": justification}


def bodies_for(ids: dict[str, str]) -> dict[str, Any]:
    """Return a valid body for every operation that takes one."""
    person = {"given_name": "Robin", "family_name": "Example"}
    attendance = [{"client_id": ids["client_id"], "attendance": "attended"}]
    return {
        "openEmergencyAccess": _emergency(ids["client_id"]),
        "reviewEmergencyAccess": {"outcome": "justified"},
        "requestErasure": ERASURE,
        "refuseErasure": {"comment": "The complaint is still open."},
        "placeClientLegalHold": {"reason": "A case is in court."},
        "placeClinicLegalHold": {"reason": "The regulator asks for every record of last year."},
        "signIn": {"login": "nobody.here", "password": "wrong"},
        "refreshSignIn": {"refresh_token": "stance_refresh_unknown"},
        "stepUp": {"password": PASSWORD},
        "confirmSecondFactor": {"code": "000000"},
        "changePassword": {"old_password": PASSWORD, "new_password": "another sentence that nobody guesses"},
        "resetPassword": {"new_password": "another sentence that nobody guesses"},
        "updateClinic": {"name": "Other"},
        "createPractitioner": {
            "display_name": "New",
            "roles": ["therapist"],
            "login": "new.person",
            "password": "a sentence nobody guesses",
        },
        "updatePractitioner": {"display_name": "Other"},
        "createServiceAccount": {"name": "EHR", "scopes": ["clients:read"]},
        "updateServiceAccount": {"name": "Other"},
        "createToken": Form({"grant_type": "client_credentials"}),
        "replaceKeySet": {"jwks": PUBLIC_KEYS},
        "createApiKey": {"expires_at": "2026-06-01T00:00:00Z"},
        "createIdentityProvider": another_provider(),
        "updateIdentityProvider": {"name": "Other"},
        "createExternalIdentity": {"practitioner_id": ids["practitioner_id"], "subject": "one"},
        "createClient": person,
        "searchClients": {"name": "rob"},
        "upsertClient": person,
        "updateClient": {"preferred_name": "Rob"},
        "dischargeClient": {"discharged_on": "2026-03-01"},
        "addCareTeamMember": {"practitioner_id": ids["practitioner_id"], "care_role": "doctor"},
        "updateCareTeamMember": {"care_role": "doctor"},
        "openTreatment": {"started_on": "2026-03-01"},
        "updateTreatment": {"setting": "online"},
        "replacePhases": {"phases": [{"kind": "middle", "starts_on": "2026-02-01", "ends_on": "2026-12-01"}]},
        "startTreatment": {},
        "completeTreatment": {},
        "endTreatment": {"end_reason": "client_choice"},
        "planReview": {"due_on": "2026-04-01"},
        "updateReview": {"status": "skipped"},
        "updateGoal": {"status": "active"},
        "rateGoal": {"value": 5, "rated_on": "2026-03-01", "rated_by": "therapist"},
        "markGoalRatingEnteredInError": {"reason": "Wrong goal."},
        "createSession": {
            "format": "individual",
            "delivery": "video",
            "kind": "therapy",
            "starts_at": "2026-03-01T18:00:00Z",
            "duration_minutes": 50,
            "status": "held",
            "participants": attendance,
        },
        "updateSession": {"duration_minutes": 60},
        "holdSession": {"participants": attendance},
        "cancelSession": {"by": "client"},
        "createNote": {"client_id": ids["client_id"], "template": "mbt"},
        "updateNote": {"sections": SECTIONS},
        "signNote": {},
        "cosignNote": {},
        "returnNote": {"comment": "Please say more about the plan."},
        "addNoteAddendum": {"kind": "addendum", "text": "One more thing."},
        "markNoteEnteredInError": {"reason": "Wrong client."},
        "createClientRequest": AMENDMENT,
        "extendClientRequest": {"reason": "The old address is on paper only."},
        "fulfilClientRequest": {"answer": "The address is put right."},
        "denyClientRequest": {"denial_reason": "accurate_and_complete", "answer": "It is the address you gave."},
        "withdrawClientRequest": {"comment": "It was right after all."},
        "addDisagreement": {"statement": "It is not the address I gave."},
        "createDisclosure": DISCLOSURE,
        "markDisclosureEnteredInError": {"reason": "Wrong client."},
        "saveReflection": {"own_contribution": "I had looked at the clock."},
        "createProcessNote": {"session_id": ids["session_id"], "client_id": ids["client_id"], "text": "What went on."},
        "updatePrivateNote": {"reflection": {"self_feeling_now": "Calmer."}},
    }
