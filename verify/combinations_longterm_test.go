package verify_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"mohur/internal/algo"
	"mohur/internal/cms"
	"mohur/internal/demopki"
	"mohur/internal/pdf"
)

// The documents of this file carry validation data and archive timestamps. They are made step by step rather than by signing/pades and
// signing/cades, which refuse to write what will not pass.

// prolongation is a signature of level T with what was added afterwards.
type prolongation struct {
	variant
	suffix string // of the level's name: lt or lta
	steps  []prolong
	after  time.Duration // verdicts of an earlier time than this, from noon, are not asked for
}

// prolong adds something to a document.
type prolong func(d *longDocument)

// longDocument is a document in the making.
type longDocument struct {
	w      *world
	pdf    bool
	signer *demopki.Signer
	doc    []byte
}

const (
	minute = time.Minute
	hour   = time.Hour
	day    = 24 * hour
	year   = 365 * day
)

// at runs something with the world's clock moved from noon.
func (d *longDocument) at(offset time.Duration, f func()) {
	before := d.w.clock
	d.w.clock = before.Add(offset)
	f()
	d.w.clock = before
}

// lists adds all revocation lists of an instant, with the certificates of authorities and timestamp authority.
func lists(offset time.Duration) prolong { return someLists(offset, 0, 1, 2) }

// someLists adds the lists of some authorities: root, persons, bodies.
func someLists(offset time.Duration, which ...int) prolong {
	return func(d *longDocument) {
		all, err := d.w.pki.CRLsAt(d.w.clock.Add(offset))
		if err != nil {
			d.w.t.Fatal(err)
		}
		var some [][]byte
		for _, i := range which {
			some = append(some, all[i])
		}
		d.store(append([][]byte{d.w.pki.Root().Raw}, d.w.pki.Intermediates()...), nil, some)
	}
}

// listsOnly adds the lists without certificates.
func listsOnly(offset time.Duration) prolong {
	return func(d *longDocument) {
		all, err := d.w.pki.CRLsAt(d.w.clock.Add(offset))
		if err != nil {
			d.w.t.Fatal(err)
		}
		d.store(nil, nil, all)
	}
}

// answers adds what responders say of the signer, its authority and the timestamp authority.
func answers(offset time.Duration) prolong {
	return func(d *longDocument) {
		var out [][]byte
		for _, c := range [][]byte{d.signer.Certificate, d.w.pki.PersonsCA().Raw, d.w.pki.TSA().Certificate()} {
			der, err := d.w.pki.OCSPAt(c, d.w.clock.Add(offset))
			if err != nil {
				d.w.t.Fatal(err)
			}
			out = append(out, der)
		}
		d.store(d.w.pki.Intermediates(), out, nil)
	}
}

// shortResponders lets the responders' certificates end, and replaces them afterwards.
func shortResponders(end time.Duration, then prolong) prolong {
	return func(d *longDocument) {
		born := d.w.clock.Add(-3 * hour)
		err := d.w.pki.RenewResponders(born.AddDate(-1, 0, 0), d.w.clock.Add(end))
		then(d)
		if err = errors.Join(err, d.w.pki.RenewResponders(born.AddDate(-5, 0, 0), born.AddDate(5, 0, 0))); err != nil {
			d.w.t.Fatal(err)
		}
	}
}

// archive adds a document or archive timestamp by the hierarchy's own authority, or another one.
func archive(offset time.Duration) prolong { return archiveBy(offset, algo.SHA256, nil, nil) }

func archiveBy(offset time.Duration, digest algo.Digest, tsa func(w *world) *demopki.TSA, other func([]byte) []byte) prolong {
	return func(d *longDocument) {
		d.at(offset, func() {
			authority := d.w.pki.TSA()
			if tsa != nil {
				authority = tsa(d.w)
			}
			stamp := func(imprint []byte) []byte {
				if other != nil {
					imprint = other(imprint)
				}
				token, err := authority.Timestamp(context.Background(), digest, imprint)
				if err != nil {
					d.w.t.Fatal(err)
				}
				return token
			}
			if d.pdf {
				d.documentTimestamp(digest, stamp)
			} else {
				d.archiveTimestamp(digest, stamp)
			}
		})
	}
}

