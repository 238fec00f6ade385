package pdf

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"testing"

	"mohur/internal/seeds"
)

// small keeps one run of a fuzz target short.
var small = Limits{Objects: 20_000, Depth: 40, Inflated: 4 << 20, Stream: 1 << 20, Revisions: 20, Token: 1 << 20, Compared: 5_000}

// FuzzObject: whatever parses is written and parsed again to the same bytes.
func FuzzObject(f *testing.F) {
	for _, s := range []string{"<</A [1 -2.5 (x\\)) <ff> /N#20 true null 1 0 R]>>", "(((", "<4", "[/ / //]", "-.", "1 0 R", "<</A>>"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p := &parser{cursor: memoryCursor(b), limits: small}
		o, err := p.object(0, "")
		if err != nil {
			if !typed(err) {
				t.Fatal(err)
			}
			return
		}
		first := AppendObject(nil, o)
		p = &parser{cursor: memoryCursor(first), limits: small.withDefaults()}
		p.limits.Objects, p.limits.Depth = 1<<30, 1<<20
		again, err := p.object(0, "")
		if err != nil || !bytes.Equal(AppendObject(nil, again), first) {
			t.Fatalf("%q %v", first, err)
		}
	})
}

func FuzzOpen(f *testing.F) {
	f.Add(simple().Bytes())
	f.Add(streamed(""))
	f.Add(hybrid(true))
	f.Add(manyRevisions(3))
	for _, c := range changeCases {
		b := signed(" /Perms <</DocMDP 8 0 R>>", docMDP(2), "")
		c.update(b)
		f.Add(b.Bytes())
	}
	for _, c := range encrypted {
		f.Add(encryptedFile(c.dict, c.title, c.body))
	}
	for _, b := range seeds.Files(f, ".pdf") {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := everything(bytes.NewReader(b), int64(len(b)), small); !typed(err) {
			t.Fatalf("untyped error %v", err)
		}
	})
}

// FuzzXRef feeds the decoder of cross-reference streams.
func FuzzXRef(f *testing.F) {
	f.Add([]byte(xrefRow(1, 9, 0)+xrefRow(2, 1, 1)), "[1 4 2]", "[0 2]")
	f.Add([]byte("abc"), "[0 1 0]", "[5 1 3 9]")
	f.Fuzz(func(t *testing.T, rows []byte, w, index string) {
		b := newBuilder()
		b.obj(1, "<</Type /Catalog>>")
		at := b.Len()
		b.stream(2, "/Type /XRef /Root 1 0 R /W "+w+" /Index "+index, string(rows))
		fmt.Fprintf(b, "startxref\n%d\n%%%%EOF\n", at)
		if err := everything(bytes.NewReader(b.Bytes()), int64(b.Len()), small); !typed(err) {
			t.Fatalf("untyped error %v", err)
		}
	})
}

// FuzzDecrypt feeds encryption dictionaries and what they are said to encrypt.
func FuzzDecrypt(f *testing.F) {
	for _, c := range encrypted {
		raw, _ := hex.DecodeString(c.body)
		f.Add(c.dict, c.title, raw, "user")
	}
	f.Fuzz(func(t *testing.T, dict, title string, body []byte, password string) {
		raw := encryptedFile(dict, title, hex.EncodeToString(body))
		d, err := Open(bytes.NewReader(raw), int64(len(raw)), Options{Password: []byte(password), Limits: small})
		if err != nil {
			if !typed(err) {
				t.Fatal(err)
			}
			return
		}
		d.dict(d.Trailer()["Info"])
		if s, ok := d.Resolve(Ref{5, 0}).(*Stream); ok {
			_, _ = d.DecodeStream(s)
		}
	})
}

// FuzzFilters: no decoder gives more than the budget, none fails.
func FuzzFilters(f *testing.F) {
	f.Add("/LZWDecode", []byte("\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01"), 1)
	f.Add("/RunLengthDecode", []byte("\x02abc\xfeX\x80"), 1)
	f.Add("[/ASCII85Decode /FlateDecode]", []byte("z!!~>"), 12)
	f.Add("/AHx", []byte("41>"), 1)
	f.Add("8 0 R", []byte("41>"), 1) // a filter that is another object
	host := simple().Bytes()
	f.Fuzz(func(t *testing.T, filter string, data []byte, predictor int) {
		d, err := Open(bytes.NewReader(host), int64(len(host)), Options{Limits: small})
		if err != nil {
			t.Fatal(err)
		}
		p := &parser{cursor: memoryCursor([]byte(filter)), limits: small.withDefaults()}
		name, err := p.object(0, "")
		if err != nil {
			return
		}
		s := NewStream(Dict{"Filter": name, "DecodeParms": Dict{"Predictor": Integer(predictor), "Columns": Integer(3)}}, data)
		if out, _ := d.DecodeStream(s); int64(len(out)) > small.Stream+1 {
			t.Fatal(len(out))
		}
	})
}
