"""The one unbound scope. It may read only what must be read before a clinic is known: credentials.

Under row-level security it sees no clinical row either. Used by `identity` and `health` alone; a test
lists its uses.
"""

from app.core.scope import Scope

SYSTEM = Scope(clinic_id=None)
