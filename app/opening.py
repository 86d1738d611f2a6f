"""Opening what the settings name: the database with its keys, the erasure ledger, the way out.

Commands need no more than this; the web framework and the routes are `main`'s, and take as long to import.
"""

from uuid import UUID

from app.access.audit.service import append
from app.access.oauth.service import end_keys_of_closed_accounts
from app.core import page_key
from app.core.caller import Caller, CallerKind, Permission
from app.core.clock import Clock, system_clock
from app.core.crypto import KeyRing, MasterKey, WrongMasterKey
from app.core.database import sqlite_engine
from app.core.engines import Engines, PostgresqlEngines, SqliteEngines
from app.core.erasure_ledger import ErasureLedger
from app.core.fetching import WayOut
from app.core.key_provider import FileKeyProvider, KeyProvider, opened, provider_named
from app.core.storage import Storage
from app.core.transactions import Transactions
from app.core.work import Recorder, Wiring
from app.record.emergency_access.queries import circle_of
from app.record.emergency_access.service import end_on_sign_out
from app.record.notes.counting import recount_in_new_time_zone
from app.settings import Settings

OPERATOR_ID = UUID(int=0)
"""Who the audit log names when the operator's command line acts."""


def ledger_of(settings: Settings) -> ErasureLedger | None:
    """Return the erasure ledger, if the settings name a place for one."""
    return None if settings.ledger_file is None else ErasureLedger(settings.ledger_file.absolute())


def operator_of(clinic_id: UUID) -> Caller:
    """Return the operator at the command line, acting in one clinic with every permission."""
    return Caller(CallerKind.OPERATOR, OPERATOR_ID, clinic_id, frozenset(Permission), sees_all_clients=True)


def transactions_of(settings: Settings, clock: Clock = system_clock, *listeners: Recorder) -> Transactions:
    """Open the database the settings name, with its keys; listeners hear of every entry of the audit log."""
    master = master_key_of(settings)
    wiring = Wiring(
        recorders=(append, end_on_sign_out, end_keys_of_closed_accounts, recount_in_new_time_zone, *listeners),
        circle_of=circle_of,
    )
    ring = KeyRing(master, previous=previous_master_key_of(settings))
    return Transactions(engines_of(settings, master), ring, clock, wiring, storage_of(settings))


def outbound_of(settings: Settings) -> WayOut:
    """Return the way out, guarded as the settings say."""
    return WayOut(settings.outbound_private_hosts, ca_file=settings.outbound_ca_file)


def storage_of(settings: Settings) -> Storage:
    """Return the room the embedded file has; PostgreSQL watches its own disk."""
    if not settings.is_sqlite:
        return Storage()
    return Storage(settings.database_file.absolute().parent, settings.min_free_mb * 1_048_576)


def engines_of(settings: Settings, master: MasterKey) -> Engines:
    """Return the engines of the database the settings name."""
    if not settings.is_sqlite:
        from app.core.postgresql import postgresql_engine  # noqa: PLC0415 - its driver is loaded where it is used

        return PostgresqlEngines(postgresql_engine(settings.database_url, pool_size=settings.pool_size))
    url, key = settings.database_url, page_key_of(settings, master)
    return SqliteEngines(
        reading=sqlite_engine(url, key, pool_size=1, read_only=True),
        aside=sqlite_engine(url, key, pool_size=2, read_only=True),
        writing=sqlite_engine(url, key, pool_size=1, begin="BEGIN IMMEDIATE"),
    )


def master_key_of(settings: Settings) -> MasterKey:
    """Read the master key from the environment or its file."""
    if settings.master_key is not None:
        return opened(settings.master_key.get_secret_value(), key_provider_of(settings))
    if settings.master_key_file is None or not settings.master_key_file.exists():
        raise RuntimeError(
            "no master key: set STANCE_MASTER_KEY or STANCE_MASTER_KEY_FILE, or make one with `stance create-key`"
        )
    return opened(settings.master_key_file.read_text(), key_provider_of(settings))


def key_provider_of(settings: Settings) -> KeyProvider | None:
    """Return whoever opens a sealed master key, if the settings name one."""
    if settings.key_provider is not None:
        return provider_named(settings.key_provider)
    return None if settings.key_provider_file is None else FileKeyProvider(settings.key_provider_file)


def previous_master_key_of(settings: Settings) -> MasterKey | None:
    """Read the master key that is being replaced, if one is; it may be a weak one."""
    if settings.previous_master_key is not None:
        text = settings.previous_master_key.get_secret_value()
    elif settings.previous_master_key_file is not None:
        if not settings.previous_master_key_file.exists():
            raise RuntimeError("STANCE_PREVIOUS_MASTER_KEY_FILE names a file that is not there")
        text = settings.previous_master_key_file.read_text()
    else:
        return None
    try:
        return opened(text, key_provider_of(settings), is_leaving=True)
    except ValueError as unreadable:
        raise ValueError(f"the previous master key cannot be read: {unreadable}") from None


def page_key_of(settings: Settings, master: MasterKey) -> bytes:
    """Return the key of the embedded file's pages: of the current master key, or still of the previous one."""
    current, previous = page_key.of(master), previous_master_key_of(settings)
    if page_key.opens(settings.database_file, current):
        return current
    if previous is not None and page_key.opens(settings.database_file, page_key.of(previous)):
        return page_key.of(previous)
    raise WrongMasterKey(
        "The embedded file does not open with this master key: it is under another one, or it is damaged. While a "
        "master key is being replaced, STANCE_PREVIOUS_MASTER_KEY_FILE must name the old one."
    )
