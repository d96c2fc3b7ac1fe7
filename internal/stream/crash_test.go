package stream

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// childVariable makes the test binary a process that appends until it is killed; its value is the
// folder of the log.
const childVariable = "PENSTOCK_STREAM_CHILD"

const childShards = 2

// runChild appends from four goroutines and prints each acknowledgement: shard, first sequence,
// count, and what the records hold.
func runChild(dir string) int {
	l, err := Open(context.Background(), Config{Dir: dir, DiskReserve: 1})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	var out sync.Mutex
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(uint64(os.Getpid()), uint64(g)))
			for i := 0; ; i++ {
				tag := fmt.Sprintf("%d.%d.%d", os.Getpid(), g, i)
				puts := taggedPuts(tag, 1+random.IntN(300))
				a, err := l.Append(context.Background(), "crash", g%childShards, puts)
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					return
				}
				out.Lock()
				fmt.Printf("%d %d %d %s\n", g%childShards, a.First, len(puts), tag)
				out.Unlock()
			}
		})
	}
	wg.Wait()
	return 1
}

func taggedPuts(tag string, n int) []Put {
	puts := make([]Put, n)
	for i := range puts {
		puts[i] = Put{PartitionKey: tag, Data: fmt.Appendf(nil, "%s/%d %s", tag, i, strings.Repeat("x", i))}
	}
	return puts
}

// acked is one line a child printed.
type acked struct {
	shard, count int
	first        uint64
	tag          string
}

// TestE1E4E5KillLosesNothingAcknowledged kills a process in the middle of appending, several times
// over, and compares what it acknowledged with what is there.
func TestE1E4E5KillLosesNothingAcknowledged(t *testing.T) {
	cfg := testConfig(t)
	l := open(t, cfg)
	create(t, l, "crash", childShards)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	rounds := 5
	if testing.Short() {
		rounds = 2
	}
	var all []acked
	for round := range rounds {
		before := len(all)
		all = append(all, killedChild(t, cfg.Dir, time.Duration(100+rand.IntN(400))*time.Millisecond)...)
		if len(all) == before {
			t.Fatalf("round %d: the child acknowledged nothing", round)
		}
		l := open(t, cfg)
		checkAcknowledged(t, l, all)
		if gaps := l.Gaps(); len(gaps) > 0 {
			t.Fatalf("gaps: %v", gaps)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	records := 0
	for _, a := range all {
		records += a.count
	}
	t.Logf("%d kills, %d acknowledged records checked", rounds, records)
}

// killedChild runs a child, kills it after about life, and returns what it acknowledged.
func killedChild(t *testing.T, dir string, life time.Duration) []acked {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childVariable+"="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	var all []acked
	var timer *time.Timer
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			break // a line without an end was not printed whole
		}
		if err != nil {
			break
		}
		var a acked
		if _, err := fmt.Sscan(line, &a.shard, &a.first, &a.count, &a.tag); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, a)
		if timer == nil {
			timer = time.AfterFunc(life, func() { _ = child.Process.Kill() })
		}
	}
	if err := child.Wait(); err == nil {
		t.Fatal("the child ended by itself")
	}
	return all
}

// checkAcknowledged wants every acknowledged record where it was said to be, each content once, and
// the contents of one call in one piece.
func checkAcknowledged(t *testing.T, l *Log, all []acked) {
	t.Helper()
	for shard := range childShards {
		data := map[uint64]string{}
		seen := map[string]bool{}
		next, arrived := uint64(1), int64(0)
		for _, r := range readAll(t, l, "crash", shard, 1) {
			if r.Sequence != next || r.Arrived < arrived {
				t.Fatalf("E4: record %d follows %d (arrived %d after %d)", r.Sequence, next-1, r.Arrived, arrived)
			}
			next, arrived = r.Sequence+1, r.Arrived
			content := string(r.Data)
			if seen[content] {
				t.Fatalf("E5: %.40q is there twice", content)
			}
			seen[content] = true
			data[r.Sequence] = content
		}
		for _, a := range all {
			if a.shard != shard {
				continue
			}
			for i, put := range taggedPuts(a.tag, a.count) {
				if got := data[a.first+uint64(i)]; got != string(put.Data) {
					t.Fatalf("E1: record %d of %s was acknowledged as %d, where %.40q is", i, a.tag, a.first+uint64(i), got)
				}
			}
		}
	}
}
