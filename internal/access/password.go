package access

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Password lengths that are taken. A short one is guessed from a stolen hash; a long one only costs work.
const (
	MinPasswordBytes = 12
	MaxPasswordBytes = 1024
)

// What one check costs: 19 MiB and two passes, the first choice of OWASP's Password Storage Cheat Sheet for
// Argon2id, about 30 ms of one core.
const (
	hashMemory  = 19 << 10 // KiB
	hashPasses  = 2
	hashThreads = 1
	hashSalt    = 16
	hashKey     = 32
)

// Bounds of hashes that other programs made: no weaker than OWASP's weakest choice, and no check that hurts the
// pipeline beside it.
const (
	minHashMemory, maxHashMemory = 7 << 10, 64 << 10 // KiB
	maxHashPasses                = 10
	maxHashThreads               = 8
)

// Hash is a password's Argon2id hash (RFC 9106). It is never printed.
type Hash struct {
	memory, passes uint32
	threads        uint8
	salt, key      []byte
}

// String keeps the hash out of formatted text and logs.
func (Hash) String() string { return "(password hash)" }

// GoString keeps the hash out of %#v.
func (Hash) GoString() string { return "Hash(...)" }

// HashPassword makes the text that ParseHash reads, in the PHC string format.
func HashPassword(password string) (string, error) {
	if len(password) < MinPasswordBytes || len(password) > MaxPasswordBytes {
		return "", fmt.Errorf("a password has %d to %d characters, and this one has %d", MinPasswordBytes, MaxPasswordBytes, len(password))
	}
	h := Hash{memory: hashMemory, passes: hashPasses, threads: hashThreads, salt: random(hashSalt)}
	h.key = h.derive(password, hashKey)
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.passes, h.threads, encode(h.salt), encode(h.key)), nil
}

var errNoHash = errors.New("this is not an Argon2id hash that is strong enough and not too costly")

// ParseHash reads an Argon2id hash in the PHC string format: $argon2id$v=19$m=19456,t=2,p=1$SALT$KEY. The
// error never holds the text, which may be a password.
func ParseHash(text string) (Hash, error) {
	var h Hash
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return h, errNoHash
	}
	if n, err := fmt.Sscanf(parts[3]+"\n", "m=%d,t=%d,p=%d\n", &h.memory, &h.passes, &h.threads); err != nil || n != 3 {
		return h, errNoHash
	}
	var saltErr, keyErr error
	h.salt, saltErr = base64.RawStdEncoding.DecodeString(parts[4])
	h.key, keyErr = base64.RawStdEncoding.DecodeString(parts[5])
	if saltErr != nil || keyErr != nil || len(h.salt) < 8 || len(h.salt) > 64 || len(h.key) < 16 || len(h.key) > 64 {
		return h, errNoHash
	}
	if h.memory < minHashMemory || h.memory > maxHashMemory || h.passes < 1 || h.passes > maxHashPasses || h.threads < 1 || h.threads > maxHashThreads {
		return h, errNoHash
	}
	return h, nil
}

func (h Hash) derive(password string, size int) []byte {
	return argon2.IDKey([]byte(password), h.salt, h.passes, h.memory, h.threads, uint32(size))
}

// matches takes the same time whether it does or not.
func (h Hash) matches(password string) bool {
	return subtle.ConstantTimeCompare(h.derive(password, len(h.key)), h.key) == 1
}

// decoy is a hash that costs as much to check and matches nothing that anybody can know.
func (h Hash) decoy() Hash {
	h.salt, h.key = random(len(h.salt)), random(len(h.key))
	return h
}

func random(bytes int) []byte {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // it never fails
	return b
}
