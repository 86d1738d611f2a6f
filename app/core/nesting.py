"""How deep a JSON text may nest, found out before anything parses it. Pure."""

import re

DEEPEST = 64
"""Nothing here nests deeper than 8; a parser that follows 900 levels runs out of stack."""
_TEXTS_AND_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[{}\]]', re.DOTALL)


def nests_too_deep(text: str) -> bool:
    """Say whether a JSON text nests deeper than anything sensible does."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return False
    depth = 0
    for found in _TEXTS_AND_BRACKETS.finditer(text):
        character = text[found.start()]
        depth += (character in "[{") - (character in "]}")
        if depth > DEEPEST:
            return True
    return False
