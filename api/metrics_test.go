package api

import (
	"bytes"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// parsed reads a page of figures as Prometheus does.
func parsed(t *testing.T, page string) map[string]*dto.MetricFamily {
	t.Helper()
	p := expfmt.NewTextParser(model.LegacyValidation)
	families, err := p.TextToMetricFamilies(strings.NewReader(page))
	if err != nil {
		t.Fatalf("Prometheus can't read it: %v\n%s", err, page)
	}
	return families
}

// TestExposition has Prometheus's own parser read what we write, and checks what it understood.
func TestExposition(t *testing.T) {
	m := newMetrics(NewRequests(), func() []Gauge {
		return []Gauge{
			{Name: "mohur_lists", Help: "Lists.", Value: 3},
			{Name: "mohur_asked_total", Help: "Asked.", Label: "authority", LabelValue: "1", Counter: true, Value: 4},
			{Name: "mohur_asked_total", Help: "Asked.", Label: "authority", LabelValue: "2", Counter: true, Value: 5},
		}
	})
	nasty := "a\"b\\c\nd\xff"
	m.outcomes.add(2, "PDF", nasty)
	m.outcomes.add(1, "PDF", "other")
	m.running.add(1)
	m.running.add(1)
	m.running.add(-1)
	for _, v := range []float64{0.001, 0.002, 0.0021, 0.05, 1e6} {
		m.requests.observe(v, "GET", "/x", "200")
	}
	w := httptest.NewRecorder()
	m.ServeHTTP(w, nil)
	got := parsed(t, w.Body.String())
	outcome := got["mohur_verifications_total"]
	if outcome.GetType() != dto.MetricType_COUNTER || len(outcome.Metric) != 2 || outcome.GetHelp() == "" {
		t.Fatalf("outcomes: %v", outcome)
	}
	first := outcome.Metric[0]
	if first.GetCounter().GetValue() != 2 || first.Label[1].GetName() != "indication" || first.Label[1].GetValue() != "a\"b\\c\nd�" {
		t.Errorf("outcome: %v", first)
	}
	if v := got["mohur_verifications_running"].Metric[0].GetGauge().GetValue(); v != 1 {
		t.Errorf("running: %v", v)
	}
	if g := got["mohur_asked_total"]; len(g.GetMetric()) != 2 || g.Metric[1].GetCounter().GetValue() != 5 || g.Metric[1].Label[0].GetValue() != "2" {
		t.Errorf("%v", g)
	}
	if g := got["mohur_lists"]; g.GetHelp() != "Lists." || g.Metric[0].GetGauge().GetValue() != 3 {
		t.Errorf("another part's figure: %v", g)
	}
	h := got["mohur_http_request_seconds"].Metric[0].GetHistogram()
	if h.GetSampleCount() != 5 || math.Abs(h.GetSampleSum()-1000000.0551) > 1e-6 || len(h.Bucket) != 16 {
		t.Fatalf("histogram: %v", h)
	}
	for i, want := range []uint64{2, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5} { // a value on a bound is in its bucket
		if b := h.Bucket[i]; b.GetCumulativeCount() != want {
			t.Errorf("bucket to %v: %d, want %d", b.GetUpperBound(), b.GetCumulativeCount(), want)
		}
	}
	if !math.IsInf(h.Bucket[15].GetUpperBound(), 1) || h.Bucket[0].GetUpperBound() != 0.002 {
		t.Errorf("bounds: %v", h.Bucket)
	}
	if empty := got["mohur_verification_document_bytes"].Metric[0].GetHistogram(); empty.GetSampleCount() != 0 || len(empty.Bucket) != 10 {
		t.Errorf("before the first document: %v", empty)
	}
}

// TestUsualFigures checks that dashboards made for Go programs find what they draw.
func TestUsualFigures(t *testing.T) {
	w := httptest.NewRecorder()
	newMetrics(NewRequests(), nil).ServeHTTP(w, nil)
	got := parsed(t, w.Body.String())
	for _, name := range []string{
		"go_goroutines", "go_threads", "go_info", "go_gc_duration_seconds", "go_memstats_heap_inuse_bytes", "go_memstats_alloc_bytes_total",
		"go_memstats_next_gc_bytes", "process_cpu_seconds_total", "process_open_fds", "process_max_fds", "process_resident_memory_bytes",
		"process_virtual_memory_bytes", "process_start_time_seconds",
	} {
		f := got[name]
		if f == nil {
			t.Errorf("%s is not there", name)
			continue
		}
		s := f.Metric[0]
		if v := s.GetGauge().GetValue() + s.GetCounter().GetValue(); v <= 0 && f.GetType() != dto.MetricType_SUMMARY && name != "process_cpu_seconds_total" {
			t.Errorf("%s is %v", name, v)
		}
	}
}

func TestProcessFigures(t *testing.T) {
	proc := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		path := filepath.Join(proc, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if writeProcess(&b, proc); b.Len() != 0 {
		t.Errorf("without /proc: %s", b.String())
	}
	put("self/fd/0", "")
	put("self/limits", "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 4096                 files\n")
	put("stat", "cpu 1 2\nbtime 1000000\n")
	put("self/stat", "7 (a) (b) S 1 7 7 0 -1 4194304 100 0 0 0 150 50 0 0 20 0 5 0 300 4096000 10 18446744073709551615 1 1\n")
	writeProcess(&b, proc)
	got := parsed(t, b.String())
	for name, want := range map[string]float64{
		"process_open_fds": 1, "process_max_fds": 1024, "process_cpu_seconds_total": 2, "process_virtual_memory_bytes": 4096000,
		"process_resident_memory_bytes": 10 * float64(os.Getpagesize()), "process_start_time_seconds": 1000003,
	} {
		if s := got[name].GetMetric(); len(s) != 1 || s[0].GetGauge().GetValue()+s[0].GetCounter().GetValue() != want {
			t.Errorf("%s: %v, want %v", name, s, want)
		}
	}
	b.Reset()
	put("self/stat", "7 (a) S 1\n")
	if writeProcess(&b, proc); strings.Contains(b.String(), "cpu") {
		t.Errorf("of a line that is too short: %s", b.String())
	}
}

func TestStatusRecorder(t *testing.T) {
	for name, c := range map[string]struct {
		write func(w http.ResponseWriter)
		want  int
	}{
		"nothing":           {func(http.ResponseWriter) {}, 200},
		"a body":            {func(w http.ResponseWriter) { _, _ = w.Write([]byte("x")) }, 200},
		"a status":          {func(w http.ResponseWriter) { w.WriteHeader(404) }, 404},
		"early hints first": {func(w http.ResponseWriter) { w.WriteHeader(103); w.WriteHeader(404) }, 404},
	} {
		w := &statusRecorder{ResponseWriter: httptest.NewRecorder()}
		c.write(w)
		if w.code() != c.want {
			t.Errorf("%s: %d, want %d", name, w.code(), c.want)
		}
	}
	w := &statusRecorder{ResponseWriter: httptest.NewRecorder()}
	if err := http.NewResponseController(w).Flush(); err != nil {
		t.Errorf("what is below can't be reached: %v", err)
	}
}
