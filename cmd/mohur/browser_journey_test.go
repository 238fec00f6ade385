package main

import (
	"context"
	"testing"
	"time"

	"mohur/internal/demopki"
	"mohur/internal/store/storetest"
)

// TestJourneys walks the journeys of requirements 11 through the pages of the real program, on SQLite and on PostgreSQL: its database, tokens,
// certificates, mail and verification, in headless Chromium. Each page is looked at with axe-core and at a width of 320 pixels.
func TestJourneys(t *testing.T) {
	postgres, err := storetest.StartPostgres()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := postgres.Stop(); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	t.Cleanup(cancel)
	t.Run("sqlite", func(t *testing.T) { walkJourneys(ctx, t, "") })
	t.Run("postgres", func(t *testing.T) {
		dsn, err := postgres.NewDatabase()
		if err != nil {
			t.Fatal(err)
		}
		walkJourneys(ctx, t, dsn)
	})
}

// journeySteps are the journeys in the order in which one case needs them.
func journeySteps() []struct {
	name string
	walk func(*journey)
} {
	type step = struct {
		name string
		walk func(*journey)
	}
	return []step{
		{"public", (*journey).public},
		{"J2", (*journey).refusedLetters},
		{"J1", func(j *journey) { j.register(j.letter) }},
		{"J3", func(j *journey) { j.approve(); j.rep = j.newRepresentative() }},
		{"J4,J5", func(j *journey) { j.own = j.rep.sendSigned(j.head) }},
		{"J8", func(j *journey) { j.rep.correspond(j.own) }},
		{"token", (*journey).token},
		{"J4 with the demo's token", func(j *journey) {
			j.demoRep = j.logIn(j.demo.story.rep.UserID)
			j.number, j.id = j.demoRep.sendWithDemoToken()
		}},
		{"J7,J9", func(j *journey) { j.answer(j.number, j.id, j.demoRep) }},
		{"J10", func(j *journey) { j.demoRep.receive(j.number) }},
		{"oversee", (*journey).oversee},
		{"J6", (*journey).list},
		{"strangers", func(j *journey) { j.strangers(j.own) }},
	}
}

// walkJourneys opens an office over a database and walks it. The first journey that fails ends the walk, for the others stand on it.
func walkJourneys(ctx context.Context, t *testing.T, dsn string) {
	t.Helper()
	j := newJourney(ctx, t, dsn)
	var err error
	j.letter, j.head, err = j.demo.world.letter(j.ctx, newHead(), "4/1-15")
	j.must(err)
	for _, s := range journeySteps() {
		if !t.Run(s.name, func(t *testing.T) { j.T = t; s.walk(j) }) {
			t.Fatalf("%s failed; what follows stands on it", s.name)
		}
	}
}

// caseOf is what the journeys hand on to one another.
type caseOf struct {
	letter     []byte          // application of a body that the demo leaves alone
	head       *demopki.Signer // who signed it
	rep        *person         // he, at the pages
	own        string          // his project
	demoRep    *person         // the demo's representative
	number, id string          // his project
}
