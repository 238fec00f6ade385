package pdf

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

const (
	cf128 = "/CF <</StdCF <</AuthEvent /DocOpen /CFM /%s /Length 16>>>> /StmF /StdCF /StrF /StdCF /V 4 /R 4 /Length 128 "
	cf256 = "/CF <</StdCF <</AuthEvent /DocOpen /CFM /AESV3 /Length 32>>>> /StmF /StdCF /StrF /StdCF /V 5 /Length 256 "
	o128  = "/O <0ba3835f88f90388e74e54584125ce142be0de24c6b0d37746e075b891756671> "
	u128  = "/U <763f954d16622015ee88b60b3eb8f7590122456a91bae5134273a6db134c87c4>"
)

// encrypted are known answers made with qpdf 11 (user password "user", owner password "owner"): the title of object 2 is "Salam, Dünya"
// in PDFDocEncoding, the body of object 5 is "0 g".
var encrypted = []struct{ name, dict, title, body string }{
	{
		"RC4 40", "/V 1 /R 2 /Length 40 /O <94e8094419662a774442fb072e3d9f19e9d130ec09a4d0061e78fe920f7ab62f> " +
			"/U <2aa12f26bcf1a217c0f1ee491745f646671475ae85bddf3e3c1a45a8457391cb>", "ac52321462acb98ff978af31", "7e7d0b",
	},
	{"RC4 128", "/V 2 /R 3 /Length 128 " + o128 + u128, "a8c0ea6e6fbd58d0e5fdf4b2", "9e21a9"},
	{
		"RC4 crypt filter, clear metadata", fmt.Sprintf(cf128, "V2") + "/EncryptMetadata false " + o128 +
			"/U <fb8f3661d99bba02de37f0c770ae4d2a0122456a91bae5134273a6db134c87c4>", "25ee6ce41852cff1fbc57a7d", "e9a130",
	},
	{
		"AES-128", fmt.Sprintf(cf128, "AESV2") + o128 + u128,
		"0e1c2a38465462707e8c9aa8b6c4d2e066c3ab5a7c5af7a74918dba292adf86c", "0e1c2a38465462707e8c9aa8b6c4d2e09fe41487c99617b1966d3dbed9b6226d",
	},
	{
		"AES-256 R5", cf256 + "/R 5 /O <a57a8f38264bdcde50f8b87acdfbb26d7df5d1a3c5dddeb2d51c94aad8d66a9a62cb31fefe702362c1ec14243a55a77c> " +
			"/OE <feb2f766fb05bc7df545f32572371d9d75bafe35812dde541ab90cbcebca6649> " +
			"/U <c23acf8d4501435045619b5371330445a805c39be2e1a14bf91960d42eed2ca66397719b696f419d6004477beddf59fd> " +
			"/UE <4625b46a70937df1093710a11bb66bfd71b54e5618d1b8854c4c955fc8095c60>",
		"0e1c2a38465462707e8c9aa8b6c4d2e0ddb486366376cfa002d38c7823b876b2", "0e1c2a38465462707e8c9aa8b6c4d2e098bd7ddf35263c51a6210ccae7254f8e",
	},
	{
		"AES-256 R6", cf256 + "/R 6 /O <84708269d70951d8923b3353382774185ee987bea29909d58e43ccbaf68fc64756ced64d1c7294737e9ddf4db65ae12a> " +
			"/OE <4c2a945b2f94c76c449a334b7b99f5131610789e60c5405cf33ede51b0148408> " +
			"/U <3c9f3f6b5be2ae06d5b441962e364e39cdb6b7af2d1b0379fcc77f7817da4ba63e1ec732244a238fc2b59a1d50735909> " +
			"/UE <34f1242e0eb75ecf6e78d59ae5101925d2c051c27e9798ce7d5a4eb838516d04>",
		"0e1c2a38465462707e8c9aa8b6c4d2e07f211058f63ead3d35bc5c6ff560a636", "0e1c2a38465462707e8c9aa8b6c4d2e03b4cc58a839ca958097c1b7628775ac7",
	},
}

// encryptedFile puts a known answer into a file, with a signature dictionary whose /Contents stays as it is.
func encryptedFile(dict, title, body string) []byte {
	b := newBuilder()
	raw, _ := hex.DecodeString(body)
	b.obj(1, "<</Type /Catalog /Pages 3 0 R /AcroForm <</Fields [7 0 R]>>>>")
	b.obj(2, "<</Title <"+title+">>>")
	b.obj(3, "<</Type /Pages /Kids [4 0 R] /Count 1>>")
	b.obj(4, "<</Type /Page /Parent 3 0 R /Contents 5 0 R>>")
	b.stream(5, "", string(raw))
	b.obj(6, "<</Filter /Standard /P -4 "+dict+">>")
	b.obj(7, "<</FT /Sig /V 8 0 R>>")
	b.sig(8, "")
	b.finish("/Root 1 0 R /Info 2 0 R /Encrypt 6 0 R /ID [<31415926535897932384626433832795> <31415926535897932384626433832795>]")
	return b.Bytes()
}

