package asn1

import (
	"fmt"
	"math/big"
	"time"
)

func (e Element) bad(msg string) error { return &SyntaxError{Offset: e.Offset, Msg: msg} }

// Integer returns the value of an INTEGER or ENUMERATED, whatever its tag (implicit tagging). Superfluous leading octets are accepted, as BER
// writers make them; the sign is kept.
func (e Element) Integer() (*big.Int, error) {
	if e.Constructed || len(e.Content) == 0 {
		return nil, e.bad("bad INTEGER")
	}
	v := new(big.Int).SetBytes(e.Content)
	if e.Content[0]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(len(e.Content))*8))
	}
	return v, nil
}

// Int returns the value of a small INTEGER or ENUMERATED.
func (e Element) Int() (int, error) {
	v, err := e.Integer()
	if err != nil {
		return 0, err
	}
	if !v.IsInt64() || v.Int64() > 1<<31-1 || v.Int64() < -(1<<31) {
		return 0, e.bad("INTEGER too large")
	}
	return int(v.Int64()), nil
}

// Boolean returns the value of a BOOLEAN; BER's other spellings of TRUE are accepted.
func (e Element) Boolean() (bool, error) {
	if e.Constructed || len(e.Content) != 1 {
		return false, e.bad("bad BOOLEAN")
	}
	return e.Content[0] != 0, nil
}

// OctetString returns the octets of an OCTET STRING (or of a value tagged implicitly as one). A constructed one is joined, which copies.
func (e Element) OctetString() ([]byte, error) {
	if !e.Constructed {
		return e.Content, nil
	}
	var out []byte
	err := e.Segments(func(b []byte) error { out = append(out, b...); return nil })
	return out, err
}

// Segments calls f with the octets of an OCTET STRING piece by piece, without copying; a primitive one has one piece (X.690, 8.7).
func (e Element) Segments(f func([]byte) error) error {
	if !e.Constructed {
		return f(e.Content)
	}
	for r := e.Children(); ; {
		if !r.More() {
			return r.Err()
		}
		c, err := r.Expect(TagOctetString)
		if err != nil {
			return err
		}
		if err := c.Segments(f); err != nil {
			return err
		}
	}
}

// BitString returns the octets of a BIT STRING and how many bits of the last one are unused. Constructed ones are joined.
func (e Element) BitString() (octets []byte, unused int, err error) {
	if !e.Constructed {
		if len(e.Content) == 0 || e.Content[0] > 7 || len(e.Content) == 1 && e.Content[0] != 0 {
			return nil, 0, e.bad("bad BIT STRING")
		}
		return e.Content[1:], int(e.Content[0]), nil
	}
	for r := e.Children(); r.More(); {
		if unused != 0 {
			return nil, 0, e.bad("BIT STRING with unused bits before its last segment")
		}
		c, err := r.Expect(TagBitString)
		if err != nil {
			return nil, 0, err
		}
		b, u, err := c.BitString()
		if err != nil {
			return nil, 0, err
		}
		octets, unused = append(octets, b...), u
	}
	return octets, unused, nil
}

// ObjectIdentifier returns the value of an OBJECT IDENTIFIER, whatever its tag.
func (e Element) ObjectIdentifier() (ObjectIdentifier, error) {
	if e.Constructed {
		return "", e.bad("bad OBJECT IDENTIFIER")
	}
	id, ok := parseOID(e.Content)
	if !ok {
		return "", e.bad("bad OBJECT IDENTIFIER")
	}
	return id, nil
}

// Time returns the value of a UTCTime or GeneralizedTime, decided by the tag, in UTC. Like the field, and beyond DER, it accepts a missing
// seconds part, a fraction, and an offset from UTC; a GeneralizedTime in local time, which names no moment, is refused.
func (e Element) Time() (time.Time, error) {
	if e.Constructed {
		return time.Time{}, e.bad("bad time")
	}
	var (
		t  time.Time
		ok bool
	)
	switch e.Tag {
	case TagUTCTime:
		t, ok = parseUTCTime(string(e.Content))
	case TagGeneralizedTime:
		t, ok = parseTime(string(e.Content), "2006")
	}
	if !ok {
		return time.Time{}, e.bad(fmt.Sprintf("bad %s", e.Tag))
	}
	return t.UTC(), nil
}

// parseUTCTime reads a two-digit year as RFC 5280, 4.1.2.5.1 does: 50 to 99 are of the twentieth century.
func parseUTCTime(s string) (time.Time, bool) {
	if len(s) < 2 || s[0] < '0' || s[0] > '9' {
		return time.Time{}, false
	}
	century := "20"
	if s[0] >= '5' {
		century = "19"
	}
	return parseTime(century+s, "2006")
}

func parseTime(s, year string) (time.Time, bool) {
	if len(s) > 40 {
		return time.Time{}, false
	}
	// time.Parse accepts a fraction after the seconds, with a point or a comma.
	for _, layout := range [...]string{"0102150405Z0700", "01021504Z0700"} {
		if t, err := time.Parse(year+layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
