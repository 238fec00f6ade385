package cms

import (
	"bytes"
	"crypto/rsa"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"mohur/internal/algo"
	"mohur/internal/asn1"
)

// Each case is a good message with one thing done to it.
func TestDefects(t *testing.T) {
	digestOf := func(b []byte) []byte { return EncodeAttribute(OIDMessageDigest, asn1.OctetString(algo.SHA256.Sum(b))) }
	protection := func(d algo.Digest, s algo.Family) []byte {
		alg, _ := algo.NewSignature(s, d)
		id, _ := alg.Identifier()
		return EncodeAttribute(OIDAlgorithmProtection, asn1.Sequence(d.Identifier(), asImplicit(1, bytes.Clone(id))))
	}
	for name, c := range map[string]struct {
		change  func(*craft)
		content []byte // verified; nil: message
		intact  bool
		valid   bool // the value
		want    ProblemCode
	}{
		"good":                {func(*craft) {}, nil, true, true, ""},
		"altered content":     {func(*craft) {}, []byte("another letter"), false, true, ""},
		"altered value":       {func(c *craft) { c.value = bytes.Repeat([]byte{7}, 256) }, nil, false, false, ""},
		"short value":         {func(c *craft) { c.value = []byte{1} }, nil, false, false, ""},
		"no message digest":   {func(c *craft) { c.attributes = c.attributes[:1] }, nil, false, true, MissingAttribute},
		"two message digests": {func(c *craft) { c.attributes = append(c.attributes, digestOf(nil)) }, nil, false, true, RepeatedAttribute},
		"message digest of two values": {func(c *craft) {
			c.attributes[1] = EncodeAttribute(OIDMessageDigest, asn1.OctetString(algo.SHA256.Sum(message)), asn1.OctetString(nil))
		}, nil, false, true, RepeatedAttribute},
		"message digest is a string": {func(c *craft) { c.attributes[1] = EncodeAttribute(OIDMessageDigest, asn1.UTF8String("x")) }, nil, false, true, MalformedAttribute},
		"truncated message digest": {func(c *craft) {
			c.attributes[1] = EncodeAttribute(OIDMessageDigest, asn1.OctetString(algo.SHA256.Sum(message)[:31]))
		}, nil, false, true, ""},
		"empty message digest":   {func(c *craft) { c.attributes[1] = EncodeAttribute(OIDMessageDigest, asn1.OctetString(nil)) }, nil, false, true, ""},
		"no content type":        {func(c *craft) { c.attributes = c.attributes[1:] }, nil, false, true, MissingAttribute},
		"another content type":   {func(c *craft) { c.attributes[0] = EncodeAttribute(OIDContentType, asn1.OID(OIDTSTInfo)) }, nil, false, true, ContentTypeMismatch},
		"eContentType exchanged": {func(c *craft) { c.contentType = OIDTSTInfo }, nil, false, true, ContentTypeMismatch},
		"two signing times": {func(c *craft) {
			for _, s := range []string{"240101000000Z", "250101000000Z"} {
				c.attributes = append(c.attributes, EncodeAttribute(OIDSigningTime, asn1.Encode(asn1.TagUTCTime, false, []byte(s))))
			}
		}, nil, false, true, RepeatedAttribute},
		"algorithms protected":         {func(c *craft) { c.attributes = append(c.attributes, protection(algo.SHA256, algo.RSA)) }, nil, true, true, ""},
		"algorithm protection differs": {func(c *craft) { c.attributes = append(c.attributes, protection(algo.SHA512, algo.RSA)) }, nil, false, true, AlgorithmMismatch},
		"algorithm protection is junk": {func(c *craft) {
			c.attributes = append(c.attributes, EncodeAttribute(OIDAlgorithmProtection, asn1.Null()))
		}, nil, false, true, AlgorithmMismatch},
		"digest not listed":           {func(c *craft) { c.listed = algo.SHA512.Identifier() }, nil, true, true, DigestNotListed},
		"unknown digest":              {func(c *craft) { c.digest = asn1.Sequence(asn1.OID("1.2.3")) }, nil, false, true, UnsupportedAlgorithm},
		"unknown signature algorithm": {func(c *craft) { c.signature = asn1.Sequence(asn1.OID("1.2.3")) }, nil, false, false, UnsupportedAlgorithm},
		"algorithm of another key":    {func(c *craft) { c.signature = asn1.Sequence(asn1.OID("1.2.840.10045.4.3.2")) }, nil, false, false, BadKey},
		"rsaEncryption as algorithm":  {func(c *craft) { c.signature = asn1.Sequence(asn1.OID("1.2.840.113549.1.1.1"), asn1.Null()) }, nil, true, true, ""},
		"digests differ": {func(c *craft) {
			c.digest, c.listed = algo.SHA512.Identifier(), algo.SHA512.Identifier()
			c.attributes[1] = EncodeAttribute(OIDMessageDigest, asn1.OctetString(algo.SHA512.Sum(message)))
		}, nil, true, true, DigestsDiffer},
		"attributes out of order, value over DER": {func(c *craft) {
			c.valueOver = c.set()
			c.keepOrder, c.attributes = true, []([]byte){c.attributes[1], c.attributes[0]}
		}, nil, true, true, NotDER},
		"attributes out of order, value over them as received": {func(c *craft) {
			c.keepOrder, c.attributes = true, []([]byte){c.attributes[1], c.attributes[0]}
		}, nil, false, false, NotDER},
		"DigestInfo without NULL": {func(c *craft) {
			info := asn1.Sequence(algo.SHA256.Identifier(), asn1.OctetString(algo.SHA256.Sum(c.set())))
			c.value, _ = rsa.SignPKCS1v15(nil, c.s.key.(*rsa.PrivateKey), 0, info)
		}, nil, true, true, DigestInfoWithoutNull},
		"DigestInfo with other parameters": {func(c *craft) {
			id := asn1.Sequence(asn1.OID(algo.SHA256.OID()), asn1.Int(0))
			c.value, _ = rsa.SignPKCS1v15(nil, c.s.key.(*rsa.PrivateKey), 0, asn1.Sequence(id, asn1.OctetString(algo.SHA256.Sum(c.set()))))
		}, nil, false, false, ""},
		"no signed attributes":                      {func(c *craft) { c.noAttributes = true }, nil, true, true, ""},
		"no signed attributes, altered content":     {func(c *craft) { c.noAttributes = true }, []byte("another"), false, false, ""},
		"no signed attributes, content not id-data": {func(c *craft) { c.noAttributes, c.contentType = true, OIDTSTInfo }, nil, true, true, NoSignedAttributes},
		"version of the future":                     {func(c *craft) { c.version = asn1.Int(99) }, nil, true, true, ""},
		"unsigned attributes that are none":         {func(c *craft) { c.unsigned = [][]byte{asn1.Int(1)} }, nil, true, true, MalformedAttribute},
	} {
		t.Run(name, func(t *testing.T) {
			cr := newCraft(t, "RSA", message)
			c.change(cr)
			content := c.content
			if content == nil {
				content = message
			}
			sd := parse(t, cr.message(t))
			o := verify(t, sd, cr.s.pub(), content)
			if o.Intact() != c.intact || o.SignatureValid != c.valid {
				t.Errorf("intact %v, value %v: %+v", o.Intact(), o.SignatureValid, o)
			}
			if c.want != "" && !o.Has(c.want) || c.want == "" && len(o.Problems) > 0 {
				t.Errorf("problems %v, want %q", o.Problems, c.want)
			}
			checkDigestAgrees(t, sd, cr, content, o)
		})
	}
}

