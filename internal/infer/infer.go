package infer

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/document"
)

// Bounds of a sample: what tells the shape of events does not need more, and it is all in memory.
const (
	// MaxEvents is the most events that are looked at.
	MaxEvents = 10_000
	// MaxBytes is the most bytes of events that are looked at.
	MaxBytes = 64 << 20
)

// Event is one sample.
type Event struct {
	// File is the name of the file it is from, and Line where in it the event starts.
	File string
	Line int64
	// Data is the event as it will be sent.
	Data []byte
	// CSV says that it was a row of a CSV file, in which all values are texts.
	CSV bool
}

// Config says what is known beforehand.
type Config struct {
	// Table names the table when all events are of one type. Default: made of the type or the file.
	Table string
	// Folder is how messages call the folder of the contracts. Default "contracts".
	Folder string
}

// Proposal is what was concluded from samples.
type Proposal struct {
	Contracts []*Contract `json:"contracts"`
	// Events is how many samples there were; Rows, how many of them the proposed contracts take.
	Events int `json:"events"`
	Rows   int `json:"rows"`
	// Refused are samples that the contracts do not take, at most ten; RefusedInAll counts them.
	Refused      []Refused `json:"refused"`
	RefusedInAll int       `json:"refused_in_all"`
}

// Refused is a sample that would go to the quarantine.
type Refused struct {
	File   string `json:"file"`
	Line   int64  `json:"line"`
	Reason string `json:"reason"`
	Field  string `json:"field,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// ErrNoObjects: none of the samples is a JSON object, so they have no fields.
var ErrNoObjects = errors.New("none of the events is a JSON object with a field")

// Contracts proposes contracts for the types of events that it finds among the samples. The error is
// ErrNoObjects, a fault of Config.Table, or one of this package.
func Contracts(events []Event, cfg Config) (*Proposal, error) {
	groups := together(split(events))
	if len(groups) == 0 {
		return nil, ErrNoObjects
	}
	if cfg.Folder == "" {
		cfg.Folder = "contracts"
	}
	if err := nameTables(groups, cfg.Table); err != nil {
		return nil, err
	}
	proposal := &Proposal{Events: len(events), Refused: []Refused{}}
	for _, g := range groups {
		c := newContract(g)
		c.File = cfg.Folder + "/" + c.Table + ".yaml"
		proposal.Contracts = append(proposal.Contracts, c)
	}
	tellApart(proposal.Contracts)
	var sources []contract.Source
	for _, c := range proposal.Contracts {
		c.Text = c.text()
		sources = append(sources, contract.Source{Name: c.File, Text: c.Text})
	}
	set, err := contract.Compile(sources)
	if err != nil {
		return nil, fmt.Errorf("the proposed contracts are wrong, which is a fault of ours: %w", err)
	}
	proposal.try(set, events)
	return proposal, nil
}

// nameTables gives each group its table.
func nameTables(groups []*group, table string) error {
	if table != "" {
		if len(groups) > 1 {
			return fmt.Errorf("the events are of %d types (%s), so that one table's name does not do", len(groups), strings.Join(labels(groups), ", "))
		}
		if tableName(table) != table {
			return fmt.Errorf("a table cannot be called %q; %q would do", table, tableName(table))
		}
		groups[0].table = table
		return nil
	}
	used := taken{}
	for _, g := range groups {
		g.table = used.name(tableName(g.label))
	}
	return nil
}

func labels(groups []*group) []string {
	var list []string
	for _, g := range groups {
		list = append(list, g.label)
	}
	return list
}

// maxRefused is how many refused samples are told of.
const maxRefused = 10

// try runs the samples through the proposed contracts.
func (p *Proposal) try(set *contract.Set, events []Event) {
	byTable := map[string]*Contract{}
	for _, c := range p.Contracts {
		byTable[c.Table] = c
	}
	processor := set.NewProcessor()
	for _, e := range events {
		out := processor.Process(e.Data)
		if out.Verdict == contract.Accepted {
			p.Rows++
			byTable[out.Table.Name].Rows++
			continue
		}
		p.RefusedInAll++
		if len(p.Refused) < maxRefused {
			p.Refused = append(p.Refused, Refused{e.File, e.Line, string(out.Reason), out.Field, out.Detail})
		}
	}
}

// group is the events of one type.
type group struct {
	// label is what the type is called in the events, or the file's name.
	label, table string
	// by is the field that tells the type, with the value is; empty when the file does.
	by, is string
	events []Event
	csv    bool
	root   node
}

// split tells the types of events apart: file by file, and within a file by a field that says so.
func split(events []Event) []*group {
	var groups []*group
	byKey := map[[2]string]*group{}
	for _, file := range files(events) {
		by := discriminator(file)
		var parser document.Parser
		for _, e := range file {
			root, err := parser.Parse(e.Data)
			if err != nil || root.Kind() != document.Object || root.Len() == 0 {
				continue
			}
			is, label := "", tableOfFile(e.File)
			if by != "" {
				is = string(root.Get(by).Text())
				label = is
			}
			key := [2]string{by, label}
			g := byKey[key]
			if g == nil {
				g = &group{label: label, by: by, is: is, csv: e.CSV}
				byKey[key] = g
				groups = append(groups, g)
			}
			g.events = append(g.events, e)
			g.csv = g.csv && e.CSV
			g.root.look(root, 0)
		}
	}
	return groups
}

// files are the events of each file.
func files(events []Event) [][]Event {
	var list [][]Event
	for i, e := range events {
		if i == 0 || events[i-1].File != e.File {
			list = append(list, nil)
		}
		list[len(list)-1] = append(list[len(list)-1], e)
	}
	return list
}

// isObject says that an event's first character begins an object.
func isObject(e Event) bool { return bytes.HasPrefix(bytes.TrimSpace(e.Data), []byte("{")) }
