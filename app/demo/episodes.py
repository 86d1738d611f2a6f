"""What is special about some notes (co-signatures, a return, an error, drafts), and what one client asked for. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta

from app.demo import acts, arc, diary, writing
from app.demo.acts import Act, WriteNote
from app.demo.client_course import ADMIN, SUPERVISOR, TRAINEE, ClientCourse
from app.demo.diary import moment

_DRAFT_LEFT = frozenset({"castellane", "brandvold", "lorne"})
"""Clients whose latest note still waits for its author's signature."""
_PENDING = "ravensworth"
"""The trainee's client whose latest note waits for the supervisor."""
_RETURNED = ("ravensworth", 12)
_ADDENDUM = ("halloway", 24)
_CORRECTION = ("achterberg", 30)
_IN_ERROR = ("whitlock", 9)
_ASKS = "halloway"
"""The client who wants a copy of the record, and about whom a court asks."""


def with_episodes(planned: Iterable[Act], courses: Mapping[str, ClientCourse], today: date) -> Iterator[Act]:
    """Go through all acts, changing or adding what makes some notes special."""
    drafts = {courses[key].noted[-1][0] for key in _DRAFT_LEFT if courses[key].noted}
    pending = courses[_PENDING].noted[-1][0]
    returned, error = _session(courses, _RETURNED), _session(courses, _IN_ERROR)
    for act in planned:
        if isinstance(act, (WriteNote, acts.SignNote)) and act.session in drafts and act.client in _DRAFT_LEFT:
            if isinstance(act, WriteNote):
                yield replace(act, sign=False)
            continue
        if isinstance(act, WriteNote) and act.session == error:
            yield from _wrong_first(act, courses)
            yield replace(act, at=act.at + timedelta(minutes=20))
            continue
        yield act
        if act.by == TRAINEE and isinstance(act, (WriteNote, acts.SignNote)):
            if act.session == pending or (isinstance(act, WriteNote) and not act.sign):
                continue
            yield from _returned(act, today) if act.session == returned else _cosigned(act, today)
    yield from _additions(courses, today)
    yield from _rights(courses[_ASKS], today)


def _session(courses: Mapping[str, ClientCourse], place: tuple[str, int]) -> str | None:
    client, number = place
    noted = courses[client].noted
    return noted[min(number, len(noted) - 3)][0]


def _cosigned(act: acts.NoteAct, today: date) -> Iterator[Act]:
    """Co-sign on the next Friday afternoon, or leave it pending when that has not come."""
    friday = diary.on_weekday(act.at.date(), diary.FRIDAY)
    if friday < today:
        yield acts.CosignNote(at=moment(friday, 15, 40), by=SUPERVISOR, session=act.session, client=act.client)


def _returned(act: acts.NoteAct, today: date) -> Iterator[Act]:
    """Return a note on Friday; the trainee completes it on Monday and it is co-signed the Friday after."""
    friday = diary.on_weekday(act.at.date(), diary.FRIDAY)
    monday = friday + timedelta(days=3)
    yield acts.ReturnNote(
        at=moment(friday, 15, 40),
        by=SUPERVISOR,
        comment="Well seen. Please add what you asked about suicidal thoughts and what was answered, "
        "and say whose word 'manipulative' was: if it is ours, we find a better one.",
        session=act.session,
        client=act.client,
    )
    yield acts.ReviseNote(
        at=moment(monday, 9, 15),
        by=TRAINEE,
        section="risk",
        addition="Asked directly: thoughts of not wanting to be here on Sunday, no plan, no intent; Ansel was there. "
        "The word for it was an ex-partner's; Kit was hurt by it.",
        late_reason="Returned by the supervisor for an addition.",
        session=act.session,
        client=act.client,
    )
    if monday + timedelta(days=4) < today:
        yield acts.CosignNote(
            at=moment(monday + timedelta(days=4), 15, 40), by=SUPERVISOR, session=act.session, client=act.client
        )


def _wrong_first(act: WriteNote, courses: Mapping[str, ClientCourse]) -> Iterator[Act]:
    """Write another note first, which turns out to be about somebody else, and take it out the same evening."""
    course = courses[act.client]
    rolled = arc.dice("wrong note", act.client)
    wrong = writing.individual_note(
        course.book, course.weather(act.at.date(), "wrong"), rolled, phase="early", is_late=False, shift=0.4
    )
    yield replace(act, draft=wrong, sign=True)
    yield acts.EnterInError(
        at=act.at + timedelta(minutes=10),
        by=act.by,
        session=act.session,
        client=act.client,
        reason="Written from the handwritten notes of an earlier session. The right note follows.",
    )


def _additions(courses: Mapping[str, ClientCourse], today: date) -> Iterator[Act]:
    """Add to one note what a relative told later, and correct a day in another."""
    yield _addition(
        courses,
        today,
        _ADDENDUM,
        text=(
            "Aunt Agnes telephoned, with Wren's consent: she has the spare key and will stay overnight on bad "
            "evenings. Added to the crisis plan as step two."
        ),
    )
    yield _addition(
        courses,
        today,
        _CORRECTION,
        correction=(
            "presentation",
            "Marlow was said to have slept at home.",
            "Marlow had slept at his brother's.",
            "Marlow pointed it out when we looked at the note together.",
        ),
    )


def _rights(course: ClientCourse, today: date) -> Iterator[Act]:
    """Let a client ask for the record and get it in time, and a court for the days of the sessions."""
    client = course.story.key
    yield acts.AskForRecord(
        at=moment(today - timedelta(days=48), 11, 20),
        by=course.story.therapist,
        client=client,
        details="Wren would like a copy of the notes of the whole treatment, on paper, to read them once more.",
    )
    yield acts.HandOverRecord(
        at=moment(today - timedelta(days=31), 14, 5),
        by=ADMIN,
        client=client,
        answer="All signed notes on paper, handed over at the clinic.",
    )
    yield acts.Disclose(
        at=moment(today - timedelta(days=17), 9, 50),
        by=ADMIN,
        client=client,
        purpose="court_order",
        recipient="Riverside County Court",
        description="The days on which sessions took place; no note.",
        purpose_details="Order in a dispute about lost earnings; Wren was told beforehand.",
    )


def _addition(
    courses: Mapping[str, ClientCourse],
    today: date,
    place: tuple[str, int],
    text: str | None = None,
    correction: tuple[str, str, str, str] | None = None,
) -> acts.AddAddendum:
    client, number = place
    course = courses[client]
    session, day = course.noted[min(number, len(course.noted) - 2)]
    return acts.AddAddendum(
        at=moment(min(day + timedelta(days=6), today - timedelta(days=1)), 13, 10),
        by=course.story.therapist,
        session=session,
        client=client,
        text=text,
        correction=correction,
    )
