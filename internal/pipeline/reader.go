package pipeline

import (
	"go.yaml.in/yaml/v3"

	"github.com/penstock/penstock/internal/declaration"
)

// reader reads the pipeline file.
type reader struct {
	declaration.Reader
	// noSecrets leaves variables and files that hold secrets alone; what the file says of them is checked.
	noSecrets bool
}

// word is a key the file may use, with what reads its value.
type word struct {
	name string
	read func(*yaml.Node)
}

// mapping reads a mapping word by word; see declaration.Reader.Mapping.
func (r *reader) mapping(n *yaml.Node, what, example string, words []word) (seen map[string]*yaml.Node) {
	known := make([]declaration.Word, len(words))
	for i, w := range words {
		known[i] = declaration.Word{Name: w.name, Read: w.read}
	}
	return r.Mapping(n, what, example, known)
}
