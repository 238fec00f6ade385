package pdf

import (
	"strings"
	"testing"
)

func TestOpenTable(t *testing.T) {
	d := open(t, simple().Bytes())
	if d.XRefKind() != XRefTable || d.NextObject() != 5 || d.Catalog()["Type"] != Name("Catalog") {
		t.Fatalf("kind %v next %d catalog %v", d.XRefKind(), d.NextObject(), d.Catalog())
	}
	s, _ := d.Resolve(Ref{4, 0}).(*Stream)
	b, err := d.DecodeStream(s)
	if err != nil || string(b) != "0 0 10 10 re f" {
		t.Fatalf("%q %v", b, err)
	}
	if len(d.Problems()) != 0 {
		t.Fatal(d.Problems())
	}
}

func TestAppendObjectRoundTrip(t *testing.T) {
	in := `<</A [1 -2 0.5 true null (a\(b\)\\) <00ff80>] /B#20C /D#23 /E <</F 12 0 R>>>>`
	p := &parser{cursor: memoryCursor([]byte(in)), limits: Limits{}.withDefaults()}
	o, err := p.object(0, "")
	if err != nil {
		t.Fatal(err)
	}
	first := string(AppendObject(nil, o))
	p = &parser{cursor: memoryCursor([]byte(first)), limits: Limits{}.withDefaults()}
	again, err := p.object(0, "")
	if err != nil || string(AppendObject(nil, again)) != first {
		t.Fatalf("%s: %v", first, err)
	}
	if !strings.Contains(first, "12 0 R") || !strings.Contains(first, "/B#20C") {
		t.Fatal(first)
	}
}
