package pipeline

import (
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// AccessKey is an access key that may sign requests. Its secret is never in the file: the file says
// which environment variable, or which file of its own, holds it.
type AccessKey struct {
	ID string
	// Secret is never printed.
	Secret string
}

// String keeps the secret out of formatted text.
func (k AccessKey) String() string { return k.ID }

// GoString keeps the secret out of %#v.
func (k AccessKey) GoString() string { return fmt.Sprintf("AccessKey(%q)", k.ID) }

// LogValue keeps the secret out of logs.
func (k AccessKey) LogValue() slog.Value { return slog.StringValue(k.ID) }

var (
	keyID   = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)
	envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

const accessKeysExample = "access_keys: [{id: SHOP, secret_env: SHOP_SECRET}]"

func (r *reader) accessKeys(n *yaml.Node, p *Pipeline) {
	if n.Kind != yaml.SequenceNode {
		r.Fault(n, "access_keys is not a list", "write it like this: "+accessKeysExample)
		return
	}
	for _, entry := range n.Content {
		key := r.accessKey(entry, p.Dir)
		for _, other := range p.AccessKeys {
			if other.ID == key.ID && key.ID != "" {
				r.Fault(entry, fmt.Sprintf("the access key %s is there twice", key.ID), "give each an id of its own")
			}
		}
		p.AccessKeys = append(p.AccessKeys, key)
	}
}

func (r *reader) accessKey(entry *yaml.Node, dir string) (key AccessKey) {
	seen := r.mapping(entry, "an access key", accessKeysExample, []word{
		{"id", func(n *yaml.Node) {
			value, ok := r.Text("the access key's id", n)
			if ok && !keyID.MatchString(value) {
				r.Fault(n, fmt.Sprintf("%q cannot be an access key's id", value), "use 1 to 128 letters, digits, _ and -")
			}
			key.ID = value
		}},
		{"secret_env", func(n *yaml.Node) { r.fromEnv("secret_env", n, &key.Secret) }},
		{"secret_file", func(n *yaml.Node) { r.fromFile("secret_file", n, dir, &key.Secret) }},
		{"secret", func(n *yaml.Node) { r.secretInFile(n) }},
	})
	if entry.Kind != yaml.MappingNode {
		return key
	}
	if seen["id"] == nil {
		r.Fault(entry, "the access key has no id", "write it like this: "+accessKeysExample)
	}
	fromEnv, fromFile := seen["secret_env"] != nil, seen["secret_file"] != nil
	if fromEnv && fromFile {
		r.Fault(entry, "the access key has two places for its secret", "keep secret_env or secret_file")
	}
	if !fromEnv && !fromFile && seen["secret"] == nil {
		r.Fault(entry, "the access key has no secret", "add secret_env: NAME or secret_file: PATH")
	}
	return key
}

func (r *reader) secretInFile(n *yaml.Node) {
	r.Fault(n, "a secret is written in the pipeline file", "put it in an environment variable and write secret_env: NAME, or in a file and write secret_file: PATH")
}

// fromEnv reads a secret from the environment variable that the word name names.
func (r *reader) fromEnv(name string, n *yaml.Node, to *string) {
	variable, ok := r.Text(name, n)
	if !ok {
		return
	}
	if !envName.MatchString(variable) {
		// It may be the secret itself, so it is not repeated.
		r.Fault(n, name+" is not the name of an environment variable", "write a name such as SHOP_SECRET")
		return
	}
	if r.noSecrets {
		return
	}
	if *to = os.Getenv(variable); *to == "" {
		r.Fault(n, fmt.Sprintf("the environment variable %s is not set", variable), "set it to the secret")
	}
}

// maxSecretBytes is far above any secret's length.
const maxSecretBytes = 64 << 10

// fromFile reads a secret from the file that the word name names.
func (r *reader) fromFile(name string, n *yaml.Node, dir string, to *string) {
	value, ok := r.Text(name, n)
	if !ok || r.noSecrets {
		return
	}
	path := resolve(dir, value)
	text, err := readLimited(path, maxSecretBytes)
	if err != nil {
		r.Fault(n, fmt.Sprintf("the file %s cannot be read", path), "write the path of a file that holds the secret and nothing else")
		return
	}
	if *to = strings.TrimSpace(string(text)); *to == "" {
		r.Fault(n, fmt.Sprintf("the file %s is empty", path), "write the secret into it, and nothing else")
	}
}
