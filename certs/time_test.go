package certs

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// TestStrictTimeReadsAsTheLayouts: the quick way gives what the layouts give, or nothing.
func TestStrictTimeReadsAsTheLayouts(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	odd := []string{"", "Z", "260901090000", "2609010900Z", "26090109000aZ", "260901090000z", "2609010900000Z", "0026090109000Z", "99991231235959Z", "00000101000000Z"}
	for range 20_000 {
		odd = append(odd, fmt.Sprintf("%02d%02d%02d%02d%02d%02dZ", r.IntN(100), r.IntN(14), r.IntN(33), r.IntN(26), r.IntN(62), r.IntN(62)),
			fmt.Sprintf("%04d%02d%02d%02d%02d%02dZ", r.IntN(10_000), r.IntN(14), r.IntN(33), r.IntN(26), r.IntN(62), r.IntN(62)))
	}
	read := 0
	for _, s := range odd {
		for _, utc := range []bool{true, false} {
			forms := generalForms
			if utc {
				forms = utcForms
			}
			want, err := time.Parse(forms[0], s)
			if utc && want.Year() >= 2050 {
				want = want.AddDate(-100, 0, 0)
			}
			got, ok := strictTime(s, utc)
			if ok != (err == nil && len(s) == len(forms[0])) || ok && !got.Equal(want) {
				t.Fatalf("%q: %v %v, the layout reads %v %v", s, got, ok, want, err)
			}
			if ok {
				read++
			}
		}
	}
	if read < 10_000 {
		t.Errorf("only %d times were read", read)
	}
}
