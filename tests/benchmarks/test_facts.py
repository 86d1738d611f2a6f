import copy
import random
from datetime import UTC, datetime
from typing import Any

from benchmarks import facts
from benchmarks.dataset import NOTES_OF_CLIENT, Client, Note, client, clients, readers, writers


def a_note() -> Note:
    return client(3).note(random.Random(1), datetime(2025, 7, 1, 10, tzinfo=UTC))


def as_peer(note: Note) -> Any:
    """Say a note as the peers do."""
    said = facts.expected_note(note)
    return said | {"occurred_at": said["occurred_at"].replace("+00:00", "Z")}


def as_ours(note: Note) -> Any:
    """Say a note as the service does."""
    said = facts.expected_note(note)
    failures = [
        {name: value for name, value in one.items() if name != "place"} | {"where": one["place"]}
        for one in said.pop("failures")
    ]
    text = {"code": "presentation", "title": "Presentation", "text": said.pop("body")}
    return said | {"version": 2, "sections": [text], "mentalizing_failures": failures}


def test_both_ways_to_say_a_note_carry_the_same_facts() -> None:
    note = a_note()
    expected = facts.expected_note(note)
    assert facts.differences(expected, facts.note_facts(as_peer(note))) == []
    assert facts.differences(expected, facts.note_facts(as_ours(note))) == []


def test_a_moment_without_a_zone_is_taken_as_utc() -> None:
    note = a_note()
    naive = as_peer(note) | {"occurred_at": "2025-07-01T10:00:00"}
    assert facts.differences(facts.expected_note(note), facts.note_facts(naive)) == []


def test_every_wrong_or_missing_fact_is_found() -> None:
    note = a_note()
    expected, right = facts.expected_note(note), as_peer(note)
    for name in right:
        wrong = copy.deepcopy(right)
        wrong[name] = (
            wrong[name][:-1] if name == "failures" else "2025-07-01T11:00:00Z" if name == "occurred_at" else 99
        )
        assert facts.differences(expected, facts.note_facts(wrong)), name
    for name in right["failures"][1]:
        wrong = copy.deepcopy(right)
        wrong["failures"][1][name] = "another"
        (found,) = facts.differences(expected, facts.note_facts(wrong))
        assert found.startswith(f"answer.failures[1].{name}")


def test_failures_in_another_order_are_another_answer() -> None:
    note = a_note()
    turned = as_peer(note)
    turned["failures"].reverse()
    assert facts.differences(facts.expected_note(note), facts.note_facts(turned))


def test_a_page_is_the_same_however_it_is_wrapped() -> None:
    expected = facts.expected_page(client(0), 2)
    notes = [note for note in client(0).notes() if str(note.id) in {one["id"] for one in expected}]
    said = [as_peer(note) for note in reversed(notes)]
    for answer in (said, {"results": said, "next": None}, {"data": said, "next_cursor": None}):
        assert facts.differences(expected, facts.page_facts(answer)) == []


def test_months_are_the_same_as_rows_and_with_gaps() -> None:
    expected = facts.expected_months(client(0))
    rows = [
        {"month": month, "pattern": pattern, "count": count}
        for month, counts in expected.items()
        for pattern, count in counts.items()
    ]
    months = [
        {"month": month, "failures": {name: counts.get(name, 0) for name in ("mixed", *counts)}}
        for month, counts in expected.items()
    ]
    gap = {"month": "2027-01", "failures": None}
    assert facts.month_facts(rows) == expected
    assert facts.month_facts({"months": [*months, gap]}) == expected
    assert sum(count for counts in expected.values() for count in counts.values()) == NOTES_OF_CLIENT * 3


def test_the_data_set_is_the_same_each_time_and_its_readers_are_never_written_to() -> None:
    def whole(one: Client) -> list[Note]:
        return list(one.notes())

    assert whole(client(5)) == whole(client(5))
    assert len({note.id for number in range(4) for note in client(number).notes()}) == 4 * NOTES_OF_CLIENT
    everyone = clients(14_000)
    assert (len(everyone), len(readers(everyone)), len(writers(everyone))) == (200, 150, 50)
    assert not {one.id for one in readers(everyone)} & {one.id for one in writers(everyone)}
