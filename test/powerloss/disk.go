package powerloss

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

// node is a file or folder: what is on the disk for certain, and what is not yet.
type node struct {
	folder bool
	mode   os.FileMode

	// A file: size is what programs see, content what is durable.
	size    int64
	content []byte
	// A folder: names is what programs see, kept what is durable.
	names map[string]*node
	kept  map[string]*node

	// pending are the changes that are not durable, in order.
	pending []change
}

// change is one change of a node.
type change struct {
	// line of the trace where it ended; an fsync that began after it covers it.
	line int
	// A file: data at offset, or a new size when data is nil.
	data   []byte
	offset int64
	// A folder: name now means target; nil removes it.
	name   string
	target *node
}

func newFile(mode os.FileMode) *node { return &node{mode: mode} }

func newFolder() *node {
	return &node{folder: true, mode: 0o755, names: map[string]*node{}, kept: map[string]*node{}}
}

// write notes data written at offset.
func (n *node) write(line int, offset int64, data []byte) {
	n.pending = append(n.pending, change{line: line, offset: offset, data: data})
	n.size = max(n.size, offset+int64(len(data)))
}

// resize notes a new size.
func (n *node) resize(line int, size int64) {
	n.pending = append(n.pending, change{line: line, offset: size})
	n.size = size
}

// set notes that name means target from now on; nil removes it.
func (n *node) set(line int, name string, target *node) {
	n.pending = append(n.pending, change{line: line, name: name, target: target})
	if target == nil {
		delete(n.names, name)
		return
	}
	n.names[name] = target
}

// sync makes durable what was done before the line start.
func (n *node) sync(start int) {
	covered := 0
	for covered < len(n.pending) && n.pending[covered].line < start {
		n.keep(n.pending[covered])
		covered++
	}
	n.pending = slices.Delete(n.pending, 0, covered)
}

// keep applies c to what is durable.
func (n *node) keep(c change) {
	if n.folder {
		if c.target == nil {
			delete(n.kept, c.name)
		} else {
			n.kept[c.name] = c.target
		}
		return
	}
	n.content = applied(n.content, c)
}

func applied(content []byte, c change) []byte {
	end := c.offset + int64(len(c.data))
	if c.data == nil && end < int64(len(content)) {
		return content[:end]
	}
	if grow := end - int64(len(content)); grow > 0 {
		content = append(content, make([]byte, grow)...)
	}
	copy(content[c.offset:], c.data)
	return content
}

// syncTree makes n and everything below it durable, as sync does.
func (n *node) syncTree(start int) {
	n.sync(start)
	for _, child := range n.names {
		child.syncTree(start)
	}
}

// load reads the folder dir as durable.
func load(dir string) (*node, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	folder := newFolder()
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		child := newFile(0o644)
		if entry.IsDir() {
			child, err = load(path)
		} else if child.content, err = os.ReadFile(path); err == nil {
			child.size = int64(len(child.content))
		}
		if err != nil {
			return nil, err
		}
		folder.names[entry.Name()] = child
	}
	folder.kept = maps.Clone(folder.names)
	return folder, nil
}

// store writes what is durable of n as path. With a source of randomness some of the rest is
// written too.
func (n *node) store(path string, luck *rand.Rand) error {
	if !n.folder {
		return os.WriteFile(path, n.survivor(luck), n.mode|0o600)
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	kept := maps.Clone(n.kept)
	if luck != nil && len(n.pending) > 0 {
		// A journal keeps changes of a folder in order: the first few survive.
		for _, c := range n.pending[:luck.IntN(len(n.pending)+1)] {
			if kept[c.name] = c.target; c.target == nil {
				delete(kept, c.name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(kept)) {
		if err := kept[name].store(filepath.Join(path, name), luck); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

const page = 4096

// survivor is the content of a file after the power loss.
func (n *node) survivor(luck *rand.Rand) []byte {
	if luck == nil {
		return n.content
	}
	content := slices.Clone(n.content)
	for _, c := range n.pending {
		switch luck.IntN(3) {
		case 0: // lost
		case 1: // kept
			content = applied(content, c)
		case 2: // torn: only its first pages are kept
			if len(c.data) > page {
				c.data = c.data[:page*luck.IntN(len(c.data)/page)]
				content = applied(content, c)
			}
		}
	}
	return content
}
