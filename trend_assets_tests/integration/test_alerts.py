"""Alerts go to a real webhook and a real mail server once, and say which channel did not take them."""

import json
import socketserver
import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from trend_assets.runtime import alerts
from trend_assets.runtime.alerts import Alert, AlertNotSent, claim, send
from trend_assets.runtime.mail import MailNotSent, send_mail
from trend_assets.settings import Settings
from trend_assets_tests import fault_server

NOW = datetime(2026, 3, 8, 9, tzinfo=UTC)
ADDING_A_HEADER = (
    "failed\r\nBcc: other@example.com", "=?utf-8?q?=0d=0aBcc:_other@example.com?=", "failed\u2028Bcc: x@y.z",
    "so =?utf-8?b?DQpCY2M6IHhAeS56?= it", "=?us-ascii?Q?a=0ABcc=3A_x@y.z?=", "failed\x0b\x85Bcc: x@y.z", "\ud800",
)  # fmt: skip


@pytest.fixture
def webhook():
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(500 if self.path == "/broken" else 200)
            self.end_headers()

        def log_message(self, *arguments):
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", received
    server.shutdown()
    server.server_close()


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mails: `heard` is every line with whether it came over TLS, `messages` what was sent."""

    daemon_threads = True

    def __init__(self, context: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), MailHandler)
        self.context = context
        self.heard: list[tuple[str, bool]] = []
        self.messages: list[str] = []

    def handle_error(self, request, client_address):
        """A client that walks away is what some of these tests are about."""


class MailHandler(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self):
        offers = b"250-test\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n" if self.server.context else b"250 test\r\n"
        talk, data, secure = self.rfile, None, False
        say = self.wfile.write
        say(b"220 test\r\n")
        while line := talk.readline():
            text = line.decode().rstrip("\r\n")
            self.server.heard.append((text, secure))
            if data is not None:
                if text == ".":
                    self.server.messages.append("\n".join(data))
                    data = None
                    say(b"250 taken\r\n")
                else:
                    data.append(text)
            elif text.upper().startswith("EHLO"):
                say(offers)
            elif text.upper() == "STARTTLS" and self.server.context:
                say(b"220 go on\r\n")
                talk = self.server.context.wrap_socket(self.connection, server_side=True).makefile("rwb", buffering=0)
                say, secure = talk.write, True
            elif text.upper().startswith("DATA"):
                data = []
                say(b"354 go on\r\n")
            elif text.upper().startswith("QUIT"):
                say(b"221 bye\r\n")
                return
            else:
                say(b"235 fine\r\n" if text.upper().startswith("AUTH") else b"250 fine\r\n")


@contextmanager
def mail_server_with(context: ssl.SSLContext | None = None):
    with MailServer(context) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def mail_server():
    with mail_server_with() as server:
        yield server.server_address[1], server.messages


@pytest.fixture
def certificate(tmp_path):
    """A key and a certificate of this machine, and a context that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=2)).not_valid_after(datetime.now(UTC) + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path / "server.pem"
    pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.write_bytes(key.private_bytes(pem, private, serialization.NoEncryption()) + made.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context, ssl.create_default_context(cadata=made.public_bytes(pem).decode())


def settings(**values) -> Settings:
    return Settings(_env_file=None, **values)


def test_an_alert_reaches_the_webhook_and_the_mailbox(webhook, mail_server):
    url, received = webhook
    port, messages = mail_server
    sent = send(
        settings(
            webhook_url=url,
            smtp_url=f"smtp://127.0.0.1:{port}",
            mail_to="a@example.com,b@example.com",
            smtp_without_tls=True,
        ),
        Alert("daily_collection 2026-03-08 failed", "source.x_posts: the token is wrong\x00", "http://ui/runs/1"),
    )
    assert sent == ["webhook", "mail"]
    assert received[0]["text"].startswith("*daily_collection 2026-03-08 failed*\nsource.x_posts: the token is wrong")
    assert "http://ui/runs/1" in messages[0]
    assert "Subject: daily_collection 2026-03-08 failed" in messages[0]


def test_a_channel_that_refuses_is_named_and_the_other_is_still_used(webhook, mail_server):
    url, _ = webhook
    port, messages = mail_server
    with pytest.raises(AlertNotSent, match="TREND_ASSETS_WEBHOOK_URL"):
        send(
            settings(
                webhook_url=f"{url}/broken",
                smtp_url=f"smtp://127.0.0.1:{port}",
                mail_to="a@example.com",
                smtp_without_tls=True,
            ),
            Alert("t", "x"),
        )
    assert len(messages) == 1


def test_a_webhook_that_is_down_is_named_without_its_address():
    with pytest.raises(AlertNotSent) as raised:
        send(settings(webhook_url="http://127.0.0.1:1/secret-path"), Alert("t", "x"))
    assert "secret-path" not in str(raised.value)


def test_the_same_trouble_is_said_once_a_day_and_repeats_are_counted(warehouse):
    first = Alert("x_posts 2026-03-08 failed", "run 0a1b2c3d-0000-0000-0000-000000000000: 3 of 5 calls")
    again = Alert("x_posts 2026-03-09 failed", "run 9a1b2c3d-0000-0000-0000-000000000000: 4 of 5 calls")
    other = Alert("amazon 2026-03-08 failed", "another reason")
    assert claim(warehouse, first, now=NOW)
    assert not claim(warehouse, again, now=NOW + timedelta(hours=6))
    assert not claim(warehouse, again, now=NOW + timedelta(hours=23))
    assert claim(warehouse, other, now=NOW)
    with warehouse.connect() as connection:
        assert connection.execute("select max(suppressed) from ops.alerts").fetchone() == (2,)
    assert claim(warehouse, again, now=NOW + timedelta(hours=25))
    assert claim(warehouse, Alert("much later", "x"), now=NOW + timedelta(days=32))
    with warehouse.connect() as connection:
        assert connection.execute("select count(*) from ops.alerts").fetchone() == (1,), "a month is kept"


def a_mail() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "us@example.com", "a@example.com", "said"
    message.set_content("the text")
    return message


def test_a_mail_server_that_offers_tls_hears_the_password_and_the_mail_only_through_it(certificate):
    offered, trusted = certificate
    with mail_server_with(offered) as server:
        ours = settings(smtp_url=f"smtp://me:p%40ss-word@localhost:{server.server_address[1]}", mail_to="a@example.com")
        send_mail(ours, a_mail(), context=trusted)
    assert len(server.messages) == 1
    in_the_clear = [line for line, secure in server.heard if not secure]
    assert [line.split()[0].upper() for line in in_the_clear] == ["EHLO", "STARTTLS"]
    assert any(line.startswith("AUTH PLAIN") for line, secure in server.heard if secure)


def test_a_certificate_that_nobody_vouches_for_gets_neither_password_nor_mail(certificate):
    offered, _ = certificate
    with mail_server_with(offered) as server:
        ours = settings(smtp_url=f"smtp://me:p%40ss-word@localhost:{server.server_address[1]}", mail_to="a@example.com")
        with pytest.raises(MailNotSent, match="could not be trusted"):
            send_mail(ours, a_mail())
    assert [line.split()[0].upper() for line, _ in server.heard] == ["EHLO", "STARTTLS"]


def test_a_mail_server_without_tls_gets_nothing_until_that_is_allowed_by_name(webhook):
    url, received = webhook
    with mail_server_with() as server:
        address = f"smtp://me:p%40ss-word@127.0.0.1:{server.server_address[1]}"
        ours = settings(webhook_url=url, smtp_url=address, mail_to="a@example.com")
        with pytest.raises(AlertNotSent, match="TREND_ASSETS_SMTP_WITHOUT_TLS") as raised:
            send(ours, Alert("t", "x"))
    assert "p@ss-word" not in str(raised.value) and not server.messages
    assert [line.split()[0].upper() for line, _ in server.heard] == ["EHLO", "QUIT"]
    assert len(received) == 1, "the other channel was used"


@pytest.mark.parametrize(
    ("answers", "seconds", "is_taken"),
    [
        (fault_server.drip, 10, True),
        (fault_server.huge_body(20_000), 10, True),
        (fault_server.drip_headers, 0.5, False),
        (fault_server.endless_headers, 5, False),
        (fault_server.hang, 0.5, False),
    ],
)
def test_an_answer_without_end_keeps_no_alert_waiting(monkeypatch, answers, seconds, is_taken):
    """Its status says that the webhook took it: what follows is not read."""
    monkeypatch.setattr(alerts, "TIMEOUT_SECONDS", seconds)
    with fault_server.fault_server() as server:
        ours = settings(webhook_url=server.on("/hook", answers))
        if is_taken:
            assert send(ours, Alert("t", "x")) == ["webhook"]
        else:
            with pytest.raises(AlertNotSent, match="TREND_ASSETS_WEBHOOK_URL"):
                send(ours, Alert("t", "x"))


def test_foreign_text_calls_nobody_and_links_nowhere_in_a_message(webhook):
    url, received = webhook
    send(
        settings(webhook_url=url),
        Alert("a <!channel> b", "<https://evil.example|our dashboard> & <@U1>", "http://ui/1"),
    )
    (message,) = received
    assert message["text"] == (
        "*a &lt;!channel&gt; b*\n&lt;https://evil.example|our dashboard&gt; &amp; &lt;@U1&gt;\nhttp://ui/1"
    )
    assert message["unfurl_links"] is False


@pytest.mark.parametrize("title", ADDING_A_HEADER)
def test_a_subject_cannot_add_a_header(mail_server, title):
    """Encoded text could: the standard library decodes it, line ends and all."""
    port, messages = mail_server
    ours = settings(smtp_url=f"smtp://127.0.0.1:{port}", mail_to="a@example.com", smtp_without_tls=True)
    send(ours, Alert(title, "x\r\n.\r\nMAIL FROM:<x>"))
    head, _, _ = messages[0].partition("\n\n")
    named = {line.split(":")[0] for line in head.splitlines() if line[:1] != " "}
    assert named == {"Subject", "From", "To", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"}


def test_proxies_of_the_environment_hear_of_an_alert_only_when_told(webhook, monkeypatch):
    url, received = webhook
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert send(settings(webhook_url=url), Alert("t", "x")) == ["webhook"]
    with pytest.raises(AlertNotSent, match="could not be reached"):
        send(settings(webhook_url=url, webhook_through_proxy=True), Alert("t", "x"))
    assert len(received) == 1
