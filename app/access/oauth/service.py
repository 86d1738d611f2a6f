"""What can be done about programs with keys of their own: register the keys, and exchange an assertion for a token."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.access.identity.domain import ServiceAccountChanged, ServiceAccountClosed
from app.access.identity.service import get_service_account
from app.access.oauth import domain, models, queries, schemas, tokens
from app.access.oauth.assertions import Assertion, UnfitKey, refuse, thumbprint_of
from app.core.crypto import KeyRing
from app.core.events import Recorded
from app.core.fetching import is_fit
from app.core.ids import new_id
from app.core.problems import FieldError, NotFound, PreconditionFailed, PreconditionRequired, ValidationFailed
from app.core.scope import ScopedSession
from app.core.vault import Vault
from app.core.work import UnitOfWork


def get_key_set(work: UnitOfWork, account_id: UUID) -> schemas.KeySet:
    """Read the keys a program of the clinic registered."""
    return _as_key_set(_find(work, account_id) or _not_there())


def replace_key_set(
    work: UnitOfWork, account_id: UUID, wanted: schemas.KeySetWrite, expected: int | None
) -> tuple[schemas.KeySet, bool]:
    """Register the keys of a program, or replace them all; True when there were none."""
    if not get_service_account(work, account_id).is_active:
        raise ServiceAccountClosed
    jwks, jwks_uri = _checked(wanted)
    found = _find(work, account_id)
    _check_expected(found, expected)
    if found is None:
        found = models.ClientKeySet(
            clinic_id=work.caller.clinic_id,
            service_account_id=account_id,
            created_at=work.now,
            jwks=jwks,
            jwks_uri=jwks_uri,
        )
        work.add(found)
        _record(work, found)
        return _as_key_set(found), True
    found.replace(jwks, jwks_uri)
    _record(work, found)
    return _as_key_set(found), False


def issue_token(
    work: UnitOfWork, ring: KeyRing, issuer: str, assertion: Assertion, scopes: Sequence[str]
) -> schemas.ProgramToken:
    """Give a program a token for what it asks and was granted; its assertion counts this once, in every process."""
    work.session.execute(queries.forget_expired_assertions(work.now))
    if work.session.get(models.UsedAssertion, (work.caller.clinic_id, assertion.hash)) is not None:
        raise refuse("This assertion was used before. Sign each one with a jti of its own.")
    work.add(models.UsedAssertion(hash=assertion.hash, expires_at=assertion.expires_at))
    key = tokens.active_key(work.session, ring, work.now)
    ends = work.now + domain.TOKEN_LIFE
    says = tokens.Statement(work.caller.clinic_id, work.caller.id, tuple(scopes), new_id(), ends)
    token = tokens.sign(key, ring, issuer, says, work.now)
    work.record(domain.TokenIssued(entity_id=says.id, scopes=says.scopes))
    return schemas.ProgramToken(
        access_token=token, expires_in=int(domain.TOKEN_LIFE.total_seconds()), scope=" ".join(scopes)
    )


def end_keys_of_closed_accounts(session: ScopedSession, recorded: Sequence[Recorded], _vault: Vault) -> None:
    """Take the keys of a program away when its account is closed: opening it again does not bring them back."""
    for one in recorded:
        if isinstance(one.event, ServiceAccountChanged) and one.event.entity_id is not None:
            found = session.execute(queries.key_set_of_closed(one.caller.clinic_id, one.event.entity_id)).scalar()
            if found is not None:
                found.replace([], None)


def _find(work: UnitOfWork, account_id: UUID) -> models.ClientKeySet | None:
    return work.session.execute(queries.key_set(work.caller.clinic_id, account_id)).scalar_one_or_none()


def _not_there() -> models.ClientKeySet:
    raise NotFound


def _check_expected(found: models.ClientKeySet | None, expected: int | None) -> None:
    if found is None:
        if expected is not None:
            raise PreconditionFailed
    elif expected is None:
        raise PreconditionRequired("There are keys already. Send If-Match with the ETag you last read.")
    elif expected != found.version:
        raise PreconditionFailed(found.version)


def _checked(wanted: schemas.KeySetWrite) -> tuple[list[dict[str, Any]] | None, str | None]:
    """Return the keys or the address, once they are fit to be used."""
    if isinstance(wanted.jwks, schemas.PublicKeys):
        jwks = [key.model_dump(mode="json") for key in wanted.jwks.keys]
        _thumbprints(jwks)
        return jwks, None
    jwks_uri = str(wanted.jwks_uri)
    if not is_fit(jwks_uri):
        raise ValidationFailed.at("/jwks_uri", "Use an https address that names a host.", "unfit_address")
    return None, jwks_uri


def _thumbprints(jwks: Sequence[dict[str, Any]]) -> list[str]:
    """Return what names the keys in the audit log; the names a program gave them are its own text."""
    names = [key["kid"] for key in jwks]
    wrong = [
        FieldError(f"/jwks/keys/{position}/kid", "Give each key a name of its own.", "repeated_kid")
        for position, name in enumerate(names)
        if name in names[:position]
    ]
    prints = []
    for position, key in enumerate(jwks):
        try:
            prints.append(thumbprint_of(key))
        except UnfitKey as unfit:
            wrong.append(FieldError(f"/jwks/keys/{position}", str(unfit), "unfit_key"))
    if wrong:
        raise ValidationFailed(errors=tuple(wrong))
    return prints


def _record(work: UnitOfWork, found: models.ClientKeySet) -> None:
    work.session.flush()
    work.record(
        domain.KeySetReplaced(
            entity_id=found.service_account_id,
            version=found.version,
            thumbprints=tuple(_thumbprints(found.jwks or [])),
            is_fetched=found.jwks_uri is not None,
        )
    )


def _as_key_set(found: models.ClientKeySet) -> schemas.KeySet:
    return schemas.KeySet(
        id=found.id,
        version=found.version,
        created_at=found.created_at,
        service_account_id=found.service_account_id,
        jwks=None if found.jwks is None else schemas.PublicKeys(keys=[schemas.PublicKey(**key) for key in found.jwks]),
        jwks_uri=found.jwks_uri,
    )
