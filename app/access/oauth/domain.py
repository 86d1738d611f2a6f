"""What programs may ask of us as an authorization server: scopes, how long things live, refusals, events.

The protocol is SMART Backend Services: OAuth 2.0 client credentials (RFC 6749) with an assertion the program signs with
its own key (RFC 7521, RFC 7523). No secret of a program ever reaches us, and none can leak from here.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar

from app.core.caller import Permission
from app.core.events import AuditAction, DomainEvent

TOKEN_LIFE = timedelta(minutes=5)
LONGEST_ASSERTION = timedelta(minutes=5)
"""SMART: an assertion expires no more than five minutes from now."""
CLOCK_SLACK = timedelta(seconds=30)
"""How far a program's clock may be ahead, where it says since when an assertion holds."""
LONGEST_ASSERTION_ID = 200
MOST_KEYS = 10
"""Keys in one set: two while they are rotated, and some for programs that run in several places."""

ASSERTION_ALGORITHMS: Mapping[str, tuple[str, str | None]] = {
    "ES384": ("EC", "P-384"),
    "RS384": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "PS384": ("RSA", None),
}
"""What an assertion may be signed with, and the kind of key that takes; the first two are those SMART requires."""
TOKEN_ALGORITHM = "ES256"
TOKEN_TYPE = "at+jwt"

_SCOPE = re.compile(r"system/(\*|[A-Z][A-Za-z]{1,63})\.(c?r?u?d?s?)", re.ASCII)
_READING, _WRITING = "rs", "cu"

_RESOURCES: Mapping[str, tuple[Permission, Permission | None]] = {
    "AuditEvent": (Permission.ACCESS_LOG_READ, None),
    "CarePlan": (Permission.TREATMENTS_READ, Permission.TREATMENTS_WRITE),
    "CareTeam": (Permission.CARE_TEAM_READ, Permission.CARE_TEAM_WRITE),
    "DocumentReference": (Permission.NOTES_READ, Permission.NOTES_WRITE),
    "Encounter": (Permission.SESSIONS_READ, Permission.SESSIONS_WRITE),
    "Goal": (Permission.GOALS_READ, Permission.GOALS_WRITE),
    "Observation": (Permission.TIMELINE_READ, None),
    "Organization": (Permission.CLINIC_READ, None),
    "Patient": (Permission.CLIENTS_READ, Permission.CLIENTS_WRITE),
    "Practitioner": (Permission.PRACTITIONERS_READ, None),
    "Provenance": (Permission.NOTES_READ_FACTS, None),
    "Subscription": (Permission.EVENTS_READ, None),
}
"""The FHIR resource nearest to what each pair of permissions is about: reading it, and writing it."""

SCOPES: Mapping[Permission, tuple[str, str]] = {
    permission: (resource, letters)
    for resource, pair in _RESOURCES.items()
    for permission, letters in zip(pair, (_READING, _WRITING), strict=True)
    if permission is not None
}
"""What each grantable permission is called in SMART's words: a resource, and the letters that all must be asked for."""


class OAuthError(StrEnum):
    """Why there is no token, in the words of RFC 6749, section 5.2."""

    INVALID_REQUEST = "invalid_request"
    INVALID_CLIENT = "invalid_client"
    INVALID_SCOPE = "invalid_scope"
    UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type"


class TokenRefused(Exception):
    """No token. Not a `Problem`: who reads this answer is an OAuth library, which knows the body of RFC 6749 alone."""

    def __init__(self, error: OAuthError, description: str) -> None:
        """Say what would be right, without a word of what was sent."""
        super().__init__(description)
        self.error, self.description = error, description


@dataclass(frozen=True, kw_only=True)
class KeySetReplaced(DomainEvent):
    """The public keys with which a program proves who it is were registered or replaced."""

    type: ClassVar[str] = "service_account.key_set_replaced"
    action: ClassVar[AuditAction] = AuditAction.UPDATE
    entity: ClassVar[str] = "service_account"
    thumbprints: tuple[str, ...] = ()
    is_fetched: bool = False


@dataclass(frozen=True, kw_only=True)
class TokenIssued(DomainEvent):
    """A program proved with its key who it is, and got a token for a few minutes."""

    type: ClassVar[str] = "access.token_issued"
    action: ClassVar[AuditAction] = AuditAction.EXECUTE
    entity: ClassVar[str] = "access_token"
    scopes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class TokenNotIssued(DomainEvent):
    """Someone asked for a token in the name of a program and did not get one."""

    type: ClassVar[str] = "access.token_refused"
    action: ClassVar[AuditAction] = AuditAction.EXECUTE
    entity: ClassVar[str] = "access_token"
    code: str


def permissions_in(scopes: Iterable[str], granted: Collection[Permission]) -> frozenset[Permission]:
    """Return which of the granted permissions these scopes ask for; what they ask for beyond that is left out.

    A permission is in a scope that has all its letters: `system/Patient.r` alone opens nothing, since whoever may read
    clients here may also search them. Scopes of other kinds, and those narrowed by a query, open nothing either.
    """
    letters_of: dict[str, set[str]] = {}
    for scope in scopes:
        if found := _SCOPE.fullmatch(scope):
            letters_of.setdefault(found.group(1), set()).update(found.group(2))
    everywhere = letters_of.get("*", set())
    return frozenset(
        permission
        for permission in granted
        if permission in SCOPES
        and set(SCOPES[permission][1]) <= letters_of.get(SCOPES[permission][0], set()) | everywhere
    )


def scopes_of(permissions: Collection[Permission]) -> tuple[str, ...]:
    """Return permissions as scopes, one for each resource, with the letters in the order SMART wants them."""
    letters_of: dict[str, str] = {}
    for permission in permissions:
        if permission in SCOPES:
            resource, letters = SCOPES[permission]
            letters_of[resource] = letters_of.get(resource, "") + letters
    return tuple(
        f"system/{resource}.{''.join(sorted(letters, key='cruds'.index))}"
        for resource, letters in sorted(letters_of.items())
    )
