"""A clinic to work in: people who really signed in, and clients for which only real requests were made."""

import functools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import select

from app.access.clinics.service import create_clinic
from app.access.identity.domain import PERMISSIONS_OF
from app.access.identity.door import Door
from app.access.identity.models import SignIn
from app.access.identity.passwords import hash_password
from app.access.identity.service import create_practitioner
from app.access.practitioners.domain import Role
from app.access.practitioners.schemas import PractitionerCreate
from app.access.sign_in.domain import Lifetimes
from app.access.sign_in.service import start_sign_in
from app.core import driver, logs
from app.core.caller import Caller, CallerKind, Permission
from app.core.database import Base
from app.core.ids import new_id
from app.core.work import UnitOfWork
from app.main import create_app
from app.settings import Settings
from tests.support.contract import Contract

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASSWORD = "a sentence nobody guesses"
PASSWORD_HASH = hash_password(PASSWORD)
_LONG = timedelta(days=1000)
LASTING = Lifetimes(_LONG, _LONG, _LONG)
"""Sign-ins that no test sees the end of by accident; tests about their end sign in over HTTP."""


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)


class Api:
    """Requests as one person: relative paths below /v1, ETags picked up where a change needs one."""

    def __init__(self, client: httpx.AsyncClient, token: str | None, person_id: str = "") -> None:
        self.client, self.token, self.id = client, token, person_id

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = dict(options.pop("headers", None) or {})
        if self.token is not None:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        url = path if path.startswith("/v1") or not path.startswith("/") else f"/v1{path}"
        return await self.client.request(method, url, headers=headers, **options)

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.request("GET", path, **options)

    async def post(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        return await self.request("POST", path, json=json, **options)

    async def put(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        return await self.request("PUT", path, json=json, **options)

    async def change(
        self, path: str, json: Any = None, *, version: int, method: str = "PATCH", **options: Any
    ) -> httpx.Response:
        """Send a change that names the version it is based on."""
        headers = {"If-Match": f'"{version}"', **options.pop("headers", {})}
        return await self.request(method, path, json=json, headers=headers, **options)

    async def made(self, path: str, json: Any = None, **options: Any) -> Any:
        """POST something that must succeed and return its body."""
        response = await self.post(path, json, **options)
        assert response.status_code in (200, 201), response.text
        return response.json()

    async def read(self, path: str, **options: Any) -> Any:
        """GET something that must be there and return its body."""
        response = await self.get(path, **options)
        assert response.status_code == 200, response.text
        return response.json()

    async def changed(self, path: str, json: Any = None, *, version: int, method: str = "PATCH") -> Any:
        """Change something that must succeed and return its body."""
        response = await self.change(path, json, version=version, method=method)
        assert response.status_code == 200, response.text
        return response.json()


@dataclass
class Clinic:
    """One clinic with people in it; `join` adds more."""

    house: "House"
    operator: Caller
    people: dict[str, Api] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return str(self.operator.clinic_id)

    async def join(self, name: str, *roles: Role, supervisor: str | None = None) -> Api:
        """Add a practitioner and sign her in."""
        return await self.house.door.transactions.write(self.operator, self._join, name, roles, supervisor)

    def founded(self, work: UnitOfWork, time_zone: str) -> None:
        """Set the clinic up with the people most tests need."""
        create_clinic(work, "Clinic", time_zone)
        self._join(work, "supervisor", (Role.SUPERVISOR,))
        self._join(work, "therapist")
        self._join(work, "trainee", supervisor="supervisor")
        self._join(work, "stranger")
        self._join(work, "admin", (Role.CLINIC_ADMIN,))

    def _join(self, work: UnitOfWork, name: str, roles: tuple[Role, ...] = (), supervisor: str | None = None) -> Api:
        wanted = PractitionerCreate(
            display_name=name.title(),
            roles=list(roles or (Role.THERAPIST,)),
            login=f"{name}.{new_id().hex}",
            password=SecretStr(PASSWORD),
            supervisor_id=UUID(self.people[supervisor].id) if supervisor else None,
        )
        practitioner = create_practitioner(work, wanted, PASSWORD_HASH)
        work.caller = replace(self.operator, kind=CallerKind.PRACTITIONER, id=practitioner.id)
        token = start_sign_in(work, LASTING, has_second_factor=True)
        for sign_in in work.session.execute(select(SignIn).where(SignIn.practitioner_id == practitioner.id)).scalars():
            sign_in.authenticated_at += _LONG  # as if she proved again and again who she is
        work.caller = self.operator
        self.people[name] = Api(self.house.client, token.access_token, str(practitioner.id))
        return self.people[name]

    def __getitem__(self, name: str) -> Api:
        return self.people[name]


@dataclass
class House:
    """The running app, an httpx client whose every answer is checked against the contract, and a clock."""

    app: FastAPI
    settings: Settings
    client: httpx.AsyncClient
    clock: Clock

    @property
    def door(self) -> Door:
        door: Door = self.app.state.door
        return door

    @property
    def anonymous(self) -> Api:
        return Api(self.client, None)

    async def clinic(self, time_zone: str = "Europe/London") -> Clinic:
        """Set up a clinic with a therapist, her supervisor, a second therapist and an admin."""
        operator = Caller(
            CallerKind.OPERATOR,
            new_id(),
            new_id(),
            frozenset(Permission) | PERMISSIONS_OF[Role.CLINIC_ADMIN],
            sees_all_clients=True,
        )
        clinic = Clinic(self, operator)
        await self.door.transactions.write(operator, clinic.founded, time_zone)
        return clinic


@functools.cache
def contract() -> Contract:
    """Return the contract, which is the same for every app; making it takes longer than most tests."""
    return Contract(create_app(Settings()))


ROOMY: dict[str, Any] = {
    "allowed_hosts": ("stance.test",),
    "rate_limit_caller": 1_000_000,
    "rate_limit_address": 1_000_000,
    "rate_limit_sign_in": 1_000_000,
    "event_stream_seconds": 0.0,
}
"""Limits no test meets by accident, and streams that end; a test about limits or streams sets its own."""


def roomy(settings: Settings) -> Settings:
    """Widen the limits a test did not set itself."""
    widened = {name: value for name, value in ROOMY.items() if name not in settings.model_fields_set}
    return settings.model_copy(update=widened)


DATABASE = {
    "database_url",
    "migration_database_url",
    "master_key",
    "previous_master_key",
    "erasure_ledger_file",
}
MET_AT_START = DATABASE | {"outbound_private_hosts", "outbound_ca_file"}
"""Settings in which houses may differ and still share an app, which meets them when it starts."""
_IDLE: list[FastAPI] = []


@contextmanager
def borrowed_app(settings: Settings, clock: Callable[[], datetime]) -> Iterator[FastAPI]:
    """Lend an app, since making one takes longer than most tests.

    What a test may leave in an app is its own: one with settings of its own (limits have counts) gets an app of its
    own, and an app that got a route from its test is not lent again.
    """
    logs.configure()
    is_usual = settings.model_dump(exclude=MET_AT_START) == roomy(Settings()).model_dump(exclude=MET_AT_START)
    app = _IDLE.pop() if is_usual and _IDLE else create_app(settings, clock)
    app.state.settings, app.state.clock = settings, clock
    app.state.draining.clear()
    routes = len(app.routes)
    yield app
    forget_what_was_compiled()
    assert not app.dependency_overrides, "the next test would meet them"
    if is_usual and len(app.routes) == routes:
        _IDLE.append(app)


def forget_what_was_compiled() -> None:
    """Let go of statements as an engine took them that is gone with its test.

    They would grow to most of a gigabyte, and looking through it for garbage holds a test up for seconds.
    """
    for mapper in Base.registry.mappers:
        mapper._compiled_cache.clear()
    driver._select.cache_clear()
    driver._insert.cache_clear()


@asynccontextmanager
async def open_house(settings: Settings, clock: Callable[[], datetime] | None = None) -> AsyncIterator[House]:
    """Start the app on a database and talk to it in-process."""
    clock = clock or Clock()
    with borrowed_app(roomy(settings), clock) as app:
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://stance.test", event_hooks={"response": [contract().check]}
            ) as client:
                assert isinstance(clock, Clock)
                yield House(app, settings, client, clock)
