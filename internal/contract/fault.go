package contract

import (
	"fmt"
	"sort"
	"strings"
)

// Fault is one thing that is wrong in a contract file.
type Fault struct {
	// File is the source's name; Line counts from 1.
	File string
	Line int
	// Message says what is wrong; Instead says what to write.
	Message, Instead string
}

func (f Fault) String() string {
	return fmt.Sprintf("%s:%d: %s; %s", f.File, f.Line, f.Message, f.Instead)
}

// InvalidError is why Compile refused: every fault in every file, by file and line.
type InvalidError struct{ Faults []Fault }

func (e *InvalidError) Error() string {
	lines := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// faultList collects faults while files are read, so that one run reports them all.
type faultList struct{ faults []Fault }

func (l *faultList) add(file string, line int, message, instead string) {
	l.faults = append(l.faults, Fault{File: file, Line: line, Message: message, Instead: instead})
}

// err is nil when there is no fault, and an *InvalidError otherwise.
func (l *faultList) err() error {
	if len(l.faults) == 0 {
		return nil
	}
	sort.SliceStable(l.faults, func(i, j int) bool {
		a, b := l.faults[i], l.faults[j]
		if a.File != b.File {
			return a.File < b.File
		}
		return a.Line < b.Line
	})
	return &InvalidError{Faults: l.faults}
}
