package produce

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// item is one event of a file, before it is told where it comes from.
type item struct {
	// line is where the event starts.
	line int64
	// members are the event's members as JSON text without braces, if it is an object.
	members []byte
	// raw is the event as it stands in the file, if it is not an object. It is valid until the
	// next event is asked for.
	raw []byte
}

// splitter finds the events of one file.
//
// next returns io.EOF after the last event, *Unsendable for an event too large to be one, and any
// other error when the file cannot be read on. It is called from one goroutine.
type splitter interface {
	next() (item, error)
}

// lineSplitter takes each line that is not blank for an event: NDJSON.
type lineSplitter struct{ w *window }

func (s *lineSplitter) next() (item, error) {
	for {
		length, within := s.w.lineEnd(MaxRecord)
		line := s.w.line
		if !within {
			s.w.skipLine()
			return item{}, tooLong(line)
		}
		if length == 0 || s.w.cut(length) {
			return item{}, s.w.err
		}
		text := withoutEnd(s.w.bytes()[:length])
		s.w.consume(length)
		if len(bytes.TrimSpace(text)) > 0 {
			return jsonItem(line, text), nil
		}
	}
}

// documentSplitter takes each JSON object or array for an event, wherever lines end and with or
// without anything between them. Of an array that begins with an object, each element is an event:
// that is how most programs write many objects into a JSON file. What is neither is an event up to
// the end of its line.
type documentSplitter struct {
	w *window
	// inArray says that the view is inside an array whose elements are events.
	inArray bool
}

func (s *documentSplitter) next() (item, error) {
	for {
		s.skip()
		if len(s.w.bytes()) > 0 {
			if !s.enters() {
				break
			}
			continue
		}
		if !s.w.more() {
			return item{}, s.w.err
		}
	}
	if first := s.w.bytes()[0]; first != '{' && first != '[' && !s.inArray {
		return (&lineSplitter{s.w}).next()
	}
	line := s.w.line
	for {
		length := valueLength(s.w.bytes())
		if length > len(s.w.bytes()) {
			if len(s.w.bytes()) > MaxRecord {
				return item{}, fmt.Errorf("line %d: the value that starts here has no end within %d bytes", line, MaxRecord)
			}
			if s.w.more() {
				continue
			}
			if err := s.w.failure(); err != nil {
				return item{}, err
			}
			length = len(s.w.bytes()) // cut off: an event that is not JSON
		}
		text := bytes.TrimSpace(s.w.bytes()[:length])
		s.w.consume(length)
		return jsonItem(line, text), nil
	}
}

// skip passes over what stands between events, and out of an array.
func (s *documentSplitter) skip() {
	const between = " \t\r\n"
	for {
		cut := between
		if s.inArray {
			cut += ","
		}
		s.w.consume(len(s.w.bytes()) - len(bytes.TrimLeft(s.w.bytes(), cut)))
		if !s.inArray || len(s.w.bytes()) == 0 || s.w.bytes()[0] != ']' {
			return
		}
		s.w.consume(1)
		s.inArray = false
	}
}

// enters passes over the bracket of an array of objects, if the view begins with one.
func (s *documentSplitter) enters() bool {
	if s.inArray || s.w.bytes()[0] != '[' {
		return false
	}
	for {
		inner := bytes.TrimLeft(s.w.bytes()[1:], " \t\r\n")
		switch {
		case len(inner) > 0 && inner[0] == '{':
			s.w.consume(1)
			s.inArray = true
			return true
		case len(inner) > 0, len(s.w.bytes()) > MaxRecord, !s.w.more():
			return false
		}
	}
}

// jsonItem takes an object apart from any other text.
func jsonItem(line int64, text []byte) item {
	trimmed := bytes.TrimSpace(text)
	if trimmed[0] != '{' || !json.Valid(trimmed) {
		return item{line: line, raw: text}
	}
	return item{line: line, members: trimmed[1 : len(trimmed)-1]}
}

