package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"mohur/docket"
	"mohur/internal/locale"
	"mohur/internal/paper"
	"mohur/internal/sealing"
	"mohur/verify/etsi"
)

// personnelCredential is the key of the personnel's seal.
const personnelCredential = "kadr"

// personnelSystem is the program that may ask for the personnel's seal.
const personnelSystem = "kadr-sistemi"

// sealProfiles lets two people bring the demo's seal profiles into force: those of the agency's two units (S3-10).
func (d *demo) sealProfiles(ctx context.Context, s *story) error {
	for _, p := range demoProfiles() {
		proposed, err := d.world.office.sealing.ProposeProfile(ctx, s.staff[docket.RoleAdmin], p)
		if err != nil {
			return d.inWords(err)
		}
		if _, err := d.world.office.sealing.ApproveProfile(ctx, s.staff[docket.RoleSignatory], proposed.ID); err != nil {
			return d.inWords(err)
		}
	}
	return nil
}

// demoProfiles are the profiles of the demo.
func demoProfiles() []docket.SealProposal {
	seen := docket.SealAppearance{Visible: true} // letters carry the QR code of the look-up page on their own sheet
	return []docket.SealProposal{
		{Name: "elektron-sened-dovriyyesi", Why: "İdarənin məktubları", Terms: docket.SealTerms{
			Unit: "Elektron sənəd dövriyyəsi", Credential: defaultCredential, Format: docket.FormatPAdES, Level: docket.LevelLT, Input: docket.InputUnbroken, Appearance: seen,
			Kinds: []string{string(docket.LetterOpinion), string(docket.LetterNotice), string(docket.LetterRefusal), string(docket.LetterReceipt)},
		}},
		{Name: "kadr-meseleleri", Why: "Kadr əmrləri və arayışlar", Terms: docket.SealTerms{
			Unit: "Kadr məsələləri", Credential: personnelCredential, Format: docket.FormatPAdES, Level: docket.LevelLTA, Input: docket.InputUnbroken,
			Clients: []string{personnelSystem}, PerDay: 200,
			Kinds:      []string{docket.KindPersonnelOrder, docket.KindPersonnelReference},
			Appearance: docket.SealAppearance{Visible: true, QR: true},
		}},
		{Name: "yoxlama-hesabatlari", Why: "İmza yoxlamalarının hesabatları", Terms: docket.SealTerms{
			Unit: "Elektron sənəd dövriyyəsi", Credential: defaultCredential, Format: docket.FormatPAdES, Level: docket.LevelT, Input: docket.InputUnsigned,
			Kinds: []string{docket.KindVerdictReport}, PerDay: 1000, Certification: 1,
		}},
	}
}

// personnel lets the personnel's system have an order sealed, by its own profile and key; another program is refused.
func (d *demo) personnel(ctx context.Context, s *story) (out []string, err error) {
	order, err := paper.MakeLetter(paper.Letter{
		Labels: paper.Azerbaijani(), Agency: paper.Agency{Name: agencyName, Unit: "Kadr məsələləri", Contact: "info@agentlik.test"}, Number: "K-15",
		Date: d.clock.now().In(locale.Baku()), Addressee: []string{"Nigar Əliyeva"}, Subject: "Məzuniyyət haqqında əmr",
		Body:      []string{"Nigar Əliyevaya 1 dekabr tarixindən 14 təqvim günü əmək məzuniyyəti verilsin."},
		Signatory: paper.Signatory{Position: "Rəis", Name: "Kamran Şükürov"}, Verify: paper.Verification{Address: d.world.address + "/verify"},
	})
	if err != nil {
		return nil, err
	}
	verbs := d.world.office.sealing
	q := sealing.Request{
		Client: sealing.Client{Name: "another", Tenant: "another"}, Profile: "kadr-meseleleri", Key: "K-15", Name: "emr.pdf",
		File: bytes.NewReader(order.Bytes), Size: int64(len(order.Bytes)),
	}
	if _, err := verbs.Seal(ctx, q); docket.KeyOf(err) != docket.KeyProfileClient {
		return nil, fmt.Errorf("a program that the profile does not name should be refused: %w", err)
	}
	q.Client = sealing.Client{Name: personnelSystem, Tenant: personnelSystem}
	r, err := verbs.Seal(ctx, q)
	if err != nil {
		return nil, d.inWords(err)
	}
	f, err := verbs.Open(ctx, r)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sealed, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	path, err := d.world.sample("personnel-order.pdf", sealed)
	if err != nil {
		return nil, err
	}
	s.samples = append(s.samples, sampleFile{path, "a personnel order, sealed by its own profile"})
	v, err := d.verifyFile(ctx, path)
	if err != nil {
		return nil, err
	}
	out = []string{
		fmt.Sprintf("profile %s version %d, credential %s, %s", r.Profile, r.Version, r.Credential, r.Level),
		fmt.Sprintf("mohur verify %s: %s; a program that the profile does not name was refused", path, v.Indication),
	}
	if v.Indication != string(etsi.TotalPassed) || r.Level != "PAdES-BASELINE-LTA" || r.Credential != personnelCredential {
		return out, errors.New("the order's seal is not as its profile says")
	}
	return out, nil
}

// sealedReport asks for the report on the sealed opinion with the agency's seal on it, and holds the seal against what the office would.
func (d *demo) sealedReport(ctx context.Context, s *story) (string, error) {
	report, err := d.post(ctx, "/v1/verifications?report=signed&language=az", "application/pdf", bytes.NewReader(s.sealed))
	if err != nil {
		return "", err
	}
	path, err := d.world.sample("opinion-report-sealed.pdf", report)
	if err != nil {
		return "", err
	}
	s.samples = append(s.samples, sampleFile{path, "the report on the opinion, sealed"})
	r, err := d.verifyFile(ctx, path)
	if err != nil {
		return "", err
	}
	line := fmt.Sprintf("its report with the agency's seal: %s: %s %s", path, r.Indication, r.SubIndication)
	if r.Indication != string(etsi.TotalPassed) || len(r.Signatures) != 1 || r.Signatures[0].Covers != "whole" {
		return line, errors.New("the report's seal should be TOTAL-PASSED and cover the whole file")
	}
	return line, nil
}
