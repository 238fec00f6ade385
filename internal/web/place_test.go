package web

import (
	"net/url"
	"testing"

	"mohur/docket"
	"mohur/internal/desk"
)

// TestPagesGoOnAfterARow: however far down a list is read, its next page goes on after the last row shown (requirements S1-20).
func TestPagesGoOnAfterARow(t *testing.T) {
	rows := []desk.SubmissionRow{{Submission: docket.Submission{ID: "first"}}, {Submission: docket.Submission{ID: "last"}}}
	for _, c := range []struct {
		query          string
		n, from        int
		after, before  docket.ID
		offset         int
		previous, next string
	}{
		{"name=a&after=x", 1, 0, "", "", 0, "", "/s?after=last&name=a&page=2"},
		{"page=2&after=x", 2, 20, "x", "", 0, "/s?page=1", "/s?after=last&page=3"},
		{"page=400&before=x", 400, 7980, "", "x", 0, "/s?before=first&page=399", "/s?after=last&page=401"},
		{"page=400&after=y&before=x", 400, 7980, "y", "", 0, "/s?before=first&page=399", "/s?after=last&page=401"},
		{"page=9000", 500, 9980, "", "", 9980, "/s?before=first&page=499", "/s?after=last&page=501"},
	} {
		q, err := url.ParseQuery(c.query)
		if err != nil {
			t.Fatal(err)
		}
		f, n := docket.SubmissionFilter{Limit: 20}, c.n
		if c.query == "page=9000" {
			n = 9000
		}
		from := place(q, &f, &n)
		previous, next := pageLinks("/s", q, n, rows, true)
		if n != c.n || from != c.from || f.After != c.after || f.Before != c.before || f.Offset != c.offset || previous != c.previous || next != c.next {
			t.Errorf("%s: page %d from %d, %+v, %s, %s", c.query, n, from, f, previous, next)
		}
	}
}
