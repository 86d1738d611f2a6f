"""The canary: a random token in every private field, then every operation as everyone but the author.

Two clinics do the same things; in one of them a therapist also keeps private notes. No answer to anybody else may
hold a token, or differ from the other clinic's in anything but ids.
"""

import json
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, redirect_stderr
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from app.access.identity.domain import GRANTABLE
from app.access.practitioners.domain import Role
from app.core.database import sqlite_engine
from app.opening import master_key_of
from app.settings import Settings
from tests.core.test_encryption_at_rest import assert_unreadable, rows_of_postgresql, rows_of_sqlite
from tests.support.house import Api, Clinic, House, open_house
from tests.support.world import World, one_of_everything_shared
from tests.walks.test_every_operation import OPERATIONS

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CHANCE = re.compile(
    r'stance_[a-z]+_[\w-]+|\b[0-9a-f]{32,128}\b|(?<="next_cursor":")[\w-]+|(?<=after=)[\w-]+|(?<=retry: )\d+'
)
NOT_CRAWLED = {
    *("signIn", "refreshSignIn", "stepUp", "signOut", "signOutEverywhere", "getHealth", "getReadiness"),
    *("startSecondFactor", "confirmSecondFactor", "removeSecondFactor", "changePassword", "resetPassword"),
}
"""They take or end a credential, or know no clinic."""
ABOUT_THE_LOG = {"listAuditSeals", "getAuditEventProof"}
"""They are about the audit log as a whole, its length and its hashes, and it has an entry for every act."""
EVERYWHERE = (
    "/private-notes?kind=process",
    "/private-notes?client_id={client_id}",
    "/private-notes?session_id={session_id}",
    "/sessions/{session_id}/reflection?client_id={client_id}",
    "/sessions?client_id={client_id}",
    "/notes?session_id={session_id}",
    "/note-register?client_id={client_id}",
)
"""Reads with filters, beside the plain ones of the document."""

Answer = tuple[str, int, str, str | None]
"""Operation, status, body and ETag."""


@dataclass
class Scene:
    """One of the two clinics, with everyone who is not the author."""

    world: World
    others: dict[str, Api]
    names: dict[str, str] = field(default_factory=dict)
    """Ids by the order in which this clinic's answers first named them."""

    @property
    def author(self) -> Api:
        return self.world.clinic["therapist"]

    def plain(self, answer: Answer) -> tuple[int, str, str | None]:
        """Say an answer in words both clinics share: ids by their order, random values not at all.

        The whole audit log has a line for every act, and those about private notes name nobody.
        """
        operation, status, text, tag = answer
        if operation == "listAuditEventsAsFhir":
            text = "\n".join(line for line in text.splitlines() if '"private_note.' not in line)
        text = ID.sub(lambda found: self.names.setdefault(found[0], f"id{len(self.names)}"), text)
        return status, CHANCE.sub("*", text), tag


@asynccontextmanager
async def _house(settings: Settings, written: StringIO) -> AsyncIterator[House]:
    """Start the app with its log in `written`."""
    with redirect_stderr(written):
        async with open_house(settings) as house:
            yield house


async def _scene(clinic: Clinic) -> Scene:
    """Set a clinic up with a client whose therapist has a supervisor, colleagues, and an emergency."""
    world = await one_of_everything_shared(clinic)
    admin, therapist, stranger = clinic["admin"], clinic["therapist"], clinic["stranger"]
    client_id = world.ids["client_id"]
    supervised = {"supervisor_id": clinic["supervisor"].id}
    await admin.changed(f"/practitioners/{therapist.id}", supervised, version=1)
    joining = {"practitioner_id": stranger.id, "care_role": "co_therapist"}
    await therapist.made(f"/clients/{client_id}/care-team", joining)
    account = await admin.made("/service-accounts", {"name": "EHR", "scopes": sorted(GRANTABLE)})
    key = await admin.made(f"/service-accounts/{account['id']}/keys", {"expires_at": "2026-06-01T00:00:00Z"})
    outsider = await clinic.join("outsider")
    emergency = {
        "client_id": client_id,
        "reason_code": "acute_suicide_risk",
        "justification": "On call tonight, and the client is not to be reached.",
    }
    opened = await outsider.made("/emergency-accesses", emergency)
    note = await therapist.read(f"/notes/{world.ids['note_id']}")
    world.ids["signed_session_id"] = note["session_id"]
    world.bodies["createPractitioner"]["login"] = secrets.token_hex(16)  # no two clinics share one
    http = clinic.house.client
    others = {
        "colleague": stranger,
        "supervisor": clinic["supervisor"],
        "admin": admin,
        "officer": await clinic.join("officer", Role.PRIVACY_OFFICER),
        "program": Api(http, key["secret"]),
        "emergency": Api(http, opened["access_token"]),
    }
    return Scene(world, others)


