package sqlstore

import (
	"context"
	"errors"
	"time"

	"mohur/docket"
)

// CaseNews reads what the lines of the list say besides: two statements for a whole page of it.
func (w *work) CaseNews(ctx context.Context, submissions []docket.ID) (map[docket.ID]docket.CaseNews, error) {
	news := map[docket.ID]docket.CaseNews{}
	if len(submissions) == 0 {
		return news, nil
	}
	if err := w.told(ctx, submissions, news); err != nil {
		return nil, err
	}
	var q where
	q.in("submission_id", texts(submissions))
	q.and("NOT EXISTS (SELECT 1 FROM messages later WHERE later.submission_id = messages.submission_id AND later.from_agency = messages.from_agency" +
		" AND (later.sent > messages.sent OR later.sent = messages.sent AND later.id > messages.id))")
	last, err := many(ctx, w, "messages", messageColumns, q.String(), q.args...)
	if err != nil {
		return nil, err
	}
	for i := range last {
		m := &last[i]
		n := news[m.SubmissionID]
		if m.FromAgency {
			n.Came = m
		} else {
			n.Sent = m
		}
		news[m.SubmissionID] = n
	}
	return news, nil
}

// told reads when a body's people were told what in the pages.
func (w *work) told(ctx context.Context, submissions []docket.ID, news map[docket.ID]docket.CaseNews) (err error) {
	var q where
	q.in("submission_id", texts(submissions))
	q.and("channel = ?", string(docket.ChannelSystem))
	q.and("for_agency = ?", false)
	rows, err := w.tx.QueryContext(ctx, "SELECT submission_id, text_key, MAX(created) FROM notifications "+q.String()+" GROUP BY submission_id, text_key", q.args...)
	if err != nil {
		return translate(err)
	}
	defer func() { err = errors.Join(err, translate(rows.Close())) }()
	for rows.Next() {
		var id docket.ID
		var key string
		var at time.Time
		if err := rows.Scan(&id, &key, stamp{&at}); err != nil {
			return translate(err)
		}
		n := news[id]
		if n.Told == nil {
			n.Told = map[string]time.Time{}
		}
		n.Told[key] = at
		news[id] = n
	}
	return translate(rows.Err())
}
