package pipeline

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/snowflake/keypair"
	"github.com/penstock/penstock/internal/spelling"
)

// Snowflake says where a pipeline's rows go in Snowflake, and as whom.
type Snowflake struct {
	// Account, User, Database and Schema are those of the URL snowflake://USER@ACCOUNT/DATABASE/SCHEMA.
	Account, User, Database, Schema string
	// Warehouse computes; Role loads; Reader is the role of people's queries. Default: the user's.
	Warehouse, Role, Reader string
	// Stage at the root of the lake; or Integration, by which the pipeline makes one.
	Stage, Integration string
	// Endpoint replaces https://ACCOUNT.snowflakecomputing.com, for a private link or a double.
	Endpoint string
	// Key is the user's private key. It is never printed.
	Key *rsa.PrivateKey
}

// String is where it is, without the key.
func (s Snowflake) String() string {
	return "snowflake://" + s.User + "@" + s.Account + "/" + s.Database + "/" + s.Schema
}

// GoString keeps the key out of %#v.
func (s Snowflake) GoString() string { return s.String() }

// LogValue keeps the key out of logs.
func (s Snowflake) LogValue() slog.Value { return slog.StringValue(s.String()) }

const snowflakeExample = "snowflake://USER@ACCOUNT/DATABASE/SCHEMA?warehouse=WH&role=LOADER&reader=READER&stage=LAKE&key_file=snowflake.p8"

var (
	snowflakeName    = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_$]{0,254}$`)
	snowflakeAccount = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$`)
)

// snowflake reads the URL of a schema in Snowflake. The key's secret stands in a file or in an environment variable.
func (r *reader) snowflake(n *yaml.Node, value, dir string) *Snowflake {
	u, err := url.Parse(value)
	if err != nil {
		r.Fault(n, "the warehouse is not a URL", "write "+snowflakeExample)
		return nil
	}
	if _, secret := u.User.Password(); secret {
		r.Fault(n, "a password is written in the pipeline file", "log in by a key pair (`penstock snowflake keys` makes one) and write key_file=PATH or key_env=NAME")
		return nil
	}
	s := &Snowflake{Account: u.Host, User: u.User.Username()}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if !snowflakeAccount.MatchString(s.Account) || s.User == "" || len(parts) != 2 {
		r.Fault(n, fmt.Sprintf("the warehouse %q does not name user, account, database and schema", u.Redacted()), "write "+snowflakeExample)
		return nil
	}
	s.Database, s.Schema = parts[0], parts[1]
	words := u.Query()
	passphrase := words.Get("passphrase_env")
	words.Del("passphrase_env")
	if passphrase != "" && !envName.MatchString(passphrase) {
		r.Fault(n, "passphrase_env is no name of an environment variable", "write the variable's name, and never the passphrase")
		return nil
	}
	secret := r.snowflakeKey(n, words, dir)
	known := map[string]*string{"warehouse": &s.Warehouse, "role": &s.Role, "reader": &s.Reader, "stage": &s.Stage, "integration": &s.Integration, "endpoint": &s.Endpoint}
	for name, values := range words {
		to, ok := known[name]
		switch {
		case !ok:
			instead := "write one of " + strings.Join(slices.Sorted(mapKeys(known)), ", ") + ", key_file, key_env, passphrase_env"
			if near := spelling.Nearest(name, slices.Sorted(mapKeys(known))); near != "" {
				instead = fmt.Sprintf("did you mean %q?", near)
			}
			r.Fault(n, fmt.Sprintf("the warehouse's URL has the unknown word %q", name), instead)
		case name != "endpoint" && !snowflakeName.MatchString(values[0]):
			r.Fault(n, fmt.Sprintf("%s=%s is no name of Snowflake's", name, values[0]), "use letters, digits and _, at most 255, as in queries without quotes")
		default:
			*to = values[0]
		}
	}
	for _, name := range []string{s.Database, s.Schema} {
		if !snowflakeName.MatchString(name) {
			r.Fault(n, fmt.Sprintf("%s is no name of Snowflake's", name), "use letters, digits and _, at most 255, as in queries without quotes")
		}
	}
	if s.Stage == "" && s.Integration == "" && s.Endpoint == "" {
		r.Fault(n, "Snowflake cannot read the lake", "name an external stage at the lake's root (stage=NAME), or a storage integration by which one is made (integration=NAME)")
	}
	if secret == "" {
		return s
	}
	s.Key, err = keypair.Parse([]byte(secret), keypair.FromEnvironment(passphrase))
	if fault, ok := errors.AsType[*event.Error](err); ok {
		r.Fault(n, fault.Message, fault.Hint)
	}
	return s
}

func mapKeys(m map[string]*string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// snowflakeKey reads the private key's text, and takes the words that name it away.
func (r *reader) snowflakeKey(n *yaml.Node, words url.Values, dir string) string {
	file, env := words.Get("key_file"), words.Get("key_env")
	words.Del("key_file")
	words.Del("key_env")
	switch {
	case (file == "") == (env == ""):
		r.Fault(n, "the warehouse needs the place of one private key", "write key_file=PATH or key_env=NAME into its URL")
	case r.noSecrets:
	case env != "":
		if !envName.MatchString(env) || os.Getenv(env) == "" {
			r.Fault(n, "key_env names no environment variable that is set", "set it to the private key, as PEM")
			return ""
		}
		return os.Getenv(env)
	default:
		path := resolve(dir, file)
		text, err := readLimited(path, maxSecretBytes)
		if err != nil || len(text) == 0 {
			r.Fault(n, fmt.Sprintf("the file %s cannot be read, or is empty", path), "write the path of the file that holds the private key")
			return ""
		}
		return string(text)
	}
	return ""
}
