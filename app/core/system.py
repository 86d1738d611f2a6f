"""The one unbound scope. It may read only what must be read before a clinic is known: clinics and credentials.

Under row-level security it sees no clinical row either. Importable by `identity`, `cli` and `main` alone; a test
lists its uses.
"""

from app.core.scope import Scope

SYSTEM = Scope(clinic_id=None)
