"""Nothing that identifies or describes a person can be read from what is stored or logged."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import Engine, make_url

from app.access.practitioners.domain import Role
from app.access.sign_in.second_factor import code_of
from app.core.database import sqlite_engine
from app.core.rotation import Rekeying
from app.opening import master_key_of
from app.settings import Settings
from tests.support.house import PASSWORD, Api, Clinic
from tests.support.programs import program_of
from tests.support.world import PROVIDER, discharged

MARK = "qzx7canary"
"""A part of every secret word below; no code or name of ours contains it."""
MRN = {"system": "urn:clinic:mrn", "value": f"{MARK}-mrn"}
CLIENT = {
    "given_name": f"{MARK}-given",
    "family_name": f"{MARK}-family",
    "preferred_name": f"{MARK}-preferred",
    "pronouns": f"{MARK}-pronouns",
    "birth_date": "1987-06-05",
    "email": f"{MARK}@example.org",
    "phone": "+44 20 7946 0958",
    "identifiers": [MRN],
    "diagnoses": [
        {
            "code": "6D10.Z",
            "system": "icd-11",
            "status": "provisional",
            "recorded_on": "2026-01-05",
            "reason": f"{MARK}-reason",
        }
    ],
    "support_people": [{"name": f"{MARK}-mother", "relationship": f"{MARK}-relation", "may_be_contacted": True}],
}
SECRETS = (MARK, "1987-06-05", "7946 0958", "6D10.Z", PASSWORD)


async def write_secrets(clinic: Clinic) -> list[str]:
    """Send secrets wherever the API takes text, in requests that succeed and that fail; return the tokens used.

    A slice that keeps new clinical text adds a request with `MARK` in it here.
    """
    therapist, admin = clinic["therapist"], clinic["admin"]
    client = await therapist.made("/clients", CLIENT, headers={"Idempotency-Key": "idempotent"})
    path = f"/clients/{client['id']}"
    await therapist.changed(path, {"preferred_name": f"{MARK}-changed"}, version=client["version"])
    await therapist.made("/clients/search", {"name": MARK})
    await therapist.made("/clients/search", {"identifier": MRN})
    await admin.read(path)
    await admin.made(f"{path}/legal-holds", {"reason": f"{MARK}-hold"}, headers={"Idempotency-Key": "idempotent"})
    hold = await admin.made("/legal-holds", {"reason": f"{MARK}-hold"})
    await admin.changed(f"/legal-holds/{hold['id']}/lift", version=1, method="POST")
    await erase_a_client(clinic)
    await let_others_in(clinic)
    refused = [
        await therapist.post("/clients", {**CLIENT, "status": MARK}),
        await therapist.post("/clients", {**CLIENT, MARK: MARK}),
        await therapist.post("/clients", CLIENT),
        await therapist.change(path, {"given_name": MARK}, version=1),
        await therapist.get(f"/clients/{MARK}?{MARK}={MARK}", headers={"X-Request-Id": f"{MARK} {MARK}"}),
        await therapist.request("POST", "/clients", content=f'{{"{MARK}', headers={"Content-Type": "application/json"}),
        await clinic.house.anonymous.post("/auth/sign-in", {"login": "nobody", "password": f"{MARK} {PASSWORD}"}),
    ]
    assert [response.status_code for response in refused] == [422, 422, 409, 412, 422, 400, 401]
    discharge = {"discharged_on": "2026-03-02", "reason": f"{MARK}-discharge"}
    await therapist.changed(f"{path}/discharge", discharge, version=2, method="POST")
    person = {"display_name": "Kim", "roles": ["therapist"], "login": "kim@example.org", "password": PASSWORD}
    await admin.made("/practitioners", person)
    account = await admin.made("/service-accounts", {"name": "EHR", "scopes": ["clients:read"]})
    key = await admin.made(f"/service-accounts/{account['id']}/keys", {"expires_at": "2026-12-01T00:00:00Z"})
    sign_in = {"login": "kim@example.org", "password": PASSWORD}
    token = await clinic.house.anonymous.made("/auth/sign-in", sign_in)
    kim = Api(clinic.house.client, token["access_token"])
    factor = await kim.made("/auth/second-factor")
    code = {"code": code_of(factor["secret"], clinic.house.clock())}
    codes = await kim.made("/auth/second-factor/confirm", code)
    return [key["secret"], token["access_token"], token["refresh_token"], factor["secret"], *codes["recovery_codes"]]


async def let_others_in(clinic: Clinic) -> None:
    """Register the clinic's identity provider and a program with a key of its own, which gets a token."""
    admin = clinic["admin"]
    provider = await admin.made("/identity-providers", PROVIDER)
    known_as = {"practitioner_id": admin.id, "subject": "248289761001"}
    await admin.made(f"/identity-providers/{provider['id']}/identities", known_as)
    await (await program_of(clinic)).token()


