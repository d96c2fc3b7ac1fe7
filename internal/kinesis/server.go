package kinesis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/penstock/penstock/internal/connection"
)

// How long clients may take. Each is far above what a working SDK needs and bounds what a broken
// or hostile one can hold.
const (
	headerTimeout  = 10 * time.Second
	requestTimeout = 60 * time.Second  // the whole body; 16 MiB in that time is 2 Mbit/s
	answerTimeout  = 120 * time.Second // from the end of the header to the end of the answer
	idleTimeout    = 120 * time.Second // SDKs close idle connections after 90 s or less
	// An SDK's header is 1 KiB, and 4 KiB with a long session token.
	maxHeaderBytes = 16 << 10
	// maxStreams is how many requests one HTTP/2 connection may have open.
	maxStreams = 100
	// receiveWindow is how many bytes of an HTTP/2 connection may wait in memory for requests to read them: 12 MB/s
	// to a client 20 ms away.
	receiveWindow = 256 << 10
)

// Server answers Kinesis requests from a Log. It is safe for use by many goroutines.
type Server struct {
	cfg       Config
	log       Log
	logger    *slog.Logger
	tokens    *sealer
	verifier  *verifier
	budget    *budget
	scratches sync.Pool
	crowd     *connection.Crowd
	// stallPatience and takePatience are the constants, which tests shorten.
	stallPatience, takePatience time.Duration
}

// New checks the configuration and makes a server. The Log stays the caller's.
func New(cfg Config, log Log) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	tokens, err := newSealer(cfg.IteratorKey, cfg.Now)
	if err != nil {
		return nil, err
	}
	return &Server{
		cfg:      cfg,
		log:      log,
		logger:   cfg.Logger,
		tokens:   tokens,
		verifier: newVerifier(cfg.Credentials, cfg.Now),
		budget:   newBudget(cfg.MaxInFlightBytes),
		crowd:    connection.NewCrowd(cfg.MaxRequests),

		stallPatience: stallPatience, takePatience: takePatience,
	}, nil
}

// Handler answers requests on somebody else's HTTP server.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serveHTTP) }

// Serve answers requests that arrive at l, over HTTP/1.1 and HTTP/2 alike, until ctx ends. Then it
// takes no new connections, lets requests that are under way finish for up to
// Config.DrainTimeout, and returns nil once everything it started is gone. It closes l. An error
// means that the certificate is unusable or the listener failed.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := s.httpServer()
	bounded := connection.Limit(l, s.cfg.MaxConnections)
	server.ConnState = bounded.Changed
	l = bounded
	served := make(chan error, 1)
	go func() {
		if s.cfg.CertFile != "" {
			served <- server.ServeTLS(l, s.cfg.CertFile, s.cfg.KeyFile)
		} else {
			served <- server.Serve(l)
		}
	}()
	select {
	case err := <-served:
		_ = l.Close() // it has failed already
		return fmt.Errorf("serving the Kinesis API: %w", err)
	case <-ctx.Done():
	}
	drain, stop := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.DrainTimeout)
	defer stop()
	err := server.Shutdown(drain)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close() // what is still running loses its connection
	}
	<-served
	return err
}

// httpServer speaks HTTP/1.1, HTTP/2 over TLS, and HTTP/2 without TLS to clients which know that
// beforehand, as the JavaScript and Java SDKs do.
func (s *Server) httpServer() *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{
		Handler:     s.Handler(),
		ConnContext: s.crowd.Connected,
		Protocols:   protocols,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: maxStreams, MaxReceiveBufferPerConnection: receiveWindow, MaxReceiveBufferPerStream: receiveWindow,
			// A request's own deadline cannot end it while the connection takes nothing at all.
			WriteByteTimeout: s.takePatience,
		},
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       requestTimeout,
		WriteTimeout:      answerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		// What comes here is clients that vanish or do not speak HTTP.
		ErrorLog: slog.NewLogLogger(s.logger.Handler(), slog.LevelDebug),
	}
}
