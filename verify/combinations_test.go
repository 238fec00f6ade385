package verify_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mohur/certs"
	"mohur/internal/algo"
	"mohur/internal/cms"
	"mohur/internal/demopki"
	"mohur/signing/pades"
	"mohur/verify"
)

// The documents of this file are made in every combination of level, algorithm, defect and time, and each has its verdict in
// testdata/combinations.tsv: ours, that of EU DSS 6.4 with the same anchors, revocation data, policy and time, and where they differ the
// clause why. scripts/combinations.sh asks DSS again.

// combinationLevels are the kinds of signature that each variant is made as.
var combinationLevels = []string{"pades-b", "pades-t", "cades-b", "cades-detached", "cades-t"}

// variant is one signer with one defect, or none.
type variant struct {
	name    string
	profile demopki.Profile
	levels  []string                                        // nil: all
	events  func(w *world, s *demopki.Signer)               // what becomes of the certificate
	build   func(w *world, b *cms.Builder)                  // what is odd about the message
	tsa     func(w *world) *demopki.TSA                     // whose timestamp; nil: the hierarchy's own
	imprint func(value []byte) []byte                       // what is stamped instead of the signature value
	damage  func(w *world, level string, doc []byte) []byte // what happens to the finished document
}

// setting is what a verifier knows and when: revocation data as they were at some instants, and the time of validation.
type setting struct {
	name, world string
	lists       []time.Time // instants of the CRLs
	answers     []time.Time // instants of OCSP answers about the signers; then only the root's CRL is given
	at          time.Time
	longTerm    bool // of documents with validation data inside only
}

func clock(year int, month time.Month, day, hour, minute int) time.Time {
	return time.Date(year, month, day, hour, minute, 0, 0, time.UTC)
}

// combinationWorlds are the hierarchies by their time of signing: today's, one of 2018 (RSA with 1024 bits ended in 2019) and one of 2008
// (SHA-1 ended in 2012). In 2026-ca an authority is revoked in the afternoon.
var combinationWorlds = map[string]time.Time{
	"2026": clock(2026, 9, 1, 9, 0), "2026-ca": clock(2026, 9, 1, 9, 0), "2018": clock(2018, 9, 3, 9, 0), "2008": clock(2008, 9, 1, 9, 0),
}

// combinationSettings: signing is always three hours after the birth of the hierarchy.
func combinationSettings() []setting {
	sep := func(hour, minute int) time.Time { return clock(2026, 9, 1, hour, minute) }
	return []setting{
		{name: "noon", world: "2026", lists: []time.Time{sep(12, 30)}, at: sep(13, 0)},
		{name: "evening", world: "2026", lists: []time.Time{sep(17, 0)}, at: sep(18, 0)},
		{name: "no-evidence", world: "2026", at: sep(13, 0)},
		{name: "stale-evidence", world: "2026", lists: []time.Time{sep(12, 30)}, at: clock(2026, 9, 3, 12, 0)},
		{name: "evidence-from-before", world: "2026", lists: []time.Time{sep(11, 30)}, at: sep(13, 0)},
		{name: "ocsp", world: "2026", lists: []time.Time{sep(12, 30)}, answers: []time.Time{sep(12, 30)}, at: sep(13, 0)},
		{name: "months-later", world: "2026", lists: []time.Time{clock(2026, 12, 1, 12, 0)}, at: clock(2026, 12, 1, 13, 0)},
		{name: "months-later-old-evidence", world: "2026", lists: []time.Time{clock(2026, 9, 20, 12, 0)}, at: clock(2026, 12, 1, 13, 0)},
		{name: "years-later", world: "2026", lists: []time.Time{clock(2030, 1, 15, 12, 0)}, at: clock(2030, 1, 15, 13, 0)},
		{name: "day-of-signing", world: "2018", lists: []time.Time{clock(2018, 9, 3, 12, 30)}, at: clock(2018, 9, 3, 13, 0)},
		{name: "rsa-1024-ended", world: "2018", lists: []time.Time{clock(2020, 1, 15, 12, 0)}, at: clock(2020, 1, 15, 13, 0)},
		{name: "sha-1-in-2008", world: "2008", lists: []time.Time{clock(2008, 9, 1, 12, 30)}, at: clock(2008, 9, 1, 13, 0)},
		{name: "sha-1-ended", world: "2008", lists: []time.Time{clock(2012, 12, 1, 12, 0)}, at: clock(2012, 12, 1, 13, 0)},
		{name: "rsa-1024-ended-no-evidence", world: "2018", at: clock(2020, 1, 15, 13, 0), longTerm: true},
		{name: "sha-1-ended-no-evidence", world: "2008", at: clock(2012, 12, 1, 13, 0), longTerm: true},
		{name: "years-later-no-evidence", world: "2026", at: clock(2030, 1, 15, 13, 0), longTerm: true},
		{name: "decade-later", world: "2026", lists: []time.Time{clock(2036, 3, 1, 12, 0)}, at: clock(2036, 3, 1, 13, 0), longTerm: true},
		{name: "authority-noon", world: "2026-ca", lists: []time.Time{sep(12, 30)}, at: sep(13, 0), longTerm: true},
		{name: "authority-evening", world: "2026-ca", lists: []time.Time{sep(17, 0)}, at: sep(18, 0), longTerm: true},
		{name: "authority-years-later", world: "2026-ca", lists: []time.Time{clock(2030, 1, 15, 12, 0)}, at: clock(2030, 1, 15, 13, 0), longTerm: true},
	}
}

