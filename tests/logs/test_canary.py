"""A thousand requests full of secrets, sent to a real server: none of them is told to anybody who should not know."""

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx
from sqlalchemy import make_url

from app.core.database import sqlite_engine
from app.core.logs import FORMS
from app.opening import master_key_of
from app.settings import Settings
from tests.logs.mixed_requests import LOGIN, MALFORMED, MARK, PASSWORD, MixedRequests, Visit, send
from tests.support.house import open_house
from tests.support.server import Server, serving
from tests.support.world import one_of_everything

REQUESTS = 1_000
AFTER_THE_DAMAGE = 60


async def test_a_thousand_requests_tell_no_secret(settings: Settings, tmp_path: Path) -> None:
    ids, therapist, admin = await _furnished(settings)
    with serving(settings, tmp_path, STANCE_DRAIN_SECONDS="0") as server:
        async with httpx.AsyncClient(base_url=server.url, timeout=30) as client:
            secrets = (MARK, PASSWORD, LOGIN, therapist, admin, await _signed_in(client, admin))
            answers = await _answers(client, MixedRequests(therapist, ids, REQUESTS))
            malformed = [await _malformed(server.url, raw) for raw in MALFORMED]
            await _break_a_table(settings)
            answers += await _answers(client, MixedRequests(therapist, ids, AFTER_THE_DAMAGE, seed=8))
        told_by_the_system = _told_by_the_system(server)
    statuses = {answer.status_code for answer in answers}
    assert {200, 201, 400, 401, 404, 405, 409, 412, 415, 422, 428, 500} <= statuses, statuses
    for answer in answers:
        _check_answer(answer, secrets)
    for raw in malformed:
        _check_untold("the answer to what is no HTTP", raw, secrets)
    _check_untold("the process's arguments and environment", told_by_the_system, secrets)
    written = server.log.read_bytes()
    _check_untold("the log", written, secrets)
    _check_lines(written, {answer.headers["X-Request-Id"] for answer in answers})


async def _answers(client: httpx.AsyncClient, visits: Iterable[Visit]) -> list[httpx.Response]:
    """Send the visits, a few at a time."""
    few = asyncio.Semaphore(8)

    async def one(visit: Visit) -> httpx.Response:
        async with few:
            return await send(client, visit)

    return list(await asyncio.gather(*(one(visit) for visit in visits)))


def _check_answer(answer: httpx.Response, secrets: Iterable[str]) -> None:
    """A refusal says nothing back, in no header either; what succeeds may show the reader her own words."""
    where = f"{answer.request.method} {answer.status_code}"
    assert answer.headers["X-Request-Id"], where
    headers = {name: value for name, value in answer.headers.items() if name != "link"}
    _check_untold(f"the headers of {where}", repr(headers).encode(), secrets)
    if answer.status_code >= 400:
        _check_untold(f"the body of {where}", answer.content, secrets)


def _check_lines(written: bytes, request_ids: set[str]) -> None:
    lines = [json.loads(line) for line in written.decode().splitlines()]
    for line in lines:
        assert line.keys() <= FORMS.keys(), line
        assert all(FORMS[key](value) for key, value in line.items()), line
        assert "dropped" not in line, "something tried to log what the log does not take"
    of_requests = [line for line in lines if line["event"] in ("request", "failure")]
    assert all("request_id" in line for line in of_requests)
    assert {line["request_id"] for line in of_requests if line["event"] == "request"} >= request_ids
    assert any(line["event"] == "failure" for line in lines), "the broken table was not met"
    said = {line.get("message") for line in lines}
    assert {"Application startup complete.", "Finished server process [%d]"} <= said


def _check_untold(where: str, told: bytes, secrets: Iterable[str]) -> None:
    lowered = told.lower()
    for secret in secrets:
        for form in (secret.encode(), secret.encode("utf-16-le"), secret.encode().hex().encode()):
            assert form.lower() not in lowered, f"{where} tell a secret"


def _told_by_the_system(server: Server) -> bytes:
    """Return what anybody who may list processes can see of this one."""
    process = Path(f"/proc/{server.process.pid}")
    return (process / "cmdline").read_bytes() + (process / "environ").read_bytes()


async def _furnished(settings: Settings) -> tuple[dict[str, str], str, str]:
    async with open_house(settings) as house:
        world = await one_of_everything(await house.clinic())
        await world.clinic["admin"].changed("/clinic", {"requires_second_factor": False}, version=1)
        return world.ids, world.clinic["therapist"].token or "", world.clinic["admin"].token or ""


async def _signed_in(client: httpx.AsyncClient, admin_token: str) -> str:
    person = {"display_name": f"{MARK} Therapist", "roles": ["therapist"], "login": LOGIN, "password": PASSWORD}
    admin = {"Authorization": f"Bearer {admin_token}"}
    made = await client.post("/v1/practitioners", json=person, headers=admin)
    assert made.status_code == 201, made.text
    signed_in = await client.post("/v1/auth/sign-in", json={"login": LOGIN, "password": PASSWORD})
    return str(signed_in.json()["access_token"])


async def _malformed(url: str, raw: str) -> bytes:
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(raw.encode())
    await writer.drain()
    try:
        answer = await asyncio.wait_for(reader.read(), timeout=1)
    except TimeoutError:
        answer = b""
    writer.close()
    return answer


async def _break_a_table(settings: Settings) -> None:
    """Take a column away, so that what reads it fails in a way nobody expected."""
    statement = "ALTER TABLE notes RENAME COLUMN template TO gone"
    if settings.is_sqlite:
        engine = sqlite_engine(settings.database_url, master_key_of(settings).derive("database file"), pool_size=1)
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
            connection.commit()
        engine.dispose()
        return
    assert settings.migration_database_url is not None
    url = make_url(settings.migration_database_url).set(drivername="postgresql")
    owner = await asyncpg.connect(url.render_as_string(hide_password=False))
    await owner.execute(statement)
    await owner.close()
