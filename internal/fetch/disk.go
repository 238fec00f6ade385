package fetch

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// DiskStore keeps answers as files of a folder, one per request, at most MaxBytes in all. Several processes may share the folder.
type DiskStore struct {
	Dir      string
	MaxBytes int64 // default 256 MiB
}

const timeLen = 8 // the time of fetching stands before the body, as Unix seconds

func (d *DiskStore) path(key string) string { return filepath.Join(d.Dir, key+".bin") }

// Load reads an answer.
func (d *DiskStore) Load(key string) ([]byte, time.Time, bool) {
	b, err := os.ReadFile(d.path(key))
	if err != nil || len(b) < timeLen {
		return nil, time.Time{}, false
	}
	return b[timeLen:], time.Unix(int64(binary.BigEndian.Uint64(b)), 0), true
}

// Save writes an answer; the file appears whole or not at all.
func (d *DiskStore) Save(key string, body []byte, at time.Time) {
	if os.MkdirAll(d.Dir, 0o700) != nil {
		return
	}
	f, err := os.CreateTemp(d.Dir, "part-*")
	if err != nil {
		return
	}
	head := binary.BigEndian.AppendUint64(nil, uint64(at.Unix()))
	_, err1 := f.Write(head)
	_, err2 := f.Write(body)
	err3 := f.Close()
	if err1 != nil || err2 != nil || err3 != nil || os.Rename(f.Name(), d.path(key)) != nil {
		os.Remove(f.Name())
		return
	}
	d.prune()
}

// Remove deletes an answer.
func (d *DiskStore) Remove(key string) { os.Remove(d.path(key)) }

// prune deletes the oldest answers while there are too many bytes.
func (d *DiskStore) prune() {
	limit := d.MaxBytes
	if limit == 0 {
		limit = 256 << 20
	}
	entries, err := os.ReadDir(d.Dir)
	if err != nil {
		return
	}
	var files []os.FileInfo
	var total int64
	for _, e := range entries {
		if info, err := e.Info(); err == nil && filepath.Ext(e.Name()) == ".bin" {
			files = append(files, info)
			total += info.Size()
		}
	}
	slices.SortFunc(files, func(a, b os.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, f := range files {
		if total <= limit {
			return
		}
		if os.Remove(filepath.Join(d.Dir, f.Name())) == nil {
			total -= f.Size()
		}
	}
}