async def erase_a_client(clinic: Clinic) -> None:
    """Ask for an erasure twice, in words that are kept: it is refused, then carried out."""
    admin, officer = clinic["admin"], await clinic.join("eraser", Role.PRIVACY_OFFICER)
    client_id = await discharged(clinic["therapist"])
    wanted = {"reason_code": "court_order", "statement": f"{MARK}-order"}
    refused = await admin.made(f"/clients/{client_id}/erasures", wanted)
    comment = {"comment": f"{MARK}-refusal"}
    await officer.changed(f"/erasures/{refused['id']}/refuse", comment, version=1, method="POST")
    erasure = await admin.made(f"/clients/{client_id}/erasures", wanted)
    await officer.changed(f"/erasures/{erasure['id']}/approve", version=1, method="POST")


async def write_clinical_secrets(clinic: Clinic) -> None:
    """Send secrets wherever the clinical record takes text: treatment, goals, reviews, notes with all that follows."""
    trainee, supervisor = clinic["trainee"], clinic["supervisor"]
    client = await trainee.made("/clients", {"given_name": MARK, "family_name": MARK})
    wanted = {"started_on": "2026-01-12", "planned_months": 20, "duration_reason": f"{MARK}-duration"}
    treatment = await trainee.made(f"/clients/{client['id']}/treatments", wanted)
    path = f"/treatments/{treatment['id']}"
    goal = (await trainee.read(f"{path}/goals"))["data"][0]
    words = {"in_client_words": f"{MARK}-words", "baseline": f"{MARK}-baseline", "target": f"{MARK}-target"}
    await trainee.changed(f"/goals/{goal['id']}", words, version=1)
    rating = {"value": 4, "rated_on": "2026-02-20", "rated_by": "client", "comment": f"{MARK}-comment"}
    rated = await trainee.made(f"/goals/{goal['id']}/ratings", rating)
    wrong = {"reason": f"{MARK}-wrong"}
    await trainee.changed(f"/goal-ratings/{rated['id']}/entered-in-error", wrong, version=1, method="POST")
    review = (await trainee.read(f"{path}/reviews"))["data"][0]
    skipped = {"status": "skipped", "comment": f"{MARK}-review"}
    await trainee.changed(f"/reviews/{review['id']}", skipped, version=review["version"])
    session = await trainee.made(
        "/sessions",
        {
            "format": "individual",
            "delivery": "in_person",
            "kind": "therapy",
            "starts_at": "2026-02-20T10:00:00Z",
            "duration_minutes": 50,
            "status": "held",
            "participants": [{"client_id": client["id"], "attendance": "attended"}],
        },
    )
    draft = {
        "client_id": client["id"],
        "template": "mbt",
        "sections": [{"code": "plan", "text": f"{MARK}-plan"}],
        "mentalizing_failures": [{"pattern": "mixed", "excerpt": f"{MARK}-excerpt"}],
        "risk": {"flags": ["self_harm_urge"], "statement": f"{MARK}-risk"},
    }
    note = await trainee.made(f"/sessions/{session['id']}/notes", draft, headers={"Idempotency-Key": "the-first-note"})
    answers = {name: f"{MARK}-{name}" for name in ("self_feeling_now", "client_behaviour_why", "own_contribution")}
    assert (await trainee.put(f"/sessions/{session['id']}/reflection", answers)).status_code == 201
    private = {"session_id": session["id"], "client_id": client["id"], "text": f"{MARK}-process"}
    await trainee.made("/private-notes", private)
    await write_emergency_secrets(clinic, client["id"])
    await write_rights_secrets(clinic, client["id"])
    path = f"/notes/{note['id']}"
    sections = {"sections": [{"code": "plan", "text": f"{MARK}-another-plan"}]}
    note = await trainee.changed(path, sections, version=note["version"])
    for person, step, body in (
        (trainee, "sign", {"late_entry_reason": f"{MARK}-late"}),
        (supervisor, "return", {"comment": f"{MARK}-return"}),
        (trainee, "sign", {"late_entry_reason": f"{MARK}-late-again"}),
        (supervisor, "cosign", {}),
    ):
        note = await person.changed(f"{path}/{step}", body, version=note["version"], method="POST")
    await trainee.made(f"{path}/addenda", {"kind": "addendum", "text": f"{MARK}-addendum"})
    note = await trainee.read(path)
    wrong = {"reason": f"{MARK}-error"}
    await trainee.changed(f"{path}/entered-in-error", wrong, version=note["version"], method="POST")
    treatment = await trainee.read(f"/treatments/{treatment['id']}")
    end = {"end_reason": "client_choice", "end_comment": f"{MARK}-end"}
    await trainee.changed(f"/treatments/{treatment['id']}/end", end, version=treatment["version"], method="POST")


async def write_emergency_secrets(clinic: Clinic, client_id: str) -> None:
    """Have emergency access justified and reviewed."""
    officer = await clinic.join("officer", Role.PRIVACY_OFFICER)
    need = {"client_id": client_id, "reason_code": "medical_emergency", "justification": f"{MARK}-justification"}
    access = await clinic["stranger"].made("/emergency-accesses", need)
    found = {"outcome": "justified", "comment": f"{MARK}-found"}
    path = f"/emergency-accesses/{access['id']}/review"
    await officer.changed(path, found, version=access["version"], method="POST")


