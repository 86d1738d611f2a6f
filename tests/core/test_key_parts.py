"""A master key in parts: any few restore it, fewer say nothing, and mixed or changed ones are refused."""

import itertools
import os
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import key_parts
from app.core.crypto import MasterKey
from app.core.key_parts import KeyPart, PartsRefused, restore, split

MASTER = MasterKey(os.urandom(32))


@given(st.binary(min_size=32, max_size=32), st.data())
@settings(max_examples=25, deadline=None)
def test_any_of_the_parts_restore_any_key(secret: bytes, data: st.DataObject):
    parts = data.draw(st.integers(2, key_parts.MOST_PARTS))
    needed = data.draw(st.integers(2, parts))
    made = split(MasterKey(secret, is_leaving=True), parts=parts, needed=needed)
    chosen = data.draw(st.permutations(made))[: data.draw(st.integers(needed, parts))]
    assert restore([KeyPart.read(part.text()) for part in chosen]).reveal() == secret


def test_every_choice_of_three_of_five_restores_the_key():
    made = split(MASTER, parts=5, needed=3)
    for chosen in itertools.combinations(made, 3):
        assert restore(chosen).is_same_as(MASTER)


def test_fewer_parts_are_refused_also_when_one_comes_twice():
    made = split(MASTER, parts=5, needed=3)
    for chosen in (made[:2], [made[0], made[0], made[1]]):
        with pytest.raises(PartsRefused, match="3 different parts are needed, and here are 2"):
            restore(chosen)


def test_fewer_parts_fit_every_key_there_could_be():
    """For two of three points and any value at 0, there is one polynomial through them."""
    for guess in range(256):
        line = [bytes([guess, slope]) for slope in range(256)]
        assert len([one for one in line if key_parts._value_at(7, one) == 99]) == 1


def test_parts_of_two_sets_do_not_go_together():
    with pytest.raises(PartsRefused, match="not of one set"):
        restore([*split(MASTER, parts=3, needed=2)[:1], *split(MASTER, parts=3, needed=2)[1:2]])


def test_a_changed_part_is_refused_by_its_checksum_or_by_the_key_it_makes():
    one, other, _ = split(MASTER, parts=3, needed=2)
    text = one.text()
    for at in (0, 10, 40, 90):
        changed = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
        with pytest.raises(PartsRefused):
            restore([KeyPart.read(changed), other])
    with pytest.raises(PartsRefused, match="one of them was changed"):
        restore([replace(one, share=bytes(32)), other])


@pytest.mark.parametrize("text", ["", "AAAA", "not a part!", "ж", "# only words\n"])
def test_what_is_no_part_is_refused(text: str):
    with pytest.raises(PartsRefused):
        KeyPart.read(text)


def test_a_part_can_be_typed_in_small_letters_with_other_spaces():
    one, other, _ = split(MASTER, parts=3, needed=2)
    typed = "# somebody's words\n" + one.text().lower().replace(" ", "\n")
    assert restore([KeyPart.read(typed), other]).is_same_as(MASTER)


@pytest.mark.parametrize(("parts", "needed"), [(1, 1), (3, 1), (2, 3), (17, 2)])
def test_a_split_that_protects_nothing_is_refused(parts: int, needed: int):
    with pytest.raises(PartsRefused):
        split(MASTER, parts=parts, needed=needed)


def test_no_part_shows_itself():
    part = split(MASTER, parts=3, needed=2)[0]
    assert part.share.hex() not in repr(part)
    assert repr(part.share)[2:-1] not in repr(part)
    assert MASTER.reveal().hex() not in repr(part)
