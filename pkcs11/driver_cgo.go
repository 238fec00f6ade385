//go:build cgo

package pkcs11

import (
	"errors"
	"fmt"
	"time"
	"unsafe"

	p11 "github.com/miekg/pkcs11"
)

// cgoDriver is a library loaded into this process.
type cgoDriver struct {
	path string
	ctx  *p11.Ctx
}

// loadDriver loads a library; pkcs11.New gives nil for anything that is none.
func loadDriver(path string) (driver, error) {
	ctx := p11.New(path)
	if ctx == nil {
		return nil, errors.New("it is no shared library with C_GetFunctionList")
	}
	return &cgoDriver{path, ctx}, nil
}

// value turns the wrapper's error into ours.
func value(err error) error {
	var e p11.Error
	if errors.As(err, &e) {
		return ReturnValue(e)
	}
	return err
}

// initialize hands the parameters on as NSS and those who do as it does want them: a C string in pReserved of CK_C_INITIALIZE_ARGS.
func (d *cgoDriver) initialize(parameters string) error {
	if parameters == "" {
		return value(d.ctx.Initialize())
	}
	text := append([]byte(parameters), 0)
	return value(d.ctx.Initialize(p11.InitializeWithReserved(unsafe.Pointer(&text[0])))) //nolint:gosec // read during the call alone
}

func (d *cgoDriver) finalize() error { return value(d.ctx.Finalize()) }
func (d *cgoDriver) unload()         { d.ctx.Destroy() }

// abandon can do nothing: a call in this process goes on until the library returns.
func (d *cgoDriver) abandon() {}

func (d *cgoDriver) library() (LibraryInfo, error) {
	i, err := d.ctx.GetInfo()
	return LibraryInfo{
		Manufacturer: i.ManufacturerID, Description: i.LibraryDescription,
		Version: version(i.LibraryVersion), Cryptoki: version(i.CryptokiVersion),
	}, value(err)
}

func version(v p11.Version) string { return fmt.Sprintf("%d.%d", v.Major, v.Minor) }

func (d *cgoDriver) slots() ([]uint, error) {
	ids, err := d.ctx.GetSlotList(true)
	return ids, value(err)
}

// manySessions is as good as no limit: some write CK_UNAVAILABLE, some a number near it.
const manySessions = 1 << 16

func (d *cgoDriver) tokenInfo(slot uint) (TokenInfo, error) {
	t, err := d.ctx.GetTokenInfo(slot)
	if err != nil {
		return TokenInfo{}, value(err)
	}
	sessions := t.MaxSessionCount
	if sessions > manySessions {
		sessions = 0
	}
	return TokenInfo{
		Label: t.Label, Serial: t.SerialNumber, Manufacturer: t.ManufacturerID, Model: t.Model, Flags: TokenFlags(t.Flags),
		MaxSessions: sessions, MinPIN: t.MinPinLen, MaxPIN: t.MaxPinLen,
	}, nil
}

func (d *cgoDriver) mechanisms(slot uint) ([]uint, error) {
	list, err := d.ctx.GetMechanismList(slot)
	if err != nil {
		return nil, value(err)
	}
	out := make([]uint, 0, len(list))
	for _, m := range list {
		out = append(out, m.Mechanism)
	}
	return out, nil
}

func (d *cgoDriver) openSession(slot uint, writable bool) (session, error) {
	flags := uint(p11.CKF_SERIAL_SESSION)
	if writable {
		flags |= p11.CKF_RW_SESSION
	}
	s, err := d.ctx.OpenSession(slot, flags)
	return session(s), value(err)
}

func (d *cgoDriver) closeSession(s session) error {
	return value(d.ctx.CloseSession(p11.SessionHandle(s)))
}

func (d *cgoDriver) login(s session, user uint, pin []byte) error {
	if len(pin) == 0 {
		return loginAtPad(d.functions(), s, user)
	}
	return value(d.ctx.Login(p11.SessionHandle(s), user, string(pin)))
}

func (d *cgoDriver) logout(s session) error { return value(d.ctx.Logout(p11.SessionHandle(s))) }

