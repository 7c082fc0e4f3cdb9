"""TikTok's own JSON for a video (`aweme_info`) and a user, as TikHub passes it on."""

from typing import Any

import numpy as np

from trend_assets.sandbox.faults import Ask
from trend_assets.sandbox.life import words
from trend_assets.sandbox.life.clips import Clips, Counts, video_url
from trend_assets.sandbox.life.curves import DAY
from trend_assets.sandbox.simulation import fixed_fields
from trend_assets.sandbox.state import signed_url
from trend_assets.sandbox.world import World

FIXED = fixed_fields(__file__)


def _picture(ask: Ask, world: World, path: str, endings: tuple[str, ...]) -> dict[str, Any]:
    return {
        "data_size": 0,
        "height": 720,
        "uri": path.strip("/"),
        "url_list": [signed_url(ask, world.seed, f"{path}.{ending}") for ending in endings],
        "url_prefix": None,
        "width": 720,
    }


def tag_number(tag: str) -> str:
    """The hashtag's own id."""
    return str(sum(ord(letter) * 31**place for place, letter in enumerate(tag)) % 10**10)


def aweme_of(ask: Ask, world: World, clips: Clips, row: int, *, one: Counts, followers: np.ndarray) -> dict[str, Any]:
    """One video as the app's search returns it. Counts and followers come for the whole page, `row` is this video's."""
    creators, number, creator = world.creators, int(clips.video_id[row]), int(clips.creator[row])
    caption, tags = world.clips.caption(clips, row), world.clips.hashtags(clips, row)
    desc = " ".join([caption, *(f"#{tag}" for tag in tags)]).strip()
    handle = creators.handle(creator, ask.day)
    uid, sec_uid, nickname = str(creators.uid[creator]), creators.sec_uid(creator), creators.nickname(creator)
    sound, seconds = world.clips.sound_title(clips, row), int(clips.duration_ms[row]) // 1000
    music_id = number + 17 if sound is None else 7_000_000_000_000_000_000 + int(clips.sound[row]) * 1_234_577
    tops = [tag for tag in tags if world.dice.uniform("cha", number) > 0.2][:1]
    cover = f"/covers/tt/{number}"
    mention = _mentioned(ask, world, number)
    if mention:
        desc = f"{desc} @{mention['handle']}"
    return {
        **FIXED["aweme"],
        "aigc_info": {"aigc_label_type": 0, "created_by_ai": world.dice.uniform("aigc", number) < 0.02},
        "author": {
            **FIXED["author"],
            "avatar_larger": _picture(ask, world, f"/covers/avatar/{uid}", ("heic", "heic", "jpeg")),
            "custom_verify": "verified account" if creators.is_verified[creator] else "",
            "follower_count": int(followers[row]),
            "nickname": nickname,
            "sec_uid": sec_uid,
            "uid": uid,
            "unique_id": handle,
            "with_commerce_entry": bool(creators.is_commerce_user[creator]),
            "with_shop_entry": bool(creators.is_seller[creator]),
        },
        "author_user_id": int(uid),
        "aweme_id": str(number),
        "aweme_type": 150 if clips.is_slideshow[row] else (55 if world.dice.uniform("type", number) < 0.04 else 0),
        # as in the real answers, it holds one hashtag at most, in a spelling of its own, and is often null
        "cha_list": [{**FIXED["hashtag"], "cha_name": tag.capitalize(), "cid": tag_number(tag)} for tag in tops]
        or None,
        "commerce_info": {**FIXED["commerce_info"], "branded_content_type": int(clips.is_branded[row])},
        "content_type": "multi_photo" if clips.is_slideshow[row] else "video",
        "create_time": int(clips.posted_at[row]),
        "desc": desc,
        "desc_language": words.LANGUAGES[clips.language[row]] if caption else "un",
        "group_id": str(number),
        "group_id_list": {"GroupdIdList0": [number], "GroupdIdList1": [number]},
        **(
            {"image_post_info": {"images": [{"display_image": _picture(ask, world, cover, ("jpeg",))}]}}
            if clips.is_slideshow[row]
            else {}
        ),
        "is_ads": bool(clips.is_ad[row]),
        "music": {
            "album": "",
            "author": nickname if sound is None else "various",
            "duration": max(seconds, 15),
            "extra": '{"has_edited":0}',
            "id": music_id,
            "id_str": str(music_id),
            "is_original_sound": sound is None,
            "mid": str(music_id),
            "owner_handle": handle if sound is None else "",
            "title": sound or f"original sound - {handle}",
            "user_count": 0,
        },
        "region": words.REGIONS[words.LANGUAGES[creators.language[creator]]],
        "share_url": f"{video_url(handle, number)}?_r=1&u_code=0&share_item_id={number}",
        "statistics": {
            **FIXED["statistics"],
            "aweme_id": str(number),
            "collect_count": int(one.saves[row]),
            "comment_count": int(one.comments[row]),
            "digg_count": int(one.likes[row]),
            "download_count": int(one.shares[row]) // 3,
            "play_count": int(one.views[row]),
            "repost_count": int(one.shares[row]) // 9,
            "share_count": int(one.shares[row]),
            "whatsapp_share_count": int(one.shares[row]) // 20,
        },
        "status": {**FIXED["status"], "aweme_id": str(number)},
        "text_extra": _text_extra(desc, tags, mention),
        "video": {
            **FIXED["video"],
            "cover": _picture(ask, world, cover, ("jpeg", "jpeg")),
            "duration": int(clips.duration_ms[row]),
            "dynamic_cover": _picture(ask, world, cover, ("webp",)),
            "origin_cover": _picture(ask, world, cover, ("heic", "heic", "jpeg")),
            "play_addr": {"uri": f"v{number}", "url_list": [signed_url(ask, world.seed, f"/media/tt/{number}.mp4")]},
        },
    }


