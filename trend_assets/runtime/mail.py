"""Mails leave here: over TLS, or not at all unless that is switched off by name.

What is said, to whom and how often belongs to those who send.
"""

import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from trend_assets.settings import Settings
from trend_assets.text import display_text

TIMEOUT_SECONDS = 10


class MailNotSent(RuntimeError):
    """The mail server did not take it; the sentence names the reason and the variable, never the password."""


class MailUncertain(MailNotSent):
    """The connection broke after the mail was begun: whether the server took it is not known."""


def in_header(text: str) -> str:
    """Foreign text as a header may hold it: on one line, and nothing in it that is taken for encoded text, which the
    standard library would decode, line ends and all, into headers of the text's own."""
    return display_text(text).replace("=?", "= ?")


def is_configured(settings: Settings) -> bool:
    """Whether there is a server and somebody to write to."""
    return bool(settings.smtp_url and settings.list_of("mail_to"))


def send_mail(
    settings: Settings, message: EmailMessage, *, to: Sequence[str] | None = None, context: ssl.SSLContext | None = None
) -> list[str]:
    """Hand `message` (From, To and Subject are its own) to the configured server, for those whom it names or, without
    showing them, for `to`. `context` says whose certificates are trusted; by default those that the system trusts.
    Receivers that the server refused while it took others are returned. Raises MailNotSent, and MailUncertain when it
    may have been taken all the same."""
    assert settings.smtp_url is not None, "TREND_ASSETS_SMTP_URL is set"
    server = urlsplit(settings.smtp_url.get_secret_value())
    assert server.hostname, "Settings has looked at it"
    context = context or ssl.create_default_context()
    try:
        with _connected(server.scheme, server.hostname, server.port or 0, context) as connection:
            connection.ehlo_or_helo_if_needed()
            if server.scheme == "smtp" and connection.has_extn("starttls"):
                connection.starttls(context=context)
                connection.ehlo()
            elif server.scheme == "smtp" and not settings.smtp_without_tls:
                raise MailNotSent(
                    f"{server.hostname} offers no STARTTLS, so the password and the mail would cross the network for "
                    "all to read: use smtps://, or allow it with TREND_ASSETS_SMTP_WITHOUT_TLS=true."
                )
            if server.username:
                connection.login(unquote(server.username), unquote(server.password or ""))
            try:
                return sorted(connection.send_message(message, to_addrs=to))
            except (TimeoutError, ConnectionError, smtplib.SMTPServerDisconnected) as error:
                raise MailUncertain(
                    f"the mail server broke off in the middle ({type(error).__name__}), so whether it took the mail is "
                    "unknown"
                ) from None
    except ssl.SSLError as error:
        reason = getattr(error, "verify_message", "") or error.reason or type(error).__name__
        raise MailNotSent(f"{server.hostname} could not be trusted ({reason}); nothing was sent to it.") from None
    except (OSError, smtplib.SMTPException) as error:
        # a server's own words may hold what was sent to it
        code = f" {error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else ""
        raise MailNotSent(
            f"the mail server did not take it: {type(error).__name__}{code} (TREND_ASSETS_SMTP_URL)"
        ) from None


def _connected(scheme: str, host: str, port: int, context: ssl.SSLContext) -> smtplib.SMTP:
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=context)
    return smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