// store adds validation data to the DSS of a PDF, or to the SignedData.
func (d *longDocument) store(certificates, responses, lists [][]byte) {
	var err error
	if !d.pdf {
		if d.doc, err = cms.AddValidationData(d.doc, certificates, responses, lists); err != nil {
			d.w.t.Fatal(err)
		}
		return
	}
	u := d.update()
	if _, err = u.AddDSS(certificates, responses, lists); err != nil {
		d.w.t.Fatal(err)
	}
	increment, _, err := u.Increment()
	if err != nil {
		d.w.t.Fatal(err)
	}
	d.doc = append(slices.Clone(d.doc), increment...)
}

func (d *longDocument) update() *pdf.Update {
	doc, err := pdf.Open(bytes.NewReader(d.doc), int64(len(d.doc)), pdf.Options{})
	if err != nil {
		d.w.t.Fatal(err)
	}
	u, err := pdf.NewUpdate(doc)
	if err != nil {
		d.w.t.Fatal(err)
	}
	return u
}

func (d *longDocument) documentTimestamp(digest algo.Digest, stamp func([]byte) []byte) {
	u := d.update()
	f, err := u.AddSignatureField("", 1, [4]float64{})
	if err != nil {
		d.w.t.Fatal(err)
	}
	ref := u.Add(pdf.Null{})
	u.FillSignatureField(f, ref, pdf.Ref{})
	u.SetSignature(ref, pdf.Dict{"Type": pdf.Name("DocTimeStamp"), "Filter": pdf.Name("Adobe.PPKLite"), "SubFilter": pdf.Name("ETSI.RFC3161")}, 6000)
	increment, place, err := u.Increment()
	if err != nil {
		d.w.t.Fatal(err)
	}
	base := int64(len(d.doc))
	h := digest.New()
	for _, part := range [][]byte{d.doc, increment[:place.Start-base], increment[place.End-base:]} {
		h.Write(part)
	}
	hex.Encode(increment[place.Start-base+1:], stamp(h.Sum(nil)))
	d.doc = append(slices.Clone(d.doc), increment...)
}

func (d *longDocument) archiveTimestamp(digest algo.Digest, stamp func([]byte) []byte) {
	sd, err := cms.Parse(d.doc, cms.Limits{})
	if err != nil {
		d.w.t.Fatal(err)
	}
	si := sd.SignerInfos[0]
	index, err := sd.HashIndex(si, digest)
	if err != nil {
		d.w.t.Fatal(err)
	}
	input, err := si.ArchiveInput(sd.ContentType, digest.Sum(sd.Content.Bytes()), index)
	if err != nil {
		d.w.t.Fatal(err)
	}
	token, err := cms.AddUnsignedAttributes(stamp(digest.Sum(input)), 0, cms.EncodeAttribute(cms.OIDATSHashIndexV3, index))
	if err == nil {
		d.doc, err = cms.AddUnsignedAttributes(d.doc, 0, cms.EncodeAttribute(cms.OIDArchiveTimestampV3, token))
	}
	if err != nil {
		d.w.t.Fatal(err)
	}
}

// tsaValid is an authority whose certificate is valid from five years before noon until some time after.
func tsaValid(until time.Duration) func(w *world) *demopki.TSA {
	return tsaBetween(-5*year, until)
}

func tsaBetween(from, until time.Duration) func(w *world) *demopki.TSA {
	return func(w *world) *demopki.TSA {
		noon := combinationNoon(w)
		t, err := w.pki.NewTSA(demopki.TSAOptions{NotBefore: noon.Add(from), NotAfter: noon.Add(until)})
		if err != nil {
			w.t.Fatal(err)
		}
		return t
	}
}

// combinationNoon is when the documents of a hierarchy are signed.
func combinationNoon(w *world) time.Time { return w.noon }

func tsaRevoked(at time.Duration) func(w *world) *demopki.TSA {
	return func(w *world) *demopki.TSA {
		t := tsaWith(0, 0)(w)
		if err := w.pki.Revoke(t.Certificate(), combinationNoon(w).Add(at), demopki.KeyCompromise); err != nil {
			w.t.Fatal(err)
		}
		return t
	}
}

func broken(imprint []byte) []byte {
	out := slices.Clone(imprint)
	out[0] ^= 1
	return out
}

// prolongations are the long-term documents of a hierarchy.
func prolongations(world string) []prolongation {
	lt := []prolong{lists(10 * minute)}
	lta := []prolong{lists(10 * minute), archive(20 * minute)}
	var out []prolongation
	add := func(suffix string, v variant, steps ...prolong) {
		out = append(out, prolongation{variant: v, suffix: suffix, steps: steps})
	}
	both := func(v variant) {
		add("lt", v, lt...)
		add("lta", v, lta...)
	}
	switch world {
	case "2026":
		soundly(add, both, lt, lta)
		stampedly(add, lt, lta)
		renewedly(&out, add)
	case "2026-ca":
		both(variant{name: "authority-revoked-in-the-afternoon"})
		add("lta", variant{name: "authority-revoked-then-renewed-evidence"}, lists(10*minute), archive(20*minute), lists(4*hour), archive(5*hour))
		out[len(out)-1].after = 5 * hour
		add("t", variant{name: "authority-revoked-in-the-afternoon"})
	default:
		weakly(world, add, both)
	}
	return out
}

