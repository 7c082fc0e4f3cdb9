"""Issues go out once: through a real mail server, a real webhook receiver, and ones that hang or refuse."""

import io
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import dagster as dg
import pytest
import requests
from aiosmtpd.controller import Controller

from trend_assets.domain.newsletter.declare import Newsletter
from trend_assets.newsletters.desk import channels
from trend_assets.newsletters.desk.deliveries import ABANDONED, correct, deliver, deliveries, is_due, waiting
from trend_assets.runtime import mail
from trend_assets.settings import Settings
from trend_assets_tests.fault_server import answer, drip, drip_headers, fault_server, huge_body
from trend_assets_tests.integration.test_alerts import ADDING_A_HEADER
from trend_assets_tests.issues import put_issue

DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)
HEADERS = {
    "subject", "from", "to", "date", "message-id", "list-id", "list-unsubscribe", "mime-version", "content-type",
}  # fmt: skip
HTML = "<h1>Grüße</h1><p>" + "a long line " * 200 + "</p>"


class Inbox:
    """Takes every mail but those to addresses that begin with `no`."""

    def __init__(self) -> None:
        self.mails: list = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("no"):
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.mails.append((list(envelope.rcpt_tos), message_from_bytes(envelope.content, policy=policy.default)))
        return "250 taken"


@pytest.fixture
def inbox():
    handler = Inbox()
    controller = Controller(handler, hostname="127.0.0.1", port=0)
    # port 0: the controller itself asks its own port for a sign of life, so the free one is read in between
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        controller.port = taken.getsockname()[1]
    controller.start()
    try:
        handler.url = f"smtp://127.0.0.1:{controller.port}"
        yield handler
    finally:
        controller.stop()


@contextmanager
def webhook(status: int = 200, location: str = ""):
    """A receiver that counts what it gets, or sends who comes elsewhere."""
    got: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.end_headers()

        def do_GET(self) -> None:
            got.append(b"GET")
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"json://127.0.0.1:{server.server_port}/secret-token", got
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def hanging():
    """A mail server that takes the mail's beginning and then says nothing more."""
    listener = socket.create_server(("127.0.0.1", 0))
    held: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            held.append(connection)
            connection.sendall(b"220 here\r\n")
            file = connection.makefile("rb")
            for line in file:
                if line.upper().startswith((b"EHLO", b"HELO", b"MAIL", b"RCPT")):
                    connection.sendall(b"250 yes\r\n")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"smtp://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()
        for connection in held:
            connection.close()


@pytest.fixture
def issue(warehouse):
    def run(statement, values):
        with warehouse.connect() as connection:
            connection.execute(statement, values)

    put_issue(run, DAY, as_of=NOW, contents={"html": HTML, "txt": "Grüße as text"})
    return warehouse


def a_newsletter(**changes) -> Newsletter:
    return Newsletter(**{"name": "rising", "title": "Rising", "channels": ("mail",), "mail_to": ("a@x.org",)} | changes)


def with_settings(url: str = "", **more: str) -> Settings:
    values = {"smtp_url": url or None, "smtp_without_tls": True, "mail_from": "news@example.org"} | more
    return Settings(_env_file=None, **values)


def test_a_mail_has_a_text_and_an_html_part_and_a_way_out_and_is_sent_once(issue, inbox):
    newsletter = a_newsletter(mail_to=("a@x.org", "b@x.org"), unsubscribe="https://example.org/leave")
    for _ in range(3):
        (one,) = deliver(issue, with_settings(inbox.url), newsletter, DAY, now=NOW)
        assert one.outcome == "sent"
    ((receivers, message),) = inbox.mails
    assert receivers == ["a@x.org", "b@x.org"] and "b@x.org" not in str(message["To"]), "nobody sees the others"
    assert message["Bcc"] is None
    text, page = message.iter_parts()
    assert (text.get_content_type(), page.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().strip() == "Grüße as text" and page.get_content().strip() == HTML
    assert message["List-Unsubscribe"] == "<https://example.org/leave>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Subject"] == "S" and message["From"].addresses[0].addr_spec == "news@example.org"
    (row,) = deliveries(issue, "rising", DAY)
    assert (row["outcome"], row["attempts"], row["reason"]) == ("sent", 1, None)


