package certs

import (
	"reflect"
	"testing"
	"time"
)

// TestVerifiedChangesNothing: a validation that finds its signatures checked says the same as the first, of sound and of unsound evidence.
func TestVerifiedChangesNothing(t *testing.T) {
	h := newHierarchy(t, published)
	hour := epoch().Add(-time.Hour)
	stranger := issue(t, "Şəxslər üçün Mərkəz", issue(t, "elsewhere", nil))
	shared := &Verified{}
	for name, evidence := range map[string][]RevocationData{
		"sound":                        {crl(t, h.root, hour), crl(t, h.ca, hour)},
		"another key of the same name": {crl(t, h.root, hour), crl(t, stranger, hour)},
	} {
		req := h.request(t, evidence...)
		want := validate(req)
		req.Verified = shared
		for range 2 {
			if got := validate(req); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %s %v, alone %s %v", name, got.SubIndication, got.Reasons, want.SubIndication, want.Reasons)
			}
		}
	}
	if n := len(shared.known); n != 5 { // two certificates, the root's CRL of each case, the CA's; the stranger's names another key and is not tried
		t.Errorf("%d signatures are known", n)
	}
}

// TestVerifiedTellsKeysApart: that one key verifies a signature says nothing of another.
func TestVerifiedTellsKeysApart(t *testing.T) {
	h := newHierarchy(t)
	other := issue(t, "Şəxslər üçün Mərkəz", issue(t, "elsewhere", nil))
	v := &Verified{}
	list := crl(t, h.ca, epoch()).CRL
	for range 2 {
		if v.certificate(h.signer.Certificate, h.ca.Certificate) != nil || v.crl(list, h.ca.Certificate) != nil {
			t.Error("the issuer's key verifies nothing")
		}
		if v.certificate(h.signer.Certificate, other.Certificate) == nil || v.crl(list, other.Certificate) == nil {
			t.Error("a stranger's key verifies it")
		}
	}
}
