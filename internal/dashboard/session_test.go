package dashboard

import (
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/access"
)

const annasPassword = "correct horse battery"

// guarded is a server with a user of each role.
func guarded(t *testing.T, change func(*Config)) *Server {
	t.Helper()
	text, err := access.HashPassword(annasPassword)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := access.ParseHash(text)
	if err != nil {
		t.Fatal(err)
	}
	a := &answers{ready: true}
	server, err := New(config(func(c *Config) {
		c.Access.Users = []access.User{{Identity: access.Identity{Name: "anna", Role: access.Operator}, Password: hash}}
		if change != nil {
			change(c)
		}
	}), Deps{Warehouse: a, Redriver: a, Status: a, Ready: a, Clock: a, Pages: builtPages})
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// post sends JSON as a page of the server does.
func post(s *Server, path, body string, cookies ...*http.Cookie) *http.Response {
	return ask(s, http.MethodPost, path, func(r *http.Request) {
		r.Body = io.NopCloser(strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		for _, c := range cookies {
			r.AddCookie(c)
		}
	})
}

func sessionOf(t *testing.T, response *http.Response) *http.Cookie {
	t.Helper()
	cookies := response.Cookies()
	if response.StatusCode != http.StatusOK || len(cookies) != 1 {
		body, _ := io.ReadAll(response.Body)
		t.Fatalf("%s, cookies %v: %s", response.Status, cookies, body)
	}
	return cookies[0]
}

func roleBy(t *testing.T, s *Server, cookie *http.Cookie) string {
	t.Helper()
	var me struct{ Role string }
	response := ask(s, http.MethodGet, "/api/v1/me", func(r *http.Request) { r.AddCookie(cookie) })
	if err := json.NewDecoder(response.Body).Decode(&me); err != nil {
		t.Fatal(err)
	}
	return me.Role
}

// Every route says who may call it, and keeps to it: without a login, as a viewer, and as an operator.
func TestEveryRouteKeepsToItsRole(t *testing.T) {
	server := guarded(t, nil)
	for _, route := range server.table {
		method, path, found := strings.Cut(route.pattern, " ")
		if !found {
			method, path = http.MethodGet, route.pattern
		}
		path = strings.NewReplacer("{", "", "}", "").Replace(path)
		public := map[string]bool{"/healthz": true, "/readyz": true, "/api/v1/me": true, "/api/v1/login": true, "/api/v1/logout": true, "/api/": true, "/": true}
		if public[path] != (route.needs == anybody) {
			t.Errorf("%s is for %q", route.pattern, route.needs)
		}
		for _, c := range []struct {
			role  access.Role
			token string
		}{{anybody, ""}, {anybody, "Basic " + token}, {viewer, "Bearer " + viewerToken}, {operator, "bearer " + token}} {
			reached := false
			handler := server.allow(route.needs, func(http.ResponseWriter, *http.Request) { reached = true })
			request := httptest.NewRequest(method, path, nil)
			if c.token != "" {
				request.Header.Set("Authorization", c.token)
			}
			recorder := httptest.NewRecorder()
			handler(recorder, request)
			want := http.StatusOK
			if c.role < route.needs {
				want = http.StatusForbidden
				if c.role == anybody {
					want = http.StatusUnauthorized
				}
			}
			if recorder.Code != want || reached != (want == http.StatusOK) {
				t.Errorf("%s as %q: %d, reached %v, want %d", route.pattern, c.role, recorder.Code, reached, want)
			}
			// The same through the whole server, so that no route is registered past the table.
			if want != http.StatusOK {
				response := ask(server, method, path, func(r *http.Request) { r.Header.Set("Authorization", c.token) })
				if response.StatusCode != want {
					t.Errorf("%s as %q through the server: %s, want %d", route.pattern, c.role, response.Status, want)
				}
			}
		}
	}
}

func TestALoginSetsACookieThatOnlyTheServersPagesSend(t *testing.T) {
	server := guarded(t, nil)
	cookie := sessionOf(t, post(server, "/api/v1/login", `{"user":"anna","password":"`+annasPassword+`"}`))
	if cookie.Name != "penstock-8080" || !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Secure || cookie.Path != "/" || len(cookie.Value) != 43 {
		t.Errorf("%+v", cookie)
	}
	if got := roleBy(t, server, cookie); got != "operator" {
		t.Errorf("role %q", got)
	}
	wall := sessionOf(t, post(server, "/api/v1/login", `{"token":"`+viewerToken+`"}`))
	if got := roleBy(t, server, wall); got != "viewer" {
		t.Errorf("role %q", got)
	}
	if ask(server, http.MethodGet, "/api/v1/status", func(r *http.Request) { r.AddCookie(wall) }).StatusCode != http.StatusForbidden {
		t.Error("a viewer's cookie reads the status")
	}
	secure := guarded(t, func(c *Config) { c.CertFile, c.KeyFile = "server.crt", "server.key" })
	if cookie := sessionOf(t, post(secure, "/api/v1/login", `{"token":"`+token+`"}`)); cookie.Name != "__Host-penstock-8080" || !cookie.Secure {
		t.Errorf("under TLS: %+v", cookie)
	}
}

// An id that the caller brings is never taken over, and the session it may name ends (session fixation).
func TestALoginMakesANewId(t *testing.T) {
	server := guarded(t, nil)
	planted := &http.Cookie{Name: server.cookieName(), Value: strings.Repeat("A", 43)}
	first := sessionOf(t, post(server, "/api/v1/login", `{"token":"`+token+`"}`, planted))
	second := sessionOf(t, post(server, "/api/v1/login", `{"token":"`+token+`"}`, first))
	if first.Value == planted.Value || second.Value == first.Value {
		t.Error("an id is used again")
	}
	for _, old := range []*http.Cookie{planted, first} {
		if roleBy(t, server, old) != "" {
			t.Error("an old id still works")
		}
	}
	gone := sessionOf(t, post(server, "/api/v1/logout", `{}`, second))
	if gone.MaxAge != -1 || roleBy(t, server, second) != "" {
		t.Errorf("after the logout: %+v, %q", gone, roleBy(t, server, second))
	}
}

func TestLoginsThatAreRefused(t *testing.T) {
	server := guarded(t, nil)
	for body, want := range map[string]int{
		`{"user":"anna","password":"wrong"}`:                   401,
		`{"user":"nobody","password":"` + annasPassword + `"}`: 401,
		`{}`:           401,
		`{"token":""}`: 401,
		`{"token":"` + strings.Repeat("x", 5000) + `"}`:             401,
		`{"user":"` + strings.Repeat("x", 200) + `","password":""}`: 401,
		`{"user":"anna","pass":"x"}`:                                400,
		`[]`:                                                        400,
		``:                                                          400,
	} {
		if got := post(server, "/api/v1/login", body); got.StatusCode != want || len(got.Cookies()) != 0 {
			t.Errorf("%.60s: %s %v", body, got.Status, got.Cookies())
		}
	}
	form := ask(server, http.MethodPost, "/api/v1/login", func(r *http.Request) {
		r.Body = io.NopCloser(strings.NewReader(`{"token":"` + token + `"}`))
		r.Header.Set("Content-Type", "text/plain")
	})
	if form.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("a form's content type: %s", form.Status)
	}
	var last *http.Response
	for range 30 {
		last = post(server, "/api/v1/login", `{"token":"not the token"}`)
	}
	if last.StatusCode != http.StatusTooManyRequests || last.Header.Get("Retry-After") == "" {
		t.Errorf("after 30: %s, Retry-After %q", last.Status, last.Header.Get("Retry-After"))
	}
}

func TestASessionsEndEndsItsRequests(t *testing.T) {
	server := guarded(t, nil)
	cookie := sessionOf(t, post(server, "/api/v1/login", `{"token":"`+token+`"}`))
	begun, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.AddCookie(cookie)
		server.allow(operator, func(_ http.ResponseWriter, r *http.Request) {
			close(begun)
			<-r.Context().Done()
		})(httptest.NewRecorder(), request)
	}()
	<-begun
	post(server, "/api/v1/logout", `{}`, cookie)
	<-ended
}

