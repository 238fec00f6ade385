package api

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"mohur/docket"
)

// TestAProjectByProgram walks a project from its draft to the other side's messages (S1-10 to S1-13, S1-17 to S1-22, S1-28, S1-31, S1-32), and holds each
// answer against the OpenAPI document.
func TestAProjectByProgram(t *testing.T) {
	o := newProgramOffice(t)
	id := o.sent()
	path := "/v1/submissions/" + id
	d := o.want(200, o.key, "GET", path, "", "")
	if d.get("receivedDate") != "2026-03-02" || d.get("due") != "2026-04-01" || len(d.json["versions"].([]any)) != 1 || d.header.Get("ETag") == "" {
		t.Errorf("%s", d.text)
	}
	if r := o.want(304, o.key, "GET", path, "", "", "If-None-Match", d.header.Get("ETag")); r.text != "" {
		t.Errorf("304 with %q", r.text)
	}
	file := d.json["files"].([]any)[0].(map[string]any)
	if r := o.want(200, o.key, "GET", file["href"].(string), "", ""); r.text != "%PDF-1.7 layihə" || !strings.HasPrefix(r.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%q %v", r.text, r.header)
	}
	o.want(200, o.key, "GET", path+"/versions/1", "", "")
	o.want(404, o.key, "GET", path+"/versions/2", "", "")
	o.want(201, o.key, "POST", path+"/documents", jsonKind, `{"file":{"name":"əlavə.txt","content":"`+base64.StdEncoding.EncodeToString([]byte("mətn"))+`"}}`)
	kind, body := form([3]string{"text", "", "sual"}, [3]string{"attachments", "a.txt", "bir"}, [3]string{"attachments", "b.txt", "iki"})
	m := o.want(201, o.key, "POST", path+"/messages", kind, readAll(t, body))
	a := m.json["attachments"].([]any)
	if len(a) != 2 || m.get("author") != "Şəxs "+personFIN+" (ERP)" {
		t.Fatalf("%s", m.text)
	}
	if r := o.want(200, o.agencyKey, "GET", a[1].(map[string]any)["href"].(string), "", ""); r.text != "iki" {
		t.Errorf("%q", r.text)
	}
	if r := o.want(201, o.agencyKey, "POST", path+"/messages", jsonKind, `{"text":"cavab"}`); r.get("fromAgency") != "true" || r.get("author") != "ERP" {
		t.Errorf("%s", r.text)
	}
	if r := o.want(200, o.key, "GET", path+"/messages?limit=1", "", ""); len(r.json["items"].([]any)) != 1 || r.json["previous"] == nil {
		t.Errorf("%s", r.text)
	}
	letters := o.want(200, o.key, "GET", "/v1/letters", "", "").json["items"].([]any)
	if len(letters) != 1 {
		t.Fatalf("%v", letters)
	}
	letter := letters[0].(map[string]any)
	o.want(200, o.key, "GET", letter["href"].(string), "", "")
	o.want(200, o.key, "GET", letter["href"].(string)+"/document", "", "")
	o.want(200, o.agencyKey, "GET", path+"/letters", "", "")
	o.want(200, o.key, "GET", path+"/notices", "", "")
	if r := o.want(200, o.agencyKey, "GET", "/v1/numbers?journal=incoming", "", ""); len(r.json["items"].([]any)) != 1 {
		t.Errorf("%s", r.text)
	}
	if _, err := o.PlaceEvents(t.Context()); err != nil {
		t.Fatal(err)
	}
	e := o.want(200, o.key, "GET", "/v1/events?limit=2", "", "")
	if e.get("more") != "true" || e.get("last") == "0" {
		t.Errorf("%s", e.text)
	}
	if r := o.want(200, o.key, "GET", "/v1/events?type=letter.read&after="+e.get("last"), "", ""); len(r.json["items"].([]any)) != 1 {
		t.Errorf("%s", r.text)
	}
	if r := o.want(200, o.key, "POST", path+"/withdrawal", "", ""); r.get("state") != "withdrawn" {
		t.Errorf("%s", r.text)
	}
	o.want(409, o.key, "POST", path+"/withdrawal", "", "")
}

