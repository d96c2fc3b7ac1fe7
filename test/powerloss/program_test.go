package powerloss

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock/penstock/internal/produce"
	"github.com/penstock/penstock/test/harness"
)

// Variables that tell the program's script what to run.
const (
	binaryVariable   = "PENSTOCK_POWERLOSS_BINARY"
	pipelineVariable = "PENSTOCK_POWERLOSS_PIPELINE"
)

// programEvents is how many orders the recorded run sends, in requests of programBatch.
// Each of three senders pauses between requests, so that the run lasts some seconds and the power
// goes during deliveries, commits and loads, too.
const (
	programEvents = 3000
	programBatch  = 50
	programPause  = 150 * time.Millisecond
)

// programScript runs the whole pipeline on dir/data, sends orders to it, and says each sequence
// number the moment it is acknowledged.
func programScript(dir string) error {
	data := filepath.Join(dir, "data")
	up := exec.Command(os.Getenv(binaryVariable), "up", "-c", os.Getenv(pipelineVariable), "--data", data,
		"--kinesis", "127.0.0.1:0", "--http", "127.0.0.1:0")
	ready, err := up.StdoutPipe()
	if err != nil {
		return err
	}
	up.Stderr = os.Stderr
	if err := up.Start(); err != nil {
		return err
	}
	// It prints nothing before it is ready.
	if _, err := ready.Read(make([]byte, 4096)); err != nil {
		return fmt.Errorf("the pipeline did not start: %w", err)
	}
	if err := sendOrders(data); err != nil {
		return err
	}
	_ = up.Process.Signal(syscall.SIGTERM)
	return up.Wait()
}

func sendOrders(data string) error {
	text, err := os.ReadFile(filepath.Join(data, "run.json"))
	if err != nil {
		return err
	}
	var info struct {
		URL string `json:"kinesis_url"`
	}
	if err := json.Unmarshal(text, &info); err != nil {
		return err
	}
	client := produce.NewClient(aws.Config{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}, info.URL)
	var next sync.Mutex
	sent := 0
	faults := make(chan error, 3)
	for range cap(faults) {
		go func() {
			for {
				next.Lock()
				first := sent
				sent += programBatch
				next.Unlock()
				if first >= programEvents {
					faults <- nil
					return
				}
				if err := sendBatch(client, first); err != nil {
					faults <- err
					return
				}
				time.Sleep(programPause)
			}
		}()
	}
	return errors.Join(<-faults, <-faults, <-faults)
}

func sendBatch(client *kinesis.Client, first int) error {
	entries := make([]types.PutRecordsRequestEntry, programBatch)
	for i := range entries {
		entries[i] = types.PutRecordsRequestEntry{
			PartitionKey: aws.String("key"),
			Data: fmt.Appendf(nil, `{"id":%d,"order_id":"00000000-0000-4000-8000-%012d","customer_id":1,"product_name":"Oak Table",`+
				`"product_quantity":2,"product_price":19.90,"phone_number":"+49 30 1234567","address":"Main Street 1","city":"Berlin",`+
				`"country":"Germany","order_cost":39.80,"order_date":"2026-11-22T05:00:00Z","generate_date":"2026-11-22T05:00:01Z"}`,
				first+i+1, first+i),
		}
	}
	out, err := client.PutRecords(context.Background(), &kinesis.PutRecordsInput{StreamName: aws.String("orders"), Records: entries})
	if err != nil {
		return err
	}
	var promises strings.Builder
	for i, r := range out.Records {
		if r.SequenceNumber == nil {
			return fmt.Errorf("order %d was refused: %s", first+i+1, aws.ToString(r.ErrorMessage))
		}
		fmt.Fprintf(&promises, "%s %d\n", *r.SequenceNumber, first+i+1)
	}
	_, err = os.Stdout.WriteString(promises.String())
	return err
}

// recordProgram records one run of the whole program.
func recordProgram(t *testing.T) (*Recording, *harness.Pipeline) {
	t.Helper()
	p := harness.Example(t, "orders")
	t.Setenv(binaryVariable, harness.Binary(t))
	t.Setenv(pipelineVariable, p.Dir)
	return record(t, "program", t.TempDir()), p
}

// TestE1E5PowerLossOfTheWholePipeline cuts the power under the running program at 20 moments. After
// each, the pipeline starts on what is left, and every acknowledged order is one row.
func TestE1E5PowerLossOfTheWholePipeline(t *testing.T) {
	r, p := recordProgram(t)
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	cuts, err := r.Cuts(20, random)
	if err != nil {
		t.Fatal(err)
	}
	for i := range cuts {
		if i%4 == 3 {
			cuts[i].Seed = random.Uint64()
		}
	}
	err = r.Each(cuts, func(m Moment) error {
		checked, err := checkProgram(t, p.Dir, m)
		if err != nil {
			t.Errorf("E1: power lost at %+v: %v", m.Cut, err)
		}
		t.Logf("%+v: %d acknowledged orders are rows", m.Cut, checked)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestPowerLossOfTheWholePipelineIsSeenWithoutSync shows that the test above fails when the log
// does not fsync.
func TestPowerLossOfTheWholePipelineIsSeenWithoutSync(t *testing.T) {
	t.Setenv("PENSTOCK_UNSAFE_NO_SYNC", "1")
	r, p := recordProgram(t)
	cuts, err := r.Cuts(3, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	err = r.Each(cuts, func(m Moment) error {
		_, err := checkProgram(t, p.Dir, m)
		return err
	})
	if err == nil {
		t.Fatal("nothing is lost although the log was not synced: the power loss does not reach the pipeline")
	}
	t.Log("as it should be:", err)
}

// checkProgram starts the pipeline on what the power loss left and looks for every acknowledged order.
func checkProgram(t *testing.T, pipelineDir string, m Moment) (checked int, err error) {
	t.Helper()
	root := filepath.Join(t.TempDir(), "rebuilt")
	if err := m.Rebuild(root); err != nil {
		t.Fatal(err)
	}
	p := harness.On(t, pipelineDir, filepath.Join(root, "data"))
	if err := p.TryStart(); err != nil {
		return 0, fmt.Errorf("%w\n%s", err, p.Log())
	}
	defer p.Kill()
	promised := strings.Split(strings.TrimSpace(string(m.Output)), "\n")
	if !strings.HasSuffix(string(m.Output), "\n") {
		promised = promised[:len(promised)-1] // the last line was not said whole
	}
	deadline := time.Now().Add(3 * time.Minute)
	for {
		status, _ := p.Status()
		if status.Ready && status.Ledger.Accepted < int64(len(promised)) {
			return 0, fmt.Errorf("%d orders were acknowledged, and the log has %d", len(promised), status.Ledger.Accepted)
		}
		if status.Ready && status.Ledger.InFlight == 0 {
			if !status.Balanced {
				return 0, fmt.Errorf("the ledger does not balance: %+v", status.Ledger)
			}
			break
		}
		if time.Now().After(deadline) {
			return 0, fmt.Errorf("not delivered in time: %+v %v", status.Ledger, status.Problems)
		}
		time.Sleep(20 * time.Millisecond) // a pause between polls, bounded by the deadline
	}
	rows := map[string]string{}
	for _, row := range p.Query("select _sequence, id from orders") {
		rows[row[0]] = row[1]
	}
	for _, promise := range promised {
		sequence, id, _ := strings.Cut(promise, " ")
		if rows[sequence] != id {
			return checked, fmt.Errorf("order %s was acknowledged as %s and is lost (that row is %q)", id, sequence, rows[sequence])
		}
		checked++
	}
	return checked, nil
}
