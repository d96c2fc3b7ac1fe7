package powerloss

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/stream"
)

// appendScript makes streams and a journal, appends to them from several goroutines until block
// files have filled up, trims, and says what it may promise.
func appendScript(dir string, noSync bool) error {
	ctx := context.Background()
	l, err := stream.Open(ctx, stream.Config{Dir: filepath.Join(dir, "log"), NoSync: noSync, DiskReserve: 1})
	if err != nil {
		return err
	}
	if err := l.CreateStream(ctx, stream.Info{Name: "orders", Shards: 2, Retention: time.Hour}); err != nil {
		return err
	}
	say("stream orders")
	var wg sync.WaitGroup
	faults := make(chan error, 5)
	for g := range 4 {
		wg.Go(func() { faults <- appendBatches(ctx, l, g) })
	}
	wg.Go(func() { faults <- appendEntries(ctx, l) })
	wg.Wait()
	for range cap(faults) {
		err = errors.Join(err, <-faults)
	}
	return errors.Join(err, l.Close())
}

func appendBatches(ctx context.Context, l *stream.Log, g int) error {
	random := rand.New(rand.NewPCG(1, uint64(g)))
	for i := range 12 {
		tag := fmt.Sprintf("%d.%d", g, i)
		// Both shards fill a block file of 8 MiB; one is never trimmed.
		puts := batch(tag, 1+random.IntN(40), 1+random.IntN(50_000))
		a, err := l.Append(ctx, "orders", g%2, puts)
		if err != nil {
			return err
		}
		say(fmt.Sprintf("records %d %d %d %d %s", g%2, a.First, len(puts), len(puts[0].Data), tag))
		if g == 0 && i%4 == 3 {
			// What is trimmed is not promised any more from before the trim on.
			say(fmt.Sprintf("trimmed 0 %d", a.First))
			if err := l.Trim(ctx, "orders", 0, a.First); err != nil {
				return err
			}
		}
	}
	return nil
}

func appendEntries(ctx context.Context, l *stream.Log) error {
	j, err := l.Journal(ctx, "commits")
	if err != nil {
		return err
	}
	for n := range uint64(20) {
		if _, err := j.Append(ctx, n, fmt.Appendf(nil, "entry %d", n+1)); err != nil {
			return err
		}
		say(fmt.Sprintf("entry %d", n+1))
	}
	return nil
}

func batch(tag string, n, size int) []stream.Put {
	puts := make([]stream.Put, n)
	for i := range puts {
		data := fmt.Appendf(nil, "%s/%d ", tag, i)
		puts[i] = stream.Put{PartitionKey: tag, Data: append(data, bytes.Repeat([]byte("x"), max(0, size-len(data)))...)}
	}
	// The size is said once for all.
	for i := range puts {
		puts[i].Data = puts[i].Data[:max(size, 1)]
	}
	return puts
}

// TestE1PowerLossLosesNothingAcknowledged cuts the power right after acknowledgements, with nothing
// surviving that was not fsynced, and with some of it surviving.
func TestE1PowerLossLosesNothingAcknowledged(t *testing.T) {
	r := record(t, "append", t.TempDir())
	cuts, err := r.Cuts(20, rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0)))
	if err != nil {
		t.Fatal(err)
	}
	for i := range cuts {
		if i%4 == 3 {
			cuts[i].Seed = rand.Uint64()
		}
	}
	err = r.Each(cuts, func(m Moment) error {
		checked, err := check(t, m)
		if err != nil {
			t.Errorf("E1: power lost at %+v: %v", m.Cut, err)
		}
		t.Logf("%+v: %d promises kept", m.Cut, checked)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestPowerLossIsSeenWithoutSync shows that the test above can fail.
func TestPowerLossIsSeenWithoutSync(t *testing.T) {
	r := record(t, "nosync", t.TempDir())
	cuts, err := r.Cuts(5, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	err = r.Each(cuts, func(m Moment) error {
		_, err := check(t, m)
		return err
	})
	if err == nil {
		t.Fatal("nothing is lost although nothing was synced: the power loss does not reach the log")
	}
	t.Log("as it should be:", err)
}

// check rebuilds the folder and compares it with what was said until the cut.
func check(t *testing.T, m Moment) (checked int, err error) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "rebuilt")
	if err := m.Rebuild(dir); err != nil {
		t.Fatal(err)
	}
	var complaints bytes.Buffer
	l, err := stream.Open(t.Context(), stream.Config{
		Dir: filepath.Join(dir, "log"), DiskReserve: 1,
		Logger: slog.New(slog.NewTextHandler(&complaints, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if gaps := l.Gaps(); len(gaps) > 0 {
		return 0, fmt.Errorf("gaps %v", gaps)
	}
	trimmed := map[int]uint64{}
	var shard int
	var first uint64
	for line := range strings.Lines(string(m.Output)) {
		if n, _ := fmt.Sscanf(line, "trimmed %d %d", &shard, &first); n == 2 {
			trimmed[shard] = first
		}
	}
	for line := range strings.Lines(string(m.Output)) {
		if !strings.HasSuffix(line, "\n") {
			continue
		}
		if err := checkPromise(t.Context(), l, strings.TrimSpace(line), trimmed); err != nil {
			return checked, fmt.Errorf("%q was promised: %w", strings.TrimSpace(line), err)
		}
		checked++
	}
	return checked, nil
}

func checkPromise(ctx context.Context, l *stream.Log, line string, trimmed map[int]uint64) error {
	kind, rest, _ := strings.Cut(line, " ")
	switch kind {
	case "stream":
		if _, ok := l.Stream(rest); !ok {
			return errors.New("the stream is gone")
		}
	case "entry":
		return checkEntry(ctx, l, line)
	case "records":
		var shard, count, size int
		var first uint64
		var tag string
		if _, err := fmt.Sscan(rest, &shard, &first, &count, &size, &tag); err != nil {
			return err
		}
		for i, put := range batch(tag, count, size) {
			sequence := first + uint64(i)
			if sequence < trimmed[shard] {
				continue
			}
			records, err := l.Fetch(ctx, "orders", shard, sequence, 1, 1)
			if err != nil {
				return err
			}
			if len(records) == 0 || records[0].Sequence != sequence || !bytes.Equal(records[0].Data, put.Data) {
				return fmt.Errorf("record %d is not there", sequence)
			}
		}
	}
	return nil
}

func checkEntry(ctx context.Context, l *stream.Log, want string) error {
	j, err := l.Journal(ctx, "commits")
	if err != nil {
		return err
	}
	found := false
	err = j.Read(ctx, 1, func(_ uint64, entry []byte) error {
		found = found || string(entry) == want
		return nil
	})
	if err == nil && !found {
		err = errors.New("the entry is not there")
	}
	return err
}