def test_of_many_senders_at_once_one_sends(issue, inbox):
    settings = with_settings(inbox.url)
    with ThreadPoolExecutor(6) as threads:
        done = list(threads.map(lambda _: deliver(issue, settings, a_newsletter(), DAY, now=NOW), range(6)))
    assert len(inbox.mails) == 1
    assert sum(one.is_new for (one,) in done) == 1


def test_receivers_that_are_refused_are_counted_and_the_others_get_it_once(issue, inbox):
    newsletter = a_newsletter(mail_to=("a@x.org", "nobody@x.org"))
    (one,) = deliver(issue, with_settings(inbox.url), newsletter, DAY, now=NOW)
    assert (one.outcome, one.reason) == ("sent", "The mail server refused 1 of 2 receivers.")
    assert deliver(issue, with_settings(inbox.url), newsletter, DAY, now=NOW)[0].is_new is False


def test_a_channel_that_fails_is_tried_again_alone_and_no_address_is_told(issue, inbox, caplog, capfd):
    newsletter = a_newsletter(channels=("mail", "team"))
    with webhook(status=403) as (address, got):
        settings = with_settings(inbox.url, trend_assets_channel_team=address)
        mailed, told = deliver(issue, settings, newsletter, DAY, now=NOW)
        assert (mailed.outcome, told.outcome) == ("sent", "failed") and len(got) == 1
        assert "TREND_ASSETS_CHANNEL_TEAM" in told.reason and "secret-token" not in told.reason
        assert waiting(issue, newsletter, DAY) == ["team"]
    with webhook() as (address, got):
        settings = with_settings(inbox.url, trend_assets_channel_team=address)
        mailed, told = deliver(issue, settings, newsletter, DAY, now=NOW)
        assert (mailed.is_new, told.is_new, told.outcome) == (False, True, "sent")
        deliver(issue, settings, newsletter, DAY, now=NOW)
        assert len(got) == 1 and b"Read all of it" in got[0]
    assert "secret-token" not in caplog.text + "".join(capfd.readouterr())
    assert len(inbox.mails) == 1 and waiting(issue, newsletter, DAY) == []
    assert [row["attempts"] for row in deliveries(issue, "rising", DAY)] == [1, 2]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 500])
def test_a_channel_that_moved_or_is_broken_has_not_taken_it_and_nobody_else_gets_it(issue, status):
    """A sign-in page that answers 200 was once taken for a channel that took the message."""
    newsletter = a_newsletter(channels=("team",))
    with webhook() as (elsewhere, seen), webhook(status, elsewhere.replace("json", "http")) as (address, got):
        settings = with_settings("", trend_assets_channel_team=address)
        (told,) = deliver(issue, settings, newsletter, DAY, now=NOW)
    assert (told.outcome, len(got), seen) == ("failed", 1, [])
    assert f"it answered {status}" in told.reason and waiting(issue, newsletter, DAY) == ["team"]


def test_a_chat_hears_of_us_by_no_proxy_and_no_password_of_the_environment(issue, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password of-another-service\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    newsletter = a_newsletter(channels=("team",))
    with fault_server() as server:
        chat = {"trend_assets_channel_team": server.on("/hook", answer({})).replace("http", "json")}
        (told,) = deliver(issue, with_settings(**chat), newsletter, DAY, now=NOW)
        assert told.outcome == "sent" and "authorization" not in {name.lower() for name in server.requests[0].headers}
        with pytest.raises(channels.NotDelivered):
            channels.send(with_settings(**chat, webhook_through_proxy=True), "team", a_letter(newsletter), now=NOW)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("answers", "seconds", "outcome"),
    [(huge_body(20_000), 40, "sent"), (drip, 0.5, "unknown"), (drip_headers, 0.5, "unknown")],
)
def test_a_chats_answer_without_end_is_not_waited_for(issue, monkeypatch, answers, seconds, outcome):
    monkeypatch.setattr(channels, "CHAT_SECONDS", seconds)
    with fault_server() as server:
        chat = {"trend_assets_channel_team": server.on("/hook", answers).replace("http", "json")}
        (told,) = deliver(issue, with_settings(**chat), a_newsletter(channels=("team",)), DAY, now=NOW)
    assert told.outcome == outcome


