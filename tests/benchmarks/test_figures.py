from benchmarks.figures import SHARES, Spread, Window, below_gates, ratio
from benchmarks.report import ENGINES
from benchmarks.workload import COMMON


def window(server: str, cpu_us: float, *, number: int = 1, errors: int = 0, engine: str = "sqlite") -> Window:
    return Window(
        engine=engine,
        server=server,
        endpoint="note",
        round=number,
        requests=1_000,
        errors=errors,
        seconds=2.0,
        cpu_seconds=cpu_us / 1_000,
        database_seconds=0.5,
        p50_ms=1.0,
        p99_ms=2.0,
    )


def test_cost_is_processor_time_by_request() -> None:
    one = window("ours", 400)
    assert (round(one.cpu_us, 6), one.database_us, one.per_second) == (400.0, 500.0, 500.0)


def test_what_was_under_way_at_the_end_was_work_too() -> None:
    one = Window("sqlite", "drf", "page", 1, 84, 0, 2.0, 2.0, 1.0, 5.0, 9.0, unanswered=16)
    assert (round(one.cpu_us), round(one.database_us), one.per_second) == (20_000, 10_000, 42.0)


def test_a_window_without_an_answer_costs_nothing_known() -> None:
    empty = Window("sqlite", "ours", "note", 1, 0, 0, 2.0, 1.0, 0.0, 0.0, 0.0)
    assert empty.cpu_us != empty.cpu_us
    assert ratio([empty, window("hand", 100)], "sqlite", "note", "ours", "hand") is None


def test_a_ratio_pairs_the_rounds_that_ran_next_to_each_other() -> None:
    """A slow minute slows both, so that each round's own ratio tells more than the ratio of the medians."""
    windows = [
        *(window("ours", cost, number=number) for number, cost in enumerate((200, 800, 400), start=1)),
        *(window("drf", cost, number=number) for number, cost in enumerate((1_600, 4_000, 3_600), start=1)),
    ]
    found = ratio(windows, "sqlite", "note", "ours", "drf")
    assert found is not None
    assert [round(value, 6) for value in (found.low, found.middle, found.high)] == [5.0, 8.0, 9.0]


def test_rounds_with_failed_requests_or_without_a_partner_do_not_count() -> None:
    windows = [
        window("ours", 100, number=1, errors=3),
        window("ours", 200, number=2),
        window("ours", 400, number=3),
        window("hand", 100, number=1),
        window("hand", 100, number=2),
    ]
    assert ratio(windows, "sqlite", "note", "ours", "hand") == Spread(0.5, 0.5, 0.5)


def test_engines_are_not_mixed() -> None:
    windows = [window("ours", 100), window("hand", 100, engine="postgresql")]
    assert ratio(windows, "sqlite", "note", "ours", "hand") is None


def test_a_share_is_lost_only_by_more_than_the_margin() -> None:
    held = SHARES["sqlite", "note"].held
    assert below_gates([window("ours", 1_000), window("hand", 1_000 * held * 0.71)]) == []
    (missed,) = below_gates([window("ours", 1_000), window("hand", 1_000 * held * 0.69)])
    assert missed.startswith("sqlite, note: ")


def test_every_answer_that_all_give_is_held_on_both_engines() -> None:
    assert SHARES.keys() == {(engine, endpoint) for engine in ENGINES for endpoint in COMMON}
    assert all(share.held > 0 for share in SHARES.values())