// csvSplitter takes each row for an event: an object of strings named by the header row. A field
// of which nothing is there, not even quotes, is null.
//
// A row that RFC 4180 does not allow, that has not as many fields as the header or is not UTF-8,
// costs no other row: its first line is an event as it stands, and reading goes on in the next.
type csvSplitter struct {
	w   *window
	row csvRow
	// names are the header's as `"name":`, the first after nothing, the others after a comma.
	names [][]byte
	value []byte
	event []byte
}

// newCSVSplitter reads the header row.
func newCSVSplitter(w *window) (*csvSplitter, error) {
	s := &csvSplitter{w: w}
	length, state := s.parse()
	for length > 0 && s.blank() {
		w.consume(length)
		length, state = s.parse()
	}
	switch {
	case state == rowBroken:
		return nil, fmt.Errorf("line %d is no header: a quoted name does not end, or is followed by more than a comma", w.line)
	case length == 0:
		return s, w.failure()
	}
	text, seen := w.bytes(), map[string]bool{}
	for i, f := range s.row.fields {
		name := string(f.value(nil, text))
		if name == "" {
			name = fmt.Sprintf("column_%d", i+1)
		}
		switch {
		case !utf8.ValidString(name):
			return nil, fmt.Errorf("line %d: the name of column %d is not UTF-8", w.line, i+1)
		case seen[name]:
			return nil, fmt.Errorf("line %d: two columns are called %q", w.line, name)
		}
		seen[name] = true
		var prefix []byte
		if i > 0 {
			prefix = append(prefix, ',')
		}
		s.names = append(s.names, append(appendJSONString(prefix, name), ':'))
	}
	w.consume(length)
	return s, nil
}

// parse reads the row the view starts with; the view holds it afterwards.
func (s *csvSplitter) parse() (length int, state rowState) {
	for {
		length, state = s.row.parse(s.w.bytes(), s.w.ended())
		if state != rowPartial {
			return length, state
		}
		if len(s.w.bytes()) > MaxRecord {
			return 0, rowBroken
		}
		s.w.more()
	}
}

func (s *csvSplitter) next() (item, error) {
	for {
		length, state := s.parse()
		if state == rowWhole && (length == 0 || s.w.cut(length)) {
			return item{}, s.w.err
		}
		line, text := s.w.line, s.w.bytes()
		fields := s.row.fields
		if state == rowWhole && s.blank() {
			s.w.consume(length)
			continue
		}
		if state != rowWhole || len(fields) != len(s.names) || !utf8.Valid(text[:length]) {
			return s.broken()
		}
		s.event = s.event[:0]
		for i, f := range fields {
			s.event = append(s.event, s.names[i]...)
			switch {
			case f.missing():
				s.event = append(s.event, "null"...)
			case f.escaped:
				s.value = f.value(s.value[:0], text)
				s.event = appendJSONString(s.event, s.value)
			default:
				s.event = appendJSONString(s.event, text[f.start:f.end])
			}
		}
		s.w.consume(length)
		return item{line: line, members: s.event}, nil
	}
}

// blank says that the row parsed last is a line with nothing in it.
func (s *csvSplitter) blank() bool { return len(s.row.fields) == 1 && s.row.fields[0].missing() }

// broken returns the first line of the view as it stands.
func (s *csvSplitter) broken() (item, error) {
	length, within := s.w.lineEnd(MaxRecord)
	line := s.w.line
	if !within {
		s.w.skipLine()
		return item{}, tooLong(line)
	}
	if s.w.cut(length) {
		return item{}, s.w.err
	}
	text := withoutEnd(s.w.bytes()[:length])
	s.w.consume(length)
	return item{line: line, raw: text}, nil
}

// tooLong is an event that no record can hold. The file's name is filled in later.
func tooLong(line int64) error {
	return &Unsendable{Where: fmt.Sprint(line), Why: fmt.Sprintf("longer than %d bytes, the most a record holds", MaxRecord)}
}
