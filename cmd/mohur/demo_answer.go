package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/audit"
	"mohur/internal/desk"
	"mohur/verify/etsi"
)

// submit is step 4 of the case: form, two files, the record signed on the token, and the sealed receipt.
func (d *demo) submit(ctx context.Context, s *story) ([]string, error) {
	files, err := d.world.projectFiles()
	if err != nil {
		return nil, err
	}
	form := docket.Form{
		CoverNumber: "3/2-77", CoverDate: calendar.DateOf(d.clock.now()), DocumentType: "information_system",
		ProjectName: "“Ekoloji müraciətlər” informasiya sistemi", NoStateSecret: true,
	}
	if s.project, err = d.send(ctx, s.rep, form, files, d.world.director); err != nil {
		return nil, err
	}
	v := d.world.office.desk
	receipt, err := v.Receipt(ctx, s.rep, s.project.ID)
	if err != nil {
		return nil, d.inWords(err)
	}
	sealed, err := d.download(v.DownloadLetter(ctx, s.rep, receipt.ID))
	if err != nil {
		return nil, err
	}
	path, err := d.world.sample("receipt.pdf", sealed)
	if err != nil {
		return nil, err
	}
	r, err := d.verifyFile(ctx, path)
	if err != nil {
		return nil, err
	}
	out := []string{
		fmt.Sprintf("received as %s on %s, due %s (%s)", s.project.Number, calendar.DateOf(s.project.Received), s.project.Due, s.project.DueRule),
		fmt.Sprintf("receipt %s: %s, sealed by %s", receipt.Number, r.Indication, r.Signatures[0].SignedBy),
	}
	want := calendar.DateOf(s.project.Received).AddDays(30)
	if s.project.State != docket.SubmissionSent || s.project.Due != want || r.Indication != string(etsi.TotalPassed) {
		return out, fmt.Errorf("the project should be received, due on %s, with a receipt that is TOTAL-PASSED", want)
	}
	return out, nil
}

// opinionText is the demo's opinion.
const opinionText = `Təqdim etdiyiniz “Ekoloji müraciətlər” informasiya sisteminin layihəsinə baxılmışdır.

Layihənin məqsədəuyğunluğu, səmərəliliyi və hüquqi əsasları öyrənilmiş, texniki tapşırığın tələblərə uyğun olduğu müəyyən edilmişdir. Sistemin Elektron Hökumət İnformasiya Sisteminə inteqrasiyası təmin edilməlidir.

Yuxarıda göstərilənlər nəzərə alınmaqla layihəyə müsbət rəy verilir.`

// answer is step 5 of the case.
func (d *demo) answer(ctx context.Context, s *story) ([]string, error) {
	v := d.world.office.desk
	coordinator, expert := s.staff[docket.RoleCoordinator], s.staff[docket.RoleExpert]
	checker, signatory := s.staff[docket.RoleDispatchChecker], s.staff[docket.RoleSignatory]
	if _, err := v.AcceptSubmission(ctx, coordinator, s.project.ID); err != nil {
		return nil, d.inWords(err)
	}
	if err := d.examine(ctx, s, s.project.ID); err != nil {
		return nil, d.inWords(err)
	}
	l, err := v.DraftOpinion(ctx, expert, desk.OpinionInput{
		SubmissionID: s.project.ID, Subject: "“Ekoloji müraciətlər” informasiya sisteminin layihəsinə rəy", Text: opinionText, Outcome: "positive",
	})
	if err != nil {
		return nil, d.inWords(err)
	}
	if l, err = d.agree(ctx, s, l); err != nil {
		return nil, d.inWords(err)
	}
	if l, err = d.headSigns(ctx, signatory, l); err != nil {
		return nil, d.inWords(err)
	}
	begin := time.Now()
	if l, err = v.SealResponse(ctx, signatory, l.ID); err != nil {
		return nil, d.inWords(err)
	}
	sealing := time.Since(begin)
	if l, err = v.Dispatch(ctx, checker, l.ID); err != nil {
		return nil, d.inWords(err)
	}
	s.opinion = l
	box, _, err := v.Mailbox(ctx, s.rep, 10, 0)
	if err != nil {
		return nil, d.inWords(err)
	}
	out := []string{
		fmt.Sprintf("opinions and visas of %d units: %s", len(asked()), strings.Join(asked(), ", ")),
		fmt.Sprintf("drafted by %s, checked by %s, signed on his own token by %s, then sealed", expert.Name, checker.Name, signatory.Name),
		fmt.Sprintf("number %s of %s; intent, seal, timestamp, own check and release took %.0f ms", l.Number, l.NumberDate, sealing.Seconds()*1000),
		fmt.Sprintf("in the mailbox of %s", l.BodyName),
	}
	for _, b := range box {
		if b.ID == l.ID && b.State == docket.LetterDispatched && b.Sealed != "" && b.Number != "" {
			return out, nil
		}
	}
	return out, errors.New("the sealed opinion should lie in the body's mailbox")
}

