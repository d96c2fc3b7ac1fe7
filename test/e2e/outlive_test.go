package e2e

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"testing"

	"github.com/penstock/penstock/test/harness"
)

// sender is a `penstock produce --json` that runs beside the test.
type sender struct {
	t     *testing.T
	ended chan error
	out   []byte
}

// sendSummary is what a run of produce came to.
type sendSummary struct{ Sent, Retried, Failed int64 }

func startSender(t *testing.T, args ...string) *sender {
	t.Helper()
	s := &sender{t: t, ended: make(chan error, 1)}
	command := exec.CommandContext(t.Context(), harness.Binary(t), append([]string{"produce", "--json"}, args...)...)
	go func() {
		var err error
		s.out, err = command.Output()
		s.ended <- err
	}()
	return s
}

// wait returns the summary of a run that must have sent everything.
func (s *sender) wait() sendSummary {
	s.t.Helper()
	if err := <-s.ended; err != nil {
		s.t.Fatalf("produce: %v\n%s", err, s.out)
	}
	var summary sendSummary
	if err := json.Unmarshal(s.out, &summary); err != nil {
		s.t.Fatalf("produce: %v\n%s", err, s.out)
	}
	return summary
}

// TestE1ProduceOutlivesAPipelineThatIsAway kills the pipeline twice under a producer, once for
// several seconds, once to come back on another port.
func TestE1ProduceOutlivesAPipelineThatIsAway(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders")
	p.Args = []string{"--kinesis", freeAddress(t)}
	p.Start()
	const total = 40_000
	producer := startSender(t, fmt.Sprint(total), "--rate", "8000", "--data", p.Data)
	p.WaitFor("the first events", delivered, func(s status) bool { return s.Ledger.Accepted >= 4000 })
	p.Kill()
	// The producer meets nobody for a while: until a check of the folder and a query have run.
	for range 3 {
		expect(t, p.Run("check", "-c", p.Dir, "--data", p.Data), 0, "ok")
		expect(t, p.Run("status", "--data", p.Data), 1, "no pipeline is running")
	}
	p.Start()
	p.WaitFor("more events", delivered, func(s status) bool { return s.Ledger.Accepted >= 16_000 })
	p.Kill()
	p.Args = nil // any free port: the producer looks where the pipeline is now
	p.Start()
	summary := producer.wait()
	if summary.Sent != total || summary.Failed != 0 || summary.Retried == 0 {
		t.Errorf("summary %+v", summary)
	}
	s := p.WaitDelivered(total, 2*delivered)
	if s.Ledger.Loaded != total || s.Ledger.Quarantined != 0 || s.Ledger.Dropped != s.Ledger.Accepted-total || !s.Balanced {
		t.Errorf("ledger %+v (balanced %v)", s.Ledger, s.Balanced)
	}
	if got := p.Query("select count(*), count(distinct order_id), min(id), max(id) from orders")[0]; fmt.Sprint(got) != "[40000 40000 1 40000]" {
		t.Errorf("count, distinct, first, last: %v", got)
	}
	t.Logf("%d sent again, %d of them had arrived", summary.Retried, s.Ledger.Dropped)
}

// TestProduceGivesUpAfterItsTime: nobody waits for ever, and the exit code says so.
func TestProduceGivesUpAfterItsTime(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Start()
	expect(t, p.Run("produce", "10", "--data", p.Data, "--stream", "no-such-stream"), 1, "no-such-stream")
	gone := p.KinesisURL()
	p.Kill()
	r := p.Run("produce", "10", "--endpoint", gone, "--stream", "orders", "--retry-for", "1s")
	expect(t, r, 1, "failed 10")
}
