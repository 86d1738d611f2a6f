"""Loads the demo clinic: founds it, then lives its story through the services in the order of time.

The clinic does without second factors, which a real one asks for unless its admin says otherwise, so that trying it out
takes a login and a password. One of its people has a second factor all the same, to show how signing in goes with one.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from app.access.clinics.service import create_clinic
from app.access.identity.domain import permissions_of
from app.access.identity.passwords import hash_password
from app.access.identity.service import create_practitioner
from app.access.practitioners.domain import Role
from app.access.practitioners.schemas import PractitionerCreate
from app.access.sign_in.enrolment import confirm_second_factor, start_second_factor
from app.access.sign_in.schemas import SecondFactorConfirmation
from app.access.sign_in.second_factor import code_of
from app.core.caller import Caller, CallerKind
from app.core.clock import Clock, system_clock
from app.core.ids import new_id
from app.core.transactions import Transactions
from app.core.work import UnitOfWork
from app.demo.acts import Act, Meet, RateGoal, WriteNote
from app.demo.course import plan
from app.demo.diary import TIME_ZONE
from app.demo.people import PEOPLE, Person
from app.demo.perform import Record, perform
from app.demo.stories import STORIES
from app.opening import operator_of, transactions_of
from app.settings import Settings

CLINIC_NAME = "Riverside MBT Clinic (demo)"
WITH_SECOND_FACTOR = "ines.albrecht"
_FOUNDED_BEFORE = timedelta(days=7)


@dataclass(frozen=True)
class SignIn:
    """How one demo practitioner signs in; the password was made for this database."""

    role: str
    login: str
    password: str
    seed: str | None = None
    """What an authenticator app makes codes of; `stance code` does too."""
    recovery_codes: tuple[str, ...] = ()


class StoryClock:
    """A clock that stands where the story is."""

    def __init__(self, now: datetime) -> None:
        """Start at a moment."""
        self.now = now

    def __call__(self) -> datetime:
        """Return the moment the story has come to."""
        return self.now


async def load(settings: Settings, say: Callable[[str], None], clock: Clock = system_clock) -> list[SignIn]:
    """Create the demo clinic as it stands on the clock's day, and return how to sign in."""
    today = clock().astimezone(ZoneInfo(TIME_ZONE)).date()
    story = plan(today)
    told = StoryClock(story[0].at - _FOUNDED_BEFORE)
    transactions = transactions_of(settings, told)
    try:
        operator = operator_of(new_id())
        await transactions.write(
            operator, lambda work: create_clinic(work, CLINIC_NAME, TIME_ZONE, requires_second_factor=False)
        )
        callers: dict[str, Caller] = {}
        signs_in = [await _join(transactions, operator, callers, person) for person in PEOPLE]
        say(f"  {len(PEOPLE)} practitioners; {len(STORIES)} clients and {len(story)} acts of their story to load")
        await _live(transactions, told, callers, story, say)
        for line in _summary(story):
            say(line)
        return signs_in
    finally:
        await transactions.close()


async def _join(transactions: Transactions, operator: Caller, callers: dict[str, Caller], person: Person) -> SignIn:
    password = secrets.token_urlsafe(18)
    wanted = PractitionerCreate(
        display_name=person.name,
        login=person.login,
        roles=[person.role],
        password=SecretStr(password),
        specialities=list(person.specialities),
        supervisor_id=callers[person.supervised_by].id if person.supervised_by else None,
    )
    password_hash = await asyncio.to_thread(hash_password, password)
    joined = await transactions.write(operator, create_practitioner, wanted, password_hash)
    callers[person.login] = Caller(
        CallerKind.PRACTITIONER,
        joined.id,
        operator.clinic_id,
        permissions_of([person.role]),
        roles=frozenset({person.role}),
        time_zone=TIME_ZONE,
        sees_all_clients=person.role is Role.CLINIC_ADMIN,
    )
    if person.login != WITH_SECOND_FACTOR:
        return SignIn(person.role, person.login, password)
    start = await transactions.write(callers[person.login], start_second_factor)
    code = SecretStr(code_of(start.secret, transactions.clock()))
    codes = await transactions.write(callers[person.login], confirm_second_factor, SecondFactorConfirmation(code=code))
    return SignIn(person.role, person.login, password, start.secret, tuple(codes.recovery_codes))


async def _live(
    transactions: Transactions,
    told: StoryClock,
    callers: Mapping[str, Caller],
    story: list[Act],
    say: Callable[[str], None],
) -> None:
    """Let everyone act in turn: what one person does at one moment is one transaction."""
    record = Record({login: caller.id for login, caller in callers.items()})
    quarter = ""
    for (at, by), acts in groupby(story, key=lambda act: (act.at, act.by)):
        if (present := f"{at:%Y}, quarter {(at.month + 2) // 3}") != quarter:
            say(f"  {present}: {len(record.sessions)} sessions and {len(record.notes)} notes before it")
            quarter = present
        told.now = at
        record = await transactions.write(callers[by], _together, record, list(acts))


def _together(work: UnitOfWork, record: Record, acts: list[Act]) -> Record:
    """Perform acts in one transaction, on a copy of what is known, so that it may run again."""
    known = record.copy()
    for act in acts:
        perform(work, known, act)
    return known


def _summary(story: list[Act]) -> Iterator[str]:
    """Say in one line per client what was loaded."""
    held = Counter(client for act in story if isinstance(act, Meet) and act.is_held for client, _ in act.attendances)
    written = Counter(act.client for act in story if isinstance(act, WriteNote))
    failures = Counter[str]()
    rated = Counter(act.client for act in story if isinstance(act, RateGoal))
    for act in story:
        if isinstance(act, WriteNote):
            failures[act.client] += len(act.draft.failures)
    for client in STORIES:
        name = f"{client.given_name} {client.family_name}"
        yield (
            f"  {name:<20} {held[client.key]:>4} sessions {written[client.key]:>4} notes "
            f"{failures[client.key]:>4} failures {rated[client.key]:>4} goal ratings"
        )
