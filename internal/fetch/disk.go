package fetch

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// DiskStore keeps answers as files of a folder, one per request, at most about MaxBytes in all. Several processes may share the folder: a file
// appears whole or not at all, and one that was damaged since is none.
type DiskStore struct {
	Dir      string
	MaxBytes int64 // default 256 MiB; what is written between two prunings comes on top, at most a sixteenth

	unpruned atomic.Int64
}

const (
	// diskMagic begins every file: other files, and those of other versions, are not read.
	diskMagic = "mohur answer 1\n"
	// diskHead is the magic, a SHA-256 of all that follows it, and two times in Unix seconds: of fetching, and of the end (0: none).
	diskHead = len(diskMagic) + sha256.Size + 8 + 8
	// maxDiskEntry bounds the file that is read into memory, in bytes.
	maxDiskEntry = 128 << 20
	diskSuffix   = ".answer"
	// maxLeftover is how long a half-written file of a process that died may lie about.
	maxLeftover = time.Hour
)

func (d *DiskStore) path(key string) string { return filepath.Join(d.Dir, key+diskSuffix) }

// Load reads an answer. A file that is no whole answer is removed.
func (d *DiskStore) Load(key string) (Entry, bool) {
	f, err := os.Open(d.path(key))
	if err != nil {
		return Entry{}, false
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxDiskEntry+1))
	if err != nil {
		return Entry{}, false
	}
	e, ok := decodeEntry(b)
	if !ok {
		d.Remove(key)
	}
	return e, ok
}

func decodeEntry(b []byte) (Entry, bool) {
	if len(b) < diskHead || len(b) > maxDiskEntry || string(b[:len(diskMagic)]) != diskMagic {
		return Entry{}, false
	}
	sum, rest := b[len(diskMagic):len(diskMagic)+sha256.Size], b[len(diskMagic)+sha256.Size:]
	if got := sha256.Sum256(rest); !bytes.Equal(got[:], sum) {
		return Entry{}, false
	}
	e := Entry{At: time.Unix(int64(binary.BigEndian.Uint64(rest)), 0), Body: rest[16:]}
	if until := int64(binary.BigEndian.Uint64(rest[8:])); until != 0 {
		e.Until = time.Unix(until, 0)
	}
	return e, true
}

func encodeEntry(e Entry) []byte {
	rest := binary.BigEndian.AppendUint64(make([]byte, 0, 16+len(e.Body)), uint64(e.At.Unix()))
	until := int64(0)
	if !e.Until.IsZero() {
		until = e.Until.Unix()
	}
	rest = append(binary.BigEndian.AppendUint64(rest, uint64(until)), e.Body...)
	sum := sha256.Sum256(rest)
	return slices.Concat([]byte(diskMagic), sum[:], rest)
}

// Save writes an answer.
func (d *DiskStore) Save(key string, e Entry) {
	if os.MkdirAll(d.Dir, 0o700) != nil {
		return
	}
	f, err := os.CreateTemp(d.Dir, "part-*")
	if err != nil {
		return
	}
	b := encodeEntry(e)
	_, err1 := f.Write(b)
	err2 := f.Close()
	if err1 != nil || err2 != nil || os.Rename(f.Name(), d.path(key)) != nil {
		os.Remove(f.Name())
		return
	}
	if n := d.unpruned.Add(int64(len(b))); n == int64(len(b)) || n > d.limit()/16 { // the first of a process, and then now and again
		d.unpruned.Store(1)
		d.prune()
	}
}

// Remove deletes an answer.
func (d *DiskStore) Remove(key string) { os.Remove(d.path(key)) }

func (d *DiskStore) limit() int64 {
	if d.MaxBytes == 0 {
		return 256 << 20
	}
	return d.MaxBytes
}

// prune deletes the oldest answers while there are too many bytes, and what processes that died left half-written.
func (d *DiskStore) prune() {
	entries, err := os.ReadDir(d.Dir)
	if err != nil {
		return
	}
	var files []os.FileInfo
	var total int64
	var newest time.Time
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && (strings.HasPrefix(e.Name(), "part-") || filepath.Ext(e.Name()) == diskSuffix) {
			files = append(files, info)
			total += info.Size()
			if info.ModTime().After(newest) {
				newest = info.ModTime()
			}
		}
	}
	slices.SortFunc(files, func(a, b os.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, f := range files {
		leftover := strings.HasPrefix(f.Name(), "part-")
		if total <= d.limit() && !leftover || leftover && newest.Sub(f.ModTime()) < maxLeftover {
			continue
		}
		if os.Remove(filepath.Join(d.Dir, f.Name())) == nil {
			total -= f.Size()
		}
	}
}
