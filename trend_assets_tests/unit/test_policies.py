"""Terms per source: the file is complete and typed, and what is withheld follows from settings and simulation."""

import pytest

from trend_assets.settings import Settings
from trend_assets.sources.policies import PolicyError, effective_policy, policies, underivable, withheld


def settings(**values) -> Settings:
    return Settings(_env_file=None, **values)


def test_youtube_is_listed_only_until_the_user_says_that_the_amendment_was_accepted():
    unset = effective_policy("youtube_shorts", settings(), simulated=False)
    assert (unset.may_derive, unset.may_blend, unset.retention_days) == (False, False, 28)
    assert "listed as the API ranks it" in unset.reason
    assert "TREND_ASSETS_YOUTUBE__DERIVED_METRICS_ACCEPTED=true" in unset.reason
    accepted = effective_policy("youtube_shorts", settings(youtube_derived_metrics_accepted=True), simulated=False)
    assert (accepted.may_derive, accepted.may_blend, accepted.reason, accepted.retention_days) == (True, True, "", 28)


def test_simulated_youtube_counts_as_accepted_but_is_purged_like_the_real_one():
    policy = effective_policy("youtube_shorts", settings(), simulated=True)
    assert (policy.may_derive, policy.may_blend, policy.reason, policy.retention_days) == (True, True, "", 28)


def test_imports_are_kept_scored_and_blended_by_default():
    policy = effective_policy("imported_posts", settings(), simulated=False)
    assert (policy.retention_days, policy.may_derive, policy.may_blend) == (None, True, True)


def test_doctor_learns_what_is_withheld_and_only_that():
    assert (
        set(withheld(settings()))
        == {"youtube_shorts", "panel_youtube", "youtube_channels"}
        == set(underivable(settings()))
    )
    assert withheld(settings(youtube_derived_metrics_accepted=True)) == {}
    assert withheld(settings(), simulated=True) == {}
    assert set(withheld(settings(), simulated={"youtube_shorts": True})) == {"panel_youtube", "youtube_channels"}


def test_data_without_known_terms_is_refused_with_what_to_do():
    with pytest.raises(PolicyError, match=r"myspace_posts has no terms.*folder of trend_assets/sources"):
        effective_policy("myspace_posts", settings(), simulated=False)


def test_every_entry_says_why_and_where_it_is_written():
    for policy in policies().values():
        assert policy.note.endswith("."), policy.source
        assert policy.reference, policy.source
