package main

import (
	"bytes"
	"context"
	"encoding/pem"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mohur/certs"
	"mohur/internal/demopki"
	"mohur/verify"
	"mohur/verify/etsi"
	"mohur/verify/report"
)

const myRules = `[{"name":"mine","fin":[{"attribute":"2.5.4.5","pattern":".*([0-9A-Z]{7})"}],"voen":[],"sealRight":[{"attribute":"2.5.4.12","pattern":"Direktor.*"}]}]`

func TestIdentityRulesOnTheCommandLine(t *testing.T) {
	dir := verifyFixture(t)
	rules := filepath.Join(dir, "rules.json")
	if err := os.WriteFile(rules, []byte(myRules), 0o600); err != nil {
		t.Fatal(err)
	}
	judged := func(args ...string) (int, string, string) {
		var out, errw bytes.Buffer
		args = append([]string{
			"verify", "--offline", "--json", "--anchors", filepath.Join(dir, "root.pem"), "--revocation", filepath.Join(dir, "crls"),
			"--time", demopki.Epoch().Add(2 * time.Hour).Format(time.RFC3339), filepath.Join(dir, "docs", "good.pdf"),
		}, args...)
		code := run(args, bytes.NewReader(nil), &out, &errw)
		return code, out.String(), errw.String()
	}
	if code, out, errw := judged("--identity-rules", rules); code != exitPassed || !strings.Contains(out, `"rule":"mine"`) || !strings.Contains(out, `"fin":"`) {
		t.Errorf("%d %s %s", code, out, errw)
	}
	if _, out, _ := judged(); !strings.Contains(out, `"rule":"default"`) {
		t.Error(out)
	}
	for name, text := range map[string]string{"unknown": `[{"name":"a","colour":1}]`, "place": `[{"name":"a","fin":[{"attribute":"x","pattern":"y"}]}]`, "empty": `[]`} {
		if err := os.WriteFile(rules, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, _, errw := judged("--identity-rules", rules); code != exitUnable || !strings.Contains(errw, "identity rule") {
			t.Errorf("%s: %d %s", name, code, errw)
		}
	}
	if code, _, errw := judged("--identity-rules", filepath.Join(dir, "none.json")); code != exitUnable || !strings.Contains(errw, "none.json") {
		t.Error(code, errw)
	}
}

// reloadable is a service's trust with a policy file and identity rules.
type reloadable struct {
	*trustFolder
	policy, rules string
}

func newReloadable(t *testing.T) *reloadable {
	t.Helper()
	f := &reloadable{trustFolder: &trustFolder{T: t, dir: t.TempDir(), log: &lockedBuffer{}}}
	settings := t.TempDir()
	f.policy, f.rules = filepath.Join(settings, "policy.json"), filepath.Join(settings, "rules.json")
	f.put("first.pem", aRoot(t))
	f.replace(f.policy, `{"name":"first"}`)
	f.replace(f.rules, myRules)
	var err error
	f.stores, err = openTrust(trustConfig{Anchors: []string{f.dir}, Policy: f.policy, IdentityRules: f.rules}, demopki.Epoch, slog.New(slog.NewTextHandler(f.log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// replace puts a file in place at once.
func (f *reloadable) replace(name, text string) {
	f.Helper()
	if err := os.WriteFile(name+".new", []byte(text), 0o600); err != nil {
		f.Fatal(err)
	}
	if err := os.Rename(name+".new", name); err != nil {
		f.Fatal(err)
	}
}

func TestPolicyAndIdentityRulesFollowTheirFiles(t *testing.T) {
	f := newReloadable(t)
	j := &judge{trust: f.stores}
	name := func() string {
		p, err := j.policy(f.stores.now(), f.policy)
		if err != nil {
			t.Fatal(err)
		}
		return p.Name + " " + f.stores.now().identity[0].Name
	}
	version := deskVerifier{j}.PolicyVersion(f.policy)
	f.replace(f.policy, `{"name":"second policy"}`)
	f.replace(f.rules, strings.Replace(myRules, "mine", "newer rules", 1))
	if f.looks(); name() != "second policy newer rules" || (deskVerifier{j}).PolicyVersion(f.policy) == version {
		t.Errorf("%s\n%s", name(), f.log)
	}
	for what, spoil := range map[string]func(){
		"policy": func() { f.replace(f.policy, `{"name":"x","colour":1}`) }, "rules": func() { f.replace(f.rules, `[`) },
		"no rules": func() { _ = os.Remove(f.rules) }, "no policy": func() { _ = os.Remove(f.policy) },
	} {
		before := f.stores.now()
		told := strings.Count(f.log.String(), "last good ones stay in force")
		spoil()
		if f.looks(); f.stores.now() != before || strings.Count(f.log.String(), "last good ones stay in force") == told {
			t.Errorf("%s: broken, and in force or not told\n%s", what, f.log)
		}
		f.replace(f.policy, `{"name":"second policy"}`)
		f.replace(f.rules, strings.Replace(myRules, "mine", "newer rules", 1))
		f.looks()
	}
	if _, err := j.policy(f.stores.now(), f.rules); err == nil {
		t.Error("a request may name files")
	}
	if p, err := j.policy(f.stores.now(), verify.PolicyArchive); err != nil || p.Name != verify.PolicyArchive {
		t.Error(err)
	}
}

// TestVerdictsWhileStoresAreReplaced hammers verification while the store changes between one that trusts the signer's root and one that does not, with a
// broken one in between. Each pair has its own policy name, so that a verdict that took half of each would show.
func TestVerdictsWhileStoresAreReplaced(t *testing.T) {
	h, in := withoutIntermediate(t)
	srv := serving(t, h.Handler())
	issuers, err := certs.FetchIssuers(t.Context(), srv.client(t), mustParse(t, in), 1)
	if err != nil {
		t.Fatal(err)
	}
	f := newReloadable(t)
	root := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.Root().Raw})
	others := bytes.Join([][]byte{aRoot(t), aRoot(t)}, nil)
	source := in.Revocation
	j := &judge{trust: f.stores, revocation: source, now: func() time.Time { return in.Time }}
	content, err := io.ReadAll(io.NewSectionReader(in.Content, 0, in.Size))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var workers sync.WaitGroup
	var passed, untrusted atomic.Int32
	for range 3 {
		workers.Go(func() {
			for ctx.Err() == nil {
				doc := verify.Input{Name: "a.pdf", Content: bytes.NewReader(content), Size: int64(len(content)), Time: in.Time}
				doc.Detached = nil
				snapshot := f.stores.now()
				trusts := snapshot.policy.Name == "trusting"
				if (snapshot.anchors.Len() == 3) != trusts {
					t.Errorf("policy %s with %d anchors", snapshot.policy.Name, snapshot.anchors.Len())
					return
				}
				r, err := j.Verify(context.WithoutCancel(ctx), doc, f.policy)
				if err != nil {
					t.Error(err)
					return
				}
				s := r.Signatures[0]
				switch {
				case r.Policy.Name == "trusting" && r.Indication == etsi.TotalPassed:
					passed.Add(1)
				case r.Policy.Name != "trusting" && s.SubIndication == etsi.NoCertificateChainFound:
					untrusted.Add(1)
				default:
					t.Errorf("policy %s: %s %s", r.Policy.Name, s.Indication, s.SubIndication)
					return
				}
			}
		})
	}
	candidates := t.TempDir()
	f.stores.candidatePaths = []string{candidates}
	if err := os.WriteFile(filepath.Join(candidates, "ca.cer"), issuers[0].Raw, 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		switch i % 4 {
		case 0:
			f.put("first.pem", append(bytes.Clone(others), root...))
			f.replace(f.policy, `{"name":"trusting"}`)
		case 1, 3:
			f.put("first.pem", root[:len(root)-40]) // cut off: the last good one stays
		case 2:
			f.put("first.pem", others)
			f.replace(f.policy, `{"name":"distrusting"}`)
		}
		f.stores.reload(ctx)
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	workers.Wait()
	if passed.Load() == 0 || untrusted.Load() == 0 {
		t.Errorf("%d passed, %d not trusted: one of the stores was never seen", passed.Load(), untrusted.Load())
	}
}

func TestAnUnreachableResponderIsNamed(t *testing.T) {
	h, in := withoutIntermediate(t)
	srv := serving(t, h.Handler())
	issuers, err := certs.FetchIssuers(t.Context(), srv.client(t), mustParse(t, in), 1)
	if err != nil {
		t.Fatal(err)
	}
	in.Certificates = issuers
	srv.hanging.Store(true)
	in.Revocation = &certs.OnlineRevocation{Fetch: wayOut(srv.client(t), "", time.Now)}
	r, err := verify.Document(t.Context(), in, verify.Basic())
	if err != nil {
		t.Fatal(err)
	}
	for lang, words := range map[string]string{"en": "there was no answer in time", "az": "vaxtında cavab gəlmədi", "ru": "ответ не пришёл вовремя"} {
		var out bytes.Buffer
		if err := report.WriteText(&out, report.ForClerk(r, lang)); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), words) || !strings.Contains(out.String(), "pki.mohur.test") {
			t.Errorf("%s:\n%s", lang, out.String())
		}
	}
}

func TestWhereAnIssuerWasLookedForInVainIsSaid(t *testing.T) {
	h, in := withoutIntermediate(t)
	srv := serving(t, h.Handler())
	srv.hanging.Store(true)
	r, err := (&issuerFetcher{fetch: wayOut(srv.client(t), "", time.Now)}).document(t.Context(), in, verify.Basic())
	if err != nil || r.Indication != etsi.Indeterminate {
		t.Fatal(r, err)
	}
	for lang, words := range map[string]string{"en": "there was no answer in time", "az": "vaxtında cavab gəlmədi", "ru": "ответ не пришёл вовремя"} {
		var out bytes.Buffer
		if err := report.WriteText(&out, report.ForClerk(r, lang)); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), words) || !strings.Contains(out.String(), "pki.mohur.test") {
			t.Errorf("%s:\n%s", lang, out.String())
		}
	}
	srv.hanging.Store(false)
	if r, err = (&issuerFetcher{fetch: wayOut(srv.client(t), "", time.Now)}).document(t.Context(), in, verify.Basic()); err != nil || r.Indication != etsi.TotalPassed || len(r.Signatures[0].Reasons) > 1 {
		t.Errorf("%+v %v", r.Signatures[0].Reasons, err)
	}
}
