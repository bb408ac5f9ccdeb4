"""Two contacts who are one person: their conversations made one, and two again."""
