"""Decisions about mentors that need no database."""

MAX_ACTIVE_OFFERS = 50
MAX_ACTIVE_PACKS = 20
PAGE_SIZE = 20
MAX_PAGE_SIZE = 50

MINUTES_IN_A_QUARTER = 15
MIN_PACK_MINUTES = 60
MAX_PACK_MINUTES = 6_000
MIN_VALID_DAYS = 30
VALID_DAYS = 300
# Vipps gives money back for a year, and hours that run out unused are given back after they do.
MAX_VALID_DAYS = 330

# ISO 639-1, all 183 of them: what a session can be held in.
_ISO_639_1 = (
    "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy "
    "da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht "
    "hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky "
    "la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny "
    "oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss "
    "st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo "
    "za zh zu"
)
LANGUAGES = frozenset(_ISO_639_1.split())


def public_name(given_name: str | None, family_name: str | None) -> str:
    """Return the name that strangers see: the given name and the family name's initial."""
    initial = f"{family_name[0]}." if family_name else ""
    return f"{given_name or ''} {initial}".strip()


def containing(text: str) -> str:
    """Return the LIKE pattern (ESCAPE '!') for texts that contain `text` as it is written."""
    for sign in "!%_":
        text = text.replace(sign, f"!{sign}")
    return f"%{text}%"
