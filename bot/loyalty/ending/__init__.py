"""Points end: what is over is posted, and what had no last day is given one where somebody asks."""
