"""How practitioners are said on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import MISSING, Field, SecretStr

from app.access.practitioners.domain import Role
from app.core.schemas import ApiModel, Day, Line, Page, PageQuery, Resource

Roles = Annotated[list[Role], Field(min_length=1, max_length=6)]
Specialities = Annotated[list[Line], Field(max_length=20)]
Login = Annotated[str, Field(min_length=3, max_length=200, pattern=r"^[a-z0-9][a-z0-9._%+-]*(@[a-z0-9.-]+)?$")]
Password = Annotated[SecretStr, Field(min_length=15, max_length=200)]


class Licence(ApiModel):
    """A licence to practise."""

    type: Line
    """Kind of licence, for example LMHC."""
    number: Line
    """Its number."""
    jurisdiction: Line
    """Where it is valid."""
    expires_on: Day | None = None
    """Its last day, null when it does not end."""


Licences = Annotated[list[Licence], Field(max_length=20)]


class Practitioner(Resource):
    """A person who works for the clinic."""

    display_name: Line
    """The name colleagues know."""
    roles: Roles
    """What the practitioner is to the clinic; permissions follow from it."""
    licences: Licences
    """Licences to practise."""
    specialities: Specialities
    """What the practitioner is trained in."""
    supervisor_id: UUID | None
    """Who co-signs this practitioner's notes and sees her clients, on the days below; null when nobody has to."""
    supervised_from: Day | None
    """The first day of the supervision, in the clinic's time zone; null when it has no known beginning."""
    supervised_until: Day | None
    """The last day of the supervision; null while it goes on."""
    is_active: bool
    """Whether the practitioner may sign in."""


class PractitionerCreate(ApiModel):
    """A new practitioner, with a login to sign in with."""

    display_name: Line
    """The name colleagues know."""
    roles: Roles
    """What the practitioner is to the clinic."""
    login: Login
    """What the practitioner signs in with: an e-mail address or a short name, lower case."""
    password: Password
    """At least 15 characters; any sentence will do. Stored only as an argon2id hash."""
    licences: Licences = []
    """Licences to practise."""
    specialities: Specialities = []
    """What the practitioner is trained in."""
    supervisor_id: UUID | None = None
    """Who co-signs this practitioner's notes."""
    supervised_from: Day | None = None
    """The first day of the supervision; today when absent."""
    supervised_until: Day | None = None
    """The last day of the supervision, when it is already known."""


class PractitionerUpdate(ApiModel):
    """What may change about a practitioner; absent fields stay as they are."""

    display_name: Line | MISSING = MISSING
    """The name colleagues know."""
    roles: Roles | MISSING = MISSING
    """All roles, replacing the present ones."""
    licences: Licences | None | MISSING = MISSING
    """All licences, replacing the present ones; null means none."""
    specialities: Specialities | None | MISSING = MISSING
    """All specialities, replacing the present ones; null means none."""
    supervisor_id: UUID | None | MISSING = MISSING
    """Who co-signs this practitioner's notes; null for nobody. Someone new starts today, with no end, unless the
    dates are given too."""
    supervised_from: Day | None | MISSING = MISSING
    """The first day of the supervision; null for no known beginning."""
    supervised_until: Day | None | MISSING = MISSING
    """The last day of the supervision: the day after, the supervisor sees nothing through it. Null lets it go on."""
    is_active: bool | MISSING = MISSING
    """False ends every sign-in of this practitioner."""


class PractitionerPage(Page[Practitioner]):
    """A page of practitioners."""


class PractitionerFilter(PageQuery):
    """Which practitioners to list."""

    role: Role | None = None
    """Only practitioners with this role."""
    is_active: bool | None = None
    """Only active ones (true) or only former ones (false)."""
