package main

import (
	"errors"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
)

// labelled is a project for official use of the body whose case is walked; its first signer is its reader, nobody of the agency is.
func (a *access) labelled() docket.ID {
	a.Helper()
	now, body := time.Now().UTC(), a.demo.story.rep
	sub := &docket.Submission{
		ID: docket.NewID(now), BodyID: body.BodyID, BodyName: body.BodyName, UserID: a.accounts["body-admin"], State: docket.SubmissionSent, Number: "1/1-99", Version: 1,
		Created: now, Received: now, Touched: now, Due: calendar.DateOf(now), DueRule: "30 calendar", Procedure: docket.ProcedureOpinion, ProcedureVersion: 1,
		Label: docket.LabelOfficialUse, Form: docket.Form{ProjectName: "Məxfi layihə", OfficialUse: true}, Rev: 1,
	}
	a.must(a.demo.world.office.store.InTx(a.Context(), func(w docket.Work) error {
		return errors.Join(w.AddSubmission(a.Context(), sub),
			w.AddReader(a.Context(), &docket.Reader{ID: docket.NewID(now), Subject: sub.ID, UserID: sub.UserID, Name: "İlk imzalayan", Added: now}))
	}))
	return sub.ID
}

// readerIDs are what the pages of a labelled project's readers need.
func (a *access) readerIDs(ids accessIDs) {
	a.Helper()
	labelled := a.labelled()
	of := func(v docket.ID) func(whoAsks) string { return func(whoAsks) string { return string(v) } }
	for _, route := range []string{"/submissions/{id}/readers", "/submissions/{id}/readers/remove", "/confidential/{id}", "/confidential/{id}/remove"} {
		ids[route+" {id}"] = of(labelled)
	}
	ids["/outgoing/{id}"] = of(labelled) // none: a conflict for who may
	ids["/submissions/{id}/readers/remove reader"] = of(a.newUser(a.demo.story.rep.BodyID, docket.RoleRepresentative))
	ids["/confidential/{id}/remove reader"] = of(a.accounts["coordinator"])
}
