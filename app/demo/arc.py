"""How a course of therapy moves: distress over the months, and what follows from it for failures and ratings. Pure."""

from dataclasses import dataclass
from random import Random
from typing import TypeVar

from app.demo.storyline import GoalWords, Situation, Storyline
from app.record.notes.domain import FailurePattern, FailureResponse, FailureTags, NonMentalizingMode, ObservedIn
from app.record.vocabularies.mentalizing_codes import FAILURE_SIGN

T = TypeVar("T")
_HYPER, _DEACT, _MIXED = FailurePattern
_SPECIAL = {
    "rapid_attachment",
    "idealisation",
    "over_trust",
    "volatile_relationships",
    "abrupt_ending",
    "rapid_relationship_turnover",
    "self_destructive_behaviour",
}
"""Signs that say what happened: a situation names them itself. The others say how it was told or lived."""
_SIGNS = {
    pattern: tuple(
        sign.code for sign in FAILURE_SIGN.codes if sign.belongs_to[0] == pattern and sign.code not in _SPECIAL
    )
    for pattern in FailurePattern
}
_MODES: dict[FailurePattern, tuple[tuple[NonMentalizingMode | None, float], ...]] = {
    _HYPER: ((NonMentalizingMode.PSYCHIC_EQUIVALENCE, 0.55), (NonMentalizingMode.TELEOLOGICAL, 0.2), (None, 0.25)),
    _DEACT: ((NonMentalizingMode.PRETEND, 0.6), (None, 0.4)),
    _MIXED: ((NonMentalizingMode.TELEOLOGICAL, 0.4), (NonMentalizingMode.PSYCHIC_EQUIVALENCE, 0.3), (None, 0.3)),
}
_EARLY_MOVES = ("empathic_validation", "slow_down", "psychoeducation", "clarification", "crisis_plan_work")
_MOVES = {
    _HYPER: (
        "empathic_validation",
        "slow_down",
        "stop_rewind_explore",
        "stop_and_stand",
        "arousal_down",
        "clarification",
    ),
    _DEACT: ("arousal_up", "affect_elaboration", "marked_self_disclosure", "contrary_move", "curiosity_challenge"),
    _MIXED: ("stop_and_stand", "empathic_validation", "stop_rewind_explore", "affect_focus", "clarification"),
}
_LATE_MOVES = ("not_knowing_inquiry", "thought_behaviour_inquiry", "challenge", "link_group_individual")
_IN_ROOM_MOVES = ("mentalizing_the_relationship", "rupture_repair", "affect_focus")
_SETTLING_IN, _HALFWAY = 2.5, 0.5
_GROUP_MOVES = (
    "triangulation",
    "siding",
    "parking",
    "slow_down",
    "empathic_validation",
    "stop_and_stand",
    "affect_focus",
)


@dataclass(frozen=True)
class Weather:
    """How things stand in one week: the month of treatment, progress through the course and distress, 0 to 1."""

    month: float
    progress: float
    distress: float

    @property
    def bond(self) -> float:
        """Return how close the tie to the therapist is, 0 to 10."""
        return 4.2 + 4.6 * (1 - self.distress)


def dice(*key: object) -> Random:
    """Return dice that fall the same each time for the same key."""
    return Random("stance demo/" + "/".join(map(str, key)))  # noqa: S311 - a story must repeat itself, not be secret


def chance(rolled: Random, share: float) -> bool:
    """Say whether something happens that happens in this share of cases."""
    return rolled.random() < share


def pick(rolled: Random, weighted: tuple[tuple[T, float], ...]) -> T:
    """Pick one of several values by their weights."""
    return rolled.choices([value for value, _ in weighted], [weight for _, weight in weighted])[0]


def weather(story: Storyline, month: float, rolled: Random) -> Weather:
    """Say how a client fares in a week: relief grows over the course, a setback undoes part of it for two months."""
    progress = min(max(month / story.planned_months, 0.0), 1.0)
    relief = story.relief * (0.65 * progress + 0.35 * progress * progress * (3 - 2 * progress))
    blow = 0.0
    if story.setback is not None and month >= story.setback.month:
        blow = 0.36 * max(0.0, 1 - (month - story.setback.month) / 1.9)
    return Weather(month, progress, _within(story.distress - relief + blow + rolled.uniform(-0.07, 0.07), 0.05, 1.0))


