package verify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
)

const maxPolicyBytes = 1 << 20

// PolicyError says what in a policy file is refused, and where.
type PolicyError struct {
	Line   int
	Reason string
}

// Error returns "line 7: there is no constraint "X"".
func (e *PolicyError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

// LoadPolicy reads a policy from JSON. "base" names the built-in policy that it changes (basic when absent); what the file does not
// mention stays as in the base, lists are replaced as a whole. Anything that this program would not obey is refused with a *PolicyError:
// an unknown key, level, constraint or algorithm family, a wrong type, a key given twice.
func LoadPolicy(r io.Reader) (*Policy, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxPolicyBytes+1))
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	if len(b) > maxPolicyBytes {
		return nil, &PolicyError{Line: 1, Reason: "the file is larger than 1 MB"}
	}
	leaves, err := flatten(b)
	if err != nil {
		return nil, err
	}
	p := Basic()
	seen := map[string]bool{}
	for _, l := range leaves {
		if seen[l.path] && !strings.Contains(l.path, "[]") {
			return nil, l.refuse("%s is given twice", l.path)
		}
		seen[l.path] = true
		if err := l.check(); err != nil {
			return nil, err
		}
		if l.path == "base" {
			if p, err = NamedPolicy(fmt.Sprint(l.value)); err != nil {
				return nil, l.refuse("%v", err)
			}
		}
	}
	if !seen["name"] {
		return nil, &PolicyError{Line: 1, Reason: "the policy has no \"name\""}
	}
	return p.overlay(b)
}

// overlay applies a checked file to the policy. Lists are emptied first: decoding into them would keep members of the base.
func (p *Policy) overlay(b []byte) (*Policy, error) {
	file := Policy{Constraints: map[string]Level{}}
	if err := json.Unmarshal(b, &file); err != nil {
		return nil, &PolicyError{Line: 1, Reason: err.Error()}
	}
	if file.Algorithms.Digests != nil {
		p.Algorithms.Digests = nil
	}
	if file.Algorithms.Signatures != nil {
		p.Algorithms.Signatures = nil
	}
	p.Signer.ExtendedKeyUsage = slices.Clone(p.Signer.ExtendedKeyUsage)
	p.Signer.KeyUsage, p.Signer.Policies, p.Signer.Statements = slices.Clone(p.Signer.KeyUsage), slices.Clone(p.Signer.Policies), slices.Clone(p.Signer.Statements)
	if err := json.Unmarshal(b, p); err != nil {
		return nil, &PolicyError{Line: 1, Reason: err.Error()}
	}
	return p, nil
}

// leaf is one value of a JSON text with the path to it; members of a list have the path of the list followed by "[]".
type leaf struct {
	path  string
	value any
	line  int
}

func (l leaf) refuse(format string, args ...any) error {
	return &PolicyError{Line: l.line, Reason: fmt.Sprintf(format, args...)}
}

// flatten lists the leaves of a JSON object in their order.
func flatten(b []byte) ([]leaf, error) {
	f := flattener{text: b, dec: json.NewDecoder(bytes.NewReader(b))}
	f.dec.UseNumber()
	if err := f.value("", 0); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return nil, &PolicyError{Line: f.lineAt(syntax.Offset), Reason: syntax.Error()}
		}
		var refused *PolicyError
		if errors.As(err, &refused) {
			return nil, refused
		}
		return nil, &PolicyError{Line: f.line(), Reason: "the text ends too early"}
	}
	if _, err := f.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, &PolicyError{Line: f.line(), Reason: "there is more after the policy"}
	}
	return f.leaves, nil
}

type flattener struct {
	text   []byte
	dec    *json.Decoder
	leaves []leaf
}

func (f *flattener) line() int { return f.lineAt(f.dec.InputOffset()) }

func (f *flattener) lineAt(off int64) int {
	return 1 + bytes.Count(f.text[:min(int(off), len(f.text))], []byte("\n"))
}

func (f *flattener) value(path string, depth int) error {
	if depth > 8 {
		return &PolicyError{Line: f.line(), Reason: "nested too deeply"}
	}
	tok, err := f.dec.Token()
	if err != nil {
		return err
	}
	delim, nested := tok.(json.Delim)
	if !nested {
		f.leaves = append(f.leaves, leaf{path, tok, f.line()})
		return nil
	}
	if (path == "") != (depth == 0) || depth == 0 && delim != '{' {
		return &PolicyError{Line: f.line(), Reason: "a policy is a JSON object"}
	}
	f.leaves = append(f.leaves, leaf{path, delim, f.line()})
	for f.dec.More() {
		member := path + "[]"
		if delim == '{' {
			key, err := f.dec.Token()
			if err != nil {
				return err
			}
			member = strings.TrimPrefix(fmt.Sprintf("%s.%s", path, key), ".")
		}
		if err := f.value(member, depth+1); err != nil {
			return err
		}
	}
	_, err = f.dec.Token()
	return err
}

