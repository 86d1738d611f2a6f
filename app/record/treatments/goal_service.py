"""What can be done with the two goals of a treatment: read them, and say them in the client's words."""

from typing import Any
from uuid import UUID

from app.core.work import UnitOfWork
from app.record.treatments import domain, events, models, queries, schemas
from app.record.treatments.service import client_of

_WORDS = ("in_client_words", "baseline", "target")


def list_goals(work: UnitOfWork, treatment_id: UUID) -> schemas.GoalList:
    """List both goals of a treatment."""
    client_id = client_of(work, treatment_id)
    rows = work.rows(queries.goals().where(models.Goal.treatment_id == treatment_id))
    work.record(events.GoalsListed(client_id=client_id, treatment_id=treatment_id))
    order = list(domain.GoalCode)
    return schemas.GoalList(data=[_as_goal(work, row) for row in sorted(rows, key=lambda row: order.index(row.code))])


def get_goal(work: UnitOfWork, goal_id: UUID) -> schemas.Goal:
    """Read one goal."""
    row = work.one(queries.goals().where(models.Goal.id == goal_id))
    work.record(events.GoalViewed(entity_id=row.id, client_id=row.client_id, version=row.version))
    return _as_goal(work, row)


def update_goal(work: UnitOfWork, goal_id: UUID, changes: schemas.GoalUpdate, expected: int) -> schemas.Goal:
    """Change a goal's words, ratings or status."""
    goal = work.get(models.Goal, goal_id, expected)
    changed = changes.model_dump()
    words = {name: changed[name] for name in _WORDS if name in changed}
    if words:
        kept = _words(work, goal) | words
        goal.words = work.vault.seal_json(models.GOAL_WORDS, goal.client_id, goal.id, kept)
    for name in changed.keys() - words.keys():
        setattr(goal, name, changed[name])
    work.record(events.GoalChanged(treatment_id=goal.treatment_id, changed=tuple(changed)), goal)
    return _as_goal(work, goal)


def _words(work: UnitOfWork, row: Any) -> dict[str, str | None]:
    said = {} if row.words is None else work.vault.open_json(models.GOAL_WORDS, row.client_id, row.id, row.words)
    return {name: said.get(name) for name in _WORDS}


def _as_goal(work: UnitOfWork, row: Any) -> schemas.Goal:
    """Shape a row or an entity for the wire, opening what is sealed."""
    return schemas.Goal(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        client_id=row.client_id,
        treatment_id=row.treatment_id,
        code=row.code,
        status=row.status,
        baseline_rating=row.baseline_rating,
        target_rating=row.target_rating,
        **_words(work, row),
    )
