//go:build bench

package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/pdf"
	"mohur/internal/sealing"
)

// BenchmarkSealService seals a 50 KB PDF as POST /v1/seals does, without HTTP: document stored, judged, intent with its counts committed, sealed with a
// key on a token, own output judged, released, all in SQLite and files. The processor time is this process's: the token's own lies in the driver
// process. Level B-B, for the timestamp authority of a test would be counted too.
func BenchmarkSealService(b *testing.B) {
	k := newKilled(b, "sqlite:"+b.TempDir()+"/mohur.db", 1)
	k.tx(func(w docket.Work) error {
		p, err := w.ActiveSealProfile(b.Context(), killsProfile)
		if err != nil {
			return err
		}
		next := *p
		next.ID, next.Name, next.Level, next.Input = "bench", "bench", docket.LevelB, docket.InputUnsigned
		return w.AddSealProfile(b.Context(), &next)
	})
	page, err := k.world.application(director(), "1")
	if err != nil {
		b.Fatal(err)
	}
	base := enlarged(b, page, 50<<10)
	seal := func(n int) {
		doc := fmt.Appendf(bytes.Clone(base), "%%%d\n", n)
		_, err := k.office.sealing.Seal(b.Context(), sealing.Request{
			Client: sealing.Client{Name: "erp", Tenant: "agency"}, Profile: "bench", Key: fmt.Sprint(n), File: bytes.NewReader(doc), Size: int64(len(doc)),
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	for n := range 20 { // lists and answers are fetched, the token is opened
		seal(n)
	}
	before, n := processorTime(b), 20
	for b.Loop() {
		seal(n)
		n++
	}
	b.ReportMetric(float64((processorTime(b)-before).Microseconds())/1000/float64(b.N), "cpu-ms/op")
}

// enlarged adds noise to a document, as a picture would.
func enlarged(b *testing.B, page []byte, size int) []byte {
	d, err := pdf.Open(bytes.NewReader(page), int64(len(page)), pdf.Options{})
	if err != nil {
		b.Fatal(err)
	}
	u, err := pdf.NewUpdate(d)
	if err != nil {
		b.Fatal(err)
	}
	noise := make([]byte, max(size-len(page), 1))
	_, _ = io.ReadFull(rand.NewChaCha8([32]byte{}), noise)
	u.Add(pdf.NewStream(pdf.Dict{}, noise))
	var out bytes.Buffer
	if _, err := u.WriteTo(&out); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

// processorTime is what this process has used, user and system.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
