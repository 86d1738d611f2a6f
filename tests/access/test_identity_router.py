"""Signing in and out, the caller herself, and the accounts of programs."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.identity.models import BearerToken, PasswordCredential
from app.access.practitioners.domain import Role
from app.core.caller import Permission
from app.core.scope import ScopedSession
from app.core.system import SYSTEM
from tests.support.house import PASSWORD, START, Api, Clinic

NEW = {"display_name": "Kim", "roles": ["therapist"], "login": "kim@example.org", "password": PASSWORD}


async def signed_in(clinic: Clinic, login: str = "kim@example.org", password: str = PASSWORD) -> Api:
    token = await clinic.house.anonymous.made("/auth/sign-in", {"login": login, "password": password})
    return Api(clinic.house.client, token["access_token"], token["practitioner_id"])


async def account_with_key(clinic: Clinic, *scopes: str, days: int = 30) -> tuple[Any, Any, Api]:
    account = await clinic["admin"].made("/service-accounts", {"name": "EHR", "scopes": list(scopes)})
    wanted = {"expires_at": (clinic.house.clock() + timedelta(days=days)).isoformat()}
    key = await clinic["admin"].made(f"/service-accounts/{account['id']}/keys", wanted)
    return account, key, Api(clinic.house.client, key["secret"], account["id"])


async def status_of(api: Api, path: str = "/me") -> int:
    return (await api.get(path)).status_code


def look_everyone_up_again(clinic: Clinic) -> None:
    """Pass over the five seconds for which the door remembers a token, since the tests' clock is not the door's."""
    clinic.house.door.forget_everyone()


async def test_a_right_password_gives_a_token_that_works_until_it_expires(clinic: Clinic):
    kim = await clinic["admin"].made("/practitioners", NEW)
    token = await clinic.house.anonymous.made("/auth/sign-in", {"login": NEW["login"], "password": PASSWORD})
    assert (token["practitioner_id"], token["clinic_id"], token["token_type"]) == (kim["id"], clinic.id, "Bearer")
    assert token["expires_at"] == (START + timedelta(minutes=10)).isoformat().replace("+00:00", "Z")
    api = Api(clinic.house.client, token["access_token"])
    assert (await api.read("/me"))["display_name"] == "Kim"
    clinic.house.clock.advance(minutes=9)
    look_everyone_up_again(clinic)
    assert await status_of(api) == 200
    clinic.house.clock.advance(minutes=1)
    look_everyone_up_again(clinic)
    assert await status_of(api) == 401


async def test_a_wrong_password_and_an_unknown_login_look_the_same(clinic: Clinic):
    await clinic["admin"].made("/practitioners", NEW)
    bodies = []
    for login, password in ((NEW["login"], "a wrong sentence here"), ("nobody@example.org", PASSWORD)):
        response = await clinic.house.anonymous.post("/auth/sign-in", {"login": login, "password": password})
        assert response.status_code == 401
        bodies.append({name: value for name, value in response.json().items() if name != "instance"})
        assert password not in response.text
    assert bodies[0] == bodies[1]
    assert bodies[0]["code"] == "sign_in_refused"


async def test_signing_out_ends_this_token_at_once_and_no_other(clinic: Clinic):
    await clinic["admin"].made("/practitioners", NEW)
    here, there = await signed_in(clinic), await signed_in(clinic)
    assert (await status_of(here), await status_of(there)) == (200, 200)
    assert (await here.post("/auth/sign-out")).status_code == 204
    assert (await status_of(here), await status_of(there)) == (401, 200)
    assert (await here.post("/auth/sign-out")).status_code == 401


async def test_a_deactivated_practitioner_loses_access_at_once_and_cannot_sign_in(clinic: Clinic):
    kim = await clinic["admin"].made("/practitioners", NEW)
    api = await signed_in(clinic)
    assert await status_of(api) == 200
    changed = await clinic["admin"].changed(f"/practitioners/{kim['id']}", {"is_active": False}, version=kim["version"])
    assert await status_of(api) == 401
    refused = await clinic.house.anonymous.post("/auth/sign-in", {"login": NEW["login"], "password": PASSWORD})
    assert refused.status_code == 401
    await clinic["admin"].changed(f"/practitioners/{kim['id']}", {"is_active": True}, version=changed["version"])
    assert await status_of(api) == 401
    assert await status_of(await signed_in(clinic)) == 200


async def test_me_tells_what_each_role_may_do(clinic: Clinic):
    for role in Role:
        api = await clinic.join(role.replace("_", "-"), role)
        me = await api.read("/me")
        permissions = set(me["permissions"])
        assert (me["id"], me["kind"], me["roles"], me["clinic_id"]) == (api.id, "practitioner", [role], clinic.id)
        assert me["sees_all_clients"] == (role in {Role.CLINIC_ADMIN, Role.PRIVACY_OFFICER})
        assert (Permission.NOTES_COSIGN in permissions) == (role is Role.SUPERVISOR)
        assert (Permission.NOTES_READ in permissions) == (role not in {Role.CLINIC_ADMIN, Role.PRIVACY_OFFICER})
        assert (Permission.AUDIT_READ in permissions) == (role in {Role.CLINIC_ADMIN, Role.PRIVACY_OFFICER})
        assert (Permission.PRACTITIONERS_WRITE in permissions) == (role is Role.CLINIC_ADMIN)


async def test_a_key_is_shown_once_and_works_within_its_scopes(clinic: Clinic):
    account, key, program = await account_with_key(clinic, "clients:read", "clients:write")
    assert key["secret"].startswith("stance_key_")
    listed = await clinic["admin"].get(f"/service-accounts/{account['id']}/keys")
    assert [one["id"] for one in listed.json()["data"]] == [key["id"]]
    for shown in (listed, await clinic["admin"].get(f"/service-accounts/{account['id']}"), await program.get("/me")):
        assert key["secret"] not in shown.text
    me = await program.read("/me")
    assert (me["kind"], me["display_name"], me["roles"]) == ("service_account", "EHR", [])
    assert me["permissions"] == ["clients:read", "clients:write"]
    assert (await program.post("/clients", {"given_name": "A", "family_name": "B"})).status_code == 201
    for path in ("/practitioners", "/audit-events", "/service-accounts"):
        assert await status_of(program, path) == 403


async def test_a_program_sees_every_client_of_its_clinic_and_none_of_another(clinic: Clinic):
    other = await clinic.house.clinic()
    created = await clinic["therapist"].made("/clients", {"given_name": "A", "family_name": "B"})
    await other["therapist"].made("/clients", {"given_name": "C", "family_name": "D"})
    _, _, program = await account_with_key(clinic, "clients:read")
    assert [client["id"] for client in (await program.read("/clients"))["data"]] == [created["id"]]


async def test_a_revoked_or_expired_key_is_refused(clinic: Clinic):
    account, key, program = await account_with_key(clinic, "clients:read")
    path = f"/service-accounts/{account['id']}/keys"
    assert await status_of(program) == 200
    assert (await clinic["admin"].request("DELETE", f"{path}/{key['id']}")).status_code == 204
    assert await status_of(program) == 401
    assert (await clinic["admin"].read(path))["data"][0]["revoked_at"] is not None
    assert (await clinic["admin"].request("DELETE", f"{path}/{clinic.id}")).status_code == 404
    _, _, short = await account_with_key(clinic, "clients:read", days=1)
    assert await status_of(short) == 200
    clinic.house.clock.advance(days=1)
    look_everyone_up_again(clinic)
    assert await status_of(short) == 401


async def test_two_keys_of_an_account_count_at_once_so_that_one_can_take_the_place_of_the_other(clinic: Clinic):
    admin = clinic["admin"]
    account, first, _ = await account_with_key(clinic, "clients:read", days=1)
    path, wanted = f"/service-accounts/{account['id']}/keys", {"expires_at": "2026-04-01T00:00:00Z"}
    made = await asyncio.gather(*(admin.post(path, wanted) for _ in range(4)))
    assert sorted(answer.status_code for answer in made) == [201, 409, 409, 409]
    assert {answer.json()["code"] for answer in made if answer.status_code == 409} == {"too_many_active_keys"}
    assert (await admin.request("DELETE", f"{path}/{first['id']}")).status_code == 204
    second = await admin.made(path, wanted)
    assert (await admin.post(path, wanted)).status_code == 409
    assert (await admin.request("DELETE", f"{path}/{second['id']}")).status_code == 204
    short = await admin.made(path, {"expires_at": "2026-03-03T00:00:00Z"})
    assert (await admin.post(path, wanted)).status_code == 409
    clinic.house.clock.advance(days=1)
    assert (await admin.post(path, wanted)).status_code == 201, short


async def test_a_closed_account_ends_all_its_keys_and_new_scopes_count_at_once(clinic: Clinic):
    account, _, program = await account_with_key(clinic, "clients:read")
    path = f"/service-accounts/{account['id']}"
    assert await status_of(program, "/clients") == 200
    changed = await clinic["admin"].changed(path, {"scopes": ["goals:read"]}, version=account["version"])
    assert await status_of(program, "/clients") == 403
    closed = await clinic["admin"].changed(path, {"is_active": False}, version=changed["version"])
    assert await status_of(program) == 401
    await clinic["admin"].changed(path, {"is_active": True}, version=closed["version"])
    assert await status_of(program) == 401


async def test_signing_and_administration_cannot_be_granted(clinic: Clinic):
    for scope in ("notes:sign", "notes:cosign", "practitioners:write", "service_accounts:manage", "audit:read"):
        wanted = {"name": "EHR", "scopes": ["clients:read", scope]}
        response = await clinic["admin"].post("/service-accounts", wanted)
        assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/scopes/1")
    account, _, _ = await account_with_key(clinic, "clients:read")
    path = f"/service-accounts/{account['id']}"
    assert (await clinic["admin"].change(path, {"scopes": ["notes:sign"]}, version=1)).status_code == 422


async def test_a_key_lives_at_most_a_year(clinic: Clinic):
    account, _, _ = await account_with_key(clinic, "clients:read")
    for days, status in ((0, 422), (-1, 422), (367, 422), (366, 201)):
        wanted = {"expires_at": (clinic.house.clock() + timedelta(days=days)).isoformat()}
        response = await clinic["admin"].post(f"/service-accounts/{account['id']}/keys", wanted)
        assert response.status_code == status, days


async def test_only_an_admin_manages_accounts_and_only_of_her_clinic(clinic: Clinic):
    account, key, program = await account_with_key(clinic, "clients:read")
    path = f"/service-accounts/{account['id']}"
    assert await status_of(clinic["therapist"], path) == 403
    other = (await clinic.house.clinic())["admin"]
    expires = {"expires_at": (clinic.house.clock() + timedelta(days=1)).isoformat()}
    assert await status_of(other, path) == 404
    assert await status_of(other, f"{path}/keys") == 404
    assert (await other.change(path, {"name": "X"}, version=1)).status_code == 404
    assert (await other.post(f"{path}/keys", expires)).status_code == 404
    assert (await other.request("DELETE", f"{path}/keys/{key['id']}")).status_code == 404
    assert await status_of(program) == 200


async def test_a_sign_in_cannot_be_revoked_as_if_it_were_a_key(clinic: Clinic):
    kim = await clinic["admin"].made("/practitioners", NEW)
    api = await signed_in(clinic)
    (sign_in,) = (await clinic["admin"].read(f"/audit-events?type=access.signed_in&actor_id={kim['id']}"))["data"]
    path = f"/service-accounts/{kim['id']}/keys"
    assert await status_of(clinic["admin"], path) == 404
    assert (await clinic["admin"].request("DELETE", f"{path}/{sign_in['entity_id']}")).status_code == 404
    assert await status_of(api) == 200


async def test_passwords_and_tokens_are_kept_as_hashes_only(clinic: Clinic):
    def credentials(session: ScopedSession) -> tuple[list[PasswordCredential], list[BearerToken]]:
        return (
            list(session.execute(select(PasswordCredential)).scalars()),
            list(session.execute(select(BearerToken)).scalars()),
        )

    kim = await clinic["admin"].made("/practitioners", NEW)
    api = await signed_in(clinic)
    passwords, tokens = await clinic.house.door.transactions.look(SYSTEM, credentials)
    (own,) = [credential for credential in passwords if credential.practitioner_id == UUID(kim["id"])]
    assert own.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert all(PASSWORD not in credential.password_hash for credential in passwords)
    assert len({credential.password_hash for credential in passwords}) > 1
    assert api.token is not None
    assert all(len(token.token_hash) == 32 and api.token.encode() not in token.token_hash for token in tokens)


async def test_failed_sign_ins_and_refusals_are_in_the_audit_log(clinic: Clinic):
    kim = await clinic["admin"].made("/practitioners", NEW)
    api = await signed_in(clinic)
    wrong = {"login": NEW["login"], "password": "a wrong sentence here"}
    await clinic.house.anonymous.post("/auth/sign-in", wrong)
    await api.get("/audit-events", headers={"X-Request-Id": "0f8fad5b-d9cb-469f-a165-70867728950e"})
    await api.post("/auth/sign-out")
    log = (await clinic["admin"].read(f"/audit-events?actor_id={kim['id']}"))["data"]
    assert [entry["type"] for entry in log] == [
        "access.signed_out",
        "access.refused",
        "access.sign_in_failed",
        "access.signed_in",
    ]
    assert (log[1]["details"], log[1]["request_id"]) == (
        {"permission": "audit:read", "operation": "listAuditEvents", "code": "permission_missing"},
        "0f8fad5b-d9cb-469f-a165-70867728950e",
    )
    assert "sentence" not in str(log)
