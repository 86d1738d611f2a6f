"""The practitioners of the demo clinic. Nobody here is a real person."""

from dataclasses import dataclass

from app.access.practitioners.domain import Role


@dataclass(frozen=True)
class Person:
    """A practitioner to be."""

    name: str
    login: str
    role: Role
    specialities: tuple[str, ...] = ()
    supervised_by: str | None = None


PEOPLE = (
    Person("Dr Ines Albrecht", "ines.albrecht", Role.SUPERVISOR, ("MBT supervision",)),
    Person("Tomas Riva", "tomas.riva", Role.THERAPIST, ("MBT", "group therapy")),
    Person("Maya Lindqvist", "maya.lindqvist", Role.THERAPIST, ("MBT",)),
    Person("Noor Haddad", "noor.haddad", Role.THERAPIST, ("MBT, in training",), supervised_by="ines.albrecht"),
    Person("Dr Samuel Okoye", "samuel.okoye", Role.PSYCHIATRIST, ("psychopharmacology",)),
    Person("Petra Novak", "petra.novak", Role.CLINIC_ADMIN),
)
