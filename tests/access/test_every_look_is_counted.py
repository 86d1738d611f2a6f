"""Under load nothing is read or written without exactly one entry, and no entry is there without its act."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from uuid import UUID

from sqlalchemy import select

from app.access.audit.models import AuditEvent
from app.core.scope import Scope, ScopedSession
from tests.support.house import Api, Clinic
from tests.support.world import SECTIONS, one_of_everything

ACTS = 400
AT_ONCE = 16


async def test_many_at_once_leave_as_many_entries_as_they_did_things(clinic: Clinic) -> None:
    worlds = [await one_of_everything(clinic) for _ in range(2)]
    readers = [clinic["therapist"], clinic["admin"], await clinic.join("colleague")]
    before, done = await counted(clinic), Counter[tuple[str, str]]()
    turns, dice = asyncio.Semaphore(AT_ONCE), random.Random(20260302)

    async def expect(person: Api, kind: str, status: int, act: Callable[[], Awaitable[object]]) -> None:
        async with turns:
            answer = await act()
        assert getattr(answer, "status_code", None) == status, kind
        done[kind, person.id] += 1

    def an_act() -> Awaitable[None]:
        world, person = dice.choice(worlds), dice.choice(readers)
        therapist, admin, stranger = clinic["therapist"], clinic["admin"], clinic["stranger"]
        client, note = f"/clients/{world.ids['client_id']}", f"/notes/{world.ids['note_id']}"
        goal = f"/goals/{world.ids['goal_id']}/ratings"
        draft = {"client_id": world.ids["client_id"], "template": "mbt", "sections": SECTIONS}
        rating = {"value": dice.randrange(11), "rated_by": "therapist"}
        choices: list[Callable[[], Awaitable[None]]] = [
            lambda: expect(person, "client.listed", 200, lambda: person.get("/clients")),
            lambda: expect(therapist, "client.viewed", 200, lambda: therapist.get(client)),
            lambda: expect(therapist, "note.viewed", 200, lambda: therapist.get(note)),
            lambda: expect(therapist, "goal_rating.created", 201, lambda: therapist.post(goal, rating)),
            lambda: expect(admin, "access.refused", 403, lambda: admin.get(note)),
            lambda: expect(stranger, "nothing", 404, lambda: stranger.get(client)),
            lambda: expect(therapist, "nothing", 409, lambda: therapist.post(_notes(world.ids), draft)),
        ]
        return dice.choice(choices)()

    await asyncio.gather(*(an_act() for _ in range(ACTS)))
    assert done.total() == ACTS
    left = Counter({key: count for key, count in done.items() if key[0] != "nothing"})
    assert await counted(clinic) - before == left


def _notes(ids: dict[str, str]) -> str:
    return f"/sessions/{ids['session_id']}/notes"


async def counted(clinic: Clinic) -> Counter[tuple[str, str]]:
    """Count the entries by type and actor, in the database itself: asking the API would add one."""

    def look(session: ScopedSession) -> Counter[tuple[str, str]]:
        rows = session.execute(select(AuditEvent.type, AuditEvent.actor_id)).all()
        return Counter((row.type, str(row.actor_id)) for row in rows)

    return await clinic.house.door.transactions.look(Scope(UUID(clinic.id)), look)
