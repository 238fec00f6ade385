package sqlstore

import (
	"slices"
	"testing"
)

// TestEveryFileColumnIsKnown: a column that is called like one with the hash of a file is one that back-up and fsck know, or is said to hold none.
func TestEveryFileColumnIsKnown(t *testing.T) {
	called := []string{"blob", "letter", "record", "record_data", "signed", "page", "document", "sealed", "unsealed", "approved", "released", "file", "report", "image", "evidence_blob"}
	none := []string{
		"verifications.blob", "audit_log.blob", // of what was judged or done: the file is another row's, or was not kept
		"letters.approved",         // the page of one of its versions
		"stored_verdicts.document", // the file itself lies there only where that was asked for
		"verifications.report",     // the report itself
	}
	engines.Each(t, func(t *testing.T, dsn string) {
		known := 0
		_, err := opened(t, dsn).Export(t.Context(), func(table string, fields []Field) (func([]any) error, error) {
			for _, column := range fileColumns(table) {
				if !slices.ContainsFunc(fields, func(f Field) bool { return f.Name == column && f.Kind == KindText }) {
					t.Errorf("%s has no column %s", table, column)
				}
				known++
			}
			for _, f := range fields {
				if f.Kind == KindText && slices.Contains(called, f.Name) && !slices.Contains(fileColumns(table), f.Name) && !slices.Contains(none, table+"."+f.Name) {
					t.Errorf("does %s.%s hold the hash of a file? fileColumns or this test must say so", table, f.Name)
				}
			}
			return func([]any) error { return nil }, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if known < 20 {
			t.Errorf("%d columns are known", known)
		}
	})
}

func TestFilesInJSON(t *testing.T) {
	h := "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
	var found []FileRef
	find := FilesOf("submissions", []Field{{"id", KindText}, {"files", KindText}, {"incoming", KindText}, {"record", KindText}, {"project_name", KindText}})
	err := find([]any{"s1", `[{"name":"\"blob\":\"","blob":"` + h + `"},{"blob":""}]`, `{"signed":"` + h + `"}`, h, `blob":"` + h}, func(r FileRef) error {
		found = append(found, r)
		return nil
	})
	if err != nil || len(found) != 3 || found[0].Column != "files" || found[1].Column != "incoming" || found[2].Column != "record" || found[2].Row != "s1" {
		t.Errorf("%+v %v", found, err)
	}
}
