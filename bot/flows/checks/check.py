"""Every fault of a set of files at once; where there is none, the bundles to publish."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.engine.actions import NO_SPECS, Specs
from bot.engine.patterns import Candidate, Pattern, PatternFault, compile_pattern
from bot.flows.bundled import CheckedBundle, find_kept, read_files
from bot.flows.checks.actions import check_actions
from bot.flows.checks.answers import check_answers
from bot.flows.checks.choices import check_choices
from bot.flows.checks.expressions import check_expressions
from bot.flows.checks.lengths import check_lengths
from bot.flows.checks.paths import check_paths
from bot.flows.checks.rows_of_actions import check_rows_of_actions
from bot.flows.checks.surprises import check_surprises
from bot.flows.faults import Fault
from bot.flows.yaml.findings import Findings
from bot.flows.yaml.glued import check_glued
from bot.flows.yaml.nodes import Node
from bot.flows.yaml.parse import parse, without_echoes
from bot.flows.yaml.references import check_references
from bot.flows.yaml.shape import shape

_PATTERN_CODES = {"regex": "P01", "number": "P02"}
_SAMPLES = ("", "oi", "\u4e2d\u6587 7")


@dataclass(frozen=True, slots=True)
class Source:
    """A file as read.

    Attributes:
        file: as the admin named it.
        data: its bytes.
        kept: the files beside it by their name, as messages name them, where they are kept already; None where they
            lie in the folder of `file`.
    """

    file: str
    data: bytes
    kept: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a check.

    Attributes:
        bundles: of the files without a fault, in the order given.
        faults: sorted by file and place.
        notes: what may surprise but is no fault, sorted likewise.
        names: by file, what it calls its bundle; None where that cannot be read.
    """

    bundles: tuple[CheckedBundle, ...]
    faults: tuple[Fault, ...]
    notes: tuple[Fault, ...]
    names: Mapping[str, str | None] = field(default_factory=dict)


def check(sources: Iterable[Source], specs: Specs = NO_SPECS) -> Checked:
    """Check files that are to serve together; whatever their bytes are, the answer is faults, never an exception.

    Args:
        sources: the files.
        specs: what flows and triggers may do.
    """
    reports = [_check(source, specs) for source in sources]
    faults = [fault for report in reports for fault in report.faults]
    faults += _same_names(reports)
    at_fault = {fault.file for fault in faults if not fault.is_note}
    ordered = sorted(faults, key=lambda fault: fault.order)
    return Checked(
        tuple(report.bundle for report in reports if report.bundle is not None and report.source.file not in at_fault),
        tuple(fault for fault in ordered if not fault.is_note),
        tuple(fault for fault in ordered if fault.is_note),
        {report.source.file: report.bundle_name for report in reports},
    )


@dataclass(frozen=True, slots=True)
class _Report:
    source: Source
    found: Findings | None
    faults: Sequence[Fault]
    bundle: CheckedBundle | None = None

    @property
    def bundle_name(self) -> str | None:
        return None if self.found is None else self.found.parts.own.get("bundle")


def _check(source: Source, specs: Specs) -> _Report:
    parsed = parse(source.file, source.data)
    if parsed.root is None:
        return _Report(source, None, parsed.faults)
    parts = shape(source.file, parsed.root)
    found = Findings(source.file, parts, parsed.text.split("\n"))
    check_references(found)
    check_answers(found)
    check_choices(found)
    check_lengths(found)
    check_glued(found)
    files = read_files(found) if source.kept is None else {}
    kept = {} if source.kept is None else find_kept(found, source.kept)
    patterns = _patterns(found)
    check_actions(found, specs)
    paths = check_paths(found, specs)
    check_rows_of_actions(found, paths)
    check_expressions(found, paths, specs)
    if parts.document is not None:
        check_surprises(found, patterns)
    faults = tuple(without_echoes(parsed.faults, parts.faults, found.faults))
    bundle = None
    if parts.document is not None:
        bundle = CheckedBundle(source.file, parts.document, parsed.text, files, kept)
    return _Report(source, found, faults, bundle)


def _patterns(found: Findings) -> dict[int, Pattern]:
    """The patterns of the triggers, by position, without those that match everything, which is noted once."""
    patterns = {}
    for position, trigger in found.parts.triggers.items():
        path = ("triggers", position, "pattern")
        try:
            pattern = compile_pattern(trigger.type, trigger.pattern)
        except PatternFault as fault:
            code = _PATTERN_CODES.get(trigger.type, "P03")
            found.add(path, code, reason=fault.reason, mend=fault.advice)
            continue
        if trigger.type == "regex" and all(pattern.matches(Candidate(sample, "en")) for sample in _SAMPLES):
            found.add(path, "N04")
        else:
            patterns[position] = pattern
    return patterns


def _same_names(reports: Sequence[_Report]) -> list[Fault]:
    """A fault in each file whose bundle another has too, as none is known to be the right one.

    It names the nearest of those before it; that of the first names the next.
    """
    sharing: dict[str, dict[str, Node]] = {}
    for report in reports:
        if report.found is not None and report.bundle_name is not None:
            sharing.setdefault(report.bundle_name, {})[report.source.file] = report.found.place(("bundle",))
    faults = []
    for name, places in sharing.items():
        files = list(places)
        for file, other in zip(files, [*files[1:2], *files], strict=False):
            if other != file:
                faults.append(
                    Fault(file, places[file].line, places[file].column, "R04", {"name": name, "other": other})
                )
    return faults
