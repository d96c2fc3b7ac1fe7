package dashboard

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// pages serves the built pages: their files, and a document for the paths the pages themselves understand.
type pages struct {
	files map[string]*file
}

// file is one file, ready to be sent. The build has compressed what is large; anything else is, once, when it is first asked for.
type file struct {
	content func() content
	kind    string
	// forever says that the name changes with the content, so that browsers need never ask again.
	forever bool
}

type content struct {
	plain, gzipped []byte // gzipped is empty where it saves nothing
	tag            string
	err            error
}

const indexPage = "index.html"

// pagePaths are the paths that the pages understand. The browser asks for them when somebody opens a link or loads a
// page again.
var pagePaths = []string{"/", "/explore", "/path", "/trace", "/quarantine", "/tail", "/login", "/d"}

// pagePrefix goes on with a dashboard's name.
const pagePrefix = "/d/"

// fileKinds are the types of the files that a build makes. A file of another kind is not served: what the
// machine's own table of types says of it would differ from host to host.
var fileKinds = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml", ".json": "application/json", ".webmanifest": "application/manifest+json", ".txt": "text/plain; charset=utf-8",
	".png": "image/png", ".ico": "image/x-icon", ".woff2": "font/woff2",
}

// newPages reads which files there are; built may be nil when the pages were not built.
func newPages(built fs.FS) (*pages, error) {
	p := &pages{files: map[string]*file{}}
	if built == nil {
		return p, nil
	}
	err := fs.WalkDir(built, ".", func(name string, entry fs.DirEntry, err error) error {
		kind := fileKinds[path.Ext(name)]
		if err != nil || entry.IsDir() || kind == "" {
			return err
		}
		p.files[name] = &file{
			kind: kind, forever: strings.HasPrefix(name, "assets/"),
			content: sync.OnceValue(func() content { return load(built, name) }),
		}
		return nil
	})
	return p, err
}

func load(files fs.FS, name string) content {
	plain, err := fs.ReadFile(files, name)
	if err != nil {
		return content{err: err}
	}
	sum := sha256.Sum256(plain)
	c := content{plain: plain, tag: `"` + hex.EncodeToString(sum[:12]) + `"`}
	packed, err := fs.ReadFile(files, name+packedEnd)
	if err != nil {
		packed, err = pack(plain, gzip.BestCompression)
	}
	if err == nil && len(packed) < len(plain)*9/10 {
		c.gzipped = packed
	}
	return c
}

// packedEnd is what the build puts behind the name of a file that it has compressed.
const packedEnd = ".gz"

func pack(plain []byte, level int) ([]byte, error) {
	var packed bytes.Buffer
	writer, err := gzip.NewWriterLevel(&packed, level)
	if err != nil {
		return nil, err
	}
	if _, err := writer.Write(plain); err != nil {
		return nil, err
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

const notBuilt = `The pages are not in this build of penstock: it was made without npm.
Install Node 20 and run ` + "`make build`" + `. The API works without them: docs/api.md.
`

// serve answers with a file, or for a page's path with the document; first makes what is put into that.
func (p *pages) serve(w http.ResponseWriter, r *http.Request, first func() []byte) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		text(w, http.StatusMethodNotAllowed, "Pages are read with GET.\n")
		return
	}
	if isPage(r.URL.Path) {
		p.serveDocument(w, r, http.StatusOK, first)
		return
	}
	found := p.files[strings.TrimPrefix(r.URL.Path, "/")]
	if found == nil && opensPage(r) {
		p.serveDocument(w, r, http.StatusNotFound, first)
		return
	}
	if found == nil {
		text(w, http.StatusNotFound, "There is nothing here.\n")
		return
	}
	found.serve(w, r)
}

// opensPage says whether a browser asks for a page to show to somebody, who may have mistyped its address: the document
// says so, and leads on. Programs and a page's own requests for a file get a line of text.
func opensPage(r *http.Request) bool {
	return path.Ext(r.URL.Path) == "" && strings.Contains(r.Header.Get("Accept"), "text/html")
}

func (p *pages) serveDocument(w http.ResponseWriter, r *http.Request, status int, first func() []byte) {
	index := p.files[indexPage]
	if index == nil {
		text(w, http.StatusNotFound, notBuilt)
		return
	}
	c := index.content()
	if c.err != nil {
		unreadable(w)
		return
	}
	document(w, r, status, c.plain, first())
}

func unreadable(w http.ResponseWriter) {
	text(w, http.StatusInternalServerError, "This file cannot be read.\n")
}

func isPage(of string) bool {
	for _, page := range pagePaths {
		if of == page {
			return true
		}
	}
	return strings.HasPrefix(of, pagePrefix) && !strings.Contains(of[len(pagePrefix):], "/")
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	c := f.content()
	if c.err != nil {
		unreadable(w)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "no-cache")
	if f.forever {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body, tag := c.plain, c.tag
	if len(c.gzipped) > 0 && acceptsGzip(r.Header.Get("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		body, tag = c.gzipped, strings.TrimSuffix(c.tag, `"`)+`-gzip"` // another representation, another tag
	}
	h.Set("ETag", tag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// acceptsGzip reads an Accept-Encoding header (RFC 9110, 12.5.3), of which only gzip matters here.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, weight, _ := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			continue
		}
		weight = strings.ReplaceAll(weight, " ", "")
		return !strings.HasPrefix(weight, "q=0") || strings.Trim(weight[len("q=0"):], ".0") != ""
	}
	return false
}

func text(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, message)
}
