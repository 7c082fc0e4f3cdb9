"""The media folder: files named by their content, written beside and moved into place.

Nothing of an address, a header or a title ever becomes part of a path.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from trend_assets.sources.errors import WrongContent
from trend_assets.sources.pictures import MAGIC_BYTES, media_type
from trend_assets.warehouse.object_store import ObjectStore, ObjectStoreError, object_store

FOLDER = "media"
FILE_LOCK = "media file "
"""Begins the name of the advisory lock on a file; its hash follows."""
ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file by its content. `path` is relative to the media folder."""

    sha256: str
    path: str
    content_type: str
    size_bytes: int


def hash_of(relative: str) -> str | None:
    """The hash that a file or cover is named by, from its path in the folder; None for what is not named so."""
    named = re.fullmatch(r"([0-9a-f]{2})/(\1[0-9a-f]{62})(?:\.[^/]*)?", relative)
    return named[2] if named else None


class MediaFolder:
    """The folder `media` of the state folder, readable by its owner only; what is old may lie in object storage."""

    def __init__(self, state_dir: Path) -> None:
        self.root = state_dir / FOLDER
        self.store = object_store()
        self._incoming = self.root / "incoming"

    @contextmanager
    def incoming(self) -> Iterator[Path]:
        """A path for a file on its way in; whatever is left there afterwards is removed."""
        self._incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=self._incoming) as folder:
            yield Path(folder) / "file"

    def look_at(self, file: Path) -> StoredFile:
        """What a file on its way in would be stored as; nothing is moved. Raises WrongContent for what is neither
        picture nor video, judged by its first bytes, or is empty."""
        with file.open("rb") as opened:
            kind = media_type(opened.read(MAGIC_BYTES))
            opened.seek(0)
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        if kind not in ENDINGS:
            raise WrongContent(f"The file is {kind or 'neither picture nor video'}, judged by its first bytes.")
        return StoredFile(digest, f"{digest[:2]}/{digest}.{ENDINGS[kind]}", kind, file.stat().st_size)

    def keep(self, file: Path) -> StoredFile:
        """Move a file to its place by content. Raises as `look_at`."""
        looked_at = self.look_at(file)
        return self._place(file, looked_at.path, looked_at.sha256, looked_at.content_type)

    def stored(self) -> Iterator[tuple[str, Path]]:
        """The files and covers that lie in the folder, each with the hash that it is named by."""
        for path in sorted(self.root.glob("??/*")):
            leads_out = path.is_symlink() or path.parent.is_symlink()  # what lies there is not ours
            if (sha256 := hash_of(f"{path.parent.name}/{path.name}")) and not leads_out and path.is_file():
                yield sha256, path

    def left_over(self) -> Iterator[Path]:
        """What attempts that were killed have left on its way in."""
        if self._incoming.is_dir() and not self._incoming.is_symlink():
            yield from sorted(self._incoming.iterdir())

    def keep_cover(self, file: Path, *, of: str) -> str:
        """Move a JPEG that we made to its place beside the file with hash `of`; its relative path."""
        return self._place(file, f"{of[:2]}/{of}.cover.jpg", of, "image/jpeg").path

    def open_path(self, relative: str) -> Path:
        """The absolute path of a stored file, brought back where it lies in object storage. Raises ValueError for a
        path that leads out of the folder."""
        path = self._inside(relative)
        if self.store and not path.exists():
            self._bring_back(self.store, relative, path)
        return path

    def _bring_back(self, store: ObjectStore, relative: str, path: Path) -> None:
        """Put a file of object storage, where it is there, back to its `path`; its name is its hash."""
        with self.incoming() as file:
            if not store.fetch(f"{FOLDER}/{relative}", file):
                return
            name, _, ending = path.name.partition(".")
            if not ending.startswith("cover.") and name != self.look_at(file).sha256:
                raise ObjectStoreError(
                    f"{relative} is another file in object storage than the one that was put there: bring it "
                    "back from a backup, or download it again."
                )
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.replace(file, path)

    def is_here(self, relative: str) -> bool:
        """Whether a stored file lies in the folder itself."""
        try:
            return self._inside(relative).is_file()
        except ValueError:
            return False

    def _inside(self, relative: str) -> Path:
        path = (self.root / relative).resolve()
        if not path.is_relative_to(self.root.resolve()):
            raise ValueError("A media path leads out of the media folder.")
        return path

    def remove(self, sha256: str) -> int:
        """Delete a file and its cover, wherever they lie; how many files that were."""
        removed = 0
        if self.store:
            folder = f"{FOLDER}/{sha256[:2]}"
            removed = self.store.remove(
                {key for key in self.store.keys(folder) if key.startswith(f"{folder}/{sha256}.")}
            )
        place = self.root / sha256[:2]
        for path in () if place.is_symlink() else sorted(place.glob(f"{sha256}.*")):
            path.unlink(missing_ok=True)
            removed += 1
        return removed

    def _place(self, file: Path, relative: str, digest: str, kind: str) -> StoredFile:
        target = self.root / relative
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        size = file.stat().st_size
        with file.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(file, target)
        return StoredFile(digest, relative, kind, size)
