package pdf

import (
	"bytes"
	"compress/lzw"
	"encoding/ascii85"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

func decode(t *testing.T, filter, data string) (string, error) {
	t.Helper()
	b := simple()
	b.stream(4, filter, data)
	b.finish("/Root 1 0 R")
	d := open(t, b.Bytes())
	s, _ := d.Resolve(Ref{4, 0}).(*Stream)
	out, err := d.DecodeStream(s)
	return string(out), err
}

func TestFilters(t *testing.T) {
	text := strings.Repeat("Nazirlər Kabineti ", 50)
	var a85 bytes.Buffer
	w := ascii85.NewEncoder(&a85)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	cases := []struct{ name, filter, data, want string }{
		{"none", "", text, text},
		{"flate", "/Filter /FlateDecode", deflate(text), text},
		{"flate cut short", "/Filter /FlateDecode", deflate(text)[:40], ""},
		{"hex", "/Filter /ASCIIHexDecode", hex.EncodeToString([]byte(text)) + ">", text},
		{"hex, odd", "/Filter /AHx", "41 4 2\n5>", "ABP"},
		{"base 85", "/Filter [/ASCII85Decode]", a85.String() + "~>", text},
		{"base 85, zeros", "/Filter /A85", "z!!~>", "\x00\x00\x00\x00\x00"},
		{"run length", "/Filter /RunLengthDecode", "\x02abc\xfeX\x80", "abcXXX"},
		{"two", "/Filter [/AHx /FlateDecode]", hex.EncodeToString([]byte(deflate(text))) + ">", text},
		{"PNG up", "/Filter /FlateDecode /DecodeParms <</Predictor 12 /Columns 3>>", deflate("\x02abc\x02\x01\x01\x01"), "abcbcd"},
		{"PNG all", "/Filter /FlateDecode /DecodeParms <</Predictor 15 /Columns 2>>", deflate("\x00ab\x01\x01\x01\x03\x00\x00\x04\x01\x01"), "ab\x01\x02\x00\x01\x01\x02"},
		{"TIFF", "/Filter /FlateDecode /DecodeParms [<</Predictor 2 /Columns 3>>]", deflate("a\x01\x01b\x01\x01"), "abcbcd"},
		{"LZW of the standard's example", "/Filter /LZWDecode", "\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01", "-----A---B"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := decode(t, c.filter, c.data)
			if err != nil {
				t.Fatal(err)
			}
			if c.name == "flate cut short" {
				if !strings.HasPrefix(text, got) {
					t.Fatalf("%q", got)
				}
			} else if got != c.want {
				t.Fatalf("%q, want %q", got, c.want)
			}
		})
	}
	var unknown *FilterError
	if _, err := decode(t, "/Filter /DCTDecode", "x"); !errors.As(err, &unknown) || unknown.Filter != "DCTDecode" {
		t.Fatal(err)
	}
}

// compress/lzw writes the variant without early change.
func TestLZWAgainstTheLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		data := make([]byte, r.IntN(20000))
		for i := range data {
			data[i] = byte(r.IntN(1 + r.IntN(255)))
		}
		var b bytes.Buffer
		w := lzw.NewWriter(&b, lzw.MSB, 8)
		_, _ = w.Write(data)
		_ = w.Close()
		got, err := decode(t, "/Filter /LZWDecode /DecodeParms <</EarlyChange 0>>", b.String())
		if err != nil || got != string(data) {
			t.Fatalf("%d bytes became %d: %v", len(data), len(got), err)
		}
	}
}
