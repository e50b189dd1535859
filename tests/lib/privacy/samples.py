"""A small schema that holds, to be broken one line at a time."""
# ruff: noqa: E501 (a column is one line, as in db/schema.sql)

GOOD = """
-- people
CREATE TABLE person (
  id         CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; key',
  email      VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'data=user.contact.email erase=null; receipts',
  erased_at  DATETIME(6)  NULL COMMENT 'data=user.account erase=keep; set once it is empty',
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=id purpose=account basis=contract keep=account erase=columns export=access tier=self; people';

CREATE TABLE note (
  id         CHAR(30)     NOT NULL COMMENT 'data=none; key',
  person_id  CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; whose',
  words      TEXT         NOT NULL COMMENT 'data=user.content.private; what it says; it''s theirs',
  written_at DATETIME(6)  NOT NULL COMMENT 'data=user.account; when',
  PRIMARY KEY (id),
  UNIQUE KEY note_once (person_id, written_at),
  CONSTRAINT note_says CHECK (CHAR_LENGTH(words) > 0)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=person_id purpose=account basis=contract keep=P30D@written_at erase=delete export=access tier=self; what a person wrote; for them';

CREATE TABLE reading (
  note_id    CHAR(30)     NOT NULL COMMENT 'data=none; which note',
  number     INT          NOT NULL COMMENT 'data=user.behavior; which reading',
  PRIMARY KEY (note_id, number)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=note_id>note purpose=account basis=contract keep=P30D erase=delete export=access tier=self; who read when';

CREATE TABLE invoice (
  id         CHAR(30)     NOT NULL COMMENT 'data=none erase=keep; key',
  person_id  CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous erase=keep; who paid',
  remark     VARCHAR(100) NOT NULL COMMENT 'data=user.content.private erase=blank; what they wrote on it',
  made_at    DATETIME(6)  NOT NULL COMMENT 'data=user.payment erase=keep; when',
  PRIMARY KEY (id),
  KEY invoice_by_person (person_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=person_id purpose=bookkeeping basis=legal_obligation keep=bookkeeping@made_at erase=columns export=access tier=self; the books';

CREATE TABLE job (
  name       VARCHAR(40)  NOT NULL COMMENT 'data=none; key',
  cause_id   CHAR(30)     NOT NULL COMMENT 'data=user.unique_id.pseudonymous; what it is about',
  done_at    DATETIME(6)  NULL COMMENT 'data=none; when',
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARACTER SET=ascii COLLATE=ascii_bin
  COMMENT='subject=none purpose=operations basis=none keep=P90D@done_at erase=none export=none tier=operator; what runs';
"""


def broken(old: str, new: str) -> str:
    """Return the schema with one piece replaced; the piece must be there exactly once."""
    assert GOOD.count(old) == 1, f"{old!r} is there {GOOD.count(old)} times"
    return GOOD.replace(old, new)
