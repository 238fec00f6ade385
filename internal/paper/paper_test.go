package paper

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var (
	baku    = time.FixedZone("Asia/Baku", 4*3600)
	written = time.Date(2026, 11, 22, 15, 4, 5, 0, baku)
	agency  = Agency{
		Name: "Vətəndaşlara Xidmət və Sosial İnnovasiyalar üzrə Dövlət Agentliyi", Unit: "Elektron sənəd dövriyyəsi şöbəsi",
		Contact: "Bakı şəhəri, AZ1025 · info@agentlik.test · (+994 12) 000 00 00",
	}
	verify = Verification{
		URL: "https://mohur.test/y/3f9a0c7d1be24a5f9e6b8d7c2a1f0e4d", Address: "https://mohur.test/yoxla", ControlCode: "K7MX-2D9Q-HT4W",
	}
)

func letter(paragraphs int) Letter {
	l := Letter{
		Agency: agency, Number: "9/14-05", Date: written, InReplyTo: Reference{Number: "1/1-05", Date: written.AddDate(0, 0, -7)},
		Addressee: []string{"Rəqəmsal İnkişaf və Nəqliyyat Nazirliyinə", "cənab Ş.Ğ. Əliyevə"},
		Subject:   "“Vahid müraciət sistemi” informasiya sisteminin layihəsinə rəy",
		Signatory: Signatory{Position: "Sədrin müavini", Name: "Gülnarə Çıraqova"}, Verify: verify,
	}
	for range paragraphs {
		l.Body = append(l.Body, "Göndərdiyiniz layihəyə baxılmış, informasiya sisteminin məqsədəuyğunluğu, səmərəliliyi və hüquqi əsasları öyrənilmişdir. "+
			"Layihə müsbət qiymətləndirilir; işçi qrupunun iradları əlavədə göstərilir.")
	}
	return l
}

func record() SubmissionRecord {
	return SubmissionRecord{
		Agency: agency, ID: "0199c3d2-7a40-7cc1-9d2b-5f6e7a8b9c0d", MadeAt: written,
		Fields: []Field{
			{"person", "Ad, soyad", "Əli Öztürk"},
			{"body", "Dövlət orqanının adı", "Dövlət Gömrük Komitəsi"},
			{"coverNumber", "Müşayiət məktubunun nömrəsi", "12/5-341"},
			{"kind", "Sənədin növü", "informasiya sistemi <&>"},
			{"name", "Layihənin adı", strings.Repeat("Elektron bəyannamə sisteminin yeniləşdirilməsi ", 6)},
		},
		Files: []File{{"texniki tapşırıq.pdf", 123456, sha256.Sum256([]byte("a"))}, {"smeta.xlsx", 987, sha256.Sum256([]byte("b"))}},
	}
}

// verdict is a report whose values come from a hostile document: letters without a glyph, a name without an end, more changes than anyone reads.
func verdict() Verdict {
	v := Verdict{
		Title: "Elektron imzanın yoxlanılması haqqında hesabat", Headline: "İmza etibarsızdır", Code: "TOTAL-FAILED / HASH_FAILURE", Tone: ToneBad,
		MadeAt: written, Note: "Hesabatın özü imzalanmayıb.", Footer: "layihə \U0001F600\x00 \u202e.pdf",
		Facts: []Field{{Label: "Sənəd", Value: strings.Repeat("ə", 5000)}, {Label: "SHA-256", Value: strings.Repeat("0f", 32)}, {Label: "boş", Value: ""}},
	}
	sig := VerdictSignature{
		Title: "İmza 1", Tone: ToneUnclear, StagesTitle: "Yoxlamanın üç mərhələsi",
		Stages: []VerdictStage{{"Sertifikatın imzalanma anında qüvvədə olması", "bəli", "Qüvvədə idi.", ToneGood}, {"İmzanın həqiqiliyi", "xeyr", "", ToneBad}},
		Facts:  []Field{{Label: "İmzalayan", Value: "Ülkər Əzizova"}},
	}
	changes := VerdictList{Title: "Dəyişikliklər"}
	for range 2 * maxVerdictItems {
		changes.Items = append(changes.Items, VerdictItem{"səhifə 1: qeyd əlavə edilib", "PDF_CHANGE_ANNOTATION_ADDED"})
	}
	sig.Lists = []VerdictList{changes, {Title: "heç nə"}}
	v.Signatures = []VerdictSignature{sig}
	return v
}

