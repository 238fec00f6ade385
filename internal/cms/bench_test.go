package cms

import (
	"bytes"
	"context"
	"testing"

	"mohur/internal/algo"
)

// BenchmarkVerify parses and verifies a detached message over 50 KB, as in a PDF of that size.
func BenchmarkVerify(b *testing.B) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 50<<10/16)
	for name, c := range map[string]struct {
		signer string
		b      Builder
	}{"RSA": {"RSA", Builder{}}, "RSA-PSS": {"RSA", Builder{PSS: true}}, "P-256": {"P-256", Builder{}}, "Ed25519": {"Ed25519", Builder{}}} {
		s, build := testSigners()[c.signer], c.b
		build.Certificate = s.cert
		d, err := build.ContentDigest()
		if err != nil {
			b.Fatal(err)
		}
		der, err := build.Sign(context.Background(), s.key, d.Sum(content))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				sd, err := Parse(der, Limits{})
				if err != nil {
					b.Fatal(err)
				}
				id, err := IdentifyCertificate(sd.Certificates[0])
				if err != nil {
					b.Fatal(err)
				}
				pub, _, err := algo.ParsePublicKey(id.SubjectPublicKeyInfo)
				if err != nil {
					b.Fatal(err)
				}
				o, err := sd.SignerInfos[0].Verify(pub, bytes.NewReader(content))
				if err != nil || !o.Intact() {
					b.Fatal(err, o)
				}
			}
		})
	}
}

// BenchmarkParse reads a message without verifying it.
func BenchmarkParse(b *testing.B) {
	der := newCraft(b, "RSA", message).message(b)
	for name, in := range map[string][]byte{"DER": der, "BER": ber(b, der, 0)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(in, Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
