-- +goose Up
-- One text for PostgreSQL and SQLite. Times are UTC, legal days are YYYY-MM-DD, ids are UUIDv7 made in Go, an absent reference is NULL.
CREATE TABLE bodies (
    id        TEXT PRIMARY KEY,
    name      TEXT NOT NULL,
    voen      TEXT NOT NULL UNIQUE,
    active    BOOLEAN NOT NULL,
    name_fold TEXT NOT NULL,
    name_sort BYTEA NOT NULL
);
CREATE TABLE users (
    id      TEXT PRIMARY KEY,
    name    TEXT NOT NULL,
    fin     TEXT NOT NULL,
    email   TEXT NOT NULL,
    mobile  TEXT NOT NULL,
    body_id TEXT REFERENCES bodies (id),
    roles   TEXT NOT NULL,
    created TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX users_person ON users (fin, (COALESCE(body_id, ''))) WHERE fin <> '';
CREATE TABLE login_links (
    secret_hash TEXT PRIMARY KEY,
    user_id     TEXT NOT NULL REFERENCES users (id),
    expires     TIMESTAMP NOT NULL,
    used        TIMESTAMP,
    reusable    BOOLEAN NOT NULL
);
CREATE TABLE verifications (
    id             TEXT PRIMARY KEY,
    blob           TEXT NOT NULL,
    policy         TEXT NOT NULL,
    policy_version TEXT NOT NULL,
    made           TIMESTAMP NOT NULL,
    format         TEXT NOT NULL,
    indication     TEXT NOT NULL,
    sub_indication TEXT NOT NULL,
    signatures     TEXT NOT NULL,
    report         BYTEA,
    evidence       TEXT NOT NULL
);
CREATE INDEX verifications_blob ON verifications (blob, policy, made);
CREATE TABLE registrations (
    id              TEXT PRIMARY KEY,
    access          TEXT NOT NULL UNIQUE,
    state           TEXT NOT NULL,
    body_id         TEXT REFERENCES bodies (id),
    body_name       TEXT NOT NULL,
    email           TEXT NOT NULL,
    mobile          TEXT NOT NULL,
    letter_name     TEXT NOT NULL,
    letter          TEXT NOT NULL,
    letter_size     BIGINT NOT NULL,
    verification_id TEXT REFERENCES verifications (id),
    signer          TEXT NOT NULL,
    mismatch        BOOLEAN NOT NULL,
    stamp           BYTEA,
    created         TIMESTAMP NOT NULL,
    touched         TIMESTAMP NOT NULL,
    submitted       TIMESTAMP,
    decided_at      TIMESTAMP,
    decided_by      TEXT NOT NULL,
    reason          TEXT NOT NULL,
    name_fold       TEXT NOT NULL,
    rev             INTEGER NOT NULL
);
CREATE INDEX registrations_state ON registrations (state, created);
CREATE UNIQUE INDEX registrations_approved ON registrations (body_id) WHERE state IN ('approved', 'suspended');
CREATE TABLE submissions (
    id              TEXT PRIMARY KEY,
    body_id         TEXT NOT NULL REFERENCES bodies (id),
    body_name       TEXT NOT NULL,
    user_id         TEXT NOT NULL REFERENCES users (id),
    person          TEXT NOT NULL,
    state           TEXT NOT NULL,
    cover_number    TEXT NOT NULL,
    cover_date      TEXT NOT NULL,
    document_type   TEXT NOT NULL,
    project_name    TEXT NOT NULL,
    no_state_secret BOOLEAN NOT NULL,
    version         INTEGER NOT NULL,
    record          TEXT NOT NULL,
    record_data     TEXT NOT NULL,
    incoming        TEXT NOT NULL,
    number          TEXT NOT NULL,
    created         TIMESTAMP NOT NULL,
    received        TIMESTAMP,
    received_day    TEXT NOT NULL,
    due             TEXT NOT NULL,
    due_rule        TEXT NOT NULL,
    expert          TEXT REFERENCES users (id),
    files           TEXT NOT NULL,
    correction      TEXT NOT NULL,
    touched         TIMESTAMP NOT NULL,
    end_told        BOOLEAN NOT NULL,
    name_fold       TEXT NOT NULL,
    name_sort       BYTEA NOT NULL,
    number_fold     TEXT NOT NULL,
    rev             INTEGER NOT NULL
);
CREATE INDEX submissions_body ON submissions (body_id, received_day);
CREATE INDEX submissions_due ON submissions (due);
CREATE TABLE submission_versions (
    submission_id   TEXT NOT NULL REFERENCES submissions (id),
    n               INTEGER NOT NULL,
    form            TEXT NOT NULL,
    files           TEXT NOT NULL,
    record_json     BYTEA NOT NULL,
    record          TEXT NOT NULL,
    signed          TEXT NOT NULL,
    verification_id TEXT REFERENCES verifications (id),
    signer          TEXT NOT NULL,
    stamp           BYTEA,
    received        TIMESTAMP NOT NULL,
    PRIMARY KEY (submission_id, n)
);
CREATE TABLE letters (
    id              TEXT PRIMARY KEY,
    kind            TEXT NOT NULL,
    state           TEXT NOT NULL,
    submission_id   TEXT REFERENCES submissions (id),
    registration_id TEXT REFERENCES registrations (id),
    body_id         TEXT REFERENCES bodies (id),
    body_name       TEXT NOT NULL,
    subject         TEXT NOT NULL,
    body_text       TEXT NOT NULL,
    outcome         TEXT NOT NULL,
    profile         TEXT NOT NULL,
    place           TEXT NOT NULL,
    unsealed        TEXT NOT NULL,
    approved        TEXT NOT NULL,
    sealed          TEXT NOT NULL,
    number          TEXT NOT NULL,
    number_date     TEXT NOT NULL,
    public          TEXT NOT NULL UNIQUE,
    control_code    TEXT NOT NULL,
    drafter         TEXT REFERENCES users (id),
    checker         TEXT REFERENCES users (id),
    signatory       TEXT REFERENCES users (id),
    drafter_name    TEXT NOT NULL,
    sealed_by       TEXT NOT NULL,
    verification_id TEXT REFERENCES verifications (id),
    reason          TEXT NOT NULL,
    created         TIMESTAMP NOT NULL,
    sealed_at       TIMESTAMP,
    dispatched      TIMESTAMP,
    first_read      TIMESTAMP,
    first_read_by   TEXT NOT NULL,
    rev             INTEGER NOT NULL
);
CREATE INDEX letters_submission ON letters (submission_id);
CREATE INDEX letters_mailbox ON letters (body_id, dispatched);
CREATE INDEX letters_number ON letters (number, number_date);
CREATE INDEX letters_state ON letters (state);
CREATE TABLE messages (
    id            TEXT PRIMARY KEY,
    submission_id TEXT NOT NULL REFERENCES submissions (id),
    from_agency   BOOLEAN NOT NULL,
    author_id     TEXT REFERENCES users (id),
    author        TEXT NOT NULL,
    body_text     TEXT NOT NULL,
    attachments   TEXT NOT NULL,
    sent          TIMESTAMP NOT NULL,
    first_read    TIMESTAMP,
    first_read_by TEXT NOT NULL,
    text_fold     TEXT NOT NULL
);
CREATE INDEX messages_submission ON messages (submission_id, sent);
CREATE TABLE notices (
    id            TEXT PRIMARY KEY,
    submission_id TEXT NOT NULL REFERENCES submissions (id),
    letter_id     TEXT REFERENCES letters (id),
    items         TEXT NOT NULL,
    created       TIMESTAMP NOT NULL,
    due           TEXT NOT NULL,
    provisional   BOOLEAN NOT NULL,
    answered      TIMESTAMP
);
CREATE INDEX notices_submission ON notices (submission_id);
CREATE TABLE number_counters (
    journal TEXT NOT NULL,
    unit    TEXT NOT NULL,
    case_no TEXT NOT NULL,
    year    INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    PRIMARY KEY (journal, unit, case_no, year)
);
CREATE TABLE numbers (
    journal   TEXT NOT NULL,
    unit      TEXT NOT NULL,
    case_no   TEXT NOT NULL,
    year      INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    template  TEXT NOT NULL,
    spelled   TEXT NOT NULL,
    day       TEXT NOT NULL,
    subject   TEXT NOT NULL UNIQUE,
    taken     TIMESTAMP NOT NULL,
    taken_by  TEXT NOT NULL,
    voided    TIMESTAMP,
    voided_by TEXT NOT NULL,
    reason    TEXT NOT NULL,
    PRIMARY KEY (journal, unit, case_no, year, seq)
);
CREATE TABLE seal_intents (
    id          TEXT PRIMARY KEY,
    letter_id   TEXT NOT NULL UNIQUE REFERENCES letters (id),
    document    TEXT NOT NULL,
    profile     TEXT NOT NULL,
    key_label   TEXT NOT NULL,
    certificate TEXT NOT NULL,
    number      TEXT NOT NULL,
    owner       TEXT NOT NULL,
    lease       TIMESTAMP,
    attempts    INTEGER NOT NULL,
    released    TEXT NOT NULL,
    released_at TIMESTAMP,
    failure     TEXT NOT NULL,
    closed      TIMESTAMP,
    created     TIMESTAMP NOT NULL
);
CREATE TABLE notifications (
    id            TEXT PRIMARY KEY,
    channel       TEXT NOT NULL,
    addressee     TEXT NOT NULL,
    user_id       TEXT REFERENCES users (id),
    body_id       TEXT REFERENCES bodies (id),
    for_agency    BOOLEAN NOT NULL,
    text_key      TEXT NOT NULL,
    case_no       TEXT NOT NULL,
    link          TEXT NOT NULL,
    secret        BOOLEAN NOT NULL,
    args          TEXT NOT NULL,
    submission_id TEXT REFERENCES submissions (id),
    created       TIMESTAMP NOT NULL,
    sent          TIMESTAMP,
    read_at       TIMESTAMP,
    failure       TEXT NOT NULL,
    attempts      INTEGER NOT NULL
);
CREATE INDEX notifications_body ON notifications (body_id, created);
CREATE INDEX notifications_addressee ON notifications (addressee, created);
CREATE TABLE deadlines (
    id            TEXT PRIMARY KEY,
    submission_id TEXT NOT NULL REFERENCES submissions (id),
    kind          TEXT NOT NULL,
    start_day     TEXT NOT NULL,
    due           TEXT NOT NULL,
    rule          TEXT NOT NULL,
    provisional   BOOLEAN NOT NULL,
    reminded      INTEGER NOT NULL,
    closed        TIMESTAMP
);
CREATE INDEX deadlines_submission ON deadlines (submission_id);
CREATE INDEX deadlines_due ON deadlines (due);
CREATE TABLE decreed_days (
    day    TEXT NOT NULL,
    kind   TEXT NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (day, kind)
);
-- Rows come in unlinked (n is NULL); the linker gives them their place in the chain.
CREATE TABLE audit_log (
    id      TEXT PRIMARY KEY,
    made    TIMESTAMP NOT NULL,
    actor   TEXT NOT NULL,
    role    TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    blob    TEXT NOT NULL,
    detail  TEXT NOT NULL,
    n       BIGINT UNIQUE,
    hash    TEXT NOT NULL
);
CREATE INDEX audit_log_unlinked ON audit_log (id) WHERE n IS NULL;
CREATE INDEX audit_log_subject ON audit_log (subject);
CREATE TABLE audit_head (
    id   INTEGER PRIMARY KEY,
    n    BIGINT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO audit_head (id, n, hash) VALUES (1, 0, '');
CREATE TABLE sessions (
    token  TEXT PRIMARY KEY,
    data   BYTEA NOT NULL,
    expiry TIMESTAMP NOT NULL
);
CREATE INDEX sessions_expiry ON sessions (expiry);

-- +goose Down
DROP TABLE sessions;
DROP TABLE audit_head;
DROP TABLE audit_log;
DROP TABLE decreed_days;
DROP TABLE deadlines;
DROP TABLE notifications;
DROP TABLE seal_intents;
DROP TABLE numbers;
DROP TABLE number_counters;
DROP TABLE notices;
DROP TABLE messages;
DROP TABLE letters;
DROP TABLE submission_versions;
DROP TABLE submissions;
DROP TABLE registrations;
DROP TABLE verifications;
DROP TABLE login_links;
DROP TABLE users;
DROP TABLE bodies;
