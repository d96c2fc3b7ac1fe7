package dashboard

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/penstock/penstock/internal/chart"
)

// firstAnswers is what a page asks for before it can show anything: what the calls of these names answer to the reader
// who opens it. They are sent with the page, which saves a browser three calls, two of them one after the other.
type firstAnswers struct {
	Me         meAnswer         `json:"me"`
	Dashboards []dashboardEntry `json:"dashboards,omitempty"`
	// Dashboard is that which the address names, or the first where it names none; nil where it is not sound.
	Dashboard *chart.Dashboard `json:"dashboard,omitempty"`
}

// firstPlace is where a built page takes the answers: an element of data, which no browser runs and no
// Content-Security-Policy is asked about (HTML standard, "prepare the script element").
const firstPlace = `<script type="application/json" id="first">`

// page serves the pages: their files as they are, and the document with what its reader will ask for first.
func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	s.pages.serve(w, r, func() []byte {
		who := s.arrive(r)
		defer who.leave()
		first := firstAnswers{Me: s.meOf(who.Identity)}
		if name, ok := dashboardOf(r.URL); ok && who.Role >= viewer {
			first.Dashboards, first.Dashboard = s.entries(), s.firstDashboard(name)
		}
		// It escapes < and >, so that no title can end the element.
		text, err := json.Marshal(first)
		if err != nil {
			return nil // the page asks by itself
		}
		return text
	})
}

// dashboardOf is the dashboard that a page's address names, empty for the first one; ok is false for other pages.
func dashboardOf(address *url.URL) (name string, ok bool) {
	if address.Path == "/" {
		return "", true
	}
	return strings.CutPrefix(address.Path, pagePrefix)
}

// firstDashboard is the dashboard of that name, or the first of all for an empty one; nil where there is none or its
// file is wrong.
func (s *Server) firstDashboard(name string) *chart.Dashboard {
	for _, d := range s.deps.Dashboards {
		if name != "" && d.Name != name {
			continue
		}
		if len(d.Faults) > 0 {
			return nil
		}
		return d
	}
	return nil
}

// document answers with a page and the first answers in it. It is one reader's, so nobody keeps it.
func document(w http.ResponseWriter, r *http.Request, status int, page, first []byte) {
	before, after, found := bytes.Cut(page, []byte(firstPlace))
	if found {
		page = bytes.Join([][]byte{before, []byte(firstPlace), first, after}, nil)
	}
	h := w.Header()
	h.Set("Content-Type", fileKinds[".html"])
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Accept-Encoding")
	if acceptsGzip(r.Header.Get("Accept-Encoding")) {
		if packed, err := pack(page, gzip.BestSpeed); err == nil {
			h.Set("Content-Encoding", "gzip")
			page = packed
		}
	}
	w.WriteHeader(status)
	_, _ = w.Write(page) // the reader may be gone
}
