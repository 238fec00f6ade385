package main

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mohur/internal/asn1"
	"mohur/internal/demopki"
)

// hostileMemory is what the process may ever hold of a hostile document, in kilobytes of resident memory: the program itself takes half of it.
const hostileMemory = 64 << 10

// TestHostileDocumentsAsProcesses: a document made to cost memory is answered in one sentence by a process that stays small. Its processor time is
// printed; what bounds it are the budgets of the readers, which count work and not seconds.
func TestHostileDocumentsAsProcesses(t *testing.T) {
	dir := t.TempDir()
	program := installed(t, dir)
	for _, h := range hostileDocuments(t) {
		t.Run(h.title, func(t *testing.T) {
			path := filepath.Join(dir, "x")
			body := h.make()
			if err := os.WriteFile(path, body, 0o600); err != nil {
				t.Fatal(err)
			}
			m := measured(t, program, path)
			for again := 0; again < 2 && m.Memory > hostileMemory; again++ { // on a busy machine the collector may come late once
				t.Logf("%d KB: %d MB, and once more", len(body)>>10, m.Memory>>10)
				m = measured(t, program, path)
			}
			t.Logf("%d KB: %d MB, %d ms of CPU", len(body)>>10, m.Memory>>10, m.CPU.Milliseconds())
			if m.Memory > hostileMemory {
				t.Errorf("%d MB in memory", m.Memory>>10)
			}
			if m.Status != h.status {
				t.Errorf("exit status %d, want %d", m.Status, h.status)
			}
			out := m.Output
			first, _, _ := strings.Cut(out, "\n")
			if !strings.HasPrefix(first, path+": ") || !strings.Contains(first, h.says) || h.status == exitUnable && strings.Count(out, "\n") != 1 {
				t.Errorf("it says %.500q, not %q", out, h.says)
			}
		})
	}
}

// measurement is what a process used and said.
type measurement struct {
	Memory int64 // kilobytes resident at most
	CPU    time.Duration
	Status int
	Output string
}

// measured verifies a file in a process of its own.
func measured(t *testing.T, program, path string) measurement {
	t.Helper()
	return measuredAs(t, []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}, program, "verify", "--offline", "--lang", "en", path)
}

