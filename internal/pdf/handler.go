package pdf

import (
	"crypto/md5"
	"crypto/rc4"
	"crypto/subtle"
)

// passwordPad fills a password up to 32 bytes (ISO 32000-1, 7.6.3.3, algorithm 2).
const passwordPad = "\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A"

// standard is the encryption dictionary of the standard security handler (ISO 32000-2, table 21).
type standard struct {
	v, r, length int
	o, u, oe, ue []byte
	p            int32
	id           []byte
	encryptMeta  bool
	filters      map[Name]cryptMethod
	stmf, strf   cryptMethod
}

// openEncryption reads /Encrypt and opens it with the empty or the given password.
func (d *Document) openEncryption() error {
	o, ok := d.Trailer()["Encrypt"]
	if !ok {
		return nil
	}
	ref, _ := o.(Ref)
	dict := d.dict(o)
	handler := string(d.name(dict["Filter"]))
	if handler != "Standard" {
		return &EncryptionError{Handler: handler, Msg: "only password encryption can be opened"}
	}
	h, err := d.readStandard(dict)
	if err != nil {
		return err
	}
	e := &Encryption{
		ref: ref, revision: h.r, Permissions: h.p, strings: h.strf, streams: h.stmf, filters: h.filters, encryptMetadata: h.encryptMeta,
	}
	passwords := [][]byte{nil}
	if len(d.file.password) > 0 {
		passwords = append(passwords, d.file.password)
		if old := latin1(string(d.file.password)); h.r < 5 && len(old) < len(d.file.password) {
			passwords = append(passwords, old)
		}
	}
	for _, pw := range passwords {
		key, owner, err := h.open(pw)
		if err != nil {
			return err
		}
		if key != nil {
			e.key, e.Owner = key, owner
			d.file.enc = e
			d.forget()
			return nil
		}
	}
	return ErrPassword
}

// latin1 is how older revisions want a password (PDFDocEncoding, which is Latin-1 for the letters it can matter for); what has no place there
// becomes a question mark, as in the programs of that time.
func latin1(s string) []byte {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xff {
			r = '?'
		}
		out = append(out, byte(r))
	}
	return out
}

// forget drops what was read before the key was known.
func (d *Document) forget() {
	clear(d.file.objects)
	clear(d.file.members)
	d.file.cached = 0
}

func (d *Document) readStandard(dict Dict) (*standard, error) {
	num := func(k Name, def int64) int {
		if n, ok := d.integer(dict[k]); ok {
			def = n
		}
		return int(int32(def))
	}
	text := func(k Name) []byte { s, _ := d.Resolve(dict[k]).(String); return s }
	h := &standard{
		v: num("V", 0), r: num("R", 0), length: num("Length", 40), p: int32(num("P", 0)),
		o: text("O"), u: text("U"), oe: text("OE"), ue: text("UE"), encryptMeta: true,
		filters: map[Name]cryptMethod{"Identity": cryptNone},
	}
	if b, ok := d.Resolve(dict["EncryptMetadata"]).(Bool); ok {
		h.encryptMeta = bool(b)
	}
	h.id, _ = d.ID()
	bad := func(msg string) (*standard, error) { return nil, &EncryptionError{Handler: "Standard", Msg: msg} }
	switch {
	case h.v == 1 || h.v == 2:
		h.stmf, h.strf = cryptRC4, cryptRC4
	case h.v == 4 || h.v == 5:
		if msg := d.cryptFilters(dict, h); msg != "" {
			return bad(msg)
		}
	default:
		return bad("unknown /V")
	}
	if h.v == 1 {
		h.length = 40
	}
	if h.v == 4 {
		h.length = 128
	}
	if h.length < 40 || h.length > 256 || h.length%8 != 0 {
		return bad("bad /Length")
	}
	if h.r < 2 || h.r > 6 || (h.v == 5) != (h.r >= 5) {
		return bad("unknown /R")
	}
	least := 32
	if h.r >= 5 {
		least = 48
		if len(h.oe) < 32 || len(h.ue) < 32 {
			return bad("short /OE or /UE")
		}
	}
	if len(h.o) < least || len(h.u) < least {
		return bad("short /O or /U")
	}
	return h, nil
}

