"""The suppliers that our code does not call over HTTP: those that carry it, and those to come.

One that is called gets a row with its address in lib/providers/register.py instead.
"""

from datetime import date

from lib.providers.supplier import Supplier, Words

_FIRST = date(2026, 11, 1)
_USA = Words(
    "EU-US Data Privacy Framework og standard personvernbestemmelser",
    "EU-US Data Privacy Framework and standard contractual clauses",
)
_IN_EEA = Words("Ingen overføring ut av EØS", "No transfer out of the EEA")
_NOTHING_YET = Words(
    "Er ikke tatt i bruk og har ingenting å slette",
    "Not used yet, and has nothing to erase",
)

VERCEL = Supplier(
    key="vercel",
    name="Vercel Inc.",
    role="processor",
    since=_FIRST,
    purpose=Words("Drift av tjenesten og nettsidene", "Runs the service and the web pages"),
    fields=Words(
        "Det som sendes til og fra tjenesten mens det behandles; IP-adressen i driftslogger",
        "What is sent to and from the service while it is processed; IP address in its logs",
    ),
    place=Words("Stockholm, EØS; selskapet er i USA", "Stockholm, EEA; the company is in the USA"),
    transfer_ground=_USA,
    erasure=Words(
        "Lagrer ikke innhold; driftslogger uten navn går ut av seg selv",
        "Stores no content; logs without names expire by themselves",
    ),
    policy_url="https://vercel.com/legal/privacy-policy",
)
PLANETSCALE = Supplier(
    key="planetscale",
    name="PlanetScale Inc.",
    role="processor",
    since=_FIRST,
    purpose=Words("Databasen", "The database"),
    fields=Words("Alt som tabellen under nevner", "Everything that the table below names"),
    place=Words("Stockholm, EØS; selskapet er i USA", "Stockholm, EEA; the company is in the USA"),
    transfer_ground=_USA,
    erasure=Words(
        "Sletting hos oss er sletting der; sikkerhetskopier overskrives",
        "What we erase is erased there; backups are overwritten",
    ),
    policy_url="https://planetscale.com/legal/privacy",
)
CLOUDINARY = Supplier(
    key="cloudinary",
    name="Cloudinary Ltd",
    role="processor",
    since=None,
    purpose=Words("Profilbilder og dokumenter", "Profile pictures and documents"),
    fields=Words("Bilder og dokumenter som du laster opp", "Pictures and documents you upload"),
    place=Words("EØS, Israel og USA", "EEA, Israel and USA"),
    transfer_ground=Words(
        "Kommisjonens beslutning om Israel, og standard personvernbestemmelser",
        "The Commission's decision on Israel, and standard contractual clauses",
    ),
    erasure=_NOTHING_YET,
    policy_url="https://cloudinary.com/privacy",
)
FIREBASE = Supplier(
    key="firebase",
    name="Google Ireland Ltd (Firebase Cloud Messaging)",
    role="processor",
    since=None,
    purpose=Words("Varsler til telefonen", "Notifications to the phone"),
    fields=Words("Telefonens varslingsnøkkel", "The phone's notification token"),
    place=Words("EØS og USA", "EEA and USA"),
    transfer_ground=_USA,
    erasure=_NOTHING_YET,
    policy_url="https://firebase.google.com/support/privacy",
)
SENTRY = Supplier(
    key="sentry",
    name="Functional Software Inc. (Sentry)",
    role="processor",
    since=None,
    purpose=Words("Feilrapporter", "Error reports"),
    fields=Words("Hvor en feil oppstod, uten navn", "Where an error happened, without names"),
    place=Words("Tyskland, EØS; selskapet er i USA", "Germany, EEA; the company is in the USA"),
    transfer_ground=_USA,
    erasure=_NOTHING_YET,
    policy_url="https://sentry.io/privacy",
)
EXPO = Supplier(
    key="expo",
    name="650 Industries Inc. (Expo Application Services)",
    role="processor",
    since=None,
    purpose=Words("Bygging av nye utgaver av appen", "Builds new versions of the app"),
    fields=Words("Ingen personopplysninger", "No personal data"),
    place=Words("USA", "USA"),
    transfer_ground=Words("Ingen personopplysninger overføres", "No personal data is transferred"),
    erasure=Words("Har ingen", "Holds none"),
    policy_url="https://expo.dev/privacy",
)
APP_STORE = Supplier(
    key="app_store",
    name="Apple Distribution International Ltd (App Store)",
    role="controller",
    since=None,
    purpose=Words("Distribusjon av appen for iPhone", "Distribution of the app for iPhone"),
    fields=Words("Ingenting fra oss; du er Apples kunde", "Nothing from us; you are its customer"),
    place=Words("Irland, EØS, og USA", "Ireland, EEA, and USA"),
    transfer_ground=Words("Vi overfører ingenting", "We transfer nothing"),
    erasure=Words("Har ingenting fra oss", "Holds nothing from us"),
    policy_url="https://www.apple.com/legal/privacy/",
)
GOOGLE_PLAY = Supplier(
    key="google_play",
    name="Google Commerce Ltd (Google Play)",
    role="controller",
    since=None,
    purpose=Words("Distribusjon av appen for Android", "Distribution of the app for Android"),
    fields=Words("Ingenting fra oss; du er Googles kunde", "Nothing from us; you are its customer"),
    place=Words("Irland, EØS, og USA", "Ireland, EEA, and USA"),
    transfer_ground=Words("Vi overfører ingenting", "We transfer nothing"),
    erasure=Words("Har ingenting fra oss", "Holds nothing from us"),
    policy_url="https://policies.google.com/privacy",
)
SIGNING = Supplier(
    key="signing",
    name="BankID BankAxept AS (BankID)",
    role="controller",
    since=None,
    purpose=Words("Elektronisk signatur på avtaler", "Electronic signatures on contracts"),
    fields=Words("Det som trengs for å kjenne igjen den som signerer", "What identifies a signer"),
    place=Words("Norge, EØS", "Norway, EEA"),
    transfer_ground=_IN_EEA,
    erasure=_NOTHING_YET,
    policy_url="https://bankid.no/personvern",
)
BRREG = Supplier(
    key="brreg",
    name="Brønnøysundregistrene",
    role="public_register",
    since=None,
    purpose=Words("Hvem som kan signere for en bedrift", "Who may sign for a company"),
    fields=Words("Bedriftens organisasjonsnummer", "The company's organisation number"),
    place=Words("Norge, EØS", "Norway, EEA"),
    transfer_ground=_IN_EEA,
    erasure=Words("Får ingenting om personer", "Is told nothing about persons"),
    policy_url="https://www.brreg.no/personvernerklaering/",
)

NOT_CALLED: tuple[Supplier, ...] = (
    VERCEL,
    PLANETSCALE,
    CLOUDINARY,
    FIREBASE,
    SENTRY,
    EXPO,
    APP_STORE,
    GOOGLE_PLAY,
    SIGNING,
    BRREG,
)
