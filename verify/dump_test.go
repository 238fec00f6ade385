package verify_test

import (
	"encoding/json"
	"testing"

	"mohur/verify"
)

// dump is everything a report says, in its order.
func dump(t testing.TB, r *verify.Report) []byte {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
