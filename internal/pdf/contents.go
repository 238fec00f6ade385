package pdf

// derLength measures the outermost element of a BER or DER encoding: so much of /Contents is the CMS, the rest is padding.
func derLength(b []byte) (int, bool) {
	if len(b) < 2 || b[0] == 0 {
		return 0, false
	}
	return berElement(b, 0)
}

const maxBERDepth = 64

// berElement returns the length of one element with its header and, in indefinite form, its end-of-contents octets (X.690, 8.1).
func berElement(b []byte, depth int) (int, bool) {
	if depth > maxBERDepth || len(b) < 2 {
		return 0, false
	}
	head := 1
	if b[0]&0x1f == 0x1f {
		for {
			if head >= len(b) || head > 6 {
				return 0, false
			}
			head++
			if b[head-1]&0x80 == 0 {
				break
			}
		}
	}
	if head >= len(b) {
		return 0, false
	}
	n := int(b[head])
	head++
	switch {
	case n < 0x80:
	case n == 0x80:
		return berIndefinite(b, head, depth)
	default:
		k := n & 0x7f
		if k > 4 || head+k > len(b) {
			return 0, false
		}
		n = 0
		for _, v := range b[head : head+k] {
			n = n<<8 | int(v)
		}
		head += k
	}
	if n < 0 || n > len(b)-head {
		return 0, false
	}
	return head + n, true
}

func berIndefinite(b []byte, at, depth int) (int, bool) {
	if b[0]&0x20 == 0 {
		return 0, false // a primitive can't be indefinite
	}
	for at+1 < len(b) {
		if b[at] == 0 && b[at+1] == 0 {
			return at + 2, true
		}
		n, ok := berElement(b[at:], depth+1)
		if !ok {
			return 0, false
		}
		at += n
	}
	return 0, false
}
