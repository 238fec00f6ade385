package phone

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"
)

// SIMA is AzInTelecom's application SİMA İmza in its web2app protocol, version 1.3, as its public clients speak it: the person scans a code or follows
// a link that holds a signed container; the application fetches the document from the address in it, signs it as a whole and posts it back.
// The service itself is not asked for anything, so the program needs no way out.
type SIMA struct{ o SIMAOptions }

// SIMAOptions configure SIMA. Every field but IconURL and RedirectURL is required.
type SIMAOptions struct {
	// BaseURL is where Handler is reached from the internet: https, without query; an operation's addresses begin with it.
	BaseURL    string
	ClientID   int    // given by the operator
	ClientName string // given by the operator; printable ASCII
	MasterKey  []byte // ReadMasterKey
	IconURL    string // shown by the application
	// RedirectURL is where the application sends the person back to.
	RedirectURL string
}

// MinMasterKey is the shortest master key that is taken, in bytes.
const MinMasterKey = 8

// maxMasterKey bounds the file of one.
const maxMasterKey = 4096

// NewSIMA checks the options.
func NewSIMA(o SIMAOptions) (*SIMA, error) {
	base, err := url.Parse(o.BaseURL)
	if err != nil || base.Scheme != "https" || base.Host == "" || base.RawQuery != "" || base.Fragment != "" || base.User != nil {
		return nil, fmt.Errorf("phone: SİMA: the base URL %q is not https without a query", o.BaseURL)
	}
	if o.ClientID <= 0 || o.ClientName == "" {
		return nil, errors.New("phone: SİMA: client id and name are required")
	}
	if len(o.MasterKey) < MinMasterKey {
		return nil, fmt.Errorf("phone: SİMA: a master key of %d bytes is none", len(o.MasterKey))
	}
	for _, s := range []string{o.BaseURL, o.ClientName, o.IconURL, o.RedirectURL} {
		if !plain(s) {
			return nil, fmt.Errorf("phone: SİMA: %q holds a character that writers of JSON spell differently", s)
		}
	}
	o.BaseURL = strings.TrimRight(o.BaseURL, "/")
	return &SIMA{o}, nil
}

// plain says whether every writer of JSON spells a text alike: the public clients escape other characters in different ways, and the HMAC is over the
// spelling.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || strings.IndexByte(`"\&<>+'`+"`", c) >= 0 {
			return false
		}
	}
	return true
}

