package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"time"
)

// The runs of the controls, around all others.
const (
	controlsBefore = "controls before"
	controlsAfter  = "controls after"
)

// The controls measure the machine without the pipeline, so that figures of two machines, or of one
// machine on two days, can be compared.
const (
	fsyncWrites = 200
	fsyncBytes  = 4 << 10
	bulkBytes   = 1 << 20
	controlTime = 2 * time.Second
)

// measureControls measures the disk under dir and one core.
func measureControls(ctx context.Context, dir, run string) (result, error) {
	r := result{Run: run, What: "the machine without the pipeline", Begun: time.Now().UTC()}
	took, err := syncTimes(ctx, dir)
	if err != nil {
		return r, err
	}
	r.add("4 KiB write + fsync, median", millis(percentile(took, 0.5)), "ms", "")
	r.add("4 KiB write + fsync, p99", millis(percentile(took, 0.99)), "ms", "")
	bulk, err := bulkRate(ctx, dir)
	if err != nil {
		return r, err
	}
	r.add("1 MiB write + fsync, one after another", bulk, "MB/s", "")
	r.add("sha256 on one core", hashRate(ctx), "MB/s", "")
	return r, ctx.Err()
}

// syncTimes appends small blocks to a file and syncs each.
func syncTimes(ctx context.Context, dir string) (took []time.Duration, err error) {
	err = withFile(dir, func(f *os.File) error {
		block := randomBytes(fsyncBytes)
		for range fsyncWrites {
			begun := time.Now()
			if err := writeAndSync(ctx, f, block); err != nil {
				return err
			}
			took = append(took, time.Since(begun))
		}
		return nil
	})
	return took, err
}

// bulkRate appends large blocks and syncs each, and returns MB/s.
func bulkRate(ctx context.Context, dir string) (rate float64, err error) {
	err = withFile(dir, func(f *os.File) error {
		block := randomBytes(bulkBytes)
		begun, written := time.Now(), 0
		for time.Since(begun) < controlTime {
			if err := writeAndSync(ctx, f, block); err != nil {
				return err
			}
			written += len(block)
		}
		rate = float64(written) / 1e6 / time.Since(begun).Seconds()
		return nil
	})
	return rate, err
}

func writeAndSync(ctx context.Context, f *os.File, block []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, err := f.Write(block); err != nil {
		return err
	}
	return f.Sync()
}

// withFile gives fn a file that is gone afterwards.
func withFile(dir string, fn func(*os.File) error) error {
	path := filepath.Join(dir, "control")
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	err = fn(f)
	return errors.Join(err, f.Close(), os.Remove(path))
}

// hashRate is how many MB/s one core hashes.
func hashRate(ctx context.Context) float64 {
	block := randomBytes(bulkBytes)
	sha256.Sum256(block)
	begun, hashed := time.Now(), 0
	for time.Since(begun) < controlTime && ctx.Err() == nil {
		sha256.Sum256(block)
		hashed += len(block)
	}
	return float64(hashed) / 1e6 / time.Since(begun).Seconds()
}

func randomBytes(n int) []byte {
	block := make([]byte, n)
	_, _ = rand.Read(block) // it never fails
	return block
}
