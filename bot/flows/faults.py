"""Every fault that `flows check` knows: its code, its words and its mend; docs/flow-faults.md is made from this.

`python -m bot.flows.faults` prints it.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from bot.core.i18n import N_, Phrase


@dataclass(frozen=True, slots=True)
class Kind:
    """What a code means.

    Attributes:
        message: one sentence without a full stop; `{name}` stands for a value of the fault.
        mend: what to do about it.
    """

    message: str
    mend: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, at one place.

    Attributes:
        file: as the admin named it.
        line: from 1.
        column: from 1, in characters.
        code: one of KINDS; stable.
        values: what the words name.
        advice: what to do, where more is known than the code's mend says.
    """

    file: str
    line: int
    column: int
    code: str
    values: Mapping[str, str | Phrase] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    advice: Phrase | None = None

    @property
    def is_note(self) -> bool:
        """A note says what may surprise; it never keeps a bundle from being published."""
        return self.code.startswith("N")

    def told(self, translate: Callable[[str], str] = str) -> tuple[str, str]:
        """The same as sentences of a page; a name that begins one stays as it is written."""
        message, mend = self.words(translate)
        begin = message[:1] if KINDS[self.code].message.startswith("{") else message[:1].upper()
        return f"{begin}{message[1:]}.", mend

    @property
    def message(self) -> str:
        """What is wrong, in English."""
        return self._message.said(str)

    @property
    def mend(self) -> str:
        """What to do about it, in English."""
        return self._mend.said(str)

    def words(self, translate: Callable[[str], str] = str) -> tuple[str, str]:
        """What is wrong, and what to do about it, in the words that `translate` gives."""
        return self._message.said(translate), self._mend.said(translate)

    def sentence(self, translate: Callable[[str], str] = str) -> str:
        """`file:line:column CODE message. Mend.`, in the words that `translate` gives."""
        message, mend = self.words(translate)
        return f"{self.file}:{self.line}:{self.column} {self.code} {message}. {mend}"

    @property
    def _message(self) -> Phrase:
        return Phrase(KINDS[self.code].message, self.values)

    @property
    def _mend(self) -> Phrase:
        """A name that was probably meant goes before what its kind says."""
        if self.advice is not None:
            return self.advice
        return Phrase(DID_YOU_MEAN if "near" in self.values else KINDS[self.code].mend, self.values)

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """Sorts faults as a reader meets them."""
        return (self.file, self.line, self.column, self.code, self.message)


DID_YOU_MEAN = N_("Did you mean {near}?")
WRITE_LINE = N_("Write this line as: {line}")