// stampedOnly are the levels with a timestamp.
var stampedOnly = []string{"pades-t", "cades-t"}

func tsaWith(defect demopki.Defect, shift time.Duration) func(w *world) *demopki.TSA {
	return func(w *world) *demopki.TSA {
		t, err := w.pki.NewTSA(demopki.TSAOptions{Defect: defect, Now: func() time.Time { return w.clock.Add(shift) }})
		if err != nil {
			w.t.Fatal(err)
		}
		return t
	}
}

// statusAt changes the status of a certificate after hours from noon.
func statusAt(change func(w *world, cert []byte, at time.Time) error, offset time.Duration) func(w *world, s *demopki.Signer) {
	return func(w *world, s *demopki.Signer) {
		if err := change(w, s.Certificate, w.clock.Add(offset)); err != nil {
			w.t.Fatal(err)
		}
	}
}

func revokedFor(why demopki.Reason) func(*world, []byte, time.Time) error {
	return func(w *world, cert []byte, at time.Time) error { return w.pki.Revoke(cert, at, why) }
}

func held(w *world, cert []byte, at time.Time) error { return w.pki.Hold(cert, at) }

// combinationVariants are the signers and their defects.
func combinationVariants(year string) []variant {
	long := demopki.Profile{NotAfter: combinationWorlds[year].AddDate(6, 0, 0)}
	longRSA := func(k demopki.KeyKind) demopki.Profile { p := long; p.Key = k; return p }
	digest := func(d algo.Digest) func(*world, *cms.Builder) { return func(_ *world, b *cms.Builder) { b.Digest = d } }
	weak := []variant{
		{name: "sound", profile: long},
		{name: "rsa-1024", profile: longRSA(demopki.RSA1024)},
		{name: "rsa-2048", profile: longRSA(demopki.RSA2048)},
		{name: "message-with-sha-1", profile: long, build: digest(algo.SHA1)},
		{name: "certificate-with-sha-1", profile: demopki.Profile{Defect: demopki.SHA1Signature, NotAfter: long.NotAfter}},
		{name: "tsa-certificate-with-sha-1", profile: long, levels: stampedOnly, tsa: tsaWith(demopki.SHA1Signature, 0)},
	}
	if year != "2026" {
		return weak
	}
	minute, hour := time.Minute, time.Hour
	defect := func(d demopki.Defect) demopki.Profile { return demopki.Profile{Defect: d} }
	return append(weak[1:], []variant{
		{name: "sound"},
		{name: "p-384", profile: demopki.Profile{Key: demopki.P384}},
		{name: "p-521", profile: demopki.Profile{Key: demopki.P521}, build: digest(algo.SHA512)},
		{name: "rsa-3072", profile: demopki.Profile{Key: demopki.RSA3072}},
		{name: "rsa-pss", profile: demopki.Profile{Key: demopki.RSA2048}, build: func(_ *world, b *cms.Builder) { b.PSS = true }},
		{name: "rsa-sha-512", profile: demopki.Profile{Key: demopki.RSA2048}, build: digest(algo.SHA512)},
		{name: "sha-384", build: digest(algo.SHA384)},
		{name: "ed25519", profile: demopki.Profile{Key: demopki.Ed25519}},
		{name: "signer-named-by-key", build: func(_ *world, b *cms.Builder) { b.UseKeyID = true }},
		{name: "revoked-before", events: statusAt(revokedFor(demopki.Superseded), -hour)},
		{name: "revoked-before-for-compromise", events: statusAt(revokedFor(demopki.KeyCompromise), -hour)},
		{name: "revoked-soon-after", events: statusAt(revokedFor(demopki.Superseded), 20*minute)},
		{name: "revoked-soon-after-for-compromise", events: statusAt(revokedFor(demopki.KeyCompromise), 20*minute)},
		{name: "revoked-in-the-afternoon", events: statusAt(revokedFor(demopki.CessationOfOperation), 3*hour)},
		{name: "suspended-before", events: statusAt(held, -hour)},
		{name: "suspended-soon-after", events: statusAt(held, 20*minute)},
		{name: "suspended-and-lifted", events: func(w *world, s *demopki.Signer) {
			statusAt(held, -hour)(w, s)
			statusAt(func(w *world, cert []byte, at time.Time) error { return w.pki.Release(cert, at) }, 3*hour)(w, s)
		}},
		{name: "expired-long-ago", profile: defect(demopki.Expired)},
		{name: "not-yet-valid", profile: defect(demopki.NotYetValid)},
		{name: "expired-soon-after", profile: demopki.Profile{NotAfter: noon().Add(40 * minute)}},
		{name: "expired-in-a-month", profile: demopki.Profile{NotAfter: clock(2026, 10, 1, 0, 0)}},
		{name: "expired-in-a-month-revoked-before", profile: demopki.Profile{NotAfter: clock(2026, 10, 1, 0, 0)}, events: statusAt(revokedFor(demopki.Superseded), -hour)},
		{name: "wrong-key-usage", profile: defect(demopki.WrongKeyUsage)},
		{name: "wrong-extended-key-usage", profile: defect(demopki.WrongExtendedKeyUsage)},
		{name: "log-in-certificate", profile: demopki.Profile{Authentication: true}},
		{name: "untrusted-root", profile: defect(demopki.UntrustedRoot)},
		{name: "missing-intermediate", profile: defect(demopki.MissingIntermediate)},
		{name: "no-revocation-source", profile: defect(demopki.NoRevocationSource)},
		{name: "unknown-critical-extension", profile: defect(demopki.UnknownCriticalExtension)},
		{name: "issuer-signature-broken", profile: defect(demopki.BrokenSignature)},
		{name: "issuer-name-of-nobody", profile: defect(demopki.WrongIssuerName)},
		{name: "not-qualified", profile: defect(demopki.WithoutQCCompliance)},
		{name: "ess-names-another-certificate", build: twin},
		{name: "signer-left-out", build: func(_ *world, b *cms.Builder) { b.OmitCertificate = true }},
		{name: "no-claimed-time", build: func(_ *world, b *cms.Builder) { b.SigningTime = time.Time{} }},
		{name: "content-changed", damage: changeContent},
		{name: "value-damaged", damage: damageValue},
		{name: "page-replaced", levels: []string{"pades-b", "pades-t"}, damage: func(_ *world, _ string, doc []byte) []byte {
			return update(doc, 4, "<< /Length 2 >>\nstream\nBT\nendstream")
		}},
		{name: "bytes-behind", levels: []string{"pades-b", "pades-t"}, damage: func(_ *world, _ string, doc []byte) []byte {
			return append(doc, "\nand more"...)
		}},
		{name: "signed-again", levels: []string{"pades-b", "pades-t"}, damage: func(w *world, level string, doc []byte) []byte {
			return w.seal(level, variant{}, w.person(demopki.Person{GivenName: "Leyla"}), doc)
		}},
		{name: "signed-again-by-a-revoked-one", levels: []string{"pades-b", "pades-t"}, damage: func(w *world, level string, doc []byte) []byte {
			s := w.person(demopki.Person{GivenName: "Leyla"})
			w.revoke(s, w.clock.Add(-hour))
			return w.seal(level, variant{}, s, doc)
		}},
		{name: "signed-again-after-a-revoked-one", levels: []string{"pades-b", "pades-t"}, events: statusAt(revokedFor(demopki.Superseded), -hour), damage: func(w *world, level string, doc []byte) []byte {
			return w.seal(level, variant{}, w.person(demopki.Person{GivenName: "Leyla"}), doc)
		}},
		{name: "revocation-lists-inside", levels: []string{"cades-b", "cades-detached", "cades-t"}, build: func(w *world, b *cms.Builder) {
			lists, err := w.pki.CRLsAt(w.clock.Add(10 * minute))
			if err != nil {
				w.t.Fatal(err)
			}
			b.CRLs = lists
		}},
		{name: "tsa-untrusted", levels: stampedOnly, tsa: tsaWith(demopki.UntrustedRoot, 0)},
		{name: "tsa-expired", levels: stampedOnly, tsa: tsaWith(demopki.Expired, 0)},
		{name: "tsa-not-yet-valid", levels: stampedOnly, tsa: tsaWith(demopki.NotYetValid, 0)},
		{name: "tsa-wrong-key-usage", levels: stampedOnly, tsa: tsaWith(demopki.WrongKeyUsage, 0)},
		{name: "tsa-wrong-purpose", levels: stampedOnly, tsa: tsaWith(demopki.WrongExtendedKeyUsage, 0)},
		{name: "tsa-issuer-signature-broken", levels: stampedOnly, tsa: tsaWith(demopki.BrokenSignature, 0)},
		{name: "tsa-untrusted-revoked-before", levels: stampedOnly, tsa: tsaWith(demopki.UntrustedRoot, -2*hour), events: statusAt(revokedFor(demopki.Superseded), -hour)},
		{name: "tsa-clock-behind-revoked-between", levels: stampedOnly, tsa: tsaWith(0, -2*hour), events: statusAt(revokedFor(demopki.Superseded), -hour)},
		{name: "tsa-clock-before-certificate", levels: stampedOnly, tsa: tsaWith(0, -60*24*hour)},
		{name: "tsa-clock-ahead", levels: stampedOnly, tsa: tsaWith(0, 3*hour)},
		{name: "tsa-revoked-before", levels: stampedOnly, tsa: func(w *world) *demopki.TSA { return w.revokedTSA(-hour) }},
		{name: "tsa-revoked-soon-after", levels: stampedOnly, tsa: func(w *world) *demopki.TSA { return w.revokedTSA(20 * minute) }},
		{name: "stamp-over-something-else", levels: stampedOnly, imprint: func(v []byte) []byte { return append(slices.Clone(v), 0) }},
	}...)
}