CHATS = (
    "tgram://123456789:abcdefg_hijklmnop/12315544", "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", "mmost://h/3ccdd113474722377935511fc85d3dd4",
    "workflows://host:443/workflow/sig",
)  # fmt: skip
HOSTILE = "[click](http://evil.example) <http://evil.example|x> <!channel> @everyone <@U1> *bold*"


@pytest.mark.parametrize("address", CHATS)
def test_foreign_text_links_nowhere_and_calls_nobody_in_any_chat(monkeypatch, address):
    """A title went out as it was: `[click](…)` was a link, and @everyone called everybody."""
    sent = []

    def taken(session, method, url, **how):
        sent.append(str(how.get("data") or how.get("json")))
        response = requests.Response()
        response.status_code, response.raw = 200, io.BytesIO(b"ok")
        return response

    monkeypatch.setattr(requests.Session, "request", taken)
    stories = [{"headline": HOSTILE, "figure": HOSTILE, "url": "https://www.tiktok.com/@ada/video/7312345678901234567"}]
    short = channels.short_message(HOSTILE, HOSTILE, stories, "http://us/feed")
    letter = a_letter(a_newsletter(), subject=HOSTILE, short=short)
    channels.send(with_settings(trend_assets_channel_team=address), "team", letter, now=NOW)
    (payload,) = sent
    assert "click" in payload and "tiktok.com/@ada/video/7312345678901234567" in payload
    # Slack knows no link but <…>, the others none but […](…)
    links = "<!" if address.startswith("slack") else "[click]("
    for live in (links, "http://evil.example", "@everyone", "@U1"):
        at = payload.find(live)
        assert at < 0 or payload[at - 1] == "\\", f"{live}: {payload}"


@pytest.mark.parametrize("to", ["añb@example.org", "ada@exämple.org", "אב@example.org", "🔥@example.org"])
def test_an_address_in_any_script_is_sent_to_or_refused_in_a_sentence(issue, inbox, to):
    newsletter = a_newsletter(channels=("mail",), mail_to=(to,))
    (told,) = deliver(issue, with_settings(inbox.url), newsletter, DAY, now=NOW)
    if told.outcome == "sent":
        assert inbox.mails
    else:
        assert told.outcome == "failed" and told.reason.endswith(".") and not inbox.mails
        assert "Traceback" not in told.reason and "codec" not in told.reason


@pytest.mark.parametrize(
    ("changes", "settings", "said"),
    [
        ({}, {}, "There is no mail server: set TREND_ASSETS_SMTP_URL."),
        ({"mail_to": ()}, {"url": "smtp://127.0.0.1:9"}, "rising has no receiver"),
        ({}, {"url": "smtp://127.0.0.1:9"}, "The mail server did not take it: ConnectionRefusedError"),
        ({"channels": ("team",)}, {}, "The channel team has no address: set TREND_ASSETS_CHANNEL_TEAM."),
        ({"channels": ("team",)}, {"trend_assets_channel_team": "nonsense"}, "is not an address that apprise knows"),
    ],
)
def test_what_cannot_be_sent_says_why_and_what_to_do(issue, changes, settings, said):
    (one,) = deliver(issue, with_settings(**settings), a_newsletter(**changes), DAY, now=NOW)
    assert one.outcome == "failed" and said in one.reason


def test_a_mail_server_that_hangs_in_the_middle_leaves_it_unknown_and_nothing_is_sent_again(issue, monkeypatch, inbox):
    monkeypatch.setattr(mail, "TIMEOUT_SECONDS", 1)
    with hanging() as url:
        (one,) = deliver(issue, with_settings(url), a_newsletter(), DAY, now=NOW)
    assert one.outcome == "unknown" and "whether it took the mail is unknown" in one.reason
    (again,) = deliver(issue, with_settings(inbox.url), a_newsletter(), DAY, now=NOW)
    assert (again.outcome, again.is_new, inbox.mails) == ("unknown", False, [])