// checkDigestAgrees holds that VerifyDigest says what Verify says.
func checkDigestAgrees(t *testing.T, sd *SignedData, c *craft, content []byte, o *Outcome) {
	t.Helper()
	si := sd.SignerInfos[0]
	d, err := si.Digest()
	if err != nil {
		return
	}
	if by := si.VerifyDigest(c.s.pub(), d.Sum(content)); by.Intact() != o.Intact() || by.SignatureValid != o.SignatureValid {
		t.Errorf("by digest: %+v", by)
	}
}

// A forger takes the signed attributes of a genuine signature for the content of a new one without attributes: the value verifies.
func TestSignedAttributesPassedOffAsContent(t *testing.T) {
	genuine := newCraft(t, "RSA", message)
	attributes := genuine.set()
	genuine.signed(t)
	forged := newCraft(t, "RSA", attributes)
	forged.noAttributes, forged.value = true, genuine.value
	o := verify(t, parse(t, forged.message(t)), genuine.s.pub(), attributes)
	if !o.SignatureValid || !o.Has(AmbiguousContent) || o.Intact() {
		t.Errorf("%+v", o)
	}
	harmless := newCraft(t, "RSA", asn1.SetOf(asn1.Int(1)))
	harmless.noAttributes = true
	if o := verify(t, parse(t, harmless.message(t)), genuine.s.pub(), harmless.content); !o.Intact() {
		t.Errorf("a SET that is no attributes: %+v", o)
	}
}

