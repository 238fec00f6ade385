package sealing

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/desk"
	"mohur/internal/store/blob"
	"mohur/internal/store/sqlstore"
	"mohur/verify/etsi"
)

const mark = "\n%SIG " // what the tests' signatures look like: a line after the content

// fakeVerifier believes what the marks say.
type fakeVerifier struct {
	mu      sync.Mutex
	version string
	err     error
	calls   int
}

func (f *fakeVerifier) PolicyVersion(string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.version
}

func (f *fakeVerifier) SignedOnly(context.Context, desk.VerifyInput, int64) (bool, error) {
	return false, errors.New("not asked")
}

func (f *fakeVerifier) Verify(_ context.Context, in desk.VerifyInput) (*docket.Verification, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	if f.err != nil {
		return nil, f.err
	}
	b, _ := io.ReadAll(io.NewSectionReader(in.File, 0, in.Size))
	v := &docket.Verification{Format: "CMS", Indication: etsi.NoSignatureFound, Report: []byte("{}"), Evidence: []docket.Evidence{{Kind: "CRL", DER: []byte("a CRL")}}}
	if strings.HasPrefix(string(b), "%PDF") {
		v.Format = "PDF"
	}
	for i, part := range strings.Split(string(b), mark)[1:] {
		var g docket.SignatureVerdict
		if err := json.Unmarshal([]byte(part), &g); err != nil {
			return nil, err
		}
		g.ID = fmt.Sprintf("S-%d", i)
		v.Signatures, v.Indication = append(v.Signatures, g), g.Indication
	}
	return v, nil
}

// member is a key of the fake sealer.
type member struct {
	Member
	key *ecdsa.PrivateKey
	err error // of every signature
}

// fakeSealer seals with a line of text. It counts signatures as a token would.
type fakeSealer struct {
	members []*member
	cSign   atomic.Int64
	verdict func(*docket.SignatureVerdict)      // what becomes of our own signature
	hang    bool                                // until the context ends
	during  func(docket.Hash)                   // before the member signs
	write   func(in Input, out io.Writer) error // instead of a seal
}

func newSealer(t *testing.T, members int) *fakeSealer {
	s := &fakeSealer{}
	for i := range members {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		s.members = append(s.members, &member{Member: Member{Name: fmt.Sprint(i), Key: fmt.Sprintf("seal-%d", i), Certificate: docket.HashOf([32]byte{0xc0, byte(i)}), Public: key.Public()}, key: key})
	}
	return s
}

func (s *fakeSealer) Choose(_ context.Context, _ *docket.SealProfile, except ...string) (*Member, error) {
	for _, m := range s.members {
		out := false
		for _, e := range except {
			out = out || e == m.Name
		}
		if !out {
			return &m.Member, nil
		}
	}
	return nil, docket.Refuse(docket.CodeUnavailable, docket.KeySealStopped).Because(desk.ErrMember)
}

func (s *fakeSealer) Member(_ context.Context, _ *docket.SealProfile, certificate docket.Hash) (*Member, error) {
	for _, m := range s.members {
		if m.Certificate == certificate {
			return &m.Member, nil
		}
	}
	return nil, docket.Refuse(docket.CodeUnavailable, docket.KeyNoSigningWay)
}

func (s *fakeSealer) sign(certificate docket.Hash, digest []byte) ([]byte, error) {
	if s.during != nil {
		s.during(certificate)
	}
	for _, m := range s.members {
		if m.Certificate != certificate {
			continue
		}
		if m.err != nil {
			return nil, m.err
		}
		s.cSign.Add(1)
		return ecdsa.SignASN1(rand.Reader, m.key, digest)
	}
	return nil, docket.Refuse(docket.CodeUnavailable, docket.KeyNoSigningWay)
}