// installed builds the program and copies it, as whoever installs it does. A file that the linker just wrote lies in the page cache in large pieces,
// which Linux maps whole: 18 MB of untouched code would count as the process's memory.
func installed(t *testing.T, dir string) string {
	t.Helper()
	built, program := filepath.Join(dir, "mohur.linked"), filepath.Join(dir, "mohur")
	if out, err := exec.Command("go", "build", "-o", built, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := exec.Command("cp", built, program).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.Remove(built); err != nil {
		t.Fatal(err)
	}
	return program
}

// measuredAs runs a program by testdata/measure, which says why it is a program of its own.
func measuredAs(t *testing.T, env []string, args ...string) (m measurement) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, measuring(t, filepath.Dir(args[0])), args...)
	c.Env, c.Stderr = env, os.Stderr
	out, err := c.Output()
	if err == nil {
		err = json.Unmarshal(out, &m)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// measuring builds the program that measures, once in a test's folder.
func measuring(t *testing.T, dir string) string {
	t.Helper()
	program := filepath.Join(dir, "measure")
	source, err := filepath.Abs(filepath.Join("testdata", "measure", "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(program); err == nil {
		return program
	}
	if out, err := exec.Command("go", "build", "-o", program, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// hostileDocument is a document with what is said of it.
type hostileDocument struct {
	title  string
	status int
	says   string
	make   func() []byte
}

func hostileDocuments(t *testing.T) []hostileDocument {
	t.Helper()
	const limit, failed = "goes beyond what is read safely: pdf: more ", "TOTAL-FAILED"
	flate := "/Filter /FlateDecode"
	return []hostileDocument{
		{"100,000 fields", exitUnable, limit + "form fields", func() []byte { return hostileFields(100_000) }},
		{"15,000 fields with values", exitUnable, limit + "form fields", func() []byte { return hostileFields(15_000) }},
		{"7,000 fields with values", exitUnable, limit + "signatures", func() []byte { return hostileFields(7_000) }},
		{"table of 1,900,000 entries", exitUnable, limit + "cross-reference entries", func() []byte {
			return []byte("%PDF-1.7\nxref\n0 2000000\n" + strings.Repeat("0000000009 00000 n \n", 1_900_000) + "trailer\n<</Root 1 0 R /Size 9>>\nstartxref\n9\n%%EOF\n")
		}},
		{"2,000,000 entries in 14 KB", exitUnable, limit + "cross-reference entries", func() []byte {
			return newHostile().xrefStream(flate+" /Size 2000000", inflating(14<<20))
		}},
		{"980,000 entries, each of them twice", exitFailed, "no signature", func() []byte {
			rows := bytes.Repeat(hostileRow(1, 9, 0), 490_000)
			p := newHostile()
			p.Write(bytes.Repeat([]byte{' '}, 2<<20))
			return p.xrefStream("/Size 490000 /Index [0 490000 0 490000]", append(rows, rows...))
		}},
		{"cross-reference stream without end", exitUnable, limit + "inflated bytes", func() []byte {
			return newHostile().xrefStream(flate+" /Size 9", inflating(200<<20))
		}},
		{"DSS of 500 bombs", exitFailed, failed, func() []byte {
			p := newHostile().signed(fmt.Sprintf(" /DSS <</CRLs [%s]>>", hostileRefs(100, 500)), "30")
			b := string(inflating(8 << 20))
			for i := range 500 {
				p.obj(100+i, fmt.Sprintf("<<%s /Length %d>>\nstream\n%s\nendstream", flate, len(b), b))
			}
			return p.end()
		}},
		{"1,000,000 VRI", exitFailed, failed, func() []byte {
			var vri strings.Builder
			for i := range 1_000_000 {
				fmt.Fprintf(&vri, "/A%d<<>>", i)
			}
			return newHostile().signed(" /DSS <</VRI <<"+vri.String()+">>>>", "30").end()
		}},
		{"value of 20 MB", exitUnable, limit + "bytes in /Contents", func() []byte { return newHostile().signed("", strings.Repeat("30", 20_000_000)).end() }},
		{"value of 5 MB that nests", exitFailed, failed, func() []byte { return newHostile().signed("", strings.Repeat("3080", 2_500_000)).end() }},
		{"object stream of 1,500,000", exitFailed, "no signature", func() []byte {
			index := strings.Repeat("5 0 ", 1_500_000)
			z := deflatedBytes([]byte(index + "<<>>"))
			p := newHostile()
			at := p.Len()
			fmt.Fprintf(p, "8 0 obj\n<</Type /ObjStm /N 1500000 /First %d %s /Length %d>>\nstream\n%s\nendstream\nendobj\n", len(index), flate, len(z), z)
			return p.xrefStream("/Index [1 1 8 1]", append(hostileRow(2, 8, 0), hostileRow(1, uint32(at), 0)...))
		}},
		{"base64 of 60 MB", exitUnable, "not a signed document", func() []byte { return []byte("MII" + strings.Repeat("A", 60_000_000)) }},
		{"PEM of 60 MB", exitUnable, "not a signed document", func() []byte {
			return []byte("-----BEGIN CMS-----\n" + strings.Repeat("A", 60_000_000) + "\n-----END CMS-----\n")
		}},
		{"message of 1,900 certificates", exitFailed, "no signature", func() []byte { return crowded(t, 1900) }},
	}
}

// crowded is a SignedData whose certificates are one and the same.
func crowded(t *testing.T, n int) []byte {
	t.Helper()
	p, err := demopki.New(demopki.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return asn1.Sequence(asn1.OID("1.2.840.113549.1.7.2"), asn1.Explicit(0, asn1.Sequence([]byte{2, 1, 1}, []byte{0x31, 0},
		asn1.Sequence(asn1.OID("1.2.840.113549.1.7.1")), asn1.Explicit(0, bytes.Repeat(p.PersonsCA().Raw, n)), []byte{0x31, 0})))
}

// hostileWriter writes a PDF object by object.
type hostileWriter struct {
	bytes.Buffer
	table bytes.Buffer
}

func newHostile() *hostileWriter {
	p := &hostileWriter{}
	p.WriteString("%PDF-1.7\n")
	return p
}

func (p *hostileWriter) obj(n int, body string) *hostileWriter {
	fmt.Fprintf(&p.table, "%d 1\n%010d 00000 n \n", n, p.Len())
	fmt.Fprintf(p, "%d 0 obj\n%s\nendobj\n", n, body)
	return p
}

// signed writes a catalogue, a form with one signature, and its dictionary; the value is no message that anybody signed.
func (p *hostileWriter) signed(catalog, contents string) *hostileWriter {
	return p.obj(1, "<</Type /Catalog /Pages 2 0 R /AcroForm 4 0 R"+catalog+">>").obj(2, "<</Type /Pages /Kids [3 0 R] /Count 1>>").
		obj(3, "<</Type /Page /Parent 2 0 R /MediaBox [0 0 9 9]>>").obj(4, "<</Fields [5 0 R]>>").obj(5, "<</FT /Sig /T (s) /V 6 0 R>>").
		obj(6, "<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /ByteRange [0 9 19 9] /Contents <"+contents+">>>")
}

func (p *hostileWriter) end() []byte {
	at := p.Len()
	fmt.Fprintf(p, "xref\n%strailer\n<</Size 999999 /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", p.table.Bytes(), at)
	return p.Bytes()
}

// xrefStream ends the file with rows of one, four and two bytes.
func (p *hostileWriter) xrefStream(dict string, data []byte) []byte {
	at := p.Len()
	fmt.Fprintf(p, "9 0 obj\n<</Type /XRef /Root 1 0 R /W [1 4 2] %s /Length %d>>\nstream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n", dict, len(data), data, at)
	return p.Bytes()
}

func hostileRow(kind byte, a uint32, b uint16) []byte {
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint32([]byte{kind}, a), b)
}

// hostileFields is a form with so many signature fields, each with a value of its own.
func hostileFields(n int) []byte {
	p := newHostile().obj(1, "<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields ["+hostileRefs(100, n)+"]>>>>").obj(2, "<</Type /Pages /Kids [] /Count 0>>")
	for i := range n {
		p.obj(100+i, fmt.Sprintf("<</FT /Sig /T (f%d) /V <</Type /Sig /Filter /X /ByteRange [0 9 19 9] /Contents <30>>>>>", i))
	}
	return p.end()
}

func hostileRefs(first, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d 0 R ", first+i)
	}
	return b.String()
}

// inflating inflates to so many zero bytes.
func inflating(n int64) []byte {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	_, _ = io.CopyN(w, hostileZeros{}, n)
	_ = w.Close()
	return out.Bytes()
}

func deflatedBytes(b []byte) []byte {
	var out bytes.Buffer
	w, _ := zlib.NewWriterLevel(&out, zlib.BestSpeed)
	_, _ = w.Write(b)
	_ = w.Close()
	return out.Bytes()
}

type hostileZeros struct{}

// Read implements io.Reader.
func (hostileZeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
