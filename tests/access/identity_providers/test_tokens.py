"""Tokens of a clinic's identity provider: the good ones let in who was linked, the bad ones all look the same."""

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.access.identity_providers.conftest import SUBJECT, SignIn
from tests.support.house import Api
from tests.support.issuer import AUDIENCE, EVERY_ALGORITHM, NOTHING, OTHER_KEYS, RSA_KEYS, seconds


def _encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _signed_with_public_pem(at: SignIn) -> str:
    claims = at.issuer.claims(at.house.clock.now, SUBJECT)
    signed = f"{_encoded({'alg': 'HS256', 'typ': 'at+jwt', 'kid': at.issuer.key.kid})}.{_encoded(claims)}"
    public = RSA_KEYS[0].as_pem(private=False)
    signature = hmac.digest(public, signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _unsigned(at: SignIn) -> str:
    claims = at.issuer.claims(at.house.clock.now, SUBJECT)
    return f"{_encoded({'alg': 'none', 'typ': 'at+jwt', 'kid': at.issuer.key.kid})}.{_encoded(claims)}."


def _with_embedded_key(at: SignIn) -> str:
    own = RSA_KEYS[1]
    return at.token(key=own, header={"kid": at.issuer.key.kid, "jwk": own.as_dict(private=False)})


def _with_other_claims(at: SignIn) -> str:
    header, _, signature = at.token().split(".")
    return f"{header}.{_encoded(at.issuer.claims(at.house.clock.now, 'someone-else'))}.{signature}"


BAD: dict[str, Callable[[SignIn], str]] = {
    "algorithm none": _unsigned,
    "HMAC with the public key": _signed_with_public_pem,
    "another key under the same id": lambda at: at.token(key=RSA_KEYS[1], header={"kid": at.issuer.key.kid}),
    "an unknown key id": lambda at: at.token(header={"kid": "made-up"}),
    "no key id": lambda at: at.token(header={"kid": NOTHING}),
    "expired": lambda at: at.token(
        iat=seconds(at.house.clock.now, hours=-1), exp=seconds(at.house.clock.now, seconds=-31)
    ),
    "without an end": lambda at: at.token(exp=NOTHING),
    "not valid yet": lambda at: at.token(nbf=seconds(at.house.clock.now, seconds=31)),
    "issued in the future": lambda at: at.token(iat=seconds(at.house.clock.now, seconds=31)),
    "for another audience": lambda at: at.token(aud="https://elsewhere.example"),
    "of another issuer": lambda at: at.token(iss="https://elsewhere.example"),
    "with an unknown critical header": lambda at: at.token(header={"crit": ["exp"], "exp": 1}),
    "an EC algorithm on an RSA key": lambda at: at.token(
        key=OTHER_KEYS["ES256"], header={"alg": "ES256", "kid": at.issuer.key.kid}
    ),
    "its own key inside": _with_embedded_key,
    "cut short": lambda at: at.token()[:-20],
    "a subject that is no text": lambda at: at.token(sub=42),
    "garbage": lambda _: "eyJhbGciOiJSUzI1NiJ9.bm90IGpzb24.c2ln",
    "an identity token": lambda at: at.token(header={"typ": "JWT"}, nonce="n-0S6_WzA2Mj"),
    "other claims than were signed": _with_other_claims,
}
MORE_BAD: dict[str, Callable[[SignIn], str]] = {
    "living longer than a day": lambda at: at.token(exp=seconds(at.house.clock.now, hours=24, seconds=1)),
    "without the moment of issue": lambda at: at.token(iat=NOTHING),
    "without a subject": lambda at: at.token(sub=NOTHING),
    "an empty subject": lambda at: at.token(sub=""),
    "an endless subject": lambda at: at.token(sub="a" * 256),
    "without an audience": lambda at: at.token(aud=NOTHING),
    "an end that is no number": lambda at: at.token(exp=float("nan")),
    "an end at the end of time": lambda at: at.token(exp=float("inf")),
    "an end far beyond every calendar": lambda at: at.token(exp=10**30, iat=10**30),
    "an end in words": lambda at: at.token(exp="tomorrow"),
    "signed in tomorrow": lambda at: at.token(auth_time=seconds(at.house.clock.now, days=1)),
    "without a type": lambda at: at.token(header={"typ": NOTHING}),
    "an access token by type and an identity token by claims": lambda at: at.token(nonce="n-0S6_WzA2Mj"),
    "nested without end": lambda at: (
        f"{_encoded({'alg': 'RS256'})}.{base64.urlsafe_b64encode(b'[' * 5000).decode()}.c2ln"
    ),
    "too long": lambda at: at.token(padding="a" * 9000),
}


@pytest.mark.parametrize("case", [*BAD, *MORE_BAD])
async def test_a_token_that_is_not_good_gets_the_one_401(sign_in: SignIn, case: str):
    unknown = await sign_in.with_token("stance_session_unknown").get("/me")
    answer = await sign_in.with_token((BAD | MORE_BAD)[case](sign_in)).get("/me")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == unknown.headers["WWW-Authenticate"]
    assert answer.json() | {"instance": ""} == unknown.json() | {"instance": ""}


def test_there_are_nineteen_cases_in_the_list():
    assert len(BAD) == 19


@pytest.mark.parametrize("algorithm", EVERY_ALGORITHM)
async def test_every_algorithm_of_the_list_is_read(sign_in: SignIn, algorithm: str):
    key = OTHER_KEYS.get("Ed25519" if algorithm == "EdDSA" else algorithm, sign_in.issuer.key)
    answer = await sign_in.me(key=key, header={"alg": algorithm})
    assert (answer.status_code, answer.json().get("id")) == (200, sign_in.clinic["therapist"].id)


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": [AUDIENCE, "https://elsewhere.example"]},
        {"header": {"typ": "application/AT+JWT"}},
        {"header": {"x5c": ["A" * 1000]}},
        {"acr": ["unusual"], "amr": "unusual"},
    ],
    ids=["several audiences", "the long name of the type", "a certificate in the header", "odd acr and amr"],
)
async def test_what_a_good_token_may_have(sign_in: SignIn, changes: dict[str, Any]):
    assert (await sign_in.me(**changes)).status_code == 200


