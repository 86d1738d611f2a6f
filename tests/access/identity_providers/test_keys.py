"""The keys of a provider: fetched when needed, looked for again with care, and never believed from somebody else."""

import asyncio
import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import OctKey

from app.access.identity_providers.key_sets import keys_in
from tests.access.identity_providers.conftest import SUBJECT, SignIn
from tests.support.elsewhere import Answer, somewhere_else
from tests.support.issuer import AUDIENCE, DISCOVERY, KEYS, RSA_KEYS, Issuer


async def test_keys_are_fetched_once_for_many_tokens(sign_in: SignIn):
    answers = await asyncio.gather(*(sign_in.me(jti=str(number)) for number in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert sign_in.issuer.asked_paths == [DISCOVERY, KEYS]


async def test_an_unknown_issuer_causes_no_call(sign_in: SignIn):
    async with somewhere_else(Issuer) as stranger:
        assert isinstance(stranger, Issuer)
        token = stranger.token(sign_in.house.clock.now, SUBJECT)
        assert (await sign_in.with_token(token).get("/me")).status_code == 401
        assert (await sign_in.me(iss=f"{sign_in.issuer.url}/")).status_code == 401
        assert (stranger.asked, sign_in.issuer.asked) == ([], [])


async def test_a_new_key_works_without_a_restart(sign_in: SignIn):
    assert (await sign_in.me()).status_code == 200
    sign_in.issuer.rotate(RSA_KEYS[1])
    sign_in.house.clock.advance(minutes=1)
    assert (await sign_in.me()).status_code == 200
    assert sign_in.issuer.asked_paths == [DISCOVERY, KEYS, KEYS]
    old = await sign_in.me(key=RSA_KEYS[0])
    assert old.status_code == 401, "a key that was withdrawn signs nothing any more"


async def test_a_withdrawn_key_is_forgotten_after_ten_minutes(sign_in: SignIn):
    assert (await sign_in.me()).status_code == 200
    sign_in.issuer.rotate(RSA_KEYS[1])
    sign_in.house.clock.advance(minutes=9)
    assert (await sign_in.me(key=RSA_KEYS[0])).status_code == 200
    sign_in.house.clock.advance(minutes=1)
    assert (await sign_in.me(key=RSA_KEYS[0])).status_code == 401


async def test_a_hundred_unknown_key_ids_cause_one_look_a_minute(sign_in: SignIn):
    assert (await sign_in.me()).status_code == 200
    for minute in range(3):
        sign_in.house.clock.advance(minutes=1)
        tokens = [sign_in.token(header={"kid": f"made-up-{minute}-{number}"}) for number in range(100)]
        answers = await asyncio.gather(*(sign_in.with_token(token).get("/me") for token in tokens))
        assert {answer.status_code for answer in answers} == {401}
        assert (await sign_in.me(jti=str(minute))).status_code == 200
    assert sign_in.issuer.asked_paths == [DISCOVERY, *[KEYS] * 4]


async def test_while_the_provider_is_away_its_keys_go_on_for_a_day(sign_in: SignIn):
    assert (await sign_in.me()).status_code == 200
    sign_in.issuer.answers[DISCOVERY] = sign_in.issuer.answers[KEYS] = Answer(status="500 Internal Server Error")
    sign_in.house.clock.advance(hours=23)
    assert (await sign_in.me()).status_code == 200
    asked = len(sign_in.issuer.asked)
    assert (await sign_in.me(jti="2")).status_code == 200
    assert len(sign_in.issuer.asked) == asked, "not asked again within the minute"
    sign_in.house.clock.advance(hours=1)
    answer = await sign_in.me()
    assert (answer.status_code, answer.json()["code"]) == (503, "identity_provider_unreachable")
    assert answer.headers["Retry-After"] == "60"


LIES: dict[str, dict[str, Answer]] = {
    "discovery of another issuer": {DISCOVERY: Answer.of({"issuer": "https://other.example", "jwks_uri": "https://a"})},
    "discovery without keys": {DISCOVERY: Answer.of({"issuer": "ISSUER"})},
    "discovery that leads inside": {
        DISCOVERY: Answer.of({"issuer": "ISSUER", "jwks_uri": "https://169.254.169.254/latest"})
    },
    "discovery that leads to plain http": {DISCOVERY: Answer.of({"issuer": "ISSUER", "jwks_uri": "http://a.example"})},
    "discovery that is no object": {DISCOVERY: Answer.of(["issuer"])},
    "discovery that redirects": {DISCOVERY: Answer(status="302 Found", headers={"Location": "https://127.0.0.1/"})},
    "keys that redirect": {KEYS: Answer(status="307 Temporary Redirect", headers={"Location": "/other"})},
    "keys without end": {KEYS: Answer(b'{"keys": [' + b"{}, " * 100_000 + b"{}]}")},
    "keys that are none": {KEYS: Answer.of({"keys": "none"})},
    "keys in HTML": {KEYS: Answer(b"<html></html>", headers={"Content-Type": "text/html"})},
    "keys that never come": {KEYS: Answer(never_comes=True)},
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_provider_that_lies_or_hangs_is_not_believed(
    sign_in: SignIn, lie: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sign_in.house.app.state.outbound, "_seconds", 0.5)
    for path, answer in LIES[lie].items():
        body = answer.body.replace(b"ISSUER", sign_in.issuer.url.encode())
        sign_in.issuer.answers[path] = Answer(body, answer.status, answer.headers, answer.never_comes)
    answers = await asyncio.gather(*(sign_in.me(jti=str(number)) for number in range(3)))
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {
        (503, "identity_provider_unreachable")
    }
    assert len(sign_in.issuer.asked) <= 2


async def test_the_others_go_on_while_a_provider_hangs(sign_in: SignIn):
    assert (await sign_in.me()).status_code == 200
    sign_in.issuer.answers[DISCOVERY] = Answer(never_comes=True)
    sign_in.issuer.is_asked.clear()
    sign_in.house.clock.advance(minutes=11)
    first = asyncio.create_task(sign_in.me())
    await sign_in.issuer.is_asked.wait()
    assert (await sign_in.me(jti="2")).status_code == 200
    assert not first.done()
    await sign_in.issuer.stop()
    assert (await first).status_code == 200, "with the keys the provider had"


async def test_keys_may_be_where_the_clinic_says(sign_in: SignIn):
    await sign_in.change(jwks_uri=f"{sign_in.issuer.url}{KEYS}")
    sign_in.issuer.answers.pop(DISCOVERY)
    assert (await sign_in.me()).status_code == 200
    assert sign_in.issuer.asked_paths == [KEYS]


async def test_a_provider_in_a_network_that_is_not_named_is_not_asked(sign_in: SignIn):
    async with somewhere_else(Issuer) as inside:
        assert isinstance(inside, Issuer)
        wanted = {"name": "Inside", "issuer": inside.url, "audience": AUDIENCE}
        await sign_in.clinic["admin"].made("/identity-providers", wanted)
        answer = await sign_in.with_token(inside.token(sign_in.house.clock.now, SUBJECT)).get("/me")
        assert answer.status_code == 503
        assert inside.asked == []


def test_only_public_keys_that_check_signatures_are_taken():
    def said(key: Any, **changes: Any) -> dict[str, Any]:
        return dict(key.as_dict(private=False)) | changes

    number = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key().public_numbers().n
    short = base64.urlsafe_b64encode(number.to_bytes(128, "big")).rstrip(b"=").decode()
    keys = keys_in(
        {
            "keys": [
                said(RSA_KEYS[0]),
                said(RSA_KEYS[1], use="enc"),
                {name: value for name, value in said(RSA_KEYS[2]).items() if name != "kid"},
                OctKey.generate_key(256, {"kid": "secret"}).as_dict(),
                {"kty": "AKP", "kid": "of tomorrow", "alg": "ML-DSA-44", "pub": "AA"},
                {"kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB"},
                {"kty": "RSA", "kid": 7},
                {"kty": "RSA", "kid": "short", "n": short, "e": "AQAB"},
                "no key",
            ]
        }
    )
    assert set(keys) == {"rsa-0"}
