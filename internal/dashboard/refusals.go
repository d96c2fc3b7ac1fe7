package dashboard

import (
	"net/netip"
	"sync"
	"time"
)

const (
	// refusalPause is for how long the logins refused to an address for their number are logged once.
	refusalPause = time.Minute
	// maxRefusals bounds the addresses remembered; when there are more, all are forgotten.
	maxRefusals = 1024
)

// refusals keeps those who guess passwords from filling the log.
type refusals struct {
	mu     sync.Mutex
	logged map[netip.Addr]time.Time
}

// first says that the refusal is the first of an address in a while.
func (r *refusals) first(from netip.Addr, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at, known := r.logged[from]; known && now.Sub(at) < refusalPause {
		return false
	}
	if r.logged == nil || len(r.logged) >= maxRefusals {
		r.logged = map[netip.Addr]time.Time{}
	}
	r.logged[from] = now
	return true
}
