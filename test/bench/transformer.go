package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/penstock/penstock/examples"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/firehose"
	"github.com/penstock/penstock/internal/lambda"
	"github.com/penstock/penstock/internal/produce"
)

//go:embed transformer.mjs
var nodeHandler []byte

const (
	// transformed is how many orders a batch has.
	transformed = 500
	// transformCalls is how many batches a turn takes, transformTurns how many turns each side has.
	transformCalls, transformTurns = 400, 7
	coldStarts                     = 15
)

// transformer measures the Lambda function: CPU for a record, envelope and base64 included, beside a Node
// handler that does less; and the time from starting the process to its first answer.
func (b *bench) transformer(ctx context.Context, r *result) error {
	r.What = fmt.Sprintf("the Lambda function on batches of %d orders, in turns with a Node handler that validates nothing", transformed)
	set, err := orderContracts()
	if err != nil {
		return err
	}
	payload, err := orderBatch()
	if err != nil {
		return err
	}
	path := filepath.Join(b.dir, "batch.json")
	script := filepath.Join(b.dir, "handler.mjs")
	if err := errors.Join(os.WriteFile(path, payload, 0o600), os.WriteFile(script, nodeHandler, 0o600)); err != nil {
		return err
	}
	x := firehose.New(set)
	var ours, nodes []float64
	for range transformTurns {
		took, err := transformCPU(x, payload)
		if err != nil {
			return err
		}
		ours = append(ours, took)
		node, err := nodeCPU(ctx, script, path)
		if errors.Is(err, exec.ErrNotFound) {
			r.note("node is not installed, so there is nothing to compare with")
		} else if err != nil {
			return err
		} else {
			nodes = append(nodes, node)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	r.add("CPU for a record", median(ours), "us", "<= 1.3")
	if len(nodes) > 0 {
		r.add("CPU for a record in the Node handler", median(nodes), "us", "")
	}
	r.detail("us_per_record", ours)
	r.detail("node_us_per_record", nodes)
	if !profiled() {
		r.note("built without the function's profile, so this is slower than what is deployed; make bench builds with it")
	}
	r.note("medians of %d turns of %d batches, user and system time, garbage collection included", transformTurns, transformCalls)
	return b.coldStart(ctx, r, payload)
}

// profiled says whether this program was built with a profile, as the function is.
func profiled() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.ContainsFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == "-pgo" })
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

func orderContracts() (*contract.Set, error) {
	const name = "contracts/orders.yaml"
	text, err := fs.ReadFile(examples.Files, "orders/"+name)
	if err != nil {
		return nil, err
	}
	return contract.Compile([]contract.Source{{Name: name, Text: text}})
}

// orderBatch is an event of Firehose with dummy orders.
func orderBatch() ([]byte, error) {
	orders, err := produce.NewOrders(produce.OrdersConfig{First: 1, Count: transformed, Seed: 1})
	if err != nil {
		return nil, err
	}
	now := events.MilliSecondsEpochTime{Time: time.Now()}
	e := events.KinesisFirehoseEvent{InvocationID: "bench", DeliveryStreamArn: "arn:aws:firehose:us-east-1:123456789012:deliverystream/orders",
		SourceKinesisStreamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders", Region: "us-east-1"}
	for i := range transformed {
		record, err := orders.Next()
		if err != nil {
			return nil, err
		}
		number := fmt.Sprintf("49680458951721893017899656821395204445998035136302%06d", i)
		e.Records = append(e.Records, events.KinesisFirehoseEventRecord{
			RecordID: number + "000000", Data: slices.Clone(record.Data), ApproximateArrivalTimestamp: now,
			KinesisFirehoseRecordMetadata: events.KinesisFirehoseRecordMetadata{
				ShardID: "shardId-000000000000", PartitionKey: record.PartitionKey, SequenceNumber: number, ApproximateArrivalTimestamp: now,
			},
		})
	}
	return json.Marshal(e)
}

// transformCPU is the CPU of this process for a record, in microseconds.
func transformCPU(x *firehose.Transformer, payload []byte) (float64, error) {
	before := selfCPU()
	for range transformCalls {
		_, report, err := x.Transform(payload)
		if err != nil || report.Rows != transformed {
			return 0, errors.Join(err, fmt.Errorf("%d of %d orders became rows", report.Rows, transformed))
		}
	}
	return float64((selfCPU() - before).Nanoseconds()) / 1e3 / transformCalls / transformed, nil
}

func selfCPU() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0 // it fails only for a wrong argument
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func nodeCPU(ctx context.Context, script, path string) (float64, error) {
	text, err := exec.CommandContext(ctx, "node", script, path, strconv.Itoa(transformCalls)).Output()
	if err != nil {
		return 0, err
	}
	var said struct{ Microseconds float64 }
	err = json.Unmarshal(text, &said)
	return said.Microseconds / transformCalls / transformed, err
}

// coldStart measures how long a new process of the function takes to answer.
func (b *bench) coldStart(ctx context.Context, r *result, payload []byte) error {
	folder := filepath.Join(b.dir, "pipeline")
	orders, err := fs.Sub(examples.Files, "orders")
	if err == nil {
		err = os.CopyFS(folder, orders)
	}
	if err != nil {
		return err
	}
	var times []float64
	for range coldStarts {
		f, err := lambda.Open(lambda.Config{Command: []string{b.Binary, "transformer"}, TaskRoot: folder, ScratchDir: b.dir})
		if err != nil {
			return err
		}
		begun := time.Now()
		_, err = f.Invoke(ctx, payload)
		times = append(times, float64(time.Since(begun).Microseconds())/1e3)
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	r.add("cold start to first answer", median(times), "ms", "<= 100")
	r.detail("cold_starts_ms", times)
	r.note("a cold start is the whole binary, from exec to the answer to %d orders; the Lambda's own binary is smaller", transformed)
	return nil
}
