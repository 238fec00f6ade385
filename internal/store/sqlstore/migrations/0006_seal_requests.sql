-- +goose Up
-- What programs want sealed, each row with its intent; what is counted per day; batches of them.
CREATE TABLE seal_batches (
    id        TEXT PRIMARY KEY,
    client    TEXT NOT NULL,
    tenant    TEXT NOT NULL,
    profile   TEXT NOT NULL,
    idem_key  TEXT NOT NULL,
    request   TEXT NOT NULL,
    total     INTEGER NOT NULL,
    created   TIMESTAMP NOT NULL,
    cancelled TIMESTAMP,
    expires   TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX seal_batches_key ON seal_batches (client, idem_key) WHERE idem_key <> '';
CREATE TABLE seal_requests (
    id            TEXT PRIMARY KEY,
    kind          TEXT NOT NULL,
    state         TEXT NOT NULL,
    client        TEXT NOT NULL,
    tenant        TEXT NOT NULL,
    profile       TEXT NOT NULL,
    version       INTEGER NOT NULL,
    idem_key      TEXT NOT NULL,
    request       TEXT NOT NULL,
    batch_id      TEXT REFERENCES seal_batches (id),
    seq           INTEGER NOT NULL,
    async         BOOLEAN NOT NULL,
    name          TEXT NOT NULL,
    size          BIGINT NOT NULL,
    document      TEXT NOT NULL,
    packaging     TEXT NOT NULL,
    wanted        INTEGER NOT NULL,
    credential    TEXT NOT NULL,
    key_label     TEXT NOT NULL,
    certificate   TEXT NOT NULL,
    level         TEXT NOT NULL,
    day           TEXT NOT NULL,
    owner         TEXT NOT NULL,
    lease         TIMESTAMP,
    attempts      INTEGER NOT NULL,
    input         TEXT REFERENCES verifications (id),
    verdict       TEXT REFERENCES verifications (id),
    released      TEXT NOT NULL,
    released_size BIGINT NOT NULL,
    failure       TEXT NOT NULL,
    check_failed  TEXT NOT NULL,
    created       TIMESTAMP NOT NULL,
    intended      TIMESTAMP,
    ended         TIMESTAMP,
    expires       TIMESTAMP NOT NULL,
    kept          BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX seal_requests_key ON seal_requests (client, idem_key) WHERE idem_key <> '';
CREATE UNIQUE INDEX seal_requests_batch ON seal_requests (batch_id, seq) WHERE batch_id IS NOT NULL;
CREATE INDEX seal_requests_open ON seal_requests (id) WHERE state IN ('received', 'sealing');
CREATE INDEX seal_requests_expires ON seal_requests (expires) WHERE kept;
CREATE INDEX seal_requests_document ON seal_requests (document) WHERE kept;
CREATE INDEX seal_requests_released ON seal_requests (released) WHERE kept;
CREATE TABLE seal_counts (
    scope TEXT NOT NULL,
    day   TEXT NOT NULL,
    n     INTEGER NOT NULL,
    PRIMARY KEY (scope, day)
);

-- +goose Down
DROP TABLE seal_counts;
DROP TABLE seal_requests;
DROP TABLE seal_batches;
