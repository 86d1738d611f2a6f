"""The synthetic clients of the demo clinic, one module each. Nobody here is a real person."""

from app.demo.stories.achterberg import MARLOW
from app.demo.stories.brandvold import OTTILIE
from app.demo.stories.castellane import JUNO
from app.demo.stories.dunmore import SASKIA
from app.demo.stories.fenwick import IDRIS
from app.demo.stories.halloway import WREN
from app.demo.stories.lorne import THEA
from app.demo.stories.mossgrove import LEANDER
from app.demo.stories.pellgrave import DARIO
from app.demo.stories.quill import BASTIAN
from app.demo.stories.ravensworth import KIT
from app.demo.stories.whitlock import AMARA

STORIES = (WREN, IDRIS, MARLOW, SASKIA, JUNO, OTTILIE, LEANDER, KIT, AMARA, DARIO, THEA, BASTIAN)
"""In the order in which they came to the clinic."""

__all__ = ["STORIES"]
