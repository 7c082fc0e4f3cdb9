"""Typed options of a source or a provider: pydantic models, read from the environment by section and name.

    class Options(OptionsModel):
        subreddits: Words = option("all,ecommerce", old="TREND_ASSETS_REDDIT_SUBREDDITS")
        \"\"\"Subreddits.\"\"\"

    TREND_ASSETS_REDDIT__SUBREDDITS=all,ecommerce     section (the folder), two underscores, option
    TREND_ASSETS_REDDIT_SUBREDDITS=…                  an old name: still read, and said to be old

A docstring is the option's documentation: `.env.example` and docs/settings.md are made from it. Which sections there
are belongs to `discovery.py`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, field_validator

from trend_assets.settings import Settings, not_allowed
from trend_assets.text import without_invisible

QUOTES = "\"'`“”„‘’‚«»[]"
"""Around a name they come from where it was copied: a list in code, a document."""


def parts_of(text: str, *, spaced: bool = True) -> list[str]:
    """The parts of a list as people paste it: separated by commas, semicolons or line ends, and by blanks unless
    `spaced`; without quotes around them and invisible characters. Quotes stay in `spaced` parts that hold blanks: there
    they mean something to a search."""
    parts = []
    for part in re.split(r"[,;\r\n]+" if spaced else r"[,;\s]+", text):
        shown = _trimmed(part) if spaced else without_invisible(part).strip()
        bare = shown.strip(QUOTES).strip()
        if kept := shown if spaced and any(map(str.isspace, bare)) else bare:
            parts.append(kept)
    return parts


def _trimmed(text: str) -> str:
    """Without what shows nothing at its ends; inside, the joiners of some scripts are part of words."""
    shows = [at for at, char in enumerate(text) if without_invisible(char).strip()]
    return text[shows[0] : shows[-1] + 1] if shows else ""


def _split(value: object) -> object:
    return tuple(dict.fromkeys(parts_of(value))) if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_split)]
"""A list: separated by commas, semicolons or line ends in the environment, each once. Names of things at a provider
have readers of their own in `sources/names.py`, or in their source's folder."""


class OptionsModel(BaseModel):
    """What can be set for a source or a provider; nothing by default."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        validate_default=True,
        allow_inf_nan=False,  # an endless budget is none
    )

    @field_validator("*")
    @classmethod
    def _keys_can_be_sent(cls, value: object) -> object:
        """A key goes into a header; what is copied with it (a line end, a blank, a typographic dash) does not."""
        if isinstance(value, SecretStr) and re.search(r"[^!-~]", value.get_secret_value()):
            raise ValueError("holds a blank, a line end or a letter that no key has; copy the key again")
        return value


M = TypeVar("M", bound=OptionsModel)


def option(default: Any, *, old: str = "", variable: str = "", **limits: Any) -> Any:
    """A field of options. `old`: a variable that meant it before; `variable`: its customary name (keys have one)."""
    return Field(default, json_schema_extra={"old": old, "variable": variable}, **limits)


def variable_of_option(section: str, model: type[OptionsModel], name: str) -> str:
    """The environment variable of an option."""
    return _extra(model, name, "variable") or f"TREND_ASSETS_{section.upper()}__{name.upper()}"


def old_variable_of(model: type[OptionsModel], name: str) -> str:
    """The variable that meant it before; empty where there is none."""
    return _extra(model, name, "old")


def read_options(section: str, model: type[M], settings: Settings) -> M:
    """The options of a section by the environment that `settings` were read from. Raises SettingsError naming each bad
    variable and what is allowed."""
    given: dict[str, Any] = {}
    named: dict[str, str] = {}
    for name in model.model_fields:
        for variable in (variable_of_option(section, model, name), old_variable_of(model, name)):
            if variable and (value := settings.environment.get(variable.lower())) not in (None, ""):
                given[name], named[name] = value, variable
                break
    try:
        return model(**given)
    except ValidationError as error:
        raise not_allowed(error, lambda name: named.get(name) or variable_of_option(section, model, name)) from None


def variables(section: str, model: type[OptionsModel]) -> Iterator[tuple[str, str]]:
    """The variable of each option with its name."""
    for name in model.model_fields:
        yield variable_of_option(section, model, name), name


def old_variables(section: str, model: type[OptionsModel]) -> Mapping[str, str]:
    """Old variable → the new one."""
    return {old: variable for variable, name in variables(section, model) if (old := old_variable_of(model, name))}


def _extra(model: type[OptionsModel], name: str, what: str) -> str:
    extra = model.model_fields[name].json_schema_extra
    return str(extra.get(what) or "") if isinstance(extra, dict) else ""