func (s *fakeSealer) Seal(ctx context.Context, p *docket.SealProfile, in Input, out io.Writer) error {
	if s.hang {
		<-ctx.Done()
		return ctx.Err()
	}
	if _, err := s.sign(in.Certificate, make([]byte, 32)); err != nil {
		return err
	}
	if s.write != nil {
		return s.write(in, out)
	}
	if in.Packaging == "" {
		if _, err := io.Copy(out, io.NewSectionReader(in.File, 0, in.Size)); err != nil {
			return err
		}
	}
	g := passed(in.Certificate, p.LevelName())
	if s.verdict != nil {
		s.verdict(&g)
	}
	b, _ := json.Marshal(g)
	_, err := io.WriteString(out, mark+string(b))
	return err
}

func (s *fakeSealer) SignHash(_ context.Context, _ *docket.SealProfile, certificate docket.Hash, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	return s.sign(certificate, digest)
}

func passed(certificate docket.Hash, level string) docket.SignatureVerdict {
	return docket.SignatureVerdict{Certificate: certificate, Level: level, Covers: "whole", Modified: "none", Indication: etsi.TotalPassed, Intact: true}
}

// seals is a service over a database, with a fake token and a clock that stands.
type seals struct {
	*testing.T
	*Service
	store    *sqlstore.Store
	verifier *fakeVerifier
	sealer   *fakeSealer
	files    *blob.Dir
	clock    atomic.Int64 // nanoseconds
	tasks    []docket.Task
}

var erp = Client{Name: "erp", Tenant: "agency"}

func newSeals(t *testing.T, dsn string, change ...func(*Options)) *seals {
	t.Helper()
	s := &seals{T: t, verifier: &fakeVerifier{version: "1"}, sealer: newSealer(t, 2)}
	s.clock.Store(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC).UnixNano())
	store, err := sqlstore.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	store.UseQueue(func(_ context.Context, _ *sql.Tx, tasks []docket.Task) error {
		s.tasks = append(s.tasks, tasks...)
		return nil
	})
	dir, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s.store, s.files = store, dir
	o := Options{Store: store, Now: s.time, Files: dir, Evidence: dir, Verifier: s.verifier, Sealer: s.sealer}
	for _, c := range change {
		c(&o)
	}
	if s.Service, err = New(o); err != nil {
		t.Fatal(err)
	}
	s.tx(func(w docket.Work) error {
		for _, id := range []docket.ID{"u1", "u2"} {
			if err := w.AddUser(t.Context(), &docket.User{ID: id, Name: "Ad", FIN: string(id), Created: s.time()}); err != nil {
				return err
			}
		}
		return nil
	})
	s.profile("letters", nil)
	return s
}

func (s *seals) time() time.Time { return time.Unix(0, s.clock.Load()).UTC() }

func (s *seals) wait(d time.Duration) { s.clock.Add(int64(d)) }

func (s *seals) tx(do func(docket.Work) error) {
	s.Helper()
	if err := s.store.InTx(s.Context(), do); err != nil {
		s.Fatal(err)
	}
}

// profile brings a profile, or its next version, into force.
func (s *seals) profile(name string, change func(*docket.SealTerms)) {
	s.Helper()
	terms := docket.SealTerms{
		Unit: "Elektron sənəd dövriyyəsi", Credential: "default", Format: docket.FormatPAdES, Level: docket.LevelT, Input: docket.InputUnbroken, Clients: []string{"erp"}, PerDay: 100,
	}
	if change != nil {
		change(&terms)
	}
	s.tx(func(w docket.Work) error {
		p := docket.SealProfile{
			ID: docket.NewID(s.time()), Name: name, Version: 1, State: docket.ProfileActive, SealTerms: terms, ProposedBy: "u1", DecidedBy: "u2", Proposed: s.time(), Decided: s.time(),
		}
		if old, err := w.ActiveSealProfile(s.Context(), name); err == nil {
			old.State, old.Superseded = docket.ProfileSuperseded, s.time()
			if err := w.DecideSealProfile(s.Context(), old); err != nil {
				return err
			}
			p.Version = old.Version + 1
		}
		return w.AddSealProfile(s.Context(), &p)
	})
}

