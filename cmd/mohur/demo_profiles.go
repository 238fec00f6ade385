package main

import (
	"context"

	"mohur/docket"
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