// Content that a PDF or a caller gives is never joined to the message's own.
func TestDetachedContentReplacesEncapsulated(t *testing.T) {
	c := newCraft(t, "RSA", message)
	c.encapsulated = asn1.OctetString(message)
	sd := parse(t, c.message(t))
	if o := verify(t, sd, c.s.pub(), nil); !o.Intact() || len(o.Problems) > 0 {
		t.Errorf("own content: %+v", o)
	}
	for name, given := range map[string][]byte{"nothing": {}, "something else": []byte("x")} {
		if o := verify(t, sd, c.s.pub(), given); o.Intact() || o.DigestMatches || !o.Has(TwoContents) {
			t.Errorf("%s beside the content: %+v", name, o)
		}
	}
	if o := verify(t, sd, c.s.pub(), message); !o.Intact() || !o.Has(TwoContents) {
		t.Errorf("the same beside the content: %+v", o)
	}
}

func TestDetachedWithoutContent(t *testing.T) {
	for _, bare := range []bool{false, true} {
		c := newCraft(t, "RSA", message)
		c.noAttributes = bare
		sd := parse(t, c.message(t))
		for _, o := range []*Outcome{verify(t, sd, c.s.pub(), nil), sd.SignerInfos[0].VerifyDigest(c.s.pub(), nil)} {
			if o.Intact() || o.ContentFound || !o.Has(NoContent) || o.SignatureValid == bare {
				t.Errorf("%+v", o)
			}
		}
	}
}

func TestNoKey(t *testing.T) {
	c := newCraft(t, "RSA", message)
	if o := verify(t, parse(t, c.message(t)), nil, message); o.SignatureValid || !o.DigestMatches || !o.Has(BadKey) {
		t.Errorf("%+v", o)
	}
}

func TestContentThatCanNotBeRead(t *testing.T) {
	fault := errors.New("the disk is gone")
	for _, bare := range []bool{false, true} {
		c := newCraft(t, "RSA", message)
		c.noAttributes = bare
		_, err := parse(t, c.message(t)).SignerInfos[0].Verify(c.s.pub(), io.MultiReader(bytes.NewReader(message), iotest.ErrReader(fault)))
		if !errors.Is(err, fault) {
			t.Errorf("%v", err)
		}
	}
}

func TestBER(t *testing.T) {
	long := bytes.Repeat([]byte("0123456789abcdef"), 700)
	c := newCraft(t, "RSA", long)
	c.encapsulated = asn1.OctetString(long)
	der := c.message(t)
	attributes := asImplicit(0, c.set())
	for name, b := range map[string][]byte{
		"indefinite lengths":               ber(t, der, 0, attributes, c.s.cert),
		"strings in segments":              ber(t, der, 100, attributes, c.s.cert),
		"strings in one segment":           ber(t, der, 1<<20, attributes, c.s.cert),
		"trailing zeros of a PDF":          append(ber(t, der, 100, attributes, c.s.cert), make([]byte, 500)...),
		"attributes in BER too":            ber(t, der, 0, c.s.cert),
		"attributes in segments too":       ber(t, der, 7, c.s.cert),
		"segments of segments of segments": ber(t, ber(t, ber(t, der, 3000, attributes, c.s.cert), 500, attributes, c.s.cert), 100, attributes, c.s.cert),
	} {
		sd := parse(t, b)
		if !bytes.Equal(sd.Content.Bytes(), long) || sd.Content.Size() != int64(len(long)) {
			t.Errorf("%s: content of %d octets", name, sd.Content.Size())
		}
		if err := iotest.TestReader(sd.Content.Reader(), long); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		o := verify(t, sd, c.s.pub(), nil)
		if !o.Intact() || o.Has(NotDER) != strings.HasSuffix(name, "too") {
			t.Errorf("%s: %+v", name, o)
		}
		if !bytes.Equal(sd.Certificates[0], c.s.cert) {
			t.Errorf("%s: the certificate is not as received", name)
		}
		if zeros := strings.HasPrefix(name, "trailing"); zeros != slices.ContainsFunc(sd.Problems, func(p Problem) bool { return p.Code == TrailingZeros }) {
			t.Errorf("%s: %v", name, sd.Problems)
		}
	}
}