// revokedTSA is an authority whose certificate is revoked some time from noon.
func (w *world) revokedTSA(offset time.Duration) *demopki.TSA {
	t := tsaWith(0, 0)(w)
	if err := w.pki.Revoke(t.Certificate(), w.clock.Add(offset), demopki.KeyCompromise); err != nil {
		w.t.Fatal(err)
	}
	return t
}

// twin embeds a certificate of the same key in place of the one that the signer named by its hash.
func twin(w *world, b *cms.Builder) {
	pub := w.parse(b.Certificate).PublicKey
	other := w.person(demopki.Person{Surname: "Quliyev", Profile: demopki.Profile{PublicKey: pub}})
	b.UseKeyID, b.OmitCertificate = true, true
	b.Chain = append([][]byte{other.Certificate}, b.Chain...)
}

// changeContent turns a bit of what is signed.
func changeContent(w *world, level string, doc []byte) []byte {
	if level == "cades-detached" {
		return doc // the file beside it is another
	}
	i := bytes.Index(doc, []byte("salam"))
	if i < 0 {
		w.t.Fatal("no content")
	}
	doc = slices.Clone(doc)
	doc[i] ^= 1
	return doc
}

// damageValue turns a bit of the signature value.
func damageValue(w *world, level string, doc []byte) []byte {
	raw := doc
	if strings.HasPrefix(level, "pades") {
		raw = contents(w.t, doc)
	}
	sd, err := cms.Parse(raw, cms.Limits{})
	if err != nil {
		w.t.Fatal(err)
	}
	value := sd.SignerInfos[0].Signature
	bad := slices.Clone(value)
	bad[len(bad)-1] ^= 1
	if isPDF(level) {
		return bytes.Replace(doc, []byte(hex.EncodeToString(value)), []byte(hex.EncodeToString(bad)), 1)
	}
	return bytes.Replace(doc, value, bad, 1)
}

