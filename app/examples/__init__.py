"""What the document shows: one story with the same people, an example of each body that is sent or answered.

The names are those of the schemas. What a schema already shows of itself wins, lists and pages show their items, and
`core.openapi_examples` puts all of them where tools look. A test checks each against its schema. Everybody is invented.
"""

from typing import Any

from app.examples import access, course, notes, programs, rights, timeline

EXAMPLES: dict[str, dict[str, Any]] = {
    **access.EXAMPLES,
    **programs.EXAMPLES,
    **course.EXAMPLES,
    **notes.EXAMPLES,
    **rights.EXAMPLES,
    **timeline.EXAMPLES,
}
"""By schema name."""
