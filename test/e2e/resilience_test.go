package e2e

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"

	"github.com/penstock/penstock/test/harness"
)

// TestE5StopsInTimeWhileTheLakeIsAway: a clean stop does not wait for an outage to end.
func TestE5StopsInTimeWhileTheLakeIsAway(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Start()
	put(t, p, "orders", orders(t, 1, 100)...)
	expectLedger(t, p, 100, 0, 0)
	lake, gone := filepath.Join(p.Data, "lake"), filepath.Join(p.Data, "lake.gone")
	rename(t, lake, gone)
	put(t, p, "orders", orders(t, 101, 100)...)
	p.WaitFor("the outage to show", delivered, func(s status) bool { return !s.Ready })
	p.Stop()
	rename(t, gone, lake)
	p.Start()
	expectLedger(t, p, 200, 0, 0)
}

// TestE5ParentKilledAloneCanBeStartedAtOnce: its child must not hold on to the warehouse.
func TestE5ParentKilledAloneCanBeStartedAtOnce(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Start()
	for round := range 3 {
		put(t, p, "orders", orders(t, 1+100*round, 100)...)
		p.KillParent()
		p.Start()
	}
	expectLedger(t, p, 300, 0, 0)
}

// TestE1WarehouseThatHangsHoldsUpNoPut stops the warehouse's process without ending it.
func TestE1WarehouseThatHangsHoldsUpNoPut(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Start()
	put(t, p, "orders", orders(t, 1, 100)...)
	expectLedger(t, p, 100, 0, 0)
	children := harness.Children(t, p.PID())
	if len(children) != 1 {
		t.Fatalf("children %v", children)
	}
	if err := syscall.Kill(children[0], syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), delivered)
	defer cancel()
	for i := range 10 {
		_, err := p.Client(once).PutRecord(ctx, &kinesis.PutRecordInput{
			StreamName: aws.String("orders"), PartitionKey: aws.String("k"), Data: encoded(t, order(101+i)),
		})
		if err != nil {
			t.Fatalf("a PUT beside a warehouse that hangs: %v", err)
		}
	}
	started := time.Now()
	r := p.Run("status", "--data", p.Data)
	if took := time.Since(started); r.Code != 1 || took > delivered {
		t.Errorf("status beside a warehouse that hangs: exit %d after %s\n%s%s", r.Code, took, r.Stdout, r.Stderr)
	}
	// It is replaced, and the rows arrive.
	expectLedger(t, p, 110, 0, 0)
}

// TestQueryWhoseWarehouseDies is asked once more by itself; the others go on.
func TestQueryWhoseWarehouseDies(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders")
	p.Write("pipeline.yaml", p.Read("pipeline.yaml")+"limits: {query_timeout: 10s}\n")
	p.Start()
	put(t, p, "orders", orders(t, 1, 10)...)
	expectLedger(t, p, 10, 0, 0)
	ended := make(chan harness.Result, 1)
	// It needs time alone: what also eats memory may meet that limit first.
	go func() {
		ended <- p.Run("query", "--data", p.Data, "select count(*) from range(100000000000000) t(i) where hash(i) = 7")
	}()
	select {
	case r := <-ended:
		t.Fatalf("the query ended by itself: %+v", r)
	case <-time.After(time.Second): // long enough for it to run; if it does not yet, it fails all the same
	}
	p.KillChildren()
	r := <-ended
	// Asked again, it meets its limit; had it died with the process, that would be said.
	expect(t, r, 1, "took longer than 10s")
	if got := p.Query("select count(*) from orders")[0][0]; got != "10" {
		t.Errorf("%s rows", got)
	}
	put(t, p, "orders", orders(t, 11, 10)...)
	expectLedger(t, p, 20, 0, 0)
}

// TestHTTPAPIAsksForItsToken: another user of the machine, or a page in a browser, gets nothing.
func TestHTTPAPIAsksForItsToken(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Start()
	for _, path := range []string{"/api/v1/status", "/api/v1/query", "/api/v1/redrive", "/api/v1/latency?table=orders&column=order_date"} {
		for _, token := range []string{"", "Bearer ", "Bearer wrong"} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.HTTPURL()+path, strings.NewReader(`{"sql":"select 1"}`))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Authorization", token)
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode < 400 {
				t.Errorf("%s with %q: %s", path, token, response.Status)
			}
		}
	}
	for _, name := range []string{"run.json", "iterator.key", "lock"} {
		info, err := os.Stat(filepath.Join(p.Data, name))
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s can be read by others: %v %v", name, info.Mode(), err)
		}
	}
	if info, err := os.Stat(p.Data); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the data folder is open to others: %v %v", info.Mode(), err)
	}
}

// TestE2ContractThatIsTakenAwayAndComesBack: its table stays, and its events wait in the quarantine.
func TestE2ContractThatIsTakenAwayAndComesBack(t *testing.T) {
	t.Parallel()
	p := textsPipeline(t, "{format: csv}")
	other := lines("table: order", "match: has(event.group)", "columns:", "  - {name: group, type: varchar}", "  - {name: select, type: bigint}")
	p.Write("contracts/a.yaml", other)
	p.Start()
	put(t, p, "texts", []byte(`{"group":"a","select":1}`), []byte(`{"id":1}`))
	expectLedger(t, p, 2, 0, 0)
	p.Stop()
	if err := os.Remove(filepath.Join(p.Dir, "contracts", "a.yaml")); err != nil {
		t.Fatal(err)
	}
	p.Start()
	put(t, p, "texts", []byte(`{"group":"b","select":2}`), []byte(`{"id":2}`))
	expectLedger(t, p, 3, 1, 0)
	p.Stop()
	p.Write("contracts/z.yaml", other)
	p.Start()
	redrive(t, p, "--reason", "no_contract")
	expectLedger(t, p, 4, 0, 0)
	if got := p.Query(`select "group", "select" from "order" order by 1`); len(got) != 2 || got[1][0] != "b" || got[1][1] != "2" {
		t.Errorf("rows %v", got)
	}
}
