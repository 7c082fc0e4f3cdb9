"""Object storage for what is old: an address (S3 and what speaks like it, Google's, Azure's, a folder), and below it

    media/<ab>/<sha256>.<ending>   as in the media folder         its row in media.assets stays
    answers/<capture id>           zstd, as it was in the column   its row in capture.answers stays, without a body
    issues/<day>.<ending>          as in the issues folder         its row in feed.issue_forms stays
    platform                       whose all this is               ops.platform

What is put counts as put when it was read back and is the same. Keys are read from the environment and `.env`, never
from the address. What moves there and when belongs to `privacy/sweeping.py`.
"""

import contextlib
import hashlib
import importlib
import io
from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import zstandard

from trend_assets.settings import Settings, get_settings
from trend_assets.warehouse.errors import WarehouseError

ANSWERS = "answers"
OWNER = "platform"
TIMEOUT = "60s"
# by itself the library tries for three minutes, and doctor would hang
RETRIES = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}
# those of Google and Azure are read from the environment by the library itself
S3_VARIABLES = (
    "aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_region", "aws_endpoint_url",
)  # fmt: skip


class ObjectStoreError(WarehouseError):
    """Object storage cannot be used, or does not have what it should; the message says what to do."""


class ObjectStore:
    """Objects by key below the address `url`. Raises ObjectStoreError."""

    def __init__(self, url: str, settings: tuple[tuple[str, str], ...] = ()) -> None:
        try:
            self._library: Any = importlib.import_module("obstore")
        except ModuleNotFoundError:
            raise ObjectStoreError(
                "TREND_ASSETS_OBJECT_STORE_URL needs the package obstore: run make extras (or pip install "
                "'trend_assets[objects]' where it was installed so)."
            ) from None
        parts = urlsplit(url)
        # the address is said in messages; a signature travels behind a question mark
        if "@" in parts.netloc or parts.query:
            raise ObjectStoreError(
                "TREND_ASSETS_OBJECT_STORE_URL holds a password: take it out, keys are read from variables such as "
                "AWS_SECRET_ACCESS_KEY and AZURE_STORAGE_SAS_TOKEN."
            )
        self.url = url
        options: dict[str, Any] = {"mkdir": True}
        if parts.scheme != "file":
            options = {"client_options": {"timeout": TIMEOUT}, "retry_config": RETRIES}
        if parts.scheme in ("s3", "s3a"):
            options["config"] = dict(settings)
            # an endpoint without TLS (a server of one's own network) is one that somebody wrote so
            options["client_options"]["allow_http"] = dict(settings).get("aws_endpoint_url", "").startswith("http://")
        with self._explained("opened"):
            self._store = importlib.import_module("obstore.store").from_url(url, **options)

    def put(self, key: str, content: bytes | Path) -> None:
        """Store and read back. Raises ObjectStoreError where it is not the same."""
        with self._explained(f"written ({key})"):
            self._library.put(self._store, key, content)
            there = hashlib.sha256()
            for chunk in self._library.get(self._store, key).stream():
                there.update(chunk)
        with content.open("rb") if isinstance(content, Path) else io.BytesIO(content) as file:
            ours = hashlib.file_digest(file, "sha256")
        if there.digest() != ours.digest():
            raise ObjectStoreError(
                f"{self.url} gave back other bytes of {key} than were put: nothing was removed here."
            )

    def claim(self, platform_id: str) -> None:
        """Note whose this is. Raises ObjectStoreError where it is another platform's: each would take what the other
        has put for nobody's, and remove it."""
        with self._explained(f"written ({OWNER})"), contextlib.suppress(self._library.exceptions.AlreadyExistsError):
            self._library.put(self._store, OWNER, platform_id.encode(), mode="create")
        if (owner := self.get(OWNER).decode("utf-8", "replace")) != platform_id:
            raise ObjectStoreError(
                f"Object storage at {self.url} belongs to another platform ({owner[:40]}): give this one a folder of "
                f"its own in TREND_ASSETS_OBJECT_STORE_URL. If that platform is no more, remove the object {OWNER} "
                "there. Nothing was moved or removed."
            )

    def get(self, key: str) -> bytes:
        with self._explained(f"read ({key})"):
            return bytes(self._library.get(self._store, key).bytes())

    def fetch(self, key: str, target: Path) -> bool:
        """The object as a file; False where there is none."""
        with self._explained(f"read ({key})"), target.open("wb") as file:
            try:
                stored = self._library.get(self._store, key)
            except FileNotFoundError:
                return False
            for chunk in stored.stream():
                file.write(chunk)
        return True

    def keys(self, folder: str) -> set[str]:
        """The keys below `folder`, with it."""
        with self._explained("listed"):
            return {each["path"] for chunk in self._library.list(self._store, folder) for each in chunk}

    def remove(self, keys: set[str]) -> int:
        """Delete; how many."""
        if keys:
            with self._explained("cleared"), contextlib.suppress(FileNotFoundError):
                self._library.delete(self._store, sorted(keys))
        return len(keys)

    @contextlib.contextmanager
    def _explained(self, what: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise ObjectStoreError(
                f"Object storage at {self.url} could not be {what}: it is not there. Was the bucket emptied, or the "
                "address changed? Bring it back from a backup."
            ) from None
        # its errors say keys of requests and whole answers; the kind is enough
        except (self._library.exceptions.BaseError, OSError) as error:
            raise ObjectStoreError(
                f"Object storage at {self.url} could not be {what} ({type(error).__name__}): check "
                "TREND_ASSETS_OBJECT_STORE_URL, AWS_ENDPOINT_URL, the keys and their rights, then run it again."
            ) from None


def object_store(settings: Settings | None = None) -> ObjectStore | None:
    """The configured object storage, None where there is none."""
    settings = settings or get_settings()
    if not settings.object_store_url:
        return None
    known = tuple((name, str(settings.environment[name])) for name in S3_VARIABLES if settings.environment.get(name))
    return _opened(settings.object_store_url, known)


_opened = lru_cache(maxsize=4)(ObjectStore)


def stored_body(body: bytes | None, capture_id: str) -> bytes:
    """The body of an answer, from what its row holds (compressed) or from object storage. Raises zstandard.ZstdError
    where it is damaged."""
    if body is None:
        if (store := object_store()) is None:
            raise ObjectStoreError(
                f"The body of capture {capture_id} is in object storage: set TREND_ASSETS_OBJECT_STORE_URL to its "
                "address."
            )
        body = store.get(f"{ANSWERS}/{capture_id}")
    return zstandard.decompress(body)
