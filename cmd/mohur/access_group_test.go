package main

import (
	"slices"

	"mohur/docket"
	"mohur/internal/desk"
)

// groupTable are the pages of a project's working group (S1-34, S3-04).
func groupTable() []accessRow {
	return []accessRow{
		{route: "GET /incoming/{id}/tasks", who: "coordinator"},
		{route: "POST /incoming/{id}/tasks", who: "coordinator"},
		{route: "GET /incoming/{id}/opinion", who: "expert"},
		{route: "POST /incoming/{id}/opinion", who: "expert"},
		{route: "POST /incoming/{id}/visas", who: "expert"},
		{route: "GET /incoming/{id}/letters/{letter}/versions/{n}", who: "case"},
		{route: "GET /tasks", who: "experts visa-giver"},
		{route: "GET /tasks/{id}", who: "case"},
		{route: "POST /tasks/{id}/opinion", who: "expert"},
		{route: "POST /tasks/{id}/person", who: "coordinator visa-giver"},
		{route: "POST /tasks/{id}/lead", who: "coordinator"},
		{route: "POST /tasks/{id}/back", who: "coordinator"},
		{route: "GET /tasks/{id}/files/{opinion}/{file}", who: "case"},
		{route: "GET /visas", who: "visa-giver"},
		{route: "GET /visas/{id}", who: "case"},
		{route: "POST /visas/{id}/give", who: "visa-giver"},
		{route: "POST /visas/{id}/refuse", who: "visa-giver"},
	}
}

// groupIDs says what stands for their parts: what the IT department did in the case that went all its way.
func (a *access) groupIDs(ids accessIDs) {
	a.Helper()
	v, err := a.desk().Submission(a.Context(), a.demo.story.staff[docket.RoleCoordinator], a.demo.story.project.ID)
	a.must(err)
	it := a.demo.story.units["it"].ID
	task := v.Group.Tasks[slices.IndexFunc(v.Group.Tasks, func(t desk.TaskView) bool { return t.UnitID == it })]
	visa := v.Group.Visas[slices.IndexFunc(v.Group.Visas, func(t desk.VisaView) bool { return t.UnitID == it })]
	for path, id := range map[string]docket.ID{
		"/tasks/{id}": task.ID, "/visas/{id}": visa.ID, "/tasks/{id}/files/{opinion}": task.Last().ID, "/incoming/{id}/letters/{letter}/versions/{n}": "1",
		"/tasks/{id}/files/{opinion}/{file}": task.Last().Attachments[0].ID,
	} {
		ids[path] = func(whoAsks) string { return string(id) }
	}
}
