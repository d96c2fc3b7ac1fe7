package double

import (
	"net/http"
	"regexp"
)

// The ways in which a statement can fail.
const (
	// Privilege refuses it as Snowflake refuses a role that may not.
	Privilege = iota + 1
	// Throttle and Unavailable answer 429 and 503 before anything is done.
	Throttle
	Unavailable
	// Cut breaks the connection before anything is done, CutAfter after the effect and before the answer.
	Cut
	CutAfter
)

// Fault is how statements fail.
type Fault struct {
	// Match finds the statements. Nil is every one.
	Match *regexp.Regexp
	// Kind is one of the constants.
	Kind int
	// Times is how many requests fail. 0 is all.
	Times int

	met int
}

// Fail lets statements fail from now on.
func (a *Account) Fail(f Fault) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults = append(a.faults, &f)
}

// Heal takes all faults away.
func (a *Account) Heal() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults = nil
}

// fault finds the one that a statement meets. a.mu is held.
func (a *Account) fault(sql string) int {
	for _, f := range a.faults {
		if (f.Match == nil || f.Match.MatchString(sql)) && (f.Times == 0 || f.met < f.Times) {
			f.met++
			return f.Kind
		}
	}
	return 0
}

// cut breaks a connection.
func cut(w http.ResponseWriter) {
	if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
		_ = conn.Close()
	}
}
