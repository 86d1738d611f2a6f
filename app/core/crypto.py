"""Encryption of everything clinical, and the keys it needs.

A master key (from the environment or a file) wraps one key per clinic; the clinic's key wraps one key per client;
a field is sealed with AES-256-GCM under its client's key (or the clinic's, for things that belong to no client).
The additional data binds a ciphertext to its clinic, table, row, column and key, so that bytes copied to another
place do not open. Identifiers that must be found again are also kept as a blind index: a keyed hash that allows
equality and nothing else.
"""

import base64
import functools
import hashlib
import hmac
import itertools
import os
import string
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from app.core.files import create_private

KEY_BYTES = 32
_FORMAT = b"\x01"
_NONCE_BYTES = 12
_STEP = 64
_SHORTEST = 1 + 4 + _NONCE_BYTES + _STEP + 16
_MARK = b"\x80"
_INDEX_BYTES = 16
_FEWEST_DISTINCT = 20
"""Of 32 random bytes fewer are distinct once in ten thousand million keys."""
_TYPED = frozenset(string.printable.encode())
_PUBLISHED = frozenset(
    {
        bytes.fromhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"),  # NIST SP 800-38A, AES-256
        hashlib.sha256(b"").digest(),
    }
)
"""Keys everybody knows that look random: of the standard's examples, and of a pipe that carried nothing."""
_MAKE_ONE = "make one with: openssl rand -base64 32"


class SealBroken(RuntimeError):
    """A ciphertext does not open here: it was changed, moved, or belongs to another key."""

    place: "FieldPlace | None" = None
    """Where it was met, when a vault opened it."""


class KeyGone(SealBroken):
    """There is no such key, or no longer: when it was replaced a moment ago, the field is under the new one by now."""


class WrongMasterKey(SealBroken):
    """What is kept was locked with another master key."""


class MasterKey:
    """The one secret outside the database. Wraps clinic keys; derives keys for other single purposes."""

    def __init__(self, secret: bytes, *, is_leaving: bool = False) -> None:
        """Take 32 random bytes; one that is being replaced may be weak, or nobody could get away from it."""
        if len(secret) != KEY_BYTES:
            raise ValueError(f"the master key must be 32 bytes in base64; {_MAKE_ONE}")
        weakness = None if is_leaving else _weakness_of(secret)
        if weakness is not None:
            raise ValueError(f"this master key is not random: {weakness}; {_MAKE_ONE}")
        self._secret = secret
        self._wrapping_key = self.derive("wrap clinic keys")

    @classmethod
    def from_base64(cls, text: str, *, is_leaving: bool = False) -> "MasterKey":
        """Read the key as people keep it."""
        text = text.strip()
        try:
            secret = base64.b64decode(text, validate=True)
        except ValueError:
            raise ValueError(f"the master key must be 32 bytes in base64; {_MAKE_ONE}") from None
        if len(secret) == KEY_BYTES and not is_leaving and text in (text.lower(), text.upper()):
            raise ValueError(f"this master key is not random: somebody typed its letters; {_MAKE_ONE}")
        return cls(secret, is_leaving=is_leaving)

    @classmethod
    def create_file(cls, path: Path) -> "MasterKey":
        """Make a new key in a file only its owner can read; refuses to overwrite one."""
        path.parent.mkdir(parents=True, exist_ok=True)
        secret = os.urandom(KEY_BYTES)
        create_private(path, base64.b64encode(secret).decode() + "\n")
        return cls(secret)

    def reveal(self) -> bytes:
        """Return the 32 bytes themselves: for a copy in parts or sealed, and for nothing else."""
        return self._secret

    def to_base64(self) -> str:
        """Write the key as people keep it."""
        return base64.b64encode(self._secret).decode()

    def wrap(self, key: bytes) -> bytes:
        """Encrypt a clinic's key (RFC 3394)."""
        return aes_key_wrap(self._wrapping_key, key)

    def unwrap(self, wrapped: bytes) -> bytes:
        """Decrypt a clinic's key."""
        return aes_key_unwrap(self._wrapping_key, wrapped)

    def derive(self, purpose: str) -> bytes:
        """Return a 32-byte key for one purpose: the database file, page cursors, token hashes."""
        return HKDFExpand(SHA256(), KEY_BYTES, b"stance|" + purpose.encode()).derive(self._secret)

    def is_same_as(self, other: "MasterKey") -> bool:
        """Whether both are one key."""
        return hmac.compare_digest(self.derive("comparison"), other.derive("comparison"))

    def __repr__(self) -> str:
        """Show no key."""
        return "MasterKey(…)"


