"""What the tests of sessions send, and what they look for in answers."""

from typing import Any

from tests.support.house import Api


def wanted(*clients: str, **facts: Any) -> dict[str, Any]:
    return {
        "format": "individual" if len(clients) == 1 else "group",
        "delivery": "in_person",
        "starts_at": "2026-03-02T08:00:00Z",
        "duration_minutes": 50,
        "participants": [{"client_id": client} for client in clients],
        **facts,
    }


def seats(*attendances: tuple[str, str]) -> dict[str, Any]:
    return {"participants": [{"client_id": client, "attendance": attendance} for client, attendance in attendances]}


def ids(session: dict[str, Any]) -> set[str]:
    return {participant["client_id"] for participant in session["participants"]}


def codes(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


async def listed(api: Api, query: str) -> list[str]:
    return [session["id"] for session in (await api.read(f"/sessions?{query}"))["data"]]
