-- +goose Up
-- What is searched by any part of it, by its trigrams. The index keeps no text of its own; its rows are numbered by a table, for SQLite may renumber the
-- rows of a table whose key is text when it is vacuumed.
CREATE TABLE submission_search (
    n             INTEGER PRIMARY KEY,
    submission_id TEXT NOT NULL UNIQUE
);
CREATE VIRTUAL TABLE submission_parts USING fts5 (name_fold, number_fold, content='', contentless_delete=1, tokenize='trigram case_sensitive 1');
-- +goose StatementBegin
CREATE TRIGGER submissions_search_added AFTER INSERT ON submissions BEGIN
    INSERT INTO submission_search (submission_id) VALUES (new.id);
    INSERT INTO submission_parts (rowid, name_fold, number_fold) SELECT n, new.name_fold, new.number_fold FROM submission_search WHERE submission_id = new.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER submissions_search_changed AFTER UPDATE ON submissions WHEN old.name_fold <> new.name_fold OR old.number_fold <> new.number_fold BEGIN
    UPDATE submission_parts SET name_fold = new.name_fold, number_fold = new.number_fold WHERE rowid = (SELECT n FROM submission_search WHERE submission_id = new.id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER submissions_search_removed AFTER DELETE ON submissions BEGIN
    DELETE FROM submission_parts WHERE rowid = (SELECT n FROM submission_search WHERE submission_id = old.id);
    DELETE FROM submission_search WHERE submission_id = old.id;
END;
-- +goose StatementEnd
INSERT INTO submission_search (submission_id) SELECT id FROM submissions ORDER BY id;
INSERT INTO submission_parts (rowid, name_fold, number_fold) SELECT s.n, p.name_fold, p.number_fold FROM submission_search s JOIN submissions p ON p.id = s.submission_id;

-- +goose Down
DROP TRIGGER submissions_search_removed;
DROP TRIGGER submissions_search_changed;
DROP TRIGGER submissions_search_added;
DROP TABLE submission_parts;
DROP TABLE submission_search;
