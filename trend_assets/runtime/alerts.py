"""Telling people that something failed, once: a Slack-compatible webhook and e-mail, quiet on repeats.

Dagster's own e-mail sensor covers failed runs only and writes on every repeat, so this is ours; the transport is
httpx and `mail.py`. What counts as trouble is decided by the sensors in defs/ops.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage

from trend_assets.runtime.mail import MailNotSent, in_header, is_configured, send_mail
from trend_assets.settings import Settings
from trend_assets.sources.http_library import httpx
from trend_assets.sources.network import DeadlineBackend, client_over, deadline
from trend_assets.text import display_text, for_slack
from trend_assets.warehouse.warehouse import Warehouse

QUIET, KEPT = timedelta(hours=24), timedelta(days=30)
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
        # foreign words in a text make troubles without number
        connection.execute("delete from ops.alerts where last_sent_at < %s", (now - KEPT,))
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
            _post(settings, f"*{for_slack(title)}*\n{for_slack(body)}")
            sent.append("webhook")
        except AlertNotSent as error:
            failed.append(str(error))
    if is_configured(settings):
        message = EmailMessage()
        message["Subject"] = in_header(title)
        message["From"] = settings.mail_from
        message["To"] = ", ".join(settings.list_of("mail_to"))
        message.set_content(body)
        try:
            send_mail(settings, message)
            sent.append("mail")
        except MailNotSent as error:
            failed.append(str(error))
    if failed:
        raise AlertNotSent(f"The alert '{title}' was not sent everywhere: {'; '.join(failed)}.")
    return sent


def _post(settings: Settings, text: str) -> None:
    assert settings.webhook_url is not None
    message = {"text": text, "unfurl_links": False, "unfurl_media": False}
    client = (
        httpx.Client(timeout=TIMEOUT_SECONDS)
        if settings.webhook_through_proxy
        else client_over(DeadlineBackend(), read_seconds=TIMEOUT_SECONDS, connect_seconds=TIMEOUT_SECONDS)
    )
    try:
        # its status says all: a body without end, or one byte at a time, is not waited for
        address = settings.webhook_url.get_secret_value()
        with client, deadline(TIMEOUT_SECONDS), client.stream("POST", address, json=message) as response:
            status = response.status_code
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise AlertNotSent(
            f"the webhook could not be reached: {type(error).__name__} (TREND_ASSETS_WEBHOOK_URL)"
        ) from None
    if status >= 300:
        raise AlertNotSent(f"the webhook answered {status} (TREND_ASSETS_WEBHOOK_URL)")
