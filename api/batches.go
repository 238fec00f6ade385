package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"mohur/docket"
	"mohur/verify/etsi"
	"mohur/verify/report"
)

// BatchAnswer is how far a batch has come.
type BatchAnswer struct {
	ID            string     `json:"id"`
	State         string     `json:"state" enum:"receiving,running,done,cancelled"`
	Policy        string     `json:"policy"`
	Total         int        `json:"total"`
	Waiting       int        `json:"waiting"`
	Passed        int        `json:"passed"`
	Failed        int        `json:"failed"`
	Indeterminate int        `json:"indeterminate"`
	Unsigned      int        `json:"unsigned" doc:"documents without a signature"`
	Unreadable    int        `json:"unreadable" doc:"documents that could not be judged"`
	Cancelled     int        `json:"cancelled"`
	PerSecond     float64    `json:"perSecond" doc:"documents judged in a second since the batch was taken"`
	SecondsLeft   *float64   `json:"secondsLeft" doc:"at this rate; null when nothing is known yet or nothing is left"`
	Created       time.Time  `json:"created"`
	Ended         *time.Time `json:"ended"`
	Expires       time.Time  `json:"expires"`
	Href          string     `json:"href"`
	Verdicts      string     `json:"verdicts" doc:"address of the verdicts, one JSON line per document"`
}

// BatchLine is one line of a batch's verdicts: the simple report with its place.
type BatchLine struct {
	Seq   int    `json:"seq" doc:"place of the document in the batch, from 1; the parameter after takes it"`
	ID    string `json:"id" doc:"of the verdict, for GET /v1/verifications/{id}"`
	State string `json:"state" enum:"done,cancelled"`
	report.Document
}

// tenantOf is whose batches are meant; it has answered when nobody asks, for a batch is work and storage for somebody known.
func (s *server) tenantOf(w http.ResponseWriter, r *http.Request) (string, bool) {
	if t := CallerOf(r).Tenant; t != "" {
		return t, true
	}
	w.Header().Set("WWW-Authenticate", "Bearer")
	s.refuse(w, r, problemUnauthorized())
	return "", false
}

// postBatch takes many documents to be judged in the background: a form with a part "file" for each, each followed by the parts "detached" and
// "digest" that belong to it, or JSON that names kept documents of earlier verdicts.
func (s *server) postBatch(w http.ResponseWriter, r *http.Request) {
	tenant, ok := s.tenantOf(w, r)
	if !ok {
		return
	}
	q, refusal := s.query(r, "policy", "time", "keep")
	if refusal != nil {
		s.refuseWish(w, r, *refusal)
		return
	}
	done, ok := s.incoming(w, r)
	if !ok {
		return
	}
	docs, files, err := s.receiveBatch(w, r, q, tenant)
	done()
	defer files.remove()
	if err != nil {
		s.refuseBatch(w, r, err)
		return
	}
	b := &docket.Batch{Tenant: tenant, Policy: q.policyOr(s.Policy), For: q.time, KeepFile: q.keepFile}
	if err := s.Archive.AddBatch(r.Context(), b, docs); err != nil {
		s.refuseArchive(w, r, err)
		return
	}
	w.Header().Set("Location", batchesPath+string(b.ID))
	s.writeJSONStatus(w, r, http.StatusAccepted, s.batchAnswer(b, []docket.BatchCount{{State: docket.VerdictWaiting, N: b.Total}}))
}

// errBatch is a batch that is too large or empty.
var (
	errBatchCount = errors.New("api: too many documents")
	errBatchBytes = errors.New("api: batch too large")
)

// refuseBatch answers for a batch that could not be taken.
func (s *server) refuseBatch(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, errBatchCount):
		p := problemTooLarge()
		p.Detail = "api.batch-count"
		s.refuse(w, r, p, "max", fmt.Sprint(s.MaxBatch))
	case errors.Is(err, errBatchBytes):
		s.refuse(w, r, problemTooLarge(), "max", s.MaxBatchBytes)
	case docket.CodeOf(err) != docket.CodeInternal:
		s.refuseArchive(w, r, err)
	default:
		s.refuseUpload(w, r, err)
	}
}

// receiveBatch reads the documents of a batch. What it returns to be removed is never nil.
func (s *server) receiveBatch(w http.ResponseWriter, r *http.Request, q *wishes, tenant string) ([]docket.Upload, *received, error) {
	files := &received{}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || r.Header.Get("Content-Encoding") != "" {
		return nil, files, errMediaType
	}
	switch kind {
	case "application/json":
		docs, err := s.receiveReferences(w, r, q, tenant)
		return docs, files, err
	case "multipart/form-data":
		docs, err := s.receiveForm(w, r, q, files)
		return docs, files, err
	}
	return nil, files, errMediaType
}