func TestVerdictReportIsBoundedAndWhole(t *testing.T) {
	d, err := VerdictReport(verdict())
	if err != nil {
		t.Fatal(err)
	}
	if d.Pages > 20 || d.Pages < 3 || d.Seal.Page != 0 {
		t.Errorf("%d pages, a seal on page %d", d.Pages, d.Seal.Page)
	}
	for _, lack := range []func(*Verdict){func(v *Verdict) { v.Title = "" }, func(v *Verdict) { v.Headline = "" }, func(v *Verdict) { v.MadeAt = time.Time{} }} {
		v := verdict()
		lack(&v)
		if _, err := VerdictReport(v); !errors.Is(err, ErrIncomplete) {
			t.Errorf("incomplete: %v", err)
		}
	}
	if got := cut(strings.Repeat("ə", maxVerdictText+1)); got != strings.Repeat("ə", maxVerdictText)+"…" {
		t.Errorf("cut to %d bytes", len(got))
	}
}

// made returns one of each document.
func made(t testing.TB) map[string]*Document {
	t.Helper()
	out := map[string]*Document{}
	put := func(name string, d *Document, err error) {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = d
	}
	d, err := MakeLetter(letter(2))
	put("letter", d, err)
	d, err = MakeLetter(letter(14))
	put("long-letter", d, err)
	d, err = MakeReceipt(Receipt{
		Agency: agency, Number: "L-2026-000017", ReceivedAt: written, DueDate: written.AddDate(0, 0, 30), Fields: record().Fields,
		Files: record().Files, Verify: verify,
	})
	put("receipt", d, err)
	english := record()
	english.Labels = English()
	d, err = MakeSubmissionRecord(english)
	put("record-en", d, err)
	d, err = MakeSubmissionRecord(record())
	put("record", d, err)
	d, err = MakeApplication(Application{
		Body: "Dövlət Gömrük Komitəsi", BodyID: "VÖEN 1234567891", Number: "12/5-340", Date: written, Addressee: []string{agency.Name},
		Subject: "Xidmətdə qeydiyyat haqqında", Text: []string{"Xahiş edirik, komitəmizi xidmətin istifadəçisi kimi qeydiyyata alasınız."},
		Signatory: Signatory{"Sədr", "Ş. Məmmədov"},
	})
	put("application", d, err)
	d, err = VerdictReport(verdict())
	put("verdict", d, err)
	return out
}

func TestSameInputGivesTheSameBytes(t *testing.T) {
	first, second := made(t), made(t)
	for name := range first {
		if !bytes.Equal(first[name].Bytes, second[name].Bytes) {
			t.Errorf("%s differs between two runs", name)
		}
	}
	unnumbered := letter(2)
	unnumbered.Number = ""
	if d, err := MakeLetter(unnumbered); err != nil || bytes.Equal(d.Bytes, first["letter"].Bytes) {
		t.Errorf("a letter whose number stands on the seal: %v", err)
	}
	other := letter(2)
	other.Number = "9/14-06"
	if d, _ := MakeLetter(other); bytes.Equal(d.Bytes, first["letter"].Bytes) {
		t.Error("another number gave the same letter")
	}
}

