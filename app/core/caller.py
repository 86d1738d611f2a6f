"""Who is asking, and what they may do. Pure: no database, no HTTP."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

EMERGENCY_PREFIX = "stance_emergency_"
"""How a token of emergency access begins, so that only requests with one are looked at for the banner."""


class Permission(StrEnum):
    """What a caller may do; *whose* records is the scope's question (see `core.scope`)."""

    CLINIC_READ = "clinic:read"
    CLINIC_WRITE = "clinic:write"
    PRACTITIONERS_READ = "practitioners:read"
    PRACTITIONERS_WRITE = "practitioners:write"
    SERVICE_ACCOUNTS_MANAGE = "service_accounts:manage"
    IDENTITY_PROVIDERS_MANAGE = "identity_providers:manage"
    CLIENTS_READ = "clients:read"
    CLIENTS_WRITE = "clients:write"
    CARE_TEAM_READ = "care_team:read"
    CARE_TEAM_WRITE = "care_team:write"
    TREATMENTS_READ = "treatments:read"
    TREATMENTS_WRITE = "treatments:write"
    GOALS_READ = "goals:read"
    GOALS_WRITE = "goals:write"
    SESSIONS_READ = "sessions:read"
    SESSIONS_WRITE = "sessions:write"
    NOTES_READ = "notes:read"
    NOTES_READ_FACTS = "notes:read_facts"
    NOTES_WRITE = "notes:write"
    NOTES_SIGN = "notes:sign"
    NOTES_COSIGN = "notes:cosign"
    TIMELINE_READ = "timeline:read"
    PRIVATE_NOTES_READ = "private_notes:read"
    PRIVATE_NOTES_WRITE = "private_notes:write"
    NOTICES_READ = "notices:read"
    EMERGENCY_ACCESS_USE = "emergency_access:use"
    EMERGENCY_ACCESS_READ = "emergency_access:read"
    EMERGENCY_ACCESS_REVIEW = "emergency_access:review"
    CLIENT_REQUESTS_READ = "client_requests:read"
    CLIENT_REQUESTS_WRITE = "client_requests:write"
    CLIENT_REQUESTS_MANAGE = "client_requests:manage"
    DISCLOSURES_READ = "disclosures:read"
    DISCLOSURES_WRITE = "disclosures:write"
    EVENTS_READ = "events:read"
    AUDIT_READ = "audit:read"
    ACCESS_LOG_READ = "access_log:read"
    RETENTION_MANAGE = "retention:manage"
    ERASURES_READ = "erasures:read"
    ERASURES_REQUEST = "erasures:request"
    ERASURES_APPROVE = "erasures:approve"


class CallerKind(StrEnum):
    """A person who works for the clinic, a program with an API key, or the operator's command line."""

    PRACTITIONER = "practitioner"
    SERVICE_ACCOUNT = "service_account"
    OPERATOR = "operator"


@dataclass(frozen=True)
class Caller:
    """One authenticated caller in one clinic.

    `sees_all_clients` opens the inner circle: clinic administrators, privacy officers, integrations and the operator
    see every client of the clinic, everyone else only the clients on whose care team they are. Under
    `emergency_access_id` a practitioner sees the one client it was given for, and only reads, `emergency_access_until`.
    `authenticated_at` is when a person last proved who she is, `has_second_factor` whether with more than a password;
    `sign_in_id` is the sign-in with a password of ours that the request belongs to.
    `known_until` is when somebody's signed statement of who this is ends (a JSON Web Token).
    """

    kind: CallerKind
    id: UUID
    clinic_id: UUID
    permissions: frozenset[Permission]
    roles: frozenset[str] = frozenset()
    time_zone: str = "UTC"
    sees_all_clients: bool = False
    credential_id: UUID | None = None
    sign_in_id: UUID | None = None
    authenticated_at: datetime | None = None
    has_second_factor: bool = False
    known_until: datetime | None = None
    clinic_requires_second_factor: bool = False
    emergency_access_id: UUID | None = None
    emergency_access_until: datetime | None = None
    request_id: str | None = field(default=None, compare=False)

    @property
    def reads_words(self) -> bool:
        """Whether she may read what was written about a client, not only the facts of care.

        A practitioner who looks at the whole clinic does so as its administrator, and reads facts.
        """
        looks_as_admin = self.kind is CallerKind.PRACTITIONER and self.sees_all_clients
        return self.may(Permission.NOTES_READ) and not looks_as_admin

    @property
    def sees_own_private_notes(self) -> bool:
        """Whether private notes exist for her at all: for a person, and never under emergency access."""
        return self.kind is CallerKind.PRACTITIONER and self.emergency_access_id is None

    @property
    def lacks_second_factor(self) -> bool:
        """Whether she would hold more permissions, had she proved who she is with more than a password."""
        is_asked = self.clinic_requires_second_factor and self.kind is CallerKind.PRACTITIONER
        return is_asked and not self.has_second_factor

    def may(self, permission: Permission) -> bool:
        """Say whether the caller holds this permission."""
        return permission in self.permissions
