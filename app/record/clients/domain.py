"""What a client is: a person in care, known by identifiers that are unique in the clinic."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from app.core.events import AuditAction, DomainEvent
from app.core.problems import Conflict


class ClientStatus(StrEnum):
    """Where a client stands in the clinic's care."""

    REFERRED = "referred"
    ACTIVE = "active"
    DISCHARGED = "discharged"


class DiagnosisStatus(StrEnum):
    """How sure a diagnosis is; its history is kept, since this diagnosis is often made late or wrongly."""

    PROVISIONAL = "provisional"
    CONFIRMED = "confirmed"
    REVISED = "revised"
    REFUTED = "refuted"
    HISTORICAL = "historical"


class IdentifierTaken(Conflict):
    """Another client of the clinic has this identifier."""

    title = "Another client has this identifier"


class ClientAlreadyDischarged(Conflict):
    """The client was discharged before."""

    title = "This client is already discharged"


@dataclass(frozen=True, kw_only=True)
class _ClientEvent(DomainEvent):
    entity: ClassVar[str] = "client"


@dataclass(frozen=True, kw_only=True)
class ClientCreated(_ClientEvent):
    """A client was added."""

    type: ClassVar[str] = "client.created"
    action: ClassVar[AuditAction] = AuditAction.CREATE


@dataclass(frozen=True, kw_only=True)
class ClientChanged(_ClientEvent):
    """Some of a client's facts changed; `fields` names them."""

    type: ClassVar[str] = "client.changed"
    action: ClassVar[AuditAction] = AuditAction.UPDATE
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ClientDischarged(_ClientEvent):
    """A client left the clinic's care."""

    type: ClassVar[str] = "client.discharged"
    action: ClassVar[AuditAction] = AuditAction.UPDATE


@dataclass(frozen=True, kw_only=True)
class ClientViewed(_ClientEvent):
    """Someone read a client."""

    type: ClassVar[str] = "client.viewed"
    action: ClassVar[AuditAction] = AuditAction.READ


@dataclass(frozen=True, kw_only=True)
class ClientsListed(_ClientEvent):
    """Someone read a list of clients."""

    type: ClassVar[str] = "client.listed"
    action: ClassVar[AuditAction] = AuditAction.READ


@dataclass(frozen=True, kw_only=True)
class ClientsSearched(_ClientEvent):
    """Someone searched for clients; what she typed is not kept."""

    type: ClassVar[str] = "client.searched"
    action: ClassVar[AuditAction] = AuditAction.READ


def folded(text: str) -> str:
    """Return text without case and accents, so that `Zoe` finds `Zoë`."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def name_fits(wanted: str, names: list[str | None]) -> bool:
    """Say whether every word typed begins some word of the names."""
    words = [word for name in names if name for word in folded(name).replace("-", " ").split()]
    return all(any(word.startswith(typed) for word in words) for typed in folded(wanted).replace("-", " ").split())
