"""YAML as people write it: read beyond its mistakes, each told at its place with a mend."""