def test_a_process_that_dies_while_sending_is_said_and_nothing_is_sent_again(issue, inbox, monkeypatch):
    def dies(*_, **__):
        raise SystemExit

    settings = with_settings(inbox.url)
    with monkeypatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr("trend_assets.newsletters.desk.deliveries.send", dies)
        deliver(issue, settings, a_newsletter(), DAY, now=NOW)
    (one,) = deliver(issue, settings, a_newsletter(), DAY, now=NOW + timedelta(minutes=1))
    assert (one.outcome, one.is_new) == ("sending", False), "it may still be at work"
    (one,) = deliver(issue, settings, a_newsletter(), DAY, now=NOW + ABANDONED + timedelta(minutes=1))
    assert one.outcome == "unknown" and "it is not sent again" in one.reason
    assert inbox.mails == []
    (correction,) = correct(issue, settings, a_newsletter(), DAY, locked_at=NOW, now=NOW)
    assert correction.outcome == "sent" and inbox.mails[0][1]["Subject"] == "Correction: S"


def changed(issue, content_hash):
    with issue.connect() as connection:
        connection.execute("UPDATE feed.issues SET content_hash = %s", (content_hash,))


def test_a_correction_is_sent_once_for_each_change_however_often_somebody_asks(issue, inbox):
    settings, newsletter, later = with_settings(inbox.url), a_newsletter(), NOW + timedelta(minutes=5)

    def asked(*, locked_at=later):
        return correct(issue, settings, newsletter, DAY, locked_at=locked_at, now=locked_at)

    assert asked() == [], "what was never sent needs no correction"
    deliver(issue, settings, newsletter, DAY, now=NOW)
    assert asked() == [], "it is as it was sent"
    changed(issue, "h2")
    assert asked(locked_at=NOW - timedelta(hours=1)) == [], "made anew by a refresh, changed by nobody"
    (first,) = asked()
    assert (first.sending, first.outcome, first.is_new) == (2, "sent", True)
    assert asked() == []
    changed(issue, "h3")
    (second,) = asked(locked_at=NOW + timedelta(hours=1))
    assert second.sending == 3
    ids = {message["Message-ID"] for _, message in inbox.mails}
    assert len(ids) == len(inbox.mails) == 3


def test_several_who_correct_at_once_send_one_correction_to_each_channel(issue, inbox):
    newsletter, later = a_newsletter(channels=("mail", "team")), NOW + timedelta(minutes=5)
    with webhook() as (address, got):
        settings = with_settings(inbox.url, trend_assets_channel_team=address)
        deliver(issue, settings, newsletter, DAY, now=NOW)
        changed(issue, "h2")
        with ThreadPoolExecutor(4) as threads:
            asked = threads.map(
                lambda _: correct(issue, settings, newsletter, DAY, locked_at=later, now=later), range(4)
            )
            sent = sorted(one.channel for done in asked for one in done if one.is_new)
    assert sent == ["mail", "team"]
    assert len(inbox.mails) == len(got) == 2


def test_a_correction_that_failed_goes_again_to_that_channel_alone(issue, inbox):
    newsletter, later = a_newsletter(channels=("mail", "team")), NOW + timedelta(minutes=5)

    def asked(address, newsletter=newsletter):
        settings = with_settings(inbox.url, trend_assets_channel_team=address)
        done = correct(issue, settings, newsletter, DAY, locked_at=later, now=later)
        return [(one.channel, one.sending, one.outcome) for one in done]

    with webhook() as (address, _), webhook(status=403) as (refusing, _):
        deliver(issue, with_settings(inbox.url, trend_assets_channel_team=address), newsletter, DAY, now=NOW)
        changed(issue, "h2")
        assert asked(refusing) == [("mail", 2, "sent"), ("team", 2, "failed")]
        assert asked(address, a_newsletter()) == [], "a channel that was taken out of the file gets nothing"
        assert asked(address) == [("team", 2, "sent")]
        assert asked(address) == []
    assert len(inbox.mails) == 2


def a_letter(newsletter, **changes):
    told = {"issue_id": "i", "subject": "S", "html": "<p>x</p>", "text": "x", "short": "x"} | changes
    return channels.Letter(newsletter=newsletter, **told)


