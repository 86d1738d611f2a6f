"""A stage for code samples: a clinic behind a real port, where each sample meets what it is about.

The address a sample is given says which sample it is. So the stage knows what the service answered to it, whatever the
language, and can turn the clock to the day its example speaks of. Nothing is kept: every sample meets the same world.
"""

import asyncio
import functools
import re
import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import uvicorn
from starlette.types import Message, Receive, Scope, Send

from app.access.identity.matrix import ANY_CALLER, PUBLIC
from app.access.practitioners.domain import Role
from app.access.sign_in.second_factor import code_of
from app.core.ids import new_id
from app.core.openapi_samples import WORD, example_path
from app.http_protocol import PunctualHttp
from app.settings import Settings
from tests.support.house import PASSWORD, START, Api, Clock, House, open_house
from tests.support.programs import program_of
from tests.support.world import AMENDMENT, ERASURE, SECTIONS, discharged, one_of_everything
from tests.walks.test_every_operation import DOCUMENT, performer
from tests.walks.test_matrix import nothing_kept

DAYS = {
    "dischargeClient": datetime(2027, 9, 1, 17, tzinfo=UTC),
    "completeTreatment": datetime(2027, 9, 1, 17, tzinfo=UTC),
    "createClientRequest": datetime(2026, 5, 4, 17, tzinfo=UTC),
    "createDisclosure": datetime(2026, 5, 12, 17, tzinfo=UTC),
    "updateReview": datetime(2026, 6, 2, 17, tzinfo=UTC),
}
"""When examples happen that speak of a day after the clinic's first."""
PERSON = {"given_name": "Robin", "family_name": "Example"}
ABOUT_A_COMING_SESSION = ("updateSession", "holdSession", "cancelSession", "createNote", "saveReflection")
ABOUT_THE_TRAINEE = ("cosignNote", "returnNote", "showReflection", "hideReflection", "getShownReflection")
BY_SUPERVISORS = (
    *("cosignNote", "returnNote", "listShownReflections", "getShownReflection", "reviewEmergencyAccess"),
    *("listNotices", "markNoticeSeen"),
)
STREAM_SECONDS = 0.3
"""How long somebody listens to a live stream here."""
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_IF_MATCH = re.compile(r"(If-Match\W+)\d+")


@dataclass(frozen=True)
class Sample:
    """One sample, with the ids of what it is run on in place of the example's, and who runs it."""

    operation_id: str
    language: str
    source: str
    token: str
    statuses: frozenset[int]
    """What the document says of success."""


