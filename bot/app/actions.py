"""The table of all that flows and triggers may do."""

from bot.conversations.contact_actions import CONTACT_ACTIONS
from bot.flows.service import Actions, table
from bot.loyalty.service import POINT_ACTIONS

ACTIONS: Actions = table(*CONTACT_ACTIONS, *POINT_ACTIONS)
