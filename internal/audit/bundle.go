package audit

import (
	"archive/zip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Files of a bundle.
const (
	BundleEntries     = "entries.jsonl"     // one link a line: {"n", "hash", "canonical"}
	BundleCheckpoints = "checkpoints.jsonl" // as they were exported
	BundleKey         = "audit.pub"         // the checkpoints' public key, PEM
	BundleAbout       = "about.json"        // how the hashes are made, and where the chain ended
)

// bundleLine is a link as it is exported: the very bytes that were hashed.
type bundleLine struct {
	N         int64           `json:"n"`
	Hash      string          `json:"hash"`
	Canonical json.RawMessage `json:"canonical"`
}

// bundleAbout explains a bundle to whoever checks it elsewhere.
type bundleAbout struct {
	Format  string    `json:"format"`
	Rule    string    `json:"rule"`
	Made    time.Time `json:"made"`
	Entries int64     `json:"entries"`
	Head    string    `json:"head"`
}

// WriteBundle writes the chained log as a ZIP that can be checked anywhere: each link's hash is SHA-256 of the hash before it, as text, and of the
// canonical bytes. checkpoints and key are files of their own, left out where there are none.
func WriteBundle(ctx context.Context, w io.Writer, l Log, checkpoints, key []byte, now time.Time) error {
	z := zip.NewWriter(w)
	entries, err := z.Create(BundleEntries)
	if err != nil {
		return fmt.Errorf("audit: bundle: %w", err)
	}
	about := bundleAbout{Format: "mohur-audit-1", Rule: "hash = hex(SHA-256(hash of the line before || canonical)), beginning with an empty text", Made: now.UTC().Truncate(time.Second)}
	for {
		links, err := l.Links(ctx, about.Entries, batch)
		if err != nil {
			return err
		}
		for i := range links {
			canonical, err := Canonical(links[i].N, &links[i].Entry)
			if err != nil {
				return err
			}
			line, err := json.Marshal(bundleLine{links[i].N, links[i].Hash, canonical})
			if err != nil {
				return fmt.Errorf("audit: bundle: %w", err)
			}
			if _, err := entries.Write(append(line, '\n')); err != nil {
				return fmt.Errorf("audit: bundle: %w", err)
			}
			about.Entries, about.Head = links[i].N, links[i].Hash
		}
		if len(links) < batch {
			break
		}
	}
	last, err := json.MarshalIndent(about, "", "  ")
	if err != nil {
		return fmt.Errorf("audit: bundle: %w", err)
	}
	for _, f := range []struct {
		name string
		text []byte
	}{{BundleCheckpoints, checkpoints}, {BundleKey, key}, {BundleAbout, append(last, '\n')}} {
		if len(f.text) == 0 {
			continue
		}
		part, err := z.Create(f.name)
		if err != nil {
			return fmt.Errorf("audit: bundle: %w", err)
		}
		if _, err := part.Write(f.text); err != nil {
			return fmt.Errorf("audit: bundle: %w", err)
		}
	}
	return z.Close()
}
