"""Every table in one place, for migrations and tests."""

from app.access.audit import models as audit
from app.access.clinics import models as clinics
from app.access.identity import models as identity
from app.access.practitioners import models as practitioners
from app.core import idempotency, vault
from app.core.database import Base
from app.record.care_team import models as care_team
from app.record.clients import models as clients
from app.record.goal_ratings import models as goal_ratings
from app.record.notes import models as notes
from app.record.sessions import models as sessions
from app.record.treatments import models as treatments

MODULES = (
    vault,
    idempotency,
    clinics,
    practitioners,
    identity,
    audit,
    care_team,
    clients,
    treatments,
    goal_ratings,
    sessions,
    notes,
)
"""Importing them is what fills the metadata."""

metadata = Base.metadata
