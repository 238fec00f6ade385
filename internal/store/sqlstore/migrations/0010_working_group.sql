-- +goose Up
-- The working group of a project: units of the agency, their tasks, sub-opinions and visas, what was sent back, earlier versions of letters.
CREATE TABLE units (
    id      TEXT PRIMARY KEY,
    code    TEXT NOT NULL UNIQUE,
    name    TEXT NOT NULL,
    name_en TEXT NOT NULL,
    name_ru TEXT NOT NULL,
    kind    TEXT NOT NULL,
    active  BOOLEAN NOT NULL,
    place   INTEGER NOT NULL
);
ALTER TABLE users ADD COLUMN unit_id TEXT REFERENCES units (id);
CREATE TABLE case_tasks (
    id            TEXT PRIMARY KEY,
    submission_id TEXT NOT NULL REFERENCES submissions (id),
    unit_id       TEXT NOT NULL REFERENCES units (id),
    leads         BOOLEAN NOT NULL,
    person        TEXT REFERENCES users (id),
    ask           TEXT NOT NULL,
    due           TEXT NOT NULL,
    state         TEXT NOT NULL,
    given         TIMESTAMP NOT NULL,
    given_by      TEXT REFERENCES users (id),
    answered      TIMESTAMP,
    ended         TIMESTAMP,
    ended_by      TEXT REFERENCES users (id),
    reason        TEXT NOT NULL,
    rev           INTEGER NOT NULL
);
CREATE UNIQUE INDEX case_tasks_unit ON case_tasks (submission_id, unit_id) WHERE state <> 'taken_back';
CREATE UNIQUE INDEX case_tasks_lead ON case_tasks (submission_id) WHERE leads AND state <> 'taken_back';
CREATE INDEX case_tasks_submission ON case_tasks (submission_id);
CREATE INDEX case_tasks_of_unit ON case_tasks (unit_id, state, due);
CREATE INDEX case_tasks_of_person ON case_tasks (person, state, due);
CREATE TABLE sub_opinions (
    id            TEXT PRIMARY KEY,
    task_id       TEXT NOT NULL REFERENCES case_tasks (id),
    submission_id TEXT NOT NULL REFERENCES submissions (id),
    unit_id       TEXT NOT NULL REFERENCES units (id),
    n             INTEGER NOT NULL,
    version       INTEGER NOT NULL,
    author_id     TEXT NOT NULL REFERENCES users (id),
    author        TEXT NOT NULL,
    body_text     TEXT NOT NULL,
    outcome       TEXT NOT NULL,
    attachments   TEXT NOT NULL,
    written       TIMESTAMP NOT NULL,
    UNIQUE (task_id, n)
);
CREATE INDEX sub_opinions_submission ON sub_opinions (submission_id);
CREATE TABLE visas (
    id            TEXT PRIMARY KEY,
    letter_id     TEXT NOT NULL REFERENCES letters (id),
    submission_id TEXT NOT NULL REFERENCES submissions (id),
    unit_id       TEXT NOT NULL REFERENCES units (id),
    page          TEXT NOT NULL,
    state         TEXT NOT NULL,
    asked         TIMESTAMP NOT NULL,
    asked_by      TEXT NOT NULL REFERENCES users (id),
    giver         TEXT REFERENCES users (id),
    giver_name    TEXT NOT NULL,
    decided       TIMESTAMP,
    reason        TEXT NOT NULL,
    rev           INTEGER NOT NULL
);
CREATE UNIQUE INDEX visas_standing ON visas (letter_id, unit_id) WHERE state IN ('asked', 'given');
CREATE INDEX visas_submission ON visas (submission_id);
CREATE INDEX visas_asked ON visas (unit_id) WHERE state = 'asked';
CREATE TABLE letter_returns (
    id            TEXT PRIMARY KEY,
    submission_id TEXT NOT NULL REFERENCES submissions (id),
    letter_id     TEXT NOT NULL REFERENCES letters (id),
    page          TEXT NOT NULL,
    step          TEXT NOT NULL,
    points        TEXT NOT NULL,
    reason        TEXT NOT NULL,
    by_whom       TEXT NOT NULL REFERENCES users (id),
    by_name       TEXT NOT NULL,
    unit_id       TEXT REFERENCES units (id),
    made          TIMESTAMP NOT NULL
);
CREATE INDEX letter_returns_submission ON letter_returns (submission_id);
CREATE TABLE letter_versions (
    id        TEXT PRIMARY KEY,
    letter_id TEXT NOT NULL REFERENCES letters (id),
    n         INTEGER NOT NULL,
    subject   TEXT NOT NULL,
    body_text TEXT NOT NULL,
    outcome   TEXT NOT NULL,
    page      TEXT NOT NULL,
    by_whom   TEXT NOT NULL REFERENCES users (id),
    by_name   TEXT NOT NULL,
    made      TIMESTAMP NOT NULL,
    UNIQUE (letter_id, n)
);

-- +goose Down
DROP TABLE letter_versions;
DROP TABLE letter_returns;
DROP TABLE visas;
DROP TABLE sub_opinions;
DROP TABLE case_tasks;
ALTER TABLE users DROP COLUMN unit_id;
DROP TABLE units;
