package docket

import (
	"context"
	"io"
	"time"

	"mohur/verify/etsi"
)

// StoredState is where a stored verdict or one of a batch stands.
type StoredState string

// The states of a stored verdict.
const (
	VerdictWaiting   StoredState = "waiting" // its document is to be judged
	VerdictDone      StoredState = "done"
	VerdictCancelled StoredState = "cancelled"
)

// StoredVerdict is a verdict that a program asked for and may read again, with the document while it is needed or if it was asked to be kept
// (decisions 17). Its files lie in a store of their own and go when no stored verdict holds them.
type StoredVerdict struct {
	ID      ID
	Tenant  string // who may read it; empty: whoever has the link
	Link    Hash   // SHA-256 of the link's secret; empty for a tenant's
	BatchID ID
	Seq     int // place in the batch, from 1
	State   StoredState

	Name     string
	Size     int64
	Document Hash // SHA-256 of the bytes
	File     Hash // the document as a blob; empty when it is not kept
	KeepFile bool
	Beside   []StoredFile // what a detached signature speaks of; only while waiting, or with the file

	Policy  string
	For     time.Time // the validation time asked for; zero: that of judging
	Created time.Time
	Judged  time.Time // the validation time of the verdict
	Expires time.Time

	Format        string
	Indication    etsi.Indication
	SubIndication etsi.SubIndication
	Failure       string // code of why it could not be judged, empty for a verdict
	Report        Hash   // the verdict as a blob
	Evidence      []Evidence
}

// StoredFile is a file beside a signature, or its digest.
type StoredFile struct {
	Name      string `json:"name"`
	Size      int64  `json:"size,omitempty"`
	File      Hash   `json:"file,omitempty"`
	Algorithm string `json:"algorithm,omitempty"`
	Digest    []byte `json:"digest,omitempty"`
}

// Upload is a document on its way in: its bytes, or a file that is stored already, or only a digest.
type Upload struct {
	StoredFile
	Hash    Hash        // of the bytes
	Content io.ReaderAt // nil for a stored file and for a digest
	Beside  []Upload    // what a detached signature speaks of
}

// Blobs lists the files that v holds, each once for every time it holds it.
func (v *StoredVerdict) Blobs() []Hash {
	var out []Hash
	hold := func(h Hash) {
		if h != "" {
			out = append(out, h)
		}
	}
	hold(v.File)
	hold(v.Report)
	for _, f := range v.Beside {
		hold(f.File)
	}
	for _, e := range v.Evidence {
		hold(e.Blob)
	}
	return out
}

// BatchState is where a batch stands.
type BatchState string

// The states of a batch. A batch that is still coming in is not there for anybody.
const (
	BatchReceiving BatchState = "receiving"
	BatchRunning   BatchState = "running"
	BatchDone      BatchState = "done"
	BatchCancelled BatchState = "cancelled"
)

// Batch is many documents to be judged in the background under one policy.
type Batch struct {
	ID       ID
	Tenant   string
	State    BatchState
	Policy   string
	For      time.Time // one validation time for all; zero: when each is judged
	KeepFile bool
	Total    int
	Created  time.Time
	Ended    time.Time
	Expires  time.Time
	Owner    string    // the piece of work that is at it
	Lease    time.Time // until when the owner may
}

// BatchCount is how many of a batch's documents came out how.
type BatchCount struct {
	State      StoredState
	Indication etsi.Indication // of those that were judged
	Failed     bool            // could not be judged
	N          int
}

// StoredVerdicts stores verdicts and batches for programs.
type StoredVerdicts interface {
	AddStoredVerdict(ctx context.Context, v *StoredVerdict) error
	StoredVerdict(ctx context.Context, id ID) (*StoredVerdict, error)
	StoredVerdictByLink(ctx context.Context, link Hash) (*StoredVerdict, error)
	// FinishStoredVerdict writes the verdict of one that waits; ErrStale if it no longer does.
	FinishStoredVerdict(ctx context.Context, v *StoredVerdict) error
	// RemoveStoredVerdict removes one; ErrStale if it is gone already.
	RemoveStoredVerdict(ctx context.Context, id ID) error
	// ExpiredVerdicts lists those whose time is over, oldest first.
	ExpiredVerdicts(ctx context.Context, now time.Time, limit int) ([]StoredVerdict, error)

	// HoldBlobs counts holders of files. It precedes the storing of the file, so that nobody who drops it meanwhile removes it.
	HoldBlobs(ctx context.Context, hashes ...Hash) error
	// DropBlobs counts back and returns those that nobody holds any more. Their files are removed in the same transaction, for whoever wants
	// to hold one again waits for it.
	DropBlobs(ctx context.Context, hashes ...Hash) (free []Hash, err error)

	AddBatch(ctx context.Context, b *Batch) error
	Batch(ctx context.Context, id ID) (*Batch, error)
	// MoveBatch changes the state; ErrStale if it is not from.
	MoveBatch(ctx context.Context, id ID, from, to BatchState, now time.Time) error
	// OpenBatches counts a tenant's batches that are coming in or running.
	OpenBatches(ctx context.Context, tenant string) (int, error)
	// ClaimBatch gives a running batch to owner until the lease, if nobody else holds an unexpired one; ErrStale otherwise.
	ClaimBatch(ctx context.Context, id ID, owner string, now, lease time.Time) error
	// IdleBatches lists running batches that nobody holds a lease of.
	IdleBatches(ctx context.Context, now time.Time) ([]Batch, error)
	// ExpiredBatches lists those whose time is over.
	ExpiredBatches(ctx context.Context, now time.Time, limit int) ([]Batch, error)
	RemoveBatch(ctx context.Context, id ID) error
	CountBatch(ctx context.Context, id ID) ([]BatchCount, error)
	// BatchVerdicts lists a batch's documents after a place, in order; state "" takes all.
	BatchVerdicts(ctx context.Context, id ID, state StoredState, after, limit int) ([]StoredVerdict, error)
}
