"""From an assertion to a token: SMART Backend Services, and all that is refused."""

import asyncio
import hmac
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from app.access.oauth.models import UsedAssertion
from app.core.work import UnitOfWork
from app.settings import Settings
from tests.access.test_identity_router import look_everyone_up_again, status_of
from tests.support.house import START, Api, Clinic, House, open_house
from tests.support.programs import TOKEN_PATH, Program, ec_key, encoded, program_of, public, rsa_key, sign, unsigned


@pytest.mark.parametrize(
    ("algorithm", "kind"), [("ES384", "P-384"), ("RS384", "RSA"), ("ES256", "P-256"), ("PS384", "RSA")]
)
async def test_a_program_gets_a_token_with_an_assertion_of_its_own_key(clinic: Clinic, algorithm: str, kind: str):
    key = rsa_key() if kind == "RSA" else ec_key(curve=kind)
    program = await program_of(clinic, "clients:read", "sessions:read", key=key, algorithm=algorithm)
    answer = await program.ask(scope="system/*.rs")
    assert answer.status_code == 200, answer.text
    token = answer.json()
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 300)
    assert token["scope"] == "system/Encounter.rs system/Patient.rs"
    assert answer.headers["Cache-Control"] == "no-store"
    api = Api(clinic.house.client, token["access_token"])
    me = await api.read("/me")
    assert (me["kind"], me["id"], me["permissions"]) == (
        "service_account",
        program.id,
        ["clients:read", "sessions:read"],
    )
    assert (await api.get("/clients")).status_code == 200
    assert (await api.get("/practitioners")).status_code == 403


Forge = Callable[[Program], str]
GOOD_NOW = int(START.timestamp())
"""The moment at which the clock of the tests stands."""


def claiming(**changes: Any) -> Forge:
    return lambda program: program.assertion(**changes)


def headed(**changes: Any) -> Forge:
    return lambda program: sign(program.key, program.header(**changes), program.claims())


def signed_with(key: Any, **header: Any) -> Forge:
    return lambda program: sign(key, program.header(**header), program.claims())


def signed_with_the_public_key(program: Program) -> str:
    """Use what anyone can read as the secret of an algorithm that needs one."""
    content = unsigned(program.header(alg="HS256"), program.claims())
    return f"{content}.{encoded(hmac.digest(program.key.as_pem(private=False), content.encode(), 'sha256'))}"


def tampered(program: Program) -> str:
    head, _, signature = program.assertion().split(".")
    other = program.assertion(scope="system/*.cruds").split(".")[1]
    return f"{head}.{other}.{signature}"


FORGED: dict[str, Forge] = {
    "no signature": lambda p: unsigned(p.header(alg="none"), p.claims()) + ".",
    "a signature with the public key as secret": signed_with_the_public_key,
    "another key of the same name": signed_with(ec_key()),
    "a name of no key": headed(kid="two"),
    "no name of a key": headed(kid=None),
    "a name that is no text": headed(kid=1),
    "an algorithm of the right kind that is not on the list": signed_with(rsa_key(), alg="RS256", kid="rsa"),
    "an algorithm for another key than the one that is named": signed_with(rsa_key(), alg="RS384"),
    "an extension that must be understood": headed(crit=["exp"], exp=1),
    "a key brought along": lambda p: sign(p.key, p.header(jwk=p.key.as_dict(private=False)), p.claims()),
    "the address of a key brought along": headed(jku="https://elsewhere.example/jwks"),
    "a certificate brought along": headed(x5c=["MIIB"]),
    "another type": headed(typ="at+jwt"),
    "no type": headed(typ=None),
    "a header of more than 512 bytes": headed(kid="k" * 600),
    "other claims than those that were signed": tampered,
    "another issuer than subject": claiming(iss="01a20000-0000-7000-8000-000000000000"),
    "no issuer": claiming(iss=None),
    "another program": claiming(sub="01a20000-0000-7000-8000-000000000000"),
    "a program that is no id": claiming(sub="ehr"),
    "no program": claiming(sub=None),
    "an id written in another way": lambda p: p.assertion(sub=p.id.upper(), iss=p.id.upper()),
    "another audience": claiming(aud="https://elsewhere.example/oauth/token"),
    "no audience": claiming(aud=None),
    "a list of other audiences": claiming(aud=["https://elsewhere.example"]),
    "an audience that is a number": claiming(aud=7),
    "an end that is past": claiming(exp=GOOD_NOW),
    "an end in more than five minutes": claiming(exp=GOOD_NOW + 301, iat=None),
    "a life of more than five minutes": claiming(exp=GOOD_NOW + 290, iat=GOOD_NOW - 20),
    "no end": claiming(exp=None),
    "an end that is a text": claiming(exp=str(GOOD_NOW + 60)),
    "an end that is true": claiming(exp=True),
    "an end beyond all time": claiming(exp=1e300),
    "an end that is no number": claiming(exp=float("nan")),
    "a beginning in the future": claiming(nbf=GOOD_NOW + 60),
    "an issue in the future": claiming(iat=GOOD_NOW + 60),
    "no id of its own": claiming(jti=None),
    "an empty id": claiming(jti=""),
    "an id that is too long": claiming(jti="j" * 201),
    "an id that is a number": claiming(jti=7),
    "no JWT": lambda _: "not.a.jwt",
    "half a JWT": lambda p: p.assertion()[:-20],
    "an encrypted JWT": lambda p: p.assertion() + ".a.b",
    "nothing": lambda _: " ",
}


