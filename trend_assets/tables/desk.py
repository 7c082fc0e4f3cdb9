"""Schema `desk`: what editors do with a newsletter's day, and the watches that they set.

    picks ◀─ history ─▶ issues          watches ─▶ watch_events

Nothing here is computed: no rebuild writes it. Rows carry a version; who changes one says which version they saw. What
of a story stands here (title, creator, source) is what recognises it after it has vanished from the day, and goes with
its source's terms and with an erased person like everywhere.
"""

from trend_assets.tables.model import Column, Table

NEWSLETTER = Column("newsletter", "text", "Name of the newsletter.", nullable=False)
DAY = Column("observed_date", "date", "The day of the issue (UTC).", nullable=False)
CHANGED = (
    Column("changed_by", "text", "The editor who changed it last.", nullable=False),
    Column("changed_at", "timestamptz", "When.", nullable=False),
)

TABLES = (
    Table(
        "desk", "picks",
        grain="One row per newsletter, day and story that an editor touched.",
        description="What editors decided about a story of a day: in or out, own words, note, section and place.",
        columns=(
            NEWSLETTER,
            DAY,
            Column("story_id", "text", "The story.", nullable=False),
            Column("state", "text", "pick, skip or snooze; NULL when only words were changed."),
            Column("snoozed_until", "date", "First day on which a snoozed story is shown again."),
            Column("headline", "text", "The editor's own headline."),
            Column("line", "text", "The editor's own line on what it is."),
            Column("note", "text", "The editor's note to readers, below the line."),
            Column("section", "text", "The section that the editor put it in."),
            Column("place", "double precision", "Where it stands among the picks, smaller is earlier."),
            Column("version", "integer", "Grows by one with every change.", nullable=False, minimum=1),
            Column("source", "text", "The source that led the story when it was touched.", nullable=False),
            Column("platform", "text", "Platform of its leading item then.", nullable=False),
            Column("creator_key", "text", "The leading item's creator then, as platform:creator."),
            Column("title", "text", "Its title then, to recognise it by.", nullable=False),
            Column("measured_at", "timestamptz", "When its counts were measured.", nullable=False),
            *CHANGED,
        ),
        key=("newsletter", "observed_date", "story_id"),
        indexes=(("newsletter", "snoozed_until"),),
        person_columns=("creator_key",),
        fillfactor=75,
    ),
    Table(
        "desk", "issues",
        grain="One row per newsletter and day that an editor opened for writing.",
        description="The editor's headline and introduction, and the lock: what is sent is what was locked.",
        columns=(
            NEWSLETTER,
            DAY,
            Column("headline", "text", "The editor's own headline of the issue."),
            Column("introduction", "text", "The editor's own words instead of the sentences on the day."),
            Column("locked_by", "text", "Who locked it; NULL while it is open."),
            Column("locked_at", "timestamptz", "When it was locked."),
            Column("locked", "jsonb", "The issue as it was locked: the stories in order with their words."),
            Column("version", "integer", "Grows by one with every change.", nullable=False, minimum=1),
            *CHANGED,
        ),
        key=("newsletter", "observed_date"),
        fillfactor=75,
    ),
    Table(
        "desk", "history",
        grain="One row per change at the desk.",
        description="Every change with what was there before, so that it can be undone.",
        columns=(
            NEWSLETTER,
            DAY,
            Column("entry", "integer", "Number of the change within the issue.", nullable=False, minimum=1),
            Column("story_id", "text", "The story; NULL for the issue itself."),
            Column("action", "text", "What was done, in a word.", nullable=False),
            Column("before", "jsonb", "The editor's fields before.", nullable=False),
            Column("after", "jsonb", "The editor's fields after.", nullable=False),
            *CHANGED,
            Column("undone_at", "timestamptz", "When it was taken back; NULL while it holds."),
        ),
        key=("newsletter", "observed_date", "entry"),
        indexes=(("newsletter", "observed_date", "changed_by"),),
    ),
    Table(
        "desk", "watches",
        grain="One row per watch.",
        description="What somebody wants to be told of: a word, hashtag, creator or product and the event.",
        columns=(
            Column("watch_id", "text", "Id of the watch.", nullable=False),
            NEWSLETTER,
            Column("kind", "text", "word, hashtag, creator or product.", nullable=False),
            Column("watched", "text", "The word, hashtag, handle, id or product.", nullable=False),
            Column("event", "text", "rises (above a chance), first_ten or second_platform.", nullable=False),
            Column("above", "double precision", "For rises: the chance from which on it is told.", unit="share 0-1", minimum=0, maximum=1),
            Column("channels", "text[]", "Channels that are told, alphabetically.", nullable=False),
            Column("origin", "text", "desk or file: who keeps it.", nullable=False),
            Column("paused_at", "timestamptz", "When it was paused; NULL while it is not."),
            Column("ended_at", "timestamptz", "When it was ended; NULL while it watches."),
            *CHANGED,
        ),
        key=("watch_id",),
    ),
    Table(
        "desk", "watch_events",
        grain="One row per watch, story and channel that was told of it.",
        description="What watches saw, and whether it was told: once per event and channel.",
        columns=(
            Column("watch_id", "text", "The watch.", nullable=False),
            Column("story_id", "text", "The story that it saw.", nullable=False),
            Column("channel", "text", "The channel.", nullable=False),
            DAY,
            Column("source", "text", "The source that led the story.", nullable=False),
            Column("platform", "text", "Platform of its leading item.", nullable=False),
            Column("creator_key", "text", "The leading item's creator, as platform:creator."),
            Column("message", "text", "What was said, in a sentence.", nullable=False),
            Column("outcome", "text", "waiting, sending, sent or failed.", nullable=False),
            Column("reason", "text", "Why it was not sent, in a sentence."),
            Column("attempts", "integer", "How often it was tried.", nullable=False, minimum=0),
            Column("measured_at", "timestamptz", "When the counts behind it were measured.", nullable=False),
            Column("seen_at", "timestamptz", "When the watch saw it.", nullable=False),
            Column("claimed_at", "timestamptz", "When it was tried last."),
            Column("sent_at", "timestamptz", "When the channel took it."),
        ),
        key=("watch_id", "story_id", "channel"),
        indexes=(("outcome", "seen_at"), ("watch_id", "seen_at")),
        person_columns=("creator_key",),
    ),
)  # fmt: skip
