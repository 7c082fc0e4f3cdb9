"""What a platform is, one row each: its name, its words, its ids and addresses, its files. Everything that differs from
platform to platform is read from here; a new platform is one row.

Whom we ask for data (providers, keys, prices) belongs to `sources/`. Imports nothing of the project but `text`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from trend_assets.text import display_text

PlatformSection = Literal["rising", "talk", "products"]
PICTURE_SIZE = (320, 180)
"""Width and height of the pictures that issues show, in pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """Addresses under which items are found. `hosts` stand for their subdomains too, unless `exact`; `mirrors` are
    others' hosts that show the same items inside chats: read, but never published as links. In `path` (a
    regular expression over the whole path up to the id) `{id}` is the platform's id; `parameter` names the query
    parameter that holds the id instead."""

    hosts: tuple[str, ...]
    path: str
    mirrors: tuple[str, ...] = ()
    parameter: str = ""
    exact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """Profiles that can be recognised without asking the platform. `handle` is what people may choose there, in any
    case (Postgres reads it too); `reserved` words name the platform's own pages; `before_handle` are pages after which
    a handle comes; `unresolved` are old kinds of addresses that only the platform can resolve. `id`, `id_page` and
    `id_address` are for platforms that show a stable id; `official_api` says how its own API finds creators."""

    hosts: tuple[str, ...]
    short_hosts: tuple[str, ...]
    handle: str
    address: str
    has_at_sign: bool = True
    is_ascii: bool = True
    keeps_case: bool = False
    reserved: tuple[str, ...] = ()
    before_handle: tuple[str, ...] = ()
    unresolved: tuple[str, ...] = ()
    id: str = ""
    id_page: str = ""
    id_address: str = ""
    official_api: Literal["", "search", "handles"] = ""

    @property
    def handle_shape(self) -> str:
        """The regular expression of a handle that is not a page of the platform."""
        return (rf"(?!(?:{'|'.join(self.reserved)})$)" if self.reserved else "") + self.handle


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """Where media may come from: hosts of pages, hosts of files (both with subdomains), hosts that are files although
    they lie under a page's host, and the yt-dlp extractors that may read the pages."""

    pages: tuple[str, ...]
    files: tuple[str, ...]
    file_names: tuple[str, ...] = ()
    extractors: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """One platform.

    `count_word`: one of what its `views` count; `handle_prefix`: how a handle is written, None where none is shown;
    `section`: where the issue shows its items; `scored_by`: what tells that an item rises; `measured_by`: how known
    items are asked for again; `kind`: what an item is where nothing says it.

    `id_shape` is what an id looks like, `id_words` the same for people; `id_prefix` is what some write before it;
    `has_lower_ids`: letters of any case mean the same. `address` leads to an item, with `no_handle` where the handle
    is not known, and is empty where none follows from an id; nor does one from an id that does not have `addressed`
    (default: `id_shape`). `owns`: schemas whose people are all of this platform. `links`: hosts, with subdomains, whose
    addresses may become links in what we publish; by default those of its items. `picture` is the public address of an
    item's picture (PICTURE_SIZE): it follows from the id and is the same for every reader; empty where there is none.
    """

    name: str
    label: str
    colour: str
    aliases: tuple[str, ...] = ()
    count_word: Literal["view", "point"] = "view"
    handle_prefix: str | None = "@"
    section: PlatformSection = "rising"
    scored_by: Literal["views", "engagements", "places"] = "views"
    measured_by: Literal["id", "address"] = "id"
    kind: Literal["video", "post", "product"] = "video"
    id_shape: str
    id_words: str
    id_prefix: str = ""
    has_lower_ids: bool = False
    address: str
    no_handle: str = ""
    addressed: str = ""
    items: tuple[Items, ...]
    profiles: Profiles | None = None
    media: Media | None = None
    owns: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    picture: str = ""

    @property
    def link_hosts(self) -> tuple[str, ...]:
        return self.links or tuple(host for items in self.items for host in items.hosts)

    @property
    def has_hashtags(self) -> bool:
        """Whether a word behind # in its texts is a tag: where people write under a name that others can call."""
        return bool(self.handle_prefix)

    @property
    def has_views(self) -> bool:
        """Whether its items are counted at all; where not, places in lists tell."""
        return self.scored_by != "places"

    def written(self, handle: str) -> str:
        """A handle as readers of this platform write it, '' where none is shown."""
        return f"{self.handle_prefix}{handle}" if handle and self.handle_prefix is not None else ""

    def item_id(self, text: str) -> str | None:
        """The id that `text` is, or that the address `text` leads to; None when it is not an id of this platform."""
        if "://" in text:
            item = item_in(text)
            return item[1] if item and item[0] == self.name else None
        return self.plain_id(text)

    def plain_id(self, text: str) -> str | None:
        """`item_id` of a text that is not an address."""
        plain = text.strip().removeprefix(self.id_prefix)
        if self.has_lower_ids:
            plain = plain.lower()
        return plain if re.fullmatch(self.id_shape, plain) else None


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of an http(s) address that tell: host (lower case, without www. and its like), path and query."""

    host: str
    path: str
    query: tuple[tuple[str, str], ...] = field(default=())


class UnknownPlatform(ValueError):
    """A name that no platform has; the message names the file and the platforms that there are."""


_ALL = (
    Platform(
        name="tiktok",
        label="TikTok",
        colour="#0b7f86",
        links=("tiktok.com",),
        measured_by="address",
        id_shape=r"[1-9][0-9]{0,19}",
        id_words="up to 20 digits",
        address="https://www.tiktok.com/@{handle}/video/{id}",
        items=(
            Items(
                hosts=("tiktok.com",),
                mirrors=("vxtiktok.com", "tnktok.com", "tiktxk.com", "tfxktok.com"),
                path=r"/(?:@[^/]*/(?:video|photo)|v|share/video|embed(?:/v2)?|player/v1)/{id}",
            ),
            Items(hosts=("tiktok.com",), path="/(?:foryou)?", parameter="item_id"),
            Items(hosts=("tiktokv.com",), path="/share/video/{id}"),
        ),
        profiles=Profiles(
            hosts=("tiktok.com", "www.tiktok.com", "m.tiktok.com"),
            short_hosts=("vm.tiktok.com", "vt.tiktok.com"),
            handle=r"[a-z0-9_.]{1,23}[a-z0-9_]",
            address="https://www.tiktok.com/@{}",
        ),
        media=Media(
            pages=("tiktok.com",),
            files=("tiktokcdn.com", "tiktokcdn-us.com", "tiktokcdn-eu.com", "tiktokv.com", "byteoversea.com",
                   "ibyteimg.com"),
            extractors=("tiktok",),
        ),
        owns=("comets",),
    ),
    Platform(
        name="youtube",
        label="YouTube",
        colour="#c4302b",
        links=("youtube.com", "youtu.be"),
        id_shape=r"[A-Za-z0-9_-]{11}",
        id_words="11 letters, digits, - or _",
        address="https://www.youtube.com/watch?v={id}",
        picture="https://i.ytimg.com/vi/{id}/mqdefault.jpg",
        items=(
            Items(
                hosts=("youtube.com", "youtube-nocookie.com"),
                path=r"/(?:shorts|embed|live|v|e|watch|video)/{id}",
            ),
            Items(hosts=("youtube.com", "youtube-nocookie.com", "youtubekids.com"), path="/watch", parameter="v"),
            Items(hosts=("youtu.be",), path="/{id}"),
        ),
        profiles=Profiles(
            hosts=("youtube.com", "www.youtube.com", "m.youtube.com"),
            short_hosts=("youtu.be",),
            handle=r"[\w.\-·]{3,30}",
            address="https://www.youtube.com/@{}",
            is_ascii=False,
            keeps_case=True,
            unresolved=("c", "user"),
            id=r"UC[A-Za-z0-9_-]{22}",
            id_page="channel",
            id_address="https://www.youtube.com/channel/{}",
            official_api="search",
        ),
        media=Media(
            pages=("youtube.com", "youtu.be"),
            files=("googlevideo.com", "ytimg.com", "ggpht.com"),
            extractors=("youtube",),
        ),
    ),
    Platform(
        name="x",
        label="X",
        colour="#1d2733",
        links=("x.com", "twitter.com"),
        aliases=("twitter",),
        section="talk",
        scored_by="engagements",
        kind="post",
        id_shape=r"[1-9][0-9]{0,19}",
        id_words="up to 20 digits",
        address="https://x.com/{handle}/status/{id}",
        no_handle="i",
        items=(
            Items(
                hosts=("x.com", "twitter.com"),
                mirrors=("fxtwitter.com", "vxtwitter.com", "fixupx.com", "fixvx.com", "twittpr.com", "girlcockx.com",
                         "nitter.net", "xcancel.com"),
                path=r"/(?:(?:[^/]+|i/web)/)?(?:status(?:es)?|article)/{id}",
            ),
            Items(hosts=("platform.twitter.com", "platform.x.com"), path="/embed/Tweet.html", parameter="id"),
        ),
        media=Media(pages=("x.com", "twitter.com"), files=("twimg.com",), extractors=("twitter",)),
    ),
    Platform(
        name="reddit",
        label="Reddit",
        colour="#c63d00",
        links=("reddit.com", "redd.it"),
        count_word="point",
        handle_prefix="u/",
        section="talk",
        kind="post",
        id_shape=r"[a-z0-9]{1,13}",
        id_words="up to 13 letters and digits",
        id_prefix="t3_",
        has_lower_ids=True,
        address="https://www.reddit.com/comments/{id}",
        items=(
            Items(
                hosts=("reddit.com",),
                mirrors=("rxddit.com", "vxreddit.com"),
                path=r"/(?:(?:r|u|user)/[^/]+/)?(?:comments|gallery|poll|tb|duplicates)/{id}",
            ),
            Items(hosts=("redd.it",), path="/{id}", exact=True),
        ),
        media=Media(
            pages=("reddit.com", "redd.it"),
            files=("redditmedia.com", "redditstatic.com"),
            file_names=("v.redd.it", "i.redd.it", "preview.redd.it"),
            extractors=("reddit",),
        ),
    ),
    Platform(
        name="amazon",
        label="Amazon",
        colour="#8a5a00",
        handle_prefix=None,
        section="products",
        scored_by="places",
        kind="product",
        id_shape=r"[A-Z0-9]{10}",
        id_words="10 capital letters and digits",
        address="https://www.amazon.com/dp/{id}",
        items=(
            Items(
                # every market place: an ASIN names the same product in most of them
                hosts=("amazon.ae", "amazon.ca", "amazon.cn", "amazon.co.jp", "amazon.co.uk", "amazon.co.za",
                       "amazon.com", "amazon.com.au", "amazon.com.be", "amazon.com.br", "amazon.com.mx",
                       "amazon.com.tr", "amazon.de", "amazon.eg", "amazon.es", "amazon.fr", "amazon.ie", "amazon.in",
                       "amazon.it", "amazon.nl", "amazon.pl", "amazon.sa", "amazon.se", "amazon.sg"),
                path=r"/(?:.*/)?(?:dp(?:/product)?|gp/(?:product(?:/glance)?|aw/(?:d|reviews)|offer-listing)|product-reviews"
                r"|(?:exec/obidos|o)/ASIN|ask/questions/asin)/{id}",
            ),
        ),
    ),
    Platform(
        name="instagram",
        label="Instagram",
        colour="#a2307f",
        links=("instagram.com",),
        kind="post",
        # the code of an address, or the number that the API calls id, which also names the owner
        id_shape=r"[A-Za-z0-9_-]{5,40}",
        id_words="5 to 40 letters, digits, - or _",
        address="https://www.instagram.com/p/{id}/",
        addressed=r"(?![0-9]+(?:_[0-9]+)?$)[A-Za-z0-9_-]{5,40}",
        items=(
            Items(
                hosts=("instagram.com", "instagr.am"),
                mirrors=("ddinstagram.com", "kkinstagram.com"),
                # what stands behind /share/ is no item's code: only Instagram can resolve it
                path=r"/(?:(?!share/)[^/]+/)?(?:p|reels?|tv)/{id}",
            ),
        ),
        profiles=Profiles(
            hosts=("instagram.com", "www.instagram.com"),
            short_hosts=("instagr.am",),
            handle=r"(?!.*\.\.)[a-z0-9_](?:[a-z0-9_.]{0,28}[a-z0-9_])?",
            address="https://www.instagram.com/{}/",
            has_at_sign=False,
            # profiles lie beside its own pages, so these words name no profile; elsewhere the @ keeps them apart
            reserved=("p", "reel", "reels", "tv", "explore", "stories", "accounts", "direct", "about", "developer",
                      "legal", "web", "api", "graphql", "emails", "challenge", "press", "privacy", "session", "s",
                      "share"),
            before_handle=("stories",),
            official_api="handles",
        ),
        media=Media(
            pages=("instagram.com",), files=("cdninstagram.com", "fbcdn.net"), extractors=("instagram",)
        ),
    ),
    Platform(
        name="hackernews",
        label="Hacker News",
        colour="#b34700",
        count_word="point",
        handle_prefix="",
        section="talk",
        kind="post",
        id_shape=r"[1-9][0-9]{0,11}",
        id_words="up to 12 digits",
        address="https://news.ycombinator.com/item?id={id}",
        items=(Items(hosts=("news.ycombinator.com",), path="/item", parameter="id", exact=True),),
    ),
    Platform(
        name="wikipedia",
        label="Wikipedia",
        colour="#4b5563",
        handle_prefix=None,
        section="talk",
        # views of a day are no count that grows
        scored_by="places",
        kind="post",
        id_shape=r"[a-z][a-z0-9-]{1,20}\.[a-z]{4,12}:\S{1,100}",
        id_words="project:Title_with_underscores",
        # the title alone does not say which characters to encode; its source gives the address
        address="",
        items=(),
        links=("wikipedia.org",),
    ),
)  # fmt: skip
PLATFORMS: Mapping[str, Platform] = {platform.name: platform for platform in _ALL}
NAMES: tuple[str, ...] = tuple(PLATFORMS)
HOSTS_OF_PEOPLE: tuple[str, ...] = (
    *(host for row in _ALL if row.handle_prefix is not None for host in row.link_hosts),
    "facebook.com", "threads.com", "threads.net", "twitch.tv",
)  # fmt: skip
"""Hosts of pages of people: our platforms', and others where the same person may have one under the same handle."""
SANDBOX_FILMS = "tiktok"
"""What the films of the bundled sandbox are like."""

