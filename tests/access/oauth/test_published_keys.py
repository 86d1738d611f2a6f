"""Programs that publish their keys at an address of their own: fetched when needed, never asked for too often."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, RSAKey

from app.settings import Settings
from tests.support.elsewhere import Answer, Elsewhere, authority_file, somewhere_else
from tests.support.house import Clinic, House, open_house
from tests.support.programs import Program, ec_key, public, sign

PATH = "/jwks.json"


def publish(ehr: Elsewhere, *keys: ECKey | RSAKey) -> None:
    ehr.answers[PATH] = Answer.of(public(*keys))


@pytest.fixture
async def ehr() -> AsyncIterator[Elsewhere]:
    async with somewhere_else(Elsewhere) as ehr:
        yield ehr


@pytest.fixture
async def house(settings: Settings, ehr: Elsewhere, tmp_path: Path) -> AsyncIterator[House]:
    outbound = {"outbound_private_hosts": (ehr.host,), "outbound_ca_file": authority_file(tmp_path)}
    async with open_house(settings.model_copy(update=outbound)) as house:
        yield house


@pytest.fixture
async def program(clinic: Clinic, ehr: Elsewhere) -> Program:
    admin, key = clinic["admin"], ec_key()
    publish(ehr, key)
    account = await admin.made("/service-accounts", {"name": "EHR", "scopes": ["clients:read"]})
    made = await admin.put(f"/service-accounts/{account['id']}/jwks", {"jwks_uri": ehr.url + PATH})
    assert (made.status_code, made.json()["jwks"], made.json()["jwks_uri"]) == (201, None, ehr.url + PATH)
    return Program(clinic.house, account["id"], key, account=account)


async def test_published_keys_are_fetched_once_for_ten_minutes(program: Program, ehr: Elsewhere):
    assert ehr.asked_paths == []
    for _ in range(3):
        assert (await program.ask()).status_code == 200
    assert ehr.asked_paths == [PATH]
    api = await program.token()
    assert (await api.get("/clients")).status_code == 200
    program.house.clock.advance(minutes=11)
    assert (await program.ask()).status_code == 200
    assert ehr.asked_paths == [PATH, PATH]


async def test_a_new_key_counts_as_soon_as_it_is_published(program: Program, ehr: Elsewhere):
    assert (await program.ask()).status_code == 200
    program.key = ec_key("two")
    publish(ehr, program.key)
    program.house.clock.advance(minutes=1)
    assert (await program.ask()).status_code == 200


async def test_a_hundred_unknown_names_of_keys_make_us_ask_once_a_minute(program: Program, ehr: Elsewhere):
    assert (await program.ask()).status_code == 200
    program.house.clock.advance(minutes=1)
    for number in range(100):
        forged = sign(ec_key(), program.header(kid=f"k{number}"), program.claims())
        assert (await program.ask(forged)).json()["error"] == "invalid_client"
    assert ehr.asked_paths == [PATH, PATH]
    assert (await program.ask()).status_code == 200


async def test_the_address_may_stand_in_the_header_and_no_other(program: Program, ehr: Elsewhere):
    right = sign(program.key, program.header(jku=ehr.url + PATH), program.claims())
    assert (await program.ask(right)).status_code == 200
    wrong = sign(program.key, program.header(jku=f"{ehr.url}/others"), program.claims())
    assert (await program.ask(wrong)).json()["error"] == "invalid_client"
    assert ehr.asked_paths == [PATH]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status="500 Oops"),
        Answer(b"[]"),
        Answer(b"no json"),
        Answer.of({"keys": "none"}),
        Answer.of({"keys": []}),
    ],
)
async def test_where_no_keys_are_there_is_no_token(program: Program, ehr: Elsewhere, answer: Answer):
    ehr.answers[PATH] = answer
    assert (await program.ask()).json()["error"] == "invalid_client"
    publish(ehr, program.key)
    program.house.clock.advance(minutes=1)
    assert (await program.ask()).status_code == 200


async def test_a_program_that_publishes_by_mistake_what_it_should_not_gets_no_further_for_it(
    program: Program, ehr: Elsewhere
):
    """A secret among the keys cannot be used as one, and keys of a kind we do not take count for nothing."""
    ehr.answers[PATH] = Answer.of({"keys": [{"kty": "oct", "kid": "one", "k": "c2VjcmV0" * 8}]})
    assert (await program.ask()).json()["error"] == "invalid_client"


@pytest.mark.parametrize(
    "address", ["http://ehr.example/jwks", "https://", "ftp://ehr.example", "jwks", "https://u:p@a/"]
)
async def test_an_address_we_would_not_ask_is_not_registered(clinic: Clinic, address: str):
    account = await clinic["admin"].made("/service-accounts", {"name": "EHR", "scopes": ["clients:read"]})
    path = f"/service-accounts/{account['id']}/jwks"
    answer = await clinic["admin"].put(path, {"jwks_uri": address})
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["pointer"], error["code"]) == (422, "/jwks_uri", "unfit_address")


async def test_an_address_of_the_own_network_is_never_asked(clinic: Clinic):
    admin = clinic["admin"]
    account = await admin.made("/service-accounts", {"name": "EHR", "scopes": ["clients:read"]})
    for version, address in enumerate(("https://127.0.0.1/jwks", "https://169.254.169.254/jwks", "https://[::1]/jwks")):
        path, body = f"/service-accounts/{account['id']}/jwks", {"jwks_uri": address}
        await (admin.changed(path, body, version=version, method="PUT") if version else admin.put(path, body))
        program = Program(clinic.house, account["id"], ec_key())
        assert (await program.ask()).json()["error"] == "invalid_client"


async def test_both_or_neither_of_keys_and_address_are_refused(clinic: Clinic):
    account = await clinic["admin"].made("/service-accounts", {"name": "EHR", "scopes": ["clients:read"]})
    path = f"/service-accounts/{account['id']}/jwks"
    for body in ({}, {"jwks": {"keys": []}, "jwks_uri": "https://ehr.example/jwks"}):
        answer = await clinic["admin"].put(path, body)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "one_of_both")
