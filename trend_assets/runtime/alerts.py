"""Telling people that something failed, once: a Slack-compatible webhook and e-mail, quiet on repeats.

Dagster's own e-mail sensor covers failed runs only and writes on every repeat, so this is ours; the transport is
httpx and smtplib. What counts as trouble is decided by the sensors in defs/ops.
"""

import hashlib
import re
import smtplib
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from trend_assets.http import httpx
from trend_assets.settings import Settings
from trend_assets.text import display_text
from trend_assets.warehouse.warehouse import Warehouse

QUIET = timedelta(hours=24)
TIMEOUT_SECONDS = 10
_CHANGING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d{2}-\d{2}\S*|\d+")


class AlertNotSent(RuntimeError):
    """A configured channel did not take the message; the sentence names the channel and the variable to look at."""


@dataclass(frozen=True)
class Alert:
    """What is said: a title, the sentences below it, and where to look."""

    title: str
    text: str
    url: str = ""

    @property
    def fingerprint(self) -> str:
        """The same for the same trouble: run ids, dates and numbers do not count."""
        return hashlib.sha256(_CHANGING.sub("#", f"{self.title}\n{self.text}").encode()).hexdigest()


def claim(warehouse: Warehouse, alert: Alert, *, now: datetime) -> bool:
    """True when this alert is to be sent now; false (and counted) when it was sent less than a day ago. Two processes
    that ask at once get one true."""
    with warehouse.connect() as connection:
        row = connection.execute(
            """
            insert into ops.alerts as known (fingerprint, title, first_sent_at, last_sent_at, suppressed)
            values (%(fingerprint)s, %(title)s, %(now)s, %(now)s, 0)
            on conflict (fingerprint) do update set
              suppressed = case when known.last_sent_at <= %(before)s then 0 else known.suppressed + 1 end,
              last_sent_at = case when known.last_sent_at <= %(before)s then %(now)s else known.last_sent_at end
            returning suppressed = 0
            """,
            {
                "fingerprint": alert.fingerprint,
                "title": display_text(alert.title, limit=300),
                "now": now,
                "before": now - QUIET,
            },
        ).fetchone()
    return bool(row and row[0])


def send(settings: Settings, alert: Alert) -> list[str]:
    """Send to every configured channel; the names of the channels that took it.

    Raises AlertNotSent, after all channels were tried, when one did not."""
    sent, failed = [], []
    body = "\n".join(part for part in (display_text(alert.text, limit=2000), alert.url) if part)
    title = display_text(alert.title, limit=200)
    if settings.webhook_url:
        try:
            response = httpx.post(
                settings.webhook_url.get_secret_value(), json={"text": f"*{title}*\n{body}"}, timeout=TIMEOUT_SECONDS
            )
            if response.status_code >= 300:
                failed.append(f"the webhook answered {response.status_code} (TREND_ASSETS_WEBHOOK_URL)")
            else:
                sent.append("webhook")
        except httpx.HTTPError as error:
            failed.append(f"the webhook could not be reached: {type(error).__name__} (TREND_ASSETS_WEBHOOK_URL)")
    if settings.smtp_url and settings.mail_to:
        try:
            _mail(settings, title, body)
            sent.append("mail")
        except (OSError, smtplib.SMTPException) as error:
            failed.append(f"the mail server did not take it: {type(error).__name__} (TREND_ASSETS_SMTP_URL)")
    if failed:
        raise AlertNotSent(f"The alert '{title}' was not sent everywhere: {'; '.join(failed)}.")
    return sent


def _mail(settings: Settings, title: str, body: str) -> None:
    assert settings.smtp_url is not None
    server = urlsplit(settings.smtp_url.get_secret_value())
    message = EmailMessage()
    message["Subject"] = title
    message["From"] = settings.mail_from
    message["To"] = ", ".join(settings.list_of("mail_to"))
    message.set_content(body)
    smtp = smtplib.SMTP_SSL if server.scheme == "smtps" else smtplib.SMTP
    with smtp(server.hostname or "localhost", server.port or 0, timeout=TIMEOUT_SECONDS) as connection:
        if server.username:
            connection.login(unquote(server.username), unquote(server.password or ""))
        connection.send_message(message)
