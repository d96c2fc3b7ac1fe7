package pipeline

import (
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/penstock/penstock/internal/access"
)

const (
	accessExample = "access: {users: [{name: anna, role: operator, password_hash: \"$argon2id$...\"}]}"
	userExample   = "{name: anna, role: operator, password_hash: \"$argon2id$...\"}"
	tokenExample  = "{name: wall, role: viewer, secret_env: WALL_TOKEN}"
	hashHint      = "run `penstock hash-password` and write what it prints"
	// maxAccess bounds how many users, and how many tokens, there are: every request's token is compared with all.
	maxAccess = 1000
)

var accessName = regexp.MustCompile(`^[A-Za-z0-9._@+-]{1,128}$`)

// access reads who may look at the pipeline over HTTP, and who may operate it.
func (r *reader) access(n *yaml.Node, p *Pipeline) {
	r.mapping(n, "access", accessExample, []word{
		{"users", func(n *yaml.Node) {
			for _, entry := range r.accessList("users", userExample, n) {
				p.Access.Users = append(p.Access.Users, r.user(entry, p.Dir))
			}
		}},
		{"tokens", func(n *yaml.Node) {
			for _, entry := range r.accessList("tokens", tokenExample, n) {
				p.Access.Tokens = append(p.Access.Tokens, r.token(entry, p.Dir))
			}
		}},
	})
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		r.Fault(n, "access lets nobody in", "write it like this: "+accessExample)
	}
}

// accessList is the entries of a list of users or tokens, each with a name of its own.
func (r *reader) accessList(what, example string, n *yaml.Node) []*yaml.Node {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		r.Fault(n, what+" is not a list", "write it like this: "+what+": ["+example+"]")
		return nil
	}
	if len(n.Content) > maxAccess {
		r.Fault(n, fmt.Sprintf("there are %d %s", len(n.Content), what), fmt.Sprintf("give at most %d", maxAccess))
		return nil
	}
	lines := map[string]int{}
	for _, entry := range n.Content {
		for i := 0; i+1 < len(entry.Content); i += 2 {
			if entry.Kind != yaml.MappingNode || entry.Content[i].Value != "name" {
				continue
			}
			name := entry.Content[i+1].Value
			if lines[name] > 0 {
				r.Fault(entry, fmt.Sprintf("the name %s is there twice, first in line %d", name, lines[name]), "give each a name of its own")
			}
			lines[name] = max(entry.Line, 1)
		}
	}
	return n.Content
}

// identity is the words name and role, which users and tokens share.
func (r *reader) identity(to *access.Identity) []word {
	return []word{
		{"name", func(n *yaml.Node) {
			value, ok := r.Text("the name", n)
			if ok && !accessName.MatchString(value) {
				r.Fault(n, fmt.Sprintf("%q cannot be a name", value), "use 1 to 128 letters, digits, and . _ @ + -")
			}
			to.Name = value
		}},
		{"role", func(n *yaml.Node) {
			if value, ok := r.Choice("the role", n, access.Viewer.String(), access.Operator.String()); ok {
				to.Role, _ = access.ParseRole(value)
			}
		}},
	}
}

func (r *reader) user(entry *yaml.Node, dir string) (user access.User) {
	var hash string
	var at *yaml.Node
	place := func(read func(*yaml.Node)) func(*yaml.Node) {
		return func(n *yaml.Node) { at = n; read(n) }
	}
	seen := r.mapping(entry, "a user", userExample, append(r.identity(&user.Identity),
		word{"password_hash", place(func(n *yaml.Node) { hash, _ = r.Text("password_hash", n) })},
		word{"password_hash_env", place(func(n *yaml.Node) { r.fromEnv("password_hash_env", n, &hash) })},
		word{"password_hash_file", place(func(n *yaml.Node) { r.fromFile("password_hash_file", n, dir, &hash) })},
		word{"password", func(n *yaml.Node) {
			r.Fault(n, "a password is written in the pipeline file", hashHint+" behind password_hash")
		}},
	))
	if entry.Kind != yaml.MappingNode {
		return user
	}
	r.complete(entry, "the user", userExample, seen)
	switch places := count(seen, "password_hash", "password_hash_env", "password_hash_file"); {
	case places > 1:
		r.Fault(entry, "the user has two places for the password's hash", "keep password_hash, password_hash_env or password_hash_file")
	case places == 0 && seen["password"] == nil:
		r.Fault(entry, "the user has no password", hashHint+" behind password_hash")
	case hash != "":
		var err error
		if user.Password, err = access.ParseHash(hash); err != nil {
			r.Fault(at, err.Error(), hashHint) // it may be the password itself, so it is not repeated
		}
	}
	return user
}

func (r *reader) token(entry *yaml.Node, dir string) (token access.Token) {
	seen := r.mapping(entry, "a token", tokenExample, append(r.identity(&token.Identity),
		word{"secret_env", func(n *yaml.Node) { r.fromEnv("secret_env", n, &token.Secret) }},
		word{"secret_file", func(n *yaml.Node) { r.fromFile("secret_file", n, dir, &token.Secret) }},
		word{"secret", func(n *yaml.Node) { r.secretInFile(n) }},
	))
	if entry.Kind != yaml.MappingNode {
		return token
	}
	r.complete(entry, "the token", tokenExample, seen)
	switch places := count(seen, "secret_env", "secret_file"); {
	case places > 1:
		r.Fault(entry, "the token has two places for its secret", "keep secret_env or secret_file")
	case places == 0 && seen["secret"] == nil:
		r.Fault(entry, "the token has no secret", "add secret_env: NAME or secret_file: PATH")
	case token.Secret != "" && (len(token.Secret) < access.MinTokenChars || len(token.Secret) > access.MaxTokenBytes || !printable(token.Secret)):
		r.Fault(entry, fmt.Sprintf("the token's secret is not %d to %d printable characters without spaces", access.MinTokenChars, access.MaxTokenBytes),
			"make one with `openssl rand -base64 32`")
	}
	return token
}

// printable says that a text can be sent in a header as it is.
func printable(text string) bool {
	return !strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c > '~' })
}

func (r *reader) complete(entry *yaml.Node, what, example string, seen map[string]*yaml.Node) {
	for _, name := range []string{"name", "role"} {
		if seen[name] == nil {
			r.Fault(entry, what+" has no "+name, "write it like this: "+example)
		}
	}
}

func count(seen map[string]*yaml.Node, words ...string) (n int) {
	for _, w := range words {
		if seen[w] != nil {
			n++
		}
	}
	return n
}
