package verify_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"mohur/internal/cms"
	"mohur/internal/demopki"
	"mohur/verify"
	"mohur/verify/etsi"
)

// TestManyArchiveTimestamps: whoever puts hundreds of archive timestamps over large content into a message doesn't make the verifier hash it
// hundreds of times.
func TestManyArchiveTimestamps(t *testing.T) {
	w := newWorld(t)
	content := bytes.Repeat([]byte("Müqavilə"), 4<<20/9)
	o := &older{w: w, tsa: w.pki.TSA()}
	o.doc = w.message(w.person(demopki.Person{}), content, func(b *cms.Builder) { b.Content = content })
	var attributes [][]byte
	for range 300 {
		attributes = append(attributes, cms.EncodeAttribute(cms.OIDArchiveTimestampV2, o.stamp([]byte("something else"))))
	}
	var err error
	if o.doc, err = cms.AddUnsignedAttributes(o.doc, 0, attributes...); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	s := w.verify(o.input()).Signatures[0]
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
	if len(s.Timestamps) != 100 || !slices.Contains(reasonKeys(s, verify.SeverityWarning), verify.ConstraintStructure) || s.Indication != etsi.TotalPassed {
		t.Errorf("%d timestamps, %s/%s %v", len(s.Timestamps), s.Indication, s.SubIndication, reasonKeys(s, verify.SeverityWarning))
	}
	for _, stamp := range s.Timestamps {
		if stamp.SubIndication != etsi.HashFailure {
			t.Fatalf("%s/%s", stamp.Indication, stamp.SubIndication)
		}
	}
}
