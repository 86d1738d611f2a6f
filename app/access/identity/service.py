"""What can be done about access: be told who one is, manage logins, service accounts and keys, end tokens."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.clinics.service import own_clinic
from app.access.identity import domain, models, queries, schemas
from app.access.identity.password_rules import check_password
from app.access.practitioners import schemas as practitioners_schemas
from app.access.practitioners import service as practitioners
from app.access.practitioners.domain import LoginTaken
from app.access.practitioners.schemas import PractitionerCreate, PractitionerUpdate
from app.core.caller import Caller, CallerKind, Permission
from app.core.paging import paged
from app.core.problems import NotFound, ValidationFailed
from app.core.work import UnitOfWork


def start_emergency_token(work: UnitOfWork, expires_at: datetime) -> tuple[UUID, str]:
    """Make the token that is the caller's emergency access; it leaves the service this once."""
    token = domain.new_token(domain.TokenKind.EMERGENCY)
    return store_token(work, domain.TokenKind.EMERGENCY, token, work.caller.id, expires_at).id, token


def store_token(
    work: UnitOfWork,
    kind: domain.TokenKind,
    token: str,
    holder_id: UUID,
    expires_at: datetime,
    *,
    sign_in_id: UUID | None = None,
) -> models.BearerToken:
    """Keep a new token as its hash."""
    stored = models.BearerToken(
        kind=kind,
        token_hash=domain.hash_of(token),
        clinic_id=work.caller.clinic_id,
        holder_id=holder_id,
        created_at=work.now,
        expires_at=expires_at,
        sign_in_id=sign_in_id,
    )
    work.add(stored)
    return stored


def end_emergency_token(work: UnitOfWork, token_id: UUID) -> None:
    """End the token of an emergency access of the caller's own."""
    token = work.session.get(models.BearerToken, token_id)
    if token is not None and token.revoked_at is None:
        token.revoked_at = work.now


def end_access_of(work: UnitOfWork, holder_id: UUID) -> None:
    """End every token of a practitioner or program, and every sign-in, at once."""
    work.session.execute(queries.revoke_tokens_of(work.caller.clinic_id, holder_id, work.now))
    work.session.execute(queries.end_sign_ins_of(work.caller.clinic_id, holder_id, work.now))


def get_me(work: UnitOfWork) -> schemas.Me:
    """Say who is calling."""
    caller = work.caller
    is_person = caller.kind is CallerKind.PRACTITIONER
    row = work.one(queries.NAME_OF_PRACTITIONER if is_person else queries.NAME_OF_ACCOUNT)
    return schemas.Me(
        kind=caller.kind,
        id=caller.id,
        clinic_id=caller.clinic_id,
        display_name=row[0],
        roles=sorted(caller.roles),
        permissions=sorted(caller.permissions),
        sees_all_clients=caller.sees_all_clients,
        has_second_factor=caller.has_second_factor,
        withheld=sorted(domain.withheld_from(caller)),
        authenticated_at=caller.authenticated_at,
        emergency_access=_emergency_of(caller),
    )


def create_practitioner(
    work: UnitOfWork, wanted: PractitionerCreate, password_hash: str
) -> practitioners_schemas.Practitioner:
    """Add a practitioner together with her login."""
    taken = select(models.PasswordCredential.id).where(models.PasswordCredential.login == wanted.login)
    if work.rows(taken):
        raise LoginTaken
    known = (wanted.login, wanted.display_name, own_clinic(work).name)
    check_password(wanted.password.get_secret_value(), known, "/password")
    practitioner = practitioners.add_practitioner(work, wanted)
    work.add(
        models.PasswordCredential(
            login=wanted.login,
            clinic_id=work.caller.clinic_id,
            practitioner_id=practitioner.id,
            password_hash=password_hash,
        )
    )
    return practitioners.as_practitioner(practitioner)


def update_practitioner(
    work: UnitOfWork, practitioner_id: UUID, changes: PractitionerUpdate, expected: int
) -> practitioners_schemas.Practitioner:
    """Change a practitioner; one who may no longer sign in loses every token at once."""
    practitioner = practitioners.update_practitioner(work, practitioner_id, changes, expected)
    if not practitioner.is_active:
        end_access_of(work, practitioner_id)
    return practitioner


def list_service_accounts(work: UnitOfWork, wanted: schemas.ServiceAccountFilter) -> schemas.ServiceAccountPage:
    """List the clinic's service accounts in the order they were made."""
    statement = queries.accounts_matching(wanted)
    return paged(work, schemas.ServiceAccountPage, statement, [models.ServiceAccount.id], wanted, _as_account)


def get_service_account(work: UnitOfWork, account_id: UUID) -> schemas.ServiceAccount:
    """Read one service account."""
    statement = select(*queries.ACCOUNT_COLUMNS).where(models.ServiceAccount.id == account_id)
    return _as_account(work.one(statement))


