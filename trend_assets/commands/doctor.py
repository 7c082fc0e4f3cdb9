"""`trend-assets doctor`: is each provider and store configured and reachable, what does a day cost, what is missing.

Asks nothing that costs money or quota: reachability is any HTTP answer of the provider's base address.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING

from dotenv import dotenv_values

from trend_assets.capture.prose import OFF, is_off
from trend_assets.domain.comets.words import word_lists
from trend_assets.newsletters.discovery import found
from trend_assets.runtime.mail import is_configured
from trend_assets.runtime.state import state_dir
from trend_assets.settings import OWN, Settings, get_settings, variable_of
from trend_assets.sources.clients import is_simulated, mode_of
from trend_assets.sources.declare import Provider
from trend_assets.sources.discovery import (
    CAPTURES,
    LISTS,
    PROBLEMS,
    PROVIDERS,
    options_of,
    provider_options,
    renamed,
    sections,
    wrong_options,
)
from trend_assets.sources.http_library import httpx
from trend_assets.sources.options import old_variables, variable_of_option, variables
from trend_assets.sources.policies import withheld

if TYPE_CHECKING:
    from trend_assets.capture.ledger import Allowance

TIMEOUT_SECONDS = 5
NEAR = 0.85
"""Share of letters that a misspelt variable has in common with the one that was meant."""


def report(settings: Settings, *, say: Callable[[str], None]) -> int:
    """Print the report; 1 when something that is configured cannot be used, else 0."""
    fine = _store(settings, say)
    say("")
    say(f"{'provider':<10} {'mode':<8} {'reachable':<24} {'a day costs at most':<32} what to do")
    wrong = wrong_options(settings)
    fine &= not wrong
    for provider in PROVIDERS.values():
        if not provider.has_account:
            continue
        fine &= _provider(settings, provider, say)
    say("")
    for problem in PROBLEMS:
        say(f"Sources: {problem}")
        fine = False
    newsletters = found(settings)
    say(f"Newsletters: {', '.join(newsletters.by_name)}; `trend-assets newsletters` says more.")
    for problem in newsletters.problems:
        say(f"Newsletters: {problem}")
        fine = False
    for sentence in (*wrong, *renamed(settings)):
        say(f"Settings: {sentence}")
    simulated = {spec.name: is_simulated(spec.provider, settings) for spec in CAPTURES.values()}
    for sentence in withheld(settings, simulated=simulated).values():
        say(f"Terms: {sentence}")
    for name, meant in unknown_variables().items():
        hint = f"it is nearest to {meant}" if meant else "docs/settings.md lists them all"
        say(f"Settings: {name} is not a setting, so it does nothing; {hint}.")
    for sentence in _silent_names(settings):
        say(f"Names: {sentence}; correct or remove it in the settings of that source.")
    for what, looked_at, is_used in (
        ("Objects", _object_store, bool(settings.object_store_url)),
        ("Workers", _workers, settings.executor == "celery"),
        ("Faces", _faces, True),
    ):
        if is_used:
            sentence, works = looked_at(settings)
            say(f"{what}: {sentence}")
            fine &= works
    for problem in _wrong_paths(settings):
        say(f"Settings: {problem}")
        fine = False
    if is_off(settings):
        say(f"Prose: {OFF}")
    if not (settings.webhook_url or is_configured(settings)):
        say("Alerts: no channel; set TREND_ASSETS_WEBHOOK_URL, or TREND_ASSETS_SMTP_URL and TREND_ASSETS_MAIL_TO.")
    if not settings.allow_external_media_download:
        say("Media downloads: off; set ALLOW_EXTERNAL_MEDIA_DOWNLOAD=true to allow them.")
    return 0 if fine else 1


def unknown_variables(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Variables that are meant for us and that nothing reads, misspelt ones, each with the nearest that is read (or
    nothing). Meant for us is what begins like ours, or nearly so, and in `.env` what is nearly one of ours."""
    known = known_variables()
    in_file = set(dotenv_values(".env"))
    unknown = {}
    for name in sorted({*(os.environ if environment is None else environment), *in_file}):
        upper = name.upper()
        if upper in known:
            continue
        nearest = next(iter(get_close_matches(upper, known, n=1, cutoff=NEAR)), "")
        if upper.startswith(("TREND_", "TRENDS_", "TRENDASSETS_")) or (nearest and name in in_file):
            unknown[name] = nearest
    return unknown


