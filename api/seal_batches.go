package api

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"mohur/docket"
	"mohur/internal/sealing"
)

// sealBatchesPath is where batches of seals stand.
const sealBatchesPath = "/v1/seal-batches/"

// SealBatchAnswer is how far a batch of seals has come.
type SealBatchAnswer struct {
	ID        docket.ID `json:"id"`
	State     string    `json:"state" enum:"running,done,cancelled"`
	Profile   string    `json:"profile"`
	Total     int       `json:"total"`
	Waiting   int       `json:"waiting" doc:"received, or being sealed"`
	Released  int       `json:"released"`
	Failed    int       `json:"failed"`
	Refused   int       `json:"refused"`
	Abandoned int       `json:"abandoned" doc:"the batch was cancelled before their turn"`
	Created   time.Time `json:"created"`
	Cancelled time.Time `json:"cancelled,omitzero"`
	Expires   time.Time `json:"expires" doc:"until then the sealed documents are there"`
	Href      string    `json:"href"`
	Seals     string    `json:"seals" doc:"address of the requests, a JSON line each"`
}

// postSealBatch takes many documents to be sealed in the background.
func (s *server) postSealBatch(w http.ResponseWriter, r *http.Request) {
	client, ok := s.sealer(w, r)
	if !ok {
		return
	}
	key, ok := s.idempotencyKey(w, r)
	if !ok {
		return
	}
	done, ok := s.incoming(w, r)
	if !ok {
		return
	}
	f, err := s.receiveSeal(w, r, true)
	done()
	defer f.remove()
	q := sealing.BatchRequest{Client: client, Profile: f.value("profile"), Key: key, Packaging: docket.SealPackaging(f.value("packaging"))}
	for _, sp := range f.files {
		q.Documents = append(q.Documents, docket.Upload{StoredFile: docket.StoredFile{Name: sp.name, Size: sp.size}, Content: sp.f})
	}
	for _, text := range f.fields["digest"] {
		h, derr := sealDigest(text)
		if err == nil {
			err = derr
		}
		q.Documents = append(q.Documents, docket.Upload{Hash: h})
	}
	if err != nil {
		s.refuseBatch(w, r, err)
		return
	}
	s.setLanguage(r, f)
	b, err := s.Seals.AddBatch(r.Context(), q)
	if err != nil {
		s.refuseSeal(w, r, err)
		return
	}
	b, counts, err := s.Seals.Batch(r.Context(), client, b.ID)
	if err != nil {
		s.refuseSeal(w, r, err)
		return
	}
	w.Header().Set("Location", sealBatchesPath+string(b.ID))
	s.writeJSONStatus(w, r, http.StatusAccepted, sealBatchAnswer(b, counts))
}

// sealBatchAnswer counts.
func sealBatchAnswer(b *docket.SealBatch, counts []docket.SealBatchCount) *SealBatchAnswer {
	a := &SealBatchAnswer{
		ID: b.ID, State: "done", Profile: b.Profile, Total: b.Total, Created: b.Created, Cancelled: b.Cancelled, Expires: b.Expires, Href: sealBatchesPath + string(b.ID),
	}
	a.Seals = a.Href + "/seals"
	for _, c := range counts {
		switch c.State {
		case docket.SealReleased:
			a.Released += c.N
		case docket.SealFailed:
			a.Failed += c.N
		case docket.SealRefused:
			a.Refused += c.N
		case docket.SealAbandoned:
			a.Abandoned += c.N
		default:
			a.Waiting += c.N
		}
	}
	switch {
	case !b.Cancelled.IsZero():
		a.State = "cancelled"
	case a.Waiting > 0:
		a.State = "running"
	}
	return a
}

// sealBatch looks up the batch that the path names. It has answered when it returns nil.
func (s *server) sealBatch(w http.ResponseWriter, r *http.Request) (*docket.SealBatch, []docket.SealBatchCount) {
	client, ok := s.sealer(w, r)
	if !ok {
		return nil, nil
	}
	b, counts, err := s.Seals.Batch(r.Context(), client, docket.ID(chi.URLParam(r, "id")))
	if err != nil {
		s.refuseSeal(w, r, err)
		return nil, nil
	}
	return b, counts
}

// getSealBatch answers how far a batch has come.
func (s *server) getSealBatch(w http.ResponseWriter, r *http.Request) {
	if b, counts := s.sealBatch(w, r); b != nil {
		s.writeJSON(w, r, sealBatchAnswer(b, counts))
	}
}

// cancelSealBatch ends a batch; what was intended is finished.
func (s *server) cancelSealBatch(w http.ResponseWriter, r *http.Request) {
	b, _ := s.sealBatch(w, r)
	if b == nil {
		return
	}
	client, _ := s.sealer(w, r)
	if err := s.Seals.CancelBatch(r.Context(), client, b.ID); err != nil {
		s.refuseSeal(w, r, err)
		return
	}
	s.getSealBatch(w, r)
}

// getBatchSeals streams the requests of a batch in the order of the documents, after a place if asked, whatever their state.
func (s *server) getBatchSeals(w http.ResponseWriter, r *http.Request) {
	after := 0
	if text := r.URL.Query().Get("after"); text != "" {
		var err error
		if after, err = strconv.Atoi(text); err != nil || after < 0 {
			s.refuse(w, r, invalid("#/after", "after"))
			return
		}
	}
	b, _ := s.sealBatch(w, r)
	if b == nil {
		return
	}
	w.Header().Set("Content-Type", "application/jsonl; charset=utf-8")
	for {
		page, err := s.Seals.BatchRequests(r.Context(), b, after, batchPage)
		if err != nil {
			s.Log.WarnContext(r.Context(), "requests of a batch can't be read", slog.Any("error", err))
			return
		}
		for i := range page {
			line, err := json.Marshal(sealAnswer(&page[i]))
			if err == nil {
				_, err = w.Write(append(line, '\n'))
			}
			if err != nil {
				s.Log.InfoContext(r.Context(), "requests of a batch cut off", slog.Any("error", err))
				return
			}
			after = page[i].Seq
		}
		if len(page) < batchPage {
			return
		}
	}
}
