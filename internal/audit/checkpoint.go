package audit

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Checkpoint is a signed statement of where the chain ended at a time. Exported off the host, it shows later cuts and rewrites.
type Checkpoint struct {
	N         int64     `json:"n"`
	Hash      string    `json:"hash"`
	At        time.Time `json:"at"`
	Signature []byte    `json:"signature"`           // over Statement's SHA-256, by the audit key
	Timestamp []byte    `json:"timestamp,omitempty"` // RFC 3161 token over the same digest
}

// Statement is what a checkpoint's signature and timestamp are about.
func (c *Checkpoint) Statement() []byte {
	return fmt.Appendf(nil, "mohur audit checkpoint 1\n%d\n%s\n%s\n", c.N, c.Hash, c.At.UTC().Format(time.RFC3339))
}

// Timestamp asks an authority for a token over a SHA-256 digest.
type Timestamp func(ctx context.Context, sha256 []byte) (token []byte, err error)

// ErrEmpty says that there is nothing to state yet.
var ErrEmpty = errors.New("audit: the log has no chained entry yet")

// ErrCheckpoint says that a checkpoint's signature does not verify.
var ErrCheckpoint = errors.New("audit: a checkpoint's signature does not verify with the audit key")

// MakeCheckpoint signs the present end of the chain. stamp may be nil; when the authority does not answer, no checkpoint is made.
func MakeCheckpoint(ctx context.Context, l Log, key crypto.Signer, stamp Timestamp, now time.Time) (*Checkpoint, error) {
	head, err := l.Head(ctx)
	if err != nil {
		return nil, err
	}
	if head.N == 0 {
		return nil, ErrEmpty
	}
	c := &Checkpoint{N: head.N, Hash: head.Hash, At: now.UTC().Truncate(time.Second)}
	digest := sha256.Sum256(c.Statement())
	if c.Signature, err = sign(key, c.Statement(), digest[:]); err != nil {
		return nil, fmt.Errorf("audit: signing a checkpoint: %w", err)
	}
	if stamp != nil {
		if c.Timestamp, err = stamp(ctx, digest[:]); err != nil {
			return nil, fmt.Errorf("audit: timestamp of a checkpoint: %w", err)
		}
	}
	return c, nil
}

// sign signs the statement the way the key wants it: Ed25519 signs the message, the others its digest.
func sign(key crypto.Signer, statement, digest []byte) ([]byte, error) {
	if _, ok := key.Public().(ed25519.PublicKey); ok {
		return key.Sign(rand.Reader, statement, crypto.Hash(0))
	}
	return key.Sign(rand.Reader, digest, crypto.SHA256)
}

// Verify checks a checkpoint's signature with the audit key.
func (c *Checkpoint) Verify(key crypto.PublicKey) error {
	statement := c.Statement()
	digest := sha256.Sum256(statement)
	ok := false
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		ok = ecdsa.VerifyASN1(k, digest[:], c.Signature)
	case *rsa.PublicKey:
		ok = rsa.VerifyPKCS1v15(k, crypto.SHA256, digest[:], c.Signature) == nil
	case ed25519.PublicKey:
		ok = ed25519.Verify(k, statement, c.Signature)
	}
	if !ok {
		return ErrCheckpoint
	}
	return nil
}

// Write appends the checkpoint as one JSON line.
func (c *Checkpoint) Write(w io.Writer) error {
	b, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

// maxCheckpointLine bounds one line of a checkpoint file, which comes from elsewhere.
const maxCheckpointLine = 64 << 10

// ReadCheckpoints reads a file of checkpoints, one JSON line each.
func ReadCheckpoints(r io.Reader) ([]Checkpoint, error) {
	var out []Checkpoint
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxCheckpointLine)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var c Checkpoint
		d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		d.DisallowUnknownFields()
		if err := d.Decode(&c); err != nil {
			return nil, fmt.Errorf("audit: checkpoint in line %d: %w", n, err)
		}
		if sum, err := hex.DecodeString(c.Hash); err != nil || len(sum) != sha256.Size || c.N <= 0 {
			return nil, fmt.Errorf("audit: checkpoint in line %d is incomplete", n)
		}
		out = append(out, c)
	}
	return out, lines.Err()
}