// cryptFilters reads /CF, /StmF and /StrF (7.6.6); a message says what is wrong.
func (d *Document) cryptFilters(dict Dict, h *standard) string {
	for name, o := range d.dict(dict["CF"]) {
		switch d.name(d.dict(o)["CFM"]) {
		case "V2":
			h.filters[name] = cryptRC4
		case "AESV2":
			h.filters[name] = cryptAES128
		case "AESV3":
			h.filters[name] = cryptAES256
		case "None", "":
			h.filters[name] = cryptNone
		default:
			return "unknown crypt filter method"
		}
		if m := h.filters[name]; m != cryptNone && (m == cryptAES256) != (h.v == 5) {
			return "crypt filter does not fit /V"
		}
	}
	h.filters["Identity"] = cryptNone
	for key, to := range map[Name]*cryptMethod{"StmF": &h.stmf, "StrF": &h.strf} {
		n := d.name(dict[key])
		m, ok := h.filters[n]
		if !ok && n != "" {
			return "unknown crypt filter"
		}
		*to = m
	}
	return ""
}

// open tries a password as the user's, then as the owner's; a nil key means that it is neither.
func (h *standard) open(password []byte) (key []byte, owner bool, err error) {
	if h.r >= 5 {
		return h.open256(password)
	}
	if key = h.userKey(password); h.userMatches(key) {
		return key, false, nil
	}
	if key = h.userKey(h.userPassword(password)); h.userMatches(key) {
		return key, true, nil
	}
	return nil, false, nil
}

func padded(password []byte) []byte {
	return append(append([]byte(nil), password...), passwordPad...)[:32]
}

// userKey is algorithm 2.
func (h *standard) userKey(password []byte) []byte {
	m := md5.New()
	m.Write(padded(password))
	m.Write(h.o[:32])
	m.Write([]byte{byte(h.p), byte(h.p >> 8), byte(h.p >> 16), byte(h.p >> 24)})
	m.Write(h.id)
	if h.r >= 4 && !h.encryptMeta {
		m.Write([]byte{0xff, 0xff, 0xff, 0xff})
	}
	n := min(h.length/8, 16)
	if h.r == 2 {
		n = 5
	}
	key := m.Sum(nil)
	if h.r >= 3 {
		for range 50 {
			s := md5.Sum(key[:n])
			key = s[:]
		}
	}
	return key[:n]
}

// userMatches is algorithm 6.
func (h *standard) userMatches(key []byte) bool {
	if h.r == 2 {
		return subtle.ConstantTimeCompare(rc4With(key, []byte(passwordPad), 0), h.u[:32]) == 1
	}
	m := md5.New()
	m.Write([]byte(passwordPad))
	m.Write(h.id)
	v := m.Sum(nil)
	for i := range 20 {
		v = rc4With(key, v, byte(i))
	}
	return subtle.ConstantTimeCompare(v, h.u[:16]) == 1
}

// userPassword is algorithm 7: the user's password out of /O with the owner's.
func (h *standard) userPassword(owner []byte) []byte {
	s := md5.Sum(padded(owner))
	n := min(h.length/8, 16)
	if h.r == 2 {
		n = 5
	}
	key := s[:]
	if h.r == 2 {
		return rc4With(key[:n], h.o[:32], 0)
	}
	for range 50 {
		s = md5.Sum(key)
		key = s[:]
	}
	v := h.o[:32]
	for i := 19; i >= 0; i-- {
		v = rc4With(key[:n], v, byte(i))
	}
	return v
}

// rc4With encrypts with every byte of the key XORed with x.
func rc4With(key, b []byte, x byte) []byte {
	k := make([]byte, len(key))
	for i := range key {
		k[i] = key[i] ^ x
	}
	out := make([]byte, len(b))
	if c, err := rc4.NewCipher(k); err == nil {
		c.XORKeyStream(out, b)
	}
	return out
}
