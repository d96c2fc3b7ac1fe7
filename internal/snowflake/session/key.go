package session

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/snowflake/keypair"
)

const (
	// keyBits of keys that are made.
	keyBits = 3072
	// maxKeyFile bounds what is read as a key.
	maxKeyFile = 64 << 10
)

// MakeKey writes a new RSA key as PKCS#8 PEM that its owner alone may read, encrypted if the passphrase is set. It never
// replaces a file.
func MakeKey(path string, passphrase keypair.Passphrase) (*rsa.PrivateKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, err
	}
	text, err := keypair.Encode(key, passphrase)
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
	_, err = file.Write(text)
	return key, errors.Join(err, file.Sync(), file.Close())
}

// ReadKey reads a key that MakeKey or openssl made; for an encrypted one the passphrase stands in the environment variable
// keypair.Variable. No error shows what the file holds.
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
	key, err := keypair.Parse(text, keypair.FromEnvironment(""))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}
