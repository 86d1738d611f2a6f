"""The field types every wire shape is made of."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.core.schemas import ApiModel, Code, Day, Instant, Line, LongText, PageQuery, Prose, Rating, SafeText


def taken(kind: Any, value: object) -> Any:
    return TypeAdapter(kind).validate_python(value)


def refused(kind: Any, value: object) -> str:
    with pytest.raises(ValidationError) as refusal:
        TypeAdapter(kind).validate_python(value)
    return str(refusal.value.errors()[0]["type"])


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x0b", "\x1f", "\x7f", "\ud800"])
@pytest.mark.parametrize("kind", [SafeText, Line, Prose, LongText], ids=["text", "line", "prose", "long text"])
def test_text_that_no_database_keeps_is_refused(kind: object, character: str):
    assert refused(kind, f"before{character}after") in {"control_character", "string_unicode"}


@pytest.mark.parametrize("text", ["Tab\tand\nline", "日本語", "🙂", "שלום", "a\u200db"])
def test_every_other_text_is_kept_as_it_is(text: str):
    assert taken(SafeText, text) == text


def test_text_is_normalised_to_nfc():
    assert taken(SafeText, "Zoe\u0308") == "Zo\u00eb"


@given(st.text())
def test_whatever_text_is_taken_can_be_stored_and_comes_back_the_same(text: str):
    try:
        kept = taken(SafeText, text)
    except ValidationError:
        return
    assert "\x00" not in kept
    assert kept.encode().decode() == kept == taken(SafeText, kept)


def test_a_line_is_trimmed_and_never_blank():
    assert taken(Line, "  Robin ") == "Robin"
    assert refused(Line, " \u00a0\u2003 ") == "blank"
    assert refused(Line, "") == "blank"


def test_a_limit_counts_what_is_stored():
    assert taken(Line, "x" * 200)
    assert refused(Line, "x" * 201) in {"string_too_long", "too_long"}
    # One character that normalisation makes into three.
    assert refused(Line, "\ufb2c" * 100) in {"string_too_long", "too_long"}
    assert taken(LongText, "") == ""
    assert refused(LongText, "x" * 50_001) in {"string_too_long", "too_long"}


@pytest.mark.parametrize("value", ["1900-01-01", "2199-12-31", "2024-02-29", date(2026, 10, 1)])
def test_a_day_is_an_iso_date(value: object):
    assert isinstance(taken(Day, value), date)


@pytest.mark.parametrize(
    "value",
    [
        "0001-01-01",
        "1899-12-31",
        "2200-01-01",
        "9999-12-31",
        "2026-02-30",
        "2026-13-01",
        "0.5",
        "1767225600",
        "2026-1-1",
        "2026-10-01T00:00:00Z",
        " 2026-10-01",
        "2026-10-01\n",
        "\u0662\u0660\u0662\u0666-01-01",
        "",
        0,
        20_000,
        0.25,
        True,
        None,
        datetime(2026, 10, 1, tzinfo=UTC),
    ],
)
def test_anything_else_is_no_day(value: object):
    refused(Day, value)


@pytest.mark.parametrize(
    "value",
    [
        "2026-10-01T09:30:00Z",
        "2026-10-01t09:30:00z",
        "2026-10-01T09:30:00+02:00",
        "2026-10-01T09:30:00.123456789Z",
        "1901-01-01T00:00:00+14:00",
        "2198-12-31T23:59:59-12:00",
    ],
)
def test_an_instant_is_a_moment_with_its_offset(value: str):
    assert taken(Instant, value).utcoffset() is not None


@pytest.mark.parametrize(
    "value",
    [
        "2026-10-01T09:30:00",
        "2026-10-01 09:30:00Z",
        "2026-10-01T09:30Z",
        "2026-10-01",
        "0001-01-01T00:00:00Z",
        "1900-12-31T23:59:59Z",
        "2199-01-01T00:00:00Z",
        "2200-01-01T00:00:00Z",
        "9999-12-31T23:59:59-12:00",
        "2026-02-30T00:00:00Z",
        "2026-10-01T25:00:00Z",
        "2026-10-01T09:30:00+99:99",
        "0.5",
        "1767225600",
        1_700_000_000,
        0.25,
        True,
        None,
        datetime(2026, 10, 1),  # noqa: DTZ001 - the naive moment is the point
    ],
)
def test_anything_else_is_no_instant(value: object):
    refused(Instant, value)


@pytest.mark.parametrize("value", [0, 10])
def test_a_rating_is_a_whole_number_from_0_to_10(value: int):
    assert taken(Rating, value) == value


@pytest.mark.parametrize("value", [-1, 11, 5.0, 5.5, "7", True, None, float("nan"), 10**30])
def test_anything_else_is_no_rating(value: object):
    refused(Rating, value)


@pytest.mark.parametrize("value", ["Upper", "with space", "1st", "", "x" * 65, "a\n", "ä"])
def test_a_code_is_lower_case_ascii(value: str):
    refused(Code, value)


def test_an_unknown_field_is_refused_and_numbers_are_finite():
    class Sent(ApiModel):
        number: float

    assert refused(Sent, {"number": 1, "other": 2}) == "extra_forbidden"
    assert refused(Sent, {"number": float("inf")}) == "finite_number"


@pytest.mark.parametrize("limit", [0, 101, -1, "ten", 1.5])
def test_a_page_holds_1_to_100_items(limit: object):
    refused(PageQuery, {"limit": limit})
    assert PageQuery().limit == 25
