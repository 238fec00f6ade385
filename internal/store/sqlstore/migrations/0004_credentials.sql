-- +goose Up
-- How often each credential was allowed to sign on a day, which members are out of use, and which ends of certificates were told.
CREATE TABLE credential_uses (
    credential TEXT NOT NULL,
    day        TEXT NOT NULL,
    used       INTEGER NOT NULL,
    PRIMARY KEY (credential, day)
);
CREATE TABLE credential_drains (
    credential TEXT NOT NULL,
    member     TEXT NOT NULL,
    since      TIMESTAMP NOT NULL,
    by_whom    TEXT NOT NULL,
    PRIMARY KEY (credential, member)
);
CREATE TABLE credential_warnings (
    certificate TEXT NOT NULL,
    days        INTEGER NOT NULL,
    told        TIMESTAMP NOT NULL,
    PRIMARY KEY (certificate, days)
);

-- +goose Down
DROP TABLE credential_warnings;
DROP TABLE credential_drains;
DROP TABLE credential_uses;
