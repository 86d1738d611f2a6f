"""When the log cannot be written, nothing is shown and nothing is done; when it can again, the service goes on."""

from typing import Any

import pytest

from tests.support.house import Clinic
from tests.support.owner import ask

ROBIN = {"given_name": "Robin", "family_name": "Canary"}
BREAK = {
    "sqlite": "CREATE TRIGGER broken BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'broken'); END",
    "postgresql": "REVOKE INSERT ON audit_events FROM stance_app",
}
MEND = {"sqlite": "DROP TRIGGER broken", "postgresql": "GRANT INSERT ON audit_events TO stance_app"}
GONE = "ALTER TABLE audit_events RENAME TO audit_events_elsewhere"
BACK = "ALTER TABLE audit_events_elsewhere RENAME TO audit_events"


@pytest.mark.parametrize("how", ["unwritable", "gone"])
async def test_without_a_log_nothing_is_shown_and_nothing_done(clinic: Clinic, how: str):
    settings, therapist = clinic.house.settings, clinic["therapist"]
    engine = "sqlite" if settings.is_sqlite else "postgresql"
    breaks, mends = (BREAK[engine], MEND[engine]) if how == "unwritable" else (GONE, BACK)
    client = await therapist.made("/clients", ROBIN)
    path = f"/clients/{client['id']}"
    await ask(settings, breaks)
    attempts: list[Any] = [
        await therapist.get(path),
        await therapist.get("/clients"),
        await therapist.post("/clients/search", {"name": "canary"}),
        await therapist.change(path, {"given_name": "Other"}, version=client["version"]),
        await therapist.post("/clients", ROBIN),
        await clinic["stranger"].get("/audit-events"),
        await clinic["admin"].get("/clients"),
    ]
    for answer in attempts:
        assert answer.status_code == 503, answer.text
        assert answer.headers["Retry-After"] == "1"
        assert not any(word in answer.text for word in ("Robin", "Canary", "Other"))
    await ask(settings, mends)
    assert (await therapist.read(path))["given_name"] == "Robin", "the change was not made"
    assert len((await therapist.read("/clients"))["data"]) == 1
    await therapist.changed(path, {"given_name": "Other"}, version=client["version"])
    entries = await clinic["admin"].read(f"/audit-events?entity_id={client['id']}")
    assert [entry["type"] for entry in entries["data"]] == ["client.changed", "client.viewed", "client.created"]
