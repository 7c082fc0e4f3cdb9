"""Invented names and filled templates, by address: the same (stream, indices) always gives the same words."""

from trend_assets.sandbox.life import words
from trend_assets.sandbox.life.dice import Dice


def invented(dice: Dice, stream: str, *indices: int) -> str:
    """A pronounceable word of two or three syllables, such as 'velmora'."""
    count = 2 + (dice.uniform(stream + "/n", *indices) < 0.45)
    return "".join(dice.pick(words.SYLLABLES, stream, *indices, place) for place in range(count))


def brand(dice: Dice, stream: str, *indices: int) -> str:
    """An invented brand, such as 'Lumora'."""
    return (invented(dice, stream, *indices) + dice.pick(words.BRAND_ENDINGS, stream + "/e", *indices)).capitalize()


def fill(dice: Dice, template: str, topic: words.Topic, stream: str, *indices: int) -> str:
    """A template with {a}, {n}, {x}, {k}, {t} and {s} filled in from the topic."""
    if "{" not in template:
        return template
    return template.format(
        a=dice.pick(topic.adjectives, stream + "/a", *indices),
        n=dice.pick(topic.nouns, stream + "/n", *indices),
        x=dice.pick(words.PLACES, stream + "/x", *indices),
        k=2 + dice.integer(48, stream + "/k", *indices),
        t=topic.name,
        s=dice.pick(words.KEYWORD_SUFFIXES, stream + "/s", *indices),
        h=invented(dice, stream + "/h", *indices),
    )
