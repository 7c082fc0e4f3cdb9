"""Jinja for the pages: escaped, cleaned, and without a link to anywhere but plain http(s) addresses."""

import json
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from trend_assets.competitors.profiles import PROFILE_PLATFORMS
from trend_assets.newsletters.rendering.formats import served
from trend_assets.platforms import PLATFORMS, shown_platform
from trend_assets.sources.discovery import title_of
from trend_assets.text import display_text, plural


@cache
def environment() -> Environment:
    """The templates of this package. Every text from outside is escaped and loses bidi and control characters."""
    made = Environment(
        loader=PackageLoader("trend_assets.api", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_clean,
    )
    made.filters["safe_url"] = is_safe_url
    made.filters["source_title"] = title_of
    made.filters["merged"] = lambda one, other: {**one, **other}
    made.globals["platforms"] = PLATFORMS
    made.globals["shown_platform"] = shown_platform
    made.globals["plural"] = plural
    made.globals["formats"] = served()
    made.globals["profile_platforms"] = PROFILE_PLATFORMS
    return made


def is_safe_url(url: Any) -> bool:
    """Whether an address may become a link: plain http(s) with a host and without a user name."""
    if not isinstance(url, str) or url != display_text(url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None


@cache
def stylesheet() -> str:
    source, _, _ = PackageLoader("trend_assets.api", "templates").get_source(environment(), "style.css")
    return source + "".join(f"\n.platform.{row.name} {{ background: {row.colour}; }}" for row in PLATFORMS.values())


def reference_of(document: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI document with what the reference page needs resolved: each body's fields and an example."""
    schemas = document.get("components", {}).get("schemas", {})
    paths: dict[str, Any] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema", {})
            reference = schema.get("$ref") or next((s.get("$ref") for s in schema.get("anyOf", ()) if "$ref" in s), "")
            fields = schemas.get(reference.rsplit("/", 1)[-1], {}).get("properties", {}) if reference else {}
            example = {
                name: field["examples"][0]
                for name, field in fields.items()
                if isinstance(field, dict) and "examples" in field
            }
            paths.setdefault(path, {})[method] = {
                "summary": "",
                "description": "",
                "parameters": [],
                "security": None,
                **operation,
                "body_fields": fields,
                "example": json.dumps(example),
            }
    return {"info": {"description": "", **document["info"]}, "paths": paths}


def _clean(value: Any) -> Any:
    return display_text(value) if isinstance(value, str) and not isinstance(value, Markup) else value
