package access

import (
	"fmt"
	"log/slog"
)

// Role is what somebody may do. A greater role includes the lesser ones.
type Role int

// The roles, the least first.
const (
	// Nobody has not said who they are.
	Nobody Role = iota
	// Viewer looks at dashboards.
	Viewer
	// Operator does everything.
	Operator
)

// String is the role as people write it; empty for Nobody.
func (r Role) String() string {
	switch r {
	case Viewer:
		return "viewer"
	case Operator:
		return "operator"
	default:
		return ""
	}
}

// ParseRole reads "viewer" or "operator".
func ParseRole(text string) (Role, bool) {
	for _, role := range []Role{Viewer, Operator} {
		if text == role.String() {
			return role, true
		}
	}
	return Nobody, false
}

// MinTokenChars is the least length of a token: 16 random characters of base64 are 96 bits, beyond any guessing
// over a network.
const MinTokenChars = 16

// MaxTokenBytes and MaxNameBytes bound what is compared and kept.
const (
	MaxTokenBytes = 4096
	MaxNameBytes  = 128
)

// Identity is somebody known.
type Identity struct {
	// Name is the user's or the token's; empty for the pipeline's own token.
	Name string
	Role Role
}

// User logs in with a password.
type User struct {
	Identity
	Password Hash
}

// Token is what a program sends instead of logging in.
type Token struct {
	Identity
	// Secret is never printed.
	Secret string
}

// String keeps the secret out of formatted text.
func (t Token) String() string { return t.Name }

// GoString keeps the secret out of %#v.
func (t Token) GoString() string { return fmt.Sprintf("Token(%q)", t.Name) }

// LogValue keeps the secret out of logs.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.Name) }

// Rules say who has which role. The zero value gives nobody any.
type Rules struct {
	Users  []User
	Tokens []Token
}

// Empty says that nobody has a role.
func (r Rules) Empty() bool { return len(r.Users)+len(r.Tokens) == 0 }