def test_a_test_goes_to_one_address_and_says_that_it_is_one(inbox):
    letter = a_letter(a_newsletter())
    channels.send_test(with_settings(inbox.url), letter, to="me@x.org", now=NOW)
    ((to, message),) = inbox.mails
    own = channels.mail_of(with_settings(inbox.url), letter, ["me@x.org"], now=NOW)
    assert to == ["me@x.org"] and message["Subject"] == "[Test] S" and message["Message-ID"] != own["Message-ID"]


@pytest.mark.parametrize("hostile", [*ADDING_A_HEADER, 'x" <evil@x.org>, "y', "x\\\\"])
def test_neither_a_headline_nor_a_newsletters_title_adds_a_header_or_a_sender(inbox, hostile):
    newsletter = a_newsletter(title=hostile[:60].encode("utf-8", "replace").decode())
    letter = channels.Letter(
        newsletter=newsletter, issue_id="i", subject=hostile, html=HTML, text="text", short="short"
    )
    channels.send_test(with_settings(inbox.url), letter, to="ada@x.org", now=NOW)
    ((receivers, mail),) = inbox.mails
    assert receivers == ["ada@x.org"] and [each.addr_spec for each in mail["From"].addresses] == ["news@example.org"]
    assert {name.lower() for name in mail} == HEADERS


def test_an_issue_goes_out_by_itself_at_its_hour_on_its_day_only():
    newsletter = a_newsletter(hour=7, cadence="weekdays")
    assert is_due(newsletter, DAY, now=NOW)
    assert not is_due(newsletter, DAY, now=NOW.replace(hour=6))
    assert not is_due(newsletter, DAY - timedelta(days=1), now=NOW), "a backfill writes to nobody"
    saturday = DAY + timedelta(days=1)
    assert not is_due(newsletter, saturday, now=NOW + timedelta(days=1))
    assert not is_due(a_newsletter(channels=()), DAY, now=NOW)
    weekly = a_newsletter(cadence="weekly", weekday=5)
    assert is_due(weekly, DAY, now=NOW) and not is_due(weekly, saturday, now=NOW + timedelta(days=1))


def test_the_asset_sends_on_request_once_and_the_schedule_asks_only_for_what_is_due(
    issue, inbox, monkeypatch, tmp_path
):
    from trend_assets.defs.feed.deliveries import deliveries as asset
    from trend_assets.defs.feed.deliveries import newsletters_at_their_hour
    from trend_assets.defs.resources import WarehouseResource

    (tmp_path / "rising.toml").write_text(
        'title = "Rising"\nhour = 7\nchannels = ["mail"]\nmail_to = ["list@x.org"]\n', encoding="utf-8"
    )
    for name, value in {
        "DATABASE_URL": issue._url, "NEWSLETTER_DIR": str(tmp_path), "SMTP_URL": inbox.url, "SMTP_WITHOUT_TLS": "true",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"TREND_ASSETS_{name}", value)
    resources = {"warehouse": WarehouseResource()}

    with dg.instance_for_test() as instance:

        def asked(at: datetime):
            # left open, its resources would keep an instance whose folder is gone
            with dg.build_schedule_context(instance, scheduled_execution_time=at, resources=resources) as context:
                return newsletters_at_their_hour(context)

        def run(**tags: str):
            return dg.materialize(
                [asset], partition_key=str(DAY), resources=resources, tags=tags, raise_on_error=False, instance=instance
            )

        assert isinstance(asked(NOW.replace(hour=6, minute=0)), dg.SkipReason)
        request = asked(NOW.replace(minute=0))
        assert (request.partition_key, request.run_key) == (str(DAY), "deliver-2026-11-20T07")
        assert run().success and inbox.mails == [], "an older day is sent to nobody by itself"
        for _ in range(2):
            assert run(deliver="now").success
        assert [receivers for receivers, _ in inbox.mails] == [["list@x.org"]]
        assert isinstance(asked(NOW.replace(minute=0)), dg.SkipReason), "it has gone out"


def test_a_channels_variable_is_named_after_it():
    assert channels.variable_of_channel("my-team") == "TREND_ASSETS_CHANNEL_MY_TEAM"
