package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/dashboard"
	"github.com/penstock/penstock/test/harness"
)

// lossEvents of lossSize bytes fill several block files of the log.
const (
	lossEvents = 24
	lossSize   = 900 << 10
)

// loseBlock stops nothing: it removes the n-th block file of the shard from the data folder of a pipeline
// that does not run.
func loseBlock(t *testing.T, p *harness.Pipeline, n int) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(p.Data, "log", "jetstream", "$G", "streams", "s*-0-orders", "msgs", strconv.Itoa(n)+".blk"))
	if err != nil || len(found) != 1 {
		t.Fatalf("block %d: %v, %v", n, found, err)
	}
	if err := os.Remove(found[0]); err != nil {
		t.Fatal(err)
	}
}

// acceptance is what `penstock accept-loss --json` prints.
type acceptance struct {
	Lost         []dashboard.Loss `json:"lost"`
	Records      int64            `json:"records"`
	LostAccepted int64            `json:"lost_accepted"`
}

func acceptLoss(t *testing.T, p *harness.Pipeline, args ...string) acceptance {
	t.Helper()
	r := p.Run(append([]string{"accept-loss", "--data", p.Data, "--json"}, args...)...)
	var a acceptance
	if err := json.Unmarshal([]byte(r.Stdout), &a); err != nil || r.Code != 0 {
		t.Fatalf("accept-loss: exit %d, %v\n%s%s", r.Code, err, r.Stdout, r.Stderr)
	}
	return a
}

// waitStopped waits until the delivery of shard 0 waits before a loss, and returns it.
func waitStopped(t *testing.T, p *harness.Pipeline) dashboard.Loss {
	t.Helper()
	var loss dashboard.Loss
	p.WaitFor("the delivery to stop before the loss", delivered, func(harness.Status) bool {
		a := acceptLoss(t, p, "--dry-run")
		for _, l := range a.Lost {
			if l.Stopped {
				loss = l
			}
		}
		return loss.Stopped
	})
	return loss
}

// expectLost waits for the ledger of a pipeline that has lost events, for good.
func expectLost(t *testing.T, p *harness.Pipeline, loaded, lost int64) {
	t.Helper()
	expectLedger(t, p, loaded, 0, lost)
	if s, code := p.Status(); s.Ledger.Lost != lost || code != 0 {
		t.Errorf("%d lost and accepted, exit code %d; want %d", s.Ledger.Lost, code, lost)
	}
	expect(t, p.Run("status", "--data", p.Data), 0, fmt.Sprintf("%d of them were lost, and the loss was accepted", lost))
}

// TestE2AcceptedLossIsCounted: a block in the middle of the log is gone. What is before it is delivered,
// new events are taken, and what is behind it waits until somebody has accepted the loss.
func TestE2AcceptedLossIsCounted(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders")
	p.Args = []string{"--pause", "delivery"}
	p.Start()
	for id := range lossEvents {
		putAs(t, p, "orders", "key", padded(t, id+1, lossSize))
	}
	p.Stop()
	loseBlock(t, p, 2)
	p.Args = nil
	p.Start()
	loss := waitStopped(t, p)
	if loss.First < 2 || loss.Last >= lossEvents || loss.After.IsZero() || loss.Before.IsZero() {
		t.Fatalf("lost %+v", loss)
	}
	lost := int64(loss.Records)
	before := int64(loss.First) - 1
	put(t, p, "orders", orders(t, 1000, 10)...)
	s := p.WaitFor("what is before the loss", delivered, func(s harness.Status) bool { return s.Ledger.Loaded == before && !s.Ready })
	if s.Ledger.Accepted != lossEvents+10 || s.Ledger.InFlight != lossEvents+10-before || s.Ledger.Lost != 0 || !s.Balanced {
		t.Errorf("status %+v", s)
	}
	if problems := strings.Join(s.Problems, "\n"); !strings.Contains(problems, "accept-loss") {
		t.Errorf("problems %s", problems)
	}
	if r, err := http.Get(p.HTTPURL() + "/readyz"); err != nil || r.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("readyz: %v, %v", r, err)
	}

	refusals(t, p, loss)
	if s, _ := p.Status(); s.Ledger.Lost != 0 || s.Ledger.Loaded != before {
		t.Fatalf("something was accepted: %+v", s.Ledger)
	}
	if a := acceptLoss(t, p, "--yes", "--stream", "orders", "--shard", "0"); a.Records != lost || len(a.Lost) != 1 {
		t.Errorf("accepted %+v, want %d", a, lost)
	}
	expectLost(t, p, lossEvents+10-lost, lost)
	expect(t, p.Run("trace", "--data", p.Data, fmt.Sprintf("shardId-000000000000:%d", loss.First)), 0, "dropped", "the log lost it")
	// Once more, and after a restart.
	for range 2 {
		if a := acceptLoss(t, p, "--yes"); a.Records != 0 || len(a.Lost) > 0 || a.LostAccepted != lost {
			t.Errorf("accepted again: %+v", a)
		}
		expect(t, p.Run("accept-loss", "--data", p.Data), 0, "Nothing is lost", fmt.Sprintf("%d events were, earlier", lost))
		p.Stop()
		p.Start()
	}
	put(t, p, "orders", orders(t, 2000, 10)...)
	expectLost(t, p, lossEvents+20-lost, lost)
}

