-- +goose Up
-- The last log-in attempt of each PIN source on each token, and who is trying a PIN now.
CREATE TABLE pin_attempts (
    token    TEXT NOT NULL,
    source   TEXT NOT NULL,
    version  TEXT NOT NULL,
    attended BOOLEAN NOT NULL,
    outcome  TEXT NOT NULL,
    tried    TIMESTAMP,
    good     TEXT NOT NULL,
    PRIMARY KEY (token, source)
);
CREATE TABLE pin_locks (
    token TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    lease TIMESTAMP NOT NULL
);

-- +goose Down
DROP TABLE pin_locks;
DROP TABLE pin_attempts;
