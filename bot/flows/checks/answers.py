"""What a step can be answered with, and whether its transitions fit that."""

from collections.abc import Sequence

from bot.core.did_you_mean import near
from bot.core.i18n import N_, Phrase
from bot.engine.numbers import NumberRange, RangeFault, read_number
from bot.engine.text import compare_equal
from bot.flows.checks.choices import Path, check_labels
from bot.flows.yaml.document import ActionStep, CollectInput, End, NumberExpected, StepDocument
from bot.flows.yaml.document_extras import ExtrasDocument, has_variables
from bot.flows.yaml.findings import Findings


def check_answers(found: Findings) -> None:
    """Answers that are the same after comparing, that cannot be given, or that nobody waits for."""
    for flow, steps in found.parts.flows.items():
        for position, step in steps.items():
            path: Path = ("flows", flow, "steps", position)
            if isinstance(step, End):
                continue
            _alike(found, path, step)
            if not step.waits and not isinstance(step, ActionStep):
                for answer in step.transitions:
                    if answer != "default":
                        found.add_at_key((*path, "transitions", answer), "F02", step=step.key)
            if isinstance(step, CollectInput):
                _expected(found, path, step)
                _options(found, path, step)


def _alike(found: Findings, path: Path, step: StepDocument) -> None:
    """Options among themselves, and transitions among themselves."""
    lists: list[tuple[list[tuple[Path, str]], bool]] = []
    if isinstance(step, CollectInput):
        lists.append(([((*path, "options", each), label) for each, label in enumerate(step.options)], False))
    if not isinstance(step, End):
        lists.append(([((*path, "transitions", answer), answer) for answer in step.transitions], True))
    for answers, of_key in lists:
        seen: dict[str, tuple[Path, str]] = {}
        for place, answer in answers:
            same = seen.setdefault(compare_equal(answer), (place, answer))
            if same[0] != place:
                line = str(found.place(same[0], of_key=of_key).line)
                add = found.add_at_key if of_key else found.add
                add(place, "Y08", key=answer, other=same[1], line=line)


def _expected(found: Findings, path: Path, step: CollectInput) -> None:
    """A number range that is none, and transitions that no number in it can take."""
    wanted, written = NumberRange(), ""
    if isinstance(step.expect, NumberExpected) and step.expect.kind == "number":
        written = step.expect.number or ""
        try:
            wanted = NumberRange.parse(written)
        except RangeFault as error:
            mend = Phrase(N_("Write 5, 1..10, '>=18', or '' for any number."))
            found.add((*path, "expect", "number"), "P02", reason=error.reason, mend=mend)
            return
    elif step.expect != "number":
        return
    locale = found.parts.own.get("locale", "en")
    offered = _offered(found, step)
    if offered is None:
        return
    names = set(map(compare_equal, offered))
    for answer in step.transitions:
        number = read_number(answer, locale)
        if (
            answer != "default"
            and compare_equal(answer) not in names
            and (number is None or not wanted.contains(number))
        ):
            found.add_at_key((*path, "transitions", answer), "F03", answer=answer, known=written or "0, 1, 2 …")


def _options(found: Findings, path: Path, step: CollectInput) -> None:
    """Transitions that no option or choice leads to, choices beside the options, and labels that surprise."""
    offered = _offered(found, step)
    answers = step.options or offered
    if answers and not step.free and step.expect in {None, "text"}:
        count = len(step.options) or max(len(each.choices) for each in _extras(found, step))
        names = set(map(compare_equal, answers)) | {str(number) for number in range(1, count + 1)}
        for answer in step.transitions:
            if answer != "default" and compare_equal(answer) not in names:
                found.add_at_key((*path, "transitions", answer), "F03", answer=answer, **near(answer, answers))
    if not step.options:
        return
    if offered is None or offered:
        found.add((*path, "template"), "F04", step=step.key, name=step.template)
    check_labels(found, [((*path, "options", position), label) for position, label in enumerate(step.options)])


def _offered(found: Findings, step: CollectInput) -> Sequence[str] | None:
    """The labels and ids of the choices that the step's template has in any locale; None where not all are known."""
    choices = [choice for each in _extras(found, step) for choice in each.choices]
    names = dict.fromkeys(name for choice in choices for name in (choice.label, choice.answer))
    return None if any(map(has_variables, names)) else list(names)


def _extras(found: Findings, step: CollectInput) -> Sequence[ExtrasDocument]:
    """What the step's template brings, in each of its locales."""
    template = found.parts.templates.get(step.template)
    return [] if template is None else [extras for _, _, extras in template.localized("")]
