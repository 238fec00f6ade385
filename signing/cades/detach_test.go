package cades

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"mohur/internal/demopki"
	"mohur/signing"
)

// TestTakenApart: without its content a message is the detached signature over it.
func TestTakenApart(t *testing.T) {
	e := newEpoch(t)
	for _, content := range [][]byte{letter, {}, bytes.Repeat([]byte("a"), 70_000)} {
		o := e.options(t, signing.BaselineLTA, demopki.P256)
		m := signed(t, content, o)
		a, err := TakeApart(bytes.NewReader(m), int64(len(m)))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(a.Content); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%d octets of content", len(got))
		}
		if bytes.Equal(content, letter) {
			e.passes(t, a.Message, true, e.at, "LTA")
			e.opens(t, a.Message, true)
		}
	}
	o := e.options(t, signing.BaselineB, demopki.P256)
	o.Detached = true
	m := signed(t, letter, o)
	if _, err := TakeApart(bytes.NewReader(m), int64(len(m))); !errors.Is(err, ErrNoContent) {
		t.Error(err)
	}
}

func FuzzTakeApart(f *testing.F) {
	e := newEpoch(f)
	m := signed(f, letter, e.options(f, signing.BaselineB, demopki.P256))
	f.Add(m)
	f.Add(m[:len(m)/2])
	f.Add([]byte{0x30, 0x80})
	f.Fuzz(func(t *testing.T, m []byte) {
		a, err := TakeApart(bytes.NewReader(m), int64(len(m)))
		if err != nil {
			return
		}
		if a.Content.Size() > int64(len(m)) || len(a.Message) > len(m)+16 {
			t.Errorf("%d octets of content, a message of %d from %d", a.Content.Size(), len(a.Message), len(m))
		}
	})
}
