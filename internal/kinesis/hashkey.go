package kinesis

import (
	"crypto/md5" // the protocol's choice; it spreads keys, it protects nothing
	"encoding/binary"
	"math/big"
	"math/bits"
)

// hashKey is a place in the 128-bit space that the shards of a stream divide among them.
type hashKey struct{ hi, lo uint64 }

// hashPartitionKey is the MD5 of the key as a big-endian number.
func hashPartitionKey(key string) hashKey {
	sum := md5.Sum([]byte(key))
	return hashKey{binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:])}
}

// parseHashKey reads a decimal number; false if it is not one or is 2^128 or more.
func parseHashKey(text string) (hashKey, bool) {
	var h hashKey
	for i := range len(text) {
		digit := uint64(text[i] - '0')
		if digit > 9 {
			return hashKey{}, false
		}
		over1, hi := bits.Mul64(h.hi, 10)
		over2, lo := bits.Mul64(h.lo, 10)
		lo, carry := bits.Add64(lo, digit, 0)
		hi, over3 := bits.Add64(hi, over2, carry)
		if over1 != 0 || over3 != 0 {
			return hashKey{}, false
		}
		h = hashKey{hi, lo}
	}
	return h, text != ""
}

func (h hashKey) less(o hashKey) bool { return h.hi < o.hi || h.hi == o.hi && h.lo < o.lo }

// String is the number in decimal. It is for descriptions of shards, not for every record.
func (h hashKey) String() string {
	n := new(big.Int).SetUint64(h.hi)
	n.Lsh(n, 64)
	return n.Or(n, new(big.Int).SetUint64(h.lo)).String()
}

// keyspace is the division of all hash keys among the shards of a new stream: equal parts, and
// what is left over belongs to the last.
type keyspace struct {
	shards int
	width  hashKey // floor(2^128 / shards); not used for one shard
}

func newKeyspace(shards int) keyspace {
	k := keyspace{shards: shards}
	if shards > 1 {
		n := uint64(shards)
		hi, rem := bits.Div64(1, 0, n)
		lo, _ := bits.Div64(rem, 0, n)
		k.width = hashKey{hi, lo}
	}
	return k
}

// start is the first hash key of a shard.
func (k keyspace) start(shard int) hashKey {
	n := uint64(shard)
	hi, lo := bits.Mul64(k.width.lo, n)
	return hashKey{hi + k.width.hi*n, lo}
}

// bounds are the first and the last hash key of a shard.
func (k keyspace) bounds(shard int) (first, last hashKey) {
	if shard == k.shards-1 {
		return k.start(shard), hashKey{^uint64(0), ^uint64(0)}
	}
	next := k.start(shard + 1)
	lo, borrow := bits.Sub64(next.lo, 1, 0)
	return k.start(shard), hashKey{next.hi - borrow, lo}
}

// shardOf is the shard a hash key belongs to.
func (k keyspace) shardOf(h hashKey) int {
	if k.shards == 1 {
		return 0
	}
	// The upper half alone finds the shard or a neighbour of it.
	guess, _ := bits.Mul64(h.hi, uint64(k.shards))
	shard := int(guess)
	for shard > 0 && h.less(k.start(shard)) {
		shard--
	}
	for shard+1 < k.shards && !h.less(k.start(shard+1)) {
		shard++
	}
	return shard
}