async def test_clocks_may_differ_by_thirty_seconds(sign_in: SignIn):
    now = sign_in.house.clock.now
    late = {"iat": seconds(now, hours=-1), "exp": seconds(now, seconds=-29)}
    assert (await sign_in.me(**late)).status_code == 200
    early = {"iat": seconds(now, seconds=30), "nbf": seconds(now, seconds=30)}
    assert (await sign_in.me(**early)).status_code == 200


async def test_the_algorithm_is_one_the_clinic_named(sign_in: SignIn):
    await sign_in.change(algorithms=["ES256"])
    assert (await sign_in.me()).status_code == 401
    assert (await sign_in.me(key=OTHER_KEYS["ES256"], header={"alg": "ES256"})).status_code == 200


async def test_the_type_is_the_one_the_clinic_named(sign_in: SignIn):
    await sign_in.change(token_type="JWT")
    assert (await sign_in.me()).status_code == 401
    assert (await sign_in.me(header={"typ": "JWT"})).status_code == 200
    assert (await sign_in.me(header={"typ": "JWT"}, nonce="n-0S6_WzA2Mj")).status_code == 401


async def test_what_she_may_do_comes_from_the_clinic_and_never_from_a_token(sign_in: SignIn):
    claims = {
        "amr": ["mfa"],
        "roles": ["clinic_admin"],
        "scope": "audit:read",
        "groups": ["admins"],
        "clinic_id": "other",
    }
    me = (await sign_in.me(**claims)).json()
    own = await sign_in.clinic["therapist"].read("/me")
    assert {name: me[name] for name in ("id", "clinic_id", "roles", "permissions", "sees_all_clients")} == {
        name: own[name] for name in ("id", "clinic_id", "roles", "permissions", "sees_all_clients")
    }
    person = sign_in.with_token(sign_in.token(**claims))
    assert (await person.get("/audit-events")).status_code == 403
    client = await person.made("/clients", {"given_name": "Robin", "family_name": "Example"})
    assert (await sign_in.clinic["therapist"].get(f"/clients/{client['id']}")).status_code == 200


