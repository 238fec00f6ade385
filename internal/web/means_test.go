package web

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/signings"
	"mohur/verify/etsi"
)

// fakeMeans knows certificates by their bytes.
type fakeMeans struct{}

func (fakeMeans) Inspect(_ context.Context, der []byte) (*signings.Means, error) {
	m := &signings.Means{
		ForSignatures: true, Holder: "ƏLİYEVA NİGAR", Issuer: "Nümunə CA", NotAfter: noon.AddDate(1, 0, 0), Days: 365,
		Verdict: &docket.CertificateVerdict{Indication: etsi.Passed, Signer: docket.Signer{Name: "Nigar Əliyeva", FIN: "1AB2CD3", Organisation: "Dövlət Statistika Komitəsi", VOEN: "1234567890"}},
	}
	switch string(der) {
	case "sign":
	case "login":
		m.ForSignatures, m.ForLogIn = false, true
	case "ends":
		m.NotAfter, m.Days, m.Ends = noon.Add(9*24*time.Hour), 9, true
	case "revoked":
		m.Verdict.Indication, m.Verdict.SubIndication = etsi.Failed, etsi.Revoked
	case "unclear":
		m.Verdict = nil
	case "other":
		m.Verdict.Signer.FIN = "9ZZ9ZZ9"
	case "nobody":
		m.Organisation, m.Verdict.Signer.Organisation, m.Verdict.Signer.VOEN = "", "", ""
	default:
		return nil, docket.Invalid("certificate", docket.KeySigningCertificate)
	}
	return m, nil
}

// TestMeansOfSigning is S1-35: İmza vasitəsini yoxla, from the token by the script's form and from a file without one.
func TestMeansOfSigning(t *testing.T) {
	v := site0(t, newFakeDesk(), nil)
	a := v.get("/signing-means")
	a.has(t, `data-webeid="check" data-address="/signing-means"`, "Nə quraşdırılmalıdır", "PIN heç vaxt bu saytda yazılmır", "webeid-host install")
	if strings.Contains(a.body, `type="password"`) {
		t.Error("a PIN is asked for")
	}
	token := func(v *visitor, der string) answer {
		t.Helper()
		return v.post("/signing-means", "certificate", base64.StdEncoding.EncodeToString([]byte(der)))
	}
	good := token(v, "sign")
	good.has(t, "İmza vasitəniz hazırdır", "Token və onun modulu", "İmza sertifikatı", "Nigar Əliyeva, FİN 1•••••3", "VÖEN 1234567890", "22.11.2027")
	v.upload("/signing-means", nil, file{"certificate_file", "a.cer", "sign"}).has(t, "İmza vasitəniz hazırdır", "Yoxlanılmayıb: sertifikat fayldan oxundu")
	for der, want := range map[string][]string{
		"login":   {"Bu sertifikatla imzalamaq olmaz", "Daxilolma (autentifikasiya) sertifikatı", "imza sertifikatını seçin"},
		"ends":    {"İmza vasitəniz hazırdır", "9 gün qalıb", "yenisini indidən sifariş edin"},
		"revoked": {"Bu sertifikatla imzalamaq olmaz", "mərkəzə müraciət edin"},
		"unclear": {"İmza vasitəniz hazırdır", "Diqqət"},
		"nobody":  {"Sertifikatda qurum göstərilməyib"},
	} {
		token(v, der).has(t, want...)
	}
	for _, a := range []answer{token(v, "garbage"), v.post("/signing-means", "certificate", "%%"), v.upload("/signing-means", nil, file{"certificate_file", "", ""})} {
		if a.code != http.StatusUnprocessableEntity {
			t.Errorf("%d", a.code)
		}
		a.has(t, "Xəta:", `href="#certificate_file"`)
	}
	if a := v.upload("/signing-means", nil, file{"certificate_file", "a.cer", strings.Repeat("x", maxCertificate+1)}); a.code != http.StatusRequestEntityTooLarge {
		t.Errorf("a huge file: %d", a.code)
	}
	body := site0(t, newFakeDesk(), nil).logIn("body")
	token(body, "sign").has(t, "FİN 1AB2CD3", "Sizin və qurumunuzun sertifikatıdır")
	token(body, "other").has(t, "Bu sertifikatla imzalamaq olmaz", "yalnız öz sertifikatınızla")
	// From home, log-in and the first step of each form.
	for _, path := range []string{"/", "/log-in", "/register"} {
		v.get(path).has(t, `href="/signing-means"`)
	}
	for _, path := range []string{"/home", "/submit"} {
		body.get(path).has(t, `href="/signing-means"`)
	}
	none := site0(t, newFakeDesk(), func(o *Options) { o.Means, o.Signings = nil, nil })
	if a := none.get("/signing-means"); a.code != http.StatusOK || strings.Contains(a.body, "data-webeid") || strings.Contains(a.body, `type="file"`) {
		t.Errorf("a page that can judge nothing offers to: %d", a.code)
	}
}
