package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"mohur/verify"
	"mohur/verify/etsi"
	"mohur/verify/report"
)

// verifySummary counts the answers of a run.
type verifySummary struct {
	counts     map[verdictKey]int
	unreadable int
	remembered int // answers of an earlier run
	total      int
}

// verdictKey is what the table has a row for.
type verdictKey struct {
	indication    etsi.Indication
	subIndication etsi.SubIndication
}

// add counts one answer.
func (s *verifySummary) add(d *report.Document, remembered bool) {
	s.total++
	if remembered {
		s.remembered++
	}
	if d.Error != nil {
		s.unreadable++
		return
	}
	if s.counts == nil {
		s.counts = map[verdictKey]int{}
	}
	s.counts[verdictKey{d.Indication, d.SubIndication}]++
}

// write writes the table: how many documents had which answer, the good ones first, then how long it took.
func (s *verifySummary) write(w io.Writer, lang string, took time.Duration) error {
	keys := make([]verdictKey, 0, len(s.counts))
	for k := range s.counts {
		keys = append(keys, k)
	}
	rank := func(k verdictKey) int {
		return slices.Index([]etsi.Indication{etsi.TotalPassed, etsi.Indeterminate, etsi.TotalFailed, etsi.NoSignatureFound}, k.indication)
	}
	slices.SortFunc(keys, func(a, b verdictKey) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(s.counts[b], s.counts[a]), cmp.Compare(a.subIndication, b.subIndication))
	})
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t)
	for _, k := range keys {
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\n", s.counts[k], k.indication, k.subIndication, report.Headline(lang, k.indication, k.subIndication))
	}
	if s.unreadable > 0 {
		fmt.Fprintf(t, "%d\t\t\t%s\n", s.unreadable, report.Text(lang, "SUMMARY_unreadable", nil))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	rate := float64(s.total) / max(took.Seconds(), 0.001)
	_, err := fmt.Fprintln(w, report.Text(lang, "SUMMARY_total", []verify.Arg{
		{Name: "n", Value: strconv.Itoa(s.total)},
		{Name: "remembered", Value: strconv.Itoa(s.remembered)},
		{Name: "time", Value: took.Round(time.Millisecond).String()},
		{Name: "rate", Value: strconv.FormatFloat(rate, 'f', 1, 64)},
	}))
	return err
}
