"""What a step can be answered with, and whether its transitions fit that."""

from bot.engine.numbers import NumberRange, read_number
from bot.engine.text import compare_equal
from bot.flows.choices import Path, check_labels
from bot.flows.document import CollectInput, End, NumberExpected, StepDocument
from bot.flows.findings import Findings
from bot.flows.near import near


def check_answers(found: Findings) -> None:
    """Answers that are the same after comparing, that cannot be given, or that nobody waits for."""
    for flow, steps in found.parts.flows.items():
        for position, step in steps.items():
            path: Path = ("flows", flow, "steps", position)
            if isinstance(step, End):
                continue
            _alike(found, path, step)
            if not step.waits:
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
    wanted = NumberRange()
    if isinstance(step.expect, NumberExpected):
        try:
            wanted = NumberRange.parse(step.expect.number)
        except ValueError as error:
            mend = "Write 5, 1..10, '>=18', or '' for any number."
            found.add((*path, "expect", "number"), "P02", reason=str(error), mend=mend)
            return
    elif step.expect != "number":
        return
    locale = found.parts.own.get("locale", "en")
    for answer in step.transitions:
        number = read_number(answer, locale)
        if answer != "default" and (number is None or not wanted.contains(number)):
            known = step.expect.number if isinstance(step.expect, NumberExpected) else "0, 1, 2 …"
            found.add_at_key((*path, "transitions", answer), "F03", answer=answer, known=known)


def _options(found: Findings, path: Path, step: CollectInput) -> None:
    """Transitions that no option leads to, choices beside the options, and labels that surprise."""
    if not step.options:
        return
    labels = {compare_equal(label) for label in step.options}
    numbers = {str(number) for number in range(1, len(step.options) + 1)}
    for answer in step.transitions:
        if answer != "default" and compare_equal(answer) not in labels | numbers:
            values = near(answer, step.options)
            found.add_at_key((*path, "transitions", answer), "F03", answer=answer, **values)
    template = found.parts.templates.get(step.template)
    if template is not None and any(extras.choices for _, _, extras in template.localized("")):
        found.add((*path, "template"), "F04", step=step.key, name=step.template)
    check_labels(found, [((*path, "options", position), label) for position, label in enumerate(step.options)])