async def write_rights_secrets(clinic: Clinic, client_id: str) -> None:
    """Have an amendment asked for, put off, denied and disagreed with; a disclosure written down and marked."""
    trainee, admin = clinic["trainee"], clinic["admin"]
    wanted = {"kind": "amendment", "asked_by": "representative", "details": f"{MARK}-details"}
    keyed = {"headers": {"Idempotency-Key": "the-first-request"}}
    request = await trainee.made(f"/clients/{client_id}/requests", wanted, **keyed)
    denial = {"denial_reason": "accurate_and_complete", "answer": f"{MARK}-answer"}
    for version, (person, step, body) in enumerate(
        (
            (admin, "extend", {"reason": f"{MARK}-extension"}),
            (admin, "deny", denial),
            (trainee, "disagreement", {"statement": f"{MARK}-statement"}),
        ),
        start=1,
    ):
        await person.changed(f"/client-requests/{request['id']}/{step}", body, version=version, method="POST")
    words = ("recipient", "recipient_address", "description", "purpose_details")
    disclosed = {"purpose": "other", **{name: f"{MARK}-{name}" for name in words}}
    keyed = {"headers": {"Idempotency-Key": "the-first-disclosure"}}
    disclosure = await trainee.made(f"/clients/{client_id}/disclosures", disclosed, **keyed)
    path = f"/disclosures/{disclosure['id']}/entered-in-error"
    await trainee.changed(path, {"reason": f"{MARK}-mistaken"}, version=1, method="POST")


def assert_unreadable(where: str, stored: bytes, secrets: Iterable[str]) -> None:
    """Look for each secret as UTF-8, UTF-16 and hexadecimal text, whatever its case."""
    lowered = stored.lower()
    for secret in secrets:
        for form in (secret.encode(), secret.encode("utf-16-le"), secret.encode().hex().encode()):
            assert form.lower() not in lowered, f"{where} holds a secret"


def values(rows: Iterable[Iterable[object]]) -> Iterator[bytes]:
    for row in rows:
        for value in row:
            yield value if isinstance(value, bytes) else str(value).encode()


def rows_of_sqlite(engine: Engine) -> dict[str, bytes]:
    with engine.connect() as connection:
        names = connection.exec_driver_sql("SELECT name FROM sqlite_schema WHERE type = 'table'").scalars().all()
        return {name: b"\n".join(values(connection.exec_driver_sql(f'SELECT * FROM "{name}"').all())) for name in names}


async def rows_of_postgresql(settings: Settings) -> dict[str, bytes]:
    """Read everything as the superuser, who stands above row-level security."""
    assert settings.migration_database_url is not None
    url = make_url(settings.migration_database_url).set(drivername="postgresql")
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    tables = {name: b"\n".join(values(await connection.fetch(f'SELECT * FROM "{name}"'))) for (name,) in names}
    await connection.close()
    return tables


def check_tables(tables: dict[str, bytes], secrets: Iterable[str]) -> None:
    empty = {name for name, stored in tables.items() if not stored}
    assert empty == {Rekeying.__tablename__}, "every table that can keep rows must have been written to"
    for name, stored in tables.items():
        assert_unreadable(name, stored, secrets)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_sqlite_keeps_no_secret_in_its_files_nor_its_tables(
    capsys: pytest.CaptureFixture[str], clinic: Clinic, settings: Settings
):
    secrets = [*SECRETS, *await write_secrets(clinic)]
    await write_clinical_secrets(clinic)
    path = Path(str(make_url(settings.database_url).database))
    files = {one.name: one.read_bytes() for one in path.parent.glob(f"{path.name}*")}
    assert {path.name, f"{path.name}-wal"} <= set(files)
    for name, content in files.items():
        # The file is encrypted as a whole: not even the names of tables can be read.
        assert_unreadable(name, content, [*secrets, "SQLite format 3", "CREATE TABLE", "client_identifiers"])
    engine = sqlite_engine(settings.database_url, master_key_of(settings).derive("database file"), pool_size=1)
    check_tables(rows_of_sqlite(engine), secrets)
    engine.dispose()
    logged = capsys.readouterr().err
    assert '"event":"request"' in logged
    assert_unreadable("the log", logged.encode(), secrets)


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
async def test_postgresql_keeps_no_secret_in_any_column(
    capsys: pytest.CaptureFixture[str], clinic: Clinic, settings: Settings
):
    secrets = [*SECRETS, *await write_secrets(clinic)]
    await write_clinical_secrets(clinic)
    check_tables(await rows_of_postgresql(settings), secrets)
    assert_unreadable("the log", capsys.readouterr().err.encode(), secrets)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_the_file_does_not_open_under_another_key(settings: Settings):
    engine = sqlite_engine(settings.database_url, bytes(31) + b"\x01", pool_size=1)
    with pytest.raises(Exception, match="file is not a database"):
        rows_of_sqlite(engine)
    engine.dispose()
