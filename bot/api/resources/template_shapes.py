"""Templates as programs see them that send them."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from bot.api.shapes import Page, PageQuery, Shown, Text
from bot.core.addresses import Channel
from bot.engine.definitions import BundleRules, LocalizedTemplate
from bot.engine.definitions import Template as Compiled
from bot.flows.service import variables_of


class Part(StrEnum):
    """Something that goes along with a template's words."""

    CHOICES = "choices"
    MEDIA = "media"
    LOCATION = "location"
    WHATSAPP = "whatsapp"
    """An approved template."""
    SUBJECT = "subject"
    HTML = "html"


_CHANNELS = {Part.WHATSAPP: Channel.WHATSAPP, Part.SUBJECT: Channel.EMAIL, Part.HTML: Channel.EMAIL}


class TemplateVariable(Shown):
    """Something that a template says, and does not know by itself."""

    name: str
    default: Annotated[str | None, Field(description="Said where it is not given; null: then it has to be given.")]


class ApprovedTemplate(Shown):
    """A template that WhatsApp has approved."""

    name: str
    language: Annotated[str, Field(description="As WhatsApp spells it.")]


class TemplateLanguage(Shown):
    """A template in one language."""

    locale: str
    texts: Annotated[list[str], Field(description="As they were written; one of them is said. Empty: no words.")]
    parts: Annotated[list[Part], Field(description="What goes along with the words.")]
    approved: Annotated[
        ApprovedTemplate | None,
        Field(description="What goes on WhatsApp more than a day after the person wrote; null: nothing can."),
    ]

    @classmethod
    def of(cls, locale: str, localized: LocalizedTemplate) -> "TemplateLanguage":
        """As it is served."""
        approved = None if localized.extras is None else localized.extras.approved
        return cls(
            locale=locale,
            texts=[each.source for each in localized.variants if each.source],
            parts=list(_parts(localized)),
            approved=None if approved is None else ApprovedTemplate(name=approved.name, language=approved.language),
        )


class Template(Shown):
    """What can be sent, with the values that it takes."""

    name: Annotated[str, Field(description="As `template` of `POST /messages`: `bundle/key`.")]
    bundle: str
    version: Annotated[int, Field(description="Of the bundle.")]
    variables: Annotated[list[TemplateVariable], Field(description="What it says beside the contact's own.")]
    languages: Annotated[list[TemplateLanguage], Field(description="The bundle's own first; others hear that one.")]
    channels: Annotated[
        list[Channel],
        Field(
            description=(
                "For which it has something of its own: `whatsapp` an approved template, `email` a subject or HTML. "
                "Its words go on every channel."
            )
        ),
    ]

    @classmethod
    def of(cls, name: str, template: Compiled, bundle: BundleRules) -> "Template":
        """As it is served."""
        said = {bundle.locale: template.base, **template.locales}
        languages = [TemplateLanguage.of(locale, each) for locale, each in said.items()]
        channels = {_CHANNELS[part] for each in languages for part in each.parts if part in _CHANNELS}
        return cls(
            name=name,
            bundle=bundle.name,
            version=bundle.version,
            variables=[TemplateVariable(name=each, default=value) for each, value in variables_of(template).items()],
            languages=languages,
            channels=sorted(channels),
        )


class TemplatePage(Page[Template]):
    """Some templates."""


class TemplateQuery(PageQuery):
    """Which templates."""

    search: Annotated[Text, Field(max_length=200, description="A part of the name.")] = ""
    bundle: Annotated[tuple[Text, ...], Field(description="To one of which they belong.")] = ()


def _parts(localized: LocalizedTemplate) -> Iterator[Part]:
    extras = localized.extras
    if extras is None:
        return
    carried = {
        Part.CHOICES: extras.choices,
        Part.MEDIA: extras.media,
        Part.LOCATION: extras.place,
        Part.WHATSAPP: extras.approved,
        Part.SUBJECT: extras.subject,
        Part.HTML: extras.html,
    }
    yield from (part for part, value in carried.items() if value)
