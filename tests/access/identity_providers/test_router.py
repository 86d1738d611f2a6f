"""Identity providers are managed by clinic admins, and every act on them is in the log."""

from typing import Any

import pytest

from app.access.practitioners.domain import Role
from app.core.ids import new_id
from tests.support.house import Api, Clinic

WANTED = {"name": "Sign-in", "issuer": "https://login.example/tenant", "audience": "https://stance.example"}


async def registered(admin: Api, **changes: Any) -> Any:
    return await admin.made("/identity-providers", WANTED | changes)


async def test_a_provider_is_registered_with_defaults_that_are_safe(admin: Api):
    provider = await registered(admin)
    assert provider | {"id": "", "created_at": ""} == WANTED | {
        "id": "",
        "created_at": "",
        "version": 1,
        "algorithms": ["RS256"],
        "subject_claim": "sub",
        "token_type": "at+jwt",
        "required_acr": [],
        "second_factor_acr": [],
        "jwks_uri": None,
        "is_active": True,
    }
    assert await admin.read(f"/identity-providers/{provider['id']}") == provider
    assert (await admin.read("/identity-providers?is_active=true"))["data"] == [provider]
    assert (await admin.read("/identity-providers?is_active=false"))["data"] == []


async def test_registering_twice_with_the_same_key_registers_once(admin: Api):
    first, second = [
        await admin.post("/identity-providers", WANTED, headers={"Idempotency-Key": "register-once"}) for _ in range(2)
    ]
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("issuer", "http://login.example"),
        ("issuer", "https://someone:word@login.example"),
        ("issuer", "https://login.example?tenant=1"),
        ("issuer", "https://login.example#part"),
        ("issuer", "login.example"),
        ("issuer", "https://login.example/\u00e9"),
        ("jwks_uri", "http://login.example/keys"),
        ("jwks_uri", "file:///etc/passwd"),
        ("algorithms", []),
        ("algorithms", ["HS256"]),
        ("algorithms", ["none"]),
        ("subject_claim", "email"),
        ("subject_claim", "preferred_username"),
        ("subject_claim", "upn"),
        ("subject_claim", "a b"),
        ("token_type", 'JWT"'),
        ("required_acr", ['a", error="none']),
        ("required_acr", ["two words"]),
        ("audience", ""),
        ("clinic_id", "01a2031a-cc28-7c11-b67a-7a9f58f965a6"),
    ],
)
async def test_what_would_open_the_door_too_wide_is_refused(admin: Api, field: str, value: Any):
    answer = await admin.post("/identity-providers", WANTED | {field: value})
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    assert answer.json()["errors"][0]["pointer"].startswith(f"/{field}")


async def test_a_provider_changes_but_never_its_issuer_or_whom_its_claim_names(admin: Api):
    provider = await registered(admin)
    path = f"/identity-providers/{provider['id']}"
    changes = {
        "name": "New sign-in",
        "audience": "notes",
        "algorithms": ["ES256", "ES256", "EdDSA"],
        "token_type": "JWT",
        "required_acr": ["urn:clinic:two-factors"],
        "second_factor_acr": ["urn:clinic:two-factors"],
        "jwks_uri": "https://login.example/keys",
        "is_active": False,
    }
    changed = await admin.changed(path, changes, version=1)
    assert changed["version"] == 2
    assert {name: changed[name] for name in changes} == changes | {"algorithms": ["ES256", "EdDSA"]}
    assert (await admin.changed(path, {"jwks_uri": None}, version=2))["jwks_uri"] is None
    for fixed in ({"issuer": "https://other.example"}, {"subject_claim": "oid"}):
        assert (await admin.change(path, fixed, version=3)).status_code == 422
    assert (await admin.change(path, {"name": "Stale"}, version=1)).status_code == 412


async def test_an_issuer_belongs_to_one_clinic_until_it_is_removed(clinic: Clinic):
    provider, other = await registered(clinic["admin"]), await clinic.house.clinic()
    for admin in (other["admin"], clinic["admin"]):
        answer = await admin.post("/identity-providers", WANTED)
        assert (answer.status_code, answer.json()["code"]) == (409, "issuer_taken")
    path = f"/identity-providers/{provider['id']}"
    assert (await other["admin"].change(path, version=1, method="DELETE")).status_code == 404
    assert (await clinic["admin"].change(path, version=1, method="DELETE")).status_code == 204
    assert (await clinic["admin"].get(path)).status_code == 404
    await registered(other["admin"])


