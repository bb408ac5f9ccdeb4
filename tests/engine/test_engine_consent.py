"""Opting out and in."""

from datetime import timedelta

from bot.core.addresses import Channel
from bot.core.consents import Word
from bot.engine.conversation import EndReason
from bot.engine.words import ENGLISH, Words
from tests.support.conversations import bundle, collect, end, flow, person, trigger
from tests.support.tables import for_each

PORTUGUESE = Words(
    opted_out="Você não receberá mais mensagens.",
    opted_in="Que bom ter você de volta!",
    marketing_opted_out="Sem promoções.",
    marketing_opted_in="Com promoções.",
    how_to_return="Escreva VOLTAR para voltar.",
    escaped="Certo, paramos por aqui.",
    not_understood="Não entendi.",
    unsupported="Só leio texto.",
    choose="Escolher",
)

SMS_ONLY = ["CANCEL", "END", "QUIT", "REVOKE", "SAIR", "CANCELAR"]


@for_each("channel", list(Channel))
@for_each("word", ["STOP", "Parar!", " descadastrar ", "unsubscribe."])
def test_an_opt_out_word_as_the_whole_message_is_confirmed_once(channel: Channel, word: str) -> None:
    ana = person(trigger("stop", "never said"), channel=channel)
    assert ana.says(word) == [ENGLISH.opted_out]
    assert ana.consents == [False]
    assert ana.sends[0].despite_opt_out
    assert ana.conversation.opted_out
    assert ana.says(word) == []
    assert ana.consents == []
    assert ana.codes == ["opt_out_again", "silent"]


@for_each("word", SMS_ONLY)
def test_on_sms_the_words_of_the_network_opt_out_too(word: str) -> None:
    ana = person(channel=Channel.SMS)
    assert ana.says(word) == [ENGLISH.opted_out]
    assert ana.found("opt_out")


@for_each("channel", [Channel.WHATSAPP, Channel.EMAIL])
@for_each("word", SMS_ONLY)
def test_elsewhere_they_are_words_like_any_other(channel: Channel, word: str) -> None:
    ana = person(trigger(word, "an answer"), channel=channel)
    assert ana.says(word) == ["an answer"]


def test_an_opt_out_word_within_a_sentence_means_nothing() -> None:
    ana = person()
    ana.says("please stop by at 5")
    assert ana.consents == []


def test_a_button_may_opt_out_by_its_title() -> None:
    ana = person()
    ana.presses("payload-7", "STOP")
    assert ana.consents == [False]


def test_on_sms_the_opt_out_meaning_wins_over_the_running_flow() -> None:
    order = flow(collect("size", options=("Cancelar", "Grande")))
    ana = person(trigger("pizza", order), channel=Channel.SMS)
    ana.says("pizza")
    ana.says("cancelar")
    assert ana.consents == [False]


def test_opting_out_ends_the_running_instance() -> None:
    ana = person(trigger("pizza", flow(collect("size"))))
    ana.says("pizza")
    ana.says("stop")
    assert ana.instance is None
    assert [each.end_reason for each in ana.last.instances] == [EndReason.OPTED_OUT]


def test_no_confirmation_where_the_provider_has_answered() -> None:
    ana = person(channel=Channel.SMS)
    assert ana.says("STOP", opt_out_handled=True) == []
    assert ana.consents == [False]
    assert ana.says("START", opt_out_handled=True) == []
    assert ana.consents == [True]


def test_a_word_that_the_provider_answers_by_itself_gets_no_second_answer() -> None:
    ana = person(trigger("help", "an answer"), channel=Channel.SMS)
    assert ana.says("HELP", opt_out_handled=True) == []
    assert ana.codes == ["provider_answered", "silent"]


@for_each("word", ["YES", "START"])
def test_a_word_to_come_back_is_an_ordinary_answer_of_someone_who_never_left(word: str) -> None:
    ana = person(trigger(word, "an answer"), channel=Channel.SMS)
    assert ana.says(word, opt_out_handled=True) == ["an answer"]


@for_each("channel", [Channel.SMS, Channel.EMAIL])
def test_someone_opted_out_is_met_with_silence(channel: Channel) -> None:
    ana = person(trigger("pizza", "an answer", interrupt=True), channel=channel)
    ana.says("stop")
    assert ana.says("pizza") == []
    assert ana.codes == ["opted_out_silent", "silent"]


def test_on_whatsapp_someone_opted_out_is_told_once_a_day_how_to_come_back() -> None:
    ana = person(trigger("pizza", "an answer"))
    ana.says("stop")
    assert ana.says("pizza") == [ENGLISH.how_to_return]
    assert ana.sends[0].despite_opt_out
    ana.waits(hours=23, minutes=59)
    assert ana.says("pizza") == []
    ana.waits(minutes=1)
    assert ana.says("pizza") == [ENGLISH.how_to_return]
    assert ana.codes == ["opted_out_silent", "reminded"]


