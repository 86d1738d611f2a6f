"""What the tests of notes send, and the steps they take again and again."""

from typing import Any

from tests.support.house import Api

ROBIN = {"given_name": "Robin", "family_name": "Example"}
CONTENT: dict[str, Any] = {
    "template": "mbt",
    "sections": [
        {"code": "plan", "text": "Meet again on Monday."},
        {"code": "presentation", "text": "Robin came in hurried."},
    ],
    "mentalizing_failures": [
        {
            "pattern": "hyperactivation",
            "signs": ["mind_reading_certainty", "clinging"],
            "where": "partner",
            "trigger": "rejection_felt",
            "affect": "anger",
            "arousal": 8,
            "mode": "psychic_equivalence",
            "observed_in": "describing",
            "intervention": "stop_rewind_explore",
            "response": "recovered",
            "minutes_to_recovery": 12,
            "excerpt": "I just know what he thinks.",
        },
        {"pattern": "mixed"},
    ],
    "interventions": ["stop_rewind_explore", "empathic_validation"],
    "positive_mentalizing": ["curiosity"],
    "risk": {"flags": ["none_identified"], "statement": "Asked; nothing found."},
    "felt_understood": 7,
    "bond": 8,
}


def meeting(*clients: str, **facts: Any) -> dict[str, Any]:
    return {
        "format": "individual" if len(clients) == 1 else "group",
        "delivery": "in_person",
        "starts_at": "2026-03-02T08:00:00Z",
        "duration_minutes": 50,
        "participants": [{"client_id": client} for client in clients],
        **facts,
    }


async def draft(author: Api, client: str, session: str | None = None, **content: Any) -> dict[str, Any]:
    """Begin a note, with a session for it unless one is named."""
    if session is None:
        session = (await author.made("/sessions", meeting(client)))["id"]
    return dict(await author.made(f"/sessions/{session}/notes", {"client_id": client, **CONTENT, **content}))


async def step(person: Api, note: dict[str, Any], name: str, body: Any = None) -> Any:
    """Take a step that must succeed: sign, cosign, return or entered-in-error."""
    body = {} if body is None and name == "sign" else body
    return await person.changed(f"/notes/{note['id']}/{name}", body, version=note["version"], method="POST")


async def tried(person: Api, note: dict[str, Any], name: str, body: Any = None, version: int | None = None) -> Any:
    """Try a step and return status and code of the answer."""
    body = {} if body is None and name == "sign" else body
    answer = await person.change(f"/notes/{note['id']}/{name}", body, version=version or note["version"], method="POST")
    return answer.status_code, answer.json().get("code")


async def signed(author: Api, client: str, **content: Any) -> dict[str, Any]:
    return dict(await step(author, await draft(author, client, **content), "sign"))


def errors(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


async def ids(person: Api, path: str) -> list[str]:
    return [one.get("id") or one["note_id"] for one in (await person.read(path))["data"]]
