// Package declaration reads the YAML files in which people declare things: strictly, word by word, and
// reporting everything that is wrong at once, with its line and with what to write instead.
package declaration

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/spelling"
)

// Reader walks one file's YAML and collects what is wrong with it. It belongs to one goroutine.
type Reader struct {
	// File is the file's name in faults.
	File string
	// What the file is, in messages, such as "a pipeline".
	What string
	// FirstLine says how such a file may begin, Another what to do with a second document in it.
	FirstLine, Another string
	// Faults are what was found so far, in the order of reading.
	Faults []contract.Fault
}

// Word is a key that a mapping may use, with what reads its value.
type Word struct {
	Name string
	Read func(*yaml.Node)
}

// Fault reports what is wrong at n, and what to write instead.
func (r *Reader) Fault(n *yaml.Node, message, instead string) {
	r.Faults = append(r.Faults, contract.Fault{File: r.File, Line: max(n.Line, 1), Message: message, Instead: instead})
}

// Document finds the one mapping a file is; ok is false when nothing can be made of it.
func (r *Reader) Document(text []byte) (root *yaml.Node, ok bool) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var file, next yaml.Node
	if len(text) > contract.MaxSourceBytes {
		r.Fault(&file, "the file is longer than 1 MiB", r.FirstLine)
		return nil, false
	}
	if len(bytes.TrimSpace(text)) == 0 {
		r.Fault(&file, "the file is empty", r.FirstLine)
		return nil, false
	}
	if err := decoder.Decode(&file); err != nil {
		r.syntax(err)
		return nil, false
	}
	if err := decoder.Decode(&next); err == nil {
		r.Fault(&next, "the file holds a second document", r.Another)
	}
	root = file.Content[0]
	if root.Kind != yaml.MappingNode {
		r.Fault(root, "the file is not "+r.What, r.FirstLine)
		return nil, false
	}
	return root, r.plain(root)
}

var yamlLine = regexp.MustCompile(`^line (\d+): (.*)`)

// syntax reports what the YAML reader could not read.
func (r *Reader) syntax(err error) {
	message, at := strings.TrimPrefix(err.Error(), "yaml: "), yaml.Node{}
	if parts := yamlLine.FindStringSubmatch(message); parts != nil {
		at.Line, _ = strconv.Atoi(parts[1]) // digits; a line beyond int does not occur
		message = parts[2]
		if strings.HasPrefix(message, "did not find expected") {
			at.Line++ // the library counts the lines of this one kind of error from 0
		}
	}
	if message == "EOF" {
		r.Fault(&at, "the file has nothing but comments", r.FirstLine)
		return
	}
	r.Fault(&at, "this is not YAML: "+message, "check indentation, brackets, quotes and tabs here and in the line before")
}

// plain refuses anchors and aliases, which would let a short file stand for an endless one.
func (r *Reader) plain(n *yaml.Node) bool {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		r.Fault(n, "YAML anchors and aliases (&name, *name) are not supported here", "write the value out, or put it in quotes")
		return false
	}
	ok := true
	for _, child := range n.Content {
		ok = r.plain(child) && ok
	}
	return ok
}

// Mapping reads a mapping word by word and reports unknown and repeated ones. what is how messages
// call it, example a way to write it. What it returns maps each word that is there, or was meant, to its key.
func (r *Reader) Mapping(n *yaml.Node, what, example string, words []Word) (seen map[string]*yaml.Node) {
	seen = make(map[string]*yaml.Node)
	if n.Kind != yaml.MappingNode {
		r.Fault(n, what+" is not a mapping", "write it like this: "+example)
		return seen
	}
	names := make([]string, len(words))
	for i, w := range words {
		names[i] = w.Name
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if first := seen[key.Value]; first != nil {
			r.Fault(key, fmt.Sprintf("%q is written twice, first in line %d", key.Value, first.Line), "keep one of them")
			continue
		}
		seen[key.Value] = key
		known := false
		for _, w := range words {
			if w.Name == key.Value {
				known = true
				w.Read(value)
			}
		}
		if known {
			continue
		}
		near := spelling.Nearest(key.Value, names)
		if near == "" {
			r.Fault(key, fmt.Sprintf("%s has no word %q", what, key.Value), "write one of "+strings.Join(names, ", "))
			continue
		}
		seen[near] = key // meant, so it is not missing as well
		r.Fault(key, fmt.Sprintf("%s has no word %q", what, key.Value), fmt.Sprintf("did you mean %q?", near))
	}
	return seen
}

// Text reads one value as it is written, whatever YAML thinks its type is; ok is false when there is none.
func (r *Reader) Text(name string, n *yaml.Node) (value string, ok bool) {
	if n.Kind != yaml.ScalarNode {
		r.Fault(n, name+" is one value, not a list or mapping", "write the value behind the colon")
		return "", false
	}
	if n.Value == "" || n.Tag == "!!null" && n.Style == 0 {
		r.Fault(n, name+" has no value", "write one behind the colon, or leave the line out")
		return "", false
	}
	return n.Value, true
}

// Choice reads one of a few words.
func (r *Reader) Choice(name string, n *yaml.Node, choices ...string) (string, bool) {
	value, ok := r.Text(name, n)
	if !ok {
		return "", false
	}
	for _, c := range choices {
		if value == c {
			return c, true
		}
	}
	instead := "write " + strings.Join(choices, " or ")
	if near := spelling.Nearest(value, choices); near != "" {
		instead = fmt.Sprintf("did you mean %q?", near)
	}
	r.Fault(n, fmt.Sprintf("%s is %q, which does not exist", name, value), instead)
	return "", false
}
