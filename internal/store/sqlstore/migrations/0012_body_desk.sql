-- +goose Up
-- What a state body's people see and do: the news of a case in its line of the list.
CREATE INDEX notifications_submission ON notifications (submission_id, text_key, created);

-- +goose Down
DROP INDEX notifications_submission;
