"""`kill -9` while everyone writes: what was acknowledged is there after the restart, on both engines.

This is the short form of the kill campaign; `make torture` kills fifty times and more.
"""

from pathlib import Path

from app.settings import Settings
from tests.campaigns.torture import report, torture

KILLS = 3


async def test_no_acknowledged_write_is_lost_when_the_server_is_killed(settings: Settings, tmp_path: Path) -> None:
    tally = await torture(settings, tmp_path, kills=KILLS)
    assert tally.wrongs == [], report(tally)
    assert tally.kills == KILLS
    assert tally.acknowledged.total() > KILLS
    assert tally.in_flight > 0, "the kills met writes on their way"
