"""The clinic everyone is loaded with: the same clients and notes for every server, the same ones each time.

Every client has one treatment of 18 months and 70 signed notes in it, each with 2 KB of text and three mentalizing
failures. The last quarter of the clients is there to be written to; nobody reads them, so that what the measured
writes add changes no answer that is compared. All people and words are made up by a seeded generator.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

NOTES_OF_CLIENT = 70
CLIENTS_OF_THERAPIST = 20
STARTED_ON = date(2025, 3, 1)
PLANNED_MONTHS = 18
BODY_CHARACTERS = 2_000
PATTERNS = ("hyperactivation", "deactivation", "mixed")
SIGNS = {
    "hyperactivation": ("over_trust", "idealisation", "clinging", "mind_reading_certainty", "threat_scanning"),
    "deactivation": ("emotional_distancing", "self_isolation", "numbing", "intellectualising", "dismissing_need"),
    "mixed": ("mixed_relating", "state_shift", "abrupt_ending"),
}
PLACES = ("with_therapist", "in_group", "partner", "family", "friends", "work_study")
TRIGGERS = ("rejection_felt", "criticism", "closeness", "conflict", "misunderstood", "shame", "loss")
AFFECTS = ("anger", "fear", "sadness", "shame", "emptiness", "numb")
MODES = (None, "psychic_equivalence", "pretend", "teleological")
OBSERVED = ("relating", "describing")
INTERVENTIONS = ("slow_down", "empathic_validation", "stop_and_stand", "stop_rewind_explore", "challenge")
RESPONSES = ("recovered", "partly", "no_change")
SENTENCES = (
    "came in hurried and spoke about the week at work where a colleague had not answered and it felt as if nothing "
    "counted any more we slowed down went back to the moment before looked at what the other may have thought named "
    "the feeling found a second reading stayed with the doubt and agreed to try a pause before the next reply then "
    "the group met someone laughed and the room went quiet until one person asked what had happened between us"
)
SPEECH = " ".join(random.Random(18).choices(SENTENCES.split(), k=100_000))


@dataclass(frozen=True)
class Failure:
    """One mentalizing failure of a note."""

    id: UUID
    pattern: str
    signs: tuple[str, ...]
    place: str
    trigger: str
    affect: str
    arousal: int
    mode: str | None
    observed_in: str
    intervention: str
    response: str
    minutes_to_recovery: int
    excerpt: str | None


@dataclass(frozen=True)
class Note:
    """One note; `session_id` names the session it is about, which only the service keeps."""

    id: UUID
    session_id: UUID
    client_id: UUID
    treatment_id: UUID
    occurred_at: datetime
    body: str
    felt_understood: int
    bond: int
    failures: tuple[Failure, ...]


@dataclass(frozen=True)
class Client:
    """A client with one treatment. The number decides everything about the client."""

    number: int
    id: UUID
    treatment_id: UUID
    given_name: str
    family_name: str

    def notes(self, count: int = NOTES_OF_CLIENT) -> Iterator[Note]:
        """Make the notes of the treatment, the earliest first."""
        dice = random.Random(f"notes of {self.number}")
        span = timedelta(days=PLANNED_MONTHS * 30)
        for place in range(count):
            day = STARTED_ON + timedelta(days=1) + span * place // count
            moment = datetime(day.year, day.month, day.day, 9 + dice.randrange(8), tzinfo=UTC)
            yield self.note(dice, moment)

    def note(self, dice: random.Random, moment: datetime) -> Note:
        """Make one note of this client at a moment."""
        return Note(
            id=made_id(dice, moment),
            session_id=made_id(dice, moment),
            client_id=self.id,
            treatment_id=self.treatment_id,
            occurred_at=moment,
            body=text(dice, BODY_CHARACTERS),
            felt_understood=dice.randrange(11),
            bond=dice.randrange(11),
            failures=tuple(_failure(dice, moment, place) for place in range(3)),
        )


def clients(notes: int) -> list[Client]:
    """Make as many clients as it takes to have this many notes."""
    return [client(number) for number in range(max(4, notes // NOTES_OF_CLIENT))]


def client(number: int) -> Client:
    """Make one client."""
    dice = random.Random(f"client {number}")
    began = datetime(STARTED_ON.year, STARTED_ON.month, STARTED_ON.day, tzinfo=UTC)
    names = [text(dice, 8).strip().title() for _ in range(2)]
    return Client(number, made_id(dice, began), made_id(dice, began), names[0], names[1])


def readers(everyone: list[Client]) -> list[Client]:
    """Return the clients whose records are read."""
    return everyone[: len(everyone) * 3 // 4]


def writers(everyone: list[Client]) -> list[Client]:
    """Return the clients who are written to."""
    return everyone[len(everyone) * 3 // 4 :]


def made_id(dice: random.Random, moment: datetime) -> UUID:
    """Make a UUIDv7 of a moment, so that rows lie on disk as they would after months of work."""
    milliseconds = int(moment.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | dice.getrandbits(12) << 64 | 0x2 << 62 | dice.getrandbits(62))


def text(dice: random.Random, characters: int) -> str:
    """Cut words of this length out of a long speech."""
    start = dice.randrange(len(SPEECH) - characters)
    return SPEECH[start : start + characters].strip().ljust(characters, ".")


def _failure(dice: random.Random, moment: datetime, place: int) -> Failure:
    pattern = dice.choice(PATTERNS)
    return Failure(
        id=made_id(dice, moment),
        pattern=pattern,
        signs=(dice.choice(SIGNS[pattern]),),
        place=dice.choice(PLACES),
        trigger=dice.choice(TRIGGERS),
        affect=dice.choice(AFFECTS),
        arousal=dice.randrange(11),
        mode=dice.choice(MODES),
        observed_in=dice.choice(OBSERVED),
        intervention=dice.choice(INTERVENTIONS),
        response=dice.choice(RESPONSES),
        minutes_to_recovery=dice.randrange(1, 40),
        excerpt=text(dice, 60) if place == 0 else None,
    )
