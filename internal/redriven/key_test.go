package redriven

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAPartitionKeyCarriesThePositionThereAndBack(t *testing.T) {
	for _, o := range []Origin{
		{"shardId-000000000000", "49600000000000000000000000000000000000000000000000000002", 1_800_000_000_123, "customer|7"},
		{"shardId-000000000001", "496.00000001", 0, ""},
		{"errors", "0a1b2c-17", 1, "ключ"},
	} {
		key, ok := o.PartitionKey()
		if !ok {
			t.Fatalf("%+v has no key", o)
		}
		if back, ok := Parse(key); !ok || back != o {
			t.Errorf("%q is read as %+v, %v", key, back, ok)
		}
	}
}

func TestAKeyHas256CharactersAtMost(t *testing.T) {
	o := Origin{Shard: "shardId-000000000000", Sequence: strings.Repeat("4", 56), ArrivedMillis: 1_800_000_000_123, Key: strings.Repeat("ж", 256)}
	key, ok := o.PartitionKey()
	if !ok || utf8.RuneCountInString(key) != 256 {
		t.Fatalf("%d characters, %v", utf8.RuneCountInString(key), ok)
	}
	if back, ok := Parse(key); !ok || back.Sequence != o.Sequence || !strings.HasPrefix(o.Key, back.Key) {
		t.Errorf("read as %+v", back)
	}
}

func TestWhatNoRedriveMadeIsLeftAlone(t *testing.T) {
	for _, key := range []string{
		"", "customer", "penstock-redriven", "penstock-redriven|a|b|1", "penstock-redriven||b|1|k", "penstock-redriven|a||1|k",
		"penstock-redriven|a|b|x|k", "penstock-redriven|a|b|-1|k", "penstock-redriven|a|" + strings.Repeat("9", 97) + "|1|k",
	} {
		if o, ok := Parse(key); ok {
			t.Errorf("%q is read as %+v", key, o)
		}
	}
	for _, o := range []Origin{{}, {Shard: "a|b", Sequence: "1"}, {Shard: "a", Sequence: strings.Repeat("1", 97)}, {Shard: "a\xff", Sequence: "1"}} {
		if key, ok := o.PartitionKey(); ok {
			t.Errorf("%+v became %q", o, key)
		}
	}
}
