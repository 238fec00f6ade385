package verify

import (
	"testing"
	"time"
)

func TestAlgorithmTable(t *testing.T) {
	table := standardAlgorithms()
	at := func(y int) time.Time { return time.Date(y, 6, 1, 0, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		r      reliability
		year   int
		want   bool
		weight Level // when it is not reliable
	}{
		{table.digest("SHA1"), 2011, true, Fail},
		{table.digest("SHA1"), 2013, false, Fail},
		{table.digest("MD5"), 2010, false, Fail},
		{table.digest("SHAKE256-512"), 2040, true, Fail},
		{table.digest("SHA256"), 2040, true, Fail},
		{table.digest("WHIRLPOOL"), 2000, false, Fail},
		{table.digest("SHA224"), 2030, false, Warn},
		{table.signature("RSA", 1024), 2018, true, Fail},
		{table.signature("RSA", 1024), 2020, false, Fail},
		{table.signature("RSA", 512), 2000, false, Fail},
		{table.signature("RSA", 2048), 2026, true, Fail},
		{table.signature("RSA", 2048), 2030, false, Warn},
		{table.signature("RSASSA-PSS", 3072), 2040, true, Fail},
		{table.signature("RSA", 3072), 2030, false, Warn},
		{table.signature("ECDSA", 224), 2022, false, Fail},
		{table.signature("ECDSA", 256), 2040, true, Fail},
		{table.signature("EdDSA", 256), 2040, true, Fail},
	} {
		if got := c.r.reliableAt(at(c.year)); got != c.want {
			t.Errorf("%s in %d: %v", c.r.name, c.year, got)
		}
		if !c.want && table.weight(c.r, Fail) != c.weight {
			t.Errorf("%s weighs %s, want %s", c.r.name, table.weight(c.r, Fail), c.weight)
		}
	}
}

func TestTheEarlierEndDecides(t *testing.T) {
	early, late := reliability{name: "a", known: true, end: time.Unix(1, 0)}, reliability{name: "b", known: true, end: time.Unix(2, 0)}
	never, unknown := reliability{name: "c", known: true}, reliability{name: "d"}
	for _, c := range []struct {
		a, b reliability
		want string
	}{{early, late, "a"}, {late, early, "a"}, {never, late, "b"}, {late, never, "b"}, {unknown, early, "d"}, {early, unknown, "d"}} {
		if got := weaker(c.a, c.b).name; got != c.want {
			t.Errorf("weaker(%s, %s) = %s", c.a.name, c.b.name, got)
		}
	}
}

// TestSniff tells containers apart by their first bytes.
func TestSniff(t *testing.T) {
	for head, want := range map[string]container{
		"%PDF-1.7\n": containerPDF, "junk before\n%PDF-1.4": containerPDF, "\x30\x82\x10\x00\x06\x09\x2a": containerCMS, "\x30\x80\x06\x09": containerCMS,
		"\x30\x82\x10\x00\x06\x09%PDF-1.4": containerCMS, "-----BEGIN CMS-----": containerPEM, "\xef\xbb\xbf<?xml": containerXML, "PK\x03\x04": containerZIP,
		" {\"payload\":1}": containerJSON, "eyJhbGciOiJSUzI1NiJ9.e30.xx": containerJWS, "MIIGPQYJKoZIhvcNAQcCoII": containerBase64, "salam": containerUnknown, "": containerUnknown,
		"\x30\x82\x10\x00\x30\x03\x02\x01\x00": containerTSR, "\x30": containerUnknown, "\x30\x84\xff": containerUnknown,
	} {
		if got := classify([]byte(head)); got != want {
			t.Errorf("%q is %d, want %d", head, got, want)
		}
	}
}
