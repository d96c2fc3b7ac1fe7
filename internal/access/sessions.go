package access

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"sync"
	"time"
)

// Limits of a session: a working day without use, a week in all.
const (
	SessionIdle = 12 * time.Hour
	SessionLife = 7 * 24 * time.Hour
	// maxSessions bounds memory. The one that was unused for longest makes room for the next.
	maxSessions = 1000
	// sessionBytes of randomness make an id that nobody guesses: 256 bits.
	sessionBytes = 32
)

// sessions are those who logged in. They are in memory alone: a restart, which is also how rules change, ends them.
type sessions struct {
	now func() time.Time
	mu  sync.Mutex
	// byID is by the hash of the id, so that neither a dump of the memory nor the time of a look-up tells one.
	byID map[[sha256.Size]byte]*session
}

type session struct {
	who           Identity
	created, used time.Time
	// visits are requests under way, such as a live view, which keep the session in use.
	visits int
	ended  context.Context
	end    context.CancelFunc
}

func newSessions(now func() time.Time) *sessions {
	return &sessions{now: now, byID: map[[sha256.Size]byte]*session{}}
}

// start makes a session and returns its id.
func (s *sessions) start(who Identity) string {
	id := base64.RawURLEncoding.EncodeToString(random(sessionBytes))
	now := s.now()
	made := &session{who: who, created: now, used: now}
	made.ended, made.end = context.WithTimeout(context.Background(), SessionLife)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	if len(s.byID) >= maxSessions {
		s.endOldest()
	}
	s.byID[sha256.Sum256([]byte(id))] = made
	return id
}

// visit uses a session for the time until leave is called. ended is done when the session ends.
func (s *sessions) visit(id string) (who Identity, ended context.Context, leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	found := s.byID[sha256.Sum256([]byte(id))]
	if found == nil {
		return Identity{}, nil, nil, false
	}
	found.visits++
	found.used = s.now()
	return found.who, found.ended, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		found.visits--
		found.used = s.now()
	}, true
}

// stop ends a session and every visit of it.
func (s *sessions) stop(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(sha256.Sum256([]byte(id)))
}

func (s *sessions) remove(key [sha256.Size]byte) {
	if found := s.byID[key]; found != nil {
		found.end()
		delete(s.byID, key)
	}
}

// expire ends the sessions that have had their time. There are few, and logins and requests by cookie are
// what people do.
func (s *sessions) expire() {
	now := s.now()
	for key, one := range s.byID {
		if now.Sub(one.created) >= SessionLife || one.visits == 0 && now.Sub(one.used) >= SessionIdle {
			s.remove(key)
		}
	}
}

func (s *sessions) endOldest() {
	var oldest [sha256.Size]byte
	var since time.Time
	for key, one := range s.byID {
		if since.IsZero() || one.used.Before(since) {
			oldest, since = key, one.used
		}
	}
	s.remove(oldest)
}
