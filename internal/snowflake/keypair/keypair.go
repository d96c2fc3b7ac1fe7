// Package keypair reads and writes the private key that signs logins to Snowflake: PKCS#8 as PEM (RFC 5208, RFC 7468),
// plain or encrypted under a passphrase. No error shows a key or a passphrase.
package keypair

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"log/slog"
	"os"

	"github.com/youmark/pkcs8"

	"github.com/penstock/penstock/internal/event"
)

const (
	// LeastBits of a key are what Snowflake takes.
	LeastBits = 2048
	// LeastPassphrase is the shortest passphrase that Encode takes, in bytes.
	LeastPassphrase = 8
	// Variable of the environment that holds the passphrase, if no other is named.
	Variable = "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE"

	plain     = "PRIVATE KEY"
	encrypted = "ENCRYPTED PRIVATE KEY"
	pkcs1     = "RSA PRIVATE KEY"
)

// Passphrase is a secret, and the variable of the environment that it came from. It is not printed.
type Passphrase struct {
	Variable string
	secret   string
}

// FromEnvironment reads the variable, or the usual one without a name. One that is not set is no passphrase.
func FromEnvironment(variable string) Passphrase {
	if variable == "" {
		variable = Variable
	}
	return Passphrase{Variable: variable, secret: os.Getenv(variable)}
}

// Set says whether there is a passphrase.
func (p Passphrase) Set() bool { return p.secret != "" }

// String is the variable's name.
func (p Passphrase) String() string { return "$" + p.Variable }

// GoString keeps the passphrase out of %#v.
func (p Passphrase) GoString() string { return p.String() }

// LogValue keeps the passphrase out of logs.
func (p Passphrase) LogValue() slog.Value { return slog.StringValue(p.String()) }

// Parse reads a private key's PEM. A key that is not encrypted needs no passphrase, and one that is set does not matter.
// Errors are *event.Error: key_passphrase for a passphrase that is missing or wrong, no_key for all else.
func Parse(text []byte, passphrase Passphrase) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, noKey("it is not PEM")
	}
	var parsed any
	var err error
	switch {
	case block.Headers["DEK-Info"] != "":
		return nil, &event.Error{Code: "no_key", Message: "the private key is encrypted in OpenSSL's old way", Hint: convert}
	case block.Type == encrypted:
		parsed, err = decrypt(block.Bytes, passphrase)
	case block.Type == pkcs1:
		parsed, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	default:
		parsed, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	if fault, ok := err.(*event.Error); ok { //nolint:errorlint // decrypt's own, never wrapped
		return nil, fault
	}
	key, ok := parsed.(*rsa.PrivateKey)
	switch {
	case err != nil:
		return nil, noKey("it is damaged, or not in PKCS#8")
	case !ok:
		return nil, noKey("it is no RSA key")
	case key.N.BitLen() < LeastBits:
		return nil, noKey(fmt.Sprintf("it has %d bits, and Snowflake takes %d at least", key.N.BitLen(), LeastBits))
	}
	return key, nil
}

func noKey(why string) error {
	return &event.Error{Code: "no_key", Message: "the private key cannot be read: " + why, Hint: "make one with `penstock snowflake keys`, or convert yours: openssl pkcs8 -topk8 -v2 aes-256-cbc -in old.pem -out new.p8"}
}

// Encode writes a key as PEM, encrypted if a passphrase is set: AES-256-CBC under PBKDF2 with HMAC-SHA-256, which openssl,
// Snowflake's drivers and Parse read.
func Encode(key *rsa.PrivateKey, passphrase Passphrase) ([]byte, error) {
	if !passphrase.Set() {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		return pem.EncodeToMemory(&pem.Block{Type: plain, Bytes: der}), err
	}
	if len(passphrase.secret) < LeastPassphrase {
		return nil, &event.Error{Code: "key_passphrase", Message: fmt.Sprintf("the passphrase in %s has fewer than %d bytes", passphrase, LeastPassphrase), Hint: "choose a longer one"}
	}
	der, err := pkcs8.MarshalPrivateKey(key, []byte(passphrase.secret), &pkcs8.Opts{
		Cipher:  pkcs8.AES256CBC,
		KDFOpts: pkcs8.PBKDF2Opts{SaltSize: saltBytes, IterationCount: iterations, HMACHash: crypto.SHA256},
	})
	return pem.EncodeToMemory(&pem.Block{Type: encrypted, Bytes: der}), err
}

// Public is what ALTER USER ... SET RSA_PUBLIC_KEY takes: the key's SubjectPublicKeyInfo in base64.
func Public(key *rsa.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	return base64.StdEncoding.EncodeToString(der), err
}

// Fingerprint is what DESC USER shows as RSA_PUBLIC_KEY_FP, "SHA256:" and base64.
func Fingerprint(key *rsa.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	sum := sha256.Sum256(der)
	return "SHA256:" + base64.StdEncoding.EncodeToString(sum[:]), err
}
