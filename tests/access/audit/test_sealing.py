"""The arithmetic of seals: Merkle trees, proofs and keys."""

import hashlib
import os
from datetime import UTC, datetime

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given
from hypothesis import strategies as st

from app.access.audit import sealing
from app.core.ids import new_id

SECRET = bytes(range(32))


def leaves_of(count: int) -> list[bytes]:
    return [sealing.leaf_of(str(number)) for number in range(count)]


def rfc_6962(leaves: list[bytes]) -> bytes:
    """Return the tree hash as the RFC defines it, by splitting at the largest power of two."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + rfc_6962(leaves[:split]) + rfc_6962(leaves[split:])).digest()


@given(st.integers(1, 300))
def test_the_root_is_the_tree_hash_of_rfc_6962(count: int) -> None:
    leaves = leaves_of(count)
    assert sealing.root_of(leaves) == rfc_6962(leaves)


@given(st.integers(1, 300).flatmap(lambda count: st.tuples(st.just(count), st.integers(0, count - 1))))
def test_the_path_of_an_entry_leads_to_the_root_and_that_of_another_does_not(of: tuple[int, int]) -> None:
    count, position = of
    leaves = leaves_of(count)
    path = sealing.path_of(leaves, position)
    assert sealing.root_from(leaves[position], position, count, path) == sealing.root_of(leaves)
    assert sealing.root_from(sealing.leaf_of("other"), position, count, path) != sealing.root_of(leaves)
    assert len(path) <= (count - 1).bit_length()


def test_a_node_cannot_pass_for_an_entry() -> None:
    leaves = leaves_of(2)
    assert sealing.root_of(leaves) != sealing.root_of([sealing.root_of(leaves)[:31] + b"\x00"])
    assert sealing.leaf_of("a") == hashlib.sha256(b"\x00a").digest()


def test_keys_are_derived_as_hkdf_does_and_differ_by_purpose() -> None:
    expected = HKDFExpand(SHA256(), 32, b"stance|audit entries").derive(SECRET)
    assert sealing.entry_key(SECRET) == expected
    assert sealing.signing_key(SECRET).private_bytes_raw() != expected


@given(st.sampled_from(["number", "count", "root", "previous_hash", "sealed_at", "clinic_id"]))
def test_nothing_in_a_seal_can_change_without_its_hash(name: str) -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    seal = sealing.seal_leaves(SECRET, new_id(), 1, sealing.NO_SEAL_BEFORE, leaves_of(3), at)
    assert sealing.is_signed(seal.public_key, seal.hash, seal.signature)
    other = {
        "number": 2,
        "count": 4,
        "root": os.urandom(32),
        "previous_hash": os.urandom(32),
        "sealed_at": at.replace(microsecond=1),
        "clinic_id": new_id(),
    }[name]
    changed = sealing.NewSeal(**{**vars(seal), name: other})
    assert sealing.hash_of(changed) != seal.hash
    assert not sealing.is_signed(seal.public_key, sealing.hash_of(changed), seal.signature)


def test_a_signature_of_another_key_or_form_is_refused() -> None:
    digest = bytes(32)
    signature = sealing.signing_key(SECRET).sign(digest)
    assert not sealing.is_signed(sealing.public_key_of(bytes(32)), digest, signature)
    assert not sealing.is_signed(sealing.public_key_of(SECRET), digest, b"")
    assert not sealing.is_signed(b"short", digest, signature)


def test_a_mark_needs_the_key() -> None:
    key = sealing.entry_key(SECRET)
    assert sealing.is_marked(key, "text", sealing.mac_of(key, "text"))
    assert not sealing.is_marked(key, "other", sealing.mac_of(key, "text"))
    assert not sealing.is_marked(key, "text", sealing.mac_of(sealing.entry_key(bytes(32)), "text"))
    assert not sealing.is_marked(key, "text", None)
