"""The composition root: settings in, app out. Here and nowhere else the parts of the house are wired together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware

from app import health, migrating
from app.access.audit import router as audit
from app.access.audit.service import append
from app.access.identity import router as identity
from app.access.identity import staff_router
from app.access.identity.access import Door
from app.core import handlers, logs, openapi
from app.core.caller import Caller, CallerKind, Permission
from app.core.clock import Clock, system_clock
from app.core.crypto import KeyRing, MasterKey
from app.core.database import postgresql_engine, sqlite_engine
from app.core.engines import Engines, PostgresqlEngines, SqliteEngines
from app.core.middleware import RequestFrame
from app.core.transactions import Transactions
from app.core.work import Wiring
from app.insights.timeline import router as timeline
from app.record.care_team.queries import clients_of
from app.record.clients import router as clients
from app.record.goal_ratings import router as goal_ratings
from app.record.notes import router as notes
from app.record.notes import signing_router
from app.record.sessions import router as sessions
from app.record.treatments import router as treatments
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
    {"name": "treatments", "description": "Courses of 12 to 18 months with their phases and reviews."},
    {"name": "goals", "description": "The two goals of a treatment, their ratings and the series to plot."},
    {"name": "sessions", "description": "Meetings: when, how, with whom, and who came."},
    {"name": "notes", "description": "Progress notes: drafts, signatures, addenda, versions, mentalizing failures."},
    {"name": "timeline", "description": "A treatment over time: figures that name their evidence, and a picture."},
    {"name": "audit", "description": "The log of everything that was read, written or refused."},
    {"name": "health", "description": "Whether the process lives and can work."},
    {"name": "vocabularies", "description": "The versioned code lists clinicians choose from."},
]
OPERATOR_ID = UUID(int=0)
"""Who the audit log names when the operator's command line acts."""
ROUTERS: tuple[APIRouter, ...] = (
    identity.auth,
    identity.me,
    staff_router.clinic,
    staff_router.staff,
    identity.service_accounts,
    clients.router,
    treatments.router,
    treatments.goals,
    goal_ratings.router,
    sessions.router,
    notes.router,
    signing_router.router,
    timeline.router,
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
        app.state.head = migrating.head()
        app.state.door = Door(transactions, settings.access_token_minutes)
        yield
        await transactions.close()

    app = FastAPI(
        title="Stance",
        version=VERSION,
        summary="Session notes for mentalization-based treatment.",
        description=DESCRIPTION,
        contact={"name": "The Stance maintainers"},
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        generate_unique_id_function=openapi.operation_id,
        redirect_slashes=False,
        telemetry={"logs": False},
        middleware=[
            Middleware(RequestFrame, max_body_bytes=settings.max_body_bytes),
            Middleware(RequestBodyLimitMiddleware, max_body_size=settings.max_body_bytes),
        ],
    )
    for router in ROUTERS:
        app.include_router(router, prefix="/v1")
    app.include_router(health.router)
    handlers.install(app)
    openapi.install(app, TAGS)
    return app


def operator_of(clinic_id: UUID) -> Caller:
    """Return the operator at the command line, acting in one clinic with every permission."""
    return Caller(CallerKind.OPERATOR, OPERATOR_ID, clinic_id, frozenset(Permission), sees_all_clients=True)


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
        raise RuntimeError(
            "no master key: set STANCE_MASTER_KEY or STANCE_MASTER_KEY_FILE, or make one with `stance create-key`"
        )
    return MasterKey.from_base64(settings.master_key_file.read_text())
