package contract

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/penstock/penstock/internal/spelling"
)

// MaxSourceBytes is the longest contract file that is read: far above a thousand columns.
const MaxSourceBytes = 1 << 20

// reader turns one file's YAML into a definition and collects what is wrong with it.
type reader struct {
	file   string
	faults *faultList
}

func (r *reader) fault(n *yaml.Node, message, instead string) {
	r.faults.add(r.file, max(n.Line, 1), message, instead)
}

// readDefinition reads one file; ok is false when nothing could be made of it.
func readDefinition(source Source, faults *faultList) (d definition, ok bool) {
	r := &reader{file: source.Name, faults: faults}
	root, ok := r.document(source.Text)
	if !ok {
		return definition{}, false
	}
	d = definition{file: source.Name, line: root.Line}
	lines := mapping(r, root, "a contract", contractWords(), &d)
	if _, has := lines["table"]; !has {
		r.fault(root, "the contract names no table", "add a line such as: table: orders")
	}
	if _, has := lines["columns"]; !has {
		r.fault(root, "the contract has no columns", `add "columns:" with a line such as: - {name: id, type: bigint}`)
	}
	return d, true
}

// document finds the one mapping a contract file is.
func (r *reader) document(source []byte) (*yaml.Node, bool) {
	if len(source) > MaxSourceBytes {
		r.faults.add(r.file, 1, "the file is longer than 1 MiB", "split it: one file holds one contract")
		return nil, false
	}
	decoder := yaml.NewDecoder(bytes.NewReader(source))
	var file, next yaml.Node
	if err := decoder.Decode(&file); err != nil {
		r.syntax(source, err)
		return nil, false
	}
	if err := decoder.Decode(&next); err == nil {
		r.fault(&next, "the file holds a second document", "put each contract in a file of its own")
	}
	root := file.Content[0]
	if root.Kind != yaml.MappingNode {
		r.fault(root, "the file is not a contract", "begin with a line such as: table: orders")
		return nil, false
	}
	return root, r.plain(root)
}

// syntax reports what the YAML reader could not read.
func (r *reader) syntax(source []byte, err error) {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 1
	if rest, found := strings.CutPrefix(message, "line "); found {
		number, after, _ := strings.Cut(rest, ": ")
		if n, err := strconv.Atoi(number); err == nil {
			line, message = n, after
		}
		// The YAML library counts the lines of this one kind of error from 0.
		if strings.HasPrefix(message, "did not find expected") {
			line = min(line+1, 1+bytes.Count(source, []byte{'\n'}))
		}
	}
	switch {
	case len(bytes.TrimSpace(source)) == 0 || message == "EOF":
		r.faults.add(r.file, 1, "the file is empty", "begin with a line such as: table: orders")
	case strings.HasPrefix(message, "mapping values are not allowed"):
		r.faults.add(r.file, line, `this is not YAML: there is a second ": " in the line, or the line is indented wrongly`,
			"put the text after the first colon in single quotes")
	case strings.Contains(message, "UTF-8"):
		r.faults.add(r.file, line, "the file is not UTF-8 text: "+message, "save it in the encoding UTF-8")
	case strings.Contains(message, "cannot start any token"):
		r.faults.add(r.file, line, "this is not YAML: "+message,
			"indent with spaces, not tabs, and put text with special characters in single quotes")
	default:
		r.faults.add(r.file, line, "this is not YAML: "+message, "check indentation, brackets and quotes here and in the line before")
	}
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

// text reads a scalar as it is written, whatever YAML thinks its type is.
func (r *reader) text(word string, n *yaml.Node) text {
	if n.Kind != yaml.ScalarNode {
		r.fault(n, word+" is one value, not a list or mapping", "write it behind the colon; JSON goes in single quotes: '{\"a\": 1}'")
		return text{}
	}
	if n.Tag == "!!null" && n.Style == 0 {
		r.fault(n, word+" has no value", "write one behind the colon, or leave the line out")
		return text{}
	}
	return text{value: n.Value, line: max(n.Line, 1)}
}

// expression reads CEL, which YAML may have taken for a mapping or list.
func (r *reader) expression(word string, n *yaml.Node) text {
	if n.Kind != yaml.ScalarNode {
		r.fault(n, word+" is an expression, and YAML read something else", "put the expression in single quotes")
		return text{}
	}
	t := r.text(word, n)
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		t.line++ // the text of a block begins below its word
	}
	return t
}

func (r *reader) boolean(word string, n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode || (n.Value != "true" && n.Value != "false") {
		r.fault(n, word+" is neither true nor false", fmt.Sprintf("write %s: true, or leave it out", word))
		return false
	}
	return n.Value == "true"
}

func (r *reader) limit(word string, n *yaml.Node) limit {
	v, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || v < 0 {
		r.fault(n, word+" is a number of characters, 0 or more", fmt.Sprintf("write a whole number: %s: 20", word))
		return limit{}
	}
	return limit{value: v, line: n.Line}
}

// choice reads one word out of a fixed few; what was not one of them is reported and "".
func (r *reader) choice(word string, n *yaml.Node, choices []string) string {
	t := r.text(word, n)
	if !t.given() {
		return ""
	}
	for _, c := range choices {
		if t.value == c {
			return c
		}
	}
	hint := "write one of " + strings.Join(choices, ", ")
	if near := spelling.Nearest(t.value, choices); near != "" {
		hint = fmt.Sprintf("write %q", near)
	}
	r.fault(n, fmt.Sprintf("%s does not know %q", word, printable(t.value)), hint)
	return ""
}

// printable cuts text a file holds to what fits a message.
func printable(text string) string {
	const most = 60
	runes := []rune(strings.ToValidUTF8(text, "\uFFFD"))
	if len(runes) > most {
		return string(runes[:most]) + "..."
	}
	return string(runes)
}
