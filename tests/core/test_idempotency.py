"""A POST sent twice with the same key acts once."""

import asyncio

import httpx
from sqlalchemy import func, select

from app.core.idempotency import IdempotencyRecord, Once
from app.core.work import UnitOfWork
from app.record.clients.models import Client
from tests.support.house import Api, Clinic

ROBIN = {"given_name": "Robin", "family_name": "Canary-7f3a", "email": "canary.7f3a@example.org"}
KEY = {"Idempotency-Key": "0f8fad5b-d9cb-469f-a165-70867728950e"}


def number_of_clients(work: UnitOfWork) -> int:
    return work.session.execute(select(func.count()).select_from(Client)).scalar_one()


async def test_the_same_request_gets_the_same_answer_and_acts_once(clinic: Clinic):
    therapist = clinic["therapist"]
    first = await therapist.post("/clients", ROBIN, headers=KEY)
    second = await therapist.post("/clients", ROBIN, headers=KEY)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    for header in ("ETag", "Location", "Content-Type"):
        assert second.headers[header] == first.headers[header]
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert await clinic.house.door.transactions.read(clinic.operator, number_of_clients) == 1


async def test_another_request_with_the_same_key_is_refused(therapist: Api):
    await therapist.made("/clients", ROBIN, headers=KEY)
    response = await therapist.post("/clients", {**ROBIN, "given_name": "Other"}, headers=KEY)
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert "Other" not in response.text


async def test_a_key_belongs_to_one_caller(clinic: Clinic):
    mine = await clinic["therapist"].made("/clients", ROBIN, headers=KEY)
    theirs = await clinic["stranger"].made("/clients", ROBIN, headers=KEY)
    elsewhere = await (await clinic.house.clinic())["therapist"].made("/clients", ROBIN, headers=KEY)
    assert len({mine["id"], theirs["id"], elsewhere["id"]}) == 3


async def test_a_refused_request_leaves_its_key_free(therapist: Api):
    wrong = {**ROBIN, "presenting_concerns": ["no_such_code"]}
    assert (await therapist.post("/clients", wrong, headers=KEY)).status_code == 422
    assert (await therapist.post("/clients", ROBIN, headers=KEY)).status_code == 201


async def test_thirty_twins_at_once_make_one_client(clinic: Clinic):
    async def post() -> httpx.Response:
        """Try again when the service is busy, as the answer asks and the key allows."""
        for _ in range(20):
            answer = await clinic["therapist"].post("/clients", ROBIN, headers=KEY)
            if answer.status_code != 503:
                break
        return answer

    answers = await asyncio.gather(*(post() for _ in range(30)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) <= 1
    assert await clinic.house.door.transactions.read(clinic.operator, number_of_clients) == 1


async def test_after_seven_days_the_key_is_free_again(clinic: Clinic):
    therapist = clinic["therapist"]
    first = await therapist.made("/clients", ROBIN, headers=KEY)
    clinic.house.clock.advance(days=6, hours=23)
    assert (await therapist.made("/clients", ROBIN, headers=KEY))["id"] == first["id"]
    clinic.house.clock.advance(hours=1)
    again = await therapist.post("/clients", ROBIN, headers=KEY)
    assert again.json()["id"] != first["id"]
    assert "Idempotency-Replayed" not in again.headers
    assert (await therapist.made("/clients", ROBIN, headers=KEY))["id"] == again.json()["id"]


async def test_the_stored_answer_is_sealed(clinic: Clinic):
    def stored(work: UnitOfWork) -> list[bytes]:
        return [
            record.answer + record.request_hash + record.key.encode()
            for record in work.session.execute(select(IdempotencyRecord)).scalars()
        ]

    await clinic["therapist"].made("/clients", ROBIN, headers=KEY)
    (record,) = await clinic.house.door.transactions.read(clinic.operator, stored)
    assert b"Canary" not in record
    assert b"canary" not in record


async def test_a_key_that_cannot_be_kept_is_refused(therapist: Api):
    for key in ("short", "with space", "x" * 201, "ключключ"):
        response = await therapist.post("/clients", ROBIN, headers={"Idempotency-Key": key.encode()})
        assert response.status_code == 422
        assert key not in response.text


def test_a_request_is_recognised_by_method_path_and_meaning_of_the_body():
    same = {Once.of("key", "POST", "/v1/clients", body) for body in (b'{"a":1,"b":[2]}', b' {"b": [2], "a" : 1}\n')}
    assert len(same) == 1
    others = {
        Once.of("key", "POST", "/v1/clients", b'{"a":1,"b":[2]}'),
        Once.of("key", "POST", "/v1/clients", b'{"a":1,"b":[3]}'),
        Once.of("key", "POST", "/v1/others", b'{"a":1,"b":[2]}'),
        Once.of("key", "PUT", "/v1/clients", b'{"a":1,"b":[2]}'),
        Once.of("key", "POST", "/v1/clients", b""),
    }
    assert len(others) == 5
