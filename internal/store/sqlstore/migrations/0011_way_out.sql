-- +goose Up
-- The way out of a letter: who stands in for whom, a person's own signature before the seal, the dispatch list, the journals' kinds of documents,
-- and what became of a project afterwards.
CREATE TABLE delegations (
    id            TEXT PRIMARY KEY,
    body_id       TEXT REFERENCES bodies (id),
    absent        TEXT NOT NULL REFERENCES users (id),
    absent_name   TEXT NOT NULL,
    delegate      TEXT NOT NULL REFERENCES users (id),
    delegate_name TEXT NOT NULL,
    roles         TEXT NOT NULL,
    first_day     TEXT NOT NULL,
    last_day      TEXT NOT NULL,
    reason        TEXT NOT NULL,
    made_by       TEXT NOT NULL,
    made          TIMESTAMP NOT NULL,
    ended         TIMESTAMP,
    ended_by      TEXT NOT NULL,
    rev           INTEGER NOT NULL
);
CREATE INDEX delegations_absent ON delegations (absent, last_day);
CREATE INDEX delegations_delegate ON delegations (delegate, last_day);
CREATE INDEX delegations_body ON delegations (body_id, id);

CREATE TABLE dispatches (
    id             TEXT PRIMARY KEY,
    letter_id      TEXT NOT NULL REFERENCES letters (id),
    submission_id  TEXT REFERENCES submissions (id),
    kind           TEXT NOT NULL,
    number         TEXT NOT NULL,
    day            TEXT NOT NULL,
    body_id        TEXT REFERENCES bodies (id),
    addressee      TEXT NOT NULL,
    addressee_fold TEXT NOT NULL,
    channel        TEXT NOT NULL,
    is_copy        BOOLEAN NOT NULL,
    note           TEXT NOT NULL,
    added_by       TEXT NOT NULL,
    added          TIMESTAMP NOT NULL,
    delivered      TIMESTAMP,
    confirmed      TIMESTAMP,
    confirmed_by   TEXT NOT NULL,
    confirmed_how  TEXT NOT NULL,
    rev            INTEGER NOT NULL
);
CREATE INDEX dispatches_letter ON dispatches (letter_id);
CREATE INDEX dispatches_day ON dispatches (day, id);
CREATE INDEX dispatches_body ON dispatches (body_id, id);
-- A letter stands in a body's mailbox once.
CREATE UNIQUE INDEX dispatches_once ON dispatches (letter_id, body_id) WHERE body_id IS NOT NULL;

CREATE TABLE follow_ups (
    submission_id TEXT PRIMARY KEY REFERENCES submissions (id),
    letter_id     TEXT NOT NULL REFERENCES letters (id),
    planned       TEXT NOT NULL,
    as_approved   TEXT NOT NULL,
    in_operation  TEXT NOT NULL,
    accepted_on   TEXT NOT NULL,
    notes         TEXT NOT NULL,
    documents     TEXT NOT NULL,
    closed        TIMESTAMP,
    by_user       TEXT NOT NULL,
    by_name       TEXT NOT NULL,
    created       TIMESTAMP NOT NULL,
    touched       TIMESTAMP NOT NULL,
    rev           INTEGER NOT NULL
);
CREATE INDEX follow_ups_planned ON follow_ups (planned, submission_id);

-- The kinds of documents that the sources name (S3-18), with their labels; a row more is a kind more.
CREATE TABLE document_kinds (
    code     TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    az       TEXT NOT NULL,
    en       TEXT NOT NULL,
    ru       TEXT NOT NULL
);
INSERT INTO document_kinds (code, position, az, en, ru) VALUES
    ('letter', 1, 'Məktub', 'Letter', 'Письмо'),
    ('certificate', 2, 'Arayış', 'Certificate', 'Справка'),
    ('query', 3, 'Sorğu', 'Query', 'Запрос'),
    ('opinion', 4, 'Rəy', 'Opinion', 'Заключение'),
    ('report', 5, 'Hesabat', 'Report', 'Отчёт'),
    ('information', 6, 'Məlumat', 'Information', 'Информация'),
    ('order', 7, 'Əmr', 'Order', 'Приказ'),
    ('instruction', 8, 'Sərəncam', 'Instruction', 'Распоряжение'),
    ('decision', 9, 'Qərar', 'Decision', 'Решение'),
    ('contract', 10, 'Müqavilə', 'Contract', 'Договор'),
    ('proposal', 11, 'Təklif', 'Proposal', 'Предложение'),
    ('application', 12, 'Ərizə', 'Application', 'Заявление'),
    ('complaint', 13, 'Şikayət', 'Complaint', 'Жалоба'),
    ('appeal', 14, 'Müraciət', 'Appeal', 'Обращение'),
    ('task', 15, 'Tapşırıq', 'Task', 'Поручение'),
    ('explanation', 16, 'İzahat', 'Explanation', 'Объяснение'),
    ('submission', 17, 'Təqdimat', 'Submission', 'Представление'),
    ('authority', 18, 'Vəkalət, nümayəndəlik', 'Power of attorney', 'Доверенность, представительство'),
    ('normative_act', 19, 'Normativ akt layihəsi', 'Draft normative act', 'Проект нормативного акта');

ALTER TABLE numbers ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE numbers ADD COLUMN annexes INTEGER NOT NULL DEFAULT 0;
CREATE INDEX numbers_journal ON numbers (journal, day, unit, case_no, seq);
CREATE INDEX numbers_spelled ON numbers (spelled);

ALTER TABLE letters ADD COLUMN signed TEXT NOT NULL DEFAULT '';
ALTER TABLE letters ADD COLUMN signed_at TIMESTAMP;
ALTER TABLE letters ADD COLUMN signed_by TEXT NOT NULL DEFAULT '';
ALTER TABLE letters ADD COLUMN signature_id TEXT;
ALTER TABLE letters ADD COLUMN drafter_for TEXT;
ALTER TABLE letters ADD COLUMN checker_for TEXT;
ALTER TABLE letters ADD COLUMN signatory_for TEXT;
ALTER TABLE letters ADD COLUMN annexes INTEGER NOT NULL DEFAULT 0;

-- +goose Down
DROP INDEX numbers_spelled;
DROP INDEX numbers_journal;
ALTER TABLE letters DROP COLUMN annexes;
ALTER TABLE letters DROP COLUMN signatory_for;
ALTER TABLE letters DROP COLUMN checker_for;
ALTER TABLE letters DROP COLUMN drafter_for;
ALTER TABLE letters DROP COLUMN signature_id;
ALTER TABLE letters DROP COLUMN signed_by;
ALTER TABLE letters DROP COLUMN signed_at;
ALTER TABLE letters DROP COLUMN signed;
ALTER TABLE numbers DROP COLUMN annexes;
ALTER TABLE numbers DROP COLUMN kind;
DROP TABLE document_kinds;
DROP TABLE follow_ups;
DROP TABLE dispatches;
DROP TABLE delegations;
