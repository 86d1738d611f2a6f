"""A key in parts for several custodians: any few of them together restore it, fewer tell nothing about it.

Shamir's secret sharing over GF(2^8), byte by byte (A. Shamir, How to Share a Secret, 1979): the key is the value at 0
of a random polynomial, each part is its value at the part's number. A part carries the number of its set, a checksum
against slips of the pen, and four bytes derived from the key, so that a wrong result is not taken for the key.
"""

import base64
import hashlib
import secrets
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import xor

from app.core.crypto import KEY_BYTES, MasterKey

FEWEST_NEEDED, MOST_PARTS = 2, 16
_VERSION = 1
_REDUCING = 0x11B
"""AES's field: x^8 + x^4 + x^3 + x + 1."""
_HEAD = struct.Struct(">B4sBB")
_CHECK_BYTES = 4


class PartsRefused(ValueError):
    """These parts do not make a key."""


@dataclass(frozen=True)
class KeyPart:
    """One custodian's part: `needed` different ones of one set restore the key."""

    set_id: bytes
    needed: int
    number: int
    share: bytes = field(repr=False)
    proof: bytes = field(repr=False)

    def text(self) -> str:
        """Write it in capital letters and digits that can be typed from paper."""
        kept = _HEAD.pack(_VERSION, self.set_id, self.needed, self.number) + self.share + self.proof
        letters = base64.b32encode(kept + _checksum(kept)).decode().rstrip("=")
        return " ".join(letters[at : at + 4] for at in range(0, len(letters), 4))

    @classmethod
    def read(cls, text: str) -> "KeyPart":
        """Read a part; lines that begin with # and all spaces do not count."""
        letters = "".join("".join(line.split()) for line in text.splitlines() if not line.startswith("#")).upper()
        try:
            raw = base64.b32decode(letters + "=" * (-len(letters) % 8))
            version, set_id, needed, number = _HEAD.unpack_from(raw)
        except (ValueError, struct.error):
            raise PartsRefused("is not a part of a key") from None
        kept, checksum = raw[:-_CHECK_BYTES], raw[-_CHECK_BYTES:]
        whole = _HEAD.size + KEY_BYTES + _CHECK_BYTES
        if version != _VERSION or len(kept) != whole or _checksum(kept) != checksum:
            raise PartsRefused("has a mistake in it: its checksum does not fit")
        share = kept[_HEAD.size : _HEAD.size + KEY_BYTES]
        return cls(set_id, needed, number, share, kept[_HEAD.size + KEY_BYTES :])


def split(master: MasterKey, *, parts: int, needed: int) -> list[KeyPart]:
    """Split a key; a second splitting makes another set, whose parts do not go with these."""
    if not FEWEST_NEEDED <= needed <= parts <= MOST_PARTS:
        raise PartsRefused(f"two parts or more must be needed, of {MOST_PARTS} at most")
    set_id, secret = secrets.token_bytes(4), master.reveal()
    polynomials = [bytes([byte]) + secrets.token_bytes(needed - 1) for byte in secret]
    return [
        KeyPart(set_id, needed, number, bytes(_value_at(number, one) for one in polynomials), _proof_of(master))
        for number in range(1, parts + 1)
    ]


def restore(parts: Sequence[KeyPart]) -> MasterKey:
    """Put a key together again."""
    if len({part.set_id for part in parts}) != 1 or len({(part.needed, part.proof) for part in parts}) != 1:
        raise PartsRefused("these parts are not of one set")
    chosen = list({part.number: part for part in parts}.values())[: parts[0].needed]
    if len(chosen) < parts[0].needed:
        raise PartsRefused(f"{parts[0].needed} different parts are needed, and here are {len(chosen)}")
    numbers = [part.number for part in chosen]
    weights = [_weight_of(number, numbers) for number in numbers]
    columns = zip(*(part.share for part in chosen), strict=True)
    secret = bytes(reduce(xor, (_times(*pair) for pair in zip(column, weights, strict=True))) for column in columns)
    master = MasterKey(secret, is_leaving=True)
    if _proof_of(master) != parts[0].proof:
        raise PartsRefused("these parts do not make the key they were made from: one of them was changed")
    return master


def _value_at(x: int, polynomial: bytes) -> int:
    return reduce(lambda value, coefficient: _times(value, x) ^ coefficient, reversed(polynomial), 0)


def _weight_of(number: int, numbers: Sequence[int]) -> int:
    """Return Lagrange's factor of one part for the value at 0; subtracting is adding in this field."""
    others = [other for other in numbers if other != number]
    return reduce(_times, (_times(other, _inverse(other ^ number)) for other in others), 1)


def _times(a: int, b: int) -> int:
    product = 0
    for _ in range(8):
        product ^= a * (b & 1)
        a, b = (a << 1) ^ (_REDUCING * (a >> 7)), b >> 1
    return product


def _inverse(a: int) -> int:
    return reduce(_times, [a] * 254, 1)


def _checksum(kept: bytes) -> bytes:
    return hashlib.sha256(kept).digest()[:_CHECK_BYTES]


def _proof_of(master: MasterKey) -> bytes:
    return master.derive("parts of the key")[:_CHECK_BYTES]
