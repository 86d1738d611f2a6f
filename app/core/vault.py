"""The vault of one unit of work: seals and opens fields under its clinic's keys, loading wrapped keys as needed."""

import json
import os
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap
from sqlalchemy import Engine, Integer, LargeBinary, Uuid, select
from sqlalchemy.orm import Mapped, mapped_column

from app.core.crypto import (
    KEY_BYTES,
    FieldKey,
    KeyRing,
    SealBroken,
    SealedColumn,
    Wrapping,
    blind_index,
    key_number,
    seal,
    unseal,
)
from app.core.database import Base, str_enum
from app.core.entity import ClinicScoped
from app.core.scope import ScopedSession


class KeyKind(StrEnum):
    """What a key is for: a clinic's fields, blind indexes or audit log; a client's record or private notes on her."""

    CLINIC = "clinic"
    INDEX = "index"
    AUDIT = "audit"
    CLIENT = "client"
    PRIVATE = "private"


_UNDER_MASTER = (KeyKind.CLINIC, KeyKind.INDEX, KeyKind.AUDIT)


class DataKey(Base, ClinicScoped, kw_only=True, repr=False, eq=False):
    """A wrapped key: a clinic's under the master key, a client's under the clinic's."""

    __tablename__ = "data_keys"

    owner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    kind: Mapped[KeyKind] = mapped_column(str_enum(KeyKind), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)


