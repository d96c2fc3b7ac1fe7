package app

import (
	"context"
	"fmt"

	"github.com/penstock/penstock/internal/dashboard"
	"github.com/penstock/penstock/internal/pipeline"
	"github.com/penstock/penstock/internal/running"
	"github.com/penstock/penstock/internal/verify"
)

// VerifySubject is a running pipeline, as a verification looks at it.
type VerifySubject struct {
	// Place is where marked orders come to lie.
	Place   verify.Place
	dataDir string
}

// VerifyRunning finds the pipeline that runs on dataDir, or with an empty dataDir the one that runs on this
// machine. The error says what to do when its contracts take no orders.
func VerifyRunning(dataDir string) (VerifySubject, error) {
	info, err := running.Find(dataDir)
	if err != nil {
		return VerifySubject{}, err
	}
	contracts, err := pipeline.Contracts(info.PipelineDir)
	if err != nil {
		return VerifySubject{}, pipelineFault{fmt.Errorf("reading the running pipeline's contracts: %w", err)}
	}
	place, err := verify.Fit(contracts)
	return VerifySubject{Place: place, dataDir: info.DataDir}, err
}

// Select runs one SELECT in the pipeline's warehouse.
func (s VerifySubject) Select(ctx context.Context, sql string) ([][]*string, error) {
	rows, err := Query(ctx, s.dataDir, sql)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // read to its end, or given up
	var all [][]*string
	err = dashboard.EachRow(rows, func(row []*string) error { all = append(all, row); return nil })
	if cut := rows.Truncated(); err == nil && cut != "" {
		err = fmt.Errorf("the result was cut: %s", cut)
	}
	return all, err
}

// Positions are how far the shards are.
func (s VerifySubject) Positions(ctx context.Context) (map[int]verify.Positions, error) {
	reading, err := Reading(ctx, s.dataDir)
	if err != nil {
		return nil, err
	}
	all := map[int]verify.Positions{}
	for _, shard := range reading.Shards {
		all[shard.Shard] = verify.Positions{Committed: shard.Committed, Loaded: shard.Loaded}
	}
	return all, nil
}
