"""The audit log: complete, filtered, and never changed."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy import make_url, select
from sqlalchemy.exc import DatabaseError

from app.access.audit.models import AuditEvent
from app.core.database import sqlite_engine
from app.core.work import UnitOfWork
from app.opening import master_key_of
from app.settings import Settings
from tests.support.house import START, Clinic

ROBIN = {"given_name": "Robin", "family_name": "Example"}
CHANGES = [
    f"{change} {table}{rest}"
    for table, column in (("audit_events", "clinic_id"), ("audit_subjects", "event_id"))
    for change, rest in (("UPDATE", f" SET {column} = {column}"), ("DELETE FROM", ""))
]


async def entries(clinic: Clinic, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await clinic["admin"].read(f"/audit-events?limit=100&{query}"))["data"]
    return found


async def test_only_an_admin_reads_the_log_and_only_of_her_clinic(clinic: Clinic):
    other = await clinic.house.clinic()
    await clinic["therapist"].made("/clients", ROBIN)
    for name in ("therapist", "supervisor"):
        assert (await clinic[name].get("/audit-events")).status_code == 403
    assert "client.created" in {entry["type"] for entry in await entries(clinic)}
    assert "client.created" not in {entry["type"] for entry in await entries(other)}


async def test_an_entry_tells_who_did_what_to_whom_and_no_clinical_text(clinic: Clinic):
    therapist = clinic["therapist"]
    client = await therapist.made("/clients", ROBIN, headers={"X-Request-Id": "0f8fad5b-d9cb-469f-a165-70867728950e"})
    (entry,) = await entries(clinic, "type=client.created")
    assert entry == {
        "id": entry["id"],
        "recorded_at": START.isoformat().replace("+00:00", "Z"),
        "type": "client.created",
        "action": "create",
        "entity": "client",
        "entity_id": client["id"],
        "client_ids": [client["id"]],
        "actor_kind": "practitioner",
        "actor_id": therapist.id,
        "actor_name": "Therapist",
        "emergency_access_id": None,
        "request_id": "0f8fad5b-d9cb-469f-a165-70867728950e",
        "details": {},
    }
    await therapist.changed(f"/clients/{client['id']}", {"given_name": "Canary"}, version=client["version"])
    (changed,) = await entries(clinic, "type=client.changed")
    assert changed["details"] == {"fields": ["given_name"]}
    assert "Canary" not in str(await entries(clinic))


async def test_the_log_is_filtered_and_newest_first(clinic: Clinic):
    first = await clinic["therapist"].made("/clients", ROBIN)
    clinic.house.clock.advance(hours=1)
    second = await clinic["stranger"].made("/clients", ROBIN)
    await clinic["stranger"].read("/clients")
    everything = await entries(clinic)
    assert [entry["id"] for entry in everything] == sorted((entry["id"] for entry in everything), reverse=True)
    at_noon = (START + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    for query, types in (
        (f"client_id={first['id']}", ["care_team.joined", "client.created"]),
        (f"client_id={second['id']}", ["client.listed", "care_team.joined", "client.created"]),
        (f"entity_id={first['id']}", ["client.created"]),
        (f"actor_id={clinic['stranger'].id}&type=client.listed", ["client.listed"]),
        (f"type=client.created&recorded_from={at_noon}", ["client.created"]),
        (f"type=client.created&recorded_to={at_noon}", ["client.created"]),
        (f"type=client.created&recorded_from={at_noon}&recorded_to={at_noon}", []),
        ("type=nothing.happened", []),
    ):
        assert [entry["type"] for entry in await entries(clinic, query)] == types, query
    before = await entries(clinic, f"type=client.created&recorded_to={at_noon}")
    assert before[0]["entity_id"] == first["id"]
    wrong = await clinic["admin"].get("/audit-events?recorded_from=yesterday&client_id=x&type=NO")
    assert {error["pointer"] for error in wrong.json()["errors"]} == {"?recorded_from", "?client_id", "?type"}


async def test_the_log_is_read_in_pages(clinic: Clinic):
    for _ in range(5):
        await clinic["therapist"].made("/clients", ROBIN)
    wanted = [entry["id"] for entry in await entries(clinic, "type=client.created")]
    walked: list[str] = []
    query = "type=client.created&limit=2"
    while True:
        page = await clinic["admin"].read(f"/audit-events?{query}")
        walked += [entry["id"] for entry in page["data"]]
        if not page["has_more"]:
            break
        query = f"type=client.created&limit=2&after={page['next_cursor']}"
    assert walked == wanted
    assert len(walked) == 5


async def test_reading_the_log_is_itself_logged(clinic: Clinic):
    client = await clinic["therapist"].made("/clients", ROBIN)
    assert await entries(clinic, "type=audit.viewed") == []
    (viewed,) = await entries(clinic, "type=audit.viewed")
    assert (viewed["actor_id"], viewed["client_ids"]) == (clinic["admin"].id, [])
    await entries(clinic, f"client_id={client['id']}")
    assert (await entries(clinic, "type=audit.viewed"))[0]["client_ids"] == [client["id"]]


async def test_every_entry_carries_the_hash_of_its_document(clinic: Clinic):
    def stored(work: UnitOfWork) -> list[tuple[str, bytes, str, str]]:
        columns = select(AuditEvent.document, AuditEvent.leaf, AuditEvent.id, AuditEvent.type)
        return [(document, leaf, str(row_id), kind) for document, leaf, row_id, kind in work.session.execute(columns)]

    await clinic["therapist"].made("/clients", ROBIN)
    for document, leaf, row_id, kind in await clinic.house.door.transactions.read(clinic.operator, stored):
        assert hashlib.sha256(b"\x00" + document.encode()).digest() == leaf
        said = json.loads(document)
        assert (said["id"], said["type"], said["clinic"]) == (row_id, kind, clinic.id)
        assert json.dumps(said, sort_keys=True, separators=(",", ":")) == document


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_sqlite_refuses_to_change_the_log(clinic: Clinic, settings: Settings):
    await clinic["therapist"].made("/clients", ROBIN)
    page_key = master_key_of(settings).derive("database file")
    engine = sqlite_engine(settings.database_url, page_key, pool_size=1)
    for statement in CHANGES:
        with engine.connect() as connection, pytest.raises(DatabaseError, match="is append-only"):
            connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
async def test_postgresql_refuses_even_the_owner_to_change_the_log(clinic: Clinic, settings: Settings):
    await clinic["therapist"].made("/clients", ROBIN)
    owner = await asyncpg.connect(make_url(settings.migration_database_url or "").render_as_string(hide_password=False))
    for statement in (*CHANGES, "TRUNCATE audit_events", "TRUNCATE audit_subjects"):
        with pytest.raises(asyncpg.RaiseError, match="is append-only"):
            await owner.execute(statement)
    await owner.close()
