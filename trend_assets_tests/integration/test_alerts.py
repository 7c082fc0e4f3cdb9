"""Alerts go to a real webhook and a real mail server once, and say which channel did not take them."""

import json
import socketserver
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from trend_assets.runtime.alerts import Alert, AlertNotSent, claim, send
from trend_assets.settings import Settings

NOW = datetime(2026, 3, 8, 9, tzinfo=UTC)


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


@pytest.fixture
def mail_server():
    messages = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(b"220 test\r\n")
            data = None
            for line in self.rfile:
                text = line.decode().rstrip("\r\n")
                if data is not None:
                    if text == ".":
                        messages.append("\n".join(data))
                        data = None
                        self.wfile.write(b"250 taken\r\n")
                    else:
                        data.append(text)
                elif text.upper().startswith("DATA"):
                    data = []
                    self.wfile.write(b"354 go on\r\n")
                elif text.upper().startswith("QUIT"):
                    self.wfile.write(b"221 bye\r\n")
                    return
                else:
                    self.wfile.write(b"250 fine\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], messages
        server.shutdown()


def settings(**values) -> Settings:
    return Settings(_env_file=None, **values)


def test_an_alert_reaches_the_webhook_and_the_mailbox(webhook, mail_server):
    url, received = webhook
    port, messages = mail_server
    sent = send(
        settings(webhook_url=url, smtp_url=f"smtp://127.0.0.1:{port}", mail_to="a@example.com,b@example.com"),
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
            settings(webhook_url=f"{url}/broken", smtp_url=f"smtp://127.0.0.1:{port}", mail_to="a@example.com"),
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
