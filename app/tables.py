"""Every table in one place, for migrations and tests."""

from app.access.audit import models as audit
from app.access.clinics import models as clinics
from app.access.identity import models as identity
from app.access.identity_providers import models as identity_providers
from app.access.notices import models as notices
from app.access.oauth import models as oauth
from app.access.practitioners import models as practitioners
from app.access.sign_in import models as sign_in
from app.core import erased, idempotency, rotation, vault
from app.core.database import Base
from app.record.care_team import models as care_team
from app.record.client_requests import models as client_requests
from app.record.clients import models as clients
from app.record.disclosures import models as disclosures
from app.record.emergency_access import models as emergency_access
from app.record.erasures import models as erasures
from app.record.goal_ratings import models as goal_ratings
from app.record.notes import models as notes
from app.record.private_notes import models as private_notes
from app.record.retention import models as retention
from app.record.sessions import models as sessions
from app.record.treatments import models as treatments

MODULES = (
    vault,
    rotation,
    erased,
    idempotency,
    clinics,
    practitioners,
    identity,
    sign_in,
    identity_providers,
    audit,
    notices,
    oauth,
    care_team,
    clients,
    emergency_access,
    treatments,
    goal_ratings,
    sessions,
    notes,
    private_notes,
    client_requests,
    disclosures,
    retention,
    erasures,
)
"""Importing them is what fills the metadata."""

metadata = Base.metadata
