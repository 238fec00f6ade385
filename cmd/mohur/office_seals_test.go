package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"mohur/docket"
	"mohur/internal/demopki"
	"mohur/internal/sealing"
	"mohur/signing"
	"mohur/signing/pades"
)

// sealed is what a request asks the real parts for, and the key of its refusal; empty: released.
func (k *killed) sealed(name string, q sealing.Request, want string) *docket.SealRequest {
	k.Helper()
	q.Client = sealing.Client{Name: "erp", Tenant: "agency"}
	q.Key = name
	r, err := k.office.sealing.Seal(k.Context(), q)
	if docket.KeyOf(err) != want || want == "" && r.State != docket.SealReleased {
		k.Errorf("%s: %v %+v, want %q", name, err, r, want)
	}
	return r
}

func document(b []byte) sealing.Request {
	return sealing.Request{Profile: killsProfile, File: bytes.NewReader(b), Size: int64(len(b))}
}

// variant brings another profile into force.
func (k *killed) variant(name string, change func(*docket.SealProfile)) {
	k.Helper()
	k.tx(func(w docket.Work) error {
		p, err := w.ActiveSealProfile(k.Context(), killsProfile)
		if err != nil {
			return err
		}
		next := *p
		next.ID, next.Name = docket.ID(name), name
		change(&next)
		return w.AddSealProfile(k.Context(), &next)
	})
}

// TestSealRequestsWithRealParts: a token, a timestamp authority, revocation data and our own verification, in every format.
func TestSealRequestsWithRealParts(t *testing.T) {
	k := newKilled(t, "sqlite:"+t.TempDir()+"/mohur.db", 1)
	page, err := k.world.application(director(), "1")
	if err != nil {
		t.Fatal(err)
	}
	for _, level := range docket.SealLevels() {
		k.variant("pdf-"+strings.ToLower(string(level)), func(p *docket.SealProfile) {
			p.Level = level
			p.Appearance = docket.SealAppearance{Visible: true, Lines: []string{"sınaq"}}
		})
		k.variant("cms-"+strings.ToLower(string(level)), func(p *docket.SealProfile) { p.Level, p.Format, p.HashAllowed = level, docket.FormatCAdES, true })
		pdf, cms := document(page), document([]byte("hər hansı mətn"))
		pdf.Profile, cms.Profile = "pdf-"+strings.ToLower(string(level)), "cms-"+strings.ToLower(string(level))
		k.sealed(pdf.Profile, pdf, "")
		k.sealed(cms.Profile+" detached", cms, "")
		cms.Packaging = docket.PackagingEnveloping
		k.sealed(cms.Profile+" enveloping", cms, "")
		k.sealed(cms.Profile+" hash", sealing.Request{Profile: cms.Profile, Digest: docket.HashOf(sha256.Sum256(page))}, "")
	}
	k.variant("certify", func(p *docket.SealProfile) { p.Certification, p.Input = 1, docket.InputUnsigned })
	certify := document(page)
	certify.Profile = "certify"
	certified := k.read(k.sealed("certify", certify, ""))
	r := k.sealed("nothing may follow", document(certified), docket.KeySealForbidden)
	if r == nil || r.State != docket.SealFailed || r.Check != "DocMDP" {
		t.Errorf("%+v", r)
	}
	k.sealed("certified once already", sealing.Request{Profile: "certify", File: bytes.NewReader(certified), Size: int64(len(certified))}, docket.KeyInputSigned)
	k.sealed("a second seal", document(k.read(k.sealed("a first seal", document(page), ""))), "")
	broken := bytes.Clone(certified)
	broken[bytes.Index(broken, []byte("stream\n"))+30] ^= 1
	k.sealed("broken", document(broken), docket.KeyInputBroken)
	k.sealed("no PDF", document([]byte("text")), docket.KeyFileType)
	digest := sha256.Sum256(page)
	values, err := k.office.sealing.SignHashes(t.Context(), sealing.HashRequest{
		Client: sealing.Client{Name: "erp", Tenant: "agency"}, Profile: "cms-b-b", Hashes: [][]byte{digest[:], digest[:]}, Opts: crypto.SHA256,
	})
	if err != nil || len(values) != 2 {
		t.Errorf("%v %v", values, err)
	}
	k.faults(page)
}

// faults: an authority that is dead, and one that lies, cost a clear refusal and nothing else.
func (k *killed) faults(page []byte) {
	for name, fault := range map[string]demopki.Fault{"refuses": {Refuse: true}, "lies": {WrongImprint: true}, "dead": {Dead: true}} {
		k.world.hierarchy.SetFault(demopki.TSAService, fault)
		r := k.sealed("authority "+name, document(page), docket.KeyTimestamp)
		if r == nil || r.State != docket.SealFailed || r.Released != "" {
			k.Errorf("%s: %+v", name, r)
		}
	}
	k.world.hierarchy.SetFault(demopki.TSAService, demopki.Fault{})
}

// read is the sealed file.
func (k *killed) read(r *docket.SealRequest) []byte {
	k.Helper()
	f, err := k.office.sealing.Open(k.Context(), r)
	if err != nil {
		k.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		k.Fatal(err)
	}
	return b
}

// TestWhyNotSealed: who is to blame decides whether another member may try.
func TestWhyNotSealed(t *testing.T) {
	for name, c := range map[string]struct {
		err error
		key string
	}{
		"the document":  {&pades.ForbiddenError{By: "Lock"}, docket.KeySealForbidden},
		"its field":     {&pades.SeedValueError{Constraint: "SubFilter"}, docket.KeySealForbidden},
		"not the first": {fmt.Errorf("x: %w", pades.ErrNotFirst), docket.KeySealForbidden},
		"the authority": {&signing.TimestampError{Reason: "unreachable"}, docket.KeyTimestamp},
		"evidence":      {&signing.EvidenceError{}, docket.KeySealUnchecked},
		"the key":       {&signing.KeyError{Err: errors.New("x")}, docket.KeySealing},
		"its value":     {signing.ErrBadValue, docket.KeySealing},
		"anything":      {io.ErrUnexpectedEOF, docket.KeySealing},
		"patience":      {context.DeadlineExceeded, docket.KeySealing},
	} {
		if err := whyNotSealed(c.err); docket.KeyOf(err) != c.key || !errors.Is(err, c.err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if whyNotSealed(nil) != nil {
		t.Error("nothing is something")
	}
}
