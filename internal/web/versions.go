package web

import (
	"mohur/docket"
)

// versionChange is one thing that a version of a project changed (requirements 8, 6).
type versionChange struct{ Label, Old, New string }

// versionChanges compares each signed version with the one before it: fields, documents taken out, put in or replaced under their name.
func (v *view) versionChanges(versions []docket.Version) map[int][]versionChange {
	out := map[int][]versionChange{}
	for i := 1; i < len(versions); i++ {
		old, now := versions[i-1], versions[i]
		var changes []versionChange
		add := func(label, before, after string) {
			if before != after {
				changes = append(changes, versionChange{v.T(label), before, after})
			}
		}
		add("submit.cover.number", old.Form.CoverNumber, now.Form.CoverNumber)
		add("submit.cover.date", v.Day(old.Form.CoverDate), v.Day(now.Form.CoverDate))
		add("submit.type", v.documentType(old.Form.DocumentType), v.documentType(now.Form.DocumentType))
		add("submit.name", old.Form.ProjectName, now.Form.ProjectName)
		for _, f := range old.Files {
			if !holds(now.Files, f) {
				add("versions.file", f.Name, "")
			}
		}
		for _, f := range now.Files {
			if !holds(old.Files, f) {
				add("versions.file", "", f.Name)
			}
		}
		out[now.N] = changes
	}
	return out
}

// documentType names a kind of project.
func (v *view) documentType(t docket.DocumentType) string {
	if t == "" {
		return ""
	}
	return v.T("document_type." + string(t))
}

// holds says whether the very same document is among the files: its name and its bytes.
func holds(files []docket.File, f docket.File) bool {
	for _, g := range files {
		if g.Name == f.Name && g.Blob == f.Blob {
			return true
		}
	}
	return false
}
