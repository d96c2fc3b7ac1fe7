package connection

import (
	"container/list"
	"net"
	"net/http"
	"sync"
)

// Listener bounds how many connections are open. At the limit, the one that has been without a
// request for longest makes room for the next, so that nobody keeps others out by opening connections
// and sending nothing. Clients open a new one when theirs is closed. If every connection is at a
// request, the next waits. Its methods are safe for concurrent use.
type Listener struct {
	net.Listener
	most int

	mu     sync.Mutex
	room   sync.Cond // over mu: there may be room, or the listener is closed
	open   int
	idle   list.List // of *connection, those without a request, the longest first
	closed bool
}

// Limit returns a listener of at most most connections of l, which it closes with itself. Its Changed must be the
// server's ConnState.
func Limit(l net.Listener, most int) *Listener {
	c := &Listener{Listener: l, most: most}
	c.room.L = &c.mu
	return c
}

// connection is one that is open; its fields belong to Listener.mu.
type connection struct {
	net.Conn
	all    *Listener
	place  *list.Element // in idle; nil while a request is worked on
	closed bool
}

// Accept returns the next connection once there is room for it.
func (c *Listener) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.open >= c.most && !c.closed {
		if longest := c.idle.Front(); longest != nil {
			_ = longest.Value.(*connection).end() // it is gone either way
		} else {
			c.room.Wait()
		}
	}
	if c.closed {
		_ = conn.Close() // nobody is going to read from it
		return nil, net.ErrClosed
	}
	c.open++
	next := &connection{Conn: conn, all: c}
	next.place = c.idle.PushBack(next)
	return next, nil
}

// Close ends the waiting, too.
func (c *Listener) Close() error {
	c.mu.Lock()
	c.closed = true
	c.room.Broadcast()
	c.mu.Unlock()
	return c.Listener.Close()
}

// Changed is told by the HTTP server, as its ConnState, when a request begins and when none is left.
func (c *Listener) Changed(conn net.Conn, state http.ConnState) {
	of := unwrapped(conn)
	if of == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case of.closed:
	case state == http.StateActive:
		of.busy()
	case state == http.StateIdle && of.place == nil:
		of.place = c.idle.PushBack(of)
		c.room.Signal()
	}
}

// unwrapped finds the connection below TLS.
func unwrapped(conn net.Conn) *connection {
	for {
		switch c := conn.(type) {
		case *connection:
			return c
		case interface{ NetConn() net.Conn }:
			conn = c.NetConn()
		default:
			return nil
		}
	}
}

// Close gives the place back.
func (c *connection) Close() error {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	return c.end()
}

// end is Close for who holds the mutex.
func (c *connection) end() error {
	if c.closed {
		return net.ErrClosed
	}
	c.closed = true
	c.busy()
	c.all.open--
	c.all.room.Signal()
	return c.Conn.Close()
}

// busy takes the connection from those without a request.
func (c *connection) busy() {
	if c.place != nil {
		c.all.idle.Remove(c.place)
		c.place = nil
	}
}
