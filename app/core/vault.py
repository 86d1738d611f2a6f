"""The vault of one unit of work: seals and opens fields under its clinic's keys, loading wrapped keys as needed."""

import os
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from sqlalchemy import Integer, LargeBinary, Select, Uuid, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from app.core.crypto import (
    KEY_BYTES,
    FieldKey,
    FieldPlace,
    KeyGone,
    KeyRing,
    SealBroken,
    SealedColumn,
    Wrapping,
    blind_index,
    seal,
    unseal,
)
from app.core.database import Base, str_enum
from app.core.entity import ClinicScoped
from app.core.prepared import Prepared, parameter
from app.core.scope import ScopedSession


class KeyKind(StrEnum):
    """What a key is for: a clinic's fields, blind indexes or audit log; a client's record or private notes on her."""

    CLINIC = "clinic"
    INDEX = "index"
    AUDIT = "audit"
    CLIENT = "client"
    PRIVATE = "private"


_UNDER_MASTER = (KeyKind.CLINIC, KeyKind.INDEX, KeyKind.AUDIT)
UNDER_CLINIC = (KeyKind.CLIENT, KeyKind.PRIVATE)


class DataKey(Base, ClinicScoped, kw_only=True, repr=False, eq=False):
    """A wrapped key: a clinic's under the master key, a client's under the clinic's.

    More than one number of a kind means that the key is being replaced: the highest seals, all of them open.
    """

    __tablename__ = "data_keys"

    owner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    kind: Mapped[KeyKind] = mapped_column(str_enum(KeyKind), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)


_NEWEST = Prepared(
    select(DataKey.number)
    .where(DataKey.owner_id == parameter("owner_id", DataKey.owner_id), DataKey.kind == parameter("kind", DataKey.kind))
    .order_by(DataKey.number.desc())
    .limit(1)
    .with_for_update(read=True, key_share=True)
)


