package certs

import (
	"bytes"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// NameConstraints limits the names of the certificates that follow in a path (RFC 5280, 4.2.1.10).
//
//	NameConstraints ::= SEQUENCE { permittedSubtrees [0] GeneralSubtrees OPTIONAL, excludedSubtrees [1] GeneralSubtrees OPTIONAL }
//	GeneralSubtree ::= SEQUENCE { base GeneralName, minimum [0] BaseDistance DEFAULT 0, maximum [1] BaseDistance OPTIONAL }
type NameConstraints struct {
	Permitted, Excluded []GeneralName
	// Unprocessable is set when a subtree uses minimum or maximum, or a form that this package can't compare: names of that form are then refused.
	unprocessable map[GeneralNameType]bool
}

func readNameConstraints(v cryptobyte.String) (*NameConstraints, bool) {
	var seq, part cryptobyte.String
	if !v.ReadASN1(&seq, cbasn1.SEQUENCE) || !v.Empty() || seq.Empty() {
		return nil, false
	}
	nc := &NameConstraints{}
	var has, ok bool
	if !seq.ReadOptionalASN1(&part, &has, constructedTag(0)) {
		return nil, false
	}
	if has {
		if nc.Permitted, ok = nc.readSubtrees(part); !ok {
			return nil, false
		}
	}
	if !seq.ReadOptionalASN1(&part, &has, constructedTag(1)) {
		return nil, false
	}
	if has {
		if nc.Excluded, ok = nc.readSubtrees(part); !ok {
			return nil, false
		}
	}
	return nc, seq.Empty()
}

func (nc *NameConstraints) readSubtrees(list cryptobyte.String) ([]GeneralName, bool) {
	var out []GeneralName
	for !list.Empty() {
		var one cryptobyte.String
		if len(out) == maxGeneralNames || !list.ReadASN1(&one, cbasn1.SEQUENCE) {
			return nil, false
		}
		base, ok := readGeneralName(&one)
		if !ok || !validBase(base) {
			return nil, false
		}
		odd := !one.Empty() // minimum other than 0, or maximum: RFC 5280 leaves both unused
		switch base.Type {
		case RFC822Name, DNSName, DirectoryName, URI, IPAddress:
		default:
			odd = true
		}
		if odd {
			if nc.unprocessable == nil {
				nc.unprocessable = map[GeneralNameType]bool{}
			}
			nc.unprocessable[base.Type] = true
		}
		out = append(out, base)
	}
	return out, len(out) > 0
}

// validBase checks what RFC 5280, 4.2.1.10 asks of the base of each form.
func validBase(g GeneralName) bool {
	switch g.Type {
	case IPAddress:
		n := len(g.IP) / 2
		return (n == 4 || n == 16) && contiguous(g.IP[n:])
	case DNSName:
		return !strings.Contains(g.Text, "*")
	default:
		return true
	}
}

// contiguous says whether a mask is ones followed by zeros (RFC 4632).
func contiguous(mask []byte) bool {
	zero := false
	for _, b := range mask {
		for bit := byte(0x80); bit != 0; bit >>= 1 {
			if b&bit == 0 {
				zero = true
			} else if zero {
				return false
			}
		}
	}
	return true
}

// nameBudget bounds the comparisons of one path validation, so that many constraints times many names stay cheap.
const nameBudget = 1 << 20

// nameState holds the constraints of the CAs above: a name must lie within each set of permitted subtrees of its form, and in no excluded one.
type nameState struct {
	sets   []*NameConstraints
	budget int
}

func newNameState() *nameState { return &nameState{budget: nameBudget} }

func (s *nameState) add(nc *NameConstraints) {
	if nc != nil {
		s.sets = append(s.sets, nc)
	}
}

// check judges every name of a certificate (RFC 5280, 6.1.3 (b) and (c)).
func (s *nameState) check(c *Certificate) *Reason {
	if len(s.sets) == 0 {
		return nil
	}
	names := c.SubjectAltNames
	if !c.Subject.IsEmpty() {
		names = append(names[:len(names):len(names)], GeneralName{Type: DirectoryName, Directory: c.Subject})
	}
	if !hasForm(c.SubjectAltNames, RFC822Name) {
		for _, mail := range c.Subject.All(oidEmailAddress) { // 4.2.1.10: legacy place of an address
			names = append(names[:len(names):len(names)], GeneralName{Type: RFC822Name, Text: mail})
		}
	}
	for _, nc := range s.sets {
		for _, g := range names {
			if r := s.checkName(nc, g); r != nil {
				return r
			}
		}
	}
	return nil
}

func hasForm(names []GeneralName, t GeneralNameType) bool {
	for _, g := range names {
		if g.Type == t {
			return true
		}
	}
	return false
}

func (s *nameState) checkName(nc *NameConstraints, g GeneralName) *Reason {
	if nc.unprocessable[g.Type] {
		return &Reason{Key: ReasonNameConstraintUnknown, Args: args("name", g.describe())}
	}
	if s.matches(nc.Excluded, g) {
		return &Reason{Key: ReasonNameExcluded, Args: args("name", g.describe())}
	}
	if hasForm(nc.Permitted, g.Type) && !s.matches(nc.Permitted, g) {
		return &Reason{Key: ReasonNameNotPermitted, Args: args("name", g.describe())}
	}
	if s.budget < 0 {
		return &Reason{Key: ReasonTooMuchWork, Args: args("limit", "names")}
	}
	return nil
}

func (s *nameState) matches(bases []GeneralName, g GeneralName) bool {
	for _, base := range bases {
		s.budget--
		if s.budget < 0 {
			return false
		}
		if base.Type == g.Type && g.inSubtree(base) {
			return true
		}
	}
	return false
}

func (g GeneralName) describe() string {
	if g.Type == DirectoryName {
		return g.Directory.String()
	}
	if g.Type == IPAddress {
		a, _ := g.Addr()
		return a.String()
	}
	return g.Text
}

// inSubtree says whether a name lies in the subtree of a base of the same form (RFC 5280, 4.2.1.10).
func (g GeneralName) inSubtree(base GeneralName) bool {
	switch g.Type {
	case DirectoryName:
		return g.Directory.within(base.Directory)
	case DNSName:
		return dnsWithin(g.Text, base.Text)
	case RFC822Name:
		return mailWithin(g.Text, base.Text)
	case URI:
		return uriWithin(g.Text, base.Text)
	case IPAddress:
		return ipWithin(g.IP, base.IP)
	default:
		return false
	}
}

// dnsWithin: any name made by adding labels to the left of the base. A leading dot, as many CAs write it, means at least one label more. A
// wildcard stands for one label.
func dnsWithin(name, base string) bool {
	name, base = lower(strings.TrimSuffix(name, ".")), lower(strings.TrimSuffix(base, "."))
	if base == "" {
		return true
	}
	if strings.HasPrefix(base, ".") {
		return strings.HasSuffix(name, base)
	}
	return name == base || strings.HasSuffix(name, "."+base)
}

// mailWithin: a whole mailbox, a host, or (with a leading dot) all hosts of a domain. The local part is compared exactly (RFC 5280, 7.5).
func mailWithin(name, base string) bool {
	at := strings.LastIndexByte(name, '@')
	if at < 0 {
		return false
	}
	local, host := name[:at], lower(name[at+1:])
	if b := strings.LastIndexByte(base, '@'); b >= 0 {
		return local == base[:b] && host == lower(base[b+1:])
	}
	if strings.HasPrefix(base, ".") {
		return strings.HasSuffix(host, lower(base))
	}
	return base == "" || host == lower(base)
}

// uriWithin looks at the host only; a URI without a host name, or with an IP address, is in no subtree.
func uriWithin(name, base string) bool {
	host, ok := uriHost(name)
	if !ok {
		return false
	}
	base = lower(base)
	if strings.HasPrefix(base, ".") {
		return strings.HasSuffix(host, base)
	}
	return base == "" || host == base
}

func ipWithin(ip, base []byte) bool {
	n := len(ip)
	if len(base) != 2*n {
		return false
	}
	masked := make([]byte, n)
	want := make([]byte, n)
	for i := range masked {
		masked[i] = ip[i] & base[n+i]
		want[i] = base[i] & base[n+i]
	}
	return bytes.Equal(masked, want)
}

// lower folds ASCII letters only: host names are ASCII here.
func lower(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for j, c := range b {
				if 'A' <= c && c <= 'Z' {
					b[j] = c + 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

func equalFoldASCII(a, b string) bool { return lower(a) == lower(b) }