// soundly are signers and what becomes of them.
func soundly(add func(string, variant, ...prolong), both func(variant), lt, lta []prolong) {
	both(variant{name: "sound"})
	add("lt", variant{name: "answers"}, answers(10*minute))
	add("lta", variant{name: "answers"}, answers(10*minute), archive(20*minute))
	both(variant{name: "revoked-before", events: statusAt(revokedFor(demopki.Superseded), -hour)})
	both(variant{name: "revoked-between-stamp-and-evidence", events: statusAt(revokedFor(demopki.KeyCompromise), 5*minute)})
	both(variant{name: "revoked-after-evidence", events: statusAt(revokedFor(demopki.KeyCompromise), 15*minute)})
	both(variant{name: "revoked-in-the-afternoon", events: statusAt(revokedFor(demopki.CessationOfOperation), 3*hour)})
	both(variant{name: "suspended-before", events: statusAt(held, -hour)})
	both(variant{name: "suspended-between-stamp-and-evidence", events: statusAt(held, 5*minute)})
	add("lta", variant{name: "suspended-and-lifted", events: func(w *world, s *demopki.Signer) {
		statusAt(held, 5*minute)(w, s)
		statusAt(func(w *world, cert []byte, at time.Time) error { return w.pki.Release(cert, at) }, 3*hour)(w, s)
	}}, lta...)
	both(variant{name: "expired-soon-after", profile: demopki.Profile{NotAfter: noon().Add(40 * minute)}})
	both(variant{name: "expired-in-a-month", profile: demopki.Profile{NotAfter: clock(2026, 10, 1, 0, 0)}})
	both(variant{name: "expired-in-a-month-revoked-before", profile: demopki.Profile{NotAfter: clock(2026, 10, 1, 0, 0)}, events: statusAt(revokedFor(demopki.Superseded), -hour)})
	both(variant{name: "expired-long-ago", profile: demopki.Profile{Defect: demopki.Expired}})
	both(variant{name: "untrusted-root", profile: demopki.Profile{Defect: demopki.UntrustedRoot}})
	both(variant{name: "missing-intermediate", profile: demopki.Profile{Defect: demopki.MissingIntermediate}})
	add("lta", variant{name: "intermediate-nowhere", profile: demopki.Profile{Defect: demopki.MissingIntermediate}}, listsOnly(10*minute), archive(20*minute))
	both(variant{name: "ess-names-another-certificate", build: twin})
	both(variant{name: "wrong-key-usage", profile: demopki.Profile{Defect: demopki.WrongKeyUsage}})
	add("lt", variant{name: "evidence-from-before"}, lists(-30*minute))
	add("lta", variant{name: "evidence-from-before"}, lists(-30*minute), archive(20*minute))
	add("lta", variant{name: "root-list-only"}, someLists(10*minute, 0), archive(20*minute))
	add("lta", variant{name: "persons-list-only"}, someLists(10*minute, 1), archive(20*minute))
	add("lta", variant{name: "no-evidence-inside"}, archive(20*minute))
	add("lta", variant{name: "evidence-after-archive"}, archive(10*minute), lists(20*minute))
	add("lt", variant{name: "responder-expired-in-a-month"}, shortResponders(30*day, answers(10*minute)))
	add("lta", variant{name: "responder-expired-in-a-month"}, shortResponders(30*day, answers(10*minute)), archive(20*minute))
	both(variant{name: "content-changed", damage: changeContent})
}

