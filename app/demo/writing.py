"""How the therapists of the demo clinic write: a note grows from the story, the failures and the phase. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

from app.demo import arc, group_phrases, phrases
from app.demo.acts import NoteDraft
from app.demo.arc import Weather
from app.demo.storyline import Situation, Storyline
from app.record.notes.domain import FailureTags

_PRONOUNS = {
    "she/her": ("she", "her", "her", "was"),
    "he/him": ("he", "him", "his", "was"),
    "they/them": ("they", "them", "their", "were"),
}
_HABITS: dict[str, tuple[tuple[str, float], ...]] = {
    "tomas.riva": (("mbt", 0.86), ("narrative", 0.14)),
    "maya.lindqvist": (("mbt", 0.6), ("dap", 0.18), ("birp", 0.12), ("girp", 0.1)),
    "noor.haddad": (("mbt", 1.0),),
}
_WEAK, _FAIR, _HOT, _RAISED = 5.2, 7.0, 0.62, 0.45
_MOVED, _FIRST_GAINS = 0.3, 1
_HIGH, _WORKABLE = 7, 3
"""The bounds of the list `arousal_zone`."""


class Notebook:
    """What one client's notes have used so far, so that they do not repeat themselves."""

    def __init__(self, story: Storyline) -> None:
        """Open the notebook on its first page."""
        self.story = story
        self.quotes = {pattern: list(said) for pattern, said in story.quotes.items()}
        self.tells_setback = story.setback is not None
        self._decks: dict[str, list[Situation]] = {}
        self._rounds: dict[str, int] = {}
        self._turns: dict[str, int] = {}

    def situation(self, stage: str, rolled: Random) -> tuple[Situation, str]:
        """Return the next situation of a stage with its words; when all were told, they are told again as such."""
        deck = self._decks.get(stage)
        if not deck:
            turn = self._rounds[stage] = self._rounds.get(stage, -1) + 1
            told = getattr(self.story, stage) or self.story.middle or self.story.early
            deck = [one for one in told if turn == 0 or "{when}" in one.text]
            arc.dice(self.story.key, stage, turn).shuffle(deck)
            self._decks[stage] = deck
        one = deck.pop()
        if self._rounds[stage] == 0:
            return one, self.say(one.text, when=rolled.choice(phrases.WHEN))
        words = f"{rolled.choice(phrases.RETELLING)} {one.text}"
        return one, self.say(words, when=rolled.choice(phrases.BACK_THEN))

    def turn(self, name: str, words: Sequence[Any]) -> Any:
        """Return the next of several, beginning again after the last."""
        place = self._turns[name] = self._turns.get(name, -1) + 1
        return words[place % len(words)]

    def say(self, template: str, **more: object) -> str:
        """Put name and pronouns into a sentence."""
        they, them, their, was = _PRONOUNS[self.story.pronouns]
        words: dict[str, object] = {"name": self.story.name, "they": they, "them": them, "their": their, "was": was}
        capitals = {key.capitalize(): str(word)[0].upper() + str(word)[1:] for key, word in words.items()}
        return template.format_map(words | capitals | more)

    def choose(self, rolled: Random, templates: Sequence[str], **more: object) -> str:
        """Say one of several sentences."""
        return self.say(rolled.choice(templates), **more)


def stage_of(story: Storyline, month: float) -> str:
    """Return which part of the story a month of treatment belongs to."""
    if month < story.planned_months / 6:
        return "early"
    return "middle" if month < story.planned_months * 2 / 3 or not story.late else "late"


def individual_note(
    book: Notebook, now: Weather, rolled: Random, *, phase: str, is_late: bool, shift: float
) -> NoteDraft:
    """Write the note of an individual session; `shift` moves the number of failures for quiet kinds of session."""
    story, stage = book.story, stage_of(book.story, now.month)
    count = arc.failure_count(now, rolled, shift)
    scenes, told = _scenes(book, stage, count, rolled)
    failures = tuple(arc.failure(story, scene, now, rolled, book.quotes) for scene in scenes)
    positive, seen = _positive(book, now, rolled)
    opening = [book.choose(rolled, phrases.LATE_ARRIVALS if is_late else phrases.ARRIVALS[_zone(now)])]
    if book.tells_setback and story.setback is not None and now.month >= story.setback.month:
        book.tells_setback = False
        opening.append(story.setback.text)
    lines = {
        "presentation": " ".join([*opening, *told]),
        "mentalizing_process": " ".join(_mentalizing(book, failures, seen, rolled)),
        "therapeutic_relationship": book.choose(rolled, phrases.RELATIONSHIP[_tie(now)]),
        "interventions_and_response": " ".join(
            _moves(book, failures, rolled) or [book.say("I mostly followed {name}'s lead.")]
        ),
        "plan": " ".join([*_own_plan(book, phase), book.choose(rolled, phrases.PLANS[phase])]),
    }
    flags, statement = _risk(book, now, failures, rolled)
    template = arc.pick(rolled, _HABITS[story.therapist])
    moves = tuple(dict.fromkeys(one.intervention for one in failures if one.intervention))
    return NoteDraft(
        template=template,
        sections=_laid_out(template, lines | {"risk": statement}, story),
        failures=failures,
        interventions=moves + (("reinforce_positive_mentalizing",) if positive else ()),
        positive=positive,
        risk_flags=flags,
        risk_statement=statement,
        felt_understood=arc.level(now.bond, rolled),
        bond=arc.level(now.bond + 0.3, rolled),
    )