// refusals are calls that accept nothing.
func refusals(t *testing.T, p *harness.Pipeline, loss dashboard.Loss) {
	t.Helper()
	data := []string{"accept-loss", "--data", p.Data}
	expect(t, p.Run(data...), 1, strconv.FormatUint(loss.First, 10), "Write "+strconv.FormatUint(loss.Records, 10)+" to go on", "nothing was done")
	expect(t, p.Run(append(data, "--json")...), 2, "--yes")
	expect(t, p.Run(append(data, "--stream", "other", "--yes")...), 2, "the pipeline's stream is orders")
	expect(t, p.Run(append(data, "--shard", "1", "--yes")...), 0, "Nothing is lost")
	expect(t, p.Run(append(data, "--shard", "-2")...), 2, "count from 0")
	expect(t, p.Run("accept-loss", "--data", t.TempDir()), 1, "no pipeline")
	for body, want := range map[string]string{
		`{"lost": []}`: "bad_request",
		fmt.Sprintf(`{"lost": [{"shard": 0, "first": %d, "last": %d}]}`, loss.First, loss.Last+1): "not_lost",
		fmt.Sprintf(`{"lost": [{"shard": 0, "first": %d, "last": %d}]}`, loss.First-1, loss.Last): "not_lost",
		`{"lost": [{"shard": 0, "first": 1, "last": 1}]}`:                                         "not_lost",
		`{"lost": [{"shard": 0, "first": 1, "last": 18446744073709551615}]}`:                      "not_lost",
		`{"lost": [{"shard": 1, "first": 1, "last": 1}]}`:                                         "not_lost",
		`{"lost": [{"shard": -1, "first": 0, "last": 0}]}`:                                        "not_lost",
	} {
		r, err := http.Post(p.HTTPURL()+"/api/v1/losses/accept", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		var answer struct{ Error struct{ Code string } }
		if err := json.NewDecoder(r.Body).Decode(&answer); err != nil || r.StatusCode != http.StatusBadRequest || answer.Error.Code != want {
			t.Errorf("%s: %d %s, %v; want %s", body, r.StatusCode, answer.Error.Code, err, want)
		}
		_ = r.Body.Close()
	}
}

// TestE2E5LossInAPlan: the process died with a plan pending, and the disk lost the oldest records of it.
// Deaths after the loss was accepted change nothing.
func TestE2E5LossInAPlan(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders")
	p.Args = []string{"--pause", "delivery"}
	p.Start()
	for id := range lossEvents {
		putAs(t, p, "orders", "key", padded(t, id+1, lossSize))
	}
	lake := filepath.Join(p.Data, "lake")
	rename(t, lake, lake+".gone")
	expect(t, p.Run("resume", "delivery", "--data", p.Data), 0)
	p.WaitFor("the lake to be missed", delivered, func(s harness.Status) bool { return strings.Contains(strings.Join(s.Problems, "\n"), "lake") })
	p.Kill()
	rename(t, lake+".gone", lake)
	loseBlock(t, p, 1)
	p.Args = nil
	p.Start()
	loss := waitStopped(t, p)
	if loss.First != 1 || loss.Last >= lossEvents {
		t.Fatalf("lost %+v", loss)
	}
	p.Kill() // before anybody decides
	p.Start()
	if again := waitStopped(t, p); again.LostRange != loss.LostRange {
		t.Fatalf("lost %+v, before %+v", again, loss)
	}
	acceptLoss(t, p, "--yes")
	p.Kill()
	for range 2 {
		p.Start()
		p.KillParent()
	}
	p.Start()
	lost := int64(loss.Records)
	expectLost(t, p, lossEvents-lost, lost)
	if a := acceptLoss(t, p, "--yes"); a.Records != 0 || a.LostAccepted != lost {
		t.Errorf("accepted again: %+v", a)
	}
}
