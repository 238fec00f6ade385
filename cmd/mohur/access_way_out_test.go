package main

import (
	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/desk"
)

// newDelegation lets one new person stand in for another.
func (a *access) newDelegation(whoAsks) string {
	a.Helper()
	today := calendar.DateOf(a.demo.world.now())
	d, err := a.desk().Delegate(a.Context(), a.demo.story.staff[docket.RoleSignatory], desk.DelegationInput{
		Absent: a.newUser("", docket.RoleArchivist), Delegate: a.newUser("", docket.RoleArchivist), Roles: []docket.Role{docket.RoleArchivist},
		FirstDay: today, LastDay: today.AddDays(7), Reason: "məzuniyyət",
	})
	a.must(err)
	return string(d.ID)
}

// newCopy is a copy of the opinion on its way by post.
func (a *access) newCopy(whoAsks) string {
	a.Helper()
	e, err := a.desk().AddCopy(a.Context(), a.demo.story.staff[docket.RoleCoordinator], desk.CopyInput{
		LetterID: a.demo.story.opinion.ID, Addressee: "Şəki Şəhər İcra Hakimiyyəti", Channel: docket.DispatchPost,
	})
	a.must(err)
	return string(e.ID)
}
