"""What an answer says, in one form whoever gave it, so that answers can be compared before anything is timed.

What was to be expected comes from the data set itself: no server is the measure of the others.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from benchmarks.dataset import NOTES_OF_CLIENT, Client, Note

Facts = Any
"""Lists, dictionaries and plain values."""
OF_FAILURE = (
    *("pattern", "signs", "trigger", "affect", "arousal", "mode", "observed_in", "intervention", "response"),
    *("minutes_to_recovery", "excerpt"),
)
OF_NOTE = ("client_id", "treatment_id", "felt_understood", "bond")


def expected_note(note: Note, *, with_ids: bool = True) -> Facts:
    """Return what an answer about this note must say; of a note that was just written, ids are not known before."""
    said: dict[str, Any] = {
        "client_id": str(note.client_id),
        "treatment_id": str(note.treatment_id),
        "felt_understood": note.felt_understood,
        "bond": note.bond,
        "occurred_at": note.occurred_at.isoformat(),
        "body": note.body,
        "failures": [
            {name: getattr(failure, name) for name in OF_FAILURE}
            | {"signs": list(failure.signs), "place": failure.place}
            | ({"id": str(failure.id)} if with_ids else {})
            for failure in note.failures
        ],
    }
    return said | ({"id": str(note.id)} if with_ids else {})


def expected_page(client: Client, limit: int) -> Facts:
    """Return what the first page of a client's notes must say."""
    latest_first = sorted(client.notes(), key=lambda note: (note.occurred_at, note.id), reverse=True)
    return [expected_note(note) for note in latest_first[:limit]]


def expected_months(client: Client, notes: int = NOTES_OF_CLIENT) -> Facts:
    """Return how often each pattern was tagged in each month of the client's treatment."""
    of_client = client.notes(notes)
    tagged = ((f"{note.occurred_at:%Y-%m}", failure.pattern) for note in of_client for failure in note.failures)
    return _by_month((month, pattern, count) for (month, pattern), count in Counter(tagged).items())


def note_facts(answer: Mapping[str, Any], *, with_ids: bool = True) -> Facts:
    """Return what an answer says about one note: the service's, or a peer's."""
    is_ours = "sections" in answer
    failures = answer["mentalizing_failures" if is_ours else "failures"]
    said = {name: answer[name] for name in OF_NOTE} | {
        "occurred_at": _moment(answer["occurred_at"]),
        "body": answer["sections"][0]["text"] if is_ours else answer["body"],
        "failures": [
            {name: failure[name] for name in OF_FAILURE}
            | {"place": failure["where" if is_ours else "place"]}
            | ({"id": failure["id"]} if with_ids else {})
            for failure in failures
        ],
    }
    return said | ({"id": answer["id"]} if with_ids else {})


def page_facts(answer: Any) -> Facts:
    """Return what a page of notes says, however the page is wrapped."""
    notes = answer if isinstance(answer, list) else answer.get("data", answer.get("results"))
    return [note_facts(note) for note in notes]


def month_facts(answer: Any) -> Facts:
    """Return the counts by month and pattern: of a peer's list, or of the service's answer with its gaps."""
    if isinstance(answer, list):
        return _by_month((row["month"], row["pattern"], row["count"]) for row in answer)
    return _by_month(
        (month["month"], pattern, count)
        for month in answer["months"]
        for pattern, count in (month["failures"] or {}).items()
    )


def differences(expected: Facts, found: Facts, at: str = "answer") -> list[str]:
    """Say where two facts differ; nothing when they are the same."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        if expected.keys() != found.keys():
            return [f"{at} has {sorted(found.keys() ^ expected.keys())} in one and not in the other"]
        return [line for name in expected for line in differences(expected[name], found[name], f"{at}.{name}")]
    if _is_list(expected) and _is_list(found):
        if len(expected) != len(found):
            return [f"{at} has {len(found)} entries and not {len(expected)}"]
        pairs = enumerate(zip(expected, found, strict=True))
        return [line for place, (one, other) in pairs for line in differences(one, other, f"{at}[{place}]")]
    return [] if expected == found else [f"{at} is {str(found)[:60]!r} and not {str(expected)[:60]!r}"]


def _by_month(rows: Any) -> dict[str, dict[str, int]]:
    counted: dict[str, dict[str, int]] = {}
    for month, pattern, count in rows:
        if count:
            counted.setdefault(month, {})[pattern] = count
    return counted


def _moment(text: str) -> str:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