def failure_count(now: Weather, rolled: Random, share: float = 1.0) -> int:
    """Draw how many failures a session shows."""
    return min(3, int((0.2 + 2.1 * now.distress**1.3) * share + rolled.random()))


def failure(
    story: Storyline, situation: Situation, now: Weather, rolled: Random, quotes: dict[str, list[str]]
) -> FailureTags:
    """Draw one failure in a situation: early ones are hotter and harder to come back from."""
    pattern = FailurePattern(situation.pattern) if situation.pattern else _pattern(story, now, rolled)
    signs = (*situation.signs, *rolled.sample(_SIGNS[pattern], 1 if situation.signs else rolled.choice((1, 1, 2))))
    response = _response(now.distress, rolled)
    mode = pick(rolled, _MODES[pattern]) if chance(rolled, 0.35 + 0.5 * now.distress) else None
    said = quotes.get(pattern)
    return FailureTags(
        pattern=pattern,
        signs=signs,
        where_code=situation.where,
        trigger=situation.trigger,
        affect="numb" if pattern is _DEACT and chance(rolled, 0.4) else situation.affect,
        arousal=_arousal(pattern, now.distress, rolled),
        mode=mode,
        observed_in=ObservedIn.RELATING if situation.where in ("with_therapist", "in_group") else ObservedIn.DESCRIBING,
        intervention=_move(pattern, situation.where, now, rolled),
        response=response,
        minutes_to_recovery=_minutes(response, now.distress, rolled),
        excerpt=said.pop(0) if said and chance(rolled, 0.25) else None,
    )


def rating(goal: GoalWords, story: Storyline, now: Weather, rated_by: str, rolled: Random) -> int:
    """Draw how near a goal seems: it follows relief, and the client is the more careful judge at first."""
    gained = (story.distress - now.distress) / max(story.relief, 0.4)
    caution = 0.7 * (1 - now.progress) if rated_by == "client" else 0.0
    value = goal.baseline_rating + (goal.target_rating + 0.7 - goal.baseline_rating) * gained - caution
    return round(_within(value + rolled.uniform(-0.7, 0.7), 0, 10))


def level(value: float, rolled: Random) -> int:
    """Return a rating from 0 to 10 near a value."""
    return round(_within(value + rolled.uniform(-1.0, 1.0), 0, 10))


def _pattern(story: Storyline, now: Weather, rolled: Random) -> FailurePattern:
    blend = [
        start + (end - start) * now.progress for start, end in zip(story.mix_at_start, story.mix_at_end, strict=True)
    ]
    return rolled.choices(list(FailurePattern), blend)[0]


def _response(distress: float, rolled: Random) -> FailureResponse:
    return pick(
        rolled,
        (
            (FailureResponse.RECOVERED, 0.08 + 0.95 * (1 - distress) ** 1.2),
            (FailureResponse.PARTLY, 0.3),
            (FailureResponse.NO_CHANGE, 0.42 * distress**1.5),
            (FailureResponse.WORSE, 0.24 * distress**2),
            (FailureResponse.NOT_SEEN, 0.04),
        ),
    )


def _arousal(pattern: FailurePattern, distress: float, rolled: Random) -> int:
    base, reach = {_HYPER: (3.6, 5.4), _DEACT: (1.0, 2.2), _MIXED: (3.2, 5.4)}[pattern]
    return level(base + reach * distress, rolled)


def _minutes(response: FailureResponse, distress: float, rolled: Random) -> int | None:
    if response is FailureResponse.RECOVERED:
        return 2 + round(20 * distress) + rolled.randint(0, 6)
    if response is FailureResponse.PARTLY:
        return 6 + round(22 * distress) + rolled.randint(0, 9)
    return None


def _move(pattern: FailurePattern, where: str, now: Weather, rolled: Random) -> str:
    if where == "in_group":
        return rolled.choice(_GROUP_MOVES)
    if where == "with_therapist" and chance(rolled, 0.6):
        return rolled.choice(_IN_ROOM_MOVES)
    if now.month < _SETTLING_IN and chance(rolled, 0.45):
        return rolled.choice(_EARLY_MOVES)
    if now.progress > _HALFWAY and chance(rolled, 0.35):
        return rolled.choice(_LATE_MOVES)
    return rolled.choice(_MOVES[pattern])


def _within(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)
