"""What every wire shape shares: the two base models, the page envelope and the field types.

Input models refuse unknown fields. Output models state every field, so a generated client never meets a
"maybe absent". Text is normalised to NFC and refuses NUL and lone surrogates, which no database can keep.
"""

import inspect
import re
import unicodedata
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from app.core.docstrings import field_docstrings

EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_BREAK = re.compile("[\t\n\r\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class ApiModel(BaseModel):
    """What a caller sends: unknown fields are refused, numbers are finite, docstrings below fields describe them.

    Pydantic can read those docstrings itself (`use_attribute_docstrings`), but looks for each class anew, in the frames
    of all running imports: a tenth of a start, and for each generic `Page[...]` anew, a third of one.
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    def __init_subclass__(cls, **config: Any) -> None:
        """Describe the fields of a model before Pydantic collects them."""
        super().__init_subclass__(**config)
        docstrings = field_docstrings(cls.__module__).get(cls.__qualname__, {})
        cls.__annotations__ = {
            name: Annotated[of, Field(description=docstrings[name])] if name in docstrings else of
            for name, of in inspect.get_annotations(cls).items()
        }


class Out(ApiModel):
    """What the service answers: every field is always present, and the document leaves room for new ones."""

    model_config = ConfigDict(extra="ignore", json_schema_serialization_defaults_required=True)


class Resource(Out):
    """A single stored thing; `version` is its ETag."""

    id: UUID
    """The identifier, a UUIDv7."""
    version: Annotated[int, Field(ge=1)]
    """Counts the changes of this resource; the same number is its `ETag`, to be sent back in `If-Match`."""
    created_at: AwareDatetime
    """When the service first stored it (UTC)."""


T = TypeVar("T")


class Page(Out, Generic[T]):
    """One page of a list."""

    data: Annotated[list[T], Field(max_length=100)]
    """The items of this page."""
    next_cursor: Annotated[str | None, Field(max_length=400)]
    """Send it as `after` to get the next page; null on the last one."""
    has_more: bool
    """Whether another page follows."""


class PageQuery(ApiModel):
    """The query parameters of every list."""

    limit: Annotated[int, Field(ge=1, le=100)] = 25
    """How many items a page holds at most."""
    after: Annotated[str | None, Field(max_length=400)] = None
    """The `next_cursor` of the page before."""

    def filters(self) -> dict[str, Any]:
        """Return what narrows the list, without what makes it a page."""
        return {
            name: value
            for name in self.model_fields_set
            if (value := getattr(self, name)) is not None and name not in PageQuery.model_fields
        }


def _safe_text(text: str) -> str:
    if _CONTROL.search(text):
        raise PydanticCustomError("control_character", "Use text without control characters or broken Unicode.")
    return unicodedata.normalize("NFC", text)


def _blank_is_nothing(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "Write at least one character that is not a space.")
    return text.strip()


def _one_line(text: str) -> str:
    if _BREAK.search(text):
        raise PydanticCustomError("one_line", "Write it on one line, without marks that turn the reading direction.")
    return text


def _day(value: object) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise PydanticCustomError("date", "Use an ISO 8601 date, for example 2026-10-01.")
    return value


def _day_in_range(value: date) -> date:
    if not EARLIEST <= value <= LATEST:
        raise PydanticCustomError("date_range", "Use a date between 1900-01-01 and 2199-12-31.")
    return value


def _instant(value: object) -> object:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise PydanticCustomError("instant", "Use RFC 3339 with an offset, for example 2026-10-01T09:30:00Z.")
    if not EARLIEST.year < int(value[:4]) < LATEST.year:
        raise PydanticCustomError("instant_range", "Use a moment between the years 1901 and 2198.")
    return value


SafeText = Annotated[str, AfterValidator(_safe_text)]
"""Text that any database keeps and gives back unchanged."""
Line = Annotated[
    SafeText, AfterValidator(_one_line), AfterValidator(_blank_is_nothing), Field(min_length=1, max_length=200)
]
"""One line: a name, a label."""
Prose = Annotated[SafeText, AfterValidator(_blank_is_nothing), Field(min_length=1, max_length=4_000)]
"""A few sentences."""
LongText = Annotated[SafeText, Field(max_length=50_000)]
"""A section of a note; may be empty while it is being written."""
LongProse = Annotated[SafeText, AfterValidator(_blank_is_nothing), Field(min_length=1, max_length=50_000)]
"""A long text that is never empty."""
Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z][a-z0-9_]*$")]
"""A code of one of the lists at `/v1/vocabularies`."""
Day = Annotated[date, BeforeValidator(_day), AfterValidator(_day_in_range)]
"""A calendar day in the clinic's time zone."""
Instant = Annotated[AwareDatetime, BeforeValidator(_instant)]
"""A moment with its offset from UTC."""
Rating = Annotated[int, Field(ge=0, le=10, strict=True)]
"""A rating from 0 to 10."""