// receiveForm reads a form, whose parts have an order: what belongs to a file follows it.
func (s *server) receiveForm(w http.ResponseWriter, r *http.Request, q *wishes, files *received) ([]docket.Upload, error) {
	r.Body = http.MaxBytesReader(w, r.Body, s.MaxBatchBytes+formBytes+int64(s.MaxBatch)*512)
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, errMediaType
	}
	var docs []*received
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, batchTooLarge(err)
		}
		field := part.FormName()
		switch {
		case field == "file" && len(docs) == s.MaxBatch:
			return nil, errBatchCount
		case field == "file":
			docs = append(docs, &received{})
		case field == "password", len(docs) == 0 && (field == "detached" || field == "digest"), len(docs) > 0 && len(docs[len(docs)-1].detached) == maxParts:
			return nil, errParts
		}
		g := &received{}
		if len(docs) > 0 {
			g = docs[len(docs)-1]
		}
		err = s.part(r, q, g, field, part.FileName(), http.MaxBytesReader(w, part, s.MaxBytes))
		files.taken = slices.Concat(files.taken, newIn(g, files.taken))
		if err != nil {
			return nil, err
		}
		if files.size() > s.MaxBatchBytes {
			return nil, errBatchBytes
		}
	}
	out := make([]docket.Upload, 0, len(docs))
	for _, g := range docs {
		if g.file == nil || g.file.size == 0 {
			return nil, errNoFile
		}
		out = append(out, g.upload())
	}
	if len(out) == 0 {
		return nil, errNoFile
	}
	return out, nil
}

// receiveReferences reads JSON that names verdicts of the tenant whose files are kept, to judge those again. A document is never named by its
// hash: that would tell one tenant what another holds (decisions 17).
func (s *server) receiveReferences(w http.ResponseWriter, r *http.Request, q *wishes, tenant string) ([]docket.Upload, error) {
	u := s.newUpload(w, r)
	u.j.items = s.MaxBatch
	var ids []string
	err := u.j.object("#", func(key, at string) error {
		if key != "documents" {
			if !slices.Contains([]string{"policy", "time", "keep"}, key) {
				return &jsonError{at, faultKey}
			}
			return u.jsonWish(r, q, key, at)
		}
		return u.j.array(at, func(at string) error {
			return u.j.object(at, func(key, at string) error {
				var id string
				if key != "verification" {
					return &jsonError{at, faultKey}
				}
				err := u.j.scalar(at, &id)
				ids = append(ids, id)
				return err
			})
		})
	})
	if err == nil {
		err = u.j.end()
	}
	if err == nil && len(ids) == 0 {
		err = errNoFile
	}
	var out []docket.Upload
	for i, id := range ids {
		if err != nil {
			break
		}
		var v *docket.StoredVerdict
		if v, err = s.Archive.Find(r.Context(), tenant, id); docket.CodeOf(err) == docket.CodeNotFound || err == nil && v.File == "" {
			return nil, &wishError{invalid(fmt.Sprintf("#/documents/%d/verification", i), "verification")}
		}
		if err == nil {
			out = append(out, storedUpload(v))
		}
	}
	return out, err
}

// storedUpload is the document of a stored verdict.
func storedUpload(v *docket.StoredVerdict) docket.Upload {
	d := docket.Upload{StoredFile: docket.StoredFile{Name: v.Name, Size: v.Size}, Hash: v.File}
	for _, b := range v.Beside {
		d.Beside = append(d.Beside, docket.Upload{StoredFile: b, Hash: b.File})
	}
	return d
}

// batch looks up the batch that the path names. It has answered when it returns nil.
func (s *server) batch(w http.ResponseWriter, r *http.Request) (*docket.Batch, []docket.BatchCount) {
	tenant, ok := s.tenantOf(w, r)
	if !ok {
		return nil, nil
	}
	b, counts, err := s.Archive.Batch(r.Context(), tenant, docket.ID(chi.URLParam(r, "id")))
	if err != nil {
		s.refuseArchive(w, r, err)
		return nil, nil
	}
	return b, counts
}

// getBatch answers how far a batch has come.
func (s *server) getBatch(w http.ResponseWriter, r *http.Request) {
	if b, counts := s.batch(w, r); b != nil {
		s.writeJSON(w, r, s.batchAnswer(b, counts))
	}
}

