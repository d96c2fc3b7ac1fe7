package infer

import (
	"github.com/penstock/penstock/internal/document"
)

// Bounds of what is looked at in an event. What is deeper or wider becomes one json column.
const (
	maxDepth = 5
	// maxMembers is the most fields of an object that still is a shape; one with more is taken for a
	// map, whose names are data.
	maxMembers = 60
	// maxFields is the most fields at an event's top level.
	maxFields = 500
)

// node is one field of a type of events, with what was seen in it.
type node struct {
	name string
	// objects is in how many events the field is an object.
	objects int
	// last is the surrounding object, by number, in which the field was seen last.
	last   int
	values values
	// members are an object's fields in the order they were first seen; wide says that there were too many.
	members []*node
	index   map[string]*node
	wide    bool
}

// origin are the members that `penstock produce --from` adds to an event.
var origin = map[string]bool{"_source_id": true, "_source_file": true, "_source_line": true}

// look adds one object.
func (n *node) look(object document.Value, depth int) {
	n.objects++
	most := maxMembers
	if depth == 0 {
		most = maxFields
	}
	for key := range object.Fields() {
		name := string(key.Text())
		if depth == 0 && origin[name] {
			continue
		}
		// Of names that repeat the last counts, for the contract too; it is looked at once.
		member := n.index[name]
		if member == nil {
			if len(n.members) == most {
				n.wide = true
				continue
			}
			member = n.member(name)
		}
		if member.last == n.objects {
			continue
		}
		member.last = n.objects
		value := object.Get(name)
		if value.Kind() == document.Object {
			member.values.seen++
			member.look(value, depth+1)
		} else {
			member.values.add(value)
		}
	}
}

func (n *node) member(name string) *node {
	if n.index == nil {
		n.index = map[string]*node{}
	}
	member := &node{name: name}
	n.members, n.index[name] = append(n.members, member), member
	return member
}

// leaf is a field that becomes a column.
type leaf struct {
	*node
	path []string
	// all says that each event has the field, and every object around it.
	all bool
}

// leaves are the fields below n, those of objects in the place of the object.
func (n *node) leaves(path []string, all bool) []leaf {
	var list []leaf
	for _, m := range n.members {
		inner := append(append([]string(nil), path...), m.name)
		has := all && m.values.seen == n.objects
		plain := m.values.seen > m.objects
		if m.objects > 0 && !plain && !m.wide && len(m.members) > 0 && len(inner) < maxDepth {
			list = append(list, m.leaves(inner, has && m.objects == n.objects)...)
			continue
		}
		if m.objects > 0 {
			m.values.arrays += m.objects
		}
		list = append(list, leaf{m, inner, has})
	}
	return list
}
