package session

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/penstock/penstock/internal/event"
)

// keyBits of keys that are made, and the least that Snowflake takes is 2,048.
const (
	keyBits   = 3072
	leastBits = 2048
	// maxKeyFile bounds what is read as a key.
	maxKeyFile = 64 << 10
)

// MakeKey writes a new RSA key as PKCS#8 PEM that its owner alone may read. It never replaces a file.
func MakeKey(path string) (*rsa.PrivateKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, &event.Error{Code: "key_exists", Message: fmt.Sprintf("there is a key in %s already", path),
			Hint: "`penstock snowflake keys --show` prints its ALTER USER; name another file with --key to make a second key"}
	}
	if err != nil {
		return nil, err
	}
	err = pem.Encode(file, &pem.Block{Type: "PRIVATE KEY", Bytes: der})
	return key, errors.Join(err, file.Sync(), file.Close())
}

// ReadKey reads a key that MakeKey or openssl made. No error shows what the file holds.
func ReadKey(path string) (*rsa.PrivateKey, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, &event.Error{Code: "no_key", Message: "the private key cannot be read", Err: err, Hint: "make one with `penstock snowflake keys`, or name it with --key"}
	}
	if !info.Mode().IsRegular() || info.Size() > maxKeyFile {
		return nil, &event.Error{Code: "no_key", Message: fmt.Sprintf("%s is no key", path), Hint: "name a PEM file with --key"}
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, &event.Error{Code: "key_readable", Message: fmt.Sprintf("others may read the private key in %s", path), Hint: "run `chmod 600 " + path + "`"}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, &event.Error{Code: "no_key", Message: "the private key cannot be read", Err: err}
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type == "ENCRYPTED PRIVATE KEY" {
		return nil, &event.Error{Code: "no_key", Message: fmt.Sprintf("%s holds no plain private key", path),
			Hint: "write it without a passphrase, for its owner alone: openssl pkcs8 -in old.p8 -out new.p8, then chmod 600 new.p8"}
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	key, ok := parsed.(*rsa.PrivateKey)
	if err != nil || !ok || key.N.BitLen() < leastBits {
		return nil, &event.Error{Code: "no_key", Message: fmt.Sprintf("%s holds no RSA key of at least %d bits in PKCS#8", path, leastBits),
			Hint: "make one with `penstock snowflake keys`, or convert it: openssl pkcs8 -topk8 -nocrypt"}
	}
	return key, nil
}

// PublicKey is what ALTER USER ... SET RSA_PUBLIC_KEY takes.
func PublicKey(key *rsa.PrivateKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	return base64.StdEncoding.EncodeToString(der), err
}