func ask(key, text string) Request {
	return Request{Client: erp, Profile: "letters", Key: key, Name: "a.pdf", File: strings.NewReader(text), Size: int64(len(text))}
}

func wantKey(t *testing.T, err error, key string) {
	t.Helper()
	if docket.KeyOf(err) != key {
		t.Errorf("got %v, want %s", err, key)
	}
}

// invariant holds after whatever went wrong: counts are those of the intents, releases never outnumber intents or signatures, and what was released
// names a stored file whose own signature passed.
func (s *seals) invariant() {
	s.Helper()
	all := s.rows()
	s.tx(func(w docket.Work) error {
		counts, err := w.SealCounts(s.Context(), calendar.Date{})
		if err != nil {
			return err
		}
		counted := map[string]int{}
		for _, c := range counts {
			counted[c.Scope] += c.N
		}
		uses, err := w.CredentialUses(s.Context(), calendar.Date{})
		for _, u := range uses {
			counted["credential"] += u.Used
		}
		intents, releases, signed := 0, 0, 0
		for _, r := range all {
			if r.Day.IsZero() != r.Intended.IsZero() || r.State == docket.SealReleased != (r.Released != "") {
				s.Errorf("row %+v", r)
			}
			if !r.Intended.IsZero() {
				intents += r.Count
			}
			if r.State == docket.SealReleased {
				releases++
				signed += r.Count
			}
		}
		if counted["client erp"] != intents || counted["credential"] < intents {
			s.Errorf("counts %v, intended %d", counted, intents)
		}
		if releases > len(all) || int64(signed) > s.sealer.cSign.Load() {
			s.Errorf("%d releases of %d, %d signatures", releases, len(all), s.sealer.cSign.Load())
		}
		return err
	})
}

// rows are all requests.
func (s *seals) rows() []docket.SealRequest {
	var out []docket.SealRequest
	rows, err := s.store.DB().QueryContext(s.Context(), "SELECT id FROM seal_requests ORDER BY id")
	if err != nil {
		s.Fatal(err)
	}
	var ids []docket.ID
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			s.Fatal(err)
		}
		ids = append(ids, docket.ID(id))
	}
	_ = rows.Close()
	for _, id := range ids {
		out = append(out, *s.row(id))
	}
	return out
}

func (s *seals) row(id docket.ID) (r *docket.SealRequest) {
	s.Helper()
	err := s.store.Read(s.Context(), func(w docket.Work) (err error) { r, err = w.SealRequest(s.Context(), id); return err })
	if err != nil {
		s.Fatal(err)
	}
	return r
}

// sqlite names a new database.
func sqlite(t *testing.T) string { return "sqlite:" + t.TempDir() + "/mohur.db" }

