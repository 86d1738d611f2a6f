"""From a token of a clinic's identity provider to its caller: who she is comes from it, what she may do from here."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.access.identity.domain import hash_of
from app.access.identity.door import UNKNOWN_TOKEN, practitioner_caller
from app.access.identity_providers import domain, queries, tokens
from app.access.identity_providers.key_sets import KeySets, NoKeys
from app.access.identity_providers.tokens import Checked, Claimed, NotGood, Wanted
from app.core.caller import Caller
from app.core.database import AnySelect
from app.core.logs import log
from app.core.problems import Unauthorized
from app.core.scope import Scope, ScopedSession
from app.core.system import SYSTEM
from app.core.transactions import Transactions

_REMEMBERED_TOKENS = 10_000


class ProviderTokens:
    """Reads the access tokens of registered identity providers, for the door."""

    def __init__(self, transactions: Transactions, key_sets: KeySets) -> None:
        """Share the app's transactions and the providers' keys."""
        self._transactions, self._key_sets = transactions, key_sets
        self._seen: dict[bytes, datetime] = {}

    async def __call__(self, token: str) -> Caller | None:
        """Return whose token this is; None when no clinic registered its issuer."""
        claimed = tokens.claimed_by(token)
        if claimed is None:
            return None
        registered = await self._transactions.look(SYSTEM, _first, queries.registration_of(claimed.issuer))
        if registered is None:
            return None
        clinic_id, provider_id = registered.clinic_id, registered.identity_provider_id
        provider = await self._transactions.look(Scope(clinic_id), _first, queries.open_provider(provider_id))
        if provider is None:
            raise Unauthorized(UNKNOWN_TOKEN)
        checked = await self._checked(token, claimed, provider, clinic_id)
        if provider.required_acr and checked.acr not in provider.required_acr:
            raise domain.AssuranceTooLow(provider.required_acr)
        caller = await self._caller_known_as(clinic_id, provider_id, checked.subject)
        caller = replace(
            caller,
            authenticated_at=checked.authenticated_at,
            has_second_factor=checked.has_many_factors or checked.acr in provider.second_factor_acr,
            known_until=checked.expires_at,
        )
        await self._note_first_visit(token, caller, provider_id)
        return caller

    async def _checked(self, token: str, claimed: Claimed, provider: Any, clinic_id: UUID) -> Checked:
        wanted = Wanted(
            provider.issuer, provider.audience, provider.algorithms, provider.subject_claim, provider.token_type
        )
        try:
            key = await self._key_sets.key(provider.issuer, provider.jwks_uri, claimed.key_id)
            return tokens.checked(token, key, wanted, self._transactions.clock())
        except NoKeys:
            raise domain.IdentityProviderUnreachable from None
        except NotGood as wrong:
            log.info("identity_provider.token_refused", reason=wrong.reason, clinic_id=str(clinic_id))
            raise Unauthorized(UNKNOWN_TOKEN) from None

    async def _caller_known_as(self, clinic_id: UUID, provider_id: UUID, subject: str) -> Caller:
        known = await self._transactions.look(
            Scope(clinic_id), _first, queries.practitioner_known_as(provider_id, subject)
        )
        if known is None:
            raise Unauthorized(domain.NOT_LINKED)
        return await practitioner_caller(self._transactions, clinic_id, known.practitioner_id)

    async def _note_first_visit(self, token: str, caller: Caller, provider_id: UUID) -> None:
        """Write the sign-in down once for each token and process; the provider tells nobody when someone signs in."""
        token_hash, now = hash_of(token), self._transactions.clock()
        if self._seen.get(token_hash, now) > now or caller.known_until is None:
            return
        event = domain.SignedInWithProvider(
            identity_provider_id=provider_id, has_second_factor=caller.has_second_factor
        )
        await self._transactions.note_down(caller, event)
        if len(self._seen) >= _REMEMBERED_TOKENS:
            self._seen = {one: until for one, until in self._seen.items() if until > now}
        if len(self._seen) < _REMEMBERED_TOKENS:
            self._seen[token_hash] = caller.known_until


def _first(session: ScopedSession, statement: AnySelect) -> Any:
    return session.execute(statement).first()