async def test_who_is_not_linked_or_not_active_is_not_let_in(sign_in: SignIn):
    admin, therapist = sign_in.clinic["admin"], sign_in.clinic["therapist"]
    stranger = sign_in.with_token(sign_in.issuer.token(sign_in.house.clock.now, "nobody-we-know"))
    answer = await stranger.get("/me")
    assert answer.status_code == 401
    assert "A clinic admin can link it" in answer.json()["detail"]
    person = sign_in.with_token(sign_in.token())
    assert (await person.get("/me")).status_code == 200
    await admin.changed(f"/practitioners/{therapist.id}", {"is_active": False}, version=1)
    assert (await person.get("/me")).status_code == 401


async def test_an_ended_link_ends_access_with_the_next_request(sign_in: SignIn):
    admin, person = sign_in.clinic["admin"], sign_in.with_token(sign_in.token())
    assert (await person.get("/me")).status_code == 200
    (identity,) = (await admin.read(f"{sign_in.path}/identities"))["data"]
    await admin.change(f"{sign_in.path}/identities/{identity['id']}", version=1, method="DELETE")
    assert (await person.get("/me")).status_code == 401


async def test_a_closed_or_removed_provider_lets_nobody_in(sign_in: SignIn):
    person = sign_in.with_token(sign_in.token())
    assert (await person.get("/me")).status_code == 200
    await sign_in.change(is_active=False)
    assert (await person.get("/me")).status_code == 401
    await sign_in.change(is_active=True)
    assert (await person.get("/me")).status_code == 200
    await sign_in.clinic["admin"].change(sign_in.path, version=sign_in.provider["version"], method="DELETE")
    assert (await person.get("/me")).status_code == 401


async def test_a_token_ends_on_the_second_however_lately_it_was_looked_at(sign_in: SignIn):
    person = sign_in.with_token(sign_in.token())
    assert (await person.get("/me")).status_code == 200
    sign_in.house.clock.advance(minutes=10, seconds=29)
    assert (await person.get("/me")).status_code == 200
    sign_in.house.clock.advance(seconds=1)
    assert (await person.get("/me")).status_code == 401


async def test_a_sign_in_that_is_too_weak_is_told_what_to_ask_the_provider_for(sign_in: SignIn):
    await sign_in.change(required_acr=["urn:clinic:two-factors", "urn:clinic:card"])
    for acr in (NOTHING, "urn:clinic:password", ["urn:clinic:card"]):
        answer = await sign_in.me(acr=acr)
        assert (answer.status_code, answer.json()["code"]) == (401, "assurance_too_low")
        challenge = answer.headers["WWW-Authenticate"]
        assert 'error="insufficient_user_authentication"' in challenge
        assert 'acr_values="urn:clinic:two-factors urn:clinic:card"' in challenge
    assert (await sign_in.me(acr="urn:clinic:card")).status_code == 200


@pytest.mark.parametrize(
    ("claims", "has_second_factor"),
    [
        ({}, False),
        ({"amr": ["pwd"]}, False),
        ({"amr": ["pwd", "otp", "mfa"]}, True),
        ({"acr": "urn:clinic:password"}, False),
        ({"acr": "urn:clinic:two-factors"}, True),
    ],
)
async def test_second_factor_and_moment_of_sign_in_are_taken_from_the_token(
    sign_in: SignIn, claims: dict[str, Any], has_second_factor: bool
):
    await sign_in.change(second_factor_acr=["urn:clinic:two-factors"])
    now = sign_in.house.clock.now
    caller = await sign_in.house.door.caller_of(sign_in.token(auth_time=seconds(now, minutes=-7), **claims))
    assert caller.has_second_factor is has_second_factor
    assert caller.authenticated_at is not None
    assert seconds(caller.authenticated_at) == seconds(now, minutes=-7)
    assert (await sign_in.house.door.caller_of(sign_in.token(**claims, jti="2"))).authenticated_at is None