func isPDF(level string) bool { return strings.HasPrefix(level, "pades") }

const letter = "salam, dünya"

// seal makes one signature of a level; for PDF over doc, otherwise over the letter.
func (w *world) seal(level string, v variant, s *demopki.Signer, doc []byte) []byte {
	w.t.Helper()
	if !isPDF(level) {
		return w.sealMessage(level, v, s, []byte(letter), level != "cades-detached")
	}
	shell := w.sign(doc, w.person(demopki.Person{GivenName: "Qəlib"}), func(o *pades.Options) { stamped(w.pki)(o); o.Reserve = 24000 })
	from := bytes.LastIndex(shell, []byte("/Contents")) + len("/Contents")
	from += bytes.IndexByte(shell[from:], '<')
	to := from + bytes.IndexByte(shell[from:], '>') + 1
	signed := slices.Concat(shell[:from], shell[to:])
	if v.build == nil {
		v.build = func(*world, *cms.Builder) {}
	}
	build := v.build
	v.build = func(w *world, b *cms.Builder) { b.SigningTime = time.Time{}; build(w, b) }
	value := hex.EncodeToString(w.sealMessage(level, v, s, signed, false))
	if len(value) > to-from-2 {
		w.t.Fatalf("%d digits do not fit", len(value))
	}
	copy(shell[from+1:], value+strings.Repeat("0", to-from-2-len(value)))
	return shell
}

