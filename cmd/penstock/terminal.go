package main

import (
	"io"
	"os"

	"golang.org/x/term"
)

// terminalOf is the terminal that w writes to, if it does.
func terminalOf(w io.Writer) (*os.File, bool) {
	if counted, ok := w.(*countedWriter); ok {
		w = counted.Writer
	}
	file, ok := w.(*os.File)
	return file, ok && term.IsTerminal(int(file.Fd()))
}

// terminalWidth is how many characters fit on a line of the terminal that w writes to; 0 if that is none, or does not
// say.
func terminalWidth(w io.Writer) int {
	file, ok := terminalOf(w)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return width
}
