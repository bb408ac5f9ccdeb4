from bot.core.errors import Blame, BotError, NotConfiguredError, SignatureError
from bot.core.i18n import Phrase


def test_an_error_is_a_sentence_with_its_mend() -> None:
    assert str(BotError("the port is taken", mend="Choose another.")) == "the port is taken. Choose another."
    assert str(BotError("the port is taken")) == "the port is taken"


def test_a_sentence_that_stands_alone_begins_large_but_keeps_what_somebody_wrote() -> None:
    assert BotError("the port is taken", mend="Choose another.").sentence() == "The port is taken."
    assert BotError("{text} is no language", text="portuguese").sentence() == "portuguese is no language."
    assert BotError("http://x is no address").sentence() == "http://x is no address."


def test_the_sentence_is_translated_before_its_values_are_put_in() -> None:
    error = BotError("there is no bundle {name}", mend="See {command}.", name="{x}", command="flows list")
    assert str(error) == "there is no bundle {x}. See flows list."
    portuguese = {"there is no bundle {name}": "não há pacote {name}", "See {command}.": "Veja {command}."}
    assert error.words(portuguese.__getitem__) == ("não há pacote {x}", "Veja flows list.")


def test_the_input_is_to_blame_unless_said_otherwise() -> None:
    assert BotError("no").blame is Blame.INPUT
    assert SignatureError("no").blame is Blame.INPUT
    assert BotError("no", blame=Blame.SURROUNDINGS).blame is Blame.SURROUNDINGS


def test_a_missing_setting_is_named_with_where_to_set_it() -> None:
    error = NotConfiguredError("TWILIO_AUTH_TOKEN")
    assert error.setting == "TWILIO_AUTH_TOKEN"
    assert str(error) == "TWILIO_AUTH_TOKEN is not set. Set TWILIO_AUTH_TOKEN in the environment or in .env."


def test_a_phrase_among_the_values_is_said_in_the_same_language() -> None:
    error = BotError("it failed: {reason}", reason=Phrase("no {what}", {"what": "bread"}))
    portuguese = {"it failed: {reason}": "falhou: {reason}", "no {what}": "sem {what}"}
    assert error.message == "it failed: no bread"
    assert error.words(portuguese.__getitem__) == ("falhou: sem bread", "")