// sealMessage makes the CMS of a signature.
func (w *world) sealMessage(level string, v variant, s *demopki.Signer, content []byte, attached bool) []byte {
	w.t.Helper()
	message := w.message(s, content, func(b *cms.Builder) {
		if attached {
			b.Content = content
		}
		if v.build != nil {
			v.build(w, b)
		}
	})
	if !strings.HasSuffix(level, "-t") {
		return message
	}
	sd, err := cms.Parse(message, cms.Limits{})
	if err != nil {
		w.t.Fatal(err)
	}
	value := sd.SignerInfos[0].Signature
	if v.imprint != nil {
		value = v.imprint(value)
	}
	authority := w.pki.TSA()
	if v.tsa != nil {
		authority = v.tsa(w)
	}
	token, err := authority.Timestamp(context.Background(), algo.SHA256, algo.SHA256.Sum(value))
	if err != nil {
		w.t.Fatal(err)
	}
	message, err = cms.AddSignatureTimestamp(message, 0, token)
	if err != nil {
		w.t.Fatal(err)
	}
	return message
}

// contents is the CMS of the last signature of a PDF.
func contents(t testing.TB, doc []byte) []byte {
	t.Helper()
	from := bytes.LastIndex(doc, []byte("/Contents")) + len("/Contents")
	from += bytes.IndexByte(doc[from:], '<') + 1
	raw, err := hex.DecodeString(string(doc[from : from+bytes.IndexByte(doc[from:], '>')]))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// combination is a finished document.
type combination struct {
	variant, level string
	signer         *demopki.Signer
	doc            []byte
	beside         []byte // the detached file, nil for none
	longTerm       bool
	after          time.Time // verdicts of an earlier time are not asked for
}

// asked says whether a setting makes sense for a document: one that carries nothing is not judged in the settings for long-term documents,
// and none before it was finished.
func (c combination) asked(s setting) bool {
	return (c.longTerm || !s.longTerm) && !s.at.Before(c.after)
}

func (c combination) name() string { return c.variant + "/" + c.level }

func (c combination) file() string {
	if isPDF(c.level) {
		return c.variant + "-" + c.level + ".pdf"
	}
	return c.variant + "-" + c.level + ".p7m"
}

// combinations makes every document of a world.
func combinations(t *testing.T, name string) (*world, []combination) {
	t.Helper()
	born := combinationWorlds[name]
	w := &world{t: t, clock: born}
	h, err := demopki.New(demopki.Options{Now: func() time.Time { return w.clock }})
	if err != nil {
		t.Fatal(err)
	}
	w.pki, w.trust = h, certs.NewTrustStore(w.parse(h.Root().Raw))
	w.clock = born.Add(3 * time.Hour)
	w.noon = w.clock
	var out []combination
	if name != "2026-ca" {
		out = w.plainCombinations(name)
	} else if err := w.pki.Revoke(w.pki.PersonsCA().Raw, w.noon.Add(3*time.Hour), demopki.CACompromise); err != nil {
		t.Fatal(err)
	}
	return w, append(out, w.longCombinations(name)...)
}

// plainCombinations makes the documents without validation data.
func (w *world) plainCombinations(name string) []combination {
	var out []combination
	for _, v := range combinationVariants(name) {
		s := w.person(demopki.Person{Profile: v.profile})
		levels := v.levels
		if levels == nil {
			levels = combinationLevels
		}
		for _, level := range levels {
			c := combination{variant: v.name, level: level, signer: s, doc: w.seal(level, v, s, page(letter))}
			if level == "cades-detached" {
				c.beside = []byte(letter)
			}
			if v.damage != nil {
				if c.doc = v.damage(w, level, c.doc); level == "cades-detached" && v.name == "content-changed" {
					c.beside = []byte("another letter")
				}
			}
			out = append(out, c)
		}
		if v.events != nil {
			v.events(w, s)
		}
	}
	return out
}

// longCombinations makes the documents with validation data.
func (w *world) longCombinations(name string) []combination {
	var out []combination
	for _, p := range prolongations(name) {
		s := w.person(demopki.Person{Profile: p.profile})
		if p.events != nil {
			p.events(w, s)
		}
		for _, format := range []string{"pades", "cades"} {
			d := &longDocument{w: w, pdf: format == "pades", signer: s, doc: w.seal(format+"-t", p.variant, s, page(letter))}
			for _, step := range p.steps {
				step(d)
			}
			if p.damage != nil {
				d.doc = p.damage(w, format, d.doc)
			}
			out = append(out, combination{
				variant: p.name, level: format + "-" + p.suffix, signer: s, doc: d.doc, longTerm: true, after: w.noon.Add(p.after),
			})
		}
	}
	return out
}

// evidence are the revocation data of a setting, named as files.
func (w *world) evidence(s setting, docs []combination) map[string][]byte {
	w.t.Helper()
	out := map[string][]byte{}
	for i, at := range s.lists {
		lists, err := w.pki.CRLsAt(at)
		if err != nil {
			w.t.Fatal(err)
		}
		if s.answers != nil {
			lists = lists[:1]
		}
		for k, der := range lists {
			out[fmt.Sprintf("%d-%d.crl", i, k)] = der
		}
	}
	for i, at := range s.answers {
		asked := map[*demopki.Signer]bool{}
		for k, c := range docs {
			if asked[c.signer] {
				continue
			}
			asked[c.signer] = true
			answer, err := w.pki.OCSPAt(c.signer.Certificate, at)
			if err != nil {
				continue // of an issuer that this hierarchy does not answer for
			}
			out[fmt.Sprintf("%d-%03d.ocsp", i, k)] = answer
		}
	}
	return out
}

// memory reads evidence as a verifier does.
func memory(t *testing.T, files map[string][]byte) *certs.MemoryRevocation {
	t.Helper()
	m := &certs.MemoryRevocation{}
	for name, der := range files {
		d := certs.RevocationData{Origin: certs.OriginInput, Source: name}
		var err error
		if strings.HasSuffix(name, ".crl") {
			d.CRL, err = certs.ParseCRL(der)
		} else {
			d.OCSP, err = certs.ParseOCSP(der)
		}
		if err != nil {
			t.Fatal(err)
		}
		m.Add(d)
	}
	return m
}

// judged is the verdict over each signature, sorted.
func judged(r *verify.Report) string {
	var out []string
	for _, s := range r.Signatures {
		v := strings.ReplaceAll(string(s.Indication), "-", "_")
		if s.SubIndication != "" {
			v += "/" + string(s.SubIndication)
		}
		out = append(out, v)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// expectedCombinations reads the outcomes by setting and name.
func expectedCombinations(t *testing.T) map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "combinations.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma = '\t'
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, row := range rows[1:] {
		if row[2] != row[3] && (len(row[4]) < 20 || row[5] == "") {
			t.Errorf("%s %s: it differs from DSS and has no reason with a clause", row[0], row[1])
		}
		out[row[0]+" "+row[1]] = row[2]
	}
	return out
}

// TestCombinations holds the verdict of every document in every setting. MOHUR_COMBINATIONS names a folder to which documents, evidence and
// outcomes are written for another validator.
func TestCombinations(t *testing.T) {
	folder := os.Getenv("MOHUR_COMBINATIONS")
	want := map[string]string{}
	if folder == "" {
		want = expectedCombinations(t)
	}
	documents, seen := 0, map[string]bool{}
	for name := range combinationWorlds {
		w, docs := combinations(t, name)
		documents += len(docs)
		for _, s := range combinationSettings() {
			if s.world != name {
				continue
			}
			files := w.evidence(s, slices.DeleteFunc(slices.Clone(docs), func(c combination) bool { return !c.asked(s) }))
			known := memory(t, files)
			outcomes := [][]string{}
			for _, c := range docs {
				if !c.asked(s) {
					continue
				}
				in := verify.Input{Name: c.file(), Content: bytes.NewReader(c.doc), Size: int64(len(c.doc)), Trust: w.trust, Revocation: known, Time: s.at}
				if c.beside != nil {
					in.Detached = []verify.Data{{Name: "letter.txt", Content: bytes.NewReader(c.beside), Size: int64(len(c.beside))}}
				}
				got, key := judged(w.verify(in)), s.name+" "+c.name()
				seen[key] = true
				outcomes = append(outcomes, []string{s.name, c.name(), got, c.file(), strconv.FormatBool(c.beside != nil)})
				if expected, ok := want[key]; folder == "" && (!ok || got != expected) {
					t.Errorf("%s: %s, want %q", key, got, expected)
				}
			}
			if folder != "" {
				writeCombinations(t, filepath.Join(folder, s.name), w, s, files, docs, outcomes)
			}
		}
	}
	if documents < 400 {
		t.Errorf("%d documents", documents)
	}
	for key := range want {
		if !seen[key] {
			t.Errorf("%s is expected and not made", key)
		}
	}
}

// writeCombinations lays a setting out: anchors, evidence, documents, time.txt and outcomes.tsv.
func writeCombinations(t *testing.T, dir string, w *world, s setting, evidence map[string][]byte, docs []combination, outcomes [][]string) {
	t.Helper()
	write := func(name string, b []byte) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("anchors/root.crt", w.pki.Root().Raw)
	write("time.txt", []byte(s.at.Format(time.RFC3339)))
	for name, der := range evidence {
		write("evidence/"+name, der)
	}
	for _, c := range docs {
		if !c.asked(s) {
			continue
		}
		write("documents/"+c.file(), c.doc)
		if c.beside != nil {
			write("documents/"+c.file()+".txt", c.beside)
		}
	}
	var b strings.Builder
	for _, o := range outcomes {
		b.WriteString(strings.Join(o, "\t") + "\n")
	}
	write("outcomes.tsv", []byte(b.String()))
}
