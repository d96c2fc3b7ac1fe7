package powerloss

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// lines reads a trace line by line; a line can be many megabytes long.
type lines struct {
	file   *os.File
	reader *bufio.Reader
}

func openLines(name string) (*lines, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	return &lines{file: file, reader: bufio.NewReaderSize(file, 1<<20)}, nil
}

func (l *lines) close() { _ = l.file.Close() }

// next is the next whole line; io.EOF after the last, also when that was cut short.
func (l *lines) next() (string, error) { return l.reader.ReadString('\n') }

// call is one system call as strace prints it.
type call struct {
	thread string
	name   string
	args   []string
	// result is what it returned; it is meant only when done.
	result int64
	failed bool
	// begun is set on the line where the call begins, done on the line where it ends; both when it
	// is one line.
	begun, done bool
	// start is the line on which it began.
	start int
}

// parser joins the two halves of calls that were interrupted by others.
type parser struct {
	line   int
	halves map[string]half
}

type half struct {
	text  string
	start int
}

func newParser() *parser { return &parser{halves: map[string]half{}} }

// parse reads one line. ok is false for lines that are no system call.
func (p *parser) parse(line string) (c call, ok bool, err error) {
	at := p.line
	p.line++
	thread, rest, found := strings.Cut(strings.TrimRight(line, "\n"), " ")
	if !found {
		return call{}, false, nil
	}
	rest = strings.TrimLeft(rest, " ")
	if strings.HasPrefix(rest, "+++") || strings.HasPrefix(rest, "---") {
		return call{}, false, nil
	}
	if text, cut := strings.CutSuffix(rest, " <unfinished ...>"); cut {
		p.halves[thread] = half{text: text, start: at}
		c, err := split(text)
		c.thread, c.begun, c.start = thread, true, at
		return c, err == nil, err
	}
	begun := true
	start := at
	if strings.HasPrefix(rest, "<... ") {
		first, known := p.halves[thread]
		_, tail, found := strings.Cut(rest, " resumed>")
		if !known || !found {
			return call{}, false, nil
		}
		delete(p.halves, thread)
		rest, start, begun = first.text+tail, first.start, false
	}
	body, result, found := cutLast(rest, " = ")
	if !found {
		return call{}, false, nil
	}
	c, err = split(strings.TrimSuffix(strings.TrimRight(body, " "), ")"))
	if err != nil {
		return call{}, false, fmt.Errorf("line %d of the trace: %w", at+1, err)
	}
	c.thread, c.begun, c.done, c.start = thread, begun, true, start
	c.result, c.failed = parseResult(result)
	return c, true, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

func parseResult(text string) (value int64, failed bool) {
	text, _, _ = strings.Cut(text, " ")
	value, err := strconv.ParseInt(text, 0, 64)
	return value, err != nil || value < 0
}

// split takes "name(arg, arg" apart. Strings are printed in hexadecimal, so no comma is in them.
func split(text string) (call, error) {
	name, inside, found := strings.Cut(text, "(")
	if !found {
		return call{}, fmt.Errorf("%.80q is not a system call", text)
	}
	c := call{name: name}
	depth, from := 0, 0
	for i := 0; i < len(inside); i++ {
		switch inside[i] {
		case '"':
			end := strings.IndexByte(inside[i+1:], '"')
			if end < 0 {
				return call{}, fmt.Errorf("a string of %s has no end", name)
			}
			i += end + 1
		case '[', '{', '(':
			depth++
		case ']', '}', ')':
			depth--
		case ',':
			if depth == 0 {
				c.args = append(c.args, strings.TrimSpace(inside[from:i]))
				from = i + 1
			}
		}
	}
	if last := strings.TrimSpace(inside[from:]); last != "" {
		c.args = append(c.args, last)
	}
	return c, nil
}

// text decodes a string argument.
func text(arg string) ([]byte, error) {
	if len(arg) < 2 || arg[0] != '"' || arg[len(arg)-1] != '"' {
		return nil, fmt.Errorf("%.80q is not a whole string", arg)
	}
	return hex.DecodeString(strings.ReplaceAll(arg[1:len(arg)-1], `\x`, ""))
}

// texts decodes the strings of an iovec argument, one after the other.
func texts(arg string) ([]byte, error) {
	var all []byte
	for {
		_, rest, found := strings.Cut(arg, `iov_base="`)
		if !found {
			return all, nil
		}
		inside, after, found := strings.Cut(rest, `"`)
		if !found {
			return nil, io.ErrUnexpectedEOF
		}
		part, err := text(`"` + inside + `"`)
		if err != nil {
			return nil, err
		}
		all, arg = append(all, part...), after
	}
}

func number(arg string) int64 {
	n, err := strconv.ParseInt(arg, 0, 64)
	if err != nil {
		return -1
	}
	return n
}
