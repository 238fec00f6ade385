package api

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/desk"
	"mohur/internal/store/blob"
	"mohur/internal/store/sqlstore"
	"mohur/verify/etsi"
)

const (
	personFIN = "1AB2CD3"
	bodyVOEN  = "1234567890"
	sigMark   = "\n%SIG " // what a signature of these tests looks like: a line with the signer's FİN
)

// markVerifier believes what the marks say.
type markVerifier struct{}

func (markVerifier) PolicyVersion(string) string { return "1" }

func marked(in desk.VerifyInput) string {
	b, _ := io.ReadAll(io.NewSectionReader(in.File, 0, in.Size))
	return string(b)
}

func (markVerifier) Verify(_ context.Context, in desk.VerifyInput) (*docket.Verification, error) {
	v := &docket.Verification{Format: "PAdES", Indication: etsi.NoSignatureFound, Report: []byte("{}")}
	for i, fin := range strings.Split(marked(in), sigMark)[1:] {
		v.Indication = etsi.TotalPassed
		v.Signatures = append(v.Signatures, docket.SignatureVerdict{
			ID: strconv.Itoa(i), Level: "PAdES-BASELINE-T", Indication: etsi.TotalPassed, Intact: true, Covers: "whole", Modified: "none", Certificate: docket.HashOf([32]byte{7}),
			Signer: docket.Signer{Name: "Gülər İsmayılova", FIN: strings.TrimSpace(fin), VOEN: bodyVOEN, SealRight: true},
		})
	}
	return v, nil
}

func (markVerifier) SignedOnly(_ context.Context, in desk.VerifyInput, base int64) (bool, error) {
	return strings.HasPrefix(marked(in)[base:], sigMark), nil
}

// markSealer appends a mark.
type markSealer struct{}

func (markSealer) Profile(context.Context, string, ...string) (desk.SealProfile, error) {
	return desk.SealProfile{Name: "default", Member: "1", Unit: "ESD", Key: "seal", Certificate: docket.HashOf([32]byte{7}), Level: "PAdES-BASELINE-T"}, nil
}

func (markSealer) Seal(_ context.Context, in desk.SealInput, out docket.BlobWriter) error {
	if _, err := io.Copy(out, io.NewSectionReader(in.File, 0, in.Size)); err != nil {
		return err
	}
	_, err := io.WriteString(out, sigMark+"AGENCY")
	return err
}

func (markSealer) Stamp(context.Context, docket.Hash) ([]byte, error) { return []byte("token"), nil }

// markPaper writes its input as JSON.
type markPaper struct{}

func (markPaper) Record(_ context.Context, _ *docket.Record, canonical []byte, w io.Writer) error {
	_, err := w.Write(append([]byte("%PDF-1.7 "), canonical...))
	return err
}

func (markPaper) Letter(_ context.Context, p *docket.LetterPage, w io.Writer) (docket.Place, error) {
	b, err := json.Marshal(p)
	if err == nil {
		_, err = w.Write(append([]byte("%PDF-1.7 "), b...))
	}
	return docket.Place{Page: 1, X2: 1, Y2: 1}, err
}

// programOffice is an office with two bodies, and programs of each and of the agency.
type programOffice struct {
	*testing.T
	*desk.Service
	db          *sqlstore.Store
	url         string
	now         time.Time
	keys        int
	body, other docket.Body
	coordinator docket.Actor
	key         string // of the body's program, with every scope
	otherKey    string
	agencyKey   string
	narrowKey   string // of the body, for events only
	doc         openAPIDoc
}

// openAPIDoc is the document, as far as answers are held against it.
type openAPIDoc struct {
	Paths      map[string]map[string]operation
	Components struct{ Schemas map[string]*schema }
}

func newProgramOffice(t *testing.T) *programOffice {
	t.Helper()
	o := &programOffice{T: t, now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
	clock := func() time.Time { o.now = o.now.Add(time.Millisecond); return o.now }
	var err error
	o.db, err = sqlstore.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "mohur.db"))
	o.must(err)
	t.Cleanup(func() { _ = o.db.Close() })
	o.db.UseQueue(func(context.Context, *sql.Tx, []docket.Task) error { return nil })
	blobs, err := blob.Open(t.TempDir())
	o.must(err)
	o.Service, err = desk.New(desk.Options{Store: o.db, Blobs: blobs, Verifier: markVerifier{}, Sealer: markSealer{}, Stamper: markSealer{}, Paper: markPaper{}, Now: clock})
	o.must(err)
	bodies := []docket.Body{{Name: "Əmlak Xidməti", VOEN: bodyVOEN, Active: true}, {Name: "Başqa Qurum", VOEN: "0987654321", Active: true}}
	o.must(o.ImportBodies(t.Context(), docket.System(), bodies))
	o.body, o.other = bodies[0], bodies[1]
	head, second := o.approved(o.body, personFIN), o.approved(o.other, "9XX9XX9")
	o.coordinator = o.person("", "AAAAAA2", docket.RoleCoordinator)
	admin := o.person("", "AAAAAA9", docket.RoleAdmin)
	o.key, o.otherKey, o.agencyKey = o.keyOf(head, docket.Scopes(false)...), o.keyOf(second, docket.Scopes(false)...), o.keyOf(admin, docket.Scopes(true)...)
	o.narrowKey = o.keyOf(head, docket.ScopeEventsRead)
	o.url, _ = serve(t, &fakeVerifier{}, func(p *Options) {
		p.Office, p.Now, p.Rate = &OfficeOptions{Desk: o.Service, Store: o.db, RegistrationsPerHour: 3}, clock, Rate{PerSecond: 1e6, Burst: 1e6}
	})
	_, text := send(t, "GET", o.url+"/openapi.json", "", "", nil)
	o.must(json.Unmarshal([]byte(text), &o.doc))
	return o
}

