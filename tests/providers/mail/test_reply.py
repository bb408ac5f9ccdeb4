"""What a person wrote above the mail that their program quotes, in the languages people write in."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.providers.kit.html_text import html_to_text
from bot.providers.mail.reply import MAX_READ, reply_of
from tests.support.tables import for_each

QUOTES = {
    "Gmail in Portuguese": "Em qui., 9 de out. de 2025 às 10:00, Bot <oi@mg.example.com>\nescreveu:\n\n> Qual sabor?",
    "Gmail in English": "On Thu, Oct 9, 2025 at 10:00 AM Pizzaria <oi@mg.example.com> wrote:\n\n> Which flavour?",
    "Gmail in English, folded": "On Thu, Oct 9, 2025 at 10:00 AM Bot <oi@mg.example.com>\nwrote:\n> Which flavour?",
    "Gmail in Spanish": "El jue, 9 oct 2025 a las 10:00, Pizzaria (<oi@mg.example.com>) escribió:\n\n> ¿Qué sabor?",
    "Apple Mail in German": "Am 09.10.2025 um 10:00 schrieb Pizzaria <oi@mg.example.com>:\n\n> Welche?",
    "Gmail in French": "Le jeu. 9 oct. 2025 à 10:00, Pizzaria <oi@mg.example.com> a écrit :\n\n> Laquelle ?",
    "Gmail in Italian": "Il giorno gio 9 ott 2025 alle ore 10:00 Pizzaria <oi@mg.example.com> ha scritto:\n\n> Quale?",
    "Gmail in Dutch": "Op do 9 okt 2025 om 10:00 schreef Pizzaria <oi@mg.example.com>:\n\n> Welke?",
    "Outlook in English": "From: Pizzaria <oi@mg.example.com>\nSent: Thursday, 9 October 2025 10:00\nTo: Ana\n"
    "Subject: order\n\nWhich flavour?",
    "Outlook in Portuguese": "De: Pizzaria <oi@mg.example.com>\nEnviado: quinta-feira, 9 de outubro de 2025 10:00\n"
    "Para: Ana\nAssunto: pedido\n\nQual sabor?",
    "Outlook with a line": "________________________________\nDe: Pizzaria\nEnviada em: quinta-feira, 9 de outubro\n"
    "Para: Ana\nAssunto: pedido\n\nQual sabor?",
    "an old program": "-----Original Message-----\nFrom: oi@mg.example.com\nTo: ana@example.com\n\nWhich flavour?",
    "an old program in Portuguese": "-----Mensagem original-----\nQual sabor?",
    "nothing but marks": "> Qual sabor?\n> Calabresa ou margherita?",
}


@for_each("quote", QUOTES.values(), ids=QUOTES)
def test_what_is_quoted_below_the_words_is_left_out(quote: str) -> None:
    assert reply_of(f"calabresa\nbem assada, por favor\n\n{quote}\n") == "calabresa\nbem assada, por favor"
    assert reply_of(f"calabresa\r\n\r\n{quote}".replace("\n", "\r\n").replace("\r\r", "\r")) == "calabresa"


@for_each(
    "signature",
    [
        "-- \nAna Souza\nCentro de Eventos",
        "__\nAna",
        "Best regards,\nAna",
        "Thanks,\nAna",
        "Atenciosamente,\n\nAna Souza\n+55 11 99999-0000",
        "Abraços\nAna",
        "Saludos,\nAna",
        "Cordialement\nAna",
        "Sent from my iPhone",
        "Enviado do meu iPhone",
        "Enviado desde mi iPhone",
        "Get Outlook for iOS",
        "Sent from Mail for Windows",
        "Enviado do Yahoo Mail no Android",
        "Obter o Outlook para iOS",
    ],
)
def test_a_signature_is_left_out(signature: str) -> None:
    assert reply_of(f"calabresa\n\n{signature}") == "calabresa"
    assert reply_of(f"calabresa\n\n{signature}\n\n{QUOTES['Gmail in Portuguese']}") == "calabresa"


SENDER = "Bot &lt;<a href='mailto:oi@mg.example.com'>oi@mg.example.com</a>&gt;"
HTML_QUOTES = {
    "Gmail": f"<div><div>Em qui., 9 de out. de 2025, {SENDER} escreveu:<br></div><blockquote>Qual?</blockquote></div>",
    "Outlook": f"<hr><div><b>De:</b> {SENDER}<br><b>Enviado:</b> quinta-feira<br><b>Para:</b> Ana<br>"
    "<b>Assunto:</b> pedido<div>&nbsp;</div></div><div>Qual?</div>",
    "Apple Mail": f"<br><blockquote><div>Am 09.10.2025 um 10:00 schrieb {SENDER}:</div>Welche?</blockquote>",
    "Yahoo": f"<div><div>On Thursday, October 9, 2025, {SENDER} wrote: </div><div>Which?</div></div>",
}


@for_each("quote", HTML_QUOTES.values(), ids=HTML_QUOTES)
def test_what_is_quoted_in_html_is_left_out_as_well(quote: str) -> None:
    assert reply_of(html_to_text(f"<html><body><div>calabresa</div>{quote}</body></html>")) == "calabresa"


@for_each(
    "text",
    [
        "quero uma pizza",
        "Hello\nThanks, I take the large one",
        "Olá\nObrigado, quero a grande",
        "- one calabresa\n- two margherita",
        "Quero uma passagem\nDe: Lisboa\nPara: Porto\npara amanhã",
        "Data: 12/12\nPara: 4 pessoas",
        "On Monday\nor on Tuesday?",
        "Em casa",
        "1 > 0",
        "two\n\nparagraphs",
        "\ue0000\ue000 and 1",
        f"long {'line ' * 100}",
    ],
)
def test_a_persons_own_words_stay(text: str) -> None:
    assert reply_of(text) == text.strip()


def test_answers_between_quoted_lines_stay_and_the_quoted_lines_go() -> None:
    assert reply_of("> Which size?\nLarge\n> Which drink?\nCola") == "Large\nCola"


@for_each("text", ["> sim", QUOTES["Gmail in English"], "-- \nAna", ""])
def test_where_nothing_else_is_left_the_whole_text_stays(text: str) -> None:
    assert reply_of(text) == text.strip()


def test_a_long_line_beside_a_quote_stays_as_it_is() -> None:
    long = "muito " * 100 + "obrigada"
    assert reply_of(f"{long}\n\n{QUOTES['Gmail in Portuguese']}") == long


def test_a_very_long_text_is_kept_to_its_end_unless_a_quote_began_before() -> None:
    text = "linha\n" * (MAX_READ // 3)
    assert reply_of(text) == text.strip()
    assert reply_of(f"oi\n{QUOTES['Gmail in English']}\n{text}") == "oi"


@pytest.mark.parametrize(
    "piece",
    [
        "On ",
        "On " * 60 + "\n",
        "Am schrieb " * 16 + "\n",
        "Am " * 30 + "schrieb " * 12 + "\n",
        "Em escreveu " * 15 + "\n",
        "Le a écrit " * 17 + "\n",
        "El escribió " * 16 + "\n",
        "From:" + " " * 190 + "\n",
        "From:" + " *" * 90 + "\nx\n",
        "De: x\nx\n",
        "\n",
        "\t" * 190 + "\n",
        "\u00a0" * 190 + "\n",
        "> " * 90 + "\n",
        "_" * 40 + "\n",
        "-----Original Message",
        "Warning: mail mail mail ",
        "Warning:" + "mail" * 45 + "\n",
        "Sent from my " + "a " * 80 + "\n",
        "Sent from my " + "a" * 180 + "!\n",
        "Best regards\n",
        "* * * * * *\n",
        "a",
    ],
)
def test_text_made_to_hurt_takes_no_time(piece: str) -> None:
    text = piece * (2 * MAX_READ // len(piece))
    began = time.process_time()

    reply_of(text)

    assert time.process_time() - began < 1


_LINES = st.sampled_from(
    [
        "oi",
        "",
        " ",
        "> x",
        "-- ",
        "__",
        "\ue000",
        "On a, b wrote:",
        "Em a escreveu:",
        "From: a@b",
        "To: c",
        "Best,",
        "x" * 300,
        "*" * 20,
        "\x85",
    ]
)


@given(st.lists(_LINES, max_size=12).map("\n".join) | st.text(max_size=60))
def test_of_any_text_something_is_left(text: str) -> None:
    assert bool(reply_of(text)) == bool(text.strip())
