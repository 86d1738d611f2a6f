"""The catalogue of events is whole: every change of the record is in it, or left out by name and with a reason."""

from collections.abc import Iterator

import pytest

from app.access.identity.matrix import NEEDS
from app.core.events import AuditAction, DomainEvent
from app.core.ids import new_id
from app.exchange.events import domain
from app.exchange.events.domain import CATALOGUE, LEFT_OUT, OF_THE_STREAM, READ_WITH, EventEntity, EventType
from app.main import ROUTERS

READ_AT = {
    EventEntity.CLIENT: "getClient",
    EventEntity.CARE_TEAM_MEMBER: "getCareTeamMember",
    EventEntity.TREATMENT: "getTreatment",
    EventEntity.REVIEW: "getReview",
    EventEntity.GOAL: "getGoal",
    EventEntity.GOAL_RATING: "getGoalRating",
    EventEntity.SESSION: "getSession",
    EventEntity.NOTE: "getNote",
}
AUTHOR, COSIGNER, COLLEAGUE = new_id(), new_id(), new_id()


def changes(of: type[DomainEvent] = DomainEvent) -> Iterator[type[DomainEvent]]:
    """Walk every kind of event that tells of a change."""
    for kind in of.__subclasses__():
        yield from changes(kind)
        if "type" in kind.__dict__ and kind.__module__.startswith("app.") and kind.action is not AuditAction.READ:
            yield kind


def test_every_change_is_told_of_or_left_out_with_a_reason() -> None:
    assert ROUTERS, "every slice is imported"
    untold = {kind.type for kind in changes() if kind.entity not in LEFT_OUT}
    assert untold == {event_type.value for event_type in CATALOGUE}
    assert LEFT_OUT.keys() == {kind.entity for kind in changes() if kind.type not in CATALOGUE} | {"audit_event"}
    assert all(len(reason) > 20 for reason in LEFT_OUT.values())


def test_nothing_private_is_in_the_catalogue() -> None:
    private = {kind for kind in changes() if kind.is_private}
    assert private, "there are such events"
    assert not {kind.type for kind in private} & CATALOGUE
    assert not {kind.entity for kind in private} & set(EventEntity)


def test_an_event_names_the_thing_it_is_about_as_the_log_does() -> None:
    entities = {kind.type: kind.entity for kind in changes()}
    assert {entities[event_type] for event_type in CATALOGUE} == set(EventEntity) - {EventEntity.STREAM}


def test_hearing_of_a_thing_needs_what_reading_it_needs() -> None:
    assert {entity: NEEDS[operation] for entity, operation in READ_AT.items()} == READ_WITH


@pytest.mark.parametrize(
    ("event_type", "listeners"),
    [
        (EventType.NOTE_CREATED, {AUTHOR}),
        (EventType.NOTE_AUTOSAVED, {AUTHOR}),
        (EventType.NOTE_SUBMITTED, {AUTHOR, COSIGNER}),
        (EventType.NOTE_RETURNED, {AUTHOR, COSIGNER}),
        (EventType.NOTE_SIGNED, {AUTHOR, COSIGNER, COLLEAGUE}),
        (EventType.NOTE_COSIGNED, {AUTHOR, COSIGNER, COLLEAGUE}),
        (EventType.NOTE_ADDENDUM_ADDED, {AUTHOR, COSIGNER, COLLEAGUE}),
        (EventType.NOTE_ENTERED_IN_ERROR, {AUTHOR, COSIGNER, COLLEAGUE}),
    ],
)
def test_how_a_note_came_about_is_told_to_those_who_wrote_it(event_type: EventType, listeners: set[object]) -> None:
    everyone = (AUTHOR, COSIGNER, COLLEAGUE)
    assert {one for one in everyone if domain.may_hear(event_type, one, AUTHOR, COSIGNER)} == listeners


def test_each_kind_of_note_event_is_thought_of() -> None:
    of_notes = {event_type for event_type in CATALOGUE if event_type.startswith("note.")}
    assert len(of_notes) == 8, "a new one needs a line in the table above"
    assert set(EventType) == CATALOGUE | OF_THE_STREAM
