package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"golang.org/x/term"

	"github.com/penstock/penstock/internal/produce"
)

// How often progress is shown: on a terminal in one line that is written over, elsewhere in a log
// that should stay short.
const (
	terminalPause = 200 * time.Millisecond
	logPause      = 10 * time.Second
)

// progress shows how far a producer is, while it runs.
type progress struct {
	out      *os.File
	terminal bool
	producer *produce.Producer
	total    int64

	quit, gone chan struct{}
}

// startProgress shows progress on out until stop is called; total is 0 if it is not known.
func startProgress(out *os.File, producer *produce.Producer, total int64) *progress {
	p := &progress{
		out: out, terminal: term.IsTerminal(int(out.Fd())), producer: producer, total: total,
		quit: make(chan struct{}), gone: make(chan struct{}),
	}
	go p.run()
	return p
}

// stop ends it and clears the line.
func (p *progress) stop() {
	close(p.quit)
	<-p.gone
}

func (p *progress) run() {
	defer close(p.gone)
	pause := logPause
	if p.terminal {
		pause = terminalPause
	}
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	last, lastTime := int64(0), time.Now()
	for {
		select {
		case <-p.quit:
			if p.terminal {
				p.write("\r\x1b[K")
			}
			return
		case now := <-ticker.C:
			counts := p.producer.Counts()
			perSecond := float64(counts.Sent-last) / now.Sub(lastTime).Seconds()
			last, lastTime = counts.Sent, now
			p.show(progressLine(counts, p.total, perSecond, p.producer.Waiting()))
		}
	}
}

func (p *progress) show(line string) {
	if !p.terminal {
		p.write(line + "\n")
		return
	}
	if width, _, err := term.GetSize(int(p.out.Fd())); err == nil && width > 1 {
		if runes := []rune(line); len(runes) >= width {
			line = string(runes[:width-1])
		}
	}
	p.write("\r" + line + "\x1b[K")
}

// write shows text; what nobody can see is no failure of the run.
func (p *progress) write(text string) { _, _ = p.out.WriteString(text) }

// progressLine says how far a run is, in one line.
func progressLine(c produce.Counts, total int64, perSecond float64, waiting string) string {
	line := humanize.Comma(c.Sent)
	if total > 0 {
		line += " of " + humanize.Comma(total)
	}
	line += fmt.Sprintf(" sent, %s/s", humanize.Comma(int64(perSecond)))
	if c.Retried > 0 {
		line += fmt.Sprintf(", %s retried", humanize.Comma(c.Retried))
	}
	if c.Failed > 0 {
		line += fmt.Sprintf(", %s failed", humanize.Comma(c.Failed))
	}
	if waiting != "" {
		line += "; waiting: " + strings.Join(strings.Fields(tableCell(waiting)), " ")
	}
	return line
}
