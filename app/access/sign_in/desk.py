"""The desk beside the door: where a person proves who she is, and gets her tokens.

What is proved here takes time off the loop (a password) or has to be kept although the request is refused (a spent
refresh token), so it is more than one transaction.
"""

from datetime import timedelta
from typing import Any

from app.access.identity import queries as identity_queries
from app.access.identity.domain import hash_of
from app.access.identity.door import Door
from app.access.sign_in import domain, queries, schemas, service
from app.core.caller import Caller, CallerKind
from app.core.scope import ScopedSession
from app.core.system import SYSTEM

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

    async def sign_in(self, wanted: schemas.SignIn) -> schemas.AccessToken:
        """Exchange login, password and code for tokens; what is wrong tells nothing about what is right."""
        found = await self._transactions.look(SYSTEM, _first, identity_queries.credential_of(wanted.login))
        is_right = await self._fits(wanted.password.get_secret_value(), found)
        if found is None:
            raise domain.SignInRefused(_WHAT_TO_SEND)
        nobody = Caller(CallerKind.PRACTITIONER, found.practitioner_id, found.clinic_id, frozenset())
        pair = await self._transactions.write_in_reserve(
            nobody, service.answer_sign_in, wanted, self._lasts, is_right=is_right
        )
        if pair is None:
            raise domain.SignInRefused(_WHAT_TO_SEND)
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

    async def step_up(self, caller: Caller, wanted: schemas.StepUp) -> schemas.Proof:
        """Let a person prove again who she is, without ending her sign-in."""
        found = await self._transactions.look(
            SYSTEM, _first, identity_queries.credential_of_practitioner(caller.clinic_id, caller.id)
        )
        is_right = await self._fits(wanted.password.get_secret_value(), found)
        proof = await self._transactions.write_in_reserve(
            caller, service.answer_step_up, wanted, self.fresh_for, is_right=is_right
        )
        if proof is None:
            raise domain.SignInRefused(_WHAT_TO_SEND)
        self._door.forget_everyone()
        return proof

    async def _fits(self, password: str, found: Any) -> bool:
        return await self._door.passwords.fits(password, found.password_hash if found else None)


def _first(session: ScopedSession, statement: Any) -> Any:
    return session.execute(statement).first()
