-- +goose Up
-- Verdicts that programs may read again, batches of them, and how many rows hold each of their files.
CREATE TABLE batches (
    id        TEXT PRIMARY KEY,
    tenant    TEXT NOT NULL,
    state     TEXT NOT NULL,
    policy    TEXT NOT NULL,
    for_time  TIMESTAMP,
    keep_file BOOLEAN NOT NULL,
    total     INTEGER NOT NULL,
    created   TIMESTAMP NOT NULL,
    ended     TIMESTAMP,
    expires   TIMESTAMP NOT NULL,
    owner     TEXT NOT NULL,
    lease     TIMESTAMP
);
CREATE INDEX batches_state ON batches (state, tenant);
CREATE INDEX batches_expires ON batches (expires);
CREATE TABLE stored_verdicts (
    id             TEXT PRIMARY KEY,
    tenant         TEXT NOT NULL,
    link           TEXT UNIQUE,
    batch_id       TEXT REFERENCES batches (id),
    seq            INTEGER NOT NULL,
    state          TEXT NOT NULL,
    name           TEXT NOT NULL,
    size           BIGINT NOT NULL,
    document       TEXT NOT NULL,
    file           TEXT NOT NULL,
    keep_file      BOOLEAN NOT NULL,
    beside         TEXT NOT NULL,
    policy         TEXT NOT NULL,
    for_time       TIMESTAMP,
    created        TIMESTAMP NOT NULL,
    judged         TIMESTAMP,
    expires        TIMESTAMP NOT NULL,
    format         TEXT NOT NULL,
    indication     TEXT NOT NULL,
    sub_indication TEXT NOT NULL,
    failure        TEXT NOT NULL,
    report         TEXT NOT NULL,
    evidence       TEXT NOT NULL
);
CREATE UNIQUE INDEX stored_verdicts_batch ON stored_verdicts (batch_id, seq) WHERE batch_id IS NOT NULL;
CREATE INDEX stored_verdicts_expires ON stored_verdicts (expires);
CREATE TABLE held_blobs (
    hash    TEXT PRIMARY KEY,
    holders INTEGER NOT NULL
);

-- +goose Down
DROP TABLE held_blobs;
DROP TABLE stored_verdicts;
DROP TABLE batches;