def _weakness_of(secret: bytes) -> str | None:
    """Return why nobody drew these bytes at random; each test refuses fewer random keys than one in a milliard."""
    if len({(after - before) % 256 for before, after in itertools.pairwise(secret)}) == 1:
        return "its bytes go up or down in equal steps"
    if len(set(secret)) < _FEWEST_DISTINCT:
        return "its bytes repeat"
    if _TYPED.issuperset(secret):
        return "it is words or digits somebody typed"
    return "it is published as an example" if secret in _PUBLISHED else None


@dataclass(frozen=True)
class SealedColumn:
    """The place of a ciphertext: one column of one table; what is private is sealed under keys of its own class."""

    table: str
    column: str
    is_private: bool = False

    @functools.cached_property
    def name(self) -> bytes:
        """What a ciphertext is bound to, with its length before it."""
        names = f"{self.table}|{self.column}".encode()
        return struct.pack(">H", len(names)) + names


@dataclass(frozen=True)
class FieldPlace:
    """One field: a column of one row, and whose it is."""

    column: SealedColumn
    owner_id: UUID
    row_id: UUID


@dataclass(frozen=True)
class FieldKey:
    """One live key: its number within its owner, and the cipher made from it."""

    number: int
    secret: bytes = field(repr=False)
    cipher: AESGCM = field(repr=False, compare=False)

    @classmethod
    def of(cls, number: int, secret: bytes) -> "FieldKey":
        """Prepare the cipher once, since it is used for many fields."""
        return cls(number, secret, AESGCM(secret))


def seal(key: FieldKey, clinic_id: UUID, place: SealedColumn, row_id: UUID, plaintext: bytes) -> bytes:
    """Encrypt one field: `0x01 | key number (u32) | nonce (12) | ciphertext and tag`, padded to 64-byte steps."""
    nonce = os.urandom(_NONCE_BYTES)
    padded = plaintext + _MARK + b"\x00" * (-(len(plaintext) + 1) % _STEP)
    number = number_bytes(key.number)
    return _FORMAT + number + nonce + key.cipher.encrypt(nonce, padded, _bound_to(clinic_id, place, row_id, number))


def unseal(keys: dict[int, FieldKey], clinic_id: UUID, place: SealedColumn, row_id: UUID, sealed: bytes) -> bytes:
    """Decrypt one field in its own place; `SealBroken` anywhere else."""
    key = keys.get(key_number(sealed))
    if key is None:
        raise KeyGone(f"no key {key_number(sealed)} for a field of {place.table}.{place.column}")
    nonce, ciphertext = sealed[5 : 5 + _NONCE_BYTES], sealed[5 + _NONCE_BYTES :]
    try:
        padded = key.cipher.decrypt(nonce, ciphertext, _bound_to(clinic_id, place, row_id, sealed[1:5]))
    except InvalidTag:
        raise SealBroken(f"a field of {place.table}.{place.column} does not open in its place") from None
    return padded[: padded.rindex(_MARK)]


def key_number(sealed: bytes) -> int:
    """Return the number of the key a field was sealed with."""
    if sealed[:1] != _FORMAT or len(sealed) < _SHORTEST:
        raise SealBroken("not a sealed field")
    return int.from_bytes(sealed[1:5])


def number_bytes(number: int) -> bytes:
    """Return a key's number as a sealed field carries it, in the bytes after the first."""
    return struct.pack(">I", number)


