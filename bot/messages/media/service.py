"""The public face of files: those that come with messages, and the links by which they are shown.

What is composed stands beside it: the fetcher, the store and the views.
"""

from bot.messages.media.attached import (
    StoredFile,
    are_enclosed,
    files_in,
    files_shown,
    is_refused,
    media_of,
    own_kind,
    shown_as,
)
from bot.messages.media.files import Files, FileVerdict, counted, entries, file_rows, told
from bot.messages.media.links import link_of_file
from bot.messages.media.queries import INSERT_FILES, FileRow, FileView, files_of
from bot.messages.media.references import link_of_media
from bot.messages.media.uploaded import store_file

__all__ = [
    "INSERT_FILES",
    "FileRow",
    "FileVerdict",
    "FileView",
    "Files",
    "StoredFile",
    "are_enclosed",
    "counted",
    "entries",
    "file_rows",
    "files_in",
    "files_of",
    "files_shown",
    "is_refused",
    "link_of_file",
    "link_of_media",
    "media_of",
    "own_kind",
    "shown_as",
    "store_file",
    "told",
]
