-- Rows of two people, then rows whose time is over, made of nothing but numbers: sandbox/bench_privacy.py fills in
-- the braces. `seq_1_to_9` is MariaDB's table of the numbers from 1 to 9; {both} rows a table are about the two.

INSERT INTO person (id, given_name, family_name, email, email_verified, phone, phone_verified, language, time_zone,
                    created_at, updated_at)
VALUES ('{leaver}', 'Solveig', 'Tverrdal', 'solveig.tverrdal@example.no', TRUE, '4790000901', TRUE, 'nb', 'Europe/Oslo',
        '{lately}', '{lately}'),
       ('{stayer}', 'Tormod', 'Hauglid', 'tormod.hauglid@example.no', TRUE, '4790000902', TRUE, 'nb', 'Europe/Oslo',
        '{lately}', '{lately}');

INSERT INTO session (id, person_id, device_name, access_hash, access_expires_at, authenticated_at, created_at,
                     refreshed_at, expires_at, ended_at, ended_reason)
SELECT CONCAT('ses_', LPAD(seq, 26, '0')), CASE WHEN seq MOD 2 = 0 THEN '{leaver}' ELSE '{stayer}' END,
       'En telefon', SHA2(seq, 256), '{lately}', '{lately}', '{lately}', '{lately}', '{to_come}', '{lately}', 'replaced'
  FROM seq_1_to_{both};

INSERT INTO idempotency_key (person_id, idempotency_key, operation, input_hash, status, reply, created_at)
SELECT CASE WHEN seq MOD 2 = 0 THEN '{leaver}' ELSE '{stayer}' END, CONCAT('key-', seq), 'PATCH /v1/profile',
       SHA2(CONCAT('input ', seq), 256), 200,
       CASE WHEN seq MOD 2 = 0
            THEN JSON_OBJECT('given_name', 'Solveig', 'family_name', 'Tverrdal', 'email', 'solveig.tverrdal@example.no')
            ELSE JSON_OBJECT('given_name', 'Tormod', 'family_name', 'Hauglid', 'email', 'tormod.hauglid@example.no')
       END, '{lately}'
  FROM seq_1_to_{both};

INSERT INTO disclosure (id, person_id, recipient_kind, recipient, purpose, context_id, basis, ground, fields, first_at,
                        last_at)
SELECT CONCAT('dsc_', LPAD(seq, 26, '0')), CASE WHEN seq MOD 2 = 0 THEN '{leaver}' ELSE '{stayer}' END, 'supplier',
       'vipps', 'payment', CONCAT('pur_', LPAD(seq, 26, '0')), 'contract', '', JSON_ARRAY('person.phone'), '{lately}',
       '{lately}'
  FROM seq_1_to_{both};

INSERT INTO booking (id, offer_id, mentor_id, mentee_id, title, starts_at, ends_at, price_ore, currency, state,
                     hold_expires_at, created_at, closed_at, closed_by, closed_reason)
SELECT CONCAT('bkg_', LPAD(seq, 26, '0')), 'ofr_0', 'per_00000000000000000000000009',
       CASE WHEN seq MOD 2 = 0 THEN '{leaver}' ELSE '{stayer}' END, 'En time', '{lately}', '{later}', 90000, 'NOK',
       'cancelled', '{lately}', '{lately}', '{lately}', CASE WHEN seq MOD 2 = 0 THEN '{leaver}' ELSE '{stayer}' END,
       CASE WHEN seq MOD 2 = 0 THEN 'Hilsen Solveig Tverrdal' ELSE 'Hilsen Tormod Hauglid' END
  FROM seq_1_to_{both};

-- OVER
-- Of people of whom nothing else is there. A thousand rows of each table are still young.

INSERT INTO session (id, person_id, device_name, access_hash, access_expires_at, authenticated_at, created_at,
                     refreshed_at, expires_at)
SELECT CONCAT('ses_r', LPAD(seq, 25, '0')), CONCAT('per_r', LPAD(seq, 25, '0')), 'En telefon', SHA2(CONCAT('old ', seq), 256),
       '{over}', '{over}', '{over}', '{over}',
       CASE WHEN seq <= {old_sessions} THEN '{over}' + INTERVAL seq MOD 86400 SECOND ELSE '{to_come}' END
  FROM seq_1_to_{all_sessions};

INSERT INTO idempotency_key (person_id, idempotency_key, operation, input_hash, status, reply, created_at)
SELECT CONCAT('per_r', LPAD(seq, 25, '0')), 'key', 'PATCH /v1/profile', SHA2('', 256), 200, JSON_OBJECT(),
       CASE WHEN seq <= {old_keys} THEN '{over}' + INTERVAL seq MOD 86400 SECOND ELSE '{lately}' END
  FROM seq_1_to_{all_keys};
