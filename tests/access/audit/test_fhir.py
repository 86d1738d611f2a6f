"""The FHIR export: every kind of entry is a valid AuditEvent of R4, and the export itself is logged first."""

import json
from collections.abc import Iterator
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from fhir.resources.R4B.auditevent import AuditEvent as R4AuditEvent

from app.access.audit import fhir
from app.access.audit.domain import canonical
from app.core.caller import Caller, CallerKind
from app.core.events import DomainEvent, Recorded
from app.core.ids import new_id
from app.main import ROUTERS
from tests.support.house import START, Clinic

ROBIN = {"given_name": "Robin", "family_name": "Example"}
NDJSON = "application/fhir+ndjson"


def kinds(of: type[DomainEvent] = DomainEvent) -> Iterator[type[DomainEvent]]:
    for kind in of.__subclasses__():
        yield from kinds(kind)
        if hasattr(kind, "type") and kind.__module__.startswith("app."):
            yield kind


def row_of(event: DomainEvent, kind: CallerKind = CallerKind.PRACTITIONER, emergency: bool = False) -> Any:
    caller = Caller(
        kind,
        new_id(),
        new_id(),
        frozenset(),
        frozenset({"therapist"}),
        emergency_access_id=new_id() if emergency else None,
    )
    entry_id = new_id()
    return SimpleNamespace(
        id=entry_id,
        recorded_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
        type=event.type,
        action=event.action,
        entity=event.entity,
        entity_id=event.entity_id,
        actor_kind=caller.kind,
        actor_id=caller.id,
        actor_name="Therapist" if kind is CallerKind.PRACTITIONER else None,
        request_id=None,
        document=canonical(entry_id, Recorded(event, caller, START)),
    )


def example_of(kind: type[DomainEvent]) -> DomainEvent:
    """Make an event of this kind with something in every field it cannot do without."""
    known: dict[str, Any] = {"int": 1, "str": "code", "UUID": new_id(), "bool": True}
    given: dict[str, Any] = {
        field.name: next((value for name, value in known.items() if str(field.type).find(name) >= 0), ())
        if "tuple" not in str(field.type)
        else ("one", "two")
        for field in fields(kind)
        if field.default is MISSING and field.default_factory is MISSING
    }
    return kind(entity_id=new_id(), client_id=new_id(), **given)


assert ROUTERS, "every slice is imported"
KINDS = sorted(set(kinds()), key=lambda kind: kind.type)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.type)
def test_every_kind_of_entry_is_a_valid_audit_event(kind: type[DomainEvent]) -> None:
    for caller in CallerKind:
        for event in (example_of(kind), type(example_of(kind))(**_required(kind))):
            resource = fhir.audit_event_of(row_of(event, caller))
            read = R4AuditEvent.model_validate(resource)
            assert (
                read.action == {"create": "C", "read": "R", "update": "U", "delete": "D", "execute": "E"}[kind.action]
            )
            assert len(read.entity or ()) == 1 + len(event.subjects())
            assert json.loads(read.model_dump_json())["type"]["code"] in {"rest", "110113"}


def _required(kind: type[DomainEvent]) -> dict[str, Any]:
    own = {field.name for field in fields(kind) if field.default is MISSING and field.default_factory is MISSING}
    full = example_of(kind)
    return {name: getattr(full, name) for name in own}


def test_refusals_and_failures_have_an_outcome_of_their_own() -> None:
    outcomes = {kind.type: fhir.audit_event_of(row_of(example_of(kind)))["outcome"] for kind in KINDS}
    assert {name for name, outcome in outcomes.items() if outcome == "4"} == {
        "access.sign_in_failed",
        "access.step_up_failed",
    }
    assert "access.refused" in {name for name, outcome in outcomes.items() if outcome == "8"}
    assert outcomes["client.viewed"] == "0"


def test_what_was_done_under_emergency_access_says_so() -> None:
    (viewed,) = (kind for kind in KINDS if kind.type == "client.viewed")
    calm, urgent = (fhir.audit_event_of(row_of(example_of(viewed), emergency=emergency)) for emergency in (False, True))
    R4AuditEvent.model_validate(urgent)
    assert (calm["type"]["code"], urgent["type"]["code"]) == ("rest", "110113")
    assert [one["code"] for one in urgent["subtype"]] == ["110127", "read", "client.viewed"]
    purposes = [one["agent"][0]["purposeOfUse"][0]["coding"][0]["code"] for one in (calm, urgent)]
    assert purposes == ["TREAT", "BTG"]


async def exported(clinic: Clinic, query: str = "") -> list[dict[str, Any]]:
    answer = await clinic["admin"].get(f"/audit-events/fhir{query}", headers={"Accept": NDJSON})
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, NDJSON)
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_the_export_holds_every_entry_newest_first_and_begins_with_itself(clinic: Clinic):
    client = await clinic["therapist"].made("/clients", ROBIN)
    listed = (await clinic["admin"].read("/audit-events?limit=100"))["data"]
    lines = await exported(clinic)
    assert [line["id"] for line in lines[2:]] == [entry["id"] for entry in listed]
    assert lines[0]["subtype"][1]["code"] == "audit.exported", "logged before the first line left"
    for line in lines:
        R4AuditEvent.model_validate(line)
    of_client = await exported(clinic, f"?client_id={client['id']}&action=create")
    assert {line["subtype"][1]["code"] for line in of_client} == {"client.created", "care_team.joined"}
    assert all(
        {"reference": f"Patient/{client['id']}"} in [e.get("what") for e in line["entity"]] for line in of_client
    )
    (newest, *_) = await exported(clinic, "?type=audit.exported")
    assert {"type": "filters", "valueString": '["type"]'} in newest["entity"][0]["detail"]


async def test_the_export_goes_on_page_by_page(clinic: Clinic, monkeypatch: pytest.MonkeyPatch):
    for _ in range(4):
        await clinic["therapist"].made("/clients", ROBIN)
    monkeypatch.setattr("app.access.audit.service._EXPORTED_AT_ONCE", 2)
    for query, count in (
        ("?type=client.created", 4),
        ("?type=nothing.happened", 0),
        (f"?actor_id={clinic['therapist'].id}", 8),
    ):
        assert len(await exported(clinic, query)) == count, query


async def test_only_who_may_read_the_log_may_export_it(clinic: Clinic):
    answer = await clinic["therapist"].get("/audit-events/fhir")
    assert answer.status_code == 403
    for query in ("limit=5", "colour=red", "action=look"):
        assert (await clinic["admin"].get(f"/audit-events/fhir?{query}")).status_code == 422
