"""Nobody sets what is not hers to set: every operation refuses members its body does not declare."""

from typing import Any

import httpx
import pytest

from app.access.practitioners.domain import Role
from tests.support.house import Clinic, contract
from tests.support.world import World, one_of_everything
from tests.walks.test_every_operation import DOCUMENT, OPERATIONS

NOT_HERS = {
    "id": "01a20000-0000-7000-8000-000000000000",
    "clinic_id": "01a20000-0000-7000-8000-000000000000",
    "author_id": "01a20000-0000-7000-8000-000000000000",
    "created_at": "2020-01-01T00:00:00Z",
    "is_admin": True,
    "permissions": ["audit:read"],
    "role": "clinic_admin",
    "signed_at": "2020-01-01T00:00:00Z",
    "signed_by": "01a20000-0000-7000-8000-000000000000",
    "cosigner_id": None,
    "version": 9,
    "__proto__": {},
}


def declared(operation: dict[str, Any]) -> set[str] | None:
    """Return the members a body may have; None when there is no body."""
    body = operation.get("requestBody")
    if body is None or "application/json" not in body["content"]:
        return None  # OAuth wants fields left alone that are not known
    schema = body["content"]["application/json"]["schema"]
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    assert schema["additionalProperties"] is False
    return set(schema.get("properties", {}))


@pytest.fixture
async def world(clinic: Clinic) -> World:
    return await one_of_everything(clinic)


async def test_every_writing_operation_refuses_every_member_that_is_not_the_callers_to_set(world: World) -> None:
    person = await world.clinic.join("everything", *Role)
    tried = 0
    for name, method, path in OPERATIONS:
        members = declared(DOCUMENT["paths"][path][method])
        if members is None:
            continue
        good = world.bodies.get(name) or {}
        for member, value in NOT_HERS.items():
            if member in members:
                continue
            world.bodies[name] = good | {member: value}
            answer = await world.send(person, method, path, name)
            assert answer.status_code == 422, f"{name} took {member}: {answer.text}"
            assert "extra_forbidden" in {error["code"] for error in answer.json()["errors"]}, f"{name}: {answer.text}"
            tried += 1
        world.bodies[name] = good
    assert tried > 300


async def test_the_contract_check_fails_on_an_answer_with_an_undeclared_member() -> None:
    request = httpx.Request("GET", "http://stance.test/healthz")
    headers = {"Content-Type": "application/json", "X-Request-Id": "a-request"}
    await contract().check(httpx.Response(200, json={"status": "ok"}, headers=headers, request=request))
    told = httpx.Response(200, json={"status": "ok", "password_hash": "x"}, headers=headers, request=request)
    with pytest.raises(AssertionError, match="password_hash"):
        await contract().check(told)
