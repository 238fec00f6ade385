-- +goose Up
-- What a state body's people see and do: the news of a case in its line of the list.
CREATE INDEX notifications_submission ON notifications (submission_id, text_key, created);
-- A message that is being written, with the documents that wait in it: one of a person for each project.
CREATE TABLE message_drafts (
    submission_id TEXT NOT NULL REFERENCES submissions (id),
    user_id       TEXT NOT NULL REFERENCES users (id),
    body_text     TEXT NOT NULL,
    attachments   TEXT NOT NULL,
    touched       TIMESTAMP NOT NULL,
    rev           INTEGER NOT NULL,
    PRIMARY KEY (submission_id, user_id)
);
CREATE INDEX message_drafts_touched ON message_drafts (touched);
-- A sent message is never deleted; one that was withdrawn is a tombstone with a reason.
ALTER TABLE messages ADD COLUMN withdrawn TIMESTAMP;
ALTER TABLE messages ADD COLUMN withdrawn_by TEXT NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN withdrawal TEXT NOT NULL DEFAULT '';
-- A representative's period, and an address that its owner has not confirmed yet.
ALTER TABLE users ADD COLUMN valid_from TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN valid_to TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN contact TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN contact_secret TEXT NOT NULL DEFAULT '';
CREATE INDEX users_contact ON users (contact_secret) WHERE contact_secret <> '';
-- What somebody has read of what the pages tell: one by one, and everything up to a mark.
CREATE TABLE notification_readings (
    user_id         TEXT NOT NULL REFERENCES users (id),
    notification_id TEXT NOT NULL REFERENCES notifications (id),
    read_at         TIMESTAMP NOT NULL,
    PRIMARY KEY (user_id, notification_id)
);
CREATE INDEX notification_readings_of ON notification_readings (notification_id);
CREATE TABLE notification_marks (
    user_id TEXT PRIMARY KEY REFERENCES users (id),
    until   TIMESTAMP NOT NULL
);
-- Why a body withdrew a project.
ALTER TABLE submissions ADD COLUMN withdrawal TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE submissions DROP COLUMN withdrawal;
DROP TABLE notification_marks;
DROP TABLE notification_readings;
DROP INDEX users_contact;
ALTER TABLE users DROP COLUMN contact_secret;
ALTER TABLE users DROP COLUMN contact;
ALTER TABLE users DROP COLUMN valid_to;
ALTER TABLE users DROP COLUMN valid_from;
ALTER TABLE messages DROP COLUMN withdrawal;
ALTER TABLE messages DROP COLUMN withdrawn_by;
ALTER TABLE messages DROP COLUMN withdrawn;
DROP TABLE message_drafts;
DROP INDEX notifications_submission;
