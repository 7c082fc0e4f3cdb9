"""The text in a chat answer. Pure."""

from trend_assets.sources.call import Answer, Parsed
from trend_assets.sources.decode import decode_json
from trend_assets.sources.errors import SchemaDrift
from trend_assets.sources.prose.collect import PROVIDER_NAME
from trend_assets.sources.values import dig
from trend_assets.text import clean_text

LONGEST = 20_000


def parse(answer: Answer) -> Parsed:
    """One row: `text`, empty where the model refused, and the `model` that wrote it. Raises SchemaDrift."""
    document = decode_json(
        answer.body, what="The language model's answer", provider=PROVIDER_NAME, status=answer.status
    )
    choices = dig(document, "choices")
    message = dig(choices[0], "message") if isinstance(choices, list) and choices else None
    text = dig(message, "content")
    if text is None and isinstance(dig(message, "refusal"), str):
        text = ""
    if not isinstance(text, str):
        raise SchemaDrift("The language model's answer has no $.choices[0].message.content.", provider=PROVIDER_NAME)
    model = dig(document, "model")
    named = clean_text(model, limit=100) if isinstance(model, str) else ""
    asked = (answer.call.body or {}).get("model")
    return Parsed(rows=[{"text": clean_text(text, limit=LONGEST), "model": named or str(asked)}], received=1)