_NAMED = {name: platform for platform in _ALL for name in (platform.name, *platform.aliases)}
_HANDLE = re.compile(r"[\w.]{1,30}", re.ASCII)
# what stands before a host and says only for which device a page is
_DEVICE = re.compile(r"^(www|m|mobile|old|new|amp)\.(?=[^.]+\.)")


def platform_of(name: str) -> Platform:
    """The platform of this name, in any case. Raises UnknownPlatform."""
    platform = _NAMED.get(name.strip().casefold())
    if platform is None:
        raise UnknownPlatform(f"This names {unknown_platform(name)}")
    return platform


def unknown_platform(name: str) -> str:
    """The end of a sentence about a name that no platform has."""
    return f"the platform {name[:40]!r}, which is not in trend_assets/platforms.py; it knows {', '.join(NAMES)}."


def shown_platform(name: str) -> Platform:
    """The platform of this name for showing what is stored; a bare row of that name where it is none of ours."""
    return _NAMED.get(name) or Platform(
        name=name,
        label=display_text(name, limit=20).title() or "Elsewhere",
        colour="#4a5568",
        id_shape="(?!)",
        id_words="none",
        address="",
        items=(),
    )


def platform_named(name: object) -> Platform | None:
    """The platform that a user's file means, in any case and with spaces around; None where it is none of ours."""
    return _NAMED.get(name.strip().casefold()) if isinstance(name, str) else None


