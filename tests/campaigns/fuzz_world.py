"""Where the fuzz campaign takes place: a database with a world in it, and the people who send cases."""

import asyncio
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from app.access.identity.domain import permissions_of
from app.access.practitioners.domain import Role
from app.core import logs
from app.core.caller import Permission
from app.core.ids import new_id
from app.main import create_app
from app.record.vocabularies.catalogue import CODE_LISTS
from app.settings import Settings
from tests.support.databases import PostgresqlDatabases, SqliteDatabases
from tests.support.house import Api, open_house
from tests.support.world import one_of_everything

END_THE_TOKEN = frozenset({"signOut", "signOutEverywhere"})
"""Whoever sends these sends nothing else."""
ROLES = (Role.THERAPIST, Role.SUPERVISOR, Role.CLINIC_ADMIN, Role.PRIVACY_OFFICER)
"""Who sends cases; an operation belongs to the first of them whose role it is for."""
CODES = {
    "care_role": "care_role",
    "programme": "programme",
    "kind": "session_kind",
    "end_reason": "treatment_end_reason",
    "delivery_preference": "delivery",
    "reason_code": "emergency_access_reason",
    "purpose": "disclosure_purpose",
    "denial_reason": "amendment_denial_reason",
}
"""The vocabulary behind each field that takes a code; the document only says what a code looks like."""
HOW_OFTEN_REAL = 0.7
"""How often a case names something that is there; the other ids are made up."""


@dataclass
class Person:
    """Who sends cases, and to which operations."""

    name: str
    token: str
    operations: list[str]


@dataclass
class FuzzWorld:
    """A database with something of everything in it."""

    settings: Settings
    people: list[Person]
    ids: dict[str, list[str]]
    beginning: UUID
    """A position in the stream of events from before there was anything to tell."""


@contextmanager
def fuzz_world(engine: str, folder: Path) -> Iterator[FuzzWorld]:
    """Make a world in a new database of this engine."""
    with (folder / "furnishing.log").open("w") as written, redirect_stderr(written):
        logs.configure()
        databases = SqliteDatabases(folder) if engine == "sqlite" else PostgresqlDatabases()
        with contextmanager(databases.fresh)() as settings:
            beginning = new_id()
            people, ids = asyncio.run(_furnish(settings))
            yield FuzzWorld(settings, people, ids, beginning)


def configuration_of(world: FuzzWorld, committed: Path) -> str:
    """Return the committed configuration with the ids of this world, so that cases reach what is behind a 404."""
    parsed = tomllib.loads(committed.read_text())
    assert not parsed.keys() & {"dictionaries", "parameters"}
    lines = [committed.read_text(), "", "[dictionaries]"]
    dictionaries = world.ids | {"if_match": [f'"{version}"' for version in (1, 2, 3)]}
    dictionaries["last_event_id"] = [str(world.beginning)]
    dictionaries |= {f"code_{name}": codes_of(name) for name in CODES.values()}
    lines += [f"{name} = {{ values = {_toml_list(values)} }}" for name, values in dictionaries.items()]
    lines += ["", "[parameters]"]
    places = {f"path.{name}": name for name in world.ids}
    places |= {f"query.{name}": name for name in ("client_id", "session_id", "practitioner_id", "treatment_id")}
    places |= {f"body.{name}": name for name in ("client_id", "practitioner_id", "participants[*].client_id")}
    places |= {"header.If-Match": "if_match", "header.Last-Event-ID": "last_event_id"}
    places |= {f"body.{field}": f"code_{name}" for field, name in CODES.items()}
    for place, name in places.items():
        dictionary = name.rpartition(".")[2]
        lines.append(f'"{place}" = {{ dictionary = "{dictionary}", probability = {HOW_OFTEN_REAL} }}')
    return "\n".join(lines) + "\n"


def permissions_asked(app: FastAPI) -> dict[str, Permission | None]:
    """Return the permission each operation asks for; None where any caller, or nobody at all, will do."""
    asked: dict[str, Permission | None] = {}
    for route in iter_route_contexts(app.routes):
        dependant = getattr(route, "dependant", None)
        if dependant is not None and route.include_in_schema:
            permissions = {call.permission for call in _calls(dependant) if hasattr(call, "permission")}
            asked[route.unique_id] = next(iter(permissions), None)
    return asked


def codes_of(vocabulary: str) -> list[str]:
    """Return the codes of a vocabulary."""
    return [entry.code for entry in CODE_LISTS[vocabulary].codes]


async def _furnish(settings: Settings) -> tuple[list[Person], dict[str, list[str]]]:
    async with open_house(settings) as house:
        clinic = await house.clinic()
        await clinic.join("officer", Role.PRIVACY_OFFICER)
        await clinic.join("leaver")
        worlds = [await one_of_everything(clinic) for _ in range(3)]
        senders = {
            Role.THERAPIST: clinic["therapist"],
            Role.SUPERVISOR: clinic["supervisor"],
            Role.CLINIC_ADMIN: clinic["admin"],
            Role.PRIVACY_OFFICER: clinic["officer"],
        }
        people = _shared_out(senders)
        people.append(Person("leaver", _token(clinic["leaver"]), sorted(END_THE_TOKEN)))
        ids = {name: sorted({world.ids[name] for world in worlds}) for name in worlds[0].ids}
        # Changes to people must hit one who sends nothing, or the campaign would lock itself out.
        ids["practitioner_id"] = [clinic["stranger"].id]
        return people, ids


def _shared_out(senders: dict[Role, Api]) -> list[Person]:
    people = {role: Person(role, _token(senders[role]), []) for role in ROLES}
    for operation, permission in permissions_asked(create_app(Settings())).items():
        able = [role for role in ROLES if permission is None or permission in permissions_of([role])]
        assert able, f"nobody in the campaign may use {operation}"
        if operation not in END_THE_TOKEN:
            people[able[0]].operations.append(operation)
    return [person for person in people.values() if person.operations]


def _token(person: Api) -> str:
    assert person.token is not None
    return person.token


def _calls(dependant: Dependant) -> Iterator[Any]:
    for one in dependant.dependencies:
        yield one.call
        yield from _calls(one)


def _toml_list(values: list[str]) -> str:
    return "[" + ", ".join(f"'{value}'" for value in values) + "]"
