package produce

import "bytes"

// csvField is where a field of a row is, without its quotes.
type csvField struct {
	start, end int
	// quoted fields may hold commas and line ends; escaped ones hold doubled quotes.
	quoted, escaped bool
}

// rowState says what parseRow found.
type rowState int

const (
	rowWhole   rowState = iota // a whole row
	rowPartial                 // the bytes end before the row does
	rowBroken                  // no row by RFC 4180
)

// csvRow parses one row at a time, keeping its fields' memory.
type csvRow struct {
	fields []csvField
}

// parse reads the first row of text by RFC 4180, and its length with its end of line. ended says
// that text is all there is. A quote inside an unquoted field stands for itself.
func (r *csvRow) parse(text []byte, ended bool) (length int, state rowState) {
	r.fields = r.fields[:0]
	for at := 0; ; {
		next, state := r.field(text, at, ended)
		if state != rowWhole {
			return 0, state
		}
		switch {
		case next == len(text):
			return next, rowWhole
		case text[next] == ',':
			at = next + 1
		case text[next] == '\r':
			return next + 2, rowWhole
		default:
			return next + 1, rowWhole
		}
	}
}

// field reads the field that starts at at, and returns where it is followed by a comma, by an end
// of line or by the end of text.
func (r *csvRow) field(text []byte, at int, ended bool) (next int, state rowState) {
	if at == len(text) && !ended {
		return 0, rowPartial
	}
	if at < len(text) && text[at] == '"' {
		return r.quoted(text, at+1, ended)
	}
	end := at
	for end < len(text) && text[end] != ',' && text[end] != '\n' {
		end++
	}
	if end == len(text) && !ended {
		return 0, rowPartial
	}
	if end > at && text[end-1] == '\r' && (end == len(text) || text[end] == '\n') {
		r.fields = append(r.fields, csvField{start: at, end: end - 1})
		if end == len(text) {
			return end, rowWhole
		}
		return end - 1, rowWhole
	}
	r.fields = append(r.fields, csvField{start: at, end: end})
	return end, rowWhole
}

// quoted reads the field whose opening quote is before start.
func (r *csvRow) quoted(text []byte, start int, ended bool) (next int, state rowState) {
	escaped := false
	end := start
	for {
		i := bytes.IndexByte(text[end:], '"')
		if i < 0 {
			return 0, unless(ended, rowBroken, rowPartial)
		}
		end += i
		if end+1 == len(text) && !ended {
			return 0, rowPartial
		}
		if end+1 == len(text) || text[end+1] != '"' {
			break
		}
		escaped, end = true, end+2
	}
	r.fields = append(r.fields, csvField{start: start, end: end, quoted: true, escaped: escaped})
	next = end + 1
	switch {
	case next == len(text) || text[next] == ',' || text[next] == '\n':
		return next, rowWhole
	case text[next] == '\r' && next+1 < len(text) && text[next+1] == '\n':
		return next, rowWhole
	case text[next] == '\r' && next+1 == len(text):
		return next, unless(ended, rowBroken, rowPartial)
	}
	return 0, rowBroken
}

// unless returns yes when ended, otherwise no.
func unless(ended bool, yes, no rowState) rowState {
	if ended {
		return yes
	}
	return no
}

// value appends the meaning of field f of text to dst, doubled quotes made single.
func (f csvField) value(dst, text []byte) []byte {
	raw := text[f.start:f.end]
	if !f.escaped {
		return append(dst, raw...)
	}
	for {
		i := bytes.IndexByte(raw, '"')
		if i < 0 {
			return append(dst, raw...)
		}
		dst = append(dst, raw[:i+1]...)
		raw = raw[i+2:]
	}
}

// missing says that the field holds nothing at all, not even the empty string.
func (f csvField) missing() bool { return !f.quoted && f.start == f.end }
