package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mohur/docket"
)

// Fault is a kind of disagreement between rows.
type Fault string

// The kinds of disagreements.
const (
	FaultGap       Fault = "number_gap"      // a number of a journal has no row, or its counter stands elsewhere
	FaultHolder    Fault = "number_holder"   // a number and what holds it disagree
	FaultState     Fault = "state"           // a state that there is none of, or that does not agree with what belongs to the row
	FaultVersions  Fault = "versions"        // a project's versions are not 1 to the last
	FaultIntent    Fault = "intent"          // a letter and its intent to seal disagree
	FaultReference Fault = "reference"       // a row names one that is not there
	FaultEngine    Fault = "database"        // the engine finds its own file damaged
	FaultSearch    Fault = "index_of_search" // what is searched by is not what is stored
)

// Disagreement is one thing that does not agree with another.
type Disagreement struct {
	Fault   Fault
	Subject string // a row's key or a journal's name
	Detail  string
}

// most is how many disagreements of one question are named.
const most = 100

// Disagreements holds the rows against each other as they stand at one moment: numbers, states, letters and intents, versions, references.
func (s *Store) Disagreements(ctx context.Context) (found []Disagreement, err error) {
	err = s.read(ctx, func(w *work) error {
		for _, ask := range []func(context.Context) ([]Disagreement, error){w.engineFaults, w.numberFaults, w.stateFaults, w.letterFaults, w.caseFaults, w.brokenReferences, w.searchFaults} {
			more, err := ask(ctx)
			if err != nil {
				return err
			}
			found = append(found, more...)
		}
		return nil
	})
	return found, err
}

// ask runs a question whose answers are pairs of subject and detail.
func (w *work) ask(ctx context.Context, fault Fault, why, query string, args ...any) ([]Disagreement, error) {
	pairs, err := w.pairs(ctx, query+fmt.Sprintf(" LIMIT %d", most), args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", why, err)
	}
	var out []Disagreement
	for _, p := range pairs {
		detail := why
		if p[1] != "" {
			detail += ": " + p[1]
		}
		out = append(out, Disagreement{fault, p[0], detail})
	}
	return out, nil
}

// question is one of several that are asked alike.
type question struct {
	fault      Fault
	why, query string
}

