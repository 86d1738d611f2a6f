"""How credentials and their holders are found."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, Update, select, update

from app.access.clinics.models import Clinic
from app.access.identity.domain import TokenKind
from app.access.identity.models import BearerToken, PasswordCredential, ServiceAccount, SignIn
from app.access.identity.schemas import ServiceAccountFilter
from app.access.practitioners.models import Practitioner
from app.core.database import AnySelect
from app.core.prepared import CALLER_ID, Prepared, parameter

ACCOUNT_COLUMNS = (
    ServiceAccount.id,
    ServiceAccount.version,
    ServiceAccount.created_at,
    ServiceAccount.name,
    ServiceAccount.scopes,
    ServiceAccount.is_active,
)
KEY_COLUMNS = (BearerToken.id, BearerToken.created_at, BearerToken.expires_at, BearerToken.revoked_at)


def credential_of(login: str) -> AnySelect:
    """Select the credential of a login."""
    return select(
        PasswordCredential.clinic_id, PasswordCredential.practitioner_id, PasswordCredential.password_hash
    ).where(PasswordCredential.login == login)


def credential_of_practitioner(clinic_id: UUID, practitioner_id: UUID) -> AnySelect:
    """Select the login of a practitioner and the hash of its password."""
    return select(PasswordCredential.login, PasswordCredential.password_hash).where(
        PasswordCredential.clinic_id == clinic_id, PasswordCredential.practitioner_id == practitioner_id
    )


def set_password(clinic_id: UUID, practitioner_id: UUID, password_hash: str) -> Update:
    """Replace the hash of a practitioner's password."""
    return (
        update(PasswordCredential)
        .where(PasswordCredential.clinic_id == clinic_id, PasswordCredential.practitioner_id == practitioner_id)
        .values(password_hash=password_hash)
        .execution_options(synchronize_session=False)
    )


def clinics_with_credentials() -> Select[tuple[UUID]]:
    """Select the clinics that have people or programs who can sign in."""
    of_people, of_programs = select(PasswordCredential.clinic_id), select(BearerToken.clinic_id)
    return select(of_people.union(of_programs).subquery().c.clinic_id)


LIVE_TOKEN = Prepared(
    select(
        BearerToken.id,
        BearerToken.kind,
        BearerToken.clinic_id,
        BearerToken.holder_id,
        BearerToken.expires_at,
        BearerToken.sign_in_id,
        SignIn.authenticated_at,
        SignIn.has_second_factor,
    )
    .outerjoin(SignIn, SignIn.id == BearerToken.sign_in_id)
    .where(
        BearerToken.token_hash == parameter("token_hash", BearerToken.token_hash),
        BearerToken.revoked_at.is_(None),
        BearerToken.expires_at > parameter("now", BearerToken.expires_at),
    )
)
"""A token that is neither expired nor revoked, with what the sign-in it belongs to is worth."""
PRACTITIONER = Prepared(
    select(Practitioner.roles, Clinic.time_zone, Clinic.requires_second_factor).where(
        Practitioner.id == parameter("holder_id", Practitioner.id),
        Practitioner.is_active,
        Clinic.clinic_id == Practitioner.clinic_id,
    )
)
"""What a caller is made of, for a practitioner who may sign in."""
ACCOUNT = Prepared(
    select(ServiceAccount.scopes, Clinic.time_zone).where(
        ServiceAccount.id == parameter("holder_id", ServiceAccount.id),
        ServiceAccount.is_active,
        Clinic.clinic_id == ServiceAccount.clinic_id,
    )
)
"""What a caller is made of, for an open service account."""
NAME_OF_PRACTITIONER = Prepared(select(Practitioner.display_name).where(Practitioner.id == CALLER_ID))
"""What the caller is called, when she is a practitioner."""
NAME_OF_ACCOUNT = Prepared(select(ServiceAccount.name).where(ServiceAccount.id == CALLER_ID))
"""The same, of a service account."""


def accounts_matching(wanted: ServiceAccountFilter) -> AnySelect:
    """Select the service accounts a filter asks for."""
    statement = select(*ACCOUNT_COLUMNS)
    if wanted.is_active is not None:
        statement = statement.where(ServiceAccount.is_active == wanted.is_active)
    return statement


def keys_of(clinic_id: UUID, account_id: UUID) -> AnySelect:
    """Select a service account's keys, newest first."""
    return (
        select(*KEY_COLUMNS)
        .where(
            BearerToken.clinic_id == clinic_id,
            BearerToken.holder_id == account_id,
            BearerToken.kind == TokenKind.API_KEY,
        )
        .order_by(BearerToken.id.desc())
        .limit(100)
    )


def live_keys_of(clinic_id: UUID, account_id: UUID, now: datetime) -> AnySelect:
    """Select the keys of a service account that are neither expired nor revoked."""
    return keys_of(clinic_id, account_id).where(BearerToken.revoked_at.is_(None), BearerToken.expires_at > now)


def account_to_lock(account_id: UUID) -> Select[ServiceAccount]:
    """Select a service account, and let nobody else give it a key meanwhile."""
    return select(ServiceAccount).where(ServiceAccount.id == account_id).with_for_update()


def revoke_tokens_of(clinic_id: UUID, holder_id: UUID, now: datetime) -> Update:
    """End every token of a holder."""
    return (
        update(BearerToken)
        .where(BearerToken.clinic_id == clinic_id, BearerToken.holder_id == holder_id, BearerToken.revoked_at.is_(None))
        .values(revoked_at=now)
        .execution_options(synchronize_session=False)
    )


def revoke_tokens_of_sign_in(sign_in_id: UUID, now: datetime) -> Update:
    """End the access tokens of one sign-in."""
    return (
        update(BearerToken)
        .where(BearerToken.sign_in_id == sign_in_id, BearerToken.revoked_at.is_(None))
        .values(revoked_at=now)
        .execution_options(synchronize_session=False)
    )


def revoke_tokens_of_other_sign_ins(clinic_id: UUID, holder_id: UUID, kept: UUID | None, now: datetime) -> Update:
    """End a practitioner's access tokens, but for those of one sign-in and of emergency access."""
    return (
        update(BearerToken)
        .where(
            BearerToken.clinic_id == clinic_id,
            BearerToken.holder_id == holder_id,
            BearerToken.kind == TokenKind.SIGN_IN,
            BearerToken.sign_in_id.is_distinct_from(kept),
            BearerToken.revoked_at.is_(None),
        )
        .values(revoked_at=now)
        .execution_options(synchronize_session=False)
    )


def end_sign_ins_of(clinic_id: UUID, practitioner_id: UUID, now: datetime, but: UUID | None = None) -> Update:
    """End every sign-in of a practitioner, or every other one: its refresh token is worth nothing any more."""
    ending = update(SignIn).where(
        SignIn.clinic_id == clinic_id, SignIn.practitioner_id == practitioner_id, SignIn.ended_at.is_(None)
    )
    if but is not None:
        ending = ending.where(SignIn.id != but)
    return ending.values(ended_at=now).execution_options(synchronize_session=False)
