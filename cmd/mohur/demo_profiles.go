package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"mohur/docket"
	"mohur/verify/etsi"
)

// personnelCredential is the key of the personnel's seal.
const personnelCredential = "kadr"

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
			Unit: "Kadr məsələləri", Credential: personnelCredential, Format: docket.FormatPAdES, Level: docket.LevelLTA, Input: docket.InputPassed,
			Kinds:      []string{docket.KindPersonnelOrder, docket.KindPersonnelReference},
			Appearance: docket.SealAppearance{Visible: true, QR: true},
		}},
		{Name: "yoxlama-hesabatlari", Why: "İmza yoxlamalarının hesabatları", Terms: docket.SealTerms{
			Unit: "Elektron sənəd dövriyyəsi", Credential: defaultCredential, Format: docket.FormatPAdES, Level: docket.LevelT, Input: docket.InputUnsigned,
			Kinds: []string{docket.KindVerdictReport}, PerDay: 1000, Certification: 1,
		}},
	}
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