def _mentioned(ask: Ask, world: World, number: int) -> dict[str, str] | None:
    """The creator whom one caption in twenty mentions."""
    if world.dice.uniform("mention", number) >= 0.05:
        return None
    other = world.dice.integer(world.creators.count, "mention/who", number)
    sec_uid = world.creators.sec_uid(other)
    return {
        "handle": world.creators.handle(other, ask.day),
        "user_id": str(world.creators.uid[other]),
        "sec_uid": sec_uid,
    }


def _text_extra(desc: str, tags: list[str], mention: dict[str, str] | None) -> list[dict[str, Any]]:
    """Where hashtags and a mention stand in the text; a mention has a user and no hashtag_name."""
    marks, place = [], 0
    for tag in tags:
        start = desc.find(f"#{tag}", place)
        place = start + len(tag) + 1
        marks.append(
            {
                "end": place,
                "hashtag_id": tag_number(tag),
                "hashtag_name": tag,
                "is_commerce": False,
                "sec_uid": "",
                "start": start,
                "tag_id": tag_number(tag)[:4],
                "type": 1,
                "user_id": "",
            }
        )
    if mention:
        start = len(desc) - len(mention["handle"]) - 1
        user = {"user_id": mention["user_id"], "sec_uid": mention["sec_uid"]}
        marks.append({"start": start, "end": len(desc), "type": 0, "is_commerce": False, "tag_id": "", **user})
    return marks


def made_heavy(aweme: dict[str, Any]) -> dict[str, Any]:
    """The same video padded to the weight of a real one (93 kB), with the bulk where real answers carry it."""
    ladder = [
        {
            "gear_name": f"normal_540_{step}",
            "bit_rate": 400_000 + step * 37_000,
            "quality_type": step,
            "play_addr": {
                "uri": f"v-{step}",
                "url_list": [f"https://cdn.example/{step}/" + "x" * 380] * 3,
                "data_size": 1,
            },
        }
        for step in range(56)
    ]
    return {**aweme, "video": {**aweme["video"], "bit_rate": ladder}, "solaria_profile": {"profile": '{"v":"1"}' * 60}}


def user_of(ask: Ask, world: World, creator: int) -> dict[str, Any]:
    """The profile of a creator (`data.user` of handler_user_profile)."""
    creators, who = world.creators, np.array([creator])
    uid, sec_uid, handle = str(creators.uid[creator]), creators.sec_uid(creator), creators.handle(creator, ask.day)
    videos = int(creators.video_count(who, ask.instant)[0])
    is_private = bool(creators.is_private(who, int(ask.instant // DAY))[0])
    return {
        **FIXED["user"],
        "avatar_larger": {
            "uri": f"avatar/{uid}",
            "url_list": [signed_url(ask, world.seed, f"/covers/avatar/{uid}.webp")],
            "url_prefix": None,
        },
        "aweme_count": videos,
        "commerce_user_level": 1 if creators.is_commerce_user[creator] else 0,
        "custom_verify": "verified account" if creators.is_verified[creator] else "",
        "follower_count": int(creators.followers(who, ask.instant)[0]),
        "following_count": 20 + world.dice.integer(900, "following", creator),
        "nickname": creators.nickname(creator),
        "sec_uid": sec_uid,
        "secret": int(is_private),
        "share_info": {"share_desc": "", "share_url": f"https://www.tiktok.com/@{handle}?sec_uid={sec_uid}"},
        "signature": creators.bio(creator, ask.day),
        "total_favorited": int(creators.hearts(who, ask.instant)[0]),
        "uid": uid,
        "unique_id": handle,
        "visible_videos_count": 0 if is_private else videos,
        "with_commerce_entry": bool(creators.is_commerce_user[creator]),
    }
