package lambda

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
)

const (
	// keptOutput is how much of what a function printed goes into errors.
	keptOutput = 2 << 10
	// longestLine is how much of a printed line is logged.
	longestLine = 16 << 10
)

// output takes what a function prints: lines go to the log, the end is kept. Many goroutines write it.
type output struct {
	logger *slog.Logger
	name   string

	mu   sync.Mutex
	line []byte
	tail []byte
}

// Write implements io.Writer; it never fails.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tail = append(o.tail, p[max(0, len(p)-keptOutput):]...)
	o.tail = o.tail[max(0, len(o.tail)-keptOutput):]
	for rest := p; len(rest) > 0; {
		at := bytes.IndexByte(rest, '\n')
		part := rest
		if at >= 0 {
			part = rest[:at]
		}
		o.line = append(o.line, part[:min(len(part), max(0, longestLine-len(o.line)))]...)
		if at < 0 {
			break
		}
		if len(o.line) > 0 {
			o.logger.Debug("the function prints", "function", o.name, "line", string(o.line))
		}
		o.line = o.line[:0]
		rest = rest[at+1:]
	}
	return len(p), nil
}

// last is the end of what was printed.
func (o *output) last() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.TrimSpace(strings.ToValidUTF8(string(o.tail), "?"))
}