class Stage:
    """The service on a port, as the samples meet it."""

    def __init__(self, house: House, port: int) -> None:
        self.house, self.port = house, port
        self.answers: defaultdict[str, list[int]] = defaultdict(list)
        """What the service answered, by sample."""
        self._versions: dict[str, int] = {}

    def address(self, sample: Sample) -> str:
        """Return the base URL for one sample."""
        return f"http://127.0.0.1:{self.port}/{sample.language}/{sample.operation_id}"

    def failures(self, sample: Sample) -> list[str]:
        """Say what is wrong with what the service answered."""
        name = f"{sample.language}/{sample.operation_id}"
        answers = self.answers[name]
        is_right = len(answers) == 1 and sample.statuses.issuperset(answers)
        return [] if is_right else [f"{name}: {answers}, not one of {set(sample.statuses)}\n{sample.source}"]

    async def furnish(self) -> None:
        """Make one of everything, and besides it the things in another state that some operations ask for."""
        clinic = await self.house.clinic()
        self.world = await one_of_everything(clinic)
        self.clinic = clinic
        therapist, trainee, supervisor = (clinic[name] for name in ("therapist", "trainee", "supervisor"))
        newcomer = await therapist.made("/clients", PERSON)
        waiting = await therapist.made("/clients", PERSON)
        planned = await therapist.made(f"/clients/{waiting['id']}/treatments", {"started_on": "2026-04-01"})
        coming = await therapist.made("/sessions", self._session(self.world.ids["client_id"]))
        drafts = await therapist.read("/notes?status=draft")
        unsigned = await self._unsigned_note(trainee)
        denied = await self._denied_request()
        signed = await therapist.read(f"/notes/{self.world.ids['note_id']}")
        # The first picture loads fonts, which on a busy machine takes longer than a sample waits.
        await therapist.get(f"/treatments/{self.world.ids['treatment_id']}/timeline.svg")
        login = {"login": f"someone.{new_id().hex}", "password": PASSWORD}
        await clinic["admin"].made("/practitioners", {"display_name": "Someone", "roles": ["therapist"], **login})
        pair = await self.house.anonymous.made("/auth/sign-in", login)
        starter, owner = [await clinic.join(name) for name in ("starter", "owner")]
        codes = {}
        for person in (starter, owner):
            start = await person.made("/auth/second-factor")
            codes[person.id] = {"code": code_of(start["secret"], START)}
        await owner.made("/auth/second-factor/confirm", codes[owner.id])
        program = await program_of(clinic)
        officer = await clinic.join("officer", Role.PRIVACY_OFFICER)
        erased = await self._erased_client(officer)
        self.world.ids |= {"supervisor_id": supervisor.id, "practitioner_id": clinic["stranger"].id}
        self.people = {
            **dict.fromkeys(BY_SUPERVISORS, supervisor),
            **dict.fromkeys(("showReflection", "hideReflection"), trainee),
            "openEmergencyAccess": clinic["stranger"],
            "endEmergencyAccess": trainee,
            "confirmSecondFactor": starter,
            "removeSecondFactor": owner,
            **dict.fromkeys(("refuseErasure", "approveErasure"), officer),
        }
        self.props = {
            "signIn": login,
            "refreshSignIn": {"refresh_token": pair["refresh_token"]},
            "stepUp": {"password": PASSWORD},
            "confirmSecondFactor": codes[starter.id],
            "resetSecondFactor": {"practitioner_id": owner.id},
            "openTreatment": {"client_id": newcomer["id"]},
            "dischargeClient": {"client_id": newcomer["id"]},
            "addDisagreement": denied,
            "getKeySet": {"service_account_id": program.id},
            "createToken": program.form(),
            "createExternalIdentity": {"subject": "248289761002"},
            "requestErasure": {"client_id": await discharged(therapist)},
            "getErasureCertificate": erased,
            "startTreatment": {"treatment_id": planned["id"]},
            "updateNote": {"note_id": drafts["data"][0]["id"]},
            "signNote": {"note_id": drafts["data"][0]["id"]},
            "createProcessNote": {"session_id": signed["session_id"]},
            **{name: {"session_id": coming["id"]} for name in ABOUT_A_COMING_SESSION},
            **dict.fromkeys(ABOUT_THE_TRAINEE, unsigned),
        }

    async def _denied_request(self) -> dict[str, str]:
        """Let the admin deny an amendment, with which a client may then disagree."""
        client_id = self.world.ids["client_id"]
        request = await self.clinic["therapist"].made(f"/clients/{client_id}/requests", AMENDMENT)
        path = f"/client-requests/{request['id']}/deny"
        await self.clinic["admin"].changed(path, self.world.bodies["denyClientRequest"], version=1, method="POST")
        return {"client_request_id": request["id"]}

    async def _erased_client(self, officer: Api) -> dict[str, str]:
        """Let the admin ask for an erasure and the privacy officer approve it."""
        client_id = await discharged(self.clinic["therapist"])
        erasure = await self.clinic["admin"].made(f"/clients/{client_id}/erasures", ERASURE)
        await officer.changed(f"/erasures/{erasure['id']}/approve", version=1, method="POST")
        return {"erasure_id": erasure["id"]}

    async def _unsigned_note(self, trainee: Api) -> dict[str, str]:
        """Let a supervised therapist sign a note, which then waits for her supervisor, and show her a reflection."""
        client = await trainee.made("/clients", PERSON)
        session = await trainee.made("/sessions", self._session(client["id"]))
        wanted = {"client_id": client["id"], "template": "mbt", "sections": SECTIONS}
        note = await trainee.made(f"/sessions/{session['id']}/notes", wanted)
        await trainee.changed(f"/notes/{note['id']}/sign", {}, version=1, method="POST")
        reflection = await trainee.put(f"/sessions/{session['id']}/reflection", {"own_contribution": "I was late."})
        path = f"/private-notes/{reflection.json()['id']}/show-to-supervisor"
        await trainee.changed(path, version=1, method="POST")
        return {"note_id": note["id"], "private_note_id": reflection.json()["id"]}

    def _session(self, client_id: str) -> dict[str, Any]:
        wanted: dict[str, Any] = self.world.bodies["createSession"]
        return wanted | {"status": "scheduled", "participants": [{"client_id": client_id}]}

    async def samples(self, language: str) -> AsyncIterator[Sample]:
        """Return the samples of one language, ready to be run."""
        for path, item in DOCUMENT["paths"].items():
            for operation in item.values():
                name = operation["operationId"]
                person = self._person(name)
                statuses = frozenset(int(status) for status in operation["responses"] if status.startswith("2"))
                (source,) = (sample["source"] for sample in operation[WORD] if sample["lang"] == language)
                source = await self._staged(source, path, operation, person)
                yield Sample(name, language, source, person.token or "", statuses)

    def _person(self, name: str) -> Api:
        if name in self.people:
            return self.people[name]
        return self.clinic["therapist"] if name in PUBLIC | ANY_CALLER else performer(self.world, name)

    async def _staged(self, source: str, path: str, operation: Mapping[str, Any], person: Api) -> str:
        """Put the ids and the version of what is on the stage where the sample has those of the example."""
        props = self.props.get(operation["operationId"], {})
        ids = self.world.ids | props
        shown = example_path(DOCUMENT, path)
        assert shown in source, operation["operationId"]
        source = source.replace(shown, path.format(**ids))
        (media,) = operation.get("requestBody", {}).get("content", {"": {}}).values()
        body = media.get("example")
        for key, value in _entries(body):
            if isinstance(value, str) and (_UUID.fullmatch(value) or key in props):
                source = source.replace(value, ids[key])
        if not _IF_MATCH.search(source):
            return source
        while "get" not in DOCUMENT["paths"].get(path, {}):
            path = path.rpartition("/")[0]
        path = path.format(**ids)
        if path not in self._versions:
            self._versions[path] = (await person.read(path))["version"]
        return _IF_MATCH.sub(rf"\g<1>{self._versions[path]}", source)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Perform a request on its day, note what was answered, and leave a live stream after a moment."""
        _, language, name, path = scope["path"].split("/", 3)
        self.house.clock.now = DAYS.get(name, START)
        left = asyncio.Event()

        async def hear() -> Message:
            heard = [asyncio.ensure_future(what) for what in (receive(), left.wait())]
            await asyncio.wait(heard, return_when=asyncio.FIRST_COMPLETED)
            for future in heard:
                future.cancel()
            return {"type": "http.disconnect"} if left.is_set() else cast("Message", heard[0].result())

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.answers[f"{language}/{name}"].append(message["status"])
                if dict(message["headers"]).get(b"content-type", b"").startswith(b"text/event-stream"):
                    asyncio.get_running_loop().call_later(STREAM_SECONDS, left.set)
            if not left.is_set():
                await send(message)

        prefix = len(f"/{language}/{name}")
        inner = {**scope, "path": f"/{path}", "raw_path": scope["raw_path"][prefix:]}
        await self.house.app(inner, hear, answer)
        if left.is_set():
            await send({"type": "http.response.body", "body": b"", "more_body": False})


@asynccontextmanager
async def staged(settings: Settings) -> AsyncIterator[Stage]:
    """Furnish a stage in a migrated database and serve it until the block ends."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        hosts = {"allowed_hosts": ("stance.test", "127.0.0.1")}
        async with open_house(settings.model_copy(update=hosts), Clock()) as house:
            stage = Stage(house, listening.getsockname()[1])
            await stage.furnish()
            protocol = cast("Any", functools.partial(PunctualHttp, request_seconds=settings.request_seconds))
            server = uvicorn.Server(uvicorn.Config(stage, http=protocol, lifespan="off", log_config=None, ws="none"))
            with nothing_kept(house):
                serving = asyncio.create_task(server.serve([listening]))
                yield stage
                server.should_exit = True
                await serving


def _entries(value: Any) -> Iterator[tuple[str, Any]]:
    """Walk the named values of a body."""
    for key, entry in value.items() if isinstance(value, dict) else ():
        yield key, entry
        yield from _entries(entry)
    for entry in value if isinstance(value, list) else ():
        yield from _entries(entry)