func TestAnOpenServerIsRefusedWhereOthersReachIt(t *testing.T) {
	for address, taken := range map[string]bool{"127.0.0.1:0": true, "[::1]:80": true, "localhost:1": true, "0.0.0.0:80": false, "[::]:80": false, "192.0.2.1:80": false, "": false} {
		_, err := New(config(func(c *Config) { c.Access, c.Address = access.Rules{}, address }), Deps{})
		if (err == nil) != taken {
			t.Errorf("%s: %v", address, err)
		}
	}
	if _, err := New(config(func(c *Config) { c.CertFile = "x" }), Deps{}); err == nil {
		t.Error("a certificate without a key was taken")
	}
}

// What a hostile client sends is answered, and nothing of it comes back as a header.
func TestHostileRequests(t *testing.T) {
	_, url, _ := runServer(t, &answers{})
	client := &http.Client{Transport: &http.Transport{}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	for name, c := range map[string]struct {
		method, path string
		header       http.Header
		body         string
		want         []int
	}{
		"header in the path":   {"GET", "/d/a%0d%0aSet-Cookie:%20x=1", nil, "", []int{404}},
		"redirect elsewhere":   {"GET", "//evil.example/%2e%2e", nil, "", []int{404, 301, 307}},
		"path above the files": {"GET", "/assets/../../../../etc/passwd", nil, "", []int{404, 301, 307}},
		"huge header":          {"GET", "/", http.Header{"X-Big": {strings.Repeat("x", 80<<10)}}, "", []int{431}},
		"huge body":            {"POST", "/api/v1/query", http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}}, `{"sql":"` + strings.Repeat("x", 2*maxBody) + `"}`, []int{400, 413}},
		"method":               {"TRACE", "/", nil, "", []int{405}},
		"delete":               {"DELETE", "/api/v1/status", nil, "", []int{404, 405}},
		"origin":               {"POST", "/api/v1/query", http.Header{"Authorization": {"Bearer " + token}, "Origin": {"https://evil.example"}}, "{}", []int{403}},
	} {
		request, err := http.NewRequest(c.method, url+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		if c.header != nil {
			request.Header = c.header
		}
		response, err := client.Do(request)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_ = response.Body.Close()
		known := false
		for _, want := range c.want {
			known = known || response.StatusCode == want
		}
		if !known || response.Header.Get("Set-Cookie") != "" || strings.Contains(response.Header.Get("Location"), "evil.example") && !strings.HasPrefix(response.Header.Get("Location"), "/evil.example") {
			t.Errorf("%s: %s %v", name, response.Status, response.Header)
		}
	}
}

func TestTheServerSpeaksTLSAndHTTP2(t *testing.T) {
	pair := httptest.NewUnstartedServer(nil) // for its certificate
	pair.StartTLS()
	defer pair.Close()
	cert, key := certificateFiles(t, pair.TLS.Certificates[0])
	_, url, _ := runServer(t, &answers{}, func(s *Server) { s.cfg.CertFile, s.cfg.KeyFile = cert, key })
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pair.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Get(strings.Replace(url, "http://", "https://", 1) + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK || response.ProtoMajor != 2 {
		t.Errorf("%s over %s", response.Status, response.Proto)
	}
	plain, err := http.Get(url + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	_ = plain.Body.Close()
	if plain.StatusCode != http.StatusBadRequest {
		t.Errorf("without TLS: %s", plain.Status)
	}
}
