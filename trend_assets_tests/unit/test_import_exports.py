"""The same data set in every form that it is exported in, known exports in their languages, and files made to harm."""

import json
import tracemalloc
from datetime import UTC, datetime

import openpyxl
import pytest

from trend_assets.imports.describing import describe
from trend_assets.imports.preview import preview_file
from trend_assets.imports.reading import pieces, records
from trend_assets.imports.rows import Unreadable, map_records
from trend_assets.imports.spec import EXPORTS, ImportRefused, ImportSpec, parse_map

NOW = datetime(2026, 11, 28, tzinfo=UTC)
VIDEO = {
    "id": "7546000000000000001",
    "playCount": "3",
    "authorMeta": {"name": "p"},
    "hashtags": [{"name": "a"}, {"name": "b"}],
}
AS_XML = (
    "<item><id>7546000000000000001</id><playCount>3</playCount><authorMeta><name>p</name></authorMeta>"
    "<hashtags><name>a</name></hashtags><hashtags><name>b</name></hashtags></item>"
)
AS_HTML = (
    "<!DOCTYPE html><html><body><p>Items</p><table border=1><tr><th>id<th>playCount<th>authorMeta/name"
    "<th>hashtags/0/name<th>hashtags/1/name</tr>\n<tr><td>7546000000000000001<td>3<td>p<td>a<td>b</tr></table>"
    "<table><tr><td>another</td></tr></table></body></html>"
)
STUDIO = {
    "en": ("Content,Video title,Video publish time,Duration,Views", "Total", '"Sep 20, 2026"'),
    "de": ("Videos,Videotitel,Veröffentlichungszeitpunkt des Videos,Dauer,Aufrufe", "Gesamt", "20.09.2026"),
    "es": (
        "Contenido,Título del vídeo,Hora de publicación del vídeo,Duración,Visualizaciones", "Total", "20 sept 2026",
    ),
    "fr": ("Contenu,Titre de la vidéo,Heure de publication de la vidéo,Durée,Vues", "Total", "20 sept. 2026"),
    "pt": (
        "Conteúdo,Título do vídeo,Horário de publicação do vídeo,Duração,Visualizações", "Total", '"Sep 20, 2026"',
    ),
    "it": ("Contenuti,Titolo video,Ora pubblicazione video,Durata,Visualizzazioni", "Totale", "20 set 2026"),
    "ja": ("コンテンツ,動画のタイトル,動画公開時刻,長さ,視聴回数", "合計", "2026/09/20"),
}  # fmt: skip


def read(path, **how):
    return [record for _, record in records(describe(path, **how))]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("f.xml", f"<?xml version='1.0' encoding='UTF-8'?>\n<items>{AS_XML}</items>"),
        ("f.rss", f"<rss version='2.0'><channel><title>t</title><link>l</link>{AS_XML}</channel></rss>"),
        ("f.html", AS_HTML),
        ("f.jsonl", json.dumps(VIDEO) + "\n" + json.dumps(VIDEO)),
        ("f.json", json.dumps([VIDEO])),
        ("f.csv", "id,playCount,authorMeta/name,hashtags/0/name,hashtags/1/name\n7546000000000000001,3,p,a,b\n"),
    ],
)
def test_a_data_set_reads_alike_in_every_form_that_it_is_exported_in(write, name, content):
    assert read(write(content, name))[0] == VIDEO


def test_a_nested_record_of_a_workbook_reads_like_that_of_a_csv(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["id", "playCount", "authorMeta/name"])
    book.active.append(["7546000000000000001", 3, "p"])
    book.save(tmp_path / "f.xlsx")
    assert read(tmp_path / "f.xlsx") == [{"id": "7546000000000000001", "playCount": 3, "authorMeta": {"name": "p"}}]


def test_xml_keeps_attributes_and_its_own_encoding_and_refuses_entities_of_its_own(write):
    own = '<?xml version="1.0" encoding="iso-8859-1"?><r><v id="1"><t>grüße</t></v></r>'
    assert read(write(own.encode("latin-1"))) == [{"@id": "1", "t": "grüße"}]
    assert read(write("<r><v><t>Привет</t></v></r>".encode("cp1251")), encoding="cp1251") == [{"t": "Привет"}]
    bomb = '<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;&a;">]><r><v>&c;</v></r>'
    for content in (bomb, f"<?xml version='1.0'?>\n<!-- {'x' * 100_000} -->{bomb}"):
        with pytest.raises(ImportRefused, match="entities of its own"):
            read(write(content))