def known_variables() -> set[str]:
    """Every variable that is read: the house's settings, the options of sources and providers, and their old names."""
    known = {variable_of(name) for name in OWN}
    for section, _, model in sections():
        known |= {variable for variable, _ in variables(section, model)} | old_variables(section, model).keys()
    channels = {name for each in found(get_settings()).by_name.values() for name in each.channels}
    return known | {f"TREND_ASSETS_CHANNEL_{name.upper().replace('-', '_')}" for name in channels}


def _faces(settings: Settings) -> tuple[str, bool]:
    """Which detector looks at covers, or what to mend."""
    from trend_assets.faces.choice import detector_of

    try:
        _, name = detector_of(settings.face_detector, settings.face_yunet_model)
    except ValueError as error:
        return str(error), False
    return f"{name} looks at covers (TREND_ASSETS_FACE_DETECTOR={settings.face_detector}).", True


def _wrong_paths(settings: Settings) -> Iterator[str]:
    """What is wrong with files and folders that the settings name and nothing above looks at."""
    try:
        word_lists(settings.comet_words_file)
    except ValueError as error:
        yield f"TREND_ASSETS_COMET_WORDS_FILE: {error}"
    folder = settings.import_dir
    if folder and not folder.is_dir():
        yield f"TREND_ASSETS_IMPORT_DIR is {folder}, which is not a folder; make it, or set another."


def _object_store(settings: Settings) -> tuple[str, bool]:
    """Whether old files and answers can be read from object storage, and put there."""
    from trend_assets.warehouse.object_store import ObjectStoreError, object_store

    try:
        if store := object_store(settings):
            store.put("doctor", b"Can be removed.")
            store.remove({"doctor"})
    except ObjectStoreError as error:
        return str(error), False
    return f"{settings.object_store_url} can be written, read and cleared.", True


def _workers(settings: Settings) -> tuple[str, bool]:
    """Which workers take the steps of runs, or what to do that some does."""
    from trend_assets.runtime.extras import ExecutorMissing, from_extra

    try:
        steps = from_extra("trend_assets.runtime.celery_steps", extra="celery")
    except ExecutorMissing as error:
        return str(error), False
    try:
        broker = steps.shown(steps.broker_url(settings))
        there = steps.answering(settings)
    except steps.BrokerUnusable as error:
        return str(error), False
    if not there:
        return f"none answers at {broker}, so every run waits; start one with `trend-assets worker`.", False
    return f"{len(there)} at {broker}: {', '.join(there)}.", True


def _silent_names(settings: Settings) -> list[str]:
    """The names of all sources' settings that had no result, each with since when; none where nothing can be read."""
    from trend_assets.capture.names import silent
    from trend_assets.runtime.database import databases
    from trend_assets.warehouse.errors import WarehouseError
    from trend_assets.warehouse.warehouse import Warehouse

    try:
        with databases(settings) as servers, Warehouse(servers.data_url).connect() as connection:
            made = connection.execute("SELECT to_regclass('ops.names_without_result') IS NOT NULL").fetchone()
            return [str(each) for each in silent(connection)] if made and made[0] else []
    except WarehouseError:
        return []  # what is wrong with the store is said above


