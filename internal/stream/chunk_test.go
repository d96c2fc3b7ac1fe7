package stream

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/event"
)

var update = flag.Bool("update", false, "write the golden files anew")

func chunkOf(first uint64, arrived int64, puts ...Put) []byte {
	var b builder
	for _, p := range puts {
		b.add(p)
	}
	return bytes.Clone(b.seal(first, arrived))
}

func decodeChunk(chunk []byte) (header, []event.Record, error) {
	h, err := parseHeader(chunk)
	if err != nil {
		return h, nil, err
	}
	records, err := h.decode(nil, chunk)
	return h, records, err
}

// TestChunkFormat holds the bytes on disk: a change of the golden file is a new version.
func TestChunkFormat(t *testing.T) {
	chunk := chunkOf(41, 1_800_000_000_123, kv("a", []byte("{}")), kv("kéy", nil), kv(strings.Repeat("k", 200), bytes.Repeat([]byte("d"), 300)))
	golden := filepath.Join("testdata", "chunk-v1.bin")
	if *update {
		if err := os.WriteFile(golden, chunk, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(chunk, want) {
		t.Fatalf("the chunk is %x, was %x", chunk, want)
	}
	h, records, err := decodeChunk(want)
	if err != nil || h.next() != 44 || len(records) != 3 {
		t.Fatalf("%+v, %d records, %v", h, len(records), err)
	}
	if r := records[1]; r.PartitionKey != "kéy" || len(r.Data) != 0 || r.Sequence != 42 || r.Arrived != 1_800_000_000_123 {
		t.Fatalf("%+v", r)
	}
}

func TestChunkDamageIsSeen(t *testing.T) {
	chunk := chunkOf(1, 2, kv("a", []byte("hello")), kv("b", []byte("world")))
	for i := range chunk {
		damaged := bytes.Clone(chunk)
		damaged[i] ^= 0x10
		if _, _, err := decodeChunk(damaged); err == nil {
			t.Errorf("damage at byte %d is not seen", i)
		}
		if _, _, err := decodeChunk(chunk[:i]); !errors.Is(err, errCorrupt) {
			t.Errorf("cut at byte %d: %v", i, err)
		}
	}
}

func TestBuilderFills(t *testing.T) {
	var b builder
	p := kv("k", bytes.Repeat([]byte("x"), 1<<20))
	n := 0
	for ; b.fits(p); n++ {
		b.add(p)
	}
	if n != 3 || len(b.seal(1, 1)) > chunkBytes {
		t.Fatalf("%d records of 1 MiB in a chunk of %d bytes", n, len(b.body))
	}
	var alone builder
	if huge := (kv("k", make([]byte, 2*chunkBytes))); !alone.fits(huge) {
		t.Fatal("a record larger than a chunk has no place")
	}
}

func FuzzDecodeChunk(f *testing.F) {
	f.Add(chunkOf(1, 2, kv("a", []byte("hello"))), uint64(7))
	f.Add(chunkOf(9, 2), uint64(0))
	f.Add([]byte("PSC\x01"), uint64(1))
	f.Fuzz(func(t *testing.T, chunk []byte, first uint64) {
		if _, records, err := decodeChunk(chunk); err == nil {
			again := make([]Put, len(records))
			for i, r := range records {
				again[i] = kv(r.PartitionKey, r.Data)
			}
			if len(records) == 0 {
				return
			}
			if _, _, err := decodeChunk(chunkOf(records[0].Sequence, records[0].Arrived, again...)); err != nil {
				t.Fatal(err)
			}
		}
		// The same bytes with a checksum that agrees reach the code behind it.
		if len(chunk) >= chunkHeader {
			b := builder{body: bytes.Clone(chunk), count: int(chunk[24])}
			sealed := b.seal(first, 1)
			if h, err := parseHeader(sealed); err == nil {
				_, _ = h.decode(nil, sealed)
			}
		}
	})
}