async def test_a_provider_is_removed_with_its_links_and_no_others(clinic: Clinic):
    admin = clinic["admin"]
    removed, kept = await registered(admin), await registered(admin, issuer="https://other.example")
    for provider in (removed, kept):
        wanted = {"practitioner_id": clinic["therapist"].id, "subject": "a"}
        await admin.made(f"/identity-providers/{provider['id']}/identities", wanted)
    await admin.change(f"/identity-providers/{removed['id']}", version=1, method="DELETE")
    assert len((await admin.read(f"/identity-providers/{kept['id']}/identities"))["data"]) == 1
    again = await registered(admin)
    assert (await admin.read(f"/identity-providers/{again['id']}/identities"))["data"] == []


async def test_a_practitioner_is_linked_and_unlinked(clinic: Clinic):
    admin, therapist = clinic["admin"], clinic["therapist"]
    path = f"/identity-providers/{(await registered(admin))['id']}/identities"
    identity = await admin.made(path, {"practitioner_id": therapist.id, "subject": "a"})
    assert (identity["practitioner_id"], identity["subject"]) == (therapist.id, "a")
    assert await admin.read(f"{path}/{identity['id']}") == identity
    assert (await admin.read(f"{path}?practitioner_id={therapist.id}"))["data"] == [identity]
    assert (await admin.read(f"{path}?practitioner_id={admin.id}"))["data"] == []
    assert (await admin.change(f"{path}/{identity['id']}", version=1, method="DELETE")).status_code == 204
    assert (await admin.get(f"{path}/{identity['id']}")).status_code == 404


async def test_a_subject_is_one_person_and_a_person_one_subject(clinic: Clinic):
    admin = clinic["admin"]
    path = f"/identity-providers/{(await registered(admin))['id']}/identities"
    await admin.made(path, {"practitioner_id": clinic["therapist"].id, "subject": "a"})
    for person, subject in (("stranger", "a"), ("therapist", "b"), ("therapist", "a")):
        answer = await admin.post(path, {"practitioner_id": clinic[person].id, "subject": subject})
        assert (answer.status_code, answer.json()["code"]) == (409, "identity_taken")
    await admin.made(path, {"practitioner_id": clinic["stranger"].id, "subject": "A"})


async def test_only_practitioners_of_the_clinic_are_linked(clinic: Clinic):
    admin, other = clinic["admin"], await clinic.house.clinic()
    path = f"/identity-providers/{(await registered(admin))['id']}/identities"
    for person_id in (other["therapist"].id, str(new_id())):
        answer = await admin.post(path, {"practitioner_id": person_id, "subject": "a"})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/practitioner_id"


async def test_only_clinic_admins_manage_providers(clinic: Clinic):
    await clinic.join("officer", Role.PRIVACY_OFFICER)
    for name in ("therapist", "supervisor", "officer"):
        assert (await clinic[name].get("/identity-providers")).status_code == 403
        assert (await clinic[name].post("/identity-providers", WANTED)).status_code == 403


async def test_every_act_is_in_the_log(clinic: Clinic):
    admin = clinic["admin"]
    provider = await registered(admin)
    path = f"/identity-providers/{provider['id']}"
    identity = await admin.made(f"{path}/identities", {"practitioner_id": clinic["therapist"].id, "subject": "a"})
    await admin.changed(path, {"is_active": False}, version=1)
    await admin.change(f"{path}/identities/{identity['id']}", version=1, method="DELETE")
    await admin.change(path, version=2, method="DELETE")
    log = await admin.read("/audit-events?limit=10")
    link = {"identity_provider_id": provider["id"], "practitioner_id": clinic["therapist"].id}
    assert [(entry["type"], entry["entity_id"], entry["details"]) for entry in log["data"][:5]] == [
        ("identity_provider.removed", provider["id"], {}),
        ("external_identity.unlinked", identity["id"], link),
        ("identity_provider.changed", provider["id"], {"fields": ["is_active"]}),
        ("external_identity.linked", identity["id"], link),
        ("identity_provider.registered", provider["id"], {}),
    ]
