"""What YouTube's list answers share: an object with `items`."""

from typing import Any

from trend_assets.sources.call import Answer
from trend_assets.sources.decode import decode_json
from trend_assets.sources.errors import SchemaDrift
from trend_assets.sources.posts import require_list
from trend_assets.sources.providers.youtube.calls import PROVIDER
from trend_assets.sources.providers.youtube.errors import error_for
from trend_assets.sources.values import dig


def items_of(answer: Answer) -> list[Any]:
    """The `items` of a good answer; raises the classified error or SchemaDrift with the path."""
    document = decode_json(answer.body, what=f"YouTube's answer to {answer.call.endpoint}", provider=PROVIDER)
    if not isinstance(document, dict):
        raise SchemaDrift(f"YouTube answered {type(document).__name__} at $, not an object.", provider=PROVIDER)
    if answer.status != 200 or "error" in document:
        status = answer.status if answer.status != 200 else dig(document, "error", "code")
        raise error_for(status if isinstance(status, int) else 500, document)
    # an empty answer of videos.list may leave the member out
    if "items" not in document and isinstance(document.get("kind"), str):
        return []
    return require_list(document.get("items"), "$.items", what="YouTube's answer", provider=PROVIDER)
