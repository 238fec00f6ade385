package pades

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"mohur/internal/algo"
	"mohur/internal/demopki"
	"mohur/internal/paper"
	"mohur/internal/pdf"
	"mohur/internal/tsp"
	"mohur/signing"
)

// edit changes an object of a document by an incremental update.
func edit(t testing.TB, in []byte, change func(u *pdf.Update)) []byte {
	t.Helper()
	d, err := pdf.Open(bytes.NewReader(in), int64(len(in)), pdf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	u, err := pdf.NewUpdate(d)
	if err != nil {
		t.Fatal(err)
	}
	change(u)
	var out bytes.Buffer
	if _, err := u.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// withField adds an empty signature field with further entries.
func withField(t testing.TB, in []byte, name string, more pdf.Dict) []byte {
	return edit(t, in, func(u *pdf.Update) {
		f, err := u.AddSignatureField(name, 1, [4]float64{100, 100, 300, 160})
		if err != nil {
			t.Fatal(err)
		}
		d := u.Dict(f.Ref)
		for k, v := range more {
			d[k] = v
		}
		u.Set(f.Ref, d)
	})
}

func lock(action string, p int, names ...string) pdf.Dict {
	l := pdf.Dict{"Type": pdf.Name("SigFieldLock"), "Action": pdf.Name(action)}
	if p > 0 {
		l["P"] = pdf.Integer(p)
	}
	if len(names) > 0 {
		list := pdf.Array{}
		for _, n := range names {
			list = append(list, pdf.EncodeText(n))
		}
		l["Fields"] = list
	}
	return pdf.Dict{"Lock": l}
}

func TestEarlierSignersAreObeyed(t *testing.T) {
	w := newWorld(t)
	plain := w.options(t, demopki.P256)
	certified := func(p int) []byte {
		o := plain
		o.Certification = p
		out, _ := sealed(t, letter(t), o)
		accepted(t, out, 1, "")
		if d := intact(t, out, "")[0]; d.DocMDP != p || !d.Certification {
			t.Errorf("DocMDP %d, certification %v", d.DocMDP, d.Certification)
		}
		return out
	}
	signedIn := func(field string, more pdf.Dict) []byte {
		o := plain
		o.Field = field
		out, _ := sealed(t, withField(t, letter(t), field, more), o)
		return out
	}
	var forbidden *ForbiddenError
	for name, c := range map[string]struct {
		in    []byte
		field string
		by    string
	}{
		"certified, nothing permitted": {certified(1), "", "DocMDP"},
		"lock of all fields":           {signedIn("a", lock("All", 0)), "", "FieldMDP"},
		"lock that names the field":    {signedIn("a", lock("Include", 0, "Seal")), "Seal", "FieldMDP"},
		"lock of all others":           {signedIn("a", lock("Exclude", 0, "b")), "Seal", "FieldMDP"},
		"lock with permission 1":       {signedIn("a", lock("Include", 1, "x")), "", "DocMDP"},
	} {
		o := plain
		o.Field = c.field
		if err := refuse(t, c.in, o); !errors.As(err, &forbidden) || forbidden.By != c.by {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, c := range map[string]struct {
		in    []byte
		field string
	}{
		"certified for signing": {certified(2), ""}, "certified for annotations": {certified(3), ""},
		"lock of another field": {signedIn("a", lock("Include", 0, "x")), "Seal"}, "lock that leaves this one": {signedIn("a", lock("Exclude", 0, "Seal")), "Seal"},
		"lock with permission 2": {signedIn("a", lock("Include", 2, "x")), ""},
	} {
		o := plain
		o.Field = c.field
		out, _ := sealed(t, c.in, o)
		if n := len(intact(t, out, "")); n != 2 {
			t.Errorf("%s: %d signatures", name, n)
		}
		accepted(t, out, 2, "")
	}
	o := plain
	o.Certification = 2
	signed, _ := sealed(t, letter(t), plain)
	if err := refuse(t, signed, o); !errors.Is(err, ErrNotFirst) {
		t.Errorf("certifying a signed document: %v", err)
	}
}

func TestBytesBehindASignatureAreNotHidden(t *testing.T) {
	w := newWorld(t)
	o := w.options(t, demopki.P256)
	signed, _ := sealed(t, letter(t), o)
	if err := refuse(t, append(bytes.Clone(signed), "% more\n%%EOF\n"...), o); !errors.Is(err, ErrUncovered) {
		t.Error(err)
	}
	out, _ := sealed(t, append(bytes.Clone(signed), " \r\n"...), o)
	intact(t, out, "")
	out, _ = sealed(t, append(letter(t), "% more\n%%EOF\n"...), o) // nobody has signed: all of it is covered from now on
	intact(t, out, "")
}

func TestFieldsThatCannotBeSigned(t *testing.T) {
	w := newWorld(t)
	o := w.options(t, demopki.P256)
	o.Field = paper.SealField
	signed, _ := sealed(t, letter(t), o)
	if err := refuse(t, signed, o); !errors.Is(err, ErrFieldFilled) {
		t.Errorf("a filled field: %v", err)
	}
	text := edit(t, letter(t), func(u *pdf.Update) {
		f, err := u.AddSignatureField("ad", 1, [4]float64{})
		if err != nil {
			t.Fatal(err)
		}
		d := u.Dict(f.Ref)
		d["FT"] = pdf.Name("Tx")
		u.Set(f.Ref, d)
	})
	o.Field = "ad"
	if err := refuse(t, text, o); !errors.Is(err, ErrFieldKind) {
		t.Errorf("a text field: %v", err)
	}
	o.Field, o.Page = "yeni", 9
	if err := refuse(t, text, o); !errors.Is(err, pdf.ErrPage) {
		t.Errorf("page 9: %v", err)
	}
	o.Page, o.Field, o.Appearance = 1, "", visible()
	if err := refuse(t, text, o); !errors.Is(err, ErrAppearance) {
		t.Errorf("text without a rectangle: %v", err)
	}
	o.Rect = [4]float64{10, 10, 40, 20}
	if err := refuse(t, text, o); !errors.Is(err, ErrAppearance) {
		t.Errorf("text in a tiny rectangle: %v", err)
	}
}

func TestMandatorySeedValuesAreObeyedOrNamed(t *testing.T) {
	w := newWorld(t)
	o := w.options(t, demopki.P256)
	o.Field, o.Reason = "x", "Rəy"
	timed := o
	timed.Level, timed.Timestamper = signing.BaselineT, &signing.HTTPTimestamper{Address: "http://b.example/"}
	chosen := o
	chosen.Digest = algo.SHA256
	names := func(n ...string) pdf.Array {
		a := pdf.Array{}
		for _, s := range n {
			a = append(a, pdf.Name(s))
		}
		return a
	}
	texts := func(n ...string) pdf.Array {
		a := pdf.Array{}
		for _, s := range n {
			a = append(a, pdf.EncodeText(s))
		}
		return a
	}
	for _, c := range []struct {
		want string // the constraint named; empty when it can be obeyed
		o    Options
		sv   pdf.Dict
	}{
		{"Filter", o, pdf.Dict{"Ff": pdf.Integer(1), "Filter": pdf.Name("Başqa")}},
		{"", o, pdf.Dict{"Ff": pdf.Integer(0), "Filter": pdf.Name("Başqa")}},
		{"SubFilter", o, pdf.Dict{"Ff": pdf.Integer(2), "SubFilter": names("adbe.pkcs7.detached")}},
		{"", o, pdf.Dict{"Ff": pdf.Integer(2), "SubFilter": names("adbe.pkcs7.detached", "ETSI.CAdES.detached")}},
		{"V", o, pdf.Dict{"Ff": pdf.Integer(4), "V": pdf.Integer(9)}},
		{"Reasons", o, pdf.Dict{"Ff": pdf.Integer(8), "Reasons": texts("Başqa")}},
		{"Reasons", o, pdf.Dict{"Ff": pdf.Integer(8), "Reasons": texts(".")}},
		{"", o, pdf.Dict{"Ff": pdf.Integer(8), "Reasons": texts("Rəy")}},
		{"AddRevInfo", o, pdf.Dict{"Ff": pdf.Integer(32), "AddRevInfo": pdf.Bool(true)}},
		{"", o, pdf.Dict{"Ff": pdf.Integer(64), "DigestMethod": texts("MD5", "SHA1", "SHA384", "SHA512")}},
		{"DigestMethod", o, pdf.Dict{"Ff": pdf.Integer(64), "DigestMethod": texts("SHA1", "RIPEMD160")}},
		{"DigestMethod", chosen, pdf.Dict{"Ff": pdf.Integer(64), "DigestMethod": texts("SHA384", "SHA512")}},
		{"", o, pdf.Dict{"Ff": pdf.Integer(64), "DigestMethod": texts("SHA256")}},
		{"", o, pdf.Dict{"Ff": pdf.Integer(128), "LockDocument": pdf.Name("false")}},
		{"", o, pdf.Dict{"Ff": pdf.Integer(128), "LockDocument": pdf.Name("true")}},
		{"AppearanceFilter", o, pdf.Dict{"Ff": pdf.Integer(256), "AppearanceFilter": texts("x")}},
		{"MDP", o, pdf.Dict{"MDP": pdf.Dict{"P": pdf.Integer(2)}}},
		{"", o, pdf.Dict{"MDP": pdf.Dict{"P": pdf.Integer(0)}}},
		{"Cert", o, pdf.Dict{"Cert": pdf.Dict{"Ff": pdf.Integer(1), "Subject": pdf.Array{pdf.String("another")}}}},
		{"", o, pdf.Dict{"Cert": pdf.Dict{"Ff": pdf.Integer(1), "Subject": pdf.Array{pdf.String(o.Certificate)}}}},
		{"Cert", o, pdf.Dict{"Cert": pdf.Dict{"Ff": pdf.Integer(2), "Issuer": pdf.Array{pdf.String("another")}}}},
		{"", o, pdf.Dict{"Cert": pdf.Dict{"Ff": pdf.Integer(2), "Issuer": pdf.Array{pdf.String(o.Chain[0])}}}},
		{"Cert", o, pdf.Dict{"Cert": pdf.Dict{"Ff": pdf.Integer(32), "KeyUsage": texts("X1")}}},
		{"TimeStamp", o, pdf.Dict{"TimeStamp": pdf.Dict{"Ff": pdf.Integer(1), "URL": pdf.String("http://a.example/")}}},
		{"TimeStamp", timed, pdf.Dict{"TimeStamp": pdf.Dict{"Ff": pdf.Integer(1), "URL": pdf.String("http://a.example/")}}},
		{"", o, pdf.Dict{"TimeStamp": pdf.Dict{"URL": pdf.String("http://a.example/")}}},
	} {
		in := withField(t, letter(t), "x", pdf.Dict{"SV": c.sv})
		if c.want == "" {
			out, _ := sealed(t, in, c.o)
			intact(t, out, "")
			continue
		}
		var seed *SeedValueError
		if err := refuse(t, in, c.o); !errors.As(err, &seed) || seed.Constraint != c.want {
			t.Errorf("%v: %v", c.sv, err)
		}
	}
}

// brokenKey answers with a value that is not its signature.
type brokenKey struct{ crypto.Signer }

func (k brokenKey) Sign(r io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	return k.Signer.Sign(r, bytes.Repeat([]byte{1}, len(digest)), o)
}

// slowKey waits for its context, as a token that hangs does.
type slowKey struct {
	crypto.Signer
	giveUp context.CancelFunc
}

func (k slowKey) SignContext(ctx context.Context, _ io.Reader, _ []byte, _ crypto.SignerOpts) ([]byte, error) {
	k.giveUp()
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestKeyAndCertificateMustFit(t *testing.T) {
	w := newWorld(t)
	good, other := w.options(t, demopki.P256), w.options(t, demopki.P256)
	swapped := good
	swapped.Signer = other.Signer
	if err := refuse(t, letter(t), swapped); !errors.Is(err, signing.ErrKeyMismatch) {
		t.Errorf("another key: %v", err)
	}
	broken := good
	broken.Signer = brokenKey{good.Signer}
	if err := refuse(t, letter(t), broken); !errors.Is(err, signing.ErrBadValue) {
		t.Errorf("a key that answers nonsense: %v", err)
	}
	for reason, defect := range map[string]demopki.Defect{"expired": demopki.Expired, "not yet valid": demopki.NotYetValid} {
		s := w.seal(t, demopki.P256, defect)
		o := good
		o.Signer, o.Certificate = s.Key, s.Certificate
		var c *signing.CertificateError
		if err := refuse(t, letter(t), o); !errors.As(err, &c) || c.Reason != reason {
			t.Errorf("%s: %v", reason, err)
		}
	}
	s := w.seal(t, demopki.RSA1024, 0)
	o := good
	o.Signer, o.Certificate = s.Key, s.Certificate
	var c *signing.CertificateError
	if err := refuse(t, letter(t), o); !errors.As(err, &c) || c.Reason != "key too short" {
		t.Errorf("RSA-1024: %v", err)
	}
	o = good
	o.Digest = algo.SHA1
	if err := refuse(t, letter(t), o); !errors.Is(err, signing.ErrRequest) {
		t.Errorf("SHA-1: %v", err)
	}
	o = good
	o.InputSHA256 = make([]byte, 32)
	if err := refuse(t, letter(t), o); !errors.Is(err, signing.ErrInputDiffers) {
		t.Errorf("another document than the approved one: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o = good
	o.Signer = slowKey{good.Signer, cancel}
	var k *signing.KeyError
	in := letter(t)
	if _, err := Sign(ctx, bytes.NewReader(in), int64(len(in)), io.Discard, o); !errors.As(err, &k) || !errors.Is(err, context.Canceled) {
		t.Errorf("a token that hangs: %v", err)
	}
}

func TestNoTimestampNoSeal(t *testing.T) {
	w := newWorld(t)
	o := w.options(t, demopki.P256)
	o.Level = signing.BaselineT
	if err := refuse(t, letter(t), o); !errors.Is(err, signing.ErrRequest) {
		t.Errorf("B-T without an authority: %v", err)
	}
	for name, c := range map[string]struct {
		reason  string
		prepare func(a *authority, o *Options)
	}{
		"dead":                {"unreachable", func(a *authority, _ *Options) { a.fail = io.ErrUnexpectedEOF }},
		"garbage":             {"bad token", func(a *authority, _ *Options) { a.repeat = []byte("<html>") }},
		"another imprint":     {"bad token", func(a *authority, _ *Options) { a.spoil = func(i *tsp.IssueOptions) { i.Imprint = make([]byte, 32) } }},
		"without certificate": {"bad token", func(a *authority, _ *Options) { a.spoil = func(i *tsp.IssueOptions) { i.NoCertificate = true } }},
		"untrusted":           {"untrusted", func(_ *authority, o *Options) { o.TimestampTrust = w.trust }},
		"corrupted value":     {"bad token", func(a *authority, _ *Options) { a.mangle = func(b []byte) { b[len(b)-3] ^= 1 } }},
	} {
		a := w.authority(t)
		o.Timestamper, o.TimestampTrust = a, nil
		c.prepare(a, &o)
		var ts *signing.TimestampError
		if err := refuse(t, letter(t), o); !errors.As(err, &ts) || ts.Reason != c.reason {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTokenLargerThanItsRoomIsTriedAgainCleanly(t *testing.T) {
	w := newWorld(t)
	o := w.options(t, demopki.P256)
	a := w.authority(t)
	a.chain = [][]byte{bytes.Clone(o.Certificate), bytes.Clone(o.Chain[0])}
	for range 20 { // a token of some 20 KB
		s := w.seal(t, demopki.P256, 0)
		a.chain = append(a.chain, s.Certificate)
	}
	o.Level, o.Timestamper, o.Reserve = signing.BaselineT, a, 500
	out, _ := sealed(t, letter(t), o)
	if n := a.calls.Load(); n != 2 {
		t.Errorf("the authority was asked %d times", n)
	}
	intact(t, out, "")
	accepted(t, out, 1, "")
}

// fullDisk takes so many bytes.
type fullDisk struct{ left int }

var errFull = errors.New("no space left on device")

func (d *fullDisk) Write(p []byte) (int, error) {
	if len(p) > d.left {
		return 0, errFull
	}
	d.left -= len(p)
	return len(p), nil
}

func TestFullDiskIsAnError(t *testing.T) {
	w := newWorld(t)
	in := letter(t)
	for _, room := range []int{0, len(in)} {
		if _, err := Sign(t.Context(), bytes.NewReader(in), int64(len(in)), &fullDisk{room}, w.options(t, demopki.P256)); !errors.Is(err, errFull) {
			t.Errorf("%d bytes of room: %v", room, err)
		}
	}
}

func TestNotAPDF(t *testing.T) {
	w := newWorld(t)
	for name, in := range map[string][]byte{"empty": nil, "text": []byte("salam"), "cut": letter(t)[:400], "zeros": make([]byte, 5000)} {
		if err := refuse(t, in, w.options(t, demopki.P256)); strings.Contains(fmt.Sprint(err), "panic") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An earlier program may have signed a locked field without writing the transform that the lock asks for; the lock counts all the same.
func TestLockCountsWithoutItsTransform(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		lock string
		ok   bool
	}{
		{"/Action/All", false},
		{"/Action/Include/Fields[(yeni)]", false},
		{"/Action/Include/Fields[(x)]/P 1", false},
		{"/Action/Include/Fields[(x)]", true},
		{"/Action/Exclude/Fields[(yeni)]/P 2", true},
	} {
		in := plainPDF(
			"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]/SigFlags 3>>>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
			"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Annots[4 0 R]>>",
			"<</Type/Annot/Subtype/Widget/FT/Sig/T(a)/Rect[0 0 0 0]/P 3 0 R/V 5 0 R/Lock<</Type/SigFieldLock"+c.lock+">>>>",
			"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange[0 10 20 30]/Contents<3003020101>>>",
		)
		o := w.options(t, demopki.P256)
		o.Field = "yeni"
		if c.ok {
			sealed(t, in, o)
			continue
		}
		var forbidden *ForbiddenError
		if err := refuse(t, in, o); !errors.As(err, &forbidden) || forbidden.By != "Lock" || forbidden.Field != "a" {
			t.Errorf("%s: %v", c.lock, err)
		}
	}
}
