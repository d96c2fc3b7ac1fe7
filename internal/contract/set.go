package contract

import "slices"

// Set is a pipeline's contracts, compiled. It is immutable and safe for concurrent use.
type Set struct {
	version   string
	sources   []Source
	contracts []*contract
	tables    []*Table
	index     index
}

func newSet(sources []Source, definitions []definition, contracts []*contract) *Set {
	s := &Set{version: versionOf(definitions), contracts: contracts, index: newIndex(contracts)}
	for _, source := range sources {
		s.sources = append(s.sources, Source{Name: source.Name, Text: slices.Clone(source.Text)})
	}
	for i, c := range contracts {
		c.number = i
		s.tables = append(s.tables, c.table)
	}
	return s
}

// Version names what the contracts say: the same for the same meaning, whatever their comments and
// spacing. It is "c1-" and twelve hexadecimal digits.
func (s *Set) Version() string { return s.version }

// Sources are the files the set was compiled from, in the order of their names. Compiling them again
// gives an equal set.
func (s *Set) Sources() []Source { return slices.Clone(s.sources) }

// Tables are the contracts' tables, in the order in which contracts are asked.
func (s *Set) Tables() []*Table { return slices.Clone(s.tables) }

// Table is the table of that name, or nil.
func (s *Set) Table(name string) *Table {
	for _, t := range s.tables {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// Describe returns what the contract says of its table and of a column, for people; either may be empty.
// An unknown column, or "", has no description.
func (s *Set) Describe(table, column string) (ofTable, ofColumn string) {
	for _, c := range s.contracts {
		if c.table.Name == table {
			return c.description, c.columnDescriptions[column]
		}
	}
	return "", ""
}

// File is the name of the source of a table's contract; empty for an unknown table.
func (s *Set) File(table string) string {
	for _, c := range s.contracts {
		if c.table.Name == table {
			return c.file
		}
	}
	return ""
}

// NewProcessor returns a processor; each goroutine needs its own.
func (s *Set) NewProcessor() *Processor { return newProcessor(s) }
