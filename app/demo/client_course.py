"""The planned course of one client: referral, assessment, weekly sessions with notes, reviews, ratings and the end."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from random import Random

from app.demo import acts, arc, diary, writing
from app.demo.acts import Act, NoteDraft
from app.demo.diary import moment
from app.demo.phrases import REVIEW_COMMENTS
from app.demo.storyline import Storyline
from app.record.treatments.domain import add_months, default_reviews, planned_end

ADMIN = "petra.novak"
SUPERVISOR = "ines.albrecht"
PSYCHIATRIST = "samuel.okoye"
TRAINEE = "noor.haddad"
PRESENT = ("attended", "late", "left_early")
_DAYS_A_MONTH = 30.44
_ASSESSMENT_WEEKS = (4, 3, 1)
_FOLLOW_UP_DAYS = (44, 86, 140)
_SESSION_MINUTES = 50
_PLANNED_AHEAD = timedelta(days=22)
_RATED_EVERY = 3
_UNREVIEWED = "mossgrove"
"""Whose last due review did not take place."""
_LATE = {
    ("castellane", 17): "I was ill after the session and wrote this from my notes of the day.",
    (
        "mossgrove",
        12,
    ): "The video connection broke off and the draft was lost; written again from memory and handwriting.",
}
"""Which notes were signed after the clinic's 48 hours, by client and number of the note, and why."""


