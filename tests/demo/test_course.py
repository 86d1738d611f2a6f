"""The story of the demo clinic, planned without a database: the same each time, plausible, and in known codes."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from app.demo import phrases
from app.demo.acts import (
    Act,
    CancelSession,
    CosignNote,
    HoldReview,
    Meet,
    PlanTreatment,
    RateGoal,
    Register,
    SignNote,
    WriteNote,
)
from app.demo.course import plan
from app.demo.diary import moment
from app.demo.people import PEOPLE
from app.demo.stories import STORIES
from app.record.notes.domain import FailurePattern, FailureTags, NoteTemplate
from app.record.sessions.domain import PRESENT
from app.record.vocabularies.catalogue import check_code, check_codes, code_list, sections_of

DAYS = (date(2026, 11, 22), date(2027, 1, 4), date(2027, 6, 30))
TODAY = DAYS[0]
STORY = plan(TODAY)
NOTES = [act for act in STORY if isinstance(act, WriteNote)]


def meetings(story: Iterable[Act]) -> list[Meet]:
    return [act for act in story if isinstance(act, Meet)]


def failures_of(client: str) -> list[tuple[datetime, FailureTags]]:
    return [(note.at, tags) for note in NOTES if note.client == client for tags in note.draft.failures]


def test_the_same_day_gives_the_same_story():
    assert plan(TODAY) == STORY


@pytest.mark.parametrize("today", DAYS)
def test_everything_happened_before_the_day_of_loading_and_in_order(today: date):
    story = plan(today)
    assert [act.at for act in story] == sorted(act.at for act in story)
    assert story[-1].at < moment(today, 0)
    assert story[0].at > moment(today - timedelta(days=800), 0)


@pytest.mark.parametrize("today", DAYS)
def test_nobody_is_in_two_sessions_at_once(today: date):
    busy: dict[str, list[tuple[datetime, datetime]]] = {}
    for act in meetings(plan(today)):
        span = (act.starts_at, act.starts_at + timedelta(minutes=act.minutes))
        for person in (*act.practitioners, *(client for client, _ in act.attendances)):
            busy.setdefault(person, []).append(span)
    for person, spans in busy.items():
        for (_, ends), (starts, _) in pairwise(sorted(spans)):
            assert ends <= starts, f"{person} meets twice at {starts}"


@pytest.mark.parametrize("today", DAYS)
def test_each_session_is_written_down_once_and_each_note_after_its_session(today: date):
    story = plan(today)
    starts = {act.session: act.starts_at for act in meetings(story)}
    assert len(starts) == len(meetings(story))
    for act in story:
        if isinstance(act, WriteNote):
            assert starts[act.session] < act.at
        if isinstance(act, CancelSession):
            assert act.session in starts


def test_a_session_is_held_only_after_it_began_and_lies_in_working_hours():
    for act in meetings(STORY):
        assert act.starts_at.weekday() < 5
        assert 7 <= act.starts_at.hour <= 19
        assert act.starts_at < act.at or not act.is_held


def test_a_note_is_written_only_of_clients_who_came():
    came = {(act.session, client): attendance for act in meetings(STORY) for client, attendance in act.attendances}
    assert all(came[note.session, note.client] in PRESENT for note in NOTES)


def test_every_code_is_in_its_list():
    templates = {template.code: template.sections for template in code_list("note_template").codes}
    for note in NOTES:
        draft = note.draft
        assert [code for code, _ in draft.sections] == [
            code for code in templates[draft.template] if code in dict(draft.sections)
        ]
        check_codes("intervention", draft.interventions, "")
        check_codes("positive_mentalizing", draft.positive, "")
        check_codes("risk_flag", draft.risk_flags, "")
        for tags in draft.failures:
            check_codes("failure_sign", tags.signs, "")
            check_code("where", str(tags.where_code), "")
            check_code("trigger", str(tags.trigger), "")
            check_code("affect", str(tags.affect), "")
            check_code("intervention", str(tags.intervention), "")
            signs = [code_list("failure_sign").find(sign) for sign in tags.signs]
            assert all(sign is not None and tags.pattern in sign.belongs_to for sign in signs)
            assert 0 <= (tags.arousal or 0) <= 10


def test_the_phrase_books_have_words_for_every_code():
    for name, words in (
        ("failure_sign", phrases.SIGNS),
        ("intervention", phrases.INTERVENTIONS),
        ("response", phrases.RESPONSES),
        ("positive_mentalizing", phrases.POSITIVE),
        ("where", phrases.WHO),
    ):
        assert {code.code for code in code_list(name).codes} == set(words)


def test_no_two_notes_are_the_same_and_none_has_a_gap_in_its_words():
    texts = Counter(note.draft.sections for note in NOTES)
    assert max(texts.values()) == 1
    for note in NOTES:
        for _, text in note.draft.sections:
            assert text.strip()
            assert not {"{", "}", "None"} & set(text.replace(".", " ").split())
            assert "  " not in text
            assert not any(f"{they} was " in text for they in ("They", "they"))


def test_most_notes_follow_the_mbt_template_and_each_template_is_used():
    used = Counter(note.draft.template for note in NOTES)
    assert set(used) == set(NoteTemplate)
    assert used["mbt"] > len(NOTES) / 2
    assert all(sections_of(template) for template in used)


def test_early_failures_are_hotter_more_frequent_and_harder_to_come_back_from():
    start = next(act.starts_on for act in STORY if isinstance(act, PlanTreatment) and act.story.key == "halloway")
    told = failures_of("halloway")
    early = [tags for at, tags in told if at.date() < start + timedelta(days=120)]
    late = [tags for at, tags in told if start + timedelta(days=365) < at.date()]
    assert len(early) > len(late) > 0

    def share(failures: list[FailureTags], *responses: str) -> float:
        return sum(tags.response in responses for tags in failures) / len(failures)

    def heat(failures: list[FailureTags]) -> float:
        hot = [tags.arousal or 0 for tags in failures if tags.pattern is not FailurePattern.DEACTIVATION]
        return sum(hot) / len(hot)

    assert share(early, "worse", "no_change") > share(late, "worse", "no_change")
    assert share(early, "recovered") < share(late, "recovered")
    assert heat(early) > heat(late) + 1


def test_goal_ratings_rise_with_a_dip_after_the_setback():
    ratings = [
        act
        for act in STORY
        if isinstance(act, RateGoal) and (act.client, act.goal, act.rated_by) == ("halloway", 0, "client")
    ]
    values = [act.value for act in ratings]
    assert sum(values[-4:]) > sum(values[:4]) + 12
    start = next(act.starts_on for act in STORY if isinstance(act, PlanTreatment) and act.story.key == "halloway")
    before = [act.value for act in ratings if 120 < (act.at.date() - start).days < 185]
    after = [act.value for act in ratings if 188 < (act.at.date() - start).days < 225]
    assert min(after) < max(before)


def test_the_trainees_notes_are_cosigned_and_her_last_one_waits():
    trainees = [note for note in NOTES if note.by == "noor.haddad"]
    cosigned = {act.session for act in STORY if isinstance(act, CosignNote)}
    assert len(cosigned) > 20
    assert max(note.session for note in trainees if note.client == "ravensworth") not in cosigned


def test_some_notes_of_the_last_days_are_drafts():
    signed_later = {(act.session, act.client) for act in STORY if isinstance(act, SignNote)}
    drafts = [note for note in NOTES if not note.sign and (note.session, note.client) not in signed_later]
    assert {note.client for note in drafts} == {"castellane", "brandvold", "lorne"}
    assert all(note.at.date() > TODAY - timedelta(days=14) for note in drafts)


def test_all_due_reviews_but_one_took_place():
    held = Counter(act.client for act in STORY if isinstance(act, HoldReview))
    assert held["halloway"] == 6
    assert held["fenwick"] == 4
    assert held["mossgrove"] == 1


def test_nobody_in_the_story_can_be_mistaken_for_a_real_person():
    registered = [act.story for act in STORY if isinstance(act, Register)]
    assert registered == list(STORIES)
    assert len({story.family_name for story in STORIES}) == 12
    for story in STORIES:
        assert all(str(person["phone"]).startswith("555-01") for person in story.support)
    assert all(act.by in {person.login for person in PEOPLE} for act in STORY)
