package pades

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"mohur/internal/demopki"
	"mohur/internal/paper"
	"mohur/internal/pdf"
	"mohur/signing"
)

// variant rewrites a document with qpdf.
func variant(t testing.TB, in []byte, args ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	from, to := filepath.Join(dir, "in.pdf"), filepath.Join(dir, "out.pdf")
	if err := os.WriteFile(from, in, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := run(t, "qpdf", append(append([]string{}, args...), from, to)...); err != nil {
		t.Fatalf("qpdf %v: %v %s", args, err, out)
	}
	b, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// hybrid writes a document whose form is hidden from readers without cross-reference streams (ISO 32000-2, 7.5.8.4).
func hybrid() []byte {
	var b bytes.Buffer
	offsets := map[int]int{}
	obj := func(n int, body string) {
		offsets[n] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", n, body)
	}
	b.WriteString("%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
	obj(1, "<</Type/Catalog/Pages 2 0 R/AcroForm 5 0 R>>")
	obj(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>")
	obj(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<<>>>>")
	obj(4, "<</Length 12>>\nstream\n0 0 50 50 re\nendstream")
	member := "<</Fields[]/DA(/Helv 0 Tf)>>"
	obj(6, fmt.Sprintf("<</Type/ObjStm/N 1/First 4/Length %d>>\nstream\n5 0 %s\nendstream", 4+len(member), member))
	stm := b.Len()
	obj(7, "<</Type/XRef/Size 8/W[1 1 1]/Index[5 1]/Root 1 0 R/Length 3>>\nstream\n\x02\x06\x00\nendstream")
	start := b.Len()
	b.WriteString("xref\n0 8\n0000000005 65535 f \n")
	for n := 1; n <= 7; n++ {
		if n == 5 {
			b.WriteString("0000000000 00000 f \n")
			continue
		}
		fmt.Fprintf(&b, "%010d 00000 n \n", offsets[n])
	}
	fmt.Fprintf(&b, "trailer\n<</Size 8/Root 1 0 R/XRefStm %d>>\nstartxref\n%d\n%%%%EOF\n", stm, start)
	return b.Bytes()
}

func TestEveryKindOfDocument(t *testing.T) {
	w := newWorld(t)
	plain := letter(t)
	for name, c := range map[string]struct {
		in       []byte
		password string
	}{
		"hybrid":                     {hybrid(), ""},
		"object streams":             {variant(t, plain, "--object-streams=generate"), ""},
		"linearised":                 {variant(t, plain, "--linearize"), ""},
		"linearised, object streams": {variant(t, plain, "--linearize", "--object-streams=generate"), ""},
		"RC4-40":                     {variant(t, plain, "--allow-weak-crypto", "--encrypt", "", "s", "40", "--"), ""},
		"RC4-128":                    {variant(t, plain, "--allow-weak-crypto", "--encrypt", "", "s", "128", "--use-aes=n", "--"), ""},
		"AES-128":                    {variant(t, plain, "--allow-weak-crypto", "--encrypt", "", "s", "128", "--use-aes=y", "--"), ""},
		"AES-256":                    {variant(t, plain, "--encrypt", "", "s", "256", "--"), ""},
		"AES-256 with a password":    {variant(t, plain, "--encrypt", "açar", "s", "256", "--"), "açar"},
		"AES-256, object streams":    {variant(t, plain, "--object-streams=generate", "--encrypt", "", "s", "256", "--"), ""},
		"AES-256, clear metadata":    {variant(t, plain, "--encrypt", "", "s", "256", "--cleartext-metadata", "--"), ""},
		"bytes before the header":    {append([]byte("\n\n"), plain...), ""},
		"no line end at the end":     {bytes.TrimRight(plain, "\n"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := w.options(t, demopki.P256)
			o.Open.Password = []byte(c.password)
			o.Reason = "Ə (sınaq) \\ ğ"
			o.Rect, o.Appearance = [4]float64{20, 20, 260, 100}, visible()
			out, _ := sealed(t, c.in, o)
			o.Field = paper.SealField // an empty one of the sheet where there is one, else new
			o.Signer, o.Certificate = w.seal(t, demopki.P256, 0).Key, nil
			s := w.seal(t, demopki.P256, 0)
			o.Signer, o.Certificate, o.Rect = s.Key, s.Certificate, [4]float64{20, 110, 260, 200}
			out, _ = sealed(t, out, o)
			list := intact(t, out, c.password)
			if len(list) != 2 || list[0].Reason != o.Reason || list[1].Reason != o.Reason {
				t.Errorf("%+v", list)
			}
			if name != "bytes before the header" { // qpdf and poppler count from the header there
				accepted(t, out, 2, c.password)
			}
		})
	}
}

func TestWrongPasswordIsRefused(t *testing.T) {
	w := newWorld(t)
	in := variant(t, letter(t), "--encrypt", "a", "s", "256", "--")
	if err := refuse(t, in, w.options(t, demopki.P256)); !errors.Is(err, pdf.ErrPassword) {
		t.Error(err)
	}
}

func TestTwoSteps(t *testing.T) {
	w := newWorld(t)
	in := letter(t)
	o := w.options(t, demopki.P256)
	o.Field, o.Appearance, o.Level, o.Timestamper = paper.SealField, visible(), signing.BaselineT, w.authority(t)
	key := o.Signer
	o.Signer = nil
	p, err := Prepare(t.Context(), bytes.NewReader(in), int64(len(in)), o)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var back Prepared
	if err := json.Unmarshal(stored, &back); err != nil {
		t.Fatal(err)
	}
	party, err := signing.NewParty(signing.Request{Signer: key, Certificate: o.Certificate, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	value, err := party.Sign(t.Context(), back.ToBeSigned)
	if err != nil {
		t.Fatal(err)
	}
	o.Now = func() time.Time { return now().Add(time.Minute) } // the second request comes later
	var out bytes.Buffer
	if _, err := Finish(t.Context(), bytes.NewReader(in), &out, o, &back, value); err != nil {
		t.Fatal(err)
	}
	if list := intact(t, out.Bytes(), ""); len(list) != 1 || !list[0].SigningTime.Equal(now()) {
		t.Errorf("%+v", list)
	}
	accepted(t, out.Bytes(), 1, "")

	other := bytes.Clone(in)
	other[len(other)/2] ^= 1
	bad := bytes.Clone(value)
	bad[len(bad)-1] ^= 1
	changed := o
	changed.Reason = "başqa"
	for name, c := range map[string]struct {
		in    []byte
		o     Options
		value []byte
		want  error
	}{
		"another document": {other, o, value, signing.ErrInputDiffers}, "another value": {in, o, bad, signing.ErrBadValue}, "other options": {in, changed, value, ErrOptions},
	} {
		var out bytes.Buffer
		if _, err := Finish(t.Context(), bytes.NewReader(c.in), &out, c.o, &back, c.value); !errors.Is(err, c.want) || out.Len() > 0 {
			t.Errorf("%s: %v, %d bytes", name, err, out.Len())
		}
	}
}

// large is a document of so many bytes without holding them: a letter with an incompressible-looking stream in the middle.
type large struct {
	head, tail []byte
	size       int64
}

func newLarge(body int64) *large {
	head := "%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n"
	page := "3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Resources<<>>>>\nendobj\n"
	o1, o2, o3 := 9, bytes.Index([]byte(head), []byte("2 0 obj")), len(head)
	head += page
	o4 := len(head)
	head += fmt.Sprintf("4 0 obj\n<</Length %d>>\nstream\n", body)
	start := int64(len(head)) + body + int64(len("\nendstream\nendobj\n"))
	tail := fmt.Sprintf("\nendstream\nendobj\nxref\n0 5\n0000000000 65535 f \n%010d 00000 n \n%010d 00000 n \n%010d 00000 n \n%010d 00000 n \n"+
		"trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", o1, o2, o3, o4, start)
	return &large{[]byte(head), []byte(tail), int64(len(head)) + body + int64(len(tail))}
}

func (l *large) ReadAt(p []byte, off int64) (int, error) {
	for i := range p {
		switch at := off + int64(i); {
		case at >= l.size:
			return i, io.EOF
		case at < int64(len(l.head)):
			p[i] = l.head[at]
		case at >= l.size-int64(len(l.tail)):
			p[i] = l.tail[at-(l.size-int64(len(l.tail)))]
		default:
			p[i] = byte(at * 31 >> 3)
		}
	}
	return len(p), nil
}

func TestHundredMegabytesInBoundedMemory(t *testing.T) {
	w := newWorld(t)
	o := w.options(t, demopki.P256)
	in := newLarge(100 << 20)
	out, err := os.Create(filepath.Join(t.TempDir(), "large.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := Sign(t.Context(), in, in.size, out, o)
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 16<<20 {
		t.Errorf("%d bytes were allocated altogether", n)
	}
	d, err := pdf.Open(out, r.Size, pdf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if list, err := d.Signatures(); err != nil || len(list) != 1 || list[0].Coverage() != pdf.CoversWhole {
		t.Errorf("%+v %v", list, err)
	}
}

func TestManyAtOnce(t *testing.T) {
	w := newWorld(t)
	o := w.options(t, demopki.P256)
	o.Field, o.Appearance, o.Level, o.Timestamper = paper.SealField, visible(), signing.BaselineT, w.authority(t)
	in := letter(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := Sign(t.Context(), bytes.NewReader(in), int64(len(in)), io.Discard, o); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// FuzzSign signs whatever comes: an error, or a document whose new signature is intact and covers it.
func FuzzSign(f *testing.F) {
	w := newWorld(f)
	o := w.options(f, demopki.P256)
	o.Rect, o.Appearance = [4]float64{20, 20, 260, 100}, &Appearance{Title: "Möhür"}
	f.Add(hybrid(), "")
	f.Add(fullForm("/Rotate 90", ""), "xana.imza")
	f.Add(variant(f, hybrid(), "--encrypt", "", "s", "256", "--"), "x")
	signed, _ := sealed(f, hybrid(), o)
	f.Add(signed, "Signature1")
	f.Fuzz(func(t *testing.T, in []byte, field string) {
		o := o
		o.Field = field
		o.Open.Limits = pdf.Limits{Inflated: 1 << 20, Stream: 1 << 20}
		var out bytes.Buffer
		if _, err := Sign(t.Context(), bytes.NewReader(in), int64(len(in)), &out, o); err != nil {
			return
		}
		d, err := pdf.Open(bytes.NewReader(out.Bytes()), int64(out.Len()), pdf.Options{})
		if err != nil {
			t.Fatalf("the signed document can't be opened: %v", err)
		}
		list, err := d.Signatures()
		if err != nil {
			t.Fatalf("the signed document has no signatures: %v", err)
		}
		for _, s := range list {
			if s.Coverage() == pdf.CoversWhole && !s.Orphan {
				return
			}
		}
		t.Fatalf("no signature covers the document: %d found", len(list))
	})
}

// benchmarkSeal seals a file of the page cache into another file, as the office does.
func benchmarkSeal(b *testing.B, size int64, more func(*Options)) {
	w := newWorld(b)
	o := w.options(b, demopki.P256)
	if more != nil {
		more(&o)
	}
	dir := b.TempDir()
	in, err := os.Create(filepath.Join(dir, "in.pdf"))
	if err != nil {
		b.Fatal(err)
	}
	defer in.Close()
	made := newLarge(size)
	if _, err := io.Copy(in, io.NewSectionReader(made, 0, made.size)); err != nil {
		b.Fatal(err)
	}
	out, err := os.Create(filepath.Join(dir, "out.pdf"))
	if err != nil {
		b.Fatal(err)
	}
	defer out.Close()
	b.SetBytes(made.size)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := out.Seek(0, io.SeekStart); err != nil {
			b.Fatal(err)
		}
		if _, err := Sign(b.Context(), in, made.size, out, o); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSealB_B(b *testing.B) {
	b.Run("50KB", func(b *testing.B) { benchmarkSeal(b, 50<<10, nil) })
	b.Run("5MB", func(b *testing.B) { benchmarkSeal(b, 5<<20, nil) })
	b.Run("100MB", func(b *testing.B) { benchmarkSeal(b, 100<<20, nil) })
	b.Run("visible", func(b *testing.B) {
		benchmarkSeal(b, 50<<10, func(o *Options) { o.Rect, o.Appearance = [4]float64{20, 20, 260, 100}, visible() })
	})
}

// BenchmarkKeyAlone is the signer's own time, to be taken off.
func BenchmarkKeyAlone(b *testing.B) {
	w := newWorld(b)
	o := w.options(b, demopki.P256)
	party, err := signing.NewParty(o.Request)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := party.Sign(b.Context(), []byte("attributes")); err != nil {
			b.Fatal(err)
		}
	}
}
