package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	thirdparty "mohur/third_party"
)

//go:embed static
var staticFiles embed.FS

// staticHandler serves the stylesheet, the seal and htmx from memory, each with an entity tag.
func staticHandler() (http.Handler, error) {
	content := map[string]string{"htmx.js": thirdparty.HTMX()}
	entries, err := fs.ReadDir(staticFiles, "static")
	if err != nil {
		return nil, fmt.Errorf("web: static files: %w", err)
	}
	for _, e := range entries {
		b, err := staticFiles.ReadFile(path.Join("static", e.Name()))
		if err != nil {
			return nil, fmt.Errorf("web: static files: %w", err)
		}
		content[e.Name()] = string(b)
	}
	tags := map[string]string{}
	for name, text := range content {
		sum := sha256.Sum256([]byte(text))
		tags[name] = `"` + hex.EncodeToString(sum[:8]) + `"`
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/static/")
		text, ok := content[name]
		if !ok || r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", contentType(name))
		h.Set("ETag", tags[name])
		h.Set("Cache-Control", "public, max-age=300, must-revalidate")
		if r.Header.Get("If-None-Match") == tags[name] {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, text)
		}
	}), nil
}

// contentType names the type by the ending, without asking the machine's own table.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(path.Ext(name))
}
