"""The composition root: settings in, app out. Here and nowhere else the parts of the house are wired together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware

from app.access.audit import router as audit
from app.access.audit.service import append
from app.access.identity import router as identity
from app.access.identity import staff_router
from app.access.identity.access import Door
from app.core import handlers, logs, openapi
from app.core.clock import Clock, system_clock
from app.core.crypto import KeyRing, MasterKey
from app.core.database import postgresql_engine, sqlite_engine
from app.core.engines import Engines, PostgresqlEngines, SqliteEngines
from app.core.middleware import RequestFrame
from app.core.transactions import Transactions
from app.core.work import Wiring
from app.record.care_team.queries import clients_of
from app.record.clients import router as clients
from app.record.vocabularies import router as vocabularies
from app.settings import Settings
from app.version import VERSION

DESCRIPTION = """\
Session notes for mentalization-based treatment (MBT): clients, treatments of 12 to 18 months, sessions, notes with
tagged mentalizing failures, the two treatment goals, and the timeline that shows them together.

**Sign in** with `POST /v1/auth/sign-in` and send the token as `Authorization: Bearer …`. Programs use an API key the
same way. **Changes** name the version they are based on in `If-Match`. **Lists** come in pages. **Refusals** are
problem documents (RFC 9457) with a stable `code`. What a caller may not see is not there: 404.
"""
TAGS = [
    {"name": "auth", "description": "Sign in, sign out, and ask who is calling."},
    {"name": "clinic", "description": "The clinic the caller works in: time zone and policies."},
    {"name": "practitioners", "description": "The people who work for the clinic."},
    {"name": "service accounts", "description": "Programs that work for the clinic, their scopes and keys."},
    {"name": "clients", "description": "People in care, who may see them, and who did."},
    {"name": "audit", "description": "The log of everything that was read, written or refused."},
    {"name": "vocabularies", "description": "The versioned code lists clinicians choose from."},
]
ROUTERS: tuple[APIRouter, ...] = (
    identity.auth,
    identity.me,
    staff_router.clinic,
    staff_router.staff,
    identity.service_accounts,
    clients.router,
    audit.router,
    vocabularies.router,
)


def create_app(settings: Settings | None = None, clock: Clock = system_clock) -> FastAPI:
    """Return the app; it opens the database when it starts and closes it when it stops."""
    settings = settings or Settings()
    logs.configure()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        transactions = transactions_of(settings, clock)
        app.state.door = Door(transactions, settings.access_token_minutes)
        yield
        await transactions.close()

    app = FastAPI(
        title="Stance",
        version=VERSION,
        summary="Session notes for mentalization-based treatment.",
        description=DESCRIPTION,
        contact={"name": "Stance", "url": "https://github.com/stance-notes/stance"},
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        generate_unique_id_function=openapi.operation_id,
        redirect_slashes=False,
        telemetry={"logs": False},
        middleware=[
            Middleware(RequestFrame),
            Middleware(RequestBodyLimitMiddleware, max_body_size=settings.max_body_bytes),
        ],
    )
    v1 = APIRouter(prefix="/v1")
    for router in ROUTERS:
        v1.include_router(router)
    app.include_router(v1)
    handlers.install(app)
    openapi.install(app, TAGS)
    return app


def transactions_of(settings: Settings, clock: Clock = system_clock) -> Transactions:
    """Open the database the settings name, with its keys."""
    master = master_key_of(settings)
    wiring = Wiring(recorders=(append,), visible_clients=clients_of)
    return Transactions(engines_of(settings, master), KeyRing(master), clock, wiring)


def engines_of(settings: Settings, master: MasterKey) -> Engines:
    """Return the engines of the database the settings name."""
    if not settings.is_sqlite:
        return PostgresqlEngines(postgresql_engine(settings.database_url, pool_size=settings.pool_size))
    url, page_key = settings.database_url, master.derive("database file")
    return SqliteEngines(
        reading=sqlite_engine(url, page_key, pool_size=1, read_only=True),
        aside=sqlite_engine(url, page_key, pool_size=2, read_only=True),
        writing=sqlite_engine(url, page_key, pool_size=1, begin="BEGIN IMMEDIATE"),
    )


def master_key_of(settings: Settings) -> MasterKey:
    """Read the master key from the environment or its file."""
    if settings.master_key is not None:
        return MasterKey.from_base64(settings.master_key.get_secret_value())
    if settings.master_key_file is None or not settings.master_key_file.exists():
        raise RuntimeError("no master key: set STANCE_MASTER_KEY or STANCE_MASTER_KEY_FILE, or run `stance init`")
    return MasterKey.from_base64(settings.master_key_file.read_text())
