"""The `peers` part alone."""

import sys

from bench.__main__ import main

if __name__ == "__main__":
    sys.exit(main(["peers"]))
