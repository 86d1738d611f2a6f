"""Identifiers."""

import threading
import time

from app.core.ids import new_id


def test_an_id_is_a_uuid_of_version_7():
    made = new_id()
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"


def test_an_id_tells_when_it_was_made():
    before = time.time_ns() // 1_000_000
    made = new_id().int >> 80
    assert before <= made <= time.time_ns() // 1_000_000 + 1


def test_ids_ascend_even_within_one_millisecond():
    made = [new_id() for _ in range(10_000)]
    assert made == sorted(set(made))


def test_threads_never_make_the_same_id():
    made: list[object] = []
    threads = [threading.Thread(target=lambda: made.extend(new_id() for _ in range(1_000))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 4_000
