"""The desk's last step: a test mail of the issue as it is now, and the locked issue to the newsletter's channels."""

import re
from datetime import date, datetime
from typing import Any

from trend_assets.api.desk.shown import DayShown
from trend_assets.api.services import Services
from trend_assets.newsletters.desk.channels import Letter, NotDelivered, Uncertain, send_test
from trend_assets.newsletters.desk.deliveries import correct, deliver, deliveries, to_correct, waiting_in
from trend_assets.newsletters.desk.picks import Refused
from trend_assets.newsletters.rendering.issue_rows import rendered_issue
from trend_assets.text import MAIL_ADDRESS


def send_test_mail(using: Services, shown: DayShown, *, to: str, now: datetime) -> str:
    """Send the issue as it is decided now to one address; nothing is stored or published by that."""
    if len(to) > 254 or not re.fullmatch(MAIL_ADDRESS, to):
        raise Refused("Write one mail address to send the test to.")
    rendered = rendered_issue(using.warehouse, using.settings, shown.newsletter, shown.edition.day, shown.issue)
    letter = Letter(
        newsletter=shown.newsletter,
        issue_id=rendered.issue.issue_id,
        subject=rendered.issue.subject,
        html=str(rendered.contents["html"]),
        text=str(rendered.contents["txt"]),
        short=rendered.issue.headline,
        is_simulated=rendered.issue.is_simulated,
    )
    try:
        send_test(using.settings, letter, to=to, now=now)
    except (NotDelivered, Uncertain) as error:
        raise Refused(f"The test was not sent. {error}") from None
    return f"Sent a test to {to}."


def send_issue(using: Services, shown: DayShown, *, now: datetime, is_correction: bool = False) -> str:
    """Send the locked issue to every channel that has not got it, or what was locked since it was sent as a correction
    to those that have; the sentence about each."""
    if not shown.words["locked_at"]:
        raise Refused("Lock the issue first: what is sent is what was locked.")
    if not shown.newsletter.channels:
        raise Refused(
            f"{shown.newsletter.title} has no channel: write `channels` into the file of {shown.newsletter.name}."
        )
    letter = (using.warehouse, using.settings, shown.newsletter, shown.edition.day)
    if not is_correction:
        done = deliver(*letter, now=now)
    elif not (done := correct(*letter, locked_at=shown.words["locked_at"], now=now)):
        raise Refused("Nothing has changed since the issue was sent: unlock, change and lock it for a correction.")
    told = [
        f"{one.channel}: {one.outcome if one.is_new else 'sent before' if one.outcome == 'sent' else one.outcome}"
        + (f" ({one.reason})" if one.reason else "")
        for one in done
    ]
    return f"{'; '.join(told)}."


def sendings(using: Services, shown: DayShown) -> dict[str, Any]:
    """What the template shows of it: what went out, which channels wait, and where a test goes by default."""
    day: date = shown.edition.day
    sent = deliveries(using.warehouse, shown.newsletter.name, day)
    stored = using.reader.value(
        "SELECT content_hash FROM feed.issues WHERE observed_date = %s AND newsletter = %s",
        (day, shown.newsletter.name),
    )
    locked_at = shown.words["locked_at"]
    own = [*using.settings.list_of("mail_to"), *shown.newsletter.mail_to]
    return {
        "deliveries": sent,
        "may_correct": bool(locked_at and to_correct(sent, shown.newsletter, stored, locked_at=locked_at)),
        "waiting_channels": waiting_in(sent, shown.newsletter),
        "test_address": own[0] if own else "",
    }
