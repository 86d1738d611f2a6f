"""A clinic in which somebody stands in every relation of the matrix to a thing in every state of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.access.identity import matrix
from app.access.identity.domain import GRANTABLE
from app.access.identity.relations import NOT_SIGNED_IN, Row, State
from app.access.identity.relations import Relation as R
from app.access.practitioners.domain import Role
from app.access.sign_in.second_factor import code_of
from app.core.ids import new_id
from tests.support.house import Api, House
from tests.support.programs import Form, program_of
from tests.support.world import AMENDMENT, DISCLOSURE, ERASURE, PROVIDER, PUBLIC_KEYS, SECTIONS, bodies_for
from tests.walks.places import WHERE

LONG_AGO, YESTERDAY, TODAY = "2026-01-01", "2026-03-01", "2026-03-02"
JUSTIFICATION = "Her therapist cannot be reached and she is not safe."


@dataclass
class Thing:
    """One thing in one state: the ids that lead to it, its versions, and what each operation sends."""

    ids: dict[str, str]
    versions: dict[str, int] = field(default_factory=dict)
    bodies: dict[str, Any] = field(default_factory=dict)
    shows: str = ""
    """What a list must hold to show it."""
    shows_notice: str = ""
    """What a list of notices must hold."""
    people: dict[R, Api] = field(default_factory=dict)
    """Who stands in a relation to this thing alone: under emergency access to its client or another, say."""


class Standing:
    """The people by relation, and the things of one table of the matrix by state."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.began = str(new_id())
        """What happens from here on is in the event stream."""
        self.people: dict[R, Api] = {}
        self.things: dict[State | None, Thing] = {}
        self.owners: dict[State | None, Api] = {}
        """Who has a second factor in this state."""

    def person(self, relation: R, thing: Thing) -> Api:
        """Return who stands in a relation to a thing."""
        return thing.people[relation] if relation in thing.people else self.people[relation]

    async def make(self, table: Mapping[str, Row]) -> None:
        """Make the things of a table."""
        for is_table, make in (
            (matrix.GENERAL, self._general),
            (matrix.SECOND_FACTORS, self._second_factors),
            (matrix.SECOND_FACTORS_OF_OTHERS, self._second_factors),
            (matrix.SERVICE_ACCOUNTS, self._service_accounts),
            (matrix.IDENTITY_PROVIDERS, self._identity_providers),
            (matrix.CLIENTS, self._clients),
            (matrix.TREATMENTS, self._treatments),
            (matrix.RATINGS, self._ratings),
            (matrix.SESSIONS, self._sessions),
            (matrix.NOTES, self._notes),
            (matrix.ADDENDA, self._notes),
            (matrix.PRIVATE_NOTES, self._private_notes),
            (matrix.REFLECTIONS, self._private_notes),
            (matrix.CLIENT_REQUESTS, self._client_requests),
            (matrix.DISCLOSURES, self._disclosures),
            (matrix.EMERGENCY_ACCESSES, self._emergency_accesses),
            (matrix.LEGAL_HOLDS, self._legal_holds),
            (matrix.ERASURES, self._erasures),
        ):
            if table is is_table:
                await make()
        if table is matrix.SECOND_FACTORS:  # one's own: whoever signed in is tried as the person who has it
            for state, owner in self.owners.items():
                self.things[state].people = dict.fromkeys(set(R) - NOT_SIGNED_IN - {R.NO_TOKEN}, owner)
        for thing in self.things.values():
            await self._finish(thing)

    async def hire(self) -> None:
        """Make the people."""
        self.clinic = clinic = await self.house.clinic()
        other = await self.house.clinic()
        self.admin = clinic["admin"]
        self.author = clinic["trainee"]
        self.people = {
            R.NO_TOKEN: self.house.anonymous,
            R.OTHER_CLINIC: other["therapist"],
            R.OTHER_CLINIC_ADMIN: other["admin"],
            R.UNRELATED: clinic["stranger"],
            R.FORMER_MEMBER: clinic["therapist"],
            R.FORMER_SUPERVISOR: await clinic.join("former", Role.SUPERVISOR),
            R.CARE_TEAM: await clinic.join("psychiatrist", Role.PSYCHIATRIST),
            R.DOCTOR: await clinic.join("doctor", Role.DOCTOR, supervisor="former"),
            R.TEAM_SUPERVISOR: await clinic.join("colleague", Role.SUPERVISOR),
            R.AUTHOR: self.author,
            R.SUPERVISOR: clinic["supervisor"],
            R.CLINIC_ADMIN: self.admin,
            R.PRIVACY_OFFICER: await clinic.join("officer", Role.PRIVACY_OFFICER),
            R.INTEGRATION: await self._program(),
        }
        self.newcomer = await clinic.join("newcomer")
        dates = {"supervised_from": LONG_AGO, "supervised_until": YESTERDAY}
        await self.admin.changed(f"/practitioners/{clinic['doctor'].id}", dates, version=1)
        self.elsewhere = await self._client()

    async def _program(self) -> Api:
        account = await self.admin.made("/service-accounts", {"name": "EHR", "scopes": sorted(GRANTABLE)})
        path = f"/service-accounts/{account['id']}/keys"
        key = await self.admin.made(path, {"expires_at": "2026-06-01T00:00:00Z"})
        return Api(self.house.client, key["secret"], account["id"])

    async def _client(self, by: Api | None = None, **facts: Any) -> str:
        """Add a client of the author's, or of someone else's, with everyone in her circle who belongs there."""
        first = by or self.author
        client = await first.made("/clients", {"given_name": "Robin", "family_name": f"X{new_id().hex}", **facts})
        for relation in {R.CARE_TEAM, R.DOCTOR, R.TEAM_SUPERVISOR, R.FORMER_MEMBER}:
            person = self.people[relation]
            if person is first:
                continue
            dates = {"starts_on": LONG_AGO, "ends_on": YESTERDAY} if relation is R.FORMER_MEMBER else {}
            member = {"practitioner_id": person.id, "care_role": "therapist", **dates}
            await first.made(f"/clients/{client['id']}/care-team", member)
        return str(client["id"])

    async def _finish(self, thing: Thing) -> None:
        """Read the versions as they stand now, write the bodies, and open emergency access."""
        ids = thing.ids
        client_id = ids.setdefault("client_id", self.elsewhere)
        ids.setdefault("practitioner_id", self.author.id)
        ids.setdefault("session_id", "")
        ids |= {"name": "trigger", "number": "1"}
        for name, path in WHERE.items():
            if ids.get(name):
                thing.versions[name] = await self._version(path.format(**ids))
        thing.bodies = self._bodies(ids) | thing.bodies
        if client_id == self.elsewhere:
            self.elsewhere = await self._client()
        for relation, to in ((R.EMERGENCY, client_id), (R.EMERGENCY_ELSEWHERE, self.elsewhere)):
            wanted = {"client_id": to, "reason_code": "acute_suicide_risk", "justification": JUSTIFICATION}
            access = await self.people[R.UNRELATED].made("/emergency-accesses", wanted)
            thing.people[relation] = Api(self.house.client, access["access_token"], self.people[R.UNRELATED].id)

    async def _version(self, path: str) -> int:
        """Read a version as somebody who sees the thing."""
        answers = [await person.get(path) for person in (self.admin, self.author)]
        return next(int(answer.json()["version"]) for answer in answers if answer.status_code == 200)

    def _bodies(self, ids: dict[str, str]) -> dict[str, Any]:
        bodies = bodies_for(ids)
        return bodies | {
            "addCareTeamMember": {"practitioner_id": self.newcomer.id, "care_role": "doctor"},
            "openTreatment": {"started_on": YESTERDAY, "lead_practitioner_id": self.author.id},
            "startTreatment": {"started_on": TODAY},
            "createSession": bodies["createSession"] | {"practitioner_ids": [self.author.id]},
            "openEmergencyAccess": {
                "client_id": ids["client_id"],
                "reason_code": "acute_suicide_risk",
                "justification": JUSTIFICATION,
            },
            "reviewEmergencyAccess": {"outcome": "justified"},
        }

    async def _general(self) -> None:
        entries = await self.admin.read("/audit-events?limit=1")
        login = {"login": f"someone.{new_id().hex}", "password": "a sentence nobody guesses"}
        await self.admin.made("/practitioners", {"display_name": "Someone", "roles": ["therapist"], **login})
        someone = await self.house.anonymous.made("/auth/sign-in", login)
        thing = Thing({"event_id": entries["data"][0]["id"]}, shows=self.author.id)
        program = await program_of(self.clinic)
        thing.bodies = {"signIn": login, "refreshSignIn": {"refresh_token": someone["refresh_token"]}}
        thing.bodies["createToken"] = Form(program.form())
        self.things = {None: thing}

    async def _second_factors(self) -> None:
        """Somebody with hers in each state."""
        for state in matrix.SECOND_FACTOR_STATES:
            person = await self.clinic.join(f"factor-{state.name.lower()}")
            thing = Thing({"practitioner_id": person.id})
            if state is not State.NO_FACTOR:
                start = await person.made("/auth/second-factor")
                code = {"code": code_of(start["secret"], self.house.clock())}
                thing.bodies["confirmSecondFactor"] = code
            if state is State.CONFIRMED:
                await person.made("/auth/second-factor/confirm", code)
            self.things[state] = thing
            self.owners[state] = person

    async def _service_accounts(self) -> None:
        for state in matrix.SERVICE_ACCOUNT_STATES:
            account = await self.admin.made("/service-accounts", {"name": "EHR", "scopes": ["clients:read"]})
            path = f"/service-accounts/{account['id']}"
            key = await self.admin.made(f"{path}/keys", {"expires_at": "2026-06-01T00:00:00Z"})
            await self.admin.put(f"{path}/jwks", {"jwks": PUBLIC_KEYS})
            if state is State.CLOSED:
                await self.admin.changed(path, {"is_active": False}, version=1)
            ids = {"service_account_id": account["id"], "key_id": key["id"]}
            self.things[state] = Thing(ids, shows=account["id"])

    async def _identity_providers(self) -> None:
        provider = await self.admin.made("/identity-providers", PROVIDER | {"issuer": "https://other.example"})
        wanted = {"practitioner_id": self.author.id, "subject": "a"}
        identity = await self.admin.made(f"/identity-providers/{provider['id']}/identities", wanted)
        ids = {"identity_provider_id": provider["id"], "identity_id": identity["id"]}
        bodies = {"createExternalIdentity": {"practitioner_id": self.newcomer.id, "subject": "b"}}
        self.things = {None: Thing(ids, bodies=bodies, shows=provider["id"])}

    async def _clients(self) -> None:
        for state in matrix.CLIENT_STATES:
            status = "referred" if state is State.REFERRED else "active"
            client_id = await self._client(status=status, preferred_name=state.title())
            if state is State.DISCHARGED:
                path = f"/clients/{client_id}/discharge"
                await self.author.changed(path, {"discharged_on": YESTERDAY}, version=1, method="POST")
            team = await self.author.read(f"/clients/{client_id}/care-team")
            thing = Thing({"client_id": client_id, "member_id": team["data"][0]["id"]}, shows=client_id)
            thing.bodies = {"searchClients": {"name": state.title()}}
            self.things[state] = thing

    async def _treatment(self, started_on: str) -> Thing:
        client_id = await self._client()
        treatment = await self.author.made(f"/clients/{client_id}/treatments", {"started_on": started_on})
        goals = await self.author.read(f"/treatments/{treatment['id']}/goals")
        reviews = treatment["reviews"]
        ids = {"treatment_id": treatment["id"], "review_id": reviews[0]["id"], "goal_id": goals["data"][0]["id"]}
        return Thing(ids | {"client_id": client_id}, shows=treatment["id"])

    async def _treatments(self) -> None:
        ends = {
            State.COMPLETED: ("complete", {}),
            State.ENDED_EARLY: ("end", {"end_reason": "client_choice"}),
        }
        for state in matrix.TREATMENT_STATES:
            thing = await self._treatment("2026-04-01" if state is State.PLANNED else "2026-01-12")
            if state in ends:
                step, body = ends[state]
                path = f"/treatments/{thing.ids['treatment_id']}/{step}"
                await self.author.changed(path, body, version=1, method="POST")
            self.things[state] = thing

    async def _ratings(self) -> None:
        for state in matrix.RATING_STATES:
            thing = await self._treatment("2026-01-12")
            wanted = {"value": 4, "rated_on": "2026-02-20", "rated_by": "client"}
            rating = await self.author.made(f"/goals/{thing.ids['goal_id']}/ratings", wanted)
            if state is State.WRONG:
                path = f"/goal-ratings/{rating['id']}/entered-in-error"
                await self.author.changed(path, {"reason": "Wrong."}, version=1, method="POST")
            thing.ids["rating_id"] = thing.shows = rating["id"]
            self.things[state] = thing

    async def _session(self, client_id: str, hour: int, status: str = "held") -> str:
        participant = {"client_id": client_id, **({"attendance": "attended"} if status == "held" else {})}
        wanted = bodies_for({"client_id": client_id, "practitioner_id": "", "session_id": ""})["createSession"]
        wanted |= {"starts_at": f"{YESTERDAY}T{hour:02}:00:00Z", "status": status, "participants": [participant]}
        return str((await self.author.made("/sessions", wanted))["id"])

    async def _note(self, session_id: str, client_id: str, *steps: tuple[Api, str, Any]) -> Any:
        failure = {"pattern": "hyperactivation"}
        wanted = {"client_id": client_id, "template": "mbt", "sections": SECTIONS, "mentalizing_failures": [failure]}
        note = await self.author.made(f"/sessions/{session_id}/notes", wanted)
        for person, step, body in steps:
            path = f"/notes/{note['id']}/{step}"
            note = await person.changed(path, body, version=note["version"], method="POST")
        return note

    @property
    def _signing(self) -> tuple[tuple[Api, str, Any], ...]:
        return ((self.author, "sign", {}), (self.people[R.SUPERVISOR], "cosign", None))

    async def _sessions(self) -> None:
        for hour, state in enumerate(matrix.SESSION_STATES):
            client_id = await self._client()
            is_held = state in (State.HELD, State.WITH_SIGNED_NOTE)
            session_id = await self._session(client_id, hour, "held" if is_held else "scheduled")
            if state is State.CANCELLED:
                path = f"/sessions/{session_id}/cancel"
                await self.author.changed(path, {"by": "client"}, version=1, method="POST")
            if state is State.WITH_SIGNED_NOTE:
                await self._note(session_id, client_id, *self._signing)
            self.things[state] = Thing({"client_id": client_id, "session_id": session_id}, shows=session_id)

    async def _notes(self) -> None:
        wrong = (self.author, "entered-in-error", {"reason": "Wrong client."})
        steps: dict[State, tuple[tuple[Api, str, Any], ...]] = {
            State.DRAFT: (),
            State.PENDING: self._signing[:1],
            State.SIGNED: self._signing,
            State.WRONG_DRAFT: (wrong,),
            State.WRONG_PENDING: (*self._signing[:1], wrong),
        }
        client_id = await self._client()
        for hour, state in enumerate(matrix.NOTE_STATES):
            session_id = await self._session(client_id, hour)
            note = await self._note(session_id, client_id, *steps.get(state, self._signing))
            thing = Thing({"client_id": client_id, "session_id": session_id, "note_id": note["id"]}, shows=note["id"])
            if state in matrix.SIGNED_NOTE_STATES:
                path, addendum = f"/notes/{note['id']}", {"kind": "addendum", "text": "More."}
                thing.ids["addendum_id"] = (await self.author.made(f"{path}/addenda", addendum))["id"]
            if state is State.WRONG_SIGNED:
                now = await self.author.read(path)
                await self.author.changed(f"{path}/{wrong[1]}", wrong[2], version=now["version"], method="POST")
            self.things[state] = thing

    async def _private_notes(self) -> None:
        for hour, state in enumerate(matrix.PRIVATE_NOTE_STATES):
            client_id = await self._client()
            session_id = await self._session(client_id, hour)
            await self._note(session_id, client_id, *self._signing)
            if state is State.PROCESS_NOTE:
                wanted = {"session_id": session_id, "client_id": client_id, "text": "What went on."}
                note = await self.author.made("/private-notes", wanted)
                change: dict[str, Any] = {"text": "What went on between us."}
            else:
                answers = {"own_contribution": "I had looked at the clock."}
                saved = await self.author.put(f"/sessions/{session_id}/reflection", answers)
                note, change = saved.json(), {"reflection": answers}
            if state is State.SHOWN:
                path = f"/private-notes/{note['id']}/show-to-supervisor"
                await self.author.changed(path, version=1, method="POST")
            ids = {"client_id": client_id, "session_id": session_id, "private_note_id": note["id"]}
            self.things[state] = Thing(ids, bodies={"updatePrivateNote": change}, shows=note["id"])

    async def _client_requests(self) -> None:
        steps: dict[State, tuple[str, str]] = {
            State.EXTENDED: ("extend", "extendClientRequest"),
            State.FULFILLED: ("fulfil", "fulfilClientRequest"),
            State.DENIED: ("deny", "denyClientRequest"),
            State.WITHDRAWN: ("withdraw", "withdrawClientRequest"),
        }
        for state in matrix.CLIENT_REQUEST_STATES:
            client_id = await self._client()
            request = await self.author.made(f"/clients/{client_id}/requests", AMENDMENT)
            if state in steps:
                step, operation_id = steps[state]
                body = self._bodies({"client_id": client_id, "practitioner_id": "", "session_id": ""})[operation_id]
                path = f"/client-requests/{request['id']}/{step}"
                await self.admin.changed(path, body, version=1, method="POST")
            self.things[state] = Thing(
                {"client_id": client_id, "client_request_id": request["id"]}, shows=request["id"]
            )

    async def _disclosures(self) -> None:
        for state in matrix.DISCLOSURE_STATES:
            client_id = await self._client()
            disclosure = await self.author.made(f"/clients/{client_id}/disclosures", DISCLOSURE)
            if state is State.WRONG:
                path = f"/disclosures/{disclosure['id']}/entered-in-error"
                await self.author.changed(path, {"reason": "Wrong."}, version=1, method="POST")
            self.things[state] = Thing({"client_id": client_id, "disclosure_id": disclosure["id"]})

    async def _emergency_accesses(self) -> None:
        supervisor = self.people[R.SUPERVISOR]
        for state in matrix.EMERGENCY_ACCESS_STATES:
            client_id = await self._client(by=self.people[R.CARE_TEAM])
            wanted = {"client_id": client_id, "reason_code": "safeguarding", "justification": JUSTIFICATION}
            access = await self.author.made("/emergency-accesses", wanted)
            path = f"/emergency-accesses/{access['id']}"
            if state is not State.RUNNING:
                await self.author.made(f"{path}/end")
            if state is State.REVIEWED:
                now = await supervisor.read(path)
                await supervisor.changed(
                    f"{path}/review", {"outcome": "justified"}, version=now["version"], method="POST"
                )
            notices = await supervisor.read("/notices?limit=100")
            notice = next(one for one in notices["data"] if one["about_id"] == access["id"])
            ids = {"client_id": client_id, "emergency_access_id": access["id"], "notice_id": notice["id"]}
            self.things[state] = Thing(ids, shows=access["id"], shows_notice=notice["id"])

    async def _legal_holds(self) -> None:
        for state in matrix.LEGAL_HOLD_STATES:
            client_id = await self._client()
            hold = await self.admin.made(f"/clients/{client_id}/legal-holds", {"reason": "A complaint is open."})
            if state is State.LIFTED:
                await self.admin.changed(f"/legal-holds/{hold['id']}/lift", version=1, method="POST")
            self.things[state] = Thing({"client_id": client_id, "legal_hold_id": hold["id"]}, shows=hold["id"])

    async def _erasures(self) -> None:
        officer = self.people[R.PRIVACY_OFFICER]
        steps: dict[State, tuple[Api, str, Any]] = {
            State.WITHDRAWN: (self.admin, "withdraw", None),
            State.REFUSED: (officer, "refuse", {}),
            State.ERASED: (officer, "approve", None),
        }
        for state in matrix.ERASURE_STATES:
            path = f"/clients/{await self._client()}"
            await self.author.changed(f"{path}/discharge", {"discharged_on": YESTERDAY}, version=1, method="POST")
            erasure = await self.admin.made(f"{path}/erasures", ERASURE)
            if state in steps:
                person, step, body = steps[state]
                await person.changed(f"/erasures/{erasure['id']}/{step}", body, version=1, method="POST")
            self.things[state] = Thing({"erasure_id": erasure["id"]}, shows=erasure["id"])
