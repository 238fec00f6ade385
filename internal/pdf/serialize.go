package pdf

import (
	"maps"
	"math"
	"slices"
	"strconv"
)

// AppendObject appends an object as a file holds it: names escaped, strings in hexadecimal where that is shorter to escape, dictionary keys
// sorted (so that the same object always gives the same bytes). A stream made in memory is written with its body; a stream of a file must be
// loaded first (see [Document.Load]), for its body is not at hand here.
func AppendObject(dst []byte, o Object) []byte {
	switch o := o.(type) {
	case Bool:
		return strconv.AppendBool(dst, bool(o))
	case Integer:
		return strconv.AppendInt(dst, int64(o), 10)
	case Real:
		return appendReal(dst, float64(o))
	case String:
		return appendString(dst, o)
	case Name:
		return appendName(dst, o)
	case Array:
		dst = append(dst, '[')
		for i, e := range o {
			if i > 0 {
				dst = append(dst, ' ')
			}
			dst = AppendObject(dst, e)
		}
		return append(dst, ']')
	case Dict:
		return appendDict(dst, o)
	case Ref:
		return append(dst, o.String()...)
	case *Stream:
		dst = append(appendDict(dst, o.Dict), "\nstream\n"...)
		return append(append(dst, o.Data...), "\nendstream"...)
	}
	return append(dst, "null"...)
}

// AppendIndirect appends "12 0 obj ... endobj" and a line feed. With enc not nil, strings and a stream's body are encrypted with the key of ref,
// except the /Contents of signature dictionaries (ISO 32000-2, 7.6.2); the object itself is not changed.
func AppendIndirect(dst []byte, ref Ref, o Object, enc *Encryption) ([]byte, error) {
	if enc != nil {
		var err error
		if o, err = enc.encryptObject(ref, o); err != nil {
			return nil, err
		}
	}
	dst = strconv.AppendInt(dst, int64(ref.Num), 10)
	dst = append(dst, ' ')
	dst = strconv.AppendInt(dst, int64(ref.Gen), 10)
	dst = append(dst, " obj\n"...)
	return append(AppendObject(dst, o), "\nendobj\n"...), nil
}

func appendDict(dst []byte, d Dict) []byte {
	dst = append(dst, "<<"...)
	for i, k := range slices.Sorted(maps.Keys(d)) {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = append(appendName(dst, k), ' ')
		dst = AppendObject(dst, d[k])
	}
	return append(dst, ">>"...)
}

// appendReal writes no exponent, for PDF has none (7.3.3).
func appendReal(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, '0')
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	if !slices.Contains(dst[start:], '.') {
		dst = append(dst, ".0"...)
	}
	return dst
}

func appendName(dst []byte, n Name) []byte {
	const digits = "0123456789ABCDEF"
	dst = append(dst, '/')
	for i := range len(n) {
		if b := n[i]; b > ' ' && b < 0x7f && b != '#' && !isDelimiter(int(b)) {
			dst = append(dst, b)
		} else {
			dst = append(dst, '#', digits[b>>4], digits[b&15])
		}
	}
	return dst
}

func appendString(dst []byte, s String) []byte {
	special := 0
	for _, b := range s {
		if b < ' ' || b > '~' || b == '(' || b == ')' || b == '\\' {
			special++
		}
	}
	if special*2 > len(s) {
		return appendHex(dst, s)
	}
	dst = append(dst, '(')
	for _, b := range s {
		switch {
		case b == '(' || b == ')' || b == '\\':
			dst = append(dst, '\\', b)
		case b < ' ' || b > '~':
			dst = append(dst, '\\', '0'+b>>6, '0'+b>>3&7, '0'+b&7)
		default:
			dst = append(dst, b)
		}
	}
	return append(dst, ')')
}

func appendHex(dst []byte, s String) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '<')
	for _, b := range s {
		dst = append(dst, digits[b>>4], digits[b&15])
	}
	return append(dst, '>')
}
