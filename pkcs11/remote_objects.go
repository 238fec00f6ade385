package pkcs11

import "time"

func (r *remote) find(s session, template []attribute, limit int) (found []object, err error) {
	err = r.ask(opFind, r.limits.Call, func(f *fields) {
		f.number(uint(s))
		f.template(template)
		f.number(uint(limit)) //nolint:gosec // a limit is positive
	}, func(m *message) {
		for _, h := range m.numbers() {
			found = append(found, object(h))
		}
	})
	return found, err
}

func (r *remote) attributes(s session, o object, types []uint) (values [][]byte, err error) {
	err = r.ask(opAttributes, r.limits.Call, func(f *fields) {
		f.number(uint(s))
		f.number(uint(o))
		f.numbers(types)
	}, func(m *message) {
		for range m.count() {
			values = append(values, m.bytes())
		}
	})
	if err == nil && len(values) != len(types) {
		return nil, errWire
	}
	return values, err
}

// sign may wait for a person; the caller's own time limit for a signature comes first and ends it by abandon.
func (r *remote) sign(s session, how mechanism, key object, data, contextPIN []byte) (signature []byte, err error) {
	ask := r.ask
	if contextPIN != nil {
		ask = r.try
	}
	err = ask(opSign, max(r.limits.PINPad, r.limits.Login), func(f *fields) {
		f.number(uint(s))
		f.mechanism(how)
		f.number(uint(key))
		f.bytes(data)
		f.bytes(contextPIN)
	}, func(m *message) { signature = m.bytes() })
	return signature, err
}

func (r *remote) serveLanes() {}

func (r *remote) lanes() int {
	if p, err := r.running(); err == nil {
		return len(p.child.lanes)
	}
	return 0
}

func (r *remote) send(at seatAt, limit time.Duration, s session, how mechanism, key object, data []byte) (reply, error) {
	p, err := r.running()
	if err != nil {
		return nil, err
	}
	if at.lane >= len(p.child.lanes) {
		return nil, errWire
	}
	return p.send(at, limit, s, how, key, data)
}

func (r *remote) generate(s session, mech uint, public, private []attribute) (pub, priv object, err error) {
	err = r.ask(opGenerate, r.limits.Generate, func(f *fields) {
		f.number(uint(s))
		f.number(mech)
		f.template(public)
		f.template(private)
	}, func(m *message) { pub, priv = object(m.uint()), object(m.uint()) })
	return pub, priv, err
}

func (r *remote) create(s session, template []attribute) (o object, err error) {
	err = r.ask(opCreate, r.limits.Call, func(f *fields) {
		f.number(uint(s))
		f.template(template)
	}, func(m *message) { o = object(m.uint()) })
	return o, err
}

func (r *remote) destroy(s session, o object) error {
	return r.ask(opDestroy, r.limits.Call, func(f *fields) {
		f.number(uint(s))
		f.number(uint(o))
	}, nil)
}

func (r *remote) initToken(slot uint, soPIN []byte, label string) error {
	return r.try(opInitToken, r.limits.Generate, func(f *fields) {
		f.number(slot)
		f.bytes(soPIN)
		f.text(label)
	}, nil)
}

func (r *remote) initPIN(s session, pin []byte) error {
	return r.try(opInitPIN, r.limits.Login, func(f *fields) {
		f.number(uint(s))
		f.bytes(pin)
	}, nil)
}
