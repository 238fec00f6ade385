-- +goose Up
-- Signatures that people make on a phone.
CREATE TABLE phone_operations (
    id       TEXT PRIMARY KEY,
    secret   TEXT NOT NULL,
    provider TEXT NOT NULL,
    step     TEXT NOT NULL,
    state    TEXT NOT NULL,
    owner    TEXT NOT NULL,
    session  TEXT NOT NULL,
    subject  TEXT NOT NULL,
    name     TEXT NOT NULL,
    document TEXT NOT NULL,
    size     BIGINT NOT NULL,
    fin      TEXT NOT NULL,
    number   TEXT NOT NULL,
    remote   TEXT NOT NULL,
    code     TEXT NOT NULL,
    signing  TEXT NOT NULL,
    created  TIMESTAMP NOT NULL,
    expires  TIMESTAMP NOT NULL,
    claim    TEXT NOT NULL,
    lease    TIMESTAMP,
    failure  TEXT NOT NULL
);
CREATE INDEX phone_operations_expires ON phone_operations (expires);

-- +goose Down
DROP TABLE phone_operations;
