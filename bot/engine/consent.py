"""Opting out and in, which come before everything else."""

from datetime import timedelta

from bot.core.addresses import Channel
from bot.core.consents import Word, holds
from bot.engine.consent_words import is_marketing_opt_in, is_marketing_opt_out, is_opt_in, is_opt_out
from bot.engine.conversation import EndReason
from bot.engine.draft import Draft
from bot.engine.trace import Code

REMIND_EVERY = timedelta(days=1)


def settle_consent(draft: Draft) -> bool:
    """Take an opt-out or opt-in word, and keep silent towards whoever opted out; returns whether that was all.

    Confirmed once, and only where the provider has not done so itself. An opt-in word from someone who never opted
    out is a word like any other, but an opt-out from before it no longer counts. A word that was said before the one
    that holds changes nothing.
    """
    conversation, event = draft.conversation, draft.event
    if settle_opt_out(draft):
        return True
    if any(is_marketing_opt_in(each.equal) for each in draft.said):
        _settle_marketing(draft, opted_in=True)
        return True
    own = draft.definitions.opt_in_words
    comes_back = any(is_opt_in(each.equal, event.channel, own) for each in draft.said)
    if comes_back and not conversation.opted_out:
        draft.repeat_consent(opted_in=True)
    if not (conversation.opted_out or event.opt_out_handled):
        return False
    if conversation.opted_out and comes_back:
        _opt_in(draft, draft.said[0].equal)
    elif event.opt_out_handled and not comes_back:
        draft.note(Code.PROVIDER_ANSWERED)
    elif conversation.opted_out:
        _stay_silent(draft)
    else:
        # The provider took a word to come back from somebody who never left: to the bot a word like any other.
        return False
    return True


def settle_opt_out(draft: Draft) -> bool:
    """Take an opt-out word, of all messages or of marketing alone; returns whether it was one."""
    channel, own = draft.event.channel, draft.definitions.opt_out_words
    if any(is_opt_out(each.equal, channel, own) for each in draft.said):
        _settle_opt_out_of_all(draft)
    elif any(is_marketing_opt_out(each.equal) for each in draft.said):
        _settle_marketing(draft, opted_in=False)
    else:
        return False
    return True


def _settle_opt_out_of_all(draft: Draft) -> None:
    word = draft.said[0].equal
    if not _holds(draft, opted_in=False):
        draft.note(Code.OUTDATED_WORD, word=word)
        # What had been agreed to before it, and was not lifted by what came after, may still end with it.
        draft.repeat_consent(opted_in=False)
    elif draft.conversation.opted_out:
        draft.note(Code.OPT_OUT_AGAIN, word=word)
        draft.repeat_consent(opted_in=False)
    else:
        _opt_out(draft, word)


def _settle_marketing(draft: Draft, *, opted_in: bool) -> None:
    """Take a word about marketing; whoever wants no messages at all is not answered for it, and stays so."""
    word, conversation = draft.said[0].equal, draft.conversation
    if not holds(_word(draft, opted_in=opted_in), conversation.marketing):
        draft.note(Code.OUTDATED_WORD, word=word)
        return
    draft.note(Code.MARKETING_OPT_IN if opted_in else Code.MARKETING_OPT_OUT, word=word)
    draft.set_marketing_consent(opted_in=opted_in)
    if conversation.opted_out:
        _stay_silent(draft)
    elif not draft.event.opt_out_handled and not draft.event.late_seconds:
        draft.say_shipped(draft.words.marketing_opted_in if opted_in else draft.words.marketing_opted_out)


def _holds(draft: Draft, *, opted_in: bool) -> bool:
    return holds(_word(draft, opted_in=opted_in), draft.conversation.consent)


def _word(draft: Draft, *, opted_in: bool) -> Word:
    return Word(opted_in, draft.event.heard_at or draft.now, draft.event.said_at)


def _opt_in(draft: Draft, word: str) -> None:
    if not _holds(draft, opted_in=True):
        draft.note(Code.OUTDATED_WORD, word=word)
        return
    draft.note(Code.OPT_IN, word=word)
    draft.set_consent(opted_in=True)
    if not draft.event.opt_out_handled:
        draft.say_shipped(draft.words.opted_in)


def _opt_out(draft: Draft, word: str) -> None:
    draft.note(Code.OPT_OUT, word=word)
    draft.set_consent(opted_in=False)
    # What came late is not answered.
    if not draft.event.opt_out_handled and not draft.event.late_seconds:
        draft.say_shipped(draft.words.opted_out, despite_opt_out=True)
    instance = draft.conversation.instance
    if instance is not None:
        draft.end(instance, EndReason.OPTED_OUT, draft.definitions.flows.get(instance.flow_id))


def _stay_silent(draft: Draft) -> None:
    draft.note(Code.OPTED_OUT_SILENT)
    last = draft.conversation.reminded_at
    if draft.event.channel is Channel.WHATSAPP and (last is None or draft.now - last >= REMIND_EVERY):
        draft.note(Code.REMINDED)
        draft.say_shipped(draft.words.how_to_return, despite_opt_out=True)
        draft.change(reminded_at=draft.now)
