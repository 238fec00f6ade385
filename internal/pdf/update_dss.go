package pdf

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"slices"
)

// AddDSS adds certificates, OCSP responses and CRLs (DER) to the document security store, making one when there is none (ISO 32000-2, 12.8.4.3;
// ETSI EN 319 142-1, 5.4.2.2), and returns how many were not there yet. What the store holds stays, VRI entries too; none is added, since
// they are optional and say nothing that the arrays do not.
func (u *Update) AddDSS(certificates, responses, lists [][]byte) (int, error) {
	have, err := u.doc.DSS()
	if err != nil {
		return 0, err
	}
	if have == nil {
		have = &DSS{}
	}
	root, _ := u.doc.Root()
	catalog := u.Dict(root)
	store := u.Dict(catalog["DSS"])
	if store == nil {
		store = Dict{"Type": Name("DSS")}
	}
	added := 0
	for _, part := range []struct {
		key      Name
		old, new [][]byte
	}{{"Certs", have.Certs, certificates}, {"OCSPs", have.OCSPs, responses}, {"CRLs", have.CRLs, lists}} {
		refs, err := u.addValues(part.old, part.new)
		if err != nil {
			return 0, err
		}
		if added += len(refs); len(refs) > 0 {
			list, _ := u.Resolve(store[part.key]).(Array)
			store[part.key] = append(slices.Clone(list), refs...)
		}
	}
	if added == 0 {
		return 0, nil
	}
	if r, ok := catalog["DSS"].(Ref); ok {
		u.Set(r, store)
	} else {
		catalog["DSS"] = u.Add(store)
		u.Set(root, catalog)
	}
	u.developerExtension()
	return added, nil
}

// addValues makes a stream of each value that is not there yet.
func (u *Update) addValues(old, values [][]byte) (Array, error) {
	var out Array
	seen := map[string]bool{}
	for _, v := range old {
		seen[string(v)] = true
	}
	for _, v := range values {
		if seen[string(v)] {
			continue
		}
		seen[string(v)] = true
		s, err := deflated(v)
		if err != nil {
			return nil, err
		}
		out = append(out, u.Add(s))
	}
	return out, nil
}

// deflated makes a stream, compressed where that makes it shorter: lists of revoked certificates are long.
func deflated(data []byte) (*Stream, error) {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		return nil, fmt.Errorf("pdf: compress: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("pdf: compress: %w", err)
	}
	if b.Len() >= len(data) {
		return NewStream(nil, data), nil
	}
	return NewStream(Dict{"Filter": Name("FlateDecode")}, b.Bytes()), nil
}

// developerExtension declares the store and document timestamps in a document that is older than PDF 2.0 (ISO 32000-1, 7.12; ETSI EN 319
// 142-1, 5.6).
func (u *Update) developerExtension() {
	if u.doc.Version() >= "2.0" {
		return
	}
	root, _ := u.doc.Root()
	catalog := u.Dict(root)
	extensions := u.Dict(catalog["Extensions"])
	if extensions == nil {
		extensions = Dict{}
	}
	if extensions["ESIC"] != nil {
		return
	}
	extensions["ESIC"] = Dict{"BaseVersion": Name("1.7"), "ExtensionLevel": Integer(1)}
	if r, ok := catalog["Extensions"].(Ref); ok {
		u.Set(r, extensions)
		return
	}
	catalog["Extensions"] = extensions
	u.Set(root, catalog)
}