def post_address(platform: str, external_id: str, *, handle: str | None = None) -> str | None:
    """The public address of an item, None where none follows from the id. The id alone leads there: a handle is for
    readers, and one that no platform gives out (a slash, a question mark) is left out."""
    row = platform_of(platform)
    item_id = row.plain_id(external_id)
    if item_id is None or not row.address or not re.fullmatch(row.addressed or row.id_shape, item_id):
        return None
    name = handle if handle and _HANDLE.fullmatch(handle) else row.no_handle
    return row.address.format(id=item_id, handle=name)


def address_parts(url: str | None) -> Address | None:
    """An http(s) address apart, None for anything else."""
    if not url:
        return None
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").lower().rstrip(".")
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or "." not in host:
        return None
    path = re.sub(r"/{2,}", "/", unquote(parts.path)).rstrip("/")
    return Address(_DEVICE.sub("", host), path, tuple(parse_qsl(parts.query)))


def item_at(address: Address) -> tuple[str, str] | None:
    """The (platform, id) of the item at an address, None where it is not an item that we know."""
    for platform, items, path in _items_on(address.host):
        match = path.match(address.path)
        if not match:
            continue
        text = dict(address.query).get(items.parameter, "") if items.parameter else match[1]
        if item_id := platform.plain_id(text):
            return platform.name, item_id
    return None


