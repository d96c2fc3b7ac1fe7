package kinesis

import (
	"crypto/md5"
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"
)

func bigOf(h hashKey) *big.Int {
	n, _ := new(big.Int).SetString(h.String(), 10)
	return n
}

func TestHashKeysMatchBigIntegers(t *testing.T) {
	for i := range 2000 {
		key := fmt.Sprint("key-", i)
		sum := md5.Sum([]byte(key))
		want := new(big.Int).SetBytes(sum[:])
		h := hashPartitionKey(key)
		if bigOf(h).Cmp(want) != 0 {
			t.Fatalf("%s: got %s, want %s", key, h, want)
		}
		if back, ok := parseHashKey(h.String()); !ok || back != h {
			t.Fatalf("%s does not parse back", h)
		}
	}
	for text, ok := range map[string]bool{"0": true, "340282366920938463463374607431768211455": true, "340282366920938463463374607431768211456": false,
		"999999999999999999999999999999999999999": false, "": false, "-1": false, "1x": false, "3402823669209384634633746074317682114550": false} {
		if _, got := parseHashKey(text); got != ok {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// TestShardsDivideTheKeySpace checks ranges and the shard of keys against big integers: the ranges
// join without gaps, and a key is in the range of the shard it is given to.
func TestShardsDivideTheKeySpace(t *testing.T) {
	space := new(big.Int).Lsh(big.NewInt(1), 128)
	one := big.NewInt(1)
	for _, n := range []int{1, 2, 3, 4, 5, 7, 16, 100, 199, 200, 1000, 99_991} {
		keys := newKeyspace(n)
		width := new(big.Int).Div(space, big.NewInt(int64(n)))
		next := new(big.Int)
		for i := range n {
			first, last := keys.bounds(i)
			if bigOf(first).Cmp(next) != 0 {
				t.Fatalf("%d shards: shard %d begins at %s, want %s", n, i, first, next)
			}
			next.Add(next, width)
			if i == n-1 {
				next.Set(space)
			}
			if new(big.Int).Add(bigOf(last), one).Cmp(next) != 0 {
				t.Fatalf("%d shards: shard %d ends at %s, want below %s", n, i, last, next)
			}
			if keys.shardOf(first) != i || keys.shardOf(last) != i {
				t.Fatalf("%d shards: the ends of shard %d are in %d and %d", n, i, keys.shardOf(first), keys.shardOf(last))
			}
			if n > 2000 && i > 50 && i < n-50 {
				next.Mul(width, big.NewInt(int64(n-50)))
				break
			}
		}
		for range 2000 {
			h := hashKey{rand.Uint64(), rand.Uint64()}
			want := new(big.Int).Div(bigOf(h), width).Int64()
			if got := keys.shardOf(h); int64(got) != min(want, int64(n-1)) {
				t.Fatalf("%d shards: %s is in %d, want %d", n, h, got, want)
			}
		}
	}
}