// TestEditsNeedTheirTag: 428 without If-Match, 412 with another than what was read, and nothing is changed.
func TestEditsNeedTheirTag(t *testing.T) {
	o := newProgramOffice(t)
	d := o.want(201, o.key, "POST", "/v1/submissions", jsonKind, goodForm)
	path := d.header.Get("Location")
	o.want(428, o.key, "PUT", path, jsonKind, goodForm)
	for _, tag := range []string{`"0"`, `1`, `W/"1"`, `"x"`, `*`} {
		o.want(412, o.key, "PUT", path, jsonKind, goodForm, "If-Match", tag)
	}
	changed := strings.Replace(goodForm, "Elektron reyestr", "Başqa ad", 1)
	r := o.want(200, o.key, "PUT", path, jsonKind, changed, "If-Match", d.header.Get("ETag"))
	if r.header.Get("ETag") == d.header.Get("ETag") {
		t.Error("the tag stays")
	}
	o.want(412, o.key, "PUT", path, jsonKind, goodForm, "If-Match", d.header.Get("ETag"))
	if got := o.want(200, o.key, "GET", path, "", "").json["form"].(map[string]any)["projectName"]; got != "Başqa ad" {
		t.Errorf("%v", got)
	}
}

// TestIdempotency: a repetition is answered from the first one and does nothing again; the same key with another request is refused; so is one while the
// first is at work; what was begun and not answered is looked for before it is done (decisions 19).
func TestIdempotency(t *testing.T) {
	o := newProgramOffice(t)
	post := func(status int, key, body, idem string) *officeReply {
		t.Helper()
		return o.want(status, key, "POST", "/v1/submissions", jsonKind, body, "Idempotency-Key", idem)
	}
	first := post(201, o.key, goodForm, "a")
	again := post(201, o.key, goodForm, "a")
	if again.get("id") != first.get("id") || again.header.Get("Idempotency-Replayed") != "true" || again.header.Get("Location") != first.header.Get("Location") {
		t.Errorf("%s", again.text)
	}
	if other := post(201, o.otherKey, goodForm, "a"); other.get("id") == first.get("id") {
		t.Error("another program's key is answered from the first one's")
	}
	post(422, o.key, `{}`, "a")
	o.want(400, o.key, "POST", "/v1/submissions", jsonKind, goodForm, "Idempotency-Key", "")
	if total := o.want(200, o.key, "GET", "/v1/submissions?drafts=true", "", "").get("total"); total != "1" {
		t.Errorf("%s projects", total)
	}
	// a form and JSON that say the same are one request
	kind, body := form([3]string{"coverNumber", "", "12/5-340"}, [3]string{"coverDate", "", "2026-02-27"}, [3]string{"documentType", "", "e_service"},
		[3]string{"projectName", "", "Elektron reyestr"}, [3]string{"noStateSecret", "", "true"})
	if r := o.want(201, o.key, "POST", "/v1/submissions", kind, readAll(t, body), "Idempotency-Key", "a"); r.get("id") != first.get("id") {
		t.Errorf("%s", r.text)
	}
	// refused: the key is free for what is put right
	path := first.header.Get("Location")
	o.want(422, o.key, "POST", path+"/record", "", "", "Idempotency-Key", "b") // no file yet
	o.want(201, o.key, "POST", path+"/files", "text/plain", "mətn", "Idempotency-Key", "c")
	o.want(200, o.key, "POST", path+"/record", "", "", "Idempotency-Key", "b")

	// an earlier try that died after it had made the project, and one before
	for name, made := range map[string]bool{"d": true, "e": false} {
		r := post(201, o.key, goodForm, name)
		caller := "client " + o.programID(o.key)
		o.must(o.db.InTx(t.Context(), func(w docket.Work) error {
			row, err := w.IdempotentRequest(t.Context(), caller, "POST /v1/submissions", name)
			if err != nil {
				return err
			}
			row.Status, row.Answer, row.Header, row.Lease = 0, nil, nil, o.now.Add(time.Minute)
			if !made {
				row.Subject = docket.NewID(o.now)
			}
			if _, err := w.RemoveIdempotentRequests(t.Context(), o.now.Add(time.Hour)); err != nil {
				return err
			}
			return w.AddIdempotentRequest(t.Context(), row)
		}))
		post(409, o.key, goodForm, name) // at work
		o.now = o.now.Add(2 * time.Minute)
		if got := post(201, o.key, goodForm, name); (got.get("id") == r.get("id")) != made {
			t.Errorf("%s: made %v, first %s, then %s", name, made, r.get("id"), got.get("id"))
		}
	}
}

