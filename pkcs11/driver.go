package pkcs11

import (
	"context"
	"time"
)

// driver is a loaded PKCS#11 library, or whatever stands in for one: the seam below which cgo or a child process lives. Values
// that cross it are plain; errors are ReturnValues. A driver's methods may be called from several goroutines, one session from one.
type driver interface {
	initialize(parameters string) error // C_Initialize with CKF_OS_LOCKING_OK, and the library's own parameters where it wants some
	finalize() error
	unload()
	library() (LibraryInfo, error)
	slots() ([]uint, error) // slots with a token present
	tokenInfo(slot uint) (TokenInfo, error)
	mechanisms(slot uint) ([]uint, error)

	openSession(slot uint, writable bool) (session, error)
	closeSession(session) error
	login(s session, user uint, pin []byte) error // an empty PIN: a person types it at the reader
	logout(session) error

	find(s session, template []attribute, limit int) ([]object, error)
	attributes(s session, o object, types []uint) ([][]byte, error) // a missing attribute is nil
	// sign does C_SignInit, the context log-in when contextPIN isn't nil (at the reader when it is empty), and C_Sign.
	sign(s session, m mechanism, key object, data, contextPIN []byte) ([]byte, error)

	// lanes is how many signatures can be made at a time apart from all other calls, zero where they are calls like others. Each lane has
	// laneDepth seats.
	lanes() int
	// serveLanes begins to do what comes by this process's lanes.
	serveLanes()
	// send queues what sign does without a PIN. The seat is the caller's own until the reply came.
	send(at seatAt, limit time.Duration, s session, m mechanism, key object, data []byte) (reply, error)

	generate(s session, mech uint, public, private []attribute) (pub, priv object, err error)
	create(s session, template []attribute) (object, error)
	destroy(s session, o object) error
	initToken(slot uint, soPIN []byte, label string) error
	initPIN(s session, pin []byte) error

	// abandon gives up on the calls in progress, where the driver has a process of its own that can be killed. It returns at once.
	abandon()
}

// reply is a signature on its way.
type reply interface {
	// receive waits for it. With errStillWorking the context or the time limit ended first, and the caller must call linger.
	receive(ctx context.Context) ([]byte, error)
	// linger waits for the end of the call, and calls hangs when it exceeds the time limit.
	linger(hangs func()) error
	// timedOut says whether the time limit ended it.
	timedOut() bool
}

type (
	session uint
	object  uint
)

// attribute is a CK_ATTRIBUTE; value is bool, uint, string or []byte.
type attribute struct {
	kind  uint
	value any
}

// mechanism is a CK_MECHANISM; pss is set for CKM_RSA_PKCS_PSS.
type mechanism struct {
	kind uint
	pss  *pssParameters
}

// pssParameters are CK_RSA_PKCS_PSS_PARAMS.
type pssParameters struct{ hash, mgf, salt uint }

// LibraryInfo is what a module says of itself (CK_INFO).
type LibraryInfo struct {
	Manufacturer string
	Description  string
	Version      string // of the library
	Cryptoki     string // of the interface
}

// TokenInfo is what a token says of itself (CK_TOKEN_INFO).
type TokenInfo struct {
	Label        string
	Serial       string
	Manufacturer string
	Model        string
	Flags        TokenFlags
	MaxSessions  uint // 0: not limited, or not told
	MinPIN       uint
	MaxPIN       uint
}

// TokenFlags are the flags of CK_TOKEN_INFO that matter here.
type TokenFlags uint

// The flags (PKCS #11 v3.1, 3.2).
const (
	FlagWriteProtected TokenFlags = 0x2
	FlagLoginRequired  TokenFlags = 0x4
	FlagPINSet         TokenFlags = 0x8
	FlagPINPad         TokenFlags = 0x100
	FlagInitialized    TokenFlags = 0x400
	FlagPINCountLow    TokenFlags = 0x10000 // a wrong PIN was given since the last good one
	FlagPINFinalTry    TokenFlags = 0x20000 // one more wrong PIN locks
	FlagPINLocked      TokenFlags = 0x40000
)

// Has says whether all the given flags are set.
func (f TokenFlags) Has(want TokenFlags) bool { return f&want == want }

// Names lists the flags that are set, for people and for JSON.
func (f TokenFlags) Names() []string {
	all := []struct {
		flag TokenFlags
		name string
	}{
		{FlagWriteProtected, "write-protected"},
		{FlagLoginRequired, "login-required"},
		{FlagPINSet, "pin-set"},
		{FlagPINPad, "pin-pad"},
		{FlagInitialized, "initialized"},
		{FlagPINCountLow, "pin-count-low"},
		{FlagPINFinalTry, "pin-final-try"},
		{FlagPINLocked, "pin-locked"},
	}
	out := []string{}
	for _, a := range all {
		if f.Has(a.flag) {
			out = append(out, a.name)
		}
	}
	return out
}

// name is how messages call a token.
func (t TokenInfo) name() string {
	if t.Serial == "" {
		return quote(t.Label)
	}
	return quote(t.Label) + " (serial " + t.Serial + ")"
}

// URI names the token by label and serial.
func (t TokenInfo) URI() URI { return URI{Token: t.Label, Serial: t.Serial} }

// Constants of PKCS #11 v3.1, by their standard names without the prefix.
const (
	classCertificate, classPublicKey, classPrivateKey uint = 1, 2, 3

	keyRSA, keyEC, keyEdwards uint = 0, 3, 0x40

	attrClass, attrToken, attrPrivate, attrLabel, attrValue uint = 0, 1, 2, 3, 0x11
	attrCertificateType, attrIssuer, attrSerialNumber       uint = 0x80, 0x81, 0x82
	attrKeyType, attrSubject, attrID, attrSensitive         uint = 0x100, 0x101, 0x102, 0x103
	attrEncrypt, attrDecrypt, attrWrap, attrUnwrap          uint = 0x104, 0x105, 0x106, 0x107
	attrSign, attrVerify, attrDerive                        uint = 0x108, 0x10A, 0x10C
	attrModulus, attrModulusBits, attrPublicExponent        uint = 0x120, 0x121, 0x122
	attrExtractable                                         uint = 0x162
	attrECParams, attrECPoint, attrAlwaysAuthenticate       uint = 0x180, 0x181, 0x202

	mechRSAKeyPair, mechRSAPKCS, mechRSARaw, mechRSAPSS     uint = 0, 1, 3, 0xD
	mechECKeyPair, mechECDSA, mechEdwardsKeyPair, mechEdDSA uint = 0x1040, 0x1041, 0x1055, 0x1057

	userSO, userNormal uint = 0, 1
)
