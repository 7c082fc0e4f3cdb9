"""The desk's own files: its script and style, and the two libraries beside their licences (`static/`).

Served by us with an ETag of the content; a browser asks again and gets 304.
"""

import hashlib
from functools import cache
from pathlib import Path

from fastapi import Request
from fastapi.responses import Response

from trend_assets.api.problems import Problem

FOLDER = Path(__file__).parent / "static"
KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
SCRIPTS = ("htmx-2.0.11.min.js", "sortable-1.15.7.min.js", "desk.js")


@cache
def _files() -> dict[str, tuple[bytes, str, str]]:
    found = {}
    for path in sorted(FOLDER.iterdir()):
        if path.suffix in KINDS:
            body = path.read_bytes()
            found[path.name] = (body, KINDS[path.suffix], f'"{hashlib.sha256(body).hexdigest()[:32]}"')
    return found


def file_answer(request: Request, name: str) -> Response:
    """The file of this name. Problem 404 for any other."""
    if name not in _files():
        raise Problem(404, "The desk has no such file.")
    body, kind, etag = _files()[name]
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if etag in {tag.strip() for tag in request.headers.get("if-none-match", "").split(",")}:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=kind, headers=headers)