// headSigns has the agency's head sign the approved page on his own token.
func (d *demo) headSigns(ctx context.Context, who docket.Actor, l *docket.Letter) (*docket.Letter, error) {
	page, err := d.download(d.world.office.desk.DownloadToSign(ctx, who, l.ID))
	if err != nil {
		return nil, err
	}
	signed, err := d.world.signBeside(ctx, page, d.world.head, d.world.head.Key)
	if err != nil {
		return nil, err
	}
	return d.world.office.desk.SignLetter(ctx, who, l.ID, bytes.NewReader(signed))
}

// checkSealed is step 6 of the case: the body's copy, judged by the command line and by the public page.
func (d *demo) checkSealed(ctx context.Context, s *story) (out []string, err error) {
	if s.sealed, err = d.download(d.world.office.desk.DownloadLetter(ctx, s.rep, s.opinion.ID)); err != nil {
		return nil, err
	}
	if out, err = d.judged(ctx, s, "opinion.pdf", "the sealed opinion", s.sealed, etsi.TotalPassed, ""); err != nil {
		return out, err
	}
	line, err := d.sealedReport(ctx, s)
	return append(out, line), err
}

// checkFlipped turns over one bit of the opinion's first page and asks both again.
func (d *demo) checkFlipped(ctx context.Context, s *story) (out []string, err error) {
	if s.flipped, err = flipContent(s.sealed); err != nil {
		return nil, err
	}
	return d.judged(ctx, s, "opinion-one-byte-altered.pdf", "the opinion with one byte of its page altered", s.flipped, etsi.TotalFailed, etsi.HashFailure)
}

// judged verifies a document by `mohur verify`, by the public page and by the API, which must agree with each other and with what is expected.
func (d *demo) judged(ctx context.Context, s *story, name, what string, document []byte, want etsi.Indication, sub etsi.SubIndication) ([]string, error) {
	path, err := d.world.sample(name, document)
	if err != nil {
		return nil, err
	}
	s.samples = append(s.samples, sampleFile{path, what})
	r, err := d.verifyFile(ctx, path)
	if err != nil {
		return nil, err
	}
	g := r.Signatures[0]
	line := fmt.Sprintf("mohur verify %s: %s %s", path, r.Indication, r.SubIndication)
	out := []string{strings.TrimSpace(line), fmt.Sprintf("by %s, at %s, covers %s, modified %s", g.SignedBy, g.BestSignatureTime, g.Covers, g.Modified)}
	if r.Indication != string(want) || r.SubIndication != string(sub) {
		return out, fmt.Errorf("it should be %s %s", want, sub)
	}
	page, err := d.publicPage(ctx, name, document)
	if err != nil {
		return out, err
	}
	word := string(want)
	if !strings.Contains(page, word) || sub != "" && !strings.Contains(page, string(sub)) {
		return out, fmt.Errorf("the public page should say %s %s", word, sub)
	}
	out = append(out, fmt.Sprintf("the public page %s/verify says the same", d.world.address))
	answer, err := d.api(ctx, document)
	if err != nil {
		return out, err
	}
	if answer.Indication != r.Indication || answer.SubIndication != r.SubIndication {
		return out, fmt.Errorf("the API says %s %s", answer.Indication, answer.SubIndication)
	}
	return append(out, "POST /v1/verifications says the same"), nil
}

// verdictJSON is what the demo reads of the program's JSON.
type verdictJSON struct {
	Indication    string `json:"indication"`
	SubIndication string `json:"subIndication"`
	Signatures    []struct {
		SignedBy          string `json:"signedBy"`
		BestSignatureTime string `json:"bestSignatureTime"`
		Covers            string `json:"covers"`
		Modified          string `json:"modified"`
	} `json:"signatures"`
}

