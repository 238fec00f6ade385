package api

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// kindOf is the type of a family of figures in the text format.
type kindOf string

const (
	counter   kindOf = "counter"
	gauge     kindOf = "gauge"
	histogram kindOf = "histogram"
)

// family is a figure, with one series for each combination of its labels' values, as Prometheus reads it (text format 0.0.4).
type family struct {
	kind       kindOf
	name, help string
	labels     []string
	bounds     []float64 // upper bounds of a histogram's buckets, rising

	mu     sync.Mutex
	series map[string]*series
}

// series is one combination of label values.
type series struct {
	labels  string   // a="b",c="d"
	value   float64  // of a counter or gauge; the sum of a histogram
	count   uint64   // of a histogram's observations
	buckets []uint64 // observations at most the bound, and above the bound before
}

// exponential makes n rising bounds from the first.
func exponential(first, factor float64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = first * math.Pow(factor, float64(i))
	}
	return out
}

// at finds the series of label values, one for each label; the caller holds the lock.
func (f *family) at(values []string) *series {
	key := strings.Join(values, "\xff") // in no UTF-8 text
	s := f.series[key]
	if s == nil {
		pairs := make([]string, len(f.labels))
		for i, l := range f.labels {
			pairs[i] = l + `="` + labelEscapes.Replace(strings.ToValidUTF8(values[i], "�")) + `"`
		}
		s = &series{labels: strings.Join(pairs, ","), buckets: make([]uint64, len(f.bounds))}
		if f.series == nil {
			f.series = map[string]*series{}
		}
		f.series[key] = s
	}
	return s
}

// add moves a counter or gauge.
func (f *family) add(by float64, values ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at(values).value += by
}

// observe counts a value in a histogram.
func (f *family) observe(v float64, values ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.at(values)
	s.count++
	s.value += v
	if i, _ := slices.BinarySearch(f.bounds, v); i < len(f.bounds) {
		s.buckets[i]++
	}
}

var (
	labelEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
	helpEscapes  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
)

// head begins a family.
func head(b *bytes.Buffer, kind kindOf, name, help string) {
	fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s %s\n", name, helpEscapes.Replace(help), name, kind)
}

// line writes one sample.
func line(b *bytes.Buffer, name, labels string, v float64) {
	b.WriteString(name)
	if labels != "" {
		b.WriteString("{" + labels + "}")
	}
	b.WriteString(" " + number(v) + "\n")
}

// number writes a value as the format has it.
func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// write writes the family with its series in a steady order.
func (f *family) write(b *bytes.Buffer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	head(b, f.kind, f.name, f.help)
	for _, key := range slices.Sorted(maps.Keys(f.series)) {
		s := f.series[key]
		if f.kind != histogram {
			line(b, f.name, s.labels, s.value)
			continue
		}
		comma := ""
		if s.labels != "" {
			comma = ","
		}
		var below uint64
		for i, bound := range f.bounds {
			below += s.buckets[i]
			line(b, f.name+"_bucket", s.labels+comma+`le="`+number(bound)+`"`, float64(below))
		}
		line(b, f.name+"_bucket", s.labels+comma+`le="+Inf"`, float64(s.count))
		line(b, f.name+"_sum", s.labels, s.value)
		line(b, f.name+"_count", s.labels, float64(s.count))
	}
}
