"""Who may sign in and what follows from it: permissions of roles, the form of tokens, the events of access."""

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from app.access.practitioners.domain import Role
from app.core.caller import EMERGENCY_PREFIX, Caller, Permission
from app.core.events import AuditAction, DomainEvent
from app.core.problems import Conflict, Forbidden, Unauthorized

LONGEST_KEY_LIFE = timedelta(days=366)
MOST_KEYS = 2
"""The one in use, and the one that takes its place."""
_JSON_WEB_TOKEN = re.compile(r"[^.]+\.[^.]+\.[^.]*")

_RECORD_READ = {
    Permission.CLIENTS_READ,
    Permission.CARE_TEAM_READ,
    Permission.TREATMENTS_READ,
    Permission.GOALS_READ,
    Permission.SESSIONS_READ,
    Permission.NOTES_READ,
    Permission.NOTES_READ_FACTS,
    Permission.TIMELINE_READ,
    Permission.EVENTS_READ,
    Permission.ACCESS_LOG_READ,
}
_RECORD_WRITE = {
    Permission.CLIENTS_WRITE,
    Permission.CARE_TEAM_WRITE,
    Permission.TREATMENTS_WRITE,
    Permission.GOALS_WRITE,
    Permission.SESSIONS_WRITE,
    Permission.NOTES_WRITE,
    Permission.NOTES_SIGN,
}
_HOUSE = {Permission.CLINIC_READ, Permission.PRACTITIONERS_READ}
_CLIENT_RIGHTS = {
    Permission.CLIENT_REQUESTS_READ,
    Permission.CLIENT_REQUESTS_WRITE,
    Permission.DISCLOSURES_READ,
    Permission.DISCLOSURES_WRITE,
}
"""What clients ask of their record and to whom it went: for people alone. Who decides may manage requests besides."""
_CLINICAL = _CLIENT_RIGHTS | {
    Permission.NOTICES_READ,
    Permission.PRIVATE_NOTES_READ,
    Permission.PRIVATE_NOTES_WRITE,
    Permission.EMERGENCY_ACCESS_USE,
    Permission.EMERGENCY_ACCESS_READ,
}
"""What every person who treats may do, and no program."""
_KEEPING = {
    Permission.RETENTION_MANAGE,
    Permission.ERASURES_READ,
    Permission.ERASURES_REQUEST,
    Permission.ERASURES_APPROVE,
}
"""How long records are kept, and which are erased, is decided by those who see every client and read no note."""

PERMISSIONS_OF: Mapping[Role, frozenset[Permission]] = {
    Role.THERAPIST: frozenset(_HOUSE | _CLINICAL | _RECORD_READ | _RECORD_WRITE),
    Role.SUPERVISOR: frozenset(
        _HOUSE
        | _CLINICAL
        | _RECORD_READ
        | _RECORD_WRITE
        | {Permission.NOTES_COSIGN, Permission.EMERGENCY_ACCESS_REVIEW}
    ),
    Role.PSYCHIATRIST: frozenset(_HOUSE | _CLINICAL | _RECORD_READ | _RECORD_WRITE),
    Role.DOCTOR: frozenset(
        _HOUSE | _CLINICAL | _RECORD_READ | {Permission.SESSIONS_WRITE, Permission.NOTES_WRITE, Permission.NOTES_SIGN}
    ),
    Role.CLINIC_ADMIN: frozenset(
        _HOUSE
        | _CLIENT_RIGHTS
        | _KEEPING
        | {
            Permission.CLIENT_REQUESTS_MANAGE,
            Permission.NOTICES_READ,
            Permission.CLINIC_WRITE,
            Permission.PRACTITIONERS_WRITE,
            Permission.SERVICE_ACCOUNTS_MANAGE,
            Permission.IDENTITY_PROVIDERS_MANAGE,
            Permission.CLIENTS_READ,
            Permission.CLIENTS_WRITE,
            Permission.CARE_TEAM_READ,
            Permission.CARE_TEAM_WRITE,
            Permission.TREATMENTS_READ,
            Permission.SESSIONS_READ,
            Permission.SESSIONS_WRITE,
            Permission.NOTES_READ_FACTS,
            Permission.EVENTS_READ,
            Permission.AUDIT_READ,
            Permission.ACCESS_LOG_READ,
        }
    ),
    Role.PRIVACY_OFFICER: frozenset(
        _HOUSE
        | _CLIENT_RIGHTS
        | _KEEPING
        | {
            Permission.CLIENT_REQUESTS_MANAGE,
            Permission.NOTICES_READ,
            Permission.CLIENTS_READ,
            Permission.CARE_TEAM_READ,
            Permission.NOTES_READ_FACTS,
            Permission.EVENTS_READ,
            Permission.AUDIT_READ,
            Permission.ACCESS_LOG_READ,
            Permission.EMERGENCY_ACCESS_READ,
            Permission.EMERGENCY_ACCESS_REVIEW,
        }
    ),
}
"""What each role may do. *Whose* records is decided by the care team: only clinic admins and privacy officers see every
client, and they read no note text, no goal and no timeline."""

