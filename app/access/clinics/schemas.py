"""How a clinic is said on the wire."""

from typing import Annotated

from pydantic import MISSING, Field

from app.core.schemas import ApiModel, Line, Resource

Hours = Annotated[int, Field(ge=1, le=720, strict=True)]
Months = Annotated[int, Field(ge=1, le=12, strict=True)]
Days = Annotated[int, Field(ge=1, le=90, strict=True)]
Years = Annotated[int, Field(ge=1, le=100, strict=True)]
Age = Annotated[int, Field(ge=18, le=100, strict=True)]


class Clinic(Resource):
    """The clinic the caller works in."""

    name: Line
    """The clinic's name."""
    time_zone: Line
    """IANA time zone; days and months of treatment are counted in it."""
    late_entry_hours: Hours
    """A note signed later than this many hours after its session is a late entry and needs a reason."""
    review_interval_months: Months
    """How far apart the reviews of a new treatment are planned."""
    note_sign_reminder_days: Days
    """After this many days an unsigned note counts as overdue."""
    access_request_days: Days
    """Within this many days a client's request for her record is answered."""
    amendment_request_days: Days
    """Within this many days a client's request for an amendment is answered."""
    request_extension_days: Days
    """By this many days such an answer can be put off, once and with a reason."""
    requires_second_factor: bool
    """Whether people need a second factor to read or write what is said about clients, and to administer access."""
    retention_years: Years
    """How many years a record is kept after the last contact."""
    retention_until_age: Age | None
    """Until which birthday the record of somebody is kept who was under 18 at the last contact, if that is later.

    Whoever was 17 at the last contact: a year longer. Null when only `retention_years` counts.
    """


class ClinicUpdate(ApiModel):
    """What may change about a clinic; absent fields stay as they are."""

    name: Line | MISSING = MISSING
    """The clinic's name."""
    time_zone: Line | MISSING = MISSING
    """IANA time zone, for example Europe/London."""
    late_entry_hours: Hours | MISSING = MISSING
    """Hours after a session from which a signature is a late entry."""
    review_interval_months: Months | MISSING = MISSING
    """Months between the planned reviews of a new treatment."""
    note_sign_reminder_days: Days | MISSING = MISSING
    """Days after which an unsigned note is overdue."""
    access_request_days: Days | MISSING = MISSING
    """Days within which a request for the record is answered; 28 are never more than a month."""
    amendment_request_days: Days | MISSING = MISSING
    """Days within which a request for an amendment is answered."""
    request_extension_days: Days | MISSING = MISSING
    """Days by which such an answer can be put off once."""
    requires_second_factor: bool | MISSING = MISSING
    """Whether people need a second factor to read or write what is said about clients, and to administer access."""
    retention_years: Years | MISSING = MISSING
    """Years for which a record is kept after the last contact, as the law of your place and profession asks."""
    retention_until_age: Age | None | MISSING = MISSING
    """Birthday until which the record of a minor is kept, if that is later; null when only the years count."""
