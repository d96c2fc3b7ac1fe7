package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock/penstock/test/harness"
)

// limits rewrites the example's pipeline file with its own backlog limit.
func limits(t *testing.T, p *harness.Pipeline, text string) {
	t.Helper()
	path := filepath.Join(p.Dir, "pipeline.yaml")
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(have, "\n"+text+"\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
}

// fill sends orders until the pipeline throttles, and returns how many it accepted.
func fill(t *testing.T, p *harness.Pipeline, first int) int {
	t.Helper()
	client := p.Client(func(o *kinesis.Options) { o.RetryMaxAttempts = 1 })
	accepted := 0
	for deadline := time.Now().Add(delivered); time.Now().Before(deadline); {
		var entries []types.PutRecordsRequestEntry
		for _, data := range orders(t, first+accepted, 500) {
			entries = append(entries, types.PutRecordsRequestEntry{Data: data, PartitionKey: aws.String("k")})
		}
		out, err := client.PutRecords(context.Background(), &kinesis.PutRecordsInput{StreamName: aws.String("orders"), Records: entries})
		if err != nil {
			t.Fatalf("PutRecords: %v", err)
		}
		failed := 0
		for _, r := range out.Records {
			if r.ErrorCode != nil {
				failed++
				if *r.ErrorCode != "ProvisionedThroughputExceededException" {
					t.Fatalf("error code %s: %s", *r.ErrorCode, aws.ToString(r.ErrorMessage))
				}
			}
		}
		accepted += 500 - failed
		if failed == 500 {
			return accepted
		}
	}
	t.Fatalf("no throttling after %d events", accepted)
	return 0
}

func TestE2LakeGoneSlowsProducersAndEverythingArrives(t *testing.T) {
	p := harness.Example(t, "orders")
	limits(t, p, "limits: {backlog: 16MiB}")
	p.Start()
	put(t, p, "orders", orders(t, 1, 100)...)
	p.WaitDelivered(100, delivered)

	gone := filepath.Join(p.Data, "lake.gone")
	if err := os.Rename(filepath.Join(p.Data, "lake"), gone); err != nil {
		t.Fatal(err)
	}
	accepted := fill(t, p, 101)
	if used := rss(t, p.PID()); used > 700<<20 {
		t.Errorf("the pipeline uses %d MiB during the outage", used>>20)
	}
	_, err := p.Client(once).PutRecord(context.Background(), &kinesis.PutRecordInput{
		StreamName: aws.String("orders"), PartitionKey: aws.String("k"), Data: []byte("{}"),
	})
	expectAPIError(t, err, "ProvisionedThroughputExceededException", "")
	s, code := p.Status()
	if code != 1 || s.Ready {
		t.Errorf("status says ready during an outage (exit %d)", code)
	}
	if s.Ledger.Quarantined != 0 {
		t.Errorf("an outage put %d events into the quarantine", s.Ledger.Quarantined)
	}
	if err := os.Rename(gone, filepath.Join(p.Data, "lake")); err != nil {
		t.Fatal(err)
	}
	s = p.WaitDelivered(int64(100+accepted), 2*delivered)
	if s.Ledger.Loaded != int64(100+accepted) || !s.Balanced {
		t.Errorf("ledger after the outage %+v, accepted %d", s.Ledger, 100+accepted)
	}
}

func TestE2WarehouseChildKilledLosesNothing(t *testing.T) {
	p := harness.Example(t, "orders").Start()
	for round := range 5 {
		put(t, p, "orders", orders(t, 1+round*1000, 1000)...)
		p.KillChildren()
	}
	s := p.WaitDelivered(5000, 2*delivered)
	if s.Ledger.Loaded != 5000 || !s.Balanced {
		t.Errorf("ledger %+v", s.Ledger)
	}
}

// rss is the resident memory, in bytes, of a process and its children.
func rss(t *testing.T, pid int) int64 {
	t.Helper()
	var total int64
	for _, one := range append(harness.Children(t, pid), pid) {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", one))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
				kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				total += kib << 10
			}
		}
	}
	return total
}