func (o *programOffice) programID(key string) string {
	p, err := o.ProgramByKey(o.Context(), key)
	o.must(err)
	return p.ID
}

// TestReplayAsksAgain: what a program may not do any more is not answered from the first time.
func TestReplayAsksAgain(t *testing.T) {
	o := newProgramOffice(t)
	o.want(201, o.key, "POST", "/v1/submissions", jsonKind, goodForm, "Idempotency-Key", "a")
	o.must(o.db.InTx(t.Context(), func(w docket.Work) error {
		list, _, err := w.ListRegistrations(t.Context(), docket.RegistrationFilter{BodyID: o.body.ID})
		if err != nil {
			return err
		}
		list[0].State = docket.RegistrationSuspended
		return w.UpdateRegistration(t.Context(), &list[0])
	}))
	o.want(403, o.key, "POST", "/v1/submissions", jsonKind, goodForm, "Idempotency-Key", "a")
}

// TestWhoMayUseTheOffice: every route with a scope is shut to strangers, to unknown keys and to keys without the scope; what is another body's is not
// there (requirements.md 2a; issue 6, access control).
func TestWhoMayUseTheOffice(t *testing.T) {
	o := newProgramOffice(t)
	id := o.sent()
	m := o.want(201, o.key, "POST", "/v1/submissions/"+id+"/messages", jsonKind, `{"text":"x","attachments":[{"name":"a.txt","content":"eA=="}]}`)
	letter := o.want(200, o.key, "GET", "/v1/letters", "", "").json["items"].([]any)[0].(map[string]any)["id"].(string)
	file := o.want(200, o.key, "GET", "/v1/submissions/"+id, "", "").json["files"].([]any)[0].(map[string]any)["id"].(string)
	for _, rt := range (&server{Options: Options{Office: &OfficeOptions{Desk: o.Service}}}).officeRoutes() {
		path := rt.path
		for from, to := range map[string]string{"/submissions/{id}": "/submissions/" + id, "/letters/{id}": "/letters/" + letter, "/messages/{id}": "/messages/" + m.get("id"), "{file}": file, "{version}": "1", "{id}": "x"} {
			if from != "{id}" {
				path = strings.ReplaceAll(path, from, to)
			}
		}
		path = strings.ReplaceAll(path, "{id}", docket.NewSecret())
		query := ""
		if rt.id == "listNumbers" {
			query = "?journal=incoming"
		}
		body := map[string]string{"postRegistration": "{}", "postMessage": `{"text":"x"}`, "postSubmission": "{}", "putSubmission": "{}"}[rt.id]
		kind := jsonKind
		if body == "" && rt.raw {
			kind, body = "text/plain", "x"
		}
		if body == "" {
			kind = ""
		}
		ask := func(key string) int {
			return o.ask(key, rt.method, path+query, kind, body, "If-Match", `"1"`).status
		}
		if got := ask("mhr_unknown"); got != 401 {
			t.Errorf("%s with an unknown key: %d", rt.id, got)
		}
		if rt.scope == "" {
			continue
		}
		if got := ask(""); got != 401 {
			t.Errorf("%s as nobody: %d", rt.id, got)
		}
		if got := ask(o.narrowKey); rt.scope != docket.ScopeEventsRead && got != 403 {
			t.Errorf("%s without %s: %d", rt.id, rt.scope, got)
		}
		if !strings.Contains(rt.path, "{") {
			continue
		}
		if got := ask(o.otherKey); got != 404 {
			t.Errorf("%s as another body: %d", rt.id, got)
		}
	}
	if r := o.want(200, o.otherKey, "GET", "/v1/submissions", "", ""); r.get("total") != "0" {
		t.Errorf("another body sees %s", r.text)
	}
	if r := o.want(200, o.agencyKey, "GET", "/v1/submissions", "", ""); r.get("total") != "1" {
		t.Errorf("the agency sees %s", r.text)
	}
	o.want(403, o.agencyKey, "GET", "/v1/letters", "", "") // a mailbox is a body's
}

