package paper

import (
	"encoding/binary"
	"math"
)

// sRGBProfile makes an ICC version 2 matrix profile of the sRGB colour space (IEC 61966-2-1), which PDF/A wants as its output intent.
// It is computed, not copied: primaries adapted to D50, and the sRGB curve as a table of 1024 steps (ICC.1:2001-04, 6.3.1.2).
func sRGBProfile() []byte {
	curve := append([]byte("curv\x00\x00\x00\x00"), be32(1024)...)
	for i := range 1024 {
		curve = binary.BigEndian.AppendUint16(curve, uint16(math.Round(linear(float64(i)/1023)*65535)))
	}
	tags := []struct {
		sig  string
		data []byte
	}{
		{"desc", description("sRGB IEC61966-2.1 (computed)")},
		{"cprt", append([]byte("text\x00\x00\x00\x00"), "Public domain\x00"...)},
		{"wtpt", xyz(0.9642, 1, 0.8249)},
		{"rXYZ", xyz(0.4360747, 0.2225045, 0.0139322)},
		{"gXYZ", xyz(0.3850649, 0.7168786, 0.0971045)},
		{"bXYZ", xyz(0.1430804, 0.0606169, 0.7141733)},
		{"rTRC", curve},
		{"gTRC", nil},
		{"bTRC", nil}, // one curve serves the three channels
	}
	table := be32(len(tags))
	at, curveAt := 128+4+12*len(tags), 0
	var body []byte
	for _, t := range tags {
		off, size := at+len(body), len(t.data)
		if t.data == nil {
			off, size = curveAt, len(curve)
		}
		if t.sig == "rTRC" {
			curveAt = off
		}
		table = append(append(append(table, t.sig...), be32(off)...), be32(size)...)
		body = append(body, t.data...)
		body = append(body, make([]byte, -len(body)&3)...)
	}
	out := append(append(profileHeader(), table...), body...)
	binary.BigEndian.PutUint32(out, uint32(len(out)))
	return out
}

// profileHeader writes the 128 bytes of ICC.1:2001-04, 6.1; the size is filled in at the end.
func profileHeader() []byte {
	h := make([]byte, 128)
	binary.BigEndian.PutUint32(h[8:], 0x02100000) // version 2.1
	copy(h[12:], "mntrRGB XYZ ")
	for i, v := range []uint16{2026, 1, 1, 0, 0, 0} {
		binary.BigEndian.PutUint16(h[24+2*i:], v)
	}
	copy(h[36:], "acsp")
	copy(h[68:], xyz(0.9642, 1, 0.8249)[8:]) // the D50 illuminant
	return h
}

// linear undoes the sRGB transfer curve.
func linear(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

func be32(n int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }

func xyz(values ...float64) []byte {
	b := []byte("XYZ \x00\x00\x00\x00")
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, uint32(math.Round(v*65536)))
	}
	return b
}

// description is a textDescriptionType without its Unicode and Macintosh forms (ICC.1:2001-04, 6.5.17).
func description(s string) []byte {
	b := append([]byte("desc\x00\x00\x00\x00"), be32(len(s)+1)...)
	b = append(append(b, s...), 0)
	return append(b, make([]byte, 4+4+2+1+67)...)
}