def group_note(book: Notebook, now: Weather, rolled: Random, *, topic: str, is_late: bool) -> NoteDraft:
    """Write the note of one member for a group session; other members appear without names."""
    scenes, told = [], []
    for number in range(arc.failure_count(now, rolled, 0.5)):
        trigger, affect, words = book.turn("group", _shuffled(book.story))
        scenes.append(Situation("in_group", trigger, affect, words))
        told.append(book.say(words) if number == 0 else "A little later: " + book.say(words))
    failures = tuple(arc.failure(book.story, scene, now, rolled, book.quotes) for scene in scenes)
    positive: tuple[str, ...] = ()
    said = [book.choose(rolled, group_phrases.GROUP_EVEN)] if not failures or arc.chance(rolled, _MOVED) else []
    if said and now.progress > _MOVED:
        positive = (rolled.choice(tuple(phrases.POSITIVE)),)
        said.append(book.choose(rolled, phrases.POSITIVE[positive[0]]))
    sections = {
        "presentation": " ".join(
            [
                f"The group spoke about {topic}.",
                *([book.choose(rolled, phrases.LATE_ARRIVALS)] if is_late else []),
                *told,
            ]
        ),
        "mentalizing_process": " ".join([*_mentalizing(book, failures, [], rolled), *said]),
        "interventions_and_response": " ".join(_moves(book, failures, rolled)),
        "plan": book.say(
            rolled.choice(
                (
                    "Next group in a week.",
                    "To be taken up in {name}'s individual session.",
                    "Next week, with the same question if it is still one.",
                )
            )
        ),
    }
    return NoteDraft(
        template="mbt",
        sections=tuple((code, text) for code, text in sections.items() if text),
        failures=failures,
        interventions=tuple(dict.fromkeys(one.intervention for one in failures if one.intervention)),
        positive=positive,
        felt_understood=arc.level(now.bond - 0.4, rolled),
    )


def intro_note(book: Notebook, number: int, rolled: Random) -> NoteDraft:
    """Write the short note of one evening of the introductory course."""
    topic = group_phrases.INTRO_TOPICS[number % len(group_phrases.INTRO_TOPICS)]
    part = book.say(
        book.turn(
            "intro", arc.dice("intro", book.story.key).sample(group_phrases.INTRO_PARTS, len(group_phrases.INTRO_PARTS))
        )
    )
    text = f"Introductory course, evening {number + 1}: {topic}. {part}"
    return NoteDraft(template="narrative", sections=(("narrative", text),), felt_understood=rolled.randint(4, 7))


def medication_note(book: Notebook, number: int) -> NoteDraft:
    """Write the psychiatrist's note of a telephone call about medication."""
    subjective, objective, assessment, plan = book.turn("medication", phrases.MEDICATION)
    subjective = f"Telephone call {number + 1} with {book.story.name}. {subjective}"
    sections = (("subjective", subjective), ("objective", objective), ("assessment", assessment), ("plan", plan))
    return NoteDraft(
        template="soap",
        sections=sections,
        risk_flags=("none_identified",),
        risk_statement="Asked about suicidal thoughts and self-harm: none at present.",
    )


def _scenes(book: Notebook, stage: str, count: int, rolled: Random) -> tuple[list[Situation], list[str]]:
    """Return one situation per failure, and their words: one told in the hour, more from the hour itself."""
    if count == 0:
        return [], []
    first, words = book.situation(stage, rolled)
    scenes, told = [first], [words]
    for _ in range(count - 1):
        if arc.chance(rolled, 0.4):
            scenes.append(replace(first, pattern=None, signs=()))
        else:
            trigger, affect, text = book.turn("room", phrases.IN_THE_ROOM)
            scenes.append(Situation("with_therapist", trigger, affect, text))
            told.append(book.say(text))
    return scenes, told


