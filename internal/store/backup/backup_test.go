package backup

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/store/blob"
	"mohur/internal/store/fsck"
	"mohur/internal/store/sqlstore"
	"mohur/internal/store/storetest"
	"mohur/internal/store/volume"
)

var engines storetest.Engines // of this test binary

func TestMain(m *testing.M) { os.Exit(engines.Main(m)) }

func opened(t *testing.T, dsn string) *sqlstore.Store {
	t.Helper()
	s, err := sqlstore.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	s.UseQueue(func(context.Context, *sql.Tx, []docket.Task) error { return nil })
	return s
}

func shelves(t *testing.T, root string) (map[sqlstore.Shelf]docket.Blobs, map[sqlstore.Shelf]fsck.Files) {
	t.Helper()
	blobs, files := map[sqlstore.Shelf]docket.Blobs{}, map[sqlstore.Shelf]fsck.Files{}
	for _, s := range sqlstore.Shelves() {
		d, err := blob.Open(filepath.Join(root, string(s)))
		if err != nil {
			t.Fatal(err)
		}
		blobs[s], files[s] = d, d
	}
	return blobs, files
}

// filled is an office with cases, a file on each shelf, mail that did not leave, and a session.
func filled(t *testing.T, dsn string) (*sqlstore.Store, map[sqlstore.Shelf]docket.Blobs) {
	t.Helper()
	s := opened(t, dsn)
	blobs, _ := shelves(t, t.TempDir())
	now := time.Now().UTC().Truncate(time.Microsecond)
	var hashes []docket.Hash
	for _, shelf := range sqlstore.Shelves() {
		b, err := blobs[shelf].Put(t.Context(), strings.NewReader("fayl "+string(shelf)), 100)
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, b.Hash)
	}
	v := &docket.Verification{ID: docket.NewID(now), At: now, Policy: "basic", Report: []byte{0, 1, 255}}
	n := &docket.Notification{ID: docket.NewID(now), Channel: docket.ChannelMail, To: "a@example.az", Key: docket.NotifyReceived, Created: now}
	stored := &docket.StoredVerdict{ID: docket.NewID(now), Tenant: "t", State: docket.VerdictWaiting, Name: "ə.pdf", File: hashes[1], Created: now, Expires: now.Add(time.Hour)}
	seal := &docket.SealRequest{ID: docket.NewID(now), Kind: docket.SealDocument, State: docket.SealReleased, Client: "c", Tenant: "t", Document: hashes[2], Released: hashes[2], Created: now, Ended: now, Expires: now.Add(time.Hour), Kept: true}
	bare := *seal
	bare.ID, bare.Kind, bare.Document, bare.Released = docket.NewID(now), docket.SealHashes, docket.HashOf([32]byte{8}), docket.HashOf([32]byte{9})
	if err := s.InTx(t.Context(), func(w docket.Work) error {
		ctx := t.Context()
		return errors.Join(w.AddVerification(ctx, v), w.AddNotification(ctx, n), w.AddStoredVerdict(ctx, stored), w.AddSealRequest(ctx, seal), w.AddSealRequest(ctx, &bare))
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := volume.Fill(t.Context(), s, volume.Options{Submissions: 300, Letters: 1000, Years: 2, Now: now, Verdict: v.ID, Document: hashes[0]}); err != nil {
		t.Fatal(err)
	}
	if err := s.Sessions().SaveSession(t.Context(), "token", []byte("x"), now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	return s, blobs
}

// contents is every row of every table, as a sorted list of lines.
func contents(t *testing.T, s *sqlstore.Store) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	_, err := s.Export(t.Context(), func(table string, fields []sqlstore.Field) (func([]any) error, error) {
		return func(values []any) error {
			line := map[string]any{} // the order of columns may differ
			for i, f := range fields {
				line[f.Name] = values[i]
			}
			b, err := json.Marshal(line)
			out[table] = append(out[table], string(b))
			return err
		}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, lines := range out {
		slices.Sort(lines)
	}
	return out
}

// TestThereAndBack: what was backed up on either engine is restored on either, row by row and file by file, and fsck finds nothing.
func TestThereAndBack(t *testing.T) {
	engines.Each(t, func(t *testing.T, dsn string) {
		from, blobs := filled(t, dsn)
		dir := filepath.Join(t.TempDir(), "b")
		m, err := Write(t.Context(), dir, Options{Store: from, Shelves: blobs, Now: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		if m.Files != 3 || len(m.Missing) != 0 || m.Shelves["seals"] != 1 {
			t.Fatalf("%+v", m)
		}
		want := contents(t, from)
		if len(want["submissions"]) != 300 || len(want["sessions"]) != 0 {
			t.Fatalf("%d submissions", len(want["submissions"]))
		}
		engines.Each(t, func(t *testing.T, dsn string) {
			s, err := sqlstore.OpenFor(t.Context(), dsn, m.Version)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			blobs, files := shelves(t, t.TempDir())
			if err := Restore(t.Context(), dir, m, RestoreOptions{Store: s, Shelves: blobs}); err != nil {
				t.Fatal(err)
			}
			got := contents(t, s)
			for _, table := range slices.Sorted(maps.Keys(want)) {
				if !slices.Equal(got[table], want[table]) {
					t.Errorf("%s: %d rows, want %d", table, len(got[table]), len(want[table]))
				}
			}
			up := opened(t, dsn)
			r, err := fsck.Check(t.Context(), up, fsck.Options{Shelves: files, Now: time.Now()})
			if err != nil || !r.Clean() || r.Files != 3 {
				t.Errorf("%+v %v", r, err)
			}
			tasks, err := up.Unfinished(t.Context())
			if err != nil || len(tasks) != 1+len(mails(want)) || tasks[0].Kind != docket.TaskDeliver {
				t.Errorf("%d tasks, %v", len(tasks), err)
			}
			if _, err := sqlstore.OpenFor(t.Context(), dsn, m.Version); !errors.Is(err, sqlstore.ErrNotEmpty) {
				t.Errorf("over something: %v", err)
			}
		})
	})
}

// mails are what waits to be sent besides.
func mails(rows map[string][]string) (waiting []string) {
	for _, line := range rows["notifications"] {
		if strings.Contains(line, `"sent":null`) && !strings.Contains(line, `"channel":"system"`) && !strings.Contains(line, "a@example.az") {
			waiting = append(waiting, line)
		}
	}
	return waiting
}

// TestDamagedBackups: what was changed in a backup is found before a row is written.
func TestDamagedBackups(t *testing.T) {
	from, blobs := filled(t, engines.SQLite(t))
	for name, spoil := range map[string]func(t *testing.T, dir string, m *Manifest){
		"a table cut off": func(t *testing.T, dir string, _ *Manifest) {
			truncate(t, filepath.Join(dir, "tables", "letters.jsonl.gz"))
		},
		"a table changed and its sum with it": func(t *testing.T, dir string, m *Manifest) {
			for i := range m.Tables {
				if m.Tables[i].Name == "letters" {
					m.Tables[i].SHA256 = rewrite(t, filepath.Join(dir, "tables", "letters.jsonl.gz"))
				}
			}
		},
		"a table that is gone": func(t *testing.T, dir string, _ *Manifest) {
			remove(t, filepath.Join(dir, "tables", "users.jsonl.gz"))
		},
		"a file that is gone": func(t *testing.T, dir string, _ *Manifest) { remove(t, oneFile(t, dir)) },
		"a file changed":      func(t *testing.T, dir string, _ *Manifest) { truncate(t, oneFile(t, dir)) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "b")
			if _, err := Write(t.Context(), dir, Options{Store: from, Shelves: blobs, Now: time.Now()}); err != nil {
				t.Fatal(err)
			}
			m, err := ReadManifest(dir)
			if err != nil {
				t.Fatal(err)
			}
			spoil(t, dir, m)
			s, err := sqlstore.OpenFor(t.Context(), engines.SQLite(t), m.Version)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			target, _ := shelves(t, t.TempDir())
			if err := Restore(t.Context(), dir, m, RestoreOptions{Store: s, Shelves: target}); !errors.Is(err, ErrDamaged) {
				t.Errorf("restored: %v", err)
			}
			if rows := contents(t, s)["submissions"]; len(rows) != 0 {
				t.Errorf("%d rows were taken", len(rows))
			}
		})
	}
}

// TestMissingFilesAreNamed: a backup of an office that lost a file says so, and holds the rest.
func TestMissingFilesAreNamed(t *testing.T) {
	from, _ := filled(t, engines.SQLite(t))
	empty, _ := shelves(t, t.TempDir())
	m, err := Write(t.Context(), filepath.Join(t.TempDir(), "b"), Options{Store: from, Shelves: empty, Now: time.Now()})
	if err != nil || len(m.Missing) != 3 || m.Files != 0 {
		t.Errorf("%+v %v", m, err)
	}
}

// TestUnfinishedFolders: a backup that was not ended is none, and one never overwrites another.
func TestUnfinishedFolders(t *testing.T) {
	from, blobs := filled(t, engines.SQLite(t))
	root := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Write(ctx, filepath.Join(root, "b"), Options{Store: from, Shelves: blobs, Now: time.Now()}); err == nil {
		t.Error("a cancelled backup was made")
	}
	if left, _ := os.ReadDir(root); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
	if _, err := ReadManifest(root); err == nil || !strings.Contains(err.Error(), "no finished backup") {
		t.Error(err)
	}
	if _, err := Write(t.Context(), root, Options{Store: from, Shelves: blobs, Now: time.Now()}); err == nil {
		t.Error("a folder was overwritten")
	}
}

func oneFile(t *testing.T, dir string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "files", "blobs", "*", "*"))
	if err != nil || len(found) == 0 {
		t.Fatal(err)
	}
	return found[0]
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func truncate(t *testing.T, path string) {
	t.Helper()
	if err := errors.Join(os.Chmod(path, 0o600), os.Truncate(path, 3)); err != nil {
		t.Fatal(err)
	}
}

// rewrite leaves a table's first row only, well formed, and returns the sum of what it wrote.
func rewrite(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(all), "\n")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := gzip.NewWriter(out)
	_, err = io.WriteString(w, first+"\n")
	if err := errors.Join(err, w.Close(), out.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