class Vault:
    """Seals and opens text. An owner is a client's id, or the clinic's id for what belongs to no client."""

    def __init__(self, session: ScopedSession, clinic_id: UUID, ring: KeyRing) -> None:
        """Work inside one session; its keys are shared with others only when all of them are stored (`share`)."""
        self._session, self._clinic_id, self._ring = session, clinic_id, ring
        self._held: dict[tuple[UUID, KeyKind], dict[int, FieldKey]] = {}
        self._newest: dict[tuple[UUID, KeyKind], int] = {}
        self._loaded: dict[tuple[UUID, KeyKind], dict[int, FieldKey]] = {}
        self._destroyed: list[tuple[UUID, KeyKind]] = []

    def seal(self, place: SealedColumn, owner_id: UUID, row_id: UUID, text: str) -> bytes:
        """Encrypt text for one column of one row."""
        kind = self._kind_of(owner_id, place)
        if kind is KeyKind.PRIVATE and not self._has(owner_id, kind):
            self._create_key_of(owner_id, KeyKind.PRIVATE)
        return seal(self._sealing_key(owner_id, kind), self._clinic_id, place, row_id, text.encode())

    def open(self, place: SealedColumn, owner_id: UUID, row_id: UUID, sealed: bytes | str) -> str:
        """Decrypt a field, given as bytes or as the hexadecimal text of `json_bytes`."""
        raw = bytes.fromhex(sealed) if isinstance(sealed, str) else sealed
        kind = self._kind_of(owner_id, place)
        try:
            try:
                return unseal(self._keys(owner_id, kind), self._clinic_id, place, row_id, raw).decode()
            except KeyGone:  # from memory; it may have been replaced since it came there
                return unseal(self._load([owner_id], kind)[owner_id], self._clinic_id, place, row_id, raw).decode()
        except SealBroken as broken:
            broken.place = FieldPlace(place, owner_id, row_id)
            raise

    def seal_json(self, place: SealedColumn, owner_id: UUID, row_id: UUID, value: Any) -> bytes:
        """Encrypt a JSON value as one field."""
        return self.seal(place, owner_id, row_id, orjson.dumps(value).decode())

    def open_json(self, place: SealedColumn, owner_id: UUID, row_id: UUID, sealed: bytes | str) -> Any:
        """Decrypt a field that holds a JSON value."""
        return orjson.loads(self.open(place, owner_id, row_id, sealed))

    def reseal(self, place: SealedColumn, owner_id: UUID, row_id: UUID, sealed: bytes) -> bytes:
        """Seal the same text under its owner's newest key, and make sure that it is the same."""
        text = self.open(place, owner_id, row_id, sealed)
        anew = self.seal(place, owner_id, row_id, text)
        if len(anew) != len(sealed) or self.open(place, owner_id, row_id, anew) != text:
            raise SealBroken(f"a field of {place.table}.{place.column} did not stay what it was")
        return anew

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

    def numbers(self, owner_id: UUID, kind: KeyKind) -> list[int]:
        """Return the numbers of an owner's keys, oldest first."""
        return list(self._session.execute(_numbers_of(owner_id, kind).order_by(DataKey.number)).scalars())

    def lock_keys(self, owner_id: UUID, kind: KeyKind, *, before: int) -> int:
        """Wait for everyone who seals under an owner's keys older than this number; returns how many there are."""
        older = _numbers_of(owner_id, kind).where(DataKey.number < before)
        return len(self._session.execute(older.with_for_update()).all())

    def add_key(self, owner_id: UUID, kind: KeyKind) -> int:
        """Make one more key for an owner, and return its number: from the commit on, everybody seals under it."""
        number = max(self.numbers(owner_id, kind)) + 1
        if kind in UNDER_CLINIC:
            self._create_key_of(owner_id, kind, number)
        else:
            self._create_clinic_key(kind, number)
        return number

    def remove_keys(self, owner_id: UUID, kind: KeyKind, *, before: int) -> None:
        """Destroy an owner's keys older than this number, which nothing may be under any more."""
        older = select(DataKey).where(DataKey.owner_id == owner_id, DataKey.kind == kind, DataKey.number < before)
        for key in self._session.execute(older).scalars():
            self._session.delete(key)

    def wrap_under_newest(self, keys: Iterable[DataKey]) -> int:
        """Put clients' keys under the clinic's newest key, and return how many were under an older one."""
        newest, count = self._sealing_key(self._clinic_id, KeyKind.CLINIC), 0
        for key in keys:
            if _unwrapped(newest, key.wrapped) is None:
                key.wrapped = aes_key_wrap(newest.secret, self._unwrap(key.kind, key.wrapped))
                count += 1
        return count

    def destroy_keys_of(self, client_id: UUID) -> None:
        """Destroy every key of a client, which makes all that was ever sealed under them unreadable for good.

        Other processes may hold an opened key a while longer, `KeyRing` says how long; nobody there meets her rows.
        """
        owned = delete(DataKey).where(DataKey.owner_id == client_id, DataKey.kind.in_(UNDER_CLINIC))
        self._session.execute(owned.execution_options(synchronize_session=False))
        for kind in UNDER_CLINIC:
            self._held.pop((client_id, kind), None)
            self._loaded.pop((client_id, kind), None)
            self._newest.pop((client_id, kind), None)
            self._ring.forget(self._clinic_id, client_id, kind)
            self._destroyed.append((client_id, kind))

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

    def share(self) -> None:
        """Let other transactions of this process use the keys of this one, which has only read or is committed.

        Before, a key may have been made by it, or on SQLite by another write of the same commit.
        """
        for (owner_id, kind), keys in self._loaded.items():
            self._ring.put(self._clinic_id, owner_id, kind, keys)
        for owner_id, kind in self._destroyed:
            self._ring.forget(self._clinic_id, owner_id, kind)

    def _own_keys(self) -> list[DataKey]:
        return list(self._session.execute(select(DataKey).where(DataKey.kind.in_(_UNDER_MASTER))).scalars())

    def _kind_of(self, owner_id: UUID, place: SealedColumn) -> KeyKind:
        if place.is_private:
            return KeyKind.PRIVATE
        return KeyKind.CLINIC if owner_id == self._clinic_id else KeyKind.CLIENT

    def _create_clinic_key(self, kind: KeyKind, number: int = 1) -> None:
        secret = os.urandom(KEY_BYTES)
        self._keep(self._clinic_id, kind, number, secret, self._ring.master.wrap(secret))

    def _create_key_of(self, client_id: UUID, kind: KeyKind, number: int = 1) -> None:
        clinic = self._sealing_key(self._clinic_id, KeyKind.CLINIC)
        secret = os.urandom(KEY_BYTES)
        self._keep(client_id, kind, number, secret, aes_key_wrap(clinic.secret, secret))

    def _has(self, owner_id: UUID, kind: KeyKind) -> bool:
        if (owner_id, kind) in self._held or self._ring.get(self._clinic_id, owner_id, kind):
            return True
        return bool(self.numbers(owner_id, kind))

    def _keep(self, owner_id: UUID, kind: KeyKind, number: int, secret: bytes, wrapped: bytes) -> None:
        self._session.add(DataKey(owner_id=owner_id, kind=kind, number=number, wrapped=wrapped))
        older = {} if number == 1 else self._keys(owner_id, kind)
        self._hold(owner_id, kind, {**older, number: FieldKey.of(number, secret)})
        self._newest[owner_id, kind] = number

    def _sealing_key(self, owner_id: UUID, kind: KeyKind) -> FieldKey:
        """Return the owner's newest key, which nobody destroys before this transaction ends.

        What is in memory may have been replaced by another process: text sealed under a key that is gone by the time
        of the commit would be lost. On SQLite one transaction writes at a time; on PostgreSQL the key's row is locked.
        """
        number = self._newest.get((owner_id, kind))
        if number is None:
            with self._session.no_autoflush:  # half a change must not be written as a version of its own
                newest = _NEWEST.rows(self._session, {"owner_id": owner_id, "kind": kind})
            if not newest:
                raise KeyGone(f"there is no {kind} key for this owner")
            number = self._newest[owner_id, kind] = newest[0].number
        keys = self._keys(owner_id, kind)
        return keys[number] if number in keys else self._load([owner_id], kind)[owner_id][number]

    def _hold(self, owner_id: UUID, kind: KeyKind, keys: dict[int, FieldKey]) -> None:
        self._held[owner_id, kind] = self._loaded[owner_id, kind] = keys

    def _keys(self, owner_id: UUID, kind: KeyKind) -> dict[int, FieldKey]:
        keys = self._held.get((owner_id, kind))
        if keys is None:
            keys = self._ring.get(self._clinic_id, owner_id, kind) or self._load([owner_id], kind)[owner_id]
            self._held[owner_id, kind] = keys
        return keys

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
            self._hold(owner_id, kind, loaded[owner_id])
        return loaded

    def _unwrap(self, kind: KeyKind, wrapped: bytes) -> bytes:
        if kind not in UNDER_CLINIC:
            return self._ring.unwrap(wrapped)
        secret = self._unwrapped_by(self._keys(self._clinic_id, KeyKind.CLINIC), wrapped)
        if secret is None:  # another process may have replaced the clinic's key since it came to memory
            secret = self._unwrapped_by(self._load([self._clinic_id], KeyKind.CLINIC)[self._clinic_id], wrapped)
        if secret is None:
            raise KeyGone(f"a {kind} key is under none of the clinic's keys")
        return secret

    @staticmethod
    def _unwrapped_by(keys: dict[int, FieldKey], wrapped: bytes) -> bytes | None:
        tried = (_unwrapped(keys[number], wrapped) for number in sorted(keys, reverse=True))
        return next((secret for secret in tried if secret is not None), None)


def _numbers_of(owner_id: UUID, kind: KeyKind) -> Select[int]:
    return select(DataKey.number).where(DataKey.owner_id == owner_id, DataKey.kind == kind)


def _unwrapped(key: FieldKey, wrapped: bytes) -> bytes | None:
    """Return what was wrapped under this key; RFC 3394 tells whether it was."""
    with suppress(InvalidUnwrap):
        return aes_key_unwrap(key.secret, wrapped)
    return None
