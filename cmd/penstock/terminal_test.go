package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// terminal opens a terminal, of so many columns, that commands write to; read gives what they wrote.
func terminal(t *testing.T, columns int) (out *os.File, read *bufio.Reader) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("there are no terminals here: ", err)
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err = errors.Join(err, unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)); err != nil {
		t.Fatal(err)
	}
	out, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = out.Close(), master.Close() })
	if err := unix.IoctlSetWinsize(int(out.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: uint16(columns)}); err != nil {
		t.Fatal(err)
	}
	return out, bufio.NewReader(master)
}

// Standard output is a terminal also where it is counted what is written.
func TestCommandsKnowTheirTerminal(t *testing.T) {
	out, _ := terminal(t, 80)
	counted := &countedWriter{Writer: out}
	if file, ok := terminalOf(counted); !ok || file != out || terminalWidth(counted) != 80 {
		t.Errorf("%v %t, %d columns", file, ok, terminalWidth(counted))
	}
	warning := line{colour: red, text: "late"}
	t.Setenv("NO_COLOR", "")
	if got := painter(counted)(warning); got != red+"late"+plain {
		t.Errorf("a warning is %q", got)
	}
	t.Setenv("NO_COLOR", "1")
	if got := painter(counted)(warning); got != "late" {
		t.Errorf("a warning without colours is %q", got)
	}
	if _, ok := terminalOf(&countedWriter{Writer: new(strings.Builder)}); ok {
		t.Error("a text is a terminal")
	}
}

func TestTablesTooWideForTheTerminalAreWrittenRowByRow(t *testing.T) {
	grid := [][]string{{"id", "größe"}, {"1", strings.Repeat("ä", 10)}, {"2", "NULL"}}
	if got := gridWidth(grid); got != 14 {
		t.Errorf("the table is %d wide", got)
	}
	var text strings.Builder
	out := bufio.NewWriter(&text)
	writeRecords(out, grid)
	_ = out.Flush()
	if want := "-- row 1\nid     1\ngröße  ääääääääää\n-- row 2\nid     2\ngröße  NULL\n"; text.String() != want {
		t.Errorf("%s\nwant\n%s", text.String(), want)
	}
}
