"""One practitioner of the kill campaign: writes all kinds of things, and remembers what the service acknowledged."""

import asyncio
import random
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

MOST_CLIENTS = 12
MOST_SESSIONS = 20
"""Of one client. The caps keep the last check, which reads everything, short."""
_AGAIN = {429, 503, 507}


@dataclass
class Tally:
    """What a campaign saw. `wrongs` is empty when the service kept every promise."""

    engine: str
    kills: int = 0
    starts: list[float] = field(default_factory=list)
    acknowledged: Counter[str] = field(default_factory=Counter)
    in_flight: int = 0
    saved_unheard: int = 0
    checks: int = 0
    wrongs: list[str] = field(default_factory=list)
    audit: str = "not run"
    seconds: float = 0.0

    lived: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the server has acknowledged as many writes as this life was to have."""
    _death: int = 0

    def live_for(self, writes: int) -> None:
        self._death = self.acknowledged.total() + writes
        self.lived.clear()

    def acknowledge(self, kind: str) -> None:
        self.acknowledged[kind] += 1
        if self.acknowledged.total() >= self._death:
            self.lived.set()

    def wrong(self, what: str) -> None:
        self.wrongs.append(what)

    def expect(self, what: str, found: object, wanted: object) -> None:
        self.checks += 1
        if found != wanted:
            self.wrong(f"{what}: found {found}, acknowledged {wanted}")


@dataclass
class Note:
    """A note as last acknowledged: its text and its failures follow from `save`."""

    id: str
    save: int = 1
    version: int = 1
    status: str = "draft"
    addenda: set[str] = field(default_factory=set)


@dataclass
class Client:
    id: str
    given_name: str
    treatment: str | None = None
    goal: str | None = None
    ratings: dict[str, int] = field(default_factory=dict)
    sessions: dict[str, Note | None] = field(default_factory=dict)


@dataclass
class Step:
    """One write: repeated as it is until its outcome is known."""

    kind: str
    method: str
    path: str
    body: Any
    learn: Callable[[Any], None]
    key: str | None = None
    note: Note | None = None
    """The draft this step changes, for steps that name a version."""

    @property
    def headers(self) -> dict[str, str]:
        return {"Idempotency-Key": self.key} if self.key else {"If-Match": f'"{self.note.version if self.note else 0}"'}


def content_of(save: int) -> dict[str, Any]:
    """Return the body of one save: half of it could never be taken for a whole one."""
    failure = {"pattern": "hyperactivation", "signs": ["idealisation"], "where": "partner", "arousal": save % 11}
    return {
        "sections": [{"code": "mentalizing_process", "text": f"save {save} " + "and looked again " * (save % 40)}],
        "mentalizing_failures": [failure] * (save % 3 + 1),
        "felt_understood": save % 11,
    }


def save_in(note: Any) -> int | None:
    """Return which save an answer shows, or None when its parts are of different saves."""
    text = note["sections"][0]["text"]
    save = int(text.split()[1])
    wanted = content_of(save)
    arousals = [failure["arousal"] for failure in note["mentalizing_failures"]]
    whole = (
        text.strip() == wanted["sections"][0]["text"].strip()
        and arousals == [save % 11] * (save % 3 + 1)
        and note["felt_understood"] == save % 11
    )
    return save if whole else None


class Writer:
    """Sends one write at a time; what is on its way when the server dies stays in `in_flight`."""

    def __init__(self, number: int, token: str, seed: int, tally: Tally) -> None:
        self.number, self.tally = number, tally
        self.clients: list[Client] = []
        self.in_flight: Step | None = None
        self._touched: dict[str, Client] = {}
        self._touched_notes: set[str] = set()
        self._random = random.Random(f"{seed}/{number}")
        self._authorization = {"Authorization": f"Bearer {token}"}

    async def work(self, http: httpx.AsyncClient) -> None:
        """Write until the server is gone."""
        while True:
            try:
                step = self.in_flight = self.in_flight or await self._choose(http)
                answer = await self._send(http, step)
            except httpx.TransportError:
                return
            if answer.status_code in _AGAIN:
                await asyncio.sleep(0.05)
            elif answer.is_success:
                self._acknowledge(step, answer.json())
            else:
                self.tally.wrong(f"{step.kind} answered {answer.status_code}: {answer.json()['code']}")
                self.in_flight = None

    async def settle(self, http: httpx.AsyncClient) -> None:
        """After a restart: find out what became of the write on its way, by repeating it."""
        step = self.in_flight
        if step is None:
            return
        self.tally.in_flight += 1
        await (self._settle_change(http, step, step.note) if step.note else self._settle_creation(http, step))
        self.in_flight = None

    async def check(self, http: httpx.AsyncClient, *, everything: bool = False) -> None:
        """Read what was acknowledged since the last check, or all of it, and compare."""
        if everything:
            found = {client["id"] for client in await self._all(http, "/v1/clients")}
            self.tally.expect(f"clients of writer {self.number}", found, {client.id for client in self.clients})
        for client in self.clients if everything else self._touched.values():
            await self._check_client(http, client, everything=everything)
        self._touched.clear()
        self._touched_notes.clear()

    def _acknowledge(self, step: Step, answer: Any) -> None:
        step.learn(answer)
        if step.note or step.kind in ("note", "addendum"):
            self._touched_notes.add(answer["note_id"] if step.kind == "addendum" else answer["id"])
        self.in_flight = None
        self.tally.acknowledge(step.kind)

    async def _send(self, http: httpx.AsyncClient, step: Step) -> httpx.Response:
        return await http.request(
            step.method, f"/v1{step.path}", json=step.body, headers=self._authorization | step.headers
        )

    async def _repeat(self, http: httpx.AsyncClient, step: Step) -> httpx.Response:
        """Send a step until the service takes it: a busy moment is no loss."""
        answer = await self._send(http, step)
        while answer.status_code in _AGAIN:
            await asyncio.sleep(0.2)
            answer = await self._send(http, step)
        return answer

    async def _read(self, http: httpx.AsyncClient, path: str) -> Any:
        answer = await http.get(path, headers=self._authorization)
        while answer.status_code in _AGAIN:
            await asyncio.sleep(0.2)
            answer = await http.get(path, headers=self._authorization)
        if answer.status_code != httpx.codes.OK:
            self.tally.wrong(f"lost: {path.rsplit('/', 1)[0]} answered {answer.status_code}")
            return {"data": []}
        return answer.json()

    async def _all(self, http: httpx.AsyncClient, path: str) -> list[Any]:
        joint = "&" if "?" in path else "?"
        page = await self._read(http, f"{path}{joint}limit=100")
        rows = list(page["data"])
        while page.get("next_cursor"):
            page = await self._read(http, f"{path}{joint}limit=100&after={page['next_cursor']}")
            rows += page["data"]
        return rows

    async def _settle_creation(self, http: httpx.AsyncClient, step: Step) -> None:
        first, second = await self._repeat(http, step), await self._repeat(http, step)
        if not (first.is_success and second.is_success):
            self.tally.wrong(f"{step.kind} repeated answered {first.status_code}, {second.status_code}")
            return
        self.tally.saved_unheard += "Idempotency-Replayed" in first.headers
        self.tally.expect(f"{step.kind} repeated once more", second.json(), first.json())
        self.tally.expect("a repetition is a replay", second.headers.get("Idempotency-Replayed"), "true")
        self._acknowledge(step, first.json())

    async def _settle_change(self, http: httpx.AsyncClient, step: Step, note: Note) -> None:
        kept = await self._read(http, f"/v1/notes/{note.id}")
        again = await self._repeat(http, step)
        if kept.get("version") == note.version:
            self.tally.expect(f"{step.kind} repeated", again.status_code, 200)
            self._acknowledge(step, again.json())
        elif kept.get("version") == note.version + 1:
            self.tally.saved_unheard += 1
            # A signature made twice is refused for what it finds, a signed note, or for the version it names.
            refused = again.status_code in ((409, 412) if step.kind == "signature" else (412,))
            self.tally.expect(f"{step.kind} made twice is refused", refused, wanted=True)
            self._acknowledge(step, kept)
        else:
            self.tally.wrong(f"lost: a note of version {note.version} is at {kept.get('version')}")

    async def _check_client(self, http: httpx.AsyncClient, client: Client, *, everything: bool) -> None:
        expect, where = self.tally.expect, f"client of writer {self.number}"
        kept = await self._read(http, f"/v1/clients/{client.id}")
        expect(f"name of a {where}", kept.get("given_name"), client.given_name)
        sessions = {one["id"] for one in await self._all(http, f"/v1/sessions?client_id={client.id}")}
        expect(f"sessions of a {where}", sessions, set(client.sessions))
        if client.goal:
            ratings = {one["id"]: one["value"] for one in await self._all(http, f"/v1/goals/{client.goal}/ratings")}
            expect(f"ratings of a {where}", ratings, client.ratings)
        for session, note in client.sessions.items():
            if not everything and (note is None or note.id not in self._touched_notes):
                continue
            notes = [one["id"] for one in await self._all(http, f"/v1/sessions/{session}/notes")]
            expect(f"notes of a session of a {where}", notes, [note.id] if note else [])
            if note:
                await self._check_note(http, note)

    async def _check_note(self, http: httpx.AsyncClient, note: Note) -> None:
        kept = await self._read(http, f"/v1/notes/{note.id}")
        if "version" not in kept:
            return
        self.tally.expect(
            "version and status of a note", (kept["version"], kept["status"]), (note.version, note.status)
        )
        self.tally.expect("parts of a note (None: half written)", save_in(kept), note.save)
        if note.status == "signed":
            addenda = {one["id"] for one in await self._all(http, f"/v1/notes/{note.id}/addenda")}
            self.tally.expect("addenda of a note", addenda, note.addenda)

    async def _choose(self, http: httpx.AsyncClient) -> Step:
        """Pick what to write next: mostly into drafts, as people do."""
        client = self._random.choice(self.clients) if self.clients else None
        if client is None or (len(self.clients) < MOST_CLIENTS and self._random.random() < 0.05):
            return self._create_client()
        self._touched[client.id] = client
        if client.treatment is None:
            return self._open_treatment(client)
        if client.goal is None:
            client.goal = (await self._read(http, f"/v1/treatments/{client.treatment}/goals"))["data"][0]["id"]
        if self._random.random() < 0.1:
            return self._rate(client, client.goal)
        return self._write_up(client)

    def _write_up(self, client: Client) -> Step:
        """Pick among sessions, notes and what is added to them."""
        lot = self._random.random()
        bare = [session for session, note in client.sessions.items() if note is None]
        if bare:
            return self._create_note(client, bare[0])
        notes = [note for note in client.sessions.values() if note]
        if not notes or (len(client.sessions) < MOST_SESSIONS and lot < 0.15):
            return self._create_session(client)
        drafts = [note for note in notes if note.status == "draft"]
        if not drafts or lot > 0.88:
            signed = [note for note in notes if note.status == "signed"]
            return self._add_addendum(self._random.choice(signed)) if signed else self._sign(drafts[0])
        note = self._random.choice(drafts)
        return self._sign(note) if lot > 0.8 else self._save(note)

    def _creation(self, kind: str, path: str, body: Any, learn: Callable[[Any], None]) -> Step:
        return Step(kind, "POST", path, body, learn, key=str(uuid.UUID(int=self._random.getrandbits(128))))

    def _create_client(self) -> Step:
        name = f"Robin {len(self.clients)}"

        def learn(made: Any) -> None:
            self.clients.append(Client(made["id"], name))
            self._touched[made["id"]] = self.clients[-1]

        return self._creation("client", "/clients", {"given_name": name, "family_name": "Example"}, learn)

    def _open_treatment(self, client: Client) -> Step:
        def learn(made: Any) -> None:
            client.treatment = made["id"]

        return self._creation("treatment", f"/clients/{client.id}/treatments", {"started_on": "2026-01-12"}, learn)

    def _rate(self, client: Client, goal: str) -> Step:
        value = self._random.randrange(11)

        def learn(made: Any) -> None:
            client.ratings[made["id"]] = value

        return self._creation("rating", f"/goals/{goal}/ratings", {"value": value, "rated_by": "client"}, learn)

    def _create_session(self, client: Client) -> Step:
        starts_at = datetime.now(UTC) - timedelta(minutes=60 + self._random.randrange(600))
        body = {
            "format": "individual",
            "delivery": "in_person",
            "starts_at": starts_at.isoformat(timespec="seconds"),
            "duration_minutes": 50,
            "status": "held",
            "participants": [{"client_id": client.id, "attendance": "attended"}],
        }

        def learn(made: Any) -> None:
            client.sessions[made["id"]] = None

        return self._creation("session", "/sessions", body, learn)

    def _create_note(self, client: Client, session: str) -> Step:
        def learn(made: Any) -> None:
            client.sessions[session] = Note(made["id"])

        body = {"client_id": client.id, "template": "mbt", **content_of(1)}
        return self._creation("note", f"/sessions/{session}/notes", body, learn)

    def _add_addendum(self, note: Note) -> Step:
        def learn(made: Any) -> None:
            note.addenda.add(made["id"])
            note.version += 1

        body = {"kind": "addendum", "text": f"More, {len(note.addenda)}."}
        return self._creation("addendum", f"/notes/{note.id}/addenda", body, learn)

    def _save(self, note: Note) -> Step:
        save = note.save + 1

        def learn(kept: Any) -> None:
            note.version, note.save = kept["version"], save

        return Step("autosave", "PATCH", f"/notes/{note.id}", content_of(save), learn, note=note)

    def _sign(self, note: Note) -> Step:
        def learn(kept: Any) -> None:
            note.version, note.status = kept["version"], "signed"

        return Step("signature", "POST", f"/notes/{note.id}/sign", {}, learn, note=note)