func TestEncryption(t *testing.T) {
	for _, c := range encrypted {
		for _, pw := range []string{"user", "owner"} {
			t.Run(c.name+"/"+pw, func(t *testing.T) {
				raw := encryptedFile(c.dict, c.title, c.body)
				d, err := Open(bytes.NewReader(raw), int64(len(raw)), Options{Password: []byte(pw)})
				if err != nil {
					t.Fatal(err)
				}
				if d.Encryption().Owner != (pw == "owner") {
					t.Error("the wrong one of the two passwords is named")
				}
				title, _ := d.dict(d.Trailer()["Info"])["Title"].(String)
				if DecodeText(title) != "Salam, Dünya" {
					t.Errorf("title %q", DecodeText(title))
				}
				s, _ := d.Resolve(Ref{5, 0}).(*Stream)
				if body, err := d.DecodeStream(s); err != nil || string(body) != "0 g" {
					t.Errorf("body %q %v", body, err)
				}
				sigs, err := d.Signatures()
				if err != nil || len(sigs) != 1 || hex.EncodeToString(sigs[0].Contents) != "3003020101" || sigs[0].Coverage() != CoversWhole {
					t.Errorf("signatures %+v %v", sigs, err)
				}
				roundTrip(t, d)
			})
		}
	}
}

// roundTrip encrypts as the writer of an update does and reads it back.
func roundTrip(t *testing.T, d *Document) {
	t.Helper()
	ref := Ref{77, 0}
	for _, text := range []string{"", "x", "Bakı şəhəri 16 byte", strings.Repeat("0123456789abcdef", 700)} {
		o := NewStream(Dict{"T": String(text), "K": Array{String(text)}}, []byte(text))
		b, err := AppendIndirect(nil, ref, o, d.Encryption())
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > 4 && bytes.Contains(b, []byte(text)) {
			t.Fatal("not encrypted")
		}
		p := d.parser(memoryCursor(b))
		got, _, at, err := d.parseWith(p)
		if err != nil {
			t.Fatal(err)
		}
		s := d.Encryption().decryptObject(ref, got).(*Stream)
		if !bytes.Equal(s.Dict["T"].(String), []byte(text)) {
			t.Fatalf("string %q", s.Dict["T"])
		}
		n := int64(s.Dict["Length"].(Integer))
		r, err := d.Encryption().streamReader(d, &Stream{Dict: s.Dict, ref: ref}, bytes.NewReader(b[at:at+n]))
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(r); err != nil || string(body) != text {
			t.Fatalf("body %d bytes %v", len(body), err)
		}
	}
	sig, err := AppendIndirect(nil, ref, Dict{"ByteRange": Array{}, "Contents": String("0\x01")}, d.Encryption())
	if err != nil || !bytes.Contains(sig, []byte("/Contents (0\\001)")) {
		t.Fatalf("the /Contents of a signature was encrypted: %q %v", sig, err)
	}
}

func TestEncryptionRefused(t *testing.T) {
	c := encrypted[5]
	good := encryptedFile(c.dict, c.title, c.body)
	if _, err := Open(bytes.NewReader(good), int64(len(good)), Options{}); !errors.Is(err, ErrPassword) {
		t.Errorf("no password: %v", err)
	}
	if _, err := Open(bytes.NewReader(good), int64(len(good)), Options{Password: []byte("User")}); !errors.Is(err, ErrPassword) {
		t.Errorf("wrong password: %v", err)
	}
	for name, dict := range map[string]string{
		"public key": "/Filter /Adobe.PubSec /V 4", "unknown version": "/V 3 /R 3", "short O": "/V 2 /R 3 /Length 128 /O <00> /U <00>",
		"unknown filter method": "/V 4 /R 4 /CF <</StdCF <</CFM /Rot13>>>> /StmF /StdCF", "bad length": "/V 2 /R 3 /Length 33 " + o128 + u128,
	} {
		raw := encryptedFile(dict, "00", "00")
		_, err := Open(bytes.NewReader(raw), int64(len(raw)), Options{Password: []byte("user")})
		if e := (*EncryptionError)(nil); !errors.As(err, &e) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
