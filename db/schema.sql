-- The whole database, by domain. Portable between MySQL 8, MariaDB 10.11+ and Vitess (docs/decisions/0003).
--
-- Every COMMENT is a contract that lib/privacy/contract.py reads, and the build fails where it does not hold:
--   table   subject=… purpose=… basis=… keep=… erase=… export=… tier=… ; why the table is there
--   column  data=… [erase=…] [export=…] [tier=…] ; why the column is there          (the table gives the defaults)
-- The grammar, with every value and its meaning, is docs/privacy-contract.md.

-- ─────────────────────────────────────────────────────────────── accounts

CREATE TABLE person (
  id               CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep tier=public; key; means nobody once the columns beside it are empty',
  given_name       VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NULL COMMENT 'data=user.name.first erase=null tier=public; how the other party addresses them',
  family_name      VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NULL COMMENT 'data=user.name.last erase=null tier=party; who the contract is with',
  email            VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NULL COMMENT 'data=user.contact.email erase=null; receipts and notices; links a renewed Vipps profile to the account',
  email_verified   BOOLEAN      NOT NULL COMMENT 'data=user.account erase=keep; linking trusts verified addresses only',
  phone            VARCHAR(15)  NULL COMMENT 'data=user.contact.phone_number erase=null; MSISDN digits; links a renewed Vipps profile to the account',
  phone_verified   BOOLEAN      NOT NULL COMMENT 'data=user.account erase=keep; linking trusts verified numbers only',
  language         CHAR(2)      NOT NULL COMMENT 'data=user.account.settings erase=keep; nb or en, what notices are written in',
  time_zone        VARCHAR(64)  NOT NULL COMMENT 'data=user.account.settings erase=keep; IANA name, what times are shown in',
  created_at       DATETIME(6)  NOT NULL COMMENT 'data=user.account erase=keep; when the contract began',
  updated_at       DATETIME(6)  NOT NULL COMMENT 'data=user.account erase=keep; when the person last corrected something',
  restricted_at    DATETIME(6)  NULL COMMENT 'data=user.privacy_preferences erase=keep; since when the data is kept and not processed (GDPR Art. 18)',
  erased_at        DATETIME(6)  NULL COMMENT 'data=user.account erase=keep; set once the columns above are empty',
  PRIMARY KEY (id),
  KEY person_by_phone (phone),
  KEY person_by_erasure (erased_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=id purpose=account basis=contract keep=account erase=columns export=access+portability tier=self; anyone with an account';

CREATE TABLE identity (
  sales_unit       VARCHAR(10)  NOT NULL COMMENT 'data=none; Vipps gives each sales unit its own subjects',
  subject          VARCHAR(64)  NOT NULL COMMENT 'data=user.unique_id; the sub of Vipps Login, stable for the sales unit',
  person_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; whose sign-in this is',
  linked_at        DATETIME(6)  NOT NULL COMMENT 'data=user.account; when the two were joined',
  PRIMARY KEY (sales_unit, subject),
  KEY identity_by_person (person_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=person_id purpose=sign_in basis=contract keep=account erase=delete export=access tier=self; the Vipps profiles that open an account';

CREATE TABLE policy_acceptance (
  person_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; who accepted',
  document         VARCHAR(20)  NOT NULL COMMENT 'data=user.privacy_preferences; terms or privacy_notice',
  version          VARCHAR(20)  NOT NULL COMMENT 'data=user.privacy_preferences; which wording was shown',
  accepted_at      DATETIME(6)  NOT NULL COMMENT 'data=user.privacy_preferences; proof of when',
  PRIMARY KEY (person_id, document, version)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=person_id purpose=account basis=contract keep=account erase=delete export=access tier=self; which terms and notice a person has agreed to';

CREATE TABLE policy_version (
  document         VARCHAR(20)  NOT NULL COMMENT 'data=none; terms or privacy_notice',
  version          VARCHAR(20)  NOT NULL COMMENT 'data=none; its day, so that versions sort as they follow',
  published_at     DATETIME(6)  NOT NULL COMMENT 'data=none; from when it is in force',
  is_significant   BOOLEAN      NOT NULL COMMENT 'data=none; terms so changed must be accepted before the next contract',
  summary_nb       VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=none; what changed, in Norwegian: everybody is shown it',
  summary_en       VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=none; the same in English',
  text_nb          MEDIUMTEXT   CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=none; the whole text in Norwegian',
  text_en          MEDIUMTEXT   CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=none; the same in English',
  text_hash        CHAR(64)     NOT NULL COMMENT 'data=none; SHA-256 of both, proof of the wording',
  difference       MEDIUMTEXT   CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=none; what it changed, line by line: nothing is taken away silently',
  PRIMARY KEY (document, version)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=none purpose=privacy basis=none keep=forever erase=none export=none tier=public; the wordings of terms and privacy notice, as they were published';

CREATE TABLE consent (
  person_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; who said it',
  purpose          VARCHAR(20)  NOT NULL COMMENT 'data=user.privacy_preferences; what it is for: lib/consent/rules.py',
  turn             INT          NOT NULL COMMENT 'data=none; 1 for what was said first; a row is never changed, the highest counts',
  version          VARCHAR(20)  NOT NULL COMMENT 'data=user.privacy_preferences; which wording was shown',
  state            VARCHAR(10)  NOT NULL COMMENT 'data=user.privacy_preferences; given or withdrawn',
  said_at          DATETIME(6)  NOT NULL COMMENT 'data=user.privacy_preferences; proof of when',
  surface          VARCHAR(20)  NOT NULL COMMENT 'data=user.privacy_preferences; where: app, web, unsubscribe or objection',
  language         CHAR(2)      NOT NULL COMMENT 'data=user.privacy_preferences; the language of the wording',
  text_hash        CHAR(64)     NOT NULL COMMENT 'data=none; SHA-256 of the wording, proof of what was shown',
  PRIMARY KEY (person_id, purpose, turn),
  CONSTRAINT consent_state_known CHECK (state IN ('given', 'withdrawn'))
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=person_id purpose=privacy basis=legal_obligation keep=account erase=delete export=access tier=self; what a person said yes to, and withdrew: every word of it, never changed';

CREATE TABLE objection (
  person_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; who objects',
  purpose          VARCHAR(20)  NOT NULL COMMENT 'data=user.privacy_preferences; to what: lib/consent/rules.py',
  raised_at        DATETIME(6)  NOT NULL COMMENT 'data=user.privacy_preferences; since when',
  ended_at         DATETIME(6)  NULL COMMENT 'data=user.privacy_preferences; taken back; while it is NULL the objection stands',
  PRIMARY KEY (person_id, purpose, raised_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=person_id purpose=privacy basis=legal_obligation keep=account erase=delete export=access tier=self; what a person objected to (GDPR Art. 21)';

CREATE TABLE restriction (
  id               CHAR(30)     NOT NULL COMMENT 'data=none; key',
  person_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; whose data is kept and not processed',
  is_restricted    BOOLEAN      NOT NULL COMMENT 'data=user.privacy_preferences; it began, or it ended',
  reason           VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NULL COMMENT 'data=user.content.private; why, in the person''s words, or the operator''s who ends it',
  decided_at       DATETIME(6)  NOT NULL COMMENT 'data=user.privacy_preferences; from when on; ahead of us where an operator has announced an end',
  announced_at     DATETIME(6)  NULL COMMENT 'data=user.privacy_preferences; when the person was told beforehand that an operator would end it (Art. 18(3))',
  PRIMARY KEY (id),
  KEY restriction_by_person (person_id, decided_at),
  KEY restriction_by_announcement (announced_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=person_id purpose=privacy basis=legal_obligation keep=account erase=delete export=access tier=self; when a person had processing restricted, and when that ended (GDPR Art. 18)';

CREATE TABLE sign_in_attempt (
  state_hash       CHAR(64)     NOT NULL COMMENT 'data=none; SHA-256 of the state Vipps brings back',
  attempt_hash     CHAR(64)     NOT NULL COMMENT 'data=none; SHA-256 of the secret that binds the answer to the device that asked',
  nonce            VARCHAR(64)  NOT NULL COMMENT 'data=none; must stand in the id_token',
  code_verifier    VARCHAR(128) NOT NULL COMMENT 'data=none; PKCE, never leaves the server',
  redirect_uri     VARCHAR(500) NOT NULL COMMENT 'data=none; must be sent to Vipps again, byte for byte',
  created_at       DATETIME(6)  NOT NULL COMMENT 'data=none; when the sign-in was begun',
  expires_at       DATETIME(6)  NOT NULL COMMENT 'data=none; an answer after this is refused',
  used_at          DATETIME(6)  NULL COMMENT 'data=none; an answer is taken once',
  PRIMARY KEY (state_hash),
  KEY sign_in_attempt_by_expiry (expires_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=none purpose=sign_in basis=none keep=P1D@expires_at erase=none export=none tier=nobody; sign-ins on their way through Vipps; nobody is known yet';

CREATE TABLE session (
  id               CHAR(30)     NOT NULL COMMENT 'data=user.device; key, shown in the list of devices',
  person_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; who is signed in',
  device_name      VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=user.device; so that the person recognises it',
  access_hash      CHAR(64)     NOT NULL COMMENT 'data=user.authorization.credentials export=none tier=nobody; SHA-256 of the access token',
  access_expires_at DATETIME(6) NOT NULL COMMENT 'data=user.account export=none; access tokens are short',
  authenticated_at DATETIME(6)  NOT NULL COMMENT 'data=user.account; auth_time of Vipps: erasure and payouts demand a fresh one',
  created_at       DATETIME(6)  NOT NULL COMMENT 'data=user.account; when this device signed in',
  refreshed_at     DATETIME(6)  NOT NULL COMMENT 'data=user.account; when it was last in use',
  expires_at       DATETIME(6)  NOT NULL COMMENT 'data=user.account; unused for so long, the device is signed out',
  ended_at         DATETIME(6)  NULL COMMENT 'data=user.account; signed out, replaced or revoked',
  ended_reason     VARCHAR(20)  NULL COMMENT 'data=user.account; signed_out, replaced or token_reuse',
  PRIMARY KEY (id),
  UNIQUE KEY session_access (access_hash),
  KEY session_by_person (person_id, ended_at),
  KEY session_by_expiry (expires_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=person_id purpose=sign_in basis=contract keep=P30D@expires_at erase=delete export=access tier=self; a device that is signed in; the family its refresh tokens belong to';

CREATE TABLE refresh_token (
  token_hash       CHAR(64)     NOT NULL COMMENT 'data=user.authorization.credentials export=none tier=nobody; SHA-256 of the token',
  session_id       CHAR(30)     NOT NULL COMMENT 'data=user.device; the family that ends when a used token comes back',
  predecessor_hash CHAR(64)     NULL COMMENT 'data=user.authorization.credentials export=none tier=nobody; the token it replaced',
  issued_at        DATETIME(6)  NOT NULL COMMENT 'data=user.account; when it was made',
  used_at          DATETIME(6)  NULL COMMENT 'data=user.account; rotated; a second use is theft, or a reply that was lost',
  PRIMARY KEY (token_hash),
  KEY refresh_token_by_session (session_id),
  KEY refresh_token_by_issue (issued_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=session_id>session purpose=sign_in basis=contract keep=P60D@issued_at erase=delete export=access tier=self; each refresh token is good once';

CREATE TABLE idempotency_key (
  person_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; keys are each person''s own',
  idempotency_key  VARCHAR(64)  NOT NULL COMMENT 'data=user.unique_id; made by the app before it calls',
  operation        VARCHAR(100) NOT NULL COMMENT 'data=user.behavior; the route the key was used on',
  input_hash       CHAR(64)     NOT NULL COMMENT 'data=none; SHA-256 of path and body: same key with other input is refused',
  status           SMALLINT     NOT NULL COMMENT 'data=none; what was answered',
  reply            JSON         NOT NULL COMMENT 'data=user; what was answered, given again to a retry',
  created_at       DATETIME(6)  NOT NULL COMMENT 'data=user.account; when it was first used',
  PRIMARY KEY (person_id, idempotency_key),
  KEY idempotency_key_by_age (created_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=person_id purpose=account basis=contract keep=P30D@created_at erase=delete export=access tier=self; makes a call safe to repeat, longer than any app goes on trying';

-- ─────────────────────────────────────────────────────────────── mentors

CREATE TABLE mentor (
  person_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; who the mentor is',
  headline         VARCHAR(120) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=user.content.public; shown in search',
  biography        TEXT         CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=user.content.public; shown on the mentor''s page',
  organisation_number CHAR(9)   NULL COMMENT 'data=user.government_id tier=party; of the mentor''s business, where they have one: a receipt has to name it',
  is_vat_registered BOOLEAN     NOT NULL COMMENT 'data=user.financial tier=party; whether VAT is in their prices: a receipt has to show it',
  state            VARCHAR(10)  NOT NULL COMMENT 'data=user.account; listed or paused',
  applied_at       DATETIME(6)  NOT NULL COMMENT 'data=user.account; when they applied',
  updated_at       DATETIME(6)  NOT NULL COMMENT 'data=user.account; when they last changed it',
  PRIMARY KEY (person_id),
  KEY mentor_by_state (state, person_id),
  CONSTRAINT mentor_state_known CHECK (state IN ('listed', 'paused'))
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=person_id purpose=mentoring basis=contract keep=account erase=delete export=access+portability tier=public; a person who sells hours';

CREATE TABLE mentor_skill (
  skill            VARCHAR(60)  CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=user.job_title; what they can help with; searched',
  person_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; whose skill',
  PRIMARY KEY (person_id, skill),
  KEY mentor_skill_by_skill (skill, person_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=person_id purpose=mentoring basis=contract keep=account erase=delete export=access+portability tier=public; skills of a mentor';

CREATE TABLE mentor_language (
  language         CHAR(2)      NOT NULL COMMENT 'data=user.demographic.language; ISO 639-1, what sessions can be held in; searched',
  person_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; whose language',
  PRIMARY KEY (person_id, language),
  KEY mentor_language_by_language (language, person_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=person_id purpose=mentoring basis=contract keep=account erase=delete export=access+portability tier=public; languages of a mentor';

CREATE TABLE offer (
  id               CHAR(30)     NOT NULL COMMENT 'data=none erase=keep; key',
  mentor_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; who sells it',
  title            VARCHAR(120) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=user.content.public erase=blank; what is sold',
  description      TEXT         CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=user.content.public erase=blank; what the mentee gets',
  minutes          SMALLINT     NOT NULL COMMENT 'data=none; length of a session',
  price_ore        INT          NOT NULL COMMENT 'data=none; price of a session, VAT included',
  currency         CHAR(3)      NOT NULL COMMENT 'data=none; NOK',
  accepts_hours    BOOLEAN      NOT NULL COMMENT 'data=none; whether hours of the mentor''s packs pay for it',
  needs_approval   BOOLEAN      NOT NULL COMMENT 'data=none; whether the mentor answers each booking before it can be paid for',
  state            VARCHAR(10)  NOT NULL COMMENT 'data=none; active or withdrawn',
  created_at       DATETIME(6)  NOT NULL COMMENT 'data=none; when it was first offered',
  updated_at       DATETIME(6)  NOT NULL COMMENT 'data=none; when it last changed',
  PRIMARY KEY (id),
  KEY offer_by_mentor (mentor_id, state, id),
  CONSTRAINT offer_state_known CHECK (state IN ('active', 'withdrawn')),
  CONSTRAINT offer_on_quarter_hours CHECK (minutes > 0 AND minutes % 15 = 0),
  CONSTRAINT offer_price_positive CHECK (price_ore >= 100)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=mentor_id purpose=mentoring basis=contract keep=account erase=columns export=access+portability tier=public; what a mentor sells; bookings point to it, so the row stays';

CREATE TABLE hour_pack (
  id               CHAR(30)     NOT NULL COMMENT 'data=none erase=keep; key',
  mentor_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; who sells it',
  title            VARCHAR(120) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=user.content.public erase=blank; what is sold',
  quarters         SMALLINT     NOT NULL COMMENT 'data=none; how many quarter hours it holds',
  price_ore        INT          NOT NULL COMMENT 'data=none; price of the pack, VAT included',
  currency         CHAR(3)      NOT NULL COMMENT 'data=none; NOK',
  valid_days       SMALLINT     NOT NULL COMMENT 'data=none; for how long its hours can be used; at most as long as a payment can be given back at Vipps',
  state            VARCHAR(10)  NOT NULL COMMENT 'data=none; active or withdrawn',
  created_at       DATETIME(6)  NOT NULL COMMENT 'data=none; when it was first offered',
  updated_at       DATETIME(6)  NOT NULL COMMENT 'data=none; when it last changed',
  PRIMARY KEY (id),
  KEY hour_pack_by_mentor (mentor_id, state, id),
  CONSTRAINT hour_pack_state_known CHECK (state IN ('active', 'withdrawn')),
  CONSTRAINT hour_pack_size CHECK (quarters BETWEEN 4 AND 400),
  CONSTRAINT hour_pack_price CHECK (price_ore BETWEEN 100 AND 65000000),
  CONSTRAINT hour_pack_validity CHECK (valid_days BETWEEN 30 AND 330)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=mentor_id purpose=mentoring basis=contract keep=account erase=columns export=access+portability tier=public; hours that a mentor sells together; purchases point to it, so the row stays';

-- ─────────────────────────────────────────────────────────────── scheduling

CREATE TABLE schedule (
  id               CHAR(30)     NOT NULL COMMENT 'data=none; key',
  mentor_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; whose working time',
  time_zone        VARCHAR(64)  NOT NULL COMMENT 'data=user.account.settings; IANA name the rules are written in',
  notice_minutes   INT          NOT NULL COMMENT 'data=user.account.settings; how long before the start a slot can last be booked',
  window_days      SMALLINT     NOT NULL COMMENT 'data=user.account.settings; how far ahead slots are offered',
  buffer_before_minutes SMALLINT NOT NULL COMMENT 'data=user.account.settings; kept free before a session',
  buffer_after_minutes SMALLINT NOT NULL COMMENT 'data=user.account.settings; kept free after a session',
  move_notice_minutes INT      NOT NULL DEFAULT 0 COMMENT 'data=user.account.settings; how long before the start a session can last be moved',
  cancel_notice_minutes INT    NOT NULL DEFAULT 0 COMMENT 'data=user.account.settings; how long before the start a session can last be cancelled in time',
  window_kind      VARCHAR(15)  NOT NULL DEFAULT 'days' COMMENT 'data=user.account.settings; whether window_days are days, Mondays to Fridays, or two dates count instead',
  first_date       DATE         NULL COMMENT 'data=user.account.settings; the first date that is offered, where two dates count',
  last_date        DATE         NULL COMMENT 'data=user.account.settings; the last date that is offered, where two dates count',
  interval_minutes SMALLINT     NOT NULL DEFAULT 15 COMMENT 'data=user.account.settings; from one start that is offered to the next',
  offset_minutes   SMALLINT     NOT NULL DEFAULT 0 COMMENT 'data=user.account.settings; how long after midnight the first start is',
  updated_at       DATETIME(6)  NOT NULL COMMENT 'data=user.account; when it last changed',
  PRIMARY KEY (id),
  UNIQUE KEY schedule_of_mentor (mentor_id),
  CONSTRAINT schedule_buffers_on_quarter_hours CHECK (buffer_before_minutes % 15 = 0 AND buffer_after_minutes % 15 = 0),
  CONSTRAINT schedule_window_known CHECK (window_kind IN ('days', 'business_days', 'dates')),
  CONSTRAINT schedule_dates_both CHECK (window_kind <> 'dates' OR (first_date IS NOT NULL AND last_date IS NOT NULL AND first_date <= last_date)),
  CONSTRAINT schedule_starts_on_quarter_hours CHECK (interval_minutes > 0 AND interval_minutes % 15 = 0 AND offset_minutes >= 0 AND offset_minutes % 15 = 0 AND offset_minutes < interval_minutes)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=mentor_id purpose=booking basis=contract keep=account erase=delete export=access+portability tier=self; when a mentor can be booked';

CREATE TABLE schedule_rule (
  schedule_id      CHAR(30)     NOT NULL COMMENT 'data=none; which schedule',
  weekday          SMALLINT     NOT NULL COMMENT 'data=user.account.settings; ISO, 1 Monday to 7 Sunday',
  starts_minute    SMALLINT     NOT NULL COMMENT 'data=user.account.settings; local minutes after midnight',
  ends_minute      SMALLINT     NOT NULL COMMENT 'data=user.account.settings; local minutes after the midnight that it begins after; beyond 1440 they are the next day''s',
  PRIMARY KEY (schedule_id, weekday, starts_minute),
  CONSTRAINT schedule_rule_weekday CHECK (weekday BETWEEN 1 AND 7),
  CONSTRAINT schedule_rule_in_a_day CHECK (starts_minute >= 0 AND starts_minute < 1440 AND starts_minute < ends_minute AND ends_minute <= starts_minute + 1440)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=schedule_id>schedule purpose=booking basis=contract keep=account erase=delete export=access+portability tier=self; open hours of every week';

CREATE TABLE schedule_exception (
  schedule_id      CHAR(30)     NOT NULL COMMENT 'data=none; which schedule',
  local_date       DATE         NOT NULL COMMENT 'data=user.account.settings; a date in the schedule''s zone',
  starts_minute    SMALLINT     NOT NULL COMMENT 'data=user.account.settings; local minutes after midnight',
  ends_minute      SMALLINT     NOT NULL COMMENT 'data=user.account.settings; local minutes after the midnight that it begins after; beyond 1440 they are the next day''s',
  is_open          BOOLEAN      NOT NULL COMMENT 'data=user.account.settings; open beyond the rules, or closed in spite of them',
  PRIMARY KEY (schedule_id, local_date, starts_minute, is_open),
  CONSTRAINT schedule_exception_in_a_day CHECK (starts_minute >= 0 AND starts_minute < 1440 AND starts_minute < ends_minute AND ends_minute <= starts_minute + 1440)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=schedule_id>schedule purpose=booking basis=contract keep=account erase=delete export=access+portability tier=self; dates that differ from the week';

CREATE TABLE absence (
  mentor_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; who is away',
  first_date       DATE         NOT NULL COMMENT 'data=user.account.settings; the first local date on which nothing is open',
  last_date        DATE         NOT NULL COMMENT 'data=user.account.settings; the last one',
  note             VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NULL COMMENT 'data=user.content.private; why, for the mentor alone',
  PRIMARY KEY (mentor_id, first_date),
  CONSTRAINT absence_in_order CHECK (first_date <= last_date)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=mentor_id purpose=booking basis=contract keep=account erase=delete export=access+portability tier=self; dates on which a mentor can not be booked';

CREATE TABLE journey (
  mentor_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; who travels',
  first_date       DATE         NOT NULL COMMENT 'data=user.account.settings; the first date there, in that zone',
  last_date        DATE         NOT NULL COMMENT 'data=user.account.settings; the last date there, in that zone',
  time_zone        VARCHAR(64)  NOT NULL COMMENT 'data=user.account.settings; IANA name of the zone whose wall clock the hours then mean',
  PRIMARY KEY (mentor_id, first_date),
  CONSTRAINT journey_in_order CHECK (first_date <= last_date)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=mentor_id purpose=booking basis=contract keep=account erase=delete export=access+portability tier=self; dates on which a mentor keeps the hours of another zone';

CREATE TABLE session_limit (
  mentor_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; whose sessions',
  in_all_day       SMALLINT     NULL COMMENT 'data=user.account.settings; the most sessions in a local day',
  in_all_week      SMALLINT     NULL COMMENT 'data=user.account.settings; the most from Monday to Sunday',
  in_all_month     SMALLINT     NULL COMMENT 'data=user.account.settings; the most in a month',
  for_one_day      SMALLINT     NULL COMMENT 'data=user.account.settings; the most in a local day with the same mentee',
  for_one_week     SMALLINT     NULL COMMENT 'data=user.account.settings; the most from Monday to Sunday with the same mentee',
  for_one_month    SMALLINT     NULL COMMENT 'data=user.account.settings; the most in a month with the same mentee',
  PRIMARY KEY (mentor_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=mentor_id purpose=booking basis=contract keep=account erase=delete export=access+portability tier=self; how many sessions a mentor gives';

CREATE TABLE booking (
  id               CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; key; the hold, the payment and the session are this one row',
  offer_id         CHAR(30)     NOT NULL COMMENT 'data=none; what was booked',
  mentor_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; who gives the session',
  mentee_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; who bought it',
  title            VARCHAR(120) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; what was sold, as it read then: the bookkeeping wants it',
  starts_at        DATETIME(6)  NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; UTC',
  ends_at          DATETIME(6)  NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; UTC',
  price_ore        INT          NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; price as it was then',
  currency         CHAR(3)      NOT NULL COMMENT 'data=none; NOK',
  state            VARCHAR(20)  NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; see lib/scheduling/rules.py',
  version          INT          NOT NULL COMMENT 'data=none; how often its time was changed: calendars take the newer one',
  hold_expires_at  DATETIME(6)  NOT NULL COMMENT 'data=none; unanswered or unpaid by then, the time is free again',
  created_at       DATETIME(6)  NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; when the slot was taken',
  confirmed_at     DATETIME(6)  NULL COMMENT 'data=user.behavior.purchase_history erase=keep; when the payment was reserved',
  closed_at        DATETIME(6)  NULL COMMENT 'data=user.behavior.purchase_history erase=keep; when it was completed, cancelled, declined or expired',
  closed_by        CHAR(30)     NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; who cancelled or declined',
  closed_reason    VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NULL COMMENT 'data=user.content.private erase=null; the reason given',
  PRIMARY KEY (id),
  KEY booking_by_mentee (mentee_id, id),
  KEY booking_by_mentor (mentor_id, id),
  KEY booking_by_mentor_and_start (mentor_id, starts_at),
  KEY booking_by_mentee_end (mentee_id, ends_at, id),
  KEY booking_by_mentor_end (mentor_id, ends_at, id),
  KEY booking_by_hold (state, hold_expires_at),
  KEY booking_by_end (state, ends_at),
  KEY booking_by_age (created_at),
  CONSTRAINT booking_parties_differ CHECK (mentor_id <> mentee_id),
  CONSTRAINT booking_has_length CHECK (starts_at < ends_at),
  CONSTRAINT booking_state_known CHECK (state IN ('requested', 'declined', 'held', 'awaiting_payment', 'confirmed', 'completed', 'undelivered', 'cancelled', 'expired'))
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=mentee_id,mentor_id purpose=booking basis=contract keep=bookkeeping@created_at erase=columns export=access tier=party; a slot taken, and what became of it';

CREATE TABLE booking_move (
  booking_id       CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; what was moved',
  version          INT          NOT NULL COMMENT 'data=none; the booking''s version from then on',
  from_starts_at   DATETIME(6)  NOT NULL COMMENT 'data=user.behavior.purchase_history; when it was to begin before; UTC',
  to_starts_at     DATETIME(6)  NOT NULL COMMENT 'data=user.behavior.purchase_history; when it was to begin from then on; UTC',
  moved_by         CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; who moved it',
  reason           VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NULL COMMENT 'data=user.content.private; the reason given',
  moved_at         DATETIME(6)  NOT NULL COMMENT 'data=user.behavior.purchase_history; when',
  PRIMARY KEY (booking_id, version),
  KEY booking_move_by_age (moved_at),
  CONSTRAINT booking_move_elsewhere CHECK (from_starts_at <> to_starts_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=booking_id>booking purpose=booking basis=contract keep=P1Y@moved_at erase=delete export=access tier=party; when a session was to be before it was moved';

CREATE TABLE calendar_atom (
  person_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; whose time is taken, mentor or mentee',
  quarter_hour     INT UNSIGNED NOT NULL COMMENT 'data=user.behavior; quarter hours since 1970-01-01T00:00Z',
  booking_id       CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; what takes it, buffers included',
  PRIMARY KEY (person_id, quarter_hour),
  KEY calendar_atom_by_booking (booking_id),
  KEY calendar_atom_by_time (quarter_hour)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=person_id purpose=booking basis=contract keep=P1D@quarter_hour erase=delete export=none tier=nobody; the key that lets a slot be sold once';

CREATE TABLE calendar_feed (
  person_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; whose sessions the address shows',
  token_hash       CHAR(64)     NOT NULL COMMENT 'data=user.authorization.credentials export=none tier=nobody; SHA-256 of the secret in the address',
  created_at       DATETIME(6)  NOT NULL COMMENT 'data=user.account; since when this address has been good',
  PRIMARY KEY (person_id),
  UNIQUE KEY calendar_feed_token (token_hash)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=person_id purpose=booking basis=contract keep=account erase=delete export=access tier=self; the secret address at which a calendar of their own reads their sessions';

-- ─────────────────────────────────────────────────────────────── messages

CREATE TABLE conversation (
  id               CHAR(30)     NOT NULL COMMENT 'data=none; key, made of the pair, so that two people have one',
  one_id           CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; one of the two, whose key is the lower',
  two_id           CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; the other',
  last_number      INT          NOT NULL COMMENT 'data=none; how many messages were written, deleted ones included',
  last_message_id  CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; the newest, by which conversations are listed',
  last_author_id   CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; who wrote it',
  in_a_row         INT          NOT NULL COMMENT 'data=user.behavior erase=keep; how many messages the same person has written since the other last did: before a session is bought that is limited',
  last_at          DATETIME(6)  NOT NULL COMMENT 'data=user.behavior erase=keep; when the newest was written',
  one_read         INT          NOT NULL COMMENT 'data=user.behavior erase=keep; up to which message the one has read',
  two_read         INT          NOT NULL COMMENT 'data=user.behavior erase=keep; up to which message the other has read',
  PRIMARY KEY (id),
  UNIQUE KEY conversation_of_pair (one_id, two_id),
  KEY conversation_of_one (one_id, last_message_id),
  KEY conversation_of_two (two_id, last_message_id),
  KEY conversation_by_age (last_at),
  CONSTRAINT conversation_of_two_people CHECK (one_id <> two_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=one_id,two_id purpose=booking basis=contract keep=P2Y@last_at erase=columns export=access tier=party; that two people write to each other, and how far each has read; without what they write';

CREATE TABLE message (
  id               CHAR(30)     NOT NULL COMMENT 'data=none; key',
  conversation_id  CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; in which conversation',
  number           INT          NOT NULL COMMENT 'data=none; its place there, from 1',
  author_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; who wrote it: the words are theirs, and go with them',
  body             VARCHAR(4000) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NULL COMMENT 'data=user.content.private; what they wrote; gone once they have deleted it',
  sent_at          DATETIME(6)  NOT NULL COMMENT 'data=user.behavior; when',
  deleted_at       DATETIME(6)  NULL COMMENT 'data=user.behavior; when they deleted it',
  PRIMARY KEY (id),
  UNIQUE KEY message_in_order (conversation_id, number),
  KEY message_by_author (author_id, sent_at),
  KEY message_by_age (sent_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=author_id purpose=booking basis=contract keep=P2Y@sent_at erase=delete export=access+portability tier=party; what mentor and mentee write to each other';

CREATE TABLE person_block (
  id               CHAR(30)     NOT NULL COMMENT 'data=none; key, made of the two, so that it stands once',
  blocker_id       CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; who wants nothing to do with somebody',
  blocked_id       CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; with whom; they are not told',
  blocked_at       DATETIME(6)  NOT NULL COMMENT 'data=user.behavior; since when',
  PRIMARY KEY (id),
  KEY person_block_by_person (blocker_id, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=blocker_id purpose=booking basis=contract keep=account erase=delete export=access tier=self; with whom somebody wants neither messages nor sessions; the other is not told, for the peace of who blocks (GDPR Art. 15(4))';

-- ─────────────────────────────────────────────────────────────── purchases

CREATE TABLE purchase (
  id               CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; key',
  booking_id       CHAR(30)     NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; the session that is paid for, unless it is a pack',
  pack_id          CHAR(30)     NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; the pack of hours that is paid for, unless it is a session',
  mentee_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; who pays',
  mentor_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; who earns',
  title            VARCHAR(120) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; what was sold, as it read then: the bookkeeping wants it',
  quarters         SMALLINT     NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; how many quarter hours it is for',
  amount_ore       INT          NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; what the mentee pays, VAT included',
  vat_ore          INT          NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; the VAT in it, where the mentor is registered for VAT',
  fee_ore          INT          NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; what MIN MENTOR keeps of it, VAT on the fee included',
  currency         CHAR(3)      NOT NULL COMMENT 'data=none; NOK',
  rail             VARCHAR(10)  NOT NULL COMMENT 'data=none; vipps or stripe: who carries the money',
  method           VARCHAR(10)  NOT NULL COMMENT 'data=user.payment erase=keep; vipps or card',
  state            VARCHAR(12)  NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; see lib/purchases/rules.py',
  reference        VARCHAR(64)  NOT NULL COMMENT 'data=user.payment erase=keep; what the rail knows the payment by, made by us',
  provider_id      VARCHAR(255) NULL COMMENT 'data=user.payment erase=keep; what the rail itself calls it, where that is something else',
  redirect_url     VARCHAR(2500) NULL COMMENT 'data=user.payment erase=null export=none; where the person pays; dies with the payment',
  terms_version    VARCHAR(20)  NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; terms of sale accepted before payment, the right of withdrawal with its form among them',
  early_start_at   DATETIME(6)  NULL COMMENT 'data=user.behavior.purchase_history erase=keep; when the mentee asked expressly that the hours may begin before the fourteen days are over',
  captured_ore     INT          NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; what was taken',
  refunded_ore     INT          NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; what is given back, from the moment that is decided',
  guaranteed_until DATETIME(6)  NULL COMMENT 'data=none; until when the reserved money can certainly be taken, as the rail says',
  hours_expire_at  DATETIME(6)  NULL COMMENT 'data=user.behavior.purchase_history erase=keep; until when the hours of a pack can be used',
  created_at       DATETIME(6)  NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; when payment was begun',
  checked_at       DATETIME(6)  NOT NULL COMMENT 'data=none; when the rail was last asked while the payment was open',
  authorised_at    DATETIME(6)  NULL COMMENT 'data=user.behavior.purchase_history erase=keep; money reserved: the contract is concluded',
  captured_at      DATETIME(6)  NULL COMMENT 'data=user.behavior.purchase_history erase=keep; money taken',
  closed_at        DATETIME(6)  NULL COMMENT 'data=user.behavior.purchase_history erase=keep; ended without money taken',
  compared_at      DATETIME(6)  NULL COMMENT 'data=none; when its sums were last compared with the rail; NULL since they changed',
  PRIMARY KEY (id),
  UNIQUE KEY purchase_reference (reference),
  KEY purchase_by_booking (booking_id),
  KEY purchase_by_mentee (mentee_id, id),
  KEY purchase_by_mentor (mentor_id, state, captured_at),
  KEY purchase_by_state (state, checked_at),
  KEY purchase_by_comparing (state, compared_at, id),
  KEY purchase_by_expiry (hours_expire_at),
  KEY purchase_by_capture (captured_at),
  KEY purchase_by_age (created_at),
  CONSTRAINT purchase_for_one_thing CHECK ((booking_id IS NULL) <> (pack_id IS NULL)),
  CONSTRAINT purchase_amounts CHECK (amount_ore > 0 AND vat_ore >= 0 AND vat_ore < amount_ore AND fee_ore >= 0 AND fee_ore <= amount_ore),
  CONSTRAINT purchase_captured_within_amount CHECK (captured_ore >= 0 AND captured_ore <= amount_ore),
  CONSTRAINT purchase_refunded_within_captured CHECK (refunded_ore >= 0 AND refunded_ore <= captured_ore),
  CONSTRAINT purchase_rail_known CHECK (rail IN ('vipps', 'stripe')),
  CONSTRAINT purchase_state_known CHECK (state IN ('created', 'authorised', 'captured', 'released', 'aborted', 'expired', 'terminated', 'failed'))
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=mentee_id,mentor_id purpose=payment basis=contract keep=bookkeeping@created_at erase=columns export=access tier=party; a payment for a session or for a pack of hours';

CREATE TABLE hour_entry (
  purchase_id      CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; the pack that was bought',
  cause_id         CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; the purchase, booking, refund or end of the pack that caused it',
  kind             VARCHAR(10)  NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; issued, drawn, returned, withdrawn or expired',
  quarters         SMALLINT     NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; quarter hours, negative where they leave: what is left is the sum',
  created_at       DATETIME(6)  NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; when',
  PRIMARY KEY (purchase_id, cause_id, kind),
  KEY hour_entry_by_cause (cause_id),
  CONSTRAINT hour_entry_signs CHECK ((kind IN ('issued', 'returned') AND quarters > 0) OR (kind IN ('drawn', 'withdrawn', 'expired') AND quarters < 0))
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=purchase_id>purchase purpose=payment basis=contract keep=bookkeeping erase=columns export=access tier=party; hours of a pack as they come and go: only ever added to';

CREATE TABLE earning (
  id               CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; key; the cause of its entries in the books',
  mentor_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; who earns',
  purchase_id      CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; out of which purchase',
  cause_id         CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; the booking that was given, or the refund or reversal that takes it back or gives it again',
  quarters         SMALLINT     NOT NULL COMMENT 'data=user.financial erase=keep; quarter hours that it is for; 0 where it takes back',
  gross_ore        INT          NOT NULL COMMENT 'data=user.financial erase=keep; what the mentee paid for them, VAT included; negative where it takes back',
  vat_ore          INT          NOT NULL COMMENT 'data=user.financial erase=keep; the VAT in it, where the mentor is registered for VAT',
  fee_ore          INT          NOT NULL COMMENT 'data=user.financial erase=keep; what MIN MENTOR keeps of it, VAT on the fee included',
  fee_vat_ore      INT          NOT NULL COMMENT 'data=user.financial erase=keep; the VAT in the fee',
  share_ore        INT          NOT NULL COMMENT 'data=user.financial erase=keep; what the mentor gets: gross less fee',
  is_claw_back     BOOLEAN      NOT NULL COMMENT 'data=user.financial erase=keep; it takes back what had been paid out: the mentor owes it',
  earned_at        DATETIME(6)  NOT NULL COMMENT 'data=user.financial erase=keep; when',
  available_at     DATETIME(6)  NOT NULL COMMENT 'data=user.financial erase=keep; from when it may be paid out',
  payout_id        CHAR(30)     NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; the one payout that settles it',
  PRIMARY KEY (id),
  UNIQUE KEY earning_once (purchase_id, cause_id),
  KEY earning_by_mentor (mentor_id, payout_id, available_at),
  KEY earning_by_payout (payout_id),
  KEY earning_by_cause (cause_id),
  KEY earning_by_age (earned_at),
  CONSTRAINT earning_adds_up CHECK (share_ore = gross_ore - fee_ore)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=mentor_id purpose=bookkeeping basis=legal_obligation keep=bookkeeping@earned_at erase=columns export=access tier=self; what a mentor has earned with each session, and what was taken back';

CREATE TABLE refund (
  id               CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; key; the cause of its entries in the books',
  purchase_id      CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; of which purchase',
  amount_ore       INT          NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; what the mentee gets back',
  unearned_ore     INT          NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; how much of it the mentor never earned',
  ground           VARCHAR(20)  NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; see lib/purchases/refund_rules.py',
  evidence         JSON         NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; what the rule was given and what it said: the decision can be derived again',
  borne_by         VARCHAR(8)   NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; mentor (with our fee) or platform: at whose expense',
  state            VARCHAR(10)  NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; open, done, or held for an operator',
  error_code       VARCHAR(60)  NULL COMMENT 'data=none; why it is held',
  asked_by         CHAR(30)     NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep export=none; the person or operator who asked; nobody where a rule did',
  created_at       DATETIME(6)  NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; when it was decided',
  finished_at      DATETIME(6)  NULL COMMENT 'data=user.behavior.purchase_history erase=keep; when the money was on its way back',
  PRIMARY KEY (id),
  KEY refund_by_purchase (purchase_id, id),
  KEY refund_by_state (state, id),
  KEY refund_by_finish (finished_at),
  CONSTRAINT refund_positive CHECK (amount_ore > 0 AND unearned_ore >= 0 AND unearned_ore <= amount_ore),
  CONSTRAINT refund_bearer_known CHECK (borne_by IN ('mentor', 'platform')),
  CONSTRAINT refund_state_known CHECK (state IN ('open', 'done', 'held'))
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=purchase_id>purchase purpose=payment basis=contract keep=bookkeeping erase=columns export=access tier=party; money that goes back, on which ground';

CREATE TABLE dispute (
  id               CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; key; the cause of its entries in the books',
  purchase_id      CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; the purchase whose payment is contested',
  provider_id      VARCHAR(64)  NOT NULL COMMENT 'data=user.payment erase=keep; what Stripe calls it',
  state            VARCHAR(10)  NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; warning, open, won or lost: what Stripe says last',
  reason           VARCHAR(60)  NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; why, as Stripe''s code',
  amount_ore       INT          NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; how much is contested',
  taken_ore        INT          NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; what the payer''s bank has taken so far',
  returned_ore     INT          NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; what it has given back of that',
  fee_ore          INT          NOT NULL COMMENT 'data=none; what Stripe has charged for it; never given back',
  answer_by        DATETIME(6)  NULL COMMENT 'data=none; until when it can be answered',
  borne_by         VARCHAR(8)   NULL COMMENT 'data=user.behavior.purchase_history erase=keep; where it was lost: mentor or platform, as an operator has decided',
  refund_id        CHAR(30)     NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; the refund as which a lost one is booked, once it is decided who bears it',
  decided_by       CHAR(30)     NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep export=none; which operator',
  raised_at        DATETIME(6)  NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; when it was raised',
  asked_at         DATETIME(6)  NOT NULL COMMENT 'data=none; when Stripe was last asked about it',
  closed_at        DATETIME(6)  NULL COMMENT 'data=user.behavior.purchase_history erase=keep; when it was over for us: won, or lost and decided',
  PRIMARY KEY (id),
  UNIQUE KEY dispute_provider (provider_id),
  KEY dispute_by_purchase (purchase_id),
  KEY dispute_by_closing (closed_at, id),
  CONSTRAINT dispute_amounts CHECK (amount_ore > 0 AND taken_ore >= 0 AND returned_ore >= 0 AND returned_ore <= taken_ore AND fee_ore >= 0),
  CONSTRAINT dispute_bearer_known CHECK (borne_by IN ('mentor', 'platform')),
  CONSTRAINT dispute_state_known CHECK (state IN ('warning', 'open', 'won', 'lost'))
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=purchase_id>purchase purpose=payment basis=contract keep=bookkeeping erase=columns export=access tier=party; payments that a payer''s bank contests (chargebacks)';

CREATE TABLE provider_operation (
  id               CHAR(30)     NOT NULL COMMENT 'data=none; sent to the provider as idempotency key, committed before the call',
  kind             VARCHAR(30)  NOT NULL COMMENT 'data=none; what is asked, as vipps.capture',
  subject_id       CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; the purchase, payout, booking or mentor it is for',
  attempt          SMALLINT     NOT NULL COMMENT 'data=none; a definite refusal ends an attempt, a time-out does not',
  input_hash       CHAR(64)     NOT NULL COMMENT 'data=none; the same key is only ever sent with the same input',
  state            VARCHAR(10)  NOT NULL COMMENT 'data=none; open, done or refused',
  provider_id      VARCHAR(255) NULL COMMENT 'data=user.unique_id; what the provider calls what it made',
  error_code       VARCHAR(60)  NULL COMMENT 'data=none; why it was refused',
  created_at       DATETIME(6)  NOT NULL COMMENT 'data=none; before the call',
  finished_at      DATETIME(6)  NULL COMMENT 'data=none; when its outcome was certain',
  PRIMARY KEY (id),
  UNIQUE KEY provider_operation_attempt (subject_id, kind, attempt),
  KEY provider_operation_by_end (finished_at),
  CONSTRAINT provider_operation_state_known CHECK (state IN ('open', 'done', 'refused'))
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=none purpose=bookkeeping basis=none keep=bookkeeping@finished_at erase=none export=none tier=operator; what was asked of a provider, so that nothing is asked twice; names nobody';

-- ─────────────────────────────────────────────────────────────── meetings

CREATE TABLE meeting (
  booking_id       CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; which session it is for',
  provider_id      VARCHAR(64)  NULL COMMENT 'data=user.unique_id export=none; what Whereby calls the room',
  room_name        VARCHAR(100) NULL COMMENT 'data=user.unique_id export=none; how its events name the room',
  room_url         VARCHAR(500) NULL COMMENT 'data=user.authorization.credentials export=none; whoever has it may knock',
  host_room_url    VARCHAR(1000) NULL COMMENT 'data=user.authorization.credentials export=none tier=nobody; makes its holder the host: for the mentor only',
  mentor_key       CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous export=none; how events name the mentor',
  mentee_key       CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous export=none; how events name the mentee',
  created_at       DATETIME(6)  NOT NULL COMMENT 'data=user.account; when the payment was reserved',
  delete_after     DATETIME(6)  NOT NULL COMMENT 'data=none; when the room has served its purpose',
  deleted_at       DATETIME(6)  NULL COMMENT 'data=none; the room is gone at Whereby',
  PRIMARY KEY (booking_id),
  UNIQUE KEY meeting_room (room_name),
  KEY meeting_by_deletion (deleted_at, delete_after),
  KEY meeting_by_end (deleted_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=booking_id>booking purpose=meeting basis=contract keep=P30D@deleted_at erase=delete export=access tier=party; the video room of a booking';

CREATE TABLE attendance (
  event_id         VARCHAR(100) NOT NULL COMMENT 'data=none; the event that says so: a second delivery changes nothing',
  booking_id       CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; which session',
  role             VARCHAR(10)  NOT NULL COMMENT 'data=user.behavior; mentor or mentee',
  participant_id   VARCHAR(64)  NOT NULL COMMENT 'data=user.unique_id export=none; pairs a leaving with its joining',
  step             VARCHAR(10)  NOT NULL COMMENT 'data=user.behavior; knocked, joined or left',
  occurred_at      DATETIME(6)  NOT NULL COMMENT 'data=user.behavior; when, as Whereby says',
  PRIMARY KEY (event_id),
  KEY attendance_by_booking (booking_id, occurred_at),
  KEY attendance_by_age (occurred_at),
  CONSTRAINT attendance_role_known CHECK (role IN ('mentor', 'mentee')),
  CONSTRAINT attendance_step_known CHECK (step IN ('knocked', 'joined', 'left'))
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=booking_id>booking purpose=payment basis=contract keep=P3Y@occurred_at erase=delete export=access tier=party; who was in the room and when: evidence that a session took place';

CREATE TABLE delivery (
  booking_id       CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; which session',
  is_delivered     BOOLEAN      NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; whether the hour was given',
  ground           VARCHAR(20)  NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; overlap, mentee_word, mentee_absent or no_evidence',
  overlap_seconds  INT          NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; how long both were there',
  decided_at       DATETIME(6)  NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; when it was decided',
  PRIMARY KEY (booking_id),
  KEY delivery_by_age (decided_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=booking_id>booking purpose=bookkeeping basis=legal_obligation keep=bookkeeping@decided_at erase=columns export=access tier=party; the fact that money is captured against';

-- ─────────────────────────────────────────────────────────────── ledger

CREATE TABLE ledger_owner (
  pseudonym        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; what the books know a person by',
  person_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; who that is, for as long as the bookkeeping law wants it known',
  created_at       DATETIME(6)  NOT NULL COMMENT 'data=user.payment erase=keep; starts the bookkeeping clock',
  PRIMARY KEY (pseudonym),
  UNIQUE KEY ledger_owner_person (person_id),
  KEY ledger_owner_by_age (created_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=person_id purpose=bookkeeping basis=legal_obligation keep=bookkeeping@created_at erase=columns export=access tier=operator; the only link between the books and a person';

CREATE TABLE ledger_account (
  id               CHAR(30)     NOT NULL COMMENT 'data=none; key',
  kind             VARCHAR(30)  NOT NULL COMMENT 'data=none; see lib/ledger/rules.py',
  owner            VARCHAR(30)  NOT NULL COMMENT 'data=user.unique_id.pseudonymous; pseudonym, purchase or payout it is for; empty for MIN MENTOR''s own',
  currency         CHAR(3)      NOT NULL COMMENT 'data=none; an account holds one currency',
  created_at       DATETIME(6)  NOT NULL COMMENT 'data=none; when it was opened',
  PRIMARY KEY (id),
  UNIQUE KEY ledger_account_of_owner (kind, owner, currency)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=none purpose=bookkeeping basis=none keep=forever erase=none export=none tier=operator; accounts of the books; names nobody';

CREATE TABLE ledger_transfer (
  id               CHAR(30)     NOT NULL COMMENT 'data=none; key',
  debit_account_id CHAR(30)     NOT NULL COMMENT 'data=none; the account that is debited',
  credit_account_id CHAR(30)    NOT NULL COMMENT 'data=none; the account that is credited with the same amount',
  amount_ore       BIGINT       NOT NULL COMMENT 'data=none; always positive: both sides move by it, so the books sum to zero',
  is_pending       BOOLEAN      NOT NULL COMMENT 'data=none; reserved only, until ledger_resolution says what became of it',
  cause_id         CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; the purchase or payout that caused it',
  step             VARCHAR(20)  NOT NULL COMMENT 'data=none; which step of the cause: a step is booked once',
  created_at       DATETIME(6)  NOT NULL COMMENT 'data=none; when it was booked',
  PRIMARY KEY (id),
  UNIQUE KEY ledger_transfer_step (cause_id, step),
  KEY ledger_transfer_debit (debit_account_id, id),
  KEY ledger_transfer_credit (credit_account_id, id),
  KEY ledger_transfer_pending (is_pending, created_at, cause_id, id),
  CONSTRAINT ledger_transfer_positive CHECK (amount_ore > 0),
  CONSTRAINT ledger_transfer_two_sides CHECK (debit_account_id <> credit_account_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=none purpose=bookkeeping basis=none keep=forever erase=none export=none tier=operator; the books: append-only double entries; names nobody';

CREATE TABLE ledger_resolution (
  transfer_id      CHAR(30)     NOT NULL COMMENT 'data=none; the pending transfer; as primary key it is resolved once',
  outcome          VARCHAR(10)  NOT NULL COMMENT 'data=none; posted, voided or expired',
  amount_ore       BIGINT       NOT NULL COMMENT 'data=none; what was posted, 0 when voided or expired',
  created_at       DATETIME(6)  NOT NULL COMMENT 'data=none; when it was resolved',
  PRIMARY KEY (transfer_id),
  KEY ledger_resolution_by_time (created_at, transfer_id),
  CONSTRAINT ledger_resolution_outcome CHECK ((outcome = 'posted' AND amount_ore > 0) OR (outcome IN ('voided', 'expired') AND amount_ore = 0))
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=none purpose=bookkeeping basis=none keep=forever erase=none export=none tier=operator; what became of a pending transfer; names nobody';

CREATE TABLE ledger_correction (
  id               CHAR(30)     NOT NULL COMMENT 'data=none; key; the cause of the new entry',
  transfer_id      CHAR(30)     NOT NULL COMMENT 'data=none; the entry that it takes back: an entry itself is never changed',
  reason           VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=none; why, in the operator''s words; names nobody',
  noted_by         CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; which operator',
  noted_at         DATETIME(6)  NOT NULL COMMENT 'data=none; when',
  PRIMARY KEY (id),
  UNIQUE KEY ledger_correction_once (transfer_id),
  KEY ledger_correction_by_age (noted_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=none purpose=bookkeeping basis=none keep=forever erase=none export=none tier=operator; entries that were wrong, and why; names nobody';

-- ─────────────────────────────────────────────────────────────── payouts

CREATE TABLE payout_account (
  mentor_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; who is paid',
  provider_id      VARCHAR(64)  NULL COMMENT 'data=user.financial; the account at Stripe; bank and tax data stay there',
  state            VARCHAR(20)  NOT NULL COMMENT 'data=user.financial; see lib/payouts/rules.py',
  requirements     JSON         NOT NULL COMMENT 'data=user.financial; what Stripe still asks for, by field name',
  bank_failure     VARCHAR(60)  NULL COMMENT 'data=user.financial; why Stripe could not move money on to the mentor''s bank, as its code; empty once it could',
  created_at       DATETIME(6)  NOT NULL COMMENT 'data=user.account; when onboarding began',
  updated_at       DATETIME(6)  NOT NULL COMMENT 'data=user.account; when Stripe was last asked',
  PRIMARY KEY (mentor_id),
  UNIQUE KEY payout_account_provider (provider_id),
  KEY payout_account_by_state (state, mentor_id),
  CONSTRAINT payout_account_state_known CHECK (state IN ('new', 'onboarding', 'action_required', 'verifying', 'ready', 'rejected', 'closed'))
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=mentor_id purpose=payout basis=contract keep=account erase=delete export=access tier=self; where a mentor is paid';

CREATE TABLE payout (
  id               CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; key; the cause of its entries in the books',
  mentor_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; who is paid',
  amount_ore       BIGINT       NOT NULL COMMENT 'data=user.financial erase=keep; what is paid',
  netted_ore       BIGINT       NOT NULL COMMENT 'data=user.financial erase=keep; what was kept back of it, because the mentor owed it',
  currency         CHAR(3)      NOT NULL COMMENT 'data=none; NOK',
  destination      VARCHAR(64)  NOT NULL COMMENT 'data=user.financial erase=blank; the Stripe account it was meant for when it was made',
  state            VARCHAR(24)  NOT NULL COMMENT 'data=user.financial erase=keep; see lib/payouts/rules.py',
  held_reason      VARCHAR(60)  NULL COMMENT 'data=user.financial erase=keep; why it is held, as a code',
  provider_id      VARCHAR(64)  NULL COMMENT 'data=user.financial erase=keep; the transfer at Stripe',
  reversed_ore     BIGINT       NOT NULL COMMENT 'data=user.financial erase=keep; what Stripe has given back of it',
  created_at       DATETIME(6)  NOT NULL COMMENT 'data=user.financial erase=keep; when it was decided',
  waiting_since    DATETIME(6)  NULL COMMENT 'data=user.financial erase=keep; since when it waits for money on our balance at Stripe, or for an operator',
  paid_at          DATETIME(6)  NULL COMMENT 'data=user.financial erase=keep; when Stripe had moved the money',
  closed_at        DATETIME(6)  NULL COMMENT 'data=user.financial erase=keep; when it was called off: what it settles is owed again; or when the mentor left it behind: it is owed to nobody we know',
  compared_at      DATETIME(6)  NULL COMMENT 'data=none; when it was last compared with the transfer at Stripe; NULL since it changed',
  PRIMARY KEY (id),
  KEY payout_by_mentor (mentor_id, id),
  KEY payout_by_state (state, id),
  KEY payout_by_comparing (state, compared_at, id),
  KEY payout_by_provider (provider_id),
  KEY payout_by_payment (paid_at),
  KEY payout_by_age (created_at),
  CONSTRAINT payout_positive CHECK (amount_ore > 0 AND netted_ore >= 0),
  CONSTRAINT payout_reversed_within CHECK (reversed_ore >= 0 AND reversed_ore <= amount_ore),
  CONSTRAINT payout_state_known CHECK (state IN ('pending', 'awaiting_platform_funds', 'held', 'paid', 'called_off', 'left'))
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=mentor_id purpose=bookkeeping basis=legal_obligation keep=bookkeeping@created_at erase=columns export=access tier=self; money on its way to a mentor';

CREATE TABLE treasury_move (
  id               CHAR(30)     NOT NULL COMMENT 'data=none; key; the cause of its entries in the books',
  kind             VARCHAR(20)  NOT NULL COMMENT 'data=none; vipps_settlement, bank_to_stripe, stripe_to_bank, or stripe_fee: what Stripe charges by itself',
  amount_ore       BIGINT       NOT NULL COMMENT 'data=none; what arrived, or was charged, in øre',
  fee_ore          BIGINT       NOT NULL COMMENT 'data=none; what the provider kept of it',
  reference        VARCHAR(64)  NOT NULL COMMENT 'data=none; what the provider or bank calls it: noted once',
  happened_on      DATE         NOT NULL COMMENT 'data=none; on which day',
  noted_by         CHAR(30)     NULL COMMENT 'data=user.unique_id.pseudonymous; which operator; nobody where a report said so',
  noted_at         DATETIME(6)  NOT NULL COMMENT 'data=none; when it was noted',
  PRIMARY KEY (id),
  UNIQUE KEY treasury_move_once (kind, reference),
  KEY treasury_move_by_age (noted_at),
  CONSTRAINT treasury_move_amounts CHECK (amount_ore > 0 AND fee_ore >= 0),
  CONSTRAINT treasury_move_kind_known CHECK (kind IN ('vipps_settlement', 'bank_to_stripe', 'stripe_to_bank', 'stripe_fee'))
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=none purpose=bookkeeping basis=none keep=bookkeeping@noted_at erase=none export=none tier=operator; money of ours that went from one place to another; names nobody';

CREATE TABLE book_difference (
  id               CHAR(30)     NOT NULL COMMENT 'data=none; key',
  kind             VARCHAR(40)  NOT NULL COMMENT 'data=none; which invariant does not hold: lib/reconciliation/kinds.py',
  subject_id       VARCHAR(64)  NOT NULL COMMENT 'data=user.unique_id.pseudonymous; the purchase, payout, account or day that it is about',
  expected_ore     BIGINT       NULL COMMENT 'data=none; what our books say',
  found_ore        BIGINT       NULL COMMENT 'data=none; what the other side says',
  first_seen_at    DATETIME(6)  NOT NULL COMMENT 'data=none; when it was first seen',
  last_seen_at     DATETIME(6)  NOT NULL COMMENT 'data=none; when it was last seen',
  closed_at        DATETIME(6)  NULL COMMENT 'data=none; when it was gone, or explained by an operator',
  closed_by        CHAR(30)     NULL COMMENT 'data=user.unique_id.pseudonymous; which operator explained it',
  explanation      VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=none; the operator''s words; names nobody',
  PRIMARY KEY (id),
  UNIQUE KEY book_difference_once (kind, subject_id),
  KEY book_difference_by_closing (closed_at, id),
  KEY book_difference_by_age (last_seen_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=none purpose=bookkeeping basis=none keep=bookkeeping@last_seen_at erase=none export=none tier=operator; where the books and the world differ: an operator looks, nothing repairs itself; names nobody';

CREATE TABLE book_progress (
  job              VARCHAR(40)  NOT NULL COMMENT 'data=none; which check or sweep',
  position         VARCHAR(190) NOT NULL COMMENT 'data=none; how far it has come; empty at the start of a round',
  carried          JSON         NOT NULL COMMENT 'data=none; sums so far',
  round_began_at   DATETIME(6)  NOT NULL COMMENT 'data=none; when this round began',
  round_ended_at   DATETIME(6)  NULL COMMENT 'data=none; when the last whole round ended',
  PRIMARY KEY (job)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=none purpose=bookkeeping basis=none keep=forever erase=none export=none tier=operator; how far each check of the whole history has come';

-- ─────────────────────────────────────────────────────────────── papers, and what the accountant gets

CREATE TABLE paper_series (
  series           CHAR(2)      NOT NULL COMMENT 'data=none; which kind of paper it numbers: lib/papers/rules.py',
  accounting_year  SMALLINT     NOT NULL COMMENT 'data=none; in Norway',
  last_number      INT          NOT NULL COMMENT 'data=none; the number given last; locked by whoever gives the next, so that none is left out',
  last_hash        CHAR(64)     NOT NULL COMMENT 'data=none; SHA-256 of the paper that has it, which the next one holds',
  PRIMARY KEY (series, accounting_year)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=none purpose=bookkeeping basis=none keep=forever erase=none export=none tier=operator; the series that papers are numbered in, each year from 1';

CREATE TABLE paper (
  id               CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; key',
  kind             VARCHAR(16)  NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; what it is: lib/papers/rules.py',
  series           CHAR(2)      NOT NULL COMMENT 'data=none; the series of its number',
  accounting_year  SMALLINT     NOT NULL COMMENT 'data=none; in Norway; numbers begin at 1 in each',
  number           INT          NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; from 1 without a gap',
  person_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; to whom it was issued',
  seller_id        CHAR(30)     NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; the mentor in whose name it was issued; empty where MIN MENTOR itself is the seller or payer',
  cause_id         VARCHAR(50)  NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; the purchase, earning, refund or payout it documents, mentor and month, or payout and which time it came back: issued once',
  body             MEDIUMTEXT   CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; all that it says, canonical JSON: parties by name, what, when, how much, VAT, payment, and the hash of the paper before it',
  body_hash        CHAR(64)     NOT NULL COMMENT 'data=none; SHA-256 of the body, which the next paper of the series holds',
  issued_at        DATETIME(6)  NOT NULL COMMENT 'data=user.behavior.purchase_history erase=keep; when; never changed afterwards',
  PRIMARY KEY (id),
  UNIQUE KEY paper_number (series, accounting_year, number),
  UNIQUE KEY paper_once (kind, cause_id),
  KEY paper_by_person (person_id, id),
  KEY paper_by_seller (seller_id, id),
  KEY paper_by_age (issued_at),
  CONSTRAINT paper_kind_known CHECK (kind IN ('receipt', 'prepayment', 'credit_note', 'repayment', 'fee_invoice', 'fee_credit', 'statement', 'statement_credit')),
  CONSTRAINT paper_number_positive CHECK (number > 0)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=person_id,seller_id purpose=bookkeeping basis=legal_obligation keep=bookkeeping@issued_at erase=columns export=access tier=party; receipts, credit notes, invoices and statements as they were issued: the bookkeeping law wants them whole, the names of both parties included';

CREATE TABLE accounting_export (
  id               CHAR(30)     NOT NULL COMMENT 'data=none; key, and a part of where the file lies',
  accounting_year  SMALLINT     NOT NULL COMMENT 'data=none; of which year the books are',
  format           VARCHAR(5)   NOT NULL COMMENT 'data=none; csv or saf-t',
  state            VARCHAR(10)  NOT NULL COMMENT 'data=none; making, ready, deleted or failed',
  asked_by         CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; which operator',
  asked_at         DATETIME(6)  NOT NULL COMMENT 'data=none; when; what is booked later is not in it',
  ready_at         DATETIME(6)  NULL COMMENT 'data=none; from when on it could be fetched; seven days later it is deleted',
  deleted_at       DATETIME(6)  NULL COMMENT 'data=none; when the file was deleted',
  entries_done     INT          NOT NULL COMMENT 'data=none; how far it has come, in entries of the books',
  size             BIGINT       NULL COMMENT 'data=none; bytes of the file',
  step             INT          NOT NULL COMMENT 'data=none; counts up when somebody goes on with it: what an older run notes is void',
  progress         JSON         NULL COMMENT 'data=none; where the making goes on; empty once it is over',
  claimed_until    DATETIME(6)  NULL COMMENT 'data=none; until then a run is at it',
  PRIMARY KEY (id),
  KEY accounting_export_by_age (asked_at),
  KEY accounting_export_by_state (state, ready_at),
  CONSTRAINT accounting_export_format_known CHECK (format IN ('csv', 'saf-t')),
  CONSTRAINT accounting_export_state_known CHECK (state IN ('making', 'ready', 'deleted', 'failed'))
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=none purpose=bookkeeping basis=none keep=P1Y@asked_at erase=none export=none tier=operator; the books of a year, made into a file for the accountant; the file itself lies in S3 for seven days; names nobody';

-- ─────────────────────────────────────────────────────────────── outbox, inbound events, cron

CREATE TABLE outbox (
  id               CHAR(30)     NOT NULL COMMENT 'data=none; key; also the stable key of the delivery',
  topic            VARCHAR(40)  NOT NULL COMMENT 'data=none; which handler delivers it',
  subject_id       VARCHAR(120) NOT NULL COMMENT 'data=user.unique_id.pseudonymous; what it is about; the handler reads the rest from there',
  created_at       DATETIME(6)  NOT NULL COMMENT 'data=none; when it was written',
  due_at           DATETIME(6)  NOT NULL COMMENT 'data=none; not before this',
  attempts         SMALLINT     NOT NULL COMMENT 'data=none; how often it was tried',
  claimed_until    DATETIME(6)  NULL COMMENT 'data=none; somebody is at it',
  delivered_at     DATETIME(6)  NULL COMMENT 'data=none; done',
  parked_at        DATETIME(6)  NULL COMMENT 'data=none; given up: an operator must look',
  last_error       VARCHAR(200) NULL COMMENT 'data=none; a stable code, never a message with somebody''s data in it',
  PRIMARY KEY (id),
  UNIQUE KEY outbox_once (topic, subject_id),
  KEY outbox_by_due (delivered_at, parked_at, due_at),
  KEY outbox_by_delivery (delivered_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=none purpose=operations basis=none keep=P90D@delivered_at erase=none export=none tier=operator; what the world must hear of a commit; names nobody';

CREATE TABLE inbound_event (
  source           VARCHAR(10)  NOT NULL COMMENT 'data=none; vipps, stripe or whereby',
  event_id         VARCHAR(100) NOT NULL COMMENT 'data=none; the sender''s id: stored once',
  kind             VARCHAR(80)  NOT NULL COMMENT 'data=none; what happened, in the sender''s words',
  payload          JSON         NOT NULL COMMENT 'data=user.unique_id.pseudonymous; the fields that we use, nothing else: names and contact data are dropped at the door',
  received_at      DATETIME(6)  NOT NULL COMMENT 'data=none; when it first came',
  handled_at       DATETIME(6)  NULL COMMENT 'data=none; when it had its effect',
  outcome          VARCHAR(40)  NULL COMMENT 'data=none; what was made of it',
  PRIMARY KEY (source, event_id),
  KEY inbound_event_by_handling (handled_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=none purpose=operations basis=none keep=P90D@handled_at erase=none export=none tier=operator; webhooks as they came; names nobody';

CREATE TABLE cron_lease (
  job              VARCHAR(40)  NOT NULL COMMENT 'data=none; key',
  leased_until     DATETIME(6)  NOT NULL COMMENT 'data=none; two runs at once: the second goes home',
  holder           CHAR(30)     NOT NULL COMMENT 'data=none; the run that has it',
  started_at       DATETIME(6)  NOT NULL COMMENT 'data=none; when it last began',
  finished_at      DATETIME(6)  NULL COMMENT 'data=none; when it last came to its end',
  PRIMARY KEY (job)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=none purpose=operations basis=none keep=forever erase=none export=none tier=operator; one run of a job at a time';

-- ─────────────────────────────────────────────────────────────── privacy

CREATE TABLE privacy_export (
  id               CHAR(30)     NOT NULL COMMENT 'data=none; key, and a part of where the archive lies',
  person_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; who asked for it',
  kind             VARCHAR(12)  NOT NULL COMMENT 'data=user.privacy_preferences; by which right: access or portability',
  state            VARCHAR(10)  NOT NULL COMMENT 'data=user.privacy_preferences; making, ready, deleted or failed',
  asked_at         DATETIME(6)  NOT NULL COMMENT 'data=user.privacy_preferences; proof of when it was asked for, and of how long it took',
  ready_at         DATETIME(6)  NULL COMMENT 'data=user.privacy_preferences; from when on it could be fetched; seven days later it is deleted',
  deleted_at       DATETIME(6)  NULL COMMENT 'data=user.privacy_preferences; when the archive was deleted',
  rows_done        INT          NOT NULL COMMENT 'data=none; how far it has come, in rows',
  tables_done      INT          NOT NULL COMMENT 'data=none; how far it has come, in tables, once for each document',
  tables_total     INT          NOT NULL COMMENT 'data=none; of how many',
  size             BIGINT       NULL COMMENT 'data=none; bytes of the archive',
  step             INT          NOT NULL COMMENT 'data=none export=none tier=operator; counts up when somebody goes on with it: what an older run notes is void',
  progress         JSON         NULL COMMENT 'data=user.unique_id.pseudonymous export=none tier=nobody; where the making goes on: the key of the last row, parts of the upload; empty once it is over',
  claimed_until    DATETIME(6)  NULL COMMENT 'data=none export=none tier=operator; until then a run is at it',
  PRIMARY KEY (id),
  KEY privacy_export_by_age (asked_at),
  KEY privacy_export_by_person (person_id, asked_at),
  KEY privacy_export_by_state (state, ready_at),
  CONSTRAINT privacy_export_kind_known CHECK (kind IN ('access', 'portability')),
  CONSTRAINT privacy_export_state_known CHECK (state IN ('making', 'ready', 'deleted', 'failed'))
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=person_id purpose=privacy basis=legal_obligation keep=P1Y@asked_at erase=delete export=access tier=self; archives of a person''s data that they asked for; the archive itself lies in S3 for seven days';

CREATE TABLE archive_collection (
  id               CHAR(30)     NOT NULL COMMENT 'data=none; key; both secrets are made from it, with a key of ours',
  export_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; which archive',
  link_hash        CHAR(64)     NOT NULL COMMENT 'data=user.authorization.credentials export=none tier=nobody; SHA-256 of the secret that the first operator sends',
  tries            SMALLINT     NOT NULL COMMENT 'data=user.behavior; codes that were wrong; the fifth ends it',
  made_at          DATETIME(6)  NOT NULL COMMENT 'data=user.privacy_preferences; when two operators had agreed to it',
  collected_at     DATETIME(6)  NULL COMMENT 'data=user.privacy_preferences; when it was first opened; a day later it is closed',
  PRIMARY KEY (id),
  UNIQUE KEY archive_collection_link (link_hash),
  KEY archive_collection_of_export (export_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=export_id>privacy_export purpose=privacy basis=legal_obligation keep=P1Y erase=delete export=access tier=self; archives handed to people who can not sign in, by a link and a code on two ways';

CREATE TABLE erasure (
  id               CHAR(30)     NOT NULL COMMENT 'data=none erase=keep; key',
  person_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; whose data; means nobody afterwards',
  plan             JSON         NOT NULL COMMENT 'data=none erase=keep; tables, what is done in each and what stays on which ground; written before anything is done',
  state            VARCHAR(10)  NOT NULL COMMENT 'data=none erase=keep; planned, acting, looking or done',
  token_hash       CHAR(64)     NOT NULL COMMENT 'data=none erase=keep export=none tier=nobody; SHA-256 of the receipt token, with which the person follows it without an account',
  asked_hash       CHAR(64)     NULL COMMENT 'data=user.account erase=null export=none tier=nobody; SHA-256 of the hash of the access token that asked, so that a retry gets the same answer; emptied by the last step',
  progress         JSON         NULL COMMENT 'data=user erase=null export=none tier=nobody; how far the look has come, and what it looks for, sealed; emptied by the last step',
  claimed_until    DATETIME(6)  NULL COMMENT 'data=none erase=keep export=none; somebody is at it',
  requested_at     DATETIME(6)  NOT NULL COMMENT 'data=user.privacy_preferences erase=keep; when it was asked for',
  finished_at      DATETIME(6)  NULL COMMENT 'data=user.privacy_preferences erase=keep; when the search afterwards found nothing',
  PRIMARY KEY (id),
  UNIQUE KEY erasure_of_person (person_id),
  KEY erasure_by_age (requested_at),
  UNIQUE KEY erasure_by_token (token_hash),
  UNIQUE KEY erasure_by_asked (asked_hash),
  KEY erasure_by_state (state, id),
  CONSTRAINT erasure_state_known CHECK (state IN ('planned', 'acting', 'looking', 'done'))
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=person_id purpose=privacy basis=legal_obligation keep=P3Y@requested_at erase=columns export=access tier=self; what a person had erased: replayed after a restore';

CREATE TABLE erasure_supplier (
  erasure_id       CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; which erasure',
  supplier         VARCHAR(20)  NOT NULL COMMENT 'data=none erase=keep; key in lib/providers/register.py',
  state            VARCHAR(10)  NOT NULL COMMENT 'data=none erase=keep; waiting, done or refused',
  attempts         SMALLINT     NOT NULL COMMENT 'data=none erase=keep; how often it was told',
  answer           VARCHAR(60)  NULL COMMENT 'data=none erase=keep; its last answer, as a code',
  answered_at      DATETIME(6)  NULL COMMENT 'data=user.privacy_preferences erase=keep; when that was',
  PRIMARY KEY (erasure_id, supplier),
  CONSTRAINT erasure_supplier_state_known CHECK (state IN ('waiting', 'done', 'refused'))
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=erasure_id>erasure purpose=privacy basis=legal_obligation keep=P3Y erase=columns export=access tier=self; what each supplier answered when it was told to erase';

CREATE TABLE erasure_receipt (
  number           INT          NOT NULL COMMENT 'data=none; place in the chain, from 1 without a gap',
  erasure_id       CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; which erasure; an erasure has one receipt',
  body             MEDIUMTEXT   NOT NULL COMMENT 'data=user.unique_id.pseudonymous; canonical JSON; names the person by the SHA-256 of an id that means nobody',
  body_hash        CHAR(64)     NOT NULL COMMENT 'data=none; SHA-256 of the body, which the next receipt holds',
  signature        VARCHAR(100) NOT NULL COMMENT 'data=none; Ed25519 over the body, base64',
  key_id           CHAR(16)     NOT NULL COMMENT 'data=none; which key signed',
  created_at       DATETIME(6)  NOT NULL COMMENT 'data=none; when it was signed',
  PRIMARY KEY (number),
  UNIQUE KEY erasure_receipt_of_erasure (erasure_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=none purpose=privacy basis=none keep=forever erase=none export=none tier=operator; append-only chain of signed receipts: what a restore must erase again; names nobody';

CREATE TABLE mention (
  id               CHAR(30)     NOT NULL COMMENT 'data=none; key, made of the place, so that a place is noted once',
  erasure_id       CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; which erasure has found it',
  request_id       CHAR(30)     NULL COMMENT 'data=none; the case in which operators deal with it; none while the look goes on',
  table_name       VARCHAR(64)  NOT NULL COMMENT 'data=none; where',
  column_name      VARCHAR(64)  NOT NULL COMMENT 'data=none; in which column',
  row_key          JSON         NULL COMMENT 'data=user.unique_id.pseudonymous; in which row of somebody else''s; empty once it is dealt with',
  found_by         BIGINT       NOT NULL COMMENT 'data=none; by which of what was looked for, as bits: what somebody else has too is no mention',
  state            VARCHAR(10)  NOT NULL COMMENT 'data=none; found, open, redacted or left',
  ground           VARCHAR(20)  NULL COMMENT 'data=none; why it was left: lib/privacy/mention_schemas.py',
  found_at         DATETIME(6)  NOT NULL COMMENT 'data=none; when',
  settled_at       DATETIME(6)  NULL COMMENT 'data=none; when an operator had dealt with it',
  PRIMARY KEY (id),
  KEY mention_of_erasure (erasure_id, state, id),
  KEY mention_of_request (request_id, state, id),
  KEY mention_by_end (settled_at),
  CONSTRAINT mention_state_known CHECK (state IN ('found', 'open', 'redacted', 'left'))
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=none purpose=privacy basis=none keep=P3Y@settled_at erase=none export=none tier=operator; where others have written of somebody who was erased, for an operator to read; names nobody';

CREATE TABLE legal_hold (
  id               CHAR(30)     NOT NULL COMMENT 'data=none erase=keep; key',
  person_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; whose data is held back from erasure and retention',
  ground           VARCHAR(12)  NOT NULL COMMENT 'data=user.privacy_preferences erase=keep; what it is held back for: a dispute, a claim, an authority''s order, an investigation',
  reason           VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=user.content.private erase=blank; the operator''s reason in words',
  placed_by        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep export=none; which operator',
  placed_at        DATETIME(6)  NOT NULL COMMENT 'data=user.privacy_preferences erase=keep; from when',
  ends_at          DATETIME(6)  NOT NULL COMMENT 'data=user.privacy_preferences erase=keep; until when, three years at most; the moment of lifting where it was lifted before',
  lifted_at        DATETIME(6)  NULL COMMENT 'data=user.privacy_preferences erase=keep; when an operator ended it before its time',
  PRIMARY KEY (id),
  KEY legal_hold_by_end (ends_at),
  KEY legal_hold_by_person (person_id, ends_at),
  CONSTRAINT legal_hold_ground_known CHECK (ground IN ('dispute', 'claim', 'authority', 'inquiry'))
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=person_id purpose=privacy basis=legitimate_interest keep=P3Y@ends_at erase=columns export=access tier=operator; what is held back from deletion for a dispute or a claim, on which ground and until when';

-- ─────────────────────────────────────────────────────────────── disclosures

CREATE TABLE disclosure (
  id               CHAR(30)     NOT NULL COMMENT 'data=none; key',
  person_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; whose data it is',
  recipient_kind   VARCHAR(10)  NOT NULL COMMENT 'data=none; person, supplier, authority or customer',
  recipient        VARCHAR(40)  CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=user.unique_id.pseudonymous; who received it: a person or customer by key, a supplier by its key in the register, an authority by its name',
  purpose          VARCHAR(20)  NOT NULL COMMENT 'data=none; what they received it for',
  context_id       VARCHAR(30)  NOT NULL COMMENT 'data=user.unique_id.pseudonymous; the booking, purchase, paper or archive that it was for, an authority''s own reference; empty for none',
  basis            VARCHAR(20)  NOT NULL COMMENT 'data=none; contract, consent or law: there is no other',
  ground           VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=user.content.private; the law or the order that an authority named; empty for the rest',
  fields           JSON         NOT NULL COMMENT 'data=user.privacy_preferences; what they received, as table.column of this schema; table.* is all of a row that the recipient may see',
  first_at         DATETIME(6)  NOT NULL COMMENT 'data=user.privacy_preferences; when they first received something',
  last_at          DATETIME(6)  NOT NULL COMMENT 'data=user.privacy_preferences; when they last did',
  PRIMARY KEY (id),
  UNIQUE KEY disclosure_once (person_id, recipient_kind, recipient, purpose, context_id),
  KEY disclosure_by_person (person_id, id),
  KEY disclosure_by_age (last_at),
  CONSTRAINT disclosure_kind_known CHECK (recipient_kind IN ('authority', 'customer', 'supplier', 'person')),
  CONSTRAINT disclosure_basis_known CHECK (basis IN ('contract', 'consent', 'legal_obligation'))
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=person_id purpose=privacy basis=legal_obligation keep=P6Y@last_at erase=delete export=access tier=self; who has received what of a person, and why (GDPR Art. 15(1)(c), 19); as long as the deal itself is kept';

CREATE TABLE disclosure_change (
  id               CHAR(30)     NOT NULL COMMENT 'data=none; key; that of the erasure where it is one',
  person_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; whose data changed',
  kind             VARCHAR(16)  NOT NULL COMMENT 'data=user.privacy_preferences; rectification, restriction, restriction_end or erasure',
  fields           JSON         NOT NULL COMMENT 'data=user.privacy_preferences; what was corrected, as table.column; empty where it concerns everything',
  made_at          DATETIME(6)  NOT NULL COMMENT 'data=user.privacy_preferences; when it changed',
  told_upto        CHAR(30)     NULL COMMENT 'data=none export=none; how far the telling has come: the last disclosure that was dealt with, from the newest down',
  told_at          DATETIME(6)  NULL COMMENT 'data=user.privacy_preferences; when every recipient had been dealt with',
  PRIMARY KEY (id),
  KEY disclosure_change_by_person (person_id),
  KEY disclosure_change_by_telling (told_at, id),
  KEY disclosure_change_by_age (made_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=person_id purpose=privacy basis=legal_obligation keep=P3Y@made_at erase=delete export=access tier=self; corrections, restrictions and erasures that recipients have to be told of (GDPR Art. 19)';

CREATE TABLE disclosure_notice (
  id               CHAR(30)     NOT NULL COMMENT 'data=none; key',
  change_id        CHAR(30)     NOT NULL COMMENT 'data=none; what it tells of: a change, an erasure or a restriction; each recipient is told once',
  person_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; whose data changed; no name stands here, so that none is left when they are erased',
  recipient_kind   VARCHAR(10)  NOT NULL COMMENT 'data=none; person, supplier, authority or customer',
  recipient        VARCHAR(40)  CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; who is told, as in disclosure',
  recipient_id     CHAR(30)     NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; who is told, where it is a person: it is about them, too',
  kind             VARCHAR(16)  NOT NULL COMMENT 'data=user.privacy_preferences erase=keep; rectification, restriction, restriction_end, erasure, or lifting: of the reader''s own restriction',
  fields           JSON         NOT NULL COMMENT 'data=user.privacy_preferences erase=keep; what changed of that which the recipient had received, nothing beyond',
  context_id       VARCHAR(30)  NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; the newest booking, purchase, paper or reference by which the recipient knows whom it is about',
  state            VARCHAR(10)  NOT NULL COMMENT 'data=user.privacy_preferences erase=keep; the outcome, see lib/disclosures/rules.py',
  attempts         SMALLINT     NOT NULL COMMENT 'data=none; how often a supplier was told',
  answer           VARCHAR(60)  NULL COMMENT 'data=none; the last answer, or why there was nothing to tell, as a code',
  made_at          DATETIME(6)  NOT NULL COMMENT 'data=user.privacy_preferences erase=keep; when it was written',
  answered_at      DATETIME(6)  NULL COMMENT 'data=user.privacy_preferences erase=keep; when the recipient had been told, or last answered',
  seen_at          DATETIME(6)  NULL COMMENT 'data=user.privacy_preferences erase=keep; when a person had it before them',
  PRIMARY KEY (id),
  UNIQUE KEY disclosure_notice_once (change_id, recipient_kind, recipient),
  KEY disclosure_notice_by_person (person_id, recipient_kind, recipient),
  KEY disclosure_notice_by_recipient (recipient_id, id),
  KEY disclosure_notice_by_state (state, id),
  KEY disclosure_notice_by_age (made_at),
  CONSTRAINT disclosure_notice_kind_known CHECK (recipient_kind IN ('authority', 'customer', 'supplier', 'person')),
  CONSTRAINT disclosure_notice_state_known CHECK (state IN ('waiting', 'told', 'needless', 'impossible', 'refused'))
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=person_id,recipient_id purpose=privacy basis=legal_obligation keep=P3Y@made_at erase=columns export=access tier=party; what recipients were told of a change, and what came of it (GDPR Art. 19); proof of it, so the row outlives both';

-- ─────────────────────────────────────────────────────────────── operators, requests, breaches

CREATE TABLE operator (
  person_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; who may act for those who run the service',
  granted_at       DATETIME(6)  NOT NULL COMMENT 'data=user.workplace; since when',
  granted_by       VARCHAR(30)  NOT NULL COMMENT 'data=none; command: nobody is made an operator over HTTP',
  ended_at         DATETIME(6)  NULL COMMENT 'data=user.workplace; until when',
  PRIMARY KEY (person_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=person_id purpose=operations basis=legitimate_interest keep=account erase=delete export=access tier=operator; the people who answer requests and run the service';

CREATE TABLE operator_log (
  id               CHAR(30)     NOT NULL COMMENT 'data=none erase=keep; key',
  operator_id      VARCHAR(30)  NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep export=none; which operator; command where nobody was signed in',
  action           VARCHAR(40)  NOT NULL COMMENT 'data=user.behavior erase=keep; what was done, as read_person',
  person_id        CHAR(30)     NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; about whom; nobody where a list or a breach was looked at',
  object_id        CHAR(30)     NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; the request, hold or breach that it was about',
  reason           VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=user.content.private erase=blank; why, as the operator said',
  logged_at        DATETIME(6)  NOT NULL COMMENT 'data=user.behavior erase=keep; when',
  PRIMARY KEY (id),
  KEY operator_log_by_person (person_id, id),
  KEY operator_log_by_age (logged_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=person_id purpose=privacy basis=legitimate_interest keep=P3Y@logged_at erase=columns export=access tier=operator; what operators have read and done; shown to whom it is about';

CREATE TABLE approval (
  id               CHAR(30)     NOT NULL COMMENT 'data=none erase=keep; key',
  action           VARCHAR(40)  NOT NULL COMMENT 'data=user.behavior erase=keep; what is to be done: lib/approvals/rules.py',
  person_id        CHAR(30)     NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; about whom',
  object_id        CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; the request that it rests on, or what else says what exactly is to be done',
  given            JSON         NOT NULL COMMENT 'data=none; the figures with which it is done, where no other row says them: what is approved is what is done, to the øre',
  proposed_by      CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep export=none; which operator',
  proposed_at      DATETIME(6)  NOT NULL COMMENT 'data=user.behavior erase=keep; when',
  lapses_at        DATETIME(6)  NOT NULL COMMENT 'data=none; after this it is proposed anew or not done',
  reason           VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=user.content.private erase=blank; why, as the first operator said',
  state            VARCHAR(10)  NOT NULL COMMENT 'data=user.behavior erase=keep; proposed, approved or refused',
  decided_by       CHAR(30)     NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep export=none; which operator; another than the first where it was approved',
  decided_at       DATETIME(6)  NULL COMMENT 'data=user.behavior erase=keep; when',
  decision_reason  VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=user.content.private erase=blank; why, as the second operator said',
  done_id          CHAR(30)     NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; what was made of it, as a refund',
  PRIMARY KEY (id),
  KEY approval_by_person (person_id, id),
  KEY approval_of_object (object_id, action, id),
  KEY approval_by_state (state, id),
  KEY approval_by_age (proposed_at),
  CONSTRAINT approval_state_known CHECK (state IN ('proposed', 'approved', 'refused')),
  CONSTRAINT approval_by_two CHECK (state <> 'approved' OR decided_by <> proposed_by)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=person_id purpose=privacy basis=legitimate_interest keep=P3Y@proposed_at erase=columns export=access tier=operator; what one operator proposed and another approved before it was done';

CREATE TABLE privacy_request (
  id               CHAR(30)     NOT NULL COMMENT 'data=none erase=keep; key',
  person_id        CHAR(30)     NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; who asks; unknown until somebody has found out, and after an erasure',
  kind             VARCHAR(13)  NOT NULL COMMENT 'data=user.privacy_preferences erase=keep; which right',
  channel          VARCHAR(7)   NOT NULL COMMENT 'data=user.privacy_preferences erase=keep; app, mail, the admin of a company, or an erasure that found what others wrote',
  details          VARCHAR(2000) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=user.content.private erase=blank; what is asked for, in words',
  state            VARCHAR(10)  NOT NULL COMMENT 'data=user.privacy_preferences erase=keep; see lib/cases/rules.py',
  received_at      DATETIME(6)  NOT NULL COMMENT 'data=user.privacy_preferences erase=keep; when it reached us, from which the month runs',
  due_at           DATETIME(6)  NOT NULL COMMENT 'data=user.privacy_preferences erase=keep; when it has to be answered, an extension included',
  extended_at      DATETIME(6)  NULL COMMENT 'data=user.privacy_preferences erase=keep; when more time was taken',
  extension_reason VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=user.content.private erase=blank; why more time was taken',
  decision         VARCHAR(9)   NULL COMMENT 'data=user.privacy_preferences erase=keep; what was decided',
  decision_reason  VARCHAR(2000) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=user.content.private erase=blank; why it was decided so',
  decided_by       CHAR(30)     NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep export=none; which operator',
  decided_at       DATETIME(6)  NULL COMMENT 'data=user.privacy_preferences erase=keep; when',
  closed_at        DATETIME(6)  NULL COMMENT 'data=user.privacy_preferences erase=keep; when what was decided had been carried out',
  duplicate_of     CHAR(30)     NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; the same person''s earlier request of the same kind, still open then',
  PRIMARY KEY (id),
  KEY privacy_request_by_closing (closed_at),
  KEY privacy_request_by_person (person_id, id),
  KEY privacy_request_by_due (closed_at, due_at, id),
  CONSTRAINT privacy_request_kind_known CHECK (kind IN ('access', 'portability', 'rectification', 'erasure', 'restriction', 'objection', 'complaint', 'other', 'mentions')),
  CONSTRAINT privacy_request_channel_known CHECK (channel IN ('app', 'mail', 'admin', 'erasure')),
  CONSTRAINT privacy_request_state_known CHECK (state IN ('received', 'identified', 'decided', 'closed')),
  CONSTRAINT privacy_request_decision_known CHECK (decision IN ('granted', 'partly', 'refused', 'duplicate', 'withdrawn'))
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=person_id purpose=privacy basis=legal_obligation keep=P3Y@closed_at erase=columns export=access tier=operator; what people have asked for by their rights, and what was answered in which time';

CREATE TABLE breach (
  id               CHAR(30)     NOT NULL COMMENT 'data=none; key',
  noticed_at       DATETIME(6)  NOT NULL COMMENT 'data=none; from when the 72 hours run',
  notify_by        DATETIME(6)  NOT NULL COMMENT 'data=none; when the 72 hours are over',
  what             TEXT         CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=none; what happened; names nobody',
  categories       VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=none; which kinds of data and of people',
  people           INT          NOT NULL COMMENT 'data=none; how many people, roughly',
  risk             VARCHAR(8)   NOT NULL COMMENT 'data=none; for the people: unlikely, likely, high',
  measures         TEXT         CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=none; what was done about it; names nobody',
  delay_reason     VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=none; why the authority was told later than within 72 hours',
  notified_authority_at DATETIME(6) NULL COMMENT 'data=none; when Datatilsynet was told',
  notified_people_at DATETIME(6) NULL COMMENT 'data=none; when the people were told',
  noted_at         DATETIME(6)  NOT NULL COMMENT 'data=none; when it was entered here',
  noted_by         CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; which operator entered it',
  closed_at        DATETIME(6)  NULL COMMENT 'data=none; when nothing more was to be done',
  PRIMARY KEY (id),
  KEY breach_by_closing (closed_at),
  KEY breach_by_deadline (closed_at, notify_by, id),
  CONSTRAINT breach_risk_known CHECK (risk IN ('unlikely', 'likely', 'high')),
  CONSTRAINT breach_people_counted CHECK (people >= 0)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=none purpose=privacy basis=none keep=P5Y@closed_at erase=none export=none tier=operator; breaches of security, their 72 hours and what was done (GDPR Art. 33(5)); names nobody';
-- ─────────────────────────────────────────────────────────────── statistics

CREATE TABLE statistics_release (
  period           VARCHAR(7)   NOT NULL COMMENT 'data=none tier=public; a month (2026-10) or a year (2026), in Norway; decided on once',
  released_at      DATETIME(6)  NOT NULL COMMENT 'data=none tier=public; when it was published, also where there was nothing to tell',
  PRIMARY KEY (period)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=none purpose=operations basis=none keep=forever erase=none export=none tier=public; the history that the next publication is held against';

CREATE TABLE statistics_cell (
  period           VARCHAR(7)   NOT NULL COMMENT 'data=none; which month or year',
  place            SMALLINT     NOT NULL COMMENT 'data=none; its place among the figures of the period',
  skill            VARCHAR(190) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'data=none; a skill that ten mentors have, in small letters; empty for all',
  sessions         INT          NOT NULL COMMENT 'data=none; how many were held',
  PRIMARY KEY (period, place)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=none purpose=operations basis=none keep=forever erase=none export=none tier=public; published figures, in which nobody can be found';
