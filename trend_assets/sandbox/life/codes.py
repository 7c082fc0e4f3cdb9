"""Public ids that can be read back: a number goes in, an id that looks arbitrary comes out, and the other way round."""

from trend_assets.sandbox.life.dice import mix, unmix

URL_SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def to_base(number: int, alphabet: str, length: int) -> str:
    """A number in the base of the alphabet, padded to a length."""
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(alphabet))
        digits.append(alphabet[digit])
    return "".join(reversed(digits))


def from_base(text: str, alphabet: str) -> int | None:
    """The number of `to_base`, None where a character does not belong."""
    number = 0
    for letter in text:
        digit = alphabet.find(letter)
        if digit < 0:
            return None
        number = number * len(alphabet) + digit
    return number


def video_code(number: int, seed: int) -> str:
    """Eleven characters, as YouTube's video ids."""
    return to_base(mix((number + (seed << 52)) & ((1 << 64) - 1)), URL_SAFE, 11)


def video_number(code: str, seed: int) -> int | None:
    """What `video_code` was made of; None for text that is not an id."""
    mixed = from_base(code, URL_SAFE) if len(code) == 11 else None
    if mixed is None or mixed >> 64:
        return None
    return (unmix(mixed) - (seed << 52)) & ((1 << 64) - 1)