func TestSealAndReplay(t *testing.T) {
	s := newSeals(t, sqlite(t))
	r, err := s.Seal(t.Context(), ask("k1", "%PDF-1"))
	if err != nil || r.State != docket.SealReleased || r.Version != 1 || r.Attempts != 1 || r.Owner != "" || r.Verdict == "" || r.Input == "" {
		t.Fatalf("%+v %v", r, err)
	}
	f, err := s.Open(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(f)
	_ = f.Close()
	if !strings.HasPrefix(string(b), "%PDF-1"+mark) || int64(len(b)) != r.ReleasedSize || docket.HashOf(sha256.Sum256(b)) != r.Released {
		t.Errorf("sealed %q", b)
	}
	if stored := s.row(r.ID); !reflect.DeepEqual(stored, r) {
		t.Errorf("answered\n%+v\nstored\n%+v", r, stored)
	}
	again, err := s.Seal(t.Context(), ask("k1", "%PDF-1"))
	if err != nil || again.ID != r.ID || s.sealer.cSign.Load() != 1 {
		t.Errorf("the same key seals again: %v %v", again, err)
	}
	_, err = s.Seal(t.Context(), ask("k1", "%PDF-2"))
	wantKey(t, err, docket.KeyKeyReused)
	other, err := s.Seal(t.Context(), ask("k2", "%PDF-1"))
	if err != nil || other.ID == r.ID {
		t.Errorf("another key: %v", err)
	}
	_, err = s.Find(t.Context(), Client{Name: "x", Tenant: "elsewhere"}, r.ID)
	wantKey(t, err, docket.KeyNotFound)
	if _, err = s.Find(t.Context(), Client{Name: "desk", Tenant: "agency"}, r.ID); err != nil {
		t.Error(err)
	}
	s.invariant()

	s.profile("letters", func(p *docket.SealTerms) { p.Clients = []string{"crm"} }) // a replay asks again whether it may
	_, err = s.Seal(t.Context(), ask("k1", "%PDF-1"))
	wantKey(t, err, docket.KeyProfileClient)
	s.profile("letters", nil)
	s.wait(7*24*time.Hour + time.Second) // the key is free again
	later, err := s.Seal(t.Context(), ask("k1", "%PDF-2"))
	if err != nil || later.ID == r.ID || s.row(r.ID).Key != "" {
		t.Errorf("after seven days: %+v %v", later, err)
	}
	s.invariant()
}

func TestWhatIsNotAdmitted(t *testing.T) {
	s := newSeals(t, sqlite(t))
	s.profile("signed", func(p *docket.SealTerms) { p.Input = docket.InputPassed })
	s.profile("fresh", func(p *docket.SealTerms) { p.Input = docket.InputUnsigned })
	s.profile("odd", func(p *docket.SealTerms) { p.Input = "whatever" })
	s.profile("cms", func(p *docket.SealTerms) { p.Format = docket.FormatCAdES })
	sig := func(i etsi.Indication) string {
		b, _ := json.Marshal(docket.SignatureVerdict{Indication: i, Covers: "revision"})
		return "%PDF-x" + mark + string(b)
	}
	for name, c := range map[string]struct {
		change func(*Request)
		text   string
		key    string // of the refusal; empty: sealed
	}{
		"no such profile":              {func(q *Request) { q.Profile = "none" }, "%PDF-1", docket.KeyProfileNone},
		"another client":               {func(q *Request) { q.Client.Name = "crm" }, "%PDF-1", docket.KeyProfileClient},
		"no client":                    {func(q *Request) { q.Client = Client{} }, "%PDF-1", docket.KeyProfileClient},
		"no key":                       {func(q *Request) { q.Key = "" }, "%PDF-1", docket.KeyRequired},
		"long key":                     {func(q *Request) { q.Key = strings.Repeat("x", 256) }, "%PDF-1", docket.KeyRequired},
		"empty":                        {nil, "", docket.KeyFileEmpty},
		"too large":                    {func(q *Request) { q.Size = 50<<20 + 1 }, "%PDF", docket.KeyTooLarge},
		"shorter than said":            {func(q *Request) { q.Size = 100 }, "%PDF", docket.KeyDisk},
		"no PDF":                       {nil, "text", docket.KeyFileType},
		"packaging of a PDF":           {func(q *Request) { q.Packaging = docket.PackagingDetached }, "%PDF-1", docket.KeyProfileChoice},
		"hash for a PDF":               {func(q *Request) { q.File, q.Digest = nil, docket.HashOf([32]byte{}) }, "", docket.KeyRequired},
		"hash where none is allowed":   {func(q *Request) { q.Profile, q.File, q.Digest = "cms", nil, docket.HashOf([32]byte{}) }, "", docket.KeyProfileHash},
		"nothing":                      {func(q *Request) { q.Profile, q.File = "cms", nil }, "", docket.KeyRequired},
		"unknown packaging":            {func(q *Request) { q.Profile, q.Packaging = "cms", "inside-out" }, "text", docket.KeyProfileChoice},
		"unbroken: failed":             {nil, sig(etsi.TotalFailed), docket.KeyInputBroken},
		"unbroken: indeterminate":      {nil, sig(etsi.Indeterminate), ""},
		"unbroken: passed":             {nil, sig(etsi.TotalPassed), ""},
		"unsigned: passed":             {func(q *Request) { q.Profile = "fresh" }, sig(etsi.TotalPassed), docket.KeyInputSigned},
		"unsigned: none":               {func(q *Request) { q.Profile = "fresh" }, "%PDF-1", ""},
		"all passed: none":             {func(q *Request) { q.Profile = "signed" }, "%PDF-1", docket.KeySigMissing},
		"all passed: indeterminate":    {func(q *Request) { q.Profile = "signed" }, sig(etsi.Indeterminate), docket.KeyInputNotPassed},
		"all passed: failed":           {func(q *Request) { q.Profile = "signed" }, sig(etsi.TotalFailed), docket.KeyInputBroken},
		"all passed: passed":           {func(q *Request) { q.Profile = "signed" }, sig(etsi.TotalPassed), ""},
		"a rule that nobody knows":     {func(q *Request) { q.Profile = "odd" }, "%PDF-1", docket.KeyProfileChoice},
		"a rule that nobody knows (2)": {func(q *Request) { q.Profile = "odd" }, sig(etsi.TotalPassed), docket.KeyProfileChoice},
	} {
		q := ask(name, c.text)
		if c.change != nil {
			c.change(&q)
		}
		before := s.sealer.cSign.Load()
		r, err := s.Seal(t.Context(), q)
		if docket.KeyOf(err) != c.key || c.key == "" && r.State != docket.SealReleased {
			t.Errorf("%s: %v, want %q", name, err, c.key)
		}
		if c.key != "" && (s.sealer.cSign.Load() != before || r != nil) {
			t.Errorf("%s: refused, and yet %+v", name, r)
		}
	}
	s.invariant()
}

func TestCAdESAndHashes(t *testing.T) {
	s := newSeals(t, sqlite(t))
	s.profile("cms", func(p *docket.SealTerms) { p.Format, p.HashAllowed, p.Credential = docket.FormatCAdES, true, "hashes" })
	q := ask("d", "any text")
	q.Profile = "cms"
	r, err := s.Seal(t.Context(), q)
	if err != nil || r.Packaging != docket.PackagingDetached || r.Level != "CAdES-BASELINE-T" {
		t.Errorf("%+v %v", r, err)
	}
	q.File, q.Digest, q.Key = nil, docket.HashOf(sha256.Sum256([]byte("elsewhere"))), "h"
	r, err = s.Seal(t.Context(), q)
	if err != nil || r.Kind != docket.SealDigest || r.Kept || r.Document != q.Digest {
		t.Errorf("%+v %v", r, err)
	}
	digest := sha256.Sum256([]byte("a"))
	hq := HashRequest{Client: erp, Profile: "cms", Hashes: [][]byte{digest[:], digest[:]}, Opts: crypto.SHA256}
	values, err := s.SignHashes(t.Context(), hq)
	if err != nil || len(values) != 2 || !ecdsa.VerifyASN1(&s.sealer.members[0].key.PublicKey, digest[:], values[1]) {
		t.Fatalf("%v %v", values, err)
	}
	hq.Certificate = s.sealer.members[1].Certificate
	values, err = s.SignHashes(t.Context(), hq)
	if err != nil || !ecdsa.VerifyASN1(&s.sealer.members[1].key.PublicKey, digest[:], values[0]) {
		t.Errorf("the member that was asked for: %v", err)
	}
	for name, c := range map[string]struct {
		change func(*HashRequest)
		key    string
	}{
		"profile without hashes": {func(q *HashRequest) { q.Profile = "letters" }, docket.KeyProfileHash},
		"other client":           {func(q *HashRequest) { q.Client.Name = "crm" }, docket.KeyProfileClient},
		"none":                   {func(q *HashRequest) { q.Hashes = nil }, docket.KeyRequired},
		"too many":               {func(q *HashRequest) { q.Hashes = make([][]byte, 1001) }, docket.KeyTooMany},
		"wrong size":             {func(q *HashRequest) { q.Hashes = [][]byte{digest[:31]} }, docket.KeyHashSize},
		"SHA-1":                  {func(q *HashRequest) { q.Hashes, q.Opts = [][]byte{digest[:20]}, crypto.SHA1 }, docket.KeyHashSize},
		"unknown certificate":    {func(q *HashRequest) { q.Certificate = "ff" }, docket.KeyNoSigningWay},
	} {
		bad := hq
		c.change(&bad)
		if _, err := s.SignHashes(t.Context(), bad); docket.KeyOf(err) != c.key {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.invariant()
	s.sealer.members[0].Public = s.sealer.members[1].Public // a value that is another key's
	hq.Certificate = ""
	_, err = s.SignHashes(t.Context(), hq)
	wantKey(t, err, docket.KeySealRefused)
	s.invariant()
	list, err := s.HashProfiles(t.Context(), erp)
	if err != nil || len(list) != 1 || list[0].Name != "cms" {
		t.Errorf("%+v %v", list, err)
	}
	if p, m, err := s.Credential(t.Context(), erp, "cms"); err != nil || p.Name != "cms" || m.Key != "seal-0" {
		t.Errorf("%v %v %v", p, m, err)
	}
}

func TestQuotas(t *testing.T) {
	client := 100
	s := newSeals(t, sqlite(t), func(o *Options) { o.Config.ClientPerDay = func(string) int { return client } })
	s.profile("letters", func(p *docket.SealTerms) { p.PerDay = 2 })
	for i := range 2 {
		if _, err := s.Seal(t.Context(), ask(fmt.Sprint(i), "%PDF-1")); err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.Seal(t.Context(), ask("3", "%PDF-1"))
	wantKey(t, err, docket.KeyProfileSpent)
	if _, err := s.Seal(t.Context(), ask("0", "%PDF-1")); err != nil {
		t.Errorf("a replay takes from the quota: %v", err)
	}
	s.wait(24 * time.Hour)
	client = 1
	if _, err := s.Seal(t.Context(), ask("3", "%PDF-1")); err != nil {
		t.Errorf("the next day: %v", err)
	}
	_, err = s.Seal(t.Context(), ask("4", "%PDF-1"))
	wantKey(t, err, docket.KeyProfileSpent)
	client = 0
	s.sealer.members[0].PerDay = 1
	_, err = s.Seal(t.Context(), ask("5", "%PDF-1"))
	wantKey(t, err, docket.KeySealQuota)
	s.invariant()
}

func TestFailOver(t *testing.T) {
	s := newSeals(t, sqlite(t))
	down := docket.Refuse(docket.CodeUnavailable, docket.KeySealStopped).Because(desk.ErrMember)
	s.sealer.members[0].err = down
	intendedFor := []docket.Hash{}
	s.sealer.during = func(certificate docket.Hash) { // what signs was committed before
		for _, r := range s.rows() {
			if r.State == docket.SealSealing {
				intendedFor = append(intendedFor, r.Certificate)
				if r.Certificate != certificate {
					t.Errorf("%s signs, %s was intended", certificate, r.Certificate)
				}
			}
		}
	}
	r, err := s.Seal(t.Context(), ask("1", "%PDF-1"))
	if err != nil || r.Certificate != s.sealer.members[1].Certificate || r.KeyLabel != "seal-1" || r.Attempts != 2 || len(intendedFor) != 2 {
		t.Errorf("%+v %v %v", r, err, intendedFor)
	}
	s.sealer.members[1].err = down
	r, err = s.Seal(t.Context(), ask("2", "%PDF-1"))
	wantKey(t, err, docket.KeySealStopped)
	if r.State != docket.SealFailed || r.Failure != docket.KeySealStopped {
		t.Errorf("%+v", r)
	}
	s.sealer.members[0].err = docket.Refuse(docket.CodeUnavailable, docket.KeyTimestamp) // no member's fault
	r, err = s.Seal(t.Context(), ask("3", "%PDF-1"))
	wantKey(t, err, docket.KeyTimestamp)
	if r.Certificate != s.sealer.members[0].Certificate {
		t.Error("another member was asked for what the first is not to blame for")
	}
	s.sealer.members[0].err = nil
	again, err := s.Seal(t.Context(), ask("3", "%PDF-1")) // a failure is an answer too
	wantKey(t, err, docket.KeyTimestamp)
	if again.ID != r.ID {
		t.Error("tried again with the same key")
	}
	s.invariant()
}

func TestOutputThatIsNotReleased(t *testing.T) {
	for name, spoil := range map[string]func(*fakeSealer){
		"no proof of time": func(f *fakeSealer) { f.verdict = func(g *docket.SignatureVerdict) { g.Level = "PAdES-BASELINE-B" } },
		"not passed": func(f *fakeSealer) {
			f.verdict = func(g *docket.SignatureVerdict) { g.Indication = etsi.Indeterminate }
		},
		"other certificate": func(f *fakeSealer) { f.verdict = func(g *docket.SignatureVerdict) { g.Certificate = "x" } },
		"other text": func(f *fakeSealer) {
			f.write = func(_ Input, out io.Writer) error { _, err := io.WriteString(out, "%PDF-2 and more"); return err }
		},
	} {
		s := newSeals(t, sqlite(t))
		spoil(s.sealer)
		r, err := s.Seal(t.Context(), ask("1", "%PDF-1"))
		wantKey(t, err, docket.KeySealRefused)
		if r == nil || r.State != docket.SealFailed || r.Check == "" || r.Released != "" {
			t.Errorf("%s: %+v", name, r)
		}
		if _, err := s.Open(t.Context(), r); docket.KeyOf(err) != docket.KeyNotFound {
			t.Errorf("%s: can be had: %v", name, err)
		}
		s.invariant()
	}
}

// TestDecidedInside: what changed between the judging and the deciding transaction makes it a refusal, never a guess (decisions 11).
func TestDecidedInside(t *testing.T) {
	s := newSeals(t, sqlite(t))
	s.sealer.during = func(docket.Hash) { s.wait(11 * time.Minute) } // our own verdict is young, for it is reached after this
	if _, err := s.Seal(t.Context(), ask("1", "%PDF-1")); err != nil {
		t.Errorf("a slow token: %v", err)
	}
	s.sealer.during = nil
	v := &docket.Verification{ID: "v", PolicyVersion: "1", At: s.time()}
	for name, change := range map[string]func(){
		"an old verdict": func() { s.wait(10*time.Minute + time.Second) }, "another policy": func() { v.At = s.time(); s.verifier.version = "2" },
	} {
		change()
		wantKey(t, s.standing(v), docket.KeyVerdictOld)
		_ = name
		s.verifier.version, v.At = "1", s.time()
	}
	if err := s.standing(v); err != nil {
		t.Error(err)
	}
	p, _ := s.Profile(t.Context(), "letters")
	late := &docket.SealRequest{ID: docket.NewID(s.time())}
	old := &docket.Verification{ID: "v", PolicyVersion: "1", At: s.time().Add(-time.Hour)}
	err := s.store.InTx(t.Context(), func(w docket.Work) error {
		return s.intend(t.Context(), w, p, &s.sealer.members[0].Member, old, late, func() error { return nil })
	})
	wantKey(t, err, docket.KeyVerdictOld)
	s.profile("letters", nil) // another version is in force meanwhile
	r := &docket.SealRequest{ID: docket.NewID(s.time())}
	err = s.store.InTx(t.Context(), func(w docket.Work) error {
		return s.intend(t.Context(), w, p, &s.sealer.members[0].Member, nil, r, func() error { return nil })
	})
	wantKey(t, err, docket.KeyProfileBase)
	s.invariant()
}
