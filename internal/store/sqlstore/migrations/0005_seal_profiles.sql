-- +goose Up
-- Seal profiles: every version a row whose terms never change, one of a name in force, one of a name proposed.
CREATE TABLE seal_profiles (
    id               TEXT PRIMARY KEY,
    name             TEXT NOT NULL,
    version          INTEGER NOT NULL,
    state            TEXT NOT NULL,
    base             INTEGER NOT NULL,
    ends             BOOLEAN NOT NULL,
    unit             TEXT NOT NULL,
    credential       TEXT NOT NULL,
    format           TEXT NOT NULL,
    level            TEXT NOT NULL,
    input            TEXT NOT NULL,
    hash_allowed     BOOLEAN NOT NULL,
    kinds            TEXT NOT NULL,
    clients          TEXT NOT NULL,
    per_day          INTEGER NOT NULL,
    appearance       TEXT NOT NULL,
    certification    INTEGER NOT NULL,
    why              TEXT NOT NULL,
    proposed_by      TEXT NOT NULL REFERENCES users (id),
    proposed_by_name TEXT NOT NULL,
    proposed         TIMESTAMP NOT NULL,
    decided_by       TEXT REFERENCES users (id),
    decided_by_name  TEXT NOT NULL,
    decided          TIMESTAMP,
    reason           TEXT NOT NULL,
    superseded       TIMESTAMP,
    rev              INTEGER NOT NULL,
    UNIQUE (name, version),
    CHECK (decided_by IS NULL OR decided_by <> proposed_by OR state = 'rejected')
);
CREATE UNIQUE INDEX seal_profiles_active ON seal_profiles (name) WHERE state = 'active';
CREATE UNIQUE INDEX seal_profiles_proposed ON seal_profiles (name) WHERE state = 'proposed';
-- Its one row is written by every change of a profile, so that changes follow one another on both engines.
CREATE TABLE seal_profile_changes (
    id      INTEGER PRIMARY KEY,
    changes BIGINT NOT NULL
);
INSERT INTO seal_profile_changes (id, changes) VALUES (1, 0);
ALTER TABLE seal_intents ADD COLUMN profile_version INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE seal_intents DROP COLUMN profile_version;
DROP TABLE seal_profile_changes;
DROP TABLE seal_profiles;