// verifyFile runs `mohur verify --json` as a user would: offline, with the anchor and the revocation lists of now.
func (d *demo) verifyFile(_ context.Context, path string) (*verdictJSON, error) {
	lists, err := d.world.hierarchy.CRLs()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(d.world.dir, "revocation-lists")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	for i, der := range lists {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.crl", i+1)), der, 0o644); err != nil {
			return nil, err
		}
	}
	var out, diagnostics bytes.Buffer
	status := run([]string{"verify", "--json", "--offline", "--anchors", filepath.Join(d.world.dir, "anchors"), "--revocation", dir, path}, nil, &out, &diagnostics)
	if status == exitUnable {
		return nil, fmt.Errorf("mohur verify could not run: %s", diagnostics.String())
	}
	var r verdictJSON
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		return nil, fmt.Errorf("mohur verify --json: %w", err)
	}
	if len(r.Signatures) == 0 {
		return nil, fmt.Errorf("mohur verify found no signature in %s", path)
	}
	return &r, nil
}

// publicPage uploads a document to the public page and returns the answer's HTML.
func (d *demo) publicPage(ctx context.Context, name string, document []byte) (string, error) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	if err != nil {
		return "", err
	}
	if _, err := part.Write(document); err != nil {
		return "", err
	}
	if err := form.Close(); err != nil {
		return "", err
	}
	b, err := d.post(ctx, "/verify", form.FormDataContentType(), &body)
	return string(b), err
}

// api asks POST /v1/verifications.
func (d *demo) api(ctx context.Context, document []byte) (*verdictJSON, error) {
	b, err := d.post(ctx, "/v1/verifications", "application/pdf", bytes.NewReader(document))
	if err != nil {
		return nil, err
	}
	var r verdictJSON
	return &r, json.Unmarshal(b, &r)
}

// post sends a request to the demo's own pages.
func (d *demo) post(ctx context.Context, path, contentType string, body io.Reader) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.world.address+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", contentType)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, 4<<20))
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answered %s", path, res.Status)
	}
	return b, err
}

// caseActions are the audit actions that the walk must have left.
func caseActions() []string {
	return []string{
		docket.AuditUserAdded, docket.AuditRegistrationSubmitted, docket.AuditRegistrationRefusedLetter, docket.AuditRegistrationApproved,
		docket.AuditLinkIssued, docket.AuditLogIn, docket.AuditLogInRefused, docket.AuditSubmissionPrepared, docket.AuditSubmissionReceived,
		docket.AuditSubmissionAccepted, docket.AuditSubmissionReview, docket.AuditLetterDrafted, docket.AuditLetterApproved,
		docket.AuditLetterSigned, docket.AuditSealIntended, docket.AuditSealReleased, docket.AuditLetterDispatched,
	}
}

// checkAudit is the last step of the case.
func (d *demo) checkAudit(ctx context.Context, _ *story) ([]string, error) {
	o := d.world.office
	if _, err := audit.LinkAll(ctx, o.store); err != nil {
		return nil, err
	}
	if err := o.checkpoint(ctx); err != nil {
		return nil, err
	}
	var out, diagnostics bytes.Buffer
	dir := o.cfg.Audit.Checkpoints
	status := run([]string{"audit", "check", "--db", o.cfg.Database, "--checkpoints", filepath.Join(dir, checkpointFile), "--key", filepath.Join(dir, auditKeyFile)}, nil, &out, &diagnostics)
	lines := []string{"mohur audit check: " + strings.TrimSpace(out.String()+diagnostics.String())}
	if status != exitPassed {
		return lines, errors.New("the audit log should be intact")
	}
	links, err := o.store.Links(ctx, 0, 10_000)
	if err != nil {
		return lines, err
	}
	seen := map[string]int{}
	for _, l := range links {
		seen[l.Entry.Action]++
	}
	for _, a := range caseActions() {
		if seen[a] == 0 {
			return lines, fmt.Errorf("no entry of %s stands in it", a)
		}
	}
	return append(lines, fmt.Sprintf("%d kinds of entries, all that the case should leave", len(seen))), nil
}
