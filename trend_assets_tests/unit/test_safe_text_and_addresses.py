"""What must not get out (secrets) and where we must not go (addresses)."""

import json
from base64 import a85encode, b32encode, b32hexencode, b64encode, b85encode, encodebytes, urlsafe_b64encode
from quopri import encodestring
from urllib.parse import quote

import pytest

from trend_assets.sources.addresses import forbidden_reason
from trend_assets.sources.redact import hide_text, redact, shown_url

CANARY = "canary-key-7f3a9b2c"


LONG = "tk_live_9fQ/x+7a Zb3LmP0vRt5Y"
RAW = LONG.encode()
SAID_BACK = {
    **{f"base32, {n} bytes before": b32encode(b"u" * n + RAW + b"zz").decode() for n in range(5)},
    "base32 without padding, small": b32encode(b"user:" + RAW).decode().rstrip("=").lower(),
    "base32hex": b32hexencode(RAW).decode(),
    "quoted for addresses twice": quote(quote(LONG, safe=""), safe=""),
    "and three times": quote(quote(quote(LONG, safe=""), safe=""), safe=""),
    "quoted for mail": encodestring(RAW, quotetabs=True).decode(),
    "every byte quoted for mail": "".join(f"={byte:02X}" for byte in RAW),
    "UTF-16": RAW.decode("latin-1").encode("utf-16-le").decode("latin-1"),
    "octal": "".join(f"\\{byte:03o}" for byte in RAW),
    "braces": "".join(f"\\u{{{byte:x}}}" for byte in RAW),
    "two fields": json.dumps([LONG[:14], LONG[14:]]),
    "cut off": LONG[:20],
    "wrapped": f"{LONG[:14]}\n{LONG[14:]}",
    "wrapped in JSON": json.dumps(f"{LONG[:6]}\r\n{LONG[6:18]}\n{LONG[18:]}"),
    "base64 over lines, several times": encodebytes(b"user:" + RAW * 3).decode(),
    "base64 over lines in JSON": json.dumps(encodebytes(b"user:" + RAW + RAW).decode()),
    "letters apart": " ".join(LONG),
    **{
        f"base64 twice, {n} and {m} bytes before": b64encode(
            b"u" * m + b64encode(b"v" * n + RAW + b"zz") + b"z"
        ).decode()
        for n in range(3)
        for m in range(3)
    },
    "base64 twice, for addresses": urlsafe_b64encode(urlsafe_b64encode(RAW)).decode(),
    "base64 twice, over lines": json.dumps(encodebytes(b64encode(b"user:" + RAW)).decode()),
    **{f"base85, {n} bytes before": b85encode(b"u" * n + RAW).decode() for n in range(4)},
    **{f"Ascii85 in JSON, {n} bytes before": json.dumps(a85encode(b"u" * n + RAW).decode()) for n in range(4)},
    "with what nobody sees": "\u200b".join(LONG),
}


@pytest.mark.parametrize("said", SAID_BACK)
def test_a_secret_is_taken_out_in_whatever_form_a_program_says_it_back(said):
    left = hide_text(SAID_BACK[said], [LONG])
    assert "[hidden]" in left
    assert len(left.replace("[hidden]", "")) <= len(SAID_BACK[said]) // 3, left


def test_a_long_secret_is_taken_out_in_three_pieces_too():
    key = "apify_api_" + "Zq3LmP0vRt5YkW8xJ2hB7nC1dF4gS6aT9uEo"
    size = -(-len(key) // 3)
    said = json.dumps([key[:size], key[size : 2 * size], key[2 * size :]])
    assert hide_text(said, [key]) == '["[hidden]", "[hidden]", "[hidden]"]'


def test_what_is_no_secret_stays_although_it_looks_alike():
    text = "tk_live_ is how keys begin; 100%25 \\n of \u200b others = 74=6B"
    assert hide_text(text, [LONG]) == text


@pytest.mark.parametrize(
    "said",
    [
        f"https://api.example/x?token={CANARY}&a=1",
        f"https://api.example/x?api_key={CANARY}",
        f"Authorization: Bearer {CANARY}",
        f"basic {CANARY}",
        f'{{"access_token": "{CANARY}"}}',
        f"client_secret={CANARY}; next",
        f"https://user:{CANARY}@host.example/path",
        f"X-Api-Key: {CANARY}",
        f"signature={CANARY}",
    ],
)
def test_what_looks_like_a_credential_is_hidden_even_when_we_do_not_know_it(said: str) -> None:
    assert CANARY not in redact(said)


def test_known_secrets_are_hidden_wherever_they_stand_also_when_encoded() -> None:
    secret = "p@ss/word with space"
    assert redact(f"tried {secret} and p%40ss%2Fword%20with%20space", [secret]) == "tried [hidden] and [hidden]"
    assert redact("nothing to hide", ["", "no"]) == "nothing to hide"
    assert "apify_api_" not in redact("apify_api_AbCdEf0123456789")


def test_messages_are_one_clean_line_of_bounded_length() -> None:
    assert redact("a\r\nb\x00c\ud800") == "a bc\ufffd"
    assert len(redact("x" * 10_000)) == 500


def test_urls_are_shown_without_query_user_and_fragment() -> None:
    assert shown_url(f"https://u:{CANARY}@h.example:8443/p/a?x-signature={CANARY}#f") == "https://h.example:8443/p/a"
    assert shown_url("https://[::1") == "an address that cannot be read"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.8", "198.18.0.1", "192.0.2.1",
        "198.51.100.7", "203.0.113.9", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.88.99.1",
        "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1",
        "64:ff9b:1::1", "2002:7f00:1::", "2002:c000:0204::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1",
        "2001:10::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "3fff::1", "5f00::1",
        "100::1", "2607:f8b0::5efe:10.0.0.1", "not an address", "",
    ],
)  # fmt: skip
def test_no_inward_address_is_public(address: str) -> None:
    assert forbidden_reason(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "172.32.0.1", "2606:4700::1111", "2a00:1450:4001::200e", "64:ff9b::808:808"]
)
def test_public_addresses_are_allowed(address: str) -> None:
    assert forbidden_reason(address) is None