@pytest.mark.parametrize(
    "content",
    [
        "<items>" + f"<item><id>1</id><t>{'x' * 1000}</t></item>" * 10_000 + "</items>",
        "<table><tr><th>id<th>t</tr>" + f"<tr><td>1<td>{'x' * 1000}</tr>" * 10_000 + "</table>",
    ],
)
def test_xml_and_html_are_read_in_the_memory_of_a_record(write, content):
    info = describe(write(content))
    tracemalloc.start()
    count = sum(1 for _ in records(info))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 10_000 and peak < 5_000_000


def test_long_rows_come_in_small_pieces_and_a_line_beyond_the_limit_is_set_aside_whole(write, monkeypatch):
    long = "id,t\n" + "".join(f"{n},{'x' * 1_000_000}\n" for n in range(20))
    info = describe(write(long))
    assert len(info.sample) == 2 and max(map(len, pieces(info))) <= 8
    monkeypatch.setattr("trend_assets.imports.csv_rows.LINE_LIMIT", 1_000)
    found = read(write(f"id,t\n1,a\n2,{'x' * 5_000}\n3,c\n"))
    assert [one if isinstance(one, dict) else one.reason for one in found] == [
        {"id": "1", "t": "a"}, "The line is longer than 1,000 characters.", {"id": "3", "t": "c"},
    ]  # fmt: skip


@pytest.mark.parametrize("text", ['"he said "hi" there"', '"he said \\"hi\\", twice"'])
def test_a_quote_inside_of_a_quoted_text_that_is_not_doubled_is_said(write, text):
    bad, good = read(write(f'id,t\n1,{text}\n2,"a ""b"" c"\n'))
    assert isinstance(bad, Unreadable) and "not doubled" in bad.reason
    assert good == {"id": "2", "t": 'a "b" c'}
    assert read(write('id,t\n1,5" screen\n')) == [{"id": "1", "t": '5" screen'}]


@pytest.mark.parametrize("language", STUDIO)
def test_youtube_studio_is_recognised_in_the_languages_that_were_seen(write, language):
    names, total, posted = STUDIO[language]
    path = write(f"{names}\n{total},,,,2100\nabc123DEF45,One,{posted},45,100\n")
    looked = preview_file(path, source="mine", now=NOW, observed_at="2026-11-20")
    (row,) = looked.mapped.rows
    found = (looked.spec.format, row["external_id"], row["views"], row["duration_seconds"], row["posted_at"])
    assert found == ("youtube_studio", "abc123DEF45", 100, 45, datetime(2026, 9, 20, tzinfo=UTC))
    assert [item.reason for item in looked.mapped.rejected] == ["It is the sum of the other rows, not a post."]


META = {
    "es": (
        "Identificador de la publicación,Nombre de usuario de la cuenta,Hora de publicación,Enlace permanente,"
        "Visualizaciones,Me gusta,Veces que se compartió,Veces que se guardó"
    ),
    "pt": (
        "Identificação do post,Nome de usuário da conta,Horário de publicação,Link permanente,Visualizações,Curtidas,"
        "Compartilhamentos,Salvamentos"
    ),
}


@pytest.mark.parametrize("language", META)
def test_meta_business_suite_is_recognised_in_the_languages_that_were_seen(write, language):
    line = "18278838484304774,p,01/17/2026 10:29,https://www.instagram.com/reel/DA1b2C3d4E5/,500,20,3,2"
    looked = preview_file(write(f"\ufeff{META[language]}\n{line}\n"), source="mine", now=NOW, observed_at="2026-11-20")
    (row,) = looked.mapped.rows
    found = [row[name] for name in ("external_id", "creator_handle", "views", "likes", "shares", "saves", "posted_at")]
    assert looked.spec.format == "meta_business_suite"
    assert found == ["DA1b2C3d4E5", "p", 500, 20, 3, 2, datetime(2026, 1, 17, 10, 29, tzinfo=UTC)]


def test_the_archive_and_the_analytics_of_an_account_on_x_are_recognised(write):
    post = {"id_str": "1900000000000000001", "full_text": "a &lt; b #One", "favorite_count": "12", "retweet_count": "3",
            "created_at": "Sun Sep 20 10:00:00 +0000 2026"}  # fmt: skip
    repost = post | {"id_str": "1900000000000000002", "full_text": "RT @p: #Two", "favorite_count": "0"}
    archive = f"window.YTD.tweets.part0 = {json.dumps([{'tweet': post}, {'tweet': repost}])}"
    analytics = (
        "Post id,Date,Post text,Post Link,Impressions,Likes,Bookmarks,Shares,Replies,Reposts\n"
        '1900000000000000001,"Sun, Sep 20, 2026",a < b #One,https://x.com/p/status/1900000000000000001,500,12,1,7,2,3\n'
    )
    name = "account_analytics_content_2026-11-13_2026-11-20.csv"
    for path, form in ((write(archive, "tweets_2026-11-20.js"), "x_archive"), (write(analytics, name), "x_analytics")):
        looked = preview_file(path, source="mine", now=NOW)
        first, *others = looked.mapped.rows
        # what is counted over a span is as of its end
        assert (looked.spec.format, first["measured_at"].date().isoformat()) == (form, "2026-11-20")
        found = [first[name] for name in ("external_id", "description", "likes", "shares", "hashtags")]
        assert found == ["1900000000000000001", "a < b #One", 12, 3, ["one"]]
        assert first["posted_at"].date().isoformat() == "2026-09-20"
        # the numbers of a repost are those of another's post
        assert [row["shares"] for row in others] == ([None] if form == "x_archive" else [])


