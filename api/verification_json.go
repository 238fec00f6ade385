package api

import "net/http"

// receiveJSON reads a verification in JSON: documents in base64, streamed to temporary files; digests in place of files that a detached
// signature speaks of; and the parameters of the address under the same names.
func (s *server) receiveJSON(w http.ResponseWriter, r *http.Request, q *wishes) (*received, error) {
	g, u := &received{}, s.newUpload(w, r)
	err := u.j.object("#", func(key, at string) (err error) {
		switch key {
		case "file":
			var d *jsonDocument
			if d, err = u.jsonDocument(at); err == nil && d != nil {
				if g.file = d.file; d.algorithm != "" || d.digest != "" {
					err = &jsonError{at, faultEither}
				}
			}
		case "detached":
			err = u.j.array(at, func(at string) error { return u.jsonDetached(g, at) })
		case "password":
			var text string
			if err = u.j.scalar(at, &text); err == nil && text != "" {
				g.password = []byte(text)
			}
		default:
			err = u.jsonWish(r, q, key, at)
		}
		return err
	})
	g.taken = u.taken
	if err == nil {
		err = u.j.end()
	}
	if err == nil && (g.file == nil || g.file.size == 0) {
		err = errNoFile
	}
	return g, err
}

// jsonDocument is a document of a JSON verification: its content, or the digest of a file that is not sent.
type jsonDocument struct {
	file                    *spooled
	name, algorithm, digest string
}

// jsonDocument reads one; nil for null.
func (u *upload) jsonDocument(at string) (*jsonDocument, error) {
	if absent, err := u.j.null(); absent || err != nil {
		return nil, err
	}
	d := &jsonDocument{}
	err := u.j.object(at, func(key, at string) (err error) {
		switch key {
		case "name":
			err = u.j.scalar(at, &d.name)
		case "content":
			d.file, err = u.file(at)
		case "digestAlgorithm":
			err = u.j.scalar(at, &d.algorithm)
		case "digest":
			err = u.j.scalar(at, &d.digest)
		default:
			err = &jsonError{at, faultKey}
		}
		return err
	})
	if d.file != nil {
		d.file.name = d.name
	}
	return d, err
}

// jsonDetached takes one file beside the signature, or its digest.
func (u *upload) jsonDetached(g *received, at string) error {
	d, err := u.jsonDocument(at)
	if err != nil || d == nil {
		return err
	}
	if d.file != nil {
		if d.digest != "" || d.algorithm != "" {
			return &jsonError{at, faultEither}
		}
		g.detached = append(g.detached, d.file)
		return nil
	}
	h, err := hashOnly(d.name, d.algorithm, d.digest, at+"/digest")
	if err == nil {
		g.hashes = append(g.hashes, h)
	}
	return err
}

// jsonWish takes a parameter: a text, or for reports also a list of texts; null is as if it were not there.
func (u *upload) jsonWish(r *http.Request, q *wishes, key, at string) error {
	var value string
	b, err := u.j.next()
	if err != nil {
		return err
	}
	if b == '[' {
		err = u.j.array(at, func(at string) error {
			var one string
			err := u.j.scalar(at, &one)
			if value != "" {
				value += ","
			}
			value += one
			return err
		})
	} else {
		err = u.j.scalar(at, &value)
	}
	if err != nil || value == "" {
		return err
	}
	if p := u.s.wish(r, q, key, value); p != nil {
		return &wishError{*p}
	}
	return nil
}