def create_service_account(work: UnitOfWork, wanted: schemas.ServiceAccountCreate) -> schemas.ServiceAccount:
    """Give a program an account; it can do nothing until it has a key."""
    _check_scopes(wanted.scopes)
    account = models.ServiceAccount(created_at=work.now, name=wanted.name, scopes=tuple(wanted.scopes))
    work.add(account)
    work.record(domain.ServiceAccountCreated(), account)
    return _as_account(account)


def update_service_account(
    work: UnitOfWork, account_id: UUID, changes: schemas.ServiceAccountUpdate, expected: int
) -> schemas.ServiceAccount:
    """Rename, re-scope or close a service account; closing it ends its keys."""
    account = work.get(models.ServiceAccount, account_id, expected)
    changed = changes.model_dump()
    if "scopes" in changed:
        _check_scopes(changed["scopes"])
        changed["scopes"] = tuple(changed["scopes"])
    for name, value in changed.items():
        setattr(account, name, value)
    if not account.is_active:
        end_access_of(work, account_id)
    work.record(domain.ServiceAccountChanged(fields=tuple(changed)), account)
    return _as_account(account)


def list_api_keys(work: UnitOfWork, account_id: UUID) -> schemas.ApiKeyList:
    """List the keys of a service account, without their secrets."""
    get_service_account(work, account_id)
    rows = work.rows(queries.keys_of(work.caller.clinic_id, account_id))
    return schemas.ApiKeyList(data=[_as_key(row) for row in rows])


def get_api_key(work: UnitOfWork, account_id: UUID, key_id: UUID) -> schemas.ApiKey:
    """Read one key of a service account, without its secret."""
    statement = queries.keys_of(work.caller.clinic_id, account_id).where(models.BearerToken.id == key_id)
    return _as_key(work.one(statement))


def create_api_key(work: UnitOfWork, account_id: UUID, wanted: schemas.ApiKeyCreate) -> schemas.ApiKeySecret:
    """Make a key; its secret leaves the service this once."""
    account = work.session.execute(queries.account_to_lock(account_id)).scalar_one_or_none()
    if account is None:
        raise NotFound
    if not account.is_active:
        raise domain.ServiceAccountClosed
    if len(work.rows(queries.live_keys_of(work.caller.clinic_id, account_id, work.now))) >= domain.MOST_KEYS:
        raise domain.TooManyActiveKeys("Revoke one that is no longer used, then make the new one.")
    if not work.now < wanted.expires_at <= work.now + domain.LONGEST_KEY_LIFE:
        detail = "Use a moment within the next 366 days."
        raise ValidationFailed.at("/expires_at", detail, "expiry_out_of_range")
    token = domain.new_token(domain.TokenKind.API_KEY)
    stored = store_token(work, domain.TokenKind.API_KEY, token, account_id, wanted.expires_at)
    work.record(domain.ApiKeyCreated(entity_id=stored.id, service_account_id=account_id))
    return schemas.ApiKeySecret(**_as_key(stored).model_dump(), secret=token)


def revoke_api_key(work: UnitOfWork, account_id: UUID, key_id: UUID) -> None:
    """Take a key back; it stops working within seconds in every process."""
    key = work.session.get(models.BearerToken, key_id)
    wanted = (domain.TokenKind.API_KEY, work.caller.clinic_id, account_id)
    if key is None or (key.kind, key.clinic_id, key.holder_id) != wanted:
        raise NotFound
    key.revoked_at = key.revoked_at or work.now
    work.record(domain.ApiKeyRevoked(entity_id=key_id, service_account_id=account_id))


def _emergency_of(caller: Caller) -> schemas.MyEmergencyAccess | None:
    if caller.emergency_access_id is None or caller.emergency_access_until is None:
        return None
    return schemas.MyEmergencyAccess(id=caller.emergency_access_id, expires_at=caller.emergency_access_until)


def _check_scopes(scopes: list[Permission]) -> None:
    wrong = [position for position, scope in enumerate(scopes) if scope not in domain.GRANTABLE]
    if wrong:
        detail = "Signing and administration cannot be granted to a program."
        raise ValidationFailed.at(f"/scopes/{wrong[0]}", detail, "scope_not_grantable")


def _as_account(row: Any) -> schemas.ServiceAccount:
    return schemas.ServiceAccount(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        name=row.name,
        scopes=[Permission(scope) for scope in row.scopes],
        is_active=row.is_active,
    )


def _as_key(row: Any) -> schemas.ApiKey:
    return schemas.ApiKey(id=row.id, created_at=row.created_at, expires_at=row.expires_at, revoked_at=row.revoked_at)