func TestSeveralSigners(t *testing.T) {
	first, second := newCraft(t, "RSA", message), newCraft(t, "P-256", message)
	broken := asn1.Sequence(asn1.Int(1), asn1.Null())
	first.extraSigners = [][]byte{broken, second.signed(t), asn1.Int(5)}
	sd := parse(t, first.message(t))
	if len(sd.SignerInfos) != 4 {
		t.Fatalf("%d signers", len(sd.SignerInfos))
	}
	digests, err := HashContent(bytes.NewReader(message), algo.SHA256, algo.SHA512, algo.SHA256, 0)
	if err != nil || len(digests) != 2 {
		t.Fatalf("%v, %v", digests, err)
	}
	for i, want := range []bool{true, false, true, false} {
		pub := first.s.pub()
		if i == 2 {
			pub = second.s.pub()
		}
		si := sd.SignerInfos[i]
		if o := si.VerifyDigest(pub, digests[algo.SHA256]); o.Intact() != want || (si.Malformed == nil) != want || o.Has(MalformedSignerInfo) == want {
			t.Errorf("signer %d: %+v, malformed: %v", i, o, si.Malformed)
		}
	}
}

func TestCounterSignature(t *testing.T) {
	c := newCraft(t, "RSA", message)
	c.signed(t)
	counter := newCraft(t, "P-256", c.value)
	counter.attributes = counter.attributes[1:] // no content-type: RFC 5652, 11.4
	withType := newCraft(t, "P-256", c.value)
	c.unsigned = [][]byte{EncodeAttribute(OIDCounterSignature, counter.signed(t)), EncodeAttribute(OIDCounterSignature, withType.signed(t), asn1.Null())}
	counters := parse(t, c.message(t)).SignerInfos[0].CounterSignatures()
	if len(counters) != 3 {
		t.Fatalf("%d counter-signatures", len(counters))
	}
	intact := 0
	for _, si := range counters {
		o, err := si.Verify(counter.s.pub(), bytes.NewReader(c.value))
		if err != nil || !si.IsCounterSignature() {
			t.Fatal(err)
		}
		if o.Intact() {
			intact++
		}
		if other, _ := si.Verify(counter.s.pub(), bytes.NewReader(message)); other.Intact() {
			t.Error("a counter-signature over something else is intact")
		}
	}
	if intact != 1 {
		t.Errorf("%d intact, one has a content-type and one is no SignerInfo", intact)
	}
}

// Content of many megabytes in small BER segments is hashed where it lies: reading and verifying take a small part of its size.
func TestLargeBERContentIsNotCopied(t *testing.T) {
	long := bytes.Repeat([]byte("0123456789abcdef"), 16<<20/16)
	c := newCraft(t, "P-256", long)
	c.encapsulated = asn1.OctetString(long)
	b := ber(t, c.message(t), 4096, asImplicit(0, c.set()), c.s.cert)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	sd := parse(t, b)
	o := verify(t, sd, c.s.pub(), nil)
	runtime.ReadMemStats(&after)
	if !o.Intact() {
		t.Errorf("%+v", o)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 2<<20 {
		t.Errorf("%d KB allocated for %d MB of content", used>>10, len(long)>>20)
	}
}

func TestTooManyCounterSignatures(t *testing.T) {
	c := newCraft(t, "P-256", message)
	c.unsigned = [][]byte{EncodeAttribute(OIDCounterSignature, slices.Repeat([][]byte{asn1.Sequence()}, 1000)...)}
	counters := parse(t, c.message(t)).SignerInfos[0].CounterSignatures()
	if len(counters) != defaultSigners+1 || !errors.Is(counters[defaultSigners].Malformed, asn1.ErrLimit) {
		t.Errorf("%d counter-signatures", len(counters))
	}
	if o := counters[0].VerifyDigest(nil, make([]byte, 32)); o.Intact() || !o.Has(MalformedSignerInfo) {
		t.Errorf("%+v", o)
	}
}