def _mentalizing(book: Notebook, failures: Sequence[FailureTags], seen: list[str], rolled: Random) -> list[str]:
    lines: list[str] = []
    for one in failures:
        who = book.say(phrases.WHO[one.where_code or "alone"])
        lines += [book.choose(rolled, phrases.SIGNS[sign], who=who) for sign in one.signs]
        if one.mode is not None:
            lines.append(book.choose(rolled, phrases.MODES[one.mode]))
        if arc.chance(rolled, 0.4) and one.arousal is not None:
            lines.append(book.choose(rolled, phrases.AROUSAL[_arousal_zone(one.arousal)]))
    if not failures and arc.chance(rolled, 0.6):
        lines.append(book.choose(rolled, phrases.EVEN))
    return list(dict.fromkeys(lines + seen)) or [book.choose(rolled, phrases.EVEN)]


def _moves(book: Notebook, failures: Sequence[FailureTags], rolled: Random) -> list[str]:
    lines = []
    for one in failures:
        if one.intervention is not None and one.response is not None:
            lines.append(book.choose(rolled, phrases.INTERVENTIONS[one.intervention]))
            lines.append(book.choose(rolled, phrases.RESPONSES[one.response], minutes=one.minutes_to_recovery))
    return list(dict.fromkeys(lines))


def _positive(book: Notebook, now: Weather, rolled: Random) -> tuple[tuple[str, ...], list[str]]:
    if now.month < _FIRST_GAINS or not arc.chance(rolled, 0.15 + 0.8 * (1 - now.distress)):
        return (), []
    if arc.chance(rolled, 0.35) and book.story.gains:
        code, words = book.turn("gains", book.story.gains)
        return (code,), [book.say(words)]
    code = rolled.choice(tuple(phrases.POSITIVE))
    return (code,), [book.choose(rolled, phrases.POSITIVE[code])]


def _own_plan(book: Notebook, phase: str) -> list[str]:
    """Return the client's own next step; the later ones suit only later phases."""
    plans = book.story.plans
    if phase in ("assessment", "follow_up"):
        return []
    return [book.turn("first plans", plans[: (len(plans) + 1) // 2]) if phase == "early" else book.turn("plans", plans)]


def _risk(book: Notebook, now: Weather, failures: Sequence[FailureTags], rolled: Random) -> tuple[tuple[str, ...], str]:
    story = book.story
    was_harmful = any("self_destructive_behaviour" in one.signs or one.trigger == "substance" for one in failures)
    if was_harmful or arc.chance(rolled, (now.distress - 0.35) * 0.9):
        return story.risk_flags, book.turn("risk", story.risk_words)
    return ("none_identified",), book.turn("safe", story.safe_words)


def _laid_out(template: str, lines: dict[str, str], story: Storyline) -> tuple[tuple[str, str], ...]:
    """Put the same thoughts into the sections of a template."""
    process = f"{lines['mentalizing_process']} {lines['therapeutic_relationship']}"
    plan = f"{lines['plan']} Risk: {lines['risk']}"
    moves = lines["interventions_and_response"]
    by_template: dict[str, dict[str, str]] = {
        "mbt": {
            code: lines[code]
            for code in (
                "presentation",
                "mentalizing_process",
                "therapeutic_relationship",
                "interventions_and_response",
                "risk",
                "plan",
            )
        },
        "dap": {"data": lines["presentation"], "assessment": f"{process} {moves}", "plan": plan},
        "birp": {"behaviour": lines["presentation"], "intervention": moves, "response": process, "plan": plan},
        "girp": {
            "goal": f'"{story.stabilise.in_client_words}"',
            "intervention": f"{lines['presentation']} {moves}",
            "response": process,
            "plan": plan,
        },
        "narrative": {"narrative": "\n\n".join((f"{lines['presentation']} {process}", moves, plan))},
    }
    return tuple(by_template[template].items())


def _shuffled(story: Storyline) -> list[tuple[str, str, str]]:
    return arc.dice("group scenes", story.key).sample(
        group_phrases.GROUP_SITUATIONS, len(group_phrases.GROUP_SITUATIONS)
    )


def _zone(now: Weather) -> str:
    return "high" if now.distress > _HOT else "middle" if now.distress > _RAISED else "calm"


def _arousal_zone(arousal: int) -> str:
    return "high" if arousal >= _HIGH else "workable" if arousal >= _WORKABLE else "low"


def _tie(now: Weather) -> str:
    return "weak" if now.bond < _WEAK else "fair" if now.bond < _FAIR else "strong"
