"""The weekly group and the introductory courses: who belongs, who came, and a note for each member. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.demo import acts, arc, diary, writing
from app.demo.acts import Act
from app.demo.client_course import ADMIN, PRESENT, ClientCourse
from app.demo.diary import moment
from app.demo.group_phrases import GROUP_TOPICS, INTRO_TOPICS

LEADERS = ("tomas.riva", "maya.lindqvist")
_THURSDAY = 3
_GROUP_HOUR, _GROUP_MINUTE, _GROUP_MINUTES = 17, 30, 75
_PLANNED_AHEAD = timedelta(days=22)
_INTRO_LEADER = "maya.lindqvist"
_INTRO_MINUTES = 90
_INTRO_COURSES = (
    ("fenwick", "achterberg", 455),
    ("castellane", "brandvold", 300),
    ("mossgrove", "ravensworth", 205),
    ("pellgrave", "lorne", 45),
)
"""Two clients each, and how many days ago their introductory course began."""


@dataclass
class Teams:
    """Who is on which care team, so that nobody joins twice."""

    present: set[tuple[str, str]]

    def join(self, at_day: date, client: str, practitioner: str) -> Iterator[Act]:
        """Let a leader see a client, unless she does already."""
        if (client, practitioner) not in self.present:
            self.present.add((client, practitioner))
            yield acts.JoinTeam(
                at=moment(at_day, 7), by=ADMIN, client=client, practitioner=practitioner, care_role="co_therapist"
            )


def intro_courses(courses: Mapping[str, ClientCourse], teams: Teams, today: date) -> Iterator[Act]:
    """Hold the introductory courses: eight Friday afternoons each."""
    for one, other, began in _INTRO_COURSES:
        pair = (courses[one], courses[other])
        first = diary.on_weekday(today - timedelta(days=began), diary.FRIDAY)
        days = [day for day in diary.weekly(first, today) if not diary.is_closed(day)][: len(INTRO_TOPICS)]
        for number, day in enumerate(days):
            yield from _intro_evening(pair, teams, day, number)


def _intro_evening(pair: Sequence[ClientCourse], teams: Teams, day: date, number: int) -> Iterator[Act]:
    came = []
    for course in pair:
        yield from teams.join(day, course.story.key, _INTRO_LEADER)
        rolled = arc.dice("intro", course.story.key, number)
        came.append((course.story.key, arc.pick(rolled, (("attended", 0.86), ("late", 0.07), ("no_show", 0.07)))))
    key, at = f"intro/{pair[0].story.key}/{number}", moment(day, 17)
    yield acts.Meet(
        at=at,
        by=_INTRO_LEADER,
        session=key,
        format="group",
        delivery="in_person",
        kind="intro_group",
        starts_at=moment(day, 15),
        minutes=_INTRO_MINUTES,
        practitioners=(_INTRO_LEADER,),
        attendances=tuple(came),
    )
    for course, (client, attendance) in zip(pair, came, strict=True):
        if attendance in PRESENT:
            rolled = arc.dice("intro note", client, number)
            draft = writing.intro_note(course.book, number, rolled)
            yield acts.WriteNote(at=at, by=_INTRO_LEADER, session=key, client=client, draft=draft)


def weekly_group(courses: Mapping[str, ClientCourse], teams: Teams, today: date) -> Iterator[Act]:
    """Hold the group every Thursday from its first day on, and plan the next weeks."""
    joining = {key: course.group_from for key, course in courses.items() if course.group_from is not None}
    first = diary.on_weekday(min(joining.values()), _THURSDAY)
    here: list[ClientCourse] = []
    for week, day in enumerate(diary.weekly(first, today + _PLANNED_AHEAD)):
        leaving = [course for course in here if course.ends_on <= min(day, today)]
        for course in leaving:
            here.remove(course)
            yield from _left(course)
        for key, from_day in joining.items():
            course = courses[key]
            if from_day <= day and course not in here and course.ends_on > day:
                here.append(course)
                for leader in LEADERS:
                    yield from teams.join(min(day, today - timedelta(days=1)), key, leader)
        if day >= today:
            yield from _planned(here, day, today)
        elif not diary.is_on_leave("group", day):
            yield from _held(here, day, week)


def _left(course: ClientCourse) -> Iterator[Act]:
    """End the co-therapists' sight of a client who left the group."""
    for leader in LEADERS:
        if leader != course.story.therapist:
            yield acts.LeaveTeam(
                at=moment(course.ends_on + timedelta(days=7), 9), by=ADMIN, client=course.story.key, practitioner=leader
            )


def _held(here: Sequence[ClientCourse], day: date, week: int) -> Iterator[Act]:
    key = f"group/{day.isoformat()}"
    if diary.is_closed(day):
        at = moment(day - timedelta(days=20), 9, 40)
        present = [course for course in here if course.group_from and course.group_from <= day - timedelta(days=20)]
        yield _meet(key, day, tuple((course.story.key, None) for course in present), at=at)
        yield acts.CancelSession(at=at, by=LEADERS[0], session=key, cancelled_by="clinic")
        return
    came = tuple((course.story.key, _attendance(course, day)) for course in here)
    yield _meet(key, day, came)
    topic = GROUP_TOPICS[week * 5 % len(GROUP_TOPICS)]
    for course, (client, attendance) in zip(here, came, strict=True):
        if attendance not in PRESENT:
            continue
        author = course.story.therapist if course.story.therapist in LEADERS else LEADERS[0]
        rolled = arc.dice("group note", client, (day - course.starts_on).days)
        draft = writing.group_note(
            course.book, course.weather(day, "group"), rolled, topic=topic, is_late=attendance == "late"
        )
        at = moment(day, 19, 15 + 15 * LEADERS.index(author))
        yield acts.WriteNote(at=at, by=author, session=key, client=client, draft=draft)


def _planned(here: Sequence[ClientCourse], day: date, today: date) -> Iterator[Act]:
    if not diary.is_closed(day) and not diary.is_on_leave("group", day):
        at = moment(today - timedelta(days=1), 19, 40)
        yield _meet(f"group/{day.isoformat()}", day, tuple((one.story.key, None) for one in here), at=at)


def _meet(key: str, day: date, came: acts.Attendances, at: datetime | None = None) -> acts.Meet:
    return acts.Meet(
        at=at or moment(day, 19, 15),
        by=LEADERS[0],
        session=key,
        format="group",
        delivery="in_person",
        kind="therapy",
        starts_at=moment(day, _GROUP_HOUR, _GROUP_MINUTE),
        minutes=_GROUP_MINUTES,
        practitioners=LEADERS,
        attendances=came,
        is_held=any(attendance is not None for _, attendance in came),
    )


def _attendance(course: ClientCourse, day: date) -> str:
    now = course.weather(day, "group")
    rolled = arc.dice("group attendance", course.story.key, (day - course.starts_on).days)
    no_show = 0.05 + 0.1 * now.distress + (0.18 if course.story.end_reason is not None else 0)
    return arc.pick(
        rolled,
        (
            ("attended", 0.82 - no_show),
            ("late", 0.08),
            ("left_early", 0.01 + 0.03 * now.distress),
            ("no_show", no_show),
            ("cancelled_client", 0.05),
        ),
    )