class Vault:
    """Seals and opens text. An owner is a client's id, or the clinic's id for what belongs to no client."""

    def __init__(self, session: ScopedSession, clinic_id: UUID, ring: KeyRing) -> None:
        """Work inside one session; keys made in it are shared with others only after they are stored."""
        self._session, self._clinic_id, self._ring = session, clinic_id, ring
        self._held: dict[tuple[UUID, KeyKind], dict[int, FieldKey]] = {}
        # On SQLite many writes share a commit: a key one of them sees may be another's, and not be stored yet.
        self._sees_only_stored_keys = isinstance(session.get_bind(), Engine)

    def seal(self, place: SealedColumn, owner_id: UUID, row_id: UUID, text: str) -> bytes:
        """Encrypt text for one column of one row."""
        kind = self._kind_of(owner_id, place)
        if kind is KeyKind.PRIVATE and not self._has(owner_id, kind):
            self._create_key_of(owner_id, KeyKind.PRIVATE)
        keys = self._keys(owner_id, kind)
        return seal(keys[max(keys)], self._clinic_id, place, row_id, text.encode())

    def open(self, place: SealedColumn, owner_id: UUID, row_id: UUID, sealed: bytes | str) -> str:
        """Decrypt a field, given as bytes or as the hexadecimal text of `json_bytes`."""
        raw = bytes.fromhex(sealed) if isinstance(sealed, str) else sealed
        kind = self._kind_of(owner_id, place)
        keys = self._keys(owner_id, kind)
        if key_number(raw) not in keys:
            keys = self._load([owner_id], kind)[owner_id]
        return unseal(keys, self._clinic_id, place, row_id, raw).decode()

    def seal_json(self, place: SealedColumn, owner_id: UUID, row_id: UUID, value: Any) -> bytes:
        """Encrypt a JSON value as one field."""
        return self.seal(place, owner_id, row_id, json.dumps(value, ensure_ascii=False, separators=(",", ":")))

    def open_json(self, place: SealedColumn, owner_id: UUID, row_id: UUID, sealed: bytes | str) -> Any:
        """Decrypt a field that holds a JSON value."""
        return json.loads(self.open(place, owner_id, row_id, sealed))

    def blind_index(self, *parts: str) -> bytes:
        """Return the keyed hash of a value, for looking it up by equality."""
        return blind_index(self._keys(self._clinic_id, KeyKind.INDEX)[1].secret, *parts)

    def audit_secret(self) -> bytes:
        """Return the secret from which the audit log's own keys are derived; a clinic older than them gets one."""
        if not self._has(self._clinic_id, KeyKind.AUDIT):
            self._create_clinic_key(KeyKind.AUDIT)
        keys = self._keys(self._clinic_id, KeyKind.AUDIT)
        return keys[max(keys)].secret

    def create_clinic_keys(self) -> None:
        """Make the keys of a new clinic."""
        for kind in (KeyKind.CLINIC, KeyKind.INDEX, KeyKind.AUDIT):
            self._create_clinic_key(kind)

    def create_client_key(self, client_id: UUID) -> None:
        """Make the key of a new client; destroying it later makes her record unreadable everywhere."""
        self._create_key_of(client_id, KeyKind.CLIENT)

    def wrappings(self) -> Counter[Wrapping]:
        """Count the clinic's own keys by the master key they are under."""
        return Counter(self._ring.wrapping_of(key.wrapped) for key in self._own_keys())

    def rewrap(self) -> int:
        """Put the clinic's own keys under the current master key, and return how many were under the previous one.

        What the keys sealed stays as it is, and so do the keys: only their wrapping changes.
        """
        leaving = [key for key in self._own_keys() if self._ring.wrapping_of(key.wrapped) is not Wrapping.CURRENT]
        for key in leaving:
            key.wrapped = self._ring.master.wrap(self._ring.unwrap(key.wrapped))
        return len(leaving)

    def preload(self, client_ids: Iterable[UUID], kind: KeyKind = KeyKind.CLIENT) -> None:
        """Load the keys of many clients in one statement, before a list is opened."""
        wanted = {client_id for client_id in client_ids if (client_id, kind) not in self._held}
        missing = {i for i in wanted if self._ring.get(self._clinic_id, i, kind) is None}
        if missing:
            self._load(sorted(missing), kind)

    def _own_keys(self) -> list[DataKey]:
        return list(self._session.execute(select(DataKey).where(DataKey.kind.in_(_UNDER_MASTER))).scalars())

    def _kind_of(self, owner_id: UUID, place: SealedColumn) -> KeyKind:
        if place.is_private:
            return KeyKind.PRIVATE
        return KeyKind.CLINIC if owner_id == self._clinic_id else KeyKind.CLIENT

    def _create_clinic_key(self, kind: KeyKind) -> None:
        secret = os.urandom(KEY_BYTES)
        self._keep(self._clinic_id, kind, secret, self._ring.master.wrap(secret))

    def _create_key_of(self, client_id: UUID, kind: KeyKind) -> None:
        clinic = self._keys(self._clinic_id, KeyKind.CLINIC)
        secret = os.urandom(KEY_BYTES)
        self._keep(client_id, kind, secret, aes_key_wrap(clinic[max(clinic)].secret, secret))

    def _has(self, owner_id: UUID, kind: KeyKind) -> bool:
        if (owner_id, kind) in self._held or self._ring.get(self._clinic_id, owner_id, kind):
            return True
        stored = select(DataKey.number).where(DataKey.owner_id == owner_id, DataKey.kind == kind)
        return self._session.execute(stored).first() is not None

    def _keep(self, owner_id: UUID, kind: KeyKind, secret: bytes, wrapped: bytes) -> None:
        self._session.add(DataKey(owner_id=owner_id, kind=kind, number=1, wrapped=wrapped))
        self._held[owner_id, kind] = {1: FieldKey.of(1, secret)}

    def _keys(self, owner_id: UUID, kind: KeyKind) -> dict[int, FieldKey]:
        return (
            self._held.get((owner_id, kind))
            or self._ring.get(self._clinic_id, owner_id, kind)
            or self._load([owner_id], kind)[owner_id]
        )

    def _load(self, owner_ids: list[UUID], kind: KeyKind) -> dict[UUID, dict[int, FieldKey]]:
        rows = self._session.execute(
            select(DataKey.owner_id, DataKey.number, DataKey.wrapped).where(
                DataKey.owner_id.in_(owner_ids), DataKey.kind == kind
            )
        )
        loaded: dict[UUID, dict[int, FieldKey]] = {}
        for owner_id, number, wrapped in rows:
            loaded.setdefault(owner_id, {})[number] = FieldKey.of(number, self._unwrap(kind, wrapped))
        for owner_id in owner_ids:
            if owner_id not in loaded:
                raise SealBroken(f"there is no {kind} key for this owner")
            self._held[owner_id, kind] = loaded[owner_id]
            if self._sees_only_stored_keys:
                self._ring.put(self._clinic_id, owner_id, kind, loaded[owner_id])
        return loaded

    def _unwrap(self, kind: KeyKind, wrapped: bytes) -> bytes:
        if kind in (KeyKind.CLIENT, KeyKind.PRIVATE):
            clinic = self._keys(self._clinic_id, KeyKind.CLINIC)
            return aes_key_unwrap(clinic[max(clinic)].secret, wrapped)
        return self._ring.unwrap(wrapped)
