from bot.core.email import from_body, reply_headers, thread_of, to_body
from bot.core.messages import EmailHeaders


def test_an_answer_refers_to_its_parent_and_to_all_before_it() -> None:
    parent = EmailHeaders("Table", "<c@x>", "<b@x>", ("<a@x>", "<b@x>"))

    answer = reply_headers(parent)

    assert answer == EmailHeaders("Re: Table", "", "<c@x>", ("<a@x>", "<b@x>", "<c@x>"))


def test_a_parent_without_references_lends_what_it_replied_to() -> None:
    assert reply_headers(EmailHeaders("Table", "<b@x>", "<a@x>")).references == ("<a@x>", "<b@x>")
    assert reply_headers(EmailHeaders("Table")).references == ()


def test_of_a_long_thread_the_first_id_and_the_latest_are_kept() -> None:
    ids = tuple(f"<{number}@x>" for number in range(50))

    references = reply_headers(EmailHeaders("Table", "<last@x>", "", ids)).references

    assert (references[0], references[1], references[-1], len(references)) == ("<0@x>", "<32@x>", "<last@x>", 20)


def test_a_thread_is_named_by_its_first_message() -> None:
    assert thread_of(EmailHeaders("", "<c@x>", "<b@x>", ("<a@x>", "<b@x>"))) == "<a@x>"
    assert thread_of(EmailHeaders("", "<c@x>", "<b@x>")) == "<b@x>"
    assert thread_of(EmailHeaders("", "<c@x>")) == "<c@x>"


def test_headers_come_back_as_they_were_kept() -> None:
    headers = EmailHeaders("Table", "<c@x>", "<b@x>", ("<a@x>", "<b@x>"))
    assert from_body(to_body(headers)) == headers
    assert from_body({}) == EmailHeaders()