func (w *work) askAll(ctx context.Context, questions []question) (out []Disagreement, err error) {
	for _, q := range questions {
		more, err := w.ask(ctx, q.fault, q.why, q.query)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// engineFaults asks SQLite about its own file; PostgreSQL sees to its checksums itself.
func (w *work) engineFaults(ctx context.Context) ([]Disagreement, error) {
	if w.engine != SQLite {
		return nil, nil
	}
	pairs, err := w.pairs(ctx, "SELECT quick_check, '' FROM pragma_quick_check")
	if err != nil {
		return nil, err
	}
	var out []Disagreement
	for _, p := range pairs {
		if p[0] != "ok" {
			out = append(out, Disagreement{FaultEngine, "sqlite", p[0]})
		}
	}
	return out, nil
}

// numberFaults: every number of a journal has a row, whatever became of its letter, and what holds it says the same (requirements 8, 19).
func (w *work) numberFaults(ctx context.Context) ([]Disagreement, error) {
	const series = "n.journal || ' ' || n.unit || '/' || n.case_no || ' ' || n.year"
	return w.askAll(ctx, []question{
		{FaultGap, "the counter is not where the journal ends", `SELECT ` + series + `, 'counter ' || n.n || ', rows ' || COUNT(x.seq) || ', last ' || COALESCE(MAX(x.seq), 0)
			FROM number_counters n LEFT JOIN numbers x ON x.journal = n.journal AND x.unit = n.unit AND x.case_no = n.case_no AND x.year = n.year
			GROUP BY n.journal, n.unit, n.case_no, n.year, n.n HAVING COUNT(x.seq) <> n.n OR COALESCE(MAX(x.seq), 0) <> n.n`},
		{FaultGap, "the number before this one is missing", `SELECT ` + series + `, n.spelled FROM numbers n WHERE n.seq <> 1 AND NOT EXISTS
			(SELECT 1 FROM numbers x WHERE x.journal = n.journal AND x.unit = n.unit AND x.case_no = n.case_no AND x.year = n.year AND x.seq = n.seq - 1)`},
		{FaultGap, "a number of a journal that has no counter", `SELECT ` + series + `, n.spelled FROM numbers n WHERE NOT EXISTS
			(SELECT 1 FROM number_counters x WHERE x.journal = n.journal AND x.unit = n.unit AND x.case_no = n.case_no AND x.year = n.year)`},
		{FaultHolder, "nothing holds this number", `SELECT n.spelled, n.subject FROM numbers n WHERE NOT EXISTS (SELECT 1 FROM letters l WHERE l.id = n.subject)
			AND NOT EXISTS (SELECT 1 FROM submissions s WHERE s.id = n.subject)`},
		{FaultHolder, "the letter bears another number", `SELECT n.spelled, l.id || ' bears ' || l.number FROM numbers n JOIN letters l ON l.id = n.subject WHERE l.number <> n.spelled`},
		{FaultHolder, "the project bears another number", `SELECT n.spelled, s.id || ' bears ' || s.number FROM numbers n JOIN submissions s ON s.id = n.subject WHERE s.number <> n.spelled`},
		{FaultHolder, "the letter bears a number that no journal has", `SELECT l.id, l.number FROM letters l WHERE l.number <> '' AND l.kind <> 'receipt'
			AND NOT EXISTS (SELECT 1 FROM numbers n WHERE n.subject = l.id)`},
		{FaultHolder, "the project bears a number that no journal has", `SELECT s.id, s.number FROM submissions s WHERE s.number <> '' AND NOT EXISTS (SELECT 1 FROM numbers n WHERE n.subject = s.id)`},
	})
}

// stateFaults: every state is one of its table's.
func (w *work) stateFaults(ctx context.Context) (out []Disagreement, err error) {
	states := map[string][]string{
		"submissions":   statesOf(docket.SubmissionTransitions()),
		"registrations": statesOf(docket.RegistrationTransitions()),
		"letters":       statesOf(docket.LetterTransitions()),
		"case_tasks":    {string(docket.CaseTaskOpen), string(docket.CaseTaskAnswered), string(docket.CaseTaskTakenBack)},
	}
	for _, table := range []string{"submissions", "registrations", "letters", "case_tasks"} {
		var q where
		for _, s := range states[table] {
			q.and("state <> ?", s)
		}
		more, err := w.ask(ctx, FaultState, "there is no such state of "+table, "SELECT id, state FROM "+table+" "+q.String(), q.args...)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// statesOf lists the states of a table of transitions.
func statesOf[S ~string](table []docket.Transition[S]) (out []string) {
	for _, t := range table {
		for _, s := range []string{string(t.From), string(t.To)} {
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

// letterFaults: a letter that is to be sealed has a number and an intent; one that is sealed is what its intent released; one that was given up has
// neither a seal nor a number in force (decisions 8 to 12).
func (w *work) letterFaults(ctx context.Context) ([]Disagreement, error) {
	const from, sealed = " FROM letters l LEFT JOIN seal_intents i ON i.letter_id = l.id WHERE ", "l.state IN ('sealed', 'dispatched')"
	return w.askAll(ctx, []question{
		{FaultState, "a letter of this state bears a number", "SELECT l.id, l.state" + from + "l.state IN ('sealing', 'sealing_failed', 'sealed', 'dispatched', 'annulled') AND l.number = ''"},
		{FaultIntent, "a letter of this state has an intent to seal", "SELECT l.id, l.state" + from + "l.state IN ('sealing', 'sealing_failed', 'sealed', 'dispatched', 'annulled') AND i.id IS NULL"},
		{FaultIntent, "what was released is not what the letter has", "SELECT l.id, 'released ' || i.released || ', letter ' || l.sealed" + from + sealed + " AND i.released <> l.sealed"},
		{FaultIntent, "a sealed letter has a sealed file", "SELECT l.id, l.state" + from + sealed + " AND l.sealed = ''"},
		{FaultIntent, "something was released of a letter that is not sealed", "SELECT l.id, l.state" + from + "i.released <> '' AND NOT (" + sealed + ")"},
		{FaultIntent, "the intent names another number", "SELECT l.id, i.number || ', letter ' || l.number" + from + "i.number <> l.number"},
		{FaultIntent, "a letter that was given up has an open intent", "SELECT l.id, l.number" + from + "l.state = 'annulled' AND i.closed IS NULL"},
		{FaultHolder, "the number of a letter that was given up is in force", `SELECT l.id, l.number FROM letters l JOIN numbers n ON n.subject = l.id WHERE l.state = 'annulled' AND n.voided IS NULL`},
		{FaultState, "a letter that was dispatched says when", "SELECT l.id, l.number" + from + "l.state = 'dispatched' AND l.dispatched IS NULL"},
		{FaultState, "an opinion that is to be sealed was approved", "SELECT l.id, l.state" + from + "l.kind = 'opinion' AND l.state NOT IN ('draft', 'annulled') AND l.approved = ''"},
	})
}

// caseFaults: a project that was received has number, day and versions; one that is answered has its opinion; a deficient one an open notice.
func (w *work) caseFaults(ctx context.Context) ([]Disagreement, error) {
	const received = "s.state NOT IN ('draft', 'verifying')"
	return w.askAll(ctx, []question{
		{FaultState, "a received project has a number and a day", "SELECT s.id, s.state FROM submissions s WHERE " + received + " AND (s.number = '' OR s.received IS NULL)"},
		{FaultState, "a project that was not received has no number", "SELECT s.id, s.number FROM submissions s WHERE NOT (" + received + ") AND s.number <> ''"},
		{FaultVersions, "the versions are not 1 to the last", `SELECT s.id, 'version ' || s.version || ', ' || COUNT(v.n) || ' signed' FROM submissions s LEFT JOIN submission_versions v ON v.submission_id = s.id
			WHERE ` + received + ` GROUP BY s.id, s.version HAVING COUNT(v.n) <> s.version OR MAX(v.n) <> s.version`},
		{FaultVersions, "a project that was not received has signed versions", "SELECT s.id, s.state FROM submissions s WHERE NOT (" + received + ") AND EXISTS (SELECT 1 FROM submission_versions v WHERE v.submission_id = s.id)"},
		{FaultState, "an answered project has its sealed opinion", `SELECT s.id, s.state FROM submissions s WHERE s.state IN ('sealed', 'dispatched', 'archived')
			AND NOT EXISTS (SELECT 1 FROM letters l WHERE l.submission_id = s.id AND l.kind = 'opinion' AND l.state IN ('sealed', 'dispatched'))`},
		{FaultState, "a sealed opinion ends its project", `SELECT s.id, s.state FROM submissions s WHERE s.state NOT IN ('sealed', 'dispatched', 'archived')
			AND EXISTS (SELECT 1 FROM letters l WHERE l.submission_id = s.id AND l.kind = 'opinion' AND l.state IN ('sealed', 'dispatched'))`},
		{FaultState, "a deficient project has an open notice", `SELECT s.id, s.number FROM submissions s WHERE s.state = 'deficient'
			AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.submission_id = s.id AND n.answered IS NULL)`},
		{FaultState, "an approved registration is a body's", "SELECT r.id, r.state FROM registrations r WHERE r.state IN ('approved', 'suspended') AND r.body_id IS NULL"},
	})
}

// brokenReferences asks each foreign key: a database that was mended by hand, or loaded with its checks off, may hold what it would refuse.
func (w *work) brokenReferences(ctx context.Context) (out []Disagreement, err error) {
	refs, err := w.references(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range refs {
		if strings.ContainsAny(r.table+r.column+r.to+r.key, " \"'") {
			return nil, errors.New("sqlstore: a name of a table or column that needs quotes")
		}
		more, err := w.ask(ctx, FaultReference, r.table+"."+r.column+" names no row of "+r.to, fmt.Sprintf(
			"SELECT c.%[2]s, '' FROM %[1]s c WHERE c.%[2]s IS NOT NULL AND NOT EXISTS (SELECT 1 FROM %[3]s p WHERE p.%[4]s = c.%[2]s)", r.table, r.column, r.to, r.key))
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// searchFaults: what SQLite's index of trigrams numbers are the projects that there are. PostgreSQL keeps its index itself.
func (w *work) searchFaults(ctx context.Context) ([]Disagreement, error) {
	if w.engine != SQLite {
		return nil, nil
	}
	return w.askAll(ctx, []question{
		{FaultSearch, "this project is not in the index of the search", "SELECT s.id, '' FROM submissions s WHERE NOT EXISTS (SELECT 1 FROM submission_search x WHERE x.submission_id = s.id)"},
		{FaultSearch, "the index of the search has a project that there is none of", "SELECT x.submission_id, '' FROM submission_search x WHERE NOT EXISTS (SELECT 1 FROM submissions s WHERE s.id = x.submission_id)"},
	})
}
