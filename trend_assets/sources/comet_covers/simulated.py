"""Covers and media files under signed addresses that expire, with every way in which an image can disappoint."""

import struct
import zlib
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from trend_assets.sandbox.covers import cover_file, encode
from trend_assets.sandbox.films import NoEncoder, film_file
from trend_assets.sandbox.simulation import Simulation
from trend_assets.sandbox.state import ask_of, fault, is_signed, reply, sandbox_of, signed_url
from trend_assets.sandbox.world import World

TYPES = {"jpeg": "image/jpeg", "jpg": "image/jpeg", "webp": "image/webp", "png": "image/png", "heic": "image/heic"}
FILM_SECONDS = 3
PAGE = b"<!doctype html><html><body>simulated: not an image</body></html>"
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" width="540" height="960"><rect width="540" height="960"/></svg>'


def heic() -> bytes:
    """The head of a HEIC file and arbitrary bytes: what OpenCV answers with None."""
    brand = b"ftypheic" + b"\x00\x00\x00\x00" + b"mif1heic"
    return struct.pack(">I", len(brand) + 4) + brand + bytes(range(256)) * 16


@lru_cache(maxsize=1)
def pixel_bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG of about 110 kB that OpenCV would unpack to 2.7 GB: a bit per pixel in the file, three bytes in memory."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    rows = b"\x00" * (width // 8 + 1) * 100
    packed = b"".join([*(packer.compress(rows) for _ in range(height // 100)), packer.flush()])
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def face_share_of(world: World, kind: str, name: str) -> float | None:
    """The share of the frame that a face takes on a cover, 0 without one; None for a cover that there is not."""
    if kind == "tt":
        clips = world.clips.by_id(int(name)) if name.isdigit() else None
        return None if clips is None else float(clips.face_share[0])
    number = sum(name.encode())
    if kind in ("product", "post"):
        return 0.0
    if kind in ("avatar", "x"):
        return 0.12 if number % 2 else 0.0
    return (0.06 if number % 3 else 0.0) if kind in ("yt", "ig") else None


def _spoiled(request: Request, good: bytes) -> Response | None:
    """The answer under a cover fault, None when the request meets none."""
    if fault(request, "cover_expired") is not None:
        return reply({"error": "URL signature expired"}, 403)
    if fault(request, "cover_gone") is not None:
        return Response(b"", 404)
    bodies = (
        ("cover_html", lambda: PAGE),
        ("cover_svg", lambda: DRAWING),
        ("cover_heic", heic),
        ("cover_corrupt", lambda: good[: len(good) // 2]),
        ("cover_empty", lambda: b""),
        ("cover_tiny", _tiny),
        ("cover_bomb", pixel_bomb),
    )
    for name, body in bodies:
        if fault(request, name) is not None:
            return Response(body(), media_type="image/jpeg")
    return None


def _tiny() -> bytes:
    import numpy as np

    return encode(np.full((1, 1, 3), 127, np.uint8), "jpeg")


def _refused(request: Request) -> Response | None:
    ask, query = ask_of(request), request.query_params
    good = is_signed(
        ask,
        sandbox_of(request).world.seed,
        path=ask.path,
        expires=query.get("x-expires", ""),
        signature=query.get("x-signature", ""),
        is_travel=query.get("x-travel") == "1",
    )
    return None if good else reply({"error": "URL signature expired or not valid"}, 403)


async def cover(request: Request) -> Response:
    """GET /covers/{kind}/{name}.{ending} with a valid signature."""
    if refused := _refused(request):
        return refused
    world, kind = sandbox_of(request).world, request.path_params["kind"]
    name, _, ending = request.path_params["file"].rpartition(".")
    share = face_share_of(world, kind, name)
    if share is None or ending not in TYPES:
        return Response(b"", 404)
    written = {"jpg": "jpeg", "heic": "jpeg"}.get(ending, ending)
    if fault(request, "cover_webp") is not None:
        written = "webp"
    good = cover_file(world.dice, f"{kind}/{name}", share, written)
    if spoiled := _spoiled(request, good):
        return spoiled
    return Response(heic() if ending == "heic" else good, media_type=TYPES[ending])


async def film(request: Request) -> Response:
    """GET /media/tt/{id}.mp4 with a valid signature."""
    if refused := _refused(request):
        return refused
    world, name = sandbox_of(request).world, request.path_params["name"]
    share = face_share_of(world, "tt", name)
    if share is None or fault(request, "cover_gone") is not None:
        return Response(b"", 404)
    try:
        data = film_file(world.dice, f"tt/{name}", share, FILM_SECONDS)
    except NoEncoder as problem:
        return reply({"error": str(problem)}, 501)
    return Response(data, media_type="video/mp4")


async def watch(request: Request) -> Response:
    """GET /watch/tt/{id}: a page for people that holds the film, as a platform's video page does."""
    ask, world, name = ask_of(request), sandbox_of(request).world, request.path_params["name"]
    if face_share_of(world, "tt", name) is None:
        return Response(b"", 404)
    source = signed_url(ask, world.seed, f"/media/tt/{name}.mp4").replace("&", "&amp;")
    poster = signed_url(ask, world.seed, f"/covers/tt/{name}.jpeg").replace("&", "&amp;")
    return HTMLResponse(
        f'<!doctype html><html><head><title>Simulated video {name}</title><meta property="og:video" content="{source}">'
        f'<meta property="og:image" content="{poster}"></head><body><p>All data is simulated.</p>'
        f'<video src="{source}" poster="{poster}" controls></video></body></html>'
    )


def failure(request: Request, status: int, headers: dict[str, str] | None = None) -> Response:
    """A host of pictures says little."""
    return Response("Simulated failure.", status, headers, media_type="text/plain")


SIMULATION = Simulation(
    provider="cdn",
    routes=lambda: [
        Route("/covers/{kind}/{file}", cover, methods=["GET", "HEAD"]),
        Route("/media/tt/{name}.mp4", film, methods=["GET", "HEAD"]),
        Route("/watch/tt/{name}", watch),
    ],
    endpoints=((r"^/covers/", "cover"), (r"^/(?:media|watch)/", "media")),
    failure=failure,
    faults={
        "cover_expired": "403 'URL signature expired'.",
        "cover_gone": "404.",
        "cover_html": "200 image/jpeg, but the body is an HTML page.",
        "cover_svg": "200 with an SVG document.",
        "cover_webp": "A WebP file under a .jpeg name.",
        "cover_heic": "A HEIC file header: a format that OpenCV cannot read.",
        "cover_corrupt": "A JPEG that ends in the middle.",
        "cover_empty": "200 with no body.",
        "cover_tiny": "A 1×1 image.",
        "cover_bomb": "A PNG of about 110 kB that says it is 30000×30000.",
    },
    needs_key=False,
    has_prefix=False,
    about=(
        "GET /covers/{kind}/{id}.jpeg",
        "GET /media/tt/{id}.mp4",
        "GET /watch/tt/{id} (a page that holds the video)",
    ),
)
