"""Templates: what programs can send, with the values that it takes."""

from types import MappingProxyType

from bot.api.operations import Call, NoBody, NoQuery, Operation, Resource
from bot.api.problems import not_found
from bot.api.resources.template_shapes import Template, TemplatePage, TemplateQuery
from bot.conversations.views import INTAKE
from bot.core.permissions import Permission


async def list_(call: Call[TemplateQuery, NoBody]) -> TemplatePage:
    """A page of them, by name."""
    query, served = call.query, call.app[INTAKE].catalogue.definitions.templates
    words, after = query.search.lower(), call.cursors.after_text or ""
    fitting = sorted(
        name
        for name, (_template, bundle) in served.items()
        if name > after and words in name.lower() and (not query.bundle or bundle.name in query.bundle)
    )
    names, following = call.cursors.page(fitting[: call.cursors.wanted], lambda name: (name,))
    return TemplatePage(data=[Template.of(name, *served[name]) for name in names], next=following)


async def get(call: Call[NoQuery, NoBody]) -> Template:
    """One of them."""
    name = f"{call.path['bundle']}/{call.path['key']}"
    found = call.app[INTAKE].catalogue.definitions.templates.get(name)
    if found is None:
        raise not_found("template")
    return Template.of(name, *found)


TEMPLATES = Resource(
    "templates",
    "What can be sent by `POST /messages`: the templates of the bundles that are published.",
    (
        Operation(
            name="list_templates",
            method="GET",
            path="/templates",
            scope=Permission.BUNDLES_READ,
            summary="List templates",
            description="By name. What was published a moment ago may take a second to be among them.",
            handle=list_,
            query=TemplateQuery,
            result=TemplatePage,
            example=MappingProxyType({"query": {"bundle": "shop"}}),
        ),
        Operation(
            name="get_template",
            method="GET",
            path="/templates/{bundle}/{key}",
            scope=Permission.BUNDLES_READ,
            summary="Get a template",
            handle=get,
            result=Template,
            example=MappingProxyType({"path": {"bundle": "shop", "key": "hours"}}),
        ),
    ),
)
