package kinesis

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// sealer makes tokens that only we can read and make: shard iterators and list positions. Each
// sealing of the same content gives another token, as AWS's do.
type sealer struct {
	aead cipher.AEAD
	now  func() time.Time
}

// Kinds keep a token of one sort from being used as another.
const (
	iteratorToken = "iterator"
	shardsToken   = "shards"
	streamsToken  = "streams"
)

var errNotOurs = errors.New("not a token of this server")

func newSealer(key []byte, now func() time.Time) (*sealer, error) {
	if len(key) == 0 {
		key = make([]byte, 32)
		_, _ = rand.Read(key) // it never fails
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("iterator key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("iterator key: %w", err)
	}
	return &sealer{aead: aead, now: now}, nil
}

// seal makes a token of content, issued now.
func (s *sealer) seal(kind string, content []byte) string {
	plain := binary.BigEndian.AppendUint64(nil, uint64(s.now().UnixMilli()))
	plain = append(plain, content...)
	return base64.StdEncoding.EncodeToString(s.aead.Seal(nil, nil, plain, []byte(kind)))
}

// open returns a token's content and when it was issued.
func (s *sealer) open(kind, token string) (content []byte, issued time.Time, err error) {
	sealed, err := base64.StdEncoding.Strict().DecodeString(token)
	if err != nil {
		return nil, time.Time{}, errNotOurs
	}
	plain, err := s.aead.Open(nil, nil, sealed, []byte(kind))
	if err != nil || len(plain) < 8 {
		return nil, time.Time{}, errNotOurs
	}
	return plain[8:], time.UnixMilli(int64(binary.BigEndian.Uint64(plain))), nil
}

// expired tells whether a token is too old. One from the future is not: a clock was set back.
func (s *sealer) expired(issued time.Time) bool { return s.now().Sub(issued) > tokenLifetime }
