package main

import (
	"slices"
	"time"
)

// percentile is the smallest value that at least share of the values do not exceed; share is
// between 0 and 1. It is 0 for no values. values is sorted in place.
func percentile(values []time.Duration, share float64) time.Duration {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	rank := int(share * float64(len(values)))
	if float64(rank) < share*float64(len(values)) {
		rank++
	}
	return values[min(max(rank, 1), len(values))-1]
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func mebibytes(bytes int64) float64 { return float64(bytes) / (1 << 20) }
