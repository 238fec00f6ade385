package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"mohur/certs"
	"mohur/docket"
	"mohur/internal/credential"
	"mohur/verify/etsi"
)

// tokenStores is where SoftHSM2 keeps the demo's tokens, a folder each.
func (w *demoWorld) tokenStores() string { return filepath.Join(w.dir, "tokens", "tokens") }

// storeNames lists the folders of the tokens that are plugged in.
func (w *demoWorld) storeNames() ([]string, error) {
	entries, err := os.ReadDir(w.tokenStores())
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

// pullOut takes the agency's token away, as if it were pulled out of its socket; putBack plugs it in again.
func (w *demoWorld) pullOut() (putBack func() error, err error) {
	plugged, pulled := filepath.Join(w.tokenStores(), w.agencyStore), filepath.Join(w.dir, "pulled-out")
	return func() error { return os.Rename(pulled, plugged) }, os.Rename(plugged, pulled)
}

// fallOver pulls the seal's token out while a project comes in: its receipt is sealed with the other token.
func (d *demo) fallOver(ctx context.Context, s *story) ([]string, error) {
	w := d.world
	putBack, err := w.pullOut()
	if err != nil {
		return nil, err
	}
	form := s.project.Form
	form.CoverNumber, form.ProjectName, form.DocumentType = "3/2-78", "“Yaşıl xəritə” elektron xidməti", "e_service"
	begin := time.Now()
	s.second, err = d.send(ctx, s.rep, form, map[string][]byte{"xidmət.txt": []byte("“Yaşıl xəritə” xidmətinin layihəsi\r\n")}, w.director)
	took := time.Since(begin)
	if back := putBack(); err != nil || back != nil {
		return nil, errors.Join(err, back)
	}
	out, err := d.sealedBySpare(ctx, s, took)
	if err != nil {
		return out, err
	}
	begin = time.Now()
	for w.sealState() != credential.StateReady {
		if time.Since(begin) > 10*time.Second || ctx.Err() != nil {
			return out, errors.Join(ctx.Err(), fmt.Errorf("the token that was put back is %s", w.sealState()))
		}
		time.Sleep(20 * time.Millisecond)
	}
	return append(out, fmt.Sprintf("the token is put back: a test signature shows that it works, %.1f s later; the next seal is its own", time.Since(begin).Seconds())), nil
}

// sealState is how the first member of the default credential is.
func (w *demoWorld) sealState() credential.State {
	list := w.office.sealer.credentials.Status()
	i := slices.IndexFunc(list, func(m credential.Status) bool { return m.Credential == defaultCredential })
	return list[i].State
}

// sealedBySpare holds that the receipt went out, by the second token's certificate, which the intent names.
func (d *demo) sealedBySpare(ctx context.Context, s *story, took time.Duration) ([]string, error) {
	v := d.world.office.desk
	receipt, err := v.Receipt(ctx, s.rep, s.second.ID)
	if err != nil {
		return nil, d.inWords(err)
	}
	sealed, err := d.download(v.DownloadLetter(ctx, s.rep, receipt.ID))
	if err != nil {
		return nil, err
	}
	path, err := d.world.sample("receipt-of-the-second-token.pdf", sealed)
	if err != nil {
		return nil, err
	}
	r, err := d.verifyFile(ctx, path)
	if err != nil {
		return nil, err
	}
	var intent *docket.SealIntent
	err = d.world.office.store.Read(ctx, func(work docket.Work) (err error) { intent, err = work.IntentOfLetter(ctx, receipt.ID); return err })
	if err != nil {
		return nil, err
	}
	spare, err := certs.Parse(d.world.spareSeal)
	if err != nil {
		return nil, err
	}
	out := []string{fmt.Sprintf("receipt %s: %s, sealed with token “agency-2”; received, sealed and checked in %.0f ms with the token “agency” gone", receipt.Number, r.Indication, took.Seconds()*1000)}
	if string(intent.Certificate) != spare.Fingerprint() || r.Indication != string(etsi.TotalPassed) {
		return out, errors.New("the receipt should be sealed by the second token's certificate, and be TOTAL-PASSED")
	}
	return out, nil
}
