package produce

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"
)

// Format is how a file of events is written.
type Format string

// The formats.
const (
	// FormatAuto tells the format from the file's name, or else from its first bytes.
	FormatAuto Format = "auto"
	// FormatCSV is RFC 4180 with a header row.
	FormatCSV Format = "csv"
	// FormatNDJSON is one JSON document a line.
	FormatNDJSON Format = "ndjson"
	// FormatJSON is JSON objects set end to end or in an array, over as many lines as they like.
	FormatJSON Format = "json"
)

// ParseFormat reads a format's name.
func ParseFormat(name string) (Format, error) {
	switch f := Format(name); f {
	case FormatAuto, FormatCSV, FormatNDJSON, FormatJSON:
		return f, nil
	}
	return "", fmt.Errorf("%q is no format; there are auto, csv, ndjson and json", name)
}

// foreign are beginnings of files that no format has.
var foreign = []struct {
	magic, what string
}{
	{"\x28\xb5\x2f\xfd", "compressed with zstd; only gzip is read, so send it through `zstd -dc FILE | penstock produce --from -`"},
	{"PK\x03\x04", "a zip archive; unpack it first"},
	{"BZh", "compressed with bzip2; only gzip is read"},
	{"PAR1", "a Parquet file; only CSV and JSON are read"},
	{"\xff\xfe", "UTF-16; convert it with `iconv -f utf-16 -t utf-8`"},
	{"\xfe\xff", "UTF-16; convert it with `iconv -f utf-16 -t utf-8`"},
}

const gzipMagic, byteOrderMark = "\x1f\x8b", "\xef\xbb\xbf"

// newSplitter returns what finds the events of a file, decompressed if need be.
func newSplitter(r io.Reader, name string, format Format) (splitter, error) {
	plain := bufio.NewReaderSize(r, 64<<10)
	if begins(plain, gzipMagic) {
		unzipped, err := gzip.NewReader(plain)
		if err != nil {
			return nil, err
		}
		plain = bufio.NewReaderSize(unzipped, 64<<10)
	}
	for _, f := range foreign {
		if begins(plain, f.magic) {
			return nil, errors.New(f.what)
		}
	}
	if begins(plain, byteOrderMark) {
		if _, err := plain.Discard(len(byteOrderMark)); err != nil {
			return nil, err
		}
	}
	w := newWindow(plain)
	if format == FormatAuto || format == "" {
		format = formatOf(name, w)
	}
	switch format {
	case FormatCSV:
		return newCSVSplitter(w)
	case FormatNDJSON:
		return &lineSplitter{w}, nil
	}
	return &documentSplitter{w: w}, nil
}

func begins(r *bufio.Reader, magic string) bool {
	start, err := r.Peek(len(magic))
	return err == nil && string(start) == magic
}

// arrayOfObjects begins a file that holds its events in one array, perhaps in one line.
var arrayOfObjects = regexp.MustCompile(`^\[\s*\{`)

// formatOf tells a file's format by its name, and by its first line if need be: a line that is a
// whole document means that the others are too.
func formatOf(name string, w *window) Format {
	name = strings.TrimSuffix(strings.ToLower(name), ".gz")
	switch filepath.Ext(name) {
	case ".csv":
		return FormatCSV
	case ".ndjson", ".jsonl":
		return FormatNDJSON
	}
	length, _ := w.lineEnd(MaxRecord)
	first := bytes.TrimSpace(w.bytes()[:length])
	switch {
	case arrayOfObjects.Match(first):
		return FormatJSON
	case json.Valid(first):
		return FormatNDJSON
	case filepath.Ext(name) == ".json", bytes.HasPrefix(first, []byte{'{'}), bytes.HasPrefix(first, []byte{'['}):
		return FormatJSON
	}
	return FormatCSV
}
