package docket

import "testing"

// TestSignerAgainstSession: field by field, by the rule of each kind of document, personal codes masked (requirements 8, 9; J5).
func TestSignerAgainstSession(t *testing.T) {
	want := Actor{FIN: "1AB2CD3", VOEN: "1234567890", BodyName: "Dövlət Statistika Komitəsi"}
	same := Signer{Name: "A", FIN: want.FIN, VOEN: want.VOEN, Organisation: "DÖVLƏT STATİSTİKA KOMİTƏSİ", SealRight: true}
	other := Signer{Name: "B", FIN: "7XY8ZW9", VOEN: "", Organisation: "Başqa", SealRight: false}
	every := SignerRules{SignerFIN: SignerBlock, SignerVOEN: SignerWarn, SignerOrganisation: SignerWarn, SignerSealRight: SignerWarn}
	if list := CompareSigner(every, want, same); len(list) != 0 {
		t.Errorf("%+v", list)
	}
	list := CompareSigner(every, want, other)
	if len(list) != 4 || !Blocks(list) || list[0].Expected != "1•••••3" || list[0].Found != "7•••••9" || list[1].Expected != want.VOEN {
		t.Errorf("%+v", list)
	}
	if list := CompareSigner(StrictSigner(DocumentLetter), want, other); !Blocks(list) || len(list) != 2 {
		t.Errorf("%+v", list)
	}
	loose := ProcedureTerms{Signers: map[DocumentKind]SignerRules{DocumentRecord: {SignerFIN: SignerWarn, SignerVOEN: SignerIgnore}}}
	if list := CompareSigner(loose.SignerRules(DocumentRecord), want, other); Blocks(list) || len(list) != 1 {
		t.Errorf("%+v", list)
	}
	if e := SignerRefused(KeySigOtherBody, want, other); e.Args["expected"] != want.VOEN || e.Args["found"] != "–" {
		t.Errorf("%+v", e)
	}
	if e := SignerRefused(KeySigOtherPerson, want, other); e.Args["expected"] != "1•••••3" || e.Args["found"] != "7•••••9" {
		t.Errorf("%+v", e)
	}
}
