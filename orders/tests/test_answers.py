"""What a mail server's answer is about: one answer that servers really give for each row of the table."""

import pytest

from inventory.ground.post.answers import Means, Phase, meaning

SENDER, RECIPIENT, MESSAGE = Phase.SENDER, Phase.RECIPIENT, Phase.MESSAGE


@pytest.mark.parametrize(
    ("phase", "code", "words"),
    [
        (Phase.HELLO, 554, "5.7.1 No SMTP service for your address"),
        (Phase.HELLO, 421, "4.7.0 Too many connections"),
        (SENDER, 530, "5.7.0 Must issue a STARTTLS command first"),
        (SENDER, 535, "5.7.8 Authentication credentials invalid"),
        (SENDER, 550, "5.1.0 Sender rejected"),
        (SENDER, 553, "5.7.1 Sender address rejected: not owned by user"),
        (SENDER, 552, "5.2.2 Your mailbox is full"),
        (SENDER, 554, "5.7.1 Your domain is suspended"),
        (SENDER, 421, "4.7.0 Try again later, closing connection"),
        (SENDER, 450, "4.7.1 Client host rejected: cannot find your hostname"),
        (SENDER, 451, "4.3.0 Temporary lookup failure"),
        (SENDER, 452, "4.3.1 Insufficient system storage"),
        (RECIPIENT, 530, "5.7.0 Authentication required"),
        (RECIPIENT, 452, "4.5.3 Too many recipients"),
        (RECIPIENT, 450, "4.7.1 You are sending too fast"),
        (RECIPIENT, 450, "Daily limit reached"),
        (RECIPIENT, 550, "5.1.8 Bad sender's system address"),
        (RECIPIENT, 550, "5.3.2 System not accepting network messages"),
        (MESSAGE, 530, "5.7.57 Client not authenticated to send mail"),
        (MESSAGE, 451, "4.7.1 Rate limit exceeded"),
        (MESSAGE, 554, "5.3.5 System incorrectly configured"),
        (MESSAGE, 553, "5.1.7 Bad sender's mailbox address syntax"),
    ],
)
def test_about_us(phase, code, words):
    assert meaning(phase, code, words) == Means.US


@pytest.mark.parametrize(
    ("phase", "code", "words"),
    [
        (RECIPIENT, 421, "4.4.2 Closing transmission channel"),
        (RECIPIENT, 504, "5.5.2 <orders@shop>: Sender address rejected: need fully-qualified address"),
        (RECIPIENT, 504, "5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname"),
        (RECIPIENT, 450, "4.1.8 <orders@shop.example>: Sender address rejected: Domain not found"),
        (RECIPIENT, 450, "4.7.1 Client host rejected: cannot find your hostname"),
        (RECIPIENT, 550, "Verification failed for <orders@shop.example>\nSender verify failed"),
        (RECIPIENT, 454, "4.7.1 <ada@b.example>: Relay access denied"),
        (RECIPIENT, 550, "5.7.1 Relaying denied"),
        (RECIPIENT, 550, "relay not permitted"),
        (RECIPIENT, 553, "sorry, that domain isn't in my list of allowed rcpthosts"),
        (RECIPIENT, 554, "5.7.1 <ada@b.example>: Relay access denied"),
        (MESSAGE, 421, "4.3.2 Shutting down"),
        (MESSAGE, 550, "5.7.1 Message rejected due to policy"),
        (MESSAGE, 550, "Message was classified as spam"),
        (MESSAGE, 552, "5.7.0 This message was blocked"),
        (MESSAGE, 553, "Blocked for policy reasons"),
        (MESSAGE, 554, "5.7.1 We do not like this"),
        (MESSAGE, 554, "Transaction failed"),
        (MESSAGE, 503, "5.5.1 Bad sequence of commands"),
    ],
)
def test_about_us_unless_others_pass(phase, code, words):
    assert meaning(phase, code, words) == Means.PERHAPS_US


@pytest.mark.parametrize(
    ("phase", "code", "words"),
    [
        (RECIPIENT, 450, "4.2.0 Greylisted"),
        (RECIPIENT, 451, "4.7.1 Greylisting in action"),
        (RECIPIENT, 450, "You are grey-listed"),
        (RECIPIENT, 450, "4.1.1 User unknown for now"),
        (RECIPIENT, 452, "4.6.0 Cannot convert"),
        (RECIPIENT, 452, "4.2.2 Mailbox full, it has too many messages"),
        (MESSAGE, 452, "4.2.2 Mailbox full"),
    ],
)
def test_this_one_later(phase, code, words):
    assert meaning(phase, code, words) == Means.LATER


@pytest.mark.parametrize(
    ("phase", "code", "words"),
    [
        (RECIPIENT, 451, "4.3.0 Try again later"),
        (RECIPIENT, 451, "4.4.3 Temporary lookup failure"),
        (RECIPIENT, 451, "4.7.1 Not now"),
        (RECIPIENT, 451, "Temporary local problem"),
        (RECIPIENT, 450, "4.5.0 Not yet"),
        (MESSAGE, 451, "4.3.0 Error in processing"),
        (MESSAGE, 452, "Insufficient system storage"),
    ],
)
def test_the_server_cannot_for_now(phase, code, words):
    assert meaning(phase, code, words) == Means.BUSY


@pytest.mark.parametrize(
    ("phase", "code", "words"),
    [
        (SENDER, 552, "5.3.4 Message size exceeds fixed limit"),
        (SENDER, 552, "5.2.3 Message length exceeds administrative limit"),
        (SENDER, 552, "Message size exceeds maximum permitted"),
        (RECIPIENT, 550, "5.1.1 No such user here"),
        (RECIPIENT, 550, "No such user here"),
        (RECIPIENT, 551, "User not local"),
        (RECIPIENT, 552, "5.2.2 Over quota"),
        (RECIPIENT, 553, "5.1.3 Bad address syntax"),
        (RECIPIENT, 501, "Syntax error in the address"),
        (RECIPIENT, 550, "5.4.1 Recipient address rejected: Access denied"),
        (RECIPIENT, 556, "5.1.10 The domain takes no mail"),
        (MESSAGE, 550, "5.1.1 No such user here"),
        (MESSAGE, 550, "Mailbox unavailable"),
        (MESSAGE, 552, "5.3.4 Message too big"),
        (MESSAGE, 552, "5.2.2 Mailbox full"),
        (MESSAGE, 552, "Exceeded storage allocation"),
        (MESSAGE, 554, "5.6.0 Message content is malformed"),
    ],
)
def test_this_one_never(phase, code, words):
    assert meaning(phase, code, words) == Means.NEVER


@pytest.mark.parametrize("code", [-1, 0, 250, 354, 399, 600])
def test_what_is_no_refusal_means_nothing(code):
    assert [meaning(phase, code, "What?") for phase in Phase] == [None] * 4
