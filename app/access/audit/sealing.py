"""The arithmetic of the sealed log: keys, Merkle trees (RFC 6962), seals and their signatures. Pure.

A seal is the root of a batch of entries, chained to the seal before and signed. Whoever holds the root, the entry's
text and the path between them can prove that the entry was in the log, without seeing any other.
"""

import hashlib
import hmac
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

BATCH = 5_000
"""How many entries one seal holds at most."""
NO_SEAL_BEFORE = bytes(32)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LEAF, _NODE, _SEAL = b"\x00", b"\x01", b"\x02"


@dataclass(frozen=True, kw_only=True)
class NewSeal:
    """A seal before it is stored; a row of `audit_seals` has the same names."""

    clinic_id: UUID
    number: int
    count: int
    root: bytes
    previous_hash: bytes
    hash: bytes
    signature: bytes
    public_key: bytes
    sealed_at: datetime


def entry_key(secret: bytes) -> bytes:
    """Derive the key under which the service marks each entry as its own."""
    return _expand(secret, b"stance|audit entries")


def signing_key(secret: bytes) -> Ed25519PrivateKey:
    """Derive the key that signs seals."""
    return Ed25519PrivateKey.from_private_bytes(_expand(secret, b"stance|audit seals"))


def public_key_of(secret: bytes) -> bytes:
    """Return the public half, 32 bytes, for whoever keeps checkpoints."""
    return signing_key(secret).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def leaf_of(document: str) -> bytes:
    """Return the leaf hash of an entry."""
    return hashlib.sha256(_LEAF + document.encode()).digest()


def mac_of(key: bytes, document: str) -> bytes:
    """Return the mark only this service can make: an entry written by hand into the table has none that fits."""
    return hmac.digest(key, document.encode(), "sha256")


def is_marked(key: bytes, document: str, mac: bytes | None) -> bool:
    """Say whether an entry carries the service's mark."""
    return mac is not None and hmac.compare_digest(mac_of(key, document), mac)


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the Merkle tree hash of at least one leaf."""
    level = list(leaves)
    while len(level) > 1:
        level = _level_above(level)
    return level[0]


def path_of(leaves: Sequence[bytes], position: int) -> list[bytes]:
    """Return the hashes that lead from one leaf to the root, lowest first."""
    level, path = list(leaves), []
    while len(level) > 1:
        sibling = position ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        level, position = _level_above(level), position // 2
    return path


def root_from(leaf: bytes, position: int, count: int, path: Sequence[bytes]) -> bytes:
    """Return the root a path leads to: it proves the entry when it is the root of its seal."""
    node, steps = leaf, iter(path)
    while count > 1:
        if position % 2:
            node = _node_of(next(steps), node)
        elif position + 1 < count:
            node = _node_of(node, next(steps))
        position, count = position // 2, (count + 1) // 2
    return node


def hash_of(seal: NewSeal) -> bytes:
    """Return the hash that binds a seal to its clinic, number, size, moment, root and the seal before."""
    microseconds = (seal.sealed_at - _EPOCH) // timedelta(microseconds=1)
    header = seal.clinic_id.bytes + struct.pack(">QQq", seal.number, seal.count, microseconds)
    return hashlib.sha256(_SEAL + header + seal.root + seal.previous_hash).digest()


def seal_leaves(
    secret: bytes, clinic_id: UUID, number: int, previous_hash: bytes, leaves: Sequence[bytes], sealed_at: datetime
) -> NewSeal:
    """Make the next seal over these leaves."""
    unsigned = NewSeal(
        clinic_id=clinic_id,
        number=number,
        count=len(leaves),
        root=root_of(leaves),
        previous_hash=previous_hash,
        hash=b"",
        signature=b"",
        public_key=public_key_of(secret),
        sealed_at=sealed_at,
    )
    digest = hash_of(unsigned)
    return NewSeal(**{**vars(unsigned), "hash": digest, "signature": signing_key(secret).sign(digest)})


def is_signed(public_key: bytes, digest: bytes, signature: bytes) -> bool:
    """Say whether this key signed this seal hash."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, digest)
    except (InvalidSignature, ValueError):
        return False
    return True


def checkpoint_of(seal: NewSeal) -> dict[str, str | int]:
    """Return what is to be kept outside the database: with it, a log cut short or rewritten later is found out."""
    return {
        "clinic_id": str(seal.clinic_id),
        "number": seal.number,
        "count": seal.count,
        "hash": seal.hash.hex(),
        "sealed_at": seal.sealed_at.isoformat(),
        "signature": seal.signature.hex(),
        "public_key": seal.public_key.hex(),
    }


def _level_above(level: list[bytes]) -> list[bytes]:
    above = [_node_of(left, right) for left, right in zip(level[::2], level[1::2], strict=False)]
    # An odd last node goes up unchanged: that is the tree RFC 6962 splits at the largest power of two.
    return above + level[-1:] if len(level) % 2 else above


def _node_of(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()


def _expand(secret: bytes, purpose: bytes) -> bytes:
    """Derive 32 bytes: HKDF-Expand (RFC 5869) with SHA-256, whose first block is enough, in a microsecond."""
    return hmac.digest(secret, purpose + b"\x01", "sha256")
