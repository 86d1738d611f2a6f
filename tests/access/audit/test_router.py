"""Seals and proofs over the wire, the newer filters, and the plan of "who saw this client"."""

import itertools
import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.dialects import postgresql, sqlite

from app.access.audit import queries, sealing
from app.access.audit.models import AuditEvent, AuditSubject
from app.core.ids import new_id
from tests.access.audit.conftest import Seal
from tests.support.house import START, Clinic
from tests.support.owner import ask

ROBIN = {"given_name": "Robin", "family_name": "Example"}


async def newest(clinic: Clinic, query: str = "") -> dict[str, Any]:
    page = await clinic["admin"].read(f"/audit-events?limit=1&{query}")
    entry: dict[str, Any] = page["data"][0]
    return entry


async def test_a_proof_leads_from_the_entry_to_its_signed_seal(quiet: Clinic, seal: Seal):
    for _ in range(3):
        await quiet["therapist"].made("/clients", ROBIN)
    entry = await newest(quiet, "type=client.created")
    waiting = await quiet["admin"].read(f"/audit-events/{entry['id']}/proof")
    assert (waiting["seal"], waiting["position"], waiting["path"]) == (None, None, [])
    await seal()
    proof = await quiet["admin"].read(f"/audit-events/{entry['id']}/proof")
    assert json.loads(proof["document"])["id"] == entry["id"]
    found = proof["seal"]
    path = [bytes.fromhex(step) for step in proof["path"]]
    leaf = sealing.leaf_of(proof["document"])
    assert sealing.root_from(leaf, proof["position"], found["count"], path).hex() == found["root"]
    key, digest, signature = (bytes.fromhex(found[name]) for name in ("public_key", "hash", "signature"))
    assert sealing.is_signed(key, digest, signature)
    assert (await newest(quiet, "type=audit.proof_viewed"))["entity_id"] == entry["id"]


async def test_an_unknown_or_foreign_entry_has_no_proof(quiet: Clinic):
    other = await quiet.house.clinic()
    foreign = await newest(other)
    for event_id in (new_id(), foreign["id"]):
        assert (await quiet["admin"].get(f"/audit-events/{event_id}/proof")).status_code == 404


async def test_seals_are_listed_newest_first_and_form_a_chain(quiet: Clinic, seal: Seal):
    for _ in range(3):
        await quiet["therapist"].made("/clients", ROBIN)
        await seal()
    first = await quiet["admin"].read("/audit-seals?limit=2")
    assert first["has_more"]
    rest = await quiet["admin"].read(f"/audit-seals?after={first['next_cursor']}")
    seals = first["data"] + rest["data"]
    assert [one["number"] for one in seals] == list(range(len(seals), 0, -1))
    for later, earlier in itertools.pairwise(seals):
        assert later["previous_hash"] == earlier["hash"]
    assert (await quiet["therapist"].get("/audit-seals")).status_code == 403


async def test_entries_are_found_by_action_request_and_kind_of_actor(clinic: Clinic):
    request_id = str(new_id())
    await clinic["therapist"].made("/clients", ROBIN, headers={"X-Request-Id": request_id})
    for query, types in (
        (f"request_id={request_id}", {"client.created", "care_team.joined"}),
        (f"request_id={request_id}&action=read", set()),
        ("actor_kind=service_account", set()),
        ("actor_kind=practitioner&action=create", {"client.created", "care_team.joined"}),
    ):
        page = await clinic["admin"].read(f"/audit-events?{query}")
        assert {entry["type"] for entry in page["data"]} == types, query
    assert "clinic.created" in {
        entry["type"] for entry in (await clinic["admin"].read("/audit-events?actor_kind=operator"))["data"]
    }
    wrong = await clinic["admin"].get("/audit-events?action=look&actor_kind=ghost&request_id=x")
    assert {error["pointer"] for error in wrong.json()["errors"]} == {"?action", "?actor_kind", "?request_id"}


async def test_who_saw_a_client_in_a_stretch_of_time_is_asked_of_an_index(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
):
    """The range of time becomes a range of ids, which the index of the client's entries is sorted by."""
    client = await clinic["therapist"].made("/clients", ROBIN)
    asked: list[Any] = []
    real = queries.events_matching

    def matching(*arguments: Any) -> Any:
        statement = real(*arguments)
        asked.append(statement)
        return statement

    monkeypatch.setattr(queries, "events_matching", matching)
    at = START.isoformat().replace("+00:00", "Z")
    later = "2026-03-02T10:00:00Z"
    page = await clinic["admin"].read(f"/audit-events?client_id={client['id']}&recorded_from={at}&recorded_to={later}")
    assert {entry["type"] for entry in page["data"]} == {"client.created", "care_team.joined"}
    plan = await _plan(clinic, asked[-1], UUID(client["id"]))
    if clinic.house.settings.is_sqlite:
        (of_subjects,) = (line for line in plan if "audit_subjects" in line)
        assert "SEARCH audit_subjects USING" in of_subjects
        assert "client_id=? AND event_id>? AND event_id<?" in of_subjects
        assert not any("TEMP B-TREE" in line or line.startswith("SCAN") for line in plan)
    else:
        whole = "\n".join(plan)
        assert "pk_audit_subjects" in whole
        condition = next(line for line in plan if "Index Cond" in line and "client_id" in line)
        assert "event_id >=" in condition
        assert "event_id <=" in condition


async def _plan(clinic: Clinic, statement: Any, client_id: UUID) -> list[str]:
    is_sqlite = clinic.house.settings.is_sqlite
    own = statement.where(
        AuditSubject.clinic_id == clinic.operator.clinic_id, AuditEvent.clinic_id == clinic.operator.clinic_id
    ).order_by(AuditSubject.event_id.desc())
    dialect: Any = sqlite.dialect() if is_sqlite else postgresql.dialect()  # type: ignore[no-untyped-call]
    text = str(own.limit(26).compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    if is_sqlite:
        return [row[3] for row in await ask(clinic.house.settings, f"EXPLAIN QUERY PLAN {text}")]
    rows = await ask(clinic.house.settings, "SET enable_seqscan = off", f"EXPLAIN {text}")
    return [row[0].strip() for row in rows]