KINDS: Mapping[str, Kind] = {
    "Y01": Kind(
        N_("this line cannot be read as YAML"),
        N_("Check its quotes, brackets, colons and indentation, and those of the line above."),
    ),
    "Y02": Kind(N_("the file is not UTF-8 but {encoding}"), N_("Save it as UTF-8 in your editor.")),
    "Y03": Kind(N_("text starting with {start} needs quotes"), N_("Write it as {quoted}.")),
    "Y04": Kind(N_("text with a colon and a blank needs quotes"), N_("Write it as {quoted}.")),
    "Y05": Kind(
        N_("the text ends before #, the rest counts as a comment"),
        N_("Put quotes around the whole text, or two blanks before a comment and one after its #."),
    ),
    "Y06": Kind(
        N_("{what} is not understood here: anchors, aliases, tags and merge keys are not taken"),
        N_("Write out what it stands for wherever it is meant; if it is text, put it in quotes."),
    ),
    "Y07": Kind(N_("{key} stands here twice"), N_("Keep one of them; the other is in line {line}.")),
    "Y08": Kind(
        N_("{key} and {other} are the same answer after comparing"),
        N_("Keep one of them; the other is in line {line}."),
    ),
    "Y09": Kind(N_("nothing stands here"), N_("Write what belongs there, or delete the line.")),
    "Y10": Kind(N_("the invisible character {character} is not allowed"), N_("Delete it, or type the text anew.")),
    "Y11": Kind(
        N_("a second document begins here"), N_("One file is one bundle: move what follows --- to a file of its own.")
    ),
    "Y12": Kind(N_("the file is too big: {problem}"), N_("Split it into several bundles.")),
    "Y13": Kind(N_("a tab cannot indent"), N_("Begin this line with {count} blanks and no tab.")),
    "Y14": Kind(
        N_("this text between brackets needs quotes"),
        N_("Put each text of the list in quotes, or give each a line of its own that begins with a dash."),
    ),
    "Y15": Kind(N_("the file is empty"), N_("Begin with `bundle: name`.")),
    "Y16": Kind(N_("the file is not a bundle: it has no keys"), N_("Begin with `bundle: name`.")),
    "Y17": Kind(N_("the quote that opens here is never closed"), WRITE_LINE),
    "Y18": Kind(N_("an entry of a list begins with a dash and a blank"), WRITE_LINE),
    "Y19": Kind(N_("a colon and a blank must stand between {key} and its value"), WRITE_LINE),
    "Y20": Kind(N_("this line begins at the wrong place"), N_("Put {count} blanks before it.")),
    "Y21": Kind(N_("the brackets of this line do not match"), WRITE_LINE),
    "Y22": Kind(N_("between double quotes a backslash has a meaning of its own"), N_("Write it as {quoted}.")),
    "Y23": Kind(N_("{sign} is no quote here, so people would see it"), WRITE_LINE),
    "Y24": Kind(
        N_("this is no plain text but {kind}"),
        N_("Save it as plain text (UTF-8), or copy what you see into a new file of an editor for plain text."),
    ),
    "Y25": Kind(N_("this is not part of a bundle: {text}"), N_("Delete this line.")),
    "Y26": Kind(
        N_("two versions of the same lines stand here, between lines that a merge left"),
        N_("Keep lines {first} or lines {second}, and delete the others of lines {all}."),
    ),
    "Y27": Kind(N_("a comma must stand between two entries, and only one"), WRITE_LINE),
    "Y28": Kind(N_("{sign} does not belong at the end of this line"), WRITE_LINE),
    "Y29": Kind(N_("a comment begins with #"), WRITE_LINE),
    "Y30": Kind(N_("a quote within the text ends it"), N_("Write it as {quoted}.")),
    "Y31": Kind(N_("this blank is no ordinary one ({character})"), N_("Delete it and type it anew.")),
    "Y32": Kind(N_("no dash belongs here"), WRITE_LINE),
    "Y33": Kind(
        N_("a text of several lines begins below its key"),
        N_("Write this line as: {line} And begin the text on the next line, indented like its other lines."),
    ),
    "Y34": Kind(
        N_("{text} may be one number or two"),
        N_("Write {one} where it is one, or {two} where they are two."),
    ),
    "Y35": Kind(
        N_("{sign} ends no line here, and {key} is an entry of its own"),
        N_("Write this line as: {line} And begin the next line, after {count} blanks, with: {rest}"),
    ),
    "Y36": Kind(N_("a comma ends the text between braces"), WRITE_LINE),
    "S01": Kind(N_("{key} is not known here"), N_("Known here: {known}.")),
    "S02": Kind(N_("{key} is missing"), N_("Add it.")),
    "S03": Kind(N_("{key} must be text"), N_("Write it in one piece, in quotes.")),
    "S04": Kind(N_("{key} must be a list"), N_("Write each entry on a line of its own, after a dash.")),
    "S05": Kind(N_("{key} must have keys of its own"), N_("Write them below it, indented, as `key: value`.")),
    "S06": Kind(N_("{key} must be a whole number"), N_("Write digits without quotes.")),
    "S07": Kind(N_("{key} must be true or false"), N_("Write true or false without quotes.")),
    "S08": Kind(N_("{value} is not one of {choices}"), N_("Write one of them.")),
    "S09": Kind(
        N_("{value} cannot be a name"),
        N_("Use letters, digits, _, - and . without blanks; in names that templates say only letters, digits and _."),
    ),
    "S10": Kind(N_("{value} is not a locale"), N_("Write a language, or language and region: en, pt-BR.")),
    "S11": Kind(N_("{value} is not a length of time"), N_("Write a number and s, m, h or d: 30m, 24h, 7d.")),
    "S12": Kind(N_("{key} is longer than {limit} characters"), N_("Shorten it.")),
    "S13": Kind(N_("{key} has more than {limit} entries"), N_("Keep fewer.")),
    "S14": Kind(N_("{key} is empty"), N_("Write something there, or leave it out.")),
    "S15": Kind(N_("{key} must be {bound}"), N_("Keep to the limit.")),
    "S16": Kind(N_("exactly one of {first} and {second} must be given"), N_("Give the one, leave out the other.")),
    "S17": Kind(
        N_("options and expect exclude each other"),
        N_("Keep options to offer answers, or expect to check free text."),
    ),
    "S18": Kind(
        N_("buttons and list exclude each other"),
        N_("Keep buttons for a few short answers, or list for more of them."),
    ),
    "S19": Kind(N_("{key} must be a number"), N_("Write digits without quotes, with a point before decimals: -23.55.")),
    "S20": Kind(
        N_("{value} is not an address that providers can fetch"),
        N_("Write it as https://host/path; names in braces may stand after the host alone."),
    ),
    "S21": Kind(N_("{key} goes with an action alone"), N_("Give action, or delete it.")),
    "R01": Kind(N_("there is no template {name}"), N_("Write it under templates.")),
    "R02": Kind(N_("there is no flow {name}"), N_("Write it under flows.")),
    "R03": Kind(N_("there is no step {name} in flow {flow}"), N_("Steps there: {known}.")),
    "R04": Kind(N_("bundle {name} stands in {other} too"), N_("Give each file's bundle a name of its own.")),
    "R05": Kind(N_("key {name} is used twice"), N_("Give each its own; the other is in line {line}.")),
    "R06": Kind(
        N_("this trigger is the same as the one in line {line}"), N_("Keep one of them, or give each a key of its own.")
    ),
    "R07": Kind(N_("{name} is the bundle's own locale"), N_("Write these words as the template's own variants.")),
    "R08": Kind(N_("there is no file {name} beside the bundle"), N_("Put it there, or give its url instead.")),
    "R09": Kind(
        N_("{name} cannot be sent as {type}"),
        N_("Name a file of that kind, by its content, of at most {limit} MB."),
    ),
    "R10": Kind(
        N_("the files beside the bundle have more than {limit} MB together"),
        N_("Keep smaller ones, or give their url instead."),
    ),
    "R11": Kind(
        N_("no version of this bundle was published with the file {name}"),
        N_("Give its url instead, or publish it once with `flows load` from the folder in which it lies."),
    ),
    "T01": Kind(N_("the template is at fault: {reason}"), N_("{mend}")),
    "T02": Kind(
        N_("nothing gives {name} a value in {place}"), N_("Save it with save_as before, or declare it under variables.")
    ),
    "T03": Kind(
        N_("there is no {name}"),
        N_("Known are {known}; name a contact's own attribute under the template's variables."),
    ),
    "T04": Kind(N_("{name} is a name that templates keep for themselves"), N_("Choose another name.")),
    "P01": Kind(N_("the regular expression is at fault: {reason}"), N_("{mend}")),
    "P02": Kind(N_("the number range is at fault: {reason}"), N_("{mend}")),
    "P03": Kind(N_("the pattern is at fault: {reason}"), N_("{mend}")),
    "F01": Kind(
        N_("steps {steps} go round without ever waiting for an answer"),
        N_("Let one of them wait, or let the last one end."),
    ),
    "F02": Kind(
        N_("step {step} does not wait, so only default can be followed"),
        N_("Give it wait_input: true, or keep default alone."),
    ),
    "F03": Kind(N_("no answer to this step can be {answer}"), N_("Answers here: {known}.")),
    "F04": Kind(
        N_("step {step} offers options, and its template {name} choices of its own"),
        N_("Keep the options, or let another template ask."),
    ),
    "F05": Kind(
        N_("as numbered lines these choices are longer than a message on {channels} may be"),
        N_("Shorten them, or offer fewer."),
    ),
    "F06": Kind(
        N_("beside a header or buttons WhatsApp takes no parameter that is longer than {limit} characters"),
        N_("Shorten it."),
    ),
    "F07": Kind(
        N_("steps {steps} follow each other without waiting, and at most {limit} actions are done for one message"),
        N_("Let a step between them wait for an answer, or do fewer."),
    ),
    "A01": Kind(N_("there is no action {name}"), N_("Known are {known}.")),
    "A02": Kind(N_("{action} takes no {name}"), N_("It takes {known}.")),
    "A03": Kind(N_("{action} needs {name}"), N_("Add it under arguments: {form}.")),
    "A04": Kind(N_("{name} is not what {action} takes there"), N_("Write {form}.")),
    "A05": Kind(N_("{action} never comes to {outcome}"), N_("It comes to {known}.")),
    "A06": Kind(
        N_("nothing is said of what happens when {action} comes to {outcomes}"),
        N_("Name it under {key}, or add default there."),
    ),
    "A07": Kind(N_("{action} takes names of your own under {key}"), N_("Write it as: {line}")),
    "N01": Kind(
        N_("{label} is longer than the {limit} characters that WhatsApp shows"),
        N_("The choices become a list or numbered lines there; shorten it to keep it as it is."),
    ),
    "N02": Kind(N_("no way leads to step {step}"), N_("Let a transition go there, or delete it.")),
    "N03": Kind(N_("template {name} is used nowhere"), N_("Send it somewhere, or delete it.")),
    "N04": Kind(
        N_("the pattern matches every message"),
        N_("Triggers below it are never tried; fallback says words when nothing matched."),
    ),
    "N05": Kind(
        N_("{label} opts people out of our messages instead of answering, on {channels}"), N_("Choose another label.")
    ),
    "N06": Kind(
        N_("{word} opts people out before this trigger is looked at, on {channels}"),
        N_("Choose another word; who is opted out gets the confirmation of that alone."),
    ),
    "N07": Kind(
        N_("within a flow, {word} ends it instead of getting this answer"),
        N_("Name other words under escape_words, or choose another one here."),
    ),
    "N08": Kind(
        N_('{label} in line {line} is tried first, and answers "{example}"'),
        N_("Move this trigger above it, or give this one a higher priority."),
    ),
    "N09": Kind(
        N_('{word} is found inside of other words too, as in "{example}"'),
        N_("For the word alone write type: regex and pattern: {expression}."),
    ),
    "N10": Kind(N_("people see {written} as it stands here"), N_("To say its value, write {right}.")),
    "N11": Kind(
        N_("{text} is one text, and only a message with its signs matches"), N_("For several texts write {quoted}.")
    ),
    "N12": Kind(
        N_("this text goes in several messages on {channels}"),
        N_("They are numbered and end where sentences do; shorten it where one message is wanted."),
    ),
    "N13": Kind(
        N_("beside more than {limit} characters a file is not shown on {channels}; its address stands below them"),
        N_("Shorten the words, or send the file with a template of its own."),
    ),
    "N14": Kind(
        N_("where a file cannot be shown, its address is too long for a message on {channels}"),
        N_("Use a shorter address."),
    ),
}
"""By code, in families: Y the YAML, S its shape, R references, T templates, P patterns, F flows, A actions, N notes."""


def reference() -> str:
    """The page docs/flow-faults.md."""
    lines = [
        "# Faults of a bundle",
        "",
        "What `flows check` says, by code. Codes stay; words may improve. Notes (N…) never keep a bundle from being",
        "published. `{…}` stands for what the fault names.",
        "",
        "| code | what is wrong | mend |",
        "|---|---|---|",
    ]
    for code, kind in KINDS.items():
        message, mend = (each.replace("{{", "{").replace("|", "\\|") for each in (kind.message, kind.mend))
        lines.append(f"| {code} | {message} | {mend} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(reference())
