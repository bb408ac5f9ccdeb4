"""What is told from a contact's words alone."""

from bot.conversations.rules import is_thanks
from tests.support.tables import for_each


@for_each(
    ("text", "expected"),
    [
        ("Thanks!", True),
        ("thank you so much for your help", True),
        ("Muito obrigada pela atenção 🙏", True),
        ("obg, tchau", True),
        ("Valeu, pessoal! Boa noite", True),
        ("ok", True),
        ("👍", True),
        ("❤️", True),
        ("🤔", False),
        ("", False),
        ("bom dia", False),
        ("ok?", False),
        ("thanks, but it broke", False),
        ("obrigado, meu pedido é 123", False),
        ("thanks https://example.com", False),
        ("thank you " * 6, False),
    ],
)
def test_thanks_alone_need_no_answer(text: str, expected: bool) -> None:
    assert is_thanks(text) is expected
