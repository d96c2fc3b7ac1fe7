package kinesis

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// refuseBrowser keeps web pages away from a port that mostly trusts whoever reaches it. A page
// somebody visits can send requests to 127.0.0.1, and by DNS rebinding even read the answers, but
// it cannot hide where it came from: browsers put an Origin on every POST. SDKs send none. Origins
// on this machine pass, because development servers forward them; they get no CORS headers, so a
// page itself still cannot use the port.
func refuseBrowser(r *http.Request) *failure {
	site := r.Header.Get("Sec-Fetch-Site")
	if site == "cross-site" || site == "same-site" || !loopbackOrigins(r.Header.Values("Origin")) {
		return &failure{status: http.StatusForbidden, code: "AccessDeniedException",
			message: "Requests from web pages are not accepted here"}
	}
	return nil
}

func loopbackOrigins(origins []string) bool {
	for _, origin := range origins {
		u, err := url.Parse(origin)
		if err != nil || !loopbackHost(u.Hostname()) {
			return false
		}
	}
	return true
}

func loopbackHost(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}
	host = strings.ToLower(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
