package asn1

import (
	"math/big"
	"strconv"
	"strings"
)

// ObjectIdentifier is an OBJECT IDENTIFIER in dotted decimal, such as "1.2.840.113549.1.7.2". As a string it can be a constant, a case of a
// switch and the key of a map, and its arcs may be of any size (2.25.UUID has one of 128 bits).
type ObjectIdentifier string

// String returns the dotted decimal form.
func (o ObjectIdentifier) String() string { return string(o) }

// maxOID bounds the encoded length of an object identifier.
const maxOID = 256

// maxArc bounds the decimal digits of one arc: no fewer than maxOID octets can hold.
const maxArc = 560

// parseOID reads the contents octets (X.690, 8.19).
func parseOID(b []byte) (ObjectIdentifier, bool) {
	if len(b) == 0 || len(b) > maxOID || b[len(b)-1]&0x80 != 0 {
		return "", false
	}
	out := make([]byte, 0, 3*len(b)+2)
	for start := 0; start < len(b); {
		if b[start] == 0x80 {
			return "", false // a leading zero septet is forbidden even in BER
		}
		end := start
		for b[end]&0x80 != 0 {
			end++
		}
		arc := b[start : end+1]
		if start == 0 {
			out = appendFirstArcs(out, arc)
		} else {
			out = appendArc(append(out, '.'), arc, 0)
		}
		start = end + 1
	}
	return ObjectIdentifier(out), true
}

func appendFirstArcs(out, arc []byte) []byte {
	if len(arc) == 1 && arc[0] < 80 {
		return append(append(out, '0'+arc[0]/40, '.'), strconv.Itoa(int(arc[0]%40))...)
	}
	return appendArc(append(out, '2', '.'), arc, 80)
}

// appendArc writes a base-128 number, less a small one, in decimal.
func appendArc(out, arc []byte, less uint64) []byte {
	if len(arc) <= 9 {
		var n uint64
		for _, c := range arc {
			n = n<<7 | uint64(c&0x7f)
		}
		return strconv.AppendUint(out, n-less, 10)
	}
	n := new(big.Int)
	for _, c := range arc {
		n.Lsh(n, 7).Or(n, big.NewInt(int64(c&0x7f)))
	}
	return n.Sub(n, new(big.Int).SetUint64(less)).Append(out, 10)
}

// contents returns the contents octets, or nil if the text is no object identifier.
func (o ObjectIdentifier) contents() []byte {
	arcs := strings.Split(string(o), ".")
	if len(arcs) < 2 {
		return nil
	}
	var out []byte
	first, ok := parseArc(arcs[0])
	if !ok || first.Cmp(big.NewInt(2)) > 0 {
		return nil
	}
	for i, a := range arcs[1:] {
		n, ok := parseArc(a)
		if !ok || i == 0 && first.Int64() < 2 && n.Cmp(big.NewInt(39)) > 0 {
			return nil
		}
		if i == 0 {
			n.Add(n, new(big.Int).Mul(first, big.NewInt(40)))
		}
		out = appendBase128(out, n)
	}
	return out
}

func parseArc(s string) (*big.Int, bool) {
	if s == "" || len(s) > maxArc || strings.Trim(s, "0123456789") != "" || s[0] == '0' && s != "0" {
		return nil, false
	}
	return new(big.Int).SetString(s, 10)
}

func appendBase128(out []byte, n *big.Int) []byte {
	septets := max(1, (n.BitLen()+6)/7)
	for i := septets - 1; i >= 0; i-- {
		var c byte
		for bit := 6; bit >= 0; bit-- {
			c = c<<1 | byte(n.Bit(i*7+bit))
		}
		if i > 0 {
			c |= 0x80
		}
		out = append(out, c)
	}
	return out
}