def item_in(url: str | None) -> tuple[str, str] | None:
    """The (platform, id) of the item that a URL leads to, None where it is not an item that we know."""
    address = address_parts(url)
    return item_at(address) if address else None


def is_page_of_items(address: Address) -> bool:
    """Whether a parameter alone tells items apart at this address: without it, it is not an address of one thing."""
    return any(items.parameter and path.match(address.path) for _, items, path in _items_on(address.host))


def platform_serving(host: str, what: Literal["pages", "files", "file_names"]) -> str | None:
    """The platform whose media pages or files a host (lower case) serves; `file_names` are whole host names."""
    names = {host} if what == "file_names" else _with_parents(host)
    return next((row.name for row in _ALL if row.media and not names.isdisjoint(getattr(row.media, what))), None)


def _with_parents(host: str) -> set[str]:
    labels = host.split(".")
    return {".".join(labels[start:]) for start in range(len(labels))}


def _items_on(host: str) -> list[tuple[Platform, Items, re.Pattern[str]]]:
    labels = host.split(".")
    return [
        entry
        for start in range(len(labels))
        for entry in _ITEMS_OF_HOST.get(".".join(labels[start:]), ())
        if not (start and entry[1].exact)
    ]


def _pattern(platform: Platform, items: Items) -> re.Pattern[str]:
    shape = items.path.replace("{id}", f"({platform.id_shape})(?![A-Za-z0-9_-])") + ("$" if items.parameter else "")
    return re.compile(shape, re.IGNORECASE if platform.has_lower_ids else 0)


_ITEMS_OF_HOST: dict[str, list[tuple[Platform, Items, re.Pattern[str]]]] = {}
for _row in _ALL:
    for _items in _row.items:
        for _host in (*_items.hosts, *_items.mirrors):
            _ITEMS_OF_HOST.setdefault(_host, []).append((_row, _items, _pattern(_row, _items)))
