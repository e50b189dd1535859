-- Made-up books, made by the database of nothing but numbers: sandbox/bench_books.py fills in the braces.
--
-- Purchases 0 to {sessions} are of a session each, the {packs} after them of packs of ten hours, five of which
-- are given. Bookings and earnings: one a session, then five a pack. Ten sessions of a mentor, one after
-- another, are paid out together, the last ten not yet; of one session in fifty a part was refunded.
-- `seq_0_to_9` is MariaDB's table of the numbers from 0 to 9.

INSERT INTO ledger_owner (pseudonym, person_id, created_at)
SELECT CONCAT('own_', LPAD(seq, 26, '0')), CONCAT('per_', LPAD(seq, 26, '0')), '{begun}'
  FROM seq_0_to_{last_mentor};

INSERT INTO ledger_account (id, kind, owner, currency, created_at) VALUES
  ('acc_vipps_receivable', 'vipps_receivable', '', 'NOK', '{begun}'),
  ('acc_stripe_balance', 'stripe_balance', '', 'NOK', '{begun}'),
  ('acc_platform_income', 'platform_income', '', 'NOK', '{begun}'),
  ('acc_vat', 'vat', '', 'NOK', '{begun}'),
  ('acc_goodwill', 'goodwill', '', 'NOK', '{begun}');

INSERT INTO ledger_account (id, kind, owner, currency, created_at)
SELECT CONCAT('acc_a', LPAD(seq, 25, '0')), 'mentor_payable', CONCAT('own_', LPAD(seq, 26, '0')), 'NOK', '{begun}'
  FROM seq_0_to_{last_mentor};

INSERT INTO ledger_account (id, kind, owner, currency, created_at)
SELECT CONCAT('acc_b', LPAD(seq, 25, '0')), 'prepaid', CONCAT('pur_', LPAD(seq, 26, '0')), 'NOK', '{begun}'
  FROM seq_0_to_{last_purchase};

INSERT INTO ledger_account (id, kind, owner, currency, created_at)
SELECT CONCAT('acc_c', LPAD(seq, 25, '0')), 'payout_clearing', CONCAT('pay_', LPAD(seq, 26, '0')), 'NOK', '{begun}'
  FROM seq_0_to_{last_payout};

INSERT INTO ledger_account (id, kind, owner, currency, created_at)
SELECT CONCAT('acc_d', LPAD(seq, 25, '0')), 'refund_clearing', CONCAT('rfd_', LPAD(seq, 26, '0')), 'NOK', '{begun}'
  FROM seq_0_to_{last_refund};

INSERT INTO booking (id, offer_id, mentor_id, mentee_id, title, starts_at, ends_at, price_ore, currency, state,
                     version, hold_expires_at, created_at, confirmed_at, closed_at)
SELECT CONCAT('bkg_', LPAD(seq, 26, '0')), 'ofr', CONCAT('per_', LPAD(seq MOD {mentors}, 26, '0')),
       CONCAT('per_', LPAD(900000 + seq MOD 9999, 26, '0')), 'En time', '{begun}', '{ended}', 90000, 'NOK', 'completed',
       0, '{begun}', '{begun}', '{begun}', '{ended}'
  FROM seq_0_to_{last_given};

INSERT INTO delivery (booking_id, is_delivered, ground, overlap_seconds, decided_at)
SELECT CONCAT('bkg_', LPAD(seq, 26, '0')), TRUE, 'overlap', 3600, '{ended}'
  FROM seq_0_to_{last_given};

INSERT INTO purchase (id, booking_id, pack_id, mentee_id, mentor_id, title, quarters, amount_ore, vat_ore, fee_ore,
                      currency, rail, method, state, reference, terms_version, captured_ore, refunded_ore,
                      hours_expire_at, created_at, checked_at, authorised_at, captured_at)
SELECT CONCAT('pur_', LPAD(seq, 26, '0')),
       CASE WHEN seq < {sessions} THEN CONCAT('bkg_', LPAD(seq, 26, '0')) END,
       CASE WHEN seq >= {sessions} THEN CONCAT('pck_', LPAD(seq, 26, '0')) END,
       CONCAT('per_', LPAD(900000 + seq MOD 9999, 26, '0')), CONCAT('per_', LPAD(seq MOD {mentors}, 26, '0')), 'En time',
       CASE WHEN seq < {sessions} THEN 4 ELSE 40 END, CASE WHEN seq < {sessions} THEN 90000 ELSE 600000 END, 0,
       CASE WHEN seq < {sessions} THEN 13500 ELSE 90000 END, 'NOK', 'vipps', 'vipps', 'captured', CONCAT('pur-', seq),
       '2026-11-01', CASE WHEN seq < {sessions} THEN 90000 ELSE 600000 END,
       CASE WHEN seq < {sessions} AND seq MOD 50 = 0 THEN 30000 ELSE 0 END,
       CASE WHEN seq >= {sessions} THEN '{to_come}' END, '{begun}', '{begun}', '{begun}', '{begun}'
  FROM seq_0_to_{last_purchase};