async def test_a_forged_or_unfit_assertion_gets_no_token(clinic: Clinic):
    program = await program_of(clinic)
    wrong = {}
    for what, forge in FORGED.items():
        answer = await program.ask(forge(program))
        if (answer.status_code, answer.json().get("error")) != (400, "invalid_client"):
            wrong[what] = answer.text
        assert answer.headers["Cache-Control"] == "no-store"
    assert not wrong
    assert (await program.ask()).status_code == 200


async def test_an_unknown_program_looks_like_one_with_another_key(clinic: Clinic):
    program = await program_of(clinic)
    unknown = "01a20000-0000-7000-8000-000000000000"
    nobody = await program.ask(program.assertion(sub=unknown, iss=unknown))
    other_key = await program.ask(signed_with(ec_key())(program))
    assert nobody.json() == other_key.json()


async def test_both_forms_of_the_audience_are_taken(clinic: Clinic):
    program = await program_of(clinic)
    for audience in (program.issuer, [program.issuer + "/oauth/token"], ["https://elsewhere.example", program.issuer]):
        assert (await program.ask(program.assertion(aud=audience))).status_code == 200


async def test_an_assertion_counts_once(clinic: Clinic):
    program = await program_of(clinic)
    assertion = program.assertion()
    assert (await program.ask(assertion)).status_code == 200
    replayed = await program.ask(assertion)
    assert (replayed.status_code, replayed.json()["error"]) == (400, "invalid_client")
    marked = await program.ask(program.assertion(jti="mine"))
    again = await program.ask(program.assertion(jti="mine", exp=GOOD_NOW + 100))
    assert (marked.status_code, again.status_code) == (200, 400)
    other = await program_of(clinic)
    assert (await other.ask(other.assertion(jti="mine"))).status_code == 200


async def test_an_assertion_counts_once_in_all_processes(house: House, settings: Settings):
    clinic = await house.clinic()
    program = await program_of(clinic)
    async with open_house(settings, house.clock) as other_house:
        there = replace(program, house=other_house)
        for _ in range(5):
            assertion = program.assertion()
            asked = await asyncio.gather(*(one.ask(assertion) for one in (program, there) * 4))
            assert sorted(answer.status_code for answer in asked) == [200] + [400] * 7


async def test_used_assertions_are_forgotten_when_they_have_expired(clinic: Clinic):
    program = await program_of(clinic)
    for _ in range(3):
        await program.token()
    clinic.house.clock.advance(minutes=6)
    await program.token()

    def remembered(work: UnitOfWork) -> int:
        return len(work.rows(select(UsedAssertion.hash)))

    assert await clinic.house.door.transactions.read(clinic.operator, remembered) == 1


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"client_assertion_type": None}, "invalid_client"),
        ({"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"}, "invalid_client"),
        ({"client_assertion": None}, "invalid_client"),
        ({"client_assertion": "", "client_secret": "secret"}, "invalid_client"),
        ({"client_id": "01a20000-0000-7000-8000-000000000000"}, "invalid_client"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "system/Encounter.rs"}, "invalid_scope"),
        ({"scope": "openid profile user/Patient.rs patient/Patient.rs"}, "invalid_scope"),
        ({"scope": "system/Patient.rs?name=Robin"}, "invalid_scope"),
        ({"scope": "system/Patient.r"}, "invalid_scope"),
        ({"scope": "system/Patient.sr system/Patient. system/.rs system/*"}, "invalid_scope"),
    ],
)
async def test_what_is_asked_wrongly_is_refused_in_the_words_of_oauth(
    clinic: Clinic, changes: dict[str, Any], error: str
):
    program = await program_of(clinic)
    answer = await clinic.house.client.post(TOKEN_PATH, data=program.form() | changes)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.headers["Content-Type"] == "application/json"


