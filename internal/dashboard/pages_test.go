package dashboard

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/penstock/penstock/internal/access"
)

var builtPages = fstest.MapFS{
	"index.html":           {Data: []byte("<!doctype html><title>Penstock</title>" + strings.Repeat("<p>a page</p>", 50))},
	"icon.svg":             {Data: []byte("<svg/>")},
	"assets/app-1a2b3c.js": {Data: []byte(strings.Repeat("console.log(1);", 100))},
	"assets/app-1a2b3c.md": {Data: []byte("not of a kind that is served")},
}

// open is a server without access rules, with the pages of built.
func open(t *testing.T, built fstest.MapFS) *Server {
	t.Helper()
	deps := Deps{Status: &answers{ready: true}, Ready: &answers{ready: true}}
	if built != nil {
		deps.Pages = built
	}
	server, err := New(config(func(c *Config) { c.Access = access.Rules{} }), deps)
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// ask sends one request, changed by change, to the whole server.
func ask(s *Server, method, path string, change func(*http.Request)) *http.Response {
	request := httptest.NewRequest(method, "http://127.0.0.1:8080"+path, nil)
	if change != nil {
		change(request)
	}
	recorder := httptest.NewRecorder()
	s.handler().ServeHTTP(recorder, request)
	return recorder.Result()
}

func TestPathsOfPagesGetTheIndex(t *testing.T) {
	server := open(t, builtPages)
	for path, found := range map[string]bool{
		"/": true, "/d/orders": true, "/d/": true, "/explore": true, "/path": true, "/trace?key=1": true, "/quarantine": true, "/tail": true, "/login": true,
		"/index.html": true, "/icon.svg": true, "/assets/app-1a2b3c.js": true,
		"/nothing": false, "/d/a/b": false, "/assets/": false, "/assets": false, "/assets/app-1a2b3c.md": false, "/pathx": false,
		"/%2e%2e/go.mod": false, "/assets/..%2f..%2fgo.mod": false, "//etc/passwd": false, "/assets/%00": false, "/.keep": false,
	} {
		response := ask(server, http.MethodGet, path, nil)
		if (response.StatusCode == http.StatusOK) != found {
			t.Errorf("%s: %s", path, response.Status)
		}
		if response.Header.Get("Content-Security-Policy") == "" || response.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: the answer is not protected: %v", path, response.Header)
		}
	}
}

func TestAMistypedAddressLeadsOn(t *testing.T) {
	server := open(t, builtPages)
	browser := func(r *http.Request) { r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8") }
	for path, page := range map[string]bool{"/nothing": true, "/explore/": true, "/d/a/b": true, "/assets/gone.js": false, "/favicon.ico": false} {
		response := ask(server, http.MethodGet, path, browser)
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != http.StatusNotFound || strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") != page {
			t.Errorf("%s: %s, %s: %.40s", path, response.Status, response.Header.Get("Content-Type"), body)
		}
	}
	if kind := ask(server, http.MethodGet, "/nothing", nil).Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/plain") {
		t.Errorf("a program gets %s", kind)
	}
}

func TestOnlyNamesThatChangeAreKeptForever(t *testing.T) {
	server := open(t, builtPages)
	for path, want := range map[string]string{
		"/d/orders": "no-store", "/": "no-store", "/icon.svg": "no-cache", "/assets/app-1a2b3c.js": "public, max-age=31536000, immutable", "/nothing": "no-store",
		"/api/v1/me": "no-store",
	} {
		if got := ask(server, http.MethodGet, path, nil).Header.Get("Cache-Control"); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

func TestFilesAreSentCompressedToThoseWhoAsk(t *testing.T) {
	server := open(t, builtPages)
	want := string(builtPages["assets/app-1a2b3c.js"].Data)
	for header, packed := range map[string]bool{
		"": false, "gzip": true, "br, GZIP;q=0.5": true, "gzip;q=0": false, "gzip; q=0.000": false, "identity": false,
	} {
		response := ask(server, http.MethodGet, "/assets/app-1a2b3c.js", func(r *http.Request) { r.Header.Set("Accept-Encoding", header) })
		var body io.Reader = response.Body
		if (response.Header.Get("Content-Encoding") == "gzip") != packed {
			t.Errorf("%q: encoding %q", header, response.Header.Get("Content-Encoding"))
			continue
		}
		if packed {
			var err error
			if body, err = gzip.NewReader(response.Body); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := io.ReadAll(body); err != nil || string(got) != want {
			t.Errorf("%q: %v, %d bytes", header, err, len(got))
		}
		again := ask(server, http.MethodGet, "/assets/app-1a2b3c.js", func(r *http.Request) {
			r.Header.Set("Accept-Encoding", header)
			r.Header.Set("If-None-Match", response.Header.Get("ETag"))
		})
		if again.StatusCode != http.StatusNotModified {
			t.Errorf("%q asked again: %s", header, again.Status)
		}
	}
}

// What the build has compressed is sent as it is.
func TestTheBuildsOwnCompressionIsUsed(t *testing.T) {
	const name = "assets/big-1a2b3c.js"
	packed, err := pack([]byte("it is the build's"), gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	server := open(t, fstest.MapFS{"index.html": builtPages["index.html"], name: {Data: []byte(strings.Repeat("x", 1000))}, name + ".gz": {Data: packed}})
	response := ask(server, http.MethodGet, "/"+name, func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip") })
	body, err := gzip.NewReader(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(body); err != nil || string(got) != "it is the build's" {
		t.Errorf("%q, %v", got, err)
	}
	if response := ask(server, http.MethodGet, "/"+name+".gz", nil); response.StatusCode != http.StatusNotFound {
		t.Errorf("the compressed file by its own name: %s", response.Status)
	}
}

func TestABuildWithoutPagesSaysHowToMakeThem(t *testing.T) {
	response := ask(open(t, nil), http.MethodGet, "/d/orders", nil)
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusNotFound || !strings.Contains(string(body), "make build") {
		t.Errorf("%s: %s, %v", response.Status, body, err)
	}
}
