// Command loadgen puts dummy orders on a Kinesis endpoint as fast as it takes them, or at a rate,
// and prints what was acknowledged as JSON.
//
//	go run ./test/loadgen -address 127.0.0.1:4567 -duration 60s
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/penstock/penstock/test/loadgen/load"
)

func main() {
	var cfg load.Config
	flag.StringVar(&cfg.Address, "address", "127.0.0.1:4567", "host and port of the endpoint")
	flag.StringVar(&cfg.Stream, "stream", "orders", "the stream to send to")
	flag.IntVar(&cfg.Connections, "connections", 4, "requests under way at once")
	flag.IntVar(&cfg.Batch, "batch", 500, "events in a request")
	flag.IntVar(&cfg.Templates, "templates", 4, "different requests each connection repeats")
	flag.Float64Var(&cfg.Rate, "rate", 0, "events a second; 0 is no limit")
	flag.DurationVar(&cfg.Duration, "duration", 0, "how long to send")
	flag.Int64Var(&cfg.Count, "count", 0, "how many events to send")
	flag.DurationVar(&cfg.RetryFor, "retry-for", 0, "how long to try one request (default 2m)")
	flag.Uint64Var(&cfg.Seed, "seed", 0, "make the same orders as another run")
	flag.Parse()
	if err := run(cfg); err != nil {
		fmt.Fprintln(os.Stderr, "loadgen:", err)
		os.Exit(1)
	}
}

func run(cfg load.Config) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	report, err := load.Run(ctx, cfg)
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	if printErr := encoder.Encode(report); err == nil {
		err = printErr
	}
	return err
}