// ReadMasterKey reads the master key, alone in a file that nobody else can read; white space around it does not count.
func ReadMasterKey(path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // the administrator's own file
	if err != nil {
		return nil, fmt.Errorf("phone: the master key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("phone: the master key: %w", err)
	}
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o177 != 0 {
		return nil, fmt.Errorf("phone: the master key: others may read %s (mode %#o); make it 0600", path, info.Mode().Perm())
	}
	b, err := io.ReadAll(io.LimitReader(f, maxMasterKey+1))
	if err != nil {
		return nil, fmt.Errorf("phone: the master key: %w", err)
	}
	key := bytes.TrimSpace(b)
	if len(b) > maxMasterKey || len(key) < MinMasterKey {
		return nil, fmt.Errorf("phone: the master key in %s is empty or too long", path)
	}
	return key, nil
}

// Container is what the code holds: what is asked, and the client's word for it.
type Container struct {
	Signable SignableContainer `json:"SignableContainer"`
	Header   ContainerHeader   `json:"Header"`
}

// ContainerHeader authenticates a Container.
type ContainerHeader struct {
	AlgName   string `json:"AlgName"`
	Signature []byte `json:"Signature"` // HMAC-SHA256 with the master key over the SHA-256 of the compact SignableContainer
}

// SignableContainer says what is asked of the person. The order of the fields is part of what is authenticated.
type SignableContainer struct {
	ProtoInfo struct {
		Name    string
		Version string
	}
	OperationInfo struct {
		Type        string // "Sign" or "Auth"
		OperationID string `json:"OperationId"`
		NbfUTC      int64  // not before, in seconds since 1970
		ExpUTC      int64  // not after
		Assignee    []string
	}
	DataInfo struct {
		DataURI string
	}
	ClientInfo struct {
		ClientID    int `json:"ClientId"`
		ClientName  string
		IconURI     string
		Callback    string
		RedirectURI string
		HostName    []string `json:",omitempty"`
	}
}

// simaClock is by how much a phone's clock may be behind.
const simaClock = time.Minute

// The protocol's words.
const (
	simaName    = "sima"
	simaProto   = "web2app"
	simaVersion = "1.3"
	simaHMAC    = "HMACSHA256"
	simaSign    = "Sign"
	simaApp     = "sima://web-to-app?data="
)

// Name implements Provider.
func (s *SIMA) Name() string { return simaName }

// First implements Provider: the application signs whole documents.
func (s *SIMA) First() Step { return StepDocument }

// Poll implements Provider: the application calls back.
func (s *SIMA) Poll(context.Context, Step, string) (Answer, error) { return Answer{}, nil }

// Start implements Provider. Code and link are two ways to the same container.
func (s *SIMA) Start(_ context.Context, t Task) (Shown, error) {
	payload, err := s.Payload(t)
	if err != nil {
		return Shown{}, err
	}
	address := s.address(t) + "/?tsquery=" + payload // as the public clients write it, without escapes
	return Shown{Remote: string(t.Operation), QR: address, Link: simaApp + address}, nil
}

// address is where a phone finds an operation: its name and the secret that only the code holds.
func (s *SIMA) address(t Task) string {
	return s.o.BaseURL + "/" + string(t.Operation) + "/" + t.Secret
}

// Payload is the container in Base64.
func (s *SIMA) Payload(t Task) (string, error) {
	var c SignableContainer
	c.ProtoInfo.Name, c.ProtoInfo.Version = simaProto, simaVersion
	c.OperationInfo.Type, c.OperationInfo.OperationID, c.OperationInfo.Assignee = simaSign, string(t.Operation), []string{t.FIN}
	c.OperationInfo.NbfUTC, c.OperationInfo.ExpUTC = t.Created.Add(-simaClock).Unix(), t.Expires.Unix()
	c.DataInfo.DataURI = s.address(t) + "/data"
	c.ClientInfo.ClientID, c.ClientInfo.ClientName, c.ClientInfo.IconURI = s.o.ClientID, s.o.ClientName, s.o.IconURL
	c.ClientInfo.Callback, c.ClientInfo.RedirectURI = s.address(t)+"/callback", s.o.RedirectURL
	signature, err := s.authenticate(c)
	if err != nil {
		return "", err
	}
	b, err := compact(Container{Signable: c, Header: ContainerHeader{AlgName: simaHMAC, Signature: signature}})
	return base64.StdEncoding.EncodeToString(b), err
}

// authenticate makes the HMAC over the hash of the container.
func (s *SIMA) authenticate(c SignableContainer) ([]byte, error) {
	b, err := compact(c)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b)
	mac := hmac.New(sha256.New, s.o.MasterKey)
	mac.Write(sum[:])
	return mac.Sum(nil), nil
}

// compact writes JSON without white space between its parts.
func compact(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// check says whether a container that a phone shows is one that was made here.
func (s *SIMA) check(payload string) (*SignableContainer, error) {
	b, err := base64.StdEncoding.DecodeString(payload)
	if err != nil || len(b) > maxContainer {
		return nil, errors.New("phone: SİMA: the container is not in Base64, or too long")
	}
	var c Container
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return nil, fmt.Errorf("phone: SİMA: the container: %w", err)
	}
	want, err := s.authenticate(c.Signable)
	if err != nil {
		return nil, err
	}
	if c.Header.AlgName != simaHMAC || !hmac.Equal(want, c.Header.Signature) {
		return nil, errors.New("phone: SİMA: the container was not made here")
	}
	return &c.Signable, nil
}

// maxContainer bounds a container, in bytes.
const maxContainer = 8192
