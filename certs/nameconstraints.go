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
	if s.tooMuch(names) {
		return &Reason{Key: ReasonTooMuchWork, Args: args("limit", "names")}
	}
	for _, nc := range s.sets {
		for _, g := range names {
			if r := checkName(nc, g); r != nil {
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

func checkName(nc *NameConstraints, g GeneralName) *Reason {
	if nc.unprocessable[g.Type] {
		return &Reason{Key: ReasonNameConstraintUnknown, Args: args("name", g.describe())}
	}
	if (hasForm(nc.Permitted, g.Type) || hasForm(nc.Excluded, g.Type)) && !g.wellFormed() {
		return &Reason{Key: ReasonNameNotPermitted, Args: args("name", g.describe())} // what can't be compared is not known to be permitted
	}
	if matches(nc.Excluded, g) || g.Type == DNSName && wildcardTouches(nc.Excluded, g.Text) {
		return &Reason{Key: ReasonNameExcluded, Args: args("name", g.describe())}
	}
	if hasForm(nc.Permitted, g.Type) && !matches(nc.Permitted, g) {
		return &Reason{Key: ReasonNameNotPermitted, Args: args("name", g.describe())}
	}
	return nil
}

// tooMuch counts the comparisons that are ahead, form by form, against what is left of the budget.
func (s *nameState) tooMuch(names []GeneralName) bool {
	var have [RegisteredID + 1]int
	for _, g := range names {
		if g.Type <= RegisteredID {
			have[g.Type]++
		}
	}
	for _, nc := range s.sets {
		for _, list := range [][]GeneralName{nc.Permitted, nc.Excluded} {
			for _, base := range list {
				if base.Type <= RegisteredID {
					s.budget -= have[base.Type]
				}
			}
		}
	}
	return s.budget < 0
}

func matches(bases []GeneralName, g GeneralName) bool {
	for _, base := range bases {
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

// wildcardTouches says whether a wildcard name could stand for an excluded one: *.example.com does for a.example.com.
func wildcardTouches(excluded []GeneralName, name string) bool {
	parent, ok := strings.CutPrefix(name, "*.")
	if !ok {
		return false
	}
	for _, base := range excluded {
		if base.Type == DNSName && dnsWithin(strings.TrimPrefix(base.Text, "."), parent) {
			return true
		}
	}
	return false
}

// wellFormed says whether a name has the syntax of its form, as far as comparisons need it.
func (g GeneralName) wellFormed() bool {
	switch g.Type {
	case DNSName:
		return validDNS(g.Text)
	case RFC822Name:
		local, host, ok := cutLast(g.Text, '@')
		quoted := strings.HasPrefix(local, `"`) && strings.HasSuffix(local, `"`)
		return ok && local != "" && (quoted || !strings.Contains(local, "@")) && (validDNS(host) || strings.HasPrefix(host, "["))
	case IPAddress:
		return len(g.IP) == 4 || len(g.IP) == 16
	default:
		return true
	}
}

func cutLast(s string, sep byte) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// validDNS checks the preferred name syntax (RFC 1034, 3.5), with underscores, which the field uses, and a wildcard as the whole first label.
func validDNS(name string) bool {
	name = strings.TrimPrefix(strings.TrimSuffix(name, "."), "*.")
	if name == "" || len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			if c := label[i]; !(c == '-' || c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z') {
				return false
			}
		}
	}
	return true
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
