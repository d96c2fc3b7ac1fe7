package access

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"hash/maphash"
	"net/netip"
	"time"
)

// How often a login may fail: for each address and for each user name, so that neither one machine nor many together
// get far with a word list. A login that succeeds is not counted.
const (
	addressBurst, addressPause = 20, 15 * time.Second
	userBurst, userPause       = 10, 30 * time.Second
)

// maxChecks is how many passwords are checked at once: each takes memory and a core (see HashPassword).
const maxChecks = 2

// ErrWrong says that a login is refused, and not which part of it was wrong.
var ErrWrong = errors.New("user, password or token is wrong")

// TooManyError says that a login must wait.
type TooManyError struct{ Wait time.Duration }

// Error says how long.
func (e *TooManyError) Error() string {
	return fmt.Sprintf("too many failed logins; try again in %s", max(e.Wait.Round(time.Second), time.Second))
}

// Config configures a Door.
type Config struct {
	Rules Rules
	// Token is the pipeline's own, an operator's: that of the commands on this machine. It must not be empty.
	Token string
	// Now tells the time; default time.Now.
	Now func() time.Time
}

// Door knows who somebody is. It is safe for use by many goroutines.
type Door struct {
	users  map[string]User
	tokens []knownToken
	// decoys are checked for users that do not exist, so that nobody learns by the time who does.
	decoys []Hash
	seed   maphash.Seed

	sessions          *sessions
	byAddress, byUser *attempts
	checks            chan struct{}
}

type knownToken struct {
	Identity
	digest [sha256.Size]byte
}

// New returns a Door for the given rules.
func New(cfg Config) (*Door, error) {
	if cfg.Token == "" {
		return nil, errors.New("the pipeline's own token is empty")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	d := &Door{
		users: map[string]User{}, seed: maphash.MakeSeed(), sessions: newSessions(cfg.Now),
		byAddress: newAttempts(addressBurst, addressPause, cfg.Now), byUser: newAttempts(userBurst, userPause, cfg.Now),
		checks: make(chan struct{}, maxChecks),
		tokens: []knownToken{{Identity{Role: Operator}, sha256.Sum256([]byte(cfg.Token))}},
	}
	for _, user := range cfg.Rules.Users {
		d.users[user.Name] = user
		d.decoys = append(d.decoys, user.Password.decoy())
	}
	for _, token := range cfg.Rules.Tokens {
		if len(token.Secret) < MinTokenChars {
			return nil, fmt.Errorf("the token %s is shorter than %d characters", token.Name, MinTokenChars)
		}
		d.tokens = append(d.tokens, knownToken{token.Identity, sha256.Sum256([]byte(token.Secret))})
	}
	return d, nil
}

// Bearer says whose token it is. Its time depends on nothing but the number of tokens.
func (d *Door) Bearer(token string) (who Identity, ok bool) {
	digest := sha256.Sum256([]byte(token))
	for _, known := range d.tokens {
		if subtle.ConstantTimeCompare(digest[:], known.digest[:]) == 1 {
			who, ok = known.Identity, true
		}
	}
	return who, ok
}

// Login starts a session for a user with a password. from is the caller's address. The error is ErrWrong, a
// *TooManyError, or ctx's.
func (d *Door) Login(ctx context.Context, from netip.Addr, user, password string) (session string, who Identity, err error) {
	return d.login(from, user, func() (Identity, bool, error) {
		select {
		case d.checks <- struct{}{}:
			defer func() { <-d.checks }()
		case <-ctx.Done():
			return Identity{}, false, ctx.Err()
		}
		known, exists := d.users[user]
		if !exists && len(d.decoys) == 0 {
			return Identity{}, false, nil // there are tokens alone, so that there is no user to be found out
		}
		hash := known.Password
		if !exists {
			hash = d.decoys[maphash.String(d.seed, user)%uint64(len(d.decoys))]
		}
		matches := len(password) <= MaxPasswordBytes && hash.matches(password)
		return known.Identity, exists && matches, nil
	})
}

// LoginToken starts a session for a token, as Login does.
func (d *Door) LoginToken(from netip.Addr, token string) (session string, who Identity, err error) {
	// Tokens are beyond guessing; a count for all of them would let one caller lock out the others.
	return d.login(from, "", func() (Identity, bool, error) {
		who, ok := d.Bearer(token)
		return who, ok, nil
	})
}

func (d *Door) login(from netip.Addr, user string, check func() (Identity, bool, error)) (string, Identity, error) {
	network := networkOf(from)
	if wait := d.byAddress.take(network); wait > 0 {
		return "", Identity{}, &TooManyError{wait}
	}
	if wait := d.takeUser(user); wait > 0 {
		return "", Identity{}, &TooManyError{wait}
	}
	who, ok, err := check()
	if err != nil {
		return "", Identity{}, err
	}
	if !ok {
		return "", Identity{}, ErrWrong
	}
	d.byAddress.giveBack(network)
	if user != "" {
		d.byUser.giveBack(user)
	}
	return d.sessions.start(who), who, nil
}

func (d *Door) takeUser(user string) (wait time.Duration) {
	if user == "" {
		return 0
	}
	return d.byUser.take(user)
}

// networkOf is what an attempt is counted for: an IPv4 address, or the /64 that one IPv6 customer has.
func networkOf(from netip.Addr) string {
	from = from.Unmap().WithZone("")
	if from.Is6() {
		if prefix, err := from.Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return from.String()
}

// Visit uses the session with the given id until leave is called. ended is done when the session ends
// meanwhile, by its age or a logout.
func (d *Door) Visit(session string) (who Identity, ended context.Context, leave func(), ok bool) {
	return d.sessions.visit(session)
}

// Logout ends a session; one that does not exist is ended already.
func (d *Door) Logout(session string) { d.sessions.stop(session) }
