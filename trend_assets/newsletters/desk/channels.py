"""One issue to one channel: a mail with an HTML and a text part, or a short message through apprise.

    mail          TREND_ASSETS_SMTP_URL, to the newsletter's `mail_to`
    <name>        TREND_ASSETS_CHANNEL_<NAME>: slack://…, tgram://…, msteams://…, json://… (apprise's addresses)

That a channel is told once belongs to `deliveries.py`. No address and no password is part of a message or a reason.
"""

import hashlib
import logging
import re
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from functools import partialmethod
from typing import Any, TypeVar

from trend_assets.domain.newsletter.declare import MAIL, Newsletter
from trend_assets.runtime.mail import MailNotSent, MailUncertain, in_header, send_mail
from trend_assets.settings import Settings

T = TypeVar("T")
CHAT_SECONDS = 40.0
MOST_ANSWER_BYTES = 100_000
FIRST_STORIES = 5
"""A message in a chat names so many stories and leads to the rest."""
_BROKE_OFF = re.compile(r"read timed out|readtimeout|connection aborted|remotedisconnected|connection reset", re.I)


class NotDelivered(Exception):
    """The channel did not take it; the sentence says why and what to do. Nothing arrived, so it can be tried again."""


class Uncertain(Exception):
    """The channel broke off in the middle: it may have arrived, so it is not sent again by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An issue as it goes out."""

    newsletter: Newsletter
    issue_id: str
    subject: str
    html: str
    text: str
    short: str
    """Markdown for chats."""
    sending: int = 1
    content_hash: str = ""
    is_simulated: bool = False


def variable_of_channel(name: str) -> str:
    """The environment variable that holds a channel's address."""
    return "TREND_ASSETS_CHANNEL_" + name.upper().replace("-", "_")


def send(settings: Settings, channel: str, letter: Letter, *, now: datetime) -> str | None:
    """Send; a sentence when only some of the receivers were taken. Raises NotDelivered or Uncertain."""
    if channel == MAIL:
        return _mail(settings, letter, list(letter.newsletter.mail_to), now=now)
    _message(settings, channel, letter)
    return None


def send_test(settings: Settings, letter: Letter, *, to: str, now: datetime) -> None:
    """The issue as a mail to one address, marked as a test. Raises NotDelivered or Uncertain."""
    _mail(settings, letter, [to], now=now, prefix="[Test] ")


def mail_of(
    settings: Settings, letter: Letter, receivers: list[str], *, now: datetime, prefix: str = ""
) -> EmailMessage:
    """The mail: receivers see no other receiver, text part before HTML, one click to unsubscribe where there is one."""
    sender = parseaddr(settings.mail_from)[1] or settings.mail_from
    host = sender.partition("@")[2] or "localhost"
    message = EmailMessage()
    title = in_header(letter.newsletter.title)
    message["Subject"] = in_header(prefix + letter.subject)
    message["From"] = Address(title, sender.rpartition("@")[0], host)
    message["To"] = receivers[0] if len(receivers) == 1 else "undisclosed-recipients:;"
    message["Date"] = format_datetime(now)
    unique = hashlib.sha256(f"{letter.issue_id} {letter.sending} {prefix}".encode()).hexdigest()[:32]
    message["Message-ID"] = f"<{unique}@{host}>"
    message["List-Id"] = f"{title} <{letter.newsletter.name}.{host}>"
    leave = letter.newsletter.unsubscribe or f"mailto:{sender}?subject=unsubscribe%20{letter.newsletter.name}"
    message["List-Unsubscribe"] = f"<{leave}>"
    if leave.startswith("https://"):
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    return message


def _mail(settings: Settings, letter: Letter, receivers: list[str], *, now: datetime, prefix: str = "") -> str | None:
    if settings.smtp_url is None:
        raise NotDelivered("There is no mail server: set TREND_ASSETS_SMTP_URL.")
    if not receivers:
        raise NotDelivered(f"{letter.newsletter.name} has no receiver: write `mail_to` into its file.")
    try:
        refused = send_mail(settings, mail_of(settings, letter, receivers, now=now, prefix=prefix), to=receivers)
    except MailUncertain as error:
        raise Uncertain(_sentence(str(error))) from None
    except MailNotSent as error:
        raise NotDelivered(_sentence(str(error))) from None
    return f"The mail server refused {len(refused)} of {len(receivers)} receivers." if refused else None