@for_each("word", ["VOLTAR", "start!"])
@for_each("channel", list(Channel))
def test_an_opt_in_word_brings_someone_back_with_a_confirmation(word: str, channel: Channel) -> None:
    ana = person(trigger("pizza", "an answer"), channel=channel)
    ana.says("stop")
    assert ana.says(word) == [ENGLISH.opted_in]
    assert ana.consents == [True]
    assert not ana.sends[0].despite_opt_out
    assert ana.says("pizza") == ["an answer"]


def test_unstop_counts_on_sms_alone() -> None:
    for channel, consents in ((Channel.SMS, [True]), (Channel.WHATSAPP, [])):
        ana = person(channel=channel)
        ana.says("stop")
        ana.says("UNSTOP")
        assert ana.consents == consents


def test_an_opt_in_word_from_someone_who_never_left_is_a_word_like_any_other() -> None:
    ana = person(trigger("voltar", "back to the start"))
    assert ana.says("voltar") == ["back to the start"]
    assert ana.consents == []


def test_the_shipped_words_are_in_the_persons_language_else_the_bundles_else_english() -> None:
    words = {"pt": PORTUGUESE}
    order = flow(collect("size"), end("bye"))
    for rules, said in ((bundle(), PORTUGUESE.opted_out), (bundle(locale="fr"), ENGLISH.opted_out)):
        ana = person(trigger("pizza", order), bundles=[rules], words=words)
        assert ana.says("stop") == [said]
    assert person(bundles=[], words=words).says("stop") == [ENGLISH.opted_out]


OUT_OF_MARKETING = [
    "STOP PROMO",
    "PARAR PROMO",
    "sair promo",
    "Cancelar promoções!",
    "UNSUBSCRIBE PROMO",
    "Parar promoções, por favor",
    "pare de me mandar promoções",
    "Não quero mais receber promoções",
    "chega de promoções",
    "stop sending me offers please",
    "no more promos",
    "opt out of marketing",
]
IN_TO_MARKETING = ["START PROMO", "voltar promo", "Quero receber promoções", "subscribe promotions, thanks"]


@for_each("channel", list(Channel))
@for_each("word", OUT_OF_MARKETING)
def test_a_word_about_promotions_takes_these_alone(channel: Channel, word: str) -> None:
    ana = person(trigger("pizza", "an answer"), channel=channel)
    assert ana.says(word) == [ENGLISH.marketing_opted_out]
    assert [(each.opted_in, each.purpose) for each in ana.changes] == [(False, "marketing")]
    assert not ana.conversation.opted_out
    assert ana.codes == ["marketing_opt_out"]
    assert ana.says("pizza") == ["an answer"]


@for_each("word", IN_TO_MARKETING)
def test_a_word_that_agrees_to_promotions_is_confirmed(word: str) -> None:
    ana = person()
    assert ana.says(word) == [ENGLISH.marketing_opted_in]
    assert [(each.opted_in, each.purpose) for each in ana.changes] == [(True, "marketing")]
    assert ana.codes == ["marketing_opt_in"]


@for_each("word", ["promo", "promoções", "any promo today", "don't stop promo", "promo stop 12345", "yes"])
def test_other_words_about_promotions_are_words_like_any_other(word: str) -> None:
    ana = person(trigger(word, "an answer"))
    assert ana.says(word) == ["an answer"]
    assert ana.changes == []


def test_a_running_flow_goes_on_after_a_word_about_promotions() -> None:
    ana = person(trigger("pizza", flow(collect("size"))))
    ana.says("pizza")
    ana.says("stop promo")
    assert ana.instance is not None


def test_who_wants_no_messages_stays_so_whatever_they_say_of_promotions() -> None:
    ana = person()
    ana.says("stop")
    assert ana.says("start promo") == [ENGLISH.how_to_return]
    assert ana.conversation.opted_out
    assert [(each.opted_in, each.purpose) for each in ana.changes] == [(True, "marketing")]
    assert ana.says("stop promo") == []


def test_a_word_about_promotions_from_before_the_last_one_changes_nothing() -> None:
    ana = person()
    ana.conversation = ana.conversation._replace(marketing=Word(opted_in=True, heard_at=ana.now, said_at=ana.now))
    assert ana.says("stop promo", said_at=ana.now - timedelta(minutes=1)) == []
    assert ana.changes == []
    assert ana.codes == ["outdated_word", "silent"]


def test_a_late_word_that_ends_promotions_counts_without_an_answer() -> None:
    ana = person()
    assert ana.says("stop promo", late_seconds=90_000) == []
    assert [(each.opted_in, each.purpose) for each in ana.changes] == [(False, "marketing")]
    assert ana.says("start promo", late_seconds=90_000) == []
    assert ana.changes == []


def test_words_about_promotions_are_not_answered_where_the_provider_has() -> None:
    ana = person(channel=Channel.SMS)
    assert ana.says("stop promo", opt_out_handled=True) == []
    assert ana.codes == ["marketing_opt_out", "silent"]
