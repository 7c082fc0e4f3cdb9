"""What a stored cover is: its type and size, or why there is none. The pixels are decoded elsewhere, never here."""

from trend_assets.sources.call import Answer, Parsed
from trend_assets.sources.errors import WrongContent
from trend_assets.sources.pictures import image_size, media_type


def parse(answer: Answer) -> Parsed:
    """One row per cover: external_id, problem (None, or expired, not_found, forbidden_target, too_large, wrong_content,
    no_address), reason, media_type, width, height (pixels), bytes. The bytes are the answer's body."""
    row = {
        "external_id": str(answer.call.params.get("external_id") or ""),
        "problem": None,
        "reason": None,
        "media_type": media_type(answer.body),
        "width": None,
        "height": None,
        "bytes": len(answer.body),
    }
    if not answer.body:
        word, _, reason = answer.note.partition(": ")
        row |= {"problem": word or "not_found", "reason": reason or "The answer is empty."}
    else:
        try:
            row["width"], row["height"] = image_size(answer.body)
        except WrongContent as error:
            row |= {"problem": error.word, "reason": str(error)}
    return Parsed(rows=[row], received=1)
