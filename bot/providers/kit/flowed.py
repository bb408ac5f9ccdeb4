"""Lines that a mail program broke only to keep them short (RFC 3676), joined again."""

_SIGNATURE = "-- "


def unflowed(text: str, *, delsp: bool = False) -> str:
    r"""A text of `format=flowed` with its soft line breaks taken out.

    Args:
        text: its lines, ended by a line feed.
        delsp: the blank before a soft break is none of the text, as in languages without blanks.

    >>> unflowed("a large \npizza\n> Which \n> size?")
    'a large pizza\n> Which size?'
    """
    lines: list[str] = []
    pieces: list[str] = []
    before = 0
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        # A signature and another depth begin anew, though the line before should not have said that it goes on.
        if pieces and (before != depth or content == _SIGNATURE):
            lines.append("".join(pieces))
            pieces = []
        if not pieces and depth:
            pieces.append(f"{'>' * depth} ")
        soft = content.endswith(" ") and content != _SIGNATURE
        pieces.append(content[:-1] if soft and delsp else content)
        before = depth
        if not soft:
            lines.append("".join(pieces))
            pieces = []
    return "\n".join([*lines, "".join(pieces)] if pieces else lines)
