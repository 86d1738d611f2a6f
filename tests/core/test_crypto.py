"""Sealing fields, and the master key."""

import base64
import hashlib
import os
import re
import stat
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap
from hypothesis import given
from hypothesis import strategies as st

from app.core.crypto import (
    FieldKey,
    KeyRing,
    MasterKey,
    SealBroken,
    SealedColumn,
    Wrapping,
    WrongMasterKey,
    blind_index,
    seal,
    unseal,
)

CLINIC, ROW = uuid4(), uuid4()
PLACE = SealedColumn("notes", "body")
SECRET = os.urandom(32)
KEY = FieldKey.of(1, SECRET)
KEYS = {1: KEY}


def sealed(plaintext: bytes) -> bytes:
    return seal(KEY, CLINIC, PLACE, ROW, plaintext)


@given(st.binary(max_size=300))
def test_what_was_sealed_opens_again(plaintext: bytes):
    ciphertext = sealed(plaintext)
    assert unseal(KEYS, CLINIC, PLACE, ROW, ciphertext) == plaintext
    assert len(plaintext) < 8 or plaintext not in ciphertext


@given(st.binary(max_size=200), st.data())
def test_one_flipped_bit_anywhere_is_noticed(plaintext: bytes, data: st.DataObject):
    broken = bytearray(sealed(plaintext))
    position = data.draw(st.integers(0, len(broken) - 1))
    broken[position] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SealBroken):
        unseal(KEYS, CLINIC, PLACE, ROW, bytes(broken))


@pytest.mark.parametrize("length", range(0, 97, 7))
def test_a_truncated_field_is_noticed(length: int):
    with pytest.raises(SealBroken):
        unseal(KEYS, CLINIC, PLACE, ROW, sealed(b"text")[:length])


@pytest.mark.parametrize(
    ("clinic_id", "place", "row_id", "keys"),
    [
        (uuid4(), PLACE, ROW, KEYS),
        (CLINIC, SealedColumn("notes", "title"), ROW, KEYS),
        (CLINIC, SealedColumn("plans", "body"), ROW, KEYS),
        (CLINIC, SealedColumn("notes|b", "ody"), ROW, KEYS),
        (CLINIC, PLACE, uuid4(), KEYS),
        (ROW, PLACE, CLINIC, KEYS),
        (CLINIC, PLACE, ROW, {1: FieldKey.of(1, os.urandom(32))}),
        (CLINIC, PLACE, ROW, {2: FieldKey.of(2, SECRET)}),
        (CLINIC, PLACE, ROW, {}),
    ],
    ids=["clinic", "column", "table", "shifted name", "row", "swapped ids", "key", "key number", "no key"],
)
def test_a_field_opens_only_in_its_place(clinic_id: UUID, place: SealedColumn, row_id: UUID, keys: dict[int, FieldKey]):
    with pytest.raises(SealBroken):
        unseal(keys, clinic_id, place, row_id, sealed(b"text"))


def test_the_number_of_the_key_cannot_be_changed():
    ciphertext = bytearray(sealed(b"text"))
    ciphertext[4] = 2
    with pytest.raises(SealBroken):
        unseal({1: KEY, 2: FieldKey.of(2, SECRET)}, CLINIC, PLACE, ROW, bytes(ciphertext))


def test_sealing_twice_gives_different_bytes():
    assert sealed(b"text") != sealed(b"text")


def test_only_steps_of_64_bytes_tell_the_length():
    lengths = [len(sealed(b"x" * length)) for length in range(130)]
    assert len(set(lengths[:64])) == len(set(lengths[64:128])) == 1
    assert lengths[64] - lengths[63] == lengths[128] - lengths[127] == 64


def test_a_broken_seal_names_the_place_and_no_text():
    with pytest.raises(SealBroken) as refusal:
        unseal(KEYS, CLINIC, PLACE, uuid4(), sealed(b"secret text"))
    assert "secret" not in str(refusal.value)
    assert refusal.value.__cause__ is None


@pytest.mark.parametrize("size", [0, 16, 31, 33, 64])
def test_a_master_key_of_another_size_is_refused(size: int):
    with pytest.raises(ValueError, match="must be 32 bytes"):
        MasterKey(os.urandom(size))


WEAK = {
    "zeros": bytes(32),
    "one byte": b"\xff" * 32,
    "four bytes again and again": b"abcd" * 8,
    "sixteen random bytes twice": os.urandom(16) * 2,
    "a phrase filled up with zeros": b"correct horse battery".ljust(32, b"\0"),
    "counting up": bytes(range(32)),
    "counting down by three": bytes(200 - 3 * n for n in range(32)),
    "a phrase": b"the quick brown fox jumps, twice",
    "hexadecimal digits": os.urandom(16).hex().encode(),
    "letters and digits": b"aB3dE6gH9jK2mN5pQ8sT1vW4yZ7xC0rF",
    "the standard's example": bytes.fromhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"),
    "the hash of nothing": hashlib.sha256(b"").digest(),
}


@pytest.mark.parametrize("secret", WEAK.values(), ids=WEAK)
def test_a_weak_master_key_is_refused(secret: bytes):
    with pytest.raises(ValueError, match="not random"):
        MasterKey(secret)
    with pytest.raises(ValueError, match=r"not random: .+; make one with: openssl rand -base64 32"):
        MasterKey.from_base64(base64.b64encode(secret).decode())


