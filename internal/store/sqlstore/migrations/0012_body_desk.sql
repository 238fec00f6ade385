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

-- +goose Down
ALTER TABLE messages DROP COLUMN withdrawal;
ALTER TABLE messages DROP COLUMN withdrawn_by;
ALTER TABLE messages DROP COLUMN withdrawn;
DROP TABLE message_drafts;
DROP INDEX notifications_submission;
