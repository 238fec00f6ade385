package signing_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"mohur/certs"
	"mohur/internal/algo"
	"mohur/internal/demopki"
	"mohur/internal/fetch"
	"mohur/internal/paper"
	"mohur/signing"
	"mohur/signing/cades"
	"mohur/signing/pades"
	"mohur/verify"
	"mohur/verify/etsi"
)

// patience is how long one question may take in these tests, and atMost how long a whole signing: a few questions of that length.
const (
	patience = time.Second
	atMost   = 30 * time.Second
)

// faultyWorld is a hierarchy whose services are reached over real sockets, through the guarded client, as the program reaches them.
type faultyWorld struct {
	pki    *demopki.Hierarchy
	trust  *certs.TrustStore
	client *fetch.Client
	signer *demopki.Signer
	spare  *demopki.TSA // another authority, which is well
}

func at() time.Time { return demopki.Epoch().Add(time.Hour) }

func newFaultyWorld(t *testing.T) *faultyWorld {
	t.Helper()
	h, err := demopki.New(demopki.Options{Now: at})
	if err != nil {
		t.Fatal(err)
	}
	w := &faultyWorld{pki: h}
	if w.spare, err = h.NewTSA(demopki.TSAOptions{}); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", h.Handler())
	mux.Handle("POST /spare", w.spare)
	server := httptest.NewServer(mux)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	closed, err := net.Listen("tcp", "127.0.0.1:0") // an address at which nobody listens
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.Addr().String()
	closed.Close()
	if w.client, err = fetch.New(fetch.Options{Timeout: patience, MaxBytes: 1 << 20, Map: map[string]string{
		demopki.DefaultBaseURL + "/": server.Listener.Addr().String(), "http://nobody.mohur.test/": nobody,
	}}); err != nil {
		t.Fatal(err)
	}
	root, err := certs.Parse(h.Root().Raw)
	if err != nil {
		t.Fatal(err)
	}
	w.trust = certs.NewTrustStore(root)
	if w.signer, err = h.Body(demopki.Body{Organisation: "Dövlət Nümayiş Agentliyi"}); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *faultyWorld) authority(address string) signing.Timestamper {
	return &signing.HTTPTimestamper{Address: address, Send: func(ctx context.Context, url string, body []byte) ([]byte, error) {
		return w.client.Post(ctx, url, "application/timestamp-query", body)
	}}
}

// request is one of level B-LTA, which asks every service; with several authorities through a pool.
func (w *faultyWorld) request(t *testing.T, authorities ...string) signing.Request {
	t.Helper()
	r := signing.Request{
		Signer: w.signer.Key, Certificate: w.signer.Certificate, Chain: w.signer.Chain, Now: at, Level: signing.BaselineLTA, TimestampTrust: w.trust,
		Timestamper: w.authority(authorities[0]),
		Evidence:    &signing.Collector{Trust: w.trust, Revocation: &certs.OnlineRevocation{Fetch: w.client}, MaxAge: 24 * time.Hour, Now: at},
	}
	if len(authorities) == 1 {
		return r
	}
	o := signing.PoolOptions{Now: at}
	for _, a := range authorities {
		o.Authorities = append(o.Authorities, signing.Authority{Name: a, Timestamper: w.authority(a)})
	}
	pool, err := signing.NewTimestampPool(o)
	if err != nil {
		t.Fatal(err)
	}
	r.Timestamper = pool
	return r
}

