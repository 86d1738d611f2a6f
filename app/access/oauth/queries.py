"""How the keys of programs, our own keys and used assertions are found."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Delete, Select, delete, select

from app.access.identity.models import ServiceAccount
from app.access.oauth.models import ClientKeySet, SigningKey, UsedAssertion
from app.core.database import AnySelect

_FORGOTTEN_AT_ONCE = 50
"""More than one request adds, so that the table only holds what has not expired, and little enough not to be felt."""

KEY_SET_COLUMNS = (
    ClientKeySet.id,
    ClientKeySet.version,
    ClientKeySet.created_at,
    ClientKeySet.clinic_id,
    ClientKeySet.service_account_id,
    ClientKeySet.jwks,
    ClientKeySet.jwks_uri,
)


def keys_of(client_id: UUID) -> AnySelect:
    """Select the keys of a program, and its clinic, which nobody knows yet."""
    return select(*KEY_SET_COLUMNS).where(ClientKeySet.service_account_id == client_id)


def key_set(clinic_id: UUID, account_id: UUID) -> Select[ClientKeySet]:
    """Select the key set of a clinic's own service account, to change it."""
    return select(ClientKeySet).where(
        ClientKeySet.clinic_id == clinic_id, ClientKeySet.service_account_id == account_id
    )


def signing_keys() -> Select[SigningKey]:
    """Select our own keys, the oldest first."""
    return select(SigningKey).order_by(SigningKey.number)


def forget_expired_assertions(now: datetime) -> Delete:
    """Forget some assertions that have expired: they are refused for that from now on."""
    expired = (
        select(UsedAssertion.hash)
        .where(UsedAssertion.expires_at <= now)
        .order_by(UsedAssertion.expires_at)
        .limit(_FORGOTTEN_AT_ONCE)
    )
    return delete(UsedAssertion).where(UsedAssertion.hash.in_(expired)).execution_options(synchronize_session=False)


def key_set_of_closed(clinic_id: UUID, account_id: UUID) -> Select[ClientKeySet]:
    """Select the key set of a service account that is closed."""
    return key_set(clinic_id, account_id).where(
        ClientKeySet.service_account_id == ServiceAccount.id, ~ServiceAccount.is_active
    )
