package double

import (
	"context"
	"strconv"
	"strings"
	"sync"
)

// Path is a stream, a lake, and what loads it, for one event: at once if nothing holds it.
type Path struct {
	// ID is what the event is sought by.
	ID string
	// SendError fails the sending, ListError the listing behind it.
	SendError, ListError error
	// Looks is how often the lake is looked into in vain, and Asks how often a table is, once the event is sent.
	Looks, Asks int
	// Refused puts the event into the quarantine, Rows is how often the view shows it. Default 1.
	Refused bool
	Rows    int

	mu                 sync.Mutex
	sent, listed, read int
}

// Sent is how often the event was sent.
func (p *Path) Sent() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sent
}

// Send implements snowflake.Path.
func (p *Path) Send(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.SendError == nil {
		p.sent++
	}
	return p.SendError
}

// List implements snowflake.Path.
func (p *Path) List(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listed++; p.sent > 0 {
		return p.ListError
	}
	return nil
}

// Read implements snowflake.Path.
func (p *Path) Read(context.Context) (file string, refused bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.read++; p.sent == 0 || p.read <= p.Looks {
		return "", false, nil
	}
	return "data/orders/dt=2026-11-22/hour=05/a.csv.gz", p.Refused, nil
}

// Asked is an account's.
func (p *Path) Asked(sql string) (columns []string, rows [][]*string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !strings.HasPrefix(sql, "SELECT COUNT(*) AS N FROM ") || !strings.Contains(sql, "'"+p.ID+"'") {
		return nil, nil
	}
	n := 0
	switch raw := strings.Contains(sql, `_RAW"."`); {
	case p.sent == 0 || p.Asks > 0:
		p.Asks--
	case raw || p.Rows == 0:
		n = 1
	default:
		n = p.Rows
	}
	text := strconv.Itoa(n)
	return []string{"N"}, [][]*string{{&text}}
}