INSERT INTO hour_entry (purchase_id, cause_id, kind, quarters, created_at)
SELECT CONCAT('pur_', LPAD(seq, 26, '0')), CONCAT('pur_', LPAD(seq, 26, '0')), 'issued', 40, '{begun}'
  FROM seq_{sessions}_to_{last_purchase};

INSERT INTO hour_entry (purchase_id, cause_id, kind, quarters, created_at)
SELECT CONCAT('pur_', LPAD({sessions} + (seq - {sessions}) DIV 5, 26, '0')), CONCAT('bkg_', LPAD(seq, 26, '0')), 'drawn',
       -4, '{begun}'
  FROM seq_{sessions}_to_{last_given};

-- Of mentor m, the j-th ten of their sessions is payout j * mentors + m; of hours of packs there is none yet.
INSERT INTO earning (id, mentor_id, purchase_id, cause_id, quarters, gross_ore, vat_ore, fee_ore, fee_vat_ore,
                     share_ore, is_claw_back, earned_at, available_at, payout_id)
SELECT CONCAT('ern_', LPAD(seq, 26, '0')), CONCAT('per_', LPAD(seq MOD {mentors}, 26, '0')),
       CONCAT('pur_', LPAD(CASE WHEN seq < {sessions} THEN seq ELSE {sessions} + (seq - {sessions}) DIV 5 END, 26, '0')),
       CONCAT('bkg_', LPAD(seq, 26, '0')), 4, CASE WHEN seq < {sessions} THEN 90000 ELSE 60000 END, 0,
       CASE WHEN seq < {sessions} THEN 13500 ELSE 9000 END, CASE WHEN seq < {sessions} THEN 2700 ELSE 1800 END,
       CASE WHEN seq < {sessions} THEN 76500 ELSE 51000 END, FALSE, '{ended}', '{ended}',
       CASE WHEN seq < {payouts} * 10
            THEN CONCAT('pay_', LPAD((seq DIV ({mentors} * 10)) * {mentors} + seq MOD {mentors}, 26, '0')) END
  FROM seq_0_to_{last_given};

INSERT INTO refund (id, purchase_id, amount_ore, unearned_ore, ground, evidence, borne_by, state, created_at,
                    finished_at)
SELECT CONCAT('rfd_', LPAD(seq, 26, '0')), CONCAT('pur_', LPAD(seq * 50, 26, '0')), 30000, 0, 'goodwill', '{{}}',
       'platform', 'done', '{ended}', '{ended}'
  FROM seq_0_to_{last_refund};

INSERT INTO payout (id, mentor_id, amount_ore, netted_ore, currency, destination, state, provider_id, reversed_ore,
                    created_at, paid_at)
SELECT CONCAT('pay_', LPAD(seq, 26, '0')), CONCAT('per_', LPAD(seq MOD {mentors}, 26, '0')), 765000, 0, 'NOK', 'acct',
       'paid', CONCAT('tr_', seq), 0, '{ended}', '{ended}'
  FROM seq_0_to_{last_payout};

-- What was reserved for every purchase, and taken.
INSERT INTO ledger_transfer (id, debit_account_id, credit_account_id, amount_ore, is_pending, cause_id, step, created_at)
SELECT CONCAT('trf_a', LPAD(seq, 25, '0')), 'acc_vipps_receivable', CONCAT('acc_b', LPAD(seq, 25, '0')),
       CASE WHEN seq < {sessions} THEN 90000 ELSE 600000 END, TRUE, CONCAT('pur_', LPAD(seq, 26, '0')), 'reserve', '{begun}'
  FROM seq_0_to_{last_purchase};

-- What every hour has earned: the mentor's share, our income, and the VAT on it.
INSERT INTO ledger_transfer (id, debit_account_id, credit_account_id, amount_ore, is_pending, cause_id, step, created_at)
SELECT CONCAT('trf_b', LPAD(seq, 25, '0')),
       CONCAT('acc_b', LPAD(CASE WHEN seq < {sessions} THEN seq ELSE {sessions} + (seq - {sessions}) DIV 5 END, 25, '0')),
       CONCAT('acc_a', LPAD(seq MOD {mentors}, 25, '0')), CASE WHEN seq < {sessions} THEN 76500 ELSE 51000 END, FALSE,
       CONCAT('ern_', LPAD(seq, 26, '0')), 'share', '{ended}'
  FROM seq_0_to_{last_given};