// stampedly are timestamp authorities and what becomes of them.
func stampedly(add func(string, variant, ...prolong), lt, lta []prolong) {
	by := func(tsa func(w *world) *demopki.TSA) []prolong {
		return []prolong{lists(10 * minute), archiveBy(20*minute, algo.SHA256, tsa, nil)}
	}
	for _, v := range []variant{
		{name: "tsa-untrusted", tsa: tsaWith(demopki.UntrustedRoot, 0)},
		{name: "tsa-expired-in-a-month", tsa: tsaValid(30 * day)},
		{name: "tsa-revoked-before", tsa: tsaRevoked(-hour)},
		{name: "tsa-revoked-between-stamp-and-evidence", tsa: tsaRevoked(5 * minute)},
		{name: "tsa-revoked-in-the-afternoon", tsa: tsaRevoked(3 * hour)},
		{name: "stamp-over-something-else", imprint: func(v []byte) []byte { return append(slices.Clone(v), 0) }},
	} {
		add("lt", v, lt...)
		add("lta", v, lta...)
	}
	expired := demopki.Profile{NotAfter: clock(2026, 10, 1, 0, 0)}
	for name, tsa := range archiveAuthorities() {
		add("lta", variant{name: "archive-" + name}, by(tsa)...)
		add("lta", variant{name: "expired-in-a-month-archive-" + name, profile: expired}, by(tsa)...)
	}
	over := archiveBy(20*minute, algo.SHA256, nil, broken)
	add("lta", variant{name: "archive-over-something-else"}, lists(10*minute), over)
	add("lta", variant{name: "expired-in-a-month-archive-over-something-else", profile: expired}, lists(10*minute), over)
	add("lta", variant{name: "revoked-in-the-afternoon-archive-over-something-else", events: statusAt(revokedFor(demopki.Superseded), 3*hour)}, lists(10*minute), over)
	add("lta", variant{name: "tsa-expired-in-a-month-archive-too", tsa: tsaValid(30 * day)}, by(tsaValid(30*day))...)
}

func archiveAuthorities() map[string]func(w *world) *demopki.TSA {
	return map[string]func(w *world) *demopki.TSA{
		"untrusted":                tsaWith(demopki.UntrustedRoot, 0),
		"expired-in-a-month":       tsaValid(30 * day),
		"revoked-before":           tsaRevoked(-hour),
		"revoked-in-the-afternoon": tsaRevoked(3 * hour),
		"wrong-purpose":            tsaWith(demopki.WrongExtendedKeyUsage, 0),
		"expired":                  tsaWith(demopki.Expired, 0),
	}
}

// renewedly are documents whose archive timestamps were renewed, in time or not.
func renewedly(out *[]prolongation, add func(string, variant, ...prolong)) {
	renewed := func(name string, after time.Duration, v variant, steps ...prolong) {
		v.name = name
		add("lta", v, steps...)
		(*out)[len(*out)-1].after = after
	}
	second, third := tsaBetween(0, 8*year), tsaBetween(0, 20*year)
	short := variant{tsa: tsaValid(60 * day), profile: demopki.Profile{NotAfter: clock(2026, 10, 1, 0, 0)}}
	first := []prolong{lists(10 * minute), archiveBy(20*minute, algo.SHA256, tsaValid(60*day), nil)}
	renewal := func(at time.Duration, tsa func(w *world) *demopki.TSA) []prolong {
		return []prolong{lists(at), archiveBy(at+minute, algo.SHA256, tsa, nil)}
	}
	renewed("renewed-in-time", 31*day, short, append(slices.Clone(first), renewal(30*day, second)...)...)
	renewed("renewed-too-late", 71*day, short, append(slices.Clone(first), renewal(70*day, second)...)...)
	renewed("renewed-twice", year, short, slices.Concat(first, renewal(30*day, second), renewal(80*day, third))...)
	renewed("renewed-without-evidence", 31*day, short, append(slices.Clone(first), archiveBy(30*day, algo.SHA256, second, nil))...)
	renewed("renewed-by-an-untrusted-authority", 31*day, short, append(slices.Clone(first), renewal(30*day, tsaWith(demopki.UntrustedRoot, 0))...)...)
	renewed("renewed-over-something-else", 31*day, short, append(slices.Clone(first), lists(30*day), archiveBy(30*day+minute, algo.SHA256, second, broken))...)
	revoked := short
	revoked.events = statusAt(revokedFor(demopki.KeyCompromise), 20*day)
	renewed("renewed-after-revocation", 31*day, revoked, append(slices.Clone(first), renewal(30*day, second)...)...)
}

// weakly are algorithms that ended.
func weakly(world string, add func(string, variant, ...prolong), both func(variant)) {
	for _, v := range combinationVariants(world) {
		both(v)
	}
	for _, name := range []string{"sound", "message-with-sha-1", "rsa-1024"} {
		for _, v := range combinationVariants(world) {
			if v.name == name {
				v.name += "-archived-with-sha-1"
				add("lta", v, lists(10*minute), archiveBy(20*minute, algo.SHA1, nil, nil))
			}
		}
	}
}
