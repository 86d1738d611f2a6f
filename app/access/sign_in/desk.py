"""The desk beside the door: where a person proves who she is, and gets her tokens.

What is proved here takes time off the loop (a password) or has to be kept although the request is refused (a spent
refresh token), so it is more than one transaction.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.access.identity import queries as identity_queries
from app.access.identity.domain import hash_of
from app.access.identity.door import Door
from app.access.sign_in import domain, queries, schemas, service, throttle
from app.core.caller import Caller, CallerKind
from app.core.scope import ScopedSession
from app.core.system import SYSTEM
from app.core.transactions import Transactions

_THROTTLE = "throttle of signing in"
_SIGN_IN_AGAIN = "Sign in again."
_WHAT_TO_SEND = "If you have a second factor, send its present code too. Each code works once."


class Desk:
    """Checks passwords and refresh tokens, with the app's door."""

    def __init__(self, door: Door, lasts: domain.Lifetimes) -> None:
        """Stand beside the door, and know how long sign-ins last."""
        self._door, self._transactions = door, door.transactions
        self._lasts = lasts

    @property
    def fresh_for(self) -> timedelta:
        """How long after proving who she is a person may do sensitive things."""
        return self._door.fresh_for

    async def sign_in(self, wanted: schemas.SignIn, address: str) -> schemas.AccessToken:
        """Exchange login, password and code for tokens; what is wrong tells nothing about what is right."""
        against = await self._counted(wanted.login, address)
        found = await self._transactions.look(SYSTEM, _first, identity_queries.credential_of(wanted.login))
        password = wanted.password.get_secret_value()
        is_right = await self._fits(password, found)
        if found is None:
            await self._transactions.keep(SYSTEM, throttle.stand_by, against)
            raise domain.SignInRefused(_WHAT_TO_SEND)
        person = Caller(CallerKind.PRACTITIONER, found.practitioner_id, found.clinic_id, frozenset())
        pair = await self._transactions.write_in_reserve(
            person, service.answer_sign_in, wanted, self._lasts, is_right=is_right
        )
        if pair is None:
            raise domain.SignInRefused(_WHAT_TO_SEND)
        await self._forgive(against)
        if self._door.passwords.is_outdated(found.password_hash):
            renewed = await self._door.passwords.hash(password)
            await self._transactions.write_in_reserve(person, service.renew_hash, renewed)
        return pair

    async def refresh(self, wanted: schemas.Refresh) -> schemas.AccessToken:
        """Exchange a refresh token for the next pair."""
        token_hash = hash_of(wanted.refresh_token.get_secret_value())
        found = await self._transactions.look(SYSTEM, _first, queries.refresh_token_of(token_hash))
        if found is None:
            raise domain.SignInOver(_SIGN_IN_AGAIN)
        holder = Caller(CallerKind.PRACTITIONER, found.practitioner_id, found.clinic_id, frozenset())
        pair = await self._transactions.write_in_reserve(
            holder, service.refresh, found.id, found.sign_in_id, self._lasts
        )
        if pair is None:
            self._door.forget_everyone()
            raise domain.SignInOver(_SIGN_IN_AGAIN)
        return pair

    async def step_up(self, caller: Caller, wanted: schemas.StepUp, address: str) -> schemas.Proof:
        """Let a person prove again who she is, without ending her sign-in."""
        found, against = await self._own_credential(caller, address)
        is_right = await self._fits(wanted.password.get_secret_value(), found)
        proof = await self._transactions.write_in_reserve(
            caller, service.answer_step_up, wanted, self.fresh_for, is_right=is_right
        )
        if proof is None:
            raise domain.SignInRefused(_WHAT_TO_SEND)
        await self._forgive(against)
        self._door.forget_everyone()
        return proof

    async def change_password(self, caller: Caller, wanted: schemas.PasswordChange, address: str) -> None:
        """Replace a person's password, if she knows the old one."""
        found, against = await self._own_credential(caller, address)
        if not await self._fits(wanted.old_password.get_secret_value(), found):
            await self._transactions.write_in_reserve(caller, service.note_wrong_password)
            raise domain.SignInRefused
        await self._forgive(against)
        password_hash = await self._door.passwords.hash(wanted.new_password.get_secret_value())
        await self._transactions.write(caller, service.change_password, wanted, password_hash)
        self._door.forget_everyone()

    async def _own_credential(self, caller: Caller, address: str) -> tuple[Any, throttle.Counted]:
        query = identity_queries.credential_of_practitioner(caller.clinic_id, caller.id)
        found = await self._transactions.look(SYSTEM, _first, query)
        return found, await self._counted(found.login, address)

    async def _counted(self, login: str, address: str) -> throttle.Counted:
        """Count an attempt before it is tried, or refuse it while one has to wait."""
        secret = self._transactions.ring.master.derive(_THROTTLE)
        against = throttle.counted_against(secret, login, address)
        wait = await self._transactions.keep(SYSTEM, throttle.count_attempt, against, self._transactions.clock())
        if wait > timedelta(0):
            raise domain.SignInThrottled(wait)
        return against

    async def _forgive(self, against: throttle.Counted) -> None:
        await self._transactions.keep(SYSTEM, throttle.forgive, against, self._transactions.clock())

    async def _fits(self, password: str, found: Any) -> bool:
        return await self._door.passwords.fits(password, found.password_hash if found else None)


def _first(session: ScopedSession, statement: Any) -> Any:
    return session.execute(statement).first()


async def person_with(transactions: Transactions, login: str) -> tuple[UUID, UUID] | None:
    """Return the clinic and the id of who signs in with a login, for the operator's command line."""
    found = await transactions.look(SYSTEM, _first, identity_queries.credential_of(login))
    return None if found is None else (found.clinic_id, found.practitioner_id)


async def let_try_again(transactions: Transactions, login: str) -> None:
    """Forget how often a login failed, so that its owner need not wait."""
    digest = throttle.digest_of(transactions.ring.master.derive(_THROTTLE), f"login {login.lower()}")
    against = ((digest, throttle.FREE_FOR_LOGIN),)
    await transactions.keep(SYSTEM, throttle.forgive, against, transactions.clock())
