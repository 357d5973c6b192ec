"""Where the rest of the house looks for it; it is core's."""

from lianfang.core.sheets import Chunk, chunks

__all__ = ["Chunk", "chunks"]