@pytest.mark.parametrize(
    "text", ["correcthorsebatterystaplecorrecthorsebatter=", "QWERTYUIOPASDFGHJKLZXCVBNMQWERTYUIOPASDFGHI="]
)
def test_letters_typed_in_place_of_a_key_are_refused(text: str):
    with pytest.raises(ValueError, match="typed its letters"):
        MasterKey.from_base64(text)


def test_a_weak_key_can_still_be_replaced():
    weak = MasterKey(bytes(32), is_leaving=True)
    assert weak.unwrap(weak.wrap(SECRET)) == SECRET


def test_random_keys_are_taken():
    for _ in range(5_000):
        MasterKey.from_base64(base64.b64encode(os.urandom(32)).decode())


def test_no_page_shows_a_key_that_would_be_taken():
    root = Path(__file__).parents[2]
    pages = [*root.glob("*.md"), *(root / "docs").rglob("*.md"), *(root / "tests").rglob("*.py")]
    shown = {key for page in pages for key in re.findall(r"(?<![\w+/])[\w+/]{43}=", page.read_text())}
    assert shown
    for key in shown:
        with pytest.raises(ValueError, match="not random"):
            MasterKey.from_base64(key)


@pytest.mark.parametrize("text", ["", "not base64!", "ключ", base64.b64encode(b"short").decode()])
def test_a_master_key_that_cannot_be_read_is_refused_without_showing_it(text: str):
    with pytest.raises(ValueError, match="must be 32 bytes") as refusal:
        MasterKey.from_base64(text)
    assert not text or text not in str(refusal.value)


def test_a_key_file_is_for_its_owner_only_and_never_overwritten(tmp_path: Path):
    path = tmp_path / "keys" / "master.key"
    made = MasterKey.create_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    written = path.read_text()
    assert MasterKey.from_base64(written).derive("x") == made.derive("x")
    with pytest.raises(FileExistsError):
        MasterKey.create_file(path)
    assert path.read_text() == written


def test_every_purpose_has_its_own_key():
    master = MasterKey(os.urandom(32))
    assert master.derive("page cursors") == master.derive("page cursors")
    assert (
        len({master.derive("page cursors"), master.derive("database file"), MasterKey(os.urandom(32)).derive("x")}) == 3
    )


def test_a_clinic_key_opens_under_its_own_master_key_only():
    master, key = MasterKey(os.urandom(32)), os.urandom(32)
    wrapped = master.wrap(key)
    assert master.unwrap(wrapped) == key
    assert key not in wrapped
    with pytest.raises(InvalidUnwrap):
        MasterKey(os.urandom(32)).unwrap(wrapped)


def test_no_repr_shows_a_key():
    secret = os.urandom(32)
    master, ring = MasterKey(secret), KeyRing(MasterKey(secret), previous=MasterKey(secret))
    ring.put(CLINIC, ROW, "client", {1: FieldKey.of(1, secret)})
    for shown in (repr(master), str(master), repr(ring), repr(FieldKey.of(1, secret))):
        assert repr(secret)[2:-1] not in shown
        assert secret.hex() not in shown


def test_a_ring_reads_under_two_master_keys_and_writes_under_one():
    current, previous, stranger = (MasterKey(os.urandom(32)) for _ in range(3))
    ring, key = KeyRing(current, previous=previous), os.urandom(32)
    assert [ring.unwrap(master.wrap(key)) for master in (current, previous)] == [key, key]
    assert [ring.wrapping_of(master.wrap(key)) for master in (current, previous, stranger)] == [
        Wrapping.CURRENT,
        Wrapping.PREVIOUS,
        Wrapping.UNKNOWN,
    ]
    assert KeyRing(current).wrapping_of(previous.wrap(key)) is Wrapping.UNKNOWN
    with pytest.raises(WrongMasterKey):
        ring.unwrap(stranger.wrap(key))
    assert ring.cursor_keys == (current.derive("page cursors"), previous.derive("page cursors"))


def test_a_blind_index_finds_equal_values_of_one_kind_only():
    key = os.urandom(32)
    index = blind_index(key, "mrn", "42")
    assert index == blind_index(key, "mrn", "42")
    assert len({index, blind_index(key, "mrn", "43"), blind_index(key, "m", "rn42"), blind_index(key, "mrn|42")}) == 4
    assert index != blind_index(os.urandom(32), "mrn", "42")


def test_a_ring_forgets_keys_after_a_while_and_the_oldest_when_it_is_full():
    ring = KeyRing(MasterKey(os.urandom(32)), limit=2)
    owners = [uuid4() for _ in range(3)]
    for owner in owners:
        ring.put(CLINIC, owner, "client", KEYS)
    assert [ring.get(CLINIC, owner, "client") is None for owner in owners] == [True, False, False]
    assert ring.get(uuid4(), owners[2], "client") is None
    assert ring.get(CLINIC, owners[2], "clinic") is None
    short = KeyRing(MasterKey(os.urandom(32)), seconds=-1)
    short.put(CLINIC, ROW, "client", KEYS)
    assert short.get(CLINIC, ROW, "client") is None