def _store(settings: Settings, say: Callable[[str], None]) -> bool:
    from trend_assets.runtime.database import databases
    from trend_assets.warehouse.connection import server_version
    from trend_assets.warehouse.errors import WarehouseError, redact_url
    from trend_assets.warehouse.schema import refused_tables
    from trend_assets.warehouse.warehouse import Warehouse

    kind = "given by TREND_ASSETS_DATABASE_URL" if settings.database_url else f"embedded, in {state_dir(settings)}"
    try:
        with databases(settings) as servers, Warehouse(servers.data_url).connect() as connection:
            number = server_version(connection)
            version, address = f"{number // 10_000}.{number % 10_000}", redact_url(servers.data_url)
            say(f"Postgres   fine: version {version}, {kind} ({address})")
            refused = refused_tables(connection)
            for sentence in refused.values():
                say(f"Tables     {sentence}")
            return not refused
    except WarehouseError as error:
        say(f"Postgres   not usable ({kind}): {error}")
        return False


def _provider(settings: Settings, provider: Provider, say: Callable[[str], None]) -> bool:
    name, mode = provider.name, mode_of(provider, settings)
    options = provider_options(provider, settings)
    missing = [each for each in provider.keys if not getattr(options, each)]
    if mode != "live" and 0 < len(missing) < len(provider.keys):
        lacks = " and ".join(variable_of_option(name, provider.options, each) for each in missing)
        say(f"{name:<10} {mode:<8} {'-':<24} {'-':<32} its key is not whole: set {lacks}, too")
        return False
    if mode == "off":
        say(f"{name:<10} {'off':<8} {'-':<24} {'-':<32} skipped; set {provider.key} from {provider.key_from}")
        return True
    if mode == "sandbox":
        price = f"simulated {_price(settings, provider)}"
        todo = (
            f"simulated data; set {provider.key} from {provider.key_from} to go live"
            if provider.keys
            else "simulated data; needs no key: live with TREND_ASSETS_SANDBOX=off, or beside any other live provider"
        )
        # as its other callers ask it: no proxy of the environment stands between
        asked = settings.sandbox_url and _reachable(settings.sandbox_url, trust_env=False)
        reachable, problem = asked or ("bundled", "")
        say(f"{name:<10} {'sandbox':<8} {reachable:<24} {price:<32} {problem or todo}")
        return not problem
    reachable, problem = _reachable(options.url)
    todo = problem or _spent(settings, provider)
    say(f"{name:<10} {'live':<8} {reachable:<24} {_price(settings, provider):<32} {todo}")
    return not problem


def _price(settings: Settings, provider: Provider) -> str:
    """What the day's collections of a provider cost at most, by the settings."""
    options = provider_options(provider, settings)
    usd, calls = 0.0, Counter[str]()
    for source in LISTS.values():
        if source.provider is provider:
            estimate = source.estimate(options_of(source, settings), options)
            usd += estimate.usd
            calls.update(estimate.calls)
    counted = (f", {n} of {getattr(options, provider.quotas[bucket])} {bucket} calls" for bucket, n in calls.items())
    return f"${usd:.2f}{''.join(counted)}"


def _spent(settings: Settings, provider: Provider) -> str:
    """What is left of today's budget, from the ledger."""
    from trend_assets.capture.ledger import allowances
    from trend_assets.runtime.database import databases
    from trend_assets.warehouse.warehouse import Warehouse

    with databases(settings) as servers:
        left = allowances(Warehouse(servers.data_url), settings, provider.name, moment=datetime.now(UTC))
    return "; ".join(_left(each) for each in left) or "no budget applies"


def _left(allowance: "Allowance") -> str:
    unknown = f" (unknown, at most {allowance.unknown:g} of what is spent)" if allowance.unknown else ""
    return f"{allowance.left:g} left today of {allowance.bucket or 'USD'}{unknown}"


def _reachable(url: str, *, trust_env: bool = True) -> tuple[str, str]:
    try:
        status = httpx.get(url, timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=trust_env).status_code
    except httpx.HTTPError as error:
        return "no", f"{url} does not answer ({type(error).__name__}): check the network, a proxy, or the address"
    return f"yes (HTTP {status})", ""
