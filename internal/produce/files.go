package produce

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// File is one file of events.
type File struct {
	// Name goes into the events, as _source_file and before the line number in _source_id.
	Name string
	// Open opens the file from its beginning. It is called once, when the file's turn comes.
	Open func() (io.ReadCloser, error)
}

// FilesConfig says how files become events.
type FilesConfig struct {
	// Files are read one after another. Their names must differ.
	Files []File
	// Format is how they are written. Default FormatAuto: told from each file's name, and from
	// its first bytes where the name says nothing.
	Format Format
	// PartitionKey names the member whose value is the partition key. Where an event has no
	// such string, number or boolean, and by default, the key is the event's source id.
	PartitionKey string
	// AsIs leaves out the members _source_id, _source_file and _source_line.
	AsIs bool
}

// Validate reports every fault of c.
func (c FilesConfig) Validate() error {
	var faults []error
	if len(c.Files) == 0 {
		faults = append(faults, errors.New("no files are named"))
	}
	seen := map[string]bool{}
	for _, f := range c.Files {
		if seen[f.Name] {
			faults = append(faults, fmt.Errorf("two files are called %q, so their events would have the same source ids", f.Name))
		}
		seen[f.Name] = true
	}
	return errors.Join(faults...)
}

// Files is a Source of the lines of files: rows of CSV, JSON objects of NDJSON and JSON files,
// compressed with gzip or not.
//
// An object is sent with the members _source_id ("<name>:<line>", a key that tells two sendings of
// one line apart from two equal lines), _source_file and _source_line; one that has a member of
// that name already keeps its own. What is no object is sent as it stands, for the pipeline to
// quarantine. A file that cannot be read on costs one failed event and no other file.
type Files struct {
	cfg  FilesConfig
	next int // index of the file whose turn comes next

	name  string
	body  io.Closer
	split splitter
	// line is the last event's, and repeats how many events before this one started there too.
	line    int64
	repeats int
}

// NewFiles returns the source of the files cfg names. Close it when it is no longer needed.
func NewFiles(cfg FilesConfig) (*Files, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Files{cfg: cfg}, nil
}

// Next returns the next event of the files, or io.EOF after the last.
func (f *Files) Next() (Record, error) {
	for {
		if f.split == nil {
			if f.next == len(f.cfg.Files) {
				return Record{}, io.EOF
			}
			if err := f.open(f.cfg.Files[f.next]); err != nil {
				return Record{}, &Unsendable{Where: f.name, Why: err.Error()}
			}
		}
		it, err := f.split.next()
		var unsendable *Unsendable
		switch {
		case err == nil:
			return f.record(it), nil
		case errors.As(err, &unsendable):
			return Record{}, &Unsendable{Where: f.name + ":" + unsendable.Where, Why: unsendable.Why}
		}
		f.close()
		if !errors.Is(err, io.EOF) {
			why := fmt.Sprintf("cannot be read on after line %d: %s", f.line, err)
			return Record{}, &Unsendable{Where: f.name, Why: why}
		}
	}
}

// Origin tells of the event that Next returned last: its file's name, the line it starts in, and
// whether it is a row of CSV.
func (f *Files) Origin() (file string, line int64, csv bool) {
	_, csv = f.split.(*csvSplitter)
	return f.name, f.line, csv
}

// Close closes the file that is open, if one is.
func (f *Files) Close() { f.close() }

// open makes file the present one; it is not tried again if that fails.
func (f *Files) open(file File) error {
	f.next++
	f.name, f.line, f.repeats = file.Name, 0, 0
	body, err := file.Open()
	if err != nil {
		return err
	}
	split, err := newSplitter(body, file.Name, f.cfg.Format)
	if err != nil {
		return errors.Join(err, body.Close())
	}
	f.body, f.split = body, split
	return nil
}

func (f *Files) close() {
	if f.body != nil {
		_ = f.body.Close() // it was only read
	}
	f.body, f.split = nil, nil
}

// record makes a record of an event of the present file.
func (f *Files) record(it item) Record {
	if it.line == f.line {
		f.repeats++
	} else {
		f.line, f.repeats = it.line, 0
	}
	id := f.name + ":" + strconv.FormatInt(it.line, 10)
	if f.repeats > 0 {
		id += "." + strconv.Itoa(f.repeats+1) // several events start in one line
	}
	if it.raw != nil {
		return Record{PartitionKey: cutKey(id), Data: append([]byte(nil), it.raw...)}
	}
	event := make([]byte, 0, len(it.members)+len(id)+len(f.name)+64)
	event = append(event, '{')
	if !f.cfg.AsIs {
		event = f.appendOrigin(event, it, id)
	}
	if len(event) > 1 && !blank(it.members) {
		event = append(event, ',')
	}
	event = append(append(event, it.members...), '}')
	return Record{PartitionKey: f.partitionKey(event, id), Data: event}
}

// appendOrigin appends the members that say where an event comes from, but for those it has.
func (f *Files) appendOrigin(event []byte, it item, id string) []byte {
	own := ownOrigin(it.members)
	for _, m := range []struct{ name, text string }{
		{"_source_id", id}, {"_source_file", f.name}, {"_source_line", ""},
	} {
		if own[m.name] {
			continue
		}
		if len(event) > 1 {
			event = append(event, ',')
		}
		event = append(appendJSONString(event, m.name), ':')
		if m.text == "" {
			event = strconv.AppendInt(event, it.line, 10)
		} else {
			event = appendJSONString(event, m.text)
		}
	}
	return event
}

// partitionKey is the value of the configured member as text, or the source id.
func (f *Files) partitionKey(event []byte, id string) string {
	if f.cfg.PartitionKey != "" {
		if key := memberText(event, f.cfg.PartitionKey); key != "" {
			return cutKey(key)
		}
	}
	return cutKey(id)
}

// cutKey shortens a key to what the API takes.
func cutKey(key string) string {
	if len(key) <= MaxPartitionKey || utf8.RuneCountInString(key) <= MaxPartitionKey {
		return key
	}
	return string([]rune(key)[:MaxPartitionKey])
}
