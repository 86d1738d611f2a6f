"""Our own access tokens: what they say, which keys sign them, and that nobody else can make one."""

import asyncio
import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import select

from app.access.oauth import tokens
from app.access.oauth.models import SigningKey
from app.access.oauth.tokens import KeyState
from app.core.scope import ScopedSession
from app.core.system import SYSTEM
from tests.access.test_identity_router import look_everyone_up_again, status_of
from tests.support.house import START, Api, Clinic, House
from tests.support.programs import Program, ec_key, encoded, program_of, sign, unsigned

NOW = int(START.timestamp())


async def published(house: House) -> dict[str, Any]:
    answer = await house.client.get("/oauth/jwks")
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    body: dict[str, Any] = answer.json()
    return body


def public_keys(jwks: Any) -> KeySet:
    return KeySet.import_key_set(jwks)


async def states(house: House) -> list[KeyState]:
    def look(session: ScopedSession) -> list[KeyState]:
        keys = list(session.execute(select(SigningKey)).scalars())
        return [state for _, state in tokens.states_of(keys, house.clock())]

    return await house.door.transactions.look(SYSTEM, look)


def header_of(token: str) -> dict[str, Any]:
    head = token.split(".", maxsplit=1)[0]
    header: dict[str, Any] = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    return header


async def test_a_token_says_what_rfc_9068_asks_and_the_published_key_signed_it(clinic: Clinic):
    program = await program_of(clinic, "clients:read", "sessions:read", "sessions:write")
    token = str((await program.token()).token)
    assert header_of(token) | {"kid": ""} == {"alg": "ES256", "typ": "at+jwt", "kid": ""}
    keys = public_keys(await published(clinic.house))
    claims = jwt.decode(token, keys, ["ES256"]).claims
    ids = {"jti": claims["jti"]}
    assert claims == {
        "iss": program.issuer,
        "aud": program.issuer,
        "sub": program.id,
        "client_id": program.id,
        "clinic_id": clinic.id,
        "scope": "system/Encounter.crus system/Patient.rs",
        "iat": NOW,
        "exp": NOW + 300,
        **ids,
    }


Forge = Callable[[Program, str, dict[str, Any]], str]
MINE = ec_key("mine", "P-256")
FORGED: dict[str, Forge] = {
    "another key of the same name": lambda p, kid, claims: sign(
        MINE, {"alg": "ES256", "typ": "at+jwt", "kid": kid}, claims
    ),
    "a key of its own, brought along": lambda p, kid, claims: sign(
        MINE, {"alg": "ES256", "typ": "at+jwt", "kid": kid, "jwk": MINE.as_dict(private=False)}, claims
    ),
    "an unknown key": lambda p, kid, claims: sign(MINE, {"alg": "ES256", "typ": "at+jwt", "kid": "mine"}, claims),
    "no key": lambda p, kid, claims: sign(MINE, {"alg": "ES256", "typ": "at+jwt"}, claims),
    "no signature": lambda p, kid, claims: unsigned({"alg": "none", "typ": "at+jwt", "kid": kid}, claims) + ".",
    "an assertion in the place of a token": lambda p, kid, claims: p.assertion(iss=p.issuer),
}


async def test_nobody_else_makes_our_tokens(clinic: Clinic):
    program = await program_of(clinic)
    token = str((await program.token()).token)
    keys = await published(clinic.house)
    claims = jwt.decode(token, public_keys(keys), ["ES256"]).claims
    kid = header_of(token)["kid"]
    head, body, signature = token.split(".")
    more = encoded(json.dumps(claims | {"scope": "system/*.cruds"}).encode())
    hmac_header = unsigned({"alg": "HS256", "typ": "at+jwt", "kid": kid}, claims)
    tampered = [
        f"{head}.{more}.{signature}",
        f"{head}.{body}.",
        f"{head}.{body}.{signature[:-4]}",
        f"{encoded(json.dumps({'alg': 'ES256', 'typ': 'JWT', 'kid': kid}).encode())}.{body}.{signature}",
        f"{hmac_header}.{encoded(hmac.digest(json.dumps(keys['keys'][0]).encode(), hmac_header.encode(), 'sha256'))}",
        f"{head}.{encoded(b'[]')}.{signature}",
        f"{head}.{encoded(b'{}')}.{signature}",
        "a.b.c",
    ]
    answers = []
    for forged in [*(forge(program, kid, claims) for forge in FORGED.values()), *tampered]:
        answer = await Api(clinic.house.client, forged).get("/me")
        assert answer.status_code == 401, forged
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        answers.append(answer.json() | {"instance": ""})
    assert all(answer == answers[0] for answer in answers)
    assert await status_of(Api(clinic.house.client, token)) == 200


