-- +goose Up
-- Each order of a list has an index with the row's id behind it, so that a page goes on after any row; each filter that few rows pass has one too. State and
-- label stand at the end of those that are counted most, so that counting reads no rows.
DROP INDEX submissions_body;
DROP INDEX submissions_due;
CREATE INDEX submissions_received_list ON submissions (received_day, id, state, label);
CREATE INDEX submissions_due ON submissions (due, id);
CREATE INDEX submissions_received_due_list ON submissions (received_day, due);
CREATE INDEX submissions_due_received_list ON submissions (due, received_day);
CREATE INDEX submissions_name_list ON submissions (name_sort, id);
CREATE INDEX submissions_body ON submissions (body_id, received_day, id, state, label);
CREATE INDEX submissions_body_due_list ON submissions (body_id, due, id);
CREATE INDEX submissions_body_name_list ON submissions (body_id, name_sort, id);
CREATE INDEX submissions_state_list ON submissions (state, received_day, id);
CREATE INDEX submissions_state_due_list ON submissions (state, due, id);
CREATE INDEX submissions_expert_list ON submissions (expert, received_day, id);
CREATE INDEX submissions_labelled_list ON submissions (id) WHERE label NOT IN ('', 'open');
CREATE INDEX submissions_drafts_list ON submissions (touched, id) WHERE state = 'draft';
DROP INDEX letters_mailbox;
CREATE INDEX letters_mailbox ON letters (body_id, dispatched, id, label, submission_id) WHERE dispatched IS NOT NULL;
CREATE INDEX letters_registration_list ON letters (registration_id) WHERE registration_id IS NOT NULL;
CREATE INDEX seal_intents_open_list ON seal_intents (id) WHERE released = '' AND closed IS NULL;
CREATE INDEX notifications_agency_list ON notifications (created, id) WHERE channel = 'system' AND for_agency;
CREATE INDEX notifications_outgoing_list ON notifications (created, id) WHERE channel <> 'system';
CREATE INDEX numbers_annulled_list ON numbers (journal, day, unit, case_no, seq) WHERE voided IS NOT NULL;
CREATE INDEX dispatches_unconfirmed_list ON dispatches (id) WHERE confirmed IS NULL;
DROP INDEX deadlines_due;
CREATE INDEX deadlines_due ON deadlines (due, id) WHERE closed IS NULL;

-- +goose Down
DROP INDEX deadlines_due;
CREATE INDEX deadlines_due ON deadlines (due);
DROP INDEX dispatches_unconfirmed_list;
DROP INDEX numbers_annulled_list;
DROP INDEX notifications_outgoing_list;
DROP INDEX notifications_agency_list;
DROP INDEX seal_intents_open_list;
DROP INDEX letters_registration_list;
DROP INDEX letters_mailbox;
CREATE INDEX letters_mailbox ON letters (body_id, dispatched);
DROP INDEX submissions_drafts_list;
DROP INDEX submissions_labelled_list;
DROP INDEX submissions_expert_list;
DROP INDEX submissions_state_due_list;
DROP INDEX submissions_state_list;
DROP INDEX submissions_body_name_list;
DROP INDEX submissions_body_due_list;
DROP INDEX submissions_body;
DROP INDEX submissions_name_list;
DROP INDEX submissions_due_received_list;
DROP INDEX submissions_received_due_list;
DROP INDEX submissions_due;
DROP INDEX submissions_received_list;
CREATE INDEX submissions_due ON submissions (due);
CREATE INDEX submissions_body ON submissions (body_id, received_day);
