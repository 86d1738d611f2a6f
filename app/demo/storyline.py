"""What the story of one synthetic client consists of; the stories themselves are in `app.demo.stories`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Mix = tuple[float, float, float]
"""How often a mentalizing failure is hyperactivation, deactivation or mixed."""


@dataclass(frozen=True)
class Situation:
    """Something that happened, in the therapist's words, with the codes a failure in it would carry.

    `pattern` and `signs` are set where the words themselves already say them. `{when}` becomes a time phrase.
    """

    where: str
    trigger: str
    affect: str
    text: str
    pattern: str | None = None
    signs: tuple[str, ...] = ()


@dataclass(frozen=True)
class GoalWords:
    """One goal as the client says it, and what start and target mean for this person."""

    in_client_words: str
    baseline: str
    target: str
    baseline_rating: int
    target_rating: int


@dataclass(frozen=True)
class Setback:
    """A life event that undoes some of the progress for a while; `month` counts from the start."""

    month: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Storyline:
    """One client: who matters, what triggers, how things usually go, and what changes.

    Days are counted back from the day of loading: `started` is the first day of treatment, `over` the day it
    ended early, and `group` the first day in the weekly group.
    """

    key: str
    given_name: str
    family_name: str
    pronouns: str
    birth_date: date
    therapist: str
    weekday: int
    hour: int
    started: int
    preferred_name: str | None = None
    planned_months: int = 18
    duration_reason: str | None = None
    over: int | None = None
    end_reason: str | None = None
    end_comment: str | None = None
    group: int | None = None
    psychiatrist: bool = False
    delivery: str = "in_person"
    video_share: float = 0.06
    concerns: tuple[str, ...] = ()
    diagnoses: tuple[Mapping[str, Any], ...] = ()
    support: tuple[Mapping[str, Any], ...] = ()
    mix_at_start: Mix
    mix_at_end: Mix
    distress: float = 0.85
    relief: float = 0.62
    setback: Setback | None = None
    stabilise: GoalWords
    reduce: GoalWords
    early: tuple[Situation, ...]
    middle: tuple[Situation, ...] = ()
    late: tuple[Situation, ...] = ()
    quotes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    gains: tuple[tuple[str, str], ...] = ()
    plans: tuple[str, ...] = ()
    risk_flags: tuple[str, ...] = ()
    risk_words: tuple[str, ...] = ()
    safe_words: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return what the notes call the client."""
        return self.preferred_name or self.given_name
