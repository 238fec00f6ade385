-- +goose Up
-- Terms of procedures as data; a version's terms never change. The first one is what held before there were versions.
CREATE TABLE procedures (
    id           TEXT PRIMARY KEY,
    code         TEXT NOT NULL,
    version      INTEGER NOT NULL,
    in_force     TEXT NOT NULL,
    terms        TEXT NOT NULL,
    why          TEXT NOT NULL,
    made_by      TEXT REFERENCES users (id),
    made_by_name TEXT NOT NULL,
    made         TIMESTAMP,
    UNIQUE (code, version)
);
INSERT INTO procedures (id, code, version, in_force, terms, why, made_by_name) VALUES ('00000000-0000-7000-8000-000000000013', 'opinion', 1, '',
    '{"review":{"n":30,"unit":"calendar"},"answer":{"n":7,"unit":"working"},"notice":{"n":1,"unit":"working"},"return":{"n":30,"unit":"calendar"},"reminders":[10,5,2]}', '', '');
ALTER TABLE submissions ADD COLUMN procedure_code TEXT NOT NULL DEFAULT 'opinion';
ALTER TABLE submissions ADD COLUMN procedure_version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE submissions ADD COLUMN provisional BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE submissions ADD COLUMN still_days INTEGER NOT NULL DEFAULT 0;
ALTER TABLE submissions ADD COLUMN still_since TEXT NOT NULL DEFAULT '';
CREATE TABLE suspensions (
    id          TEXT PRIMARY KEY,
    deadline_id TEXT NOT NULL REFERENCES deadlines (id),
    notice_id   TEXT REFERENCES notices (id),
    from_day    TEXT NOT NULL,
    to_day      TEXT NOT NULL,
    days        INTEGER NOT NULL,
    due_before  TEXT NOT NULL,
    due_after   TEXT NOT NULL
);
CREATE INDEX suspensions_deadline ON suspensions (deadline_id);
-- A reminder is told once for each last day that a term has had.
CREATE TABLE deadline_reminders (
    deadline_id TEXT NOT NULL REFERENCES deadlines (id),
    due         TEXT NOT NULL,
    step        TEXT NOT NULL,
    told        TIMESTAMP,
    PRIMARY KEY (deadline_id, due, step)
);
INSERT INTO deadline_reminders (deadline_id, due, step) SELECT id, due, CAST(reminded AS TEXT) FROM deadlines WHERE reminded > 0;
ALTER TABLE deadlines DROP COLUMN reminded;

-- The calendar's days are rows from the beginning, so that an administrator can correct every one of them.
INSERT INTO decreed_days (day, kind, source) VALUES
    ('2025-03-30', 'ramazan', 'istehsalat təqvimi 2025'), ('2025-03-31', 'ramazan', 'istehsalat təqvimi 2025'),
    ('2025-06-06', 'qurban', 'istehsalat təqvimi 2025'), ('2025-06-07', 'qurban', 'istehsalat təqvimi 2025'),
    ('2026-03-20', 'ramazan', 'Nazirlər Kabineti, 2 dekabr 2025, № 362'), ('2026-03-21', 'ramazan', 'Nazirlər Kabineti, 2 dekabr 2025, № 362'),
    ('2026-05-27', 'qurban', 'Nazirlər Kabineti, 2 dekabr 2025, № 362'), ('2026-05-28', 'qurban', 'Nazirlər Kabineti, 2 dekabr 2025, № 362')
    ON CONFLICT (day, kind) DO NOTHING;
CREATE TABLE decreed_day_changes (
    id      TEXT PRIMARY KEY,
    day     TEXT NOT NULL,
    kind    TEXT NOT NULL,
    source  TEXT NOT NULL,
    removed BOOLEAN NOT NULL,
    reason  TEXT NOT NULL,
    made_by TEXT REFERENCES users (id),
    by_name TEXT NOT NULL,
    made    TIMESTAMP NOT NULL
);
CREATE INDEX decreed_day_changes_day ON decreed_day_changes (day);

-- Confidentiality: a label, and who may see what carries it.
ALTER TABLE submissions ADD COLUMN label TEXT NOT NULL DEFAULT 'open';
ALTER TABLE submissions ADD COLUMN official_use BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE letters ADD COLUMN label TEXT NOT NULL DEFAULT 'open';
CREATE TABLE readers (
    id            TEXT PRIMARY KEY,
    subject       TEXT NOT NULL,
    user_id       TEXT NOT NULL REFERENCES users (id),
    name          TEXT NOT NULL,
    of_agency     BOOLEAN NOT NULL,
    added_by      TEXT REFERENCES users (id),
    added_by_name TEXT NOT NULL,
    added         TIMESTAMP NOT NULL,
    removed       TIMESTAMP,
    removed_by    TEXT NOT NULL
);
CREATE UNIQUE INDEX readers_present ON readers (subject, user_id) WHERE removed IS NULL;
CREATE INDEX readers_user ON readers (user_id);

-- Delivery: a row is claimed before it is sent, so that two never send it, and one whose outcome nobody knows is never sent again by itself.
ALTER TABLE notifications ADD COLUMN delivery TEXT NOT NULL DEFAULT 'queued';
ALTER TABLE notifications ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE notifications ADD COLUMN lease TIMESTAMP;
UPDATE notifications SET delivery = 'sent' WHERE sent IS NOT NULL;
UPDATE notifications SET delivery = '' WHERE channel = 'system';
CREATE INDEX notifications_delivery ON notifications (delivery, created);

-- Files of refused registrations go after a time; the row stays.
ALTER TABLE registrations ADD COLUMN cleared TIMESTAMP;

-- +goose Down
ALTER TABLE registrations DROP COLUMN cleared;
DROP INDEX notifications_delivery;
ALTER TABLE notifications DROP COLUMN lease;
ALTER TABLE notifications DROP COLUMN owner;
ALTER TABLE notifications DROP COLUMN delivery;
DROP TABLE readers;
ALTER TABLE letters DROP COLUMN label;
ALTER TABLE submissions DROP COLUMN official_use;
ALTER TABLE submissions DROP COLUMN label;
DROP TABLE decreed_day_changes;
ALTER TABLE deadlines ADD COLUMN reminded INTEGER NOT NULL DEFAULT 0;
DROP TABLE deadline_reminders;
DROP TABLE suspensions;
ALTER TABLE submissions DROP COLUMN still_since;
ALTER TABLE submissions DROP COLUMN still_days;
ALTER TABLE submissions DROP COLUMN provisional;
ALTER TABLE submissions DROP COLUMN procedure_version;
ALTER TABLE submissions DROP COLUMN procedure_code;
DROP TABLE procedures;