// cancelBatch ends a batch; what was judged stays.
func (s *server) cancelBatch(w http.ResponseWriter, r *http.Request) {
	b, _ := s.batch(w, r)
	if b == nil {
		return
	}
	if err := s.Archive.CancelBatch(r.Context(), b.Tenant, b.ID); err != nil {
		s.refuseArchive(w, r, err)
		return
	}
	s.getBatch(w, r)
}

// batchAnswer counts.
func (s *server) batchAnswer(b *docket.Batch, counts []docket.BatchCount) BatchAnswer {
	out := BatchAnswer{ID: string(b.ID), State: string(b.State), Policy: b.Policy, Total: b.Total, Created: b.Created, Expires: b.Expires, Href: batchesPath + string(b.ID)}
	out.Verdicts = out.Href + "/verdicts"
	for _, c := range counts {
		to := &out.Waiting
		switch {
		case c.State == docket.VerdictCancelled:
			to = &out.Cancelled
		case c.State == docket.VerdictWaiting:
		case c.Failed:
			to = &out.Unreadable
		case c.Indication == etsi.TotalPassed:
			to = &out.Passed
		case c.Indication == etsi.TotalFailed:
			to = &out.Failed
		case c.Indication == etsi.NoSignatureFound:
			to = &out.Unsigned
		default:
			to = &out.Indeterminate
		}
		*to += c.N
	}
	until := s.Now()
	if !b.Ended.IsZero() {
		until, out.Ended = b.Ended, &b.Ended
	}
	judged := out.Total - out.Waiting - out.Cancelled
	if spent := until.Sub(b.Created).Seconds(); spent > 0 && judged > 0 {
		out.PerSecond = float64(judged) / spent
		if out.Waiting > 0 {
			out.SecondsLeft = new(float64(out.Waiting) / out.PerSecond)
		}
	}
	return out
}

// batchPage is how many verdicts of a batch are read at a time.
const batchPage = 50

// getBatchVerdicts streams the verdicts in the order of the documents, after a place if asked, up to the first that still waits: whoever asks
// again after the last line misses none.
func (s *server) getBatchVerdicts(w http.ResponseWriter, r *http.Request) {
	after := 0
	if text := r.URL.Query().Get("after"); text != "" {
		var err error
		if after, err = strconv.Atoi(text); err != nil || after < 0 {
			s.refuse(w, r, invalid("#/after", "after"))
			return
		}
	}
	b, _ := s.batch(w, r)
	if b == nil {
		return
	}
	lang := string(language(r))
	w.Header().Set("Content-Type", "application/jsonl; charset=utf-8")
	w.Header().Set("Content-Language", lang)
	for {
		page, err := s.Archive.BatchVerdicts(r.Context(), b, after, batchPage)
		if err != nil {
			s.Log.WarnContext(r.Context(), "verdicts of a batch can't be read", slog.Any("error", err))
			return
		}
		for i := range page {
			v := &page[i]
			if v.State == docket.VerdictWaiting {
				return
			}
			line, err := s.batchLine(r, v, lang)
			if err == nil {
				_, err = w.Write(line)
			}
			if err != nil {
				s.Log.InfoContext(r.Context(), "verdicts of a batch cut off", slog.Any("error", err))
				return
			}
			after = v.Seq
		}
		if len(page) < batchPage {
			return
		}
	}
}

// batchLine is one verdict as a line.
func (s *server) batchLine(r *http.Request, v *docket.StoredVerdict, lang string) ([]byte, error) {
	line := BatchLine{Seq: v.Seq, ID: string(v.ID), State: string(v.State)}
	if v.State == docket.VerdictCancelled {
		line.Document = report.Document{File: v.Name, Signatures: []report.Signature{}, Timestamps: []report.Timestamp{}, Policy: v.Policy}
	} else {
		rep, err := s.Archive.Report(r.Context(), v, false)
		switch {
		case err == nil:
			line.Document = report.Simple(rep, lang)
		case v.Failure != "":
			line.Document = report.Failure(v.Name, err, lang)
		default:
			return nil, err
		}
	}
	b, err := json.Marshal(line)
	return append(b, '\n'), err
}

// newIn lists the files of g that are not known yet.
func newIn(g *received, known []*spooled) []*spooled {
	return slices.DeleteFunc(g.all(), func(sp *spooled) bool { return slices.Contains(known, sp) })
}

// batchTooLarge names the limit of a whole batch where reading stopped at it.
func batchTooLarge(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return errBatchBytes
	}
	if strings.Contains(err.Error(), "NextPart") && errors.Is(err, io.EOF) {
		return errParts
	}
	return err
}
