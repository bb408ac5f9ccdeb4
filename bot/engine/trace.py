"""What a turn can find or do, one code each; `why` tells them in words."""

from enum import StrEnum


class Code(StrEnum):
    """The code of a TraceEntry; the names in brackets are the keys of its data.

    Flows stand as `bundle/flow`, triggers by their label, steps, templates and variables by their name.
    """

    # Why the bot kept out of it.
    REACTION = "reaction"
    """A reaction runs no turn."""
    AUTOMATIC = "automatic"
    """A machine wrote it, or none should answer it (why)."""
    LATE = "late"
    """It came long after it had been said (seconds)."""
    PROVIDER_ANSWERED = "provider_answered"
    """The provider has answered this word itself."""
    OPTED_OUT_SILENT = "opted_out_silent"
    """The person has opted out."""
    PAUSED = "paused"
    """Handed over to a person (flow, until: ISO 8601, or null)."""
    SILENT = "silent"
    """Nothing was said in this turn."""

    # The brake.
    BRAKED_SAME_ANSWER = "braked_same_answer"
    """The same answer was given too often (times, within_seconds, seconds: until it may be given again)."""
    BRAKED_TURNS = "braked_turns"
    """Too many messages were answered (times, within_seconds, seconds: until the next may be)."""
    BRAKE_ON = "brake_on"
    """With this message the bot fell silent; what follows within that time is not told anew."""
    BRAKE_HANDED_OVER = "brake_handed_over"
    """So a person is to take over (until: ISO 8601)."""

    # Consent.
    OPT_OUT = "opt_out"
    """An opt-out word (word)."""
    OPT_OUT_AGAIN = "opt_out_again"
    """An opt-out word from someone who is opted out already (word)."""
    OUTDATED_WORD = "outdated_word"
    """An opt-out or opt-in word, said before the one that holds (word)."""
    OPT_IN = "opt_in"
    """An opt-in word from someone who was opted out (word)."""
    REMINDED = "reminded"
    """Someone opted out was told how to come back."""

    # What had become of the running instance before this message.
    EXPIRED = "expired"
    """It was idle for too long (flow, step, idle_seconds, expire_after_seconds)."""
    HANDOFF_OVER = "handoff_over"
    """The hand-off's hours have passed (flow, until: ISO 8601)."""
    FLOW_LOST = "flow_lost"
    """Its flow is no longer there (flow_id)."""
    STEP_LOST = "step_lost"
    """A step that is not there, or cannot wait for an answer (flow, step)."""

    # Triggers.
    TRIGGER_MATCHED = "trigger_matched"
    """(trigger, bundle, type, interrupt)."""
    TRIGGER_COOLING_DOWN = "trigger_cooling_down"
    """It matched, but answered a moment ago (trigger, bundle, seconds: until it may again)."""
    NO_TRIGGER = "no_trigger"
    """None matched (tried: how many were looked at)."""

    # Flows.
    FLOW_STARTED = "flow_started"
    """(flow, trigger)."""
    INTERRUPTED = "interrupted"
    """The running instance made way for an interrupting trigger's flow (flow, step)."""
    ESCAPED = "escaped"
    """An escape word (word, flow, step)."""
    STEP_ENTERED = "step_entered"
    """(flow, step, type)."""
    ANSWER_TAKEN = "answer_taken"
    """(flow, step, save_as, or empty)."""
    ANSWER_REFUSED = "answer_refused"
    """(flow, step, why: one of `answers.Refusal`, attempt, attempts)."""
    ATTEMPTS_USED_UP = "attempts_used_up"
    """(flow, step, otherwise: the step to go to, or empty)."""
    TRANSITION = "transition"
    """(flow, step, to: a step, or empty for the end of the flow)."""
    LOOP_CUT = "loop_cut"
    """Steps that never wait went round, or were too many for one turn (flow, step, steps)."""
    HANDED_OVER = "handed_over"
    """(flow, step, until: ISO 8601)."""
    FLOW_ENDED = "flow_ended"
    """(flow, reason: an EndReason)."""

    # Words.
    SAID = "said"
    """(template, variant: from 1, locale: as in the bundle, or empty for its own)."""
    VARIABLE_MISSING = "variable_missing"
    """A printed variable had no value (template, name, default)."""
    TEXT_CUT = "text_cut"
    """The words were too long (template)."""
    PART_LEFT_OUT = "part_left_out"
    """A file or a mail's HTML was too long, or its address lacked a value (template, part: media, html or whatsapp)."""
    TEXT_EMPTY = "text_empty"
    """The template gave nothing to say (template)."""
    UNSUPPORTED = "unsupported"
    """There is no text in it to answer (kind; words_in: the file that its words are packed in, where they are)."""
    WELCOME = "welcome"
    """The first words to someone new (bundle)."""
    FALLBACK = "fallback"
    """Nothing matched (bundle)."""
    FALLBACK_RECENT = "fallback_recent"
    """Nothing matched, and that was said less than ten minutes ago (seconds: until it may again)."""
