package pades

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"mohur/internal/algo"
	"mohur/internal/pdf"
	"mohur/signing"
)

// Bits of /Ff in a seed value dictionary: the entry is a demand, not a wish (ISO 32000-2, table 237).
const (
	seedFilter = 1 << iota
	seedSubFilter
	seedV
	seedReasons
	seedLegalAttestation
	seedAddRevInfo
	seedDigestMethod
	seedLockDocument
	seedAppearanceFilter
)

const (
	filterName    = "Adobe.PPKLite"
	subFilterName = "ETSI.CAdES.detached"
	maxSeedV      = 3 // the version of seed values that ISO 32000-2 describes
)

// seedValue checks the demands of a field; wishes are not looked at.
type seedValue struct {
	u     *pdf.Update
	d     pdf.Dict
	flags int64
	o     *Options
	party *signing.Party
	lock  bool // the document is to be locked by this signature
}

func (s *seedValue) check() error {
	if s.d == nil {
		return nil
	}
	s.flags = s.integer(s.d["Ff"])
	for _, step := range []func() error{
		s.checkNames, s.checkDigest, s.checkReasons, s.checkUnsupported, s.checkMDP, s.checkCertificate, s.checkTimestamp,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (s *seedValue) demands(bit int64) bool { return s.flags&bit != 0 }

func (s *seedValue) integer(o pdf.Object) int64 {
	n, _ := s.u.Resolve(o).(pdf.Integer)
	return int64(n)
}

// words reads an array of names or strings, or a single one.
func (s *seedValue) words(o pdf.Object) []string {
	list, ok := s.u.Resolve(o).(pdf.Array)
	if !ok {
		list = pdf.Array{o}
	}
	var out []string
	for _, e := range list {
		switch e := s.u.Resolve(e).(type) {
		case pdf.Name:
			out = append(out, string(e))
		case pdf.String:
			out = append(out, pdf.DecodeText(e))
		}
	}
	return out
}

func (s *seedValue) checkNames() error {
	if w := s.words(s.d["Filter"]); s.demands(seedFilter) && !slices.Contains(w, filterName) {
		return &SeedValueError{"Filter", strings.Join(w, ", ")}
	}
	if w := s.words(s.d["SubFilter"]); s.demands(seedSubFilter) && !slices.Contains(w, subFilterName) {
		return &SeedValueError{"SubFilter", strings.Join(w, ", ")}
	}
	if v := s.integer(s.d["V"]); s.demands(seedV) && v > maxSeedV {
		return &SeedValueError{"V", fmt.Sprint(v)}
	}
	return nil
}

// checkDigest takes, where the caller asked for none, the first of the digests demanded that goes with the key.
func (s *seedValue) checkDigest() error {
	w := s.words(s.d["DigestMethod"])
	if !s.demands(seedDigestMethod) || slices.ContainsFunc(w, func(n string) bool { return algo.DigestFromName(n) == s.party.Digest }) {
		return nil
	}
	for _, n := range w {
		request := s.o.Request
		if request.Digest != 0 {
			break
		}
		if request.Digest = algo.DigestFromName(n); request.Digest == 0 {
			continue
		}
		if party, err := signing.NewParty(request); err == nil {
			s.o.Digest, *s.party = request.Digest, *party
			return nil
		}
	}
	return &SeedValueError{"DigestMethod", strings.Join(w, ", ")}
}

// checkReasons: an empty list, or one with a single period, demands that no reason is given.
func (s *seedValue) checkReasons() error {
	w := s.words(s.d["Reasons"])
	if !s.demands(seedReasons) {
		return nil
	}
	none := len(w) == 0 || len(w) == 1 && w[0] == "."
	if none && s.o.Reason != "" || !none && !slices.Contains(w, s.o.Reason) {
		return &SeedValueError{"Reasons", strings.Join(w, ", ")}
	}
	return nil
}

// checkUnsupported names demands that level B-B and B-T signatures don't meet.
func (s *seedValue) checkUnsupported() error {
	if b, _ := s.u.Resolve(s.d["AddRevInfo"]).(pdf.Bool); s.demands(seedAddRevInfo) && bool(b) {
		return &SeedValueError{"AddRevInfo", "true"}
	}
	if w := s.words(s.d["LegalAttestation"]); s.demands(seedLegalAttestation) && len(w) > 0 && s.o.Certification > 0 {
		return &SeedValueError{"LegalAttestation", strings.Join(w, ", ")}
	}
	s.lock = s.demands(seedLockDocument) && slices.Contains(s.words(s.d["LockDocument"]), "true")
	if w := s.words(s.d["AppearanceFilter"]); s.demands(seedAppearanceFilter) {
		return &SeedValueError{"AppearanceFilter", strings.Join(w, ", ")}
	}
	return nil
}

// checkMDP: P 0 demands an approval signature, another value that certification.
func (s *seedValue) checkMDP() error {
	d := s.u.Dict(s.d["MDP"])
	if d == nil {
		return nil
	}
	if p := s.integer(d["P"]); p != int64(s.o.Certification) {
		return &SeedValueError{"MDP", fmt.Sprintf("P %d", p)}
	}
	return nil
}

// Bits of /Ff in a certificate seed value dictionary (ISO 32000-2, table 238).
const (
	certSubject = 1 << iota
	certIssuer
	certOID
	certSubjectDN
	_
	certKeyUsage
	certURL
)

func (s *seedValue) checkCertificate() error {
	d := s.u.Dict(s.d["Cert"])
	if d == nil {
		return nil
	}
	ff := s.integer(d["Ff"])
	if ff&certSubject != 0 && !s.listed(d["Subject"], s.party.Chain()[:1]) {
		return &SeedValueError{"Cert", "another signing certificate (Subject)"}
	}
	if ff&certIssuer != 0 && !s.listed(d["Issuer"], s.party.Chain()) {
		return &SeedValueError{"Cert", "another issuer (Issuer)"}
	}
	for _, demand := range []struct {
		bit int64
		key pdf.Name
	}{{certOID, "OID"}, {certSubjectDN, "SubjectDN"}, {certKeyUsage, "KeyUsage"}, {certURL, "URL"}} {
		if _, there := d[demand.key]; there && ff&demand.bit != 0 {
			return &SeedValueError{"Cert", string(demand.key)}
		}
	}
	return nil
}

// listed says whether one of the certificates is among those of an array of DER strings.
func (s *seedValue) listed(o pdf.Object, certificates [][]byte) bool {
	list, _ := s.u.Resolve(o).(pdf.Array)
	return slices.ContainsFunc(list, func(e pdf.Object) bool {
		der, _ := s.u.Resolve(e).(pdf.String)
		return slices.ContainsFunc(certificates, func(c []byte) bool { return bytes.Equal(c, der) })
	})
}

// checkTimestamp: a demanded timestamp needs level B-T, from the very authority that the field names.
func (s *seedValue) checkTimestamp() error {
	d := s.u.Dict(s.d["TimeStamp"])
	if d == nil || s.integer(d["Ff"])&1 == 0 {
		return nil
	}
	url, _ := s.u.Resolve(d["URL"]).(pdf.String)
	if s.party.Level() == signing.BaselineB {
		return &SeedValueError{"TimeStamp", string(url)}
	}
	if pool, ok := s.o.Timestamper.(*signing.TimestampPool); ok && len(url) > 0 {
		demanded, there := pool.Named(string(url))
		if !there {
			return &SeedValueError{"TimeStamp", string(url)}
		}
		s.o.Timestamper = demanded
		s.party.UseTimestamper(demanded)
		return nil
	}
	if n, ok := s.o.Timestamper.(interface{ URL() string }); len(url) > 0 && (!ok || n.URL() != string(url)) {
		return &SeedValueError{"TimeStamp", string(url)}
	}
	return nil
}
