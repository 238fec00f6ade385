package cms

import (
	"bytes"
	"context"
	"testing"

	"mohur/internal/algo"
	"mohur/internal/asn1"
)

// TestValidationDataIsAdded: certificates, lists and answers go in once each, the signer stays byte for byte, and the version says that there is
// revocation information of another format.
func TestValidationDataIsAdded(t *testing.T) {
	s, other := testSigners()["P-256"], testSigners()["P-384"]
	b := Builder{Certificate: s.cert, Content: []byte("salam")}
	m, err := b.Sign(context.Background(), s.key, nil)
	if err != nil {
		t.Fatal(err)
	}
	list := asn1.Sequence(asn1.Sequence(asn1.Int(1)))
	answer := asn1.Sequence(asn1.Encode(asn1.TagEnumerated, false, []byte{0}))
	before := parse(t, m)
	for range 2 { // the second time nothing is new
		if m, err = AddValidationData(m, [][]byte{s.cert, other.cert}, [][]byte{answer}, [][]byte{list}); err != nil {
			t.Fatal(err)
		}
	}
	sd := parse(t, m)
	if len(sd.Certificates) != 2 || len(sd.CRLs) != 1 || len(sd.OCSPResponses) != 1 || sd.Version != 5 {
		t.Errorf("%d certificates, %d lists, %d answers, version %d", len(sd.Certificates), len(sd.CRLs), len(sd.OCSPResponses), sd.Version)
	}
	if !bytes.Equal(sd.OCSPResponses[0], answer) || !bytes.Equal(sd.CRLs[0], list) || !bytes.Equal(sd.Certificates[0], s.cert) {
		t.Error("they are not as given")
	}
	if !bytes.Equal(sd.SignerInfos[0].Raw, before.SignerInfos[0].Raw) || !bytes.Equal(sd.RawContentInfo, before.RawContentInfo) {
		t.Error("what is signed has changed")
	}
	if o := verify(t, sd, s.pub(), nil); !o.Intact() {
		t.Errorf("%+v", o)
	}
	same, err := AddValidationData(before.Raw, nil, nil, nil)
	if err != nil || !bytes.Equal(same, before.Raw) {
		t.Errorf("without anything to add it is another message: %v", err)
	}
}

// TestHashIndexNamesEverything counts what the index names, and that each change of the message changes it.
func TestHashIndexNamesEverything(t *testing.T) {
	s := testSigners()["P-256"]
	m, err := (Builder{Certificate: s.cert}).Sign(context.Background(), s.key, algo.SHA256.Sum([]byte("salam")))
	if err != nil {
		t.Fatal(err)
	}
	index := func(m []byte) []byte {
		sd := parse(t, m)
		out, err := sd.HashIndex(sd.SignerInfos[0], algo.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	attribute := asn1.Sequence(asn1.Int(7))
	stamped, err := AddSignatureTimestamp(m, 0, attribute)
	if err != nil {
		t.Fatal(err)
	}
	full, err := AddValidationData(stamped, nil, nil, [][]byte{asn1.Sequence(asn1.Int(1))})
	if err != nil {
		t.Fatal(err)
	}
	if a, b, c := index(m), index(stamped), index(full); bytes.Equal(a, b) || bytes.Equal(b, c) {
		t.Error("an addition is not named")
	}
	got := index(full)
	typed := algo.SHA256.Sum(append(asn1.OID(OIDSignatureTimestamp), attribute...))
	for name, hash := range map[string][]byte{
		"certificate": algo.SHA256.Sum(s.cert), "list": algo.SHA256.Sum(asn1.Sequence(asn1.Int(1))), "attribute": typed,
	} {
		if bytes.Count(got, hash) != 1 {
			t.Errorf("the %s is not named once", name)
		}
	}
	sd := parse(t, full)
	fields, err := sd.SignerInfos[0].SignedFields()
	if err != nil || !bytes.HasSuffix(fields, asn1.OctetString(sd.SignerInfos[0].Signature)) || bytes.Contains(fields, attribute) {
		t.Errorf("the fields are not those up to the signature: %v", err)
	}
}

func FuzzAddValidationData(f *testing.F) {
	s := testSigners()["P-256"]
	m, err := (Builder{Certificate: s.cert, Content: []byte("salam")}).Sign(context.Background(), s.key, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(m)
	full, err := AddValidationData(m, nil, [][]byte{asn1.Sequence(asn1.Encode(asn1.TagEnumerated, false, []byte{0}))}, [][]byte{asn1.Sequence()})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(full)
	f.Fuzz(func(t *testing.T, b []byte) {
		out, err := AddValidationData(b, [][]byte{s.cert}, nil, [][]byte{asn1.Sequence()})
		if err != nil {
			return
		}
		before, err := Parse(b, Limits{})
		if err != nil {
			t.Fatalf("what can't be read was added to: %v", err)
		}
		sd, err := Parse(out, Limits{})
		if err != nil {
			t.Fatalf("what came out can't be read: %v", err)
		}
		if len(sd.SignerInfos) != len(before.SignerInfos) || len(sd.CRLs) == 0 {
			t.Fatal("signers or values are lost")
		}
		for i, si := range sd.SignerInfos {
			if !bytes.Equal(si.Raw, before.SignerInfos[i].Raw) {
				t.Fatal("a signer has changed")
			}
			if _, err := sd.HashIndex(si, algo.SHA256); err != nil {
				t.Fatalf("no index over what can be read: %v", err)
			}
		}
	})
}
