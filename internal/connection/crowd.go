package connection

import (
	"context"
	"net"
	"sync/atomic"
)

// Share is how many requests each connection may have under way however crowded it is: one is all HTTP/1.1 knows.
const Share = 2

// Crowd bounds the requests under way on all connections of a server: HTTP/2 has a hundred for each, and each costs memory for
// its header before anything else is accounted for. Who has no more than Share is always let in, so that one who has many
// keeps nobody else out. Its methods are safe for concurrent use.
type Crowd struct {
	most  int64
	under atomic.Int64
}

// NewCrowd returns a crowd of at most most requests, beside the Share of each connection.
func NewCrowd(most int) *Crowd { return &Crowd{most: int64(most)} }

// Room is what there is for a request.
type Room int

// From the best to the worst.
const (
	// Enough: the request is served.
	Enough Room = iota
	// Full: it is refused with an answer.
	Full
	// Overfull: not even answers are taken by those who are refused, so it gets none.
	Overfull
)

// underWay is the context's key of how many requests a connection has.
type underWay struct{}

// Connected must be the server's ConnContext.
func (c *Crowd) Connected(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, underWay{}, new(atomic.Int64))
}

// Enter counts a request, whose context is given, until leave is called: that is when its answer has been taken. It
// has to leave whatever room there is.
func (c *Crowd) Enter(ctx context.Context) (room Room, leave func()) {
	own, known := ctx.Value(underWay{}).(*atomic.Int64)
	if !known {
		own = new(atomic.Int64) // a request without a connection, of a test
	}
	all := c.under.Add(1)
	leave = func() {
		c.under.Add(-1)
		own.Add(-1)
	}
	switch mine := own.Add(1); {
	case mine <= Share, all <= c.most:
		return Enough, leave
	case all <= 2*c.most:
		return Full, leave
	}
	return Overfull, leave
}
