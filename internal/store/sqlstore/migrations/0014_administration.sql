-- +goose Up
ALTER TABLE users ADD COLUMN suspended TIMESTAMP;
ALTER TABLE users ADD COLUMN last_login TIMESTAMP;
ALTER TABLE users ADD COLUMN name_fold TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN name_sort BYTEA;
ALTER TABLE users ADD COLUMN rev INTEGER NOT NULL DEFAULT 0;
CREATE INDEX users_sort ON users (name_sort, id);
CREATE INDEX bodies_sort ON bodies (name_sort, id);
CREATE TABLE portal_subjects (
    issuer  TEXT NOT NULL,
    subject TEXT NOT NULL,
    fin     TEXT NOT NULL,
    bound   TIMESTAMP NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE TABLE passkeys (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id),
    credential TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    record     BYTEA NOT NULL,
    sign_count BIGINT NOT NULL,
    created    TIMESTAMP NOT NULL,
    last_used  TIMESTAMP,
    suspect    TIMESTAMP,
    rev        INTEGER NOT NULL
);
CREATE INDEX passkeys_user ON passkeys (user_id);
CREATE TABLE wordings (
    id      TEXT PRIMARY KEY,
    name    TEXT NOT NULL,
    lang    TEXT NOT NULL,
    version INTEGER NOT NULL,
    text    TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made    TIMESTAMP NOT NULL,
    UNIQUE (name, lang, version)
);
CREATE INDEX audit_log_actor ON audit_log (actor, id);
CREATE INDEX audit_log_action ON audit_log (action, id);
CREATE INDEX audit_log_made ON audit_log (made);

-- +goose Down
DROP INDEX audit_log_made;
DROP INDEX audit_log_action;
DROP INDEX audit_log_actor;
DROP TABLE wordings;
DROP TABLE passkeys;
DROP TABLE portal_subjects;
DROP INDEX bodies_sort;
DROP INDEX users_sort;
ALTER TABLE users DROP COLUMN rev;
ALTER TABLE users DROP COLUMN name_sort;
ALTER TABLE users DROP COLUMN name_fold;
ALTER TABLE users DROP COLUMN last_login;
ALTER TABLE users DROP COLUMN suspended;