INSERT INTO ledger_transfer (id, debit_account_id, credit_account_id, amount_ore, is_pending, cause_id, step, created_at)
SELECT CONCAT('trf_c', LPAD(seq, 25, '0')),
       CONCAT('acc_b', LPAD(CASE WHEN seq < {sessions} THEN seq ELSE {sessions} + (seq - {sessions}) DIV 5 END, 25, '0')),
       'acc_platform_income', CASE WHEN seq < {sessions} THEN 10800 ELSE 7200 END, FALSE,
       CONCAT('ern_', LPAD(seq, 26, '0')), 'fee', '{ended}'
  FROM seq_0_to_{last_given};

INSERT INTO ledger_transfer (id, debit_account_id, credit_account_id, amount_ore, is_pending, cause_id, step, created_at)
SELECT CONCAT('trf_d', LPAD(seq, 25, '0')),
       CONCAT('acc_b', LPAD(CASE WHEN seq < {sessions} THEN seq ELSE {sessions} + (seq - {sessions}) DIV 5 END, 25, '0')),
       'acc_vat', CASE WHEN seq < {sessions} THEN 2700 ELSE 1800 END, FALSE,
       CONCAT('ern_', LPAD(seq, 26, '0')), 'fee_vat', '{ended}'
  FROM seq_0_to_{last_given};

-- Refunds at our expense.
INSERT INTO ledger_transfer (id, debit_account_id, credit_account_id, amount_ore, is_pending, cause_id, step, created_at)
SELECT CONCAT('trf_e', LPAD(seq, 25, '0')), 'acc_goodwill', CONCAT('acc_d', LPAD(seq, 25, '0')), 30000, TRUE,
       CONCAT('rfd_', LPAD(seq, 26, '0')), 'expense', '{ended}'
  FROM seq_0_to_{last_refund};

INSERT INTO ledger_transfer (id, debit_account_id, credit_account_id, amount_ore, is_pending, cause_id, step, created_at)
SELECT CONCAT('trf_f', LPAD(seq, 25, '0')), CONCAT('acc_d', LPAD(seq, 25, '0')), 'acc_vipps_receivable', 30000, FALSE,
       CONCAT('rfd_', LPAD(seq, 26, '0')), 'paid', '{ended}'
  FROM seq_0_to_{last_refund};

-- Payouts.
INSERT INTO ledger_transfer (id, debit_account_id, credit_account_id, amount_ore, is_pending, cause_id, step, created_at)
SELECT CONCAT('trf_g', LPAD(seq, 25, '0')), CONCAT('acc_a', LPAD(seq MOD {mentors}, 25, '0')),
       CONCAT('acc_c', LPAD(seq, 25, '0')), 765000, TRUE, CONCAT('pay_', LPAD(seq, 26, '0')), 'payout', '{ended}'
  FROM seq_0_to_{last_payout};

INSERT INTO ledger_transfer (id, debit_account_id, credit_account_id, amount_ore, is_pending, cause_id, step, created_at)
SELECT CONCAT('trf_h', LPAD(seq, 25, '0')), CONCAT('acc_c', LPAD(seq, 25, '0')), 'acc_stripe_balance', 765000, FALSE,
       CONCAT('pay_', LPAD(seq, 26, '0')), 'transfer', '{ended}'
  FROM seq_0_to_{last_payout};

INSERT INTO ledger_resolution (transfer_id, outcome, amount_ore, created_at)
SELECT id, 'posted', amount_ore, created_at FROM ledger_transfer WHERE is_pending;

-- Papers, without what they say.
INSERT INTO paper (id, kind, series, accounting_year, number, person_id, cause_id, body, body_hash, issued_at)
SELECT CONCAT('ppr_a', LPAD(seq, 25, '0')), 'receipt', 'KV', 2026, seq + 1, 'per', CONCAT('pur_', LPAD(seq, 26, '0')),
       '{{}}', MD5(seq), '{ended}'
  FROM seq_0_to_{last_purchase};

INSERT INTO paper (id, kind, series, accounting_year, number, person_id, cause_id, body, body_hash, issued_at)
SELECT CONCAT('ppr_b', LPAD(seq, 25, '0')), 'repayment', 'TB', 2026, seq + 1, 'per', CONCAT('rfd_', LPAD(seq, 26, '0')),
       '{{}}', MD5(seq), '{ended}'
  FROM seq_0_to_{last_refund};

INSERT INTO paper (id, kind, series, accounting_year, number, person_id, cause_id, body, body_hash, issued_at)
SELECT CONCAT('ppr_c', LPAD(seq, 25, '0')), 'statement', 'AV', 2026, seq + 1, 'per', CONCAT('pay_', LPAD(seq, 26, '0')),
       '{{}}', MD5(seq), '{ended}'
  FROM seq_0_to_{last_payout};
