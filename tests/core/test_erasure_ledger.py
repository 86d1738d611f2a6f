"""The erasure ledger: what is written stays, whoever changes it is found out, and a torn line does not count."""

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from app.core.erasure_ledger import ErasureFacts, ErasureLedger, LedgerBroken, ledger_key
from app.core.ids import new_id

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KEY = ledger_key(bytes(32))


def facts(erasure_id: UUID | None = None) -> ErasureFacts:
    return ErasureFacts(
        clinic_id=new_id(),
        client_id=new_id(),
        erasure_id=erasure_id or new_id(),
        reason_code="court_order",
        requested_by=new_id(),
        requested_at=NOW,
        approved_by=new_id(),
        approved_at=NOW,
    )


@pytest.fixture
def ledger(tmp_path: Path) -> ErasureLedger:
    return ErasureLedger(tmp_path / "erasures.ledger")


def test_what_was_written_is_read_again(ledger: ErasureLedger) -> None:
    assert ledger.entries() == []
    told = [facts() for _ in range(3)]
    written = [ledger.append(one, NOW, KEY) for one in told]
    assert ledger.entries() == written
    assert [entry.facts for entry in written] == told
    assert [entry.number for entry in written] == [1, 2, 3]
    assert ledger.find(told[1].erasure_id) == written[1]
    assert ledger.find(new_id()) is None


def test_it_is_for_its_owner_alone_and_names_nobody(ledger: ErasureLedger) -> None:
    ledger.append(facts(), NOW, KEY)
    assert stat.S_IMODE(ledger.path.stat().st_mode) == 0o600
    assert set(json.loads(ledger.path.read_text())) == {
        *("number", "clinic_id", "client_id", "erasure_id", "reason_code", "requested_by", "requested_at"),
        *("approved_by", "approved_at", "at", "previous", "hash", "mac"),
    }


def test_an_erasure_has_one_line_however_often_it_is_told(ledger: ErasureLedger) -> None:
    one = facts()
    assert ledger.append(one, NOW, KEY) == ledger.append(one, NOW, KEY)
    assert len(ledger.entries()) == 1


def test_many_writers_at_once_make_one_chain(ledger: ErasureLedger) -> None:
    with ThreadPoolExecutor(8) as writers:
        list(writers.map(lambda _: ErasureLedger(ledger.path).append(facts(), NOW, KEY), range(40)))
    assert [entry.number for entry in ledger.entries()] == list(range(1, 41))


@pytest.mark.parametrize("harm", ["changed", "removed", "moved", "beginning lost", "not JSON"])
def test_whoever_changes_it_is_found_out(ledger: ErasureLedger, harm: str) -> None:
    for _ in range(4):
        ledger.append(facts(), NOW, KEY)
    first, second, third, fourth = ledger.path.read_text().splitlines(keepends=True)
    told = {
        "changed": [first, second.replace("court_order", "client_request"), third, fourth],
        "removed": [first, third, fourth],
        "moved": [first, third, second, fourth],
        "beginning lost": [second, third, fourth],
        "not JSON": [first, "something else\n", third, fourth],
    }
    ledger.path.write_text("".join(told[harm]))
    with pytest.raises(LedgerBroken):
        ledger.entries()
    with pytest.raises(LedgerBroken):
        ledger.append(facts(), NOW, KEY)


def test_a_line_somebody_else_wrote_is_not_marked(ledger: ErasureLedger) -> None:
    entry = ledger.append(facts(), NOW, ledger_key(os.urandom(32)))
    assert ledger.entries() == [entry]
    assert not entry.is_marked(KEY)
    assert ledger.append(facts(), NOW, KEY).is_marked(KEY)


def test_a_line_that_was_being_written_when_the_power_went_does_not_count(ledger: ErasureLedger) -> None:
    kept = [ledger.append(facts(), NOW, KEY) for _ in range(2)]
    whole = ledger.path.read_bytes()
    ledger.append(facts(), NOW, KEY)
    for length in (len(whole) + 1, len(whole) + 200):
        ledger.path.write_bytes(ledger.path.read_bytes()[:length])
        assert ledger.entries() == kept
    again = ledger.append(facts(), NOW, KEY)
    assert ledger.entries() == [*kept, again]