// TestRegistrationByProgram: the page's verb, by JSON and by form; what is wrong is named, and an address has so many tries an hour (requirements.md 8, 21).
func TestRegistrationByProgram(t *testing.T) {
	o := newProgramOffice(t)
	found := o.want(200, "", "GET", "/v1/bodies?q=emlak&limit=5", "", "").json["items"].([]any)
	if len(found) != 1 || found[0].(map[string]any)["voen"] != bodyVOEN {
		t.Fatalf("%v", found)
	}
	letter := base64.StdEncoding.EncodeToString([]byte("%PDF-1.7" + sigMark + personFIN))
	body := fmt.Sprintf(`{"body":%q,"email":"a@example.az","mobile":"050 123 45 67","letter":{"name":"m.pdf","content":%q}}`, o.body.ID, letter)
	r := o.want(201, "", "POST", "/v1/registrations", jsonKind, body)
	if r.get("state") != "submitted" || r.get("key") == "<nil>" {
		t.Fatalf("%s", r.text)
	}
	if got := o.want(200, "", "GET", r.header.Get("Location"), "", ""); got.get("id") != r.get("id") || got.json["key"] != nil {
		t.Errorf("%s", got.text)
	}
	o.want(404, "", "GET", "/v1/registrations/"+r.get("id"), "", "") // an id is no key
	o.want(200, o.agencyKey, "GET", "/v1/registrations/"+r.get("id"), "", "")
	if got := o.want(200, o.agencyKey, "GET", "/v1/registrations?state=submitted", "", ""); len(got.json["items"].([]any)) != 1 {
		t.Errorf("%s", got.text)
	}
	if got := o.want(200, o.key, "GET", "/v1/registrations", "", ""); len(got.json["items"].([]any)) != 1 {
		t.Errorf("%s", got.text)
	}
	kind, wrong := form([3]string{"body", "", string(o.body.ID)}, [3]string{"email", "", "none"}, [3]string{"mobile", "", "1"}, [3]string{"letter", "m.pdf", "%PDF-1.7"})
	got := o.want(422, "", "POST", "/v1/registrations", kind, readAll(t, wrong), "Accept-Language", "az")
	if errs := got.json["errors"].([]any); len(errs) != 2 || errs[0].(map[string]any)["pointer"] != "#/email" || errs[0].(map[string]any)["code"] != "email" {
		t.Errorf("%s", got.text)
	}
	unsigned := fmt.Sprintf(`{"body":%q,"email":"a@example.az","mobile":"050 123 45 67","letter":{"content":"JVBERi0xLjc="}}`, o.body.ID)
	if got := o.want(422, "", "POST", "/v1/registrations", jsonKind, unsigned); !strings.Contains(got.text, "signature.missing") {
		t.Errorf("%s", got.text)
	}
	o.want(429, "", "POST", "/v1/registrations", jsonKind, body)
}