def test_kaggles_removed_videos_are_no_rows_and_its_lines_end_where_they_say(write):
    names = "video_id,trending_date,title,channel_title,publish_time,views,video_error_or_removed,description\n"
    rest = ",17.14.11,t,Chan,2017-11-13T17:13:01.000Z,5,"
    content = f"{names}abc123DEF45{rest}True,\nabc123DEF46{rest}False,One\\n#Two\n"
    looked = preview_file(write(content), source="mine", now=NOW)
    (row,) = looked.mapped.rows
    assert (row["description"], row["hashtags"]) == ("One\n#Two", ["two"])
    assert "was removed" in looked.mapped.rejected[0].reason


def test_the_collections_of_trending_videos_are_recognised(write):
    daily = (
        "video_id,title,publishedAt,channelId,channelTitle,categoryId,trending_date,tags,view_count,likes,dislikes,"
        "comment_count,thumbnail_link,comments_disabled,ratings_disabled,description\nabc123DEF45,t,"
        "2020-08-11T19:20:14Z,UCx,Chan,22,2020-08-12T00:00:00Z,a|b,1514,0,0,35,https://i.ytimg.com/x.jpg,False,True,"
        "see x.example/y#b &#35;Slime #Asmr\n"
    )
    countries = (
        "title,channel_name,daily_rank,snapshot_date,country,view_count,like_count,comment_count,video_id,publish_date,video_tags\n"
        '#slime t #ASMR,Chan,3,2024-10-11,JP,1514,,35,abc123DEF45,2024-10-10 00:00:00+00:00,"yt:cc=on,word"\n'
    )
    for content, name, rank in ((daily, "youtube_trending_daily", None), (countries, "youtube_trending_countries", 3)):
        looked = preview_file(write(content), source="mine", now=NOW)
        (row,) = looked.mapped.rows
        assert (looked.spec.format, row["views"], row["likes"], row["comments"]) == (name, 1514, None, 35)
        assert (row["creator_name"], row.get("list_rank")) == ("Chan", rank)
        # the columns tags and video_tags are search words
        assert row["hashtags"] == ["slime", "asmr"]


@pytest.mark.parametrize(
    ("said", "platform"),
    [
        ("TikTok", "tiktok"), ("tik tok", "tiktok"), ("YouTube Shorts", "youtube"), ("X (formerly Twitter)", "x"),
        ("Instagram Reels", "instagram"), ("TikTok and YouTube", None), ("myspace", None),
    ],
)  # fmt: skip
def test_a_platform_is_known_by_the_words_that_name_it_and_only_one(said, platform):
    spec = ImportSpec("mine", "csv", {"external_id": "id", "platform": "p"}, observed_at="2026-11-20")
    item_id = {"youtube": "abc123DEF45", "instagram": "DAbc123"}.get(platform, "741")
    mapped = map_records([(1, {"id": item_id, "p": said})], spec, now=NOW)
    assert [row["platform"] for row in mapped.rows] == ([platform] if platform else [])


def test_a_refusal_says_how_the_file_was_read_where_that_may_be_the_reason(write):
    with pytest.raises(ImportRefused, match=r"Everything stands in one column; --delimiter"):
        preview_file(write("id^day\n1^2\n"), source="mine", now=NOW, maps=("external_id=id",))
    with pytest.raises(ImportRefused, match=r"a header but no rows"):
        preview_file(write("external_id,platform,measured_at\n"), source="mine", now=NOW)


def test_a_field_with_a_comma_in_its_name_can_be_mapped():
    fields, constants = parse_map(["views=Plays, total,external_id=id", "platform:=x"])
    assert (fields, constants) == ({"views": "Plays, total", "external_id": "id"}, {"platform": "x"})


def test_the_readme_of_imports_names_every_known_export(pytestconfig):
    text = (pytestconfig.rootpath / "trend_assets/sources/imported_posts/README.md").read_text()
    assert [export.name for export in EXPORTS if f"`{export.name}`" not in text] == []
