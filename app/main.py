"""The composition root: settings in, app out. Here and nowhere else the parts of the house are wired together."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import APIRouter, FastAPI
from joserfc.jwk import Key
from sqlalchemy.exc import DBAPIError
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware

from app import about, health
from app.access.audit import router as audit
from app.access.audit.sealer import Sealer, Wakefulness
from app.access.identity import matrix, staff_router
from app.access.identity import router as identity
from app.access.identity.access import emergency_banner
from app.access.identity.door import Door
from app.access.identity.route_check import check_routes
from app.access.identity_providers import router as identity_providers
from app.access.identity_providers.key_sets import KeySets, NoKeys
from app.access.identity_providers.reader import ProviderTokens
from app.access.notices import router as notices
from app.access.oauth import router as oauth
from app.access.oauth.server import TOKEN_PATH, AuthorizationServer, PublishedKey
from app.access.sign_in import router as sign_in
from app.access.sign_in.desk import Desk
from app.access.sign_in.domain import Lifetimes
from app.core import handlers, logs, memory, openapi, telemetry
from app.core.clock import Clock, system_clock
from app.core.erasure_ledger import ErasureLedger
from app.core.logs import log
from app.core.middleware import RequestFrame
from app.core.problems import Problem
from app.core.rate_limits import RateLimits, store_at
from app.core.routing import RouteIndex
from app.core.transactions import Transactions
from app.documentation import router as documentation
from app.examples import EXAMPLES
from app.exchange.events import router as events
from app.exchange.events.streams import EventStreams
from app.insights.patterns import router as patterns
from app.insights.timeline import router as timeline
from app.opening import ledger_of, operator_of, outbound_of, transactions_of
from app.record.client_requests import router as client_requests
from app.record.clients import router as clients
from app.record.disclosures import router as disclosures
from app.record.emergency_access import router as emergency_access
from app.record.erasures import replaying
from app.record.erasures import router as erasures
from app.record.goal_ratings import router as goal_ratings
from app.record.notes import router as notes
from app.record.notes import signing_router
from app.record.private_notes import router as private_notes
from app.record.retention import router as retention
from app.record.sessions import router as sessions
from app.record.treatments import router as treatments
from app.record.vocabularies import router as vocabularies
from app.settings import Settings
from app.version import VERSION

ROUTERS: tuple[APIRouter, ...] = (
    sign_in.router,
    sign_in.staff,
    identity.me,
    staff_router.clinic,
    staff_router.staff,
    identity.service_accounts,
    oauth.key_sets,
    identity_providers.router,
    clients.router,
    treatments.router,
    treatments.goals,
    goal_ratings.router,
    sessions.router,
    notes.router,
    signing_router.router,
    private_notes.router,
    client_requests.router,
    disclosures.router,
    timeline.router,
    patterns.router,
    events.router,
    emergency_access.router,
    retention.router,
    erasures.router,
    notices.router,
    audit.router,
    audit.seals,
    vocabularies.router,
    oauth.protocol,
)


def create_app(settings: Settings | None = None, clock: Clock = system_clock) -> FastAPI:
    """Return the app; it opens the database when it starts and closes it when it stops."""
    settings = settings or Settings()
    logs.configure()
    draining = threading.Event()
    rate_limits = RateLimits(
        store=store_at(settings.rate_limit_storage),
        caller=settings.rate_limit_caller,
        address=settings.rate_limit_address,
        sign_in=settings.rate_limit_sign_in,
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        memory.forbid_dumps()
        settings: Settings = app.state.settings
        wakefulness = Wakefulness()
        transactions = transactions_of(settings, app.state.clock, wakefulness)
        app.state.erasure_ledger = ledger = ledger_of(settings)
        if ledger is not None and ledger.path.exists():
            await _replay_ledger(transactions, ledger)
        app.state.outbound = outbound = outbound_of(settings)
        key_sets = KeySets(outbound, app.state.clock)
        programs = AuthorizationServer(transactions, settings.issuer, published_in(key_sets))
        app.state.authorization_server = programs
        provider_tokens = ProviderTokens(transactions, key_sets)
        fresh_for = timedelta(minutes=settings.step_up_minutes)
        app.state.door = door = Door(transactions, fresh_for, (programs.caller_of, provider_tokens))
        app.state.desk = Desk(door, lifetimes_of(settings))
        app.state.sealer = sealer = Sealer(transactions, wakefulness)
        app.state.event_streams = streams = EventStreams(transactions, draining, settings.event_stream_seconds)
        sealer.start()
        yield
        await streams.close()
        await sealer.stop()
        await outbound.close()
        await transactions.close()

    app = FastAPI(
        title="Stance",
        version=VERSION,
        summary=about.SUMMARY,
        description=about.DESCRIPTION,
        contact=about.CONTACT,
        license_info=about.LICENCE,
        servers=about.SERVERS,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        generate_unique_id_function=openapi.operation_id,
        redirect_slashes=False,
        telemetry=telemetry.configuration(is_on=settings.telemetry),
        middleware=[
            Middleware(
                RequestFrame,
                max_body_bytes=settings.max_body_bytes,
                form_paths=(TOKEN_PATH,),
                allowed_hosts=settings.answered_hosts,
                cors_origins=settings.cors_origins,
                rate_limits=rate_limits,
                draining=draining,
                banner_of=emergency_banner,
            ),
            Middleware(RequestBodyLimitMiddleware, max_body_size=settings.max_body_bytes),
        ],
    )
    for router in ROUTERS:
        app.router.routes.extend(router.routes)
    app.include_router(health.router)
    app.state.settings, app.state.clock = settings, clock
    app.state.draining, app.state.rate_limits = draining, rate_limits
    check_routes(app.routes, matrix.MATRIX)
    if settings.docs:  # after the check: these pages are the same for everyone, and no record is behind them
        app.include_router(documentation.router)
    app.router.middleware_stack = RouteIndex(app.router.middleware_stack, app.routes)
    handlers.install(app)
    openapi.install(app, about.TAGS, EXAMPLES)
    return app


def lifetimes_of(settings: Settings) -> Lifetimes:
    """Return how long people's sign-ins last."""
    return Lifetimes(
        access=timedelta(minutes=settings.access_token_minutes),
        idle=timedelta(minutes=settings.sign_in_idle_minutes),
        whole=timedelta(hours=settings.sign_in_hours),
    )


def published_in(key_sets: KeySets) -> PublishedKey:
    """Return how the key of a program that publishes its keys is found."""

    async def published(jwks_uri: str, key_id: str) -> Key | None:
        try:
            return await key_sets.key(jwks_uri, jwks_uri, key_id)
        except NoKeys:
            return None

    return published


async def _replay_ledger(transactions: Transactions, ledger: ErasureLedger) -> None:
    """Make the database what the erasure ledger says before it is served; a broken ledger stops the start.

    A database that cannot be asked now may be one that was just restored, so that is said loudly.
    """
    try:
        done = await replaying.replay(transactions, ledger, operator_of)
    except (Problem, DBAPIError, OSError) as failure:
        log.error("erasure_ledger.not_replayed", error_type=type(failure).__name__)
        return
    except BaseException:
        await transactions.close()
        raise
    erased = sum(one.erased + one.finished for one in done.values())
    if erased:
        log.warning("erasure_ledger.replayed", count=erased)
