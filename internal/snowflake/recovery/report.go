package recovery

// Outcomes of a file.
const (
	// Recovered: its missing rows are in an object of the quarantine now.
	Recovered = "recovered"
	// WouldRecover: without a dry run they would be.
	WouldRecover = "would_recover"
	// Before: an earlier run wrote that object.
	Before = "recovered_before"
	// Complete: the table has all of its rows, by another load.
	Complete = "complete"
	// Quarantine: it is a file of the quarantine itself. Its events are in the lake, where a redrive reads them.
	Quarantine = "quarantine"
	// Fault: nothing was written for it; File.Fault says why.
	Fault = "fault"
)

// File is a file that Snowflake did not load whole, and what became of it.
type File struct {
	Table string `json:"table"`
	// File is its key in the lake.
	File string `json:"file"`
	// Status, Error and Line are Snowflake's words: the first error, and where in the file.
	Status string `json:"status"`
	Error  string `json:"error,omitempty"`
	Line   string `json:"line,omitempty"`
	// Rows that the file has, and those of them that the table has not. 0 where the file was not read.
	Rows    int64 `json:"rows"`
	Missing int64 `json:"missing"`
	// Outcome is one of the constants.
	Outcome string `json:"outcome"`
	// Object of the quarantine that has the missing rows, or would have them.
	Object string `json:"object,omitempty"`
	Fault  string `json:"fault,omitempty"`
}

func (f File) fault(err error) File {
	f.Outcome, f.Object, f.Fault = Fault, "", err.Error()
	return f
}

// Report says what was done.
type Report struct {
	DryRun bool   `json:"dry_run"`
	Files  []File `json:"files"`
	// Rows that were written to the quarantine, or would be.
	Rows int64 `json:"rows"`
	// Faults counts files that need somebody: those with a fault, and those of the quarantine itself.
	Faults int `json:"faults"`
	// More are tables of which only the oldest files were looked at.
	More []string `json:"more,omitempty"`
}

func (r *Report) add(f File) {
	r.Files = append(r.Files, f)
	switch f.Outcome {
	case Recovered, WouldRecover:
		r.Rows += f.Missing
	case Quarantine, Fault:
		r.Faults++
	}
}
