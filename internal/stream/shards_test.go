package stream

import (
	"os"
	"path/filepath"
	"testing"
)

func TestShardsInAreThoseOfTheStream(t *testing.T) {
	cfg := testConfig(t)
	want := func(name string, shards int) {
		t.Helper()
		if got, err := ShardsIn(cfg.Dir, name); err != nil || got != shards {
			t.Errorf("%s has %d shards (%v), want %d", name, got, err, shards)
		}
	}
	want("orders", 0)
	l := open(t, cfg)
	// What a stream leaves whose making was cut short is none.
	if err := os.MkdirAll(filepath.Join(streamsDir(cfg.Dir), shardName(1, 0, "orders")), 0o700); err != nil {
		t.Fatal(err)
	}
	want("orders", 0)
	create(t, l, "orders", 3)
	create(t, l, "my.orders-1", 2)
	create(t, l, "1-orders", 1)
	for range 2 { // while the log is open, and afterwards
		want("orders", 3)
		want("my.orders-1", 2)
		want("1-orders", 1)
		want("rders", 0)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	// What an earlier stream of that name left does not count.
	if err := os.MkdirAll(filepath.Join(streamsDir(cfg.Dir), shardName(0, 3, "orders")), 0o700); err != nil {
		t.Fatal(err)
	}
	want("orders", 3)
}