func (o *programOffice) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

// approved registers a body and approves it, and returns its first person.
func (o *programOffice) approved(b docket.Body, fin string) docket.Actor {
	o.Helper()
	u := o.person(b.ID, fin, docket.RoleBodyAdmin)
	o.must(o.db.InTx(o.Context(), func(w docket.Work) error {
		return w.AddRegistration(o.Context(), &docket.Registration{
			ID: docket.NewID(o.now), Access: docket.NewSecret(), State: docket.RegistrationApproved, BodyID: b.ID, BodyName: b.Name, Created: o.now, Touched: o.now, Submitted: o.now, Rev: 1,
		})
	}))
	return u
}

func (o *programOffice) person(body docket.ID, fin string, role docket.Role) docket.Actor {
	o.Helper()
	u, err := o.AddUser(o.Context(), docket.System(), desk.AddUserInput{Name: "Şəxs " + fin, FIN: fin, BodyID: body, Roles: []docket.Role{role}})
	o.must(err)
	who, err := o.Actor(o.Context(), u.ID)
	o.must(err)
	return who
}

func (o *programOffice) keyOf(who docket.Actor, scopes ...docket.Scope) string {
	o.Helper()
	_, key, err := o.MakeAPIKey(o.Context(), who, desk.NewAPIKey{Name: "ERP", Scopes: scopes})
	o.must(err)
	return key
}

// reply is an answer, decoded where it is JSON.
type officeReply struct {
	status int
	header http.Header
	text   string
	json   map[string]any
}

func (r *officeReply) get(name string) string { return fmt.Sprint(r.json[name]) }

// ask sends a request as a program and holds the answer against the document. headers are pairs.
func (o *programOffice) ask(key, method, path, kind, body string, headers ...string) *officeReply {
	o.Helper()
	req, err := http.NewRequestWithContext(o.Context(), method, o.url+path, strings.NewReader(body))
	o.must(err)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	if o.keys++; method == http.MethodPost {
		req.Header.Set("Idempotency-Key", "k"+strconv.Itoa(o.keys))
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	o.must(err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	o.must(err)
	r := &officeReply{status: res.StatusCode, header: res.Header, text: string(b)}
	if strings.Contains(res.Header.Get("Content-Type"), "json") {
		o.must(json.Unmarshal(b, &r.json))
	}
	o.described(method, path, r)
	return r
}

// described holds an answer against what the document says of the route.
func (o *programOffice) described(method, path string, r *officeReply) {
	o.Helper()
	path, _, _ = strings.Cut(path, "?")
	for pattern, operations := range o.doc.Paths {
		op, ok := operations[strings.ToLower(method)]
		if !ok || !fits(pattern, path) {
			continue
		}
		a := op.Responses[strconv.Itoa(r.status)]
		if a == nil {
			o.Errorf("%s %s: %d is not described: %s", method, pattern, r.status, r.text)
			return
		}
		media, _, _ := strings.Cut(r.header.Get("Content-Type"), ";")
		m, ok := a.Content[media]
		if !ok && len(a.Content) > 0 && a.Content["*/*"].Schema == nil {
			o.Errorf("%s %s: %d as %q is not described", method, pattern, r.status, media)
		}
		if ok && r.json != nil {
			d := describedAnswer{named: o.doc.Components.Schemas}
			d.check(pattern, m.Schema, any(r.json))
			if len(d.wrong) > 0 {
				o.Errorf("%s %s (%d): %s", method, pattern, r.status, strings.Join(d.wrong, "; "))
			}
		}
		return
	}
}

// fits says whether a path is one of a pattern's.
func fits(pattern, path string) bool {
	p, q := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(p) != len(q) {
		return false
	}
	for i := range p {
		if p[i] != q[i] && !strings.HasPrefix(p[i], "{") {
			return false
		}
	}
	return true
}

// want asks and insists on a status.
func (o *programOffice) want(status int, key, method, path, kind, body string, headers ...string) *officeReply {
	o.Helper()
	r := o.ask(key, method, path, kind, body, headers...)
	if r.status != status {
		o.Fatalf("%s %s: %d, want %d: %s", method, path, r.status, status, r.text)
	}
	return r
}

const jsonKind = "application/json"

const goodForm = `{"coverNumber":"12/5-340","coverDate":"2026-02-27","documentType":"e_service","projectName":"Elektron reyestr","noStateSecret":true}`

// sent sends a project through the interface, and returns its id.
func (o *programOffice) sent() string {
	o.Helper()
	id := o.want(201, o.key, "POST", "/v1/submissions", jsonKind, goodForm).get("id")
	o.want(201, o.key, "POST", "/v1/submissions/"+id+"/files", "application/pdf", "%PDF-1.7 layihə", "Content-Disposition", `attachment; filename="layihe.pdf"`)
	o.want(200, o.key, "POST", "/v1/submissions/"+id+"/record", "", "")
	record := o.want(200, o.key, "GET", "/v1/submissions/"+id+"/record", "", "").text
	if r := o.want(200, o.key, "PUT", "/v1/submissions/"+id+"/record", "application/pdf", record+sigMark+personFIN); r.get("state") != "sent" || r.get("number") != "9/1-01" {
		o.Fatalf("%s", r.text)
	}
	return id
}
