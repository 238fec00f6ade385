package verify_test

import (
	"bytes"
	"context"
	"testing"

	"mohur/internal/demopki"
	"mohur/verify"
	"mohur/verify/etsi"
)

// TestAFileThatIsNotHereIsNotCovered: of a detached signature alone nobody can say that it covers a whole file.
func TestAFileThatIsNotHereIsNotCovered(t *testing.T) {
	w := newWorld(t)
	content := []byte("məktub")
	doc := w.message(w.person(demopki.Person{}), content, nil)
	in := verify.Input{Name: "x.p7s", Content: bytes.NewReader(doc), Size: int64(len(doc)), Time: noon()}
	r, err := verify.Document(context.Background(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s := r.Signatures[0]; s.Coverage != verify.CoversPartial || s.SubIndication != etsi.SignedDataNotFound {
		t.Errorf("%s, covers %s", s.SubIndication, s.Coverage)
	}
}
