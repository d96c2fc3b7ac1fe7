package dashboard

import (
	"context"
	"net/http"
	"sync"

	"github.com/penstock/penstock/internal/access"
)

// shares bounds how many different things one caller holds, so that nobody has all there are. A user or a token is
// one caller, however many sessions it has. Without rules nobody can be told from another, and nothing is bounded.
type shares struct {
	most int
	mu   sync.Mutex
	// held counts, by caller, who holds each thing.
	held map[access.Identity]map[any]int
}

func newShares(most int) *shares {
	return &shares{most: most, held: map[access.Identity]map[any]int{}}
}

// take holds a thing, which is comparable, for the caller of r until release is called; not ok past the bound.
func (s *shares) take(r *http.Request, thing any) (release func(), ok bool) {
	who, known := callerOf(r)
	if !known {
		return func() {}, true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	mine := s.held[who]
	if mine[thing] == 0 && len(mine) >= s.most {
		return nil, false
	}
	if mine == nil {
		mine = map[any]int{}
		s.held[who] = mine
	}
	mine[thing]++
	return func() { s.release(who, thing) }, true
}

func (s *shares) release(who access.Identity, thing any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mine := s.held[who]
	if mine[thing]--; mine[thing] == 0 {
		delete(mine, thing)
	}
	if len(mine) == 0 {
		delete(s.held, who)
	}
}

// callerKey is the key of the caller in a request's context.
type callerKey struct{}

func withCaller(r *http.Request, who access.Identity) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), callerKey{}, who))
}

// callerOf is who sent a request that was let in by a rule.
func callerOf(r *http.Request) (access.Identity, bool) {
	who, known := r.Context().Value(callerKey{}).(access.Identity)
	return who, known
}