// kinds of values that a policy file may hold.
const (
	kindText = iota
	kindObject
	kindList
	kindLevel
	kindDate
	kindDuration
	kindNumber
	kindFamily
	kindOID
	kindUsage
	kindPurpose
)

// policyShape says what each path of a policy file holds.
func policyShape() map[string]int {
	return map[string]int{
		"": kindObject, "base": kindText, "name": kindText, "description": kindText, "constraints": kindObject,
		"revocation": kindObject, "revocation.maxAge": kindDuration, "timestamp": kindObject, "timestamp.maxDelay": kindDuration,
		"algorithms": kindObject, "algorithms.updateDate": kindDate, "algorithms.expirationAfterUpdate": kindLevel,
		"algorithms.digests": kindList, "algorithms.digests[]": kindObject, "algorithms.digests[].name": kindText,
		"algorithms.digests[].end": kindDate, "algorithms.signatures": kindList, "algorithms.signatures[]": kindObject,
		"algorithms.signatures[].family": kindFamily, "algorithms.signatures[].minBits": kindNumber,
		"algorithms.signatures[].end": kindDate, "signer": kindObject, "signer.keyUsage": kindList, "signer.keyUsage[]": kindUsage,
		"signer.extendedKeyUsage": kindList, "signer.extendedKeyUsage[]": kindPurpose,
		"signer.policies": kindList, "signer.policies[]": kindOID, "signer.statements": kindList, "signer.statements[]": kindOID,
	}
}

var dottedOID = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-2](\.(0|[1-9][0-9]*))+$`) })

// check refuses a leaf that the policy does not know or could not obey.
func (l leaf) check() error {
	kind, known := policyShape()[l.path]
	if key, ok := strings.CutPrefix(l.path, "constraints."); ok {
		if !slices.Contains(constraintKeys(), key) {
			return l.refuse("there is no constraint %q", key)
		}
		kind, known = kindLevel, true
	}
	if !known {
		return l.refuse("there is no setting %q", l.path)
	}
	text, isText := l.value.(string)
	switch kind {
	case kindObject, kindList:
		want := map[int]json.Delim{kindObject: '{', kindList: '['}[kind]
		if l.value != want {
			return l.refuse("%q needs to start with %q", l.path, want)
		}
		return nil
	case kindNumber:
		if n, ok := l.value.(json.Number); !ok || strings.ContainsAny(n.String(), ".eE-") {
			return l.refuse("%s is a whole number of bits", l.path)
		}
		return nil
	case kindDate:
		if l.value == nil {
			return nil
		}
	}
	if !isText {
		return l.refuse("%s is a string", l.path)
	}
	return l.checkText(kind, text)
}

// checkText refuses a string that is not of its kind.
func (l leaf) checkText(kind int, text string) error {
	quoted, _ := json.Marshal(text)
	switch kind {
	case kindLevel:
		if !slices.Contains([]Level{Fail, Warn, Inform, Ignore}, Level(text)) {
			return l.refuse("%s: %q is no level; FAIL, WARN, INFORM and IGNORE are", l.path, text)
		}
	case kindDate:
		if err := new(Date).UnmarshalJSON(quoted); err != nil {
			return l.refuse("%s: %v", l.path, err)
		}
	case kindDuration:
		if err := new(Duration).UnmarshalJSON(quoted); err != nil {
			return l.refuse("%s: %v", l.path, err)
		}
	case kindFamily:
		if !slices.Contains([]string{"RSA", "RSASSA-PSS", "ECDSA", "EdDSA", "DSA"}, text) {
			return l.refuse("%s: %q is no family; RSA, RSASSA-PSS, ECDSA, EdDSA and DSA are", l.path, text)
		}
	case kindOID:
		if !dottedOID().MatchString(text) {
			return l.refuse("%s: %q is no object identifier", l.path, text)
		}
	case kindPurpose:
		if _, named := purposes()[text]; !named && !dottedOID().MatchString(text) {
			return l.refuse("%s: %q is no purpose; documentSigning, emailProtection and object identifiers are", l.path, text)
		}
	case kindUsage:
		if !slices.Contains([]string{"nonRepudiation", "digitalSignature"}, text) {
			return l.refuse("%s: %q is no key usage of a signer; nonRepudiation and digitalSignature are", l.path, text)
		}
	}
	return nil
}
