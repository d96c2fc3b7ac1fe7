package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"

	"github.com/penstock/penstock/test/harness"
)

// TestE2CleanStopLeavesNothingBehind: what was acknowledged is loaded before the process ends.
func TestE2CleanStopLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders")
	for round := range 3 {
		p.Start()
		put(t, p, "orders", orders(t, 1+2000*round, 2000)...)
		p.Stop()
		if got := p.Query("select count(*) from orders")[0][0]; got != fmt.Sprint(2000*(round+1)) {
			t.Errorf("%s rows after a clean stop, %d were acknowledged", got, 2000*(round+1))
		}
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
