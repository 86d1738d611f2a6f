"""Whether the columns beside an entry say the same as its text, which is what was sealed. Pure."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from app.access.audit.sealing import leaf_of

Json = dict[str, Any]


def text_of(document: str | None) -> Json:
    """Read an entry's text; nothing, when it is no text of ours."""
    try:
        said = json.loads(document or "")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def clients_in(said: Json) -> set[UUID]:
    """Return the clients an entry names; none, when it is no text of ours."""
    try:
        return {UUID(client) for client in said["clients"]}
    except (KeyError, TypeError, ValueError, AttributeError):
        return set()


def difference(row: Any, said: Json, clinic_id: UUID, listed_for: set[UUID]) -> str | None:
    """Name the first column that differs from the entry's text, or None."""
    if leaf_of(row.document) != row.leaf:
        return "its hash is not that of its text"
    try:
        stated = _columns_of(said)
    except (KeyError, TypeError, ValueError):
        return "its text is no audit entry"
    for name, value in stated.items():
        if value != (clinic_id if name == "clinic_id" else getattr(row, name)):
            return f"its column {name} is not what its text says"
    if clients_in(said) != listed_for:
        return "it is not listed for the clients its text names"
    return None


def _columns_of(said: Json) -> dict[str, object]:
    entity, actor = said["entity"], said["actor"]
    return {
        "id": UUID(said["id"]),
        "clinic_id": UUID(said["clinic"]),
        "recorded_at": datetime.fromisoformat(said["at"]),
        "type": said["type"],
        "action": said["action"],
        "entity": entity["kind"],
        "entity_id": None if entity["id"] is None else UUID(entity["id"]),
        "actor_kind": actor["kind"],
        "actor_id": UUID(actor["id"]),
        "request_id": said["request"],
    }
