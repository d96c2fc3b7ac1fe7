package pipeline

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"go.yaml.in/yaml/v3"
)

// integer reads a whole number from least to most.
func (r *reader) integer(name string, n *yaml.Node, to *int, least, most int) {
	value, ok := r.Text(name, n)
	if !ok {
		return
	}
	v, err := strconv.Atoi(strings.ReplaceAll(value, "_", ""))
	if err != nil || v < least || v > most {
		r.Fault(n, fmt.Sprintf("%s is %q", name, value), fmt.Sprintf("write a whole number from %d to %d", least, most))
		return
	}
	*to = v
}

// size reads a number of bytes from least to most.
func (r *reader) size(name string, n *yaml.Node, to *int64, least, most int64) {
	value, ok := r.Text(name, n)
	if !ok {
		return
	}
	v, ok := parseSize(value)
	if !ok {
		r.Fault(n, fmt.Sprintf("%s is %q, which is not a size", name, value), "write a number with a unit, such as 1MiB, 64MiB or 10GB")
		return
	}
	if v < least || v > most {
		r.Fault(n, fmt.Sprintf("%s is %s", name, value),
			fmt.Sprintf("write a size from %s to %s", sizeText(least), sizeText(most)))
		return
	}
	*to = v
}

// parseSize reads a size such as 1MiB (1,048,576), 10GB (10,000,000,000) or 512B.
func parseSize(text string) (int64, bool) {
	if !strings.HasSuffix(strings.ToUpper(text), "B") {
		return 0, false // a bare number hides whether bytes or megabytes were meant
	}
	v, err := humanize.ParseBytes(text)
	if err != nil || v > math.MaxInt64 {
		return 0, false
	}
	return int64(v), true
}

func sizeText(v int64) string {
	return strings.NewReplacer(" ", "", ".0", "").Replace(humanize.IBytes(uint64(v)))
}

// duration reads a time span from least to most.
func (r *reader) duration(name string, n *yaml.Node, to *time.Duration, least, most time.Duration) {
	value, ok := r.Text(name, n)
	if !ok {
		return
	}
	v, ok := parseDuration(value)
	if !ok {
		r.Fault(n, fmt.Sprintf("%s is %q, which is not a duration", name, value), "write a number with a unit, such as 500ms, 1s, 24h or 7d")
		return
	}
	if v < least || v > most {
		r.Fault(n, fmt.Sprintf("%s is %s", name, value),
			fmt.Sprintf("write a duration from %s to %s", durationText(least), durationText(most)))
		return
	}
	*to = v
}

// parseDuration reads what Go writes (1h30m, 500ms), and whole days (7d).
func parseDuration(text string) (time.Duration, bool) {
	if days, found := strings.CutSuffix(text, "d"); found {
		n, err := strconv.ParseUint(days, 10, 16)
		return time.Duration(n) * day, err == nil
	}
	v, err := time.ParseDuration(text)
	return v, err == nil && v >= 0
}

// durationText writes a duration in days, or as Go does without the zero units it adds.
func durationText(d time.Duration) string {
	if d > day && d%day == 0 {
		return strconv.Itoa(int(d/day)) + "d"
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