async def test_a_body_that_is_no_form_or_says_something_twice_is_refused(clinic: Clinic):
    client, form = clinic.house.client, {"Content-Type": "application/x-www-form-urlencoded"}
    for body in (b"", b"grant_type=a&grant_type=b", b"\xff\xfe", b"no form", b"a=1&" * 30):
        answer = await client.post(TOKEN_PATH, content=body, headers=form)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request"), body
    assert (await client.post(TOKEN_PATH, json={"grant_type": "client_credentials"})).status_code == 415
    elsewhere = await client.post("/v1/auth/sign-in", content=b"login=a&password=b", headers=form)
    assert elsewhere.status_code == 415


async def test_a_token_is_narrowed_to_its_scopes_and_to_what_is_granted_today(clinic: Clinic):
    program = await program_of(clinic, "clients:read", "clients:write", "notes:read")
    wide, narrow = await program.token("system/*.cruds"), await program.token("system/Patient.rs")
    assert (await wide.read("/me"))["permissions"] == ["clients:read", "clients:write", "notes:read"]
    assert (await narrow.read("/me"))["permissions"] == ["clients:read"]
    assert (await narrow.post("/clients", {"given_name": "A", "family_name": "B"})).status_code == 403
    assert (await narrow.get("/notes")).status_code == 403
    path = f"/service-accounts/{program.id}"
    await clinic["admin"].changed(path, {"scopes": ["notes:read", "sessions:read"]}, version=1)
    assert (await wide.read("/me"))["permissions"] == ["notes:read"]
    assert (await narrow.get("/clients")).status_code == 403


async def test_a_token_ends_after_five_minutes(clinic: Clinic):
    api = await (await program_of(clinic)).token()
    clinic.house.clock.advance(seconds=299)
    assert await status_of(api) == 200
    clinic.house.clock.advance(seconds=1)
    look_everyone_up_again(clinic)
    assert await status_of(api) == 401


async def test_a_closed_account_ends_its_tokens_and_its_keys(clinic: Clinic):
    program = await program_of(clinic)
    api, path = await program.token(), f"/service-accounts/{program.id}"
    await clinic["admin"].changed(path, {"is_active": False}, version=1)
    assert await status_of(api) == 401
    assert (await program.ask()).json()["error"] == "invalid_client"
    assert (await clinic["admin"].read(f"{path}/jwks"))["jwks"] == {"keys": []}
    refused = await clinic["admin"].change(f"{path}/jwks", {"jwks": public(program.key)}, version=2, method="PUT")
    assert (refused.status_code, refused.json()["code"]) == (409, "service_account_closed")
    await clinic["admin"].changed(path, {"is_active": True}, version=2)
    assert await status_of(api) == 401
    assert (await program.ask()).json()["error"] == "invalid_client"


async def test_a_revoked_key_and_a_closed_account_end_within_five_seconds_in_every_process(
    house: House, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    clinic = await house.clinic()
    admin, program = clinic["admin"], await program_of(clinic)
    path = f"/service-accounts/{program.id}"
    key = await admin.made(f"{path}/keys", {"expires_at": "2026-06-01T00:00:00Z"})
    token = await program.token()
    async with open_house(settings, house.clock) as other_house:
        by_key, by_token = (Api(other_house.client, secret) for secret in (key["secret"], token.token))
        assert (await status_of(by_key), await status_of(by_token)) == (200, 200)
        assert (await admin.request("DELETE", f"{path}/keys/{key['id']}")).status_code == 204
        await admin.changed(path, {"is_active": False}, version=1)
        passed = time.monotonic() + 5
        monkeypatch.setattr(time, "monotonic", lambda: passed)
        assert (await status_of(by_key), await status_of(by_token)) == (401, 401)


async def test_tokens_and_refusals_are_in_the_audit_log(clinic: Clinic):
    program = await program_of(clinic)
    api = await program.token()
    await api.read("/clients")
    await program.ask(signed_with(ec_key())(program))
    log = (await clinic["admin"].read("/audit-events?limit=10"))["data"]
    by_type = {entry["type"]: entry for entry in log}
    issued, refused = by_type["access.token_issued"], by_type["access.token_refused"]
    assert (issued["actor_id"], issued["actor_kind"]) == (program.id, "service_account")
    assert issued["details"]["scopes"] == ["system/Patient.rs"]
    assert (refused["actor_id"], refused["details"]["code"]) == (program.id, "invalid_client")
    registered = by_type["service_account.key_set_replaced"]
    assert registered["entity_id"] == program.id
    assert registered["details"]["thumbprints"] == [program.key.thumbprint()]


async def test_asking_with_a_header_of_another_kind_is_counted_like_asking_without(settings: Settings):
    async with open_house(settings.model_copy(update={"rate_limit_address": 3})) as house:
        for status in (400, 400, 400, 429):
            answer = await house.client.post(
                TOKEN_PATH, data={"grant_type": "client_credentials"}, headers={"Authorization": "Basic eDp5"}
            )
            assert answer.status_code == status
