"""The public keys of a program: what may be registered, who may, and how they are replaced."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import select

from app.access.oauth.models import ClientKeySet
from app.core.scope import ScopedSession
from app.core.system import SYSTEM
from tests.support.house import Api, Clinic
from tests.support.programs import ec_key, encoded, program_of, public, rsa_key

KEY = ec_key()


async def account_of(admin: Api) -> str:
    account = await admin.made("/service-accounts", {"name": "EHR", "scopes": ["clients:read"]})
    return str(account["id"])


def stored_text(session: ScopedSession) -> str:
    return str(session.execute(select(ClientKeySet.jwks)).all())


async def test_keys_are_registered_read_and_replaced_with_their_etag(admin: Api):
    path = f"/service-accounts/{await account_of(admin)}/jwks"
    assert (await admin.get(path)).status_code == 404
    assert (await admin.change(path, {"jwks": public(KEY)}, version=1, method="PUT")).status_code == 412
    made = await admin.put(path, {"jwks": public(KEY)})
    assert (made.status_code, made.headers["ETag"], made.headers["Location"]) == (201, '"1"', f"/v1{path}")
    assert (await admin.read(path))["jwks"]["keys"] == public(KEY)["keys"]
    assert (await admin.put(path, {"jwks": public(rsa_key())})).status_code == 428
    assert (await admin.change(path, {"jwks": public(rsa_key())}, version=7, method="PUT")).status_code == 412
    both = await admin.changed(path, {"jwks": public(KEY, rsa_key())}, version=1, method="PUT")
    assert [key["kid"] for key in both["jwks"]["keys"]] == ["one", "rsa"]


async def test_one_key_takes_the_place_of_another_without_a_gap(clinic: Clinic):
    program, following = await program_of(clinic), ec_key("two")
    path = f"/service-accounts/{program.id}/jwks"
    await clinic["admin"].changed(path, {"jwks": public(program.key, following)}, version=1, method="PUT")
    assert (await program.ask()).status_code == 200
    before, program.key = program.key, following
    assert (await program.ask()).status_code == 200
    await clinic["admin"].changed(path, {"jwks": public(following)}, version=2, method="PUT")
    assert (await program.ask()).status_code == 200
    program.key = before
    assert (await program.ask()).json()["error"] == "invalid_client"


async def test_taking_all_keys_away_ends_the_tokens_too(clinic: Clinic):
    program = await program_of(clinic)
    api = await program.token()
    assert (await api.get("/clients")).status_code == 200
    path = f"/service-accounts/{program.id}/jwks"
    await clinic["admin"].changed(path, {"jwks": {"keys": []}}, version=1, method="PUT")
    assert (await api.get("/clients")).status_code == 401


@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
async def test_a_private_key_is_refused_and_never_stored(clinic: Clinic, member: str):
    secret = "c2VjcmV0LWhhbGYtb2YtYS1rZXk"
    path = f"/service-accounts/{await account_of(clinic['admin'])}/jwks"
    key = public(KEY)["keys"][0] | {member: secret}
    answer = await clinic["admin"].put(path, {"jwks": {"keys": [public(rsa_key())["keys"][0], key]}})
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["code"], error["pointer"]) == (422, "private_key", "/jwks/keys/1")
    assert "private" in error["detail"]
    assert secret not in answer.text
    assert secret not in await clinic.house.door.transactions.look(SYSTEM, stored_text)


EC: dict[str, Any] = public(KEY)["keys"][0]
SHORT = encoded((rsa.generate_private_key(65537, 1024).public_key().public_numbers().n).to_bytes(128))
RSA: dict[str, Any] = public(rsa_key())["keys"][0]


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (EC | {"x": EC["y"]}, "unfit_key"),
        (EC | {"x": "AAAA"}, "unfit_key"),
        (EC | {"crv": "P-256"}, "unfit_key"),
        ({name: value for name, value in EC.items() if name != "y"}, "unfit_key"),
        (RSA | {"n": "AQAB"}, "unfit_key"),
        (RSA | {"e": "AA"}, "unfit_key"),
        (RSA | {"n": SHORT}, "unfit_key"),
        ({"kty": "EC", "kid": "a"}, "unfit_key"),
        (EC | {"crv": "P-521"}, "string_pattern_mismatch"),
        (EC | {"crv": "secp256k1"}, "string_too_long"),
        (EC | {"use": "enc"}, "string_pattern_mismatch"),
        (EC | {"alg": "HS256"}, "string_pattern_mismatch"),
        (EC | {"alg": "none"}, "string_pattern_mismatch"),
        (EC | {"kid": ""}, "string_too_short"),
        ({name: value for name, value in EC.items() if name != "kid"}, "missing"),
        ({"kty": "OKP", "kid": "a", "crv": "Ed25519", "x": "AAAA"}, "string_pattern_mismatch"),
        ("-----BEGIN PUBLIC KEY-----", "model_attributes_type"),
    ],
)
async def test_what_is_no_fit_public_key_is_refused(admin: Api, key: Any, code: str):
    answer = await admin.put(f"/service-accounts/{await account_of(admin)}/jwks", {"jwks": {"keys": [key]}})
    assert answer.status_code == 422, answer.text
    assert code in {error["code"] for error in answer.json()["errors"]}


async def test_two_keys_of_one_name_or_too_many_are_refused(admin: Api):
    path = f"/service-accounts/{await account_of(admin)}/jwks"
    twice = await admin.put(path, {"jwks": public(ec_key("a"), ec_key("b"), ec_key("a"))})
    assert [(e["pointer"], e["code"]) for e in twice.json()["errors"]] == [("/jwks/keys/2/kid", "repeated_kid")]
    many = await admin.put(path, {"jwks": public(*(ec_key(f"k{n}") for n in range(11)))})
    assert many.status_code == 422


async def test_members_that_say_nothing_here_are_left_out(admin: Api):
    path = f"/service-accounts/{await account_of(admin)}/jwks"
    sent = EC | {"x5t": "AAAA", "key_ops": ["verify"], "colour": "red", "use": "sig", "alg": "ES384"}
    shown = (await admin.put(path, {"jwks": {"keys": [sent], "more": 1}})).json()
    assert shown["jwks"] == {"keys": [EC | {"use": "sig", "alg": "ES384"}]}


async def test_only_who_manages_service_accounts_of_this_clinic_sees_or_changes_keys(clinic: Clinic):
    program, other = await program_of(clinic), await clinic.house.clinic()
    path = f"/service-accounts/{program.id}/jwks"
    for person, status in ((clinic["therapist"], 403), (other["admin"], 404), (await program.token(), 403)):
        assert (await person.get(path)).status_code == status
        changed = await person.change(path, {"jwks": public(KEY)}, version=1, method="PUT")
        assert changed.status_code == status
