-- +goose Up
-- What is searched by any part of it, by its trigrams. Without the right to make the extension, or without its package, the tables are read instead;
-- the text runs again at each start until the indexes are there.
-- +goose StatementBegin
DO $$
BEGIN
    BEGIN
        CREATE EXTENSION IF NOT EXISTS pg_trgm;
    EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
        RAISE NOTICE 'pg_trgm: %', SQLERRM;
    END;
    IF EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm') THEN
        CREATE INDEX IF NOT EXISTS submissions_name_part ON submissions USING gin (name_fold gin_trgm_ops);
        CREATE INDEX IF NOT EXISTS submissions_number_part ON submissions USING gin (number_fold gin_trgm_ops);
        CREATE INDEX IF NOT EXISTS numbers_part ON numbers USING gin (spelled gin_trgm_ops);
        CREATE INDEX IF NOT EXISTS dispatches_addressee_part ON dispatches USING gin (addressee_fold gin_trgm_ops);
        CREATE INDEX IF NOT EXISTS dispatches_number_part ON dispatches USING gin (number gin_trgm_ops);
    END IF;
END
$$;
-- +goose StatementEnd

-- +goose Down
DROP INDEX IF EXISTS dispatches_number_part;
DROP INDEX IF EXISTS dispatches_addressee_part;
DROP INDEX IF EXISTS numbers_part;
DROP INDEX IF EXISTS submissions_number_part;
DROP INDEX IF EXISTS submissions_name_part;
