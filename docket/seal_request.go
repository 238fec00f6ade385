package docket

import (
	"context"
	"time"

	"mohur/docket/calendar"
)

// SealRequestState is where a seal request stands.
type SealRequestState string

// The states of a seal request. Only sealing can lead to a seal: whatever is in it was intended, and was counted.
const (
	SealReceived  SealRequestState = "received" // waits to be worked on; one whose client waits for the answer begins in sealing
	SealSealing   SealRequestState = "sealing"  // certificate, profile version and count are committed: the intent
	SealReleased  SealRequestState = "released"
	SealFailed    SealRequestState = "failed"    // intended or not, nothing was released and nothing will be
	SealRefused   SealRequestState = "refused"   // by a rule, before anything was intended
	SealAbandoned SealRequestState = "abandoned" // its batch was cancelled before its turn came
)

// EventAbandon is that a client no longer wants a seal.
const EventAbandon = "abandon"

// SealRequestTransitions is the life of a seal request (decisions 9 to 12). A program's wish has no person in it: whether the client may ask is
// the profile's business.
func SealRequestTransitions() []Transition[SealRequestState] {
	system := []Role{RoleSystem}
	return []Transition[SealRequestState]{
		{EventIntend, SealReceived, SealSealing, system, "the profile's version in force admits client and input, by a verdict under ten minutes old; counted in the same transaction"},
		{EventRefuse, SealReceived, SealRefused, system, "the profile does not admit client or input; nothing is counted"},
		{EventRetry, SealReceived, SealReceived, system, "the lease is over; nothing was intended"},
		{EventFail, SealReceived, SealFailed, system, "its attempts are used up"},
		{EventAbandon, SealReceived, SealAbandoned, system, "its batch is cancelled and nobody works on it"},
		{EventRelease, SealSealing, SealReleased, system, "our signature TOTAL-PASSED at the level, intended certificate, whole file, the intended document in it, no verdict worse; one conditional update"},
		{EventRetry, SealSealing, SealSealing, system, "the lease is over; with the same count, maybe another certificate, which is committed first"},
		{EventFail, SealSealing, SealFailed, system, "the client waited, or its attempts are used up, or our own check kept the file back; the count stays"},
	}
}

// SealRequestKind is what a program wants sealed.
type SealRequestKind string

// The kinds. The last two only where a profile allows hashes (decisions 10).
const (
	SealDocument SealRequestKind = "document"
	SealDigest   SealRequestKind = "digest" // a detached signature over a SHA-256 whose document stays with the client
	SealHashes   SealRequestKind = "hashes" // bare signature values
)

// SealPackaging is how a CAdES seal and its document lie together. Empty for PAdES and for hashes.
type SealPackaging string

// The packagings of CAdES.
const (
	PackagingDetached   SealPackaging = "detached"
	PackagingEnveloping SealPackaging = "enveloping"
)

// SealRequest is a program's wish for a seal, and its intent once it is in sealing.
type SealRequest struct {
	ID      ID
	Kind    SealRequestKind
	State   SealRequestState
	Client  string // by the name of its API client
	Tenant  string
	Profile string
	Version int    // of the profile, which intended it
	Key     string // the client's idempotency key; emptied after its time
	Request Hash   // of everything that was asked: the same key with another is refused
	BatchID ID
	Seq     int  // place in the batch, from 1
	Async   bool // the client does not wait: what can't be done now is tried again

	Name      string
	Size      int64
	Document  Hash // the exact bytes to be sealed; of hashes, the SHA-256 over them
	Packaging SealPackaging
	Count     int // signatures wanted: 1, or the number of hashes

	Credential  string
	KeyLabel    string
	Certificate Hash          // the SHA-256 of the certificate the seal must be made with
	Level       string        // "PAdES-BASELINE-T"
	Day         calendar.Date // in Baku, on which it was counted; empty: it was not
	Owner       string        // who works on it; another one each time
	Lease       time.Time     // until when the owner may; without an owner, when the next attempt is due
	Attempts    int

	Input        ID   // the verdict on the document
	Verdict      ID   // the verdict on the sealed file
	Released     Hash // the sealed file; of hashes, the SHA-256 over the values
	ReleasedSize int64
	Failure      string // a key: why it failed or was refused, or why the last attempt did not do
	Check        string // what our own check kept back, or a part of the refusal
	Created      time.Time
	Intended     time.Time
	Ended        time.Time
	Expires      time.Time // of document and sealed file
	Kept         bool      // document and sealed file are stored
}

// Open says whether something may still come of it.
func (r *SealRequest) Open() bool { return r.State == SealReceived || r.State == SealSealing }