def blind_index(index_key: bytes, *parts: str) -> bytes:
    """Return a 16-byte keyed hash by which equal values are found without being readable."""
    message = b"".join(struct.pack(">I", len(part.encode())) + part.encode() for part in parts)
    return hmac.digest(index_key, message, hashlib.sha256)[:_INDEX_BYTES]


def _bound_to(clinic_id: UUID, place: SealedColumn, row_id: UUID, number: bytes) -> bytes:
    return b"%b%b%b%b" % (clinic_id.bytes, row_id.bytes, number, place.name)


class Wrapping(StrEnum):
    """Which master key a clinic's key is wrapped under."""

    CURRENT = "current"
    PREVIOUS = "previous"
    UNKNOWN = "unknown"


class KeyRing:
    """Unwrapped keys of this process, kept for ten minutes so that a read does not unwrap them each time.

    What is too old is not used any more, and leaves with the next key that is put: a destroyed key stays that long in
    the memory of processes other than the one that destroyed it.

    While the master key is being replaced there are two: new keys are wrapped under the current one, and what the
    previous one wrapped or signed is read still.
    """

    def __init__(
        self, master: MasterKey, *, previous: MasterKey | None = None, seconds: float = 600, limit: int = 10_000
    ) -> None:
        """Hold at most `limit` owners."""
        self.master, self.previous = master, previous
        masters = (master,) if previous is None else (master, previous)
        self.cursor_keys = tuple(one.derive("page cursors") for one in masters)
        self._seconds, self._limit = seconds, limit
        self._changing = threading.Lock()
        self._kept: dict[tuple[UUID, UUID, str], tuple[float, dict[int, FieldKey]]] = {}

    def unwrap(self, wrapped: bytes) -> bytes:
        """Decrypt a clinic's key, whichever of the master keys it is under."""
        _, secret = self._unwrapped(wrapped)
        if secret is None:
            raise WrongMasterKey("The keys of this clinic do not open with this master key.")
        return secret

    def wrapping_of(self, wrapped: bytes) -> Wrapping:
        """Return which master key a clinic's key is under."""
        wrapping, _ = self._unwrapped(wrapped)
        return wrapping

    def _unwrapped(self, wrapped: bytes) -> tuple[Wrapping, bytes | None]:
        for master, wrapping in ((self.master, Wrapping.CURRENT), (self.previous, Wrapping.PREVIOUS)):
            if master is not None:
                with suppress(InvalidUnwrap):
                    return wrapping, master.unwrap(wrapped)
        return Wrapping.UNKNOWN, None

    def get(self, clinic_id: UUID, owner_id: UUID, kind: str) -> dict[int, FieldKey] | None:
        """Return the owner's keys by number, unless unknown or too long in memory."""
        found = self._kept.get((clinic_id, owner_id, kind))
        if found is None:
            return None
        if found[0] < time.monotonic():
            self.forget(clinic_id, owner_id, kind)
            return None
        return found[1]

    def put(self, clinic_id: UUID, owner_id: UUID, kind: str, keys: dict[int, FieldKey]) -> None:
        """Keep an owner's keys; the oldest owner leaves when the ring is full."""
        with self._changing:
            while self._kept and (len(self._kept) >= self._limit or self._is_oldest_over()):
                self._kept.pop(next(iter(self._kept)), None)
            self._kept.pop((clinic_id, owner_id, kind), None)  # what is put anew is the youngest
            self._kept[clinic_id, owner_id, kind] = (time.monotonic() + self._seconds, keys)

    def forget(self, clinic_id: UUID, owner_id: UUID, kind: str) -> None:
        """Let an owner's keys go at once, in this process."""
        with self._changing:
            self._kept.pop((clinic_id, owner_id, kind), None)

    def _is_oldest_over(self) -> bool:
        return self._kept[next(iter(self._kept))][0] < time.monotonic()

    def __repr__(self) -> str:
        """Show no key."""
        return "KeyRing(…)"