async def _keep_private_notes(scene: Scene) -> list[str]:
    """Write a token into every private field, in notes that stay, change, are shown for a while, or go; return them."""
    author, ids = scene.author, scene.world.ids
    tokens: list[str] = []

    def token() -> str:
        tokens.append(f"canary{secrets.token_hex(12)}")
        return tokens[-1]

    def answers() -> dict[str, str]:
        return {name: token() for name in ("self_feeling_now", "client_behaviour_why", "own_contribution")}

    path = f"/sessions/{ids['session_id']}/reflection"
    reflection = (await author.put(path, answers())).json()
    await author.changed(path, answers(), version=1, method="PUT")
    own = f"/private-notes/{reflection['id']}"
    await author.changed(own, {"reflection": answers()}, version=2)
    await author.changed(f"{own}/show-to-supervisor", version=3, method="POST")
    await scene.others["supervisor"].read(f"/shown-reflections/{reflection['id']}")
    await author.changed(f"{own}/hide-from-supervisor", version=4, method="POST")
    wanted = {"session_id": ids["session_id"], "client_id": ids["client_id"], "text": token()}
    process = await author.made("/private-notes", wanted, headers={"Idempotency-Key": "kept-by-nobody"})
    await author.changed(f"/private-notes/{process['id']}", {"text": token()}, version=1)
    gone = (await author.put(f"/sessions/{ids['signed_session_id']}/reflection", answers())).json()
    assert (await author.change(f"/private-notes/{gone['id']}", version=1, method="DELETE")).status_code == 204
    refused = [
        await author.put(path, {"self_feeling_now": token(), token(): token()}),
        await author.post("/private-notes", {**wanted, "text": token()}),
        await author.change(own, {"text": token()}, version=5),
    ]
    assert [answer.status_code for answer in refused] == [422, 409, 422]
    ids["private_note_id"] = process["id"]
    return tokens


async def _crawl(scene: Scene, person: Api) -> list[Answer]:
    """Perform every operation, reads first, and return what came back."""
    world, seen = scene.world, []
    operations = sorted(OPERATIONS, key=lambda operation: operation[1] != "get")
    for name, method, path in operations:
        if name not in NOT_CRAWLED:
            answer = await world.send(person, method, path, name)
            seen.append((name, answer.status_code, answer.text, answer.headers.get("ETag")))
    for template in EVERYWHERE:
        answer = await person.get(template.format(**world.ids))
        seen.append((template, answer.status_code, answer.text, answer.headers.get("ETag")))
    return seen


async def _log(person: Api, path: str) -> list[Any]:
    """Read all pages of a log."""
    entries, after = [], ""
    while True:
        page = await person.read(f"{path}?limit=100{after}")
        entries += page["data"]
        if not page["has_more"]:
            return entries
        after = f"&after={page['next_cursor']}"


async def _tables(settings: Settings) -> dict[str, bytes]:
    if not settings.is_sqlite:
        return await rows_of_postgresql(settings)
    engine = sqlite_engine(settings.database_url, master_key_of(settings).derive("database file"), pool_size=1)
    tables = rows_of_sqlite(engine)
    engine.dispose()
    return tables


async def test_no_output_tells_of_a_private_note(settings: Settings) -> None:
    written = StringIO()
    async with _house(settings, written) as house:
        bare, marked = await _scene(await house.clinic()), await _scene(await house.clinic())
        tokens = await _keep_private_notes(marked)
        assert len(tokens) == 19
        for name in bare.others:
            expected, found = await _crawl(bare, bare.others[name]), await _crawl(marked, marked.others[name])
            told = {operation for operation, _, body, _ in found if any(token in body for token in tokens)}
            assert not told, f"as {name}"
            both = [(one[0], bare.plain(one), marked.plain(other)) for one, other in zip(expected, found, strict=True)]
            differing = {operation for operation, here, there in both if here != there}
            assert not differing - ABOUT_THE_LOG, f"as {name}"
        await _check_logs_of_access(bare, marked, tokens)
        own = json.dumps(await _crawl(marked, marked.author))
        assert sum(token in own for token in tokens) == 4, (
            "the author finds what she last wrote, so the crawl would too"
        )
        await _check_storage(settings, tokens)
    assert written.getvalue().count('"event":"request"') > len(OPERATIONS) * 12
    assert_unreadable("the log", written.getvalue().encode(), tokens)


async def _check_storage(settings: Settings, tokens: list[str]) -> None:
    """Search every table, those of idempotency keys and of the log too, and on SQLite the files."""
    for table, rows in (await _tables(settings)).items():
        assert_unreadable(table, rows, tokens)
    if settings.is_sqlite:
        path = Path(str(make_url(settings.database_url).database))
        for one in path.parent.glob(f"{path.name}*"):
            assert_unreadable(one.name, one.read_bytes(), tokens)


async def _check_logs_of_access(bare: Scene, marked: Scene, tokens: list[str]) -> None:
    """The client's access log is the same to the entry; the audit log has entries, which name nobody."""
    logs = []
    for scene in (bare, marked):
        client_id = scene.world.ids["client_id"]
        accesses = await _log(scene.others["admin"], f"/clients/{client_id}/access-log")
        entries = await _log(scene.others["admin"], "/audit-events")
        private = [entry for entry in entries if entry["type"].startswith("private_note.")]
        assert not any(entry["client_ids"] or entry["details"] for entry in private)
        own = [entry for entry in private if entry["actor_id"] == scene.author.id]
        shared = [entry for entry in entries if entry not in private]
        logs.append(([_act(entry) for entry in accesses], [_act(entry) for entry in shared], len(own)))
        assert not any(token in json.dumps([accesses, entries]) for token in tokens)
        assert "private_note" not in json.dumps(accesses)
    (accesses, shared, own_bare), (accesses_here, shared_here, own_here) = logs
    assert accesses_here == accesses
    assert shared_here == shared
    assert (own_bare, own_here) == (0, 9), "each act of the author is in the audit log"


def _act(entry: dict[str, Any]) -> tuple[str, str, int, list[str]]:
    return entry["type"], entry["action"], len(entry["client_ids"]), sorted(entry["details"])