async def test_without_a_second_factor_a_token_opens_no_words(sign_in: SignIn):
    for amr, status in ((["pwd"], 403), (["pwd", "otp", "mfa"], 200)):
        assert (await sign_in.with_token(sign_in.token(amr=amr)).get("/notes")).status_code == status


async def test_another_claim_may_name_people(sign_in: SignIn):
    admin = sign_in.clinic["admin"]
    await admin.change(sign_in.path, version=sign_in.provider["version"], method="DELETE")
    wanted = {"name": "Staff", "issuer": sign_in.issuer.url, "audience": AUDIENCE, "subject_claim": "oid"}
    sign_in.provider = await admin.made("/identity-providers", wanted)
    known_as = {"practitioner_id": sign_in.clinic["stranger"].id, "subject": "staff-7"}
    await admin.made(f"{sign_in.path}/identities", known_as)
    assert (await sign_in.me()).status_code == 401
    assert (await sign_in.me(oid="staff-7")).json()["id"] == sign_in.clinic["stranger"].id


async def test_the_first_visit_with_a_token_is_in_the_log(sign_in: SignIn):
    person = sign_in.with_token(sign_in.token(amr=["mfa"]))
    for _ in range(3):
        await person.get("/me")
    sign_in.house.door.forget_everyone()
    await person.get("/me")
    log = await sign_in.clinic["admin"].read("/audit-events?type=access.signed_in_with_provider")
    (entry,) = log["data"]
    assert entry["actor_id"] == sign_in.clinic["therapist"].id
    assert entry["details"] == {"identity_provider_id": sign_in.provider["id"], "has_second_factor": True}


async def test_a_token_opens_only_the_clinic_its_issuer_is_registered_for(sign_in: SignIn):
    other = await sign_in.house.clinic()
    taken = {"name": "Mine too", "issuer": sign_in.issuer.url, "audience": AUDIENCE}
    answer = await other["admin"].post("/identity-providers", taken)
    assert (answer.status_code, answer.json()["code"]) == (409, "issuer_taken")
    assert (await sign_in.me()).json()["clinic_id"] == sign_in.clinic.id
    missing: Api = other["admin"]
    assert (await missing.get(sign_in.path)).status_code == 404


async def test_a_sensitive_act_asks_the_provider_for_a_fresh_proof(sign_in: SignIn):
    clinic, now = sign_in.clinic, sign_in.house.clock.now
    known_as = {"practitioner_id": clinic["admin"].id, "subject": "the-admin"}
    await clinic["admin"].made(f"{sign_in.path}/identities", known_as)
    account = {"name": "EHR", "scopes": ["clients:read"]}
    for stale in (NOTHING, seconds(now, hours=-1)):
        admin = sign_in.with_token(sign_in.issuer.token(now, "the-admin", auth_time=stale, amr=["mfa"]))
        answer = await admin.post("/service-accounts", account)
        assert (answer.status_code, answer.json()["code"]) == (401, "insufficient_user_authentication")
        assert "max_age=" in answer.headers["WWW-Authenticate"]
        assert "at your identity provider" in answer.json()["detail"]
    admin = sign_in.with_token(sign_in.issuer.token(now, "the-admin", auth_time=seconds(now, minutes=-1), amr=["mfa"]))
    assert (await admin.post("/service-accounts", account)).status_code == 201


async def test_who_signed_in_elsewhere_signs_out_there(sign_in: SignIn):
    person = sign_in.with_token(sign_in.token())
    answer = await person.post("/auth/sign-out")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_signed_in_here")
    assert "at your identity provider" in answer.json()["detail"]
    assert (await person.get("/me")).status_code == 200
