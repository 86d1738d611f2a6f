"""What the tests of private notes send, and the steps they take again and again."""

from typing import Any

from tests.record.notes.writing import draft, meeting
from tests.support.house import Api

ANSWERS = {
    "self_feeling_now": "Hurried, and a little afraid.",
    "client_behaviour_why": "She may have taken my look at the clock for boredom.",
    "own_contribution": "I had looked at the clock.",
}


async def session_with(author: Api, *clients: str, **facts: Any) -> str:
    return str((await author.made("/sessions", meeting(*clients, **facts)))["id"])


async def reflected(author: Api, session: str, client: str | None = None, **answers: Any) -> Any:
    """Write a reflection that must succeed."""
    query = f"?client_id={client}" if client else ""
    answer = await author.put(f"/sessions/{session}/reflection{query}", answers or ANSWERS)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def process_note(author: Api, client: str, text: str = "What went on between us.") -> Any:
    """Write a process note beside a progress note made for it."""
    chart = await draft(author, client)
    wanted = {"session_id": chart["session_id"], "client_id": client, "text": text}
    return await author.made("/private-notes", wanted)


async def step(author: Api, note: Any, name: str) -> Any:
    """Show or hide a reflection; it must succeed."""
    return await author.changed(f"/private-notes/{note['id']}/{name}", version=note["version"], method="POST")


async def statuses(person: Api, note: Any, session: str | None = None) -> set[int]:
    """Try every way to a private note that is not the author's, and return the statuses of the answers."""
    path, version = f"/private-notes/{note['id']}", note["version"]
    answers = [
        await person.get(path),
        await person.change(path, {"reflection": ANSWERS}, version=version),
        await person.change(path, {"text": "Mine now."}, version=version),
        await person.change(path, version=version, method="DELETE"),
        await person.change(f"{path}/show-to-supervisor", version=version, method="POST"),
        await person.change(f"{path}/hide-from-supervisor", version=version, method="POST"),
        await person.get(f"/shown-reflections/{note['id']}"),
    ]
    if session is not None:
        answers.append(await person.get(f"/sessions/{session}/reflection"))
    return {answer.status_code for answer in answers}


def errors(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]
