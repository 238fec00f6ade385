// Package phonetest simulates what stands behind internal/phone: a SIM service that is asked by number, and the application on a person's phone that
// signs whole documents. It is for tests, and knows nothing but the protocols.
package phonetest

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"mohur/internal/phone"
)

// SIM is an asynchronous SIM service that knows one person.
type SIM struct {
	Certificate []byte // DER
	Key         crypto.Signer
	Number      string
	Polls       int   // how often it is asked before it answers
	Fail        error // the person's answer, instead of a value

	mu    sync.Mutex
	tasks map[string]*simTask
}

type simTask struct {
	task  phone.Task
	asked int
}

// Name implements phone.Provider.
func (s *SIM) Name() string { return "simulated" }

// First implements phone.Provider.
func (s *SIM) First() phone.Step { return phone.StepCertificate }

// Start implements phone.Provider. The code is the end of the hash, as such services show it.
func (s *SIM) Start(_ context.Context, t phone.Task) (phone.Shown, error) {
	if t.Number != s.Number {
		return phone.Shown{}, phone.ErrUnknown
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tasks == nil {
		s.tasks = map[string]*simTask{}
	}
	remote := fmt.Sprintf("%s-%d", t.Step, len(s.tasks))
	s.tasks[remote] = &simTask{task: t}
	shown := phone.Shown{Remote: remote}
	if n := len(t.Hash); n >= 2 {
		shown.Code = fmt.Sprintf("%02X%02X", t.Hash[n-2], t.Hash[n-1])
	}
	return shown, nil
}

// Poll implements phone.Provider.
func (s *SIM) Poll(_ context.Context, step phone.Step, remote string) (phone.Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tasks[remote]
	if t == nil || t.task.Step != step {
		return phone.Answer{}, errors.New("phonetest: no such task")
	}
	if t.asked++; t.asked <= s.Polls {
		return phone.Answer{}, nil
	}
	if step == phone.StepCertificate {
		return phone.Answer{Certificate: s.Certificate}, nil
	}
	if s.Fail != nil {
		return phone.Answer{}, s.Fail
	}
	value, err := s.Key.Sign(rand.Reader, t.task.Hash, t.task.Digest.Hash())
	return phone.Answer{Value: value}, err
}

// App is the application on a phone, SİMA's protocol.
type App struct {
	Client      *http.Client
	Certificate []byte // DER, of an ECDSA key
	Key         crypto.Signer
	Now         func() time.Time
	// Sign signs a document as a whole.
	Sign func(document []byte) ([]byte, error)
}

// Scan does what the application does with a code: it reads the container, fetches the document, signs it and posts it back. It returns the
// status of the last answer.
func (a *App) Scan(ctx context.Context, code string) (int, error) {
	c, err := Container(code)
	if err != nil {
		return 0, err
	}
	if now := a.Now().Unix(); now < c.OperationInfo.NbfUTC || now > c.OperationInfo.ExpUTC {
		return 0, errors.New("phonetest: the code is over")
	}
	document, status, err := a.Fetch(ctx, c.DataInfo.DataURI)
	if err != nil || status != http.StatusOK {
		return status, err
	}
	signed, err := a.Sign(document)
	if err != nil {
		return 0, err
	}
	return a.Return(ctx, c, signed)
}

// Container reads a code's container without judging it.
func Container(code string) (*phone.SignableContainer, error) {
	_, payload, ok := strings.Cut(strings.TrimPrefix(code, "sima://web-to-app?data="), "?tsquery=")
	if !ok {
		return nil, errors.New("phonetest: no container in the code")
	}
	b, err := base64.StdEncoding.DecodeString(payload)
	if err != nil {
		return nil, err
	}
	var c phone.Container
	return &c.Signable, json.Unmarshal(b, &c)
}

// Fetch gets the document.
func (a *App) Fetch(ctx context.Context, address string) ([]byte, int, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, 0, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, 0, err
	}
	body, status, err := a.send(r, []byte(u.RequestURI()))
	if err != nil || status != http.StatusOK {
		return nil, status, err
	}
	var answer struct {
		Filename string `json:"filename"`
		Data     []byte `json:"data"`
	}
	return answer.Data, status, errors.Join(json.Unmarshal(body, &answer), ctx.Err())
}

// Return posts a signed document.
func (a *App) Return(ctx context.Context, c *phone.SignableContainer, signed []byte) (int, error) {
	sum := sha256.Sum256(signed)
	body, err := json.Marshal(map[string]any{
		"Type": c.OperationInfo.Type, "OperationId": c.OperationInfo.OperationID, "DataSignature": signed, "SignedDataHash": sum[:], "AlgName": "SHA256withECDSA",
	})
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.ClientInfo.Callback, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	_, status, err := a.send(r, body)
	return status, err
}

// send signs a request as the application does and sends it.
func (a *App) send(r *http.Request, signed []byte) ([]byte, int, error) {
	sum := sha256.Sum256(signed)
	value, err := a.Key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		return nil, 0, err
	}
	r.Header.Set("ts-cert", base64.StdEncoding.EncodeToString(a.Certificate))
	r.Header.Set("ts-sign-alg", "SHA256withECDSA")
	r.Header.Set("ts-sign", base64.StdEncoding.EncodeToString(value))
	answer, err := a.Client.Do(r)
	if err != nil {
		return nil, 0, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 64<<20))
	return body, answer.StatusCode, err
}
