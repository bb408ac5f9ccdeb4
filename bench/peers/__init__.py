"""Other chat bot servers beside ours: the same keyword bot, the same posts, the same provider to answer into.

python -m bench.peers
"""

from bench.peers.pairs import measure

__all__ = ("measure",)
