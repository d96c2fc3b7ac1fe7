package dashboard

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/penstock/penstock/internal/connection"
)

// protection is sent with every answer. The policy lets a page use its own files and its own API, and nothing
// else: no inline script or style, no frame around it, no form to elsewhere. blob: is for a chart saved as PNG,
// data: for the small pictures in style sheets.
var protection = map[string]string{
	"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
		"font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
	"X-Content-Type-Options":       "nosniff",
	"Referrer-Policy":              "same-origin",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy":           "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

// protect guards every request, whoever sends it: against another site's page in the reader's browser, and
// against a name that its owner points at this machine. Every answer carries what browsers are to enforce.
func (s *Server) protect(next http.Handler) http.Handler {
	crossOrigin := http.NewCrossOriginProtection()
	return s.bounded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range protection {
			w.Header().Set(name, value)
		}
		if err := s.wrongPlace(r); err != nil {
			writeError(w, http.StatusForbidden, *err)
			return
		}
		isAPI := strings.HasPrefix(r.URL.Path, "/api/")
		if crossOrigin.Check(r) != nil || isAPI && fromElsewhere(r) {
			writeError(w, http.StatusForbidden, apiError{
				Code: "cross_site", Message: "this call comes from a page of another site",
				Hint: "open the dashboard itself, or call the API from a program",
			})
			return
		}
		if isAPI {
			w.Header().Set("Cache-Control", "no-store")
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(newPatient(w, writeTime), r)
	}))
}

// bounded refuses requests past maxCrowd.
func (s *Server) bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		room, leave := s.crowd.Enter(r.Context())
		defer leave()
		switch room {
		case connection.Enough:
			next.ServeHTTP(w, r)
		case connection.Full:
			tooMany(newPatient(w, writeTime), "too_many_requests", "this connection has many requests under way, and all together too many")
		case connection.Overfull:
			panic(http.ErrAbortHandler)
		}
		if r.ProtoMajor >= 2 {
			_ = http.NewResponseController(w).Flush() // the request is under way until the client has taken the answer
		}
	})
}

// fromElsewhere says that a browser sends the request for a page of another origin. Reading its answer is
// forbidden to that page anyway; this keeps it from causing work.
func fromElsewhere(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return site != "" && site != "same-origin" && site != "none"
}

// wrongPlace refuses, on an open server, what does not come from this machine by one of its own names: a page whose
// owner points its name at 127.0.0.1 (DNS rebinding) would be of the same origin, and a proxy would open the
// server to everybody it serves.
func (s *Server) wrongPlace(r *http.Request) *apiError {
	if !s.open() {
		return nil
	}
	if !localHost(r.Host) {
		return &apiError{
			Code: "wrong_host", Message: "without `access` in pipeline.yaml this server answers only by its own address",
			Hint: "write 127.0.0.1 or localhost, or add access to pipeline.yaml",
		}
	}
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip"} {
		if r.Header.Get(name) != "" {
			return &apiError{
				Code: "proxied", Message: "without `access` in pipeline.yaml this server does not answer to a proxy",
				Hint: "add access to pipeline.yaml: whoever reaches the proxy would be an operator",
			}
		}
	}
	return nil
}

// localHost says whether a Host header, or an address, names this machine and no other.
func localHost(address string) bool {
	host := hostOf(address)
	if strings.EqualFold(strings.TrimSuffix(host, "."), "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Zone() == "" && ip.Unmap().IsLoopback()
}

// hostOf is the host of host:port, or of an address without a port.
func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	if inner, found := strings.CutPrefix(address, "["); found {
		address = strings.TrimSuffix(inner, "]")
	}
	return address
}
