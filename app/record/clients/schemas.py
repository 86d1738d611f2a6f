"""How clients are said on the wire."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import MISSING, EmailStr, Field

from app.core.schemas import ApiModel, Code, Day, Line, Page, PageQuery, Prose, Resource
from app.record.clients.domain import ClientStatus, DiagnosisStatus

System = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z][A-Za-z0-9+.:/_%#?=&-]*$")]
Email = Annotated[EmailStr, Field(max_length=254)]
Phone = Annotated[str, Field(min_length=3, max_length=40, pattern=r"^[+0-9][0-9 ()./-]*$")]


class Identifier(ApiModel):
    """A number another system knows the client by, for example the EHR's medical record number."""

    system: System
    """Which numbering this is: a URI or a short name, for example `urn:clinic:mrn`."""
    value: Line
    """The number itself."""


class Diagnosis(ApiModel):
    """One entry of a diagnosis history. A person is never reduced to it."""

    code: Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9.]+$")]
    """The code, for example `6D10.Z`."""
    system: Annotated[str, Field(min_length=1, max_length=64)]
    """The code system: `icd-11`, `icd-10` or `dsm-5-tr`."""
    status: DiagnosisStatus
    """How sure it is."""
    recorded_on: Day
    """The day it was made or changed."""
    replaced_by: Annotated[str | None, Field(max_length=32)] = None
    """The code that took its place, when it was revised."""
    reason: Prose | None = None
    """Why it was made, revised or refuted."""


class SupportPerson(ApiModel):
    """Someone close to the client who supports the treatment."""

    name: Line
    """The person's name."""
    relationship: Line
    """Who the person is to the client."""
    phone: Phone | None = None
    """How to reach the person."""
    may_be_contacted: bool
    """Whether the client agreed that the clinic contacts this person."""


Identifiers = Annotated[list[Identifier], Field(max_length=10)]
Concerns = Annotated[list[Code], Field(max_length=30)]
Diagnoses = Annotated[list[Diagnosis], Field(max_length=50)]
SupportPeople = Annotated[list[SupportPerson], Field(max_length=20)]


class ClientDetails(ApiModel):
    """What identifies and describes a person; stored sealed."""

    given_name: Line
    """Given name."""
    family_name: Line
    """Family name."""
    preferred_name: Line | None = None
    """What the client wants to be called."""
    pronouns: Line | None = None
    """The client's pronouns."""
    birth_date: Day | None = None
    """Date of birth."""
    email: Email | None = None
    """E-mail address."""
    phone: Phone | None = None
    """Telephone number."""
    presenting_concerns: Concerns = []
    """Codes of the list `presenting_concern`."""
    diagnoses: Diagnoses = []
    """Diagnosis history, newest last; may stay empty: treatment does not need a diagnosis."""
    support_people: SupportPeople = []
    """People close to the client."""


_EXAMPLE: dict[str, Any] = {
    "given_name": "Robin",
    "family_name": "Example",
    "pronouns": "they/them",
    "birth_date": "1996-04-12",
    "identifiers": [{"system": "urn:clinic:mrn", "value": "MRN-0042"}],
    "presenting_concerns": ["mood_instability", "relationship_difficulty"],
    "delivery_preference": "in_person",
}


class ClientCreate(ClientDetails):
    """A new client. Who creates a client joins the care team, unless she sees every client anyway."""

    model_config = {"json_schema_extra": {"examples": [_EXAMPLE]}}

    identifiers: Identifiers = []
    """Numbers other systems know the client by; each is unique in the clinic."""
    status: ClientStatus = ClientStatus.REFERRED
    """`referred` or `active`."""
    delivery_preference: Code | None = None
    """A code of the list `delivery`: how the client prefers to meet."""


class ClientUpdate(ApiModel):
    """What may change about a client; absent fields stay as they are, null clears."""

    given_name: Line | MISSING = MISSING
    """Given name."""
    family_name: Line | MISSING = MISSING
    """Family name."""
    preferred_name: Line | None | MISSING = MISSING
    """What the client wants to be called."""
    pronouns: Line | None | MISSING = MISSING
    """The client's pronouns."""
    birth_date: Day | None | MISSING = MISSING
    """Date of birth."""
    email: Email | None | MISSING = MISSING
    """E-mail address."""
    phone: Phone | None | MISSING = MISSING
    """Telephone number."""
    presenting_concerns: Concerns | None | MISSING = MISSING
    """All presenting concerns, replacing the present ones; null means none."""
    diagnoses: Diagnoses | None | MISSING = MISSING
    """The whole diagnosis history; null means none."""
    support_people: SupportPeople | None | MISSING = MISSING
    """All support people; null means none."""
    identifiers: Identifiers | None | MISSING = MISSING
    """All identifiers, replacing the present ones; null means none."""
    status: ClientStatus | MISSING = MISSING
    """`referred` or `active`; to discharge, use POST /v1/clients/{client_id}/discharge."""
    delivery_preference: Code | None | MISSING = MISSING
    """A code of the list `delivery`."""


class ClientDischarge(ApiModel):
    """The end of the clinic's care for a client."""

    discharged_on: Day
    """The last day of care."""
    reason: Prose | None = None
    """Why, in a few words; stored sealed."""


class ClientProfile(Resource):
    """A person in care."""

    given_name: Line
    """Given name."""
    family_name: Line
    """Family name."""
    preferred_name: Line | None
    """What the client wants to be called."""
    pronouns: Line | None
    """The client's pronouns."""
    birth_date: Day | None
    """Date of birth."""
    email: Annotated[str | None, Field(max_length=254)]
    """E-mail address."""
    phone: Phone | None
    """Telephone number."""
    presenting_concerns: Concerns
    """Codes of the list `presenting_concern`."""
    diagnoses: Diagnoses
    """Diagnosis history, newest last."""
    support_people: SupportPeople
    """People close to the client."""
    identifiers: Identifiers
    """Numbers other systems know the client by."""
    status: ClientStatus
    """Where the client stands in the clinic's care."""
    delivery_preference: Code | None
    """How the client prefers to meet."""
    discharged_on: Day | None
    """The last day of care, null while it goes on."""
    discharge_reason: Prose | None
    """Why care ended."""


class ClientPage(Page[ClientProfile]):
    """A page of clients."""


class ClientFilter(PageQuery):
    """Which clients to list."""

    status: ClientStatus | None = None
    """Only clients who stand here."""
    practitioner_id: UUID | None = None
    """Only clients on whose care team this practitioner is today."""


class ClientSearch(PageQuery):
    """What to look for. It travels in the body, because names must not stand in addresses and logs."""

    name: Annotated[Line | None, Field(max_length=100)] = None
    """The beginnings of names, in any order: `ro exa` finds Robin Example. Case and accents do not matter."""
    identifier: Identifier | None = None
    """An identifier, exactly."""
    status: ClientStatus | None = None
    """Only clients who stand here."""


class IdentifierQuery(ApiModel):
    """An identifier in the query of an upsert."""

    system: Annotated[System, Field(examples=["urn:clinic:mrn"])]
    """Which numbering this is, for example `urn:clinic:mrn`."""
    value: Annotated[Line, Field(examples=["MRN-0042"])]
    """The number itself."""
