"""Keyset pages: stable under writes, the same cost on the last page as on the first.

A cursor holds the sort values of the last row, signed for one clinic and one list, so that a forged, foreign or
truncated one is refused.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import literal

from app.core.database import AnySelect
from app.core.prepared import Prepared, ordered
from app.core.problems import ValidationFailed
from app.core.schemas import Page, PageQuery
from app.core.vault import KeyKind
from app.core.work import UnitOfWork

P = TypeVar("P", bound=Page[Any])
_SIGNATURE_BYTES = 9
_SCAN = 200


class Cursors:
    """Signs and reads the cursors of one list of one clinic."""

    def __init__(self, key: bytes, clinic_id: UUID, list_name: str, *older: bytes) -> None:
        """Bind the signature to clinic and list; cursors signed with an older key are read still."""
        self._key, self._older = key, older
        self._bound_to = f"{clinic_id}|{list_name}|".encode()

    def write(self, values: Sequence[Any]) -> str:
        """Return the cursor after a row with these sort values."""
        body = json.dumps([_as_text(value) for value in values], separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._sign(body, self._key) + body).rstrip(b"=").decode()

    def read(self, cursor: str) -> list[Any]:
        """Return the sort values of a cursor this service made."""
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise self._forged() from None
        signature, body = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        if not any(hmac.compare_digest(signature, self._sign(body, key)) for key in (self._key, *self._older)):
            raise self._forged()
        return [_from_text(text) for text in json.loads(body)]

    def _sign(self, body: bytes, key: bytes) -> bytes:
        return hmac.digest(key, self._bound_to + body, hashlib.sha256)[:_SIGNATURE_BYTES]

    @staticmethod
    def _forged() -> ValidationFailed:
        return ValidationFailed.at("?after", "Use the next_cursor of the page before, unchanged.", "invalid_cursor")


@dataclass(frozen=True)
class Found:
    """One page of a list before it has a shape on the wire."""

    data: list[Any]
    next_cursor: str | None

    def as_page(self) -> dict[str, Any]:
        """Return the fields of a `Page`."""
        return {"data": self.data, "next_cursor": self.next_cursor, "has_more": self.next_cursor is not None}


def paged(
    work: UnitOfWork,
    page: type[P],
    statement: AnySelect | Prepared,
    columns: Sequence[Any],
    query: PageQuery,
    shape: Callable[[Any], Any],
    **options: Any,
) -> P:
    """Run one page of a list, as `found` does, and return it in the shape it has on the wire."""
    return page(**found(work, page, statement, columns, query, shape, **options).as_page())


def found(
    work: UnitOfWork,
    page: type[Page[Any]],
    statement: AnySelect | Prepared,
    columns: Sequence[Any],
    query: PageQuery,
    shape: Callable[[Any], Any],
    *,
    descending: bool = False,
    preload: str | None = None,
    key_kind: KeyKind = KeyKind.CLIENT,
    keep: Callable[[Any], bool] | None = None,
    values: dict[str, Any] | None = None,
) -> Found:
    """Run one page of a list, ordered by `columns`, which the statement must select under their own names.

    `preload` names the column of client ids whose keys (of `key_kind`) the rows need. `keep` tests what only shows
    after opening, such as a name: batches are read until the page is full. `values` are those of a prepared read.
    """
    newest, *older = work.cursor_keys
    cursors = Cursors(newest, work.caller.clinic_id, page.__name__, *older)
    items: list[tuple[Any, Any]] = []
    after = cursors.read(query.after) if query.after is not None else None
    batch = query.limit + 1 if keep is None else _SCAN
    while len(items) <= query.limit:
        if isinstance(statement, Prepared):
            one = statement.page(tuple(columns), is_first=after is None, descending=descending)
            rows = work.rows(one, page_limit=batch, **_positions(after or ()), **(values or {}))
        else:
            rows = work.rows(keyset(statement, columns, after, descending=descending).limit(batch))
        if preload is not None:
            work.vault.preload({getattr(row, preload) for row in rows}, key_kind)
        shaped = ((row, shape(row)) for row in rows)
        items += [(row, item) for row, item in shaped if keep is None or keep(item)]
        if len(rows) < batch or keep is None:
            break
        after = _position(rows[-1], columns)
    kept, has_more = items[: query.limit], len(items) > query.limit
    cursor = cursors.write(_position(kept[-1][0], columns)) if has_more else None
    return Found([item for _, item in kept], cursor)


def keyset(
    statement: AnySelect, columns: Sequence[Any], after: Sequence[Any] | None, *, descending: bool = False
) -> AnySelect:
    """Order by the columns and start after a position."""
    there = None
    if after is not None:
        there = [literal(value, column.type) for value, column in zip(after, columns, strict=True)]
    return ordered(statement, columns, there, descending=descending)


def _positions(after: Sequence[Any]) -> dict[str, Any]:
    return {f"position_{place}": value for place, value in enumerate(after)}


def _position(row: Any, columns: Sequence[Any]) -> list[Any]:
    return [getattr(row, column.key) for column in columns]


def _as_text(value: Any) -> str:
    if isinstance(value, UUID):
        return f"u{value}"
    if isinstance(value, datetime):
        return f"t{value.isoformat()}"
    if isinstance(value, date):
        return f"d{value.isoformat()}"
    return f"i{int(value)}"


def _from_text(text: str) -> Any:
    kind, value = text[:1], text[1:]
    return _PARSERS[kind](value)


_PARSERS: dict[str, Callable[[str], Any]] = {
    "u": UUID,
    "t": datetime.fromisoformat,
    "d": date.fromisoformat,
    "i": int,
}
