//go:build load

package main

import (
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// routeTimes is the service's histogram by method and route: how many answers took at most each bound.
type routeTimes map[string]map[float64]uint64

// histogram reads what the service measured until now.
func (n *town) histogram() routeTimes {
	n.k.Helper()
	res, err := http.Get(n.base + "/metrics") //nolint:noctx // the test's own service
	if err != nil {
		n.k.Fatal(err)
	}
	defer res.Body.Close()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(res.Body)
	if err != nil {
		n.k.Fatal(err)
	}
	out := routeTimes{}
	for _, m := range families["mohur_http_request_seconds"].GetMetric() {
		key := labelOf(m, "method") + " " + labelOf(m, "route")
		if out[key] == nil {
			out[key] = map[float64]uint64{}
		}
		for _, b := range m.GetHistogram().GetBucket() {
			out[key][b.GetUpperBound()] += b.GetCumulativeCount()
		}
	}
	return out
}

func labelOf(m *dto.Metric, name string) string {
	for _, l := range m.GetLabel() {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}

// since is what came between two readings.
func (r routeTimes) since(before routeTimes) routeTimes {
	out := routeTimes{}
	for route, buckets := range r {
		diff := map[float64]uint64{}
		for bound, n := range buckets {
			diff[bound] = n - before[route][bound]
		}
		if diff[math.Inf(1)] > 0 {
			out[route] = diff
		}
	}
	return out
}

// within is the smallest bound that holds such a part of a route's answers, in seconds.
func within(buckets map[float64]uint64, part float64) float64 {
	bounds := make([]float64, 0, len(buckets))
	for b := range buckets {
		bounds = append(bounds, b)
	}
	slices.Sort(bounds)
	for _, b := range bounds {
		if float64(buckets[b]) >= part*float64(buckets[math.Inf(1)]) {
			return b
		}
	}
	return math.Inf(1)
}

// report prints the service's own histogram and what people saw, and holds both to the bar.
func (n *town) report(before, after routeTimes, sum *waits) {
	n.k.Helper()
	diff := after.since(before)
	routes := make([]string, 0, len(diff))
	for r := range diff {
		routes = append(routes, r)
	}
	slices.Sort(routes)
	n.k.Logf("%-48s %8s %10s %10s", "measured by the service", "answers", "50 % <= s", "95 % <= s")
	for _, r := range routes {
		p95 := within(diff[r], 0.95)
		n.k.Logf("%-48s %8d %10.3f %10.3f", r, diff[r][math.Inf(1)], within(diff[r], 0.5), p95)
		if p95 > 0.3 && !strings.HasSuffix(r, "/metrics") {
			n.k.Errorf("%s: the 95th percentile is above 300 ms", r)
		}
	}
	n.k.Logf("%-48s %8s %8s %8s %8s %8s", "waited for by people, ms", "requests", "50 %", "95 %", "99 %", "longest")
	for _, kind := range sum.kinds() {
		times := sum.times[kind]
		slices.Sort(times)
		at := func(part float64) float64 {
			return float64(times[min(len(times)-1, int(part*float64(len(times))))]) / float64(time.Millisecond)
		}
		n.k.Logf("%-48s %8d %8.1f %8.1f %8.1f %8.1f", kind, len(times), at(0.5), at(0.95), at(0.99), at(1))
	}
	for i, e := range sum.errors {
		if i == 20 {
			n.k.Errorf("... and %d more", len(sum.errors)-i)
			break
		}
		n.k.Error(e)
	}
}
