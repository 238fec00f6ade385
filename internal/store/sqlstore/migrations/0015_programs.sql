-- +goose Up
-- What programs are told, by what keys they are known, what they marked with a key of their own, and where deliveries go.
-- An event comes in without a place (n is NULL); it is placed once it is committed, by one process at a time.
CREATE TABLE events (
    id            TEXT PRIMARY KEY,
    n             BIGINT UNIQUE,
    kind          TEXT NOT NULL,
    subject       TEXT NOT NULL,
    submission_id TEXT NOT NULL,
    number        TEXT NOT NULL,
    body_id       TEXT NOT NULL,
    agency_only   BOOLEAN NOT NULL,
    made          TIMESTAMP NOT NULL
);
CREATE INDEX events_unplaced ON events (id) WHERE n IS NULL;
CREATE INDEX events_body ON events (body_id, n);
CREATE INDEX events_made ON events (made);
CREATE TABLE event_head (
    id INTEGER PRIMARY KEY,
    n  BIGINT NOT NULL
);
INSERT INTO event_head (id, n) VALUES (1, 0);
CREATE TABLE api_keys (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    body_id    TEXT REFERENCES bodies (id),
    person     TEXT NOT NULL REFERENCES users (id),
    scopes     TEXT NOT NULL,
    secret     TEXT NOT NULL UNIQUE,
    hint       TEXT NOT NULL,
    created    TIMESTAMP NOT NULL,
    created_by TEXT NOT NULL,
    used       TIMESTAMP,
    expires    TIMESTAMP,
    revoked    TIMESTAMP,
    revoked_by TEXT NOT NULL
);
CREATE INDEX api_keys_body ON api_keys (body_id, created);
CREATE TABLE idempotent_requests (
    caller    TEXT NOT NULL,
    route     TEXT NOT NULL,
    idem_key  TEXT NOT NULL,
    request   TEXT NOT NULL,
    subject   TEXT NOT NULL,
    lease     TIMESTAMP,
    status    INTEGER NOT NULL,
    header    TEXT NOT NULL,
    answer    BYTEA,
    made      TIMESTAMP NOT NULL,
    PRIMARY KEY (caller, route, idem_key)
);
CREATE INDEX idempotent_requests_made ON idempotent_requests (made);
CREATE TABLE webhooks (
    id         TEXT PRIMARY KEY,
    body_id    TEXT REFERENCES bodies (id),
    url        TEXT NOT NULL,
    kinds      TEXT NOT NULL,
    scheme     TEXT NOT NULL,
    generation INTEGER NOT NULL,
    previous   TIMESTAMP,
    state      TEXT NOT NULL,
    failing    TIMESTAMP,
    created    TIMESTAMP NOT NULL,
    created_by TEXT NOT NULL,
    rev        INTEGER NOT NULL
);
CREATE INDEX webhooks_body ON webhooks (body_id, state);
CREATE TABLE webhook_deliveries (
    id         TEXT PRIMARY KEY,
    webhook_id TEXT NOT NULL REFERENCES webhooks (id),
    message    TEXT NOT NULL,
    kind       TEXT NOT NULL,
    payload    BYTEA,
    state      TEXT NOT NULL,
    attempts   INTEGER NOT NULL,
    status     INTEGER NOT NULL,
    failure    TEXT NOT NULL,
    created    TIMESTAMP NOT NULL,
    tried      TIMESTAMP,
    next_try   TIMESTAMP,
    ended      TIMESTAMP
);
CREATE INDEX webhook_deliveries_webhook ON webhook_deliveries (webhook_id, id);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_try) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (ended);

-- +goose Down
DROP TABLE webhook_deliveries;
DROP TABLE webhooks;
DROP TABLE idempotent_requests;
DROP TABLE api_keys;
DROP TABLE event_head;
DROP TABLE events;
