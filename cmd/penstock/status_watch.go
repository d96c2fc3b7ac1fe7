package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// watchInterval is how often a watched status is shown.
const watchInterval = time.Second

// Control sequences of ECMA-48 and of DEC's terminals.
const (
	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
	clearAll   = "\x1b[2J"
	toTop      = "\x1b[H"
	clearLine  = "\x1b[K"
	clearRest  = "\x1b[J"
)

// watchStatus shows the state each second until ctx ends. A pipeline that stops answering is waited
// for: it may be restarting.
func watchStatus(ctx context.Context, w io.Writer, data string, asJSON bool) error {
	show := showBlocks(w)
	if terminal, ok := terminalOf(w); ok && !asJSON {
		_, _ = io.WriteString(w, hideCursor+clearAll)
		defer func() { _, _ = io.WriteString(w, showCursor) }()
		show = redraw(terminal)
	}
	if asJSON {
		show = showLines(w)
	}
	clock := time.NewTicker(watchInterval)
	defer clock.Stop()
	for first := true; ; first = false {
		s, err := readState(ctx, data)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil && first {
			return err
		}
		if err := show(s, err); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-clock.C:
		}
	}
}

// shower shows a state, or why it cannot be read.
type shower func(s state, failed error) error

// showLines prints a line of JSON for each state.
func showLines(w io.Writer) shower {
	return func(s state, failed error) error {
		if failed != nil {
			return json.NewEncoder(w).Encode(map[string]string{"error": failed.Error()})
		}
		return json.NewEncoder(w).Encode(s)
	}
}

// showBlocks prints one block after another, each under its time: for a file or a pipe.
func showBlocks(w io.Writer) shower {
	return func(s state, failed error) error {
		var out bytes.Buffer
		fmt.Fprintf(&out, "--- %s\n", time.Now().Format(time.DateTime))
		for _, l := range linesOf(s, failed) {
			out.WriteString(l.text + "\n")
		}
		out.WriteString("\n")
		_, err := w.Write(out.Bytes())
		return err
	}
}

// redraw shows the state in place, as much of it as fits.
func redraw(terminal *os.File) shower {
	paint := painter(terminal)
	return func(s state, failed error) error {
		width, height, err := term.GetSize(int(terminal.Fd()))
		if err != nil || width < 1 || height < 2 {
			width, height = 80, 24
		}
		var out bytes.Buffer
		out.WriteString(toTop)
		lines := linesOf(s, failed)
		for _, l := range lines[:min(len(lines), height-1)] {
			if cut := []rune(l.text); len(cut) > width {
				l.text = string(cut[:width])
			}
			out.WriteString(paint(l) + clearLine + "\r\n")
		}
		out.WriteString(clearRest)
		_, err = terminal.Write(out.Bytes())
		return err
	}
}

func linesOf(s state, failed error) []line {
	if failed == nil {
		return stateLines(s)
	}
	var p page
	p.add(red, "%v", failed)
	return p.lines
}
