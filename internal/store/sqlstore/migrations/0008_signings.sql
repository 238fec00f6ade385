-- +goose Up
-- People's signatures in two steps, and nonces for logging in with a certificate.
CREATE TABLE signings (
    id             TEXT PRIMARY KEY,
    owner          TEXT NOT NULL,
    session        TEXT NOT NULL,
    state          TEXT NOT NULL,
    subject        TEXT NOT NULL,
    name           TEXT NOT NULL,
    document       TEXT NOT NULL,
    size           BIGINT NOT NULL,
    format         TEXT NOT NULL,
    level          TEXT NOT NULL,
    certificate    TEXT NOT NULL,
    holder         TEXT NOT NULL,
    plan           BYTEA NOT NULL,
    hash           BYTEA NOT NULL,
    digest         TEXT NOT NULL,
    algorithm      TEXT NOT NULL,
    created        TIMESTAMP NOT NULL,
    expires        TIMESTAMP NOT NULL,
    kept           TIMESTAMP NOT NULL,
    claim          TEXT NOT NULL,
    lease          TIMESTAMP,
    finished       TIMESTAMP,
    value          TEXT NOT NULL,
    signed         TEXT NOT NULL,
    signed_size    BIGINT NOT NULL,
    indication     TEXT NOT NULL,
    sub_indication TEXT NOT NULL,
    failure        TEXT NOT NULL
);
CREATE INDEX signings_kept ON signings (kept);
CREATE TABLE login_challenges (
    nonce   TEXT PRIMARY KEY,
    session TEXT NOT NULL,
    expires TIMESTAMP NOT NULL,
    used    TIMESTAMP,
    users   TEXT NOT NULL,
    choice  TIMESTAMP
);
CREATE INDEX login_challenges_session ON login_challenges (session);
CREATE INDEX login_challenges_expires ON login_challenges (expires);
CREATE INDEX users_fin ON users (fin);

-- +goose Down
DROP INDEX users_fin;
DROP TABLE login_challenges;
DROP TABLE signings;