// SealBatch is many requests of one client that one profile admits.
type SealBatch struct {
	ID        ID
	Client    string
	Tenant    string
	Profile   string
	Key       string
	Request   Hash
	Total     int
	Created   time.Time
	Cancelled time.Time
	Expires   time.Time
}

// SealCount is how many seals one scope was allowed on a day in Baku.
type SealCount struct {
	Scope string // "profile NAME" or "client NAME"
	Day   calendar.Date
	N     int
}

// SealBatchCount is how many requests of a batch stand where.
type SealBatchCount struct {
	State SealRequestState
	N     int
}

// SealRequests stores what programs want sealed.
type SealRequests interface {
	// AddSealRequest adds one; ErrStale if the client has used the key for another one.
	AddSealRequest(ctx context.Context, r *SealRequest) error
	SealRequest(ctx context.Context, id ID) (*SealRequest, error)
	// SealRequestByKey finds a client's by its idempotency key.
	SealRequestByKey(ctx context.Context, client, key string) (*SealRequest, error)
	// ForgetSealKeys empties the keys of requests and batches that were made before the instant.
	ForgetSealKeys(ctx context.Context, before time.Time) error

	// ClaimSealRequest gives an open one to owner until the lease, counting an attempt, if nobody holds an unexpired one and its next attempt is
	// due; ErrStale otherwise. One conditional statement.
	ClaimSealRequest(ctx context.Context, id ID, owner string, now, lease time.Time) error
	// KeepSealRequest prolongs the lease of who holds it; ErrStale for who does not.
	KeepSealRequest(ctx context.Context, id ID, owner string, lease time.Time) error
	// IntendSealRequest writes version, credential, key, certificate, level, day and the input's verdict of one that was received, and moves it to
	// sealing; ErrStale if its owner lost it.
	IntendSealRequest(ctx context.Context, r *SealRequest) error
	// RetargetSealRequest names another certificate, with its key, before that one signs anything; it counts as an attempt. ErrStale if the owner
	// lost it.
	RetargetSealRequest(ctx context.Context, id ID, owner, key string, certificate Hash, lease time.Time) error
	// ReleaseSealRequest records the one sealed file and its verdict, if the owner still holds the intent and nothing was released; ErrStale
	// otherwise. One conditional statement.
	ReleaseSealRequest(ctx context.Context, r *SealRequest) error
	// PostponeSealRequest gives the lease back with the reason and says when the next attempt is due; ErrStale if the owner lost it.
	PostponeSealRequest(ctx context.Context, id ID, owner, failure string, again time.Time) error
	// EndSealRequest writes State (failed or refused), Failure, Check and Ended of an open one; ErrStale if its owner lost it.
	EndSealRequest(ctx context.Context, r *SealRequest) error
	// OpenSealRequests lists the open ones that nobody holds, whose next attempt is due, and that somebody has worked on before or that wait since
	// before waiting, oldest first.
	OpenSealRequests(ctx context.Context, now, waiting time.Time, limit int) ([]SealRequest, error)

	// CountSeals counts n more of a scope on the day, in one conditional statement. With a limit, and when it would be exceeded, nothing is counted
	// and the error is a refusal: CodeLimited, KeyProfileSpent. Limit 0 is none.
	CountSeals(ctx context.Context, scope string, day calendar.Date, n, limit int) error
	// SealCounts lists the counts from a day on.
	SealCounts(ctx context.Context, from calendar.Date) ([]SealCount, error)

	AddSealBatch(ctx context.Context, b *SealBatch) error
	SealBatch(ctx context.Context, id ID) (*SealBatch, error)
	SealBatchByKey(ctx context.Context, client, key string) (*SealBatch, error)
	// CancelSealBatch abandons what of a batch nobody works on and nothing was intended of; ErrStale if it was cancelled already.
	CancelSealBatch(ctx context.Context, id ID, now time.Time) error
	CountSealBatch(ctx context.Context, id ID) ([]SealBatchCount, error)
	// SealBatchRequests lists a batch's requests after a place, in order; state "" takes all.
	SealBatchRequests(ctx context.Context, id ID, state SealRequestState, after, limit int) ([]SealRequest, error)
	// OpenSealBatches counts a client's batches of which something is open.
	OpenSealBatches(ctx context.Context, client string) (int, error)

	// ExpiredSealRequests lists ended ones whose files' time is over and that still name one.
	ExpiredSealRequests(ctx context.Context, now time.Time, limit int) ([]SealRequest, error)
	// DropSealFiles notes that the files of one are gone: its row stays, with the hashes of what was sealed.
	DropSealFiles(ctx context.Context, id ID) error
	// SealFileInUse says whether a request whose files are kept names the file, as its document or as what was released.
	SealFileInUse(ctx context.Context, file Hash) (bool, error)
}
