package dashboard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"time"

	"github.com/penstock/penstock/internal/access"
	"github.com/penstock/penstock/internal/chart"
	"github.com/penstock/penstock/internal/connection"
)

// Config configures the HTTP server.
type Config struct {
	// Token is an operator's bearer token: that of the commands on this machine. It must not be empty.
	Token string
	// Access says who else may call. Empty, the server is open: every caller is an operator, which is refused on an
	// address that other machines can reach, and the Host header must be one of this machine's.
	Access access.Rules
	// Address is the host:port that the server listens on.
	Address string
	// CertFile and KeyFile are PEM files; with them the port speaks TLS, and HTTP/2, and nothing else.
	CertFile, KeyFile string
	// Pipeline is the pipeline's name, Version the program's, for people.
	Pipeline, Version string
	Logger            *slog.Logger
}

// maxBody bounds a request's body: SQL and redrive requests are small.
const maxBody = 1 << 20

// maxConnections bounds what connections cost in memory and files. The next one takes the place of that which has been
// without a request for longest, and waits only when all are at one.
const (
	maxConnections = 512
	readHeaderTime = 10 * time.Second
)

// maxRequests is how many requests one HTTP/2 connection may have open. A dashboard has a handful.
const maxRequests = 100

// What a flood of requests on many HTTP/2 connections costs: maxCrowd headers, beside two for each connection, and
// maxConnections windows. A header is a token or a cookie, and a path with the values of filters.
const (
	maxCrowd       = 1024 // above maxStreams by far
	maxHeaderBytes = 32 << 10
	receiveWindow  = 128 << 10
)

// drainTime is how long requests under way may go on after the server is told to stop.
const drainTime = 3 * time.Second

// Deps are what the server answers with.
type Deps struct {
	Warehouse Warehouse
	Redriver  Redriver
	Status    Status
	Clock     Clock
	Monitor   Monitor
	Steps     Steps
	Tracer    Tracer
	Losses    Losses
	// Quarantine shows what a redrive is for.
	Quarantine Quarantine
	// Dashboards are the pipeline's; one that is wrong is shown with its faults.
	Dashboards []*chart.Dashboard
	Charts     Charts
	// Tables are those that people's SQL may read.
	Tables []TableInfo
	// Ready says whether the pipeline is ready.
	Ready Ready
	// Metrics answers a scrape.
	Metrics http.Handler
	// Pages holds the built pages, with index.html at its root; nil when they were not built.
	Pages fs.FS
}

// Server serves the API and the pages.
type Server struct {
	cfg   Config
	deps  Deps
	door  *access.Door
	pages *pages
	// table is what routes returns.
	table []route
	// streams are the server-sent events of all clients.
	streams *streams
	// states are those of dashboards that each caller looks at.
	states *shares
	// refusals are the logins refused lately.
	refusals refusals
	// tails has room for as many as may be open at once.
	tails chan struct{}
	crowd *connection.Crowd
}

// New returns a server that is not yet listening.
func New(cfg Config, deps Deps) (*Server, error) {
	if cfg.Token == "" {
		return nil, errors.New("the HTTP API needs a token")
	}
	if (cfg.CertFile == "") != (cfg.KeyFile == "") {
		return nil, errors.New("TLS needs both a certificate and its key")
	}
	door, err := access.New(access.Config{Rules: cfg.Access, Token: cfg.Token})
	if err != nil {
		return nil, err
	}
	pages, err := newPages(deps.Pages)
	if err != nil {
		return nil, fmt.Errorf("reading the pages: %w", err)
	}
	s := &Server{cfg: cfg, deps: deps, door: door, pages: pages, streams: newStreams(maxStreams), states: newShares(maxStates), tails: make(chan struct{}, maxTails), crowd: connection.NewCrowd(maxCrowd)}
	if s.open() && !localHost(cfg.Address) {
		return nil, fmt.Errorf("an open HTTP API on %s would let everybody in", cfg.Address)
	}
	s.table = s.routes()
	return s, nil
}

// open says that there are no rules, and every caller is an operator.
func (s *Server) open() bool { return s.cfg.Access.Empty() }

// tls says that the port speaks TLS.
func (s *Server) tls() bool { return s.cfg.CertFile != "" }

// Run serves on listener until ctx ends, then ends the live streams at once and lets other requests
// under way finish for a moment. A server runs once.
func (s *Server) Run(ctx context.Context, listener net.Listener) error {
	defer s.streams.stop()
	server := s.httpServer()
	bounded := connection.Limit(listener, maxConnections)
	server.ConnState = bounded.Changed
	done := make(chan error, 1)
	go func() {
		if s.tls() {
			done <- server.ServeTLS(bounded, s.cfg.CertFile, s.cfg.KeyFile)
		} else {
			done <- server.Serve(bounded)
		}
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	s.streams.stop()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if server.Shutdown(grace) != nil {
		_ = server.Close()
	}
	<-done
	return nil
}

// httpServer speaks HTTP/1.1, and HTTP/2 where there is TLS.
func (s *Server) httpServer() *http.Server {
	return &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: readHeaderTime,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeaderBytes,
		ConnContext:       s.crowd.Connected,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: maxRequests, MaxReceiveBufferPerConnection: receiveWindow, MaxReceiveBufferPerStream: receiveWindow,
			// A request's own deadline cannot end it while the connection takes nothing at all.
			WriteByteTimeout: writeTime,
		},
		ErrorLog: slog.NewLogLogger(s.cfg.Logger.Handler(), slog.LevelDebug),
	}
}

func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	state, _ := s.deps.Status.Status(r.Context())
	writeJSON(w, http.StatusOK, state)
}

func (s *Server) latency(w http.ResponseWriter, r *http.Request) {
	latency, err := s.deps.Clock.Latency(r.Context(), r.FormValue("table"), r.FormValue("column"))
	if err != nil {
		writeFailure(w, err)
		return
	}
	writeJSON(w, http.StatusOK, latency)
}

func (s *Server) redrive(w http.ResponseWriter, r *http.Request) {
	var what Redrive
	if !readJSON(w, r, &what) {
		return
	}
	report, err := s.deps.Redriver.Redrive(r.Context(), what)
	if err != nil {
		writeFailure(w, err)
		return
	}
	writeJSON(w, http.StatusOK, report)
}

func readJSON(w http.ResponseWriter, r *http.Request, into any) bool {
	if !isJSON(r) {
		notJSON(w)
		return false
	}
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		badBody(w, err.Error())
		return false
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		badBody(w, "something follows the JSON")
		return false
	}
	return true
}

func badBody(w http.ResponseWriter, fault string) {
	writeError(w, http.StatusBadRequest, apiError{Code: "bad_request", Message: "the body is not the JSON this call takes: " + fault})
}

// isJSON says that a request declares its body as JSON, which a form of another site cannot.
func isJSON(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "application/json"
}

func notJSON(w http.ResponseWriter) {
	writeError(w, http.StatusUnsupportedMediaType, apiError{
		Code: "not_json", Message: "the body is not declared as JSON", Hint: "send the header Content-Type: application/json",
	})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