// made signs a document as a PDF and as a message, and holds the time it took against the limit. Both end alike.
func made(t *testing.T, r signing.Request) ([]byte, error) {
	t.Helper()
	d, err := paper.MakeLetter(paper.Letter{
		Agency: paper.Agency{Name: "Dövlət Nümayiş Agentliyi"}, Number: "9/14-05", Date: at(), Addressee: []string{"Gömrük Komitəsinə"}, Body: []string{"İrad yoxdur."}, Signatory: paper.Signatory{Name: "Ş. Ğəniyev"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var document, message bytes.Buffer
	began := time.Now()
	_, err = pades.Sign(t.Context(), bytes.NewReader(d.Bytes), int64(len(d.Bytes)), &document, pades.Options{Request: r})
	_, other := cades.Sign(t.Context(), bytes.NewReader(d.Bytes), int64(len(d.Bytes)), &message, cades.Options{Request: r})
	if took := time.Since(began); took > atMost {
		t.Errorf("it took %s", took)
	}
	if (err == nil) != (other == nil) {
		t.Errorf("a PDF: %v; a message: %v", err, other)
	}
	if err != nil && document.Len()+message.Len() > 0 {
		t.Errorf("%d and %d bytes of what failed", document.Len(), message.Len())
	}
	return document.Bytes(), err
}

// faults are what goes wrong before a service.
func faults() map[string]demopki.Fault {
	return map[string]demopki.Fault{
		"dead": {Dead: true}, "hanging": {Hang: true}, "late": {Delay: time.Minute}, "slow": {Trickle: 50 * time.Millisecond}, "cut in the middle": {Cut: true},
		"endless": {Endless: true}, "garbage": {Garbage: true}, "status 500": {HTTPStatus: 500}, "status 204": {HTTPStatus: 204}, "refusing": {Refuse: true},
	}
}

// TestAuthorityInTrouble: whatever goes wrong before or inside of an authority, a signing fails within its limits and leaves nothing, or another
// authority takes over.
func TestAuthorityInTrouble(t *testing.T) {
	const tsa, spare = demopki.DefaultBaseURL + "/tsa", demopki.DefaultBaseURL + "/spare"
	all := faults()
	all["other imprint"], all["other nonce"], all["replayed"] = demopki.Fault{WrongImprint: true}, demopki.Fault{WrongNonce: true}, demopki.Fault{Replay: true}
	for name, f := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newFaultyWorld(t)
			w.pki.SetFault(demopki.TSAService, f)
			if f.Replay { // an answer to an earlier question, honestly got
				if _, err := w.authority(tsa).Timestamp(t.Context(), algo.SHA256, make([]byte, 32)); err != nil {
					t.Fatal(err)
				}
			}
			failure := new(*signing.TimestampError)
			if _, err := made(t, w.request(t, tsa)); !errors.As(err, failure) {
				t.Errorf("%v", err)
			}
			r := w.request(t, tsa, "http://nobody.mohur.test/", spare)
			document, err := made(t, r)
			if err != nil {
				t.Fatal(err)
			}
			w.passes(t, document)
			for i, s := range r.Timestamper.(*signing.TimestampPool).Status() {
				if (s.Failure == "") != (i == 2) {
					t.Errorf("%+v", s)
				}
			}
		})
	}
}

// TestRevocationServicesInTrouble: with the responder in trouble the lists are taken; with both, nothing is signed at a level that needs them.
func TestRevocationServicesInTrouble(t *testing.T) {
	for name, f := range faults() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newFaultyWorld(t)
			w.pki.SetFault(demopki.OCSPService, f)
			document, err := made(t, w.request(t, demopki.DefaultBaseURL+"/tsa"))
			if err != nil {
				t.Fatalf("the lists were there: %v", err)
			}
			w.passes(t, document)
			w.pki.SetFault(demopki.CRLService, f)
			missing := new(*signing.EvidenceError)
			if _, err := made(t, w.request(t, demopki.DefaultBaseURL+"/tsa")); !errors.As(err, missing) {
				t.Errorf("%v", err)
			}
			w.pki.SetFault(demopki.OCSPService, demopki.Fault{})
			if document, err = made(t, w.request(t, demopki.DefaultBaseURL+"/tsa")); err == nil {
				w.passes(t, document)
			} else if !errors.As(err, missing) { // the hierarchy's root publishes a list only
				t.Errorf("%v", err)
			}
		})
	}
}

// TestLyingAboutRevocation: an answer to another question, or of long ago, is none.
func TestLyingAboutRevocation(t *testing.T) {
	w := newFaultyWorld(t)
	other, err := w.pki.Person(demopki.Person{})
	if err != nil {
		t.Fatal(err)
	}
	w.pki.SetFault(demopki.CRLService, demopki.Fault{HTTPStatus: 404})
	w.pki.SetFault(demopki.OCSPService, demopki.Fault{Replay: true})
	source := &certs.OnlineRevocation{Fetch: w.client}
	leaf, err := certs.Parse(other.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	certs.Validate(t.Context(), certs.Request{Leaf: leaf, Trust: w.trust, Time: at(), Revocation: source}) // the first answer is about somebody else
	missing := new(*signing.EvidenceError)
	if _, err := made(t, w.request(t, demopki.DefaultBaseURL+"/tsa")); !errors.As(err, missing) {
		t.Errorf("%v", err)
	}
}

// passes verifies with the anchors and nothing else.
func (w *faultyWorld) passes(t *testing.T, document []byte) {
	t.Helper()
	r, err := verify.Document(t.Context(), verify.Input{Content: bytes.NewReader(document), Size: int64(len(document)), Trust: w.trust, Time: at().Add(time.Minute)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Indication != etsi.TotalPassed || !strings.HasSuffix(r.Signatures[0].Level, "LTA") {
		t.Error(fmt.Sprint(r.Indication, r.SubIndication, r.Signatures[0].Level))
	}
}