// command runs an outside program over a file; a program that is missing fails the test.
func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is needed by this test: %v", name, err)
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func TestOtherProgramsReadThePages(t *testing.T) {
	dir := t.TempDir()
	want := map[string][]string{
		"letter":      {"№ 9/14-05", "Ğ. Əliyevə", "22.11.2026", "15.11.2026 tarixli, 1/1-05", "K7MX-2D9Q-HT4W", "Səhifə 1 / 1"},
		"long-letter": {"Səhifə 1 / 2", "Səhifə 2 / 2", "Gülnarə Çıraqova"},
		"receipt":     {"L-2026-000017", "22.12.2026", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb", "Son icra tarixi"},
		"record":      {"Əli Öztürk", "informasiya sistemi <&>", "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d", "smeta.xlsx"},
		"record-en":   {"Record of a project submission"}, "application": {"VÖEN 1234567891", "MÜRACİƏT MƏKTUBU"},
	}
	for name, d := range made(t) {
		path := filepath.Join(dir, name+".pdf")
		if err := os.WriteFile(path, d.Bytes, 0o600); err != nil {
			t.Fatal(err)
		}
		command(t, "qpdf", "--check", path)
		text := strings.Join(strings.Fields(command(t, "pdftotext", "-layout", path, "-")), " ")
		for _, w := range want[name] {
			if !strings.Contains(text, w) {
				t.Errorf("%s: the page does not show %q", name, w)
			}
		}
		fonts := command(t, "pdffonts", path)
		for _, line := range strings.Split(strings.TrimSpace(fonts), "\n")[2:] {
			if f := strings.Fields(line); f[len(f)-5] != "yes" {
				t.Errorf("%s: a font is not embedded: %s", name, line)
			}
		}
		if name == "verdict" { // an answer of the program: nobody seals it on its face
			if d.Pages < 1 || d.Seal != (Place{}) {
				t.Errorf("%s: place of the seal %+v on %d pages", name, d.Seal, d.Pages)
			}
			continue
		}
		if d.Pages < 1 || d.Seal.Page < 1 || d.Seal.Page > d.Pages || d.Seal.X2 <= d.Seal.X1 || d.Seal.Y2 <= d.Seal.Y1 || d.Seal.Y1 < 0 {
			t.Errorf("%s: place of the seal %+v on %d pages", name, d.Seal, d.Pages)
		}
	}
}

func TestRecordCarriesItsCanonicalForm(t *testing.T) {
	r := record()
	want, err := r.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	d, err := MakeSubmissionRecord(r)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path, out := filepath.Join(dir, "r.pdf"), filepath.Join(dir, "out.json")
	if err := os.WriteFile(path, d.Bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, "pdfdetach", "-savefile", RecordFileName, "-o", out, path)
	got, err := os.ReadFile(out)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("attached: %s (%v)\nwant: %s", got, err, want)
	}
	var v struct {
		Schema string
		Fields map[string]string
		Files  []struct{ Name, SHA256 string }
	}
	if err := json.Unmarshal(got, &v); err != nil || v.Schema != recordSchema || len(v.Files) != 2 || v.Fields["kind"] != "informasiya sistemi <&>" {
		t.Errorf("%+v %v", v, err)
	}
	r.Fields = append(r.Fields, Field{Key: "name", Label: "again", Value: "x"})
	if _, err := MakeSubmissionRecord(r); !errors.Is(err, ErrIncomplete) {
		t.Errorf("a key that stands twice: %v", err)
	}
}

func TestLetterIsNotChangedInSilence(t *testing.T) {
	l := letter(1)
	l.Body[0] += " 漢"
	var text *TextError
	if _, err := MakeLetter(l); !errors.As(err, &text) || text.Rune != '漢' || text.Where != "body" {
		t.Errorf("a letter that the font lacks: %v", err)
	}
	r := Receipt{Agency: agency, Number: "1", ReceivedAt: written, Fields: []Field{{"name", "Ad", "漢 😀 \u202e x\x00y"}}}
	if _, err := MakeReceipt(r); err != nil {
		t.Errorf("a receipt must be made whatever the sender typed: %v", err)
	}
	for name, change := range map[string]func(*Letter){
		"addressee": func(l *Letter) { l.Addressee = nil }, "body": func(l *Letter) { l.Body = nil },
		"date": func(l *Letter) { l.Date = time.Time{} }, "signatory": func(l *Letter) { l.Signatory = Signatory{} }, "agency": func(l *Letter) { l.Agency = Agency{} },
	} {
		l := letter(1)
		change(&l)
		if _, err := MakeLetter(l); !errors.Is(err, ErrIncomplete) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

func BenchmarkMakeLetter(b *testing.B) {
	for b.Loop() {
		if _, err := MakeLetter(letter(3)); err != nil {
			b.Fatal(err)
		}
	}
}