WHOLE_CLINIC_ROLES = (Role.CLINIC_ADMIN, Role.PRIVACY_OFFICER)
"""In what these roles may do, they see every client; in everything else, their own circle."""

EMERGENCY_PERMISSIONS = frozenset(_HOUSE | _RECORD_READ) - {Permission.ACCESS_LOG_READ, Permission.EVENTS_READ}
"""What emergency access opens: reading the record of one client, never writing and never private notes."""

GRANTABLE = frozenset(_HOUSE | _RECORD_READ | _RECORD_WRITE) - {Permission.NOTES_SIGN}
"""What a service account may be given: never signing, never administration."""

EVEN_SHORT_OF_ROOM = frozenset(
    {
        Permission.EMERGENCY_ACCESS_USE,
        Permission.CARE_TEAM_WRITE,
        Permission.PRACTITIONERS_WRITE,
        Permission.SERVICE_ACCOUNTS_MANAGE,
        Permission.IDENTITY_PROVIDERS_MANAGE,
    }
)
"""What goes on when the disk is nearly full: to reach a record in need, and to take access away from someone."""


WITH_SECOND_FACTOR = frozenset(
    {
        Permission.NOTES_READ,
        Permission.NOTES_READ_FACTS,
        Permission.NOTES_WRITE,
        Permission.NOTES_SIGN,
        Permission.NOTES_COSIGN,
        Permission.GOALS_READ,
        Permission.GOALS_WRITE,
        Permission.TIMELINE_READ,
        Permission.PRIVATE_NOTES_READ,
        Permission.PRIVATE_NOTES_WRITE,
        Permission.EMERGENCY_ACCESS_USE,
        Permission.EMERGENCY_ACCESS_READ,
        Permission.EMERGENCY_ACCESS_REVIEW,
        Permission.CLIENT_REQUESTS_READ,
        Permission.CLIENT_REQUESTS_WRITE,
        Permission.CLIENT_REQUESTS_MANAGE,
        Permission.DISCLOSURES_READ,
        Permission.DISCLOSURES_WRITE,
        Permission.RETENTION_MANAGE,
        Permission.ERASURES_READ,
        Permission.ERASURES_REQUEST,
        Permission.ERASURES_APPROVE,
        Permission.AUDIT_READ,
        Permission.CLINIC_WRITE,
        Permission.PRACTITIONERS_WRITE,
        Permission.SERVICE_ACCOUNTS_MANAGE,
        Permission.IDENTITY_PROVIDERS_MANAGE,
    }
)
"""What a person gets only with a second factor, where the clinic asks for one: all that is said about clients, and the
administration of access, by which somebody with a password alone could give it to herself."""


class TokenKind(StrEnum):
    """What a bearer token stands for: a person's sign-in, a program's API key, or an hour of emergency access."""

    SIGN_IN = "sign_in"
    API_KEY = "api_key"
    EMERGENCY = "emergency"


_PREFIX = {
    TokenKind.SIGN_IN: "stance_session_",
    TokenKind.API_KEY: "stance_key_",
    TokenKind.EMERGENCY: EMERGENCY_PREFIX,
}


class ServiceAccountClosed(Conflict):
    """A closed account gets no keys."""

    title = "This service account is closed"


class TooManyActiveKeys(Conflict):
    """The program has two valid API keys, which is what a change from one to the next needs; revoke one first."""

    title = "This service account has two valid keys"


class PermissionMissing(Forbidden):
    """The caller's role or scopes do not include this."""

    title = "Your role does not allow this"


