-- +goose Up
-- Access tokens of programs, the identifiers of assertions that were used, authorisations of signatures, and the clients' PINs for CSC.
CREATE TABLE access_tokens (
    hash        TEXT PRIMARY KEY,
    client      TEXT NOT NULL,
    scope       TEXT NOT NULL,
    certificate TEXT NOT NULL,
    issued      TIMESTAMP NOT NULL,
    expires     TIMESTAMP NOT NULL
);
CREATE INDEX access_tokens_expires ON access_tokens (expires);
CREATE TABLE used_assertions (
    client  TEXT NOT NULL,
    id      TEXT NOT NULL,
    expires TIMESTAMP NOT NULL,
    PRIMARY KEY (client, id)
);
CREATE INDEX used_assertions_expires ON used_assertions (expires);
CREATE TABLE signature_authorisations (
    id             TEXT PRIMARY KEY,
    client         TEXT NOT NULL,
    profile        TEXT NOT NULL,
    person         TEXT REFERENCES users (id),
    hash_algorithm TEXT NOT NULL,
    sign_algorithm TEXT NOT NULL,
    certificate    TEXT NOT NULL,
    hashes         TEXT NOT NULL,
    created        TIMESTAMP NOT NULL,
    secret         TEXT UNIQUE,
    expires        TIMESTAMP NOT NULL,
    used           TIMESTAMP,
    code           TEXT UNIQUE,
    redirect_uri   TEXT NOT NULL,
    challenge      TEXT NOT NULL,
    code_used      TIMESTAMP
);
CREATE INDEX signature_authorisations_expires ON signature_authorisations (expires);
CREATE TABLE csc_pins (
    client   TEXT NOT NULL,
    profile  TEXT NOT NULL,
    hash     TEXT NOT NULL,
    failures INTEGER NOT NULL,
    blocked  TIMESTAMP,
    set_at   TIMESTAMP NOT NULL,
    PRIMARY KEY (client, profile)
);

-- +goose Down
DROP TABLE csc_pins;
DROP TABLE signature_authorisations;
DROP TABLE used_assertions;
DROP TABLE access_tokens;
