package pipeline

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/penstock/penstock/internal/contract"
)

// reader walks the file's YAML and collects what is wrong with it.
type reader struct {
	file   string
	faults []contract.Fault
}

// word is a key the file may use, with what reads its value.
type word struct {
	name string
	read func(*yaml.Node)
}

func (r *reader) fault(n *yaml.Node, message, instead string) {
	r.faults = append(r.faults, contract.Fault{File: r.file, Line: max(n.Line, 1), Message: message, Instead: instead})
}

const firstLine = "begin with a line such as: stream: {name: orders}"

// document finds the one mapping a pipeline file is.
func (r *reader) document(text []byte) (*yaml.Node, bool) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var file, next yaml.Node
	if len(text) > contract.MaxSourceBytes {
		r.fault(&file, "the file is longer than 1 MiB", firstLine)
		return nil, false
	}
	if len(bytes.TrimSpace(text)) == 0 {
		r.fault(&file, "the file is empty", firstLine)
		return nil, false
	}
	if err := decoder.Decode(&file); err != nil {
		r.syntax(err)
		return nil, false
	}
	if err := decoder.Decode(&next); err == nil {
		r.fault(&next, "the file holds a second document", "give each pipeline a folder of its own")
	}
	root := file.Content[0]
	if root.Kind != yaml.MappingNode {
		r.fault(root, "the file is not a pipeline", firstLine)
		return nil, false
	}
	return root, r.plain(root)
}

var yamlLine = regexp.MustCompile(`^line (\d+): (.*)`)

// syntax reports what the YAML reader could not read.
func (r *reader) syntax(err error) {
	message, at := strings.TrimPrefix(err.Error(), "yaml: "), yaml.Node{}
	if parts := yamlLine.FindStringSubmatch(message); parts != nil {
		at.Line, _ = strconv.Atoi(parts[1]) // digits; a line beyond int does not occur
		message = parts[2]
		if strings.HasPrefix(message, "did not find expected") {
			at.Line++ // the library counts the lines of this one kind of error from 0
		}
	}
	if message == "EOF" {
		r.fault(&at, "the file has nothing but comments", firstLine)
		return
	}
	r.fault(&at, "this is not YAML: "+message, "check indentation, brackets, quotes and tabs here and in the line before")
}

// plain refuses anchors and aliases, which would let a short file stand for an endless one.
func (r *reader) plain(n *yaml.Node) bool {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		r.fault(n, "YAML anchors and aliases (&name, *name) are not supported here", "write the value out, or put it in quotes")
		return false
	}
	ok := true
	for _, child := range n.Content {
		ok = r.plain(child) && ok
	}
	return ok
}

// mapping reads a mapping word by word and reports unknown and repeated ones. what is how messages
// call it, example a way to write it.
func (r *reader) mapping(n *yaml.Node, what, example string, words []word) (seen map[string]*yaml.Node) {
	seen = make(map[string]*yaml.Node)
	if n.Kind != yaml.MappingNode {
		r.fault(n, what+" is not a mapping", "write it like this: "+example)
		return seen
	}
	names := make([]string, len(words))
	for i, w := range words {
		names[i] = w.name
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if first := seen[key.Value]; first != nil {
			r.fault(key, fmt.Sprintf("%q is written twice, first in line %d", key.Value, first.Line), "keep one of them")
			continue
		}
		seen[key.Value] = key
		known := false
		for _, w := range words {
			if w.name == key.Value {
				known = true
				w.read(value)
			}
		}
		if known {
			continue
		}
		near := nearest(key.Value, names)
		if near == "" {
			r.fault(key, fmt.Sprintf("%s has no word %q", what, key.Value), "write one of "+strings.Join(names, ", "))
			continue
		}
		seen[near] = key // meant, so it is not missing as well
		r.fault(key, fmt.Sprintf("%s has no word %q", what, key.Value), fmt.Sprintf("did you mean %q?", near))
	}
	return seen
}

// text reads one value as it is written, whatever YAML thinks its type is; ok is false when there is none.
func (r *reader) text(name string, n *yaml.Node) (value string, ok bool) {
	if n.Kind != yaml.ScalarNode {
		r.fault(n, name+" is one value, not a list or mapping", "write the value behind the colon")
		return "", false
	}
	if n.Value == "" || n.Tag == "!!null" && n.Style == 0 {
		r.fault(n, name+" has no value", "write one behind the colon, or leave the line out")
		return "", false
	}
	return n.Value, true
}

// choice reads one of a few words.
func (r *reader) choice(name string, n *yaml.Node, choices ...string) (string, bool) {
	value, ok := r.text(name, n)
	if !ok {
		return "", false
	}
	for _, c := range choices {
		if value == c {
			return c, true
		}
	}
	instead := "write " + strings.Join(choices, " or ")
	if near := nearest(value, choices); near != "" {
		instead = fmt.Sprintf("did you mean %q?", near)
	}
	r.fault(n, fmt.Sprintf("%s is %q, which does not exist", name, value), instead)
	return "", false
}