def _message(settings: Settings, channel: str, letter: Letter) -> None:
    address = settings.environment.get(variable_of_channel(channel).lower())
    if not address:
        raise NotDelivered(f"The channel {channel} has no address: set {variable_of_channel(channel)}.")
    import apprise

    # its debug lines hold the address: they are read here and go into no log
    logging.getLogger("apprise").propagate = False
    # a channel that moved, or wants a sign-in, has not taken it, and nobody else is to get it
    chat = apprise.Apprise(asset=apprise.AppriseAsset(http_redirects=False))
    if not chat.add(str(address)):
        raise NotDelivered(f"{variable_of_channel(channel)} is not an address that apprise knows.")
    for plugin in chat:
        used = vars(sys.modules[type(plugin).__module__])
        if "requests" in used:
            used["requests"] = _Bounded(used["requests"], settings.webhook_through_proxy)
    title, markdown = for_chat(letter.subject), apprise.NotifyFormat.MARKDOWN

    def told() -> tuple[bool, str]:
        with apprise.LogCapture(level=apprise.logging.DEBUG) as log:
            return bool(chat.notify(title=title, body=letter.short, body_format=markdown)), log.getvalue()

    try:
        taken, said = _within(CHAT_SECONDS, told)
    except TimeoutError:
        raise Uncertain(f"The channel {channel} did not end its answer, so whether it took it is unknown.") from None
    if taken:
        return
    # apprise's own words hold the address; only what kind of failure it was leaves this function
    if _BROKE_OFF.search(said):
        raise Uncertain(f"The channel {channel} did not answer in time, so whether it took the message is unknown.")
    code = re.search(r"error[ =:]+(\d{3})\b", said)
    raise NotDelivered(
        f"The channel {channel} did not take it{f' (it answered {code[1]})' if code else ''}; "
        f"look at {variable_of_channel(channel)}."
    )


class _Bounded:
    """`requests` as apprise's plugins use it, without what the environment adds (proxies, passwords of a .netrc), and
    with an end to every answer. Apprise has no setting for either."""

    def __init__(self, library: Any, trusts_environment: bool) -> None:
        self._library: Any = library._library if isinstance(library, _Bounded) else library
        self._trusts_environment = trusts_environment

    def __getattr__(self, name: str) -> Any:
        return getattr(self._library, name)

    def request(self, method: str, url: str, **how: Any) -> Any:
        with self._library.Session() as session:
            session.trust_env = self._trusts_environment
            response = session.request(method, url, **how, stream=True)
            content = b""
            for piece in response.iter_content(MOST_ANSWER_BYTES):
                content += piece
                if len(content) >= MOST_ANSWER_BYTES:
                    break
            response._content = content[:MOST_ANSWER_BYTES]
            return response

    get = partialmethod(request, "GET")
    post = partialmethod(request, "POST")
    put = partialmethod(request, "PUT")


def _within(seconds: float, do: Callable[[], T]) -> T:
    """What `do` gives. Raises TimeoutError when that takes longer; it is left to itself then."""
    done: Future[T] = Future()

    def run() -> None:
        try:
            done.set_result(do())
        except BaseException as error:  # noqa: BLE001 - it belongs to who waits
            done.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return done.result(seconds)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


def for_chat(text: str) -> str:
    """Foreign text as a chat shows it: no markup, no link, and nobody is called (@everyone, @channel, @all)."""
    from trend_assets.newsletters.rendering.markdown import escaped

    return _calls_nobody(escaped(text))


def _calls_nobody(text: str) -> str:
    # an invisible character: an @ before anything else than a name is none
    return re.sub(r"@(?=\w)", "@\u200b", text)


def short_message(headline: str, lead: str, stories: list[dict[str, Any]], url: str) -> str:
    """A few lines of Markdown: the day, the first stories with their number, and where the rest is."""
    from trend_assets.newsletters.rendering.links import safe_link
    from trend_assets.newsletters.rendering.markdown import link

    lines = [f"**{for_chat(headline)}**", "", for_chat(lead), ""]
    for story in stories[:FIRST_STORIES]:
        figure = f": {for_chat(story['figure'])}" if story["figure"] else ""
        lines.append(f"- {link(_calls_nobody(story['headline']), safe_link(story['url']))}{figure}")
    return "\n".join([*lines, "", f"[Read all of it]({url})"])