func (d *cgoDriver) find(s session, template []attribute, limit int) ([]object, error) {
	sh := p11.SessionHandle(s)
	if err := d.ctx.FindObjectsInit(sh, attributesOf(template)); err != nil {
		return nil, value(err)
	}
	var out []object
	for len(out) < limit {
		found, _, err := d.ctx.FindObjects(sh, limit-len(out))
		if err != nil {
			return nil, errors.Join(value(err), value(d.ctx.FindObjectsFinal(sh)))
		}
		if len(found) == 0 {
			break
		}
		for _, o := range found {
			out = append(out, object(o))
		}
	}
	return out, value(d.ctx.FindObjectsFinal(sh))
}

// attributes asks for one attribute at a time, since a token that lacks one may refuse the others with it.
func (d *cgoDriver) attributes(s session, o object, types []uint) ([][]byte, error) {
	out := make([][]byte, len(types))
	for i, kind := range types {
		got, err := d.ctx.GetAttributeValue(p11.SessionHandle(s), p11.ObjectHandle(o), []*p11.Attribute{p11.NewAttribute(kind, nil)})
		switch {
		case err == nil && len(got) == 1:
			out[i] = got[0].Value
		case returned(value(err), rvAttributeType) || returned(value(err), 0x11): // not there, or not for our eyes
		case err != nil:
			return nil, value(err)
		}
	}
	return out, nil
}

func (d *cgoDriver) sign(s session, m mechanism, key object, data, contextPIN []byte) ([]byte, error) {
	sh := p11.SessionHandle(s)
	var parameter any
	if m.pss != nil {
		parameter = p11.NewPSSParams(m.pss.hash, m.pss.mgf, m.pss.salt)
	}
	if err := d.ctx.SignInit(sh, []*p11.Mechanism{p11.NewMechanism(m.kind, parameter)}, p11.ObjectHandle(key)); err != nil {
		return nil, value(err)
	}
	if contextPIN != nil {
		if err := d.login(s, p11.CKU_CONTEXT_SPECIFIC, contextPIN); err != nil {
			return nil, err
		}
	}
	sig, err := d.ctx.Sign(sh, data)
	return sig, value(err)
}

// functions is the library's function list, as the wrapper holds it: struct ctx { void *handle; CK_FUNCTION_LIST_PTR sym; } behind Ctx's only
// field. Asking the library again would not do, because some (p11-kit's client) make a new list, not initialised, for each who asks.
func (d *cgoDriver) functions() unsafe.Pointer {
	c := *(**struct{ handle, sym unsafe.Pointer })(unsafe.Pointer(d.ctx)) //nolint:gosec // go.mod holds the version of which this is true
	return c.sym
}

func (d *cgoDriver) serveLanes() { serveLanes(d.functions()) }

// lanes is none: in this process a signature is a call like others.
func (d *cgoDriver) lanes() int { return 0 }

func (d *cgoDriver) send(seatAt, time.Duration, session, mechanism, object, []byte) (reply, error) {
	return nil, errWire
}

func (d *cgoDriver) generate(s session, mech uint, public, private []attribute) (object, object, error) {
	pub, priv, err := d.ctx.GenerateKeyPair(p11.SessionHandle(s), []*p11.Mechanism{p11.NewMechanism(mech, nil)}, attributesOf(public), attributesOf(private))
	return object(pub), object(priv), value(err)
}

func (d *cgoDriver) create(s session, template []attribute) (object, error) {
	o, err := d.ctx.CreateObject(p11.SessionHandle(s), attributesOf(template))
	return object(o), value(err)
}

func (d *cgoDriver) destroy(s session, o object) error {
	return value(d.ctx.DestroyObject(p11.SessionHandle(s), p11.ObjectHandle(o)))
}

func (d *cgoDriver) initToken(slot uint, soPIN []byte, label string) error {
	return value(d.ctx.InitToken(slot, string(soPIN), label))
}

func (d *cgoDriver) initPIN(s session, pin []byte) error {
	return value(d.ctx.InitPIN(p11.SessionHandle(s), string(pin)))
}

// attributesOf converts a template; its values are bool, uint, string or []byte, which NewAttribute takes.
func attributesOf(template []attribute) []*p11.Attribute {
	out := make([]*p11.Attribute, 0, len(template))
	for _, a := range template {
		out = append(out, p11.NewAttribute(a.kind, a.value))
	}
	return out
}