async def test_a_token_of_one_address_is_none_of_another(clinic: Clinic, monkeypatch: pytest.MonkeyPatch):
    program = await program_of(clinic)
    api = await program.token()
    monkeypatch.setattr(clinic.house.app.state.authorization_server, "issuer", "https://notes.example")
    assert await status_of(api) == 401


async def test_the_key_changes_every_90_days_and_each_is_published_before_and_after_it_signs(clinic: Clinic):
    house, program = clinic.house, await program_of(clinic)
    first = await program.token()
    assert await states(house) == [KeyState.ACTIVE]
    house.clock.advance(days=90, minutes=-59)
    await program.token()
    assert await states(house) == [KeyState.ACTIVE, KeyState.NEXT]
    keys = [key["kid"] for key in (await published(house))["keys"]]
    assert header_of(str(first.token))["kid"] == keys[0]
    house.clock.advance(minutes=58)
    last = await program.token()
    assert header_of(str(last.token))["kid"] == keys[0]
    house.clock.advance(minutes=3)
    following = await program.token()
    assert header_of(str(following.token))["kid"] == keys[1]
    assert await states(house) == [KeyState.RETIRED, KeyState.ACTIVE]
    assert (await status_of(last), await status_of(following)) == (200, 200)
    house.clock.advance(minutes=5)
    await program.token()
    assert [key["kid"] for key in (await published(house))["keys"]] == keys[1:]
    assert await states(house) == [KeyState.ACTIVE]


async def test_a_service_that_was_asleep_when_its_key_grew_old_still_publishes_the_next_one_first(clinic: Clinic):
    house, program = clinic.house, await program_of(clinic)
    await program.token()
    house.clock.advance(days=200)
    assert await status_of(await program.token()) == 200
    assert await states(house) == [KeyState.ACTIVE, KeyState.NEXT]
    house.clock.advance(minutes=61)
    await program.token()
    assert await states(house) == [KeyState.RETIRED, KeyState.ACTIVE]


async def test_the_first_tokens_of_many_programs_are_signed_with_one_key(clinic: Clinic):
    programs = [await program_of(clinic) for _ in range(6)]
    tokens = await asyncio.gather(*(program.token() for program in programs))
    assert len({header_of(str(api.token))["kid"] for api in tokens}) == 1


async def test_a_key_that_may_have_leaked_is_replaced_at_once_and_its_tokens_end(clinic: Clinic):
    house, program = clinic.house, await program_of(clinic)
    before = await program.token()
    transactions = house.door.transactions

    def replace(session: ScopedSession) -> None:
        tokens.replace_at_once(session, transactions.ring, house.clock())

    await transactions.engines.write(SYSTEM, replace)
    look_everyone_up_again(clinic)
    assert await status_of(before) == 401
    assert await status_of(await program.token()) == 200
    assert len((await published(house))["keys"]) == 1


async def test_private_halves_are_kept_under_the_master_key_alone(clinic: Clinic):
    await (await program_of(clinic)).token()

    def kept(session: ScopedSession) -> SigningKey:
        return session.execute(select(SigningKey)).scalar_one()

    key = await clinic.house.door.transactions.look(SYSTEM, kept)
    assert set(key.public) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert len(key.wrapped) == 40
    ring = clinic.house.door.transactions.ring
    assert ring.master.wrap(ring.unwrap(key.wrapped)) == key.wrapped
    assert ring.unwrap(key.wrapped) not in str(key.public).encode()


async def test_discovery_says_where_everything_is(house: House):
    issuer = house.settings.issuer
    for path in ("/.well-known/smart-configuration", "/.well-known/oauth-authorization-server"):
        answer = await house.client.get(path)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "public, max-age=300")
        told = answer.json()
        assert told["token_endpoint"] == f"{issuer}/oauth/token"
        assert told["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
        assert set(told["token_endpoint_auth_signing_alg_values_supported"]) >= {"ES384", "RS384"}
        assert "system/*.rs" in told["scopes_supported"]
    assert told["jwks_uri"] == f"{issuer}/oauth/jwks"
    assert told["issuer"] == issuer
    assert (await published(house))["keys"] == []
