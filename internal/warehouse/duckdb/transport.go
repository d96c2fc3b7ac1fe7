package duckdb

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
)

// Parent and child speak HTTP/2 with prior knowledge over the two ends of one inherited socket: it
// brings streams, back pressure and cancellation, and needs neither a port nor a socket's path.

// host stands in URLs where a host name must; nothing resolves it.
const host = "http://duckdb"

func onlyHTTP2() *http.Protocols {
	var p http.Protocols
	p.SetUnencryptedHTTP2(true)
	return &p
}

var errConnectionUsed = errors.New("the connection to the child is gone")

// clientOver is an HTTP client with end as its one and only connection.
func clientOver(end net.Conn) *http.Client {
	var once sync.Once
	dial := func(context.Context, string, string) (net.Conn, error) {
		err := errConnectionUsed
		once.Do(func() { err = nil })
		if err != nil {
			return nil, err
		}
		return end, nil
	}
	return &http.Client{Transport: &http.Transport{
		Protocols:          onlyHTTP2(),
		DialContext:        dial,
		DisableCompression: true,
	}}
}

// serveOver serves HTTP on end until it is closed from either side, and every handler has returned.
func serveOver(ctx context.Context, end net.Conn, handler http.Handler) error {
	l := &oneConn{conns: make(chan net.Conn, 1), closed: make(chan struct{}), addr: end.LocalAddr()}
	l.conns <- end
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var running sync.WaitGroup
	server := &http.Server{
		Protocols:   onlyHTTP2(),
		BaseContext: func(net.Listener) context.Context { return ctx },
		ConnState: func(_ net.Conn, s http.ConnState) {
			if s == http.StateClosed {
				_ = l.Close()
			}
		},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			running.Add(1)
			defer running.Done()
			handler.ServeHTTP(w, r)
		}),
	}
	err := server.Serve(l)
	cancel()
	running.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// oneConn is a listener that accepts one connection.
type oneConn struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
	addr   net.Addr
}

func (l *oneConn) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *oneConn) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *oneConn) Addr() net.Addr { return l.addr }
