"""The vocabulary of the simulated world: topics, templates and syllables. All invented; no text of real people.

How words become a caption of one video on one day is decided in the modules that use them.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """What a creator or keyword is about."""

    name: str
    nouns: tuple[str, ...]
    adjectives: tuple[str, ...]
    tags: tuple[str, ...]


def _topic(name: str, nouns: str, adjectives: str, tags: str) -> Topic:
    return Topic(name, tuple(nouns.split(", ")), tuple(adjectives.split(", ")), tuple(tags.split()))


TOPICS: tuple[Topic, ...] = (
    _topic(
        "baking",
        "focaccia, sourdough loaf, butter cake, cinnamon rolls, lemon tart, honey buns, cookie tin",
        "crispy, no knead, five minute, golden, one bowl, midnight",
        "baking homebaker breadtok sweettreat",
    ),
    _topic(
        "skincare",
        "toner, night serum, sunscreen stick, lip mask, barrier cream, cleansing balm, face mist",
        "glass skin, sensitive, overnight, gentle, dewy, drugstore",
        "skincare skintok glowup selfcare",
    ),
    _topic(
        "fitness",
        "push ups, kettlebell flow, hip mobility, deadlift form, core circuit, treadmill walk",
        "twenty minute, beginner, low impact, daily habit, heavy, quiet",
        "fitness gymtok workout strongnotskinny",
    ),
    _topic(
        "home",
        "sunset lamp, linen curtains, pegboard wall, entry bench, closet shelf, rug swap, corner nook",
        "tiny, rented, cosy, thrifted, warm, small space",
        "homedecor roomtour apartmenttherapy cozyhome",
    ),
    _topic(
        "cleaning",
        "grout brush, carpet wash, oven reset, drawer tidy, laundry shelf, sink scrub",
        "satisfying, ten minute, deep, weekend, lazy, spring",
        "cleantok cleaning satisfying organize",
    ),
    _topic(
        "gadgets",
        "label printer, mini projector, desk fan, cable dock, photo printer, key finder, heat gun",
        "pocket, wireless, foldable, cheap, magnetic, silent",
        "gadgets techtok coolfinds desksetup",
    ),
    _topic(
        "fashion",
        "trench coat, wide jeans, knit vest, mesh flats, slip skirt, leather bag, linen set",
        "capsule, thrifted, airport, office, autumn, layered",
        "fashiontok ootd outfitideas thrifted",
    ),
    _topic(
        "makeup",
        "lip liner, cream blush, brow gel, soft liner, cushion base, lash set",
        "five product, soft glam, old school, long wear, cool toned, berry",
        "makeup grwm makeuptutorial beautytok",
    ),
    _topic(
        "hair",
        "claw clip, bubble braid, curl refresh, blowout, fringe trim, hair oil",
        "heatless, wavy, overnight, lazy, salon, short",
        "hairtok curlyhair hairstyle heatless",
    ),
    _topic(
        "pets",
        "puppy, rescue cat, parrot, golden hamster, senior dog, kitten, pond turtle",
        "sleepy, clumsy, newly adopted, noisy, polite, dramatic",
        "petsoftiktok dogtok cattok animals",
    ),
    _topic(
        "garden",
        "tomato bed, balcony pots, rose cutting, compost bin, seed tray, herb wall",
        "first, overgrown, tiny, raised, shady, rainy",
        "gardentok plantsoftiktok growyourown balcony",
    ),
    _topic(
        "crafts",
        "crochet bag, clay dish, resin tray, punch needle rug, paper flowers, candle mould",
        "first, chunky, free pattern, messy, handmade, pastel",
        "crafttok crochet diy handmade",
    ),
    _topic(
        "slime",
        "cube slime, cloud slime, foam dough, jelly putty, kinetic sand, squishy",
        "crunchy, glossy, butter, neon, thick, bubbly",
        "slime asmr squishy oddlysatisfying",
    ),
    _topic(
        "travel",
        "night train, island ferry, hostel, mountain hut, street market, lake road",
        "solo, slow, hidden, rainy, budget, sunrise",
        "traveltok solotravel hiddengems wander",
    ),
    _topic(
        "gaming",
        "speedrun, boss fight, cosy farm game, pixel dungeon, arcade cabinet, level skip",
        "hardest, blind, cursed, perfect, retro, co op",
        "gamingontiktok indiegame gamer speedrun",
    ),
    _topic(
        "cars",
        "old hatchback, engine swap, dash cam, paint correction, van build, rust repair",
        "budget, barn find, first, cold start, loud, clean",
        "cartok carsoftiktok mechanic vanlife",
    ),
    _topic(
        "study",
        "exam plan, flash cards, desk reset, language log, maths trick, essay outline",
        "last minute, calm, three hour, lazy, honest, colour coded",
        "studytok studywithme learn booktok",
    ),
    _topic(
        "parenting",
        "lunch box, bedtime routine, toddler craft, nappy bag, school run, playroom",
        "honest, chaotic, gentle, real, easy, rainy day",
        "momtok dadlife parenting toddler",
    ),
    _topic(
        "smallbiz",
        "packing orders, craft fair stall, label design, stock count, first shop, wax melts",
        "slow, record, tiny, late night, first, honest",
        "smallbusiness packanorder shopsmall handmade",
    ),
    _topic(
        "music",
        "loop pedal, bedroom demo, choir harmony, bass line, vinyl find, piano cover",
        "one take, sad, unreleased, layered, four chord, quiet",
        "musictok singing newmusic cover",
    ),
    _topic(
        "comedy",
        "office skit, landlord joke, group chat, dinner order, airport gate, self checkout",
        "awkward, petty, overdramatic, silent, deadpan, chaotic",
        "comedy skit relatable pov",
    ),
    _topic(
        "commerce",
        "portable blender, pet hair roller, cloud slippers, ice roller, spice rack, shower head",
        "viral, under ten, restocked, useful, unexpected, gift",
        "tiktokmademebuyit amazonfinds viralproducts tiktokshop",
    ),
)
TOPIC_INDEX = {topic.name: index for index, topic in enumerate(TOPICS)}

# {a} adjective, {n} noun, {x} invented thing or place; the opening decides the pronoun layer
CAPTIONS: tuple[str, ...] = (
    "the {a} {n} nobody asked for",
    "POV: your {n} finally works",
    "I tried the {a} {n} for 30 days",
    "stop buying a {n} before you watch this",
    "wait for the {n}…",
    "day {k} of the {a} {n}",
    "this {a} {n} changed my week",
    "how to: {a} {n} in {k} steps",
    "{a} {n} but make it {x}",
    "unpopular opinion about the {n}",
    "3 things I wish I knew about {a} {n}",
    "replying to the {n} questions, part {k}",
    "Hello {x}, meet the {a} {n}",
    "Sheep outside, {n} inside",
    "Theyre sold out again, so here is my {a} {n}",
    "Hero of the day: {a} {n}",
    "Brother and sister rate my {n}",
    "Sherbet colours for the {n}",
    "",
)
PRONOUN_CAPTIONS: tuple[str, ...] = (
    "Bro really said {a} {n} 💀",
    "he did not expect the {n}",
    "She wanted a {a} {n} and got this",
    "They told me the {n} would never work",
    "bro thought nobody saw the {n}",
    "HE BUILT a {a} {n} in a night",
)
FOREIGN_CAPTIONS: dict[str, tuple[str, ...]] = {
    "es": ("así queda mi {n} favorito", "lo que nadie te cuenta de {x}", "receta fácil, parte {k}"),
    "pt": ("testei o {n} de {x}", "rotina de hoje, dia {k}", "olha esse achado 😍"),
    "fr": ("mon {n} préféré cette semaine", "jour {k} chez {x}", "petit test entre nous"),
    "de": ("mein {n} für den Herbst", "Tag {k} mit {x}", "das hätte ich früher wissen sollen"),
    "id": ("cobain {n} yang lagi viral", "hari ke {k} di {x}", "jangan beli dulu sebelum nonton"),
    "ja": ("今日の{x}、{k}日目", "買ってよかったもの", "簡単すぎる作り方"),
    "ar": ("تجربتي مع {x}", "اليوم {k} من التحدي", "أفضل طريقة سهلة"),
}
LANGUAGES = ("en", "es", "pt", "fr", "de", "id", "ja", "ar")
LANGUAGE_SHARES = (0.78, 0.07, 0.04, 0.025, 0.025, 0.025, 0.02, 0.015)
REGIONS = {"en": "US", "es": "MX", "pt": "BR", "fr": "FR", "de": "DE", "id": "ID", "ja": "JP", "ar": "EG"}
GENERIC_TAGS = ("fyp", "foryou", "viral", "trending", "fypシ", "xyzbca")

PLAIN_BIOS: tuple[str, ...] = (
    "{t} from a small kitchen table ☕",
    "just me, {t} and too many tabs",
    "learning {t} in public | {x}",
    "mum of two, {t} when they sleep",
    "collab: mail in the link 💌",
    "one {t} idea a day",
    "📍 {x}",
    "",
)
# read as what they are, or only look like it
PLATFORM_BIOS: tuple[str, ...] = (
    "live on twitch every friday | {t}",
    "YouTube: {h} 🎬 full videos there",
    "kick.com/{h} | streaming {t}",
    "join the discord, {t} nerds welcome",
    "IG + YT: {h}",
    "patreon for the patterns ✨ {t}",
    "full time streamer, part time {t}",
    "instagram @{h} for more {t}",
)
FAN_BIOS: tuple[str, ...] = (
    "fan page, not the real one 💙",
    "best of {x} | credits in caption",
    "archive of every {x} upload",
    "{t} clips and highlights",
    "your {t} compilation stop",
)
TRICKY_BIOS: tuple[str, ...] = (
    "kickboxing coach in {x}",
    "anytime fitness trainer, {t} on sundays",
    "hydration first. {t} second",
    "partytime planner from {x}",
    "upstream of {x}, fishing and {t}",
    "discordant choir, gentle {t}",
    "sidekick to a loud dog",
)
FAN_HANDLES = ("{h}_clips", "best{h}hub", "{h}.fanpage", "{h}archive", "daily{h}", "{h}moments")
PLATFORM_HANDLES = ("{h}_ttv", "{h}yt", "{h}_streams", "kick{h}", "{h}.twitch")
HANDLE_SHAPES = ("{h}", "{h}_{t}", "{h}.{t}", "its{h}", "{h}{k}", "{t}with{h}", "the{h}", "{h}_")
SOUNDS = (
    "slow rain loop",
    "kitchen radio",
    "arcade sunrise",
    "paper moon (sped up)",
    "two step basement",
    "hold the line dub",
    "velvet tape",
    "morning choir",
    "bass on the bus",
    "lo fi ladder",
    "granite waltz",
    "neon laundry",
    "hush hush piano",
    "plastic tropic",
    "night ferry",
)

_SYLLABLES = (
    "lu mo ra vel ti no ka se ri du pa zen mi ol fa bri ke va sil ta qua re lo pi su dan ye mar el wi tha ju ne ro fe "
    "la xi bo ha gre"
)
SYLLABLES = tuple(_SYLLABLES.split())
BRAND_ENDINGS = ("ora", "ix", "ly", "o", "ana", "ette", "um", "ify", "kin", "wood")
PLACES = ("Port Ellery", "Nimsgate", "Lower Tavia", "Quarrin", "Solvane", "Mirrow Bay", "Old Kestral", "Aldermoor")

PRODUCT_KINDS: dict[str, tuple[str, ...]] = {
    "beauty": (
        "lip serum",
        "scalp massager",
        "snail-free essence",
        "hair clip set",
        "vitamin toner",
        "brow stamp",
        "pimple patches",
        "nail lamp",
        "lash serum",
        "facial sponge",
        "curl cream",
        "sunscreen stick",
    ),
    "hpc": (
        "magnesium powder",
        "electrolyte sticks",
        "posture strap",
        "water flosser",
        "sleep mask",
        "knee sleeve",
        "heating pad",
        "fibre gummies",
        "nasal strips",
        "foam roller",
        "pill box",
        "hand warmer",
    ),
    "home": ("sunset lamp", "pet hair roller", "storage crate", "blackout curtain", "mop set", "shower head"),
    "electronics": ("mini projector", "key finder", "earbuds", "charging dock", "photo printer", "label maker"),
    "kitchen": ("portable blender", "spice rack", "egg cooker", "oil sprayer", "bread knife", "ice mould"),
}
PRODUCT_QUALITIES = (
    "Rechargeable",
    "Foldable",
    "Extra Large",
    "Unscented",
    "Pack of 3",
    "Stainless",
    "Gentle",
    "Travel Size",
    "2nd Generation",
    "Upgraded",
    "Cordless",
    "Bamboo",
)
STORY_THINGS = (
    "sunset projector lamp",
    "cloud slippers",
    "portable blender",
    "ice roller",
    "pet hair roller",
    "mini photo printer",
    "heatless curl ribbon",
    "magnetic spice rack",
    "label printer",
    "lip stain",
    "walking pad",
    "milk frother",
    "grout pen",
    "claw clip set",
    "neck fan",
    "scalp massager",
)

KEYWORD_PATTERNS = ("{a} {n}", "{n} {s}", "{n}", "{a} {n} {s}", "how to {n}", "what is {n}")
KEYWORD_SUFFIXES = ("trend", "tutorial", "hack", "asmr", "before and after", "ideas", "recipe", "review", "challenge")
FOREIGN_KEYWORDS = (
    "receta de {x}",
    "cómo hacer {n}",
    "rotina da noite {x}",
    "recette {n} facile",
    "tutorial {n} bahasa",
    "{x} heute",
    "簡単 {x}",
    "وصفة {x}",
    "{n} casero fácil",
)

REDDIT_TITLES = (
    "Has anybody else noticed the {a} {n} trend?",
    "My {a} {n} after ten years of use",
    "TIL the first {n} was sold as a {x} souvenir",
    "What is one {n} you would buy again?",
    "Found this {a} {n} at a flea market & fixed it",
    "The {n} industry doesn't want <cheap> ones to last",
    "We sold 400 of our {a} {n} in a week, numbers inside",
    "I built a {a} {n} so you don't have to",
)
X_POSTS = (
    "We just shipped our {k}th {n}. No ads, only a {a} story.",
    "Margins on {n} are brutal & nobody says it out loud.",
    "A {a} landing page beat the old one by {k}% this week.",
    "Hot take: the {n} category is about to turn.",
    "Founders: answer your own support mail for {k} days.",
    "New drop tomorrow: {a} {n}.",
    "What we learned from {k} returns of one {n}",
    "Retention beats acquisition. Our {n} numbers say so.",
)
YOUTUBE_TITLES = (
    "{a} {n} in 30 seconds #shorts",
    "I can't believe this {n} worked",
    "Don't make this {n} mistake",
    "The {a} {n} test | {x}",
    "{k} years of {n} in one minute",
    "Rating every {n} & losing it",
    "How they make a {a} {n}",
)