class SecondFactorMissing(Forbidden):
    """The clinic asks for a second factor before anybody reads or writes what is said about clients."""

    title = "Your clinic asks for a second factor"

    def __init__(self) -> None:
        """Say how to come by one."""
        super().__init__(
            "Set one up with POST /v1/auth/second-factor. If you have one, sign in with its code, or send it to POST "
            "/v1/auth/step-up."
        )


class NotSignedInHere(Forbidden):
    """Only a person who signed in with a password of this service can do this, under her usual token."""

    title = "This is for people who signed in here"


class InsufficientUserAuthentication(Unauthorized):
    """The act is a sensitive one, and it is too long ago that the caller proved who she is (RFC 9470)."""

    title = "Prove again who you are"

    def __init__(self, max_age: timedelta, *, is_vouched_for: bool = False) -> None:
        """Carry the challenge that RFC 9470 asks for, with the age that would do; an identity provider asks itself."""
        minutes, seconds = int(max_age.total_seconds() // 60), int(max_age.total_seconds())
        act = (
            f"Sign in again at your identity provider (its `max_age` is {seconds})"
            if is_vouched_for
            else "Send your password to POST /v1/auth/step-up"
        )
        super().__init__(f"{act}, then this request again within {minutes} minutes.")
        self.headers = {
            "WWW-Authenticate": f'Bearer realm="stance", error="insufficient_user_authentication", '
            f'error_description="More recent authentication is required", max_age="{seconds}"'
        }


@dataclass(frozen=True, kw_only=True)
class AccessRefused(DomainEvent):
    """A known caller asked for something she may not do; `entity_id` is what the path names, `code` the refusal's."""

    type: ClassVar[str] = "access.refused"
    action: ClassVar[AuditAction] = AuditAction.EXECUTE
    entity: ClassVar[str] = "operation"
    operation: str
    permission: str
    code: str


@dataclass(frozen=True, kw_only=True)
class ServiceAccountCreated(DomainEvent):
    """A program was given an account."""

    type: ClassVar[str] = "service_account.created"
    action: ClassVar[AuditAction] = AuditAction.CREATE
    entity: ClassVar[str] = "service_account"


@dataclass(frozen=True, kw_only=True)
class ServiceAccountChanged(DomainEvent):
    """A service account was renamed, closed or given other scopes."""

    type: ClassVar[str] = "service_account.changed"
    action: ClassVar[AuditAction] = AuditAction.UPDATE
    entity: ClassVar[str] = "service_account"
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ApiKeyCreated(DomainEvent):
    """A service account got a key."""

    type: ClassVar[str] = "api_key.created"
    action: ClassVar[AuditAction] = AuditAction.CREATE
    entity: ClassVar[str] = "api_key"
    service_account_id: UUID


@dataclass(frozen=True, kw_only=True)
class ApiKeyRevoked(DomainEvent):
    """A key was taken back."""

    type: ClassVar[str] = "api_key.revoked"
    action: ClassVar[AuditAction] = AuditAction.DELETE
    entity: ClassVar[str] = "api_key"
    service_account_id: UUID


def permissions_of(roles: Iterable[str]) -> frozenset[Permission]:
    """Return what a person with these roles may do."""
    return frozenset().union(*(PERMISSIONS_OF[Role(role)] for role in roles))


def withheld_from(caller: Caller) -> frozenset[Permission]:
    """Return what a person would hold besides, had she proved who she is with a second factor."""
    return permissions_of(caller.roles) & WITH_SECOND_FACTOR if caller.lacks_second_factor else frozenset()


def opens_whole_clinic(roles: Iterable[str], permission: Permission) -> bool:
    """Say whether one of these roles sees every client of the clinic when it uses this permission."""
    return any(role in roles and permission in PERMISSIONS_OF[role] for role in WHOLE_CLINIC_ROLES)


def new_token(kind: TokenKind) -> str:
    """Make a bearer token of 256 random bits; the prefix lets people and secret scanners recognise it."""
    return _PREFIX[kind] + secrets.token_urlsafe(32)


def hash_of(token: str) -> bytes:
    """Return what is stored of a token; it is random, so a fast hash is enough."""
    return hashlib.sha256(token.encode()).digest()


def is_json_web_token(token: str) -> bool:
    """Say whether a bearer token has the form of a signed JSON Web Token (RFC 7515); ours have no dots."""
    return _JSON_WEB_TOKEN.fullmatch(token) is not None