@dataclass
class ClientCourse:
    """One client's course, seen from the day of loading."""

    story: Storyline
    today: date
    book: writing.Notebook = field(init=False)
    noted: list[tuple[str, date]] = field(default_factory=list)
    """Sessions with a note of the client's therapist, in order."""

    def __post_init__(self) -> None:
        """Open the notebook."""
        self.book = writing.Notebook(self.story)

    @cached_property
    def starts_on(self) -> date:
        """The first day of treatment."""
        return diary.on_weekday(self.today - timedelta(days=self.story.started), self.story.weekday)

    @cached_property
    def ends_on(self) -> date:
        """The last day of treatment, planned or, when it ended early, real."""
        if self.story.over is not None:
            return diary.on_weekday(self.today - timedelta(days=self.story.over), self.story.weekday)
        return planned_end(self.starts_on, self.story.planned_months)

    @property
    def is_over(self) -> bool:
        """Whether the treatment ended before today."""
        return self.ends_on < self.today

    @cached_property
    def group_from(self) -> date | None:
        """The first day in the weekly group."""
        return None if self.story.group is None else self.today - timedelta(days=self.story.group)

    @property
    def referred_on(self) -> date:
        """The day the referral came in."""
        return self.starts_on - timedelta(days=39)

    def weather(self, day: date, *key: object) -> arc.Weather:
        """Say how the client fares on a day."""
        month = (day - self.starts_on).days / _DAYS_A_MONTH
        return arc.weather(self.story, month, arc.dice("weather", self.story.key, *key, (day - self.starts_on).days))

    def whole(self) -> Iterator[Act]:
        """Go through the whole course."""
        story, first = self.story, self.starts_on - timedelta(weeks=_ASSESSMENT_WEEKS[0])
        yield acts.Register(at=moment(self.referred_on, 11), by=ADMIN, story=story, diagnosed_on=first)
        yield acts.JoinTeam(
            at=moment(self.referred_on, 11, 5),
            by=ADMIN,
            client=story.key,
            practitioner=story.therapist,
            care_role="therapist",
        )
        yield acts.PlanTreatment(at=moment(first, 9), by=story.therapist, story=story, starts_on=self.starts_on)
        for weeks in _ASSESSMENT_WEEKS:
            yield from self._session(self.starts_on - timedelta(weeks=weeks), "assessment", "assessment")
        if self.starts_on < self.today:
            yield acts.StartTreatment(at=moment(self.starts_on, 7, 30), by=story.therapist, story=story)
        yield from self._weeks()
        if story.psychiatrist:
            yield from self._medication()
        if self.is_over:
            yield from self._ending()

    def _weeks(self) -> Iterator[Act]:
        reviews = self._reviews()
        ratings = 0
        for day in diary.weekly(self.starts_on, min(self.ends_on, self.today + _PLANNED_AHEAD)):
            if day >= self.today:
                yield from self._planned(day)
                continue
            due = next((number for number, due_on in reviews.items() if due_on - day <= timedelta(days=6)), None)
            is_ending = self.ends_on - day <= timedelta(weeks=4)
            kind = "review" if due is not None else "ending" if is_ending and self.is_over else "therapy"
            came = len(self.noted)
            yield from self._session(day, kind, self._phase(day))
            if len(self.noted) == came:
                continue
            if due is not None:
                reviews.pop(due)
                yield self._review(due, day)
            ratings += 1
            if ratings % _RATED_EVERY == 1 or due is not None:
                yield from self._ratings(day)

    def _reviews(self) -> dict[int, date]:
        due = dict(enumerate(default_reviews(self.starts_on, self.story.planned_months, 3)))
        if self.story.key == _UNREVIEWED:
            past = [number for number, due_on in due.items() if due_on < self.today]
            due = {number: due_on for number, due_on in due.items() if number not in past[-1:]}
        return due

    def _review(self, number: int, day: date) -> Act:
        is_last = number == len(default_reviews(self.starts_on, self.story.planned_months, 3)) - 1
        templates = REVIEW_COMMENTS[-1:] if is_last else REVIEW_COMMENTS[:-1]
        words = self.book.say(templates[(number + len(self.story.key)) % len(templates)])
        return acts.HoldReview(
            at=moment(day, 17, 10), by=self.story.therapist, client=self.story.key, number=number, comment=words
        )

    def _ratings(self, day: date) -> Iterator[Act]:
        now = self.weather(day, "rating")
        for place, goal in enumerate((self.story.stabilise, self.story.reduce)):
            for rated_by in ("client", "therapist"):
                rolled = arc.dice("rating", self.story.key, place, rated_by, (day - self.starts_on).days)
                yield acts.RateGoal(
                    at=moment(day, 17, 10),
                    by=self.story.therapist,
                    client=self.story.key,
                    goal=place,
                    value=arc.rating(goal, self.story, now, rated_by, rolled),
                    rated_by=rated_by,
                    session=self._key(day),
                )

    def _session(self, day: date, kind: str, phase: str) -> Iterator[Act]:
        """Write one individual session down, or say why it did not take place."""
        story = self.story
        if day >= self.today or diary.is_on_leave(story.therapist, day):
            return
        rolled = arc.dice("session", story.key, (day - self.starts_on).days)
        attendance = "attended" if kind in ("assessment", "follow_up") else self._attendance(day, rolled)
        if diary.is_closed(day) or (diary.is_ill(story.therapist, day) and kind == "therapy"):
            attendance = "cancelled_clinic"
        if attendance.startswith("cancelled"):
            yield from self._cancelled(day, kind, attendance)
            return
        delivery = "video" if arc.chance(rolled, story.video_share) else "in_person"
        yield self._meet(day, kind, delivery, attendance)
        if attendance in PRESENT:
            is_late = attendance == "late"
            draft = writing.individual_note(
                self.book,
                self.weather(day),
                rolled,
                phase=phase,
                is_late=is_late,
                shift=0.5 if phase == "follow_up" else 1,
            )
            self.noted.append((self._key(day), day))
            yield from self._note(day, draft, rolled)

    def _note(self, day: date, draft: NoteDraft, rolled: Random) -> Iterator[Act]:
        """Write the note, mostly in the evening; some are signed the next morning, and a few late."""
        story, key = self.story, self._key(day)
        reason = _LATE.get((story.key, len(self.noted)))
        morning = diary.next_morning(day) if arc.chance(rolled, 0.12) else None
        at = moment(day, 17, 5) if reason is None else moment(day + timedelta(days=5), 17, 5)
        yield acts.WriteNote(
            at=at,
            by=story.therapist,
            session=key,
            client=story.key,
            draft=draft,
            sign=morning is None or reason is not None,
            late_reason=reason,
        )
        if morning is not None and reason is None:
            yield acts.SignNote(at=morning, by=story.therapist, session=key, client=story.key)

    def _cancelled(self, day: date, kind: str, attendance: str) -> Iterator[Act]:
        """Plan a session and cancel it: weeks before when the clinic is closed, else that morning."""
        at = moment(day - timedelta(days=20), 9, 30) if diary.is_closed(day) else moment(day, 7, 45)
        at = max(at, moment(self.starts_on - timedelta(weeks=_ASSESSMENT_WEEKS[0]), 9, 5))
        yield self._meet(day, kind, "in_person", None, at=at)
        yield acts.CancelSession(
            at=at,
            by=self.story.therapist,
            session=self._key(day),
            cancelled_by=attendance.removeprefix("cancelled_"),
        )

    def _planned(self, day: date) -> Iterator[Act]:
        if diary.is_on_leave(self.story.therapist, day) or diary.is_closed(day):
            return
        yield self._meet(day, "therapy", self.story.delivery, None, at=moment(self.today - timedelta(days=1), 18))

    def _meet(
        self, day: date, kind: str, delivery: str, attendance: str | None, at: datetime | None = None
    ) -> acts.Meet:
        return acts.Meet(
            at=at or moment(day, 17, 5),
            by=self.story.therapist,
            session=self._key(day),
            format="individual",
            delivery=delivery,
            kind=kind,
            starts_at=moment(day, self.story.hour),
            minutes=_SESSION_MINUTES,
            practitioners=(self.story.therapist,),
            attendances=((self.story.key, attendance),),
            is_held=attendance is not None,
        )

    def _attendance(self, day: date, rolled: Random) -> str:
        now = self.weather(day)
        no_show = 0.13 if now.month < 3 else 0.02 + 0.05 * now.distress  # noqa: PLR2004
        if self.story.end_reason is not None and now.month >= 3:  # noqa: PLR2004
            no_show = 0.1 + 0.05 * now.month
        if day >= self.today - timedelta(days=8):
            return "attended"
        return arc.pick(
            rolled,
            (
                ("attended", 0.83 - no_show),
                ("late", 0.07),
                ("left_early", 0.015 + 0.03 * now.distress),
                ("no_show", no_show),
                ("cancelled_client", 0.055),
            ),
        )

    def _medication(self) -> Iterator[Act]:
        """Let the psychiatrist telephone every ten weeks, at a time of each client's own."""
        story = self.story
        yield acts.JoinTeam(
            at=moment(self.referred_on, 11, 5),
            by=ADMIN,
            client=story.key,
            practitioner=PSYCHIATRIST,
            care_role="psychiatrist",
        )
        first = self.starts_on + timedelta(days=23)
        for number in range(20):
            day = first + timedelta(weeks=10 * number)
            if day >= min(self.today, self.ends_on):
                return
            starts_at = moment(day, 12, 5 * (sum(map(ord, story.key)) % 12))
            key = f"{story.key}/telephone/{number}"
            yield acts.Meet(
                at=moment(day, 16, 30),
                by=PSYCHIATRIST,
                session=key,
                format="individual",
                delivery="audio",
                kind="contact",
                starts_at=starts_at,
                minutes=15,
                practitioners=(PSYCHIATRIST,),
                attendances=((story.key, "attended"),),
            )
            yield acts.WriteNote(
                at=moment(day, 16, 30),
                by=PSYCHIATRIST,
                session=key,
                client=story.key,
                draft=writing.medication_note(self.book, number),
            )

    def _ending(self) -> Iterator[Act]:
        story, at = self.story, moment(self.ends_on, 17, 20)
        if story.end_reason is not None:
            yield acts.EndTreatment(
                at=at, by=story.therapist, client=story.key, reason=story.end_reason, comment=story.end_comment or ""
            )
            yield acts.Discharge(
                at=at + timedelta(days=28),
                by=ADMIN,
                client=story.key,
                reason="Treatment ended early at the client's wish; back to the family doctor.",
            )
            return
        statuses = ("achieved", "partly_achieved")
        yield acts.CompleteTreatment(at=at, by=story.therapist, client=story.key, goal_statuses=statuses)
        for days in _FOLLOW_UP_DAYS:
            day = diary.on_weekday(self.ends_on + timedelta(days=days), story.weekday)
            if day < min(self.today, add_months(self.ends_on, story.planned_months // 3)):
                yield from self._session(day, "follow_up", "follow_up")

    def _phase(self, day: date) -> str:
        return writing.stage_of(self.story, self.weather(day).month)

    def _key(self, day: date) -> str:
        return f"{self.story.key}/{day.isoformat()}"