// TestWrongRequests: each fault is 400 with its place, and nothing is made.
func TestWrongRequests(t *testing.T) {
	o := newProgramOffice(t)
	for _, c := range []struct{ method, path, kind, body, pointer, code string }{
		{"GET", "/v1/submissions?limit=0", "", "", "#/limit", "number"},
		{"GET", "/v1/submissions?limit=201", "", "", "#/limit", "number"},
		{"GET", "/v1/submissions?limit=+1", "", "", "#/limit", "number"},
		{"GET", "/v1/submissions?limit=1&limit=2", "", "", "#/limit", "twice"},
		{"GET", "/v1/submissions?colour=red", "", "", "#/colour", "unknown"},
		{"GET", "/v1/submissions?state=lost", "", "", "#/state", "choice"},
		{"GET", "/v1/submissions?received_from=01.02.2026", "", "", "#/received_from", "date"},
		{"GET", "/v1/submissions?cursor=1", "", "", "#/cursor", "id"},
		{"GET", "/v1/submissions?name=%ff", "", "", "#/name", "query"},
		{"POST", "/v1/submissions", jsonKind, `{"colour":"red"}`, "#/colour", "unknown-key"},
		{"POST", "/v1/submissions", jsonKind, `{"projectName":"a","projectName":"b"}`, "#/projectName", "twice"},
		{"POST", "/v1/submissions", jsonKind, `{"projectName":1}`, "#/projectName", "json"},
		{"POST", "/v1/submissions", jsonKind, `{"projectName":null}`, "#/projectName", "json"},
		{"POST", "/v1/submissions", jsonKind, `{"noStateSecret":"true"}`, "#/noStateSecret", "json"},
		{"POST", "/v1/submissions", jsonKind, `{"coverDate":"2026-02-30"}`, "#/coverDate", "date"},
		{"POST", "/v1/submissions", jsonKind, `{"documentType":"book"}`, "#/documentType", "choice"},
		{"POST", "/v1/submissions", jsonKind, `{"coverNumber":"` + strings.Repeat("ə", 51) + `"}`, "#/coverNumber", "too-long"},
		{"POST", "/v1/submissions", jsonKind, `{} x`, "#", "trailing"},
		{"POST", "/v1/submissions", jsonKind, `null`, "#", "json"},
		{"POST", "/v1/submissions", jsonKind, `[]`, "#", "json"},
	} {
		r := o.ask(o.key, c.method, c.path, c.kind, c.body)
		if r.status != 400 || len(r.json["errors"].([]any)) != 1 {
			t.Errorf("%s %s: %d %s", c.path, c.body, r.status, r.text)
			continue
		}
		if e := r.json["errors"].([]any)[0].(map[string]any); e["pointer"] != c.pointer || e["code"] != c.code || e["detail"] == "" {
			t.Errorf("%s %s: %v", c.path, c.body, e)
		}
	}
	o.want(415, o.key, "POST", "/v1/submissions", "text/xml", "<a/>")
	o.want(415, o.key, "POST", "/v1/submissions", "application/x-www-form-urlencoded", "a=b")
	o.want(404, o.key, "GET", "/v1/submissions/x", "", "")
	if r := o.want(200, o.key, "GET", "/v1/submissions?drafts=true", "", ""); r.get("total") != "0" {
		t.Errorf("something was made: %s", r.text)
	}
}

// TestPagesOfAList goes through a list by its cursor and sees each project once.
func TestPagesOfAList(t *testing.T) {
	o := newProgramOffice(t)
	for range 5 {
		o.want(201, o.key, "POST", "/v1/submissions", jsonKind, goodForm)
	}
	seen, next := map[string]bool{}, ""
	for range 4 {
		r := o.want(200, o.key, "GET", "/v1/submissions?drafts=true&limit=2"+next, "", "")
		for _, item := range r.json["items"].([]any) {
			seen[item.(map[string]any)["id"].(string)] = true
		}
		if r.json["next"] == nil {
			break
		}
		next = "&cursor=" + r.get("next")
	}
	if len(seen) != 5 {
		t.Errorf("%d of 5 seen", len(seen))
	}
}

// TestLargeUpload: a file above the limit is 413 and leaves nothing.
func TestLargeUpload(t *testing.T) {
	o := newProgramOffice(t)
	path := o.want(201, o.key, "POST", "/v1/submissions", jsonKind, goodForm).header.Get("Location")
	req, err := http.NewRequestWithContext(t.Context(), "POST", o.url+path+"/files", io.LimitReader(zeros{}, 50<<20+1))
	o.must(err)
	req.Header.Set("Authorization", "Bearer "+o.key)
	req.Header.Set("Idempotency-Key", "large")
	req.Header.Set("Content-Type", "application/octet-stream")
	res, err := http.DefaultClient.Do(req)
	o.must(err)
	defer res.Body.Close()
	if res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("%d", res.StatusCode)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
