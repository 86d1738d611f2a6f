"""Notes are written as JSON straight from their rows: byte for byte what their model would write, but for the order."""

import json
from typing import Any

from app.record.notes import schemas
from tests.record.notes.writing import draft, signed, step
from tests.support.house import Api


async def every_kind(therapist: Api, trainee: Api, supervisor: Api, robin: str, sam: str) -> dict[str, Api]:
    """Return a note in each state with somebody who reads it: new, late, waiting, returned, signed twice, in error."""
    bare: dict[str, Any] = {"sections": [], "mentalizing_failures": [], "interventions": [], "risk": None, "bond": None}
    waiting = await signed(trainee, sam)
    returned = await step(supervisor, await signed(trainee, sam), "return", {"comment": "Say more."})
    twice = await step(supervisor, await signed(trainee, sam), "cosign")
    wrong = await step(therapist, await signed(therapist, robin), "entered-in-error", {"reason": "Wrong client."})
    return {
        (await draft(therapist, robin))["id"]: therapist,
        (await draft(therapist, robin, **bare))["id"]: therapist,
        (await signed(therapist, robin))["id"]: therapist,
        waiting["id"]: supervisor,
        returned["id"]: trainee,
        twice["id"]: supervisor,
        wrong["id"]: therapist,
    }


def as_model_writes(model: Any, body: str) -> Any:
    return json.loads(model.model_validate_json(body).model_dump_json())


async def test_a_note_is_written_as_its_model_would_write_it(
    therapist: Api, trainee: Api, supervisor: Api, robin: str, sam: str
):
    for note, reader in (await every_kind(therapist, trainee, supervisor, robin, sam)).items():
        answer = await reader.get(f"/notes/{note}")
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.json() == as_model_writes(schemas.Note, answer.text)
        assert answer.headers["ETag"] == f'"{answer.json()["version"]}"'


async def test_a_page_of_notes_is_written_as_its_model_would_write_it(
    therapist: Api, trainee: Api, supervisor: Api, robin: str, sam: str
):
    await every_kind(therapist, trainee, supervisor, robin, sam)
    for reader in (therapist, trainee, supervisor):
        for query in ("limit=1", "limit=50", "status=signed&limit=2"):
            answer = await reader.get(f"/notes?{query}")
            assert answer.json() == as_model_writes(schemas.NotePage, answer.text)
            assert answer.json()["has_more"] == ("Link" in answer.headers)
