package produce

import (
	"bytes"
	"errors"
	"io"
)

// windowSize is how much of a file is held at first; it grows up to the largest record.
const windowSize = 256 << 10

// window is a moving view of a file: the bytes from the first one not yet consumed. Its owner
// looks for the end of an event in bytes(), asks for more until it is there, and consumes it.
type window struct {
	r   io.Reader
	buf []byte
	// start and end bound the view within buf.
	start, end int
	// line is the number of the line the view starts in, counted from 1.
	line int64
	// err is why there will be no more bytes: io.EOF, or a failure.
	err error
}

func newWindow(r io.Reader) *window {
	return &window{r: r, buf: make([]byte, windowSize), line: 1}
}

// bytes is the view. It is valid until more is called.
func (w *window) bytes() []byte { return w.buf[w.start:w.end] }

// ended says that the view holds everything that is left.
func (w *window) ended() bool { return w.err != nil }

// more reads on, making room if the view fills the buffer. It returns false when the end was
// reached before; afterwards failure tells whether it was the true end.
func (w *window) more() bool {
	if w.err != nil {
		return false
	}
	if w.start > 0 {
		copy(w.buf, w.bytes())
		w.start, w.end = 0, w.end-w.start
	}
	if w.end == len(w.buf) {
		w.buf = append(w.buf, make([]byte, len(w.buf))...)
	}
	for empty := 0; empty < 100; empty++ {
		var n int
		n, w.err = w.r.Read(w.buf[w.end:])
		w.end += n
		if n > 0 || w.err != nil {
			return true
		}
	}
	w.err = io.ErrNoProgress
	return true
}

// consume moves the view n bytes on.
func (w *window) consume(n int) {
	w.line += int64(bytes.Count(w.buf[w.start:w.start+n], newline))
	w.start += n
}

// failure is why the file could not be read to its end, or nil.
func (w *window) failure() error {
	if errors.Is(w.err, io.EOF) {
		return nil
	}
	return w.err
}

// cut says that the first length bytes may be less than stood there: they reach up to where the
// file could not be read on, and no end of line closes them.
func (w *window) cut(length int) bool {
	view := w.bytes()
	return w.failure() != nil && length == len(view) && !bytes.HasSuffix(view, newline)
}

var newline = []byte{'\n'}

// lineEnd returns the length of the first line of the view, its end of line included, and whether
// it ends within limit bytes.
func (w *window) lineEnd(limit int) (length int, within bool) {
	searched := 0
	for {
		view := w.bytes()
		if i := bytes.IndexByte(view[searched:], '\n'); i >= 0 {
			return searched + i + 1, searched+i <= limit
		}
		searched = len(view)
		if searched > limit {
			return searched, false
		}
		if !w.more() {
			return searched, true
		}
	}
}

// skipLine consumes the rest of the line the view starts in, however long it is.
func (w *window) skipLine() {
	for {
		if i := bytes.IndexByte(w.bytes(), '\n'); i >= 0 {
			w.consume(i + 1)
			return
		}
		w.consume(len(w.bytes()))
		if !w.more() {
			return
		}
	}
}

// withoutEnd returns line without its end of line, LF or CR LF.
func withoutEnd(line []byte) []byte {
	line = bytes.TrimSuffix(line, newline)
	return bytes.TrimSuffix(line, []byte{'\r'})
}
