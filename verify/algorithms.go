package verify

import (
	"strconv"
	"time"
)

// reliability is what the policy's table says of one algorithm at one time.
type reliability struct {
	name  string    // "SHA1", "RSA 1024"
	known bool      // false: not in the table, never reliable
	end   time.Time // zero: no end
}

// reliableAt says whether the algorithm may be relied on at a time.
func (r reliability) reliableAt(t time.Time) bool {
	return r.known && (r.end.IsZero() || t.Before(r.end))
}

// digest looks a digest algorithm up.
func (a AlgorithmRules) digest(name string) reliability {
	for _, d := range a.Digests {
		if d.Name == name {
			return reliability{name: name, known: true, end: d.End.Time}
		}
	}
	return reliability{name: name}
}

// signature looks a family with a key size up: the row with the largest minimum that the key reaches decides.
func (a AlgorithmRules) signature(family string, bits int) reliability {
	r := reliability{name: family + " " + strconv.Itoa(bits)}
	best := -1
	for _, s := range a.Signatures {
		if s.Family == family && s.MinBits <= bits && s.MinBits > best {
			best, r.known, r.end = s.MinBits, true, s.End.Time
		}
	}
	return r
}

// weight is how much an unreliable algorithm weighs: what ended after the table was made has the milder level the table asks for, because
// such an end is a forecast.
func (a AlgorithmRules) weight(r reliability, base Level) Level {
	if r.known && !r.end.IsZero() && !a.UpdateDate.Time.IsZero() && r.end.After(a.UpdateDate.Time) && a.ExpirationAfterUpdate != "" {
		return a.ExpirationAfterUpdate
	}
	return base
}
