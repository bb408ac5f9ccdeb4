"""The table of all that flows and triggers may do, as bundles are checked against it: without a database."""

from bot.conversations.contact_specs import CONTACT_SPECS
from bot.engine.actions import Specs
from bot.loyalty.action_specs import POINT_SPECS

SPECS: Specs = {each.name: each for each in (*CONTACT_SPECS, *POINT_SPECS)}
