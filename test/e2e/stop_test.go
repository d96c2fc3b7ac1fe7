package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"

	"github.com/penstock/penstock/test/harness"
)

// stopTime is less than a stop takes that gives up: 5 s of reading on, or 5 s of waiting for the loader.
const stopTime = 5 * time.Second

// TestE2CleanStopLeavesNothingBehind: what was acknowledged is loaded before the process ends; on a
// machine too busy for that, the stop says how much is left.
func TestE2CleanStopLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders")
	for round := range 3 {
		p.Start()
		put(t, p, "orders", orders(t, 1+2000*round, 2000)...)
		began := time.Now()
		p.Stop()
		took := time.Since(began)
		left := toldLeft(t, p)
		got, err := strconv.Atoi(p.Query("select count(*) from orders")[0][0])
		if err != nil || got+left != 2000*(round+1) || left > 0 && took < stopTime {
			t.Errorf("%d rows after a clean stop of %s that told of %d events left; %d were acknowledged (%v)", got, took, left, 2000*(round+1), err)
		}
	}
}

var leftText = regexp.MustCompile(`Stopped before ([\d,]+) acknowledged event`)

// toldLeft is how many events a stop said are left; 0 when it said nothing.
func toldLeft(t *testing.T, p *harness.Pipeline) int {
	t.Helper()
	found := leftText.FindStringSubmatch(p.Log())
	if found == nil {
		return 0
	}
	n, err := strconv.Atoi(strings.ReplaceAll(found[1], ",", ""))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestE2StopSaysWhatIsLeft: a step that is paused leaves events on their way, in the log or in the lake.
func TestE2StopSaysWhatIsLeft(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders")
	p.Args = []string{"--pause", "delivery"}
	p.Start()
	put(t, p, "orders", orders(t, 1, 1200)...)
	p.Stop()
	expect(t, harness.Result{Stdout: p.Log()}, 0, "Stopped before 1,200 acknowledged event(s)", "1,200 wait in the log, 0 in the lake", "events=1200", p.Data)
	p.Args = []string{"--pause", "loading"}
	p.Start()
	p.Stop()
	expect(t, harness.Result{Stdout: p.Log()}, 0, "Stopped before 1,200 acknowledged event(s)", "0 wait in the log, 1,200 in the lake")
	p.Args = nil
	p.Start()
	expectLedger(t, p, 1200, 0, 0)
	p.Stop()
	if left := toldLeft(t, p); left != 0 {
		t.Errorf("the stop told of %d events left; all are loaded", left)
	}
}

// TestProduceThatIsInterruptedSaysHowFarItCame: what it calls sent is what the stream has.
func TestProduceThatIsInterruptedSaysHowFarItCame(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Start()
	command := exec.Command(harness.Binary(t), "produce", "1000000", "--rate", "5000", "--json", "--data", p.Data)
	command.Env = append(os.Environ(), p.Env...)
	ended := make(chan []byte, 1)
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		var text json.RawMessage
		_ = json.NewDecoder(out).Decode(&text) // a text that is none fails below
		ended <- text
	}()
	p.WaitFor("the first events", delivered, func(s status) bool { return s.Ledger.Accepted >= 2000 })
	if err := command.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	text := <-ended
	_ = command.Wait()
	var summary sendSummary
	if err := json.Unmarshal(text, &summary); err != nil || command.ProcessState.ExitCode() != 1 {
		t.Fatalf("exit %d: %v\n%s", command.ProcessState.ExitCode(), err, text)
	}
	s := p.WaitDelivered(summary.Sent, delivered)
	if s.Ledger.Accepted != summary.Sent || summary.Failed != 0 {
		t.Errorf("%d accepted; the summary is %+v", s.Ledger.Accepted, summary)
	}
}

// TestE2WarehouseGoneAndBack: its folder is no folder for a while. PUTs go on, status says so, and
// everything arrives.
func TestE2WarehouseGoneAndBack(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Start()
	put(t, p, "orders", orders(t, 1, 100)...)
	expectLedger(t, p, 100, 0, 0)
	warehouse, gone := filepath.Join(p.Data, "warehouse"), filepath.Join(p.Data, "warehouse.gone")
	rename(t, warehouse, gone)
	if err := os.WriteFile(warehouse, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p.KillChildren()
	put(t, p, "orders", orders(t, 101, 1000)...)
	p.WaitFor("the outage to show", delivered, func(s status) bool { return !s.Ready && !s.Balanced })
	_, err := p.Client(once).PutRecord(context.Background(), &kinesis.PutRecordInput{
		StreamName: aws.String("orders"), PartitionKey: aws.String("k"), Data: encoded(t, order(1101)),
	})
	if err != nil {
		t.Errorf("a PUT while the warehouse is away: %v", err)
	}
	if err := os.Remove(warehouse); err != nil {
		t.Fatal(err)
	}
	rename(t, gone, warehouse)
	expectLedger(t, p, 1101, 0, 0)
}

// TestE3WarehouseFolderDeletedUnderThePipeline: the rows come back from the lake without a restart.
func TestE3WarehouseFolderDeletedUnderThePipeline(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Start()
	put(t, p, "orders", orders(t, 1, 1000)...)
	expectLedger(t, p, 1000, 0, 0)
	removeWarehouse(t, p)
	p.KillChildren()
	put(t, p, "orders", orders(t, 1001, 1000)...)
	expectLedger(t, p, 2000, 0, 0)
	if got := p.Query("select count(*), count(distinct id) from orders")[0]; fmt.Sprint(got) != "[2000 2000]" {
		t.Errorf("rows and ids %v", got)
	}
}

// TestASecondSignalEndsAtOnce: also of a process that a script has started in the background, where SIGINT is ignored
// unless it is asked for, and however long the clean stop would take.
func TestASecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders")
	p.Wrap = []string{"sh", "-c", `trap "" INT; exec "$0" "$@"`}
	p.Start()
	put(t, p, "orders", orders(t, 1, 100)...)
	for _, child := range harness.Children(t, p.PID()) {
		if err := syscall.Kill(child, syscall.SIGSTOP); err != nil { // a warehouse that never answers
			t.Fatal(err)
		}
	}
	again := time.NewTicker(100 * time.Millisecond) // two that come together may be one
	defer again.Stop()
	for {
		select {
		case <-p.Done():
			if p.ExitCode() != 128+int(syscall.SIGINT) {
				t.Errorf("it ended with %d\n%s", p.ExitCode(), p.Log())
			}
			p.Wrap = nil
			p.Start()
			expectLedger(t, p, 100, 0, 0)
			return
		case <-again.C:
			_ = syscall.Kill(p.PID(), syscall.SIGINT)
		}
	}
}
